"""The ledger of a list: an SQLite file that says, before each request leaves, which recipient it is for.

It holds no text and no number, only keyed hashes of the recipient and the message, the state, the message's
SID or Twilio's error code, and times. Several kernels may use one ledger. Each holds a lock that ends with the kernel,
which shows whether an unanswered request was abandoned or is still under way.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from msvc_toolkit.errors import InvalidInput, Problem, recording
from msvc_toolkit.private.private_files import make_private_file, make_private_folder
from msvc_toolkit.private.wal import use_wal

SETTLE_SECONDS = 10.0
"""How long after a request its message may still appear in Twilio's log. Ours: Twilio gives no figure."""
_BUSY_SECONDS = 60
_THEN = "what was sent is not sent again"
State = Literal["waiting", "claimed", "unknown", "sent", "found", "refused"]
_SCHEMA = """
CREATE TABLE IF NOT EXISTS run (text TEXT NOT NULL, taken INTEGER NOT NULL, next_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS recipient (
    key TEXT PRIMARY KEY, state TEXT NOT NULL, owner TEXT, draft TEXT, begun REAL, asked REAL, sid TEXT, code INTEGER
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Entry:
    """What the ledger knows of one recipient."""

    state: State
    draft: str = ""  # the keyed hash of the message that was sent
    begun: float = 0.0  # when the first request was about to leave, by the account's clock
    asked: float = 0.0  # when the last one was
    sid: str = ""
    code: int | None = None


@dataclass(frozen=True)
class Claim:
    """What may be done for a recipient now."""

    # "send"; "look": an earlier request may have sent it; "taken" by another kernel, or done; "wait"; "full": the cap
    # is reached
    may: Literal["send", "look", "taken", "wait", "full"]
    entry: Entry = Entry("waiting")
    seconds: float = 0.0


class ListLedger:
    """A ledger, opened by one run.

    Args:
        path: The file; it is made if it is missing.
        text: The keyed hash of what is sent: text, service and sender.

    Raises:
        InvalidInput: The file is the ledger of another text, damaged, or no ledger at all.
        ToolkitError: The file cannot be written.
    """

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._owner = secrets.token_hex(8)
        self._lock = threading.Lock()
        with recording(path, _THEN), ExitStack() as closed:
            make_private_folder(path.parent)
            make_private_file(path)
            self._db = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            closed.callback(self._db.close)
            if (kept := self._text(text)) != text:
                sentence = (
                    f"The ledger {path.name} belongs to another text, service or account, or was written on another "
                    "computer. Go on with the same text. With another ledger, the text goes to the whole list."
                    if kept
                    else f"{path.name} cannot be used as a ledger: it is something else, or damaged. Name the one of this "
                    "list, or a new one: it sends to the whole list."
                )
                raise InvalidInput([Problem("ledger", sentence)])
            self._mine = self._hold()
            closed.pop_all()

    def _text(self, text: str) -> str:
        """Set the file up if it is new, and return whose ledger it is; empty if it is not a ledger."""
        try:
            use_wal(self._db, _BUSY_SECONDS)
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(_SCHEMA)
            run = "SELECT text, taken, next_at FROM run"
            self._db.execute(run)  # another program's table would lack these columns
            with self._turn():
                if self._db.execute(run).fetchone() is None:
                    self._db.execute("INSERT INTO run VALUES (?, 0, 0)", [text])
            [(kept, *_)] = self._db.execute(run)
        except ValueError:
            return ""
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)  # Python's own errors have none
            if code in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                return ""
            raise
        return str(kept)

    def close(self) -> None:
        """End the run; from now on other runs may look up its unanswered requests."""
        self._mine.close()
        with suppress(OSError):
            self._file(self._owner).unlink()
        self._db.close()

    def add(self, keys: Iterable[str]) -> None:
        """Add the recipients that are not in it yet."""
        with self._turn():
            self._db.executemany(
                "INSERT OR IGNORE INTO recipient (key, state) VALUES (?, 'waiting')", [(key,) for key in keys]
            )

    def entries(self) -> dict[str, Entry]:
        """Return what is known of every recipient."""
        with recording(self.path, _THEN):
            rows = self._db.execute("SELECT key, state, draft, begun, asked, sid, code FROM recipient").fetchall()
        return {row[0]: Entry(row[1], row[2] or "", row[3] or 0.0, row[4] or 0.0, row[5] or "", row[6]) for row in rows}

    def open(self, keys: Collection[str], now: float) -> tuple[list[str], float | None]:
        """Return which of these recipients can be handled now, in order, and when the next one can.

        Returns:
            The keys, and the seconds until an unanswered request can be looked up; None if there is no such request.
        """
        query = "SELECT key, state, owner, asked FROM recipient WHERE state IN ('waiting', 'claimed', 'unknown')"
        with recording(self.path, _THEN):
            rows = self._db.execute(query).fetchall()
        ready, later = set[str](), list[float]()
        alive = {owner: self._alive(owner) for owner in {row[2] for row in rows if row[1] == "claimed"}}
        for key, state, owner, asked in rows:
            ripe = 0.0 if state == "waiting" else asked + SETTLE_SECONDS - now
            if key not in keys or (state == "claimed" and alive[owner]):
                continue
            if ripe <= 0:
                ready.add(key)
            else:
                later.append(ripe)
        return [key for key in keys if key in ready], min(later, default=None)

    def claim(self, key: str, draft: str, now: float, *, most: int | None, seconds: float) -> Claim:
        """Claim a recipient for this run; the claim is on disk before anything is sent.

        Args:
            key: The recipient.
            draft: The keyed hash of the message.
            now: The account's time.
            most: How many messages all runs on this ledger may send together.
            seconds: The least time between two of them.
        """
        with self._turn():
            [(taken, next_at)] = self._db.execute("SELECT taken, next_at FROM run")
            query = "SELECT state, owner, draft, begun, asked FROM recipient WHERE key = ?"
            [(state, owner, earlier, begun, asked)] = self._db.execute(query, [key])
            if state == "waiting":
                if most is not None and taken >= most:
                    return Claim("full")
                if next_at > now:
                    return Claim("wait", seconds=next_at - now)
                self._db.execute("UPDATE run SET taken = taken + 1, next_at = ?", [now + seconds])
                change = (
                    "UPDATE recipient SET state = 'claimed', owner = ?, draft = ?, begun = ?, asked = ? WHERE key = ?"
                )
                self._db.execute(change, [self._owner, draft, now, now, key])
                return Claim("send", Entry("claimed", draft, now, now))
            unanswered = state == "unknown" or (state == "claimed" and not self._alive(owner))
            if not unanswered or asked + SETTLE_SECONDS > now:
                return Claim("taken")
            self._db.execute("UPDATE recipient SET state = 'claimed', owner = ? WHERE key = ?", [self._owner, key])
            return Claim("look", Entry("claimed", earlier, begun, asked))

    def ask(self, key: str, now: float) -> None:
        """Record that a message, which the log does not have, is about to be sent again."""
        with self._turn():
            self._db.execute("UPDATE recipient SET asked = ? WHERE key = ? AND owner = ?", [now, key, self._owner])

    def settle(self, key: str, state: State, *, sid: str = "", code: int | None = None) -> None:
        """Record the outcome of a recipient that this run claimed; if nothing was sent, it no longer counts."""
        with self._turn():
            change = (
                "UPDATE recipient SET state = ?, sid = ?, code = ? WHERE key = ? AND owner = ? AND state = 'claimed'"
            )
            done = self._db.execute(change, [state, sid, code, key, self._owner]).rowcount
            if done and state in ("waiting", "refused"):
                self._db.execute("UPDATE run SET taken = taken - 1")

    def hold_back(self, until: float) -> None:
        """Stop every run on this ledger from sending before a time."""
        with self._turn():
            self._db.execute("UPDATE run SET next_at = max(next_at, ?)", [until])

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Run a block in a write transaction."""
        with self._lock, recording(self.path, _THEN):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _file(self, owner: str) -> Path:
        return self.path.with_name(f"{self.path.name}.{owner}.owner")

    def _hold(self) -> sqlite3.Connection:
        """Lock this run's own file; the lock ends with the process, however it ends."""
        make_private_file(self._file(self._owner))
        held = sqlite3.connect(self._file(self._owner), isolation_level=None, check_same_thread=False)
        held.execute("BEGIN EXCLUSIVE")
        return held

    def _alive(self, owner: str) -> bool:
        """Return whether the run that claimed a recipient is still alive."""
        path = self._file(owner)
        if owner == self._owner or not path.exists():
            return owner == self._owner
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as tried:
            try:
                tried.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                return True
        with suppress(OSError):
            path.unlink()
        return False
