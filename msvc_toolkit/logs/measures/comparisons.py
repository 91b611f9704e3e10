"""Measures that compare: before and after a time, one sender and another."""

from __future__ import annotations

from datetime import UTC, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures.rates import COLUMNS, ENDED, OUT, By, Z, clear, grouping, outcomes, settle
from msvc_toolkit.logs.time_zones import GRAINS, Moment, read_moment, read_zone
from msvc_toolkit.rules import addresses

_Numbers = npt.NDArray[np.float64]
_SIDES = ("_before", "_after")
_SIDE = ("n", "delivered", "settled", "rate", "low", "high", "small", "immature")


def before_after(
    log: Log, moment: Moment, *, by: By = "number", days: float | None = None, zone: str = "UTC"
) -> pd.DataFrame:
    """Compare delivery before and after a time, over periods of equal length.

    Args:
        log: The log.
        moment: When something was changed.
        by: What to group by, of `rates.COLUMNS`.
        days: The most days on either side; as many as the log allows when not given.
        zone: The zone of the time if it has none.

    Returns:
        The groups that sent anything on either side: `n`, `delivered`, `settled`, `rate`, `low`, `high`, `small` and
        `immature` as in `outcomes`, each ending in `_before` and `_after`; the `change` of the rate, and whether it is
        `clear`: the intervals do not overlap, and neither rate is small or immature.

    Raises:
        InvalidInput: The log does not cover time both before and after.
    """
    keys = grouping(by, COLUMNS)
    cut, hours = read_moment(moment, zone, "moment"), log.span
    begin, end = (hours[0], hours[1] + GRAINS["hour"]) if hours else (None, None)
    if cut is None or begin is None or end is None or not begin < cut < end:
        edges = [f"{one.replace(tzinfo=UTC).astimezone(read_zone(zone)):%Y-%m-%d %H:%M}" for one in (begin, end) if one]
        there = f"goes from {' to '.join(edges)} ({zone})" if edges else "is empty"
        sentence = f"The log {there}, so {moment} does not split it. Choose a time within the log."
        raise InvalidInput([Problem("moment", sentence)])
    span = min(cut - begin, end - cut, *([timedelta(days=days)] if days else []))
    sides = [
        outcomes(log.select(since=since, until=until), by=keys)[[*keys, *_SIDE]]
        for since, until in ((cut - span, cut), (cut, cut + span))
    ]
    if keys:
        both = sides[0].merge(sides[1], on=keys, how="outer", suffixes=_SIDES, sort=True)
    else:
        both = pd.concat([side.add_suffix(name) for side, name in zip(sides, _SIDES, strict=True)], axis=1)
    for side in _SIDES:
        counts = [f"{name}{side}" for name in ("n", "delivered", "settled")]
        both[counts] = both[counts].fillna(0).astype("int64")
        for mark, without in (("small", True), ("immature", False)):
            both[f"{mark}{side}"] = both[f"{mark}{side}"].astype("boolean").fillna(without).astype(bool)
    before, after = ({name: both[f"{name}{side}"] for name in _SIDE} for side in _SIDES)
    both = both.assign(change=after["rate"] - before["rate"], clear=clear(before, after))
    both.attrs["moment"] = str(moment)  # for the chart's title
    return both


def compare(
    log: Log, a: str, b: str, *, zone: str = "UTC", since: Moment | None = None, until: Moment | None = None
) -> pd.DataFrame:
    """Compare two senders on the same mix of destinations.

    A sender looks worse if its messages go to places with poor delivery. So the two are compared within each country
    and area code that both wrote to, and the differences are averaged with the weights of Mantel and Haenszel: places
    where both sent much count most. Messages to places that only one of them wrote to are left out.

    Args:
        log: The log.
        a: The number or sender ID of one sender.
        b: That of the other.
        zone: The time zone of `since` and `until` when these have no zone.
        since: Begin, included.
        until: End, excluded.

    Returns:
        Two rows, a first: `number`; `n`, `delivered`, `settled`, `rate`, `low`, `high`, `small` and `immature` of all its
        messages, as in `outcomes`; `shared`, how many of the settled went to `places` that both wrote to; `even_rate`,
        its rate on the common mix; `difference`, the even rate of a less that of b, with `difference_low` and
        `difference_high`, 95 %; `clear`, whether that interval leaves out 0.

    Raises:
        InvalidInput: It is the same sender twice.

    Source: T. Sato, "On the variance estimator for the Mantel-Haenszel risk difference", Biometrics 45 (1989), for the
    interval, which holds for many small places too.
    """
    if a == b:
        raise InvalidInput([Problem("b", f"Both senders are {addresses.mask(a)}. Choose two.")])
    part = log.select([a, b], since, until, zone=zone)
    places = settle(part.add_up(["country", "area_code", "number"], ENDED, OUT))
    whole = settle(places.groupby("number")[[*ENDED]].sum().reindex([a, b], fill_value=0))
    place, sums = ["country", "area_code"], ["delivered", "settled"]
    both = places.pivot_table(index=place, columns="number", values=sums, aggfunc="sum", fill_value=0)
    both = both.reindex(columns=pd.MultiIndex.from_product([sums, [a, b]]), fill_value=0)
    good_a, good_b, n_a, n_b = (both[name, one].to_numpy(float) for name in sums for one in (a, b))
    shared = (n_a > 0) & (n_b > 0)
    even = _evened(good_a[shared], n_a[shared], good_b[shared], n_b[shared])
    frame = whole.reset_index()[["number", *_SIDE]]
    return frame.assign(
        shared=[int(n_a[shared].sum()), int(n_b[shared].sum())],
        places=int(shared.sum()),
        even_rate=even[:2],
        difference=even[2],
        difference_low=even[2] - Z * even[3],
        difference_high=even[2] + Z * even[3],
        clear=abs(even[2]) > Z * even[3],
    )


def _evened(x: _Numbers, n: _Numbers, y: _Numbers, m: _Numbers) -> tuple[float, float, float, float]:
    """Both rates on the common mix, their difference, and its standard error; x of n and y of m in each place."""
    if not len(n):
        return (np.nan,) * 4
    total = n + m
    weight = n * m / total
    one, other = (float((weight * share).sum() / weight.sum()) for share in (x / n, y / m))
    p = (n * n * y - m * m * x + n * m * (m - n) / 2) / total**2
    q = (x * (m - y) + y * (n - x)) / (2 * total)
    variance = ((one - other) * p.sum() + q.sum()) / weight.sum() ** 2
    return one, other, one - other, float(np.sqrt(max(variance, 0.0)))
