"""Every chart of a message log by its name: `plot_<measure>(frame, ax=None)` draws what that measure returned.

Each takes `certificate`, `zone` and `names` (friendly names by SID or number), and returns the axes. Of a figure made
here, `ax.figure` shows in a notebook as it is. Each is drawn from a description, `<measure>_chart(frame)`, which
`svg.draw` draws for a web page without Matplotlib.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from msvc_toolkit.logs.certificate import Certificate
from msvc_toolkit.logs.charts.chart import Chart
from msvc_toolkit.logs.charts.comparisons import before_after_chart, compare_chart
from msvc_toolkit.logs.charts.delivery import errors_chart, outcomes_chart
from msvc_toolkit.logs.charts.findings import findings_chart
from msvc_toolkit.logs.charts.money import characters_chart, spend_chart
from msvc_toolkit.logs.charts.replies import after_stop_chart, replies_chart
from msvc_toolkit.logs.charts.senders import choices_chart, idle_chart, stickiness_chart
from msvc_toolkit.logs.charts.timing import latency_chart, peaks_chart
from msvc_toolkit.logs.charts.traffic import heat_chart, volume_chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Plot(Protocol):
    """A function that draws a chart in Matplotlib's axes."""

    def __call__(
        self, frame: pd.DataFrame, ax: Axes | None = None, *, certificate: Certificate | None = None, zone: str = "UTC",
        names: Mapping[str, str] | None = None, **more: Any,
    ) -> Axes:  # fmt: skip
        """Draw it; without axes, in a figure of its own."""


def _plot(describe: Callable[..., Chart]) -> Plot:
    """Make the function that draws a chart with Matplotlib."""

    def plot(frame: pd.DataFrame, ax: Axes | None = None, **about: Any) -> Axes:
        from msvc_toolkit.logs.charts.canvas import draw  # noqa: PLC0415 - Matplotlib takes 0.4 s to import

        return draw(describe(frame, **about), ax)

    name = describe.__name__.removesuffix("_chart")
    plot.__name__ = plot.__qualname__ = f"plot_{name}"
    plot.__doc__ = describe.__doc__
    parameters = dict(signature(describe).parameters)
    frame = parameters.pop("frame")
    ax = Parameter("ax", Parameter.POSITIONAL_OR_KEYWORD, default=None, annotation="Axes | None")
    plot.__signature__ = signature(plot).replace(parameters=[frame, ax, *parameters.values()])  # type: ignore[attr-defined]
    return plot


plot_after_stop = _plot(after_stop_chart)
plot_before_after = _plot(before_after_chart)
plot_characters = _plot(characters_chart)
plot_choices = _plot(choices_chart)
plot_compare = _plot(compare_chart)
plot_errors = _plot(errors_chart)
plot_findings = _plot(findings_chart)
plot_heat = _plot(heat_chart)
plot_idle = _plot(idle_chart)
plot_latency = _plot(latency_chart)
plot_outcomes = _plot(outcomes_chart)
plot_peaks = _plot(peaks_chart)
plot_replies = _plot(replies_chart)
plot_spend = _plot(spend_chart)
plot_stickiness = _plot(stickiness_chart)
plot_volume = _plot(volume_chart)

__all__ = [
    "plot_after_stop",
    "plot_before_after",
    "plot_characters",
    "plot_choices",
    "plot_compare",
    "plot_errors",
    "plot_findings",
    "plot_heat",
    "plot_idle",
    "plot_latency",
    "plot_outcomes",
    "plot_peaks",
    "plot_replies",
    "plot_spend",
    "plot_stickiness",
    "plot_volume",
]
