"""Readers for the formats of message logs: separated or aligned text, JSON in every nesting, and Parquet.

Each recognizes its format and yields batches of columns, named as in the file, all as text.
"""

from __future__ import annotations

import csv
import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from typing import IO, Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from msvc_toolkit.logs.importer.columns import Names
from msvc_toolkit.logs.importer.files import Source, Unreadable
from msvc_toolkit.logs.importer.values import Reasons, shown, status_word
from msvc_toolkit.rules import facts

BATCH = 50_000
"""Rows in memory as Python objects at once."""
_LINE = 1 << 24  # characters of the longest line; a page of 1 000 messages has a tenth of that
_CHUNK = 1 << 20
_LOOKED_AT = 60  # rows among which the header is looked for
_LONG_TEXT = 1 << 17  # no value of a message is longer

ColumnBatch = Mapping[str, Sequence[Any]]
"""The columns of a batch of rows, all of the same length; columns that are not needed have only a few values."""


@dataclass
class Reading:
    """A file while it is read: its format, its rows, notes, and a running count of the records that cannot be read."""

    shape: str
    batches: Iterator[ColumnBatch] = field(default_factory=lambda: iter(()))
    left_out: Reasons = field(default_factory=Reasons)
    notes: list[str] = field(default_factory=list)


def read(source: Source, names: Names) -> Reading:
    """Recognize a file's format, and begin to read it.

    Raises:
        Unreadable: It holds no messages that can be read; its text says what to do instead.
    """
    if source.head.startswith(b"PAR1"):
        return _parquet(source)
    sample = source.sample().lstrip("\ufeff")
    begin = sample.lstrip()[:1]
    if "\0" in sample:
        raise Unreadable("it is not text; export the messages as CSV, JSON or Parquet")
    if not begin:
        raise Unreadable("it holds only spaces and line ends")
    if begin == "<":
        raise Unreadable("it is XML or a web page; ask Twilio for Messages.json instead, or export CSV")
    for printed, sentence in _PRINTED.items():
        if printed.match(sample):
            raise Unreadable(sentence)
    return _json(source, sample, names) if begin in "[{" else _separated(source, sample, names)


# JSON


_ENVELOPES = tuple(facts.table("logs/importer/words.toml")["envelopes"])
_AS_PYTHON, _AS_JAVASCRIPT = re.compile(r"[\s\[]*\{\s*'"), re.compile(r"[\s\[]*\{\s*[A-Za-z_]\w*\s*:")
_PRINTED = {
    _AS_PYTHON: "it is a dict as Python prints it, not JSON; write it with json.dumps and import that",
    _AS_JAVASCRIPT: "it is an object as console.log prints it, not JSON; write it with JSON.stringify and import that",
}
"""Records that a program printed in its own notation, and what to do instead."""
_CONTROL = frozenset({"SCHEMA", "STATE", "ACTIVATE_VERSION", "LOG", "TRACE", "CATALOG", "SPEC", "CONNECTION_STATUS"})
"""Lines between records that singer and Airbyte write. Source: their protocol pages, read 2026-11-30."""
_SEPARATORS = re.compile(r"[\s,\[\];\x1e\ufeff]*")
_MESSAGE = re.compile(r"(sm|mm)[0-9a-z]{2,}", re.IGNORECASE)
_SIDS = re.compile(r"\b(?:SM|MM)[0-9a-f]{32}\b")
_BARE = str.maketrans("", "", "_- .")


def _json(source: Source, sample: str, names: Names) -> Reading:
    lines = _is_lines(sample)
    reading = Reading("JSON lines" if lines else "JSON")

    def rows() -> Iterator[dict[str, Any]]:
        with source.text() as file:
            values = _by_line(file, reading.left_out) if lines else _scanned(file, reading.left_out)
            for value in values:
                if type(value) is dict and type(value.get("sid")) is str:  # the usual case, without what follows
                    yield value
                else:
                    yield from _messages(value, reading.left_out)

    reading.batches = _batched(rows(), names)
    return reading


