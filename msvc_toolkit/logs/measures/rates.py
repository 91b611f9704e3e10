"""Measures of how many, and what became of them: volume, outcomes, errors, heat, replies.

A rate never comes alone: its denominator and its 95 % interval stand beside it, and so do two marks: `small` for a
denominator below `SMALL`, `immature` where more than `IMMATURE` of the messages may still change the rate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd

from msvc_toolkit.logs.aggregates.sums import Numbers, Sums, sums_of
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures.groups import COLUMNS, By, add_up, grouping, narrow, split
from msvc_toolkit.logs.time_zones import Moment
from msvc_toolkit.rules import error_codes

Z = 1.96
"""Standard deviations of a 95 % interval."""
SMALL = 30
"""A rate of fewer messages than this is marked small: one message moves it by more than three points."""
IMMATURE = 0.01
"""A rate is marked immature when more than this share of its messages is in flight: it may move by a point."""
MATURITY = timedelta(hours=72)
"""After this, a message that is still `sent` counts as unknown: its receipt will not come.

Ours: receipts are seen up to three days late. Twilio promises none. Source: guide "Track the message status of outbound
messages", read 2026-11-23."""

OUTCOMES = ("delivered", "failed", "unknown", "in_flight", "canceled", "other")
"""What can become of a message that goes out; each message is exactly one of these."""
OUTCOME_OF = {
    "delivered": "delivered", "read": "delivered",
    "undelivered": "failed", "failed": "failed",
    "accepted": "in_flight", "scheduled": "in_flight", "queued": "in_flight", "sending": "in_flight",
    "sent": "in_flight",  # unknown once it is older than MATURITY
    "canceled": "canceled",
    "partially_delivered": "other",
}  # fmt: skip
"""Twilio's statuses of messages that go out; a word that is not here is "other". Source: Messages resource, status
values, read 2026-11-23."""


def rates(part: Numbers, whole: Numbers, prefix: str = "") -> dict[str, Numbers]:
    """Return shares with the ends of Wilson's interval: `rate`, `low` and `high`, after a prefix.

    Nothing of nothing is no number; nor are the ends where the part is larger than the whole.

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


def sent(cube: pd.DataFrame) -> pd.DataFrame:
    """Keep what went out."""
    directions = cube["direction"].cat
    inbound = directions.categories.get_indexer(pd.Index(["inbound"]))[0]
    return cube[directions.codes.to_numpy() != inbound] if inbound >= 0 else cube


def judged(cube: pd.DataFrame, log: Log) -> pd.DataFrame:
    """Keep what went out of a cube that `in_zone` has seen, with a column for each of `OUTCOMES`."""
    out = sent(cube)
    status = out["status"].cat
    return out.assign(**_spread(status.categories, status.codes.to_numpy(), _old(out, log), out["n"].to_numpy()))


def ended(log: Log, keys: Sequence[str], zone: str) -> Sums:
    """Add up `n` and `OUTCOMES` of what went out: by status first, since of these sums there are few."""

    def make(cube: pd.DataFrame, per: list[str]) -> Sums:
        by_status = list(dict.fromkeys((*per, "status", "old")))
        out = sent(cube[list({*by_status, "direction", "utc", "n"} - {"old"})])  # all columns are dear to carry along
        few = sums_of(out.assign(old=_old(out, log)), by_status, ("n",)).by(by_status)
        n, old = few.figures["n"], few.column("old").to_numpy(bool)
        return replace(few, figures={"n": n, **_spread(few.levels["status"], few.codes["status"], old, n)}).by(per)

    return narrow(log, "outcomes", keys, zone, make).by(keys)


def _old(out: pd.DataFrame, log: Log) -> Numbers:
    """Tell of each row whether its messages are older than `MATURITY`."""
    old: Numbers = (out["utc"] <= log.as_of - MATURITY).to_numpy()
    return old


def _spread(words: pd.Index, places: Numbers, old: Numbers, n: Numbers) -> dict[str, Numbers]:
    """Put the messages of each row under what became of them, by the place of their status among the words."""
    young = np.array([OUTCOMES.index(OUTCOME_OF.get(word, "other")) for word in words], np.int8)
    aged = np.where(words == "sent", OUTCOMES.index("unknown"), young)
    became = np.where(old, aged[places], young[places])
    return {name: np.where(became == place, n, 0) for place, name in enumerate(OUTCOMES)}


def settled(counts: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Return the delivery rate of counts of outcomes, and its marks."""
    told = counts["delivered"] + counts["failed"] + counts["unknown"] + counts["other"]
    marks = {"small": told < SMALL, "immature": counts["in_flight"] > IMMATURE * counts["n"]}
    return {"settled": told, **rates(counts["delivered"], told), **marks}


