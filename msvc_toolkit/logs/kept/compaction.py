"""Days that were written to in pieces become one file each: one row a message, in its newest state."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from msvc_toolkit.logs.kept import days
from msvc_toolkit.logs.kept.days import Day
from msvc_toolkit.logs.kept.newest import META, figures_of, newest
from msvc_toolkit.logs.table import SCHEMA

_HANDS = 4
"""Days that are tidied at once: forcing a file to the disk is waiting, and each is in memory as a whole."""


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
    tidied = Tidied()
    with ThreadPoolExecutor(_HANDS) as hands:
        for done, (one, job) in enumerate([(one, hands.submit(_tidy, folder, one)) for one in dirty]):
            if tell:
                tell(done, len(dirty))
            try:
                tidied.duplicates += job.result()
            except (duckdb.Error, pa.ArrowException) as error:
                tidied.broken[one.day] = str(error).partition("\n")[0][:120]
    return tidied


def _tidy(folder: Path, one: Day) -> int:
    """Write the base of a day, and return how many of its rows came more than once."""
    parts = {path: days.read_rows(path) for path in one.files}
    later = [rows["sid"] for path, rows in parts.items() if path.name.startswith("delta")]
    twice = sum(map(len, later)) - pc.count_distinct(pa.chunked_array(later, pa.string()), mode="all").as_py()
    rows = pa.concat_tables(parts.values())
    if pc.count_distinct(rows["sid"], mode="all").as_py() < len(rows):
        with closing(duckdb.connect()) as con:
            rows = newest(con, parts).to_arrow_table().cast(SCHEMA)
    rows = rows.sort_by([(name, "ascending") for name in ("number", "date_created", "sid")])
    path = days.base_path(folder, one.day, days.number_of(one.files[-1]))
    _write_base(path, rows)
    for old in one.files:
        if old != path:
            old.unlink(missing_ok=True)
    return int(twice)


def earlier_rows(con: duckdb.DuckDBPyConnection, log: duckdb.DuckDBPyRelation) -> dict[date, list[str]]:
    """Return, by day, the SIDs of rows of which another day holds a later state.

    Only a message that has a row without `date_sent` can be in two days: the others are by what never changes.
    """
    loose = log.filter("date_sent IS NULL").select("sid")
    several = (
        log.join(loose.distinct().set_alias("loose"), "sid").aggregate("sid, count(*) AS n", "sid").filter("n > 1")
    )
    rows = (
        log.join(several.select("sid").set_alias("several"), "sid").to_arrow_table().select(SCHEMA.names).cast(SCHEMA)
    )
    undated = pc.is_null(rows["date_created"])  # of two equal states, the one with a day stays
    parts = {Path(f"delta-{n:020d}.arrow"): rows.filter(part) for n, part in enumerate((undated, pc.invert(undated)))}
    latest = dict(zip(*(_days_of(newest(con, parts).to_arrow_table()) if len(rows) else ((), ())), strict=True))
    found: dict[date, list[str]] = {}
    for sid, day in zip(*_days_of(rows), strict=True):
        if latest[sid] != day:
            found.setdefault(day, []).append(sid)
    return found


def _days_of(rows: pa.Table) -> tuple[list[str], list[date]]:
    place = pc.fill_null(pc.cast(rows["date_created"], pa.date32()), days.UNDATED)
    return rows["sid"].to_pylist(), place.to_pylist()


def drop_rows(folder: Path, one: Day, sids: list[str], number: int) -> None:
    """Write a tidy day again without some messages."""
    [old] = one.files
    rows = days.read_rows(old)
    rows = rows.filter(pc.invert(pc.is_in(rows["sid"], pa.array(sids))))
    _write_base(days.base_path(folder, one.day, number), rows)
    old.unlink()


def _write_base(path: Path, rows: pa.Table) -> None:
    days.write_rows(path, rows.replace_schema_metadata({META: json.dumps(asdict(figures_of(rows)))}))
