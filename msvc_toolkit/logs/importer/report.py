"""Reports on an import: what was read from each file, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

_SHOWN = 12  # columns that are listed


@dataclass(frozen=True)
class Reason:
    """Rows that were left out for one reason, with the first value, phone numbers masked."""

    why: str
    rows: int
    example: str = ""

    def __str__(self) -> str:
        return f"{self.rows:,} {self.why}{f' (first: {self.example})' * bool(self.example)}"


@dataclass(frozen=True, repr=False)
class FileReport:
    """One file of an import.

    Args:
        name: Its name; for a file in a zip, with the zip's.
        shape: The format it was read as, such as ``CSV separated by commas``.
        columns: The log's fields by their column.
        ignored: Columns that a log does not keep.
        rows: Rows in it; blank lines are not counted.
        kept: Messages that were read: `rows` without those left out.
        left_out: Rows that were left out, by reason.
        since: The earliest date of a message, naive UTC.
        until: The latest.
        undated: Messages without a date: they count, but on no day.
        notes: Notes on its values.
        refused: Why nothing was read, and what to do; empty when something was.
    """

    name: str
    shape: str = ""
    columns: Mapping[str, str] | None = None
    ignored: tuple[str, ...] = ()
    rows: int = 0
    kept: int = 0
    left_out: tuple[Reason, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    undated: int = 0
    notes: tuple[str, ...] = ()
    refused: str = ""

    @property
    def sentences(self) -> list[str]:
        """Notes for the certificate; empty when every value was certain."""
        if self.refused:
            return [f"{self.name} was left out: {self.refused}"]
        notes = [f"{self.name}: {note}" for note in self.notes]
        if self.left_out:
            why = "; ".join(map(str, self.left_out))
            notes.insert(0, f"{self.name}: {self.kept:,} of {self.rows:,} rows kept, left out: {why}")
        return notes

    def __str__(self) -> str:
        if self.refused:
            counted = f"{self.rows:,} rows, 0 kept" if self.rows else "not read"
            return f"{self.name}: {counted}: {self.refused}"
        lines = [f"{self.name}: {self.shape}, {self.rows:,} rows, {self.kept:,} kept"]
        if self.since and self.until:
            lines.append(f"from {self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M} UTC")
        lines.append("columns: " + ", ".join(f"{name} as {field}" for name, field in (self.columns or {}).items()))
        if self.ignored:
            more = f" and {len(self.ignored) - _SHOWN} more" if len(self.ignored) > _SHOWN else ""
            lines.append(f"not needed: {', '.join(self.ignored[:_SHOWN])}{more}")
        lines += [f"left out: {one}" for one in self.left_out]
        return "\n  ".join([*lines, *self.notes])

    __repr__ = __str__  # what a notebook and a console show


@dataclass(frozen=True, repr=False)
class ImportReport:
    """What an import did, or a dry run would do: its files in the order they were read.

    `repeated` is how many rows repeat a message of another file.
    """

    files: tuple[FileReport, ...]
    notes: tuple[str, ...] = ()
    repeated: int = 0
    dry_run: bool = True

    @property
    def rows(self) -> int:
        """Rows in all files."""
        return sum(one.rows for one in self.files)

    @property
    def kept(self) -> int:
        """Rows that were read from all files."""
        return sum(one.kept for one in self.files)

    @property
    def messages(self) -> int:
        """How many different messages the files hold: one that is in several files counts once, as in the log."""
        return self.kept - self.repeated

    def __str__(self) -> str:
        total = f"{self.kept:,} of {self.rows:,} rows {'would be' if self.dry_run else 'were'} kept"
        if self.repeated:
            total += f": {self.messages:,} messages; a message in several files is kept once"
        return "\n".join([*map(str, self.files), *self.notes, f"{total}."])

    __repr__ = __str__
