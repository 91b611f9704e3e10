"""Snapshots of a sandbox: the whole store in one file, and back."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.database import check_identity
from msvc_toolkit.sandbox.schema import STEPS
from msvc_toolkit.sandbox.store import Store


def snapshot(store: Store, path: str | Path) -> None:
    """Write a copy of the whole store to a file, replacing an older snapshot only once the copy is complete.

    Raises:
        SandboxError: Something else is at this path.
    """
    target = Path(path)
    if target.exists():
        _check_replaceable(store, target)
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    partial.unlink(missing_ok=True)
    copy = sqlite3.connect(partial)
    try:
        store.copy_to(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    finally:
        copy.close()
    partial.replace(target)


def _check_replaceable(store: Store, target: Path) -> None:
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
            f"{target} is no snapshot ({error}) and is left alone. Give the snapshot another name."
        ) from error


def restore(store: Store, path: str | Path) -> None:
    """Replace everything in a store by a snapshot.

    Raises:
        SandboxError: There is no such snapshot, or it is none of this version.
    """
    if not Path(path).is_file():
        raise SandboxError(f"There is no snapshot at {path}. Make one first with snapshot(path).")
    source = sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)
    try:
        check_identity(source, str(path))
        version = source.execute("PRAGMA user_version").fetchone()[0]
        if version != len(STEPS):
            raise SandboxError(f"{path} is no snapshot of this version (schema {version}, not {len(STEPS)}).")
        store.copy_from(source)
    except sqlite3.DatabaseError as error:
        raise SandboxError(f"{path} cannot be read as a snapshot ({error}).") from error
    finally:
        source.close()
