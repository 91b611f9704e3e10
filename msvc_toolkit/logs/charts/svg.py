"""Charts drawn as SVG, for the explorer and the report: sharp at any size, in the colours and the font of the page.

The words around a chart, its question and its notes, are text of the page and not drawn here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from html import escape
from itertools import accumulate, pairwise
from unicodedata import east_asian_width
from zlib import crc32

from msvc_toolkit.logs.charts.chart import Chart
from msvc_toolkit.logs.charts.labels import count, distinct, wrapped
from msvc_toolkit.logs.charts.marks import TINTS, WEEKDAYS, Bar, Columns, Lines, Rows, Series, Tint, Week
from msvc_toolkit.logs.charts.scales import time_ticks

WIDTH = 360
"""Width of a chart in pixels; a page may show it a little larger or smaller, with its text."""
_FONT, _LINE, _HIGH, _GAP = 11, 15, 160, 8
_LEAST = 90
"""Pixels that bars get at least beside their words."""
_KEY = "\0"
"""In the place of what makes a chart's IDs unique on a page, until its content is known; no text contains it."""
_HATCHES = {
    "/": "M-1,1l2,-2M0,6l6,-6M5,7l2,-2",
    "\\": "M5,-1l2,2M0,0l6,6M-1,5l2,2",
    ".": "M1,2h1.6M4,5h1.6",
    "-": "M0,3h6",
    "x": "M0,0l6,6M0,6l6,-6",
}
_MARKERS = (
    "m-4,0a4,4 0 1,0 8,0a4,4 0 1,0 -8,0",
    "m-3.5,-3.5h7v7h-7z",
    "m0,-5l5,5l-5,5l-5,-5z",
    "m0,-4.5l4.5,8h-9z",
    "m0,4.5l4.5,-8h-9z",
    "m-1.2,-4h2.4v2.8h2.8v2.4h-2.8v2.8h-2.4v-2.8h-2.8v-2.4h2.8z",
)
_DASHES = ("", "6 3", "6 3 1.5 3", "1.5 3")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def draw(chart: Chart, width: float = WIDTH, *, clickable: bool = False) -> str:
    """Return a chart as an SVG element that fits a width, its bars as buttons if clickable; nothing without marks."""
    legend, top = _legend(chart, width)
    match chart.marks:
        case Rows() as marks:
            body, height = _rows(marks, width, top, clickable=clickable)
        case Columns() as marks:
            body, height = _columns(marks, width, top, clickable=clickable)
        case Lines() as marks:
            body, height = _lines(marks, width, top)
        case Week() as marks:
            body, height = _week(marks, width, top)
        case None:
            return ""
    words = _escaped(chart.words)
    buttons = clickable and chart.bars
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -1 {width + 8:g} {height + 2:.0f}" font-size="{_FONT}" fill="currentColor" '
        f'style="display:block;width:100%;max-width:{1.1 * width + 8:.0f}px;height:auto" role="{"toolbar" if buttons else "img"}" '
        f'aria-label="{words}">{"" if buttons else f"<title>{words}</title>"}{_patterns(chart)}{legend}{body}</svg>'
    )
    return drawn.replace(_KEY, f"msvc-{crc32(drawn.encode()):08x}")


def _legend(chart: Chart, width: float) -> tuple[str, float]:
    """Name the series, and return where the chart begins below them."""
    if isinstance(chart.marks, Week):
        return _scale(chart.marks), _LINE + 6.0
    drawn, x, y = [], 0.0, 0.0
    points = isinstance(chart.marks, Lines) or (isinstance(chart.marks, Rows) and chart.marks.kind != "bars")
    for place, (one, name) in enumerate(zip(chart.legend, distinct(one.name for one in chart.legend), strict=True)):
        first, *more = wrapped(name, width - 18, _width)
        wide = 18 + _width(first)
        x, y = (0.0, y + _LINE) if x and (more or x + wide > width) else (x, y)
        swatch = (
            _marker(place, x + 6, y + 6, one.tint)
            if points
            else f'<rect x="{x:.1f}" y="{y + 1:.1f}" width="11" height="10" fill="{_fill(one.tint)}"/>'
        )
        drawn.append(swatch + _text(x + 16, y + 10, first, "start"))
        for line in more:
            y += _LINE
            drawn.append(_text(x + 16, y + 10, line, "start"))
        x = width if more else x + wide + 12
    return "".join(drawn), y + _LINE + 4 if drawn else 3.0


