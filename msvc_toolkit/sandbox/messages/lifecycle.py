"""The statuses of a message: their possible order, and the one reached at the clock's time.

A message is stored once, with its final status and the times at which it is queued, sending, sent and ended.
Its status is computed from these and the clock, so it changes without any running process.

Source: Messages resource, status values; Track the message status of outbound messages (read 2026-11-23); error page
30409 (2026-03-26): only scheduled messages can be cancelled.
"""

from __future__ import annotations

from msvc_toolkit.sandbox.storage.store import Row

NEXT: dict[str, frozenset[str]] = {
    "scheduled": frozenset({"accepted", "queued", "canceled", "failed"}),
    "accepted": frozenset({"queued", "failed"}),
    "queued": frozenset({"sending", "failed"}),
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

READ_MS = 2_000
"""Milliseconds from delivered to read. Not documented, as it depends on a person. A constant and not a
setting, because a message's status depends on its row and the time only."""

_MOMENTS = ("queued", "sending", "sent")


def status(row: Row, now: int) -> str:
    """Return a message's current status."""
    ended = row["ended"]
    if ended is not None and ended <= now:
        return ended_in(row["outcome"], ended, now)
    return reached(now, row["direction"], row["due"], row["queued"], row["sending"], row["sent"])


def ended_in(outcome: str, ended: int, now: int) -> str:
    """Return the status of a message that has ended, which may be delivered first and read later."""
    return "delivered" if outcome == "read" and now < ended + READ_MS else outcome


def reached(
    now: int, direction: str, due: int | None, queued: int | None, sending: int | None, sent: int | None
) -> str:
    """Return the status of a message that has not ended."""
    if direction == "inbound":
        return "receiving"
    if due is not None:
        return "scheduled"
    if sent is not None and sent <= now:
        return "sent"
    if sending is not None and sending <= now:
        return "sending"
    return "queued" if queued is not None and queued <= now else "accepted"


def changes(row: Row) -> list[tuple[int, str]]:
    """Return the times and statuses of a message in order, without the first status."""
    found = [(row[name], name) for name in _MOMENTS if row[name] is not None and row[name] > row["date_created"]]
    if row["ended"] is not None:
        found.append((row["ended"], ended_in(row["outcome"], row["ended"], row["ended"])))
    if (seen := read_at(row["outcome"], row["ended"])) is not None:
        found.append((seen, "read"))
    return found


def read_at(outcome: str | None, ended: int | None) -> int | None:
    """Return when a message is read, None without a read receipt."""
    return ended + READ_MS if outcome == "read" and ended is not None else None


def updated(row: Row, now: int) -> int:
    """Return when a message last changed."""
    times = (row[name] for name in (*_MOMENTS, "ended", "priced", "touched"))
    return latest(now, row["date_created"], *times, read_at(row["outcome"], row["ended"]))


def latest(now: int, created: int, *times: int | None) -> int:
    """Return the last of a message's times that has passed."""
    last = created
    for time in times:
        if time is not None and last < time <= now:
            last = time
    return last


def sender_shown(row: Row, now: int) -> bool:
    """Return whether the answer names the sender: a sender chosen by a service is shown once the message is queued."""
    return bool(row["explicit"]) or (row["queued"] is not None and row["queued"] <= now)
