"""Charts drawn by Matplotlib, for notebooks and PNG files.

A picture has to be readable on white, on black and in grey print: its background is transparent, its text is a grey that
contrasts with both, and series differ in hatching as well as in colour.
"""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from msvc_toolkit.logs.charts.chart import Chart
from msvc_toolkit.logs.charts.labels import distinct, wrapped
from msvc_toolkit.logs.charts.marks import INK, TINTS, WEEKDAYS, Columns, Lines, Row, Rows, Series, Tint, Week
from msvc_toolkit.logs.charts.scales import Axis, Ticks, time_ticks

SIZE = (7.2, 3.8)
"""Width and height of a chart, inches."""
DPI = 110
LETTERS = 44
"""Letters of a label on one line."""
_ROW, _LABEL_LINE = 0.13, 0.145
"""Height of a row without its label, and of each line of the label, in inches."""
_POINTS = 72.0
_WORDS, _SMALL, _TITLE = 8.5, 7.5, 11.0
_LETTER = 0.52
"""Width of a letter against its size, on average."""
_EDGE = 0.12
"""Inches left free around a chart."""
_LEAST = 0.8
"""Inches that bars get at least, however long the words behind them are."""
_MARKERS, _DASHES = "osD^vx", ("-", "--", "-.", ":")


class ShownAxes(Axes):
    """Axes that a notebook shows as their figure."""

    def _repr_png_(self) -> bytes:
        canvas = self.get_figure(root=True)
        return canvas.png() if isinstance(canvas, Canvas) else b""

    def __repr__(self) -> str:
        return repr(self.get_figure(root=True))


class Canvas(Figure):
    """A figure with one chart, `drawn`, which a notebook shows; pyplot does not know of it."""

    def __init__(self, size: tuple[float, float] = SIZE) -> None:
        super().__init__(figsize=size, dpi=DPI, facecolor="none")
        self.canvas: FigureCanvasAgg = FigureCanvasAgg(self)
        self.drawn = Chart()
        self.add_subplot(axes_class=ShownAxes)

    @property
    def ax(self) -> Axes:
        """The one pair of axes."""
        return self.axes[0]

    def png(self) -> bytes:
        """Return the picture on a transparent background, its words in the file."""
        canvas = self.canvas
        canvas.draw()  # once: `savefig` would do it twice
        picture = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
        picture = picture.quantize(255, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        target, words = io.BytesIO(), PngInfo()
        words.add_itxt("Description", self.drawn.words)
        picture.save(target, "png", compress_level=9, pnginfo=words, dpi=(DPI, DPI))
        return target.getvalue()

    def _repr_png_(self) -> bytes:
        return self.png()

    def __repr__(self) -> str:
        return self.drawn.words


def png(chart: Chart) -> bytes:
    """Return a chart as a PNG file for slides and mails: on white, twice as sharp as in a notebook."""
    canvas = Canvas()
    canvas.set_facecolor("white")
    canvas.set_dpi(2 * DPI)
    draw(chart, canvas.ax)
    return canvas.png()


def draw(chart: Chart, ax: Axes | None = None) -> Axes:
    """Draw a chart in axes, or in a figure of its own."""
    ax = Canvas().ax if ax is None else ax
    figure = ax.get_figure(root=True)
    if isinstance(figure, Canvas):
        figure.drawn = chart
    ax.clear()
    ax.set_facecolor("none")
    for name, spine in ax.spines.items():
        spine.set_visible(name == "bottom" and chart.marks is not None)
        spine.set_color(INK)
    ax.tick_params(colors=INK, labelsize=_WORDS, length=2.5)
    ax.set_axisbelow(True)
    left = ""
    match chart.marks:
        case Rows() as marks:
            _rows(ax, marks)
        case Columns() as marks:
            left = _columns(ax, marks)
        case Lines() as marks:
            left = _lines(ax, marks)
        case Week() as marks:
            left = _week(ax, marks)
        case None:
            ax.set(xticks=[], yticks=[])
            empty = "\n".join(textwrap.wrap(chart.empty, 60))
            _say(ax, empty, (0, 0), at=(0.5, 0.5), size=_WORDS + 1, ha="center", va="center")
    _words(ax, chart, left)
    return ax


def _rows(ax: Axes, marks: Rows) -> None:
    axis, series, places = marks.axis, marks.series, np.arange(len(marks.rows), dtype=float)
    if axis.unit == "seconds":
        ax.set_xscale("symlog", linthresh=1.0, linscale=0.5)
    if marks.kind == "bars":
        _bars(ax, series, places)
    else:
        _points(ax, series, places, apart=0.3 if marks.kind == "rates" else 0.0)
    if axis.limit is not None:
        ax.axvline(axis.limit, color=INK, linestyle="--", linewidth=1.4)
    ax.set_xlim(axis.low, axis.high)
    _ticks(ax.xaxis, axis.ticks(_most_ticks(axis)))
    ax.minorticks_off()
    ax.set_yticks(places, ["\n".join(wrapped(row.label, LETTERS)) for row in marks.rows])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(places) - 0.4, -0.6)
    for at, row in zip(places, marks.rows, strict=True):
        _say(ax, row.words, (5 / _POINTS, 0), at=(1, at), xycoords=("axes fraction", "data"), va="center")


