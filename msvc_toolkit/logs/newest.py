"""What is read out of a log's files with DuckDB: each message in its newest state, and what may still change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from msvc_toolkit.logs.table import FINAL, SCHEMA

META = b"msvc_toolkit"
"""Under which word a base tells its figures, in its own metadata."""
COLUMNS = ", ".join(f'"{name}"' for name in SCHEMA.names)
_OPEN = f"status NOT IN {FINAL}"
_UNPRICED = "price_e5 IS NULL AND status NOT IN ('failed', 'canceled')"
_FIGURES = f"""
SELECT CAST(date_created AS DATE) AS day, count(*) AS rows, count(*) FILTER ({_OPEN}) AS not_final, min(date_created) FILTER ({_OPEN}) AS oldest_open,
    count(*) FILTER ({_UNPRICED}) AS unpriced, min(date_created) FILTER ({_UNPRICED}) AS oldest_unpriced FROM """  # noqa: S608 - our own words


@dataclass(frozen=True)
class Figures:
    """What one day holds, and what of it may still change."""

    rows: int = 0
    not_final: int = 0
    oldest_open: str | None = None
    unpriced: int = 0
    oldest_unpriced: str | None = None


def every_row(paths: Iterable[Path]) -> str:
    """Return SQL for all rows of files, a message as often as it was written; there must be a file."""
    listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{listed}], filename = true, hive_partitioning = false, union_by_name = true)"


def newest(paths: Iterable[Path]) -> str:
    """Return SQL for the newest state of each message; of two from the same second, what was read later."""
    return (
        f"SELECT {COLUMNS} FROM {every_row(paths)} QUALIFY row_number() OVER (PARTITION BY sid "  # noqa: S608 - our own words
        "ORDER BY date_updated DESC NULLS LAST, price_unit IS NOT NULL DESC, "
        "right(filename, 28) DESC) = 1"
    )


def figures_by_day(con: duckdb.DuckDBPyConnection, source: str) -> dict[date, Figures]:
    """Return what each day of a table, or of a query in brackets, holds."""
    found = {}
    for day, *row in con.execute(f"{_FIGURES} {source} GROUP BY ALL").fetchall():
        told: list[Any] = [value.isoformat() if isinstance(value, datetime) else value for value in row]
        found[day] = Figures(*told)
    return found
