"""Files of messages that others wrote: BulkExport days, Console CSV and Parquet, each read into `pages.ARRIVED`.

Source: Day resource, messages export file format (JSON lines, ISO 8601 in UTC, no price unit; read 2026-11-23). The
Console's CSV is not documented; its columns are as public programs read them (From, To, Body, Status, SentDate,
ApiVersion, NumSegments, ErrorCode, AccountSid, Sid, Direction, Price, PriceUnit; looked up 2026-11-24).
"""

from __future__ import annotations

import csv
import gzip
import io
import re
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, TextIO

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from msvc_toolkit.logs.kept.newest import COLUMNS
from msvc_toolkit.logs.kept.pages import ARRIVED, price_e5
from msvc_toolkit.logs.table import SCHEMA

KINDS = {".json": "JSON", ".jsonl": "JSON", ".ndjson": "JSON", ".csv": "CSV", ".parquet": "Parquet"}
"""What a file is by its name; .gz behind the first four is fine."""
_ALSO = {
    "sid": ("messagesid", "smssid", "smsmessagesid"),
    "date_created": ("createddate", "createdat"),
    "date_sent": ("sentdate", "sentat"),
    "date_updated": ("updateddate", "updatedat"),
    "status": ("messagestatus",),
    "messaging_service_sid": ("messagingservice", "servicesid"),
    "num_segments": ("segments", "messagesegments"),
    "price_unit": ("currency",),
    "from": ("sender",),
    "to": ("recipient",),
    "body": ("text", "message"),
}
"""Other names of a column, in small letters and without anything between them."""
_WANTED = (*("price" if name == "price_e5" else name for name in ARRIVED.names), "account_sid")
_JSON = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in _WANTED) + "}"
_FORMS = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%a, %d %b %Y %H:%M:%S", "%Y-%m-%d %H:%M"]
_NO_ZONE = r"(\.[0-9]+)?( ?(Z|UTC|GMT|[+-]00:?00|[+-]00))?$"


class Unreadable(ValueError):
    """A file that nothing can be taken from; its text says why."""


@dataclass(frozen=True)
class Read:
    """What a file held.

    Args:
        table: Its messages in `pages.ARRIVED`, and their `account_sid`; or as a log keeps them, in `table.SCHEMA`.
        lacks: The columns it has not.
        dropped: Rows without a SID or a date.
        unpriced: Prices that are no numbers.
    """

    table: pa.Table
    lacks: tuple[str, ...] = ()
    dropped: int = 0
    unpriced: int = 0


def kind_of(path: Path) -> str | None:
    """Return JSON, CSV or Parquet by a file's name, None for any other."""
    name = path.name.lower().removesuffix(".gz")
    return KINDS.get(name[name.rfind(".") :]) if "." in name else None


