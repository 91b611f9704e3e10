"""What answers questions to a log: SQL in DuckDB, over its rows or over sums of them."""

from __future__ import annotations

import glob
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from msvc_toolkit.logs.aggregates import cache, queries
from msvc_toolkit.logs.aggregates.queries import KEYS, SUMS, WEIGHTED, grouped, measured, narrowed, words
from msvc_toolkit.logs.aggregates.selection import Pick, holds
from msvc_toolkit.logs.certificate import Certificate
from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.logs.storage.partitions import Day
from msvc_toolkit.logs.storage.store import Store
from msvc_toolkit.logs.time_zones import GRAINS

Answer = TypeVar("Answer")
Tell = Callable[[int, int], None]
"""Is told how many messages are done, of how many."""
MEMORY = "1536MB"
"""Of DuckDB's own; ours: ten million messages need less, and a notebook shares its machine."""
WORTH_IT = 1_000_000
"""Sums of fewer messages than this are made when they are asked for; it takes no time to speak of."""
_KEPT, _SMALL = 256, 5_000
"""How many answers are kept, and of how many rows at most: a sender that is chosen again is shown at once."""
_TYPES = {pa.string(): "VARCHAR", pa.int32(): "INTEGER", pa.int64(): "BIGINT", pa.timestamp("us"): "TIMESTAMP"}


@dataclass
class _Opened:
    """A log as it was found.

    Args:
        version: The version of the kept log.
        con: Our connection.
        rows: The rows with every column of the schema, as a relation; or a frame that stays on its engine.
        size: How many there are; 0 where that takes long to find out, and sums of them are fetched anyway.
        weighted: The rows with `queries.WEIGHTED`, as a relation.
        tables: What was made of them, or is kept beside them, by its name.
        created: How many tables were made.
        files: The files beside the log that can be used, and the days they lack.
        beside: The files that are used.
        answers: Answers that are kept.
        as_of: Up to when the log knows what happened.
    """

    version: int
    con: duckdb.DuckDBPyConnection
    rows: Any
    size: int
    weighted: Any = None
    tables: dict[str, duckdb.DuckDBPyRelation] = field(default_factory=dict)
    created: int = 0
    files: dict[str, tuple[dict[Path, list[str]], list[Day]]] = field(default_factory=dict)
    beside: list[Path] = field(default_factory=list)
    answers: dict[Any, pa.Table] = field(default_factory=dict)
    as_of: datetime | None = None


