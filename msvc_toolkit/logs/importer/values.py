"""The table of value formats: how exports, spreadsheets and pipelines write dates, prices, numbers and words.

Each distinct value of a column is read once. An uncertain value is never guessed: it is left out and counted. If
one answer decides a whole column (is 3/4/2024 in March or in April?), the caller is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from decimal import Decimal, DecimalException
from functools import lru_cache
from itertools import chain
from typing import Any, Literal
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from msvc_toolkit.logs.pages import rfc2822
from msvc_toolkit.rules import addresses, facts
from msvc_toolkit.rules.statuses import ORDER

Order = Literal["month first", "day first"]
"""How a day such as 3/4/2024 is written."""
_WORDS = facts.table("logs/importer/words.toml")
_NOTHING = tuple(_WORDS["missing"])
_NO_DATE = r"(?i)^(0000-00-00|0001-01-01|1970-01-01|1900-01-00|0?1/0?1/(0001|1970)\b|1/0/1900|0+$|not (yet )?sent$|unsent$|never$|pending$)"
_SHOWN = 40  # characters: enough to find it
_UNSEEN = " \t\r\n\f\v\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, [*range(0x2000, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0x061C, 0xFEFF])
)
"""Spaces, and the marks of direction that phones and spreadsheets put around a number. Source: Unicode 15, Bidi_Control
and White_Space."""


def texts(column: pa.Array) -> pa.Array:
    """Return texts without spaces around them, invisible marks and a spreadsheet's marks; null for a missing value."""
    column = pc.utf8_trim(column, _UNSEEN)
    if pc.any(pc.match_substring_regex(column, "^[='\"]")).as_py():
        column = pc.replace_substring_regex(column, r'^="?([^"]*)"?$|^\'(.+?)\'?$|^"([^"]*)"$', r"\1\2\3")
    return pc.if_else(pc.is_in(pc.utf8_lower(column), pa.array(_NOTHING)), None, column)


def sids(column: pa.Array) -> pa.Array:
    """Return SIDs, also those within a link or an address of the API."""
    if not pc.any(pc.match_substring(column, "/")).as_py():
        return column
    return pc.replace_substring_regex(column, r"^.*\b((?:SM|MM)[0-9a-fA-F]{32})\b.*$", r"\1")


def dates(column: pa.Array) -> pa.Array:
    """Return dates as text; null if a zero or a word means "no date"."""
    return pc.if_else(pc.match_substring_regex(column, _NO_DATE), None, column)


@dataclass
class Reasons:
    """Counts rows by what is wrong with them, with the first value, masked."""

    found: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, reason: str, example: str, rows: int = 1) -> None:
        """Count rows."""
        if rows:
            self.found.setdefault(reason, [0, example])[0] += rows

    @property
    def rows(self) -> int:
        """How many rows."""
        return sum(rows for rows, _ in self.found.values())


def shown(text: object) -> str:
    """Return the beginning of a text for a sentence, phone numbers masked."""
    begin = re.sub(r"\s+", " ", str(text)).strip()
    masked = re.sub(r"(?<![\w•])\d{5,}(?=\d\d)", "•••", addresses.mask_in(begin[:200]))
    return f"'{masked[:_SHOWN]}{'…' * (len(masked) > _SHOWN)}'"


def each(
    column: pa.Array, say: Callable[[str], object], kind: pa.DataType, doubts: Reasons | None = None, reason: str = ""
) -> pa.Array:
    """Read each distinct value of a column once; rows with a value that `say` cannot read are counted under a reason."""
    coded = pc.dictionary_encode(column)
    words = coded.dictionary.to_pylist()
    said = [None if word is None else say(word) for word in words]
    wrong = [place for place, one in enumerate(said) if one is None and words[place] is not None]
    if doubts is not None and wrong:
        counts = np.bincount(pc.fill_null(coded.indices, len(words)).to_numpy(), minlength=len(words) + 1)
        for place in wrong:
            doubts.add(reason, shown(words[place]), int(counts[place]))
    return pa.array(said, kind).take(coded.indices)


# Words


