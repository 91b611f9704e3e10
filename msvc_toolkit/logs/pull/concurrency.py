"""How many requests run at once: as many as Twilio bears, found by trying.

Source: Understanding Twilio rate limits and message queues (a cap on simultaneous requests of an account, HTTP 429 over
it, no figure; read 2026-11-23).
"""

from __future__ import annotations

import threading
import time
from types import TracebackType

from msvc_toolkit.connection.live import CONCURRENCY

START, MOST = 2 * CONCURRENCY, 3 * CONCURRENCY
"""Requests at once to begin with, and never more than. Ours: third parties name a cap of 100 for all an account does."""
_REST_SECONDS = 1.0


class Throttle:
    """Lets a number of requests through at once; a 429 halves it, and it grows while all goes well, slowly after one."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._running, self._limit, self._well = 0, START, 0
        self._halved = 0.0

    @property
    def limit(self) -> int:
        """How many may run at once now."""
        return self._limit

    def __enter__(self) -> None:
        with self._free:
            self._free.wait_for(lambda: self._running < self._limit)
            self._running += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._free:
            self._running -= 1
            self._well += kind is None
            if self._well >= (self._limit if self._halved else 1):
                self._well, self._limit = 0, min(self._limit + 1, MOST)
            self._free.notify_all()

    def heard(self, status: int | None) -> None:
        """Take note of a try that failed; of many 429 in one second, which are one event, the first counts."""
        with self._free:
            self._well = 0
            if status == 429 and time.monotonic() > self._halved + _REST_SECONDS:  # noqa: PLR2004 - HTTP's own number
                self._halved, self._limit = time.monotonic(), max(1, self._limit // 2)
