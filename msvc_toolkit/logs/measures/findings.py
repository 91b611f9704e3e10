"""Finds faults in a log: what, where, since when, and how many messages each affected.

A share is compared with the sender's own past and, if that shows nothing, with the other senders and with usual values;
see `localize` and `usual`. For a selection, past and other senders are taken from the whole log. Codes that name the
fault themselves need no comparison.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from msvc_toolkit.logs.aggregates.queries import OPTED_OUT
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures import usual
from msvc_toolkit.logs.measures.localize import LEAST, UNIT, Counts, Grid, Spot, chance_for, find_rises, locate
from msvc_toolkit.logs.measures.rates import ENDED, OUT, ends
from msvc_toolkit.logs.measures.senders import after_stop
from msvc_toolkit.logs.time_zones import read_zone
from msvc_toolkit.rules import addresses, error_codes
from msvc_toolkit.rules.limits import PACIFIC
from msvc_toolkit.rules.plurals import count

CAPPED = (30023, 30027)
"""Codes for T-Mobile's daily cap being used up; its days are Pacific. Source: error dictionary, read 2026-11-23."""
NOT_LOST = ("UCS-2", "late receipts")
"""Faults whose messages may still be delivered: they only cost more or are late."""
ONE_CHARACTER = 0.5
"""If one character is the first odd one in more than this share of the UCS-2 messages, it is the reason; otherwise a language is."""

_NAMED = 4
"""A sentence names up to this many days one by one."""
_N = {"n": "sum(n)"}
_LOST = " OR ".join(map(ends, ("failed", "unknown", "other")))
_ENDED = f"sum(n) FILTER ({ends('delivered')} OR {_LOST})"
_SUMS = {
    **_N,
    "capped": f"sum(n) FILTER (error_code IN {CAPPED})",
    "odd_ones": "sum(n) FILTER (odd <> '')",
    "unknown": ENDED["unknown"],
    "waited_or_lost": f"coalesce(sum(waited), 0) + coalesce({ENDED['unknown']}, 0)",
    "late_or_lost": f"coalesce(sum(late), 0) + coalesce({ENDED['unknown']}, 0)",
    "ended": _ENDED,
    "lost": f"sum(n) FILTER (({_LOST}) AND error_code NOT IN {(OPTED_OUT, *CAPPED)})",
}
"""What is looked at of messages that went out: all, those beyond a cap or in UCS-2, those that have waited or should have, and
those that did not arrive, for reasons that no other finding names."""


@dataclass(frozen=True)
class Finding:
    """One fault.

    Args:
        measure: The measure that shows it.
        fault: What it is, in a word or two.
        what: The error code or the character; empty if the fault has neither.
        messaging_service_sid: The service it is in; empty outside any, or if it is in several.
        number: The sender that has it; empty if several have it.
        since: The first day on which it occurred; for a selection, possibly before the selected days.
        last: The last.
        messages: How many of the selected messages it has affected since then.
        sent: How many of the selected messages that sender or service has sent since then.
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

    Faults are too many messages with an error code, daily caps, sends after STOP, characters that cost more, late or
    missing receipts, and other failed delivery.

    Args:
        log: The log, or a selection of it.
        zone: The zone of days; those of T-Mobile's cap are Pacific.

    Returns:
        One row for each fault with the fields of `Finding`: first the faults that prevent delivery, those that affected
        most messages on top; no rows when there are none.
    """
    search = _FindingSearch(log, zone)
    searches = (search.errors, search.capped, search.stopped, search.characters, search.receipts, search.rest)
    found = [one for look in searches for one in look()]
    rows = [asdict(one) for one in sorted(found, key=lambda one: (one.fault in NOT_LOST, -one.messages))]
    frame = pd.DataFrame(rows, columns=list(Finding.__dataclass_fields__))
    return frame.astype({"messages": "int64", "sent": "int64", "since": "datetime64[us]", "last": "datetime64[us]"})


