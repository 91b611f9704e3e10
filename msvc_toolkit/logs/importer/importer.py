"""Import messages from files into a kept log."""

from __future__ import annotations

import csv
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Literal, overload

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.aggregates.engine import add_up_days
from msvc_toolkit.logs.importer.columns import FIELDS
from msvc_toolkit.logs.importer.files import MAX_BYTES, MAX_ROWS, Source, Unreadable, sources
from msvc_toolkit.logs.importer.messages import Messages, Options
from msvc_toolkit.logs.importer.report import FileReport, ImportReport
from msvc_toolkit.logs.importer.values import Order
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.logs.storage.derived_columns import derive
from msvc_toolkit.logs.storage.store import Store, open_store
from msvc_toolkit.logs.time_zones import read_zone

ENDINGS = (".csv", ".tsv", ".tab", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".zip", ".xlsx", ".xls")
"""What files in a folder end in that are looked at; .gz behind it is fine. A file that is named itself may end in anything."""
_AS_WRITTEN = (
    "files hold messages as they stood when they were written, so a later status or price comes with a pull only"
)
_REMEDY = 'Dates are read in many forms, best as 2024-03-31T14:05:09Z; for a zone such as IST, which means several, say zone="Asia/Kolkata"'
_NAMED = 5  # files of a folder that are named

Paths = str | Path | Sequence[str | Path]


@overload
def import_logs(
    paths: Paths, folder: str | Path, *, bodies: bool = False, dates: Order | None = None, zone: str | None = None,
    columns: Mapping[str, str] | None = None, max_rows: int = MAX_ROWS, max_bytes: int = MAX_BYTES,
    dry_run: Literal[False] = False,
) -> Log: ...  # fmt: skip
@overload
def import_logs(
    paths: Paths, folder: str | Path, *, bodies: bool = False, dates: Order | None = None, zone: str | None = None,
    columns: Mapping[str, str] | None = None, max_rows: int = MAX_ROWS, max_bytes: int = MAX_BYTES,
    dry_run: Literal[True],
) -> ImportReport: ...  # fmt: skip
def import_logs(
    paths: Paths, folder: str | Path, *, bodies: bool = False, dates: Order | None = None, zone: str | None = None,
    columns: Mapping[str, str] | None = None, max_rows: int = MAX_ROWS, max_bytes: int = MAX_BYTES,
    dry_run: bool = False,
) -> Log | ImportReport:  # fmt: skip
    """Bring messages from files into a log; of each message its latest state stays.

    Reads the Console's CSV, BulkExport days, pages of the API, JSON of the CLI and the SDKs, what Airbyte, singer and
    fivetran write, spreadsheets' CSV and Parquet, also packed with gzip or zip. What cannot be read for sure is left
    out, and the certificate says how much, why, and with which value.

    Args:
        paths: Files, or folders of them.
        folder: Where the log is kept; it is made, and what is there already stays.
        bodies: Keep the bodies too, where there are any.
        dates: ``month first`` or ``day first``, for days such as 3/4/2024.
        zone: IANA name of the zone of times that name none; UTC by default.
        columns: What columns hold whose names are not known, such as ``{"service_id": "sid"}``; see `columns.FIELDS`.
        max_rows: Rows that a file may have.
        max_bytes: Bytes that a file may unpack to.
        dry_run: Write nothing, and return what the import would give.

    Returns:
        The log, with its certificate; of a dry run, its report.

    Raises:
        InvalidInput: Nothing could be taken from these files, or the folder is in use.
    """
    options = Options(_order(dates), read_zone(zone) if zone else None, _fields(columns or {}), max_rows, max_bytes)
    found, notes = _files([paths] if isinstance(paths, str | Path) else paths)
    store = Store(Path(folder).expanduser())
    if dry_run:
        taken = _Import(store, options, bodies=bodies, writes=False)
        return ImportReport(tuple(taken.read(found)), (*notes, *taken.notes))
    with store.locked():
        taken = _Import(store, options, bodies=bodies, writes=True)
        reports = taken.read(found)
        notes += [sentence for one in reports for sentence in one.sentences]
        if not any(one.kept for one in reports):
            raise InvalidInput([Problem("paths", f"Nothing was imported. {'. '.join(notes)}.")])
        store.compact()
        notes += [*taken.notes, _AS_WRITTEN, *_currencies(store)]
        files = len({one.name.partition("/")[0] for one in reports if one.kept})
        state = store.state.noted(notes, f"imported from {files} file{'s' * (files != 1)}")
        store.save(replace(state, bodies=state.bodies or bodies))
    add_up_days(store, lambda _done, _of: None)
    return Log(open_store(folder))


