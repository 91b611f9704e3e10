"""The shapes charts are made of: bars, shares, ranges, stacks over time, and a week of hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from msvc_toolkit.logs.charts.canvas import COLOURS, HATCHES, INK, Bar, drawn
from msvc_toolkit.logs.charts.labels import short, span
from msvc_toolkit.logs.charts.layout import Row

ROWS = 12
"""How many rows a chart holds at most, the most important for its question first."""
Interval = tuple[Sequence[float], Sequence[float], Sequence[float]]
"""Values, and the low and high ends of the intervals they lie in."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LIGHT: dict[str, Any] = {"edgecolor": "#ffffffb0", "linewidth": 0.0}
"""Hatches are drawn in the edge's colour; the edge itself is not."""


def bars(ax: Axes, rows: Sequence[Row], values: Sequence[float], *, colour: int = 0) -> None:
    """Draw one bar a row, the first on top."""
    places = range(len(rows))
    ax.barh(places, values, height=0.7, color=COLOURS[colour], hatch=HATCHES[colour], **_LIGHT)
    most = max(values, default=0) or 1
    ax.set_xlim(0, most)
    _rows(ax, rows, most)


def shares(
    ax: Axes, rows: Sequence[Row], parts: Mapping[str, Sequence[float]],
    interval: tuple[Sequence[float], Sequence[float]] | None = None,
) -> None:  # fmt: skip
    """Draw how each row's whole is made of parts, and the interval the first part lies in."""
    heap(ax, rows, parts)
    if interval:
        places, (low, high) = np.arange(len(rows)), interval
        ax.hlines(places, low, high, color="#ffffff", linewidth=4.5)
        ax.hlines(places, low, high, color="#111111", linewidth=2.0)
        ax.vlines([*low, *high], np.tile(places - 0.2, 2), np.tile(places + 0.2, 2), color="#111111", linewidth=1.2)
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0))


def heap(ax: Axes, rows: Sequence[Row], parts: Mapping[str, Sequence[float]]) -> None:
    """Draw rows of parts that follow each other."""
    places, left = np.arange(len(rows)), np.zeros(len(rows))
    for place, (name, values) in enumerate(parts.items()):
        colour, hatch = style(name, place)
        ax.barh(places, values, left=left, height=0.66, color=colour, hatch=hatch, label=name, **_LIGHT)
        left = left + np.asarray(values, dtype=float)
    most = float(left.max()) or 1.0
    ax.set_xlim(0, most)
    _rows(ax, rows, most)


def rates(ax: Axes, rows: Sequence[Row], points: Mapping[str, Interval]) -> None:
    """Draw several rates a row with their intervals, one below the other."""
    shapes = "osD"
    places = np.arange(len(rows), dtype=float)
    for number, (name, (values, low, high)) in enumerate(points.items()):
        at = places + (number - (len(points) - 1) / 2) * 0.3
        ax.hlines(at, low, high, color=COLOURS[number], linewidth=2)
        ax.plot(values, at, shapes[number], color=COLOURS[number], label=name, markersize=6, linestyle="none")
    lowest, most = (
        float(reach([reach(series[at]) for series in points.values()]))
        for reach, at in ((np.nanmin, 1), (np.nanmax, 2))
    )
    begin = 0.0 if lowest < most / 2 else lowest - (most - lowest) * 0.1  # a rate near 1 is not told apart from 0 on
    end = most + (most - begin) * 0.05 or 0.01
    ax.set_xlim(begin, end)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0))
    _rows(ax, rows, end, begin)


def ranges(ax: Axes, rows: Sequence[Row], points: Mapping[str, Sequence[float]]) -> None:
    """Draw several points a row on one line, on a scale where each step is ten times the one before."""
    marks = "osD^v"
    values = np.array([list(series) for series in points.values()], dtype=float)
    places = np.arange(len(rows))
    ax.set_xscale("symlog", linthresh=1.0, linscale=0.5)
    ax.hlines(places, np.nanmin(values, axis=0), np.nanmax(values, axis=0), color=INK, linewidth=1.6)
    for place, (name, series) in enumerate(points.items()):
        ax.plot(series, places, marks[place], color=COLOURS[place], label=name, markersize=6.5, linestyle="none")
    most = float(np.nanmax(values)) * 1.3 or 1.0
    ax.set_xlim(0, most)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: span(seconds)))
    ax.xaxis.set_major_locator(_Spans(most))
    ax.xaxis.minorticks_off()
    _rows(ax, rows, most)


