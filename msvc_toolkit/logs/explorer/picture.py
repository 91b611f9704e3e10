"""A chart on the screen whose bars can be clicked, with the mouse and with the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from msvc_toolkit.logs.charts.canvas import Canvas


class Picture(anywidget.AnyWidget):
    """The picture of a chart, with a button over each of its bars.

    Attributes:
        png: The picture.
        alt: What it shows, for somebody who does not see it.
        areas: Left, top, width and height of each bar as shares of the picture, and its words.
        chosen: Place of the bar that was chosen; -1 for none.
        said: What is said below the picture of the chosen bar, beside a button that scrolls to its messages.
    """

    _esm = Path(__file__).with_name("picture.js")
    png = traitlets.Bytes().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    areas: Any = traitlets.List().tag(sync=True)
    chosen = traitlets.Int(-1).tag(sync=True)
    said = traitlets.Unicode().tag(sync=True)

    def __init__(self, clicked: Callable[[int], None]) -> None:
        super().__init__()
        self.on_msg(lambda _, told, __: clicked(int(told["bar"])) if self._has(told) else None)

    def show(self, canvas: Canvas) -> None:
        """Show a chart; no bar of it is chosen."""
        drawn = canvas.drawn
        with self.hold_sync():
            self.png, self.alt, self.chosen, self.said = canvas.png(fast=True), drawn.words, -1, ""
            self.areas = [[*area, bar.words] for area, bar in zip(canvas.areas(), drawn.bars, strict=True)]

    def _has(self, told: Any) -> bool:
        """Tell whether a message names a bar that there is; a click may come after the bars have changed."""
        place = told.get("bar") if isinstance(told, dict) else None
        return isinstance(place, int) and 0 <= place < len(self.areas)
