"""One chart of the explorer: its question and its notes as text, its picture between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets
import pandas as pd

from msvc_toolkit.html import cards
from msvc_toolkit.logs.certificate import Certificate
from msvc_toolkit.logs.charts.canvas import Bar, Canvas
from msvc_toolkit.logs.explorer.picture import Picture

SIZE = (5.4, 3.0)
"""Inches; the words around the picture are text of the page."""


class Panel:
    """A place for a chart, drawn again and again on the same figure.

    Args:
        name: For tests and styles.
        clicked: Called with what was clicked.
    """

    def __init__(self, name: str, clicked: Callable[[Panel, Bar], None]) -> None:
        self.name = name
        self.canvas = Canvas(SIZE)
        self.picture = Picture(lambda place: clicked(self, self.canvas.drawn.bars[place]))
        self.title, self.note = widgets.HTML(), widgets.HTML()
        self.view = widgets.VBox([self.title, self.picture, self.note])
        self.view.add_class("msvc-chart")
        self.view.add_class(f"msvc-chart-{name}")

    @property
    def bars(self) -> list[Bar]:
        """What can be clicked."""
        return self.canvas.drawn.bars

    def draw(
        self, plot: Callable[..., Any], frame: pd.DataFrame, certificate: Certificate, *, card: str = "", **about: Any
    ) -> None:
        """Draw a chart in this place, and say below it how complete the log is.

        Args:
            plot: Draws it.
            frame: Its measure.
            certificate: How complete the log is.
            card: HTML to show below the chart in place of a sentence that it is empty.
            about: What else the chart has to know.
        """
        plot(frame, self.canvas.ax, bare=True, certificate=certificate, **about)
        drawn = self.canvas.drawn
        self.title.value = cards.block(cards.text(drawn.title, "h3"))
        notes = [("" if card else drawn.empty) or drawn.under, certificate.told(about["zone"])]
        self.note.value = cards.block(card, *(cards.text(note, css="msvc-small") for note in notes if note))
        self.picture.show(self.canvas)
        self.picture.layout.display = "none" if drawn.empty else ""

    def key(self, bar: Bar) -> str:
        """Name a bar so that it is found again after the chart was drawn anew."""
        return f"{self.name} {sorted(bar.where.items())}"

    def told(self, bar: Bar) -> str:
        """Say what a bar is, and in which chart."""
        return f"{self.canvas.drawn.title} {bar.words}"

    def press(self, bar: Bar | None, said: str = "") -> None:
        """Show which bar is chosen, and say beside the chart where its messages are."""
        chosen = next((place for place, one in enumerate(self.bars) if one is bar), -1)
        self.picture.said = said if chosen >= 0 else ""
        self.picture.chosen = chosen