def _scale(marks: Week) -> str:
    """Say how many messages the strengths of the color stand for."""
    drawn, x = [], 0.0
    for strength, words in marks.key:
        box, colour = f'x="{x:.1f}" y="1" width="11" height="10"', _colour(TINTS[0])
        drawn.append(f'<rect {box} fill-opacity=".07"/><rect {box} fill="{colour}" fill-opacity="{strength:.2f}"/>')
        drawn.append(_text(x + 16, 10, words, "start"))
        x += 28 + _width(words)
    return "".join(drawn)


def _rows(marks: Rows, width: float, top: float, *, clickable: bool) -> tuple[str, float]:
    """Draw each row with its label before the marks and its words behind them; long labels are above the marks."""
    behind = max(_width(row.words) for row in marks.rows)
    before = max(_width(row.label) for row in marks.rows)
    beside = width - before - behind - 2 * _GAP >= _LEAST
    apart = not beside and width - behind - _GAP < _LEAST  # the words need a line of their own as well
    labels = [[row.label] if beside else wrapped(row.label, width, _width) for row in marks.rows]
    left, right = before + _GAP if beside else 0.0, width if apart else width - behind - _GAP
    if marks.kind != "bars":
        left, right = left + 5, right - 5
    high = 24.0 if marks.kind == "rates" else 20.0
    above = [0.0 if beside else 13.0 * (len(lines) + apart) for lines in labels]
    begins = [*accumulate((high + one for one in above), initial=top)]
    bottom = begins.pop()

    def at(value: float) -> float:
        return left + (right - left) * min(max(marks.axis.share(value), 0.0), 1.0)

    most = 8 if marks.axis.unit == "seconds" else 5
    words, bottoms, xs = _lower_axis(
        lambda most: [(at(x), name) for x, name in marks.axis.ticks(most)], bottom, width, most
    )
    if marks.axis.label:
        words, bottoms = words + _text(left, bottoms + _LINE - 4, marks.axis.label, "start"), bottoms + _LINE
    rows = ""
    for place, (row, bar, lines, y) in enumerate(zip(marks.rows, marks.bars, labels, begins, strict=True)):
        middle = y + above[place] + high / 2 - (0 if beside else 3)
        text = _hit(-3, y, width + 6, high + above[place])
        if beside:
            text += _text(before, middle + 4, lines[0], "end")
        else:
            text += "".join(_text(0, y + 11 + 13 * number, line, "start") for number, line in enumerate(lines))
        x, below = (0.0, y + 11 + 13 * len(lines)) if apart else (width, middle + 4)
        text += _text(x, below, row.words, "start" if apart else "end")
        rows += _bar(place, bar, f"{text}{_marks(marks, place, middle, at)}", clickable=clickable)
    if beside:
        begins, ends = [top], [bottom]
    else:
        begins = [begin + one for begin, one in zip(begins, above, strict=True)]
        ends = [begin + high - 6 for begin in begins[:-1]] + [bottom]

    def across(x: float) -> str:
        return "".join(f"M{x:.1f},{begin:.1f}V{end:.1f}" for begin, end in zip(begins, ends, strict=True))

    grid = f'<path d="{"".join(map(across, xs))}" stroke="currentColor" stroke-opacity=".2"/>'
    if marks.axis.limit is not None:
        grid += f'<path d="{across(at(marks.axis.limit))}" stroke="currentColor" stroke-width="1.4" stroke-dasharray="4 3"/>'
    return grid + words + rows, bottoms


def _marks(marks: Rows, place: int, y: float, at: Callable[[float], float]) -> str:
    """Draw what is in one row, around its middle."""
    series = marks.series
    if marks.kind == "bars":
        drawn, begin = "", marks.axis.low
        for one in series:
            end = begin + one.values[place]
            if one.values[place]:
                wide = max(at(end) - at(begin), 0.8)  # one message among thousands is seen
                drawn += f'<rect x="{at(begin):.1f}" y="{y - 6:.1f}" width="{wide:.1f}" height="12" fill="{_fill(one.tint)}"/>'
            begin = end
        for one in series:
            if len(one.low):
                low, high = at(one.low[place]), at(one.high[place])
                line = f"M{low:.1f},{y:.1f}H{high:.1f}"
                ends = "".join(f"M{x:.1f},{y - 3.5:.1f}v7" for x in (low, high))
                drawn += f'<path d="{line}" stroke="#fff" stroke-width="4"/><path d="{line}{ends}" stroke="#111" stroke-width="1.6"/>'
        return drawn
    drawn = ""
    if marks.kind == "ranges":
        known = [at(one.values[place]) for one in series if one.values[place] == one.values[place]]
        drawn = f'<path d="M{min(known):.1f},{y:.1f}H{max(known):.1f}" stroke="currentColor" stroke-opacity=".6" stroke-width="1.6"/>'
    for number, one in enumerate(series):
        middle = y + (number - (len(series) - 1) / 2) * (9 if marks.kind == "rates" else 0)
        if one.values[place] != one.values[place]:
            continue
        if len(one.low):
            drawn += f'<path d="M{at(one.low[place]):.1f},{middle:.1f}H{at(one.high[place]):.1f}" stroke="{_colour(one.tint)}" stroke-width="2"/>'
        drawn += _marker(number, at(one.values[place]), middle, one.tint)
    return drawn


