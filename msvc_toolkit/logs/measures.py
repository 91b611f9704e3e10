"""Every measure of a message log, by its name: `measure(log, ...)` gives a pandas frame, one definition each."""

from __future__ import annotations

from msvc_toolkit.logs.rates import errors, heat, outcomes, replies, volume

__all__ = ["errors", "heat", "outcomes", "replies", "volume"]
