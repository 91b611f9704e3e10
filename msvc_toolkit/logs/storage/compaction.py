"""Merges the pieces of each day into one file: a row for each message in its newest state, and its figures."""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.logs.storage import partitions
from msvc_toolkit.logs.storage.partitions import Day, Held, Owner
from msvc_toolkit.rules.statuses import FINAL, ORDER

META = b"msvc_toolkit"
"""The key of a base's figures in its own metadata."""
COLUMNS = ", ".join(f'"{name}"' for name in SCHEMA.names)

_STATE = "CASE status " + " ".join(f"WHEN '{word}' THEN {rank}" for word, rank in ORDER.items()) + " ELSE -1 END"
_THREADS = min(4, os.cpu_count() or 1)
"""Days that are tidied at once. Each is in memory as a whole, and more threads than cores slow each other down."""


@dataclass(frozen=True)
class Figures:
    """The counts of one day, and how many of its messages may still change.

    Inbound texts without a price are counted separately: many never get one, so no pull waits for them.
    """

    rows: int = 0
    not_final: int = 0
    oldest_open: str | None = None
    unpriced: int = 0
    oldest_unpriced: str | None = None
    unpriced_inbound: int = 0


def all_of(con: duckdb.DuckDBPyConnection, bases: Iterable[Path]) -> duckdb.DuckDBPyRelation:
    """Return the rows of bases; there must be one."""
    names = [glob.escape(str(path)) for path in bases]  # DuckDB takes a name for a pattern: log[1] would be log1
    files = con.read_parquet(names, hive_partitioning=False, union_by_name=True)
    return files.select(COLUMNS)


def newest(con: duckdb.DuckDBPyConnection, parts: Mapping[Path, pa.Table]) -> duckdb.DuckDBPyRelation:
    """Return the newest state of each message in these files.

    The last change decides if every row of the message has one, otherwise the order of statuses. If two rows are equal
    in both, the one with a price counts, and then the one read later.
    """
    numbered = [
        rows.append_column("written", pa.repeat(partitions.number_of(path), len(rows))) for path, rows in parts.items()
    ]
    rows = con.from_arrow(pa.concat_tables(numbered))
    dated = rows.select("*, bool_and(date_updated IS NOT NULL) OVER (PARTITION BY sid) AS dated")
    place = (
        "row_number() OVER (PARTITION BY sid ORDER BY CASE WHEN dated THEN date_updated END DESC NULLS LAST, "
        f"{_STATE} DESC, date_updated DESC NULLS LAST, price_unit IS NOT NULL DESC, price_e5 IS NOT NULL DESC, "
        "written DESC) AS place"
    )
    return dated.select(f"*, {place}").filter("place = 1").select(COLUMNS)


def figures_of(rows: pa.Table) -> Figures:
    """Return the counts of one day's rows, one per message; a row without a status counts as settled."""
    status, created = rows["status"], rows["date_created"]
    settled = pc.is_in(status, pa.array([*FINAL, None]))
    free = pc.is_in(status, pa.array(["failed", "canceled", None]))
    unpriced = pc.and_(pc.is_null(rows["price_e5"]), pc.invert(free))
    inbound = pc.fill_null(pc.equal(rows["direction"], "inbound"), False)
    open_ones, without_price = created.filter(pc.invert(settled)), created.filter(pc.and_(unpriced, pc.invert(inbound)))
    figures = len(open_ones), _earliest(open_ones), len(without_price), _earliest(without_price)
    return Figures(len(rows), *figures, pc.sum(pc.and_(unpriced, inbound)).as_py() or 0)


def _earliest(moments: pa.ChunkedArray) -> str | None:
    found: datetime | None = pc.min(moments).as_py()
    return found.isoformat() if found else None


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

    If both states are equal, the row of the day in `later` stays. If `later` has no day for it, the row with a date stays.
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
