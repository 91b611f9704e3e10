"""Turns a file into messages: names its columns, reads its values, and counts what is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.importer import values
from msvc_toolkit.logs.importer.columns import DATES, FIELDS, Names
from msvc_toolkit.logs.importer.files import MAX_BYTES, MAX_ROWS, Source, Unreadable
from msvc_toolkit.logs.importer.readers import ColumnBatch, read
from msvc_toolkit.logs.importer.report import FileReport, Reason
from msvc_toolkit.logs.importer.values import Reasons, shown
from msvc_toolkit.logs.pages import ARRIVED
from msvc_toolkit.logs.time_zones import read_zone

TAKEN = 500_000
"""How many rows are read at a time."""
_TEXTS = pa.schema([(name, pa.string()) for name in FIELDS])
_SID = r"(?i)^(SM|MM)[0-9a-z]+$"
_HEARD = ("received", "receiving")


@dataclass(frozen=True)
class Options:
    """The caller's options; see `import_logs`.

    Raises:
        InvalidInput: Something of it is wrong.
    """

    dates: values.Order | None = None
    zone: str | None = None
    columns: Mapping[str, str] | None = None
    max_rows: int = MAX_ROWS
    max_bytes: int = MAX_BYTES

    def __post_init__(self) -> None:
        if self.dates not in (None, "month first", "day first"):
            raise InvalidInput([Problem("dates", f"Dates must be 'month first' or 'day first', not {self.dates!r}.")])
        read_zone(self.zone or "UTC")
        for name in (self.columns or {}).values():
            if name not in FIELDS:
                raise InvalidInput([Problem("columns", f"A log has no field {name!r}. It has {', '.join(FIELDS)}.")])


class FileMessages:
    """The messages of one file, as text in a temporary file; `tables` reads their values.

    Raises:
        Unreadable: It has no messages, or the caller must give an option first.
    """

    def __init__(self, source: Source, options: Options, folder: Path) -> None:
        self.name = source.name
        self.doubts = Reasons()
        self._options, self._names = options, Names(options.columns)
        self._fields: dict[str, list[str]] = {}
        self._seen: dict[str, None] = {}
        self._likely: list[str] = []
        reading = read(source, self._names)
        self.shape, self.left_out, self._notes = reading.shape, reading.left_out, reading.notes
        path = folder / "messages.arrow"
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, _TEXTS) as spool:
            read_rows = 0
            for columns in reading.batches:
                batch = self._texts(columns)
                read_rows += len(batch)
                if read_rows > options.max_rows:
                    more = f"it has more than {options.max_rows:,} rows"
                    raise Unreadable(f"{more}; if you trust it, import it with a larger max_rows")
                spool.write_batch(batch)
        self.rows = read_rows + self.left_out.rows
        self._texts_read = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        if source.odd_bytes:
            self._notes.append(f"{source.odd_bytes:,} byte(s) that are not UTF-8 were read as Windows-1252")
        self._check()
        self._dates = values.Dates(options.dates, read_zone(options.zone) if options.zone else None)
        for name in DATES:
            for chunk in self._texts_read[name].chunks:
                self._dates.look(chunk)
        if question := self._dates.decide():
            raise Unreadable(question)

    @property
    def accounts(self) -> dict[str, int]:
        """Rows by account, where the file names it."""
        counts = pc.value_counts(self._texts_read["account_sid"]).to_pylist()
        return {one["values"]: one["counts"] for one in counts if (one["values"] or "").startswith("AC")}

    @property
    def lacks(self) -> tuple[str, ...]:
        """Columns of a log that this file lacks."""
        wanted = ("price" if name == "price_e5" else name for name in ARRIVED.names)
        there = {*self._fields} | ({"price"} if "price_e5" in self._fields else set())
        return tuple(name for name in wanted if name not in there)

    def tables(self, account_sid: str = "") -> Iterator[pa.Table]:
        """Read the values, and yield messages with the columns of `pages.ARRIVED`; only one account's if it is given."""
        self._whole = self._whole_numbers()
        costs = [values.price(text) for text in pc.unique(self._texts_read["price"]).to_pylist() if text]
        known = [cost.e5 for cost in costs if cost]
        self._costs_are_positive = any(known) and min(known) >= 0  # without Twilio's minus
        ready: list[pa.Table] = []
        for batch in self._texts_read.to_batches():
            ready.append(self._messages(batch, account_sid))
            if sum(map(len, ready)) >= TAKEN:
                yield pa.concat_tables(ready)
                ready = []
        if ready:
            yield pa.concat_tables(ready)

    def report(self, sids: Sequence[pa.ChunkedArray], since: Any, until: Any, undated: int) -> FileReport:
        """Return the report on this file, from the SIDs and dates of all messages that were read."""
        taken = sum(map(len, sids))
        kept = pc.count_distinct(pa.chunked_array([c for one in sids for c in one.chunks], pa.string())).as_py()
        self.left_out.add("that repeat a message; its latest state is kept", "", taken - kept)
        notes = [*self._notes, *map(str, _reasons(self.doubts))]
        if undated:
            notes.append(f"{undated:,} message(s) have no date: they count, but on no day")
        if self._dates.bare and not self._options.zone:
            notes.append(
                f"{self._dates.bare:,} time(s) have no zone and are read as UTC; "
                'if they are not, import the file into a new folder with zone="America/New_York" or another zone'
            )
        if bare_days := self._dates.hourless:
            notes.append(f"{bare_days:,} date(s) have no time of day; midnight is used, so hours are meaningless")
        if self._costs_are_positive:
            notes.append("prices are positive; they are read as costs")
        columns = {name: fields for fields, names in self._fields.items() for name in names}
        return FileReport(
            name=self.name,
            shape=self.shape,
            columns=columns,
            ignored=tuple(name for name in self._seen if name and name not in columns),
            rows=self.rows,
            kept=kept,
            left_out=tuple(_reasons(self.left_out)),
            since=since,
            until=until,
            undated=undated,
            notes=tuple(notes),
        )

    def _texts(self, columns: ColumnBatch) -> pa.RecordBatch:
        """Turn the columns of a file into fields."""
        self._seen |= dict.fromkeys(columns)
        fields = self._names.fields(columns)
        if "sid" not in fields:
            sid = re.compile(r"(SM|MM)[0-9a-f]{32}$")
            self._likely += [name for name, column in columns.items() if any(map(sid.match, map(str, column[:20])))]
        size = max(map(len, columns.values()), default=0)
        made = {}
        for name, given in fields.items():
            known = self._fields.setdefault(name, [])
            known += [one for one in given if one not in known]
            parts = [_strings(columns[one]) for one in given]
            if name != "body":
                parts = list(map(values.texts, parts))
            if name == "sid":
                parts = list(map(values.sids, parts))
            made[name] = _joined(list(map(values.dates, parts))) if name in DATES else pc.coalesce(*parts)
        empty = pa.nulls(size, pa.string())
        return pa.RecordBatch.from_arrays([made.get(name, empty) for name in FIELDS], schema=_TEXTS)

    def _check(self) -> None:
        """Raise Unreadable when the file has no rows, or lacks a column that messages need."""
        if not len(self._texts_read):
            why = "; ".join(map(str, _reasons(self.left_out)))
            raise Unreadable(f"none of its rows can be read: {why}" if why else "it has no rows")
        missing = [] if "sid" in self._fields else ["the SID"]
        missing += [] if any(name in self._fields for name in DATES) else ["a date"]
        if missing:
            example = (self._likely or ["their name"])[0]
            have = ", ".join([name for name in self._seen if name][:12])
            raise Unreadable(
                f"it has no column for {' or for '.join(missing)}; it has {have}. If another column has these values, name it: "
                f"columns={{{example!r}: {'sid' if 'the SID' in missing else 'date_sent'!r}}}"
            )
        for name in DATES:
            column, hint = (self._fields.get(name) or [""])[0], self._hint(name)
            local = re.search(r"local|time|zone|\b[A-Z]{3,4}$", hint) and values.zone_named(hint) is None
            if local and not self._options.zone:
                raise Unreadable(f'its column {column!r} is in local time; say where, such as zone="America/New_York"')

    def _whole_numbers(self) -> frozenset[str]:
        """Return the numbers with a +, if the file has others without."""
        both = [pc.unique(self._texts_read[name]) for name in ("from", "to")]
        if not any(pc.any(pc.match_substring_regex(one, r"^[0-9]{9,}")).as_py() for one in both):
            return frozenset()
        found = {text for one in both for text in one.to_pylist() if text and text.startswith("+")}
        return frozenset(found | ({"+1"} if any(text.startswith("+1") for text in found) else set()))

    def _hint(self, name: str) -> str:
        known = self._names.known((self._fields.get(name) or [""])[0])
        return known.hint if known else ""

    def _messages(self, batch: pa.RecordBatch, account_sid: str) -> pa.Table:
        """Leave out the rows that cannot be messages of this log, and read the values of the others."""
        texts = pa.Table.from_batches([batch]).combine_chunks()
        moments = {}
        for name in DATES:
            zone = values.zone_named(self._hint(name)) if name in self._fields else None
            moments[name] = self._dates.read(_one(texts[name]), zone)
        when = pa.nulls(len(texts), pa.timestamp("us"))
        for name in reversed(DATES):
            when = pc.if_else(pc.is_valid(texts[name]), moments[name], when)
        date = pc.coalesce(*(texts[name] for name in DATES))
        is_sid = pc.match_substring_regex(texts["sid"], _SID)
        anything = pc.coalesce(*(texts[name] for name in ("from", "to", *FIELDS) if name != "body"))
        reasons = {
            "without a SID": (pc.is_null(texts["sid"]), anything, shown),
            "whose SID is not a message's (SM… or MM…)": (pc.invert(is_sid), texts["sid"], shown),
            "with a date that cannot be read": (pc.and_(pc.is_valid(date), pc.is_null(when)), date, repr),
        }
        if account_sid:
            other = pc.and_(pc.starts_with(texts["account_sid"], "AC"), pc.not_equal(texts["account_sid"], account_sid))
            reasons["of another account"] = (pc.fill_null(other, False), texts["account_sid"], str)
        stay = pa.array(np.ones(len(texts), bool))
        for why, (wrong, example, show) in reasons.items():
            gone = pc.and_(stay, pc.fill_null(_one(wrong), False))
            if rows := pc.sum(gone).as_py() or 0:
                self.left_out.add(why, show(example.filter(gone)[0].as_py()), rows)
                stay = pc.and_(stay, pc.invert(gone))
        dates = {"date_created": when, **{name: moments[name] for name in ("date_sent", "date_updated")}}
        return self._values(texts.filter(stay), {name: _one(column).filter(stay) for name, column in dates.items()})

    def _values(self, texts: pa.Table, dates: dict[str, pa.Array]) -> pa.Table:
        column = {name: _one(texts[name]) for name in FIELDS}
        each, doubts = partial(values.each, doubts=self.doubts), self.doubts
        for name in ("date_sent", "date_updated"):
            lost = pc.and_(pc.is_valid(column[name]), pc.is_null(dates[name]))
            if rows := pc.sum(lost).as_py():
                doubts.add(f"{name} that cannot be read", repr(column[name].filter(lost)[0].as_py()), rows)
        unknown = "status(es) that Twilio does not have, kept unchanged"
        status = each(column["status"], values.status_word, pa.string(), reason=unknown)
        unknown = "direction(s) that Twilio does not have"
        direction = each(column["direction"], values.direction_word, pa.string(), reason=unknown)
        likely = pc.if_else(pc.is_in(status, pa.array(_HEARD)), "inbound", "outbound-api")
        guessed = pc.and_(pc.is_null(direction), pc.is_valid(status))
        doubts.add("direction(s) taken from the status", "", pc.sum(guessed).as_py() or 0)
        amount, service = column["price"], column["messaging_service_sid"]
        sign = 1 if self._costs_are_positive else -1
        known = {text: values.price(text) for text in pc.unique(amount).to_pylist() if text is not None}
        unit = each(amount, lambda text: (found := known[text]) and (found.unit or None), pa.string(), doubts=None)
        unit = pc.coalesce(column["price_unit"], unit, pa.scalar(values.currency(self._hint("price")), pa.string()))
        in_dollars = pc.and_(pc.match_substring_regex(amount, r"^[^A-Z]*\$"), pc.is_null(column["price_unit"]))
        doubts.add("price(s) in $ are read as USD", "", pc.sum(in_dollars).as_py() or 0)
        unread = "price(s) that cannot be read"
        cost = each(amount, lambda text: (found := known[text]) and sign * found.e5, pa.int64(), reason=unread)
        back = pc.sum(pc.less(cost, 0)).as_py() or 0
        doubts.add("price(s) of the other sign are read as refunds", "", back)
        code = each(column["error_code"], values.error_code, pa.int32(), reason="error(s) without a code of Twilio's")
        is_service = pc.fill_null(pc.match_substring_regex(service, "^MG"), False)
        read: dict[str, Any] = {
            **column,
            **dates,
            "status": pc.coalesce(status, column["status"]),
            "direction": pc.coalesce(direction, pc.if_else(guessed, likely, column["direction"])),
            "error_code": pc.if_else(pc.equal(code, 0), None, code),
            "messaging_service_sid": pc.if_else(is_service, service, None),
            "price_e5": cost,
            "price_unit": unit,
            "from": self._addresses(column["from"]),
            "to": self._addresses(column["to"]),
        }
        for name in ("num_segments", "num_media"):
            read[name] = each(column[name], values.whole_number, pa.int32(), reason=f"{name} that cannot be read")
        if "price_e5" in self._fields:
            read["price_e5"] = each(column["price_e5"], values.whole_number, pa.int64())
        return pa.Table.from_arrays([read[name] for name in ARRIVED.names], schema=ARRIVED)

    def _addresses(self, column: pa.Array) -> pa.Array:
        """Read numbers and sender IDs; those that a spreadsheet has rounded are lost."""
        plain = pc.if_else(pc.match_substring_regex(column, r"^\+[1-9][0-9]{6,14}$"), column, None)
        rest = values.each(
            pc.if_else(pc.is_null(plain), column, None),
            lambda text: None if values.rounded(text) else values.address(text, self._whole),
            pa.string(),
            self.doubts,
            "number(s) that a spreadsheet has rounded are lost; export again, and do not save the file in one",
        )
        bare = pc.filter(rest, pc.fill_null(pc.match_substring_regex(rest, "^[0-9]{9,}$"), False))
        if len(bare):
            self.doubts.add("number(s) without a country code, kept unchanged", shown(bare[0].as_py()), len(bare))
        return pc.coalesce(plain, rest)