class _FindingSearch:
    """The searches for faults in one log; arguments as for `findings`. `rest` comes last."""

    def __init__(self, log: Log, zone: str) -> None:
        self._log, self._zone = log, zone
        by_day = log.add_up([*UNIT, "day"], _SUMS, OUT, zone=zone)
        self._grid = Grid(by_day)
        self._by_day, self._beyond = self._grid.place(by_day), self._rest_of_log(_SUMS)
        self._sent = self._counts("n")
        self._explained = np.zeros_like(self._sent.days)  # messages whose fate a finding names

    def _rest_of_log(self, sums: Mapping[str, str], *keys: str, where: str = OUT) -> pd.DataFrame:
        """Add up the rest of the log, of which nothing is left when all of it was selected."""
        return self._grid.place(self._log.add_up([*UNIT, "earlier", *keys], sums, where, beyond=True))

    def _counts(self, name: str) -> Counts:
        return self._grid.count(self._by_day, self._beyond, name)

    def errors(self) -> Iterator[Finding]:
        """Look for error codes that are too many."""
        where = f"{OUT} AND error_code NOT IN {(0, OPTED_OUT, *CAPPED)}"
        met = self._log.add_up([*UNIT, "day", "error_code"], _N, where, zone=self._zone)
        codes = sorted(met["error_code"].unique().tolist())
        if not codes:
            return
        met, beyond = self._grid.place(met), self._rest_of_log(_N, "error_code", where=where)
        for code in codes:
            hits = self._grid.count(met[met["error_code"] == code], beyond[beyond["error_code"] == code])
            by_others, bar = code not in usual.OF_LISTS, usual.most_with(code)
            for spot in locate(self._grid, self._sent, hits, looks=len(codes), by_others=by_others, bar=bar):
                self._explained[spot.rows] += hits.days[spot.rows]
                since = self._since(spot, f"sum(n) FILTER (error_code = {code})")
                yield _finding(*since, "errors", "errors", str(code), f"ended with {code}", error_codes.advice(code))

    def capped(self) -> Iterator[Finding]:
        """Look for messages beyond T-Mobile's cap."""
        if not self._by_day["capped"].any():
            return
        where = f"{OUT} AND error_code IN {CAPPED}"
        capped = self._log.add_up(["day", "number", "error_code"], _N, where, zone=PACIFIC)
        days = sorted(capped["day"].unique())
        messages, met = int(capped["n"].sum()), sorted(capped["error_code"].unique())
        senders = capped["number"].nunique()
        *earlier, last = (f"{day:%Y-%m-%d}" for day in days)
        named = f"On {', '.join(earlier)} and {last}" if earlier else f"On {last}"
        when = named if len(days) <= _NAMED else f"On {len(days)} days from {days[0]:%Y-%m-%d} to {last}"
        sentence = (
            f"{when} (Pacific time), {count(messages, 'message')} of {count(senders, 'sender')} "
            f"ended with {' or '.join(map(str, met))}. {error_codes.advice(int(met[0]))}"
        )
        out = self._log.add_up(["day"], _N, OUT, zone=PACIFIC)
        since = int(out["n"][out["day"] >= days[0]].sum())
        what = ", ".join(map(str, met))
        yield Finding("errors", "daily cap", what, "", "", days[0], days[-1], messages, since, sentence)

    def stopped(self) -> Iterator[Finding]:
        """Look for messages to people who had said STOP."""
        for row in after_stop(self._log).to_dict("records"):
            service = str(row["messaging_service_sid"])
            first, last = (_day(row[name], self._zone) for name in ("first", "last"))
            here = (self._by_day["messaging_service_sid"] == service) & (self._by_day["day"] >= first)
            n, people = int(row["n"]), int(row["people"])
            when = f"From {first:%Y-%m-%d} to {last:%Y-%m-%d}" if first < last else f"On {first:%Y-%m-%d}"
            sentence = (
                f"{when}, {count(n, 'message')} {_of(service)} to {count(people, 'person', 'people')} who had said STOP: "
                f"{row['refused']:,} refused with {OPTED_OUT}, {row['went_out']:,} sent. {error_codes.advice(OPTED_OUT)}"
            )
            sent_since = int(self._by_day["n"][here].sum())
            what = str(OPTED_OUT) if row["refused"] else ""
            yield Finding("after_stop", "after STOP", what, service, "", first, last, n, sent_since, sentence)

    def characters(self) -> Iterator[Finding]:
        """Look for characters that make too many messages UCS-2."""
        spots = [*locate(self._grid, self._sent, self._counts("odd_ones"), looks=1, bar=usual.UCS2)]
        if not spots:
            return
        where = f"{OUT} AND odd <> ''"
        sums = {**_N, "price_e5": "sum(price_e5)"}
        odd = self._grid.place(self._log.add_up([*UNIT, "day", "odd", "price_unit"], sums, where, zone=self._zone))
        for spot in spots:
            here = odd[(odd["day"] >= spot.since) & odd["row"].isin(spot.rows)]
            most = here.groupby("odd")["n"].sum().sort_values(ascending=False, kind="stable")
            character = str(most.index[0])
            stray = spot.against != "usual" or usual.is_odd(character)
            if stray and most.iloc[0] > ONE_CHARACTER * most.sum():
                words = f"were UCS-2, most of them because of the character {character}"
                costs = here[here["odd"] == character].groupby("price_unit")["price_e5"].sum() / 1e5
                cost = " and ".join(f"{amount:,.2f} {unit}" for unit, amount in costs.items() if unit and amount)
                costly = f"Those with it cost {cost}. " if cost else ""
                remedy = f"{costly}Use a character of GSM-7: a segment then holds 160 characters again, not 70."
                yield _finding(*self._since(spot, _SUMS["odd_ones"]), "characters", "UCS-2", character, words, remedy)

    def receipts(self) -> Iterator[Finding]:
        """Look for receipts that came late, or never."""
        lost, late, done = self._counts("unknown"), self._counts("late_or_lost"), list[int]()
        for spot in locate(self._grid, self._counts("waited_or_lost"), late, looks=1, bar=usual.LATE):
            if 2 * int(lost.days[spot.rows].sum()) > spot.hits:
                continue  # it is not that they come late: they do not come
            done.extend(spot.rows)
            self._explained[spot.rows] += lost.days[spot.rows]
            words = "took more than an hour to a final status, or got no receipt at all"
            remedy = "Send what is urgent another way, and ask Twilio about the route."
            yield _finding(*self._since(spot, _SUMS["late_or_lost"]), "latency", "late receipts", "", words, remedy)
        left = lost.days.copy()
        left[done] = 0
        for spot in locate(self._grid, self._sent, lost.replaced(left), looks=1, bar=usual.UNKNOWN):
            self._explained[spot.rows] += lost.days[spot.rows]
            words = "have an unknown outcome: they were sent, and no receipt came within three days"
            remedy = "Do not count them as delivered, and ask Twilio whether the route gives receipts."
            yield _finding(*self._since(spot, _SUMS["unknown"]), "outcomes", "no receipts", "", words, remedy)

    def rest(self) -> Iterator[Finding]:
        """Look for messages that were not delivered for reasons that no other finding names."""
        lost, ended = self._counts("lost"), self._counts("ended").inside
        hits = lost.replaced(np.maximum(lost.days - self._explained, 0)).inside
        if hits.total < LEAST:
            return
        out = self._log.add_up([*UNIT, "kind", "country"], {"ended": _ENDED}, f"{OUT} AND hour IS NOT NULL")
        out = self._grid.place(out.assign(borne=out["ended"] * (1 - usual.least_of(out))))
        sums = out.groupby("row")[["borne", "ended"]].sum()
        bars = (sums["borne"] / sums["ended"].clip(lower=1)).reindex(range(len(self._grid.units)))
        for spot in locate(self._grid, ended, hits, looks=1, bar=bars.to_numpy()):
            words = "were not delivered, for reasons that no other finding names"
            remedy = "Look at their errors and single messages."
            yield _finding(*self._since(spot, _SUMS["lost"]), "outcomes", "not delivered", "", words, remedy)

    def _since(self, spot: Spot, hits: str) -> tuple[Spot, str]:
        """Find the day since when a fault is there, and the words for it; it may be before the selected days.

        `hits` is the SQL that adds up the messages it struck.
        """
        if spot.rose:
            return spot, f"Since {spot.since:%Y-%m-%d}"
        services, senders = ({unit[place] for unit in spot.units} for place in (0, 1))
        past = self._log.whole.select(senders, until=self._log.pick.until, services=services)
        days = past.add_up(["day"], {"hits": hits, **_N}, OUT, zone=self._zone)
        struck, sent = (days[name].to_numpy()[np.newaxis] for name in ("hits", "n"))
        rise = find_rises(struck, sent, chance_for(1, len(days)))[0] if self._log.pick.since else None
        first = days["day"].iloc[rise.since if rise else int(np.argmax(struck > 0))]
        base = rise.hits_before / rise.sent_before if rise and spot.against == "before" else spot.base
        begin, known = min(first, spot.since), self._log.whole.certificate.since
        at_edge = not rise and known and begin <= _day(pd.Timestamp(known).tz_localize(None), self._zone)
        words = f"Since {begin:%Y-%m-%d}{' or earlier' if at_edge else ''}"
        inside = "; in the selected days" if begin < spot.since else ""
        return replace(spot, since=begin, base=base), f"{words}{inside}"


def _day(moment: pd.Timestamp, zone: str) -> pd.Timestamp:
    return moment.tz_localize("UTC").tz_convert(read_zone(zone)).tz_localize(None).normalize()


def _finding(spot: Spot, since: str, measure: str, fault: str, what: str, words: str, remedy: str) -> Finding:
    (service, number), many = spot.units[0], len(spot.units)
    whose = f"of {addresses.mask(number)}" if number else "without a sender"
    if many > 1:
        number, whose = "", f"of {many} senders {_of(service)}"
    against = f"usually at most {spot.base:.0%}" if spot.against == "usual" else f"{spot.against} {spot.base:.1%}"
    mostly = f", nearly all on {count(spot.few_days, 'day')}" if spot.few_days else ""
    sentence = (
        f"{since}, {spot.hits:,} of {spot.sent:,} messages {whose} {words}{mostly} "
        f"({spot.hits / spot.sent:.1%}; {against}). {remedy}"
    )
    return Finding(measure, fault, what, service, number, spot.since, spot.last, spot.hits, spot.sent, sentence)


def _of(service: str) -> str:
    return f"of {service}" if service else "outside any service"
