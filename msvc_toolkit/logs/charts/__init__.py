"""Every chart of a message log by its name: `plot_<measure>(frame, ax=None)` draws what that measure returned.

Each takes `certificate`, `zone` and `names` (friendly names by SID or number), and returns the axes. Of a figure made
here, `ax.figure` shows in a notebook as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
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
from msvc_toolkit.logs.charts.timing import latency_chart, peaks_chart, quiet_hours_chart
from msvc_toolkit.logs.charts.traffic import heat_chart, volume_chart

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
    describe.__name__.removesuffix("_chart"): describe
    for describe in (
        after_stop_chart,
        before_after_chart,
        characters_chart,
        choices_chart,
        compare_chart,
        errors_chart,
        findings_chart,
        heat_chart,
        idle_chart,
        latency_chart,
        outcomes_chart,
        peaks_chart,
        quiet_hours_chart,
        replies_chart,
        spend_chart,
        stickiness_chart,
        volume_chart,
    )
}
"""What describes the chart of each measure; `svg.draw` draws it for a web page, without Matplotlib."""


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


plot_after_stop = _plot("after_stop")
plot_before_after = _plot("before_after")
plot_characters = _plot("characters")
plot_choices = _plot("choices")
plot_compare = _plot("compare")
plot_errors = _plot("errors")
plot_findings = _plot("findings")
plot_heat = _plot("heat")
plot_idle = _plot("idle")
plot_latency = _plot("latency")
plot_outcomes = _plot("outcomes")
plot_peaks = _plot("peaks")
plot_quiet_hours = _plot("quiet_hours")
plot_replies = _plot("replies")
plot_spend = _plot("spend")
plot_stickiness = _plot("stickiness")
plot_volume = _plot("volume")

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
    "plot_quiet_hours",
    "plot_replies",
    "plot_spend",
    "plot_stickiness",
    "plot_volume",
]
