"""The record of a stored log: the time that it covers, and how it was read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import msgspec

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.storage.partitions import Held
from msvc_toolkit.logs.time_zones import Span
from msvc_toolkit.private.private_files import write_private_file

_NAME = "log.json"
FORMAT = 2
"""The version of this record. Version 1 had no list of files."""


@dataclass(frozen=True)
class State:
    """A stored log's own record, beside its days.

    Args:
        account_sid: Whose messages they are; empty when only files were imported.
        sources: Where rows came from, in words, in the order they were first used.
        bodies: Whether bodies are kept.
        by_date_sent: Whether `date_sent` is used as `date_created`, as for files that lack the latter.
        asked: The time that was asked for.
        covered: The time that was fully read.
        read_at: When the newest of it was read.
        slices: How many slices were read.
        pages: How many pages were read.
        duplicates: Rows that came more than once within a pull and were kept once.
        notes: What else to know.
        held: The file of each day, as it was written; None in a record of version 1.
        lost: The days whose files were removed or damaged, and why; until they are read again.
    """

    account_sid: str = ""
    sources: tuple[str, ...] = ()
    bodies: bool = False
    by_date_sent: bool = False
    asked: tuple[Span, ...] = ()
    covered: tuple[Span, ...] = ()
    read_at: datetime | None = None
    slices: int = 0
    pages: int = 0
    duplicates: int = 0
    notes: tuple[str, ...] = ()
    held: Mapping[date, Held] | None = None
    lost: Mapping[date, str] = field(default_factory=dict)

    def noted(self, notes: Iterable[str] = (), source: str = "") -> State:
        """Return the record with further notes and a source, each listed once."""
        return replace(
            self,
            notes=tuple(dict.fromkeys([*self.notes, *notes])),
            sources=tuple(dict.fromkeys([*self.sources, *([source] if source else [])])),
        )


def load(folder: Path) -> tuple[State, str]:
    """Read a log's record and the problems with it; a record that cannot be read counts as empty.

    Raises:
        InvalidInput: A newer version of this package wrote it.
    """
    path = folder / _NAME
    try:
        kept = json.loads(path.read_text("utf-8"))
        if (version := kept.pop("format", 1)) > FORMAT:
            sentence = (
                f"A newer version of msvc-toolkit wrote the log in {folder} (format {version}; this version reads up to "
                f"{FORMAT}). Upgrade msvc-toolkit: pip install -U msvc-toolkit."
            )
            raise InvalidInput([Problem("folder", sentence)])
        if version == 1:
            kept["lost"] = {
                aside.parent.name.removeprefix("day="): f"{aside.name} was damaged and is set aside"
                for aside in folder.glob("damaged/day=*/*")
            }
        return msgspec.convert(kept, State), ""
    except FileNotFoundError:
        return State(), ""
    except (OSError, ValueError, TypeError, AttributeError, msgspec.ValidationError):
        return State(), f"{path.name} cannot be read, so nothing is known to be complete; pull again."


def save(folder: Path, state: State) -> None:
    """Write a log's record atomically."""
    kept = {"format": FORMAT, **msgspec.to_builtins(state, str_keys=True)}
    write_private_file(folder / _NAME, json.dumps(kept, ensure_ascii=False, indent=1).encode(), force=True)
