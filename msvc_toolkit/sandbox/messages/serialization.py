"""Writes messages as the API answers them, and as lines of an export file.

Pages of a thousand messages are read often, so each message goes from its columns to JSON in one step.

Source: Messages resource; recorded create answer; Day resource, messages export file format (read 2026-11-23).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from json.encoder import encode_basestring_ascii as quote
from operator import itemgetter
from typing import Any

from msvc_toolkit.rules import error_codes
from msvc_toolkit.sandbox.messages import lifecycle
from msvc_toolkit.sandbox.rest.responses import iso, rfc2822
from msvc_toolkit.sandbox.storage.store import Row

COLUMNS = tuple(
    "seq sid account_sid service_sid from_ explicit to_ body direction num_segments num_media price outcome "
    "error_code date_created queued sending sent ended priced touched due".split()
)
"""The columns that serialization reads."""


of: Callable[[Row], tuple[Any, ...]] = itemgetter(*COLUMNS)
"""Returns the columns of one message."""


def api(rows: Iterable[tuple[Any, ...]], now: int) -> list[str]:
    """Write messages as Twilio would answer them now, keys in the order of a recorded answer."""
    return [
        f'{begin}"api_version": "2010-04-01", "price": {price}, "price_unit": {_USD if named else "null"}, '
        f'"error_code": {error}, "error_message": {_meaning(error)}, '
        f'"uri": "/2010-04-01/Accounts/{account}/Messages/{sid}.json", '
        f'"subresource_uris": {{"media": "/2010-04-01/Accounts/{account}/Messages/{sid}/Media.json"}}}}'
        for begin, account, sid, named, price, error in _written(rows, now, rfc2822)
    ]


def export(rows: Iterable[tuple[Any, ...]], now: int) -> list[str]:
    """Write messages as lines of an export file, without price unit, version, error message and URLs; dates are ISO 8601."""
    return [
        f'{begin}"price": {price}, "error_code": {error}}}\n' for begin, *_, price, error in _written(rows, now, iso)
    ]


_USD = '"USD"'
_UNIT_OPEN = frozenset({"accepted", "scheduled", "canceled"})


def unit_known(service: object, direction: object, status: object) -> bool:
    """Whether a message has a currency: only after its service has picked a sender.

    Source: recorded bodies of 2015 to 2023: with From (USD at once), with a service (null) and of inbound texts (USD at
    once; read 2026-11-27). Our choice: USD comes with the sender, and a canceled message has no currency.
    """
    return not service or direction == "inbound" or status not in _UNIT_OPEN


def _written(
    rows: Iterable[tuple[Any, ...]], now: int, date: Callable[[int], str | None]
) -> Iterator[tuple[str, str, str, bool, str, int | str]]:
    """Yield, for each message, the JSON with which both forms begin, and the values of the other fields at a time."""
    for row in rows:
        sid, account, service, from_, explicit, to, body, direction, segments, media, price, outcome = row[1:13]
        error, created, queued, sending, sent, ended, priced, touched, due = row[13:]
        over = ended is not None and ended <= now
        shown = explicit or (queued is not None and queued <= now)
        status = (
            lifecycle.ended_in(outcome, ended, now)
            if over
            else lifecycle.reached(now, direction, due, queued, sending, sent)
        )
        seen = lifecycle.read_at(outcome, ended)
        updated = lifecycle.latest(now, created, queued, sending, sent, ended, priced, touched, seen)
        handed = created if direction == "inbound" else sent
        date_sent = f'"{date(handed)}"' if handed is not None and handed <= now else "null"
        by = quote(from_) if shown and from_ is not None else "null"
        through = f'"{service}"' if service else "null"
        begin = (
            f'{{"sid": "{sid}", "date_created": "{date(created)}", "date_updated": "{date(updated)}", '
            f'"date_sent": {date_sent}, "account_sid": "{account}", "to": {quote(to)}, "from": {by}, '
            f'"messaging_service_sid": {through}, "body": {quote(body)}, "status": "{status}", '
            f'"num_segments": "{segments if shown else 0}", "num_media": "{media}", "direction": "{direction}", '
        )
        cost = _amount(price) if price is not None and priced is not None and priced <= now else "null"
        named = unit_known(service, direction, status)
        yield begin, account, sid, named, cost, error if over and error is not None else "null"


@lru_cache(maxsize=4096)
def _amount(price: int) -> str:
    return f'"-{price / 100_000:.5f}"'


@lru_cache(maxsize=256)
def _meaning(code: int | str) -> str:
    known = None if code == "null" else error_codes.lookup(int(code))
    return quote(known.meaning) if known else "null"
