"""One pull: its slices are read in parallel, and every page is stored before the next one is requested."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa

from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import Unreachable
from msvc_toolkit.logs.pages import ONE_AT_A_TIME
from msvc_toolkit.logs.pull import checkpoint
from msvc_toolkit.logs.pull.checkpoint import Ledger, PullState
from msvc_toolkit.logs.pull.message_list import Listing, Throttle
from msvc_toolkit.logs.pull.slices import Slice, plan
from msvc_toolkit.logs.pull.workers import SliceReaders
from msvc_toolkit.logs.storage.derived_columns import derive
from msvc_toolkit.logs.storage.store import Store
from msvc_toolkit.logs.time_zones import Span, common, day_span, joined, without

Progress = Callable[[int, int, str], None]
"""Called with how much is done, of how much, and a sentence."""


@dataclass(frozen=True)
class PullRequest:
    """The request for a pull: its window, the account's time, and what to call after every page."""

    since: datetime
    until: datetime
    now: datetime
    bodies: bool
    progress: Progress
    cancelled: Callable[[], bool]


class Pull:
    """Reads the parts of a window that a log lacks, and those that may have changed; the caller holds the log's lock."""

    def __init__(self, conn: Connection, store: Store, request: PullRequest) -> None:
        self._conn, self._store, self._request = conn, store, request
        self._stop = threading.Event()
        self._listing = Listing(conn, Throttle(), self._stop.is_set)
        self._failures: list[Unreachable] = []
        self._rows = 0
        self._counting = threading.Lock()

    def run(self) -> None:
        """Read and store the messages, then write the record; what was read is kept whatever happens.

        Raises:
            TwilioRefused: The credentials may not read the list.
            Unreachable: Not one page could be read.
            KeyboardInterrupt: Ctrl-C was pressed; the pages that were on their way are stored.
        """
        with _interruptible(self._stop):
            self._run()

    def _run(self) -> None:
        store, request = self._store, self._request
        left = self._settle(checkpoint.load(store.folder, self._listing.owns), store.set_damage_aside())
        wanted = [(request.since, request.until)]
        again = [day_span(day) for day in store.changing_days()]
        going_on = [one for one in left if common(wanted, [one.gap])]
        gaps = [one.gap for one in going_on]
        fresh = without(joined([*common(wanted, again), *without(wanted, store.covered)]), gaps)
        self._windows = joined([*fresh, *common(wanted, gaps)])
        asked = joined([*store.state.asked, *wanted])
        store.save(replace(store.state, account_sid=self._conn.account_sid, asked=tuple(asked)))
        ledger = Ledger(store.folder, PullState(request.now, self._windows))
        try:
            numbers = ledger.plan(without(self._windows, fresh), going_on)
            self._read(ledger, fresh, numbers)
        finally:
            self._close(ledger)
        if self._failures and not self._rows:
            raise self._failures[0]

    def _settle(self, pull: PullState | None, lost: list[date]) -> list[Slice]:
        """Take over what a pull that did not end has read, without damaged days; return the slices it left unread."""
        if pull is None:
            return []
        lost += [day for day, number in pull.kept if not self._store.holds(day, number)]
        lost += self._store.compact()
        self._record(pull, self._store.state.read_at or pull.read_at, lost)
        return [one for one in pull.slices.values() if one.next_uri is not None]

    def _read(self, ledger: Ledger, windows: list[Span], going_on: list[int]) -> None:
        readers = SliceReaders(self._listing, ledger, self._take, lambda one: self._report(ledger, one), self._stop)
        readers.may_cut = len(going_on) > 1  # it was entered in its middle before
        try:
            readers.start(going_on)
            for window in reversed(windows):
                if self._stop.is_set():
                    break
                planned = plan(self._listing, window, self._request.now, readers.map)
                kept = self._take(planned.rows)
                readers.may_cut |= planned.may_enter
                readers.start(ledger.plan([window], planned.slices, pages=1, kept=kept))
            readers.finish()
        except Unreachable as error:
            self._failures.append(error)
        finally:
            self._stop.set()
            readers.close()
            self._failures += readers.failures

    def _take(self, rows: pa.Table) -> dict[date, int]:
        """Keep the messages that belong into the log, and return the number of the file of each day."""
        with ONE_AT_A_TIME:
            created = rows["date_created"].to_numpy()
            belongs = np.zeros(len(created), bool)
            for span in self._windows:
                since, until = (np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us") for moment in span)
                belongs |= (created >= since) & (created < until)
            rows = derive(rows.filter(pa.array(belongs)), bodies=self._request.bodies or self._store.state.bodies)
        kept = self._store.add(rows)
        with self._counting:
            self._rows += len(rows)
        return kept

    def _report(self, ledger: Ledger, one: Slice) -> None:
        total = sum((until - since).total_seconds() for since, until in self._windows)
        if self._request.cancelled():
            self._stop.set()
        with self._counting:
            slices = list(ledger.state.slices.values())
            unplanned = without(self._windows, ledger.state.planned)
            left = sum((until - since).total_seconds() for since, until in unplanned)
            left += sum((each.reached - each.since).total_seconds() for each in slices if each.next_uri is not None)
            done = max(0, int(total - left))
            self._request.progress(done, int(total), f"{self._rows:,} messages, at {one.reached:%Y-%m-%d %H:%M} UTC.")

    def _close(self, ledger: Ledger) -> None:
        """Make the days one file each, and write the record."""
        pull, store, recorded = ledger.state, self._store, False
        try:
            lost = store.compact(
                lambda done, days: self._request.progress(done, days, f"Sorting day {done + 1} of {days}.")
            )
            known = store.state.read_at if pull.gaps else None  # what was to be read again and was not counts as unread
            self._record(pull, known or pull.read_at, lost)
            recorded = True
        finally:
            ledger.close(remove=recorded and not any(one.next_uri is not None for one in pull.slices.values()))

    def _record(self, pull: PullState, read_at: datetime, lost: Iterable[date]) -> None:
        """Write the record: what was read and when, without days that are damaged or gone already."""
        state = self._store.state
        where = "sandbox" if self._conn.label == "SANDBOX" else "live account"
        covered = joined([*state.covered, *without(pull.windows, pull.gaps)])
        covered = without(covered, map(day_span, lost))
        changed = replace(
            state.noted(source=f"pulled from the {where}"),
            account_sid=self._conn.account_sid,
            bodies=state.bodies or self._request.bodies,
            covered=tuple(covered),
            lost={day: why for day, why in state.lost.items() if not self._is_back(day, covered)},
            read_at=read_at,
            pages=state.pages + pull.pages,
            slices=state.slices + len(pull.slices),
        )
        self._store.save(changed)

    def _is_back(self, day: date, covered: list[Span]) -> bool:
        """Whether all that was ever asked for of a day was read."""
        asked = common([day_span(day)], self._store.state.asked)
        return bool(asked) and not without(asked, covered)


@contextmanager
def _interruptible(stop: threading.Event) -> Iterator[None]:
    """Let Ctrl-C set `stop` and raise KeyboardInterrupt at the end; pressed again, raise it at once.

    Raised in the middle of an import, it would leave the lock of that module taken, and the workers would wait for it
    for ever.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is not signal.default_int_handler:
        yield
        return

    def end(*_: object) -> None:
        signal.signal(signal.SIGINT, before)
        stop.set()

    signal.signal(signal.SIGINT, end)
    try:
        yield
        interrupted = signal.getsignal(signal.SIGINT) is before
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupted:
        raise KeyboardInterrupt
