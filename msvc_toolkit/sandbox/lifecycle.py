"""The states of a message: which may follow which, and when the clock moves it on.

Source: Messages resource, status values; Track the message status of outbound messages (read 2026-11-23).
The durations are the sandbox's own, see settings.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable
from dataclasses import dataclass

from msvc_toolkit.sandbox import pool
from msvc_toolkit.sandbox.settings import Settings
from msvc_toolkit.sandbox.store import Row, Store

NEXT: dict[str, frozenset[str]] = {
    "scheduled": frozenset({"accepted", "queued", "canceled", "failed"}),
    "accepted": frozenset({"queued", "canceled", "failed"}),
    "queued": frozenset({"sending", "canceled", "failed"}),
    "sending": frozenset({"sent", "failed"}),
    "sent": frozenset({"delivered", "undelivered"}),
    "delivered": frozenset({"read"}),
    "read": frozenset(),
    "undelivered": frozenset(),
    "failed": frozenset(),
    "canceled": frozenset(),
    "receiving": frozenset({"received"}),
    "received": frozenset(),
    "partially_delivered": frozenset(),
}
"""Every status of Twilio's list and what may follow it; `partially_delivered` is deprecated and never reached."""

FINAL = frozenset({"delivered", "undelivered", "failed", "canceled", "read", "received"})
"""Nothing more happens on its own: such a message can be deleted and no longer be cancelled."""

BATCH = 500
NOT_IN_POOL = 21606
"""An explicit From that the service does not hold. Not documented; the code for a sender one may not use."""
NO_SERVICE = 21701

_MOVED = (
    "status", "due", "date_updated", "date_sent", "from_", "sender_sid", "num_segments", "error_code", "why",
)  # fmt: skip


@dataclass(frozen=True)
class Move:
    """What the clock does to a message whose time has come.

    Args:
        status: The state it enters.
        stay_ms: How long it stays there; None when it stays for good.
    """

    status: str
    stay_ms: Callable[[Settings], int] | None


MOVES: dict[str, Move] = {
    "accepted": Move("queued", lambda s: s.queued_ms),
    "queued": Move("sending", lambda s: s.sending_ms),
    "sending": Move("sent", lambda s: s.sent_ms),
    "sent": Move("delivered", None),
    "scheduled": Move("accepted", lambda s: s.accepted_ms),
    "receiving": Move("received", None),
}


def first_due(status: str, now: int, settings: Settings) -> int:
    """Return when a message that starts in this state moves on, in milliseconds."""
    stay = {
        "accepted": settings.accepted_ms,
        "queued": settings.queued_ms,
        "receiving": settings.receiving_ms,
    }
    return now + stay[status]


def anything_due(store: Store, now: int) -> bool:
    """Tell whether the clock has passed the moment of any message."""
    return store.one("SELECT 1 FROM message WHERE due <= ? LIMIT 1", now) is not None


def settle(store: Store, now: int, settings: Settings) -> None:
    """Move every message on whose moment has passed, in the order of those moments."""
    with store.writing():
        while rows := store.all("SELECT * FROM message WHERE due <= ? ORDER BY due, seq LIMIT ?", now, BATCH):
            # What a full batch leaves out comes later than its last row; up to there it is alone.
            _run(store, rows, settings, until=now if len(rows) < BATCH else rows[-1]["due"])


def _run(store: Store, rows: list[Row], settings: Settings, until: int) -> None:
    """Move messages in the order of their moments, so that one long step of the clock ends as many short ones do."""
    waiting = [(row["due"], row["seq"], row) for row in rows]
    heapq.heapify(waiting)
    while waiting and waiting[0][0] <= until:
        _, _, row = heapq.heappop(waiting)
        _move(store, row, settings)
        if row["due"] is not None:
            heapq.heappush(waiting, (row["due"], row["seq"], row))
    for row in rows:
        store.update("message", row["sid"], {name: row[name] for name in _MOVED})


def _move(store: Store, row: Row, settings: Settings) -> None:
    """Take one message to its next state."""
    move = MOVES[row["status"]]
    moment = row["due"]
    row["date_updated"] = moment
    row["status"] = move.status
    row["due"] = None if move.stay_ms is None else moment + move.stay_ms(settings)
    if move.status == "queued" and row["service_sid"]:
        if row["sender_sid"] is None:
            _choose_sender(store, row, settings)
        elif not pool.holds(store, row["service_sid"], row["from_"]):
            told = "It is not in the service's pool, so the service cannot send with it."
            row["why"] = json.dumps([*json.loads(row["why"]), {"rule": "pool", "sentence": told, "left": []}])
            _fail(row, NOT_IN_POOL)
    if move.status == "sent":
        row["date_sent"] = moment


def _fail(row: Row, code: int | None) -> None:
    row["status"], row["error_code"], row["due"] = "failed", code, None


def fail_waiting(store: Store, service_sid: str, now: int) -> None:
    """Fail what a deleted service has not sent yet (21701); Twilio does not say what becomes of it."""
    store.run(
        "UPDATE message SET status = 'failed', error_code = ?, due = NULL, date_updated = ? "
        "WHERE service_sid = ? AND status IN ('scheduled', 'accepted')",
        NO_SERVICE,
        now,
        service_sid,
    )


def _choose_sender(store: Store, row: Row, settings: Settings) -> None:
    """Let the service pick, once, when the message is queued."""
    choice = pool.choose_for(
        store,
        row["service_sid"],
        row["to_"],
        media=row["num_media"] > 0,
        rcs_reachable=settings.rcs_reachable,
        turn=row["seq"],
    )
    row["why"] = json.dumps(pool.told(choice))
    if choice.sender is None:
        _fail(row, choice.error_code)
        return
    row["sender_sid"] = choice.sender.sid
    row["from_"] = choice.sender.address.text
    row["num_segments"] = json.loads(row["options"])["segments"]
