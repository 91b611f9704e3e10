"""Measures of senders and their recipients: chosen senders, Sticky Sender, opt-outs, idle senders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures.money import E5
from msvc_toolkit.logs.measures.rates import divide, rated
from msvc_toolkit.logs.time_zones import Moment, read_zone

IDLE = timedelta(days=30)
"""A sender that neither sent nor received for this long is idle: its monthly fee was wasted."""


def choices(log: Log, *, zone: str = "UTC", since: Moment | None = None, until: Moment | None = None) -> pd.DataFrame:
    """Which senders a service chose for which destinations.

    Answers are left out: they come from the sender that was asked. A message of a service with a `From` of its own
    counts as chosen, because a log does not show the difference.

    Returns:
        One row for each `messaging_service_sid`, `country`, `area_code` (empty outside the US and Canada) and `number`
        with its `kind`: `n` messages, `all`, those of the service to that destination, and the `share` of this sender.
    """
    place = ["messaging_service_sid", "country", "area_code"]
    part = log.select(since=since, until=until, zone=zone)
    chosen = "direction NOT IN ('inbound', 'outbound-reply') AND messaging_service_sid <> ''"
    frame = part.add_up([*place, "number", "kind"], {"n": "sum(n)"}, chosen)
    group = (frame[place] != frame[place].shift()).any(axis=1).cumsum()  # it is in the order of its places already
    frame = frame.assign(all=frame["n"].groupby(group).transform("sum"))
    frame = frame.assign(share=divide(frame["n"], frame["all"]))
    return frame.iloc[np.lexsort((-frame["n"], group))].reset_index(drop=True)


def stickiness(
    log: Log, *, zone: str = "UTC", since: Moment | None = None, until: Moment | None = None
) -> pd.DataFrame:
    """How many people got a service's messages from more than one sender, which Sticky Sender should prevent.

    Not every case is a fault: a sender may have left the pool, and a fallback from one kind of sender to another is
    intended. Messages for which no sender was chosen are left out.

    Returns:
        One row for each `messaging_service_sid`: `people` it wrote to, those it wrote to more than once (`repeated`),
        those of them who had two senders or more (`broken`), and the `rate` of broken among repeated with `low` and `high`; `n` messages,
        `broken_n` of them to broken ones.
    """
    part = log.select(since=since, until=until, zone=zone)
    return rated(part.engine.pairs(part.pick).to_pandas(), "broken", "repeated")


def after_stop(
    log: Log,
    *,
    by: str = "messaging_service_sid",
    zone: str = "UTC",
    since: Moment | None = None,
    until: Moment | None = None,
) -> pd.DataFrame:
    """What was sent to people after they said STOP and before they said START.

    A STOP counts for the service it was sent to or, outside services, for the sender. Answers are left out unless they
    were refused, because Twilio confirms a STOP with an answer. People who opted out before the log begins are known only by refused messages.

    Args:
        log: The log; STOPs are looked for in all of it, even when it is a selection.
        by: messaging_service_sid or number.
        zone: The time zone of `since` and `until` when these have no zone.
        since: Begin, included.
        until: End, excluded.

    Returns:
        The groups that sent any: `people` who got them; `n` messages, of which `refused` with 21610, and `went_out`,
        those that Twilio did not stop; `first` and `last` (UTC).
    """
    if by not in ("messaging_service_sid", "number"):
        sentence = f"After a STOP, nothing can be grouped by {by!r}. Choose messaging_service_sid or number."
        raise InvalidInput([Problem("by", sentence)])
    part = log.select(since=since, until=until, zone=zone)
    frame: pd.DataFrame = part.engine.leavers(part.pick, by).to_pandas()
    return frame


def idle(
    log: Log,
    senders: Iterable[str] | Mapping[str, Decimal | str | float] = (),
    *,
    price_unit: str = "USD",
    zone: str = "UTC",
) -> pd.DataFrame:
    """Which senders neither sent nor received for `IDLE`, and what they cost a month.

    Args:
        log: The log.
        senders: All numbers of the account, so that those without any message are listed too; with the monthly cost of
            each, if known, which Twilio's message log does not have.
        price_unit: The currency of these costs.
        zone: The zone of `last`.

    Returns:
        One row for each sender, the longest idle first: `number`, `n` messages, `last` (the hour of the last), whole
        `days` since then or, without any, since the log begins, `idle`, and `price_e5` a month with `cost` and
        `price_unit`.
    """
    prices = dict(senders) if isinstance(senders, Mapping) else dict.fromkeys(senders)
    seen = log.add_up(["number"], {"n": "sum(n)", "last": "max(last)"}, "number <> ''").set_index("number")
    seen.index = seen.index.astype(object)
    frame = seen.reindex(sorted({*seen.index, *prices}))
    begin = pd.Timestamp(log.span[0] if log.span else log.as_of)
    silent = log.as_of - frame["last"].fillna(begin)
    e5 = [None if prices.get(number) is None else int(Decimal(str(prices[number])) * E5) for number in frame.index]
    frame = frame.assign(
        n=frame["n"].fillna(0).astype("int64"),
        last=frame["last"].dt.tz_localize("UTC").dt.tz_convert(read_zone(zone)),
        days=silent.dt.days,
        idle=silent >= IDLE,
        price_e5=pd.array(e5, "Int64"),
        price_unit=price_unit,
    )
    frame["cost"] = frame["price_e5"].astype("Float64") / E5
    frame = frame.rename_axis("number").reset_index()
    return frame.sort_values(["days", "number"], ascending=[False, True], ignore_index=True)
