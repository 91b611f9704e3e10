"""Findings: each fault planted in scenario `busy` is found by a named measure; a log without faults raises none."""

import os
import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pytest

from msvc_toolkit.logs import charts, measures
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures.usual import health
from msvc_toolkit.logs.pages import ARRIVED
from msvc_toolkit.logs.report import log_report
from msvc_toolkit.logs.storage.derived_columns import derive
from msvc_toolkit.sandbox.control.controller import open_sandbox
from msvc_toolkit.sandbox.scenarios import busy

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
    handle = open_sandbox(":memory:", scenario="busy", seed=seed, clock="manual", messages=messages, faults=faults)
    now, store = handle.api.clock.now(), handle.api.store
    rows = store.tuples(
        "SELECT sid, date_created, sent, ended, priced, direction, outcome, error_code, service_sid, num_segments, price, from_, to_, body FROM message"
    )
    truth = busy.planted(store)
    store.close()

    def moment(ms):
        return None if ms is None or ms > now else datetime(1970, 1, 1) + timedelta(seconds=ms // 1000)  # noqa: DTZ001 - a log is kept in naive UTC

    def arrived(row):
        sid, created, sent, ended, priced, direction, outcome, code, service, segments, price, by, to, body = row
        done, paid = ended is not None and ended <= now, priced is not None and priced <= now
        return {
            "sid": sid,
            "date_created": moment(created),
            "date_sent": moment(sent),
            "direction": direction,
            "date_updated": max(filter(None, map(moment, (created, sent, ended, priced)))),
            "status": outcome if done else "sent",
            "error_code": code if done else None,
            "messaging_service_sid": service,
            "num_segments": segments,
            "num_media": 0,
            "price_e5": price if paid else None,
            "price_unit": "USD",
            "from": by,
            "to": to,
            "body": body,
        }

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


ALL = os.environ.get("MSVC_SELECTIONS") == "all"
"""Whether every selection is looked at, on every seed and on more of them; else each seed has others."""
SEEDS = (1, 2, 3, 5, 8) if ALL else (1, 8)
LASTING = ("carrier filtering", "unregistered", "UCS-2", "late receipts")
"""Faults that, once they have begun, go on every day."""


def selections(fault, struck):
    """What holds only a fault: its sender or its service, over all days and in one week, and the week of everybody."""
    since = struck["since"].min().date()
    monday = since - timedelta(days=since.weekday()) + timedelta(days=7 * (fault["fault"] in LASTING))
    week = {"since": monday, "until": monday + timedelta(days=7)}
    places = [{"senders": fault["sender"]}] if "sender" in fault else []
    service = fault.get("service_sid") or struck["messaging_service_sid"].iloc[0]
    places += [{"services": service}] if service and fault["fault"] != "daily cap" else []
    assert places or fault["fault"] == "daily cap"
    return [*places, week, *({**place, **week} for place in places)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_selection_that_holds_only_a_fault_names_it(seed):
    """Its findings, its first chart and its report do, in every selection that holds it."""
    log, truth = made(12_000, seed, faults=True)
    whole, looked = measures.findings(log), 0
    for place, fault in enumerate(truth["faults"]):
        measure, what = FOUND_BY[fault["fault"]]
        struck = whole[(whole["measure"] == measure) & (whole["what"] == what)]
        for asked in selections(fault, struck):
            part = log.select(**asked)
            found = measures.findings(part)
            assert_named(found, measure, what, asked)
            looked += 1
        if ALL or place % len(SEEDS) == SEEDS.index(seed):
            assert_reported(part, found)
            assert_named(measures.findings(Log(part.frame)), measure, what, "without the rest of its log")
    assert looked >= 15


def assert_named(found, measure, what, asked):
    """A finding, and a row of the first chart, name one of these codes or the character."""
    codes = {*what.split(", ")}
    named = [bool(codes & {*row.what.split(", ")}) and row.measure == measure for row in found.itertuples()]
    assert any(named), (what, asked)
    words = charts.plot_findings(found).figure.drawn.bars
    assert any(code in bar.words for bar in words for code in codes if code or "receipts" in bar.words), asked


def assert_reported(part, found):
    """The report has each finding before all its other figures, and nothing that calls it healthy."""
    head, rest = log_report(part).split("<h2>All figures</h2>")
    assert [sentence for sentence in found["sentence"] if sentence not in unescape(head)] == []
    assert found["what"].iloc[0].split(", ")[0] in head
    assert "<figure>" in rest
    assert "Done:" not in head + rest
    assert "msvc-card msvc-done" not in head + rest


def healthy(log, seed):
    """Services, senders and weeks: all of them, or others for each seed."""
    first = log.span[0].date()
    step = 1 if ALL else len(SEEDS)
    places = [
        {"services": sid} for sid in measures.volume(log, by="messaging_service_sid")["messaging_service_sid"] if sid
    ]
    numbers = [{"senders": number} for number in measures.volume(log, by="number")["number"] if number]
    weeks = [{"since": first + timedelta(days=d), "until": first + timedelta(days=d + 7)} for d in range(0, 84, 7)]
    return [{}, *places, *[*numbers, *weeks][SEEDS.index(seed) % step :: step]]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_healthy_selection_raises_none(seed):
    """Every service, sender and week of a log without faults is called healthy."""
    log, _ = made(6000, seed, faults=False)
    asked = healthy(log, seed)
    assert len(asked) >= 10
    for one in asked:
        part = log.select(**one)
        found = measures.findings(part)
        assert list(found["sentence"]) == []
        assert health(part, found).mood == "done", health(part, found).sentence
    assert measures.findings(Log(part.frame)).empty


@pytest.mark.slow
def test_what_was_healthy_before_the_faults_is_called_so():
    """A service that no fault touches, and the others before theirs began, are healthy in a log full of faults."""
    log, truth = made(12_000, 7, faults=True)
    named = measures.volume(log, by=("messaging_service_sid", "number"))
    codes = named.set_index("number")["messaging_service_sid"]["894546"]
    begun = {fault["service_sid"]: fault["since"] for fault in truth["faults"] if "service_sid" in fault}
    parts = [log.select(services=codes), *(log.select(services=sid, until="2025-10-28") for sid in begun)]
    for part in parts:
        found = measures.findings(part)
        assert list(found["sentence"]) == []
        assert health(part, found).mood == "done"


def rows_of(*parts):
    """A log of messages to the US, from (sender, status, code, how many), one an hour."""
    said = [(number, status, code) for number, status, code, n in parts for _ in range(n)]
    when = pd.date_range("2026-01-05", periods=len(said), freq="h")
    frame = pd.DataFrame(said, columns=["number", "status", "error_code"]).assign(date_created=when, num_segments=1)
    frame = frame.assign(
        kind="local", country="US", direction="outbound-api", error_code=frame["error_code"].astype("Int32")
    )
    return Log(frame)


A, B = "+14155550100", "+12125550100"


@pytest.mark.parametrize(
    ("parts", "mood", "told"),
    [
        ([(A, "delivered", None, 100)], "done", "Nothing out of the ordinary"),
        ([(A, "undelivered", 30034, 450)], "warning", "450 of 450 messages of +1 415 ••• 0100 ended with 30034"),
        ([(A, "failed", None, 20), (A, "delivered", None, 10)], "warning", "20 of 30 messages"),
        ([(A, "undelivered", 30008, 300), (A, "delivered", None, 700)], "warning", "ended with 30008"),
        ([(A, "sent", None, 300), (A, "delivered", None, 700)], "warning", "unknown outcome"),
        ([(A, "undelivered", 39999, 9), (A, "delivered", None, 1)], "warning", "ended with 39999"),
        ([(A, "delivered", None, 29)], "note", "Too few messages to judge: 29 of 29"),
        ([(A, "undelivered", 30003, 4)], "note", "Too few messages to judge: 0 of 4"),
        ([(A, "undelivered", 30003, 5), (A, "delivered", None, 35)], "note", "not clearly healthy"),
        ([(A, "delivered", None, 100), (A, "queued", None, 30)], "note", "30 more are in flight"),
        ([(A, "canceled", None, 50)], "note", "Too few"),
        ([(A, "delivered", None, 1000), (B, "undelivered", 30003, 4)], "done", "1 sender has too few messages"),
        ([], "note", "nothing to judge"),
    ],
)
def test_the_verdict(parts, mood, told):
    """A log is healthy only when that is clear; what cannot be judged is said to be so, and a fault stands out."""
    log = rows_of(*parts)
    found = measures.findings(log)
    verdict = health(log, found)

    assert verdict.mood == mood, verdict
    assert told in " ".join([verdict.sentence, *found["sentence"]])
    assert len(found) == (mood == "warning")


def test_a_fault_that_began_before_the_selected_days_keeps_its_day(busy_log):
    """Its day and what it is compared with are those of the whole log, not of where the window begins."""
    whole, late = (measures.findings(log).set_index("what") for log in (busy_log, busy_log.select(since="2025-12-18")))

    for what in ("30007", "30034", "ç"):
        since = whole.loc[what, "since"]
        assert late.loc[what, "since"] == since < pd.Timestamp("2025-12-18")
        assert late.loc[what, "sentence"].startswith(f"Since {since:%Y-%m-%d}; in the selected days, ")
        bases = {re.search(r"%; ([^)]*)\)", found.loc[what, "sentence"])[1] for found in (whole, late)}
        assert len(bases) == 1
    stops = [*late["fault"].isin(["UCS-2", "late receipts"])]
    assert stops == sorted(stops), "what only costs or is late comes last"


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
