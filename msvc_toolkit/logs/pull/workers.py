"""Threads that read the slices of a pull in parallel; an idle one takes half of the longest remaining slice."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyarrow as pa

from msvc_toolkit.errors import Unreachable
from msvc_toolkit.logs.pull.checkpoint import Ledger
from msvc_toolkit.logs.pull.message_list import MOST, Listing
from msvc_toolkit.logs.pull.slices import Slice, cut, fits

WORTH_A_CUT = 3.0
"""The least remaining pages of a slice that is cut: finding its middle costs as much as one page."""


@dataclass
class _Pace:
    """How far a slice is read, down to where it may be cut, and the time that its last or its average page held."""

    reached: datetime
    bottom: datetime
    span: timedelta

    @property
    def pages(self) -> float:
        """About how many pages are left."""
        left = self.reached - self.bottom
        return left / self.span if self.span else math.inf if left else 0


class SliceReaders:
    """Reads slices to their ends in several threads, and stores every page before the next one is asked for."""

    def __init__(
        self,
        listing: Listing,
        ledger: Ledger,
        keep: Callable[[pa.Table], Mapping[date, int]],
        report: Callable[[Slice], None],
        stop: threading.Event,
    ) -> None:
        self._listing, self._ledger, self._keep, self._report, self._stop = listing, ledger, keep, report, stop
        self._pool = ThreadPoolExecutor(MOST, thread_name_prefix="msvc-pull")
        self._jobs: list[Future[None]] = []
        self._locks: dict[int, threading.Lock] = {}
        self._seen = threading.Condition()
        self._unread: set[int] = set()
        self._paces: dict[int, _Pace] = {}
        self._being_cut: set[int] = set()
        self.map = self._pool.map
        self.may_cut = False
        self.failures: list[Unreachable] = []

    def start(self, numbers: Iterable[int]) -> None:
        """Start reading slices of the checkpoint."""
        for number in numbers:
            self._unread.add(number)
            self._jobs.append(self._pool.submit(self._read, number))

    def finish(self) -> None:
        """Wait until everything is read, or reading has stopped; idle threads help with the remaining slices."""
        if self.may_cut:
            self._jobs += [self._pool.submit(self._help) for _ in range(MOST)]
        for job in as_completed(self._jobs):
            job.result()

    def close(self) -> None:
        """Finish the pages that are being read, and end."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _read(self, number: int) -> None:
        pages, one = 0, self._ledger.state.slices[number]
        try:
            while not self._stop.is_set() and (uri := one.next_uri) is not None:
                page, before = self._listing.page(uri), one.reached
                with self._lock(number):  # another thread may have taken the lower half meanwhile
                    one, rows = self._ledger.state.slices[number].read(page)
                    self._ledger.page(number, one, self._keep(rows))
                    pages += 1
                    span = min(before - one.reached, (one.until - one.reached) / pages)
                    with self._seen:
                        known = self._paces.get(number)
                        bottom = max(one.since, known.bottom) if known else one.since
                        self._paces[number] = _Pace(one.reached, bottom, span)
                        self._seen.notify_all()
                self._report(one)
        except Unreachable as error:
            self.failures.append(error)
        finally:
            with self._seen:
                self._unread.discard(number)
                self._seen.notify_all()

    def _help(self) -> None:
        """Take the lower half of the slice with the most left to read, as long as there is one."""
        while (number := self._longest()) is not None:
            pace = self._paces[number]
            middle, lower = pace.bottom + (pace.reached - pace.bottom) / 2, None
            try:
                place = self._listing.newest_sent(middle, pace.bottom)
                with self._lock(number):
                    one = self._ledger.state.slices[number]
                    if place is not None and one.next_uri is not None and fits(place, one):
                        lower = self._ledger.cut(number, *cut(self._listing, one, place))
                        self._unread.add(lower)
                        self._paces[number].bottom = place.created
                    elif one.reached > middle:
                        self._paces[number].bottom = middle
            except Unreachable:
                return  # nothing is lost: whoever reads the slice reads it to its end
            finally:
                with self._seen:
                    self._being_cut.discard(number)
            if lower is not None:
                self._read(lower)

    def _longest(self) -> int | None:
        """Wait until a slice is worth a cut, and return it; None when there will be none."""
        with self._seen:
            while self._unread and not self._stop.is_set():
                known = (self._unread - self._being_cut) & self._paces.keys()
                number = max(known, key=lambda each: self._paces[each].pages, default=None)
                if number is not None and self._paces[number].pages >= WORTH_A_CUT:
                    self._being_cut.add(number)
                    return number
                self._seen.wait(timeout=1)
        return None

    def _lock(self, number: int) -> threading.Lock:
        return self._locks.setdefault(number, threading.Lock())
