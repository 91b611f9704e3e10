"""Find where a share is too high, and since when: at one sender, or at so many that their service is the cause.

Two shares differ when their 95 % intervals do not overlap, one is `FACTOR` times the other, and chance alone would hardly produce
such a difference anywhere in a log, even over all places and days that were tested.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import exp, lgamma, log, sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from msvc_toolkit.logs.measures.rates import Z

Integers = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]

FALSE_ALARMS = 0.01
"""The share of logs without any change in which one may be found."""
LEAST = 5
"""Fewer messages than this are not reported, whatever their share."""
FACTOR = 3.0
"""A share has to be this many times the earlier or the others' share: traffic always varies, and among a million messages
a certain difference may still be too small to matter."""
PAST = 30
"""A sender that sent fewer messages than this before has no past to compare with."""
UNIT = ["messaging_service_sid", "number"]
"""The columns of a unit: a sender and its service (empty outside any)."""
Unit = tuple[str, str]
Against = Literal["before", "the other senders", "usual"]
_FEW = 8
"""A fault that struck on fewer days than this is said to be of these, so that it is not taken for a state that lasts."""


@dataclass(frozen=True)
class Rise:
    """A share that is higher since a day: the messages in it and all that were sent, each since that day and before it."""

    since: int
    hits: int
    sent: int
    hits_before: int
    sent_before: int


def chance_for(looks: int, days: int) -> float:
    """Return the significance level of each test if this many tests together may give `FALSE_ALARMS` (Bonferroni).

    Neighboring days split nearly the same messages, so only each doubling of the days on either side counts as a test.
    """
    return FALSE_ALARMS / (looks * max(2 * days.bit_length(), 1))


def find_rises(hits: Integers, sent: Integers, chance: float) -> list[Rise | None]:
    """Find, in each row (a place, with a column for each day), the day from which its share is higher."""
    x0, n0 = np.cumsum(hits, axis=1), np.cumsum(sent, axis=1)
    x, n = x0[:, -1:], n0[:, -1:]
    x1, n1 = x - x0, n - n0
    likelier = np.where(x1 * n0 > x0 * n1, _likelihood(x0, n0) + _likelihood(x1, n1) - _likelihood(x, n), -np.inf)
    likelier[(n0 < PAST) | (x1 < LEAST)] = -np.inf
    best = np.argmax(likelier, axis=1)
    found: list[Rise | None] = []
    for row, cut in enumerate(best):
        counts = (x1[row, cut], n1[row, cut], x0[row, cut], n0[row, cut])
        if likelier[row, cut] == -np.inf or not apart(*counts, chance=chance):
            found.append(None)
            continue
        since = cut + 1 + int(np.argmax(hits[row, cut + 1 :] > 0))
        found.append(Rise(int(since), *map(int, counts)))
    return found


def apart(x1: int, n1: int, x0: int, n0: int, *, chance: float) -> bool:
    """Return whether x1 of n1 is a clearly higher share than x0 of n0."""
    x1, n1, x0, n0 = int(x1), int(n1), int(x0), int(n0)
    far = x1 * n0 >= FACTOR * x0 * n1 and _end(x1, n1, -Z) > _end(x0, n0, Z)
    return far and fisher(x1, n1, x0, n0) < chance


def beyond(x: int, n: int, bar: float, *, chance: float) -> bool:
    """Return whether x of n is clearly a higher share than a fixed limit.

    Source: W. Hoeffding, "Probability inequalities for sums of bounded random variables", JASA 58 (1963), theorem 1: a
    bound on the probability that chance gives so many.
    """
    x, n = int(x), int(n)
    if n == 0 or bar >= 1 or _end(x, n, -Z) <= bar:
        return False
    share = x / n
    surprise = share * log(share / bar) + (1 - share) * log((1 - share) / (1 - bar)) if x < n else -log(bar)
    return exp(-n * surprise) < chance


def _end(x: int, n: int, z: float) -> float:
    """An end of Wilson's interval, see `rates.rates`: the lower for a negative z."""
    return (x / n + z * z / (2 * n) + z * sqrt(x * (n - x) / n**3 + z * z / (4 * n * n))) / (1 + z * z / n)


