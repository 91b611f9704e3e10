"""Refresh a view every second, in its own thread, until it is stopped or nothing happens for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable

from msvc_toolkit.private.turns import TURN, in_turn

EVERY_SECONDS = 1.0
IDLE_SECONDS = 600.0
"""After this time without anything new the thread stops by itself, because a view does not notice when its cell is run again."""

_running: dict[Hashable, Ticker] = {}


class Ticker:
    """A thread that calls `look` every second until it is stopped; starting one stops the earlier one of the same name.

    `look` returns whether there was anything new; `ended` is called with the reason when it stops by itself.
    """

    def __init__(self, name: Hashable, look: Callable[[], bool], ended: Callable[[str], None]) -> None:
        self._name, self._look, self._ended = name, look, ended
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether the thread is running."""
        return self._thread is not None and self._thread.is_alive() and not self._stopped.is_set()

    @in_turn
    def start(self) -> None:
        """Start the thread; an earlier one of the same name stops."""
        if self.running:
            return
        before = _running.get(self._name)
        _running[self._name] = self
        if before is not None and before is not self:
            before.stop()
            before.announce_end("A newer view of it refreshes instead.")
        self._stopped = threading.Event()  # the earlier thread may not have ended yet
        self._thread = threading.Thread(target=self._run, args=(self._stopped,), name="msvc-ticker", daemon=True)
        self._thread.start()

    @in_turn
    def stop(self) -> None:
        """Stop; once this returns, `look` is not called again."""
        self._stopped.set()
        self._forget()

    def announce_end(self, why: str) -> None:
        """Call `ended` with the reason why it stopped."""
        self._ended(why)

    def _forget(self) -> None:
        if _running.get(self._name) is self:
            del _running[self._name]

    def _run(self, stopped: threading.Event) -> None:
        last = time.monotonic()
        while not stopped.wait(EVERY_SECONDS):
            try:
                with TURN:
                    if not stopped.is_set() and self._look():
                        last = time.monotonic()
            except Exception as error:  # noqa: BLE001 - an exception in a thread shows nowhere else
                self._end(f"It could not be read ({type(error).__name__}).")
            if time.monotonic() - last > IDLE_SECONDS:
                self._end("Nothing new came for ten minutes.")

    @in_turn
    def _end(self, why: str) -> None:
        self._stopped.set()
        self._forget()
        self._ended(why)
