"""A log's messages sent again through another pool, held against what a sandbox then does."""

from collections import Counter

import pandas as pd
import pytest

import msvc_toolkit as msvc
from msvc_toolkit.errors import InvalidInput
from msvc_toolkit.logs.log import Log
from msvc_toolkit.planning.replay import _OF_POOLS
from msvc_toolkit.rules import addresses, rates
from msvc_toolkit.senders.calls import add_senders, remove_senders
from msvc_toolkit.services.calls import create_service

GONE = "+14045550100"
TIER = rates.campaign_tier("STANDARD", 30, "LOW_VOLUME")
EACH_SECOND = 8


@pytest.fixture(scope="module")
def busy():
    """A small log of scenario `busy`."""
    conn = msvc.connect("sandbox", store=":memory:", scenario="busy", messages=6_000, clock="manual", seed=7)
    return conn


@pytest.fixture(scope="module")
def log(busy, tmp_path_factory):
    """That log, pulled."""
    folder = tmp_path_factory.mktemp("replayed")
    msvc.pull_logs(busy, folder, since="2025-10-01")
    return msvc.open_logs(folder)


def burst(log):
    """The first 600 messages of the service that `GONE` sends for, as if they had been sent within 75 seconds."""
    rows = log.rows(10_000, mask=False)
    [service] = rows[rows["number"] == GONE]["messaging_service_sid"].dropna().unique()
    rows = rows[
        (rows["messaging_service_sid"] == service)
        & (rows["direction"] == "outbound-api")
        & (rows["status"] != "failed")
    ]
    rows = rows.sort_values("date_created").head(600).reset_index(drop=True)
    moments = pd.Timestamp("2026-01-05T15:00") + pd.to_timedelta(rows.index // EACH_SECOND, "s")
    return rows.assign(date_created=moments, sid=[f"SM{n:04}" for n in rows.index], error_code=None, status="delivered")


def service_of(conn, senders, **settings):
    """A service with these senders and a campaign of `TIER`."""
    made = create_service(conn, friendly_name="Again", **settings)
    for sender in senders:
        conn.sandbox.own(sender)
    add_senders(conn, made.sid, senders)
    conn.sandbox.register_brand(brand_score=30)
    conn.sandbox.register_campaign(made.sid, us_app_to_person_usecase="LOW_VOLUME")
    return made.sid


def send(conn, service, rows):
    """Send these messages at their times, and return what became of each."""
    before = {one.sid for one in conn.client.messages.list()}
    for place, (to, size) in enumerate(zip(rows["peer"], rows["num_segments"], strict=True)):
        if place and place % EACH_SECOND == 0:
            conn.sandbox.advance(1)
        conn.client.messages.create(to=to, body="a" * (150 if size == 1 else 153 * size), messaging_service_sid=service)
    conn.sandbox.advance(36_000)
    return [one for one in conn.client.messages.list() if one.sid not in before]


def test_on_its_own_pool_a_log_gives_back_its_choices(log):
    """At least 99 of 100 on scenario `busy`; each choice is counted under the rule that decides, or what a log cannot show."""
    found = msvc.replay(log)
    choices = found.choices.set_index("rule")

    assert found.agreement >= 0.99
    assert choices["messages"].sum() > 4_000
    assert choices["same"].sum() / choices["messages"].sum() == found.agreement
    assert {"only sender", "load spreading", "sticky sender", "area code geomatch"} <= {*choices.index}
    assert choices["messages"].get("pair from before the log", 0) < 0.03 * choices["messages"].sum()
    assert (found.senders["difference"] == 0).all()
    assert found.failed == (0, 0)
    assert "before it begins" in " ".join(found.notes)
    assert f"{found.agreement:.1%}" in found.summary
