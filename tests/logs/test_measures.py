"""Measures: each agrees with plain Python over the same rows, whatever the rows, the groups, the zone and the window."""

import os
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from math import isnan, sqrt
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msvc_toolkit.logs import measures
from msvc_toolkit.logs.certificate import Certificate
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.rules import error_codes, quiet_hours, rates

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("MSVC_EXAMPLES", "5"))
"""On how many made-up logs each measure is checked."""

KINDS = {"+14155550100": "local", "+18885550100": "toll-free", "894546": "short code", "ACME": "alphanumeric"}
PEERS = {
    "+12015550110": ("US", "201"),
    "+15125550112": ("US", "512"),
    "+16045550111": ("CA", "604"),
    "+447700900112": ("GB", None),
    "+999": (None, None),
}
STATUSES = (
    "delivered",
    "read",
    "undelivered",
    "failed",
    "sent",
    "queued",
    "canceled",
    "partially_delivered",
    "later",
    None,
)
SATURDAY = datetime(2026, 3, 7)  # noqa: DTZ001 - a log is kept in naive UTC; the clocks of the US go forward on the 8th, those of Europe on the 29th
ZONES = ("UTC", "America/New_York", "Asia/Tokyo", "Asia/Kolkata", "Asia/Kathmandu")
LIMIT = {"local": None, "toll-free": 180, "short code": 6000, "alphanumeric": 600, "MGa": 120, "MGb": None}


@st.composite
def messages(draw, most=40):
    """Rows of a log: few senders and people, so that they meet, and everything that may be missing sometimes is."""

    def some(*values):
        return draw(st.sampled_from(values))

    def row(place):
        inbound = some(True, False, False)
        peer, number = some(*PEERS), some(*KINDS, *KINDS, None)
        created = SATURDAY + timedelta(minutes=draw(st.integers(0, 5 * 1440)), seconds=some(0, 0, 14))
        size, price = some(None, 0, 1, 2), some(None, 0, 750, 8300, 1_000_000_007)
        return {
            "sid": f"SM{place}",
            "date_created": created,
            "direction": "inbound"
            if inbound
            else some("outbound-api", "outbound-api", "outbound-reply", "outbound-call"),
            "status": some("received", "receiving") if inbound else some(*STATUSES),
            "error_code": None if inbound else some(None, None, 30007, 21610, 99_999),
            "messaging_service_sid": some("MGa", "MGb", None),
            "num_segments": size,
            "price_e5": price,
            "price_unit": some("usd", "USD", "EUR", None),
            "number": number,
            "peer": peer,
            "kind": KINDS.get(number),
            "country": PEERS[peer][0],
            "area_code": PEERS[peer][1],
            "hour": created.replace(minute=0, second=0),
            "quarter": created.replace(minute=created.minute // 15 * 15, second=0),
            "sent_seconds": some(None, 0, 1, 63, 64, 127, 128, 4000),
            "final_seconds": draw(st.none() | st.integers(0, 90_000)),
            "keyword": some(None, "stop", "stop", "start", "help") if inbound else None,
            "encoding": some("GSM-7", "UCS-2", None),
            "odd": some(None, None, "ç", "ğ"),
        }

    return [row(place) for place in range(draw(st.integers(0, most)))]


groups = st.lists(
    st.sampled_from(("number messaging_service_sid country day week month weekday hour_of_day hour").split()),
    max_size=2,
    unique=True,
)
zones = st.sampled_from(ZONES)
windows = st.sampled_from(
    [(None, None), ("2026-03-08", "2026-03-10"), ("2026-03-08T01:30", None), (None, "2026-03-09T10:07:05")]
)
engines = st.sampled_from(["pandas", "duckdb"])
asked = given(engine=engines, rows=messages(), by=groups, zone=zones, window=windows)


def log_of(rows, engine):
    """The rows as a log on an engine."""
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    return Log(table.to_pandas() if engine == "pandas" else duckdb.connect().from_arrow(table))


def key(row, name, zone):
    """What a row is grouped under."""
    local = row["date_created"].replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    midnight = local.replace(hour=0, minute=0, second=0, tzinfo=None)
    times = {
        "hour": lambda: local.replace(minute=0, second=0).astimezone(UTC),
        "day": lambda: midnight,
        "week": lambda: midnight - timedelta(days=midnight.weekday()),
        "month": lambda: midnight.replace(day=1),
        "weekday": local.weekday,
        "hour_of_day": lambda: local.hour,
    }
    if name == "price_unit":
        return (row[name] or "").upper()
    return times[name]() if name in times else row[name] or (0 if name == "error_code" else "")


def grouped(rows, by, zone):
    """The rows of each group, groups in order."""
    found = defaultdict(list)
    for row in rows:
        found[tuple(key(row, name, zone) for name in by)].append(row)
    return dict(sorted(found.items()))


def within(rows, window, zone):
    """The rows of a window that is written in the wall time of a zone."""
    since, until = (
        datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)
        if text
        else None
        for text in window
    )
    return [
        row
        for row in rows
        if (not since or row["date_created"] >= since) and (not until or row["date_created"] < until)
    ]


