"""Data frames from other libraries: read into Arrow, used as a DuckDB relation, or queried where they are.

Rows in Spark or a warehouse are grouped there by stored columns, counted and added up, with the same result on every
engine. Only these sums are fetched. Everything else is computed from them in DuckDB.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import pandas as pd
import pyarrow as pa

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.aggregates.queries import LATE_SECONDS, OPTED_OUT, TEXTS, WAITS
from msvc_toolkit.logs.aggregates.selection import Selection
from msvc_toolkit.logs.schema import SCHEMA

ESSENTIAL = ("date_created", "direction", "status", "number", "num_segments")
"""Columns without which no measure can be made."""
_TYPES: dict[pa.DataType, Any] = {
    pa.string(): nw.String,
    pa.int32(): nw.Int32,
    pa.int64(): nw.Int64,
    pa.timestamp("us"): nw.Datetime,
}
_ADVICE = "msvc.import_logs makes a log with all columns from Twilio's files; schema.COLUMNS describes each column."

_COLUMNS = {*TEXTS, "area_code", "error_code", "price_unit", "peer", "hour", "quarter", "minute", *WAITS}
"""What rows are grouped by before they are fetched."""

Frame = nw.LazyFrame[Any]
_c = nw.col


def read_frame(frame: Any) -> tuple[pa.Table | duckdb.DuckDBPyRelation | Frame, tuple[str, ...]]:
    """Read a frame of pandas, PyArrow or Polars into Arrow; leave rows of DuckDB, Spark or ibis where they are.

    Returns:
        The rows, and the columns of the schema that they lack.

    Raises:
        InvalidInput: It is not a frame, lacks an essential column, or a column has the wrong type.
    """
    try:
        given = nw.from_native(frame)
    except TypeError as unknown:
        sentence = f"A log is a data frame (pandas, PyArrow, DuckDB, PySpark, ibis), not a {type(frame).__name__}."
        raise InvalidInput([Problem("frame", sentence)]) from unknown
    schema = given.collect_schema()
    absent = tuple(name for name in SCHEMA.names if name not in schema)
    if lacking := [name for name in ESSENTIAL if name in absent]:
        raise InvalidInput([Problem("frame", f"The frame has no column {', '.join(lacking)}. {_ADVICE}")])
    if isinstance(given, nw.DataFrame):
        return _arrow(given), absent
    _check_types(schema)
    if isinstance(frame, duckdb.DuckDBPyRelation):
        return frame, absent
    empty = {name: nw.lit(None, dtype=_TYPES[SCHEMA.field(name).type]) for name in absent}
    if "hour" in empty:
        empty["hour"] = _c("date_created").dt.truncate("1h")
    return given.with_columns(**empty) if empty else given, absent


def _arrow(given: nw.DataFrame[Any]) -> pa.Table:
    """Read a frame in memory into Arrow, each column as the schema has it."""
    columns = {}
    for one in SCHEMA:
        if one.name not in given.columns:
            continue
        column = given[one.name]
        if isinstance(column.dtype, nw.Datetime) and column.dtype.time_zone:
            column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        native = column.to_native()
        try:
            if isinstance(native, pd.Series):
                columns[one.name] = pa.Array.from_pandas(native, type=one.type)
            else:
                columns[one.name] = column.to_arrow().cast(one.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as wrong:
            sentence = f"The column {one.name} cannot be read as {one.type}: {wrong}"
            raise InvalidInput([Problem(one.name, sentence)]) from wrong
    return pa.table(columns)


def _check_types(schema: nw.Schema) -> None:
    """Refuse columns of another sort than the schema's, and moments that an engine would show in a zone of its own."""
    for one in SCHEMA:
        if one.name not in schema or isinstance(kind := schema[one.name], nw.Unknown):
            continue
        if pa.types.is_integer(one.type):
            sort, fits = "whole numbers", kind.is_integer()
        elif pa.types.is_timestamp(one.type):
            sort, fits = "moments", isinstance(kind, nw.Datetime)
        else:
            sort, fits = "texts", isinstance(kind, nw.String | nw.Categorical | nw.Enum)
        if not fits:
            sentence = f"The column {one.name} holds {kind}, but a log has {sort} there. Cast it first."
            raise InvalidInput([Problem(one.name, sentence)])
    wrong = [
        name
        for name, kind in schema.items()
        if name in SCHEMA.names and isinstance(kind, nw.Datetime) and kind.time_zone not in (None, "UTC", "Etc/UTC")
    ]
    if wrong:
        sentence = (
            f"The engine shows {', '.join(wrong)} in a time zone other than UTC. Set its session to UTC before it reads anything (Spark: "
            "spark.sql.session.timeZone, DuckDB: SET TimeZone = 'UTC'), or store these times in UTC without a zone."
        )
        raise InvalidInput([Problem("frame", sentence)])


