"""Long jobs in a thread of their own: one at a time, and only the newest of each kind."""

from __future__ import annotations

import threading
from collections.abc import Callable

Job = Callable[[], None]


class Worker:
    """Runs jobs one after the other in a thread of its own.

    Of several waiting jobs of one kind only the newest is run: after three clicks in a second only the messages of the
    third bar are wanted. A running job finds `stopped` set when a newer one of its kind waits, or when it was cancelled.
    `changed` is called when work begins (True) and when none is left (False); it must not add jobs.
    """

    def __init__(self, name: str, changed: Callable[[bool], None]) -> None:
        self._name, self._changed = name, changed
        self._lock = threading.Lock()
        self._waiting = dict[str, Job]()
        self._running = ""
        self._stop = threading.Event()
        self._idle = threading.Event()
        self._idle.set()

    @property
    def busy(self) -> bool:
        """Whether there is work."""
        return not self._idle.is_set()

    @property
    def stopped(self) -> bool:
        """Whether the running job should stop."""
        return self._stop.is_set()

    def do(self, kind: str, job: Job) -> None:
        """Run a job as soon as those before it have ended."""
        with self._lock:
            self._waiting.pop(kind, None)
            self._waiting[kind] = job
            if self.busy:
                if self._running == kind:
                    self._stop.set()
                return
            self._idle.clear()
        self._changed(True)
        threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def cancel(self) -> None:
        """Stop the running job, and drop those that wait."""
        with self._lock:
            self._waiting.clear()
            self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Wait until there is no work; return False if the time runs out."""
        return self._idle.wait(seconds)

    def _run(self) -> None:
        while True:
            with self._lock:
                self._running = next(iter(self._waiting), "")
                self._stop.clear()
                if not self._running:
                    self._changed(False)
                    self._idle.set()
                    return
                job = self._waiting.pop(self._running)
            job()
