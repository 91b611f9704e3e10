"""What a chart is made of: rows of bars or points, columns and lines over time, and a week of hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from msvc_toolkit.logs.charts.labels import count
from msvc_toolkit.logs.charts.scales import Axis

INK = "#797979"
"""Words, axes and grid of a picture: 4.3 to 1 on white and on #111, JupyterLab's darkest background."""
ROWS = 12
"""The most rows in a chart, the most important for its question first."""
OUT = ["outbound-api", "outbound-call", "outbound-reply"]
"""The directions of outgoing messages, for bars that count only those."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
Interval = tuple[Sequence[float], Sequence[float], Sequence[float]]
"""Values, and the low and high ends of their intervals."""


class Tint(NamedTuple):
    """How a series is filled: a page's CSS variable, the color where it has none, and a hatch as Matplotlib writes it."""

    token: str
    colour: str
    hatch: str


TINTS = (
    Tint("--c1", "#0072B2", ""),
    Tint("--c2", "#D55E00", "////"),
    Tint("--c3", "#009E73", "...."),
    Tint("--c5", "#CC79A7", "xxxx"),
    Tint("--c6", "#A87900", "----"),
    Tint("--c4", "#7A6FD0", "\\\\\\\\"),
)
"""Those of Okabe and Ito's eight colours that reach a contrast of 3 to 1 on both backgrounds (their orange darkened), and a violet.
Source: Okabe and Ito, Color Universal Design, 2008."""
OTHERS = Tint("--c0", INK, "")
"""The tint of the smaller series that are added up as others."""
_BY_NAME = {
    **dict(zip(("delivered", "failed", "received", "undelivered", "canceled", "in flight"), TINTS, strict=True)),
    "sent": TINTS[5],  # never beside in flight, which counts it
    "unknown": Tint("--c0", INK, "...."),
    "others": OTHERS,
}


@dataclass(frozen=True)
class Bar:
    """A part of a chart that can be clicked: the messages it stands for, as values of the log's columns, and its words."""

    where: Mapping[str, Any]
    words: str


@dataclass(frozen=True)
class Row:
    """One row of a chart: its label, the words after its marks, its messages, and its full text if that differs from the words."""

    label: str
    words: str
    where: Mapping[str, Any]
    said: str = ""


@dataclass(frozen=True)
class Series:
    """Values that belong together.

    Args:
        name: In the legend; empty for a series that needs none.
        values: One for each row, column or time.
        tint: Its colour and hatch.
        low: The lower end of each value's interval, if it has one.
        high: The upper end of the same.
        times: The time of each value, in a chart of lines.
    """

    name: str
    values: Sequence[float]
    tint: Tint
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    times: Sequence[datetime] = ()


def parts(values: Mapping[str, Sequence[float]]) -> list[Series]:
    """Make the series of stacked bars; a status looks the same in every chart, and no two series look alike."""
    free = [tint for tint in TINTS if tint not in {_BY_NAME.get(name) for name in values}]
    return [
        Series(name, one, _BY_NAME.get(name) or (free.pop(0) if free else TINTS[place % len(TINTS)]))
        for place, (name, one) in enumerate(values.items())
    ]


@dataclass(frozen=True)
class Rows:
    """Marks in rows.

    Args:
        rows: The rows.
        series: What is drawn in each.
        axis: The scale of their values.
        kind: Stacked bars, rates with their intervals, or points on one line.
    """

    rows: Sequence[Row]
    series: Sequence[Series]
    axis: Axis
    kind: Literal["bars", "rates", "ranges"] = "bars"

    @property
    def bars(self) -> list[Bar]:
        """What can be clicked."""
        return [Bar(row.where, f"{row.label}: {row.said or row.words}") for row in self.rows]


@dataclass(frozen=True)
class Columns:
    """Series stacked over time: the edges of the columns, and the clickable bars, each with its column."""

    edges: Sequence[datetime]
    series: Sequence[Series]
    axis: Axis
    bars: Sequence[Bar]
    places: Sequence[int]


@dataclass(frozen=True)
class Lines:
    """Rates over time with their intervals, one line for each series."""

    series: Sequence[Series]
    axis: Axis
    bars: Sequence[Bar] = ()

    @property
    def edges(self) -> tuple[datetime, datetime]:
        """The first and the last time."""
        times = [one for series in self.series for one in series.times]
        return min(times), max(times)


@dataclass(frozen=True)
class Week:
    """Messages in each hour of a week, seven days of 24 numbers: the more, the stronger the color."""

    hours: Sequence[Sequence[float]]
    series: Sequence[Series] = ()
    bars: Sequence[Bar] = ()

    @property
    def strengths(self) -> list[list[float]]:
        """From 0 to 1, as the square root; otherwise one campaign would leave the rest of the week without colour."""
        most = max(map(max, self.hours)) or 1
        return [[(n / most) ** 0.5 for n in day] for day in self.hours]

    @property
    def key(self) -> list[tuple[float, str]]:
        """The legend: what a few strengths of color mean, the last with its unit."""
        most = max(map(max, self.hours))
        return [(0.0, "0"), (0.5, f"{most / 4:,.0f}"), (1.0, f"{count(most, 'message')} in an hour")]


def bars(rows: Sequence[Row], values: Sequence[float], place: int, axis: Axis | None = None) -> Rows:
    """Make one bar for each row, the first on top, colored by its place; the default axis has whole numbers."""
    return Rows(rows, [Series("", values, TINTS[place])], axis or Axis(max(values) or 1))


def heap(rows: Sequence[Row], values: Mapping[str, Sequence[float]], label: str) -> Rows:
    """Make rows of stacked bars that count messages."""
    most = max(map(sum, zip(*values.values(), strict=True)))
    return Rows(rows, parts(values), Axis(most or 1, label=label))


def rates(rows: Sequence[Row], points: Mapping[str, Interval]) -> Rows:
    """Make rows of rates with their intervals; if all rates are high, the axis does not start at 0."""
    ends = [[end for values in points.values() for end in values[side] if end == end] for side in (1, 2)]  # noqa: PLR0124 - only NaN differs from itself
    lowest, most = min(ends[0]), max(ends[1])
    begin = 0.0 if lowest < most / 2 else lowest - (most - lowest) * 0.1
    axis = Axis(most + (most - begin) * 0.05 or 0.01, begin, "percent")
    series = [
        Series(name, values, TINTS[place], low, high)
        for place, (name, (values, low, high)) in enumerate(points.items())
    ]
    return Rows(rows, series, axis, "rates")
