"""Days that were written to in pieces become one file each: one row a message, in its newest state."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from msvc_toolkit.logs import days
from msvc_toolkit.logs.days import Day
from msvc_toolkit.logs.newest import META, every_row, figures_by_day, newest
from msvc_toolkit.logs.table import SCHEMA

_WRITERS = 8
_BATCH_BYTES = 32 << 20
"""How much is tidied at once; ours: some hundred thousand rows."""


@dataclass
class Tidied:
    """What became of the days.

    Args:
        duplicates: Rows that were written more than once since the day was last tidied.
        broken: The days whose files cannot be read, and why.
    """

    duplicates: int = 0
    broken: dict[date, str] = field(default_factory=dict)


def tidy(folder: Path, dirty: list[Day], tell: Callable[[int, int], None] | None = None) -> Tidied:
    """Make one base of each day.

    Args:
        folder: The log's folder.
        dirty: The days.
        tell: Is told how many days are done, of how many.
    """
    tidied, done = Tidied(), 0
    with closing(duckdb.connect()) as con:
        for batch in _batches(dirty):
            if tell:
                tell(done, len(dirty))
            done += len(batch)
            try:
                tidied.duplicates += _tidy(con, folder, batch)
            except (duckdb.Error, pa.ArrowException):
                for one in batch:
                    try:
                        tidied.duplicates += _tidy(con, folder, [one])
                    except (duckdb.Error, pa.ArrowException) as error:
                        tidied.broken[one.day] = str(error).partition("\n")[0][:120]
    return tidied


def _batches(dirty: list[Day]) -> Iterator[list[Day]]:
    """Return the days in groups that fit into memory."""
    batch: list[Day] = []
    size = 0
    for one in dirty:
        batch.append(one)
        size += sum(path.stat().st_size for path in one.files)
        if size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _tidy(con: duckdb.DuckDBPyConnection, folder: Path, batch: list[Day]) -> int:
    """Write the bases of a few days, and return how many of their rows came more than once."""
    files = [path for one in batch for path in one.files]
    deltas = [path for path in files if path.name.startswith("delta")]
    [(twice,)] = con.execute(f"SELECT count(*) - count(DISTINCT sid) FROM {every_row(deltas)}").fetchall()  # noqa: S608 - our own words
    con.execute(f"CREATE OR REPLACE TEMP TABLE newest AS {newest(files)}")
    figures = figures_by_day(con, "newest")
    rows = (
        con.sql("FROM newest ORDER BY CAST(date_created AS DATE), number, date_created, sid")
        .to_arrow_table()
        .cast(SCHEMA)
    )
    first, parts = 0, {}
    for day, told in sorted(figures.items()):
        parts[day] = rows.slice(first, told.rows).replace_schema_metadata({META: json.dumps(asdict(told))})
        first += told.rows

    def write(one: Day) -> None:
        path = days.base_path(folder, one.day, days.number_of(one.files[-1]))
        days.write_rows(path, parts[one.day])
        for old in one.files:
            if old != path:
                old.unlink(missing_ok=True)

    with ThreadPoolExecutor(_WRITERS) as many:  # forcing a file to the disk is waiting
        list(many.map(write, batch))
    return int(twice)