def _columns(marks: Columns, width: float, top: float, *, clickable: bool) -> tuple[str, float]:
    drawn, at, below = _over_time(marks, width, top)
    xs = [at(edge) for edge in marks.edges]
    unit, floor = _HIGH / marks.axis.high, [0.0] * (len(xs) - 1)
    for one in marks.series:
        cells = ""
        for place, value in enumerate(one.values):
            if value:
                wide = xs[place + 1] - xs[place]
                wide -= min(wide * 0.2, 1.5)
                floor[place] += value
                y = top + _HIGH - floor[place] * unit
                cells += f"M{xs[place]:.1f},{y:.1f}h{wide:.1f}v{value * unit:.1f}h{-wide:.1f}z"
        drawn += f'<path d="{cells}" fill="{_fill(one.tint)}"/>'
    for number, (bar, place) in enumerate(zip(marks.bars, marks.places, strict=True)):
        hit = _hit(xs[place], top, xs[place + 1] - xs[place], _HIGH)
        drawn += _bar(number, bar, hit, clickable=clickable)
    return drawn, below


def _lines(marks: Lines, width: float, top: float) -> tuple[str, float]:
    drawn, at, below = _over_time(marks, width, top)
    for place, one in enumerate(marks.series):
        xs = [f"{at(time):.1f}" for time in one.times]
        points, low, high = (
            [f"{x},{top + _HIGH * (1 - marks.axis.share(value)):.1f}" for x, value in zip(xs, values, strict=True)]
            for values in (one.values, one.low, one.high)
        )
        colour, dashes = _colour(one.tint), f' stroke-dasharray="{_DASHES[place % 4]}"' if place % 4 else ""
        drawn += f'<path d="M{"L".join([*low, *reversed(high)])}z" fill="{colour}" fill-opacity=".18"/>'
        drawn += f'<path d="M{"L".join(points)}" fill="none" stroke="{colour}" stroke-width="1.6"{dashes}/>'
        marker = "".join(f"M{point}{_MARKERS[place]}" for point in points)
        drawn += f'<path d="{marker}" fill="{colour}"/>' if len(points) <= 40 else ""  # noqa: PLR2004 - more would touch
    return drawn, below


def _week(marks: Week, width: float, top: float) -> tuple[str, float]:
    left = max(_width(day[:3]) for day in WEEKDAYS) + 6
    wide, high = (width - left) / 24, 20.0
    box = f'x="{left:.1f}" y="{top:.1f}" width="{width - left:.1f}" height="{7 * high:.1f}"'
    drawn = f'<rect {box} fill-opacity=".07"/>'
    cells = []
    for day, strengths in enumerate(marks.strengths):
        y = top + day * high
        drawn += _text(left - 6, y + 14, WEEKDAYS[day][:3], "end")
        for hour, strength in enumerate(strengths):
            title = f"{WEEKDAYS[day]} from {hour:02}:00: {count(marks.hours[day][hour], 'message')}"
            cells.append(
                f'<rect x="{left + hour * wide:.1f}" y="{y:.1f}" width="{wide - 1:.1f}" height="{high - 1:.0f}" '
                f'fill-opacity="{strength:.2f}"><title>{title}</title></rect>'
            )
    drawn += f'<g fill="{_colour(TINTS[0])}">{"".join(cells)}</g>'
    bottom = top + 7 * high
    for hour in range(0, 24, 3 if 3 * wide > _width("00:00") + _GAP else 6):
        drawn += _text(left + hour * wide, bottom + 12, f"{hour:02}:00", "start")
    return drawn, bottom + _LINE