def fisher(x1: int, n1: int, x0: int, n0: int) -> float:
    """The probability that chance puts x1 or more of all hits among the n1.

    Source: R. A. Fisher, "Statistical Methods for Research Workers" (1934), section 21.02: the exact test, one-sided.
    """
    struck, total = x1 + x0, n1 + n0

    def ways(n: int, k: int) -> float:
        return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)

    here = exp(ways(n1, x1) + ways(n0, x0) - ways(total, struck))
    likely = here
    for x in range(x1, min(struck, n1)):
        here *= (n1 - x) * (struck - x) / ((x + 1) * (n0 - struck + x + 1))
        likely += here
    return likely


def _likelihood(x: Integers, n: Integers) -> Numbers:
    """The logarithm of how likely x of n is at its own share."""
    y = n - x
    total = np.maximum(n, 1)
    found: Numbers = x * np.log(np.maximum(x, 1) / total) + y * np.log(np.maximum(y, 1) / total)
    return found


@dataclass(frozen=True)
class Counts:
    """Counts of the selected messages, and of the rest of the log.

    Args:
        days: A row for each unit, a column for each day.
        earlier: The count of each unit before the selection's window.
        own: The count of each unit in the whole log.
        total: The count of all units in the whole log.
    """

    days: Integers
    earlier: Integers
    own: Integers
    total: int

    def replaced(self, days: Integers) -> Counts:
        """Return a copy with other counts for the selected messages."""
        fewer = self.days - days
        return Counts(days, self.earlier, self.own - fewer.sum(axis=1), self.total - int(fewer.sum()))

    @property
    def inside(self) -> Counts:
        """The same without the rest of the log."""
        own = self.days.sum(axis=1)
        return Counts(self.days, np.zeros_like(own), own, int(own.sum()))


