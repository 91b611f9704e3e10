"""Reads pages of Messages.json into Arrow columns, without objects of the SDK.

Source: Messages resource; Twilio API responses (a 2010 page is flat, its dates are RFC 2822, its numbers are strings;
read 2026-11-23).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from decimal import ROUND_HALF_EVEN, Decimal, DecimalException
from email.utils import parsedate_to_datetime
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

_TEXT, _WHOLE, _WHEN = pa.string(), pa.int32(), pa.timestamp("us")
ONE_AT_A_TIME = threading.Lock()
"""A lock held while a page is converted: threads that use Arrow at the same time slow each other down."""
_DATES = ("date_created", "date_sent", "date_updated")
_KINDS: dict[str, pa.DataType] = {
    "sid": _TEXT,
    **dict.fromkeys(_DATES, _WHEN),
    **dict.fromkeys(("direction", "status"), _TEXT),
    "error_code": _WHOLE,
    "messaging_service_sid": _TEXT,
    **dict.fromkeys(("num_segments", "num_media"), _WHOLE),
    "price_e5": pa.int64(),
    **dict.fromkeys(("price_unit", "from", "to", "body"), _TEXT),
}
ARRIVED = pa.schema(_KINDS)
"""The columns of a message as Twilio sends it, with our types; `derive` turns them into the stored columns."""
_EMPTY_IS_NONE = ("error_code", "messaging_service_sid", "from", "to")
_FIELDS = {name: {"price_e5": "price", "from": "from_"}.get(name, name) for name in _KINDS}

# A half of a character outside the BMP, as a cut emoji leaves it; JSON may hold it and UTF-8 may not.
_HALF = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)

_Message = msgspec.defstruct(
    "_Message",
    [
        (field, str) if name in ("sid", "date_created") else (field, (int if kind == _WHOLE else str) | None, None)
        for (name, kind), field in zip(_KINDS.items(), _FIELDS.values(), strict=True)
    ],
    rename={"from_": "from"},
    gc=False,
)


class _MessagePage(msgspec.Struct):
    messages: list[_Message]  # type: ignore[valid-type] # it is made of the table above
    next_page_uri: str | None = None


_DECODER = msgspec.json.Decoder(_MessagePage, strict=False)  # so that "1" is read as a number


@dataclass(frozen=True)
class ApiPage:
    """One page of the list: its messages in `ARRIVED`, and where the next page is."""

    table: pa.Table
    next_uri: str | None


def read_page(text: str | bytes) -> ApiPage:
    """Read the answer of ``GET Messages.json``.

    Raises:
        ValueError: It is not a page of messages, or it is cut off.
    """
    try:
        page = _DECODER.decode(text)
    except msgspec.DecodeError:
        whole = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        page = _DECODER.decode(_HALF.sub(r"\\ufffd", whole))
    n, columns = len(page.messages), list[pa.Array]()
    values = {name: list(map(attrgetter(field), page.messages)) for name, field in _FIELDS.items()}
    moments = rfc2822([*chain.from_iterable(values[name] for name in _DATES)])
    for name, kind in _KINDS.items():
        if name in _DATES:
            columns.append(moments[n * _DATES.index(name) :][:n])
        elif name == "price_e5":
            columns.append(pa.array(map(_price_e5, values[name]), kind))
        else:
            known = [value or None for value in values[name]] if name in _EMPTY_IS_NONE else values[name]
            columns.append(pa.array(known, kind))
    return ApiPage(pa.Table.from_arrays(columns, schema=ARRIVED), page.next_page_uri)


def price_e5(price: str | None) -> int | None:
    """Return what a message cost, in hundred-thousandths of its currency, half to even: Twilio's -0.00750 is 750 here.

    Raises:
        ValueError: It is not a decimal number.
    """
    if price is None or price == "":
        return None
    try:
        return int((-Decimal(price)).scaleb(5).to_integral_value(ROUND_HALF_EVEN))
    except (DecimalException, OverflowError, ValueError):
        raise ValueError(f"{price[:40]!r} is not a price") from None


_price_e5 = lru_cache(1 << 14)(price_e5)  # there are few different ones

_PATTERN = np.frombuffer(b"..., .. ... .... ..:..:.. +0000", np.uint8)
_FIXED = np.flatnonzero(ord(".") != _PATTERN)
_DIGITS = np.array([5, 6, 12, 13, 14, 15, 17, 18, 20, 21, 23, 24])
_WORTH = np.zeros((12, 5), np.float32)  # whole numbers up to 9999, which it holds exactly
_WORTH[np.arange(12), [0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4]] = [10, 1, 1000, 100, *(10, 1) * 4]
_NAMES = np.frombuffer(b"JanFebMarAprMayJunJulAugSepOctNovDec", np.uint8).reshape(12, 3)
_WEEKDAYS = np.frombuffer(b"MonTueWedThuFriSatSun", np.uint8).reshape(7, 3)
_MONTH_OF = np.zeros(512, np.int64)  # the sums of their second and third letters are all different
_MONTH_OF[_NAMES[:, 1].astype(int) + _NAMES[:, 2]] = np.arange(12)
_LENGTH = len(_PATTERN)
_NOTHING = "Sat, 01 Jan 0000 00:00:00 +0000"  # stands for no date: nothing was sent in that year
_NEVER = int(np.datetime64("0000-01-01", "us").astype(np.int64))


def rfc2822(dates: Sequence[str | None]) -> pa.Array:
    """Read RFC 2822 dates into naive UTC, in one step if all have the 31 characters that Twilio writes.

    Raises:
        ValueError: One is not a date.
    """
    text = "".join([date or _NOTHING for date in dates]).encode()
    moments = _twilio_dates(text, len(dates))
    if moments is None:
        moments = np.array([_any_date(date) for date in dates], np.int64)
    return pa.array(moments.view("M8[us]"), _WHEN, mask=moments == _NEVER)


def _twilio_dates(text: bytes, n: int) -> npt.NDArray[Any] | None:
    """Return microseconds since 1970, None unless every date is written exactly as Twilio writes them."""
    if len(text) != n * _LENGTH:
        return None
    row = np.frombuffer(text, np.uint8).reshape(n, _LENGTH)
    digit = row[:, _DIGITS] - np.uint8(ord("0"))  # what is smaller goes round and becomes large
    month = _MONTH_OF[row[:, 9].astype(np.intp) + row[:, 10]]
    if (digit > 9).any() or (row[:, _FIXED] != _PATTERN[_FIXED]).any() or (row[:, 8:11] != _NAMES[month]).any():  # noqa: PLR2004 - the digits
        return None
    day, year, hour, minute, second = (digit.astype(np.float32) @ _WORTH).astype(np.int64).T
    first = (year - 1970) * 12 + month
    begin = first.view("M8[M]").astype("M8[D]").view(np.int64)
    end = (first + 1).view("M8[M]").astype("M8[D]").view(np.int64)
    days = begin + day - 1
    if (
        (day < 1).any()
        or (days >= end).any()
        or (hour > 23).any()  # noqa: PLR2004 - the last hour of a day
        or (minute > 59).any()  # noqa: PLR2004 - the last minute of an hour
        or (second > 59).any()  # noqa: PLR2004 - the last second of a minute
        or (row[:, :3] != _WEEKDAYS[(days + 3) % 7]).any()  # 1970 began on a Thursday
    ):
        return None
    moments: npt.NDArray[Any] = ((days * 24 + hour) * 60 + minute) * 60 + second
    return moments * 1_000_000


def _any_date(date: str | None) -> int:
    """Return microseconds since 1970 of a date in any form that RFC 2822 has."""
    if not date:
        return _NEVER
    moment = parsedate_to_datetime(date)
    if moment.tzinfo is None:  # "-0000": no zone is told, and Twilio's is always UTC
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000
