"""A message as it is kept: one row, written once with its plan."""

from __future__ import annotations

from operator import itemgetter

from msvc_toolkit.sandbox.storage.store import Row, Store

_COLUMNS = (
    "seq", "sid", "account_sid", "service_sid", "sender_sid", "from_", "explicit", "to_", "body", "direction",
    "num_segments", "num_media", "price", "outcome", "error_code", "options", "decision", "date_created", "queued",
    "sending", "sent", "ended", "priced", "touched", "due",
)  # fmt: skip
_INSERT = f"INSERT INTO message ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
DUE = ("due",)
"""Under this the store recalls when the first scheduled message is due."""
_values = itemgetter(*_COLUMNS)
_BLANK: Row = dict.fromkeys(_COLUMNS)


def keep(store: Store, row: Row) -> None:
    """Write a message and its plan, once."""
    if row["due"] is not None:
        store.forget(DUE)
    store.later(_INSERT, *_values(row))


def blank(store: Store, prefix: str) -> Row:
    """Return a message without content: its number, its SID, and no plan."""
    number = store.next_number("SM")
    return {**_BLANK, "seq": number, "sid": prefix + store.digest(f"SM:{number}"), "explicit": 0}
