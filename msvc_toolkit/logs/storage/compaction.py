"""Merges the pieces of each day into one file: one row per message, in its newest state."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.logs.storage import partitions
from msvc_toolkit.logs.storage.deduplicate import META, figures_of, newest
from msvc_toolkit.logs.storage.partitions import Day, Held, Owner

_THREADS = 4
"""Days that are tidied at once: forcing a file to the disk is waiting, and each is in memory as a whole."""


@dataclass
class Tidied:
    """The result for days: how many rows were duplicates, which days cannot be read and why, and each day's new file."""

    duplicates: int = 0
    broken: dict[date, str] = field(default_factory=dict)
    held: dict[date, Held] = field(default_factory=dict)


def tidy(
    folder: Path,
    dirty: list[Day],
    known: Mapping[date, Held],
    owner: Callable[[date], Owner],
    report: Callable[[int, int], None] | None = None,
) -> Tidied:
    """Make one base file of each day. The files that it replaces stay for current readers; the store removes them later."""
    tidied = Tidied()
    with ThreadPoolExecutor(_THREADS) as pool:
        jobs = [(one, pool.submit(_tidy, folder, one, known.get(one.day), owner(one.day))) for one in dirty]
        for done, (one, job) in enumerate(jobs):
            if report:
                report(done, len(dirty))
            try:
                tidied.held[one.day], duplicates = job.result()
                tidied.duplicates += duplicates
            except partitions.Damaged as error:
                tidied.broken[one.day] = str(error)
    return tidied


def remove(paths: Iterable[Path]) -> None:
    """Remove files; one that another process is reading stays until the next time."""

    def once(path: Path) -> None:
        with suppress(OSError):
            path.unlink(missing_ok=True)

    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(once, paths))


def _tidy(folder: Path, one: Day, known: Held | None, owner: Owner) -> tuple[Held, int]:
    """Write the base of a day, and return how many of its rows came more than once."""
    parts = {path: partitions.read_rows(path, known) for path in one.files}
    later = [rows["sid"] for path, rows in parts.items() if path.name.startswith("delta")]
    twice = sum(map(len, later)) - pc.count_distinct(pa.chunked_array(later, pa.string()), mode="all").as_py()
    rows = pa.concat_tables(parts.values())
    if pc.count_distinct(rows["sid"], mode="all").as_py() < len(rows):
        with closing(duckdb.connect()) as con:
            rows = newest(con, parts).to_arrow_table().cast(SCHEMA)
    rows = rows.sort_by([(name, "ascending") for name in ("number", "date_created", "sid")])
    path = partitions.base_path(folder, one.day, partitions.number_of(one.files[-1]))
    return _write_base(path, rows, owner), int(twice)


def earlier_rows(
    con: duckdb.DuckDBPyConnection, log: duckdb.DuckDBPyRelation, later: Mapping[str, date]
) -> dict[date, list[str]]:
    """Return, by day, the SIDs of rows for which another day has a later state.

    If both states are equal, the one of the day in `later` stays; without that, the one that has a day.
    """
    hashed = log.select("*, hash(sid) AS h")  # eight bytes for each message of the log instead of its SID
    several = hashed.aggregate("h, count(*) AS n", "h").filter("n > 1").select("h").set_alias("several")
    rows = hashed.join(several, "h").to_arrow_table().select(SCHEMA.names).cast(SCHEMA)
    each = list(zip(*_days_of(rows), strict=True))
    rank = pa.array([2 if later.get(sid) == day else int(day != partitions.UNDATED) for sid, day in each], pa.int8())
    parts = {Path(f"delta-{n:020d}.arrow"): rows.filter(pc.equal(rank, n)) for n in range(3)}
    latest = dict(zip(*(_days_of(newest(con, parts).to_arrow_table()) if len(rows) else ((), ())), strict=True))
    found: dict[date, list[str]] = {}
    for sid, day in each:
        if latest[sid] != day:
            found.setdefault(day, []).append(sid)
    return found


def _days_of(rows: pa.Table) -> tuple[list[str], list[date]]:
    place = pc.fill_null(pc.cast(rows["date_created"], pa.date32()), partitions.UNDATED)
    return rows["sid"].to_pylist(), place.to_pylist()


def drop_rows(folder: Path, one: Day, sids: list[str], number: int, owner: Owner) -> Held:
    """Write a tidy day again without some messages."""
    [old] = one.files
    rows = partitions.read_rows(old)
    rows = rows.filter(pc.invert(pc.is_in(rows["sid"], pa.array(sids))))
    return _write_base(partitions.base_path(folder, one.day, number), rows, owner)


def _write_base(path: Path, rows: pa.Table, owner: Owner) -> Held:
    figures = {META: json.dumps(asdict(figures_of(rows)))}
    return partitions.write_rows(path, rows.replace_schema_metadata(figures | owner.metadata))
