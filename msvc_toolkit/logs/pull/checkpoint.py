"""The checkpoint of a running pull: its window, and how far each slice was read.

A line of JSON for every page, written after the page's messages were forced to the disk. The line itself is not forced to
the disk: it survives the end of the process, and after a power failure some pages are read again. Their messages are
recognized by their SIDs.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import IO

import msgspec

from msvc_toolkit.logs.pull.slices import Moment, Slice
from msvc_toolkit.logs.time_zones import Span, joined, without
from msvc_toolkit.private.private_files import open_private_file

_NAME = "pull.jsonl"


@dataclass
class PullState:
    """The state of a pull in its checkpoint: when it began, its window, and its slices.

    Args:
        planned: The time that is read in slices.
        kept: The files with its messages: the day, and the file's number.
    """

    read_at: datetime
    windows: list[Span]
    slices: dict[int, Slice] = field(default_factory=dict)
    pages: int = 0
    planned: list[Span] = field(default_factory=list)
    kept: set[tuple[date, int]] = field(default_factory=set)

    @property
    def gaps(self) -> list[Span]:
        """The spans of time that were not fully read."""
        unread = [one.gap for one in self.slices.values() if one.next_uri is not None]
        return joined([*without(self.windows, self.planned), *unread])


def load(folder: Path, owns: Callable[[object], bool]) -> PullState | None:
    """Read the checkpoint of a pull that did not end; None if there is none that can be read."""
    try:
        lines = (folder / _NAME).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    state: PullState | None = None
    for line in lines:
        with suppress(msgspec.MsgspecError, ValueError):
            state = _take(state, msgspec.json.decode(line, type=_Line), owns)
    return state


def _take(state: PullState | None, line: _Line, owns: Callable[[object], bool]) -> PullState | None:
    if line.read_at:
        return PullState(line.read_at, line.windows)
    if state is None:
        return None
    slices = line.slices if line.now is None else {line.slice: line.now}
    if not all(one.next_uri is None or owns(one.next_uri) for one in slices.values()):
        raise ValueError("not a page of this list")
    state.slices |= slices
    state.planned += line.planned
    state.pages += line.pages if line.now is None else 1
    state.kept |= {*line.kept.items()}
    return state


class _Line(msgspec.Struct, omit_defaults=True):
    """A line of the checkpoint: how a pull begins, what it plans, or a page of a slice that was read and its files."""

    read_at: Moment | None = None
    windows: list[tuple[Moment, Moment]] = []
    planned: list[tuple[Moment, Moment]] = []
    pages: int = 0
    slices: dict[int, Slice] = {}
    slice: int = 0
    now: Slice | None = None
    kept: dict[date, int] = {}


class Ledger:
    """Records how far a pull is; several threads may use it."""

    def __init__(self, folder: Path, state: PullState) -> None:
        self.state = state
        self._path = folder / _NAME
        self._lock = threading.Lock()
        self._path.unlink(missing_ok=True)  # it may be a link to somewhere else
        self._file: IO[str] = open_private_file(self._path, "w", encoding="utf-8")
        self._write(_Line(state.read_at, state.windows))

    def plan(
        self, windows: Sequence[Span], slices: Sequence[Slice], pages: int = 0, kept: Mapping[date, int] | None = None
    ) -> list[int]:
        """Record the slices in which windows are read, some with pages read already; return their numbers."""
        with self._lock:
            numbers = list(range(len(self.state.slices), len(self.state.slices) + len(slices)))
            new = dict(zip(numbers, slices, strict=True))
            self.state.slices |= new
            self.state.planned += windows
            self.state.pages += pages
            self._write(_Line(planned=[*windows], pages=pages, slices=new, kept={**(kept or {})}))
            return numbers

    def cut(self, number: int, upper: Slice, lower: Slice) -> int:
        """Record that a slice was cut in two, and return the number of the lower one."""
        with self._lock:
            new = len(self.state.slices)
            both = {number: upper, new: lower}
            self.state.slices |= both
            self._write(_Line(slices=both))
            return new

    def page(self, number: int, now: Slice, kept: Mapping[date, int]) -> None:
        """Record that the next page of a slice was read, and in which file of each day its messages are."""
        with self._lock:
            self.state.slices[number] = now
            self.state.pages += 1
            self._write(_Line(slice=number, now=now, kept={**kept}), force=False)

    def close(self, *, remove: bool) -> None:
        """Close the file; remove it once everything in it is stored elsewhere."""
        with suppress(OSError):  # the disk is full: some pages are read once more
            self._file.close()
        if remove:
            self._path.unlink()

    def _write(self, line: _Line, *, force: bool = True) -> None:
        self._file.write(msgspec.json.encode(line).decode() + "\n")
        self._file.flush()
        if force:
            os.fsync(self._file.fileno())
