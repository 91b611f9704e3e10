"""Recipients are read as people have them: lists, columns, logs and counts."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

import msvc_toolkit as msvc
from msvc_toolkit.planning.audience import read_audience

WRITTEN = [
    "(415) 555-0100",
    "1-415-555-0101",
    "+1 415 555 0102",
    "tel:+14155550103",
    "00447400123456",
    "whatsapp:+447400123457",
]


def test_numbers_as_people_write_them():
    """Brackets, a missing plus, 00 and a channel are understood; the rest is counted, with the place of the first."""
    found = read_audience([*WRITTEN, "call me", "", None, "+1415555"])
    counts = {(group.country, group.area_code, group.channel): group.count for group in found.groups}

    assert counts == {("US", "415", ""): 4, ("GB", "", ""): 1, ("GB", "", "whatsapp"): 1}
    assert (found.count, found.unreadable, found.first_unreadable) == (6, 4, 7)
    assert found.countries == {"US": 4, "GB": 2}


@pytest.mark.parametrize("many", [1, 1_500])
def test_a_long_list_counts_as_a_short_one(many):
    """Many numbers are read by their first digits, few whole; the groups are the same."""
    starts = ("+1212", "+1808", "+1416", "+4915112", "+3364")
    numbers = [f"{start}{line:07}" for start in starts for line in range(2_000_000, 2_000_000 + many)]
    found = read_audience(numbers)

    assert {group.country: group.count for group in found.groups if group.area_code != "808"} == dict.fromkeys(
        ("US", "CA", "DE", "FR"), many
    )
    assert sum(group.count for group in found.groups if group.area_code == "808") == many


def test_columns_and_repeats():
    """A Series, a table's only column or its column named to, numbers stored as numbers; repeats are counted."""
    one = pd.Series([14155550100, 14155550101, 14155550100, None])
    assert (read_audience(one).count, read_audience(one).repeated) == (3, 1)
    assert read_audience(pd.DataFrame({"x": ["+14155550100"]})).count == 1
    assert read_audience(pd.DataFrame({"name": ["Ann"], "To": ["+14155550100"]})).count == 1
    with pytest.raises(msvc.InvalidInput, match="Which column"):
        read_audience(pd.DataFrame({"a": ["+14155550100"], "b": ["Ann"]}))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [(5, "Give phone numbers"), ({"US": "many"}, "must be a whole number"), ({"US": 1.5}, "whole number")],
)
def test_what_is_no_audience_gets_a_sentence(given, sentence):
    """It names the field, so that a form can put it beside it."""
    with pytest.raises(msvc.InvalidInput, match=sentence) as refused:
        read_audience(given)
    assert refused.value.problems[0].field == "audience"


def test_an_account_is_planned_with(conn, tmp_path):
    """The pool, the settings, the campaign's tier and the prices of a log are what the plan starts from."""
    service = msvc.create_service(
        conn, friendly_name="Orders", validity_period=600, area_code_geomatch=False, usecase="verification"
    )
    msvc.add_senders(conn, service.sid, ["+14155550100", "+18885550100", "Acme Shop"])
    conn.sandbox.register_brand(brand_score=60)
    conn.sandbox.register_campaign(service.sid)
    for to in ("+14155550123", "+447400123456"):
        msvc.send(conn, to=to, body="Hi", messaging_service_sid=service.sid)
    conn.sandbox.advance(60)
    log = msvc.pull_logs(conn, tmp_path / "log")
    plan = msvc.plan_send(conn, log, "Hi", service="Orders", log=log, start=conn.now + timedelta(hours=1)).plan

    assert [sender.shown for sender in plan.senders] == ["Acme Shop", "+1 415 ••• 0100", "+1 888 ••• 0100"]
    assert (plan.validity_seconds, plan.area_code_geomatch, plan.intent) == (600, False, "otp")
    assert (plan.registered, [tier.name for tier in plan.tiers]) == (True, ["score 50 to 74"])
    assert plan.audience.countries == {"GB": 1, "US": 1}
    assert plan.prices == {"US": (0.0075, "USD"), "GB": (0.05, "USD")}


def test_no_account_is_needed():
    """With senders given, nothing is asked; without any, the field says so."""
    start = datetime(2026, 3, 4, 9, tzinfo=UTC)
    assert msvc.plan_send(None, {"GB": 600}, "Sale!", senders=["+447400123456"], start=start).ends == "Wednesday 09:01"
    with pytest.raises(msvc.InvalidInput, match="There is no sender") as refused:
        msvc.plan_send(None, {"GB": 600}, "Sale!", start=start)
    assert refused.value.problems[0].field == "senders"


def test_which_service_is_meant(conn):
    """Several services need a name, and an unknown name gets a sentence."""
    for name in ("Orders", "News"):
        msvc.create_service(conn, friendly_name=name)
    for named, sentence in ((None, "name the one"), ("Nothing", "There is no service 'Nothing'")):
        with pytest.raises(msvc.InvalidInput, match=sentence) as refused:
            msvc.plan_send(conn, {"US": 1}, "Hi", service=named)
        assert refused.value.problems[0].field == "service"