def out(rows):
    """Those that went out."""
    return [row for row in rows if row["direction"] != "inbound"]


def add(rows, name):
    """The sum of a column; nothing is 0."""
    return sum(row[name] or 0 for row in rows)


def wilson(part, whole):
    """Wilson's interval, written another way: the roots of a quadratic equation."""
    if not whole or part > whole:
        return None, None
    a, b, c = 1 + 1.96**2 / whole, -2 * part / whole - 1.96**2 / whole, (part / whole) ** 2
    root = sqrt(max(b * b - 4 * a * c, 0))
    return max((-b - root) / (2 * a), 0.0), min((-b + root) / (2 * a), 1.0)


def rate(part, whole, prefix=""):
    """A rate with its interval."""
    low, high = wilson(part, whole)
    return {f"{prefix}rate": part / whole if whole else None, f"{prefix}low": low, f"{prefix}high": high}


def same(frame, expected, columns=None):
    """Compare a frame with rows of plain Python; no number and nothing are the same."""

    def plain(value):
        if hasattr(value, "to_pydatetime") and value is not pd.NaT:
            value = value.to_pydatetime()
            value = value.astimezone(UTC) if value.tzinfo else value
        return None if value is pd.NaT or (isinstance(value, float) and isnan(value)) else value

    told = [{name: plain(value) for name, value in row.items()} for row in frame.to_dict("records")]
    told = [{name: row[name] for name in columns or row} for row in told]
    assert len(told) == len(expected)
    for one, other in zip(told, expected, strict=True):
        assert one == {
            name: pytest.approx(value, abs=1e-9) if isinstance(value, float) else value for name, value in other.items()
        }


def became(row, as_of):
    """What became of a message that went out."""
    if row["status"] == "sent":
        return "unknown" if row["hour"] <= as_of - timedelta(hours=72) else "in_flight"
    ends = {
        "delivered": "delivered",
        "read": "delivered",
        "undelivered": "failed",
        "failed": "failed",
        "canceled": "canceled",
    }
    return "in_flight" if row["status"] == "queued" else ends.get(row["status"], "other")


def settled(rows, as_of):
    """The outcomes of rows with their rate."""
    ends = [became(row, as_of) for row in rows]
    counts = {name: ends.count(name) for name in ("delivered", "failed", "unknown", "in_flight", "canceled", "other")}
    whole = counts["delivered"] + counts["failed"] + counts["unknown"] + counts["other"]
    told = {"n": len(rows), **counts, "settled": whole, **rate(counts["delivered"], whole)}
    return {**told, "small": whole < 30, "immature": counts["in_flight"] > 0.01 * len(rows)}


def end_of(rows):
    """Up to when a log without certificate knows what happened."""
    return max((row["hour"] for row in rows), default=SATURDAY) + timedelta(hours=1)


def per_group(rows, by, zone, told):
    """One dictionary for each group; without any, one of all."""
    parts = grouped(rows, by, zone) if by else {(): rows}
    return [{**dict(zip(by, group, strict=True)), **told(part)} for group, part in parts.items()]


@settings(deadline=None, max_examples=EXAMPLES)
@asked
def test_volume_counts_messages_and_segments(engine, rows, by, zone, window):
    """Messages, those out and in, and their segments, by whatever group, in whatever zone and window."""
    frame = measures.volume(log_of(rows, engine), by=by, zone=zone, since=window[0], until=window[1])

    def told(part):
        return {
            "n": len(part),
            "outbound": len(out(part)),
            "inbound": len(part) - len(out(part)),
            "segments": add(part, "num_segments"),
        }

    same(frame, per_group(within(rows, window, zone), by, zone, told))


