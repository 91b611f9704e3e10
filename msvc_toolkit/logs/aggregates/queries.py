"""Questions to the rows of a log, each answered by sums: written once, the same on every engine that narwhals reaches.

Engines differ in what they make of weekdays, quantiles, time zones and nulls. So all that is asked of them is to group
by stored columns and flags, to count and to add whole numbers, and to take the largest of them; what is told by these
is worked out afterwards, see `groups`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

TEXTS = ("number", "kind", "messaging_service_sid", "direction", "status", "country", "price_unit", "encoding")
KEYS = ("number", "kind", "messaging_service_sid", "hour", "direction", "status", "error_code", "country", "price_unit", "encoding")  # fmt: skip
"""What the cube tells apart; nothing is an empty text or a 0."""
SUMS = ("n", "segments", "price_e5", "priced", "stops", "starts", "helps")
"""What it adds up: messages, segments, cost, messages that have a price, and texts that said a keyword."""

EXACT = 64
"""Waits of fewer seconds than this stand in a histogram as they are; longer ones by 32 steps to each doubling."""
_OCTAVES = 20  # of doublings: waits up to two years

Frame = nw.LazyFrame[Any]
_c = nw.col


def whole(name: str) -> nw.Expr:
    """A column of whole numbers with 0 for nothing, wide enough to add up."""
    return _c(name).fill_null(0).cast(nw.Int64)


def flag(condition: nw.Expr) -> nw.Expr:
    """1 where it holds, 0 where it does not or cannot be told."""
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0)).cast(nw.Int64)


def traffic(rows: Frame, grain: str) -> Frame:
    """The cube: messages by all of `KEYS`, with `SUMS`.

    Rows are grouped as they are and named afterwards, which is far less work; so a column that is missing in some rows
    and empty in others gives two groups of one name.

    Args:
        rows: A log.
        grain: hour, or quarter; either stands in the column ``hour``.
    """
    words = {f"{word}s": nw.when(_c("keyword") == word).then(nw.lit(1)) for word in ("stop", "start", "help")}
    keyed = rows.select(
        *TEXTS,
        "error_code",
        "price_e5",
        _c(grain).alias("hour"),
        segments=_c("num_segments"),
        priced=_c("price_e5"),
        **words,
    )
    counted = {name: _c(name).count() for name in ("priced", *words)}
    added = keyed.group_by(*KEYS).agg(
        n=nw.len(), segments=_c("segments").sum(), price_e5=_c("price_e5").sum(), **counted
    )
    unit = _c("price_unit").fill_null("").str.to_uppercase()
    wide = (_c(name).cast(nw.Int64) for name in ("segments", "price_e5"))
    small = (_c(name).cast(nw.Int32) for name in counted)  # of an hour, so half as wide
    code = _c("error_code").fill_null(0).cast(nw.Int32)
    told = named(added, *TEXTS).with_columns(unit.alias("price_unit"), code.alias("error_code"), *wide, *small)
    return told.select(*KEYS, *SUMS)


def named(rows: Frame, *texts: str) -> Frame:
    """Write nothing as an empty text, so that every engine compares alike."""
    return rows.with_columns(*(_c(name).fill_null("") for name in texts))


def waits(rows: Frame, wait: str, grain: str) -> Frame:
    """A histogram of how long messages waited.

    Args:
        rows: A log.
        wait: The column: ``sent_seconds`` or ``final_seconds``.
        grain: day, hour or quarter; it stands in the column ``hour``.
    """
    place = ("number", "kind", "messaging_service_sid", "country")
    outbound = rows.filter(_c("direction") != "inbound", ~_c(wait).is_null())
    moment = _c("hour").dt.truncate("1d") if grain == "day" else _c(grain)
    keyed = outbound.select(*place, moment.alias("hour"), seconds=_stepped(_c(wait).cast(nw.Int64)))
    return named(keyed.group_by(*place, "hour", "seconds").agg(n=nw.len()), *place)


def _stepped(seconds: nw.Expr) -> nw.Expr:
    """Round down to the step that holds a wait: whole numbers only, as logarithms differ in their last digit."""
    cut = seconds - seconds % (1 << _OCTAVES)
    for octave in reversed(range(_OCTAVES)):
        step = 1 << octave
        cut = nw.when(seconds < EXACT * step).then(seconds - seconds % step).otherwise(cut)
    return cut


def upper_edge(seconds: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The longest wait that `waits` counts in a step, by the step's begin."""
    doublings = np.maximum(np.frexp(seconds)[1] - EXACT.bit_length() + 1, 0)
    return np.asarray(seconds + (1 << doublings) - 1, np.int64)


def crests(rows: Frame) -> Frame:
    """By sender and hour, the most segments and messages that one minute brought, and how many messages there were."""
    dated = ~_c("date_created").is_null()
    outbound = rows.filter(_c("direction") != "inbound", ~_c("number").is_null(), dated)
    minute = _c("date_created").dt.truncate("1m")
    keyed = outbound.select("number", "kind", minute.alias("minute"), segments=whole("num_segments"))
    minutes = keyed.group_by("number", "kind", "minute").agg(n=nw.len(), segments=_c("segments").sum())
    hourly = minutes.with_columns(hour=_c("minute").dt.truncate("1h")).group_by("number", "kind", "hour")
    told = hourly.agg(peak=_c("segments").max(), peak_messages=_c("n").max(), n=_c("n").sum())
    return named(told, "kind")


