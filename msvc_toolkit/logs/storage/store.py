"""A stored log: adds and reads rows, one per message in its newest state, and makes the certificate."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, reduce
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from msvc_toolkit.errors import InvalidInput, Problem, ToolkitError
from msvc_toolkit.logs.certificate import Certificate
from msvc_toolkit.logs.pages import ONE_AT_A_TIME
from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.logs.storage import manifest, partitions
from msvc_toolkit.logs.storage.compaction import (
    META,
    Figures,
    all_of,
    drop_rows,
    earlier_rows,
    figures_of,
    newest,
    remove,
    tidy,
)
from msvc_toolkit.logs.time_zones import Span, day_span, joined, without
from msvc_toolkit.private.private_files import make_private_file, make_private_folder

Answer = TypeVar("Answer")
SETTLED = timedelta(days=14)
"""How long a status may still change. Source: error page 20009 (some routes stay open for 14 days), read
2026-11-23. A message may stay `sent` forever if carriers give no receipts."""
PRICED = timedelta(days=3)
"""How long a price may still come. Ours: Twilio documents no time; prices mostly come within hours."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Errors of a system that has no room for what is to be written."""


class Store:
    """A log stored in a folder. Readers need no lock; writers hold `locked`. `version` grows when its files change.

    Raises:
        InvalidInput: A newer version of this package wrote it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.version = 0
        self.days: dict[date, partitions.Day] = {}
        self.damaged: dict[date, partitions.Day] = {}
        self.state, self._problem = manifest.State(), ""
        self._looking = threading.RLock()
        self._counter = threading.Lock()
        self._number = 0
        self.reopen()

    def reopen(self) -> bool:
        """Read the record and the folder again; return whether anything is different."""
        with self._looking:
            before = self.state
            self.state, self._problem = manifest.load(self.folder)
            return self.look() or self.state != before

    def look(self) -> bool:
        """Check which files exist and whether they are unchanged; return whether anything is different."""
        with self._looking:
            found = partitions.read_days(self.folder, partitions.Expected(self.state.account_sid, self.state.held))
            return self._see(found)

    def _see(self, found: Mapping[date, partitions.Day]) -> bool:
        before = {**self.days, **self.damaged}
        self.days = {day: one for day, one in found.items() if not one.damage}
        self.damaged = {day: one for day, one in found.items() if one.damage}
        self.__dict__.pop("certificate", None)
        changed = before != found
        self.version += changed
        return changed

    def steadily(self, read: Callable[[], Answer]) -> Answer:
        """Call `read`, and again if another process has replaced files meanwhile, or one is damaged."""
        tries = partitions.TRIES
        while True:
            seen = self.version
            try:
                return read()
            except (duckdb.Error, pa.ArrowException, partitions.Damaged, OSError) as error:
                tries -= 1
                if not tries or isinstance(error, duckdb.InterruptException | MemoryError):
                    raise
                with self._looking:
                    if self.version == seen and not (self.reopen() or self.check()):
                        raise

    def check(self) -> bool:
        """Compare every file with its checksum and leave out those that differ; return whether one does."""
        broken = {day: replace(one, damage=why) for day, one in self.days.items() if (why := self._broken(one))}
        if broken:
            with suppress(ToolkitError), self.locked():
                self.damaged |= broken
                self.set_damage_aside()
            self._see({**self.days, **self.damaged, **broken})
        return bool(broken)

    def _broken(self, one: partitions.Day) -> str:
        held = (self.state.held or {}).get(one.day)
        try:
            for path in one.files:
                if held and held.name == path.name:
                    partitions.check_sum(path, held)
                else:
                    partitions.read_rows(path)
        except partitions.Damaged as damage:
            return str(damage)
        return ""

    @property
    def cube_folder(self) -> Path:
        """The folder for results computed from days; it can be deleted at any time."""
        return self.folder / "cube"

    def relation(self, con: duckdb.DuckDBPyConnection | None = None) -> Any:
        """Return the log for DuckDB, each message in its newest state."""
        connection = con or duckdb.connect()
        clean = [path for day in self.days.values() if not day.is_dirty for path in day.files]
        dirty = [path for day in self.days.values() if day.is_dirty for path in day.files]
        parts = [all_of(connection, clean)] if clean else []
        parts += [newest(connection, {path: partitions.read_rows(path) for path in dirty})] if dirty else []
        return reduce(duckdb.DuckDBPyRelation.union, parts) if parts else connection.from_arrow(SCHEMA.empty_table())

    @property
    def covered(self) -> list[Span]:
        """The time that was fully read and whose files are undamaged."""
        return without(self.state.covered, [day_span(day) for day in self.damaged])

    @cached_property
    def certificate(self) -> Certificate:
        """How complete the log is."""
        return self.steadily(self._certificate)

    def _certificate(self) -> Certificate:
        figures = {day: self.figures(day) for day in self.days}
        changing = {day: one for day, one in figures.items() if self._may_change(day, one)}
        covered = self.covered
        if asked := joined([*self.state.asked, *covered]):
            window: tuple[datetime | None, datetime | None] = (asked[0][0], asked[-1][1])
        elif dated := [day for day in self.days if day != partitions.UNDATED]:
            window = (day_span(min(dated))[0], day_span(max(dated))[1])
        else:
            window = (None, None)
        upto = covered[0][1] if covered and covered[0][0] == window[0] else None
        for day, one in changing.items():
            oldest = [text for text in (self._open(day, one), self._unpriced(day, one)) if text]
            if upto is not None:
                upto = min([upto, *(datetime.fromisoformat(text).replace(tzinfo=UTC) for text in oldest)])
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
            unpriced=sum(
                one.unpriced + one.unpriced_inbound for day, one in changing.items() if self._within(day, PRICED)
            ),
            complete_up_to=upto,
            notes=(*self.state.notes, *([self._problem] if self._problem else []), *self._losses()),
        )

    def may_change_since(self, age: timedelta) -> datetime | None:
        """Return the first day, naive UTC, that is younger than an age, so that its rows may still change; None if not known."""
        if self.state.read_at is None:
            return None
        return datetime.combine((self.state.read_at - age).date(), datetime.min.time())

    def changing_days(self) -> list[date]:
        """Return the days with rows that may still change, as they were last read."""
        return [day for day in self.days if self._may_change(day, self.figures(day))]

    def figures(self, day: date) -> Figures:
        """Return the counts of a day; a base has them in its own metadata."""
        one = self.days[day]
        if not one.is_dirty:
            kept = (pq.read_metadata(one.files[0]).metadata or {}).get(META)
            if kept:
                return Figures(**json.loads(kept))
        with closing(duckdb.connect()) as con:
            return figures_of(newest(con, {path: partitions.read_rows(path) for path in one.files}).to_arrow_table())

    def _losses(self) -> list[str]:
        lost = {day: why for day, why in self.state.lost.items() if day not in self.days}
        lost |= {day: one.damage for day, one in self.damaged.items()}
        remedy = "the next pull of that day brings it back" if self.state.asked else "import that day again"
        return [f"{day} is left out ({why}); {remedy}" for day, why in sorted(lost.items())]

    def _may_change(self, day: date, one: Figures) -> bool:
        heard = one.unpriced_inbound if self._within(day, PRICED) else 0
        return bool(self._open(day, one) or self._unpriced(day, one) or heard)

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
        """Lock this log for writing; the system releases the lock even if the process is killed.

        Raises:
            InvalidInput: Another process is writing, or the folder cannot be written to.
            ToolkitError: The disk is full, or another write failed.
        """
        lock = self.folder / ".lock"
        try:
            make_private_folder(self.folder)
            if lock.is_symlink():
                lock.unlink()
            make_private_file(lock)
        except OSError as error:
            sentence = f"{self.folder} cannot be written to ({error.strerror}). Choose another folder."
            raise InvalidInput([Problem("folder", sentence)]) from None
        with closing(sqlite3.connect(lock, timeout=0, isolation_level=None)) as held:
            try:
                held.execute("BEGIN EXCLUSIVE")
            except sqlite3.DatabaseError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    sentence = f"{lock} cannot be locked ({error}). Free some space on its disk, or remove that file."
                    raise InvalidInput([Problem("folder", sentence)]) from None
                sentence = f"Another pull or import is writing to {self.folder}. Wait until it has ended, or choose another folder."
                raise InvalidInput([Problem("folder", sentence)]) from None
            self.reopen()
            if not self.state.account_sid:  # the record is lost, or never knew
                account = next((one.account for one in self.days.values() if one.account), "")
                self.state = replace(self.state, account_sid=account)
            files = [path for one in (*self.days.values(), *self.damaged.values()) for path in (*one.files, *one.void)]
            self._number = max(map(partitions.number_of, files), default=0)
            try:
                yield
            except OSError as error:
                if error.errno is None:  # it is not the system's
                    raise
                raise ToolkitError(self._unwritten(error)) from error

    def _unwritten(self, error: OSError) -> str:
        kept = "What was read is kept: do the same again, and it goes on from there."
        if error.errno in _FULL:
            return f"The disk of {self.folder} is full. Free some space. {kept}"
        return f"{error.filename or self.folder} cannot be read or written ({os.strerror(error.errno or 0)}). {kept}"

    def add(self, rows: pa.Table) -> dict[date, int]:
        """Store rows in `schema.SCHEMA` and return the numbers of their files, which are then on the disk."""
        with ONE_AT_A_TIME:
            place = pc.fill_null(pc.cast(rows["date_created"], pa.date32()), partitions.UNDATED)
            parts = {
                day: partitions.pack(rows.filter(pc.equal(place, day)), self._owner(day))
                for day in pc.unique(place).to_pylist()
            }
        numbers = {day: self._next_number() for day in parts}
        for day, packed in parts.items():
            partitions.write_delta(self.folder, day, numbers[day], packed)
        return numbers

    def holds(self, day: date, number: int) -> bool:
        """Whether the rows that `add` wrote for a day under a number are here, in their own file or in a base."""
        one = self.days.get(day)
        found = {partitions.number_of(path): path.name.startswith("base") for path in (one.files if one else ())}
        return any(at == number or (is_base and at > number) for at, is_base in found.items())

    def set_damage_aside(self) -> list[date]:
        """Move files that are damaged out of the way, and forget that their days were read; return these days."""
        lost = self.damaged
        for day, one in lost.items():
            for path in (*one.files, *one.void):
                aside = self.folder / "damaged" / partitions.folder_of(self.folder, day).name / path.name
                make_private_folder(aside.parent)
                path.replace(aside)
        if lost:
            held = self.state.held and {day: one for day, one in self.state.held.items() if day not in lost}
            why = {**self.state.lost, **{day: one.damage for day, one in lost.items()}}
            self.save(replace(self.state, covered=tuple(self.covered), held=held, lost=why))
            self.damaged = {}
        return list(lost)

    def compact(
        self, report: Callable[[int, int], None] | None = None, later: Mapping[str, date] | None = None
    ) -> list[date]:
        """Make one file of each day that has later ones, and list them all; return days that were damaged.

        If files have a message on two days, it is kept once. `later` maps its SID to the day that was read last.
        """
        self.look()
        lost = self.set_damage_aside()
        dirty = [one for one in self.days.values() if one.is_dirty]
        if dirty:
            self.save(self.state)  # whose messages they are, before a base says so
        tidied = tidy(self.folder, dirty, self.state.held or {}, self._owner, report)
        self.damaged = {day: replace(self.days[day], damage=why) for day, why in tidied.broken.items()}
        lost += self.set_damage_aside()
        self.look()
        earlier, moved = self._keep_one_day(later or {})
        held = {**(self.state.held or {}), **tidied.held, **moved}
        for day, one in self.days.items():
            base = one.files[0]
            if day not in held or held[day].name != base.name:  # written by an earlier version, or before a kill
                held[day] = partitions.list_base(base)
        still_lost = {day: why for day, why in self.state.lost.items() if day not in self.days}
        twice = self.state.duplicates + tidied.duplicates + earlier
        changed = replace(self.state, held=held, lost=still_lost, duplicates=twice)
        if changed != self.state:
            self.save(changed)
        old = [path for one in self.days.values() for path in one.void]
        remove([*old, *self.folder.glob(".*.part"), *self.folder.glob("day=*/.*.part")])
        self.look()
        return lost

    def _keep_one_day(self, later: Mapping[str, date]) -> tuple[int, dict[date, partitions.Held]]:
        """Drop the earlier row of a message that files gave two days, such as two time zones; a pull never does.

        Returns:
            How many rows were dropped, and the new file of each day they were in.
        """
        only_pulled = self.state.asked and not any(source.startswith("imported") for source in self.state.sources)
        if only_pulled and not later and partitions.UNDATED not in self.days:
            return 0, {}
        with closing(duckdb.connect()) as con:
            earlier = earlier_rows(con, self.relation(con), later)
        made = {
            day: drop_rows(self.folder, self.days[day], sids, self._next_number(), self._owner(day))
            for day, sids in earlier.items()
        }
        if made:
            self.look()
        return sum(map(len, earlier.values())), made

    def save(self, changed: manifest.State) -> None:
        """Write the log's record."""
        manifest.save(self.folder, changed)
        self.state, self._problem = changed, ""
        self.__dict__.pop("certificate", None)

    def _owner(self, day: date) -> partitions.Owner:
        return partitions.Owner(self.state.account_sid, day.isoformat())

    def _next_number(self) -> int:
        with self._counter:
            self._number = max(self._number + 1, time.time_ns())
            return self._number


def open_store(folder: str | Path) -> Store:
    """Open the log that `pull_logs` or `import_logs` has stored in a folder.

    Raises:
        InvalidInput: There is no log in that folder.
    """
    path = Path(folder).expanduser()
    if not path.is_dir() or not (any(path.glob("day=*")) or (path / "log.json").exists()):
        sentence = f"There is no log in {path}. Fill it first: pull_logs(conn, {str(folder)!r})."
        raise InvalidInput([Problem("folder", sentence)])
    store = Store(path)
    if any(day.is_dirty for day in store.days.values()):
        with suppress(ToolkitError), store.locked():  # a pull at work will do it itself
            store.compact()
    return store
