"""Import messages from files into a stored log."""

from __future__ import annotations

import csv
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Literal, TypedDict, Unpack, overload

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.aggregates.engine import add_up_days
from msvc_toolkit.logs.importer.files import MAX_BYTES, MAX_ROWS, Source, Unreadable, sources
from msvc_toolkit.logs.importer.messages import FileMessages, Options
from msvc_toolkit.logs.importer.report import FileReport, ImportReport, Reason
from msvc_toolkit.logs.importer.values import Order
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.logs.storage.derived_columns import derive
from msvc_toolkit.logs.storage.store import Store, open_store
from msvc_toolkit.private.arguments import also_called
from msvc_toolkit.rules.plurals import count

ENDINGS = (".csv", ".tsv", ".tab", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".zip", ".xlsx", ".xls")
"""Endings of the files in a folder that are read, also with .gz. A file that is named itself may have any ending."""
_AS_WRITTEN = "a file has each message as it was when the file was written; a pull adds later statuses and prices"
_REMEDY = 'Write dates like 2024-03-31T14:05:09Z; many other forms are read, too. For an ambiguous zone such as IST, give zone="Asia/Kolkata"'
_NAMED = 5  # files that a note names
_HOUR = 3600
_ZONE, _FARTHEST = 900, 26 * _HOUR
"""Time zones differ by whole quarters of an hour, and by at most 26 hours. Source: IANA time zone database, 2025b."""
_MOVED = "FROM came JOIN kept USING (h) WHERE came.created IS NOT NULL AND kept.created IS NOT NULL"

Paths = str | Path | Sequence[str | Path]


class _Options(TypedDict, total=False):
    bodies: bool
    dates: Order | None
    zone: str | None
    columns: Mapping[str, str] | None
    max_rows: int
    max_bytes: int


@overload
def import_logs(
    paths: Paths, folder: str | Path, *, dry_run: Literal[False] = False, **options: Unpack[_Options]
) -> Log: ...
@overload
def import_logs(
    paths: Paths, folder: str | Path, *, dry_run: Literal[True], **options: Unpack[_Options]
) -> ImportReport: ...
@also_called(store="folder")
def import_logs(
    paths: Paths,
    folder: str | Path,
    *,
    bodies: bool = False,
    dates: Order | None = None,
    zone: str | None = None,
    columns: Mapping[str, str] | None = None,
    max_rows: int = MAX_ROWS,
    max_bytes: int = MAX_BYTES,
    dry_run: bool = False,
) -> Log | ImportReport:
    """Import messages from files into a log, which keeps the latest state of each message.

    Files without `date_created`, such as the Console's CSV, and files with it, such as Fivetran's, need a folder each.

    Reads the Console's CSV, BulkExport days, pages of the API, JSON of the CLI and the SDKs, what Airbyte, singer and
    fivetran write, spreadsheets' CSV and Parquet, also packed with gzip or zip. Rows that cannot be read with certainty
    are left out; the certificate says how many, why, and shows the first value.

    Args:
        paths: Files, or folders of them.
        folder: Where the log is stored. It is created if missing; messages already in it stay.
        bodies: Store the bodies, too.
        dates: ``month first`` or ``day first``, for days such as 3/4/2024.
        zone: IANA name of the zone for times without one; UTC by default.
        columns: The fields of columns whose names are not known, such as ``{"service_id": "sid"}``; see `columns.FIELDS`.
        max_rows: Rows that a file may have.
        max_bytes: Bytes that a file may unpack to.
        dry_run: Write nothing, and return a report of what the import would do.

    Returns:
        The log, with its certificate; of a dry run, its report.

    Raises:
        InvalidInput: Nothing could be read from these files, or the folder is in use.
    """
    options = Options(dates, zone, columns, max_rows, max_bytes)
    log, report = import_with_report(paths, folder, options, bodies=bodies, dry_run=dry_run)
    return report if log is None else log