def stack(
    ax: Axes, moments: Sequence[datetime], series: Mapping[str, Sequence[float]], step: timedelta, told: Sequence[Bar]
) -> None:
    """Draw series on top of each other over time.

    Args:
        ax: The axes.
        moments: When each column begins.
        series: What stands on top of each other, from below.
        step: How wide a column is.
        told: What each column stands for; its place is worked out here.
    """
    begins = dates.date2num(list(moments))
    width = step / timedelta(days=1)
    # A moment without messages is a gap, not a bridge: the columns stand on a full row of steps.
    place = np.rint((begins - begins[0]) / width).astype(int)
    edges = begins[0] + np.arange(place[-1] + 2) * width
    floor = np.zeros(place[-1] + 1)
    for number, (name, values) in enumerate(series.items()):
        full = np.zeros_like(floor)
        np.add.at(full, place, np.asarray(values, dtype=float))
        colour, hatch = style(name, number)
        ax.stairs(floor + full, edges, baseline=floor, fill=True, facecolor=colour, hatch=hatch, label=name, **_LIGHT)
        floor = floor + full
    top = (float(floor.max()) or 1.0) * 1.04
    ax.set(xlim=(edges[0], edges[-1]), ylim=(0, top))
    timeline(ax)
    counts(ax.yaxis)
    drawn(ax).bars = [
        replace(bar, box=(begin, 0.0, begin + width, top)) for begin, bar in zip(begins, told, strict=True)
    ]


def lines(ax: Axes, series: Mapping[str, tuple[Sequence[datetime], Interval]]) -> None:
    """Draw rates over time with the intervals they lie in, each with its own mark and dashes."""
    dashes, shapes = ("-", "--", "-.", ":"), "os^Dvx"
    for number, (name, (moments, (values, low, high))) in enumerate(series.items()):
        colour, at = COLOURS[number], dates.date2num(list(moments))
        ax.fill_between(at, low, high, color=colour, alpha=0.22, linewidth=0)
        ax.plot(
            at, values, dashes[number % 4], color=colour, label=name, linewidth=1.6, marker=shapes[number], markersize=3
        )
    ax.set_ylim(0, 1.02)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    timeline(ax)


def week(ax: Axes, grid: np.ndarray[Any, Any]) -> None:
    """Draw seven days of 24 hours, the more the lighter, with a scale beside them.

    The lightness follows the square root, or one campaign would leave the rest of the week dark.
    """
    most = float(grid.max())
    ax.imshow(np.sqrt(grid), aspect="auto", cmap="cividis", vmin=0, vmax=np.sqrt(most), interpolation="nearest")
    ax.grid(visible=False)
    ax.set_xticks(range(0, 24, 3), [f"{hour:02}:00" for hour in range(0, 24, 3)])
    ax.set_yticks(range(7), WEEKDAYS)
    scale: Any = ax.child_axes[0] if ax.child_axes else ax.inset_axes((1.015, 0, 0.022, 1))
    if not scale.images:
        scale.imshow(np.linspace(0, 1, 64)[:, None], aspect="auto", cmap="cividis", origin="lower", extent=(0, 1, 0, 1))
        scale.set_xticks([])
        scale.tick_params(colors=INK, labelsize=8, length=2, left=False, labelleft=False, right=True, labelright=True)
        for spine in scale.spines.values():
            spine.set_visible(False)
    marks = np.unique(np.rint(np.array([0, 0.1, 0.3, 0.6, 1]) * most))
    scale.set_yticks(np.sqrt(marks / most), [f"{mark:,.0f}" for mark in marks])


def style(name: str, place: int) -> tuple[str, str]:
    """Return the colour and hatching of a series: what has a meaning has its own, everywhere the same."""
    return _MEANT.get(name) or (COLOURS[place % len(COLOURS)], HATCHES[place % len(HATCHES)])


def counts(axis: Any) -> None:
    """Mark whole numbers on an axis, their thousands set apart."""
    axis.set_major_locator(MaxNLocator(5, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def hundredths(axis: Any) -> None:
    """Mark shares on an axis."""
    axis.set_major_locator(MaxNLocator(5))
    axis.set_major_formatter(PercentFormatter(1.0))


def timeline(ax: Axes) -> None:
    """Mark days and hours on the lower axis as briefly as they can be told."""
    locator = dates.AutoDateLocator(minticks=3, maxticks=8)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator, show_offset=False))


class _Spans(MaxNLocator):
    """Marks at durations people know."""

    def __init__(self, most: float) -> None:
        super().__init__()
        self._most = most

    def __call__(self) -> list[float]:
        return [mark for mark in (0, 1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400, 259_200) if mark <= self._most]


_MEANT = {
    "delivered": (COLOURS[0], ""),
    "failed": (COLOURS[1], "////"),
    "undelivered": (COLOURS[3], "xxxx"),
    "unknown": (INK, "...."),
    "in flight": (COLOURS[5], "----"),
    "canceled": (COLOURS[4], "\\\\\\\\"),
    "received": (COLOURS[2], "...."),
    "others": (INK, ""),
}  # fmt: skip


def _rows(ax: Axes, rows: Sequence[Row], most: float, least: float = 0.0) -> None:
    """Write what stands left and right of each row, and note where it is."""
    ax.set_yticks(range(len(rows)), [short(row.label) for row in rows])
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x", color=INK, alpha=0.28, linewidth=0.6)
    ax.set_ylim(max(len(rows), 5) - 0.4, -0.6)
    for place, row in enumerate(rows):
        ax.annotate(row.words, (1, place), xycoords=("axes fraction", "data"), xytext=(5, 0), textcoords="offset points",
                    va="center", color=INK, fontsize=8.5, annotation_clip=False)  # fmt: skip
    drawn(ax).bars = [
        Bar(row.where, f"{row.label}: {row.words}", (least, place + 0.45, most, place - 0.45))
        for place, row in enumerate(rows)
    ]
