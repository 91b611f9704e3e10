"""The sandbox's memory: SQLite, rows in and out, and a write acknowledged is a write kept."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.schema import APPLICATION_ID, STEPS

Row = dict[str, Any]
BUSY_SECONDS = 30
"""How long a kernel waits for another one's write before it gives up."""


class Store:
    """One SQLite file (or memory), shared by the threads of this process and by other processes.

    A transaction that was committed survives the end of the process, however it ends. After a power cut the
    last transactions may be missing, but the file opens (WAL with synchronous=NORMAL).

    Args:
        path: The file, made with its folder when missing, or ``":memory:"``.

    Raises:
        SandboxError: The file is no sandbox store, comes from a newer version, or cannot be opened.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        self._lock = threading.RLock()
        self._depth = 0
        self._seed = ""
        try:
            if self.path != ":memory:":
                Path(self.path).parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(
                self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
            )
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(str(error)) from error
        try:
            self._db.row_factory = _as_dict
            check_identity(self._db, self.path)
            self._db.execute("PRAGMA foreign_keys = ON")
            self._use_wal()
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._apply_steps()
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise self._unusable(str(error)) from error
        except SandboxError:
            self._db.close()
            raise

    def _unusable(self, why: str) -> SandboxError:
        return SandboxError(
            f"The sandbox cannot use {self.path} as its store ({why}). "
            "Name another file with store=..., or move this one away."
        )

    def _use_wal(self) -> None:
        """Switch to WAL; SQLite does not wait here when another process switches at the same moment."""
        end = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.01)
            else:
                return

    def _apply_steps(self) -> None:
        with self.writing():
            version = self.schema_version
            if version > len(STEPS):
                raise SandboxError(
                    f"The store {self.path} was made by a newer msvc-toolkit (schema {version}, this one knows "
                    f"{len(STEPS)}). Upgrade the toolkit, or name another file with store=..."
                )
            for number, step in enumerate(STEPS[version:], start=version + 1):
                for statement in step:
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {number}")
                self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")

    @property
    def schema_version(self) -> int:
        """The number of the last schema step that was applied."""
        return int(self._db.execute("PRAGMA user_version").fetchone()["user_version"])

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold one consistent view; inside a transaction this joins it."""
        with self._transaction("BEGIN"):
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep everything that is written inside, or nothing when it raises."""
        with self._transaction("BEGIN IMMEDIATE"):
            yield

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        with self._lock:
            if self._depth:
                yield
                return
            self._db.execute(begin)
            self._depth += 1
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # SQLite ends it by itself when the disk is full
                    self._db.execute("ROLLBACK")
                raise
            finally:
                self._depth -= 1

    def one(self, sql: str, *values: object) -> Row | None:
        """Return the first row, or None."""
        with self._lock:
            row: Row | None = self._db.execute(sql, values).fetchone()
            return row

    def all(self, sql: str, *values: object) -> list[Row]:
        """Return every row."""
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def run(self, sql: str, *values: object) -> int:
        """Run one writing statement and return how many rows it touched."""
        with self.writing():
            return self._db.execute(sql, values).rowcount

    def insert(self, table: str, row: Mapping[str, object]) -> None:
        """Add one row; the names of table and columns come from this package alone."""
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        self.run(f"INSERT INTO {table} ({columns}) VALUES ({marks})", *row.values())  # noqa: S608 - see docstring

    def update(self, table: str, sid: str, row: Mapping[str, object]) -> None:
        """Change columns of the row with this SID; names as in `insert`."""
        columns = ", ".join(f"{name} = ?" for name in row)
        self.run(f"UPDATE {table} SET {columns} WHERE sid = ?", *row.values(), sid)  # noqa: S608 - see docstring

    def meta(self, key: str) -> str | None:
        """Return one remembered setting of this store."""
        row = self.one("SELECT value FROM meta WHERE key = ?", key)
        return row["value"] if row else None

    def remember(self, key: str, value: str) -> None:
        """Keep one setting of this store."""
        self.run("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value)

    def new_sid(self, prefix: str) -> str:
        """Return the next SID of a kind: the same seed gives the same series."""
        with self.writing():
            row = self.one(
                "INSERT INTO serial VALUES (?, 1) ON CONFLICT (prefix) DO UPDATE SET last = last + 1 RETURNING last",
                prefix,
            )
            assert row is not None  # noqa: S101 - RETURNING always answers
            return prefix + self.digest(f"{prefix}:{row['last']}")

    def digest(self, text: str) -> str:
        """Return 32 hex digits that depend on the text and this store's seed alone."""
        if not self._seed:
            self._seed = self.meta("seed") or ""
        return hashlib.blake2b(f"{self._seed}:{text}".encode(), digest_size=16).hexdigest()

    def empty(self) -> None:
        """Delete every row."""
        with self.writing():
            self._db.execute("PRAGMA defer_foreign_keys = ON")
            for table in self.all("SELECT name FROM sqlite_master WHERE type = 'table'"):
                self._db.execute(f"DELETE FROM {table['name']}")  # noqa: S608 - our own tables

    def snapshot(self, path: str | Path) -> None:
        """Write a copy of the whole store to a file, replacing what is there only once the copy is complete."""
        target = Path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(target.name + ".partial")
        partial.unlink(missing_ok=True)
        with self._lock:
            copy = sqlite3.connect(partial)
            try:
                self._db.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
            finally:
                copy.close()
        partial.replace(target)

    def restore(self, path: str | Path) -> None:
        """Replace everything in this store by a snapshot.

        Raises:
            SandboxError: There is no such snapshot, or it is none of this version.
        """
        if not Path(path).is_file():
            raise SandboxError(f"There is no snapshot at {path}. Make one first with snapshot(path).")
        with self._lock:
            source = sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)
            try:
                check_identity(source, str(path))
                version = source.execute("PRAGMA user_version").fetchone()[0]
                if version != len(STEPS):
                    raise SandboxError(f"{path} is no snapshot of this version (schema {version}, not {len(STEPS)}).")
                source.backup(self._db)
            except sqlite3.DatabaseError as error:
                raise SandboxError(f"{path} cannot be read as a snapshot ({error}).") from error
            finally:
                source.close()
            self._seed = ""

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()


def check_identity(db: sqlite3.Connection, path: str) -> None:
    """Raise SandboxError if the file holds another program's tables; an empty one may become a store."""
    foreign = "SELECT 1 FROM sqlite_master, pragma_application_id WHERE application_id != ? LIMIT 1"
    if db.execute(foreign, (APPLICATION_ID,)).fetchone():
        raise SandboxError(
            f"{path} is a database of another program, not a sandbox. Nothing in it was changed; name another file."
        )


def _as_dict(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, values, strict=True)}