def _bars(ax: Axes, series: Sequence[Series], places: np.ndarray[Any, Any]) -> None:
    """Draw parts that follow each other, and the intervals of those that have one."""
    left = np.zeros(len(places))
    for one in series:
        ax.barh(places, one.values, left=left, height=0.66, label=one.name, **_fill(one.tint))
        left = left + np.asarray(one.values, dtype=float)
    for one in (one for one in series if len(one.low)):
        ax.hlines(places, one.low, one.high, color="#ffffff", linewidth=4.5)
        ax.hlines(places, one.low, one.high, color="#111111", linewidth=2.0)
        for ends in (one.low, one.high):
            ax.vlines(ends, places - 0.2, places + 0.2, color="#111111", linewidth=1.2)


def _points(ax: Axes, series: Sequence[Series], places: np.ndarray[Any, Any], apart: float) -> None:
    """Draw points, apart with their intervals or joined by one line."""
    if not apart:
        values = np.array([one.values for one in series], dtype=float)
        ax.hlines(places, np.nanmin(values, axis=0), np.nanmax(values, axis=0), color=INK, linewidth=1.6)
    for number, one in enumerate(series):
        at, colour = places + (number - (len(series) - 1) / 2) * apart, one.tint.colour
        if len(one.low):
            ax.hlines(at, one.low, one.high, color=colour, linewidth=2)
        ax.plot(one.values, at, _MARKERS[number], color=colour, label=one.name, markersize=6, linestyle="none")


def _columns(ax: Axes, marks: Columns) -> str:
    edges = dates.date2num(list(marks.edges))
    floor = np.zeros(len(edges) - 1)
    for one in marks.series:
        top = floor + np.asarray(one.values, dtype=float)
        ax.stairs(top, edges, baseline=floor, fill=True, label=one.name, **_fill(one.tint))
        floor = top
    ax.set_ylim(0, marks.axis.high)
    _timeline(ax, marks)
    return _ticks(ax.yaxis, marks.axis.ticks(5))


def _lines(ax: Axes, marks: Lines) -> str:
    for number, one in enumerate(marks.series):
        colour, at = one.tint.colour, dates.date2num(list(one.times))
        ax.fill_between(at, one.low, one.high, color=colour, alpha=0.22, linewidth=0)
        style: dict[str, Any] = {"color": colour, "linewidth": 1.6, "marker": _MARKERS[number], "markersize": 3}
        ax.plot(at, one.values, _DASHES[number % 4], label=one.name, **style)
    ax.set_ylim(0, 1.02 * marks.axis.high)
    _timeline(ax, marks)
    return _ticks(ax.yaxis, marks.axis.ticks(5))


def _week(ax: Axes, marks: Week) -> str:
    cells = np.empty((7, 24, 4))
    cells[..., :3], cells[..., 3] = to_rgb(TINTS[0].colour), marks.strengths
    ax.imshow(cells, aspect="auto", interpolation="nearest")
    ax.set_xticks(range(0, 24, 3), [f"{hour:02}:00" for hour in range(0, 24, 3)])
    ax.set_yticks(range(7), WEEKDAYS)
    for strength, words in marks.key:
        ax.fill_between([], [], [], color=(*to_rgb(TINTS[0].colour), max(strength, 0.05)), label=words)
    return WEEKDAYS[2]


def _fill(tint: Tint) -> dict[str, Any]:
    """Return how an area is filled; hatches have the colour of its edge, which is not drawn."""
    return {"facecolor": tint.colour, "hatch": tint.hatch, "edgecolor": "#ffffffb0", "linewidth": 0.0}


def _most_ticks(axis: Axis) -> int:
    return 8 if axis.unit == "seconds" else 5


def _fitting(axis: Axis, inches: float) -> Ticks:
    """Return as many ticks as fit beside each other."""
    for most in range(_most_ticks(axis), 0, -1):
        ticks = axis.ticks(most)
        ends = [(inches * axis.share(value), _inches(label) / 2) for value, label in ticks]
        if all(at + half + 0.06 <= after - wide for (at, half), (after, wide) in pairwise(ends)):
            break
    return ticks