class _Import:
    """One import: reads file after file, and hands on what each holds."""

    def __init__(self, store: Store, options: Options, *, bodies: bool, writes: bool) -> None:
        self._store, self._options, self._writes = store, options, writes
        self._bodies = bodies or store.state.bodies
        self._state = store.state
        self._is_new = not store.days and not store.state.covered
        self._lacking: dict[tuple[str, ...], list[str]] = {}

    @property
    def notes(self) -> list[str]:
        """What several files lack."""
        return [
            (f"{names[0]} lacks" if len(names) == 1 else f"{len(names)} files lack")
            + f" {', '.join(columns)}"
            + (", and date_sent stands for date_created" if "date_created" in columns else "")
            for columns, names in self._lacking.items()
        ]

    def read(self, paths: Iterable[Path]) -> list[FileReport]:
        """Read files; one that gives nothing costs only itself."""
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
            messages = Messages(source, self._options, Path(folder))
            self._check_dates(by_date_sent="date_created" in messages.lacks)
            notes = self._settle_account(messages)
            sids, moments = [], []
            for table in messages.tables(self._store.state.account_sid):
                sids.append(table["sid"])
                moments.append(table["date_created"])
                if self._writes and len(table):
                    self._add(table, by_date_sent="date_created" in messages.lacks)
            when = pa.chunked_array([chunk for one in moments for chunk in one.chunks], pa.timestamp("us"))
            span = pc.min_max(when).as_py()
            report = messages.report(sids, span["min"], span["max"], when.null_count)
        if not report.kept:
            why = "; ".join(map(str, report.left_out))
            told = f"none of its {report.rows:,} rows can be taken: {why}"
            return replace(report, refused=f"{told}. {_REMEDY}" if "date" in why else told)
        if messages.lacks:
            self._lacking.setdefault(messages.lacks, []).append(source.name)
        self._is_new = False
        return replace(report, notes=(*notes, *report.notes))

    def _take_own(self, name: str, file: pq.ParquetFile) -> FileReport:
        """Take a file of a kept log as it is."""
        if file.metadata.num_rows > self._options.max_rows:
            raise Unreadable(f"it has more than {self._options.max_rows:,} rows; import it with a larger max_rows")
        rows = file.read(SCHEMA.names).cast(SCHEMA)
        if not self._bodies:
            rows = rows.set_column(rows.schema.get_field_index("body"), "body", pa.nulls(len(rows), pa.string()))
        self._check_dates(by_date_sent=self._store.state.by_date_sent)
        if self._writes:
            self._store.add(rows)
        self._is_new = False
        return FileReport(
            name, "Parquet of a kept log", {name: name for name in SCHEMA.names}, (), len(rows), len(rows)
        )

    def _add(self, table: pa.Table, *, by_date_sent: bool) -> None:
        rows = derive(table, bodies=self._bodies)
        if by_date_sent:  # how long it waited is then not known
            place = rows.schema.get_field_index("sent_seconds")
            rows = rows.set_column(place, "sent_seconds", pa.nulls(len(rows), pa.int64()))
        self._store.add(rows)

    def _check_dates(self, *, by_date_sent: bool) -> None:
        """Raise Unreadable for a file whose days are others than the log's: a message would be kept in two of them."""
        store = self._store
        if not self._is_new and by_date_sent != store.state.by_date_sent:
            has = "the log, unlike it, has no date_created" if store.state.by_date_sent else "it has no date_created"
            raise Unreadable(f"{has}, so import it into a folder of its own")
        store.state = replace(store.state, by_date_sent=by_date_sent)

    def _settle_account(self, messages: Messages) -> list[str]:
        """Take the first account for the log's own; a first file of several is kept whole, and it is said."""
        accounts = messages.accounts
        if self._store.state.account_sid or not accounts:
            return []
        if len(accounts) > 1:
            told = ", ".join(
                f"{sid} with {rows:,} rows" for sid, rows in sorted(accounts.items(), key=lambda one: -one[1])
            )
            return [f"it holds {len(accounts)} accounts, kept together: {told}"]
        self._store.state = replace(self._store.state, account_sid=next(iter(accounts)))
        return []


_FAULTS = (ValueError, pa.ArrowException, duckdb.Error, OSError, EOFError, zlib.error, zipfile.BadZipFile, csv.Error)
"""What a damaged file can raise."""


def _why(fault: Exception, path: Path) -> str:
    if isinstance(fault, Unreadable):
        return str(fault)
    told = str(fault).replace(str(path), path.name).partition("\n")[0][:120]
    return f"it is damaged, or not what it seems ({told}); export or download it again"


def _order(dates: str | None) -> Order | None:
    if dates in (None, "month first", "day first"):
        return dates  # type: ignore[return-value] # mypy does not narrow by a tuple
    raise InvalidInput([Problem("dates", f"Dates are 'month first' or 'day first', not {dates!r}.")])


def _fields(columns: Mapping[str, str]) -> Mapping[str, str]:
    for field in columns.values():
        if field not in FIELDS:
            raise InvalidInput([Problem("columns", f"A log has no field {field!r}. It has {', '.join(FIELDS)}.")])
    return columns


def _files(paths: Iterable[str | Path]) -> tuple[list[Path], list[str]]:
    """Return the files among paths, those of folders in order of their names, and what was not looked at."""
    found: list[Path] = []
    notes = []
    for given in paths:
        path = Path(given).expanduser()
        if not path.exists():
            raise InvalidInput([Problem("paths", f"There is no {path}. Name files, or folders of them.")])
        if not path.is_dir():
            found.append(path)
            continue
        every = sorted(one for one in path.rglob("*") if one.is_file() and not one.name.startswith("."))
        inside = [one for one in every if one.name.lower().removesuffix(".gz").endswith(ENDINGS)]
        if not inside:
            raise InvalidInput([Problem("paths", f"{path} holds no file that ends in {', '.join(ENDINGS)}.")])
        if others := [one.name for one in every if one not in inside]:
            more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
            notes.append(f"{path.name}: not looked at: {', '.join(others[:_NAMED])}{more}")
        found += inside
    return found, notes


def _currencies(store: Store) -> list[str]:
    with closing(duckdb.connect()) as con:
        priced = store.relation(con).filter("price_unit IS NOT NULL")
        units = sorted(unit for (unit,) in priced.select("upper(price_unit)").distinct().fetchall())
    return [f"prices are in {' and '.join(units)}, which are never added up"] if len(units) > 1 else []
