"""The cache of sums beside a log, so that questions about many messages are quick; it can be deleted at any time."""

from __future__ import annotations

import glob
import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from copy import copy
from datetime import date
from functools import lru_cache
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from msvc_toolkit.logs.aggregates.selection import literal
from msvc_toolkit.logs.storage.compaction import META
from msvc_toolkit.logs.storage.partitions import UNDATED, Day, count_rows
from msvc_toolkit.logs.storage.store import Store
from msvc_toolkit.private.private_files import make_private_file, make_private_folder

BATCH = 4_000_000
"""About how many rows of a kept log are asked at once, so that memory stays flat however long it is."""
_FILES = 8
"""More files than this of one name become one."""
_FORM = 5
"""Grows when what the files hold changes, so that those of an earlier version are not taken for them."""


def rows_of(days: Iterable[Day]) -> int:
    """Return how many messages these days have, as stored."""
    return sum(_count_rows(path) for day in days for path in day.files)


_count_rows = lru_cache(maxsize=10_000)(count_rows)  # a file of that name is never written again


def batches(store: Store, days: Iterable[Day]) -> Iterator[tuple[Store, int]]:
    """Yield the log with some of its days at a time, about `BATCH` rows, and how many rows these hold."""
    rows, batch = 0, dict[date, Day]()
    for one in [*days, None]:
        if batch and (one is None or rows >= BATCH):
            part = copy(store)
            part.days = batch
            yield part, rows
            rows, batch = 0, {}
        if one:
            batch[one.day] = one
            rows += rows_of([one])


def kept_days(store: Store, name: str) -> tuple[dict[Path, list[str]], list[Day]]:
    """Return the cached files, each with those of its days that changed after it was written, and the days without a file."""
    states, found, known = _states(store), dict[Path, list[str]](), set[str]()
    for path in sorted((store.cube_folder / name).glob(f"{_FORM}-*.parquet"), reverse=True):
        made_of = _made_of(path)
        valid = {day for day, state in made_of.items() if states.get(day) == state} - known
        if valid:
            found[path] = [day for day in made_of if day not in valid]
            known |= valid
    return found, [one for day, one in store.days.items() if day.isoformat() not in known]


def read_days(files: dict[Path, list[str]]) -> str:
    """Return SQL that reads such files without the days that have changed."""
    parts = []
    if whole := [literal(glob.escape(str(path))) for path, changed in files.items() if not changed]:
        parts.append(f"FROM read_parquet([{', '.join(whole)}])")
    for path, changed in files.items():
        if changed:
            days = ", ".join(f"DATE '{date.fromisoformat(day)}'" for day in changed)
            fresh = f"coalesce(hour::DATE, DATE '{UNDATED}') NOT IN ({days})"
            parts.append(f"FROM read_parquet({literal(glob.escape(str(path)))}) WHERE {fresh}")
    return " UNION ALL ".join(parts)


def write_days(store: Store, name: str, con: duckdb.DuckDBPyConnection, make: Callable[[Store], str]) -> Iterator[int]:
    """Cache the days that have no file; `make` returns the SQL for some of them.

    Yields:
        How many more messages are done.
    """
    for part, rows in batches(store, kept_days(store, name)[1]):
        write(part, name, con, make(part), "ORDER BY number, hour")
        yield rows
    files, rest = kept_days(store, name)
    if len(files) > _FILES and not rest:
        write(store, name, con, read_days(files), "ORDER BY number, hour")
    still = {*kept_days(store, name)[0]}
    for path in (store.cube_folder / name).glob(f"{_FORM}-*.parquet"):
        if path not in still:
            path.unlink(missing_ok=True)


def kept_answer(store: Store, name: str) -> Path | None:
    """Return the file with a cached answer for the whole log in its present state."""
    folder, states = store.cube_folder / name, _states(store)
    return next((path for path in folder.glob(f"{_FORM}-*.parquet") if _made_of(path) == states), None)


def write(store: Store, name: str, con: duckdb.DuckDBPyConnection, sql: str, order: str = "") -> Path | None:
    """Write a file atomically, for its owner alone; do nothing if the disk is full or read-only."""
    path = store.cube_folder / name / f"{_FORM}-{time.time_ns():020}.parquet"
    draft = path.with_name(f".{path.name}.part")
    with suppress(OSError, duckdb.IOException):
        try:
            make_private_folder(path.parent)
            make_private_file(draft)
            states = literal(json.dumps(_states(store)))
            con.execute(
                f"COPY (FROM ({sql}) {order}) TO {literal(str(draft))} (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false, "
                f"KV_METADATA {{{META.decode()}: {states}}})"
            )
            return draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    return None


def clean(store: Store) -> None:
    """Remove files of earlier versions, and drafts of processes that were killed."""
    for path in store.cube_folder.rglob("*"):
        if path.is_file() and not path.name.startswith(f"{_FORM}-"):
            with suppress(OSError):
                path.unlink()


def _states(store: Store) -> dict[str, str]:
    return {day.isoformat(): one.fingerprint for day, one in store.days.items()}


def _made_of(path: Path) -> dict[str, str]:
    """Return the days a file holds, each in which state; one that is not whole holds none."""
    with suppress(OSError, pa.ArrowException, KeyError, TypeError, ValueError):
        return dict(json.loads(pq.read_schema(path).metadata[META]))
    return {}
