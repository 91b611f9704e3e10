"""The sandbox's time: real (with a shift) or manual, kept in the store so that every kernel agrees."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.store import Store

MODES = ("real", "manual")


def wall_ms() -> int:
    """Return the machine's time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Clock:
    """Tells the sandbox's time in milliseconds since 1970 and moves it forward.

    Args:
        store: Where the mode and the shift are kept.
        wall: The time source of a real clock.
    """

    def __init__(self, store: Store, wall: Callable[[], int] = wall_ms) -> None:
        self._store = store
        self._wall = wall

    def start(self, mode: str, moment: str) -> None:
        """Set a new store's clock.

        Args:
            mode: "real" follows the machine; "manual" stands still until it is advanced.
            moment: Where a manual clock starts, ISO 8601.
        """
        check_mode(mode)
        self._store.remember("clock", mode)
        first = int(datetime.fromisoformat(moment).timestamp() * 1000) if mode == "manual" else 0
        self._store.remember("clock_ms", str(first))

    @property
    def mode(self) -> str:
        """Tell "real" or "manual"."""
        return self._store.meta("clock") or "real"

    def now(self) -> int:
        """Return the sandbox's time in milliseconds since 1970."""
        manual, kept = self._kept()
        return kept if manual else self._wall() + kept

    def _kept(self) -> tuple[bool, int]:
        """Tell whether the clock is moved by hand, and its time, or its lead over the wall's."""
        kept: tuple[bool, int] = self._store.recall(
            ("clock",), lambda: (self.mode == "manual", int(self._store.meta("clock_ms") or 0))
        )
        return kept

    def advance(self, seconds: float) -> None:
        """Move the clock forward; time never runs backwards.

        Raises:
            SandboxError: The step is negative or not a number of seconds.
        """
        check_step(seconds)
        with self._store.writing():
            kept = int(self._store.meta("clock_ms") or 0)
            self._store.remember("clock_ms", str(kept + round(seconds * 1000)))


def check_mode(mode: str) -> None:
    """Raise SandboxError unless the clock's mode is one there is."""
    if mode not in MODES:
        raise SandboxError(f"The sandbox's clock is 'real' or 'manual', not {mode!r}.")


def check_step(seconds: float) -> None:
    """Raise SandboxError unless the clock can move by this many seconds."""
    if not 0 <= seconds <= 10 * 366 * 86_400:
        raise SandboxError(f"The clock moves forward only, by up to ten years at once; {seconds} seconds is not that.")
