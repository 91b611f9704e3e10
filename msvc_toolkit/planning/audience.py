"""Read recipients: a list or column of numbers, a message log, or counts by country."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.log import Log
from msvc_toolkit.planning.model import Audience, Group
from msvc_toolkit.rules import addresses, numbering_plan

COLUMNS = ("to", "phone", "phone_number", "number", "mobile", "cell", "recipient", "peer")
"""Possible names of the column with the numbers; the first that is there is taken."""
_ALL_CHANNELS = ("", "whatsapp", "rcs")
_EACH = 1000
"""Up to this many numbers, each is looked up. In longer lists, one for all that share first digits and length."""
_NANP, _AREA, _DIGITS = 11, 4, 5
"""Digits of a North American number; and how many first digits decide country, area code and kind of line, of these and of
other numbers. Ours, for speed: a few countries share their first digits with a smaller neighbor."""
_LONGEST = 15
"""Most digits of a number. Source: ITU-T E.164."""
_E164 = r"^\+(?:1[2-9][0-9]{2}[2-9][0-9]{6}|[2-9][0-9]{6,14})$"
_AS_WRITTEN = (
    (r"^(?:tel|sms|whatsapp|rcs):", ""),
    (r"[\s().\-/\x{a0}\x{ad}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2010}-\x{2015}\x{2060}\x{feff}]+", ""),
    (r"^(?:00|011)([1-9][0-9]{6,14})$", r"+\1"),
    (r"^1?([2-9][0-9]{2}[2-9][0-9]{6})$", r"+1\1"),
)
"""Replacements that turn numbers as people write them into E.164: `addresses.as_written`, for columns."""


def read_audience(recipients: Any) -> Audience:
    """Count recipients by country, area code, channel and kind of line.

    Args:
        recipients: Numbers in a list, Series or DataFrame, written in any usual way; without a country code they count as US
            or Canadian. Or a `Log`: the recipients of its outgoing messages. Or counts by country, such as
            ``{"US": 40_000, "US 415": 300, "whatsapp:GB": 500}``.

    Raises:
        InvalidInput: It is none of these.
    """
    if isinstance(recipients, Audience):
        return recipients
    if isinstance(recipients, Log):
        found = recipients.add_up(["country", "area_code"], {"n": "sum(n)"}, "direction <> 'inbound'")
        rows = found[["country", "area_code", "n"]].to_numpy(object).tolist()
        return Audience(tuple(Group(country or "", n, code or "") for country, code, n in rows if n))
    if isinstance(recipients, Mapping):
        return Audience(tuple(_named(str(name), count) for name, count in recipients.items()))
    if isinstance(recipients, pd.DataFrame):
        recipients = _column(recipients)
    if isinstance(recipients, str):
        recipients = [recipients]
    if not isinstance(recipients, Iterable):
        sentence = f"Give phone numbers, a message log, or counts by country, not {type(recipients).__name__}."
        raise InvalidInput([Problem("audience", sentence)])
    return _of_numbers(_as_texts(recipients))


def _named(name: str, count: object) -> Group:
    """Read one count by country."""
    channel, _, where = name.rpartition(":")
    country, _, area_code = where.strip().upper().partition(" ")
    if isinstance(count, bool) or not isinstance(count, int | np.integer):
        sentence = f"The count of {name[:20]!r} must be a whole number, not {count!r:.20}."
        raise InvalidInput([Problem("audience", sentence)])
    return Group(country, int(count), area_code.strip(), channel.strip().lower())


def _column(table: pd.DataFrame) -> pd.Series:
    names = {str(name).strip().lower().replace(" ", "_"): name for name in table.columns}
    if len(names) == 1:
        return table.iloc[:, 0]
    if (found := next((names[name] for name in COLUMNS if name in names), None)) is not None:
        return table[found]
    sentence = f"Which column holds the numbers? Give that column, or name it {COLUMNS[0]} or {COLUMNS[1]}."
    raise InvalidInput([Problem("audience", sentence)])


def _as_texts(recipients: Iterable[Any]) -> pa.Array:
    try:
        if isinstance(recipients, list) and recipients and isinstance(recipients[0], str):
            return pc.fill_null(pa.array(recipients, pa.string()), "")  # with the type given it takes half the time
    except pa.ArrowTypeError:  # numbers among them
        pass
    try:
        found = pa.array(recipients if isinstance(recipients, list | pd.Series | np.ndarray) else list(recipients))
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # texts among numbers, and others
        found = pa.array([None if one is None else str(one) for one in recipients])
    if isinstance(found, pa.ChunkedArray):
        found = found.combine_chunks()
    if pa.types.is_floating(found.type):  # pandas makes these of numbers where one is missing
        found = found.cast(pa.int64(), safe=False)
    return pc.fill_null(found.cast(pa.string()), "")


def _of_numbers(texts: pa.Array) -> Audience:
    digits, channels, where = _digits(texts)
    numbers = digits.cast(pa.int64()).to_numpy()
    whole = numbers * len(_ALL_CHANNELS) + channels
    repeated = int((np.diff(np.sort(whole)) == 0).sum())
    if len(numbers) > _EACH:
        lengths = pc.binary_length(digits).to_numpy()
        american = (lengths == _NANP) & (numbers // 10 ** (_NANP - 1) == 1)
        first = numbers // 10 ** np.maximum(lengths - np.where(american, _AREA, _DIGITS), 0).astype(np.int64)
        whole = (first * (_LONGEST + 1) + lengths) * len(_ALL_CHANNELS) + channels
    part, different = pd.factorize(whole)
    one = np.zeros(len(different), np.int64)
    one[part[::-1]] = np.arange(len(part))[::-1]
    read = [_group(str(numbers[row]), _ALL_CHANNELS[channels[row]]) for row in one]
    counted: Counter[Group] = Counter()
    for group, size in zip(read, np.bincount(part, minlength=len(read)), strict=True):
        if group is not None:
            counted[group] += int(size)
    wrong = np.ones(len(texts), bool)
    wrong[where] = np.array([group is None for group in read], bool)[part]
    groups = tuple(replace(group, count=size) for group, size in counted.items())
    return Audience(groups, int(wrong.sum()), int(wrong.argmax()) + 1 if wrong.any() else 0, repeated)


def _digits(texts: pa.Array) -> tuple[pa.Array, np.ndarray, np.ndarray]:
    """Return the digits of those texts that are numbers, and the channel and place of each."""
    everywhere = np.arange(len(texts))
    if pc.all(pc.match_substring_regex(texts, _E164)).as_py():
        return pc.utf8_slice_codeunits(texts, 1), np.zeros(len(texts), np.int64), everywhere
    channels = np.zeros(len(texts), np.int64)
    texts = pc.utf8_lower(pc.utf8_trim_whitespace(texts))
    for number, channel in enumerate(_ALL_CHANNELS[1:], start=1):
        channels[pc.starts_with(texts, f"{channel}:").to_numpy(zero_copy_only=False)] = number
    for pattern, instead in _AS_WRITTEN:
        texts = pc.replace_substring_regex(texts, pattern, instead)
    where = np.flatnonzero(pc.match_substring_regex(texts, _E164).to_numpy(zero_copy_only=False))
    return pc.utf8_slice_codeunits(texts.take(pa.array(where)), 1), channels[where], where


@lru_cache(maxsize=1 << 14)
def _group(digits: str, channel: str) -> Group | None:
    """Return the group of a number, without a count; None when it cannot get messages."""
    if (problem := addresses.recipient_problem(f"+{digits}")) and problem.blocks:
        return None
    read = addresses.read(f"+{digits}")
    if read is None:
        return None
    american = read.country in addresses.US_CA
    line = not american and not channel and numbering_plan.number_type(read.text) == "FIXED_LINE"
    return Group(read.country or "", 0, "" if channel else read.area_code or "", channel, line)
