"""A message log's cube as the sums that the traffic checks read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from msvc_toolkit.a2p.readiness.model import TERRITORIES, NotExamined
from msvc_toolkit.a2p.readiness.settings import DEFAULTS, Thresholds
from msvc_toolkit.a2p.readiness.traffic import NO_BODIES, NO_MEASURE, AfterStop, DaySegments, LogTraffic, Said, Tally
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures import after_stop
from msvc_toolkit.rules.limits import PACIFIC

"""Where T-Mobile's day ends. Source: Twilio help, T-Mobile daily message limits, through third parties; read 2026-11-23."""
NEWEST = 10_000
"""How many of a log's newest messages are looked at for what they say. Ours: enough for every template in use."""
_SENDER = ["number", "messaging_service_sid"]
_KEYS = [*_SENDER, "error_code", "zone"]


def traffic_of(log: Any, settings: Thresholds = DEFAULTS) -> LogTraffic | NotExamined:
    """Sum a log up.

    Args:
        log: A log with a ``cube`` (and, where it has them, ``certificate`` and ``rows``), or None.
        settings: How many days before its end are its last days.

    Returns:
        The sums, or the reason why there are none.
    """
    if log is None:
        return NotExamined("No message log was given.")
    cube: pd.DataFrame = log.cube
    certificate = getattr(log, "certificate", None)
    told = certificate.sentence if certificate is not None else ""
    out = cube[(cube["direction"] != "inbound") & (cube["n"] > 0)]
    if out.empty:
        return LogTraffic(told or "The log holds nothing that went out.", None, None)
    out = out.assign(
        number=out["number"].fillna(""),
        messaging_service_sid=out["messaging_service_sid"].fillna(""),
        price_unit=out["price_unit"].fillna("").str.upper(),
        zone=out["country"].fillna("").map(_zone),
        hour=pd.to_datetime(out["hour"]),
    )
    since, until = _aware(out["hour"].min()), _aware(out["hour"].max())
    if certificate is not None and certificate.until is not None:
        until = max(until, certificate.until)  # a quiet week is a week, too
    return LogTraffic(
        told or f"{int(out['n'].sum()):,} messages out, {since:%Y-%m-%d} to {until:%Y-%m-%d}.",
        since,
        until,
        tallies=_tallies(out, until - timedelta(days=settings.recent_days)),
        days=_days(out),
        after_stop=_after_stop(log),
        texts=_texts(log),
    )


def _tallies(out: pd.DataFrame, recent: datetime) -> tuple[Tally, ...]:
    out = out.assign(recent=out["n"].where(out["hour"] > recent.replace(tzinfo=None), 0))
    sums = out.groupby(_KEYS, observed=True).agg(
        messages=("n", "sum"), recent=("recent", "sum"), first=("hour", "min"), last=("hour", "max")
    )
    priced = out[(out["price_unit"] != "") & (out["price_e5"] != 0)]
    money: dict[tuple[Any, ...], list[tuple[str, int]]] = {}
    for *key, unit, amount in _sums(priced, [*_KEYS, "price_unit"], "price_e5"):
        money.setdefault(tuple(key), []).append((str(unit), int(amount)))
    return tuple(
        Tally(
            str(number), str(sid), int(code), str(zone), int(messages), int(recent),
            tuple(money.get((number, sid, code, zone), ())), _aware(first), _aware(last),
        )
        for number, sid, code, zone, messages, recent, first, last in _plain(sums.reset_index())
    )  # fmt: skip


def _days(out: pd.DataFrame) -> tuple[DaySegments, ...]:
    us = out[out["zone"] == "US"]
    us = us.assign(
        day=us["hour"].dt.tz_localize("UTC").dt.tz_convert(PACIFIC).dt.date,
        number=us["number"].where(us["messaging_service_sid"] == "", ""),
    )
    sums = _sums(us, ["messaging_service_sid", "number", "day"], "segments")
    return tuple(DaySegments(str(sid), str(number), day, int(count)) for sid, number, day, count in sums)


def _after_stop(log: Any) -> tuple[AfterStop, ...] | NotExamined:
    """Ask the log room's measure; sums made elsewhere cannot tell."""
    if not isinstance(log, Log):
        return NO_MEASURE
    frame = after_stop(log, by="number")
    return tuple(AfterStop(str(number), int(n)) for number, n in _plain(frame[["number", "went_out"]]) if n and number)


def _texts(log: Any) -> tuple[Said, ...] | NotExamined:
    """Take the newest texts that were sent, one of each template, where the log keeps bodies; answers are not among them."""
    if not hasattr(log, "rows"):
        return NO_BODIES
    frame: pd.DataFrame = log.rows(NEWEST, masked=False)
    frame = frame[(frame["direction"] == "outbound-api") & frame["body"].notna() & (frame["body"] != "")]
    if frame.empty:
        return NO_BODIES
    shaped = frame.assign(
        number=frame["number"].fillna(""),
        messaging_service_sid=frame["messaging_service_sid"].fillna(""),
        shape=frame["body"].str.replace(r"\d+", "0", regex=True),
    )
    told = shaped.groupby([*_SENDER, "shape"], observed=True)["body"].agg(["first", "size"]).reset_index()
    return tuple(Said(str(number), str(sid), str(body), int(n)) for number, sid, _, body, n in _plain(told))


def _sums(frame: pd.DataFrame, keys: list[str], value: str) -> Iterator[tuple[Any, ...]]:
    """Add a column up by keys."""
    return _plain(frame.groupby(keys, observed=True)[value].sum().reset_index())


def _plain(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    return frame.itertuples(index=False, name=None)


def _zone(country: str) -> str:
    return "US" if country == "US" else "territory" if country in TERRITORIES else "other"


def _aware(hour: Any) -> datetime:
    moment: datetime = pd.Timestamp(hour).tz_localize("UTC").to_pydatetime()
    return moment