class Grid:
    """The units (rows) and days (columns) of a table of counts."""

    def __init__(self, sent: pd.DataFrame) -> None:
        self.units: list[Unit] = list(dict.fromkeys(_units(sent)))
        self.days = pd.Index(sent["day"].unique()).sort_values()
        self._rows = {unit: row for row, unit in enumerate(self.units)}

    def place(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Add two columns to a frame that has `UNIT`: `row`, the unit's row or -1, and `column`, the day's column if there are days."""
        rows = np.array([self._rows.get(unit, -1) for unit in _units(frame)], int)
        return frame.assign(row=rows, **({"column": self.days.get_indexer(frame["day"])} if "day" in frame else {}))

    def count(self, inside: pd.DataFrame, outside: pd.DataFrame, name: str = "n") -> Counts:
        """Arrange a column of counts as a table of units and days.

        `inside` is what was selected, placed by day; `outside` the rest of the log, placed, with ``earlier``.
        """
        days = np.zeros((len(self.units), len(self.days)), np.int64)
        np.add.at(days, (inside["row"].to_numpy(), inside["column"].to_numpy()), inside[name].to_numpy())
        rows, n, earlier = (outside[one].to_numpy() for one in ("row", name, "earlier"))
        sums = [np.zeros(len(self.units), np.int64) for _ in range(2)]
        for one, here in zip(sums, (earlier.astype(bool) & (rows >= 0), rows >= 0), strict=True):
            np.add.at(one, rows[here], n[here])
        return Counts(days, sums[0], sums[1] + days.sum(axis=1), int(n.sum() + days.sum()))


def _units(frame: pd.DataFrame) -> Iterator[Unit]:
    return zip(frame[UNIT[0]].tolist(), frame[UNIT[1]].tolist(), strict=True)


@dataclass(frozen=True)
class Spot:
    """Where a share is too high: the units, their rows in the grid, and the messages affected since the first day.

    Args:
        against: What it is compared with.
        base: The share it is compared with.
        rose: Whether the share was lower before, so that the first day is known.
        few_days: The number of days on which nine of ten of these messages were; 0 if that is not worth mentioning.
    """

    units: tuple[Unit, ...]
    rows: list[int]
    since: pd.Timestamp
    last: pd.Timestamp
    hits: int
    sent: int
    against: Against
    base: float
    rose: bool = False
    few_days: int = 0


def locate(
    grid: Grid, sent: Counts, hits: Counts, *, looks: int, by_others: bool = False, bar: float | Numbers = 1.0
) -> Iterator[Spot]:
    """Find where a share is too high.

    Each sender is compared with its own past: within the selection and, where that shows nothing, before it. Then with
    all other senders of the whole log, and with a fixed limit. The remaining senders of a service are then examined
    together. If more than half of its senders are affected, or the remaining ones together are, the service is the cause.

    Args:
        grid: The units and days.
        sent: What was sent.
        hits: The affected messages among them.
        looks: How many kinds of hits are tested in this log.
        by_others: Whether senders are also compared with each other.
        bar: The share that is always too high, for all units or for each; 1 means no limit.
    """
    if not hits.days.size:
        return
    chance = chance_for(2 * len(hits.days) * looks, hits.days.shape[1])  # senders, then services
    search = _Search(grid, sent, hits, chance, np.broadcast_to(np.asarray(bar, float), len(hits.days)), by_others)
    risen = find_rises(hits.days, sent.days, chance)
    for rows in _services(grid.units):
        alone = {row: found for row in rows if (found := search.judge([row], risen[row]))}
        rest = [row for row in rows if row not in alone]
        is_common = len(alone) > 1 and 2 * len(alone) > len(rows)
        if rest and not is_common:
            is_common = search.together(rest) is not None
        common = search.together(rows) if is_common else None
        yield from [common] if common else alone.values()


class _Search:
    """One search for a share that is too high; arguments as for `locate`, but bars for each unit."""

    def __init__(self, grid: Grid, sent: Counts, hits: Counts, chance: float, bars: Numbers, by_others: bool) -> None:
        self._grid, self._sent, self._hits = grid, sent, hits
        self._chance, self._bars, self._by_others = chance, bars, by_others
        self._struck, self._out = hits.days.sum(axis=1), sent.days.sum(axis=1)

    def judge(self, rows: list[int], rise: Rise | None) -> Spot | None:
        """Compare units together with their own past, with the other units and with the usual share (`_bars`)."""
        if rise:
            spot = self._spot(rows, rise.since, "before", rise.hits_before / rise.sent_before)
            return replace(spot, rose=True)
        x, n = int(self._struck[rows].sum()), int(self._out[rows].sum())
        if x < LEAST:
            return None
        for against, x0, n0 in self._compared(rows):
            if n0 >= PAST and apart(x, n, x0, n0, chance=self._chance):
                return self._spot(rows, 0, against, x0 / n0)
        bar = float((self._bars[rows] * self._out[rows]).sum()) / n
        return self._spot(rows, 0, "usual", bar) if beyond(x, n, bar, chance=self._chance) else None

    def together(self, rows: list[int]) -> Spot | None:
        """Look for a rise of the share in all these units together, and judge them."""
        pooled = (one.days[rows].sum(axis=0, keepdims=True) for one in (self._hits, self._sent))
        return self.judge(rows, find_rises(next(pooled), next(pooled), self._chance)[0])

    def _compared(self, rows: list[int]) -> Iterator[tuple[Against, int, int]]:
        """Yield what units are compared with, and how much struck there of how many."""
        both = self._hits, self._sent
        x0, n0 = (int(one.earlier[rows].sum()) for one in both)
        yield "before", x0, n0
        if self._by_others:
            x0, n0 = (one.total - int(one.own[rows].sum()) for one in both)
            yield "the other senders", x0, n0

    def _spot(self, rows: list[int], since: int, against: Against, base: float) -> Spot:
        struck, out = (one.days[rows].sum(axis=0) for one in (self._hits, self._sent))
        first = since + int(np.argmax(struck[since:] > 0))
        last = int(np.flatnonzero(struck)[-1])
        units, days = self._grid.units, self._grid.days
        counts = int(struck[first:].sum()), int(out[first:].sum())
        largest = np.cumsum(np.sort(struck[first:])[::-1])
        few = 1 + int(np.searchsorted(largest, 0.9 * counts[0]))
        few = few if few < _FEW and 4 * few < last - first else 0
        where = tuple(units[row] for row in rows)
        return Spot(where, rows, days[first], days[last], *counts, against, base, few_days=few)


def _services(units: list[Unit]) -> Iterator[list[int]]:
    """Put the senders of a service together; one outside any is alone."""
    found: dict[str, list[int]] = {}
    for row, (service, number) in enumerate(units):
        found.setdefault(service or number, []).append(row)
    yield from found.values()
