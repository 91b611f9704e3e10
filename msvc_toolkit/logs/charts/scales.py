"""The scales of a chart: where a value or a time is drawn, and which ticks are marked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from msvc_toolkit.logs.charts.labels import span

Ticks = list[tuple[float, str]]
_DURATIONS = (0, 1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400, 259_200)
_BELOW_ONE = 5 / 9
"""Width of the first second on the scale of durations; ten times as long is 1 wider."""
_HOURS, _DAYS, _MONTHS = (1, 2, 3, 6, 12), (1, 2, 4, 7, 14), (1, 2, 3, 6, 12, 24, 60)


@dataclass(frozen=True)
class Axis:
    """A scale of values.

    Args:
        high: Its highest value.
        low: Its lowest value.
        unit: How ticks are written: whole numbers, decimal numbers, shares as percent, or durations on a scale where
            each step is ten times the one before.
        label: What it measures, written below it.
        limit: A value that is marked by a dashed line.
    """

    high: float
    low: float = 0.0
    unit: Literal["count", "decimal", "percent", "seconds"] = "count"
    label: str = ""
    limit: float | None = None

    def share(self, value: float) -> float:
        """Return where a value is, from 0 at the low end to 1 at the high end."""
        if self.unit == "seconds":
            return _steps(value) / _steps(self.high)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, most: int) -> Ticks:
        """Return values to mark and their labels, with about `most` intervals between them."""
        if self.unit == "seconds":
            known = [mark for mark in _DURATIONS if mark <= self.high]
            return [(mark, span(mark)) for mark in known[:: -(-len(known) // (most + 1))]]
        width = (self.high - self.low) / max(most, 1)
        power = 10.0 ** math.floor(math.log10(width))
        step = next(one * power for one in (1, 2, 5, 10) if one * power >= width * 0.95)
        step = max(step, 1.0) if self.unit == "count" else step
        scale, after = (100, " %") if self.unit == "percent" else (1, "")
        decimals = max(-math.floor(math.log10(step * scale) + 1e-9), 0)
        marks = (n * step for n in range(math.floor(self.low / step), math.ceil(self.high / step) + 1))
        shown = [mark for mark in marks if abs(self.share(mark) - 0.5) <= 0.5 + 1e-9]
        return [(mark, f"{mark * scale:,.{decimals}f}{after}") for mark in shown]


def time_ticks(begin: datetime, end: datetime, most: int) -> list[tuple[datetime, str]]:
    """Return hours, days or months to mark between two times and their labels, with at most this many intervals."""
    width = (end - begin) / max(most, 1)
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    for unit, steps in ((timedelta(hours=1), _HOURS), (timedelta(days=1), _DAYS)):
        for step in (unit * count for count in steps):
            if step >= width:
                first = midnight + -(-(begin - midnight) // step) * step
                times = [first + step * n for n in range(int((end - first) / step) + 1)]
                return [(one, f"{one:%H:%M}" if one.hour else f"{one.day} {one:%b}") for one in times]
    months = next((count for count in _MONTHS if timedelta(days=31 * count) >= width), 120)
    numbers = range(begin.year * 12, end.year * 12 + 12)
    starts = [datetime(n // 12, n % 12 + 1, 1, tzinfo=begin.tzinfo) for n in numbers if n % months == 0]
    return [(one, f"{one:%b %Y}") for one in starts if begin <= one <= end]


def _steps(seconds: float) -> float:
    return seconds * _BELOW_ONE if seconds <= 1 else _BELOW_ONE + math.log10(seconds)
