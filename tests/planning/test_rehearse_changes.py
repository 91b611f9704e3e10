"""A log is sent again through the account before and after a change: the prediction against what the twin then does.

`MSVC_REHEARSED=10000 pytest -n 0 -s tests/changes/test_rehearsal.py` measures it with that many messages.
"""

import os
from collections import Counter
from dataclasses import replace

import pytest

import msvc_toolkit as msvc
from msvc_toolkit.changes.calls import read_account
from msvc_toolkit.errors import InvalidInput
from msvc_toolkit.sandbox.client import connect_sandbox
from msvc_toolkit.sandbox.importer import copy

MESSAGES = int(os.environ.get("MSVC_REHEARSED", "120"))
pytestmark = pytest.mark.slow


def send(twin, todo):
    """Send these messages through their services, a second apart, and return what became of each."""
    sids = []
    for to, service in todo:
        sids.append(twin.client.messages.create(to=to, body="Hello", messaging_service_sid=service).sid)
        twin.sandbox.advance(1)
    twin.sandbox.advance(7200)
    found = {message.sid: message for message in twin.client.messages.list(page_size=1000)}
    return [found[sid] for sid in sids]


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory):
    """Yesterday's log of the twin of `busy`, the account before and after a change, the prediction, and what the twin did."""
    folder = tmp_path_factory.mktemp("rehearsed")
    busy = msvc.connect("sandbox", store=":memory:", scenario="busy", messages=2 * MESSAGES, clock="manual", seed=7)
    twin = connect_sandbox(folder / "twin.db", scenario="empty", clock="manual")
    copy.copy(busy, twin.sandbox)
    twin = connect_sandbox(folder / "twin.db")
    sent = [one for one in busy.client.messages.list(page_size=1000) if one.direction == "outbound-api"]
    sent = [(one.to, one.messaging_service_sid) for one in sent if one.messaging_service_sid][:MESSAGES]
    send(twin, sent)
    log = msvc.pull_logs(twin, folder / "log", since="2025-10-01")
    before = read_account(twin)
    orders, offers, canada = (
        next(one for one in before.services if one.label == name)
        for name in ("Order updates", "Offers", "Orders in Canada")
    )
    leaves, moves, out = (before.owned[one].sid for one in (orders.senders[0], orders.senders[1], offers.senders[0]))
    msvc.remove_senders(twin, orders.sid, [leaves, moves])
    msvc.remove_senders(twin, offers.sid, [out])
    msvc.add_senders(twin, offers.sid, [moves])
    msvc.update_service(twin, canada.sid, sticky_sender=False)
    found = msvc.rehearse_changes(log, before, twin)
    happened = send(twin, zip(found["to"], found["messaging_service_sid"], strict=True))
    return log, before, twin, found, happened


def test_the_twin_then_does_what_was_predicted(rehearsed):
    """The same sender for 99 of 100 messages at least; where they differ, load or stickiness decided, by the twin's word."""
    *_, twin, found, happened = rehearsed
    same = found["after"] == [message.from_ or "" for message in happened]
    decided = [twin.sandbox.why(one.sid)[-1]["rule"] for one, equal in zip(happened, same, strict=True) if not equal]

    print(f"{same.sum():,} of {len(same):,} senders as predicted; the others by {dict(Counter(decided))}")  # noqa: T201
    assert len(found) == MESSAGES
    assert (found["before"] == found["logged"]).all()
    assert (found["before"] != found["after"]).sum() > MESSAGES / 10
    assert same.mean() >= 0.99
    assert set(decided) <= {"load spreading", "sticky sender"}


def test_what_differs_is_said_with_its_reason(rehearsed):
    """Who is gone, who sends instead and why, masked; a message that goes as before has no reason."""
    found = rehearsed[3]
    moved = found["before"] != found["after"]

    assert (found["reason"] != "").equals(moved)
    assert found["reason"].str.contains("is not in Order updates any more. .* sends: it was used longest ago").any()
    assert not found["reason"].str.contains("5550100").any()
    assert f"{moved.sum():,} of {MESSAGES:,} messages would have had another sender" in found.attrs["summary"]
    assert any("before the log begins" in note for note in found.attrs["notes"])


def test_a_campaign_that_is_lost_fails_its_us_traffic(rehearsed):
    """A service without a verified campaign fails with 30034, one without senders with 21704, and either is in the summary."""
    log, before, *_ = rehearsed
    changed = {
        "Offers": {"campaign": "", "status": ""},
        "Order updates": {"senders": ()},
    }
    services = tuple(replace(one, **changed.get(one.label, {})) for one in before.services)
    found = msvc.rehearse_changes(log, before, replace(before, services=services))
    label = found["messaging_service_sid"].map({one.sid: one.label for one in before.services})

    assert set(found["code_after"][label == "Offers"]) == {30034}
    assert set(found["code_after"][label == "Order updates"]) == {21704}
    assert set(found["after"][label == "Order updates"]) == {""}
    assert not found["code_before"].isin([30034, 21704]).any()
    assert "more messages would have failed with 21704" in found.attrs["summary"]
    assert found["reason"].str.contains("Error 30034").any()
    with pytest.raises(InvalidInput, match="same account"):
        msvc.rehearse_changes(log, replace(before, services=()), before)
    with pytest.raises(InvalidInput, match="after: A file does not have the SIDs"):
        msvc.rehearse_changes(log, before, replace(before, account_sid=""))
