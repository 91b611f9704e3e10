"""One chart while it is drawn: empty axes in our colours, then the words around them."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation

from msvc_toolkit.logs.certificate import Certificate
from msvc_toolkit.logs.charts.canvas import INK, Canvas, drawn, figure_of
from msvc_toolkit.logs.charts.labels import short

_POINTS = 72.0
_WORDS, _SMALL, _TITLE = 8.5, 7.5, 11.0
_LETTER = 0.52
"""Width of a letter against its size, on average."""
_EDGE = 0.12
"""Inches left free around a chart."""
_LEAST = 0.8
"""Inches that bars get at least, however long the words behind them are."""


@dataclass(frozen=True)
class Row:
    """One row of a chart that has rows.

    Args:
        label: What stands left of it.
        words: What stands right of it.
        where: Which messages it stands for.
    """

    label: str
    words: str
    where: Mapping[str, Any]


class About(TypedDict, total=False):
    """What every chart is told besides its numbers.

    Args:
        certificate: How complete the log is.
        zone: Time zone of everything that is shown; UTC when not given.
        names: Friendly names by SID or number.
        bare: Leave out the question, the window and the notes, because they stand beside the picture as text.
    """

    certificate: Certificate | None
    zone: str
    names: Mapping[str, str] | None
    bare: bool


class Sheet:
    """One chart while it is drawn: empty axes in our colours, then the words around them.

    Args:
        title: The question the chart answers.
        ax: Axes to draw in; None makes a figure for them.
        about: What it is told besides its numbers.
    """

    def __init__(self, title: str, ax: Axes | None, about: About) -> None:
        self.title = title
        self.ax = ax = Canvas().ax if ax is None else ax
        self.certificate, self.zone = about.get("certificate"), about.get("zone") or "UTC"
        self.names = about.get("names") or {}
        self.bare = about.get("bare", False)
        self.drawn = drawn(ax)
        if self.drawn.title == title and not self.drawn.empty:
            _wipe(ax)
        else:
            ax.clear()
            _dress(ax)
        self.drawn.title, self.drawn.bars = title, []
        self.drawn.told = self.drawn.under = self.drawn.empty = ""

    def nothing(self, sentence: str) -> Axes:
        """Write a sentence where the chart would be empty."""
        self.drawn.empty = sentence
        self.ax.clear()
        _dress(self.ax)
        self.ax.grid(visible=False)
        self.ax.set(xticks=[], yticks=[])
        self.ax.spines["bottom"].set_visible(False)
        self.ax.text(
            0.5, 0.5, "\n".join(textwrap.wrap(sentence, 60)), transform=self.ax.transAxes, ha="center", va="center",
            color=INK, fontsize=_WORDS + 1,
        )  # fmt: skip
        return self.finish()

    def finish(
        self, *, rows: Sequence[Row] = (), left: str = "", legend: bool = False, under: str = "", xlabel: str = ""
    ) -> Axes:
        """Write what belongs around the chart: the question, the window and zone, and how complete the log is.

        Args:
            rows: What stands left and right of the axes.
            left: The longest label left of them when there are no rows.
            legend: Whether the series are named above.
            under: A sentence of the chart's own, below it.
            xlabel: What the lower axis measures.
        """
        ax, figure = self.ax, figure_of(self.ax)
        own = isinstance(figure, Canvas)
        width, height = figure.get_size_inches() if own else (ax.bbox.width / figure.dpi, 1.0)
        before = max(0.5, *(_inches(short(row.label)) for row in rows), _inches(left)) + 0.12 if own else 0.0
        behind = min(max((_inches(row.words) for row in rows), default=0.0) + 0.2, width - before - _EDGE - _LEAST)
        complete = self.certificate.told(self.zone) if self.certificate else ""
        self.drawn.under = under.strip()
        notes = _wrapped([] if self.bare else [self.drawn.under, complete], width - 2 * _EDGE, _SMALL)
        heads = _wrapped([] if self.bare else [self.title], width - 2 * _EDGE, _TITLE)
        names = [*ax.get_legend_handles_labels()[1]] if legend else []
        widest = max((_inches(name) + 0.48 for name in names), default=1.0)
        lines = math.ceil(len(names) / max(int((width - 2 * _EDGE) / widest), 1))
        named = 0.2 * lines
        below = 0.3 + (0.2 if xlabel else 0.0)
        if own:
            figure.subplots_adjust(
                left=(before + _EDGE) / width,
                right=1 - behind / width,
                top=1 - (_EDGE + (0.2 * len(heads) + 0.26) * bool(heads) + named) / height,
                bottom=(_EDGE + 0.145 * len(notes) + below) / height,
            )
        if heads:
            _say(ax, "\n".join(heads), (-before, named + 0.27), size=_TITLE, weight="bold", va="bottom")
            _say(ax, window(self.certificate, self.zone), (-before, named + 0.08), size=_WORDS, va="bottom")
        if lines:
            ax.legend(
                loc="lower left", bbox_to_anchor=(0, 1), ncols=math.ceil(len(names) / lines), frameon=False, fontsize=_WORDS, labelcolor=INK,
                borderaxespad=0.1, handlelength=1.4, columnspacing=1.2, borderpad=0.1,
                bbox_transform=ax.transAxes + ScaledTranslation(-before, 0, figure.dpi_scale_trans),
            )  # fmt: skip
        if xlabel:
            _say(ax, xlabel, (0, -0.24), at=(0.0, 0.0), size=_WORDS, va="top")
        if notes:
            _say(ax, "\n".join(notes), (-before, -below), at=(0.0, 0.0), size=_SMALL, va="top")
        return ax


def _dress(ax: Axes) -> None:
    """Give new axes our colours."""
    ax.set_facecolor("none")
    for name, spine in ax.spines.items():
        spine.set_visible(name == "bottom")
        spine.set_color(INK)
    ax.tick_params(colors=INK, labelsize=_WORDS, length=2.5)
    ax.grid(visible=True, axis="y", color=INK, alpha=0.28, linewidth=0.6)
    ax.set_axisbelow(True)


def _wipe(ax: Axes) -> None:
    """Take the data of the same chart's last drawing off the axes; making their ticks anew would take longest of all."""
    for artist in (*ax.patches, *ax.lines, *ax.collections, *ax.texts, *ax.images):
        artist.remove()
    ax.containers.clear()
    legend = ax.get_legend()
    if legend is not None:
        legend.remove()


