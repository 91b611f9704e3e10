"""Import messages from files into a kept log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.cubes.cubes import add_up_days
from msvc_toolkit.logs.intake.files import KINDS, Read, Unreadable, kind_of, read_file
from msvc_toolkit.logs.kept.derive import derive
from msvc_toolkit.logs.kept.store import Store, open_store
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.table import SCHEMA

_AS_WRITTEN = (
    "files hold messages as they stood when they were written, so a later status or price comes with a pull only"
)


def import_logs(paths: str | Path | Sequence[str | Path], folder: str | Path, *, bodies: bool = False) -> Log:
    """Bring messages from files into a log: BulkExport days, Console CSV, Parquet; of each the newest state stays.

    What cannot be read is left out, and the certificate says so.

    Args:
        paths: Files, or folders of them: .json, .jsonl and .csv, also with .gz, and .parquet with the names of the API
            or of a kept log.
        folder: Where the log is kept; it is made, and what is there already stays.
        bodies: Keep the bodies too, where there are any.

    Returns:
        The log, with its certificate.

    Raises:
        InvalidInput: Nothing at all could be taken from these files, or the folder is in use.
    """
    found = _files([paths] if isinstance(paths, str | Path) else paths)
    store = Store(Path(folder).expanduser())
    with store.locked():
        notes: list[str] = []
        lacking: dict[str, list[str]] = {}
        taken = 0
        with closing(duckdb.connect()) as con:
            for path in found:
                try:
                    read = read_file(con, path)
                    _check_dates(store, read, first=not taken)
                except Unreadable as fault:
                    notes.append(f"{path.name} was left out: {fault}")
                    continue
                taken += 1
                notes += _take(store, path, read, bodies=bodies)
                if read.lacks:
                    lacking.setdefault(", ".join(read.lacks), []).append(path.name)
        if not taken:
            raise InvalidInput([Problem("paths", f"Nothing was imported. {'. '.join(notes)}.")])
        store.compact()
        notes += [*_lacks(lacking), _AS_WRITTEN, *_currencies(store)]
        state = store.state.noted(notes, f"imported from {taken} file{'s' * (taken != 1)}")
        store.save(replace(state, bodies=state.bodies or bodies))
    add_up_days(store, lambda _done, _of: None)
    return Log(open_store(folder))


def _files(paths: Iterable[str | Path]) -> list[Path]:
    """Return the files among paths, those of folders in order of their names."""
    found: list[Path] = []
    for given in paths:
        path = Path(given).expanduser()
        if not path.exists():
            raise InvalidInput([Problem("paths", f"There is no {path}. Name files, or folders of them.")])
        inside = sorted(one for one in path.rglob("*") if one.is_file() and kind_of(one)) if path.is_dir() else [path]
        if not inside:
            raise InvalidInput([Problem("paths", f"{path} holds no file that ends in {', '.join(KINDS)}.")])
        found += inside
    return found


def _check_dates(store: Store, read: Read, *, first: bool) -> None:
    """Raise Unreadable for a file whose days are others than the log's: a message would be kept in two of them."""
    by_date_sent = "date_created" in read.lacks
    empty = first and not store.days and not store.state.covered
    if not empty and by_date_sent != store.state.by_date_sent:
        has = "the log, unlike it, has no date_created" if store.state.by_date_sent else "it has no date_created"
        raise Unreadable(f"{has}, so import it into a folder of its own")
    store.state = replace(store.state, by_date_sent=by_date_sent)


def _take(store: Store, path: Path, read: Read, *, bodies: bool) -> list[str]:
    """Keep what a file held, and return what has to be known of it."""
    rows, notes = read.table, []
    if rows.schema == SCHEMA:
        body = rows["body"] if bodies or store.state.bodies else pa.nulls(len(rows), pa.string())
        store.add(rows.set_column(rows.schema.get_field_index("body"), "body", body))
        return []
    ours = store.state.account_sid
    accounts = pc.unique(rows["account_sid"]).drop_null().to_pylist()
    if ours and set(accounts) - {ours}:
        mine = pc.fill_null(pc.equal(rows["account_sid"], ours), True)
        notes.append(f"{path.name}: {len(rows) - pc.sum(mine).as_py():,} row(s) of another account left out")
        rows = rows.filter(mine)
    if not ours and len(accounts) == 1:
        store.state = replace(store.state, account_sid=accounts[0])
    if len(rows):
        store.add(derive(rows.drop_columns(["account_sid"]), bodies=bodies or store.state.bodies))
    if read.dropped:
        notes.append(f"{path.name}: {read.dropped:,} row(s) without a SID or a date left out")
    if read.unpriced:
        notes.append(f"{path.name}: {read.unpriced:,} price(s) that are no numbers left out")
    return notes


def _lacks(lacking: dict[str, list[str]]) -> list[str]:
    return [
        (f"{names[0]} lacks" if len(names) == 1 else f"{len(names)} files lack")
        + f" {columns}"
        + (", and date_sent stands for date_created" if "date_created" in columns else "")
        for columns, names in lacking.items()
    ]


def _currencies(store: Store) -> list[str]:
    with closing(duckdb.connect()) as con:
        priced = store.relation(con).filter("price_unit IS NOT NULL")
        units = sorted(unit for (unit,) in priced.select("upper(price_unit)").distinct().fetchall())
    return [f"prices are in {' and '.join(units)}, which are never added up"] if len(units) > 1 else []