@settings(deadline=None, max_examples=EXAMPLES)
@asked
def test_outcomes_are_six_and_their_rate_has_a_denominator(engine, rows, by, zone, window):
    """Every message that went out is exactly one of six; unknown statuses are other and lower the rate."""
    frame = measures.outcomes(log_of(rows, engine), by=by, zone=zone, since=window[0], until=window[1])
    as_of = end_of(rows)
    same(frame, per_group(out(within(rows, window, zone)), by, zone, lambda part: settled(part, as_of)))


@settings(deadline=None, max_examples=EXAMPLES)
@given(engine=engines, rows=messages(), zone=zones)
def test_heat_has_every_hour_of_a_week(engine, rows, zone):
    """168 rows from Monday, 0 h, of the zone's wall clock, a Sunday among them."""
    frame = measures.heat(log_of(rows, engine), zone=zone)
    parts = grouped(out(rows), ["weekday", "hour_of_day"], zone)
    as_of = end_of(rows)
    same(
        frame,
        [
            {"weekday": day, "hour_of_day": hour, **settled(parts.get((day, hour), []), as_of)}
            for day in range(7)
            for hour in range(24)
        ],
    )


@settings(deadline=None, max_examples=EXAMPLES)
@asked
def test_errors_are_told_by_code_and_currency(engine, rows, by, zone, window):
    """A code's messages, senders, hours and money; currencies never together; the most frequent first."""
    frame = measures.errors(log_of(rows, engine), by=by, zone=zone, since=window[0], until=window[1])
    sent = out(within(rows, window, zone))
    all_of = {group: len(part) for group, part in grouped(sent, by, zone).items()}
    expected = []
    for group, part in grouped(
        [row for row in sent if row["error_code"]], [*by, "error_code", "price_unit"], zone
    ).items():
        known = error_codes.lookup(group[-2])
        expected.append(
            {
                **dict(zip([*by, "error_code", "price_unit"], group, strict=True)),
                "n": len(part),
                "senders": len({row["number"] or "" for row in part}),
                "first": min(row["hour"] for row in part),
                "last": max(row["hour"] for row in part),
                "price_e5": add(part, "price_e5"),
                "sent": all_of[group[:-2]],
                **rate(len(part), all_of[group[:-2]]),
                "cost": add(part, "price_e5") / 100_000,
                "meaning": known.meaning if known else "",
                "remedy": known.remedy if known else "",
            }
        )
    same(frame, sorted(expected, key=lambda row: -row["n"]))


@settings(deadline=None, max_examples=EXAMPLES)
@asked
def test_replies_and_stops_are_set_against_what_was_delivered(engine, rows, by, zone, window):
    """Answers without a keyword, and keywords, for each message delivered that was no answer itself."""
    frame = measures.replies(log_of(rows, engine), by=by, zone=zone, since=window[0], until=window[1])

    def told(part):
        heard = [row for row in part if row["direction"] == "inbound"]
        words = {f"{word}s": sum(row["keyword"] == word for row in heard) for word in ("stop", "start", "help")}
        reached = sum(
            row["status"] in ("delivered", "read") and row["direction"] != "outbound-reply" for row in out(part)
        )
        answers = len(heard) - sum(words.values())
        return {
            "delivered": reached,
            "replies": answers,
            **words,
            **rate(answers, reached, "reply_"),
            **rate(words["stops"], reached, "stop_"),
            "small": reached < 30,
        }

    same(frame, per_group(within(rows, window, zone), by, zone, told))


@settings(deadline=None, max_examples=EXAMPLES)
@asked
def test_spend_is_exact_and_by_currency(engine, rows, by, zone, window):
    """Whole hundred-thousandths, one row a currency, and what a delivered message cost."""
    frame = measures.spend(log_of(rows, engine), by=by, zone=zone, since=window[0], until=window[1])

    def told(part):
        sent = out(part)
        price, reached, segments = (
            add(sent, "price_e5"),
            sum(row["status"] in ("delivered", "read") for row in sent),
            add(sent, "num_segments"),
        )
        return {
            "n": len(sent),
            "segments": segments,
            "ucs2_segments": add([row for row in sent if row["encoding"] == "UCS-2"], "num_segments"),
            "priced": sum(row["price_e5"] is not None for row in sent),
            "unpriced": sum(row["price_e5"] is None and row["status"] not in ("failed", "canceled") for row in sent),
            "price_e5": price,
            "delivered": reached,
            "inbound_e5": add([row for row in part if row["direction"] == "inbound"], "price_e5"),
            "cost": price / 100_000,
            "per_delivered": price / 100_000 / reached if reached else None,
            "per_segment": price / 100_000 / segments if segments else None,
        }

    same(frame, per_group(within(rows, window, zone), [*by, "price_unit"], zone, told))


