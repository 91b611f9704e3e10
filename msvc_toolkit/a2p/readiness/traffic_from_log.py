"""Makes the sums for the traffic checks from a message log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from msvc_toolkit.a2p.readiness.model import TERRITORIES, NotExamined
from msvc_toolkit.a2p.readiness.thresholds import DEFAULTS, Thresholds
from msvc_toolkit.a2p.readiness.traffic import NO_BODIES, AfterStop, DaySegments, LogTraffic, QuietHours, Said, Tally
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures import after_stop, quiet_hours
from msvc_toolkit.logs.measures.rates import OUT
from msvc_toolkit.rules.limits import PACIFIC

"""Where T-Mobile's day ends. Source: Twilio help, T-Mobile daily message limits, through third parties; read 2026-11-23."""
NEWEST = 10_000
"""How many of a log's newest messages have their text checked. Ours: enough for every template in use."""
_SENDER = ["number", "messaging_service_sid"]
_KEYS = [*_SENDER, "error_code", "country", "price_unit"]


def traffic_of(log: Log | None, settings: Thresholds = DEFAULTS) -> LogTraffic | NotExamined:
    """Return a log's sums; without a log, the reason why there are none."""
    if log is None:
        return NotExamined("No message log was given.")
    certificate = log.certificate
    out = log.add_up(
        _KEYS, {"messages": "sum(n)", "price_e5": "sum(price_e5)", "first": "min(first)", "last": "max(last)"}, OUT
    )
    out = out.assign(zone=out["country"].map(_zone))
    dated = out[out["first"].notna()]
    if dated.empty:
        return LogTraffic(certificate.sentence, None, None)
    since, until = _aware(dated["first"].min()), _aware(dated["last"].max())
    if certificate.until is not None:
        until = max(until, certificate.until)  # a week without messages counts too
    edge = (until - timedelta(days=settings.recent_days)).replace(minute=0, second=0, microsecond=0) + timedelta(
        hours=1
    )
    recent = log.select(since=edge).add_up(_KEYS, {"recent": "sum(n)"}, OUT)
    return LogTraffic(
        certificate.sentence,
        since,
        until,
        tallies=_tallies(dated.merge(recent, on=_KEYS, how="left").fillna({"recent": 0})),
        days=_days(log),
        after_stop=_after_stop(log),
        texts=_texts(log),
        quiet_hours=tuple(
            QuietHours(str(sid), str(number), int(n), int(quiet))
            for sid, number, n, quiet in _plain(
                quiet_hours(log, by=["messaging_service_sid", "number"])[
                    ["messaging_service_sid", "number", "n", "quiet"]
                ]
            )
            if quiet
        ),
    )


def _tallies(out: pd.DataFrame) -> tuple[Tally, ...]:
    keys = [*_SENDER, "error_code", "zone"]
    sums = out.groupby(keys).agg(
        messages=("messages", "sum"), recent=("recent", "sum"), first=("first", "min"), last=("last", "max")
    )
    priced = out[(out["price_unit"] != "") & (out["price_e5"] != 0)]
    money: dict[tuple[Any, ...], list[tuple[str, int]]] = {}
    for *key, unit, amount in _plain(priced.groupby([*keys, "price_unit"])["price_e5"].sum().reset_index()):
        money.setdefault(tuple(key), []).append((str(unit), int(amount)))
    return tuple(
        Tally(
            str(number),
            str(sid),
            int(code),
            str(zone),
            int(messages),
            int(recent),
            tuple(money.get((number, sid, code, zone), ())),
            _aware(first),
            _aware(last),
        )
        for number, sid, code, zone, messages, recent, first, last in _plain(sums.reset_index())
    )


def _days(log: Log) -> tuple[DaySegments, ...]:
    us = log.add_up([*_SENDER, "day"], {"segments": "sum(segments)"}, f"{OUT} AND country = 'US'", zone=PACIFIC)
    us["number"] = us["number"].where(us["messaging_service_sid"] == "", "")
    sums = us.groupby(["messaging_service_sid", "number", "day"])["segments"].sum().reset_index()
    return tuple(DaySegments(str(sid), str(number), day.date(), int(count)) for sid, number, day, count in _plain(sums))


def _after_stop(log: Log) -> tuple[AfterStop, ...]:
    frame = after_stop(log, by="number")
    return tuple(AfterStop(str(number), int(n)) for number, n in _plain(frame[["number", "went_out"]]) if n and number)


def _texts(log: Log) -> tuple[Said, ...] | NotExamined:
    """Return the newest sent texts, one for each template and without replies, if the log keeps bodies."""
    frame = log.rows(NEWEST, masked=False)
    frame = frame[(frame["direction"] == "outbound-api") & frame["body"].notna() & (frame["body"] != "")]
    if frame.empty:
        return NO_BODIES
    shaped = frame.assign(
        number=frame["number"].fillna(""),
        messaging_service_sid=frame["messaging_service_sid"].fillna(""),
        shape=frame["body"].str.replace(r"\d+", "0", regex=True),
    )
    counted = shaped.groupby([*_SENDER, "shape"], observed=True)["body"].agg(["first", "size"]).reset_index()
    return tuple(Said(str(number), str(sid), str(body), int(n)) for number, sid, _, body, n in _plain(counted))


def _plain(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    return frame.itertuples(index=False, name=None)


def _zone(country: str) -> str:
    return "US" if country == "US" else "territory" if country in TERRITORIES else "other"


def _aware(hour: Any) -> datetime:
    moment: datetime = pd.Timestamp(hour).tz_localize("UTC").to_pydatetime()
    return moment
