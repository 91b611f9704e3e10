"""The sandbox's store: one SQLite connection with transactions and a cache; a committed write is durable."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from msvc_toolkit.sandbox.storage.database import open_database

Row = dict[str, Any]
Cached = TypeVar("Cached")
RECALLED = 20_000
"""The most entries of the cache; when it is full, it is cleared."""


class SandboxStore:
    """One SQLite file (or memory), shared by the threads of this process and by other processes.

    A committed transaction survives the end of the process, however it ends. After a power cut the
    last transactions may be missing, but the file opens (WAL with synchronous=NORMAL).

    Args:
        path: The file, which is made with its folder when missing, or ``":memory:"``.

    Raises:
        SandboxError: The file is not a sandbox store, comes from a newer version, or cannot be opened.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        self._lock = threading.RLock()
        self._depth = 0
        self._gathering = 0
        self._left: list[tuple[str, tuple[object, ...]]] = []
        """Deferred statements, see `defer`."""
        self._left_before = 0
        """How many deferred statements belong to earlier transactions of the group."""
        self._marked = False
        """Whether the current transaction of a group has a savepoint: only one that has written needs it."""
        self._memory: dict[object, Any] = {}
        self._version = 0
        self._seed = ""
        self._db = open_database(self.path)

    def reading(self) -> AbstractContextManager[None]:
        """Open a read transaction; inside a transaction this joins it."""
        return self._transaction("BEGIN")

    def writing(self) -> AbstractContextManager[None]:
        """Open a write transaction: everything is committed, or nothing if the block raises."""
        return self._transaction("BEGIN IMMEDIATE")

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        with self._lock:
            if self._depth > self._gathering:
                yield
                return
            if not self._gathering:
                self._db.execute(begin)
            self._left_before, self._marked = len(self._left), False
            self._depth += 1
            try:
                if not self._gathering:
                    self._notice_others()
                yield
                if not self._gathering:
                    self._keep()
                elif self._marked:
                    self._db.execute("RELEASE one")
            except BaseException:
                if self._gathering:
                    self._undo_one()
                else:
                    self._undo()
                raise
            finally:
                self._depth -= 1

    @contextmanager
    def group_commit(self) -> Iterator[None]:
        """Group transactions: each one succeeds or fails separately, and one commit at the end writes them all.

        Until then only this thread can use the store; nothing is committed if the block raises.
        """
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            self._depth = self._gathering = 1
            try:
                self._notice_others()
                yield
                self._keep()
            except BaseException:
                self._undo()
                raise
            finally:
                self._depth = self._gathering = 0

    def _notice_others(self) -> None:
        """Clear the cache when another connection has written."""
        version = self._db.execute("PRAGMA data_version").fetchone()["data_version"]
        if version != self._version:
            self._version = version
            self._memory.clear()

    def _keep(self) -> None:
        self._left_before = 0
        self._write_left()
        self._db.execute("COMMIT")

    def _undo(self) -> None:
        self._left.clear()
        self._memory.clear()
        if self._db.in_transaction:  # SQLite ends the transaction by itself when the disk is full
            self._db.execute("ROLLBACK")

    def _undo_one(self) -> None:
        """Roll back one transaction of a group."""
        if self._marked or len(self._left) > self._left_before:
            self._memory.clear()
        del self._left[self._left_before :]
        if self._marked and self._db.in_transaction:
            self._db.execute("ROLLBACK TO one")

    def _write_left(self, *, more: bool = False) -> None:
        """Run the deferred statements; `more` says that another write follows."""
        before, mine = self._left[: self._left_before], self._left[self._left_before :]
        self._execute(before)
        if (mine or more) and self._depth > self._gathering > 0 and not self._marked:
            self._db.execute("SAVEPOINT one")
            self._marked = True
        self._execute(mine)
        self._left, self._left_before = [], 0

    def _execute(self, left: list[tuple[str, tuple[object, ...]]]) -> None:
        last: dict[str, dict[object, tuple[object, ...]]] = {}
        for sql, values in left:
            last.setdefault(sql, {})[values[0]] = values
        for sql, rows in last.items():
            self._db.executemany(sql, rows.values())

    def one(self, sql: str, *values: object) -> Row | None:
        """Return the first row, or None."""
        with self._lock:
            if self._left:
                self._write_left()
            row: Row | None = self._db.execute(sql, values).fetchone()
            return row

    def all(self, sql: str, *values: object) -> list[Row]:
        """Return every row."""
        with self._lock:
            if self._left:
                self._write_left()
            return self._db.execute(sql, values).fetchall()

    def tuples(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Return every row as a tuple without column names, which is several times faster."""
        with self._lock:
            if self._left:
                self._write_left()
            cursor = self._db.execute(sql, values)
            cursor.row_factory = None
            return cursor.fetchall()

    def execute(self, sql: str, *values: object) -> int:
        """Run one writing statement, clear the cache, and return how many rows it changed."""
        with self.writing():
            self._memory.clear()
            self._write_left(more=True)
            return self._db.execute(sql, values).rowcount

    def execute_unobserved(self, sql: str, *values: object) -> None:
        """Run one writing statement on rows that are never cached, such as messages; keep the cache."""
        with self._lock:
            if not self._depth:
                with self.writing():
                    self._db.execute(sql, values)
                return
            if self._left or self._gathering:
                self._write_left(more=True)
            self._db.execute(sql, values)

    def defer(self, sql: str, *values: object) -> None:
        """Run a statement as `execute_unobserved` does, but delayed until the next read, write or commit.

        Many together cost much less than one by one. The first value is a key: of several statements with the same SQL
        and key only the last is run.
        """
        with self._lock:
            if self._depth:
                self._left.append((sql, values))
                return
        self.execute_unobserved(sql, *values)

    def cached(self, key: object, load: Callable[[], Cached]) -> Cached:
        """Return the cached result of `load()`; any write other than to messages clears the cache.

        A key is a tuple that begins with a name. None is not cached.
        """
        with self._lock:
            if not self._depth:
                with self.reading():
                    return self.cached(key, load)
            value: Cached | None = self._memory.get(key)
            if value is None:
                value = load()
                if value is not None:  # a missing row is not cached: anyone can ask for any SID
                    if len(self._memory) >= RECALLED:
                        self._memory.clear()
                    self._memory[key] = value
            return value

    def invalidate(self, key: object) -> None:
        """Remove a value from the cache, after `execute_unobserved` has changed it."""
        with self._lock:
            self._memory.pop(key, None)

    def insert(self, table: str, row: Mapping[str, object]) -> None:
        """Add one row; table and column names must come from this package."""
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        self.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", *row.values())  # noqa: S608 - see docstring

    def add(self, table: str, prefix: str, at: int, row: Mapping[str, object]) -> str:
        """Add a row created at a time, with the next SID of its kind, and return the SID."""
        sid = self.new_sid(prefix)
        self.insert(table, {"sid": sid, "date_created": at, "date_updated": at, **row})
        return sid

    def insert_unobserved(self, table: str, row: Mapping[str, object]) -> None:
        """Add one row of a table that is never cached."""
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        self.execute_unobserved(f"INSERT INTO {table} ({columns}) VALUES ({marks})", *row.values())  # noqa: S608 - as above

    def update(self, table: str, sid: str, row: Mapping[str, object]) -> None:
        """Change columns of the row with this SID; names as in `insert`."""
        columns = ", ".join(f"{name} = ?" for name in row)
        self.execute(f"UPDATE {table} SET {columns} WHERE sid = ?", *row.values(), sid)  # noqa: S608 - see docstring

    def setting(self, key: str) -> str | None:
        """Return one setting of this store."""
        settings: Row = self.cached(("meta",), lambda: {r["key"]: r["value"] for r in self.all("SELECT * FROM meta")})
        return settings.get(key)

    def set_setting(self, key: str, value: str) -> None:
        """Write one setting of this store."""
        self.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value
        )

    def new_sid(self, prefix: str) -> str:
        """Return the next SID of a kind: the same seed gives the same series."""
        return prefix + self.digest(f"{prefix}:{self.next_number(prefix)}")

    def next_number(self, prefix: str) -> int:
        """Count up the resources of a kind and return the next number."""
        with self._lock:
            if not self._depth:
                with self.writing():
                    return self.next_number(prefix)
            query = "SELECT last FROM serial WHERE prefix = ?"
            last: int = self.cached(("serial", prefix), lambda: (self.one(query, prefix) or {"last": 0})["last"])
            self._memory["serial", prefix] = last + 1
            self.defer(
                "INSERT INTO serial VALUES (?, ?) ON CONFLICT (prefix) DO UPDATE SET last = excluded.last",
                prefix,
                last + 1,
            )
            return last + 1

    def digest(self, text: str) -> str:
        """Return 32 hex digits that depend only on the text and this store's seed."""
        if not self._seed:
            self._seed = self.setting("seed") or ""
        return hashlib.blake2b(f"{self._seed}:{text}".encode(), digest_size=16).hexdigest()

    def empty(self) -> None:
        """Delete every row."""
        with self.writing():
            self._seed = ""
            self._memory.clear()
            self._db.execute("PRAGMA defer_foreign_keys = ON")
            for table in self.all("SELECT name FROM sqlite_master WHERE type = 'table'"):
                self._db.execute(f"DELETE FROM {table['name']}")  # noqa: S608 - our own tables

    def copy_to(self, other: sqlite3.Connection) -> None:
        """Write everything into another database."""
        with self._lock:
            self._db.backup(other)

    def copy_from(self, other: sqlite3.Connection) -> None:
        """Replace everything by the content of another database."""
        with self._lock:
            other.backup(self._db)
            self._seed, self._version = "", 0
            self._memory.clear()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