@settings(deadline=None, max_examples=EXAMPLES)
@given(engine=engines, rows=messages())
def test_fees_of_carriers_are_a_range_over_what_reached_us_phones(engine, rows):
    """Segments of messages to the US that a carrier got, times the lowest and highest fee; without fees nothing changes."""
    log = log_of(rows, engine)
    frame = measures.spend(log, by="kind", fees=True)
    low, high = rates.fee_range()
    assert 0 < low < high
    plain = measures.spend(log, by="kind")
    assert plain.equals(frame[plain.columns])
    for row in frame.to_dict("records"):
        charged = add(
            [
                one
                for one in out(rows)
                if (one["kind"] or "") == row["kind"]
                and (one["price_unit"] or "").upper() == row["price_unit"]
                and one["country"] == "US"
                and one["kind"] in ("local", "toll-free", "short code")
                and one["status"] in ("sent", "delivered", "read", "undelivered")
            ],
            "num_segments",
        )
        assert row["fees_usd_low"] == pytest.approx(charged * low)
        assert row["fees_usd_high"] == pytest.approx(charged * high)


@settings(deadline=None, max_examples=EXAMPLES)
@given(
    engine=engines,
    rows=messages(),
    by=groups.filter(lambda by: not {"hour", "weekday", "hour_of_day"} & set(by)),
    zone=zones,
    window=windows,
)
def test_characters_are_counted_with_their_segments(engine, rows, by, zone, window):
    """The first character of each message that GSM-7 lacks."""
    frame = measures.characters(log_of(rows, engine), by=by, zone=zone, since=window[0], until=window[1])
    odd = [{**row, "character": row["odd"]} for row in out(within(rows, window, zone)) if row["odd"]]
    keys = [*by, "character", "price_unit"]
    expected = [
        {
            **dict(zip(keys, group, strict=True)),
            "n": len(part),
            "segments": add(part, "num_segments"),
            "price_e5": add(part, "price_e5"),
            "first": min(row["hour"] for row in part),
            "last": max(row["hour"] for row in part),
        }
        for group, part in grouped(odd, keys, zone).items()
    ]
    same(frame, sorted(expected, key=lambda row: -row["n"]))


