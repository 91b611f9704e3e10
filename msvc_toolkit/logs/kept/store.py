"""The kept log on disk: rows in and out, one row a message in its newest state, and the certificate of it all."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, reduce
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.kept import days, state
from msvc_toolkit.logs.kept.compaction import drop_rows, earlier_rows, tidy
from msvc_toolkit.logs.kept.newest import META, Figures, all_of, figures_of, newest
from msvc_toolkit.logs.kept.pages import DESK
from msvc_toolkit.logs.kept.spans import Span, day_span, joined, without
from msvc_toolkit.logs.model import Certificate
from msvc_toolkit.logs.table import SCHEMA

SETTLED = timedelta(days=14)
"""How long a status is expected to change still. Source: error page 20009 (some routes stay open for 14 days), read
2026-11-23. A message may stay `sent` for ever where carriers give no receipts."""
PRICED = timedelta(days=3)
"""How long a price is expected to come still. Ours: Twilio names no time; prices mostly come within hours."""


class Store:
    """A log kept in a folder. It is read as it stands; only who holds `locked` may write.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = state.load(folder)
        self.state, self._problem = kept.state, kept.problem
        self._counter = threading.Lock()
        self._number = 0
        self.look()

    def look(self) -> None:
        """Look at the folder again: which files there are, and whether they are whole."""
        found = days.read_days(self.folder)
        self.days = {day: one for day, one in found.items() if not one.damage}
        self.damaged = {day: one for day, one in found.items() if one.damage}
        self.__dict__.pop("certificate", None)

    @property
    def cube_folder(self) -> Path:
        """Where what is computed of days may be kept; it can be deleted at any time."""
        return self.folder / "cube"

    @property
    def files(self) -> list[Path]:
        """Every file in force. They hold each message once, unless a pull is at work on them."""
        return [path for day in self.days.values() for path in day.files]

    def relation(self, con: duckdb.DuckDBPyConnection | None = None) -> Any:
        """Return the log for DuckDB, each message in its newest state.

        Args:
            con: The connection to use; a new one when not given.
        """
        connection = con or duckdb.connect()
        clean = [path for day in self.days.values() if not day.is_dirty for path in day.files]
        dirty = [path for day in self.days.values() if day.is_dirty for path in day.files]
        parts = [all_of(connection, clean)] if clean else []
        parts += [newest(connection, {path: days.read_rows(path) for path in dirty})] if dirty else []
        return reduce(duckdb.DuckDBPyRelation.union, parts) if parts else connection.from_arrow(SCHEMA.empty_table())

    @property
    def covered(self) -> list[Span]:
        """The time that was read to its end and is here undamaged."""
        return without(self.state.covered, [day_span(day) for day in self.damaged])

    @cached_property
    def certificate(self) -> Certificate:
        """How complete the log is."""
        figures = {day: self.figures(day) for day in self.days}
        changing = {day: one for day, one in figures.items() if self._may_change(day, one)}
        covered = self.covered
        if asked := joined([*self.state.asked, *covered]):
            window: tuple[datetime | None, datetime | None] = (asked[0][0], asked[-1][1])
        elif dated := [day for day in self.days if day != days.UNDATED]:
            window = (day_span(min(dated))[0], day_span(max(dated))[1])
        else:
            window = (None, None)
        upto = covered[0][1] if covered and covered[0][0] == window[0] else None
        for day, one in changing.items():
            oldest = [text for text in (self._open(day, one), self._unpriced(day, one)) if text]
            if upto is not None:
                upto = min(upto, *(datetime.fromisoformat(text).replace(tzinfo=UTC) for text in oldest))
        return Certificate(
            source=" and ".join(self.state.sources) or "kept in a folder",
            since=window[0],
            until=window[1],
            slices=self.state.slices,
            pages=self.state.pages,
            rows=sum(one.rows for one in figures.values()),
            gaps=tuple(without([(asked[0][0], asked[-1][1])], covered)) if asked else (),
            duplicates=self.state.duplicates,
            not_final=sum(one.not_final for day, one in changing.items() if self._open(day, one)),
            unpriced=sum(one.unpriced for day, one in changing.items() if self._unpriced(day, one)),
            complete_up_to=upto,
            notes=(*self.state.notes, *([self._problem] if self._problem else []), *self._losses()),
        )

    def changing_days(self) -> list[date]:
        """Return the days that hold rows which may still change, as they were last seen."""
        return [day for day in self.days if self._may_change(day, self.figures(day))]

    def figures(self, day: date) -> Figures:
        """Return what a day holds; a base carries it in its own metadata."""
        one = self.days[day]
        if not one.is_dirty:
            told = (pq.read_metadata(one.files[0]).metadata or {}).get(META)
            if told:
                return Figures(**json.loads(told))
        with closing(duckdb.connect()) as con:
            return figures_of(newest(con, {path: days.read_rows(path) for path in one.files}).to_arrow_table())

    def _losses(self) -> list[str]:
        lost = {day.isoformat(): one.damage for day, one in self.damaged.items()}
        for aside in sorted(self.folder.glob("damaged/day=*/*")):
            lost.setdefault(aside.parent.name.removeprefix("day="), f"{aside.name} was damaged and is set aside")
        for day in self.days:
            lost.pop(day.isoformat(), None)
        return [f"{day} is left out, {why}; the next pull of that day fetches it anew" for day, why in lost.items()]

    def _may_change(self, day: date, one: Figures) -> bool:
        return bool(self._open(day, one) or self._unpriced(day, one))

    def _open(self, day: date, one: Figures) -> str | None:
        return one.oldest_open if self._within(day, SETTLED) else None

    def _unpriced(self, day: date, one: Figures) -> str | None:
        return one.oldest_unpriced if self._within(day, PRICED) else None

    def _within(self, day: date, age: timedelta) -> bool:
        read_at = self.state.read_at
        return read_at is None or day_span(day)[1] > read_at - age

    # From here on: writing.

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one who writes to this log; the system lets go of it even when the process is killed.

        Raises:
            InvalidInput: Another process is writing.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / ".lock").touch()
        except OSError as error:
            sentence = f"{self.folder} cannot be written to ({error.strerror}). Choose another folder."
            raise InvalidInput([Problem("folder", sentence)]) from None
        with closing(sqlite3.connect(self.folder / ".lock", timeout=0, isolation_level=None)) as lock:
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                sentence = f"Another pull or import is writing to {self.folder}. Wait until it has ended, or choose another folder."
                raise InvalidInput([Problem("folder", sentence)]) from None
            kept = state.load(self.folder)
            self.state, self._problem = kept.state, kept.problem
            self.look()
            numbers = [days.number_of(path) for one in self.days.values() for path in (*one.files, *one.void)]
            self._number = max(numbers, default=0)
            yield

    def add(self, rows: pa.Table) -> None:
        """Keep rows in `table.SCHEMA`; they are on the disk when this returns."""
        with DESK:
            place = pc.fill_null(pc.cast(rows["date_created"], pa.date32()), days.UNDATED)
            parts = [(day, days.pack(rows.filter(pc.equal(place, day)))) for day in pc.unique(place).to_pylist()]
        for day, packed in parts:
            days.write_delta(self.folder, day, self._next_number(), packed)

    def set_damage_aside(self) -> None:
        """Move files that cannot be read out of the way, and forget that their days were read."""
        for day, one in self.damaged.items():
            aside = self.folder / "damaged" / days.folder_of(self.folder, day).name
            aside.mkdir(parents=True, exist_ok=True)
            for path in (*one.files, *one.void):
                path.replace(aside / path.name)
        if self.damaged:
            self.save(replace(self.state, covered=tuple(self.covered)))

    def compact(self, tell: Callable[[int, int], None] | None = None) -> None:
        """Make one file of each day that has later ones; what cannot be read is set aside, and read anew by the next pull.

        Args:
            tell: Is told how many days are done, of how many.
        """
        self.look()
        tidied = tidy(self.folder, [one for one in self.days.values() if one.is_dirty], tell)
        for one in self.days.values():
            for path in (*one.void, *days.folder_of(self.folder, one.day).glob(".*.part")):
                path.unlink(missing_ok=True)
        if tidied.duplicates:
            self.save(replace(self.state, duplicates=self.state.duplicates + tidied.duplicates))
        self.damaged |= {day: replace(self.days[day], damage=why) for day, why in tidied.broken.items()}
        self.set_damage_aside()
        self.look()
        self._keep_one_day()

    def _keep_one_day(self) -> None:
        """Drop the earlier row of a message that files gave two days: without its own date, a later row may have one."""
        if days.UNDATED not in self.days and not self.state.by_date_sent:
            return
        with closing(duckdb.connect()) as con:
            earlier = earlier_rows(con, self.relation(con))
        for day, sids in earlier.items():
            drop_rows(self.folder, self.days[day], sids, self._next_number())
        if earlier:
            self.save(replace(self.state, duplicates=self.state.duplicates + sum(map(len, earlier.values()))))
            self.look()

    def save(self, changed: state.State) -> None:
        """Write the log's record."""
        state.save(self.folder, changed)
        self.state, self._problem = changed, ""
        self.__dict__.pop("certificate", None)

    def _next_number(self) -> int:
        with self._counter:
            self._number = max(self._number + 1, time.time_ns())
            return self._number


def open_store(folder: str | Path) -> Store:
    """Open a kept log.

    Args:
        folder: Where `pull_logs` or `import_logs` has kept it.

    Raises:
        InvalidInput: There is no log in that folder.
    """
    path = Path(folder).expanduser()
    if not path.is_dir() or not (any(path.glob("day=*")) or (path / "log.json").exists()):
        sentence = f"There is no log in {path}. Fill it first: pull_logs(conn, {str(folder)!r})."
        raise InvalidInput([Problem("folder", sentence)])
    store = Store(path)
    if any(day.is_dirty for day in store.days.values()):
        with suppress(InvalidInput), store.locked():  # a pull at work will do it itself
            store.compact()
    return store
