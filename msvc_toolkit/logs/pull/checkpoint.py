"""The ledger of a pull that is at work: what it wants, and how far down each slice was read.

A line of JSON for every page, written after the page's messages were forced to the disk. It is not forced there itself: a
kill of the process does not take it back, and after a loss of power some pages are read once more, as is that of a line
which was torn. Their messages are known by their SIDs.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any

from msvc_toolkit.logs.pull.slices import Slice
from msvc_toolkit.logs.storage.intervals import Span, joined, without
from msvc_toolkit.private.private_files import open_private_file

_NAME = "pull.jsonl"


@dataclass
class PullState:
    """How far a pull is, as its ledger says.

    Args:
        read_at: When it began, where the account lives.
        windows: The time it wanted.
        slices: The slices it knew of, by number.
        pages: How many pages it read.
        planned: The time that is read in slices.
        kept: The files its messages were put in: the day, and the file's number.
    """

    read_at: datetime
    windows: list[Span]
    slices: dict[int, Slice] = field(default_factory=dict)
    pages: int = 0
    planned: list[Span] = field(default_factory=list)
    kept: set[tuple[date, int]] = field(default_factory=set)

    @property
    def gaps(self) -> list[Span]:
        """The time it did not read to its end."""
        unread = [one.gap for one in self.slices.values() if one.next_uri is not None]
        return joined([*without(self.windows, self.planned), *unread])


def load(folder: Path, owns: Callable[[object], bool]) -> PullState | None:
    """Read what a pull that did not end has left, None when there is no ledger or it cannot be understood.

    Args:
        folder: The log's folder. It may come from another person.
        owns: Whether an address is a page of the list. A line with another address is not taken.
    """
    try:
        lines = (folder / _NAME).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    state: PullState | None = None
    for line in lines:
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            state = _take(state, json.loads(line), owns)
    return state


def _take(state: PullState | None, entry: dict[str, Any], owns: Callable[[object], bool]) -> PullState | None:
    if "read_at" in entry:
        return PullState(_moment(entry["read_at"]), [_span(*pair) for pair in entry["windows"]])
    if state is None:
        return None
    kept = {(date.fromisoformat(day), int(number)) for day, number in entry.get("kept", {}).items()}
    if "planned" in entry:
        slices = {int(number): _slice(one, owns) for number, one in entry["slices"].items()}
        planned, pages = [_span(*pair) for pair in entry["planned"]], int(entry["pages"])
    else:
        slices, planned, pages = {int(entry["slice"]): _slice(entry["now"], owns)}, [], 1
    state.slices |= slices
    state.planned += planned
    state.pages += pages
    state.kept |= kept
    return state


class Ledger:
    """Writes down how far a pull is; several threads may use it.

    Args:
        folder: The log's folder.
        state: What is written so far.
    """

    def __init__(self, folder: Path, state: PullState) -> None:
        self.state = state
        self._path = folder / _NAME
        self._lock = threading.Lock()
        self._path.unlink(missing_ok=True)  # it may be a link to somewhere else
        self._file: IO[str] = open_private_file(self._path, "w", encoding="utf-8")
        windows = [_texts(span) for span in state.windows]
        self._write({"read_at": state.read_at.isoformat(), "windows": windows})

    def plan(
        self, windows: Sequence[Span], slices: Sequence[Slice], pages: int = 0, kept: Mapping[date, int] | None = None
    ) -> list[int]:
        """Write down that windows are read in these slices, and return the slices' numbers.

        Args:
            windows: The time that is now planned.
            slices: How it is read.
            pages: How many pages of them were read already, and are kept.
            kept: The number of the file of each day that their messages are in.
        """
        with self._lock:
            numbers = list(range(len(self.state.slices), len(self.state.slices) + len(slices)))
            new = dict(zip(numbers, slices, strict=True))
            self.state.slices |= new
            self.state.planned += windows
            self.state.pages += pages
            entries = {number: _entry(one) for number, one in new.items()}
            planned = [_texts(span) for span in windows]
            self._write({"planned": planned, "pages": pages, "slices": entries, "kept": _days(kept or {})})
            return numbers

    def cut(self, number: int, upper: Slice, lower: Slice) -> int:
        """Write down that a slice was cut in two, and return the number of the lower one."""
        with self._lock:
            new = len(self.state.slices)
            self.state.slices |= {number: upper, new: lower}
            self._write({"planned": [], "pages": 0, "slices": {number: _entry(upper), new: _entry(lower)}})
            return new

    def page(self, number: int, now: Slice, kept: Mapping[date, int]) -> None:
        """Write down that the next page of a slice was read, and in which file of each day its messages are."""
        with self._lock:
            self.state.slices[number] = now
            self.state.pages += 1
            self._write({"slice": number, "now": _entry(now), "kept": _days(kept)}, force=False)

    def close(self, *, remove: bool) -> None:
        """Close the ledger; it is removed once all that it says is known elsewhere."""
        with suppress(OSError):  # the disk is full: some pages are read once more
            self._file.close()
        if remove:
            self._path.unlink()

    def _write(self, entry: dict[str, Any], *, force: bool = True) -> None:
        self._file.write(json.dumps(entry) + "\n")
        self._file.flush()
        if force:
            os.fsync(self._file.fileno())


def _entry(one: Slice) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(one).items()}


def _slice(entry: dict[str, Any], owns: Callable[[object], bool]) -> Slice:
    moments = {name: _moment(entry[name]) for name in ("since", "until", "reached")}
    one = Slice(**{**entry, **moments})
    if one.next_uri is not None and not owns(one.next_uri):
        raise ValueError("not a page of this list")
    if not isinstance(one.stop, str | None):
        raise TypeError(one.stop)
    return one


def _days(kept: Mapping[date, int]) -> dict[str, int]:
    return {day.isoformat(): number for day, number in kept.items()}


def _texts(span: Span) -> list[str]:
    return [moment.isoformat() for moment in span]


def _span(since: str, until: str) -> Span:
    return _moment(since), _moment(until)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no zone")
    return moment.astimezone(UTC)
