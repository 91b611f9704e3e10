"""Several hands read the slices of a pull side by side; who is done takes half of what the busiest has before him."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed

import pyarrow as pa

from msvc_toolkit.errors import Unreachable
from msvc_toolkit.logs.intake.ledger import Ledger
from msvc_toolkit.logs.intake.listing import Listing
from msvc_toolkit.logs.intake.slices import Slice, cut, fits
from msvc_toolkit.logs.intake.throttle import MOST

WORTH_A_CUT = 3.0
"""Pages that must be left of a slice: to find its middle costs as much as one."""


class Crew:
    """Reads slices to their ends and keeps every page before the next one is asked for.

    Args:
        listing: The list.
        book: Where it is written down how far each slice is.
        keep: Puts messages on the disk.
        tell: Is called after every page.
        stop: Is set when nothing more shall be asked for.
    """

    def __init__(
        self, listing: Listing, book: Ledger, keep: Callable[[pa.Table], None], tell: Callable[[Slice], None],
        stop: threading.Event,
    ) -> None:  # fmt: skip
        self._listing, self._book, self._keep, self._tell, self._stop = listing, book, keep, tell, stop
        self._hands = ThreadPoolExecutor(MOST, thread_name_prefix="msvc-pull")
        self._jobs: list[Future[None]] = []
        self._begun = 0
        self._pages: dict[int, int] = {}
        self._locks: dict[int, threading.Lock] = {}
        self._choosing = threading.Lock()
        self._being_cut: set[int] = set()
        self.map = self._hands.map
        self.may_cut = False
        self.failures: list[Unreachable] = []

    def take(self, numbers: Iterable[int]) -> None:
        """Begin to read slices of the book."""
        self._jobs += [self._hands.submit(self._work, number) for number in numbers]

    def finish(self) -> None:
        """Wait until all is read, or nothing more is."""
        for job in as_completed(self._jobs):
            job.result()

    def leave(self) -> None:
        """Finish the pages that are on their way, and end."""
        self._hands.shutdown(wait=True, cancel_futures=True)

    def _work(self, number: int) -> None:
        self._begun += 1
        mine: int | None = number
        try:
            while mine is not None and not self._stop.is_set():
                self._read(mine)
                mine = self._share()
        except Unreachable as error:
            self.failures.append(error)

    def _read(self, number: int) -> None:
        while not self._stop.is_set() and (uri := self._book.told.slices[number].next_uri) is not None:
            page = self._listing.page(uri)
            with self._lock(number):  # somebody may have taken the lower half meanwhile
                one, rows = self._book.told.slices[number].read(page)
                self._keep(rows)
                self._book.page(number, one)
            self._pages[number] = self._pages.get(number, 0) + 1
            self._tell(one)

    def _share(self) -> int | None:
        """Cut the slice with the most left to read, and return the lower half; None when none is worth it."""
        with self._choosing:
            left = {number: self._left(number, one) for number, one in dict(self._book.told.slices).items()}
            number = max(left, key=lambda each: left[each], default=-1)
            if not self.may_cut or self._begun < len(self._jobs) or left.get(number, 0) < WORTH_A_CUT:
                return None
            self._being_cut.add(number)
        one = self._book.told.slices[number]
        try:
            place = self._listing.newest_sent(one.since + (one.reached - one.since) / 2, one.since)
            with self._lock(number):
                one = self._book.told.slices[number]
                if place is None or one.next_uri is None or not fits(place, one):
                    return None
                return self._book.cut(number, *cut(self._listing, one, place))
        finally:
            self._being_cut.discard(number)

    def _left(self, number: int, one: Slice) -> float:
        """Return about how many pages a slice still has, by what it had so far; 0 where that cannot be told."""
        read = (one.until - one.reached).total_seconds()
        if one.next_uri is None or number in self._being_cut or not read:
            return 0
        return self._pages.get(number, 0) * (one.reached - one.since).total_seconds() / read

    def _lock(self, number: int) -> threading.Lock:
        return self._locks.setdefault(number, threading.Lock())
