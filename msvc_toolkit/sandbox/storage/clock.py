"""The sandbox's time: real (with a shift) or manual, stored so that all kernels share it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.storage.store import SandboxStore

MODES = ("real", "manual")
_SET_BACK_MS = 1000
"""Milliseconds the machine's time may fall behind before it counts as set back; NTP corrections are smaller."""
_LAST = """
SELECT max(at) AS at FROM (
    SELECT * FROM (SELECT date_created AS at FROM message ORDER BY seq DESC LIMIT 1)
    UNION ALL SELECT * FROM (SELECT at FROM event ORDER BY id DESC LIMIT 1))"""
"""The time of the newest message or event."""


def wall_ms() -> int:
    """Return the machine's time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Clock:
    """The sandbox's clock: returns its time in milliseconds since 1970 and moves it forward."""

    def __init__(self, store: SandboxStore, wall: Callable[[], int] = wall_ms) -> None:
        self._store = store
        self._wall = wall
        self._last_answer: tuple[int, int] | None = None
        """The latest time that was returned, and the shift it was computed with."""

    def start(self, mode: str, at: str) -> None:
        """Set a new store's clock: "real" follows the machine; "manual" starts at the time `at` and moves only when advanced."""
        check_mode(mode)
        self._store.set_setting("clock", mode)
        first = int(datetime.fromisoformat(at).timestamp() * 1000) if mode == "manual" else 0
        self._store.set_setting("clock_ms", str(first))

    @property
    def mode(self) -> str:
        """The clock's mode, "real" or "manual"."""
        return self._store.setting("clock") or "real"

    def now(self) -> int:
        """Return the sandbox's time in milliseconds since 1970; it does not go back when the machine's clock does."""
        manual, lead = self._kept()
        if manual:
            return lead
        now = self._wall() + lead
        latest, before = self._last_answer or (self._last(), lead)
        if lead >= before:  # after a reset or restore the time is earlier, and this starts again
            now = now if now >= latest - _SET_BACK_MS else self._go_on_from(latest)
            self._last_answer = max(now, latest), lead
        else:
            self._last_answer = now, lead
        return now

    def _last(self) -> int:
        row = self._store.one(_LAST)
        return (row and row["at"]) or 0

    def _go_on_from(self, latest: int) -> int:
        """Raise the shift after the machine's clock was set back, so that time continues in every kernel."""
        with suppress(sqlite3.OperationalError), self._store.writing():  # locked: the next call tries again
            now = self._wall() + int(self._store.setting("clock_ms") or 0)
            if now < latest:
                self._store.set_setting("clock_ms", str(latest - self._wall()))
        return latest

    def _kept(self) -> tuple[bool, int]:
        """Return whether the clock is manual, with the time of a manual clock or the shift of a real one."""
        return self._store.cached(
            ("clock",), lambda: (self.mode == "manual", int(self._store.setting("clock_ms") or 0))
        )

    def advance(self, seconds: float) -> None:
        """Move the clock forward; raise SandboxError for a negative step."""
        check_step(seconds)
        with self._store.writing():
            shift = int(self._store.setting("clock_ms") or 0)
            self._store.set_setting("clock_ms", str(shift + round(seconds * 1000)))


def check_mode(mode: str) -> None:
    """Raise SandboxError unless the clock mode exists."""
    if mode not in MODES:
        raise SandboxError(f"The sandbox's clock must be 'real' or 'manual', not {mode!r}.")


def check_step(seconds: float) -> None:
    """Raise SandboxError unless the clock can move by this many seconds."""
    if not 0 <= seconds <= 10 * 366 * 86_400:
        raise SandboxError(f"The clock moves forward only, by up to ten years at once, not by {seconds} seconds.")