_STATUSES: dict[str, str] = {word.replace("_", ""): word for word in ORDER} | _WORDS["statuses"]
_DIRECTIONS: dict[str, str] = {name: word for word, names in _WORDS["directions"].items() for name in names}


def status_word(text: str) -> str | None:
    """Return Twilio's word for a status; None for one that Twilio does not have."""
    return _STATUSES.get(_bare(text))


def direction_word(text: str) -> str | None:
    """Return Twilio's word for a direction."""
    return _DIRECTIONS.get(_bare(text))


def _bare(text: str) -> str:
    """Return a word's letters, also of an enumeration such as Message.Status.DELIVERED."""
    return re.sub(r"[^a-z]", "", text.rsplit(".", 1)[-1].lower())


# Numbers


def whole_number(text: str) -> int | None:
    """Read a count such as 1, 1.0 or "2 segments"."""
    found = re.fullmatch(r"(\d{1,6})(?:[.,]0+)?(?:\s+[a-z]+)?", text, re.IGNORECASE)
    return int(found[1]) if found else None


def error_code(text: str) -> int | None:
    """Read an error code such as 30003, 30003.0, 30,003 or "30003 - Unreachable"; 0 for none."""
    if re.fullmatch(r"0+([.,]0+)?|no error|success|ok", text, re.IGNORECASE):
        return 0
    found = re.search(r"(?<!\d)([1-9]\d)[,. ]?(\d{3})(?!\d)", text)
    return int(found[1] + found[2]) if found else None


