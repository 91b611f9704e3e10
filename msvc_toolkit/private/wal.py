"""SQLite's write-ahead log."""

from __future__ import annotations

import sqlite3
import time


def use_wal(db: sqlite3.Connection, seconds: float) -> None:
    """Switch to WAL and retry for this many seconds while another connection switches, as SQLite does not wait by itself."""
    end = time.monotonic() + seconds
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return
