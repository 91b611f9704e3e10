"""Scenario busy: the same bytes for the same seed, and a story in the log that an analyst can find."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from msvc_toolkit.entry import connect
from msvc_toolkit.errors import InvalidInput, SandboxError
from msvc_toolkit.rules import addresses, segments
from msvc_toolkit.sandbox.control.controller import open_sandbox
from msvc_toolkit.sandbox.messages import a2p_registration, carriers, serialization
from msvc_toolkit.sandbox.scenarios import busy
from msvc_toolkit.sandbox.scenarios.busy.actors import SCRIPT
from msvc_toolkit.sandbox.settings import DEFAULTS

DAY_MS, HOUR_MS = 86_400_000, 3_600_000
SAME = "b6e8989680bdf2de"
"""The first digits of the SHA-256 of 20 000 messages of seed 7; another hash means another log for everybody."""


def made(messages, seed=7, **options):
    """The store of a fresh busy sandbox, and its time."""
    handle = open_sandbox(":memory:", scenario="busy", seed=seed, clock="manual", messages=messages, **options)
    return handle.api.store, handle.api.clock.now()


def digest(store, table, columns="*"):
    """A hash of all rows of a table."""
    rows = store.tuples(f"SELECT {columns} FROM {table} ORDER BY 1, 2")  # noqa: S608 - our own
    return hashlib.sha256(repr(rows).encode()).hexdigest()


@pytest.fixture(scope="module")
def store() -> Iterator:
    """A log of 20 000 messages, to look at."""
    kept, _ = made(20_000)
    yield kept
    kept.close()


@pytest.fixture(scope="module")
def planted(store):
    """What is planted in it, by name of the fault."""
    return {fault["fault"]: fault for fault in busy.planted(store)["faults"]}


def rows(store, where, *values):
    """Messages, oldest first."""
    return store.all(f"SELECT * FROM message WHERE {where} ORDER BY seq", *values)  # noqa: S608 - our own


def day_of(ms):
    """The UTC day of a moment."""
    return datetime.fromtimestamp(ms / 1000, UTC).date().isoformat()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(store):
    """Every table of two builds is equal, and the messages are those of every machine."""
    again, _ = made(20_000)

    tables = [row["name"] for row in store.all("SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert [table for table in tables if digest(store, table) != digest(again, table)] == []
    assert digest(store, "message", ", ".join(serialization.COLUMNS)).startswith(SAME)


def test_another_seed_gives_another_log():
    """No message has the SID, the recipient and the moment of the other log."""
    (one, _), (other, _) = made(500), made(500, seed=8)

    seen = "SELECT sid, to_, date_created FROM message"
    assert not set(one.tuples(seen)) & set(other.tuples(seen))


@pytest.mark.slow
@pytest.mark.parametrize("messages", [0, 1, 13, 100, 2_500])
@pytest.mark.parametrize("faults", [True, False])
def test_there_are_as_many_messages_as_asked_for(messages, faults):
    """However few, and the next message goes on counting."""
    store, now = made(messages, faults=faults)

    assert [row["seq"] for row in rows(store, "1")] == list(range(1, messages + 1))
    assert [row["sid"] for row in rows(store, "1")] == [f"SM{store.digest(f'SM:{n + 1}')}" for n in range(messages)]
    assert all(now - 90 * DAY_MS <= row["date_created"] <= now for row in rows(store, "1"))
    assert store.next_number("SM") == messages + 1


def test_every_plan_is_one_the_sandbox_could_have_made(store):
    """Moments follow each other, made in order; what failed early was never sent nor paid."""
    last = 0
    for row in rows(store, "1"):
        moments = [row[name] for name in ("date_created", "queued", "sending", "sent", "ended", "priced")]
        known = [moment for moment in moments if moment is not None]
        assert known == sorted(known)
        assert row["date_created"] >= last
        assert (row["outcome"] in ("undelivered", "failed")) == (row["error_code"] is not None)
        if row["outcome"] == "failed":
            assert (row["queued"], row["sending"], row["price"]) == (None, None, None)
        elif row["direction"] == "inbound":
            assert (row["queued"], row["sending"]) == (None, None)
            assert None not in (row["price"], row["priced"])
        else:
            assert None not in (*moments, row["price"])
        last = row["date_created"]


def test_segments_are_those_of_the_bodies(store):
    """Each message costs what its text costs."""
    for row in rows(store, "seq % 20 = 0"):
        assert row["num_segments"] == segments.measure(row["body"], smart_encoding=True).count


def test_all_numbers_are_fictional(store):
    """555-01xx in North America, Ofcom's range for drama, and the senders of the scenario."""
    ours = {row["address"] for row in store.all("SELECT address FROM sender")}
    for name in ("to_", "from_"):
        for number in {row[name] for row in rows(store, "1")}:
            assert number in ours or re.fullmatch(r"\+1\d{3}55501\d\d|\+447700900\d{3}", number)