_CURRENCIES: dict[str, str] = _WORDS["currencies"]
_PRICE = re.compile(
    r"(\(?)([-\u2212+]?)([^\d.,()+\u2212-]*)([-\u2212]?)((?:\d[\d.,'\u2019 ]*|[.,]\d+)(?:e[-+]?\d+)?)([-\u2212]?)\s*([^\d()-]*)(\)?)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Price:
    """An amount in hundred-thousandths, and its currency if the text names it."""

    e5: int
    unit: str = ""


def currency(text: str) -> str | None:
    """Return the currency that a symbol or three letters mean."""
    unit = _CURRENCIES.get(text.strip().upper(), text.strip().upper())
    return unit if re.fullmatch("[A-Z]{3}", unit) else None


@lru_cache(maxsize=1 << 14)
def price(text: str) -> Price | None:
    """Read an amount such as -0.0079, -0,0079, $0.0079, (0.0079) or 0.0079 USD."""
    found = _PRICE.fullmatch(text.replace("\u00a0", " ").replace("\u202f", " ").strip())
    if not found:
        return None
    opened, before, sign, inner, number, after, behind, closed = found.groups()
    symbol = sign.strip() or behind.strip()
    unit = currency(symbol) if symbol else ""
    if unit is None:
        return None
    number = re.sub(r"['\u2019 ]", "", number)
    comma, point = number.rfind(","), number.rfind(".")
    if comma > point:
        if number.count(",") > 1 or (point < 0 and re.fullmatch(r"[1-9]\d{0,2},\d{3}", number)):
            return None  # 1,234 may be either
        number = number.replace(".", "").replace(",", ".")
    else:
        number = number.replace(",", "")
    try:
        amount = int(Decimal(number).scaleb(5).to_integral_value())
    except (DecimalException, OverflowError, ValueError):
        return None
    minus = bool(opened and closed) or any(one in ("-", "\u2212") for one in (before, inner, after))
    return Price(-amount if minus else amount, unit)


# Addresses


_SCIENTIFIC = re.compile(r"\d[.,]?(\d*)e\+?(\d+)", re.IGNORECASE)
_NATIONAL = 10  # digits of a number of the US or Canada without its 1; other countries' whole ones may have as many


def rounded(text: str) -> bool:
    """Whether a spreadsheet has rounded a number: 1.41556E+10 can be any of thousands."""
    found = _SCIENTIFIC.fullmatch(text)
    return bool(found and len(found[1]) < int(found[2])) or bool(re.fullmatch(r"#+", text))


def address(text: str, whole: Container[str] = ()) -> str:
    """Return a number as Twilio writes it if that is certain, otherwise the text.

    Twilio writes numbers in E.164, so digits alone have lost their +, or ten digits their +1.

    Args:
        text: As it is written.
        whole: Numbers with a + that occur in the same file; they make others certain. If "+1" itself is among them, the
            file has numbers of the US or Canada.

    Source: Messages resource, from and to, read 2026-11-23; numbering plans: libphonenumber.
    """
    channel, colon, rest = text.rpartition(":")
    if colon and channel.lower() in ("tel", "sms"):
        return address(rest, whole)
    if colon:
        known = addresses.read(f"{channel}:{address(rest, whole)}")
        return known.text if known else text
    text = _without_exponent(text).replace("\uff0b", "+")
    if text.startswith("+"):
        known = addresses.read(text)
        return known.text if known else text
    digits = re.sub(r"[\s().\-/\u00a0\u2010-\u2015]", "", text)
    if not re.fullmatch(r"[0-9]{9,}", digits):
        return text
    return _with_plus(digits, whole, formatted=digits != text) or text


def _without_exponent(text: str) -> str:
    """Return a number that was read as a fraction, such as 14155550100.0 or 1.4155550100E+10, as its digits."""
    exact = _SCIENTIFIC.fullmatch(text)
    if exact and len(exact[1]) == int(exact[2]):
        return str(int(Decimal(text.replace(",", "."))))
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+", text):
        return text.replace(",", "")
    return re.sub(r"^([0-9]+)[.,]0+$", r"\1", text)


def _with_plus(digits: str, whole: Container[str], *, formatted: bool) -> str | None:
    """Return the number that nine digits or more are, None where they may be several."""
    for abroad in ("00", "011"):
        if digits.startswith(abroad) and (known := addresses.read("+" + digits.removeprefix(abroad))):
            return known.text
    for plus in ("+", "+1"):
        if plus + digits in whole:
            return plus + digits
    national, is_valid = len(digits) == _NATIONAL, addresses.is_valid
    is_sure = formatted or ("+1" in whole and is_valid("+1" + digits) and not is_valid("+" + digits))
    if national and not is_sure:
        return None
    known = addresses.read(("+1" if national else "+") + digits)
    return known.text if known else None


# Dates


_MONTHS = {name: place for place, name in enumerate(re.findall("...", "janfebmaraprmayjunjulaugsepoctnovdec"), 1)}
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_CLOCK = r"(?P<H>\d{1,2})[:.](?P<M>\d{2})(?:[:.](?P<S>\d{2})(?:[.,:](?P<f>\d{1,9}))?)?\s*(?P<p>[ap]\.?\s?m\b\.?)?"
_DAYS = (
    r"(?P<y>\d{4})[-/.\u5e74]\s?(?P<m>\d{1,2})[-/.\u6708]\s?(?P<d>\d{1,2})[.\u65e5]?",
    r"(?P<y>\d{4})[-/. ](?P<mon>[a-z]{3,9})[-/. ](?P<d>\d{1,2})",
    r"(?P<d>\d{1,2})(?:st|nd|rd|th)?[-\s./]+(?P<mon>[a-z]{3,9})\.?[-\s,./]+(?P<y>\d{4}|\d{2})",
    r"(?P<mon>[a-z]{3,9})\.?[-\s]+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?[-\s]+(?P<y>\d{4})",
    r"(?P<a>\d{1,2})(?P<by>[-/.])\s?(?P<b>\d{1,2})[-/.]\s?(?P<y>\d{4}|\d{2})",
)
_FORMS = [
    re.compile(form, re.IGNORECASE)
    for day in _DAYS
    for form in (
        rf"{_WEEKDAY}{day}(?:(?:[\sT,]|\bat\b|-)+{_CLOCK})?\s*(?P<zone>.*)",
        rf"{_CLOCK}\s*(?P<zone>\S*?)[\s,]+(?:on\s+)?{_WEEKDAY}{day}",
    )
] + [
    re.compile(
        rf"{_WEEKDAY}(?P<mon>[a-z]{{3}})\s+(?P<d>\d{{1,2}})\s+{_CLOCK}\s*(?P<zone>\S*?)\s+(?P<y>\d{{4}})", re.IGNORECASE
    ),
    re.compile(
        r"(?P<y>20\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:T?(?P<H>\d{2})(?P<M>\d{2})(?P<S>\d{2})?(?:\.(?P<f>\d{1,9}))?)?\s*(?P<zone>[A-Z+-].*)?"
    ),
]
_EPOCHS = {10: 1_000_000, 13: 1_000, 16: 1, 19: 0.001}
"""Microseconds in one, by how many digits a count since 1970 has."""
_ZONES: dict[str, int] = _WORDS["zones"]
_AMERICAN: dict[str, str] = _WORDS["american_zones"]
_OFFSET = re.compile(
    r"(?:UTC|GMT|Z)?\s*(?:([-+\u2212])(\d{1,2}):?(\d{2})?)?(?::\d{2})?(?:\s*[\[(].*[\])]|\s+[A-Z]{3,5})?", re.IGNORECASE
)
_EITHER = r"^\s*(?:[A-Za-z]{3,9},?\s+)?(?P<a>\d{1,2})(?P<by>[-/.])\s?(?P<b>\d{1,2})[-/.]\s?(?:\d{4}|\d{2})(?:\D|$)"
_TWILIOS = r"^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$"
_BARE_ISO = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?$"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime(2008, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Twilio was founded in 2008; so an earlier date, or one in the next century, was misread."""
_MONTHS_IN_YEAR = 12


@dataclass
class Dates:
    """Reads dates of one file; counts times without a zone (`bare`) and days without a time of day (`hourless`)."""

    order: Order | None = None
    zone: tzinfo | None = None
    bare: int = 0
    hourless: int = 0
    _days: dict[Order, str] = field(default_factory=dict)
    _open: str | None = None

    def look(self, column: pa.Array) -> None:
        """Find the order of day and month in a column: a number over twelve decides."""
        if self.order:
            return
        found = pc.drop_null(pc.extract_regex(column, _EITHER))
        if not len(found):
            return
        a, b = (pc.struct_field(found, name).cast(pa.int32()) for name in ("a", "b"))
        dotted = pc.equal(pc.struct_field(found, "by"), ".")
        example = pc.drop_null(pc.if_else(pc.match_substring_regex(column, _EITHER), column, None))
        day_first = pc.or_(pc.greater(a, _MONTHS_IN_YEAR), dotted)
        month_first = pc.greater(b, _MONTHS_IN_YEAR)
        for order, sure in (("day first", day_first), ("month first", month_first)):
            if order not in self._days and (place := pc.index(sure, True).as_py()) >= 0:
                self._days[order] = example[place].as_py()  # type: ignore[index] # both are orders
        self._open = self._open or example[0].as_py()

    def decide(self) -> str | None:
        """Decide the order once all columns are known; if that is impossible, return the question to ask."""
        if self.order or not self._open:
            return None
        if len(self._days) > 1:
            both = " and ".join(f"'{text}'" for text in self._days.values())
            return f"its dates are written in two ways ({both}); write them in one, such as 2024-03-31"
        if not self._days:
            return (
                f"its dates, such as '{self._open}', may have the month first or the day first; "
                'say which: dates="month first" or dates="day first" (--dates on the command line)'
                + ("" if self.zone else ', and zone="America/New_York" or another zone if they are not in UTC')
            )
        self.order = next(iter(self._days))
        return None

    def read(self, column: pa.Array, hint: tzinfo | None = None) -> pa.Array:
        """Read a column of texts into naive UTC; `hint` is the zone in the column's name."""
        kind = pa.timestamp("us")
        if column.null_count == len(column):
            return pa.nulls(len(column), kind)
        with suppress(pa.ArrowInvalid):
            return column.cast(pa.timestamp("us", "UTC")).cast(kind)
        if pc.all(pc.match_substring_regex(column, _TWILIOS)).as_py():
            with suppress(ValueError, TypeError):
                return rfc2822(column.to_pylist())
        if pc.all(pc.match_substring_regex(column, _BARE_ISO)).as_py() and (hint or self.zone) in (None, UTC):
            with suppress(pa.ArrowInvalid):
                times = column.cast(kind)
                self.bare += 0 if hint else len(column) - column.null_count
                return times
        marks: dict[str, tuple[bool, bool]] = {}

        def say(text: str) -> int | None:
            found = self._time(text, hint)
            if found is None:
                return None
            time, *marks[text] = found  # type: ignore[assignment]
            return (time - _EPOCH) // timedelta(microseconds=1)

        times = each(column, say, pa.int64())
        counts = {one["values"]: one["counts"] for one in pc.value_counts(column).to_pylist()}
        self.bare += sum(counts[text] for text, (bare, _) in marks.items() if bare)
        self.hourless += sum(counts[text] for text, (_, hourless) in marks.items() if hourless)
        return times.cast(kind)

    def _time(self, text: str, hint: tzinfo | None) -> tuple[datetime, bool, bool] | None:
        """Return a time, whether it has no zone, and whether it has no time of day."""
        for written, hourless in chain(_number_dates(text), self._written(text)):
            with suppress(OverflowError):
                time = written.replace(tzinfo=written.tzinfo or hint or self.zone or UTC).astimezone(UTC)
                if _FIRST <= time < _LAST:
                    return time, written.tzinfo is None and hint is None, hourless
        return None

    def _written(self, text: str) -> Iterator[tuple[datetime, bool]]:
        """Yield the times a text can mean, without a zone if it has none, and whether it has no time of day."""
        for form in _FORMS:
            if not (found := form.fullmatch(text)):
                continue
            part = found.groupdict()
            named = part["zone"] or ""
            zone = zone_named(named)
            if named and zone is None and not (self.zone and re.fullmatch(r"[\[(]?[A-Za-z]{2,5}[\])]?", named)):
                continue  # it is not a zone, or one that means several
            if "a" in part:
                day, month = (part["a"], part["b"]) if self.order == "day first" else (part["b"], part["a"])
            else:
                day, month = part["d"], part.get("m") or str(_MONTHS.get((part.get("mon") or "")[:3].lower(), 0))
            hour = int(part.get("H") or 0)
            if part.get("p"):
                hour = hour % 12 + 12 * (part["p"][0].lower() == "p")
            year = int(part["y"]) + (2000 if len(part["y"]) == 2 else 0)  # noqa: PLR2004 - digits
            with suppress(ValueError):
                minute, second = (int(part.get(name) or 0) for name in "MS")
                fraction = int((part.get("f") or "").ljust(6, "0")[:6])
                time = datetime(year, int(month), int(day), hour, minute, second, fraction, zone)
                yield time, not part.get("H")


def _number_dates(text: str) -> Iterator[tuple[datetime, bool]]:
    """Read a count of seconds or finer since 1970 (UTC), or a spreadsheet's of days (without a zone)."""
    if found := re.fullmatch(r"(\d{10}|\d{13}|\d{16}|\d{19})(\.\d+)?", text):
        yield _EPOCH + timedelta(microseconds=float(text) * _EPOCHS[len(found[1])]), False
    elif re.fullmatch(r"\d{5}(\.\d+)?", text):
        yield datetime(1899, 12, 30) + timedelta(seconds=round(float(text) * 86_400)), False  # noqa: DTZ001 - as above


@lru_cache(maxsize=1024)
def zone_named(text: str) -> tzinfo | None:
    """Return the zone that a text names, such as PST, +02:00 or America/New_York; None for nothing or several."""
    text = text.strip()
    if text and (found := _OFFSET.fullmatch(text)) and (found[1] or text[0] not in "[("):
        sign, hours, minutes = found.groups()
        ahead = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
        try:
            return timezone(-ahead if sign in ("-", "\u2212") else ahead)
        except ValueError:
            return None
    name = text.strip("[]() ")
    if name.upper() in _ZONES:
        return timezone(timedelta(hours=_ZONES[name.upper()]))
    if american := re.match(r"(eastern|central|mountain|pacific)\b.*\btime\b", name, re.IGNORECASE):
        name = _AMERICAN[american[1].lower()]
    if "/" in name:
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            return None
    return UTC if name.upper() in ("UTC", "GMT", "Z", "ZULU") else None