def _is_lines(sample: str) -> bool:
    first, end, _ = sample.lstrip().partition("\n")
    try:
        msgspec.json.decode(first)
    except (msgspec.DecodeError, UnicodeError):
        return False
    return bool(end)


def _by_line(file: Any, left_out: Reasons) -> Iterator[Any]:
    decode = msgspec.json.Decoder().decode
    for at, line in enumerate(iter(partial(file.readline, _LINE), ""), 1):
        if text := line.strip(" \t\r\n,\ufeff\x1e"):
            try:
                yield decode(text)
            except (msgspec.DecodeError, UnicodeError):
                try:
                    yield json.loads(text, strict=False)  # takes NaN, and halves of an emoji
                except (ValueError, RecursionError):
                    left_out.add("not in JSON", f"line {at}, {shown(text)}")


def _scanned(file: Any, left_out: Reasons) -> Iterator[Any]:
    """Yield objects one by one, however they are laid out; brackets and commas between them do not matter."""
    decoder, at, ended = json.JSONDecoder(strict=False), 0, False
    buffer = file.read(_CHUNK)
    while True:
        at = _SEPARATORS.match(buffer, at).end()  # type: ignore[union-attr] # matches nothing, too
        try:
            value, at = decoder.raw_decode(buffer, at)
        except (json.JSONDecodeError, RecursionError) as error:
            wrong = getattr(error, "pos", at)
            if not ended and wrong > len(buffer) - _LONG_TEXT:
                more = file.read(max(_CHUNK, len(buffer) - at))
                buffer, at, ended = buffer[at:] + more, 0, not more
                continue
            if at >= len(buffer):
                return
            is_cut = wrong >= len(buffer.rstrip()) or "Unterminated" in str(error)
            why = "cut off before the end; export or download it again" if is_cut else "not in JSON"
            left_out.add(why, shown(buffer[at : at + 200]))
            found = re.compile(r"\n\s*(?=\{)").search(buffer, max(wrong, at + 1))
            at = found.end() if found else len(buffer)
        else:
            yield value


def _messages(value: Any, left_out: Reasons, depth: int = 8) -> Iterator[dict[str, Any]]:
    """Unwrap messages: of a page, of an envelope, of a table that was written column by column."""
    if isinstance(value, str):
        value = _loaded(value)
    if isinstance(value, list) and depth:
        for one in value:
            yield from _messages(one, left_out, depth - 1)
    elif not isinstance(value, dict):
        left_out.add("not a record", shown(value))
    elif isinstance(value.get("sid"), dict | list):
        yield from _turned(value)
    elif _names_a_message(value) or not depth:
        yield value
    elif value.get("type") not in _CONTROL:
        inner = _inner(value)
        yield from [value] if inner is None else _messages(inner, left_out, depth - 1)


def _names_a_message(value: Mapping[str, Any]) -> bool:
    """Whether a record itself holds a SID under a name that says so."""
    return "sid" in value or any(
        isinstance(one, str)
        and name.translate(_BARE).lower() in ("id", "sid", "messagesid", "smssid", "messageid", "smsmessagesid")
        and _MESSAGE.fullmatch(one)
        for name, one in value.items()
    )


def _inner(value: Mapping[str, Any]) -> Any:
    """Return what an envelope holds, None for a record that is not one."""
    if {"code", "message", "more_info"} <= set(value):
        raise Unreadable(f"it is an error that Twilio answered ({value['code']}: {str(value['message'])[:80]})")
    if isinstance(value.get("columns"), list) and isinstance(value.get("data"), list):
        return [dict(zip(value["columns"], row, strict=False)) for row in value["data"]]
    if any(map(_MESSAGE.fullmatch, value)):
        return [{"sid": sid, **one} for sid, one in value.items() if isinstance(one, dict)]
    wrapped = [value[name] for name in _ENVELOPES if name in value]
    structures = [one for one in wrapped if isinstance(one, dict | list)]
    texts = [one for one in wrapped if isinstance(one, str) and one.lstrip()[:1] in ("{", "[")]
    return next(iter([*structures, *texts]), None)


