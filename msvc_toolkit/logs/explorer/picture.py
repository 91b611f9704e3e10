"""A chart on the screen whose bars can be clicked, with the mouse and with the keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from msvc_toolkit.logs.charts import svg
from msvc_toolkit.logs.charts.chart import Chart
from msvc_toolkit.logs.charts.marks import Bar


class Picture(anywidget.AnyWidget):
    """A chart as SVG, whose bars are buttons.

    Attributes:
        svg: The chart.
        chosen: Place of the bar that was chosen; -1 for none.
    """

    _esm = Path(__file__).with_name("picture.js").read_text(encoding="utf-8")  # as Assist does
    svg = traitlets.Unicode().tag(sync=True)
    chosen = traitlets.Int(-1).tag(sync=True)

    def __init__(self, clicked: Callable[[Bar], None]) -> None:
        super().__init__()
        self._bars: Sequence[Bar] = ()
        self._clicked = clicked
        self.on_msg(lambda _, message, __: self._receive(message))

    def show(self, chart: Chart, width: float) -> None:
        """Show a chart, drawn for a width in pixels; no bar of it is chosen."""
        self._bars = chart.bars
        with self.hold_sync():
            self.svg, self.chosen = svg.draw(chart, width, clickable=True), -1

    def _receive(self, message: Any) -> None:
        """Report the bar that a message names; a click that arrives after the bars have changed may name none."""
        place = message.get("bar") if isinstance(message, dict) else None
        bars = self._bars
        if type(place) is int and 0 <= place < len(bars):
            self._clicked(bars[place])