def campaign_crests(rows: Frame) -> Frame:
    """As `crests`, of what went to the US from local numbers, by service (in the column ``number``): they share a rate."""
    ours = (_c("kind") == "local") & (_c("country") == "US") & ~_c("messaging_service_sid").is_null()
    return crests(rows.filter(ours).with_columns(number=_c("messaging_service_sid")))


def choices(rows: Frame) -> Frame:
    """By service, destination and sender: how many messages the service sent of itself."""
    keys = ("messaging_service_sid", "country", "area_code", "number", "kind")
    chosen = rows.filter(~_c("direction").fill_null("").is_in(["inbound", "outbound-reply"]))
    keyed = chosen.select(*(_c(name).fill_null("") for name in keys)).filter(_c("messaging_service_sid") != "")
    return keyed.group_by(*keys).agg(n=nw.len())


def destinations(rows: Frame) -> Frame:
    """By destination, sender, hour and status: how many messages went out."""
    keys = ("country", "area_code", "number", "direction", "status", "hour")
    keyed = rows.filter(_c("direction") != "inbound").select(*(_c(name).fill_null("") for name in keys[:-1]), "hour")
    return keyed.group_by(*keys).agg(n=nw.len())


def pairs(rows: Frame) -> Frame:
    """By service: people it wrote to, again, and from two senders or more, with the messages to these."""
    sent = rows.filter(_c("direction") != "inbound", ~_c("messaging_service_sid").is_null(), ~_c("number").is_null())
    keyed = sent.select("messaging_service_sid", "peer", "number", other=_c("number"))
    people = keyed.group_by("messaging_service_sid", "peer").agg(
        n=nw.len(), first=_c("number").min(), last=_c("other").max()
    )
    told = people.select(
        "messaging_service_sid",
        "n",
        repeated=flag(_c("n") > 1),
        broken=flag(_c("first") != _c("last")),
        broken_n=nw.when(_c("first") != _c("last")).then(_c("n")).otherwise(nw.lit(0)),
    )
    sums = {name: _c(name).sum() for name in ("repeated", "broken", "n", "broken_n")}
    return told.group_by("messaging_service_sid").agg(people=nw.len(), **sums)


def oddities(rows: Frame, grain: str) -> Frame:
    """By service, sender, hour or quarter, and character: the messages that one made UCS-2, and their segments."""
    keyed = rows.filter(_c("direction") != "inbound", ~_c("odd").is_null()).select(
        *(_c(name).fill_null("") for name in ("messaging_service_sid", "number", "kind", "country")),
        _c("odd"),
        hour=_c(grain),
        price_unit=_c("price_unit").fill_null("").str.to_uppercase(),
        segments=whole("num_segments"),
        price_e5=whole("price_e5"),
    )
    keys = ("messaging_service_sid", "number", "kind", "country", "hour", "odd", "price_unit")
    return keyed.group_by(*keys).agg(n=nw.len(), segments=_c("segments").sum(), price_e5=_c("price_e5").sum())


def keywords(rows: Frame) -> Frame:
    """Every text that said stop or start: who said it to whom, and when."""
    said = rows.filter(
        _c("direction") == "inbound", _c("keyword").is_in(["stop", "start"]), ~_c("date_created").is_null()
    )
    told = said.select(*_THREAD, "date_created", "keyword")
    return named(told, "peer", "number", "messaging_service_sid")


def to_leavers(rows: Frame) -> Frame:
    """Messages that were refused as somebody had said stop, and those sent after a first stop that were no answers."""
    stops = rows.filter(_c("direction") == "inbound", _c("keyword") == "stop").select(*_SCOPE, "date_created")
    left = stops.group_by("scope", "peer").agg(left=_c("date_created").min())
    sent = rows.filter(_c("direction") != "inbound")
    refused = sent.filter(_c("error_code") == OPTED_OUT).select(*_THREAD, "date_created", refused=nw.lit(1))
    went = sent.filter(
        _c("error_code").fill_null(0) != OPTED_OUT,
        _c("direction") != "outbound-reply",
        ~_c("status").fill_null("").is_in(["failed", "canceled"]),
    )
    after = went.select(*_THREAD, "date_created", refused=nw.lit(0)).join(left, on=["scope", "peer"], how="inner")
    both = nw.concat([refused, after.filter(_c("date_created") > _c("left")).drop("left")])
    return named(both, "peer", "number", "messaging_service_sid")


OPTED_OUT = 21610
"""What a message carries that was refused because its recipient has left. Source: error dictionary, read 2026-11-23."""
_SCOPE = (nw.coalesce("messaging_service_sid", "number", nw.lit("")).alias("scope"), _c("peer"))
_THREAD = (*_SCOPE, _c("number"), _c("messaging_service_sid"))


def between(rows: Frame, since: datetime | None, until: datetime | None) -> Frame:
    """Keep the messages created from `since` to before `until`, both naive UTC."""
    if since is not None:
        rows = rows.filter(_c("date_created") >= _moment(since))
    if until is not None:
        rows = rows.filter(_c("date_created") < _moment(until))
    return rows


def _moment(moment: datetime) -> nw.Expr:
    """Write a moment as a text that the engine reads: Spark would shift a datetime by this machine's zone."""
    return nw.lit(moment.isoformat(" ", "microseconds")).cast(nw.Datetime("us"))
