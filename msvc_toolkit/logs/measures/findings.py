"""What a log shows by itself: faults, each found by a measure, with where it sits, since when, and how often it struck.

A share is compared with the sender's own past and, where it has been the same all the time, with the other senders; see
`rises`. Codes that say themselves what is wrong need no comparison.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date

import pandas as pd

from msvc_toolkit import codes, phone
from msvc_toolkit.logs.cubes.cube import OPTED_OUT
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures.groups import add_up, grain_for, in_zone, split
from msvc_toolkit.logs.measures.rates import judged
from msvc_toolkit.logs.measures.senders import after_stop
from msvc_toolkit.logs.measures.spots import UNIT, Grid, Spot, locate
from msvc_toolkit.logs.moments import read_zone

CAPPED = (30023, 30027)
"""Codes of T-Mobile's segments of a day being used up. Source: error dictionary, read 2026-11-23."""
PACIFIC = "America/Los_Angeles"
"""The zone of T-Mobile's days. Source: error dictionary, 30023, read 2026-11-23."""
OF_RECIPIENTS = (30003, 30004, 30005, 30006)
"""Codes that speak of the person written to: senders differ in them as their lists do, so only a change counts."""
LATE_SECONDS = 3600
"""A message that takes longer than an hour to its end is late: most take seconds, and nobody waits for a code so long."""
ONE_CHARACTER = 0.5
"""When one character stands first in more than this share of the UCS-2 messages, it is the reason; else a language is."""


@dataclass(frozen=True)
class Finding:
    """One fault.

    Args:
        measure: The measure that shows it.
        fault: What it is, in a word or two.
        what: The error code or the character; empty when neither is.
        messaging_service_sid: The service it sits in; empty outside any, or when it is in several.
        number: The sender it sits at; empty when it is at more than one.
        since: The first day on which it struck.
        last: The last.
        messages: How many messages it struck since then.
        sent: How many went out there since then.
        sentence: All of it in words, numbers masked.
    """

    measure: str
    fault: str
    what: str
    messaging_service_sid: str
    number: str
    since: date
    last: date
    messages: int
    sent: int
    sentence: str


def findings(log: Log, *, zone: str = "UTC") -> pd.DataFrame:
    """Look for faults: error codes that became more, caps, sends after STOP, characters that cost, receipts that come late.

    Args:
        log: The log.
        zone: The zone of days; those of T-Mobile's cap are Pacific.

    Returns:
        One row for each fault, what struck most messages first, with the fields of `Finding`; no rows when there is none.
    """
    found = [*_errors(log, zone), *_capped(log), *_stopped(log, zone), *_characters(log, zone), *_late(log, zone)]
    rows = [asdict(one) for one in sorted(found, key=lambda one: -one.messages)]
    told = pd.DataFrame(rows, columns=list(Finding.__dataclass_fields__))
    return told.astype({"messages": "int64", "sent": "int64", "since": "datetime64[us]", "last": "datetime64[us]"})


def _errors(log: Log, zone: str) -> Iterator[Finding]:
    out = _sent(log, zone)
    grid = Grid(add_up(out, [*UNIT, "day"], ("n",)))
    bad = out[~out["error_code"].isin((0, OPTED_OUT, *CAPPED)).to_numpy()]
    struck = add_up(bad, [*UNIT, "day", "error_code"], ("n",))
    met = sorted(int(code) for code in struck["error_code"].unique())
    for code in met:
        hits = grid.place(struck[struck["error_code"] == code])
        for spot in locate(grid, hits, looks=len(met), by_others=code not in OF_RECIPIENTS):
            yield _finding(spot, "errors", "errors", str(code), f"ended with {code}", codes.advice(code))


def _capped(log: Log) -> Iterator[Finding]:
    out = _sent(log, PACIFIC)
    capped = out[out["error_code"].isin(CAPPED).to_numpy()]
    if capped.empty:
        return
    days = sorted(capped["day"].unique())
    messages, met = int(capped["n"].sum()), sorted(capped["error_code"].unique())
    sentence = (
        f"On {len(days)} days (Pacific time) since {days[0]:%Y-%m-%d}, {messages:,} messages of {capped['number'].nunique()} senders "
        f"ended with {' or '.join(map(str, met))}. {codes.advice(int(met[0]))}"
    )
    since = int(out["n"][(out["day"] >= days[0]).to_numpy()].sum())
    what = ", ".join(map(str, met))
    yield Finding("errors", "daily cap", what, "", "", days[0], days[-1], messages, since, sentence)


