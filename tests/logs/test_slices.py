"""How a window is cut into slices of the list."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

import msvc_toolkit as msvc
from msvc_toolkit.logs.pull import slices
from msvc_toolkit.logs.pull.message_list import Listing, Throttle
from msvc_toolkit.logs.pull.slices import MOST_SLICES, plan


def planned(days, **scenario):
    """How the last days of a busy account are cut, and the connection to it."""
    conn = msvc.connect("sandbox", store=":memory:", scenario="busy", clock="manual", **scenario)
    with closing(conn.sandbox.api.store):
        listing = Listing(conn, Throttle(), lambda: False)
        return plan(listing, (conn.now - timedelta(days=days), conn.now), conn.now), conn.now


@pytest.mark.slow
def test_slices_lie_one_below_the_other():
    """Each begins after the message that the one above ends with, and together they are the window."""
    found, now = planned(60, messages=60_000)

    cut = found.slices
    assert 2 < len(cut) <= MOST_SLICES + 2
    assert (cut[0].until, cut[-1].since) == (now, now - timedelta(days=60))
    assert all(upper.since == lower.until for upper, lower in pairwise(cut))
    assert all(one.stop and one.next_uri and "DateSent" not in one.next_uri for one in cut)
    assert len({one.stop for one in cut}) == len(cut)
    assert found.may_enter


def test_a_quiet_account_is_one_slice():
    """What fits on a page is not cut, and costs no more than looking where it ends."""
    found, _ = planned(7, messages=3000)

    assert len(found.slices) == 1
    assert found.slices[0].next_uri is None
    assert len(found.rows) > 0


@pytest.mark.slow
def test_busy_days_are_cut_into_hours(monkeypatch):
    """Where slices would be shorter than a day they are whole hours; here each is set to half a page."""
    monkeypatch.setattr(slices, "PAGES_A_SLICE", 0.5)

    found, _ = planned(4, messages=100_000)

    assert len(found.slices) > 3
    assert all(one.until - one.since < timedelta(days=1) for one in found.slices[1:-1])


def test_the_message_a_slice_ends_with_may_be_gone():
    """Without it the slice ends where what was sent is older than it by a day, not before."""
    conn = msvc.connect("sandbox", store=":memory:", scenario="busy", messages=20_000, clock="manual")
    with closing(conn.sandbox.api.store):
        listing = Listing(conn, Throttle(), lambda: False)
        since = conn.now - timedelta(days=20)
        one = plan(listing, (since, conn.now), conn.now).slices[-1]
        conn.client.messages(one.stop).delete()
        oldest = datetime.max.replace(tzinfo=UTC)
        while one.next_uri is not None:
            page = listing.page(one.next_uri)
            one, _ = one.read(page)
            oldest = min(oldest, page.table["date_created"][-1].as_py().replace(tzinfo=UTC))

    assert since - timedelta(days=12) < oldest < since - timedelta(days=1)
