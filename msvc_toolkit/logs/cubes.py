"""The cubes of one log, each asked once: of its rows, or day by day beside a kept log, where only changed days are."""

from __future__ import annotations

import json
import os
import time
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
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from msvc_toolkit.logs import cube
from msvc_toolkit.logs.days import Day
from msvc_toolkit.logs.newest import META
from msvc_toolkit.logs.pick import Pick, sort_cube
from msvc_toolkit.logs.rows import Question, Rows, connect, read_rows, to_pandas
from msvc_toolkit.logs.store import Store

BATCH = 4_000_000
"""About how many rows of a kept log are asked at once, so that memory stays flat however long it is."""
_FILES = 8
"""More files than this of one cube become one."""
_FORM = 2
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
    connection = connect()
    return Cubes(read_rows(frame.relation(connection), keeper=connection), frame)


def _by_day(store: Store, wanted: Cube, tell: Tell) -> pa.Table:
    """Return a cube of a kept log; what was computed of days whose files are as they were is read from beside it.

    Each of its files holds some days and says in which state of theirs it was made.
    """
    folder = store.cube_folder / wanted.name
    states = {day.isoformat(): one.fingerprint for day, one in store.days.items()}
    parts: list[pa.Table] = []
    files = sorted(folder.glob(f"{_FORM}-*.parquet"))
    known: dict[str, str] = {}
    for path in files:
        part, made_of = _load(path)
        valid = [day for day, state in made_of.items() if states.get(day) == state and day not in known]
        if len(valid) < len(made_of):
            part = part.filter(
                pc.is_in(pc.cast(part["hour"], pa.date32()), pa.array(map(date.fromisoformat, valid), pa.date32()))
            )
        parts.append(part)
        known |= {day: states[day] for day in valid}
    todo = [one for day, one in store.days.items() if day.isoformat() not in known]
    of, done = sum(map(_count, todo)), 0
    for batch in _batches(todo):
        tell(done, of)
        parts.append(_encoded(_ask(batch, store, wanted.question)))
        _put(folder, parts[-1], {one.day.isoformat(): one.fingerprint for one in batch})
        done += sum(map(_count, batch))
    if not parts:
        return _ask([], store, wanted.question)
    whole = pa.concat_tables(parts)
    if len(files) > _FILES:
        _put(folder, whole.unify_dictionaries(), states)
        for old in files:
            old.unlink(missing_ok=True)
    return whole


def _load(path: Path) -> tuple[pa.Table, dict[str, str]]:
    """Read a file and the days it holds; one that is not whole holds none and goes."""
    try:
        part = pq.read_table(path, partitioning=None)
        return part, json.loads(part.schema.metadata[META])
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError):
        path.unlink(missing_ok=True)
        return pa.table({"hour": pa.array([], pa.timestamp("us"))}), {}


def _put(folder: Path, part: pa.Table, made_of: dict[str, str]) -> None:
    """Write a file whole or not at all; it is not forced to the disk, as what is lost is made again."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{_FORM}-{time.time_ns():020}.parquet"
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    pq.write_table(part.replace_schema_metadata({META: json.dumps(made_of)}), draft, compression="zstd")
    draft.replace(path)


def _encoded(part: pa.Table) -> pa.Table:
    texts = [pa.types.is_string(one.type) for one in part.schema]
    columns = [column.dictionary_encode() if text else column for column, text in zip(part.columns, texts, strict=True)]
    return pa.table(dict(zip(part.column_names, columns, strict=True)))


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


def _ask(days: list[Day], store: Store, question: Question) -> pa.Table:
    part = copy(store)
    part.days = {one.day: one for one in days}
    with connect() as connection:
        answer = question(nw.from_native(part.relation(connection))).collect(backend="pyarrow").to_native()
    return answer.cast(pa.schema([one.with_type(_whole_number(one.type)) for one in answer.schema]))


def _whole_number(kind: pa.DataType) -> pa.DataType:
    return pa.int64() if pa.types.is_decimal(kind) else kind
