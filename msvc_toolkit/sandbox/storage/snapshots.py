"""Snapshots of a sandbox: write the whole store to a file, and restore it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import mkstemp

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.private.private_files import make_private_folder
from msvc_toolkit.sandbox.storage.database import check_identity
from msvc_toolkit.sandbox.storage.migrations import STEPS
from msvc_toolkit.sandbox.storage.store import SandboxStore


def snapshot(store: SandboxStore, path: str | Path) -> None:
    """Write a copy of the whole store to a file; an older snapshot is replaced only once the copy is complete.

    Raises SandboxError if something else is at this path, or it cannot be written.
    """
    target = Path(path)
    try:
        if target.exists():
            _check_replaceable(store, target)
        make_private_folder(target.parent)
        descriptor, name = mkstemp(dir=target.parent, prefix=f".{target.name}.")  # its owner's alone
        os.close(descriptor)
        try:
            with closing(sqlite3.connect(name)) as copy:
                store.copy_to(copy)
                copy.execute("PRAGMA journal_mode = DELETE")
            Path(name).replace(target)
        finally:
            Path(name).unlink(missing_ok=True)
    except (OSError, sqlite3.Error) as error:
        raise SandboxError(
            f"The snapshot cannot be written to {target} ({error}). The sandbox is as it was; name a file in a folder "
            "of yours."
        ) from error


def _check_replaceable(store: SandboxStore, target: Path) -> None:
    if store.path != ":memory:" and target.samefile(store.path):
        raise SandboxError(f"{target} is the sandbox's own store. Give the snapshot another name.")
    try:
        held = sqlite3.connect(f"{target.absolute().as_uri()}?mode=ro", uri=True)
        try:
            check_identity(held, str(target))
        finally:
            held.close()
    except sqlite3.DatabaseError as error:
        raise SandboxError(
            f"{target} is not a snapshot ({error}) and was not changed. Give the snapshot another name."
        ) from error


def restore(store: SandboxStore, path: str | Path) -> None:
    """Replace everything in a store by a snapshot; raise SandboxError if it is missing or does not fit this version."""
    if not Path(path).is_file():
        raise SandboxError(f"There is no snapshot at {path}. Make one first with snapshot(path).")
    try:
        with closing(sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)) as source:
            check_identity(source, str(path))
            version = source.execute("PRAGMA user_version").fetchone()[0]
            if version != len(STEPS):
                raise SandboxError(f"{path} is not a snapshot of this version (schema {version}, not {len(STEPS)}).")
            _check_whole(source, path)
            store.copy_from(source)
    except sqlite3.DatabaseError as error:
        raise SandboxError(f"{path} cannot be read as a snapshot ({error}).") from error


def _check_whole(source: sqlite3.Connection, path: str | Path) -> None:
    """Raise SandboxError unless a snapshot has exactly the tables and columns of this version, and an account."""
    with closing(sqlite3.connect(":memory:")) as fresh:
        for step in STEPS:
            for statement in step:
                fresh.execute(statement)
        differing = {row[1] for row in _columns(fresh) ^ _columns(source)}
    if differing:
        raise SandboxError(
            f"{path} is not a complete snapshot: its tables differ ({', '.join(sorted(differing)[:5])})."
        )
    if not source.execute("SELECT count(*) FROM account").fetchone()[0]:
        raise SandboxError(f"{path} is not a complete snapshot: it holds no account.")


def _columns(db: sqlite3.Connection) -> set[tuple[str, str, str]]:
    """Return every column of every table, view and trigger, except SQLite's own."""
    return set(
        db.execute(
            "SELECT m.type, m.name, coalesce(c.name, '') FROM sqlite_master m LEFT JOIN pragma_table_info(m.name) c "
            "WHERE m.type != 'index' AND m.name NOT LIKE 'sqlite~_%' ESCAPE '~'"
        )
    )
