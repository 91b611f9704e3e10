"""Measures of how many, and what became of them: volume, outcomes, errors, heat, replies.

A rate never comes alone: its denominator and its 95 % interval stand beside it, and so do two marks: `small` for a
denominator below `SMALL`, `immature` where more than `IMMATURE` of the messages may still change the rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pandas as pd

from msvc_toolkit import codes
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures.groups import COLUMNS, By, Numbers, add_up, divide, grouping, narrow, plain, split
from msvc_toolkit.logs.moments import Moment

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


def wilson(part: pd.Series, whole: pd.Series, z: float = Z) -> tuple[pd.Series, pd.Series]:
    """Return the ends of Wilson's interval for a share; no numbers where there is nothing to share or too much.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
    """
    x, n = part.to_numpy(float, na_value=np.nan), whole.to_numpy(float, na_value=np.nan)
    n = np.where((n > 0) & (x <= n), n, np.nan)
    share = x / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    ends = np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
    return pd.Series(ends[0], part.index), pd.Series(ends[1], part.index)


def rated(frame: pd.DataFrame, part: str, whole: str, prefix: str = "") -> pd.DataFrame:
    """Add a rate with its interval: `rate`, `low`, `high`, after a prefix."""
    low, high = wilson(frame[part], frame[whole])
    return frame.assign(
        **{f"{prefix}rate": divide(frame[part], frame[whole]), f"{prefix}low": low, f"{prefix}high": high}
    )


def _columns(keys: Sequence[str], *needed: str) -> list[str]:
    """Name the columns a measure needs, each once: those it does not are dear to carry along."""
    return list(dict.fromkeys((*keys, *needed)))


def sent(cube: pd.DataFrame) -> pd.DataFrame:
    """Keep what went out."""
    directions = cube["direction"].cat
    inbound = directions.categories.get_indexer(pd.Index(["inbound"]))[0]
    return cube[directions.codes.to_numpy() != inbound] if inbound >= 0 else cube


def judged(cube: pd.DataFrame, log: Log) -> pd.DataFrame:
    """Keep what went out of a cube that `in_zone` has seen, with a column for each of `OUTCOMES`."""
    out = sent(cube)
    return _spread(out, _old(out, log))


def ended(log: Log, keys: Sequence[str], zone: str) -> pd.DataFrame:
    """Add up `n` and `OUTCOMES` of what went out: by status first, since of these sums there are few."""

    def make(cube: pd.DataFrame) -> pd.DataFrame:
        out = sent(cube[_columns(keys, "number", "direction", "status", "utc", "n")])
        return add_up(out.assign(old=_old(out, log)), _columns(["number"], *keys, "status", "old"), ("n",))

    few = narrow(log, "outcomes", keys, zone, make)
    return add_up(_spread(few, few["old"].to_numpy(bool)), keys, ("n", *OUTCOMES))


def _old(out: pd.DataFrame, log: Log) -> Numbers:
    """Tell of each row whether its messages are older than `MATURITY`."""
    old: Numbers = (out["utc"] <= log.as_of - MATURITY).to_numpy()
    return old


def _spread(out: pd.DataFrame, old: Numbers) -> pd.DataFrame:
    words = out["status"].cat.categories
    outcome = np.array([OUTCOMES.index(OUTCOME_OF.get(word, "other")) for word in words], np.int8)
    place = outcome[out["status"].cat.codes.to_numpy()] if len(words) else np.zeros(len(out), np.int8)
    place = np.where(old & (out["status"] == "sent").to_numpy(), OUTCOMES.index("unknown"), place)
    n = out["n"].to_numpy()
    return out.assign(**{name: np.where(place == number, n, 0) for number, name in enumerate(OUTCOMES)})


def settle(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the delivery rate and its marks to counts of outcomes."""
    settled = frame["delivered"] + frame["failed"] + frame["unknown"] + frame["other"]
    told = rated(frame.assign(settled=settled), "delivered", "settled")
    return told.assign(small=settled < SMALL, immature=frame["in_flight"] > IMMATURE * frame["n"])


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

    def make(cube: pd.DataFrame) -> pd.DataFrame:
        heard = (cube["direction"] == "inbound").to_numpy()
        n = cube["n"].to_numpy()
        cube = cube.assign(outbound=np.where(heard, 0, n), inbound=np.where(heard, n, 0))
        return add_up(cube, _columns(["number"], *keys), sums)

    part = log.select(since=since, until=until, zone=zone)
    return add_up(narrow(part, "volume", keys, zone, make), keys, sums)


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
    return settle(ended(log.select(since=since, until=until, zone=zone), keys, zone))


def heat(log: Log, *, zone: str = "UTC", since: Moment | None = None, until: Moment | None = None) -> pd.DataFrame:
    """What went out in each hour of a week, and what became of it.

    Returns:
        168 rows, `weekday` 0 to 6 from Monday and `hour_of_day` 0 to 23 of the zone, with what `outcomes` tells of them.
    """
    keys = ["weekday", "hour_of_day"]
    told = ended(log.select(since=since, until=until, zone=zone), keys, zone)
    week = pd.MultiIndex.from_product([range(7), range(24)], names=keys)
    return settle(told.set_index(keys).reindex(week, fill_value=0).reset_index())


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
    needed = _columns(keys, "direction", "error_code", "price_unit", "number", "utc", "n", "price_e5")
    part = log.select(since=since, until=until, zone=zone)
    bad = narrow(part, "errors", keys, zone, lambda cube: sent(cube[cube["error_code"].to_numpy() != 0][needed]))
    out = narrow(part, "sent", keys, zone, lambda cube: add_up(sent(cube[needed]), _columns(["number"], *keys), ("n",)))
    per = [*keys, "error_code", "price_unit"]
    told = bad.groupby(per, observed=True, sort=True).agg(
        n=("n", "sum"), senders=("number", "nunique"), first=("utc", "min"), last=("utc", "max"), price_e5=("price_e5", "sum")
    )  # fmt: skip
    told = plain(told.reset_index())
    whole = add_up(out, keys, ("n",)).rename(columns={"n": "sent"})
    told = told.merge(whole, on=keys) if keys else told.assign(sent=int(whole["sent"].iloc[0]))
    known = [codes.lookup(code) for code in told["error_code"]]
    told = rated(told, "n", "sent").assign(
        cost=told["price_e5"] / 1e5,
        meaning=[code.meaning if code else "" for code in known],
        remedy=[code.remedy if code else "" for code in known],
    )
    return told.sort_values("n", ascending=False, kind="stable", ignore_index=True)


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
