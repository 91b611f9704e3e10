"""What a log shows by itself: faults, each found by a measure, with its place, since when, and how often it struck.

A share is compared with the sender's own past and, where that shows nothing, with the other senders and with what is
usual; see `spots` and `usual`. The past and the others of a selection are looked for in the whole log. Codes that say
themselves what is wrong need no comparison.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from msvc_toolkit.logs.aggregates.queries import OPTED_OUT
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures import usual
from msvc_toolkit.logs.measures.localize import UNIT, Grid, Spot, Unit, locate
from msvc_toolkit.logs.measures.rates import ENDED, OUT, ends
from msvc_toolkit.logs.measures.senders import after_stop
from msvc_toolkit.logs.time_zones import read_zone
from msvc_toolkit.rules import addresses, error_codes
from msvc_toolkit.rules.limits import PACIFIC

CAPPED = (30023, 30027)
"""Codes of T-Mobile's segments of a day being used up. Source: error dictionary, read 2026-11-23."""
"""The zone of T-Mobile's days. Source: error dictionary, 30023, read 2026-11-23."""
ONE_CHARACTER = 0.5
"""When one character stands first in more than this share of the UCS-2 messages, it is the reason; else a language is."""


_N = {"n": "sum(n)"}
_LOST = " OR ".join(map(ends, ("failed", "unknown", "other")))
_ENDED = f"sum(n) FILTER ({ends('delivered')} OR {_LOST})"
_SUMS = {
    **_N,
    "unknown": ENDED["unknown"],
    "waited_or_lost": f"coalesce(sum(waited), 0) + coalesce({ENDED['unknown']}, 0)",
    "late_or_lost": f"coalesce(sum(late), 0) + coalesce({ENDED['unknown']}, 0)",
    "ended": _ENDED,
    "lost": f"sum(n) FILTER (({_LOST}) AND error_code NOT IN {(OPTED_OUT, *CAPPED)})",
}
"""What is looked at of messages that went out: all, those that have waited or should have, and those that did not arrive, for
reasons that no other finding names."""


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
    """Look for faults, in a log or a selection of it.

    These are error codes that are too many, caps, sends after STOP, characters that cost, receipts that are late or
    missing, and what else was not delivered.

    Args:
        log: The log, or a selection of it.
        zone: The zone of days; those of T-Mobile's cap are Pacific.

    Returns:
        One row for each fault, what struck most messages first, with the fields of `Finding`; no rows when there is none.
    """
    view = _View(log, zone)
    found = [*_errors(view), *_capped(log), *_stopped(view), *_characters(view), *_receipts(view), *_rest(view)]
    rows = [asdict(one) for one in sorted(found, key=lambda one: -one.messages)]
    told = pd.DataFrame(rows, columns=list(Finding.__dataclass_fields__))
    return told.astype({"messages": "int64", "sent": "int64", "since": "datetime64[us]", "last": "datetime64[us]"})


@dataclass
class _View:
    """What all the searches look at.

    Args:
        log: The log.
        zone: The zone of its days.
    """

    log: Log
    zone: str
    explained: list[pd.DataFrame] = field(default_factory=list)
    """Messages whose fate has been found: `UNIT`, day and n."""

    @cached_property
    def sent(self) -> pd.DataFrame:
        """What went out and became of it, by sender and day."""
        return self.by_day(_SUMS)

    @cached_property
    def outside(self) -> pd.DataFrame:
        """The same of the rest of the log, without days."""
        return self.beyond(_SUMS)

    @cached_property
    def grid(self) -> Grid:
        return self.grid_of("n")

    def grid_of(self, name: str) -> Grid:
        """Lay out one of the sums of what went out."""
        return Grid(*(_as_n(frame, name) for frame in (self.sent, self.outside)))

    def by_day(self, sums: Mapping[str, str], *keys: str, where: str = OUT) -> pd.DataFrame:
        """Add up what was selected by sender, day and further keys."""
        return self.log.add_up([*UNIT, "day", *keys], sums, where, zone=self.zone)

    def beyond(self, sums: Mapping[str, str], *keys: str, where: str = OUT) -> pd.DataFrame:
        """Add up the rest of the log, of which nothing is left when all of it was selected."""
        return self.log.add_up([*UNIT, "earlier", *keys], sums, where, beyond=True)

    def explain(self, spot: Spot, struck: pd.DataFrame) -> None:
        """Note that these messages have been found at a spot."""
        self.explained.append(struck[_at(spot, struck)])


