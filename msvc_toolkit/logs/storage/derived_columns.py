"""Derives columns from a message on arrival: the two sides, the hour, how long it took, and what its body shows.

Everything is done for a whole page at once, and expensive work only once for each distinct number and body.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.rules import addresses
from msvc_toolkit.rules.keywords import LONG_CODE
from msvc_toolkit.rules.segments import odd_character
from msvc_toolkit.rules.statuses import FINAL

_HOUR, _QUARTER, _SECOND = 3_600_000_000, 900_000_000, 1_000_000
_KEYWORDS = {word: asked.lower() for asked, words in LONG_CODE.items() for word in words}
_LONG = 4 * max(map(len, _KEYWORDS))  # a keyword may have spaces around it
_NANP_LENGTH, _PLACE = len("+14155550123"), len("+1415")


def derive(arrived: pa.Table, *, bodies: bool = False) -> pa.Table:
    """Turn messages with the columns of `pages.ARRIVED` into rows of `schema.SCHEMA`."""
    inbound = pc.equal(_one(arrived["direction"]), "inbound")
    ours = pc.if_else(inbound, arrived["to"], arrived["from"])
    theirs = pc.if_else(inbound, arrived["from"], arrived["to"])
    created, sent, updated = (arrived[f"date_{name}"] for name in ("created", "sent", "updated"))
    final = pc.is_in(arrived["status"], pa.array([*FINAL]))
    worked_out = {
        "number": ours,
        "peer": theirs,
        "kind": _of_each(ours, lambda text: getattr(addresses.read(text), "kind", None)),
        **_places(theirs),
        "hour": _cut(created, _HOUR),
        "quarter": _cut(created, _QUARTER),
        "sent_seconds": _seconds(created, sent),
        "final_seconds": pc.if_else(final, _seconds(sent, updated), None),
        **_of_bodies(_one(arrived["body"]), inbound),
    }
    if not bodies:
        worked_out["body"] = pa.nulls(len(arrived), pa.string())
    columns = [worked_out[name] if name in worked_out else arrived[name] for name in SCHEMA.names]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _of_each(column: pa.Array, say: Callable[[str], str | None]) -> pa.Array:
    """Say something of every text of a column, asking once for each distinct one."""
    coded = pc.dictionary_encode(_one(column))
    said = pa.array([say(text) for text in coded.dictionary.to_pylist()], pa.string())
    return said.take(coded.indices)


def _places(texts: pa.Array) -> dict[str, pa.Array]:
    """Say where each address is, asking once for each place of the numbering plan that occurs.

    With calling code 1 the area code names the place, where the next digit is one that numbers have there. The 5XX
    codes are asked number by number: they hold ranges for personal numbers. Source: libphonenumber's ranges for calling
    code 1, as installed 2026-11-23; a test compares.
    """
    whole = _one(texts)
    short = pc.match_substring_regex(whole, r"^\+1[2-46-9][0-9]{2}[2-9][0-9]{6}$")
    begin = pc.binary_slice(whole.cast(pa.binary()), 0, _PLACE).cast(pa.string())
    coded = pc.dictionary_encode(pc.if_else(short, begin, whole))
    places = [_place(text) for text in coded.dictionary.to_pylist()]
    return {
        name: pa.array([place[at] for place in places], pa.string()).take(coded.indices)
        for at, name in enumerate(("country", "area_code"))
    }


@lru_cache(maxsize=1 << 18)
def _place(key: str) -> tuple[str | None, str | None]:
    """Return country and area code of an address, or of all numbers that begin so."""
    short = len(key) == _PLACE and key.startswith("+1")
    address = addresses.read(key.ljust(_NANP_LENGTH, "5") if short else key)
    return (address.country, address.area_code) if address else (None, None)


def _cut(moments: pa.Array, step: int) -> pa.Array:
    count, missing = _numbers(moments)
    return pa.array(count // step * step, pa.int64(), mask=missing).cast(pa.timestamp("us"))


def _seconds(begin: pa.Array, end: pa.Array) -> pa.Array:
    (first, none_first), (last, none_last) = _numbers(begin), _numbers(end)
    return pa.array((last - first) // _SECOND, pa.int64(), mask=none_first | none_last)


def _numbers(moments: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    whole = _one(moments)
    count = pc.fill_null(whole.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    return count, pc.is_null(whole).to_numpy(zero_copy_only=False)


def _of_bodies(body: pa.Array, inbound: pa.Array) -> dict[str, pa.Array]:
    """Say what an analysis needs of the bodies; an empty one is taken as none, since a redacted body is empty."""
    body = pc.if_else(pc.equal(body, ""), None, body)
    coded = pc.dictionary_encode(body)
    texts, place = coded.dictionary, coded.indices
    odd = _odd(texts)
    encoding = pc.if_else(pc.is_null(odd), "GSM-7", "UCS-2")
    masked = pc.replace_substring_regex(texts, r"\d+", "#")
    template = _of_each(masked, lambda text: hashlib.blake2b(text.encode(), digest_size=4).hexdigest())
    short = pc.and_(inbound, pc.less(pc.utf8_length(body), _LONG))
    keyword = _of_each(pc.if_else(short, body, None), lambda text: _KEYWORDS.get(text.strip().upper()))
    return {
        "keyword": keyword,
        "encoding": encoding.take(place),
        "odd": odd.take(place),
        "template": template.take(place),
    }


def _odd(texts: pa.Array) -> pa.Array:
    """Return what forces UCS-2 on each text; of printable ASCII only the grave accent does."""
    printable = pc.and_(pc.string_is_ascii(texts), pc.ascii_is_printable(texts))
    plain = pc.and_(printable, pc.invert(pc.match_substring(texts, "`")))
    rest = pc.if_else(plain, "", texts).to_pylist()
    return pa.array([odd_character(text) if text else None for text in rest], pa.string())
