"""A text that arrives at one of the account's senders.

Source: Messaging Services (integration); Twilio's request to your incoming message webhook (read 2026-11-23).
"""

from __future__ import annotations

import json
from typing import Any

from msvc_toolkit import phone, routing, segments
from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox import lifecycle
from msvc_toolkit.sandbox.settings import Settings
from msvc_toolkit.sandbox.store import Row, Store


def arrive(
    store: Store, settings: Settings, now: int, from_: str, to: str, body: str, media: tuple[str, ...]
) -> dict[str, Any]:
    """Take a text in as the service or the sender is set up, and tell what was decided; see `Handle.receive`.

    Raises:
        SandboxError: `from_` is no handset, `to` is no sender of the account, or the one cannot reach the other.
    """
    handset = phone.read(from_)
    if handset is None or handset.kind in ("alphanumeric", "short code"):
        raise SandboxError(f"A text comes from a handset: give from_ as +14155550123, not {phone.mask(from_)!r}.")
    if not body and not media:
        raise SandboxError("A text needs a body or media: give body='Hello'.")
    sender = _sender(store, handset, to)
    decision = _route(store, sender)
    kept = _keep(store, settings, now, sender, handset.text, body, media, decision) if decision.logged else None
    hook = decision.hook
    return {
        "sid": kept,
        "outcome": decision.outcome,
        "owner": decision.owner,
        "url": hook.url if hook else None,
        "method": hook.method if hook else None,
        "steps": list(decision.steps),
    }


def _sender(store: Store, handset: phone.Address, to: str) -> Row:
    target = phone.read(to)
    sender = target and store.one("SELECT * FROM sender WHERE address = ?", target.text)
    if not target or not sender:
        raise SandboxError(
            f"{phone.mask(to)} is no sender of this account, so nothing can arrive there. "
            "List what it has with list_senders, or add one with conn.sandbox.own(...)."
        )
    if target.channel != handset.channel:
        raise SandboxError(
            f"{handset.label} and {target.label} are on different channels: give both with the same prefix, or none."
        )
    if sender["kind"] != "channel" and "SMS" not in sender["capabilities"].split(","):
        raise SandboxError(f"{target.label} has no SMS, so no text can arrive there. Take a sender that has it.")
    return sender


def _route(store: Store, sender: Row) -> routing.Route:
    service = store.one("SELECT * FROM service WHERE sid = ?", sender["service_sid"])
    return routing.route(
        in_service=service is not None,
        defer=bool(service and service["use_inbound_webhook_on_number"]),
        service_hook=_hook(service, "inbound_request_url", "inbound_method", "fallback_url", "fallback_method"),
        sender_hook=_hook(sender, "sms_url", "sms_method", "sms_fallback_url", "sms_fallback_method"),
        sender_application_sid=sender["sms_application_sid"],
    )


def _hook(row: Row | None, url: str, method: str, fallback: str, fallback_method: str) -> routing.Hook | None:
    if not row or not row[url]:
        return None
    return routing.Hook(row[url], row[method], row[fallback], row[fallback_method])


def _keep(
    store: Store, settings: Settings, now: int, sender: Row, from_: str, body: str, media: tuple[str, ...],
    decision: routing.Route,
) -> str:  # fmt: skip
    steps = [{"rule": "inbound", "sentence": sentence, "left": []} for sentence in decision.steps]
    row = {
        "sid": store.new_sid("MM" if media else "SM"),
        "account_sid": sender["account_sid"],
        "service_sid": sender["service_sid"],
        "sender_sid": sender["sid"],
        "from_": from_,
        "to_": sender["address"],
        "body": body,
        "direction": "inbound",
        "status": "receiving",
        "num_segments": 1 if media else segments.measure(body).count,
        "num_media": len(media),
        "options": json.dumps({"media": list(media)}),
        "why": json.dumps(steps),
        "date_created": now,
        "date_updated": now,
        "date_sent": now,
        "due": lifecycle.first_due("receiving", now, settings),
    }
    store.insert("message", row)
    return str(row["sid"])
