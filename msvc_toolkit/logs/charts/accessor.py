"""The charts of a log as methods: `log.plot.outcomes(by="kind")`."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any

from msvc_toolkit.logs import charts, measures
from msvc_toolkit.logs.charts.chart import scope
from msvc_toolkit.logs.charts.delivery import PERIODS
from msvc_toolkit.logs.log import Log

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
    measure, plot = getattr(measures, name), getattr(charts, f"plot_{name}")
    takes = dict([*signature(measure).parameters.items()][1:])

    def draw(self: LogPlots, *args: Any, **options: Any) -> Axes:
        window = {key: options[key] for key in ("since", "until", "zone") if key in options}
        rest = {key: value for key, value in options.items() if key not in takes or key == "zone"}
        frame = measure(self._log, *args, **{key: value for key, value in options.items() if key in takes})
        over_time = name == "errors" and not {*PERIODS}.isdisjoint(frame.columns)
        part = self._log.select(**window)
        rest = {"certificate": part.certificate, "whose": scope(part, options.get("names")), **rest}
        return (charts.plot_volume if over_time else plot)(frame, **rest)

    chart = {key: one for key, one in signature(plot).parameters.items() if key not in {"frame", "about", *takes}}
    keywords = [one.replace(kind=Parameter.KEYWORD_ONLY) for one in chart.values()]
    names = Parameter("names", Parameter.KEYWORD_ONLY, default=None)
    me = Parameter("self", Parameter.POSITIONAL_OR_KEYWORD)
    draw.__signature__ = signature(draw).replace(parameters=[me, *takes.values(), *keywords, names])  # type: ignore[attr-defined]
    draw.__name__, draw.__qualname__, draw.__doc__ = name, f"LogPlots.{name}", plot.__doc__
    return draw


for _name in measures.__all__:
    setattr(LogPlots, _name, _method(_name))
