"""Measures of numbers and outcomes of messages: volume, outcomes, errors, heat, replies.

A rate never comes alone: it has its denominator, its 95 % interval and two marks: `small` for a
denominator below `SMALL`, `immature` where more than `IMMATURE` of the messages may still change the rate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.aggregates.queries import TIMES
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.time_zones import Moment
from msvc_toolkit.rules import error_codes

COLUMNS = tuple("number kind messaging_service_sid direction status error_code country price_unit encoding".split())
"""Columns of the log to group by; a missing value is an empty text or 0 there."""
By = str | Sequence[str]


def grouping(by: By, allowed: Sequence[str] = (*COLUMNS, *TIMES)) -> list[str]:
    """Read what to group by.

    Raises:
        InvalidInput: A column cannot be used for grouping here.
    """
    keys = [by] if isinstance(by, str) else list(by)
    if wrong := [key for key in keys if key not in allowed]:
        sentence = f"Nothing can be grouped by {', '.join(wrong)} here. Choose from {', '.join(allowed)}."
        raise InvalidInput([Problem("by", sentence)])
    return keys


def divide(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Divide; 0 by 0 is NaN."""
    return part / whole.where(whole != 0)


Numbers = npt.NDArray[Any]

Z = 1.96
"""Standard deviations of a 95 % interval."""
SMALL = 30
"""A rate of fewer messages than this is marked small: one message moves it by more than three points."""
IMMATURE = 0.01
"""A rate is marked immature when more than this share of its messages is in flight: it may change by a percentage point."""
OUTCOMES = ("delivered", "failed", "unknown", "in_flight", "canceled", "other")
"""The outcomes of outgoing messages; each message has exactly one."""
OUTCOME_OF = {
    **dict.fromkeys(("delivered", "read"), "delivered"),
    **dict.fromkeys(("undelivered", "failed"), "failed"),
    # sent is unknown once it is older than MATURITY
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), "in_flight"),
    "canceled": "canceled",
    "partially_delivered": "other",
}
"""Twilio's statuses of messages that go out; a word that is not here is "other". Source: Messages resource, status
values, read 2026-11-23."""


def ends(outcome: str) -> str:
    """Write the SQL of messages with an outcome."""
    named = tuple(word for word, ends in OUTCOME_OF.items() if ends == outcome and word != "sent")
    words = f"status IN {named}" if len(named) > 1 else f"status = '{named[0]}'" if named else "false"
    more = {
        "unknown": "status = 'sent' AND aged",
        "in_flight": f"{words} OR (status = 'sent' AND NOT aged)",
        "other": f"{words} OR status NOT IN {tuple(OUTCOME_OF)}",
    }
    return more.get(outcome, words)


ENDED = {"n": "sum(n)", **{name: f"sum(n) FILTER ({ends(name)})" for name in OUTCOMES}}
"""The sums of the outcomes of outgoing messages."""
OUT = "direction <> 'inbound'"
"""Messages that went out."""
MET = {"first": "min(first)", "last": "max(last)"}
"""The sums for the first and last time that something occurred."""


