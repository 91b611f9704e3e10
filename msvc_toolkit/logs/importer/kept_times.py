"""The times of messages that are already in the log or in an earlier file of the same import."""

from __future__ import annotations

from datetime import date

import duckdb
import pyarrow as pa

from msvc_toolkit.logs.storage.store import Store
from msvc_toolkit.rules.plurals import count

_HOUR = 3600
_ZONE, _FARTHEST = 900, 26 * _HOUR
"""Time zones differ by whole quarters of an hour, and by at most 26 hours. Source: IANA time zone database, 2025b."""
_MOVED = "FROM came JOIN kept USING (h) WHERE came.created IS NOT NULL AND kept.created IS NOT NULL"


class KeptTimes:
    """Compares the times in files with the known ones; `moved` has the new day of each message whose day changed.

    `repeated` is how many messages of a file are also in an earlier file.
    """

    def __init__(self, store: Store) -> None:
        self.moved: dict[str, date] = {}
        self.repeated = 0
        self._con = duckdb.connect()
        known = "hash(sid) AS h, date_created AS created, false AS of_file"
        store.steadily(lambda: store.relation(self._con).select(known).create("kept"))

    def compare(self, sids: pa.ChunkedArray, times: pa.ChunkedArray) -> list[str]:
        """Add the messages of a file, and return a note if the file has them in another time zone than before."""
        self._con.from_arrow(pa.table({"sid": sids, "created": times})).aggregate(
            "sid, hash(sid) AS h, max(created) AS created", "sid"
        ).to_table("came")
        [(again,)] = self._con.sql("SELECT count(*) FROM came JOIN kept USING (h) WHERE of_file").fetchall()
        self.repeated += again
        days = self._con.sql(
            f"SELECT sid, came.created::DATE {_MOVED} AND came.created::DATE <> kept.created::DATE"
        ).fetchall()
        self.moved.update(days)
        shifts = self._con.sql(
            f"SELECT date_diff('second', kept.created, came.created) AS shift, count(*) AS n {_MOVED} GROUP BY ALL ORDER BY n DESC, shift"
        ).fetchall()
        self._con.execute("DELETE FROM kept WHERE h IN (SELECT h FROM came)")
        self._con.execute("INSERT INTO kept SELECT h, created, true FROM came")
        self._con.execute("DROP TABLE came")
        wrong = [(shift, n) for shift, n in shifts if shift and not shift % _ZONE and abs(shift) <= _FARTHEST]
        n = sum(n for _, n in wrong)
        if 2 * n <= sum(n for _, n in shifts):
            return []
        shift = wrong[0][0]
        hours = "an hour" if abs(shift) == _HOUR else f"{abs(shift) / _HOUR:g} hours"
        was, them = ("was", "it") if n == 1 else ("were", "them")
        return [
            (
                f"{count(n, 'message')} of this file {was} read before with another time: this file has {them} {hours} "
                f"{'later' if shift > 0 else 'earlier'}. One of the time zones is wrong. The times read last are kept: "
                "check both files, and import the right one last"
            )
        ]
