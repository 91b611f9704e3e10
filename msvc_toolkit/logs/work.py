"""Long work beside the kernel's main thread: one job at a time, and the newest wins."""

from __future__ import annotations

import threading
from collections.abc import Callable

Job = Callable[[], None]


class Worker:
    """Carries out jobs one after the other in a thread of its own.

    A job that is asked for while another runs waits for it, and takes the place of one that waits: whoever clicks three
    bars in a second wants the rows of the third.

    Args:
        name: Of its thread.
        changed: Called in that thread when work begins, and when none is left.
    """

    def __init__(self, name: str, changed: Callable[[], None]) -> None:
        self._name, self._changed = name, changed
        self._lock = threading.Lock()
        self._waiting: Job | None = None
        self._idle = threading.Event()
        self._idle.set()
        self.cancelled = threading.Event()

    @property
    def busy(self) -> bool:
        """Tell whether there is work."""
        return not self._idle.is_set()

    def do(self, job: Job) -> None:
        """Carry out a job as soon as the one before it has ended."""
        with self._lock:
            self._waiting = job
            if self.busy:
                return
            self._idle.clear()
            self.cancelled.clear()
        threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def cancel(self) -> None:
        """Ask the running job to stop, and forget the one that waits."""
        with self._lock:
            self._waiting = None
        self.cancelled.set()

    def wait(self, seconds: float) -> bool:
        """Wait until there is no work; return whether that came to pass."""
        return self._idle.wait(seconds)

    def _run(self) -> None:
        self._changed()
        while True:
            with self._lock:
                job, self._waiting = self._waiting, None
                if job is None:
                    self._idle.set()
                    break
                self.cancelled.clear()
            job()
        self._changed()
