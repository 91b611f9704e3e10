"""Run event handlers and drawing one at a time: JupyterLab calls handlers in other threads than the one that runs cells."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

TURN = threading.RLock()
"""Held by the one thread that handles an event or draws. A thread that holds it must not wait for another one."""


def in_turn(function: Callable[P, T]) -> Callable[P, T]:
    """Make a function wait until no other thread handles an event or draws.

    With subshells, JupyterLab 4.4 and ipykernel 7 handle the events of widgets beside a running cell, and ipykernel 7.4
    handles two events at the same time. Then the form could keep showing the state of the earlier event.

    Source: ipykernel 7.4.0, `BaseComm.publish_msg`; JupyterLab's setting `commsOverSubshells`; read 2026-12-01.
    """

    @wraps(function)
    def waits(*args: P.args, **kwargs: P.kwargs) -> T:
        with TURN:
            return function(*args, **kwargs)

    return waits
