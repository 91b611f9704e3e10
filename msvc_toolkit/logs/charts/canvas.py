"""What every chart is drawn on: the figure, its colours, its words, and the places a person can click.

One drawing has to read on white, on black and in grey print, by everybody: the ground is transparent, what is written is
a grey that stands out against both, and series differ in hatching and in words as well as in colour.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image
from PIL.PngImagePlugin import PngInfo

INK = "#797979"
"""Words, axes and grid: 4.3 to 1 on white and on #111, JupyterLab's darkest ground."""
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#A87900", "#7A6FD0")
"""Of Okabe and Ito's eight those that reach 3 to 1 on both grounds, their orange darkened, and a violet.
Source: Okabe and Ito, Color Universal Design, 2008."""
HATCHES = ("", "////", "....", "xxxx", "----", "\\\\\\\\")
GROUNDS = ("#ffffff", "#111111")
SIZE = (7.2, 3.8)
"""Width and height of a chart of its own, inches."""
DPI = 110
OUT = ["outbound-api", "outbound-call", "outbound-reply"]
"""Directions of messages that go out, as far as a bar stands for those alone."""


@dataclass(frozen=True)
class Bar:
    """Something in a chart that stands for messages, and can be clicked.

    Args:
        where: Which messages: columns of the log and what they hold.
        words: What it is and how much of it, in words.
        box: Left, bottom, right and top in the units of the axes.
    """

    where: Mapping[str, Any]
    words: str
    box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


@dataclass
class Drawn:
    """What a chart says besides its picture.

    Args:
        title: The question it answers.
        bars: What can be clicked, in reading order.
        told: What it shows, where no bars tell it.
        under: What has to be known to read it.
        empty: The sentence that stands in place of a chart with nothing to draw.
    """

    title: str = ""
    bars: list[Bar] = field(default_factory=list)
    told: str = ""
    under: str = ""
    empty: str = ""

    @property
    def words(self) -> str:
        """The chart for somebody who does not see it."""
        if self.empty:
            return f"{self.title} {self.empty}"
        if self.told:
            return f"{self.title} {self.told}"
        most = [bar.words for bar in self.bars[:5]]
        more = f"; and {len(self.bars) - 5} more" if len(self.bars) > len(most) else ""
        return f"{self.title} {'; '.join(most)}{more}."


class Canvas(Figure):
    """A figure with one chart, which a notebook shows as it is; nothing of pyplot is touched."""

    def __init__(self, size: tuple[float, float] = SIZE) -> None:
        super().__init__(figsize=size, dpi=DPI, facecolor="none")
        self.canvas: FigureCanvasAgg = FigureCanvasAgg(self)
        self.drawn = Drawn()
        self.add_subplot()

    @property
    def ax(self) -> Axes:
        """The one pair of axes."""
        return self.axes[0]

    def png(self, *, fast: bool = False) -> bytes:
        """Return the picture on a transparent ground, its words in the file.

        Args:
            fast: Take a tenth of the time and three times the room.
        """
        canvas = self.canvas
        canvas.draw()  # once: `savefig` would do it twice
        picture = Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba(), "raw", "RGBA", 0, 1)
        if not fast:
            picture = picture.quantize(255, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        target, told = io.BytesIO(), PngInfo()
        told.add_itxt("Description", self.drawn.words)
        picture.save(target, "png", compress_level=1 if fast else 9, pnginfo=told, dpi=(DPI, DPI))
        return target.getvalue()

    def areas(self) -> list[tuple[float, float, float, float]]:
        """Return where each bar is: left, top, width and height, as shares of the picture."""
        if not self.drawn.bars:
            return []
        inside, whole = self.ax.transData, self.bbox
        found = []
        for bar in self.drawn.bars:
            box = Bbox.from_extents(*bar.box).transformed(inside)
            left, right = sorted((box.x0 / whole.width, box.x1 / whole.width))
            bottom, top = sorted((box.y0 / whole.height, box.y1 / whole.height))
            found.append((float(left), float(1 - top), float(right - left), float(top - bottom)))
        return found

    def _repr_png_(self) -> bytes:
        return self.png()

    def __repr__(self) -> str:
        return self.drawn.words


def drawn(ax: Axes) -> Drawn:
    """Return what the chart in these axes says besides its picture; axes of a figure that is not ours keep nothing."""
    figure = figure_of(ax)
    return figure.drawn if isinstance(figure, Canvas) else Drawn()


def figure_of(ax: Axes) -> Figure:
    """Return the figure that axes belong to."""
    figure = ax.get_figure(root=True)
    assert figure is not None  # noqa: S101 - axes that were removed from theirs draw nothing
    return figure
