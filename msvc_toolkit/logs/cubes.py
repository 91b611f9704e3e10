"""The cubes of one log, each asked once: of its rows, or day by day beside a kept log, where only changed days are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from threading import RLock
from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from msvc_toolkit.logs import cube
from msvc_toolkit.logs.days import Day
from msvc_toolkit.logs.pick import Pick, sort_cube
from msvc_toolkit.logs.rows import Question, Rows, read_rows, to_pandas
from msvc_toolkit.logs.store import Store

BATCH = 4_000_000
"""About how many rows of a kept log are asked at once, so that memory stays flat however long it is."""
_FORM = 1
"""Grows when a cube's definition changes, so that files of the old one are not taken for the new."""

Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Cube:
    """One question whose answers add up.

    Args:
        name: What it is kept under.
        question: The question.
        grain: What its column ``hour`` holds.
        by_service: Whether it tells services apart.
    """

    name: str
    question: Question
    grain: str
    by_service: bool = True


TRAFFIC = {grain: Cube(f"traffic-{grain}", partial(cube.traffic, grain=grain), grain) for grain in ("hour", "quarter")}
WAITS = {
    (wait, grain): Cube(f"{wait}-{grain}", partial(cube.waits, wait=wait, grain=grain), grain)
    for wait in ("sent_seconds", "final_seconds")
    for grain in ("day", "hour", "quarter")
}
CRESTS = Cube("crests", cube.crests, "hour", by_service=False)
ODDITIES = {
    grain: Cube(f"oddities-{grain}", partial(cube.oddities, grain=grain), grain) for grain in ("hour", "quarter")
}


@dataclass(frozen=True)
class Cubes:
    """The answers of one log, asked when first needed.

    Args:
        rows: The log's rows.
        store: The kept log they lie in; None for a frame in hand.
    """

    rows: Rows
    store: Store | None = None
    _kept: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)
    _one_asks: RLock = field(default_factory=RLock, repr=False)
    _watchers: list[Tell] = field(default_factory=list, repr=False)

    @contextmanager
    def watched(self, tell: Tell) -> Iterator[None]:
        """Tell how far a long question is: how many messages are done, of how many.

        Args:
            tell: May raise to stop it; what is done of a kept log stays done.
        """
        self._watchers.append(tell)
        try:
            yield
        finally:
            self._watchers.remove(tell)

    def interrupt(self) -> None:
        """Ask the engine to give up, where it can: DuckDB does, between two steps of its own."""
        if isinstance(self.rows.keeper, duckdb.DuckDBPyConnection):
            self.rows.keeper.interrupt()

    def take(self, wanted: Cube, pick: Pick) -> pd.DataFrame:
        """Return what is picked of a cube: from the whole where that can be, else asked of the rows anew."""
        if pick == Pick():
            return self.ask(wanted.name, partial(self._whole, wanted))
        if pick.on_grain(wanted.grain) and (wanted.by_service or pick.services is None):
            return pick.of_cube(self.take(wanted, Pick()))
        return self.picked(wanted.question, pick)

    def picked(self, question: Question, pick: Pick) -> pd.DataFrame:
        """Put a question to the rows that are picked."""
        return sort_cube(to_pandas(self.rows.ask(lambda rows: question(pick.of_rows(rows)))))

    def ask(self, name: str, asked: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """Return what is kept under a name, asked once even when several threads want it."""
        with self._one_asks:
            if name not in self._kept:
                self._kept[name] = asked()
            return self._kept[name]

    def _whole(self, wanted: Cube) -> pd.DataFrame:
        if self.store is None:
            return self.picked(wanted.question, Pick())
        return sort_cube(to_pandas(_by_day(self.store, wanted, self._tell)))

    def _tell(self, done: int, of: int) -> None:
        for tell in self._watchers:
            tell(done, of)


def open_cubes(frame: Any) -> Cubes:
    """Take a frame or a kept log.

    Raises:
        InvalidInput: See `rows.read_rows`.
    """
    if not isinstance(frame, Store):
        return Cubes(read_rows(frame))
    connection = duckdb.connect()
    return Cubes(read_rows(frame.relation(connection), keeper=connection), frame)


def _by_day(store: Store, wanted: Cube, tell: Tell) -> pa.Table:
    """Return a cube of a kept log; days whose files are as they were are read from beside it."""
    folder = store.cube_folder / wanted.name
    places = {day: folder / f"{day}-{one.fingerprint}-{_FORM}.parquet" for day, one in store.days.items()}
    parts = {day: _load(path) for day, path in places.items()}
    todo = [one for day, one in store.days.items() if parts[day] is None]
    of, done = sum(map(_count, todo)), 0
    for batch in _batches(todo):
        tell(done, of)
        parts |= _build(batch, store, wanted, places)
        done += sum(map(_count, batch))
    for old in {*folder.glob("*.parquet")} - {*places.values()}:
        old.unlink(missing_ok=True)
    return pa.concat_tables(parts.values()) if parts else _ask([], store, wanted.question)


def _load(path: Path) -> pa.Table | None:
    """Read a day's part; None when there is none, or none that is whole."""
    try:
        return pq.read_table(path, partitioning=None)
    except (OSError, pa.ArrowException):
        return None


def _batches(days: Iterable[Day]) -> Iterable[list[Day]]:
    """Put days together that hold about `BATCH` rows."""
    batch: list[Day] = []
    rows = 0
    for day in days:
        batch.append(day)
        rows += _count(day)
        if rows >= BATCH:
            yield batch
            batch, rows = [], 0
    if batch:
        yield batch


def _count(day: Day) -> int:
    return sum(pq.read_metadata(path).num_rows for path in day.files)


def _build(batch: list[Day], store: Store, wanted: Cube, places: dict[date, Path]) -> dict[date, pa.Table]:
    answer = _ask(batch, store, wanted.question).sort_by("hour")
    moments = answer["hour"].cast(pa.date32()).to_numpy()
    parts = {}
    for one in batch:
        day = np.datetime64(one.day)  # a plain date would be compared object by object
        begin, end = moments.searchsorted(day, "left"), moments.searchsorted(day, "right")
        part = answer.slice(begin, end - begin)
        for place, column in enumerate(part.columns):
            if pa.types.is_string(column.type):
                part = part.set_column(place, part.column_names[place], column.dictionary_encode())
        _put(places[one.day], part)
        parts[one.day] = part
    return parts


def _put(path: Path, part: pa.Table) -> None:
    """Write a file whole or not at all; it is not forced to the disk, as what is lost is made again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    pq.write_table(part, draft, compression="zstd")
    draft.replace(path)


def _ask(days: list[Day], store: Store, question: Question) -> pa.Table:
    part = copy(store)
    part.days = {one.day: one for one in days}
    with duckdb.connect() as connection:
        answer = question(nw.from_native(part.relation(connection))).collect(backend="pyarrow").to_native()
    return answer.cast(pa.schema([one.with_type(_whole_number(one.type)) for one in answer.schema]))


def _whole_number(kind: pa.DataType) -> pa.DataType:
    return pa.int64() if pa.types.is_decimal(kind) else kind