def import_with_report(
    paths: Paths, folder: str | Path, options: Options, *, bodies: bool, dry_run: bool
) -> tuple[Log | None, ImportReport]:
    """Import as `import_logs` does; returns the log, None in a dry run, and the report on every file."""
    found, notes = _files([paths] if isinstance(paths, str | Path) else paths)
    store = Store(Path(folder).expanduser())
    if dry_run:
        taken = _Import(store, options, bodies=bodies, writes=False)
        return None, ImportReport(tuple(taken.read(found)), (*notes, *taken.notes), taken.times.repeated)
    is_new = not store.folder.exists()
    with store.locked():
        taken = _Import(store, options, bodies=bodies, writes=True)
        before = _rows(store)
        reports = taken.read(found)
        report = ImportReport(tuple(reports), (*notes, *taken.notes), taken.times.repeated, dry_run=False)
        notes += [sentence for one in reports for sentence in one.sentences]
        if not any(one.kept for one in reports):
            if is_new and not (before or store.state.sources):  # nor has another process filled it meanwhile
                shutil.rmtree(store.folder, ignore_errors=True)
            raise InvalidInput([Problem("paths", f"Nothing was imported. {'. '.join(notes)}.")])
        store.compact(later=taken.times.moved)
        kept, new = sum(one.kept for one in reports), _rows(store) - before
        if new < kept:
            notes.append(
                f"{kept - new:,} of the {kept:,} rows of this import repeat a message of the log or of an earlier file"
            )
        notes += [*taken.notes, _AS_WRITTEN, *_currencies(store)]
        files = len({one.name.partition("/")[0] for one in reports if one.kept})
        state = store.state.noted(notes, f"imported from {files} file{'s' * (files != 1)}")
        store.save(replace(state, bodies=state.bodies or bodies))
    add_up_days(store, lambda _done, _of: None)
    return Log(open_store(folder)), report


class _Import:
    """One import: reads file after file into the store."""

    def __init__(self, store: Store, options: Options, *, bodies: bool, writes: bool) -> None:
        self._store, self._options, self._writes = store, options, writes
        self._bodies = bodies or store.state.bodies
        self._state = store.state
        self._is_new = not store.days and not store.state.covered
        self._lacking: dict[tuple[str, ...], list[str]] = {}
        self.times = _KeptTimes(store)

    @property
    def notes(self) -> list[str]:
        """Notes on the columns that files lack."""
        return [
            (f"{names[0]} lacks" if len(names) == 1 else f"{len(names)} files lack")
            + f" {', '.join(columns)}"
            + ("; date_sent is used as date_created" if "date_created" in columns else "")
            for columns, names in self._lacking.items()
        ]

    def read(self, paths: Iterable[Path]) -> list[FileReport]:
        """Read files; one that cannot be read does not stop the others."""
        return [report for path in paths for report in self._read(path)]

    def _read(self, path: Path) -> Iterator[FileReport]:
        name = path.name
        try:
            for source in sources(path, self._options.max_bytes):
                name = source.name
                try:
                    yield self._take(source)
                except _FAULTS as fault:
                    yield FileReport(name, refused=_why(fault, path))
        except _FAULTS as fault:
            yield FileReport(name, refused=_why(fault, path))

    def _take(self, source: Source) -> FileReport:
        if source.head.startswith(b"PAR1"):
            with source.seekable() as raw, pq.ParquetFile(raw) as file:
                if set(SCHEMA.names) <= set(file.schema_arrow.names):
                    return self._take_own(source.name, file)
        with tempfile.TemporaryDirectory() as folder:
            messages = FileMessages(source, self._options, Path(folder))
            try:
                self._check_dates(by_date_sent="date_created" in messages.lacks)
            except Unreadable as refusal:
                rows, why = messages.rows, str(refusal)
                left_out = (Reason("of a file that does not fit this log", rows),)
                return FileReport(source.name, messages.shape, rows=rows, left_out=left_out, refused=why)
            notes = self._settle_account(messages)
            sids, dates = [], []
            for table in messages.tables(self._store.state.account_sid):
                sids.append(table["sid"])
                dates.append(table["date_created"])
                if self._writes and len(table):
                    self._add(table, by_date_sent="date_created" in messages.lacks)
            when = pa.chunked_array([chunk for one in dates for chunk in one.chunks], pa.timestamp("us"))
            notes += self.times.compare(pa.chunked_array([c for one in sids for c in one.chunks], pa.string()), when)
            span = pc.min_max(when).as_py()
            report = messages.report(sids, span["min"], span["max"], when.null_count)
        if not report.kept:
            why = "; ".join(map(str, report.left_out))
            refused = f"none of its {report.rows:,} rows can be read: {why}"
            return replace(report, refused=f"{refused}. {_REMEDY}" if "date" in why else refused)
        if messages.lacks:
            self._lacking.setdefault(messages.lacks, []).append(source.name)
        self._is_new = False
        return replace(report, notes=(*notes, *report.notes))

    def _take_own(self, name: str, file: pq.ParquetFile) -> FileReport:
        """Read a file of a stored log unchanged."""
        if file.metadata.num_rows > self._options.max_rows:
            raise Unreadable(f"it has more than {self._options.max_rows:,} rows; import it with a larger max_rows")
        rows = file.read(SCHEMA.names).cast(SCHEMA)
        if not self._bodies:
            rows = rows.set_column(rows.schema.get_field_index("body"), "body", pa.nulls(len(rows), pa.string()))
        self._check_dates(by_date_sent=self._store.state.by_date_sent)
        if self._writes:
            self._store.add(rows)
        self._is_new = False
        notes = self.times.compare(rows["sid"], rows["date_created"])
        columns = {field: field for field in SCHEMA.names}
        return FileReport(name, "Parquet of a stored log", columns, (), len(rows), len(rows), notes=tuple(notes))

    def _add(self, table: pa.Table, *, by_date_sent: bool) -> None:
        rows = derive(table, bodies=self._bodies)
        if by_date_sent:  # how long it waited is unknown then
            place = rows.schema.get_field_index("sent_seconds")
            rows = rows.set_column(place, "sent_seconds", pa.nulls(len(rows), pa.int64()))
        self._store.add(rows)

    def _check_dates(self, *, by_date_sent: bool) -> None:
        """Raise Unreadable for a file whose days are by another date than the log's: it would have a message twice."""
        store = self._store
        if not self._is_new and by_date_sent != store.state.by_date_sent:
            lacks = ("this file", "the log") if not by_date_sent else ("the log", "this file")
            raise Unreadable(
                f"{lacks[0]} has date_created, but {lacks[1]} has not: a message that is in both would be counted twice. "
                "Import this file into a folder of its own"
            )
        store.state = replace(store.state, by_date_sent=by_date_sent)

    def _settle_account(self, messages: FileMessages) -> list[str]:
        """Make the first account the log's. If the first file has several, all are kept, with a note."""
        accounts = messages.accounts
        if self._store.state.account_sid or not accounts:
            return []
        if len(accounts) > 1:
            largest = sorted(accounts.items(), key=lambda one: -one[1])
            counts = ", ".join(f"{sid} with {rows:,} rows" for sid, rows in largest)
            return [f"it holds {len(accounts)} accounts, kept together: {counts}"]
        self._store.state = replace(self._store.state, account_sid=next(iter(accounts)))
        return []