def read_file(con: duckdb.DuckDBPyConnection, path: Path) -> Read:
    """Read a file of messages.

    Args:
        con: What reads it.
        path: The file.

    Raises:
        Unreadable: It is empty, damaged, or no file of messages.
    """
    if path.stat().st_size == 0:
        raise Unreadable("it is empty (0 bytes)")
    try:
        source = _source(con, path)
        columns = list(con.sql(f"FROM {source} LIMIT 0").columns)
        if set(SCHEMA.names) <= set(columns):
            return Read(con.sql(f"SELECT {COLUMNS} FROM {source}").to_arrow_table().cast(SCHEMA))  # noqa: S608 - our own words
        names = _names(_named_in(path) if kind_of(path) == "JSON" else columns)
        return _arrive(con.sql(f"SELECT {_select(names)} FROM {source}").to_arrow_table(), names)  # noqa: S608 - as above
    except (duckdb.Error, pa.ArrowException, OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        told = str(error).replace(str(path), path.name).partition("\n")[0][:120]
        raise Unreadable(f"it is damaged or something else ({told})") from None


def _source(con: duckdb.DuckDBPyConnection, path: Path) -> str:
    """Return what stands after FROM for a file's rows."""
    name, kind = "'" + str(path).replace("'", "''") + "'", kind_of(path)
    if kind == "JSON":
        return f"read_json({name}, columns = {_JSON}, ignore_errors = true, maximum_object_size = 67108864)"
    if kind == "Parquet":
        return f"read_parquet({name}, hive_partitioning = false)"
    if kind == "CSV":
        con.register("csv_rows", _csv(path))
        return "csv_rows"
    raise Unreadable("its name ends in none of .json, .jsonl, .csv and .parquet")


def _named_in(path: Path) -> list[str]:
    """Return the columns that a JSON file names near its begin: DuckDB is told all, and shows none to be missing."""
    with _open(path) as file:
        begin = file.read(1 << 16)
    return [name for name in _WANTED if f'"{name}"' in begin]


def _open(path: Path) -> TextIO:
    packed = path.name.lower().endswith(".gz")
    return io.TextIOWrapper(gzip.open(path) if packed else path.open("rb"), encoding="utf-8-sig", newline="")


def _csv(path: Path) -> pa.Table:
    """Read a CSV file as text; its bodies may hold line breaks, and its separator may be a semicolon or a tab."""
    with _open(path) as file:
        first = file.readline()
        file.seek(0)
        rows = csv.reader(file, delimiter=max(",;\t", key=first.count))
        heads = next(rows, [])
        columns: list[list[str | None]] = [[] for _ in heads]
        for row in rows:
            for column, text in zip_longest(columns, row[: len(columns)]):
                column.append(text)
    if len(set(heads)) < len(heads):
        raise Unreadable("it names a column twice")
    return pa.table({head: pa.array(column, pa.string()) for head, column in zip(heads, columns, strict=True)})


def _names(columns: list[str]) -> dict[str, str]:
    """Return the file's names of the columns that are wanted."""
    found = {_plain(column): column for column in reversed(columns)}
    names = {}
    for wanted in _WANTED:
        given = next((found[name] for name in (_plain(wanted), *_ALSO.get(wanted, ())) if name in found), None)
        if given is not None:
            names[wanted] = given
    if "price_e5" in columns:
        names["price_e5"] = "price_e5"
    if "sid" not in names or not {"date_created", "date_sent"} & set(names):
        have = ", ".join(columns[:12])
        raise Unreadable(f"it has no column for the SID or for a date; it has {have}")
    return names


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _select(names: dict[str, str]) -> str:
    def text(name: str) -> str:
        given = '"' + names[name].replace('"', '""') + '"' if name in names else None
        return f"nullif(trim(CAST({given} AS VARCHAR)), '')" if given else "CAST(NULL AS VARCHAR)"

    def moment(name: str) -> str:
        bare = f"regexp_replace({text(name)}, '{_NO_ZONE}', '')"
        zoned = f"regexp_matches({text(name)}, '[0-9][+-][0-9]{{2}}(:?[0-9]{{2}})?$')"
        shifted = f"CASE WHEN {zoned} THEN make_timestamp(epoch_us(TRY_CAST({text(name)} AS TIMESTAMPTZ))) END"
        return f"coalesce(try_strptime({bare}, {_FORMS}), {shifted})"

    said = {
        "date_created": moment("date_created"),
        "date_sent": moment("date_sent"),
        "date_updated": moment("date_updated"),
    }
    if "date_created" not in names:
        said["date_created"] = said["date_sent"]
    if "body" in names:
        said["body"] = 'CAST("' + names["body"].replace('"', '""') + '" AS VARCHAR)'
    for name in ("error_code", "num_segments", "num_media"):
        said[name] = f"TRY_CAST({text(name)} AS INTEGER)"
    said["error_code"] = f"nullif({said['error_code']}, 0)"
    wanted = [*_WANTED, *(["price_e5"] if "price_e5" in names else [])]
    return ", ".join(f'{said.get(name, text(name))} AS "{name}"' for name in wanted)


def _arrive(rows: pa.Table, names: dict[str, str]) -> Read:
    known = pc.and_(pc.is_valid(rows["sid"]), pc.is_valid(rows["date_created"]))
    dropped = len(rows) - (pc.sum(known).as_py() or 0)
    rows = rows.filter(known)
    unpriced = 0
    if "price_e5" in names:
        price = rows["price_e5"].cast(pa.int64())
    else:
        coded = pc.dictionary_encode(rows["price"].combine_chunks())
        amounts = pa.array([_amount(text) for text in coded.dictionary.to_pylist()], pa.int64())
        price = amounts.take(coded.indices)
        unpriced = price.null_count - rows["price"].null_count
    columns: list[Any] = [price if name == "price_e5" else rows[name] for name in ARRIVED.names]
    table = pa.Table.from_arrays(columns, names=ARRIVED.names).cast(ARRIVED)
    lacks = tuple(name for name in _WANTED if name not in names and name not in ("account_sid", "price"))
    if not {"price", "price_e5"} & set(names):
        lacks = (*lacks, "price")
    return Read(table.append_column("account_sid", rows["account_sid"]), lacks, dropped, unpriced)


def _amount(text: str) -> int | None:
    try:
        return price_e5(text)
    except ValueError:
        return None
