"""Made-up logs of any size, written as a kept log: a file a day. Fast, and the same for the same seed."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.logs.storage.compaction import META, figures_of
from msvc_toolkit.logs.storage.partitions import base_path, write_rows
from msvc_toolkit.logs.storage.store import Store

FIRST = date(2026, 1, 1)
SENDERS, SERVICES, PEOPLE = 500, 12, 2_000_000
CODES = (30003, 30005, 30006, 30007, 30008, 21610, 30023)
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
_KINDS = ("local", "local", "local", "toll-free", "short code")
_BY_HOUR = np.array([20, 12, 6, 3, 2, 1, 1, 1, 2, 3, 5, 8, 14, 24, 40, 60, 66, 64, 62, 62, 60, 54, 44, 32], float)

Numbers = npt.NDArray[Any]


@contextmanager
def log_of(rows: int, days: int) -> Iterator[Path]:
    """Make a log; it is kept for the next run in MSVC_LOGS where that names a folder."""
    kept = os.environ.get("MSVC_LOGS")
    with nullcontext(kept) if kept else tempfile.TemporaryDirectory() as place:
        folder = Path(place, f"{rows}-{days}")
        build(folder, rows, days)
        yield folder


def build(folder: Path, rows: int, days: int) -> Store:
    """Write a log of so many messages on so many days, unless it is there."""
    done = folder / f"built-{rows}-{days}"
    if not done.exists():
        for place in range(days):
            day = FIRST + timedelta(days=place)
            part = a_day(day, rows * (place + 1) // days - rows * place // days)
            part = part.replace_schema_metadata({META: json.dumps(asdict(figures_of(part)))})
            write_rows(base_path(folder, day, place + 1), part)
        done.touch()
    return Store(folder)


def read(folder: Path, columns: list[str]) -> pa.Table:
    """Read columns of all days."""
    return pa.concat_tables(
        pq.read_table(path, columns=columns, partitioning=None) for path in sorted(folder.glob("day=*/*.parquet"))
    )


def a_day(day: date, n: int) -> pa.Table:
    """Make the messages of a day, sorted as a kept log is."""
    draw = np.random.default_rng(day.toordinal())
    sender = _zipf(draw, SENDERS, n)
    seconds = draw.choice(24, n, p=_BY_HOUR / _BY_HOUR.sum()) * 3600 + draw.integers(0, 3600, n)
    seconds, sender = (column[np.lexsort((seconds, sender))] for column in (seconds, sender))
    inbound = draw.random(n) < 0.08
    reply = ~inbound & (draw.random(n) < 0.02)
    fails = ~inbound & (draw.random(n) < 0.03 + 0.0001 * (sender % 50))
    code = np.where(fails, np.array(CODES)[_zipf(draw, len(CODES), n)], 0)
    status = np.select([inbound, fails & (code == 21610), fails, draw.random(n) < 0.004], [3, 2, 1, 4], 0)
    person = (draw.random(n) ** 3 * PEOPLE).astype(np.int64)
    segments = 1 + (draw.random(n) < 0.2) + (draw.random(n) < 0.05)
    ucs2 = draw.random(n) < 0.04
    waited, ended = np.minimum(draw.exponential(2, n), 600).astype(np.int64), draw.lognormal(2, 1.6, n).astype(np.int64)
    stop, start = inbound & (draw.random(n) < 0.05), inbound & (draw.random(n) < 0.01)
    country = np.where(person % 20 < 17, 0, np.where(person % 20 < 19, 1, 2))
    begin = np.datetime64(datetime.combine(day, datetime.min.time(), UTC).replace(tzinfo=None), "us")
    created = begin + seconds.astype("m8[s]")
    kinds = [_KINDS[one % len(_KINDS)] for one in range(SENDERS)]
    columns = {
        "sid": _text(np.concatenate([np.full((n, 2), [83, 77], np.uint8), _hex(draw, n)], axis=1)),
        "date_created": created,
        "date_sent": pa.array(created + waited.astype("m8[s]"), mask=status == 2),
        "date_updated": created + (waited + ended).astype("m8[s]"),
        "direction": _word(np.select([inbound, reply], [0, 1], 2), ["inbound", "outbound-reply", "outbound-api"]),
        "status": _word(status, ["delivered", "undelivered", "failed", "received", "sent"]),
        "error_code": pa.array(code.astype(np.int32), mask=code == 0),
        "messaging_service_sid": _word(sender % (SERVICES + 1), [*(f"MG{one:032x}" for one in range(SERVICES)), None]),
        "num_segments": segments.astype(np.int32),
        "num_media": np.zeros(n, np.int32),
        "price_e5": pa.array(np.where(inbound, 0, segments * 750), mask=status == 2),
        "price_unit": _word(np.where(country == 2, 1, 0), ["USD", "GBP"]),
        "number": _word(
            sender, [f"+1415555{one:04}" if kinds[one] != "short code" else f"{10_000 + one}" for one in range(SENDERS)]
        ),
        "peer": _text(_digits(person, country)),
        "kind": _word(sender, kinds),
        "country": _word(country, ["US", "CA", "GB"]),
        "area_code": _word(np.where(country == 2, 300, person % 300), [*(str(200 + one) for one in range(300)), None]),
        "hour": created.astype("M8[h]").astype("M8[us]"),
        "quarter": begin + (seconds // 900 * 900).astype("m8[s]"),
        "sent_seconds": pa.array(waited, mask=status == 2),
        "final_seconds": pa.array(ended, mask=inbound | (status == 4) | (status == 2)),
        "keyword": _word(np.select([stop, start], [0, 1], 2), ["stop", "start", None]),
        "encoding": _word(ucs2.astype(int), ["GSM-7", "UCS-2"]),
        "odd": _word(np.where(ucs2 & ~inbound, person % 3, 3), ["ç", "ğ", "ё", None]),
        "template": _word(sender % 40, [f"{one:08x}" for one in range(40)]),
        "body": pa.nulls(n, pa.string()),
    }
    return pa.table(columns, schema=SCHEMA)


def _zipf(draw: np.random.Generator, size: int, n: int) -> Numbers:
    weight = 1 / np.arange(1, size + 1) ** 1.05
    return np.searchsorted(np.cumsum(weight) / weight.sum(), draw.random(n)).clip(max=size - 1)


def _word(codes: Numbers, words: list[Any]) -> pa.Array:
    return pa.array(words, pa.string()).take(pa.array(codes.astype(np.int32)))


def _hex(draw: np.random.Generator, n: int) -> Numbers:
    raw = np.frombuffer(draw.bytes(16 * n), np.uint8).reshape(n, 16)
    return np.stack([_HEX[raw >> 4], _HEX[raw & 15]], axis=2).reshape(n, 32)


def _digits(person: Numbers, country: Numbers) -> Numbers:
    """Twelve characters: a plus, a calling code, and digits that tell people apart."""
    digits = np.full((len(person), 12), ord("0"), np.uint8)
    digits[:, 0], digits[:, 1] = ord("+"), np.where(country == 2, ord("4"), ord("1"))
    rest = person.copy()
    for place in range(11, 4, -1):
        digits[:, place] = ord("0") + rest % 10
        rest //= 10
    digits[:, 2:5] = np.where(
        country[:, None] == 2,
        [ord("4"), ord("7"), ord("7")],
        ord("0") + np.stack([2 + person % 300 // 100, person % 100 // 10, person % 10], axis=1),
    )
    return digits


def _text(letters: Numbers) -> pa.Array:
    n, width = letters.shape
    offsets = np.arange(0, (n + 1) * width, width, dtype=np.int32)
    return pa.StringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(letters)))