def selected(rows: Frame, selection: Selection) -> Frame:
    """Return only the selected rows."""
    for name, wanted in selection.texts.items():
        rows = rows.filter(_c(name).fill_null("").is_in(sorted(wanted)))
    if selection.since is not None:
        rows = rows.filter(_c("date_created") >= _moment(selection.since))
    return rows if selection.until is None else rows.filter(_c("date_created") < _moment(selection.until))


def newest(rows: Frame, where: Mapping[str, list[Any]], limit: int) -> pa.Table:
    """Fetch single rows whose columns hold one of these values, the newest first."""
    for name, several in where.items():
        found = [one for one in several if one is not None]
        held = _c(name).is_in(found) if found else _c(name).is_null()
        rows = rows.filter(held | _c(name).is_null() if found and None in several else held)
    rows = rows.select(*SCHEMA.names).sort("date_created", "sid", descending=True, nulls_last=True)
    return fetch(rows.head(limit)).cast(SCHEMA)


def summed(rows: Frame, columns: Iterable[str]) -> pa.Table:
    """Group rows by these columns, as far as they exist, and add up the weights of `queries.WEIGHTED`.

    Flags are computed before they are added up, because not every engine can do both in one step.
    """
    out = _c("direction") != "inbound"
    flags = {
        "priced": ~_c("price_e5").is_null(),
        **{f"{word}s": _c("keyword") == word for word in ("stop", "start", "help")},
        "waited": out & ~_c("final_seconds").is_null(),
        "late": out & (_c("final_seconds") >= LATE_SECONDS),
    }
    keys = sorted({*columns} & _COLUMNS)
    keyed = rows.select(
        *(_c("date_created").dt.truncate("1m").alias("minute") if name == "minute" else name for name in keys),
        weight_segments=_c("num_segments").fill_null(0).cast(nw.Int64),
        weight_price=_c("price_e5").fill_null(0),
        weight_hour=_c("hour"),
        **{name: nw.when(holds).then(nw.lit(1)) for name, holds in flags.items()},
    )
    added = keyed.group_by(*keys).agg(
        weight=nw.len(),
        segments=_c("weight_segments").sum(),
        price_e5=_c("weight_price").sum(),
        first=_c("weight_hour").min(),
        last=_c("weight_hour").max(),
        **{name: _c(name).count() for name in flags},
    )
    return fetch(added)


def said_and_sent(rows: Frame) -> pa.Table:
    """Fetch the rows needed to find messages after a STOP: STOPs, STARTs, refusals, and messages to people who ever said STOP."""
    columns = "messaging_service_sid number peer date_created direction keyword error_code status".split()
    no_text = (nw.when(_c(name) != "").then(_c(name)) for name in ("messaging_service_sid", "number"))
    threads = rows.select(*columns, scope=nw.coalesce(*no_text, nw.lit("")))
    inbound, refused = _c("direction") == "inbound", _c("error_code").fill_null(0) == OPTED_OUT
    stops = threads.filter(inbound, _c("keyword") == "stop").select("scope", "peer").unique()
    parts = (
        threads.filter(inbound, _c("keyword").is_in(["stop", "start"])),
        threads.filter(~inbound, refused),
        threads.filter(~inbound, ~refused).join(stops, on=["scope", "peer"], how="inner"),
    )
    return pa.concat_tables(fetch(one.select(*columns)) for one in parts)


def fetch(answer: Frame) -> pa.Table:
    """Fetch an answer with exact whole numbers and times in naive UTC."""
    table: pa.Table = answer.collect(backend="pyarrow").to_native()
    fields = []
    for one in table.schema:
        kind = one.type
        if pa.types.is_timestamp(kind):
            kind = pa.timestamp("us")
        elif pa.types.is_decimal(kind):
            kind = pa.int64()
        elif pa.types.is_dictionary(kind) or pa.types.is_large_string(kind):
            kind = pa.string()
        fields.append(one.with_type(kind).remove_metadata())
    return table.cast(pa.schema(fields))


def _moment(moment: datetime) -> nw.Expr:
    """Write a time as a text that the engine reads: Spark would shift a datetime by this machine's zone."""
    return nw.lit(moment.isoformat(" ", "microseconds")).cast(nw.Datetime("us"))
