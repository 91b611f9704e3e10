"""One chart of the explorer: its title and its notes as text, its picture between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import traitlets

from msvc_toolkit.html import cards
from msvc_toolkit.logs.charts import svg
from msvc_toolkit.logs.charts.chart import Chart
from msvc_toolkit.logs.charts.marks import Bar
from msvc_toolkit.private.turns import in_turn
from msvc_toolkit.widgets.screen import box, in_order


class Picture(anywidget.AnyWidget):
    """A chart as SVG, whose bars are buttons; `chosen` is the place of the bar that was chosen, -1 for none."""

    _esm = Path(__file__).with_name("picture.js").read_text(encoding="utf-8")  # as Assist does
    svg = traitlets.Unicode().tag(sync=True)
    chosen = traitlets.Int(-1).tag(sync=True)

    def __init__(self, clicked: Callable[[Bar], None]) -> None:
        super().__init__()
        self._bars: Sequence[Bar] = ()
        self._clicked = clicked
        self.on_msg(lambda _, message, __: self._receive(message))
        in_order(self)

    def show(self, chart: Chart, width: float) -> None:
        """Show a chart, drawn for a width in pixels; no bar of it is chosen."""
        self._bars = chart.bars
        with self.hold_sync():
            self.svg, self.chosen = svg.draw(chart, width, clickable=True), -1

    @in_turn
    def _receive(self, message: Any) -> None:
        """Report the bar that a message names; a click that arrives after the bars have changed may name none."""
        place = message.get("bar") if isinstance(message, dict) else None
        bars = self._bars
        if type(place) is int and 0 <= place < len(bars):
            self._clicked(bars[place])


ROWS, WIDTH = 7, 300
"""Rows that a chart has room for, and the pixels that it is drawn for."""


class ChartView:
    """A place for a `chart`, with widgets beside its title; `clicked` is called with the bar that was clicked."""

    def __init__(self, name: str, clicked: Callable[[ChartView, Bar], None], *beside: Any) -> None:
        self.name, self.chart = name, Chart()
        self.picture = Picture(lambda bar: clicked(self, bar))
        self.title, self.note = widgets.HTML(), widgets.HTML()
        self.view = box(f"chart chart-{name}", [self.title, *beside, self.picture, self.note])

    @property
    def bars(self) -> list[Bar]:
        """What can be clicked."""
        return self.chart.bars

    def draw(self, chart: Chart) -> None:
        """Show a chart, or the sentence that it is empty."""
        self.chart = chart.first(ROWS)
        self.title.value = cards.text(chart.title, "h4")
        note = chart.empty or self.chart.under
        self.note.value = cards.text(note, css="msvc-small") if note else ""
        self.picture.show(self.chart, WIDTH)
        self.picture.layout.display = "none" if chart.empty else ""

    def key(self, bar: Bar) -> str:
        """Name a bar so that it is found again when the chart is drawn again."""
        return f"{self.name} {sorted(bar.where.items())}"

    def press(self, bar: Bar | None) -> None:
        """Mark the chosen bar."""
        self.picture.chosen = next((place for place, one in enumerate(self.bars) if one == bar), -1)
