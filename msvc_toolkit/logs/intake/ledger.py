"""The ledger of a pull that is at work: what it wants, and how far down each slice was read.

A line of JSON for every page, written after the page's messages were forced to the disk. It is not forced there itself: a
kill of the process does not take it back, and after a loss of power some pages are read once more, as is that of a line
which was torn. Their messages are known by their SIDs.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from msvc_toolkit.logs.intake.slices import Slice
from msvc_toolkit.logs.kept.spans import Span, joined, without

_NAME = "pull.jsonl"


@dataclass
class Told:
    """What a ledger tells of a pull that did not end.

    Args:
        read_at: When it began, where the account lives.
        windows: The time it wanted.
        slices: The slices it knew of, by number.
        pages: How many pages it read.
    """

    read_at: datetime
    windows: list[Span]
    slices: dict[int, Slice] = field(default_factory=dict)
    pages: int = 0
    planned: list[Span] = field(default_factory=list)

    @property
    def gaps(self) -> list[Span]:
        """The time it did not read to its end."""
        unread = [one.gap for one in self.slices.values() if one.next_uri is not None]
        return joined([*without(self.windows, self.planned), *unread])


def load(folder: Path) -> Told | None:
    """Read what a pull that did not end has left, None when there is none or it cannot be understood."""
    try:
        lines = (folder / _NAME).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    told: Told | None = None
    for line in lines:
        with suppress(ValueError, KeyError, TypeError):
            told = _take(told, json.loads(line))
    return told


def _take(told: Told | None, entry: dict[str, Any]) -> Told | None:
    if "read_at" in entry:
        return Told(datetime.fromisoformat(entry["read_at"]), [_span(*pair) for pair in entry["windows"]])
    if told is None:
        return None
    if "planned" in entry:
        slices = {int(number): _slice(one) for number, one in entry["slices"].items()}
        told.slices |= slices
        told.planned += [_span(*pair) for pair in entry["planned"]]
        told.pages += entry["pages"]
    else:
        told.slices[entry["slice"]] = _slice(entry["now"])
        told.pages += 1
    return told


class Ledger:
    """Writes down how a pull goes on; it may be told by several threads.

    Args:
        folder: The log's folder.
        told: What is written so far.
    """

    def __init__(self, folder: Path, told: Told) -> None:
        self.told = told
        self._path = folder / _NAME
        self._lock = threading.Lock()
        self._file: IO[str] = self._path.open("w", encoding="utf-8")
        windows = [_texts(span) for span in told.windows]
        self._write({"read_at": told.read_at.isoformat(), "windows": windows})

    def plan(self, windows: Sequence[Span], slices: Sequence[Slice], pages: int = 0) -> list[int]:
        """Write down that windows are read in these slices, and return the slices' numbers.

        Args:
            windows: The time that is now planned.
            slices: How it is read.
            pages: How many pages of them were read already, and are kept.
        """
        with self._lock:
            numbers = list(range(len(self.told.slices), len(self.told.slices) + len(slices)))
            new = dict(zip(numbers, slices, strict=True))
            self.told.slices |= new
            self.told.planned += windows
            self.told.pages += pages
            entries = {number: _entry(one) for number, one in new.items()}
            self._write({"planned": [_texts(span) for span in windows], "pages": pages, "slices": entries})
            return numbers

    def cut(self, number: int, upper: Slice, lower: Slice) -> int:
        """Write down that a slice was cut in two, and return the number of the lower one."""
        with self._lock:
            new = len(self.told.slices)
            self.told.slices |= {number: upper, new: lower}
            self._write({"planned": [], "pages": 0, "slices": {number: _entry(upper), new: _entry(lower)}})
            return new

    def page(self, number: int, now: Slice) -> None:
        """Write down that the next page of a slice was read and kept."""
        with self._lock:
            self.told.slices[number] = now
            self.told.pages += 1
            self._write({"slice": number, "now": _entry(now)}, force=False)

    def close(self, *, remove: bool) -> None:
        """Close the ledger; it is removed once all that it tells is known elsewhere."""
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


def _slice(entry: dict[str, Any]) -> Slice:
    moments = {name: datetime.fromisoformat(entry[name]) for name in ("since", "until", "reached")}
    return Slice(**{**entry, **moments})


def _texts(span: Span) -> list[str]:
    return [moment.isoformat() for moment in span]


def _span(since: str, until: str) -> Span:
    return datetime.fromisoformat(since), datetime.fromisoformat(until)
