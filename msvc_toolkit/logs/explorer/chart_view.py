"""One chart of the explorer: its question and its notes as text, its picture between them."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

from msvc_toolkit.html import cards
from msvc_toolkit.logs.charts.chart import Chart
from msvc_toolkit.logs.charts.marks import Bar
from msvc_toolkit.logs.explorer.picture import Picture


class Panel:
    """A place for a chart.

    Args:
        name: For tests and styles.
        clicked: Called with the bar that was clicked.

    Attributes:
        chart: The chart it shows.
    """

    def __init__(self, name: str, clicked: Callable[[Panel, Bar], None]) -> None:
        self.name, self.chart = name, Chart()
        self.picture = Picture(lambda bar: clicked(self, bar))
        self.title, self.note = widgets.HTML(), widgets.HTML()
        self.view = widgets.VBox([self.title, self.picture, self.note])
        self.view.add_class("msvc-chart")
        self.view.add_class(f"msvc-chart-{name}")

    @property
    def bars(self) -> list[Bar]:
        """What can be clicked."""
        return self.chart.bars

    def draw(self, chart: Chart, card: str = "") -> None:
        """Show a chart, and below it how complete the log is.

        Args:
            chart: The chart.
            card: HTML to show below the chart in place of the sentence that it is empty.
        """
        self.chart = chart
        self.title.value = cards.block(cards.text(chart.title, "h3"))
        notes = [("" if card else chart.empty) or chart.under, chart.complete]
        self.note.value = cards.block(card, *(cards.text(note, css="msvc-small") for note in notes if note))
        self.picture.show(chart)
        self.picture.layout.display = "none" if chart.empty else ""

    def key(self, bar: Bar) -> str:
        """Name a bar so that it is found again when the chart is drawn again."""
        return f"{self.name} {sorted(bar.where.items())}"

    def words(self, bar: Bar) -> str:
        """Name a bar and its chart."""
        return f"{self.chart.title} {bar.words}"

    def press(self, bar: Bar | None, said: str = "") -> None:
        """Mark the chosen bar, and say beside the chart where its messages are."""
        chosen = next((place for place, one in enumerate(self.bars) if one == bar), -1)
        self.picture.said = said if chosen >= 0 else ""
        self.picture.chosen = chosen