@settings(deadline=None, max_examples=EXAMPLES)
@asked
def test_latency_is_the_nearest_rank_never_too_short_and_hardly_too_long(engine, rows, by, zone, window):
    """Percentiles of the sorted waits: exact below 64 s, above it too long by less than 1/32."""
    frame = measures.latency(log_of(rows, engine), by=by, zone=zone, since=window[0], until=window[1])
    sent = out(within(rows, window, zone))
    expected = []
    for column, wait in (("sent_seconds", "created to sent"), ("final_seconds", "sent to final")):
        for group, part in grouped([row for row in sent if row[column] is not None], by, zone).items():
            waits = sorted(row[column] for row in part)
            ranks = {f"p{percent}": waits[-(-percent * len(waits) // 100) - 1] for percent in (50, 90, 95, 99)}
            expected.append(
                {**dict(zip(by, group, strict=True)), "wait": wait, "n": len(waits), **ranks, "small": len(waits) < 30}
            )
    same(
        frame,
        [{name: row[name] for name in (*by, "wait", "n", "small")} for row in expected],
        [*by, "wait", "n", "small"],
    )
    for told, exact in zip(frame.to_dict("records"), expected, strict=True):
        for name in ("p50", "p90", "p95", "p99"):
            assert told[name] == exact[name] if exact[name] < 64 else exact[name] <= told[name] < exact[name] * 33 / 32


@settings(deadline=None, max_examples=EXAMPLES)
@given(engine=engines, rows=messages(), window=windows, campaigns=st.sampled_from([None, {"MGa": 2.0, "MGb": None}]))
def test_peaks_are_the_busiest_minute_against_the_limit(engine, rows, window, campaigns):
    """The most segments within one minute of the clock; US numbers share their campaign's limit, or have none that is known."""
    frame = measures.peaks(
        log_of(rows, engine), since=window[0], until=window[1], limits={"ACME": 0.5}, campaigns=campaigns
    )
    expected = []
    sent = [row for row in out(within(rows, window, "UTC")) if row["number"]]
    shared = [
        {**row, "number": row["messaging_service_sid"]}
        for row in sent
        if campaigns and row["kind"] == "local" and row["country"] == "US" and row["messaging_service_sid"]
    ]
    for (number,), part in grouped([*sent, *shared], ["number"], "UTC").items():
        minutes = defaultdict(list)
        for row in part:
            minutes[row["date_created"].replace(second=0)].append(row)
        size = {minute: add(found, "num_segments") for minute, found in minutes.items()}
        kind = KINDS.get(number, "campaign")
        limit = 30 if number == "ACME" else LIMIT[number if kind == "campaign" else kind]
        peak = max(size.values())
        expected.append(
            {
                "number": number,
                "kind": kind,
                "n": len(part),
                "peak": peak,
                "peak_messages": max(map(len, minutes.values())),
                "at": min(minute for minute in size if size[minute] == peak).replace(minute=0, tzinfo=UTC),
                "limit": limit and float(limit),
                "share": limit and peak / limit,
                "hours_over": len({minute.replace(minute=0) for minute in size if limit and size[minute] > limit}),
            }
        )
    same(frame, sorted(expected, key=lambda row: (row["limit"] is None, -(row["share"] or 0), row["number"])))


@settings(deadline=None, max_examples=EXAMPLES)
@given(
    engine=engines, rows=messages(), window=windows, by=st.sampled_from(["number", "state", "weekday", "hour_of_day"])
)
def test_quiet_hours_follow_the_recipients_clock(engine, rows, window, by):
    """Of what was sent to the US, when it was sent: by each number's own zone, and by the hours of its state."""
    frame = measures.quiet_hours(log_of(rows, engine), by=by, essential=["MGb"], since=window[0], until=window[1])
    expected = defaultdict(lambda: {"n": 0, "federal": 0, "quiet": 0})
    for row in within(rows, window, "UTC"):
        place = quiet_hours.places().get(row["area_code"] or "")
        never = row["direction"] in ("inbound", "outbound-reply") or row["status"] in (
            "failed",
            "canceled",
            "queued",
            "scheduled",
            "accepted",
        )
        if never or not place or row["country"] != "US" or row["messaging_service_sid"] == "MGb":
            continue
        sent = row["date_created"].replace(second=0, tzinfo=UTC) + timedelta(seconds=row["sent_seconds"] or 0)
        local = sent.astimezone(ZoneInfo(place.zone))
        keys = {
            "number": row["number"] or "",
            "state": place.state,
            "weekday": local.weekday(),
            "hour_of_day": local.hour,
        }
        group = expected[keys[by]]
        group["n"] += 1
        group["federal"] += quiet_hours.is_quiet(place, sent, states=False)
        group["quiet"] += quiet_hours.is_quiet(place, sent)
    expected_rows = [
        {by: name, **group, **rate(group["quiet"], group["n"]), "small": group["n"] < 30}
        for name, group in sorted(expected.items())
    ]
    same(frame, expected_rows)


@settings(deadline=None, max_examples=EXAMPLES)
@given(engine=engines, rows=messages(), zone=zones, window=windows)
def test_choices_are_shares_of_a_destination(engine, rows, zone, window):
    """Which sender a service chose, answers left out."""
    frame = measures.choices(log_of(rows, engine), zone=zone, since=window[0], until=window[1])
    chosen = [
        row
        for row in out(within(rows, window, zone))
        if row["messaging_service_sid"] and row["direction"] != "outbound-reply"
    ]
    place = ["messaging_service_sid", "country", "area_code"]
    expected = []
    for group, part in grouped(chosen, place, zone).items():
        senders = grouped(part, ["number", "kind"], zone)
        for sender, sent in sorted(senders.items(), key=lambda one: (-len(one[1]), one[0])):
            named = dict(zip([*place, "number", "kind"], (*group, *sender), strict=True))
            expected.append({**named, "n": len(sent), "all": len(part), "share": len(sent) / len(part)})
    same(frame, expected)


@settings(deadline=None, max_examples=EXAMPLES)
@given(engine=engines, rows=messages(), window=windows)
def test_stickiness_counts_people_who_met_two_senders(engine, rows, window):
    """People of a service, those written to again, and those of them who met more than one sender."""
    frame = measures.stickiness(log_of(rows, engine), since=window[0], until=window[1])
    sent = [row for row in out(within(rows, window, "UTC")) if row["messaging_service_sid"] and row["number"]]

    def told(part):
        people = grouped(part, ["peer"], "UTC").values()
        met = {id(found): len({row["number"] for row in found}) for found in people}
        broken = [found for found in people if met[id(found)] > 1]
        repeated = sum(len(found) > 1 for found in people)
        return {
            "people": len(people),
            "repeated": repeated,
            "broken": len(broken),
            "n": len(part),
            "broken_n": sum(map(len, broken)),
            **rate(len(broken), repeated),
        }

    same(
        frame,
        [
            {"messaging_service_sid": group[0], **told(part)}
            for group, part in grouped(sent, ["messaging_service_sid"], "UTC").items()
        ],
    )


@settings(deadline=None, max_examples=EXAMPLES)
@given(engine=engines, rows=messages(most=60), by=st.sampled_from(["messaging_service_sid", "number"]), window=windows)
def test_after_stop_tells_what_was_refused_and_what_went_out(engine, rows, by, window):
    """Between a STOP and the START after it, to that service or sender; refusals count even when nobody knows the STOP."""
    frame = measures.after_stop(log_of(rows, engine), by=by, since=window[0], until=window[1])

    def scope(row):
        return row["messaging_service_sid"] or row["number"] or "", row["peer"]

    said = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["date_created"]):
        if row["direction"] == "inbound" and row["keyword"] in ("stop", "start"):
            said[scope(row)].append((row["date_created"], row["keyword"]))
    found = []
    for row in out(within(rows, window, "UTC")):
        before = [words for words in said[scope(row)] if words[0] < row["date_created"]]
        last = {word for moment, word in before if moment == before[-1][0]} if before else set()
        refused = row["error_code"] == 21610
        if len(last) == 2:
            return  # both within one second: nobody can tell
        ended = row["direction"] == "outbound-reply" or row["status"] in ("failed", "canceled")
        if refused or (last == {"stop"} and not ended):
            found.append({**row, "refused": refused})
    expected = [
        {
            by: group[0],
            "people": len({row["peer"] for row in part}),
            "n": len(part),
            "refused": add(part, "refused"),
            "went_out": len(part) - add(part, "refused"),
            "first": min(row["date_created"] for row in part),
            "last": max(row["date_created"] for row in part),
        }
        for group, part in grouped(found, [by], "UTC").items()
    ]
    same(frame, sorted(expected, key=lambda row: -row["n"]))


@settings(deadline=None, max_examples=EXAMPLES)
@given(
    engine=engines,
    rows=messages(most=60),
    days=st.none() | st.sampled_from([0.5, 1, 30]),
    by=groups.map(lambda by: [name for name in by if name in ("number", "country")]),
)
def test_before_after_looks_as_far_back_as_ahead(engine, rows, days, by):
    """Outcomes of two windows of the same length on either side of a moment."""
    moment = SATURDAY + timedelta(days=1, hours=12, minutes=20)
    begin, end = min((row["hour"] for row in rows), default=moment), end_of(rows)
    if not begin < moment < end:
        return
    frame = measures.before_after(log_of(rows, engine), moment, by=by, days=days)
    span = min(moment - begin, end - moment, timedelta(days=days or 99))
    sides = [
        grouped([row for row in out(rows) if since <= row["date_created"] < since + span], by, "UTC")
        for since in (moment - span, moment)
    ]
    expected = []
    for group in sorted({*sides[0], *sides[1]}) if by else [()]:
        one, other = (settled(side.get(group, []), end) for side in sides)
        names = ("n", "delivered", "settled", "rate", "low", "high", "small", "immature")
        told = {f"{name}_before": one[name] for name in names} | {f"{name}_after": other[name] for name in names}
        both = one["rate"] is not None and other["rate"] is not None
        told["change"] = other["rate"] - one["rate"] if both else None
        apart = both and (other["low"] > one["high"] or other["high"] < one["low"])
        told["clear"] = bool(apart and not any(side[mark] for side in (one, other) for mark in ("small", "immature")))
        expected.append({**dict(zip(by, group, strict=True)), **told})
    same(frame, expected)


@settings(deadline=None, max_examples=EXAMPLES)
@given(engine=engines, rows=messages(most=80))
def test_compare_averages_within_places_that_both_wrote_to(engine, rows):
    """The difference of Mantel and Haenszel, place by place, with Sato's interval."""
    a, b = "+14155550100", "894546"
    frame = measures.compare(log_of(rows, engine), a, b)
    as_of = end_of(rows)
    sent = {number: [row for row in out(rows) if row["number"] == number] for number in (a, b)}
    places = {number: grouped(sent[number], ["country", "area_code"], "UTC") for number in (a, b)}
    counts = []
    for place in sorted({*places[a]} & {*places[b]}):
        one, other = (settled(places[number][place], as_of) for number in (a, b))
        if one["settled"] and other["settled"]:
            counts.append((one["delivered"], one["settled"], other["delivered"], other["settled"]))
    weight = sum(n * m / (n + m) for _, n, _, m in counts)
    even = [
        sum(share * m * n / (n + m) for share, n, m in found) / weight if weight else None
        for found in ([(x / n, n, m) for x, n, _, m in counts], [(y / m, n, m) for _, n, y, m in counts])
    ]
    difference = sum((x * m - y * n) / (n + m) for x, n, y, m in counts) / weight if weight else None
    half = None
    if weight:
        p = sum((n * n * y - m * m * x + n * m * (m - n) / 2) / (n + m) ** 2 for x, n, y, m in counts)
        q = sum((x * (m - y) + y * (n - x)) / (2 * (n + m)) for x, n, y, m in counts)
        half = 1.96 * sqrt(max((difference * p + q) / weight**2, 0))
    expected = []
    for place, number in enumerate((a, b)):
        told = settled(sent[number], as_of)
        expected.append(
            {
                "number": number,
                **{name: told[name] for name in "n delivered settled rate low high small immature".split()},
                "shared": sum(count[1 + 2 * place] for count in counts),
                "places": len(counts),
                "even_rate": even[place],
                "difference": difference,
                "difference_low": difference - half if weight else None,
                "difference_high": difference + half if weight else None,
                "clear": bool(weight and abs(difference) > half),
            }
        )
    same(frame, expected)


@settings(deadline=None, max_examples=EXAMPLES)
@given(
    engine=engines,
    rows=messages(),
    zone=zones,
    more=st.dictionaries(
        st.sampled_from(["+14155550100", "+13125550177", "OTHER"]), st.sampled_from([None, 0, "1.15", 2])
    ),
    later=st.sampled_from([0, 29, 31]),
)
def test_idle_senders_are_those_long_silent(engine, rows, zone, more, later):
    """Whoever is in the log or named, how long since their last hour or since the log begins, and what a month costs."""
    until = end_of(rows) + timedelta(days=later)
    whole = Certificate("made up", since=SATURDAY.replace(tzinfo=UTC), until=until.replace(tzinfo=UTC))
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    log = Log(table.to_pandas() if engine == "pandas" else duckdb.connect().from_arrow(table), whole)
    begin = min((row["hour"] for row in rows), default=until)
    expected = []
    for number in {row["number"] for row in rows if row["number"]} | more.keys():
        hours = [row["hour"] for row in rows if row["number"] == number]
        silent, price = until - max(hours, default=begin), more.get(number)
        expected.append(
            {
                "number": number,
                "n": len(hours),
                "last": max(hours).replace(tzinfo=UTC) if hours else None,
                "days": silent.days,
                "idle": silent >= timedelta(days=30),
                "price_e5": None if price is None else round(float(price) * 100_000),
                "price_unit": "USD",
                "cost": None if price is None else float(price),
            }
        )
    frame = measures.idle(log, more, zone=zone).astype({"price_e5": object, "cost": object})
    frame = frame.where(frame.notna(), None)
    same(frame, sorted(expected, key=lambda row: (-row["days"], row["number"])))
