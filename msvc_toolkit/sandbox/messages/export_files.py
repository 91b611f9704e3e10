"""Export files: a day's messages as they were at one time, one JSON object per line, gzip.

Source: BulkExport, Day resource, messages export file format (read 2026-11-23). Which of a message's
times decides the day is not documented; here it is the time of creation, which never changes.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from msvc_toolkit.sandbox.messages import serialization
from msvc_toolkit.sandbox.rest.params import DAY_MS
from msvc_toolkit.sandbox.storage.store import SandboxStore

_CREATED = serialization.COLUMNS.index("date_created")
_AT_ONCE = 5_000
_GZIP = 31  # zlib's wbits for gzip with the largest window; its header has no time, so equal days give equal bytes
_ROWS = (
    f"SELECT {', '.join(serialization.COLUMNS)} FROM message "  # noqa: S608 - our own names
    "WHERE seq > ? AND account_sid = ? AND date_created BETWEEN ? AND ? ORDER BY seq LIMIT ?"
)


@dataclass
class DayFile:
    """An export file while it is written."""

    records: int = 0  # how many messages are in it
    _parts: list[bytes] = field(default_factory=list)
    _packer: zlib._Compress = field(default_factory=lambda: zlib.compressobj(1, wbits=_GZIP))

    def add(self, lines: list[str]) -> None:
        """Write lines."""
        self.records += len(lines)
        self._parts.append(self._packer.compress("".join(lines).encode()))

    def content(self) -> bytes:
        """Return the whole file; it can be called only once."""
        return b"".join([*self._parts, self._packer.flush()])


def write(store: SandboxStore, account_sid: str, first: int, days: int, now: int) -> list[DayFile]:
    """Write the files of consecutive days."""
    files = [DayFile() for _ in range(days)]
    seq = 0
    while rows := store.tuples(_ROWS, seq, account_sid, first, first + days * DAY_MS - 1, _AT_ONCE):
        seq = rows[-1][0]
        by_day: dict[int, list[tuple[object, ...]]] = {}
        for row in rows:
            by_day.setdefault((row[_CREATED] - first) // DAY_MS, []).append(row)
        for day, day_rows in by_day.items():
            files[day].add(serialization.export(day_rows, now))
    return files
