"""Queued webhooks for status callbacks and inbound texts, stored until they are called, and their parameters.

Source: Track the message status of outbound messages; Twilio's request to your incoming message webhook (read
2026-11-23).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from msvc_toolkit.rules import addresses, inbound_routing
from msvc_toolkit.sandbox.messages import lifecycle
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

FormPairs = list[tuple[str, str]]
REPORTED = frozenset({"queued", "sent", "failed", "delivered", "undelivered", "canceled", "read"})
"""Statuses with a callback; `sending` is not in Twilio's list, and `queued` only with a service."""
_QUEUED = ("queued",)
"""Cache key: whether any webhook is queued."""
NO_RECEIPT = frozenset({30032, 30033, 30034, 30035, 30125})
"""Codes of messages that no carrier saw, so that there is no carrier's date (RawDlrDoneDate).

Source: VA notification-api#1376 for 30034 (recorded; read 2026-11-27); the others, by the same reason, are ours.
"""
TAKEN_MS = 60_000
"""Milliseconds after which an unfinished call is made again: webhooks are delivered at least once."""


def callback_url(store: SandboxStore, row: Row) -> str | None:
    """Return a message's status callback URL: its own, else its service's."""
    own = json.loads(row["options"]).get("status_callback") if row["options"] else None
    if own or not row["service_sid"]:
        return own
    service = store.cached(
        ("service", row["service_sid"]), lambda: store.one("SELECT * FROM service WHERE sid = ?", row["service_sid"])
    )
    return service["status_callback"] if service else None


def report(store: SandboxStore, row: Row) -> None:
    """Queue the status callbacks of a message, if it or its service has a callback URL."""
    url = callback_url(store, row)
    if not url:
        return
    for at, status in lifecycle.changes(row):
        if status in REPORTED and (status != "queued" or row["service_sid"]):
            _add(store, row["sid"], kind="status", url=url, method="POST", status=status, due=at)


def report_again(store: SandboxStore, row: Row, now: int) -> None:
    """Replace the queued callbacks of a message that was canceled or failed."""
    _change(store, "DELETE FROM outbox WHERE message_sid = ? AND due > ?", row["sid"], now)
    url = callback_url(store, row)
    if url:
        _add(store, row["sid"], kind="status", url=url, method="POST", status=row["outcome"], due=now)


def hand_over(store: SandboxStore, message_sid: str, hook: inbound_routing.Hook, word: str | None, at: int) -> None:
    """Queue the webhook of an inbound text."""
    _add(store, message_sid, kind="inbound", **vars(hook), status="received", word=word, due=at)


def hand_over_click(store: SandboxStore, message_sid: str, url: str, click: int, at: int) -> None:
    """Queue the callback of a click on a short link, by the click's number."""
    _add(store, message_sid, kind="click", url=url, method="POST", status="", word=str(click), due=at)


def _add(store: SandboxStore, message_sid: str, **row: object) -> None:
    store.insert_unobserved("outbox", {"message_sid": message_sid, **row})
    store.invalidate(_QUEUED)


def _change(store: SandboxStore, sql: str, *values: object) -> None:
    store.execute_unobserved(sql, *values)
    store.invalidate(_QUEUED)


def take(store: SandboxStore, now: int, wall: int, busy: Sequence[str] = ()) -> Row | None:
    """Claim and return the next due webhook whose URL is not busy; None when there is none.

    A call that was claimed long ago by the machine's time, `wall`, counts as abandoned.
    """
    free = (
        "SELECT * FROM outbox WHERE due <= ? AND (taken IS NULL OR abs(taken - ?) > ?) "
        "AND url NOT IN (SELECT value FROM json_each(?)) ORDER BY due, id LIMIT 1"
    )
    asked = (now, wall, TAKEN_MS, json.dumps(busy))
    if store.one(free, *asked) is None:
        return None
    with store.writing():
        row = store.one(free, *asked)
        if row is not None:
            store.execute_unobserved("UPDATE outbox SET taken = ? WHERE id = ?", wall, row["id"])
        return row


def any_queued(store: SandboxStore) -> bool:
    """Return whether a webhook waits to be called, now or later."""
    return store.cached(_QUEUED, lambda: store.one("SELECT 1 FROM outbox LIMIT 1") is not None)


def next_moment(store: SandboxStore) -> int | None:
    """Return when the next webhook is due, None when none is queued."""
    row = store.one("SELECT min(due) AS due FROM outbox WHERE taken IS NULL")
    return row["due"] if row else None


def done(store: SandboxStore, row: Row) -> None:
    """Delete a webhook that was called."""
    _change(store, "DELETE FROM outbox WHERE id = ?", row["id"])


def note(store: SandboxStore, at: int, kind: str, sentence: str, **more: Any) -> None:
    """Write an event (webhook, skipped or debugger) to the journal, with its columns in `more`."""
    store.insert_unobserved("event", {"at": at, "kind": kind, "sentence": sentence, **more})


def status_params(message: Row, status: str, at: int) -> FormPairs:
    """Return the form of a status callback."""
    pairs = [
        ("SmsSid", message["sid"]),
        ("SmsStatus", status),
        ("MessageStatus", status),
        ("To", message["to_"]),
        ("MessageSid", message["sid"]),
        ("AccountSid", message["account_sid"]),
        ("From", message["from_"] or ""),
        ("ApiVersion", "2010-04-01"),
    ]
    if message["service_sid"]:
        pairs.append(("MessagingServiceSid", message["service_sid"]))
    if status in ("failed", "undelivered") and message["error_code"]:
        pairs.append(("ErrorCode", str(message["error_code"])))
    if status in ("delivered", "undelivered") and message["error_code"] not in NO_RECEIPT:
        pairs.append(("RawDlrDoneDate", f"{datetime.fromtimestamp(at / 1000, UTC):%y%m%d%H%M}"))
    if message["to_"].startswith("whatsapp:"):
        pairs.append(("ChannelPrefix", "whatsapp"))
    if status == "read":
        pairs.append(("EventType", "READ"))
    return pairs


def inbound_params(message: Row, word: str | None, media: Sequence[tuple[str, str]]) -> FormPairs:
    """Return the form of an inbound webhook; `word` is the keyword that Advanced Opt-Out has answered already."""
    from_, to = addresses.read(message["from_"]), addresses.read(message["to_"])
    pairs = [(name, message["sid"]) for name in ("MessageSid", "SmsSid", "SmsMessageSid")]
    pairs += [
        ("AccountSid", message["account_sid"]),
        ("From", message["from_"]),
        ("To", message["to_"]),
        ("Body", message["body"]),
        ("NumMedia", str(len(media))),
        ("NumSegments", str(message["num_segments"])),
        ("SmsStatus", "received"),
        ("ApiVersion", "2010-04-01"),
    ]
    if message["service_sid"]:
        pairs.append(("MessagingServiceSid", message["service_sid"]))
    for number, (kind, url) in enumerate(media):
        pairs += [(f"MediaContentType{number}", kind), (f"MediaUrl{number}", url)]
    if word:
        pairs.append(("OptOutType", word))
    if message["options"]:
        pairs += json.loads(message["options"]).get("pressed", {}).items()
    if from_ is not None and from_.channel == "whatsapp":
        pairs += [("WaId", message["from_"].partition("+")[2]), ("ProfileName", "Sandbox handset")]
        return pairs
    for side, address in (("From", from_), ("To", to)):
        pairs += [(f"{side}{part}", "") for part in ("City", "State", "Zip")]
        pairs.append((f"{side}Country", (address.country if address else None) or ""))
    return pairs
