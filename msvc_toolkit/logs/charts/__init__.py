"""Every chart of a message log, by its name: `plot_<measure>(frame, ax=None)` draws what that measure told.

Each takes `certificate`, `zone` and `names` (friendly names by SID or number), and returns the axes. Of a figure made
here, `ax.figure` shows in a notebook as it stands.
"""

from __future__ import annotations

from msvc_toolkit.logs.charts.comparisons import plot_before_after, plot_compare
from msvc_toolkit.logs.charts.delivery import plot_errors, plot_outcomes
from msvc_toolkit.logs.charts.findings import plot_findings
from msvc_toolkit.logs.charts.money import plot_characters, plot_spend
from msvc_toolkit.logs.charts.replies import plot_after_stop, plot_replies
from msvc_toolkit.logs.charts.senders import plot_choices, plot_idle, plot_stickiness
from msvc_toolkit.logs.charts.timing import plot_latency, plot_peaks
from msvc_toolkit.logs.charts.traffic import plot_heat, plot_volume

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
