"""Measures of time: latency in percentiles, each sender's peak against its limit, and quiet hours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from msvc_toolkit.logs.aggregates import queries
from msvc_toolkit.logs.aggregates.queries import EXACT, PLACE, TIMES, WAITS
from msvc_toolkit.logs.aggregates.selection import literal
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures.rates import By, grouping, rated
from msvc_toolkit.logs.time_zones import Moment, read_zone
from msvc_toolkit.rules import addresses, rates

PERCENTILES = {"p50": 50, "p90": 90, "p95": 95, "p99": 99}
SMALL = 30
"""Percentiles of fewer messages than this are marked small; among fewer than a hundred values, p99 is simply the largest."""
MINUTE = 60
SCHEDULED = timedelta(days=35)
"""How long after it was created a message may be sent. Source: error page 35117, read 2026-11-23."""

QUIET_BY = ("number", "kind", "messaging_service_sid", "state", "weekday", "hour_of_day")
"""What quiet hours can be grouped by; weekday and hour are those of the recipient."""
CAMPAIGN = "campaign"
"""The kind of a row of `peaks` that is about all US numbers of one campaign."""


def latency(
    log: Log, *, by: By = "number", zone: str = "UTC", since: Moment | None = None, until: Moment | None = None
) -> pd.DataFrame:
    """How long messages waited, by percentiles of the nearest rank.

    `sent to final` is an upper bound: it ends at the last change of the row, which may be a price that comes late.
    Seconds up to 63 are exact; longer ones are rounded up to the next step of a histogram, by less than
    1/32. Arguments as for `rates.volume`; `by` is of number, kind, messaging_service_sid, country and the times.

    Returns:
        Two rows for each group, one for each of `WAITS` (column `wait`): `n` messages, `PERCENTILES` of their seconds,
        and the mark `small`.
    """
    keys = grouping(by, (*PLACE, *TIMES))
    part = log.select(since=since, until=until, zone=zone)
    both = [percentiles(part.waits(keys, column, zone=zone), keys).assign(wait=wait) for column, wait in WAITS.items()]
    frame = pd.concat(both, ignore_index=True)
    return frame[[*keys, "wait", "n", *PERCENTILES]].assign(small=frame["n"] < SMALL)


def percentiles(histogram: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return percentiles of the nearest rank from a histogram that is sorted by group, then seconds."""
    group = histogram.groupby(keys, sort=False).ngroup() if keys else pd.Series(0, histogram.index)
    upto = histogram["n"].groupby(group).cumsum()
    n = histogram["n"].groupby(group).transform("sum")
    frame = histogram[keys].assign(n=n)[~group.duplicated()].reset_index(drop=True)
    for name, percent in PERCENTILES.items():
        reached = upto >= (percent * n + 99) // 100
        first = reached & ~group.where(reached).duplicated()
        frame[name] = _upper_edge(histogram["seconds"][first].to_numpy())
    return frame


def _upper_edge(seconds: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The longest wait that `queries.waits` counts in a step, by the step's begin."""
    doublings = np.maximum(np.frexp(seconds)[1] - EXACT.bit_length() + 1, 0)
    return np.asarray(seconds + (1 << doublings) - 1, np.int64)


def peaks(
    log: Log,
    *,
    limits: Mapping[str, float] | None = None,
    campaigns: Mapping[str, float | None] | None = None,
    zone: str = "UTC",
    since: Moment | None = None,
    until: Moment | None = None,
) -> pd.DataFrame:
    """Compare each sender's busiest minute with the segments that it may send in a minute.

    Segments over the limit are not lost: they wait in the sender's queue, which holds ten hours of its rate. A US local
    number shares the rate of its 10DLC campaign with the campaign's other numbers, so it has no limit of its own here.

    Args:
        log: The log.
        limits: Segments a second by number or sender ID, where they are known better than `rates.sender_rate`.
        campaigns: Segments a second of a campaign by the SID of its Messaging Service, None where it is not known; an A2P
            review has them as ``review.campaign_rates``. Each adds a row about what went to the US from the local
            numbers of that service.
        zone: The time zone of `at`, and of `since` and `until` when these have no zone.
        since: Begin, included.
        until: End, excluded.

    Returns:
        One row for each sender, and for each campaign, whose `number` is its service's SID and whose `kind` is `CAMPAIGN`;
        the nearest to its limit first: `number`, `kind`, `n` messages that went out, `peak` segments and `peak_messages`
        of the busiest minute by when they were created, `at` (the hour of that minute), `limit` segments a minute,
        `share` of it that was reached (both NaN where the limit is not known), and `hours_over`, hours with a minute over
        it.
    """
    part = log.select(since=since, until=until, zone=zone)
    frame: pd.DataFrame = part.engine.peaks(part.pick, lambda number: _limit(number, limits or {})).to_pandas()
    if campaigns:
        answer = part.engine.peaks(part.pick, lambda sid: MINUTE * (campaigns.get(sid) or np.nan), shared=True)
        shared = answer.to_pandas()
        shared = shared[shared["number"].isin(list(campaigns))].assign(kind=CAMPAIGN)
        frame = pd.concat([frame, shared], ignore_index=True)
    at = frame["hour"].dt.tz_localize("UTC").dt.tz_convert(read_zone(zone))
    frame = frame.assign(at=at, limit=frame["most"], share=frame["peak"] / frame["most"])
    columns = ["number", "kind", "n", "peak", "peak_messages", "at", "limit", "share", "hours_over"]
    frame = frame[columns].sort_values(["number", "kind"])
    return frame.sort_values(["share", "number"], ascending=[False, True], ignore_index=True)


def _limit(number: str, limits: Mapping[str, float]) -> float:
    """Segments a minute; no number for what has no limit of its own."""
    known = addresses.read(number)
    rate = limits.get(number) or (rates.sender_rate(known) if known else None)
    return MINUTE * rate if rate else np.nan


def quiet_hours(
    log: Log,
    *,
    by: By = "hour_of_day",
    essential: Iterable[str] = (),
    zone: str = "UTC",
    since: Moment | None = None,
    until: Moment | None = None,
) -> pd.DataFrame:
    """What was sent to US numbers in the quiet hours of their recipients, by the state and zone of their area codes.

    The rules are those that Twilio enforces; they are not legal advice. They apply to messages that are not essential.
    A log does not say which are, so name the services that send only codes, alerts or receipts. A message counts by when it was
    sent. Answers, what was never sent, and numbers whose area code is not known are left out.

    Args:
        log: The log.
        by: Of `QUIET_BY`.
        essential: SIDs of services whose messages may be sent at any hour.
        zone: The time zone of `since` and `until` when these have no zone.
        since: Begin, included.
        until: End, excluded.

    Returns:
        The groups in their order: `n` messages, of which `federal` lay in the hours that are quiet everywhere, and `quiet`
        in these or the longer ones of their state; the `rate` of quiet ones with `low` and `high`, and the mark `small`.
    """
    named = ", ".join(map(literal, essential))
    where = f"coalesce(messaging_service_sid, '') NOT IN ({named})" if named else "true"
    part = log.select(since=since, until=until, zone=zone)
    begin, end = part.span or (part.as_of, part.as_of)
    sql = queries.quiet(grouping(by, QUIET_BY), where, (begin, end + SCHEDULED))
    frame = rated(part.engine.ask_rows(part.pick, sql).to_pandas(), "quiet", "n")
    return frame.assign(small=frame["n"] < SMALL)
