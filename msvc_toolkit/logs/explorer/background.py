"""Long work beside the kernel's main thread: one job at a time, and of each kind the newest."""

from __future__ import annotations

import threading
from collections.abc import Callable

Job = Callable[[], None]


class Worker:
    """Carries out jobs one after the other in a thread of its own.

    Of jobs of one kind that wait, the newest is carried out: whoever clicks three bars in a second wants the messages of
    the third. One that runs is told by `stopped` when a newer one of its kind waits, or when it was cancelled.

    Args:
        name: Of its thread.
        changed: Told when work begins (True) and when none is left (False); it must not ask for any.
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
        """Tell whether there is work."""
        return not self._idle.is_set()

    @property
    def stopped(self) -> bool:
        """Tell a job that runs whether it need not go on."""
        return self._stop.is_set()

    def do(self, kind: str, job: Job) -> None:
        """Carry out a job as soon as those before it have ended."""
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
        """Tell the running job to stop, and forget those that wait."""
        with self._lock:
            self._waiting.clear()
            self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Wait until there is no work; return whether that came to pass."""
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
