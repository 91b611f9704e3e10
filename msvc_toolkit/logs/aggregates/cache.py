"""The shelf beside a kept log: answers of its rows, made again only where days have changed; it can be deleted any time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import suppress
from copy import copy
from datetime import date
from pathlib import Path

import narwhals.stable.v2 as nw
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from msvc_toolkit.logs.aggregates.engines import Question, connect
from msvc_toolkit.logs.storage.deduplicate import META
from msvc_toolkit.logs.storage.partitions import UNDATED, Day, count_rows
from msvc_toolkit.logs.storage.store import Store
from msvc_toolkit.private.private_files import write_private_file

Tell = Callable[[int, int], None]
"""Is told how many messages are done, of how many."""
BATCH = 4_000_000
"""About how many rows of a kept log are asked at once, so that memory stays flat however long it is."""
_FILES = 8
"""More files than this of one cube become one."""
_FORM = 3
"""Grows when a cube's definition changes, so that files of the old one are not taken for the new."""


def keep_by_day(store: Store, name: str, question: Question, tell: Tell) -> pa.Table:
    """Return a cube of a kept log; what was computed of days whose files are as they were is read from beside it.

    Each of its files holds some days and says in which state of theirs it was made.
    """
    folder = store.cube_folder / name
    states = _states(store)
    parts: list[pa.Table] = []
    files = sorted(folder.glob(f"{_FORM}-*.parquet"))
    known: dict[str, str] = {}
    for path in files:
        part, made_of = _load(path)
        valid = [day for day, state in made_of.items() if states.get(day) == state and day not in known]
        if len(valid) < len(made_of):
            hours = pc.fill_null(pc.cast(part["hour"], pa.date32()), UNDATED)
            part = part.filter(pc.is_in(hours, pa.array(map(date.fromisoformat, valid), pa.date32())))
        parts.append(part)
        known |= {day: states[day] for day in valid}
    parts += _added(store, name, question, _unknown(store, known), tell)
    if not parts:
        return _ask([], store, question)
    whole = pa.concat_tables(parts)
    if len(files) > _FILES:
        _put(folder, whole.unify_dictionaries(), states, files)
    return whole


def add_up(store: Store, name: str, question: Question, tell: Tell, least: int) -> None:
    """Compute what `keep_by_day` would, and keep it; fewer messages than `least` are left until they are asked for."""
    states, known = _states(store), set[str]()
    for path in (store.cube_folder / name).glob(f"{_FORM}-*.parquet"):
        with suppress(OSError, pa.ArrowException, KeyError, TypeError, ValueError):  # is found out when it is asked for
            made_of = json.loads(pq.read_schema(path).metadata[META])
            known |= {day for day, state in made_of.items() if states.get(day) == state}
    todo = _unknown(store, known)
    if sum(map(_count, todo)) >= least:
        for _ in _added(store, name, question, todo, tell):
            pass


def keep_answer(store: Store, name: str, ask: Callable[[], pa.Table]) -> pa.Table:
    """Return an answer that does not add up day by day: as it lies there, or asked anew when any day has changed."""
    folder, states = store.cube_folder / name, _states(store)
    old = [(path, *_load(path)) for path in folder.glob(f"{_FORM}-*.parquet")]
    for _, found, made_of in old:
        if made_of == states:
            return found
    answer = _encoded(ask())
    _put(folder, answer, states, [path for path, *_ in old])
    return answer


def _unknown(store: Store, known: Container[str]) -> list[Day]:
    return [one for day, one in store.days.items() if day.isoformat() not in known]


def _added(store: Store, name: str, question: Question, todo: list[Day], tell: Tell) -> Iterator[pa.Table]:
    """Put a question to days, some at once, and keep each answer."""
    of, done = sum(map(_count, todo)), 0
    for batch in _batches(todo):
        tell(done, of)
        part = _encoded(_ask(batch, store, question))
        _put(store.cube_folder / name, part, {one.day.isoformat(): one.fingerprint for one in batch})
        yield part
        done += sum(map(_count, batch))


def _states(store: Store) -> dict[str, str]:
    return {day.isoformat(): one.fingerprint for day, one in store.days.items()}


def _load(path: Path) -> tuple[pa.Table, dict[str, str]]:
    """Read a file and the days it holds; one that is not whole holds none, and is removed if possible."""
    try:
        part = pq.read_table(path, partitioning=None)
        return part, json.loads(part.schema.metadata[META])
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError):
        with suppress(OSError):
            path.unlink(missing_ok=True)
        return pa.table({"hour": pa.array([], pa.timestamp("us"))}), {}


def _put(folder: Path, part: pa.Table, made_of: dict[str, str], old: Iterable[Path] = ()) -> None:
    """Write a file whole or not at all, for its owner alone, and remove the old ones it replaces.

    It is lightly compressed and not forced to the disk, as what is lost is made again. Where the log cannot be written
    to, or its disk is full, nothing is kept.
    """
    texts = [one.name for one in part.schema if pa.types.is_dictionary(one.type)]
    part, packed = part.replace_schema_metadata({META: json.dumps(made_of)}), pa.BufferOutputStream()
    pq.write_table(part, packed, compression="lz4", use_dictionary=texts, write_statistics=False)
    with suppress(OSError):
        write_private_file(folder / f"{_FORM}-{time.time_ns():020}.parquet", packed.getvalue())
        for one in old:
            one.unlink(missing_ok=True)


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
    return sum(map(count_rows, day.files))


def _ask(days: list[Day], store: Store, question: Question) -> pa.Table:
    part = copy(store)
    part.days = {one.day: one for one in days}
    with connect() as connection:
        answer = question(nw.from_native(part.relation(connection))).collect(backend="pyarrow").to_native()
    return answer.cast(pa.schema([one.with_type(_whole_number(one.type)) for one in answer.schema]))


def _whole_number(kind: pa.DataType) -> pa.DataType:
    return pa.int64() if pa.types.is_decimal(kind) else kind
