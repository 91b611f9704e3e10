"""The journal of a run of changes: a file in the user's folder that records each request before it is sent.

Each line is forced to the disk before the request leaves, so that after a crash the account can be looked at and the run
finished or taken back. It holds settings, SIDs and masked numbers; only its owner can read it.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import msgspec

from msvc_toolkit.changes.model import Change, OutcomeKind
from msvc_toolkit.connection import Connection
from msvc_toolkit.connection.records import records_of
from msvc_toolkit.errors import ToolkitError, recording
from msvc_toolkit.private.private_files import make_private_file, make_private_folder, write_private_file

FOLDER = "changes"
SETTLED = ("done", "nothing to do")
_THEN = "what was done is not done again, and resume_changes goes on with it"


@dataclass(frozen=True)
class JournalHead:
    """The first line: the changes in order, and the services that the account had, by SID, with their names."""

    changes: tuple[Change, ...]
    services: Mapping[str, str]
    undoes: str = ""  # the name of the journal that this run takes back


class JournalLine(msgspec.Struct, omit_defaults=True):
    """A line after the first: a request that is about to leave, or what became of a change."""

    number: int  # of the change
    step: str = ""  # what is about to be asked
    created: str = ""  # the SID of the service that was made
    outcome: OutcomeKind | None = None


@dataclass
class ChangeJournal:
    """A journal that was read and that this run continues."""

    path: Path
    head: JournalHead
    begun: set[int] = field(default_factory=set)  # changes of which a request was about to leave
    created: dict[str, str] = field(default_factory=dict)  # SIDs of new services, by the SID or name in the plan
    outcomes: dict[int, OutcomeKind] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What it is called."""
        return self.path.stem

    @property
    def unfinished(self) -> list[int]:
        """The changes that are not done."""
        return [n for n in range(len(self.head.changes)) if self.outcomes.get(n) not in SETTLED]

    @classmethod
    def start(cls, folder: Path, head: JournalHead) -> Self:
        """Write the first line of a new journal; raise ToolkitError if it cannot be written."""
        path = folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{secrets.token_hex(2)}.jsonl"
        with recording(folder, _THEN):
            write_private_file(path, msgspec.json.encode(head) + b"\n", force=True)
        return cls(path, head)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read a journal; a last line that a crash cut off is left out."""
        first, *lines = path.read_bytes().split(b"\n")
        journal = cls(path, msgspec.json.decode(first, type=JournalHead))
        for line in lines[:-1]:
            with suppress(msgspec.DecodeError):
                journal._take(msgspec.json.decode(line, type=JournalLine))
        return journal

    def note(self, number: int, **more: Any) -> None:
        """Write a line, and return when it is on the disk; raise ToolkitError if it cannot be written."""
        line = JournalLine(number, **more)
        with recording(self.path, _THEN), self.path.open("r+b") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(end - 1)
            torn = file.read(1) != b"\n"  # by a crash: what is left of that line is ended, and cannot be read
            file.write(b"\n" * torn + msgspec.json.encode(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self._take(line)

    def _take(self, line: JournalLine) -> None:
        if line.step:
            self.begun.add(line.number)
        if line.created:
            self.created[self.head.changes[line.number].service_sid] = line.created
        if line.outcome:
            self.outcomes[line.number] = line.outcome


def journals(conn: Connection) -> list[ChangeJournal]:
    """Return the journals of an account, oldest first."""
    return [ChangeJournal.open(path) for path in sorted(journal_folder(conn).glob("*.jsonl"))]


def journal_folder(conn: Connection) -> Path:
    """Return the folder of an account's journals."""
    return records_of(conn, FOLDER)


@contextmanager
def alone(conn: Connection) -> Iterator[Path]:
    """Keep other programs of this computer from changing the account at the same time; yield the folder of its journals.

    The lock ends with the process, however it ends.
    """
    folder = journal_folder(conn)
    with ExitStack() as held:
        with recording(folder, _THEN):
            make_private_folder(folder)
            make_private_file(folder / "lock")
            lock = held.enter_context(closing(sqlite3.connect(folder / "lock", timeout=0, isolation_level=None)))
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                    raise
                raise ToolkitError(
                    "Another program on this computer is applying changes to this account. Wait until it is done."
                ) from None
        yield folder