def _over_time(marks: Columns | Lines, width: float, top: float) -> tuple[str, Callable[[datetime], float], float]:
    """Draw the axes of a chart over time; returns where a time is on it, and where it ends below."""
    ticks, bottom = marks.axis.ticks(4), top + _HIGH
    left = max(_width(label) for _, label in ticks) + 6
    begin, end, pad = marks.edges[0], marks.edges[-1], 5 if isinstance(marks, Lines) else 0

    def at(time: datetime) -> float:
        return left + pad + (width - left - 2 * pad) * ((time - begin) / (end - begin) if begin < end else 0.5)

    words, below, xs = _lower_axis(
        lambda most: [(at(x), name) for x, name in time_ticks(begin, end, most)], bottom, width, 7
    )
    lines = "".join(f"M{x:.1f},{bottom:.1f}v3" for x in xs)
    for value, label in ticks:
        y = bottom - _HIGH * marks.axis.share(value)
        lines += f"M{left:.1f},{y:.1f}H{width:g}"
        words += _text(left - 6, y + (8 if y < top + 4 else 1 if y > bottom - 4 else 4), label, "end")
    return f'<path d="{lines}" stroke="currentColor" stroke-opacity=".25"/>{words}', at, below


def _lower_axis(
    ticks: Callable[[int], list[tuple[float, str]]], bottom: float, width: float, most: int
) -> tuple[str, float, list[float]]:
    """Label as many ticks as fit beside each other; returns where the axis ends below, and where ticks are."""
    for many in range(most, 0, -1):
        shown = [(x, min(max(x, _width(label) / 2), width - _width(label) / 2), label) for x, label in ticks(many)]
        ends = [(at - _width(label) / 2, at + _width(label) / 2) for _, at, label in shown]
        if all(one[1] + _GAP <= other[0] for one, other in pairwise(ends)):
            break
    words = "".join(_text(at, bottom + 13, label, "middle") for _, at, label in shown)
    return words, bottom + _LINE + 2, [x for x, _, _ in shown]


def _bar(place: int, bar: Bar, inner: str, *, clickable: bool) -> str:
    words = _escaped(bar.words)
    button = (
        f' role="button" tabindex="{-1 if place else 0}" aria-pressed="false" aria-label="{words}" data-bar="{place}"'
        if clickable
        else ""
    )
    return f"<g{button}><title>{words}</title>{inner}</g>"


def _hit(x: float, y: float, width: float, height: float) -> str:
    """Cover the area that can be clicked; where a bar is chosen, the page's style makes it visible."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="2" fill="transparent"/>'


def _marker(number: int, x: float, y: float, tint: Tint) -> str:
    return f'<path d="M{x:.1f},{y:.1f}{_MARKERS[number % len(_MARKERS)]}" fill="{_colour(tint)}"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    placed = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}"{placed}>{_escaped(words)}</text>'


def _patterns(chart: Chart) -> str:
    """Define the hatches of the series that have one."""
    series: Sequence[Series] = chart.marks.series if chart.marks else ()
    tints = dict.fromkeys(one.tint for one in series if one.tint.hatch)
    return "".join(
        f'<pattern id="{_name(tint)}" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" '
        f'fill="{_colour(tint)}"/><path d="{_HATCHES[tint.hatch[0]]}" stroke="#fff" stroke-opacity=".75" stroke-width="1.3"/></pattern>'
        for tint in tints
    )


def _fill(tint: Tint) -> str:
    return f"url(#{_name(tint)})" if tint.hatch else _colour(tint)


def _colour(tint: Tint) -> str:
    return f"var({tint.token},{tint.colour})"


def _name(tint: Tint) -> str:
    return f"{_KEY}{tint.token}"


def _escaped(words: str) -> str:
    """Escape text for XML, without the characters that XML cannot contain."""
    return escape(_NOT_XML.sub("\ufffd", words))


@lru_cache(4096)
def _width(words: str) -> float:
    """Estimate the width of a text; a font of the page may be as wide as DejaVu Sans."""
    return _FONT * sum(map(_em, words))


@lru_cache(4096)
def _em(letter: str) -> float:
    if letter in "il.,:;'|!()[]/ tfjr":
        return 0.38
    if east_asian_width(letter) in "WF":
        return 1.3
    return 0.9 if letter in "mwMW%…@" else 0.68 if letter.isupper() else 0.63
