"""One chart of the explorer: its title and its notes as text, its picture between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from msvc_toolkit.html import cards
from msvc_toolkit.logs.charts.chart import Chart
from msvc_toolkit.logs.charts.marks import Bar
from msvc_toolkit.logs.explorer.picture import Picture
from msvc_toolkit.widgets.screen import box

ROWS, WIDTH = 7, 300
"""Rows that a chart has room for, and the pixels that it is drawn for."""


class ChartView:
    """A place for a chart, which stays where it is while the chart changes.

    Args:
        name: For tests and styles.
        clicked: Called with the bar that was clicked.
        beside: Widgets between the title and the picture.

    Attributes:
        chart: The chart it shows.
    """

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