def test_the_log_breathes_with_days_and_hours_and_its_senders_differ(store):
    """Noon is busier than night, Tuesday than Sunday, and the first sender of a pool sends most."""
    sent = [row["date_created"] for row in rows(store, "direction = 'outbound-api' AND seq % 2")]
    hours = Counter(moment // HOUR_MS % 24 for moment in sent)
    weekdays = Counter(datetime.fromtimestamp(moment / 1000, UTC).weekday() for moment in sent)
    pool = store.tuples(
        "SELECT count(*) FROM message JOIN sender ON sender.sid = sender_sid WHERE sender.service_sid = "
        "(SELECT sid FROM service ORDER BY seq LIMIT 1) GROUP BY sender.sid ORDER BY sender.seq"
    )

    assert hours[18] > 10 * max(hours[5], 1)
    assert weekdays[1] > 1.5 * weekdays[6]
    assert [count for (count,) in pool] == sorted((count for (count,) in pool), reverse=True)


def test_the_filtered_sender_is_found_by_its_code_and_its_day(store, planted):
    """From that day most of its messages end in 30007, and nobody else's do."""
    fault = planted["carrier filtering"]
    ends = Counter(
        (row["from_"] == fault["sender"] and day_of(row["date_created"]) >= fault["since"], row["error_code"] == 30007)
        for row in rows(store, "outcome IN ('delivered', 'undelivered')")
    )
    assert ends[True, True] > ends[True, False]
    assert ends[False, True] < ends[False, False] / 200
    assert ends[True, True] >= fault["messages"] > 100


def test_the_unregistered_number_gets_nothing_through(store, planted):
    """30034 for all it sends, and for nobody else."""
    fault = planted["unregistered"]
    found = rows(store, "error_code = 30034")

    assert {(row["from_"], row["service_sid"], row["explicit"]) for row in found} == {(fault["sender"], None, 1)}
    assert len(found) == fault["messages"] == len(rows(store, "from_ = ?", fault["sender"]))
    assert day_of(found[0]["date_created"]) >= fault["since"]
    assert store.one("SELECT service_sid FROM sender WHERE address = ?", fault["sender"]) == {"service_sid": None}


def test_the_daily_cap_stops_campaigns_on_three_days(store, planted):
    """30027 the first time and 30023 later, only on those days and only once the day's segments are many."""
    fault = planted["daily cap"]
    found = rows(store, "error_code IN (30023, 30027)")

    days = Counter((day_of(row["date_created"] - 8 * HOUR_MS), row["error_code"]) for row in found)
    assert list(days) == list(zip(fault["days"], (30027, 30023, 30023), strict=True))
    assert sum(days.values()) == fault["messages"]
    for day in fault["days"]:
        begun = int(datetime.fromisoformat(f"{day}T08:00:00+00:00").timestamp() * 1000)
        first = next(row for row in found if row["date_created"] > begun)
        before = rows(store, "date_created BETWEEN ? AND ? AND direction != 'inbound'", begun, first["date_created"])
        assert sum(row["num_segments"] for row in before) > fault["segments_a_day"]


def test_the_registry_agrees_with_the_log(store):
    """Services with US numbers are verified by the reviewer; the capped phones are T-Mobile's; the script has no pool."""
    states = {
        row["friendly_name"]: (row["verdict"], [entry["error_code"] for entry in json.loads(row["errors"])])
        for row in store.all(
            "SELECT friendly_name, verdict, errors FROM campaign JOIN service ON service.sid = service_sid"
        )
    }
    brand, capped = store.one("SELECT * FROM brand"), rows(store, "error_code IN (30023, 30027)")
    pools = {
        row["service_sid"] for row in store.all("SELECT * FROM sender WHERE country_code = 'US' AND kind = 'number'")
    }
    sending = [
        row for row in rows(store, "error_code IS NULL AND direction = 'outbound-api'") if row["service_sid"] in pools
    ]

    assert states["Order updates"] == states["Offers"] == ("VERIFIED", [])
    assert states["Sign-in codes"] == (None, [])
    assert states["Customer care"][0] == "FAILED"
    assert 30892 in states["Customer care"][1]
    assert a2p_registration.tier(brand, "MARKETING").daily == 2_000
    assert {carriers.carrier_of(store, row["to_"]) for row in capped} == {"T-Mobile"}
    assert all(
        a2p_registration.registration(store, DEFAULTS, sid, 1 << 61).code is None
        for sid in {row["sender_sid"] for row in sending if addresses.read(row["from_"]).kind == "local"}
    )
    script = store.one("SELECT sid FROM sender WHERE address = ?", SCRIPT)["sid"]
    assert a2p_registration.registration(store, DEFAULTS, script, 1 << 61).code == 30034


def test_after_stop_everything_fails_until_start(store, planted):
    """21610 between STOP and START, service by service and person by person, and nowhere else."""
    out, failed = set(), 0
    for row in rows(store, "service_sid IS NOT NULL"):
        word = row["body"].strip().upper()
        key = (row["service_sid"], row["from_"] if row["direction"] == "inbound" else row["to_"])
        if row["direction"] == "inbound":
            out = out | {key} if word in ("STOP", "UNSUBSCRIBE") else out - {key} if word == "START" else out
        elif row["body"].startswith("You are unsubscribed"):
            assert row["outcome"] != "failed"
        else:
            assert (row["error_code"] == 21610) == (key in out)
            failed += row["error_code"] == 21610

    assert failed == planted["after STOP"]["messages"] > 20
    assert out == set(store.tuples("SELECT scope, recipient FROM opt_out"))
    assert len(out) == planted["after STOP"]["people"]


def test_the_list_of_landlines_is_written_to_in_vain(store, planted):
    """30006 on three days, from one service, to numbers that nobody else writes to."""
    fault = planted["landlines"]
    found = rows(store, "error_code = 30006")

    assert {day_of(row["date_created"]) for row in found} == set(fault["days"])
    assert {row["service_sid"] for row in found} == {fault["service_sid"]}
    assert len(found) == fault["messages"]
    reached = {row["to_"] for row in rows(store, "outcome = 'delivered'")}
    assert not reached & {row["to_"] for row in found}


def test_one_letter_doubles_the_segments_of_a_text(store, planted):
    """Since that day the text has the letter and two segments, where it had one."""
    fault = planted["UCS-2"]
    before = rows(store, "body LIKE '%provolone%'")
    after = rows(store, "body LIKE '%Cura_ao%'")

    assert {row["num_segments"] for row in before} == {1}
    assert {row["num_segments"] for row in after} == {2}
    assert {fault["character"] in row["body"] for row in after} == {True}
    assert day_of(after[0]["date_created"]) >= fault["since"] > day_of(before[-1]["date_created"] - DAY_MS)


@pytest.mark.slow
def test_late_receipts_and_prices_are_still_to_come():
    """Some messages of days ago are still sent, others unpriced; days later they are delivered, but for a few."""
    conn = connect(store=":memory:", messages=40_000, clock="manual")
    begun = conn.sandbox.now

    def waiting():
        listed = conn.client.messages.list(date_sent_before=begun.replace(hour=0), date_sent_after="2025-12-17")
        return {m.sid for m in listed if m.status == "sent"}, {m.sid for m in listed if m.price is None}

    sent, unpriced = waiting()
    assert len(sent) > 10
    assert unpriced - sent
    conn.sandbox.advance(5 * 86_400)
    still, _ = waiting()
    assert still < sent
    never = conn.client.messages.list(date_sent_before=begun.replace(hour=0), date_sent_after="2025-12-17")
    assert {m.status for m in never if m.sid in still} == {"sent"}
    conn.sandbox.api.store.close()


def test_there_are_answers_keywords_confirmations_and_second_attempts(store):
    """People answer, stop, start and ask for help; what a handset missed is tried again."""
    words = Counter(row["body"].strip().upper() for row in rows(store, "direction = 'inbound'"))
    assert min(words[word] for word in ("STOP", "START", "HELP", "THANKS!")) > 0
    assert words["THANKS!"] > words["STOP"]
    again = rows(store, "options = '{\"attempt\": 2}' AND outcome = 'delivered'")
    lost = {(row["to_"], row["body"]) for row in rows(store, "error_code = 30003")}
    assert again
    assert all((row["to_"], row["body"]) in lost for row in again)


def test_without_faults_only_an_ordinary_days_mishaps_are_left():
    """No planted code, no planted letter, and no incident to name."""
    store, _ = made(20_000, faults=False)
    codes = Counter(row["error_code"] for row in rows(store, "error_code IS NOT NULL"))

    assert set(codes) == {30003, 30005, 30007, 30008}
    assert sum(codes.values()) < 20_000 * 0.03
    assert rows(store, "body LIKE '%ç%'") == []
    assert busy.planted(store)["faults"] == []


def test_the_sandbox_goes_on_where_the_log_ends():
    """A new message joins the log; who has stopped, is a landline or unregistered stays so."""
    conn = connect(store=":memory:", messages=3_000, clock="manual")
    store = conn.sandbox.api.store
    scope, person = store.tuples("SELECT scope, recipient FROM opt_out")[0]
    landline = store.one("SELECT address FROM handset WHERE state = 'landline'")["address"]
    sent = [
        conn.client.messages.create(to=person, messaging_service_sid=scope, body="Hi"),
        conn.client.messages.create(to=landline, messaging_service_sid=scope, body="Hi"),
        conn.client.messages.create(to="+14155550123", from_="+16465550100", body="Hi"),
    ]
    conn.sandbox.advance(60)

    assert [message.fetch().error_code for message in sent] == [21610, 30006, 30034]
    assert conn.client.messages.list(limit=1)[0].sid == sent[-1].sid
    assert conn.sandbox.why(store.one("SELECT sid FROM message LIMIT 1")["sid"])[0]["rule"] == "planted"
    store.close()


def test_a_store_remembers_how_many_messages_it_was_made_with(tmp_path):
    """Reopening and reset keep them; asking for another number, or for messages elsewhere, is refused."""
    path = tmp_path / "busy.db"
    conn = connect(store=path, messages=50, faults=False, clock="manual")
    assert conn.sandbox.scenario == "busy"
    conn.sandbox.reset()
    assert len(conn.client.messages.list()) == 50
    assert busy.planted(conn.sandbox.api.store)["faults"] == []
    conn.sandbox.api.store.close()

    with pytest.raises(SandboxError, match="messages=50, not 60"):
        connect(store=path, messages=60)
    with pytest.raises(SandboxError, match="faults=False, not True"):
        connect(store=path, faults=True)
    with pytest.raises(SandboxError, match="'starter' takes neither"):
        connect(store=":memory:", scenario="starter", messages=5)
    with pytest.raises(SandboxError, match="0 to 10000000 messages, not -1"):
        connect(store=":memory:", messages=-1)
    with pytest.raises(InvalidInput, match="messages"):
        connect("live", messages=5)
