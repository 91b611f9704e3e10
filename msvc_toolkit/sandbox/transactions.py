"""One SQLite connection and its transactions: each kept or undone as a whole, several of them kept by one commit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from msvc_toolkit.sandbox.database import open_database

Row = dict[str, Any]


class Transactions:
    """The statements and transactions of one file, shared by the threads of this process.

    Args:
        path: The file, made with its folder when missing, or ``":memory:"``.

    Raises:
        SandboxError: The file is no sandbox store, comes from a newer version, or cannot be opened.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = str(path)
        self._lock = threading.RLock()
        self._depth = 0
        self._gathering = 0
        self._left: list[tuple[str, tuple[object, ...]]] = []
        self._begun = 0
        """How much of what is left was there before the present transaction."""
        self._marked = False
        """Whether the present one of several transactions has a savepoint: only one that writes at once needs it."""
        self._memory: dict[object, Any] = {}
        self._version = 0
        self._db = open_database(self.path)

    def reading(self) -> AbstractContextManager[None]:
        """Hold one consistent view; inside a transaction this joins it."""
        return self._transaction("BEGIN")

    def writing(self) -> AbstractContextManager[None]:
        """Keep everything that is written inside, or nothing when it raises."""
        return self._transaction("BEGIN IMMEDIATE")

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        with self._lock:
            if self._depth > self._gathering:
                yield
                return
            one = self._one_of_several() if self._gathering else self._whole(begin)
            self._depth += 1
            try:
                with one:
                    yield
            finally:
                self._depth -= 1

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Gather transactions: each succeeds or fails by itself, and one commit keeps them all at the end.

        Until then this thread alone has the store; nothing is kept when it raises.
        """
        with self._lock, self._whole("BEGIN IMMEDIATE"):
            self._depth = self._gathering = 1
            try:
                yield
            finally:
                self._depth = self._gathering = 0

    @contextmanager
    def _whole(self, begin: str) -> Iterator[None]:
        self._db.execute(begin)
        try:
            self._notice_others()
            yield
            self._write_left()
            self._db.execute("COMMIT")
        except BaseException:
            self._left.clear()
            self._memory.clear()
            if self._db.in_transaction:  # SQLite ends it by itself when the disk is full
                self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def _one_of_several(self) -> Iterator[None]:
        self._begun, self._marked = len(self._left), False
        try:
            yield
        except BaseException:
            if self._marked or len(self._left) > self._begun:
                self._memory.clear()
            del self._left[self._begun :]
            if self._marked and self._db.in_transaction:
                self._db.execute("ROLLBACK TO one")
            raise
        else:
            if self._marked:
                self._db.execute("RELEASE one")
        finally:
            self._begun, self._marked = 0, False

    def _notice_others(self) -> None:
        """Forget what was recalled when another connection has written since."""
        version = self._db.execute("PRAGMA data_version").fetchone()["data_version"]
        if version != self._version:
            self._version = version
            self._memory.clear()

    def _write_left(self, *, more: bool = False) -> None:
        """Write what was left for later; `more` says that something else is written after it."""
        before, mine = self._left[: self._begun], self._left[self._begun :]
        self._execute(before)
        if (mine or more) and self._depth > self._gathering > 0 and not self._marked:
            self._db.execute("SAVEPOINT one")
            self._marked = True
        self._execute(mine)
        self._left, self._begun = [], 0

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
        """Return every row without its names, which is several times faster."""
        with self._lock:
            if self._left:
                self._write_left()
            cursor = self._db.execute(sql, values)
            cursor.row_factory = None
            return cursor.fetchall()

    def run(self, sql: str, *values: object) -> int:
        """Run one writing statement and return how many rows it touched; what was recalled is read anew."""
        with self.writing():
            self._memory.clear()
            self._write_left(more=True)
            return self._db.execute(sql, values).rowcount

    def log(self, sql: str, *values: object) -> None:
        """Run one writing statement on what is never recalled: messages and what is remembered of each."""
        with self.writing():
            self._write_left(more=True)
            self._db.execute(sql, values)

    def later(self, sql: str, *values: object) -> None:
        """Run a statement as `log` does, but not before something is read, or the transaction is kept.

        Many at once cost much less than one by one. The first value is a key: of those left under one key only the
        last is run.
        """
        if not self._depth:
            self.log(sql, *values)
            return
        self._left.append((sql, values))