def rates(part: Numbers, whole: Numbers, prefix: str = "") -> dict[str, Numbers]:
    """Return shares with the ends of Wilson's interval: `rate`, `low` and `high`, after a prefix.

    A share of 0 is NaN, and so are the ends if the part is larger than the whole.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    """
    x, n = part.astype(float), np.where(whole != 0, whole, np.nan)
    share = x / n
    inside = np.where(x <= n, share, np.nan)
    middle = (inside + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * np.sqrt(inside * (1 - inside) / n + Z * Z / (4 * n * n))
    ends = np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
    return {f"{prefix}rate": share, f"{prefix}low": ends[0], f"{prefix}high": ends[1]}


def rated(frame: pd.DataFrame, part: str, whole: str, prefix: str = "") -> pd.DataFrame:
    """Add a rate with its interval: `rate`, `low`, `high`, after a prefix."""
    return frame.assign(**rates(frame[part].to_numpy(), frame[whole].to_numpy(), prefix))


def settled(counts: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Return the delivery rate of counts of outcomes, and its marks."""
    whole = counts["delivered"] + counts["failed"] + counts["unknown"] + counts["other"]
    marks = {"small": whole < SMALL, "immature": counts["in_flight"] > IMMATURE * counts["n"]}
    return {"settled": whole, **rates(counts["delivered"], whole), **marks}


def settle(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the delivery rate and its marks to a frame of counts of outcomes."""
    return frame.assign(**settled({name: frame[name].to_numpy() for name in ("n", *OUTCOMES)}))


def clear(one: Mapping[str, Any], other: Mapping[str, Any]) -> Any:
    """Whether rates clearly differ: their intervals do not overlap, and neither rate is small or immature."""
    apart = (one["low"] > other["high"]) | (one["high"] < other["low"])
    return apart & ~(one["small"] | one["immature"] | other["small"] | other["immature"])


def worst_first(frame: pd.DataFrame) -> pd.DataFrame:
    """Sort delivery rates by the upper end of their interval, the lowest first: those that are certainly bad come on top.

    If sorted by the rate or the lower end, a sender with 1 failure of 1 message would come before one with 600 of 1 000. Rows
    without a rate come last.
    """
    return frame.sort_values(["high", "rate", "n"], ascending=[True, True, False], kind="stable", na_position="last")


def volume(
    log: Log, *, by: By = "day", zone: str = "UTC", since: Moment | None = None, until: Moment | None = None
) -> pd.DataFrame:
    """How many messages there were.

    Args:
        log: The log.
        by: What to group by, of `COLUMNS` and `queries.TIMES`.
        zone: The time zone of days and hours, and of `since` and `until` when these have no zone.
        since: Begin, included.
        until: End, excluded.

    Returns:
        The groups that have messages; `n` messages, of which `outbound` and `inbound`, and their `segments`.
    """
    part = log.select(since=since, until=until, zone=zone)
    ways = {"outbound": f"sum(n) FILTER ({OUT})", "inbound": "sum(n) FILTER (direction = 'inbound')"}
    return part.add_up(grouping(by), {"n": "sum(n)", **ways, "segments": "sum(segments)"}, zone=zone)


def outcomes(
    log: Log, *, by: By = "number", zone: str = "UTC", since: Moment | None = None, until: Moment | None = None
) -> pd.DataFrame:
    """What became of the messages that went out; arguments as for `volume`.

    Delivered is delivered or read. Failed is failed or undelivered. Unknown is sent, and older than `queries.MATURITY` without a
    receipt. In flight is what may still become any of these. Canceled is counted separately, and a status that Twilio does not
    document is other, never a success.

    Returns:
        The groups that have such messages; `n` of them, the counts of `OUTCOMES`, `settled` (delivered, failed, unknown
        and other), `rate` (delivered of settled) with `low` and `high`, and the marks `small` and `immature`.
    """
    return settle(log.select(since=since, until=until, zone=zone).add_up(grouping(by), ENDED, OUT, zone=zone))


def heat(log: Log, *, zone: str = "UTC", since: Moment | None = None, until: Moment | None = None) -> pd.DataFrame:
    """What went out in each hour of a week, and what became of it.

    Returns:
        168 rows, `weekday` 0 to 6 from Monday and `hour_of_day` 0 to 23 of the zone, with the columns of `outcomes`.
    """
    keys = ["weekday", "hour_of_day"]
    frame = log.select(since=since, until=until, zone=zone).add_up(keys, ENDED, OUT, zone=zone)
    week = pd.DataFrame({"weekday": np.repeat(np.arange(7), 24), "hour_of_day": np.tile(np.arange(24), 7)})
    place = frame["weekday"].to_numpy() * 24 + frame["hour_of_day"].to_numpy()
    for name in ENDED:
        week[name] = np.bincount(place, frame[name].to_numpy(), 7 * 24).astype(np.int64)
    return settle(week)


def errors(
    log: Log, *, by: By = (), zone: str = "UTC", since: Moment | None = None, until: Moment | None = None
) -> pd.DataFrame:
    """Count the error codes of the messages that went out, the most frequent first; arguments as for `volume`.

    Returns:
        One row for each group, code and currency. `n` messages from `senders` senders; `sent`, all that went out in that
        group, and the `rate` of the code among them with `low` and `high`; `first` and `last`, the first and last hour
        (UTC) in which it occurs; `price_e5`, what these messages cost although they failed, in hundred-thousandths of `price_unit`, and `cost` in
        units for reading; `meaning` and `remedy`, in our words, where the code is known.
    """
    keys = [key for key in grouping(by) if key not in ("error_code", "price_unit")]
    sums = {"n": "sum(n)", "senders": "count(DISTINCT number)", **MET, "price_e5": "sum(price_e5)"}
    part = log.select(since=since, until=until, zone=zone)
    frame = part.add_up([*keys, "error_code", "price_unit"], sums, OUT, zone=zone)
    frame["sent"] = frame.groupby(keys)["n"].transform("sum") if keys else frame["n"].sum()
    frame = frame[frame["error_code"] != 0].sort_values("n", ascending=False, kind="stable", ignore_index=True)
    known = [error_codes.lookup(int(code)) for code in frame["error_code"]]
    texts = {name: [getattr(code, name) if code else "" for code in known] for name in ("meaning", "remedy")}
    return rated(frame, "n", "sent").assign(cost=frame["price_e5"] / 1e5, **texts)


def replies(
    log: Log, *, by: By = "number", zone: str = "UTC", since: Moment | None = None, until: Moment | None = None
) -> pd.DataFrame:
    """How many people answer, and how many leave; arguments as for `volume`.

    Returns:
        The groups; `delivered` messages that were not answers themselves, `replies` that came in without a keyword,
        `stops`, `starts` and `helps`; `reply_rate` and `stop_rate`, for each message delivered, each with `low` and
        `high` (empty if more came in than was delivered), and the mark `small`.
    """
    keys = grouping(by, [key for key in (*COLUMNS, *TIMES) if key not in _ONE_WAY])
    sums = {
        "delivered": f"sum(n) FILTER ({OUT} AND direction <> 'outbound-reply' AND status IN ('delivered', 'read'))",
        "replies": "sum(n - stops - starts - helps) FILTER (direction = 'inbound')",
        **{name: f"sum({name})" for name in ("stops", "starts", "helps")},
    }
    frame = log.select(since=since, until=until, zone=zone).add_up(keys, sums, zone=zone)
    frame = rated(frame, "replies", "delivered", "reply_")
    return rated(frame, "stops", "delivered", "stop_").assign(small=frame["delivered"] < SMALL)


_ONE_WAY: Sequence[str] = ("direction", "status", "error_code", "price_unit", "encoding")
"""Columns that differ between texts that came in and those that went out, so that nothing could be compared."""
