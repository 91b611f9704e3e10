"""Every chart of a message log by its name: `plot_<measure>(frame, ax=None)` draws what that measure returned.

Each takes `certificate`, `zone` and `names` (friendly names by SID or number), and returns the axes. In a notebook
`ax.figure` shows a figure that was made here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from msvc_toolkit.logs.certificate import Certificate
from msvc_toolkit.logs.charts import clicks, comparisons, delivery, findings, money, senders, timing
from msvc_toolkit.logs.charts.chart import Chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Plot(Protocol):
    """A function that draws a chart in Matplotlib's axes."""

    def __call__(
        self,
        frame: pd.DataFrame,
        ax: Axes | None = None,
        *,
        certificate: Certificate | None = None,
        zone: str = "UTC",
        names: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Axes:
        """Draw it; without axes, in a figure of its own."""


CHARTS: Mapping[str, Callable[..., Chart]] = {
    name.removesuffix("_chart"): describe
    for module in (clicks, comparisons, delivery, findings, money, senders, timing)
    for name, describe in vars(module).items()
    if name.endswith("_chart")
}
"""The function that describes each measure's chart; `svg.draw` draws it for a web page, without Matplotlib."""


def _plot(name: str) -> Plot:
    """Make the function that draws the chart of a measure with Matplotlib."""
    describe = CHARTS[name]

    def plot(frame: pd.DataFrame, ax: Axes | None = None, **about: Any) -> Axes:
        from msvc_toolkit.logs.charts.canvas import draw  # noqa: PLC0415 - Matplotlib takes 0.4 s to import

        return draw(describe(frame, **about), ax)

    frame, *rest = signature(describe).parameters.values()
    ax = signature(plot).parameters["ax"]
    plot.__signature__ = signature(plot).replace(parameters=[frame, ax, *rest])  # type: ignore[attr-defined]
    plot.__name__, plot.__qualname__, plot.__doc__ = f"plot_{name}", f"plot_{name}", describe.__doc__
    return plot


globals().update({f"plot_{name}": _plot(name) for name in CHARTS})
__all__ = [f"plot_{name}" for name in CHARTS]

if TYPE_CHECKING:

    def __getattr__(name: str) -> Plot: ...