def _turned(value: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Turn columns into rows: pandas writes {"sid": {"0": …, "1": …}}."""
    first = value["sid"]
    if isinstance(first, dict) and len(first) == 1 and not isinstance(value.get("from"), dict):
        yield dict(value)
        return
    for key in first if isinstance(first, dict) else range(len(first)):
        yield {
            name: column.get(key) if isinstance(column, dict) else column[key] if key < len(column) else None
            for name, column in value.items()
            if isinstance(column, dict | list)
        }


def _loaded(text: str) -> Any:
    """Return the JSON that a text is, or the text."""
    try:
        return json.loads(text, strict=False) if text.lstrip()[:1] in ("{", "[") else text
    except (ValueError, RecursionError):
        return text


def _batched(rows: Iterable[Mapping[str, Any]], names: Names) -> Iterator[ColumnBatch]:
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        found = dict.fromkeys(chain.from_iterable(batch))
        yield {name: [row.get(name) for row in (batch if names.known(name) else batch[:_LOOKED_AT])] for name in found}


# Separated and aligned text


@dataclass(frozen=True)
class _Layout:
    """How a table of text is laid out: how lines become cells, how many rows are above the header, the separator."""

    shape: str
    cells: Callable[[Iterable[str]], Iterator[list[str]]]
    header: list[str]
    above: int
    separator: str = ""


_WRAPPERS = ("_airbyte_data", "data", "record", "payload", "properties", "value", "_source")
"""Columns whose cells are JSON of a whole message, where no other column holds its SID."""
_SEPARATED = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_RULE = re.compile(r"[\s|+:=-]*[-=][\s|+:=-]*|\(\d+ rows?\)")  # what databases and Markdown draw between rows


def _separated(source: Source, sample: str, names: Names) -> Reading:
    layout = _layout(sample.splitlines(keepends=True), names)
    header = [name.strip().strip("\ufeff*") for name in layout.header]
    while len(header) > 1 and not header[-1]:
        header.pop()
    _check_header(header, layout, sample, names)
    shape = f"{layout.shape}{'' if source.encoding.startswith('utf-8') else ', ' + source.encoding.upper()}"
    reading = Reading(shape)
    if layout.above:
        reading.notes.append(f"{layout.above} row(s) above the header skipped")
    rows = _rows(source, layout, header, names, reading.left_out)
    fields = names.fields(header)
    wrapped = [name for name in header if name.lower() in _WRAPPERS]
    if "sid" not in fields and wrapped:
        at = header.index(wrapped[0])
        reading.batches = _batched(chain.from_iterable(_messages(row[at], reading.left_out) for row in rows), names)
    else:
        reading.batches = _rows_batched(rows, header)
    return reading


def _layout(lines: list[str], names: Names) -> _Layout:
    """Find the header: of every way to cut the first rows, the one that names most fields of a message."""
    best: tuple[int, _Layout] | None = None
    if lines and (declared := re.fullmatch(r'"?sep=(.)"?\s*', lines[0], re.IGNORECASE)):
        ways = [(declared[1], '"')]
    else:
        ways = [(separator, quote) for quote in "\"'" for separator in _SEPARATED]
    tried: list[tuple[str, str, Callable[[Iterable[str]], Iterator[list[str]]]]] = [
        (f"CSV separated by {_SEPARATED.get(separator, separator)}", separator, partial(_cut, separator, quote))
        for separator, quote in ways
    ]
    aligned = re.compile(r"\S+(?: \S+)*")
    for line in lines[:_LOOKED_AT]:
        starts = [match.start() for match in aligned.finditer(line)]
        if len(names.fields(_slices(starts, line))) > 1:
            tried.append(("columns aligned by spaces", "", partial(_sliced, starts)))
            break
    for shape, separator, cells in tried:
        for above, row in enumerate(row for row in islice(cells(lines), _LOOKED_AT) if any(row)):
            fields = names.fields(row)
            wrapped = any(cell.lower() in _WRAPPERS for cell in row)
            score = 2 * len(fields) + 10 * ("sid" in fields) + wrapped - any(cell.startswith("'") for cell in row)
            if (len(fields) > 1 or wrapped) and (best is None or score > best[0]):
                best = score, _Layout(shape, cells, row, above, separator)
    if best is None:
        raise Unreadable(_no_header(lines, names))
    return best[1]


def _no_header(lines: list[str], names: Names) -> str:
    """Say what is missing in the first row: columns whose names are not known, or a header at all."""
    first = next((line for line in lines if line.strip()), "")
    cells = max((first.strip().split(separator) for separator in _SEPARATED), key=len)
    known = names.fields(cells)
    unknown = [cell.strip('" ') for cell in cells if cell.strip() and not names.known(cell)]
    missing = "a date" if "sid" in known else "the SID or for a date"
    sentence = f"it has no column for {missing}, and is not JSON either; it begins with {shown(first)}. "
    say = ""
    if len(cells) > 1 and not re.search(r"\d{4}", first):  # names, and not values
        say = f". Or say what its columns hold: columns={{{(unknown or cells)[0]!r}: 'from'}}"
    return f"{sentence}Its first row has to name the columns, as Sid, From, To, Status, SentDate do{say}"


def _cut(separator: str, quote: str, lines: Iterable[str], **more: Any) -> Iterator[list[str]]:
    rows = csv.reader(lines, delimiter=separator, quotechar=quote, **more)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:  # a quote that is never closed
            yield []
            continue
        if separator == "|":
            row = [] if row and _RULE.fullmatch("|".join(row)) else [cell.strip() for cell in row]
        yield row


def _sliced(starts: list[int], lines: Iterable[str]) -> Iterator[list[str]]:
    for line in lines:
        yield [] if not line.strip() or _RULE.fullmatch(line.strip()) else _slices(starts, line)


def _slices(starts: list[int], line: str) -> list[str]:
    return [line[begin:end].strip() for begin, end in zip(starts, [*starts[1:], None], strict=False)]


def _check_header(header: list[str], layout: _Layout, sample: str, names: Names) -> None:
    """Refuse a needed column that occurs twice with different values; the second of two equal ones is not needed."""
    columns: dict[str, int] = {}
    rows = [row for row in layout.cells(sample.splitlines(keepends=True)[:-1]) if len(row) == len(header)]
    for at, name in enumerate(header):
        if name in columns and names.known(name):
            if any(row[at] != row[columns[name]] for row in rows[1:]) or len(rows) < 2:  # noqa: PLR2004 - the header and a row
                raise Unreadable(f"it names the column {name} twice; rename or remove one of them")
            header[at] = f"{name} (again)"
        columns.setdefault(header[at], at)


def _rows(
    source: Source, layout: _Layout, header: list[str], names: Names, left_out: Reasons
) -> Iterator[Sequence[str]]:
    """Yield rows as long as the header; rows that were cut wrongly are repaired where that is certain, else left out."""
    width = len(header)
    short = _ShortRows(layout.separator, header, names, left_out)
    with source.text() as file:
        lines = _Lines(file)
        for cells, raw in islice(_records(layout, lines), layout.above + 1, None):
            whole: Sequence[str] | None
            if len(cells) == width and (len(raw) == 1 or len(set(_SIDS.findall("".join(raw)))) < 2):  # noqa: PLR2004 - its own
                whole = cells
            else:
                whole = _cut_again(cells, raw, layout.separator, width)
                if whole is None and len(raw) > 1 and not short.fits(cells):
                    lines.again.extendleft(reversed(raw[1:]))  # a quote that is never closed had taken them
                    cells = raw[0].rstrip("\r\n").split(layout.separator)  # noqa: PLW2901 - what is left of it
                    whole = cells if len(cells) == width else _cut_again(cells, raw[:1], layout.separator, width)
            if whole is None:
                yield from short.taken(cells or ["".join(raw)[:200]])
            else:
                if short.waiting:
                    yield from short.settled()
                yield whole
        yield from short.settled()


class _Lines:
    """The lines of a file, after those that were given back; `taken` are those since it was emptied."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.taken: list[str] = []
        self.again: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        while line := self.again.popleft() if self.again else self._file.readline(_LINE):
            self.taken.append(line)
            yield line


def _records(layout: _Layout, lines: _Lines) -> Iterator[tuple[list[str], list[str]]]:
    """Yield rows that are not blank, and the lines that each was made of."""
    while True:
        for row in layout.cells(lines):
            taken, lines.taken = lines.taken, []
            if any(row) or (not row and any(line.strip() and not _RULE.fullmatch(line.strip()) for line in taken)):
                yield row, taken
        if not lines.again:
            return


class _ShortRows:
    """Puts rows together that a line end in a text without quotes has torn, and fills up those that lack empty cells."""

    def __init__(self, separator: str, header: list[str], names: Names, left_out: Reasons) -> None:
        fields = names.fields(header)
        known = [name for name in ("sid", "status", "body") if name in fields]
        self._places: dict[str, int] = {name: header.index(fields[name][0]) for name in known}
        self._separator, self._width, self._left_out = separator, len(header), left_out
        self.waiting: list[str] = []

    def taken(self, row: list[str]) -> list[list[str]]:
        """Take a row that is not as long as the header; return those that are now."""
        if not self.waiting or len(self.waiting) - 1 != self._places.get("body"):
            done = self.settled()
            self.waiting = row
            return done
        self.waiting[-1:] = [f"{self.waiting[-1]}\n{row[0]}", *row[1:]]
        if len(self.waiting) != self._width:
            return []
        whole, self.waiting = self.waiting, []
        return [whole]

    def settled(self) -> list[list[str]]:
        """Stop waiting: a row that only lacks cells at its end is completed, any other is left out."""
        row, self.waiting = self.waiting, []
        if row and self.fits(row):
            return [row + [""] * (self._width - len(row))]
        reason = f"without the header's {self._width} columns"
        self._left_out.add(reason, shown(self._separator.join(row)), bool(row))
        return []

    def fits(self, row: Sequence[str]) -> bool:
        """Whether a row shorter than the header holds a SID and a status where they belong."""
        sid, status = (self._places.get(name) for name in ("sid", "status"))
        return (
            max(sid or 0, status or 0) < len(row) < self._width
            and (sid is None or bool(_MESSAGE.fullmatch(row[sid].strip())))
            and (status is None or bool(status_word(row[status])))
        )


def _cut_again(row: list[str], raw: list[str], separator: str, width: int) -> list[str] | None:
    """Cut a row whose quotes are not doubled, or that has empty cells too many; None when that is not certain."""
    if len(row) > width and not any(cell.strip() for cell in row[width:]):
        return row[:width]
    text = "".join(raw).rstrip("\r\n")
    quoted = [cell.replace('""', '"') for cell in text.strip('"').split(f'"{separator}"')] if separator else []
    escaped = []
    if len(raw) == 1:
        escaped = next(_cut(separator or ",", '"', raw, escapechar="\\", doublequote=False), [])
    return next((cells for cells in (quoted, escaped) if len(cells) == width), None)


def _rows_batched(rows: Iterator[Sequence[str]], header: list[str]) -> Iterator[ColumnBatch]:
    while batch := list(islice(rows, BATCH)):
        yield dict(zip(header, zip(*batch, strict=True), strict=True))


# Parquet


def _parquet(source: Source) -> Reading:
    def batches() -> Iterator[ColumnBatch]:
        with source.seekable() as raw, pq.ParquetFile(raw) as file:
            for batch in file.iter_batches(BATCH):
                table = pa.Table.from_batches([batch]).flatten()
                columns = zip(table.column_names, map(_as_text, table.columns), strict=True)
                yield {name: column for name, column in columns if column is not None}

    return Reading("Parquet", batches())


def _as_text(column: pa.ChunkedArray) -> pa.Array | None:
    """Write a column as text, times with a zone as UTC; None for a column with more than one value a row."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", "UTC" if column.type.tz else None), safe=False)
    try:
        text: pa.Array = column.cast(pa.string()).combine_chunks()
    except pa.ArrowException:
        return None
    return text