class _KeptTimes:
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
        was, them = ("was", "it is") if n == 1 else ("were", "they are")
        return [
            (
                f"{count(n, 'message')} of this file {was} read before with another time: in this file {them} {hours} "
                f"{'later' if shift > 0 else 'earlier'}. One of the time zones is wrong. The times read last are kept: "
                "check both files, and import the right one last"
            )
        ]


_FAULTS = (ValueError, pa.ArrowException, duckdb.Error, OSError, EOFError, zlib.error, zipfile.BadZipFile, csv.Error)
"""Errors that a damaged file can raise."""


def _why(fault: Exception, path: Path) -> str:
    if isinstance(fault, Unreadable):
        return str(fault)
    message = str(fault).replace(str(path), path.name).partition("\n")[0][:120]
    return f"it is damaged, or not what it seems ({message}); export or download it again"


def _files(paths: Iterable[str | Path]) -> tuple[list[Path], list[str]]:
    """Return the files of paths, a folder's in order of their names, and a note on files that are not read."""
    found: list[Path] = []
    notes = []
    for given in paths:
        path = Path(given).expanduser()
        if not path.exists():
            raise InvalidInput([Problem("paths", f"{path} does not exist. Name files, or folders of files.")])
        if not path.is_dir():
            found.append(path)
            continue
        every = sorted(one for one in path.rglob("*") if one.is_file() and not one.name.startswith("."))
        inside = [one for one in every if one.name.lower().removesuffix(".gz").endswith(ENDINGS)]
        if not inside:
            raise InvalidInput([Problem("paths", f"{path} holds no file that ends in {', '.join(ENDINGS)}.")])
        if others := [one.name for one in every if one not in inside]:
            more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
            notes.append(f"{path.name}: not read: {', '.join(others[:_NAMED])}{more}")
        found += inside
    return found, notes


def _rows(store: Store) -> int:
    return sum(store.figures(day).rows for day in store.days)


def _currencies(store: Store) -> list[str]:
    with closing(duckdb.connect()) as con:
        priced = store.relation(con).filter("price_unit IS NOT NULL")
        units = sorted(unit for (unit,) in priced.select("upper(price_unit)").distinct().fetchall())
    return [f"prices are in {' and '.join(units)}, which are never added up"] if len(units) > 1 else []