def _reasons(counted: Reasons) -> list[Reason]:
    return [Reason(why, rows, example) for why, (rows, example) in counted.found.items()]


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _strings(column: Sequence[Any]) -> pa.Array:
    """Return a column as text."""
    if isinstance(column, pa.Array):
        return column
    try:
        return pa.array(column, pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):  # numbers, or half of an emoji from JSON
        written = [one if one is None or type(one) is str else _text(one) for one in column]
        return pa.array([one and one.encode("utf-8", "replace").decode() for one in written], pa.string())


def _text(value: Any) -> str | None:
    """Return a JSON value as text; of a database's {"$date": …}, the value within."""
    if type(value) in (int, float):
        return str(value)
    if isinstance(value, dict) and len(value) == 1:
        return _text(next(iter(value.values())))
    if isinstance(value, dict) and (seconds := value.get("seconds", value.get("_seconds"))) is not None:
        return str(seconds)
    return None if value is None else str(value)


def _joined(parts: list[pa.Array]) -> pa.Array:
    """Return the first date of several columns; a day and a time of day in two columns are one date."""
    first = parts[0]
    for part in parts[1:]:
        is_time = pc.match_substring_regex(part, r"^[0-9]{1,2}:[0-9]{2}")
        days = pc.and_(pc.invert(pc.match_substring(first, ":")), is_time)
        both = pc.binary_join_element_wise(first, part, " ")
        first = pc.if_else(pc.fill_null(days, False), both, pc.coalesce(first, part))
    return first