class Engine:
    """What answers the questions to one log and its selections, one at a time.

    Args:
        frame: The log's rows, or the kept log they lie in.
        certificate: How complete it is, where that was given.

    Attributes:
        store: The kept log; None for a frame.
        absent: Columns of the schema that the frame lacks.

    Raises:
        InvalidInput: See `frames.read_frame`.
    """

    def __init__(self, frame: Any, certificate: Certificate | None = None) -> None:
        self.store = frame if isinstance(frame, Store) else None
        self.absent: tuple[str, ...] = ()
        self._given, self._frame = certificate, frame
        self._watchers: list[Tell] = []
        self._one_asks = RLock()
        if not self.store:
            from msvc_toolkit.logs.aggregates.frames import read_frame  # noqa: PLC0415 - a kept log needs no narwhals

            self._frame, self.absent = read_frame(frame)
        self._opened: _Opened | None = None
        self._ask(lambda _: None)

    @property
    def version(self) -> int:
        """Grows whenever a kept log's files have been replaced, so that answers of before are out of date."""
        return self.store.version if self.store else 0

    @property
    def certificate(self) -> Certificate | None:
        """How complete the log is, where that is known."""
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
            rows, size = self.store.relation(con), self.store.certificate.rows
        else:
            rows = con.from_arrow(self._frame) if isinstance(self._frame, pa.Table) else self._frame
            empty = {name: f"NULL::{_TYPES[SCHEMA.field(name).type]}" for name in self.absent}
            if "hour" in empty:
                empty["hour"] = "date_trunc('hour', date_created::TIMESTAMP)"
            typed = (f"{empty.get(one.name, one.name)}::{_TYPES[one.type]} AS {one.name}" for one in SCHEMA)
            rows = rows.select(", ".join(typed))
            size = len(self._frame) if isinstance(self._frame, pa.Table) else rows.count("*").fetchall()[0][0]
        return _Opened(self.version, con, rows, size, rows.select(WEIGHTED))

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

        with self._one_asks:
            return self.store.steadily(once) if self.store else once()

    @contextmanager
    def watched(self, tell: Tell) -> Iterator[None]:
        """Tell how far a long question is: how many messages are done, of how many.

        Args:
            tell: May raise to stop it.
        """
        self._watchers.append(tell)
        try:
            yield
        finally:
            self._watchers.remove(tell)

    def _tell(self, done: int, of: int) -> None:
        for tell in self._watchers:
            tell(done, of)

    def interrupt(self) -> None:
        """Ask DuckDB to give up, between two steps of its own."""
        if self._opened:
            self._opened.con.interrupt()

    @property
    def as_of(self) -> datetime:
        """Up to when the log knows what happened, naive UTC: the end of its window, else its last hour's end."""
        return self._ask(self._as_of)

    def _as_of(self, log: _Opened) -> datetime:
        if log.as_of is None:
            told = self.certificate
            if told and told.until:
                log.as_of = told.until.replace(tzinfo=None)
            else:
                source = self._rows(log, Pick(), ["hour"]) if self._elsewhere else log.rows
                last = source.max("hour").fetchall()[0][0]
                log.as_of = last + GRAINS["hour"] if last else datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC
        return log.as_of

    def rows(self, pick: Pick, where: Mapping[str, list[Any]], limit: int) -> pa.Table:
        """Fetch single messages whose columns hold one of these values, the newest first."""

        def ask(log: _Opened) -> pa.Table:
            if self._elsewhere:
                from msvc_toolkit.logs.aggregates import frames  # noqa: PLC0415 - as above

                return frames.newest(frames.picked(log.rows, pick), where, limit)
            found = log.rows.filter(pick.holds("date_created"))
            for name, several in where.items():
                found = found.filter(holds(name, several))
            order = "date_created DESC NULLS LAST, sid DESC NULLS LAST"
            return found.order(order).limit(limit).to_arrow_table()

        return self._ask(ask)

    def frame(self, pick: Pick) -> Any:
        """Return the rows that are picked, on the engine they are on."""

        def ask(log: _Opened) -> Any:
            if self._elsewhere:
                from msvc_toolkit.logs.aggregates import frames  # noqa: PLC0415 - as above

                return frames.picked(log.rows, pick).to_native()
            log.rows.limit(0).fetchall()  # its files may have been replaced
            return log.rows.filter(pick.holds("date_created"))

        return self._ask(ask)

    def measure(
        self,
        pick: Pick,
        keys: Mapping[str, str],
        sums: Mapping[str, str],
        where: str = "true",
        *,
        grain: str,
        beyond: bool = False,
    ) -> pa.Table:
        """Group what is picked and add it up.

        Args:
            pick: What of the log.
            keys: See `queries.measured`.
            sums: Likewise; of the columns of a table of sums.
            where: Likewise.
            grain: As fine as ``hour`` has to be: day, hour or quarter.
            beyond: Take what was not picked instead.
        """
        sql, read = measured(keys, sums, where), words(*keys.values(), *sums.values(), where)

        def ask(log: _Opened) -> pa.Table:
            at = next((one for one in _COARSE_FIRST if GRAINS[one] <= GRAINS[grain] and pick.on_grain(one)), None)
            table = self._sums(log, "hour", read, make=True) if beyond and pick != Pick() else None
            if table is not None:
                return _answer(table.filter(pick.misses()), "sums", sql)
            small = narrowed(keys, sums, where)
            again = measured({key: key for key in keys}, sums)
            some = not (beyond or pick.since or pick.until or pick.services is not None)
            if some and (made_before := log.tables.get(f"{at} {small}")) is not None:
                return _answer(made_before.filter(pick.holds("hour")), "sums", again)
            table = self._sums(log, at, read) if at and not beyond else None
            if table is None:
                columns = sorted(read & {*KEYS, *SUMS, "aged", "area_code"})
                made = grouped(columns, at or grain, self._as_of(log))
                raw = {*columns} - {*SUMS, "aged", "hour"} | ({"quarter"} if grain == "quarter" else {"hour"})
                return self._asked(log, None if beyond else pick, raw, f"WITH sums AS ({made}) {sql}")
            if log.size > _NARROWED and some:
                table = self._narrow(log, table, f"{at} {small}", small)
                return _answer(table.filter(pick.holds("hour")), "sums", again)
            return _answer(table.filter(pick.holds("hour")), "sums", sql)

        return self._once((pick, beyond, grain, sql), ask)

    def waits(self, pick: Pick, keys: Mapping[str, str], wait: str, where: str = "true", *, timed: bool) -> pa.Table:
        """Make a histogram of how long messages waited, by group.

        Args:
            pick: What of the log.
            keys: See `queries.measured`.
            wait: ``sent_seconds`` or ``final_seconds``.
            where: See `queries.measured`.
            timed: Whether a key is a time.
        """

        def ask(log: _Opened) -> pa.Table:
            if timed or pick.since or pick.until:
                raw = words(*keys.values(), where) & {*queries.TEXTS, "hour", "quarter"} | {"direction", wait}
                return self._asked(log, pick, raw, queries.waits(keys, wait, where))
            wide = {**keys, **{name: name for name in pick.texts}}
            table = self._kept(log, "-".join([wait, *wide]), queries.waits(wide, wait), {*wide, "direction", wait})
            told = measured({**keys, "seconds": "seconds"}, {"n": "sum(n)"})
            return _answer(table.filter(pick.holds("")), "sums", told)

        return self._once((pick, wait, timed, where, *keys.items()), ask)

    def peaks(self, pick: Pick, limit: Callable[[str], float], *, shared: bool = False) -> pa.Table:
        """Find each sender's busiest minute, and the hours with a minute over its limit; see `queries.PEAKS`.

        Args:
            pick: What of the log.
            limit: Returns a sender's segments a minute, NaN for one without a limit.
            shared: Do it for services whose local numbers share a rate to the US.
        """

        def ask(log: _Opened) -> pa.Table:
            raw = {"number", "kind", "direction", "minute"}
            if shared:
                raw |= {"messaging_service_sid", "country"}
                found = self._created(
                    log, self._run(log, pick, raw, queries.crests("messaging_service_sid", queries.SHARED))
                )
            elif pick.services is None and pick.on_grain("hour"):
                found = self._by_day(log, "crests", queries.crests(), raw).filter(pick.holds("hour"))
            else:
                found = self._created(log, self._run(log, pick, raw, queries.crests()))
            numbers = [number for (number,) in found.select("number").distinct().fetchall()]
            limits = pa.table(
                {"number": pa.array(numbers, pa.string()), "most": pa.array(map(limit, numbers), pa.float64())}
            )
            log.con.from_arrow(limits).create_view("limits", replace=True)
            return _answer(found, "crests", queries.PEAKS)

        return self._ask(ask)

    def pairs(self, pick: Pick) -> pa.Table:
        """See `queries.PAIRS`."""
        raw = {"messaging_service_sid", "peer", "number", "direction"}

        def ask(log: _Opened) -> pa.Table:
            if pick == Pick():
                return self._kept(log, "pairs", queries.PAIRS, raw).to_arrow_table()
            return self._asked(log, pick, raw, queries.PAIRS)

        return self._once((pick, "pairs"), ask)

    def leavers(self, pick: Pick, by: str) -> pa.Table:
        """Group `queries.LEAVERS` by service or sender; who left is known from the whole log."""

        def ask(log: _Opened) -> pa.Table:
            table = self._kept(log, "leavers", queries.LEAVERS, None)
            return _answer(table.filter(pick.holds("date_created")), "leavers", queries.AFTER_STOP.format(by=by))

        return self._once((pick, "leavers", by), ask)

    def _once(self, name: Any, ask: Callable[[_Opened], pa.Table]) -> pa.Table:
        """Return an answer that is kept, or ask."""

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

    def _sums(
        self, log: _Opened, grain: str, read: Iterable[str], *, make: bool = False
    ) -> duckdb.DuckDBPyRelation | None:
        """Return the table of sums of the whole log, at a grain or finer; None where it is quicker to ask the rows.

        Args:
            log: The log.
            grain: day, hour or quarter.
            read: The columns that are needed.
            make: Make it even if that takes longer.
        """
        if "area_code" in read:
            return None
        until, columns = self._as_of(log), [*KEYS, *SUMS]
        raw = {*KEYS} - {"hour"} | {"quarter" if grain == "quarter" else "hour"}
        few = make or log.size <= WORTH_IT
        if grain == "quarter":
            table = self._table(log, grain, grouped(columns, grain), raw) if few else None
        elif few or self._files(log, "traffic")[0]:
            table = self._by_day(log, "traffic", grouped(columns, "hour"), raw)
        elif grain == "day" and not _RARE & {*read}:
            columns = [name for name in columns if name not in _RARE]
            return self._table(log, "day", grouped([*columns, "aged"], "day", until), raw)
        else:
            table = None
        whole = "date_trunc('hour', hour)" if grain == "quarter" else "hour"  # a message is as old as its hour
        return table.select(f"*, {queries.aged(until, whole)} AS aged") if table is not None else None

    def _narrow(self, log: _Opened, table: duckdb.DuckDBPyRelation, name: str, sql: str) -> duckdb.DuckDBPyRelation:
        if name not in log.tables:
            log.tables[name] = self._created(log, _over(table, "sums", sql))
        return log.tables[name]

    def _files(self, log: _Opened, name: str) -> tuple[dict[Path, list[str]], list[Day]]:
        """Find the files beside a log, and the days that none of them holds; see `cache.kept_days`."""
        if self.store and name not in log.files:
            log.files[name] = cache.kept_days(self.store, name)
        return log.files.get(name, ({}, []))

    def _by_day(self, log: _Opened, name: str, sql: str, raw: Iterable[str]) -> duckdb.DuckDBPyRelation:
        """Return sums that are made day by day: from the files beside a log, and of those days that no file holds."""
        files, rest = self._files(log, name)
        if name not in log.tables and files:
            log.beside += files
            kept = cache.read_days(log.con, files)
            log.tables[name] = kept.union(self._table(log, f"rest of {name}", sql, raw, rest)) if rest else kept
        return self._table(log, name, sql, raw)

    def _table(
        self, log: _Opened, name: str, sql: str, raw: Iterable[str], days: Iterable[Day] | None = None
    ) -> duckdb.DuckDBPyRelation:
        """Make a table of the rows of all or of some days, some at once."""
        if name in log.tables:
            return log.tables[name]
        table, done = None, 0
        if self.store:
            days = [*self.store.days.values()] if days is None else [*days]
            of = cache.rows_of(days)
            for part, rows in cache.batches(self.store, days):
                self._tell(done, of)
                found = _over(part.relation(log.con).select(WEIGHTED), "msvc_rows", sql.replace(*queries.ONE_EACH))
                if table is not None:
                    found.insert_into(table.alias)
                else:
                    table = self._created(log, found)
                done += rows
        else:
            self._tell(0, log.size)
        log.tables[name] = self._created(log, self._run(log, Pick(), raw, sql)) if table is None else table
        return log.tables[name]

    def _kept(self, log: _Opened, name: str, sql: str, raw: Iterable[str] | None) -> duckdb.DuckDBPyRelation:
        """Return the answer of all rows to a question; of many it lies beside the log until a day changes."""
        if name not in log.tables and self.store and log.size > WORTH_IT:
            store = copy(self.store)
            path = cache.kept_answer(store, name)
            if not path:
                self._tell(0, log.size)
                log.weighted.create_view("msvc_rows", replace=True)
                path = cache.write(store, name, log.con, sql.replace(*queries.ONE_EACH))
            if path:
                log.beside.append(path)
                log.tables[name] = log.con.read_parquet(glob.escape(str(path)))
        if name not in log.tables:
            log.tables[name] = self._created(log, self._run(log, Pick(), raw, sql))
        return log.tables[name]

    def _rows(self, log: _Opened, pick: Pick | None, raw: Iterable[str] | None) -> duckdb.DuckDBPyRelation:
        """Return the rows that are picked, with their weights.

        Args:
            log: The log.
            pick: What of it; None is nothing.
            raw: The columns that are needed; None: what `queries.LEAVERS` needs.
        """
        if not self._elsewhere:
            rows: duckdb.DuckDBPyRelation = log.weighted
            return rows if pick == Pick() else rows.filter(pick.holds("date_created") if pick else "false")
        from msvc_toolkit.logs.aggregates import frames  # noqa: PLC0415 - as above

        part = frames.picked(log.rows, pick or Pick(senders=frozenset()))
        return log.con.from_arrow(frames.said_and_sent(part) if raw is None else frames.summed(part, sorted(raw)))

    def _run(self, log: _Opened, pick: Pick | None, raw: Iterable[str] | None, sql: str) -> duckdb.DuckDBPyRelation:
        """Put a question to the rows that are picked; a relation that was handed in is asked on its own connection."""
        sql = sql if self._elsewhere else sql.replace(*queries.ONE_EACH)
        found = _over(self._rows(log, pick, raw), "msvc_rows", sql)
        is_ours = self.store or self._elsewhere or isinstance(self._frame, pa.Table)
        return found if is_ours else log.con.from_arrow(found.to_arrow_table())

    def _asked(self, log: _Opened, pick: Pick | None, raw: Iterable[str], sql: str) -> pa.Table:
        return self._run(log, pick, raw, sql).to_arrow_table()

    def _created(self, log: _Opened, found: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
        log.created += 1
        name = f"made_{log.created}"
        found.create(name)
        return log.con.table(name)


_NARROWED = 100_000
"""Of more messages than this, sums are first made smaller for one measure, so that it is told for other senders at once."""
_COARSE_FIRST = ("day", "hour", "quarter")
_RARE = {"odd", "waited", "late"}
"""What is not in the sums by day that many rows are first grouped into: it makes them many more, and few measures read it."""


def _over(found: duckdb.DuckDBPyRelation, name: str, sql: str) -> duckdb.DuckDBPyRelation:
    """Ask SQL that knows a relation by a name."""
    answer = found.query(name, sql)
    assert answer is not None  # noqa: S101 - it reads, so there is an answer
    return answer


def _answer(found: duckdb.DuckDBPyRelation, name: str, sql: str) -> pa.Table:
    return _over(found, name, sql).to_arrow_table()


def connect() -> duckdb.DuckDBPyConnection:
    """Open DuckDB so that it takes no more than `MEMORY` and lays on the disk what is more."""
    folder = Path(tempfile.gettempdir(), "msvc-duckdb")
    con = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(folder)})
    con.execute("SET parquet_metadata_cache = true")  # each question else reads the end of every file several times
    return con


def add_up_days(store: Store, tell: Tell) -> None:
    """Add up those days of a kept log that are new or have changed, so that what is asked of many messages is at hand.

    Fewer messages than `WORTH_IT` are left until they are asked for.

    Args:
        store: The log.
        tell: Is told how many messages are done, of how many; may raise to stop it.
    """
    crests = queries.crests()
    traffic = grouped([*KEYS, *SUMS], "hour")
    for name, sql in (("traffic", traffic), ("crests", crests)):
        store.steadily(partial(_add_up, store, name, sql, tell))
    cache.clean(store)


def _add_up(store: Store, name: str, sql: str, tell: Tell) -> None:
    store = copy(store)
    of = cache.rows_of(cache.kept_days(store, name)[1])
    if of < WORTH_IT:
        return
    done = 0
    tell(done, of)
    with closing(connect()) as con:

        def make(part: Store) -> str:
            part.relation(con).select(WEIGHTED).create_view("msvc_rows", replace=True)
            return sql.replace(*queries.ONE_EACH)

        for rows in cache.write_days(store, name, con, make):
            done += rows
            tell(done, of)
