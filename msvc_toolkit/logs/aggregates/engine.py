"""Answers questions to a log with SQL in DuckDB, over its rows or over sums of them."""

from __future__ import annotations

import glob
import itertools
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from msvc_toolkit.logs.aggregates import cache, queries
from msvc_toolkit.logs.aggregates.queries import KEYS, SUMS, WEIGHTED, aged, grouped, measured, narrowed, words
from msvc_toolkit.logs.aggregates.selection import Selection, holds, literal
from msvc_toolkit.logs.certificate import Certificate
from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.logs.storage.partitions import Day
from msvc_toolkit.logs.storage.store import Store
from msvc_toolkit.logs.time_zones import GRAINS

Answer = TypeVar("Answer")
Report = Callable[[int, int], None]
"""Called with the number of messages done, and of all."""
MEMORY = "640MB"
"""The memory that DuckDB uses before the disk. Ours: ten million messages need less, and a notebook shares its
machine."""
WORTH_IT = 1_000_000
"""Sums of fewer messages than this are computed on demand, since that is quick."""
_NARROWED, _WINDOWS = 10_000, 4
"""With more messages than this, each measure gets a smaller table of its own, so that selecting other senders is fast; and
for how many windows these tables are kept."""
_KEPT, _SMALL = 256, 5_000
"""How many answers stay in memory, and the most rows of each, so that a sender that is selected again is shown at once."""
_COARSE_FIRST = ("day", "hour", "quarter")
_NOTHING = Selection(senders=frozenset())
_TYPES = {pa.string(): "VARCHAR", pa.int32(): "INTEGER", pa.int64(): "BIGINT", pa.timestamp("us"): "TIMESTAMP"}


@dataclass
class _Opened:
    """A log as it was found.

    Args:
        version: The version of the stored log.
        con: Our connection.
        rows: The rows with every column of the schema, as a relation; or a frame that stays on its engine.
        size: How many rows there are; 0 for a frame that stays on its engine.
        weighted: The rows with `queries.WEIGHTED`, as a relation.
        files: By name, the files beside the log that hold its days as they are, and the days that no file holds.
        tables: By name, the SQL of what was made of the rows or is stored beside them.
        beside: The files that are in use.
        windows: By window, the smaller tables made of it, by what they were made of.
        answers: Answers that were given.
        as_of: Up to when the log knows what happened.
    """

    version: int
    con: duckdb.DuckDBPyConnection
    rows: Any
    size: int
    weighted: Any = None
    files: dict[str, tuple[dict[Path, list[str]], list[Day]]] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    beside: list[Path] = field(default_factory=list)
    windows: dict[Selection, dict[str, str]] = field(default_factory=dict)
    answers: dict[Any, pa.Table] = field(default_factory=dict)
    as_of: datetime | None = None
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def create(self, found: duckdb.DuckDBPyRelation) -> str:
        """Put an answer into a table, and return its name."""
        name = f"made_{next(self._numbers)}"
        found.create(name)
        return name

    def narrow(self, window: Selection, sql: str, table: str) -> str:
        """Return a smaller table that answers one measure of a window for any senders. Only a few windows are cached."""
        made = self.windows[window] = self.windows.pop(window, {})
        if (name := f"{table} {sql}") not in made:
            made[name] = self.create(self.con.sql(f"WITH sums AS (FROM {table} WHERE {window.holds('hour')}) {sql}"))
        while len(self.windows) > _WINDOWS:
            for old in self.windows.pop(next(iter(self.windows))).values():
                self.con.execute(f"DROP TABLE {old}")
        return made[name]

    def ask(self, sql: str, **tables: str) -> pa.Table:
        """Run SQL. `tables` gives each table that it names as SQL to follow FROM."""
        given = ", ".join(f"{name} AS (FROM {table})" for name, table in tables.items())
        answer = self.con.sql(f"WITH {given} {sql}").to_arrow_table()
        kinds = (pa.string() if pa.types.is_dictionary(one.type) else one.type for one in answer.schema)
        return answer.cast(pa.schema(list(zip(answer.column_names, kinds, strict=True))))