def _stopped(log: Log, zone: str) -> Iterator[Finding]:
    sent = _sent(log, zone)
    for row in after_stop(log).to_dict("records"):
        service = str(row["messaging_service_sid"])
        first, last = (_day(row[name], zone) for name in ("first", "last"))
        here = (sent["messaging_service_sid"] == service).to_numpy() & (sent["day"] >= first).to_numpy()
        sentence = (
            f"Since {first:%Y-%m-%d}, {row['n']:,} messages to {row['people']:,} people who had said STOP: "
            f"{row['refused']:,} were refused with {OPTED_OUT}, {row['went_out']:,} went out. {codes.advice(OPTED_OUT)}"
        )
        n = int(sent["n"][here].sum())
        yield Finding("after_stop", "after STOP", str(OPTED_OUT), service, "", first, last, int(row["n"]), n, sentence)


def _characters(log: Log, zone: str) -> Iterator[Finding]:
    grid = Grid(add_up(_sent(log, zone), [*UNIT, "day"], ("n",)))
    odd = in_zone(log.oddities(grain_for(log, ["day"], zone)), ["day"], zone)
    odd = add_up(odd, [*UNIT, "day", "odd"], ("n",))
    for spot in locate(grid, grid.place(odd), looks=1, by_others=False):
        here = odd[
            (odd["day"] >= spot.since).to_numpy()
            & [unit in spot.units for unit in zip(*(odd[name] for name in UNIT), strict=True)]
        ]
        most = here.groupby("odd")["n"].sum().sort_values(ascending=False, kind="stable")
        if most.iloc[0] > ONE_CHARACTER * most.sum():
            told = f"were UCS-2, most of them for the character {most.index[0]}"
            remedy = "Put a character of GSM-7 in its place: a segment then holds 160 characters again, not 70."
            yield _finding(spot, "characters", "UCS-2", str(most.index[0]), told, remedy)


def _late(log: Log, zone: str) -> Iterator[Finding]:
    lost = add_up(judged(_sent(log, zone), log), [*UNIT, "day"], ("unknown",)).rename(columns={"unknown": "n"})
    grain = "day" if zone == "UTC" else grain_for(log, ["day"], zone)
    waits = in_zone(log.waits("final_seconds", grain), ["day"], zone)
    late = add_up(waits[(waits["seconds"] >= LATE_SECONDS).to_numpy()], [*UNIT, "day"], ("n",))
    grid = Grid(pd.concat([add_up(waits, [*UNIT, "day"], ("n",)), lost]))
    for spot in locate(grid, grid.place(pd.concat([late, lost])), looks=1, by_others=False):
        told = "took more than an hour to their end, or got no receipt at all"
        remedy = "Send what is urgent another way, and ask Twilio about the route."
        yield _finding(spot, "latency", "late receipts", "", told, remedy)


def _sent(log: Log, zone: str) -> pd.DataFrame:
    cube, _ = split(log, "day", zone)
    return cube[(cube["direction"] != "inbound").to_numpy()]


def _day(moment: pd.Timestamp, zone: str) -> pd.Timestamp:
    return moment.tz_localize("UTC").tz_convert(read_zone(zone)).tz_localize(None).normalize()


def _finding(spot: Spot, measure: str, fault: str, what: str, told: str, remedy: str) -> Finding:
    rise = spot.rise
    service = spot.units[0][0]
    number = spot.units[0][1] if len(spot.units) == 1 else ""
    whose = (
        f"of {phone.mask(number) or 'no sender'}"
        if len(spot.units) == 1
        else f"of {len(spot.units)} senders of {service}"
    )
    against = "before" if spot.by_past else "the other senders"
    sentence = (
        f"Since {spot.since:%Y-%m-%d}, {rise.hits:,} of {rise.sent:,} messages {whose} {told} "
        f"({rise.hits / rise.sent:.1%}; {against} {rise.hits_before / rise.sent_before:.1%}). {remedy}"
    )
    return Finding(measure, fault, what, service, number, spot.since, spot.last, rise.hits, rise.sent, sentence)
