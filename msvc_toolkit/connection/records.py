"""The folder of an account's records of a kind: ledgers of lists, journals of changes."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary, finalize

from msvc_toolkit.connection import Connection
from msvc_toolkit.private.home import home

_TEMPORARY: WeakKeyDictionary[Any, Path] = WeakKeyDictionary()


def records_of(conn: Connection, kind: str) -> Path:
    """Return the folder of an account's records of a kind; that of a sandbox in memory ends with it."""
    if conn.folder_name:
        return home() / kind / conn.folder_name
    if conn.sandbox not in _TEMPORARY:
        made = Path(tempfile.mkdtemp(prefix="msvc-"))
        finalize(conn.sandbox, shutil.rmtree, made, ignore_errors=True)
        _TEMPORARY.setdefault(conn.sandbox, made)
    return _TEMPORARY[conn.sandbox] / kind