def _ticks(axis: Any, ticks: Ticks) -> str:
    """Mark ticks on an axis, with lines across; returns the longest label."""
    axis.set_ticks([value for value, _ in ticks], [label for _, label in ticks])
    axis.grid(visible=True, color=INK, alpha=0.28, linewidth=0.6)
    return max((label for _, label in ticks), key=len, default="")


def _timeline(ax: Axes, marks: Columns | Lines) -> None:
    begin, end = marks.edges[0], marks.edges[-1]
    ticks = time_ticks(begin, end, 8)
    ax.set_xticks(dates.date2num([at for at, _ in ticks]), [label for _, label in ticks])
    if begin < end:
        ax.set_xlim(*dates.date2num([begin, end]))


def _words(ax: Axes, chart: Chart, left: str) -> None:
    """Write what belongs around the chart, and leave room for it: the question, the window, the legend and the notes."""
    figure: Any = ax.get_figure(root=True)
    own = isinstance(figure, Canvas)
    rows: Sequence[Row] = chart.marks.rows if isinstance(chart.marks, Rows) else ()
    label = chart.marks.axis.label if isinstance(chart.marks, Rows) else ""
    width, height = SIZE if own else (ax.bbox.width / figure.dpi, 1.0)
    lines_of = [wrapped(row.label, LETTERS) for row in rows]
    before = max(0.5, *(_inches(line) for lines in lines_of for line in lines), _inches(left)) + 0.12 if own else 0.0
    behind = min(max((_inches(row.words) for row in rows), default=0.0) + 0.3, width - before - _EDGE - _LEAST)
    notes = _wrapped([chart.under, chart.complete], width - 2 * _EDGE, _SMALL)
    heads = _wrapped([chart.title], width - 2 * _EDGE, _TITLE)
    handles = ax.get_legend_handles_labels()[0]
    names = ["\n".join(wrapped(name, LETTERS)) for name in distinct(one.name for one in chart.legend)]
    if isinstance(chart.marks, Week):
        names = [words for _, words in chart.marks.key]
    widest = max((_inches(line) + 0.48 for name in names for line in name.split("\n")), default=1.0)
    lines = math.ceil(len(names) / max(int((width - 2 * _EDGE) / widest), 1))
    named = (0.2 + _LABEL_LINE * max((name.count("\n") for name in names), default=0)) * lines
    below = 0.5 if label else 0.3
    if own:
        above, under = _EDGE + 0.2 * len(heads) + 0.26 + named, _EDGE + 0.145 * len(notes) + below
        if rows:  # as high as its rows need
            height = above + under + sum(max(_ROW + _LABEL_LINE * len(lines), 0.22) for lines in lines_of)
        figure.set_size_inches(width, height)
        sides = {"left": (before + _EDGE) / width, "right": 1 - behind / width}
        figure.subplots_adjust(**sides, top=1 - above / height, bottom=under / height)
        if isinstance(chart.marks, Rows):
            _ticks(ax.xaxis, _fitting(chart.marks.axis, width - before - _EDGE - behind))
    _say(ax, "\n".join(heads), (-before, named + 0.27), size=_TITLE, weight="bold", va="bottom")
    _say(ax, chart.window, (-before, named + 0.08), va="bottom")
    if lines:
        place = ax.transAxes + ScaledTranslation(-before, 0, figure.dpi_scale_trans)
        spaces = {"borderaxespad": 0.1, "handlelength": 1.4, "columnspacing": 1.2, "borderpad": 0.1}
        words = {"frameon": False, "fontsize": _WORDS, "labelcolor": INK, "ncols": math.ceil(len(names) / lines)}
        ax.legend(handles, names, loc="lower left", bbox_to_anchor=(0, 1), bbox_transform=place, **words, **spaces)
    _say(ax, label, (0, -0.24), at=(0.0, 0.0), va="top")
    _say(ax, "\n".join(notes), (-before, -below), at=(0.0, 0.0), size=_SMALL, va="top")


def _inches(words: str) -> float:
    return len(words) * _WORDS * _LETTER / _POINTS


def _wrapped(sentences: Sequence[str], inches: float, size: float) -> list[str]:
    letters = max(int(inches * _POINTS / (size * _LETTER)), 20)
    return [line for sentence in sentences if sentence for line in textwrap.wrap(sentence, letters)]


def _say(
    ax: Axes, words: str, inches: tuple[float, float], *, at: tuple[float, float] = (0.0, 1.0), **style: Any
) -> None:
    """Write words this many inches from a place, by default the upper left corner."""
    if words:
        offset = (inches[0] * _POINTS, inches[1] * _POINTS)
        style = {"xycoords": "axes fraction", "size": _WORDS, "ha": "left", "linespacing": 1.25, **style}
        ax.annotate(words, at, xytext=offset, textcoords="offset points", color=INK, annotation_clip=False, **style)
