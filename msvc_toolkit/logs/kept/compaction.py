"""Days that were written to in pieces become one file each: one row a message, in its newest state."""

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

from msvc_toolkit.logs.kept import days
from msvc_toolkit.logs.kept.days import Day, Held, Owner
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
        held: The new file of each day.
    """

    duplicates: int = 0
    broken: dict[date, str] = field(default_factory=dict)
    held: dict[date, Held] = field(default_factory=dict)


def tidy(
    folder: Path, dirty: list[Day], known: Mapping[date, Held], owner: Callable[[date], Owner],
    tell: Callable[[int, int], None] | None = None,
) -> Tidied:  # fmt: skip
    """Make one base of each day. What it replaces stays for those who read it; the store removes it.

    Args:
        folder: The log's folder.
        dirty: The days.
        known: The bases there are, as they were written.
        owner: Whose messages a day's base holds.
        tell: Is told how many days are done, of how many.
    """
    tidied = Tidied()
    with ThreadPoolExecutor(_HANDS) as hands:
        jobs = [(one, hands.submit(_tidy, folder, one, known.get(one.day), owner(one.day))) for one in dirty]
        for done, (one, job) in enumerate(jobs):
            if tell:
                tell(done, len(dirty))
            try:
                tidied.held[one.day], duplicates = job.result()
                tidied.duplicates += duplicates
            except days.Damaged as error:
                tidied.broken[one.day] = str(error)
    return tidied


def remove(paths: Iterable[Path]) -> None:
    """Remove files, some at once; one that cannot be removed, as another process reads it, stays until the next time."""

    def once(path: Path) -> None:
        with suppress(OSError):
            path.unlink(missing_ok=True)

    with ThreadPoolExecutor(_HANDS) as hands:
        list(hands.map(once, paths))


def _tidy(folder: Path, one: Day, known: Held | None, owner: Owner) -> tuple[Held, int]:
    """Write the base of a day, and return how many of its rows came more than once."""
    parts = {path: days.read_rows(path, known) for path in one.files}
    later = [rows["sid"] for path, rows in parts.items() if path.name.startswith("delta")]
    twice = sum(map(len, later)) - pc.count_distinct(pa.chunked_array(later, pa.string()), mode="all").as_py()
    rows = pa.concat_tables(parts.values())
    if pc.count_distinct(rows["sid"], mode="all").as_py() < len(rows):
        with closing(duckdb.connect()) as con:
            rows = newest(con, parts).to_arrow_table().cast(SCHEMA)
    rows = rows.sort_by([(name, "ascending") for name in ("number", "date_created", "sid")])
    path = days.base_path(folder, one.day, days.number_of(one.files[-1]))
    figures = {META: json.dumps(asdict(figures_of(rows)))}
    return days.write_rows(path, rows.replace_schema_metadata(figures | owner.metadata)), int(twice)
