"""The files of a kept log: a folder per UTC day of `date_created`, in it what is known of the day's messages.

    day=2026-01-05/base-<n>.parquet    all that was written up to <n>, one row a message, by number and date_created
    day=2026-01-05/delta-<n>.arrow     what came later, as it lies in memory: it is soon part of a base
    day=unknown/                       messages of which an imported file names no date

Since `date_created` never changes, a message's states never leave their day. Every file is written under another name,
forced to the disk and renamed, so that whenever the process is killed it is there whole or not at all. <n> only grows;
a base makes every file with a smaller one void, so that it does not matter when those are deleted.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from msvc_toolkit.logs.table import SCHEMA

UNDATED = date.min
"""Stands for the day of messages without a date; their folder is ``day=unknown``."""
_DAY = re.compile(r"day=(\d{4}-\d{2}-\d{2}|unknown)")
_FILE = re.compile(r"(?:base|delta)-(\d{20})\.(?:parquet|arrow)")
LEVEL = 3
"""Of zstd, for bases. Source: own measurement: level 1 leaves 4 % more, level 9 saves less than 1 % and takes longer."""


@dataclass(frozen=True)
class Day:
    """The files of one day.

    Args:
        day: The UTC day.
        files: Those in force, oldest first.
        void: Those that a base has replaced.
        damage: What is wrong with it; empty when nothing is. Such a day is left out.
    """

    day: date
    files: tuple[Path, ...]
    void: tuple[Path, ...] = ()
    damage: str = ""

    @property
    def is_dirty(self) -> bool:
        """Whether its files may hold a message twice."""
        return len(self.files) != 1 or not self.files[0].name.startswith("base")

    @property
    def fingerprint(self) -> str:
        """A word that changes whenever the day's content does."""
        told = "|".join(f"{path.name}:{path.stat().st_size}" for path in self.files)
        return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()


def number_of(path: Path) -> int:
    """Return the number in a file's name."""
    match = _FILE.fullmatch(path.name)
    return int(match[1]) if match else -1


def folder_of(folder: Path, day: date) -> Path:
    """Return where a day is kept."""
    return folder / f"day={'unknown' if day == UNDATED else day.isoformat()}"


def read_days(folder: Path) -> dict[date, Day]:
    """Return the days of a log, in order; each file's end is looked at, where Parquet says what it holds."""
    found = {}
    for place in sorted(folder.glob("day=*")):
        match = _DAY.fullmatch(place.name)
        if match and place.is_dir():
            with suppress(ValueError):
                day = _read_day(UNDATED if match[1] == "unknown" else date.fromisoformat(match[1]), place)
                if day.files or day.damage:
                    found[day.day] = day
    return found


def _read_day(day: date, place: Path) -> Day:
    paths = sorted((path for path in place.iterdir() if _FILE.fullmatch(path.name)), key=number_of)
    bases = [path for path in paths if path.name.startswith("base")]
    last = number_of(bases[-1]) if bases else -1
    files = (*bases[-1:], *(path for path in paths if path.name.startswith("delta") and number_of(path) > last))
    faults = ((path, _fault(path, (now := path.stat()).st_size, now.st_mtime_ns)) for path in files)
    damage = next((f"{place.name}/{path.name} {fault}" for path, fault in faults if fault), "")
    return Day(day, files, tuple(path for path in paths if path not in files), damage)


@lru_cache(maxsize=1 << 14)
def _fault(path: Path, size: int, _changed: int) -> str:
    """Say what is wrong with a file as it was when it last changed."""
    if size == 0:
        return "has 0 bytes"
    try:
        with _opened(path) as file:
            names = (file.schema_arrow if isinstance(file, pq.ParquetFile) else file.schema).names
    except (OSError, pa.ArrowException):
        return f"is no whole {'Parquet' if path.suffix == '.parquet' else 'Arrow'} file"
    lacking = [name for name in SCHEMA.names if name not in names]
    return f"lacks {', '.join(lacking)}" if lacking else ""


def pack(rows: pa.Table) -> pa.Buffer:
    """Return further rows of a day as what `write_delta` keeps."""
    packed = pa.BufferOutputStream()
    with pa.ipc.new_file(packed, SCHEMA) as file:
        file.write_table(rows)
    return packed.getvalue()


def write_delta(folder: Path, day: date, number: int, packed: pa.Buffer) -> None:
    """Keep further rows of a day."""
    path = folder_of(folder, day) / f"delta-{number:020d}.arrow"
    write_atomically(path, lambda draft: draft.write_bytes(packed))


def base_path(folder: Path, day: date, number: int) -> Path:
    """Return the name of a base that holds all up to a number."""
    return folder_of(folder, day) / f"base-{number:020d}.parquet"


def write_rows(path: Path, rows: pa.Table) -> None:
    """Write a Parquet file."""
    write_atomically(path, lambda draft: pq.write_table(rows, draft, compression="zstd", compression_level=LEVEL))


def read_rows(path: Path) -> pa.Table:
    """Read a file of a day.

    Raises:
        pyarrow.ArrowException: It is damaged.
        OSError: The system does not let it be read.
    """
    try:
        with _opened(path) as file:
            is_base = isinstance(file, pq.ParquetFile)
            rows = file.read(SCHEMA.names, use_threads=False) if is_base else file.read_all()
            rows.validate(full=not is_base)  # Arrow takes such a file as it lies there
            return rows.select(SCHEMA.names).cast(SCHEMA)
    except OSError as error:
        if error.errno is not None:
            raise
        raise pa.ArrowInvalid(str(error)) from None


def count_rows(path: Path) -> int:
    """Return how many rows a file of a day has."""
    if path.suffix == ".parquet":
        return int(pq.read_metadata(path).num_rows)
    return len(read_rows(path))


def _opened(path: Path) -> Any:
    return pq.ParquetFile(path) if path.suffix == ".parquet" else pa.ipc.open_file(path.read_bytes())


def write_atomically(path: Path, write: Callable[[Path], Any]) -> None:
    """Write a file so that it is there whole or not at all.

    Args:
        path: Its name.
        write: Writes it under the name that it is given.
    """
    if not path.parent.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _force(path.parent.parent)
    draft = path.with_name(f".{path.name}.part")
    write(draft)
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    draft.replace(path)
    _force(path.parent)


def _force(folder: Path) -> None:
    """Force a folder's list of names to the disk, where a system lets one."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
