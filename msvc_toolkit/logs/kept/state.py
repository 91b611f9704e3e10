"""What a kept log knows of itself: which time it covers, and what it took to read it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from msvc_toolkit.logs.kept.days import write_atomically
from msvc_toolkit.logs.kept.spans import Span

_NAME = "log.json"


@dataclass(frozen=True)
class State:
    """A kept log's own record, beside its days.

    Args:
        account_sid: Whose messages they are; empty when only files were imported.
        sources: Where rows came from, in words, in the order they were first used.
        bodies: Whether bodies are kept.
        by_date_sent: Whether `date_sent` stands for `date_created`, as in files that lack the latter.
        asked: The time that was asked for.
        covered: The time that was read to its end.
        read_at: When the newest of it was read.
        slices: How many slices were read.
        pages: How many pages were read.
        duplicates: Rows that came more than once within a pull and were kept once.
        notes: What else has to be known.
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

    def noted(self, notes: Iterable[str] = (), source: str = "") -> State:
        """Return the record with further notes and a source, each said once."""
        return replace(
            self,
            notes=tuple(dict.fromkeys([*self.notes, *notes])),
            sources=tuple(dict.fromkeys([*self.sources, *([source] if source else [])])),
        )


@dataclass(frozen=True)
class Kept:
    """A record as it was found: what it says, and what is wrong with it."""

    state: State = field(default_factory=State)
    problem: str = ""


def load(folder: Path) -> Kept:
    """Read a log's record; one that cannot be read counts as none, and is spoken of."""
    path = folder / _NAME
    try:
        kept = json.loads(path.read_text("utf-8"))
        for name in ("asked", "covered"):
            kept[name] = tuple((_moment(since), _moment(until)) for since, until in kept[name])
        read_at = kept.pop("read_at")
        for name in ("sources", "notes"):
            kept[name] = tuple(kept[name])
        return Kept(State(**kept, read_at=_moment(read_at) if read_at else None))
    except FileNotFoundError:
        return Kept()
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Kept(problem=f"{path.name} cannot be read, so nothing is known to be complete; pull again.")


def save(folder: Path, state: State) -> None:
    """Write a log's record in one stroke."""
    kept = {
        **{name: getattr(state, name) for name in State.__dataclass_fields__},
        **{
            name: [[since.isoformat(), until.isoformat()] for since, until in spans]
            for name, spans in (("asked", state.asked), ("covered", state.covered))
        },
        "read_at": state.read_at.isoformat() if state.read_at else None,
    }
    text = json.dumps(kept, ensure_ascii=False, indent=1)
    write_atomically(folder / _NAME, lambda path: path.write_text(text, "utf-8"))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
