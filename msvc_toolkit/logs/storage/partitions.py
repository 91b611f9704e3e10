"""The files of a stored log: a folder per UTC day of `date_created` with that day's messages.

    day=2026-01-05/base-<n>.parquet    all that was written up to <n>, one row a message, by number and date_created
    day=2026-01-05/delta-<n>.arrow     what came later, as it lies in memory: it is soon part of a base
    day=unknown/                       messages for which an imported file has no date

Since `date_created` never changes, a message's states never leave their day. Every file is written under another name,
forced to the disk and renamed: if the process is killed, the file is complete or missing. <n> only grows;
a base replaces every file with a smaller number, so it does not matter when those are deleted.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.private.private_files import write_private_file

UNDATED = date.min
"""Stands for the day of messages without a date; their folder is ``day=unknown``."""
_DAY = re.compile(r"day=(\d{4}-\d{2}-\d{2}|unknown)")
_FILE = re.compile(r"(?:base|delta)-(\d{20})\.(?:parquet|arrow)")
LEVEL = 3
"""Of zstd, for bases. Source: own measurement: level 1 leaves 4 % more, level 9 saves less than 1 % and takes longer."""

TRIES = 5
"""How often something is read again because another process replaced files meanwhile. Ours: a pull removes what it has
replaced in one go, so two would do."""
_OWNER = b"msvc_toolkit.owner"
"""Under which word a file names its owner, in its own metadata."""


@dataclass(frozen=True)
class Owner:
    """Whose messages a file holds: an account, empty if unknown, and a UTC day, empty in files of an earlier version."""

    account: str = ""
    day: str = ""

    @property
    def metadata(self) -> dict[bytes, str]:
        """The same, as the file's own metadata."""
        return {_OWNER: json.dumps(asdict(self))}


class Held(NamedTuple):
    """The size and checksum of a file when it was written, to detect later changes."""

    name: str
    size: int
    rows: int
    crc32: int


@dataclass(frozen=True)
class Expected:
    """What a log's record says about its files: the account, and the file of each day if it lists them."""

    account: str = ""
    held: Mapping[date, Held] | None = None


@dataclass(frozen=True)
class Day:
    """The files of one day.

    Args:
        day: The UTC day.
        files: The current ones, oldest first.
        void: Those that a base has replaced.
        damage: What is wrong with it, if anything; such a day is left out.
        account: Whose messages they are, as its files say.
    """

    day: date
    files: tuple[Path, ...]
    void: tuple[Path, ...] = ()
    damage: str = ""
    account: str = ""

    @property
    def is_dirty(self) -> bool:
        """Whether its files may hold a message twice."""
        return len(self.files) != 1 or not _is_base(self.files[0])

    @property
    def fingerprint(self) -> str:
        """A text that changes whenever the day's content does."""
        names = "|".join(f"{path.name}:{path.stat().st_size}" for path in self.files)
        return hashlib.blake2b(names.encode(), digest_size=8).hexdigest()


def number_of(path: Path) -> int:
    """Return the number in a file's name."""
    match = _FILE.fullmatch(path.name)
    return int(match[1]) if match else -1


def folder_of(folder: Path, day: date) -> Path:
    """Return where a day is kept."""
    return folder / f"day={'unknown' if day == UNDATED else day.isoformat()}"


def read_days(folder: Path, expected: Expected = Expected()) -> dict[date, Day]:
    """Return the days of a log, in order, compared with the record; each file's footer is read."""
    found = {}
    for place in folder.glob("day=*"):
        match = _DAY.fullmatch(place.name)
        if match and place.is_dir():
            with suppress(ValueError):
                day = UNDATED if match[1] == "unknown" else date.fromisoformat(match[1])
                found[day] = _read_day(day, place, expected)
    for day in (expected.held or {}).keys() - found.keys():
        found[day] = _judged(Day(day, ()), folder_of(folder, day), expected)
    return {day: one for day, one in sorted(found.items()) if one.files or one.damage}


def _read_day(day: date, place: Path, expected: Expected) -> Day:
    for _ in range(TRIES):
        with suppress(FileNotFoundError):  # a pull has removed what it replaced, between two looks
            paths = sorted((path for path in place.iterdir() if _FILE.fullmatch(path.name)), key=number_of)
            last = max((number_of(path) for path in paths if _is_base(path)), default=-1)
            files = [path for path in paths if number_of(path) >= last and (_is_base(path) or number_of(path) > last)]
            return _judged(Day(day, tuple(files), tuple(path for path in paths if path not in files)), place, expected)
    return _judged(Day(day, ()), place, expected)


def _judged(one: Day, place: Path, expected: Expected) -> Day:
    """Compare the files of a day with what the log's record and they themselves say."""
    held = (expected.held or {}).get(one.day)
    if held and not any(_is_base(path) and number_of(path) >= number_of(Path(held.name)) for path in one.files):
        return replace(one, damage=f"{place.name}/{held.name} is missing")
    account = ""
    for path in one.files:
        now = path.stat()
        try:
            footer = _footer(path, now.st_size, now.st_mtime_ns)
        except PermissionError as error:
            footer = _Footer(f"cannot be read ({error.strerror})")
        if fault := footer.fault or _mismatch(one.day, path, now.st_size, footer, expected):
            return replace(one, damage=f"{place.name}/{path.name} {fault}")
        account = account or footer.owner.account
    return replace(one, account=account)


