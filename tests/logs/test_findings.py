"""Findings: each fault planted in scenario `busy` is found by a named measure; a log without faults raises none."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from msvc_toolkit.logs import measures
from msvc_toolkit.logs.kept.derive import derive
from msvc_toolkit.logs.kept.pages import ARRIVED
from msvc_toolkit.logs.log import Log
from msvc_toolkit.sandbox import busy
from msvc_toolkit.sandbox.handle import open_sandbox

FOUND_BY = {
    "carrier filtering": ("errors", "30007"),
    "unregistered": ("errors", "30034"),
    "daily cap": ("errors", "30023, 30027"),
    "after STOP": ("after_stop", "21610"),
    "landlines": ("errors", "30006"),
    "UCS-2": ("characters", "ç"),
    "late receipts": ("latency", ""),
}


def made(messages, seed, faults):
    """A busy sandbox's messages as a log, as they stand now, and what is planted in it."""
    handle = open_sandbox(
        ":memory:", scenario="busy", seed_number=seed, clock="manual", messages=messages, faults=faults
    )
    now, store = handle.api.clock.now(), handle.api.store
    rows = store.tuples(
        "SELECT sid, date_created, sent, ended, priced, direction, outcome, error_code, service_sid, num_segments, price, from_, to_, body FROM message"
    )  # fmt: skip
    truth = busy.planted(store)
    store.close()

    def moment(ms):
        return None if ms is None or ms > now else datetime(1970, 1, 1) + timedelta(seconds=ms // 1000)  # noqa: DTZ001 - a log is kept in naive UTC

    def arrived(row):
        sid, created, sent, ended, priced, direction, outcome, code, service, segments, price, by, to, body = row
        done, paid = ended is not None and ended <= now, priced is not None and priced <= now
        return {
            "sid": sid, "date_created": moment(created), "date_sent": moment(sent), "direction": direction,
            "date_updated": max(filter(None, map(moment, (created, sent, ended, priced)))), "status": outcome if done else "sent",
            "error_code": code if done else None, "messaging_service_sid": service, "num_segments": segments, "num_media": 0,
            "price_e5": price if paid else None, "price_unit": "USD", "from": by, "to": to, "body": body,
        }  # fmt: skip

    return Log(derive(pa.Table.from_pylist([arrived(row) for row in rows], schema=ARRIVED))), truth


@pytest.mark.slow
@pytest.mark.parametrize(("messages", "seed"), [(5000, 1), (20_000, 7), (20_000, 2)])
def test_each_planted_fault_is_found_by_a_named_measure(messages, seed):
    """With its code or character, its place, about its day, and about as many messages as it struck."""
    log, truth = made(messages, seed, faults=True)
    found = measures.findings(log)
    told = found.groupby(["measure", "what"])["messages"].sum()
    for fault in truth["faults"]:
        measure, what = FOUND_BY[fault["fault"]]
        assert told[measure, what] == pytest.approx(fault["messages"], rel=0.1, abs=5), fault["fault"]
        rows = found[(found["measure"] == measure) & (found["what"] == what)]
        if "sender" in fault:
            assert rows["number"].tolist() == [fault["sender"]]
        if "service_sid" in fault:
            assert rows["messaging_service_sid"].tolist() == [fault["service_sid"]]
        if fault["fault"] != "after STOP":
            assert abs(rows["since"].min() - datetime.fromisoformat(fault["since"])) <= timedelta(days=3)
    assert set(told.index) == set(FOUND_BY.values())
    assert all("+1404" not in sentence for sentence in found["sentence"])


@pytest.mark.slow
@pytest.mark.parametrize(("messages", "seed"), [(5000, 1), (5000, 8), (20_000, 7), (20_000, 6)])
def test_a_log_without_faults_raises_none(messages, seed):
    """What goes wrong on any day is no finding."""
    log, truth = made(messages, seed, faults=False)
    assert truth["faults"] == []
    assert measures.findings(log).empty


def test_days_are_those_of_the_zone_that_is_asked_for():
    """In Tokyo's days the same faults are found."""
    log, _ = made(5000, 1, faults=True)
    ours, theirs = (measures.findings(log, zone=zone) for zone in ("UTC", "Asia/Tokyo"))
    assert set(ours["what"]) == set(theirs["what"])


@pytest.mark.slow
@pytest.mark.parametrize(("messages", "seed", "zone"), [(5000, 1, "Asia/Tokyo"), (20_000, 7, "UTC")])
def test_the_figures_of_a_finding_are_counts_of_rows(messages, seed, zone):
    """Plain Python counts the same messages behind each, from its first day to its last, and no other day than these."""
    log, _ = made(messages, seed, faults=True)
    rows = log.frame.to_pylist()
    out, told = [row for row in rows if row["direction"] != "inbound"], _keywords(rows)
    for one in measures.findings(log, zone=zone).itertuples():
        here = ZoneInfo("America/Los_Angeles" if one.fault == "daily cap" else zone)
        days = [row["date_created"].replace(tzinfo=UTC).astimezone(here).date() for row in out]
        sent = [
            (row, day)
            for row, day in zip(out, days, strict=True)
            if day >= one.since.date()
            and (one.fault == "daily cap" or (row["messaging_service_sid"] or "") == one.messaging_service_sid)
            and (not one.number or row["number"] == one.number)
        ]
        if one.measure == "latency":  # what has ended, and what should have: `sent` for 72 hours and longer
            sent = [(row, day) for row, day in sent if row["final_seconds"] is not None or _lost(row, log.as_of)]
        struck = [
            day
            for row, day in sent
            if (_is_away(row, told) if one.fault == "after STOP" else STRUCK[one.fault](row, one.what, log.as_of))
        ]
        assert (one.sent, one.messages) == (len(sent), len(struck)), one.sentence
        assert (one.since.date(), one.last.date()) == (min(struck), max(struck)), one.sentence


def _scope(row):
    return row["messaging_service_sid"] or row["number"], row["peer"]


def _keywords(rows):
    """What each person said to whom, and when."""
    told = defaultdict(list)
    for row in rows:
        if row["keyword"] in ("stop", "start"):
            told[_scope(row)].append((row["date_created"], row["keyword"]))
    return told


def _is_away(row, told):
    """Whether a message was refused as its recipient had left, or went out to one who had."""
    if row["error_code"] == 21610:
        return True
    before = [one for one in told[_scope(row)] if one[0] < row["date_created"]]
    went = row["direction"] != "outbound-reply" and row["status"] not in ("failed", "canceled")
    return went and bool(before) and max(before)[1] == "stop"


def _lost(row, as_of):
    return row["status"] == "sent" and row["hour"] <= as_of - timedelta(hours=72)


STRUCK = {
    "errors": lambda row, what, _: str(row["error_code"]) == what,
    "daily cap": lambda row, _, __: row["error_code"] in (30023, 30027),
    "UCS-2": lambda row, _, __: row["odd"] is not None,
    "late receipts": lambda row, _, as_of: _lost(row, as_of) or (row["final_seconds"] or 0) >= 3600,
}
