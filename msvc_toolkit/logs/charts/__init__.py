"""Every chart of a message log by its name: `plot_<measure>(frame, ax=None)` draws what that measure returned.

Each takes `certificate`, `zone` and `names` (friendly names by SID or number), and returns the axes. In a notebook
`ax.figure` shows a figure that was made here. As methods of a log, `log.plot.outcomes(by="kind")`, they measure, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from msvc_toolkit.logs import measures
from msvc_toolkit.logs.certificate import Certificate
from msvc_toolkit.logs.charts import delivery, findings, money, senders, timing
from msvc_toolkit.logs.charts.chart import Chart, scope
from msvc_toolkit.logs.charts.delivery import PERIODS
from msvc_toolkit.logs.log import Log

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
    for module in (delivery, findings, money, senders, timing)
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


_PLOTS = {f"plot_{name}": _plot(name) for name in CHARTS}
globals().update(_PLOTS)
__all__ = [f"plot_{name}" for name in CHARTS]

if TYPE_CHECKING:

    def __getattr__(name: str) -> Plot: ...


class LogPlots:
    """Measures a log and draws the chart: one method for each function of `measures`.

    Each takes the arguments of its measure, and those of its chart: `ax` (Matplotlib's axes), `names` (friendly names by
    SID or number). It returns the axes.
    """

    def __init__(self, log: Log) -> None:
        self._log = log

    def __call__(self, **options: Any) -> Axes:
        """Draw how many messages there were; the other charts are its methods. Arguments as for `volume`."""
        return self.volume(**options)

    def __repr__(self) -> str:
        return f"<Charts of a log: {', '.join(measures.__all__)}>"

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Callable[..., Axes]: ...


def _method(name: str) -> Callable[..., Axes]:
    """Make the method that measures and draws one thing."""
    measure, plot = getattr(measures, name), _PLOTS[f"plot_{name}"]
    takes = dict([*signature(measure).parameters.items()][1:])

    def draw(self: LogPlots, *args: Any, **options: Any) -> Axes:
        window = {key: options[key] for key in ("since", "until", "zone") if key in options}
        rest = {key: value for key, value in options.items() if key not in takes or key == "zone"}
        frame = measure(self._log, *args, **{key: value for key, value in options.items() if key in takes})
        over_time = name == "errors" and not {*PERIODS}.isdisjoint(frame.columns)
        part = self._log.select(**window)
        rest = {"certificate": part.certificate, "whose": scope(part, options.get("names")), **rest}
        return (_PLOTS["plot_volume"] if over_time else plot)(frame, **rest)

    chart = {key: one for key, one in signature(plot).parameters.items() if key not in {"frame", "about", *takes}}
    keywords = [one.replace(kind=Parameter.KEYWORD_ONLY) for one in chart.values()]
    names = Parameter("names", Parameter.KEYWORD_ONLY, default=None)
    me = Parameter("self", Parameter.POSITIONAL_OR_KEYWORD)
    draw.__signature__ = signature(draw).replace(parameters=[me, *takes.values(), *keywords, names])  # type: ignore[attr-defined]
    draw.__name__, draw.__qualname__, draw.__doc__ = name, f"LogPlots.{name}", plot.__doc__
    return draw


for _name in measures.__all__:
    setattr(LogPlots, _name, _method(_name))
