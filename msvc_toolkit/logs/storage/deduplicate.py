"""Reads a log's files: each message in its newest state, and what may still change."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.logs.storage.partitions import number_of
from msvc_toolkit.rules.statuses import FINAL, ORDER

META = b"msvc_toolkit"
"""The key of a base's figures in its own metadata."""
COLUMNS = ", ".join(f'"{name}"' for name in SCHEMA.names)

_STATE = "CASE status " + " ".join(f"WHEN '{word}' THEN {rank}" for word, rank in ORDER.items()) + " ELSE -1 END"


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
    numbered = [rows.append_column("written", pa.repeat(number_of(path), len(rows))) for path, rows in parts.items()]
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