def _as_n(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Take one of the sums of a frame."""
    keys = [key for key in (*UNIT, "day", "earlier") if key in frame]
    return frame[[*keys, name]].rename(columns={name: "n"})


def _at(spot: Spot, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Tell which rows are of the spot's senders."""
    here: npt.NDArray[np.bool_] = pd.MultiIndex.from_frame(frame[UNIT]).isin(spot.units)
    return here


def _errors(view: _View) -> Iterator[Finding]:
    where = f"{OUT} AND error_code NOT IN {(0, OPTED_OUT, *CAPPED)}"
    struck = view.by_day(_N, "error_code", where=where)
    beyond = view.beyond(_N, "error_code", where=where)
    met = sorted(int(code) for code in struck["error_code"].unique())
    for code in met:
        here = struck[struck["error_code"] == code]
        hits = view.grid.place(here, beyond[beyond["error_code"] == code])
        found = locate(view.grid, hits, looks=len(met), by_others=code not in usual.OF_LISTS, bar=usual.most_with(code))
        for spot in found:
            view.explain(spot, here)
            yield _finding(spot, "errors", "errors", str(code), f"ended with {code}", error_codes.advice(code))


def _capped(log: Log) -> Iterator[Finding]:
    capped = log.add_up(["day", "number", "error_code"], _N, f"{OUT} AND error_code IN {CAPPED}", zone=PACIFIC)
    if capped.empty:
        return
    days = sorted(capped["day"].unique())
    messages, met = int(capped["n"].sum()), sorted(capped["error_code"].unique())
    senders = capped["number"].nunique()
    when = f"On {days[0]:%Y-%m-%d}" if len(days) == 1 else f"On {len(days)} days from {days[0]:%Y-%m-%d} on"
    sentence = (
        f"{when} (Pacific time), {messages:,} {_plural('message', messages)} of {senders} {_plural('sender', senders)} "
        f"ended with {' or '.join(map(str, met))}. {error_codes.advice(int(met[0]))}"
    )
    out = log.add_up(["day"], _N, OUT, zone=PACIFIC)
    since = int(out["n"][out["day"] >= days[0]].sum())
    what = ", ".join(map(str, met))
    yield Finding("errors", "daily cap", what, "", "", days[0], days[-1], messages, since, sentence)


def _stopped(view: _View) -> Iterator[Finding]:
    for row in after_stop(view.log).to_dict("records"):
        service = str(row["messaging_service_sid"])
        first, last = (_day(row[name], view.zone) for name in ("first", "last"))
        here = (view.sent["messaging_service_sid"] == service) & (view.sent["day"] >= first)
        n, people = int(row["n"]), int(row["people"])
        sentence = (
            f"Since {first:%Y-%m-%d}, {n:,} {_plural('message', n)} of {service or 'no service'} to {people:,} "
            f"{'person' if people == 1 else 'people'} who had said STOP: {row['refused']:,} refused with {OPTED_OUT}, "
            f"{row['went_out']:,} sent. {error_codes.advice(OPTED_OUT)}"
        )
        sent_since = int(view.sent["n"][here].sum())
        yield Finding("after_stop", "after STOP", str(OPTED_OUT), service, "", first, last, n, sent_since, sentence)


def _characters(view: _View) -> Iterator[Finding]:
    odd = view.by_day(_N, "odd", where=f"{OUT} AND odd <> ''")
    elsewhere = view.beyond(_N, where=f"{OUT} AND odd <> ''")
    for spot in locate(view.grid, view.grid.place(odd, elsewhere), looks=1, by_others=False, bar=usual.UCS2):
        here = odd[(odd["day"] >= spot.since).to_numpy() & _at(spot, odd)]
        most = here.groupby("odd")["n"].sum().sort_values(ascending=False, kind="stable")
        character = str(most.index[0])
        stray = spot.against != "usual" or usual.is_odd(character)
        if stray and most.iloc[0] > ONE_CHARACTER * most.sum():
            told = f"were UCS-2, most of them for the character {character}"
            remedy = "Put a character of GSM-7 in its place: a segment then holds 160 characters again, not 70."
            yield _finding(spot, "characters", "UCS-2", character, told, remedy)


def _receipts(view: _View) -> Iterator[Finding]:
    """Look for receipts that came late, or never."""
    grid = view.grid_of("waited_or_lost")
    late = grid.place(*(_as_n(frame, "late_or_lost") for frame in (view.sent, view.outside)))
    lost = _as_n(view.sent, "unknown")
    done = list[Unit]()
    for spot in locate(grid, late, looks=1, by_others=False, bar=usual.LATE):
        if 2 * int(lost["n"][_at(spot, lost)].sum()) > spot.hits:
            continue  # it is not that they come late: they do not come
        done.extend(spot.units)
        view.explain(spot, lost)
        told = "took more than an hour to their end, or got no receipt at all"
        remedy = "Send what is urgent another way, and ask Twilio about the route."
        yield _finding(spot, "latency", "late receipts", "", told, remedy)
    rest = lost[~pd.MultiIndex.from_frame(lost[UNIT]).isin(done)] if done else lost
    elsewhere = _as_n(view.outside, "unknown")
    for spot in locate(view.grid, view.grid.place(rest, elsewhere), looks=1, by_others=False, bar=usual.UNKNOWN):
        view.explain(spot, lost)
        told = "have an unknown outcome: they were sent, and no receipt came within three days"
        remedy = "Do not count them as delivered, and ask Twilio whether the route gives receipts."
        yield _finding(spot, "outcomes", "no receipts", "", told, remedy)


def _rest(view: _View) -> Iterator[Finding]:
    """Look for messages that were not delivered for reasons that no other finding names."""
    told = view.sent[[*UNIT, "day", "lost", "ended"]]
    if told.empty:
        return
    known = pd.concat([told.iloc[:0][[*UNIT, "day"]].assign(n=0), *view.explained]).groupby([*UNIT, "day"])["n"].sum()
    told = told.join(known, on=[*UNIT, "day"]).fillna({"n": 0})
    told["lost"] = (told["lost"] - told["n"]).clip(lower=0).astype("int64")
    nowhere = view.outside.iloc[:0].assign(n=0)
    grid = Grid(told.drop(columns="n").rename(columns={"ended": "n"}), nowhere)
    out = view.log.add_up([*UNIT, "kind", "country"], {"ended": _ENDED}, f"{OUT} AND hour IS NOT NULL")
    sums = out.assign(borne=out["ended"] * (1 - usual.least_of(out))).groupby(UNIT)[["borne", "ended"]].sum()
    bars = (sums["borne"] / sums["ended"].clip(lower=1)).reindex(grid.units)
    for spot in locate(
        grid, grid.place(_as_n(told.drop(columns="n"), "lost"), nowhere), looks=1, by_others=False, bar=bars.to_numpy()
    ):
        words = "were not delivered, for reasons that no other finding names"
        yield _finding(spot, "outcomes", "not delivered", "", words, "Look at their errors and single messages.")


def _day(moment: pd.Timestamp, zone: str) -> pd.Timestamp:
    return moment.tz_localize("UTC").tz_convert(read_zone(zone)).tz_localize(None).normalize()


def _finding(spot: Spot, measure: str, fault: str, what: str, told: str, remedy: str) -> Finding:
    service = spot.units[0][0]
    number = spot.units[0][1] if len(spot.units) == 1 else ""
    whose = (
        f"of {addresses.mask(number) or 'no sender'}"
        if len(spot.units) == 1
        else f"of {len(spot.units)} senders of {service or 'no service'}"
    )
    against = f"usually at most {spot.base:.0%}" if spot.against == "usual" else f"{spot.against} {spot.base:.1%}"
    sentence = (
        f"Since {spot.since:%Y-%m-%d}, {spot.hits:,} of {spot.sent:,} messages {whose} {told} "
        f"({spot.hits / spot.sent:.1%}; {against}). {remedy}"
    )
    return Finding(measure, fault, what, service, number, spot.since, spot.last, spot.hits, spot.sent, sentence)


def _plural(noun: str, n: int) -> str:
    return noun if n == 1 else f"{noun}s"