def settle(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the delivery rate and its marks to a frame of counts of outcomes."""
    return frame.assign(**settled({name: frame[name].to_numpy() for name in ("n", *OUTCOMES)}))


def worst_first(frame: pd.DataFrame) -> pd.DataFrame:
    """Sort delivery rates, those first that are bad for certain: by the upper end of their interval, the lowest first.

    By the rate or its lower end, a sender with one failure of one message would come before one with 600 of 1 000. Rows
    without a rate come last.
    """
    return frame.sort_values(["high", "rate", "n"], ascending=[True, True, False], kind="stable", na_position="last")


def volume(
    log: Log, *, by: By = "day", zone: str = "UTC", since: Moment | None = None, until: Moment | None = None
) -> pd.DataFrame:
    """How many messages there were.

    Args:
        log: The log.
        by: What to tell apart, of `groups.COLUMNS` and `groups.TIMES`.
        zone: The zone of days and hours, and of a window that names none.
        since: Begin, included.
        until: End, excluded.

    Returns:
        The groups that have messages; `n` messages, of which `outbound` and `inbound`, and their `segments`.
    """
    keys, sums = grouping(by), ("n", "outbound", "inbound", "segments")

    def make(cube: pd.DataFrame, per: list[str]) -> Sums:
        heard = (cube["direction"] == "inbound").to_numpy()
        n = cube["n"].to_numpy()
        return sums_of(cube.assign(outbound=np.where(heard, 0, n), inbound=np.where(heard, n, 0)), per, sums).by(per)

    part = log.select(since=since, until=until, zone=zone)
    return pd.DataFrame(narrow(part, "volume", keys, zone, make).by(keys).columns)


def outcomes(
    log: Log, *, by: By = "number", zone: str = "UTC", since: Moment | None = None, until: Moment | None = None
) -> pd.DataFrame:
    """What became of the messages that went out; arguments as for `volume`.

    Delivered is delivered or read. Failed is failed or undelivered. Unknown is sent, and older than `MATURITY` without a
    receipt. In flight is what may still become any of these. Canceled stands apart, and a status that Twilio does not
    document is other, never a success.

    Returns:
        The groups that have such messages; `n` of them, the counts of `OUTCOMES`, `settled` (delivered, failed, unknown
        and other), `rate` (delivered of settled) with `low` and `high`, and the marks `small` and `immature`.
    """
    keys = grouping(by)
    told = ended(log.select(since=since, until=until, zone=zone), keys, zone)
    return pd.DataFrame({**told.columns, **settled(told.figures)})


def heat(log: Log, *, zone: str = "UTC", since: Moment | None = None, until: Moment | None = None) -> pd.DataFrame:
    """What went out in each hour of a week, and what became of it.

    Returns:
        168 rows, `weekday` 0 to 6 from Monday and `hour_of_day` 0 to 23 of the zone, with what `outcomes` tells of them.
    """
    keys = ["weekday", "hour_of_day"]
    told = ended(log.select(since=since, until=until, zone=zone), keys, zone)
    weekday, hour = (told.column(key).to_numpy() for key in keys)
    week = {name: np.zeros(7 * 24, np.int64) for name in told.figures}
    for name, some in told.figures.items():
        week[name][weekday * 24 + hour] = some
    return pd.DataFrame(
        {"weekday": np.repeat(np.arange(7), 24), "hour_of_day": np.tile(np.arange(24), 7), **week, **settled(week)}
    )


def errors(
    log: Log, *, by: By = (), zone: str = "UTC", since: Moment | None = None, until: Moment | None = None
) -> pd.DataFrame:
    """Which error codes the messages that went out carry; the most frequent first, arguments as for `volume`.

    Returns:
        One row for each group, code and currency. `n` messages from `senders` senders; `sent`, all that went out in that
        group, and the `rate` of the code among them with `low` and `high`; `first` and `last`, the hours (UTC) it was
        met in; `price_e5`, what these messages cost all the same, in hundred-thousandths of `price_unit`, and `cost` in
        units for reading; `meaning` and `remedy`, in our words, where the code is known.
    """
    keys = [key for key in grouping(by) if key not in ("error_code", "price_unit")]
    sums = ("n", "senders", "first", "last", "price_e5")

    def make(cube: pd.DataFrame, per: list[str]) -> Sums:
        bad = sent(cube[cube["error_code"].to_numpy() != 0])
        per = [*per, "error_code", "price_unit"]
        few = sums_of(bad.assign(senders=1, first=bad["utc"], last=bad["utc"]), per, sums).by(per)
        return replace(few, figures={**few.figures, "senders": np.ones(len(few), np.int64)})

    part = log.select(since=since, until=until, zone=zone)
    told = narrow(part, "errors", keys, zone, make).by([*keys, "error_code", "price_unit"])
    told = told.take(np.argsort(-told.figures["n"], kind="stable"))
    n, whole = told.figures["n"], _whole(told, ended(part, keys, zone), keys)
    known = [error_codes.lookup(code) for code in told.column("error_code")]
    texts = {name: [getattr(code, name) if code else "" for code in known] for name in ("meaning", "remedy")}
    cost = told.figures["price_e5"] / 1e5
    return pd.DataFrame({**told.columns, "sent": whole, **rates(n, whole), "cost": cost, **texts})


def _whole(told: Sums, out: Sums, keys: list[str]) -> Numbers:
    """Return how many messages went out in the group of each row."""
    if not keys:
        return np.full(len(told), out.figures["n"][0])
    groups = pd.DataFrame({key: told.column(key) for key in keys})
    return groups.merge(pd.DataFrame(out.columns), on=keys)["n"].to_numpy()


def replies(
    log: Log, *, by: By = "number", zone: str = "UTC", since: Moment | None = None, until: Moment | None = None
) -> pd.DataFrame:
    """How many people answer, and how many leave; arguments as for `volume`.

    Returns:
        The groups; `delivered` messages that were no answers themselves, `replies` that came in and said no keyword,
        `stops`, `starts` and `helps`; `reply_rate` and `stop_rate`, for each message delivered, each with `low` and
        `high` (none where more came in than was delivered), and the mark `small`.
    """
    keys = grouping(
        by, [key for key in (*COLUMNS, "hour", "day", "week", "month", "weekday", "hour_of_day") if key not in _ONE_WAY]
    )
    cube, keys = split(log, keys, zone, since, until)
    heard = (cube["direction"] == "inbound").to_numpy()
    delivered = cube["status"].isin(("delivered", "read")).to_numpy() & ~heard
    delivered &= (cube["direction"] != "outbound-reply").to_numpy()
    said = (cube["stops"] + cube["starts"] + cube["helps"]).to_numpy()
    n = cube["n"].to_numpy()
    cube = cube.assign(delivered=np.where(delivered, n, 0), replies=np.where(heard, n - said, 0))
    told = add_up(cube, keys, ("delivered", "replies", "stops", "starts", "helps"))
    told = rated(told, "replies", "delivered", "reply_")
    return rated(told, "stops", "delivered", "stop_").assign(small=told["delivered"] < SMALL)


_ONE_WAY: Sequence[str] = ("direction", "status", "error_code", "price_unit", "encoding")
"""What tells texts that came in from those that went out, and so leaves nothing to compare."""