def window(certificate: Certificate | None, zone: str) -> str:
    """Say which time a chart is about, in its zone."""
    if certificate is None or certificate.since is None or certificate.until is None:
        return f"time zone {zone}"
    there: tzinfo = ZoneInfo(zone)
    since, until = certificate.since.astimezone(there), certificate.until.astimezone(there)
    return f"{since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M}, time zone {zone}"


def _inches(words: str) -> float:
    return len(words) * _WORDS * _LETTER / _POINTS


def _wrapped(sentences: Sequence[str], inches: float, size: float) -> list[str]:
    letters = max(int(inches * _POINTS / (size * _LETTER)), 20)
    return [line for sentence in sentences if sentence for line in textwrap.wrap(sentence, letters)]


def _say(
    ax: Axes, words: str, inches: tuple[float, float], *, at: tuple[float, float] = (0.0, 1.0), size: float, va: str,
    weight: str = "normal",
) -> None:  # fmt: skip
    offset = (inches[0] * _POINTS, inches[1] * _POINTS)
    ax.annotate(
        words, at, xycoords="axes fraction", xytext=offset, textcoords="offset points", color=INK, fontsize=size,
        va=va, ha="left", fontweight=weight, annotation_clip=False, linespacing=1.25,
    )  # fmt: skip
