"""A log's messages sent again through another pool, held against what a sandbox then does."""

from collections import Counter

import pandas as pd
import pytest

import msvc_toolkit as msvc
from msvc_toolkit.errors import InvalidInput
from msvc_toolkit.logs.log import Log
from msvc_toolkit.rules import rates
from msvc_toolkit.senders.calls import add_senders, remove_senders
from msvc_toolkit.services.calls import create_service

pytestmark = pytest.mark.slow

GONE = "+14045550100"
TIER = rates.campaign_tier("STANDARD", 30, "LOW_VOLUME")
EACH_SECOND = 8


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A small log of scenario `busy`."""
    conn = msvc.connect("sandbox", store=":memory:", scenario="busy", messages=4_000, clock="manual", seed=7)
    folder = tmp_path_factory.mktemp("replayed")
    msvc.pull_logs(conn, folder, since="2025-10-01")
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
    assert choices["messages"].sum() > 2_500
    assert choices["same"].sum() / choices["messages"].sum() == found.agreement
    assert {"only sender", "load spreading", "sticky sender", "area code geomatch"} <= {*choices.index}
    assert choices["messages"].get("pair from before the log", 0) < 0.03 * choices["messages"].sum()
    assert (found.senders["difference"] == 0).all()
    assert found.failed == (0, 0)
    assert "before the log begins" in " ".join(found.notes)
    assert f"{found.agreement:.1%}" in found.summary


def test_without_a_number_the_rest_send_as_the_sandbox_then_shows(log):
    """The same messages through a sandbox without it: the same number from each sender, the same waits end too late."""
    rows = burst(log)
    found = msvc.replay(Log(rows), without=GONE, keep=False, tier=TIER, validity_seconds=60)
    senders = found.senders.set_index("number")
    conn = msvc.connect("sandbox", store=":memory:", scenario="empty", clock="manual")
    rest = sorted({*rows["number"]} - {GONE})
    happened = send(conn, service_of(conn, rest, validity_period=60), rows)
    late = sum(one.error_code == 30036 for one in happened)
    codes = found.codes.set_index("error_code")

    assert len(rest) == 3
    assert senders["before"][GONE] > 100
    assert senders["after"].to_dict() == {GONE: 0} | Counter(one.from_ for one in happened)
    assert late > 100
    assert codes["after_low"][30036] == pytest.approx(late, abs=0.01 * len(rows))
    refused = sum(one.error_code == 30022 for one in happened)
    assert codes["after_low"].get(30022, 0.0) == pytest.approx(refused, abs=0.03 * len(rows))
    assert 45 < senders["wait_after"].max() <= 60


def test_a_service_that_remembers_moves_only_the_number_s_own_people(log):
    """Whom it wrote to from another sender stays there; the others are spread as the sandbox spreads them."""
    rows = burst(log)
    conn = msvc.connect("sandbox", store=":memory:", scenario="empty", clock="manual")
    service = service_of(conn, sorted({*rows["number"]}))
    first = {one.to: one.from_ for one in send(conn, service, rows)}
    rows = rows.assign(number=rows["peer"].map(first))
    found = msvc.replay(Log(rows), without=GONE, tier=TIER)
    remove_senders(conn, service, [GONE])
    again = send(conn, service, rows)
    after = Counter(one.from_ for one in again)

    assert sum(first[one.to] != GONE for one in again) > 300
    assert all(one.from_ == first[one.to] for one in again if first[one.to] != GONE)
    for sender in found.senders.itertuples():
        assert sender.after == pytest.approx(after[sender.number], abs=0.01 * len(rows)), sender.number


def test_the_sender_that_carriers_filter_is_to_rest(log):
    """What it costs to keep it is said with the effect that the replay without it shows, its number masked."""
    advice = {one.number: one for one in msvc.replay(log).advice}
    rest = advice[GONE]

    assert rest.sentence.startswith("Leave out +1 404 ••• 0100: carriers refuse ")
    assert rest.replay.failed[1] < -30
    assert rest.replay.codes.set_index("error_code")["difference_high"][30007] < -30
    carries = [one.sentence for one in advice.values() if " carries " in one.sentence]
    assert carries
    assert not any("5550100" in said for said in (rest.sentence, *carries, rest.replay._repr_html_()))


def test_another_pool_other_settings_and_another_tier(log):
    """A sender that was not there, a service that forgets, and a slow tier change what a replay of the log says."""
    sid = log.rows(1, number=GONE)["messaging_service_sid"].iloc[0]
    short = msvc.PlannedSender("894547", country="US")
    by_code = msvc.replay(log, senders={sid: [short]})
    slow = msvc.replay(log, tier=rates.all_tiers()[0], new_tier=rates.sole_proprietor())

    assert by_code.senders.set_index("number")["after"]["894547"] > 1_000
    assert by_code.senders.set_index("number")["share_after"]["894547"] == 1
    assert any("894547" not in note and "it is not known" in note for note in by_code.notes)
    assert slow.senders["wait_after"].max() > slow.senders["wait_before"].max()
    assert msvc.replay(log, keep=False).senders["difference"].abs().sum() > 0
    unknown = msvc.replay(log).codes
    assert (unknown["before_low"] <= unknown["before_high"]).all()


def test_what_cannot_be_replayed_is_a_sentence(log):
    """A number of no pool, a text that is no sender, and a log without a service; few messages are said to be few."""
    rows = burst(log)
    for fields, said in (
        ({"without": "+12025550100"}, "in no pool"),
        ({"senders": ["?"]}, "not a sender"),
        ({"senders": {"MG0": []}}, "no service MG0"),
    ):
        with pytest.raises(InvalidInput, match=said) as refused:
            msvc.replay(Log(rows), **fields)
        assert "2025550100" not in str(refused.value)
    with pytest.raises(InvalidInput, match="Messaging Service"):
        msvc.replay(Log(rows.assign(messaging_service_sid=None)))
    assert "too few" in msvc.replay(Log(rows.head(5))).summary
    nobody = msvc.replay(Log(rows), without={*rows["number"]})
    assert f"{len(rows)} messages reach nobody" in nobody.summary
    assert nobody.codes.set_index("error_code")["after_low"][21704] == len(rows)