class Engine:
    """Answers the questions to one log and its selections, one at a time; `store` is None for a frame.

    Raises:
        InvalidInput: See `frames.read_frame`.
    """

    def __init__(self, frame: Any, certificate: Certificate | None = None) -> None:
        self.store = frame if isinstance(frame, Store) else None
        self.absent: tuple[str, ...] = ()
        self._given, self._frame = certificate, frame
        self._reports: list[Report] = []
        self._lock = RLock()
        if not self.store:
            self._frame, self.absent = _frames().read_frame(frame)
        self._opened: _Opened | None = None
        self._ask(lambda _: None)

    @property
    def version(self) -> int:
        """Grows whenever a stored log's files are replaced, which makes earlier answers out of date."""
        return self.store.version if self.store else 0

    @property
    def certificate(self) -> Certificate | None:
        """How complete the log is, if known."""
        return self._given or (self.store.certificate if self.store else None)

    @property
    def _elsewhere(self) -> bool:
        """Whether the rows are neither in files nor in DuckDB."""
        return not self.store and not isinstance(self._frame, pa.Table | duckdb.DuckDBPyRelation)

    def _open(self) -> _Opened:
        con = connect()
        if self._elsewhere:
            return _Opened(0, con, self._frame, 0)
        if self.store:
            rows, files = self.store.relation(con), {name: cache.kept_days(self.store, name) for name in BY_DAY}
            return _Opened(self.version, con, rows, self.store.certificate.rows, rows.select(WEIGHTED), files)
        rows = con.from_arrow(self._frame) if isinstance(self._frame, pa.Table) else self._frame
        empty = {name: f"NULL::{_TYPES[SCHEMA.field(name).type]}" for name in self.absent}
        if "hour" in empty:
            empty["hour"] = "date_trunc('hour', date_created::TIMESTAMP)"
        typed = (f"{empty.get(one.name, one.name)}::{_TYPES[one.type]} AS {one.name}" for one in SCHEMA)
        rows = rows.select(", ".join(typed))
        return _Opened(0, con, rows, rows.count("*").fetchall()[0][0], rows.select(WEIGHTED))

    def _ask(self, ask: Callable[[_Opened], Answer]) -> Answer:
        """Put a question to the log as it is now; a connection of DuckDB's serves one thread."""

        def once() -> Answer:
            if self._opened is None or self._opened.version != self.version:
                self._opened = self._open()
            try:
                return ask(self._opened)
            except duckdb.Error as error:
                beside, self._opened = self._opened.beside, None
                broken = [path for path in beside if path.name in str(error)]
                if not broken:
                    raise
                for path in broken:  # it is gone, or not whole: what it held is made again
                    with suppress(OSError):
                        path.unlink(missing_ok=True)
            return once()

        with self._lock:
            return self.store.steadily(once) if self.store else once()

    @contextmanager
    def watched(self, report: Report) -> Iterator[None]:
        """Report how many messages are done, and of how many, during a long question; a report may raise to stop it."""
        self._reports.append(report)
        try:
            yield
        finally:
            self._reports.remove(report)

    def _report(self, done: int, of: int) -> None:
        for report in self._reports:
            report(done, of)

    def interrupt(self) -> None:
        """Ask DuckDB to give up, between two steps of its own."""
        if self._opened:
            self._opened.con.interrupt()

    @property
    def as_of(self) -> datetime:
        """The time up to which the log is current, naive UTC: the end of its window, else the end of its last hour."""
        return self._ask(self._as_of)

    def _as_of(self, log: _Opened) -> datetime:
        known = self.certificate
        if known and known.until:
            return known.until.replace(tzinfo=None)
        if log.as_of is None:
            [last] = self._of_rows(log, Selection(), "SELECT max(hour) FROM msvc_rows").fetchall()[0]
            log.as_of = last + GRAINS["hour"] if last else datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC
        return log.as_of

    def rows(self, selection: Selection, where: Mapping[str, list[Any]], limit: int) -> pa.Table:
        """Fetch single messages whose columns hold one of these values, the newest first."""

        def ask(log: _Opened) -> pa.Table:
            if self._elsewhere:
                return _frames().newest(_frames().selected(log.rows, selection), where, limit)
            found = log.rows.filter(selection.holds("date_created"))
            for name, values in where.items():
                found = found.filter(holds(name, values))
            order = "date_created DESC NULLS LAST, sid DESC NULLS LAST"
            return found.order(order).limit(limit).to_arrow_table()

        return self._ask(ask)

    def frame(self, selection: Selection) -> Any:
        """Return the rows that are selected, on the engine they are on."""

        def ask(log: _Opened) -> Any:
            if self._elsewhere:
                return _frames().selected(log.rows, selection).to_native()
            log.rows.limit(0).fetchall()  # its files may have been replaced
            return log.rows.filter(selection.holds("date_created"))

        return self._ask(ask)

    def measure(
        self,
        selection: Selection,
        keys: Mapping[str, str],
        sums: Mapping[str, str],
        where: str = "true",
        *,
        grain: str,
        beyond: bool = False,
    ) -> pa.Table:
        """Group the selected messages and add them up; see `queries.measured`.

        ``hour`` is at least as fine as `grain`: day, hour or quarter. `beyond` uses the messages that are not selected instead.
        """
        sql, read = measured(keys, sums, where), words(*keys.values(), *sums.values(), where)

        def ask(log: _Opened) -> pa.Table:
            grains = (one for one in _COARSE_FIRST if GRAINS[one] <= GRAINS[grain] and selection.on_grain(one))
            at = "hour" if beyond else next(grains, None)
            table = self._sums(log, at, read, make=beyond and selection != Selection()) if at else None
            if not table:
                columns = sorted(read & {*KEYS, *SUMS, "aged", "area_code"})
                made = grouped(columns, at or grain, self._as_of(log))
                part = _NOTHING if beyond else selection
                return self._of_rows(log, part, f"WITH sums AS ({made}) {sql}").to_arrow_table()
            if beyond:
                return log.ask(sql, sums=f"{table} WHERE {selection.misses()}")
            if log.size <= _NARROWED:
                return log.ask(sql, sums=f"{table} WHERE {selection.holds('hour')}")
            small = log.narrow(replace(selection, senders=None), narrowed(keys, sums, where), table)
            of_these = Selection(selection.senders).holds("hour")
            return log.ask(measured({key: key for key in keys}, sums), sums=f"{small} WHERE {of_these}")

        return self._once((selection, beyond, grain, sql), ask)

    def waits(
        self, selection: Selection, keys: Mapping[str, str], wait: str, where: str = "true", *, timed: bool
    ) -> pa.Table:
        """Count messages by group and waiting time (`queries.waits`); `timed` says whether a key is a time."""

        def ask(log: _Opened) -> pa.Table:
            if timed or selection.since or selection.until:
                return self._of_rows(log, selection, queries.waits(keys, wait, where)).to_arrow_table()
            wide = {**keys, **{name: name for name in selection.texts}}
            table = self._kept(log, "-".join([wait, *wide]), queries.waits(wide, wait))
            again = measured({**keys, "seconds": "seconds"}, {"n": "sum(n)"})
            return log.ask(again, sums=f"{table} WHERE {selection.holds('')}")

        return self._once((selection, wait, timed, where, *keys.items()), ask)

    def peaks(self, selection: Selection, limit: Callable[[str], float], *, shared: bool = False) -> pa.Table:
        """Find each sender's busiest minute, and the hours with a minute over its limit; see `queries.PEAKS`.

        `limit` returns a sender's segments a minute, NaN for one without a limit. With `shared`, senders are the services whose
        local numbers share a rate to the US.
        """

        def ask(log: _Opened) -> pa.Table:
            if not shared and selection.services is None and selection.on_grain("hour"):
                hours = f"{self._by_day(log, 'peaks')} WHERE {selection.holds('hour')}"
            else:
                sql = queries.hours(*(("messaging_service_sid", queries.SHARED) if shared else ()))
                asked = self._of_rows(log, selection, sql).to_arrow_table()
                log.con.from_arrow(asked).create_view("asked", replace=True)
                hours = "asked"
            numbers = log.ask("SELECT DISTINCT number FROM hours", hours=hours)["number"]
            limits = pa.table({"number": numbers, "most": pa.array(map(limit, numbers.to_pylist()), pa.float64())})
            log.con.from_arrow(limits).create_view("limits", replace=True)
            return log.ask(queries.PEAKS, hours=hours)

        return self._ask(ask)

    def pairs(self, selection: Selection) -> pa.Table:
        """See `queries.PAIRS`."""
        if selection != Selection():
            return self.ask_rows(selection, queries.PAIRS)
        return self._once("pairs", lambda log: log.ask("FROM pairs", pairs=self._kept(log, "pairs", queries.PAIRS)))

    def ask_rows(self, selection: Selection, sql: str) -> pa.Table:
        """Run SQL on the selected rows, which are called msvc_rows."""
        return self._once((selection, sql), lambda log: self._of_rows(log, selection, sql).to_arrow_table())

    def leavers(self, selection: Selection, by: str) -> pa.Table:
        """Group `queries.LEAVERS` by service or sender; opt-outs are taken from the whole log."""

        def ask(log: _Opened) -> pa.Table:
            table = self._kept(log, "leavers", queries.LEAVERS)
            return log.ask(queries.AFTER_STOP.format(by=by), leavers=f"{table} WHERE {selection.holds('date_created')}")

        return self._once((selection, "leavers", by), ask)

    def _once(self, name: Any, ask: Callable[[_Opened], pa.Table]) -> pa.Table:
        """Return an answer that was given before, or ask."""

        def once(log: _Opened) -> pa.Table:
            if name in log.answers:
                return log.answers[name]
            answer = ask(log)
            if len(answer) <= _SMALL:
                log.answers[name] = answer
            if len(log.answers) > _KEPT:
                log.answers.pop(next(iter(log.answers)))
            return answer

        return self._ask(once)

    def _sums(self, log: _Opened, grain: str, read: Iterable[str], *, make: bool = False) -> str | None:
        """Return a table of sums of the whole log, at a grain or finer; None where it is quicker to ask the rows."""
        if "area_code" in read:
            return None
        few, whole = make or log.size <= WORTH_IT, "hour"
        if grain == "quarter":
            table = self._table(log, grain, grouped([*KEYS, *SUMS], grain)) if few else None
            whole = "date_trunc('hour', hour)"  # a message is as old as its hour
        elif few or (log.files and log.files["traffic"][0]):
            table = self._by_day(log, "traffic")
            if grain == "day" and log.files and log.files["days"][0] and {*read}.isdisjoint(queries.RARE):
                return self._days(log, table)
        elif grain == "day" and {*read}.isdisjoint(queries.RARE):
            columns = [name for name in (*KEYS, *SUMS, "aged") if name not in queries.RARE]
            return self._at_once(log, "day", grouped(columns, "day", self._as_of(log)))
        else:
            table = None
        return table and f"(FROM {table} SELECT *, {aged(self._as_of(log), whole)} AS aged)"

    def _days(self, log: _Opened, hours: str) -> str:
        """Return a table of sums by day in memory."""
        if "days in memory" not in log.tables:
            days = self._by_day(log, "days")
            for name in queries.DAY_TEXTS:
                log.con.execute(queries.create_words(name, days))
            made = log.create(log.con.sql(queries.days(days, hours, self._as_of(log))))
            log.tables["days in memory"] = made
        return log.tables["days in memory"]

    def _by_day(self, log: _Opened, name: str) -> str:
        """Return one of `BY_DAY`: from the files beside a log, and of those days that no file holds."""
        files, rest = log.files.get(name, ({}, []))
        if name not in log.tables and files:
            log.beside += files
            parts = [cache.read_days(files)]
            parts += [f"FROM {self._table(log, f'rest of {name}', BY_DAY[name], rest)}"] if rest else []
            log.tables[name] = f"({' UNION ALL '.join(parts)})"
        return self._table(log, name, BY_DAY[name])

    def _table(self, log: _Opened, name: str, sql: str, days: Iterable[Day] | None = None) -> str:
        """Make a table of the rows of all or of some days, many at once."""
        if name in log.tables or not self.store or not self.store.days:
            return self._at_once(log, name, sql)
        days = [*self.store.days.values()] if days is None else [*days]
        of, done, table = cache.rows_of(days), 0, ""
        for part, rows in cache.batches(self.store, days):
            self._report(done, of)
            found = _over(part.relation(log.con).select(WEIGHTED), sql.replace(*queries.ONE_EACH))
            if table:
                found.insert_into(table)
            else:
                table = log.create(found)
            done += rows
        log.tables[name] = table
        return table

    def _kept(self, log: _Opened, name: str, sql: str) -> str:
        """Return the answer of all rows to a question; that of a large log is stored beside it until a day changes."""
        if name not in log.tables and self.store and log.size > WORTH_IT:
            store = copy(self.store)
            path = cache.kept_answer(store, name)
            if not path:
                self._report(0, log.size)
                log.weighted.create_view("msvc_rows", replace=True)
                path = cache.write(store, name, log.con, sql.replace(*queries.ONE_EACH))
            if path:
                log.beside.append(path)
                log.tables[name] = f"read_parquet({literal(glob.escape(str(path)))})"
        return self._at_once(log, name, sql)

    def _at_once(self, log: _Opened, name: str, sql: str) -> str:
        """Make a table of all rows in one go, unless it is there."""
        if name not in log.tables:
            self._report(0, log.size)
            log.tables[name] = log.create(self._of_rows(log, Selection(), sql))
        return log.tables[name]

    def _of_rows(self, log: _Opened, selection: Selection, sql: str) -> duckdb.DuckDBPyRelation:
        """Put a question to the rows that are selected, called msvc_rows; other engines group them first."""
        if self._elsewhere:
            frames = _frames()
            part = frames.selected(log.rows, selection)
            table = frames.said_and_sent(part) if sql == queries.LEAVERS else frames.summed(part, words(sql))
            return _over(log.con.from_arrow(table), sql)
        rows = log.weighted.filter(selection.holds("date_created")) if selection != Selection() else log.weighted
        found = _over(rows, sql.replace(*queries.ONE_EACH))
        if isinstance(self._frame, duckdb.DuckDBPyRelation):  # it can be asked on its own connection alone
            return log.con.from_arrow(found.to_arrow_table())
        return found


