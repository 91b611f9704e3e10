"""Inbound texts to the account's senders.

Source: Messaging Services (integration); Twilio's request to your incoming message webhook (read 2026-11-23).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.rules import addresses, inbound_routing, segments
from msvc_toolkit.sandbox.inbound import replies
from msvc_toolkit.sandbox.inbound.twiml import Reply
from msvc_toolkit.sandbox.messages import callbacks, delivery, opt_out, reply_windows, sender_pool
from msvc_toolkit.sandbox.messages.delivery import blank, keep
from msvc_toolkit.sandbox.settings import SandboxSettings
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore


def arrive(
    store: SandboxStore,
    settings: SandboxSettings,
    now: int,
    from_: str,
    to: str,
    body: str,
    media: tuple[str, ...],
    pressed: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Receive a text, handled by the settings of the service or the sender; see `Controller.receive` for result and errors.

    `pressed` are the parameters by which a webhook names a button that was pressed.
    """
    handset = addresses.read(from_)
    if handset is None or handset.kind in ("alphanumeric", "short code"):
        raise SandboxError(f"A text comes from a handset: give from_ as +14155550123, not {addresses.mask(from_)!r}.")
    if not body and not media:
        raise SandboxError("A text needs a body or media: give body='Hello'.")
    sender = _sender(store, handset, to)
    reply_windows.open_for(store, sender["sid"], handset, now)
    decision = _route(store, sender)
    hook, message, word = decision.hook, None, None
    if decision.logged:
        message = _keep(store, settings, now, sender, handset.text, body, media, decision, pressed)
    # Twilio handles keywords even where the text itself is dropped.
    text = message or {**sender, "body": body, "from_": handset.text, "to_": sender["address"]}
    word = _obey(store, settings, now, sender, text)
    if message is not None and hook is not None:
        announced = word if opt_out.advanced_of(store, sender["service_sid"]) else None
        callbacks.hand_over(store, message["sid"], hook, announced, message["ended"])
    return {
        "sid": message["sid"] if message else None,
        "keyword": word,
        "outcome": decision.outcome,
        "owner": decision.owner,
        "url": hook.url if hook else None,
        "method": hook.method if hook else None,
        "steps": list(decision.steps),
    }


def _sender(store: SandboxStore, handset: addresses.Address, to: str) -> Row:
    target = addresses.read(to)
    sender = target and store.one("SELECT * FROM sender WHERE address = ?", target.text)
    if not target or not sender:
        raise SandboxError(
            f"{addresses.mask(to)} is not a sender of this account, so nothing can arrive there. "
            "List what it has with list_senders, or add one with conn.sandbox.own(...)."
        )
    if target.channel != handset.channel:
        raise SandboxError(
            f"{handset.label} and {target.label} are on different channels: give both with the same prefix, or none."
        )
    if sender["kind"] != "channel" and "SMS" not in sender["capabilities"].split(","):
        raise SandboxError(f"{target.label} has no SMS, so no text can arrive there. Take a sender that has it.")
    return sender


def _obey(store: SandboxStore, settings: SandboxSettings, now: int, sender: Row, text: Row) -> str | None:
    """Carry out STOP, START or HELP and send the confirmation; a person who has opted out gets no help text."""
    receiver = addresses.read(sender["address"])
    advanced = opt_out.advanced_of(store, sender["service_sid"])
    word = opt_out.keyword(text["body"], receiver, advanced) if receiver else None
    if word is None:
        return None
    blocked = opt_out.blocked(store, sender["service_sid"], sender["sid"], text["from_"])
    opt_out.obey(store, word, sender, text["from_"], now)
    if receiver is not None and not (word == "HELP" and blocked):
        confirmation = opt_out.confirmation(word, text["body"], receiver, advanced)
        replies.send(store, settings, now, text, Reply(confirmation), unblocked=True)
    return word


def _route(store: SandboxStore, sender: Row) -> inbound_routing.Route:
    service = store.one("SELECT * FROM service WHERE sid = ?", sender["service_sid"])
    return inbound_routing.route(
        in_service=service is not None,
        defer=bool(service and service["use_inbound_webhook_on_number"]),
        service_hook=_hook(service, "inbound_request_url", "inbound_method", "fallback_url", "fallback_method"),
        sender_hook=_hook(sender, "sms_url", "sms_method", "sms_fallback_url", "sms_fallback_method"),
        sender_application_sid=sender["sms_application_sid"],
    )


def _hook(row: Row | None, url: str, method: str, fallback: str, fallback_method: str) -> inbound_routing.Hook | None:
    if not row or not row[url]:
        return None
    return inbound_routing.Hook(row[url], row[method], row[fallback], row[fallback_method])


def _keep(
    store: SandboxStore,
    settings: SandboxSettings,
    now: int,
    sender: Row,
    from_: str,
    body: str,
    media: tuple[str, ...],
    decision: inbound_routing.Route,
    pressed: Mapping[str, str] | None,
) -> Row:
    row = blank(store, "MM" if media else "SM")
    options = {**({"media": list(media)} if media else {}), **({"pressed": pressed} if pressed else {})}
    count, ended = 1 if media else segments.measure(body).count, now + settings.receiving_ms
    receiver = addresses.read(sender["address"], sender["country_code"])
    assert receiver is not None  # noqa: S101 - it is a sender of the account
    row |= {
        "account_sid": sender["account_sid"],
        "service_sid": sender["service_sid"],
        "sender_sid": sender["sid"],
        "from_": from_,
        "explicit": 1,
        "to_": sender["address"],
        "body": body,
        "direction": "inbound",
        "num_segments": count,
        "num_media": len(media),
        "options": json.dumps(options) if options else None,
        "decision": sender_pool.keep_steps(store, [delivery.step("inbound", sentence) for sentence in decision.steps]),
        "date_created": now,
        "ended": ended,
        "outcome": "received",
        # The receiver pays for a text too. Source: recorded list pages of 2015 and 2016 (read 2026-11-27).
        "price": settings.price(count, receiver, mms=bool(media)),
        "priced": ended + settings.priced_ms,
        "sent": now,
    }
    keep(store, row)
    return row
