"""The rows of a log wherever they are: in memory, in files, on a cluster or in a warehouse; asked, never fetched whole."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import pandas as pd
import pyarrow as pa

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.aggregates.queries import Frame
from msvc_toolkit.logs.schema import SCHEMA

MEMORY = "1536MB"
"""Of DuckDB's own; ours: ten million messages need less, and a notebook shares its machine."""
ESSENTIAL = ("date_created", "direction", "status", "number", "num_segments")
"""Columns without which nothing can be told."""
_TYPES: dict[pa.DataType, Any] = {
    pa.string(): nw.String,
    pa.int32(): nw.Int32,
    pa.int64(): nw.Int64,
    pa.timestamp("us"): nw.Datetime,
}
_ADVICE = "msvc.import_logs turns files of Twilio's into a log that has them all; table.COLUMNS tells what each holds."

Question = Callable[[Frame], Frame]


@dataclass(frozen=True)
class Rows:
    """A log's rows on some engine.

    Args:
        frame: The rows, with every column of `table.SCHEMA`.
        absent: Columns that had to be filled with nothing.
        keeper: What has to live as long as the rows, such as a connection.
    """

    frame: Frame
    absent: tuple[str, ...] = ()
    keeper: Any = None
    _one_at_a_time: RLock = field(default_factory=RLock, repr=False, compare=False)

    def ask(self, question: Question) -> pa.Table:
        """Put a question to the rows."""
        with self._one_at_a_time:  # a connection of DuckDB's serves one thread
            answer: pa.Table = question(self.frame).collect(backend="pyarrow").to_native()
        return answer


def connect() -> duckdb.DuckDBPyConnection:
    """Open DuckDB so that it takes no more than `MEMORY` and lays on the disk what is more."""
    folder = Path(tempfile.gettempdir(), "msvc-duckdb")
    return duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(folder)})


def read_rows(frame: Any, keeper: Any = None) -> Rows:
    """Take a frame as a log.

    Args:
        frame: With the columns of `table.SCHEMA`: a frame of pandas, PyArrow or Polars, which is read into Arrow and
            asked through DuckDB, or a relation of DuckDB, a DataFrame of Spark or a table of ibis, asked where it is.
        keeper: What has to live as long as the rows, such as their connection.

    Raises:
        InvalidInput: It is no frame, lacks what is essential, or a column holds something else than it should.
    """
    try:
        given = nw.from_native(frame)
    except TypeError as unknown:
        told = f"A log is a data frame (pandas, PyArrow, DuckDB, PySpark, ibis), not a {type(frame).__name__}."
        raise InvalidInput([Problem("frame", told)]) from unknown
    schema = given.collect_schema()
    absent = tuple(name for name in SCHEMA.names if name not in schema)
    if lacking := [name for name in ESSENTIAL if name in absent]:
        raise InvalidInput([Problem("frame", f"The frame has no column {', '.join(lacking)}. {_ADVICE}")])
    if isinstance(given, nw.DataFrame):
        connection = connect()
        return Rows(_filled(nw.from_native(connection.from_arrow(_arrow(given))), absent), absent, connection)
    _check_types(schema)
    return Rows(_filled(given, absent), absent, keeper)


def to_pandas(answer: pa.Table) -> pd.DataFrame:
    """Write an answer as a frame: whole numbers exact, texts as categories, moments naive UTC."""
    fields = []
    for one in answer.schema:
        if pa.types.is_timestamp(one.type):
            fields.append(one.with_type(pa.timestamp("us")))
        elif pa.types.is_decimal(one.type) or (pa.types.is_integer(one.type) and one.type != pa.int32()):
            fields.append(one.with_type(pa.int64()))
        elif pa.types.is_string(one.type) or pa.types.is_large_string(one.type) or pa.types.is_dictionary(one.type):
            fields.append(one.with_type(pa.dictionary(pa.int32(), pa.string())))
        else:
            fields.append(one)
    columns = [
        column.dictionary_encode() if pa.types.is_dictionary(one.type) else column.cast(one.type)
        for column, one in zip(answer.columns, fields, strict=True)
    ]
    table = pa.table(dict(zip(answer.column_names, columns, strict=True)))
    del answer, columns
    told: pd.DataFrame = table.to_pandas(split_blocks=True, self_destruct=True)
    return told


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
            told = f"The column {one.name} cannot be read as {one.type}: {wrong}"
            raise InvalidInput([Problem(one.name, told)]) from wrong
    return pa.table(columns)


def _check_types(schema: nw.Schema) -> None:
    """Refuse columns of another sort than the schema's, and moments that an engine would show in a zone of its own."""
    for one in SCHEMA:
        if one.name not in schema or isinstance(kind := schema[one.name], nw.Unknown):
            continue
        whole, moment = pa.types.is_integer(one.type), pa.types.is_timestamp(one.type)
        fits = (
            kind.is_integer()
            if whole
            else isinstance(kind, nw.Datetime if moment else nw.String | nw.Categorical | nw.Enum)
        )
        if not fits:
            sort = "whole numbers" if whole else "moments" if moment else "texts"
            told = f"The column {one.name} holds {kind}, and a log has {sort} there. Cast it first."
            raise InvalidInput([Problem(one.name, told)])
    wrong = [
        name
        for name, kind in schema.items()
        if name in SCHEMA.names and isinstance(kind, nw.Datetime) and kind.time_zone not in (None, "UTC", "Etc/UTC")
    ]
    if wrong:
        told = (
            f"The engine tells {', '.join(wrong)} in a time zone other than UTC. Set its session to UTC before it reads anything (Spark: "
            "spark.sql.session.timeZone, DuckDB: SET TimeZone = 'UTC'), or store these moments in UTC without a zone."
        )
        raise InvalidInput([Problem("frame", told)])


def _filled(rows: Frame, absent: tuple[str, ...]) -> Frame:
    """Give the rows the columns they lack, with nothing in them, but the hour, which is in the date."""
    empty = {name: nw.lit(None, dtype=_TYPES[SCHEMA.field(name).type]) for name in absent}
    if "hour" in empty:
        empty["hour"] = nw.col("date_created").dt.truncate("1h")
    return rows.with_columns(**empty) if empty else rows