BY_DAY = {
    "traffic": grouped([*KEYS, *SUMS], "hour"),
    "days": grouped([name for name in (*KEYS, *SUMS) if name not in queries.RARE], "day"),
    "peaks": queries.hours(),
}
"""The SQL of each cached table that is computed day by day, by its name."""


def _over(rows: duckdb.DuckDBPyRelation, sql: str) -> duckdb.DuckDBPyRelation:
    answer = rows.query("msvc_rows", sql)
    assert answer is not None  # noqa: S101 - it reads, so there is an answer
    return answer


def _frames() -> Any:
    from msvc_toolkit.logs.aggregates import frames  # noqa: PLC0415 - a stored log needs no narwhals

    return frames


def connect() -> duckdb.DuckDBPyConnection:
    """Open DuckDB with at most `MEMORY`; it puts the rest on the disk."""
    folder = Path(tempfile.gettempdir(), "msvc-duckdb")
    con = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(folder)})
    con.execute("SET parquet_metadata_cache = true")  # each question else reads the end of every file several times
    return con


def add_up_days(store: Store, report: Report) -> None:
    """Cache the sums of new and changed days of a log, unless they have fewer messages than `WORTH_IT`."""
    for name in BY_DAY:
        store.steadily(partial(_add_up, store, name, report))
    cache.clean(store)


def _add_up(store: Store, name: str, report: Report) -> None:
    store = copy(store)
    of = cache.rows_of(cache.kept_days(store, name)[1])
    if of < WORTH_IT:
        return
    done = 0
    report(done, of)
    with closing(connect()) as con:

        def make(part: Store) -> str:
            part.relation(con).select(WEIGHTED).create_view("msvc_rows", replace=True)
            return BY_DAY[name].replace(*queries.ONE_EACH)

        for rows in cache.write_days(store, name, con, make):
            done += rows
            report(done, of)