def _mismatch(day: date, path: Path, size: int, footer: _Footer, expected: Expected) -> str:
    """Say why a readable file is not this log's, if it is not."""
    owner = footer.owner
    if expected.account and owner.account not in ("", expected.account):
        return "belongs to another account"
    if owner.day not in ("", day.isoformat()):
        return f"holds messages of {owner.day}"
    if expected.held is None or not _is_base(path):
        return ""
    held = expected.held.get(day)
    if held is None or held.name != path.name:  # written just before a process was killed, or not by us
        return "" if owner.day else "was not written by this log"
    if (held.size, held.rows) != (size, footer.rows):
        return f"has {footer.rows:,} messages in {size:,} bytes instead of {held.rows:,} in {held.size:,}"
    return ""


@dataclass(frozen=True)
class _Footer:
    """What a file says of itself, or what is wrong with it."""

    fault: str = ""
    rows: int = 0
    owner: Owner = Owner()


@lru_cache(maxsize=1 << 14)
def _footer(path: Path, size: int, _changed: int) -> _Footer:
    """Look at a file as it was when it last changed."""
    if size == 0:
        return _Footer("has 0 bytes")
    try:
        with _opened(path) as file:
            is_base = isinstance(file, pq.ParquetFile)
            schema = file.schema_arrow if is_base else file.schema
            names = set(schema.names)
            rows = file.metadata.num_rows if is_base else 0
            owner = Owner(**json.loads((schema.metadata or {}).get(_OWNER, "{}")))
    except (OSError, ValueError, TypeError, pa.ArrowException) as error:
        if _is_the_systems(error):
            raise
        return _Footer(f"is not a whole {'Parquet' if path.suffix == '.parquet' else 'Arrow'} file")
    lacking = [name for name in SCHEMA.names if name not in names]
    return _Footer(f"lacks {', '.join(lacking)}" if lacking else "", rows, owner)


def pack(rows: pa.Table, owner: Owner = Owner()) -> pa.Buffer:
    """Return further rows of a day in the format of `write_delta`."""
    packed = pa.BufferOutputStream()
    with pa.ipc.new_file(packed, SCHEMA.with_metadata(owner.metadata)) as file:
        file.write_table(rows)
    return packed.getvalue()


def write_delta(folder: Path, day: date, number: int, packed: pa.Buffer) -> None:
    """Store further rows of a day."""
    write_private_file(folder_of(folder, day) / f"delta-{number:020d}.arrow", packed, force=True)


def base_path(folder: Path, day: date, number: int) -> Path:
    """Return the path of a base that replaces all files up to a number."""
    return folder_of(folder, day) / f"base-{number:020d}.parquet"


def write_rows(path: Path, rows: pa.Table) -> Held:
    """Write a Parquet file."""
    packed = pa.BufferOutputStream()
    pq.write_table(rows, packed, compression="zstd", compression_level=LEVEL)
    content = packed.getvalue()
    write_private_file(path, content, force=True)
    return Held(path.name, content.size, len(rows), zlib.crc32(content))


def list_base(path: Path) -> Held:
    """Return a base as it is now."""
    content = path.read_bytes()
    return Held(path.name, len(content), count_rows(path), zlib.crc32(content))


class Damaged(Exception):
    """A file of a day cannot be read, or was changed after it was written."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path.parent.name}/{path.name} {why}")


def read_rows(path: Path, held: Held | None = None) -> pa.Table:
    """Read a file of a day, and compare the checksum of its base if that is known.

    Raises:
        Damaged: It is damaged.
        OSError: The system does not let it be read.
    """
    check_sum(path, held)
    try:
        with _opened(path) as file:
            is_base = isinstance(file, pq.ParquetFile)
            rows = file.read(SCHEMA.names, use_threads=False) if is_base else file.read_all()
            rows.validate(full=not is_base)  # Arrow takes such a file as it lies there
            return rows.select(SCHEMA.names).cast(SCHEMA)
    except (OSError, KeyError, pa.ArrowException) as error:
        if _is_the_systems(error):
            raise
        raise Damaged(path, "cannot be read") from error


def check_sum(path: Path, held: Held | None) -> None:
    """Compare a file with its checksum, where one is known.

    Raises:
        Damaged: They differ.
    """
    if held and held.name == path.name and zlib.crc32(path.read_bytes()) != held.crc32:
        raise Damaged(path, "is not what was written: its checksum differs")


def count_rows(path: Path) -> int:
    """Return how many rows a file of a day has."""
    if path.suffix == ".parquet":
        return int(pq.read_metadata(path).num_rows)
    return len(read_rows(path))


def _is_the_systems(error: Exception) -> bool:
    """Whether an error says nothing about the file: no memory, no permission, too many open files."""
    return isinstance(error, MemoryError) or getattr(error, "errno", None) is not None


def _is_base(path: Path) -> bool:
    return path.name.startswith("base")


def _opened(path: Path) -> Any:
    return pq.ParquetFile(path) if path.suffix == ".parquet" else pa.ipc.open_file(path.read_bytes())
