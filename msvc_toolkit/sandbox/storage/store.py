"""The sandbox's memory: SQLite, rows in and out, and a write acknowledged is a write kept."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msvc_toolkit.sandbox.storage.transactions import Row, Transactions

__all__ = ["Row", "Store"]

RECALLED = 20_000
"""How many things are recalled before all are read anew."""


class Store(Transactions):
    """One SQLite file (or memory), shared by the threads of this process and by other processes.

    A transaction that was committed survives the end of the process, however it ends. After a power cut the
    last transactions may be missing, but the file opens (WAL with synchronous=NORMAL).

    Args:
        path: The file, made with its folder when missing, or ``":memory:"``.

    Raises:
        SandboxError: The file is no sandbox store, comes from a newer version, or cannot be opened.
    """

    def __init__(self, path: str | Path) -> None:
        super().__init__(path)
        self._seed = ""

    def recall(self, key: object, load: Callable[[], Any]) -> Any:
        """Return what `load` gives, kept until anything but messages is written, here or by another process.

        Args:
            key: Names it; a tuple that begins with what it is.
            load: Reads it from the store.
        """
        with self._lock:
            if not self._depth:
                with self.reading():
                    return self.recall(key, load)
            found = self._memory.get(key)
            if found is None:
                found = load()
                if found is not None:  # what is not there is not remembered: anybody can ask for it
                    if len(self._memory) >= RECALLED:
                        self._memory.clear()
                    self._memory[key] = found
            return found

    def forget(self, key: object) -> None:
        """Recall this anew: what `log` has written changes it."""
        with self._lock:
            self._memory.pop(key, None)

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
        settings: Row = self.recall(("meta",), lambda: {r["key"]: r["value"] for r in self.all("SELECT * FROM meta")})
        return settings.get(key)

    def remember(self, key: str, value: str) -> None:
        """Keep one setting of this store."""
        self.run("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", key, value)

    def new_sid(self, prefix: str) -> str:
        """Return the next SID of a kind: the same seed gives the same series."""
        return prefix + self.digest(f"{prefix}:{self.next_number(prefix)}")

    def next_number(self, prefix: str) -> int:
        """Count the resources of a kind that were ever made."""
        with self._lock:
            if not self._depth:
                with self.writing():
                    return self.next_number(prefix)
            kept = "SELECT last FROM serial WHERE prefix = ?"
            last: int = self.recall(("serial", prefix), lambda: (self.one(kept, prefix) or {"last": 0})["last"])
            self._memory["serial", prefix] = last + 1
            self.later(
                "INSERT INTO serial VALUES (?1, ?2) ON CONFLICT (prefix) DO UPDATE SET last = ?2", prefix, last + 1
            )
            return last + 1

    def digest(self, text: str) -> str:
        """Return 32 hex digits that depend on the text and this store's seed alone."""
        if not self._seed:
            self._seed = self.meta("seed") or ""
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
        """Replace everything by what another database holds."""
        with self._lock:
            other.backup(self._db)
            self._seed, self._version = "", 0
            self._memory.clear()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()
