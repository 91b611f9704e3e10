"""Where in a log a share has risen: at one sender, or at so many of a service's senders that it is the service's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from msvc_toolkit.logs.measures.rises import Counts, Rise, chance_for, find_outstanding, find_rises

UNIT = ["messaging_service_sid", "number"]
"""A sender within a service, or outside any."""
Unit = tuple[str, str]


class Grid:
    """Counts by unit and day.

    Args:
        counts: What was sent: `UNIT`, day and n.
    """

    def __init__(self, counts: pd.DataFrame) -> None:
        self.days = pd.Index(counts["day"].unique()).sort_values()
        self._units = pd.MultiIndex.from_frame(counts[UNIT].drop_duplicates().sort_values(UNIT))
        self.sent = self.place(counts)

    @property
    def units(self) -> list[Unit]:
        """The senders, those of a service together."""
        return list(self._units)

    def place(self, counts: pd.DataFrame) -> Counts:
        """Lay counts out: a row for each unit, a column for each day."""
        laid = np.zeros((len(self._units), len(self.days)), np.int64)
        place = self._units.get_indexer(pd.MultiIndex.from_frame(counts[UNIT]))
        np.add.at(laid, (place, self.days.get_indexer(counts["day"])), counts["n"].to_numpy())
        return laid


@dataclass(frozen=True)
class Spot:
    """Where and since when a share has risen.

    Args:
        units: The sender, or the senders of a service.
        rise: How high.
        since: The first day on which it struck.
        last: The last.
        by_past: Whether it is higher than it was; else than that of other senders.
    """

    units: tuple[Unit, ...]
    rise: Rise
    since: pd.Timestamp
    last: pd.Timestamp
    by_past: bool


def locate(grid: Grid, hits: Counts, *, looks: int, by_others: bool) -> Iterator[Spot]:
    """Find where a share has risen.

    Senders are looked at one by one, then what is left of their service together. When more than half of a service's
    senders have it, or what is left has it too, it is the service's.

    Args:
        grid: What was sent.
        hits: What struck, laid out by the grid.
        looks: How many kinds of hits are looked at in this log.
        by_others: Whether senders are also compared with each other.
    """
    if not hits.size:
        return
    chance = chance_for(2 * len(hits) * looks, hits.shape[1])  # senders, then services
    sent, units = grid.sent, grid.units
    risen = find_rises(hits, sent, chance)
    outstanding = find_outstanding(hits, sent, chance) if by_others else [None] * len(units)

    def together(rows: list[int]) -> Rise | None:
        pooled = (counts[rows].sum(axis=0, keepdims=True) for counts in (hits, sent))
        return find_rises(next(pooled), next(pooled), chance)[0]

    def spot(rows: list[int], rise: Rise, *, by_past: bool = True) -> Spot:
        last = int(np.flatnonzero(hits[rows].sum(axis=0))[-1])
        return Spot(tuple(units[row] for row in rows), rise, grid.days[rise.since], grid.days[last], by_past)

    for rows in _rooms(units):
        alone = [row for row in rows if risen[row]]
        rest = [row for row in rows if row not in alone]
        is_common = len(alone) > 1 and 2 * len(alone) > len(rows)
        if rest and not is_common:
            is_common = together(rest) is not None
        common = together(rows)
        if is_common and common:
            yield spot(rows, common)
            continue
        for row in rows:
            if rise := risen[row]:
                yield spot([row], rise)
            elif rise := outstanding[row]:
                yield spot([row], rise, by_past=False)


def _rooms(units: list[Unit]) -> Iterator[list[int]]:
    """Put the senders of a service together; one outside any stands alone."""
    rooms: dict[str, list[int]] = {}
    for row, (service, number) in enumerate(units):
        rooms.setdefault(service or number, []).append(row)
    yield from rooms.values()
