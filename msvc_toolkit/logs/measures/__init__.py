"""Every measure of a message log, by its name: `measure(log, ...)` returns a pandas frame. Each is defined once."""

from __future__ import annotations

from msvc_toolkit.logs.measures.clicks import clicks
from msvc_toolkit.logs.measures.comparisons import before_after, compare
from msvc_toolkit.logs.measures.findings import findings
from msvc_toolkit.logs.measures.money import characters, spend
from msvc_toolkit.logs.measures.rates import errors, heat, outcomes, replies, volume
from msvc_toolkit.logs.measures.senders import after_stop, choices, idle, stickiness
from msvc_toolkit.logs.measures.timing import latency, peaks, quiet_hours

__all__ = [
    "after_stop",
    "before_after",
    "characters",
    "choices",
    "clicks",
    "compare",
    "errors",
    "findings",
    "heat",
    "idle",
    "latency",
    "outcomes",
    "peaks",
    "quiet_hours",
    "replies",
    "spend",
    "stickiness",
    "volume",
]
