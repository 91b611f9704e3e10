"""Opens the store's file, checks that it is a sandbox store and applies missing migrations."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.private.private_files import close_to_others, make_private_file, make_private_folder
from msvc_toolkit.private.wal import use_wal
from msvc_toolkit.sandbox.storage.migrations import APPLICATION_ID, STEPS

BUSY_SECONDS = 30
"""How long a kernel waits for another one's write before it gives up."""


def open_database(path: str) -> sqlite3.Connection:
    """Open a store's file and apply missing schema steps; make the file and its folder when missing.

    Raises SandboxError if it is not a sandbox store, comes from a newer version, or cannot be opened.
    """
    try:
        if path != ":memory:":
            make_private_folder(Path(path).parent)
            if not Path(path).exists():
                make_private_file(Path(path))  # SQLite gives its mode to its -wal and -shm files
        db = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=256
        )
    except (OSError, sqlite3.Error) as error:
        raise _unusable(path, error) from error
    try:
        db.row_factory = _as_dict
        check_identity(db, path)
        for beside in ("", "-wal", "-shm", "-journal"):
            close_to_others(Path(path + beside))
        db.execute("PRAGMA foreign_keys = ON")
        use_wal(db, BUSY_SECONDS)
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(
            "PRAGMA wal_autocheckpoint = 16000"
        )  # pages, 64 MB: checkpoints are so rare that they cost a POST little
        _apply_steps(db, path)
    except sqlite3.DatabaseError as error:
        db.close()
        raise _unusable(path, error) from error
    except SandboxError:
        db.close()
        raise
    return db


def _unusable(path: str, error: Exception) -> SandboxError:
    return SandboxError(
        f"The sandbox cannot use {path} as its store ({error}). Name another file with store=..., or move this one away."
    )


def _apply_steps(db: sqlite3.Connection, path: str) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        version = _version(db, path)
        for number, step in enumerate(STEPS[version:], start=version + 1):
            for statement in step:
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {number}")
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _version(db: sqlite3.Connection, path: str) -> int:
    """Return the number of the last schema step that was applied."""
    version = int(db.execute("PRAGMA user_version").fetchone()["user_version"])
    if version > len(STEPS):
        raise SandboxError(
            f"The store {path} was made by a newer msvc-toolkit (schema {version}, this one knows {len(STEPS)}). "
            "Upgrade the toolkit, or name another file with store=..."
        )
    return version


def check_identity(db: sqlite3.Connection, path: str) -> None:
    """Raise SandboxError if the file has another program's tables; an empty file may become a store."""
    foreign = "SELECT 1 FROM sqlite_master, pragma_application_id WHERE application_id != ? LIMIT 1"
    if db.execute(foreign, (APPLICATION_ID,)).fetchone():
        raise SandboxError(
            f"{path} is a database of another program, not a sandbox. Nothing in it was changed; name another file."
        )


def _as_dict(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> dict[str, Any]:
    return {column[0]: value for column, value in zip(cursor.description, values, strict=True)}
