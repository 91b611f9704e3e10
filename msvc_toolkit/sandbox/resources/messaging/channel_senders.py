"""Channel senders of the account (WhatsApp, Messenger, RCS): create, list, fetch, update, delete.

Source: v2 Channels Senders resource; twilio_messaging_v2 specification (read 2026-11-23). A sender goes from CREATING
to ONLINE by the clock, and through ONLINE:UPDATING after a change. Verification by code, review and going offline are
not emulated: for real senders they depend on other companies.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from msvc_toolkit.rules import addresses
from msvc_toolkit.sandbox.resources.api.incoming_phone_numbers import release
from msvc_toolkit.sandbox.rest.collection import Collection
from msvc_toolkit.sandbox.rest.errors import Refusal, not_emulated
from msvc_toolkit.sandbox.rest.params import url
from msvc_toolkit.sandbox.rest.responses import Response, answer, list_v1
from msvc_toolkit.sandbox.rest.routing import Call, filters, page_of
from msvc_toolkit.sandbox.storage.store import Row

CHANNELS = ("whatsapp", "messenger", "rcs")
_LABELLED = {"websites": "website", "emails": "email", "phone_numbers": "phone_number"}
FIELDS: dict[str, tuple[str, ...]] = {
    "configuration": ("waba_id", "verification_method", "verification_code", "voice_application_sid", "account_type"),
    "webhook": tuple(
        "callback_url callback_method fallback_url fallback_method status_callback_url status_callback_method".split()
    ),
    "profile": (
        "name",
        "about",
        "address",
        "description",
        "logo_url",
        "banner_url",
        "privacy_url",
        "terms_of_service_url",
        "accent_color",
        "vertical",
        *_LABELLED,
    ),
}
"""The fields of a sender; the last three of `profile` are lists of objects or of plain texts."""
LEFT_OUT = {"": ("friendly_name",), "profile": ("use_case",)}
"""Parameters that are newer than our copy of the specification; known from the SDK."""
CHOICES = {
    "verification_method": ("sms", "voice"),
    "account_type": ("ISV", "ISVSubAccount"),
    "callback_method": ("POST", "PUT"),
    "fallback_method": ("POST", "PUT"),
}
MISSING = dict.fromkeys(FIELDS, "{}")


def shape(call: Call, row: Row) -> dict[str, Any]:
    """Write a channel sender as Twilio does.

    Source: the quality rating and the limit are from the specification's example.
    """
    own = call.store.one("SELECT * FROM channel WHERE sid = ?", row["sid"]) or {**MISSING, "state": "", "ready": 0}
    parts = {name: json.loads(own[name]) for name in FIELDS}
    hooks = {"callback_url": row["sms_url"], "callback_method": row["sms_method"]}
    whatsapp = row["address"].startswith("whatsapp:")
    return {
        "sid": row["sid"],
        "status": own["state"] if call.now < own["ready"] else "ONLINE",
        "sender_id": row["address"],
        "configuration": parts["configuration"] or None,
        "webhook": {**dict.fromkeys(FIELDS["webhook"]), **hooks, **parts["webhook"]},
        "profile": {**dict.fromkeys(FIELDS["profile"]), "name": row["friendly_name"], **parts["profile"]},
        "properties": {"quality_rating": "HIGH", "messaging_limit": "10K Customers/24hr"} if whatsapp else None,
        "offline_reasons": None,
        "compliance": None,
        "url": f"{call.origin}/v2/Channels/Senders/{row['sid']}",
    }


def parts_of(call: Call, *, also: tuple[str, ...] = ()) -> dict[str, dict[str, Any]]:
    """Read the three parts of a body; null values are left out, because SDKs send null for what was not given."""
    document, left_out = call.document, LEFT_OUT[""]
    for name in left_out:
        if document.get(name) is not None:
            raise not_emulated(f"the parameter {name}")
    for name in sorted({*document} - {*FIELDS, *also, *left_out}):
        call.unknown(name)
    return {part: _part(call, part, document[part]) for part in FIELDS if document.get(part) is not None}


def _part(call: Call, part: str, given: object) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise Refusal(400, 20001, f"Invalid {part}: it must be an object")
    values = {}
    for name, value in given.items():
        if value is None:
            continue
        if name in LEFT_OUT.get(part, ()):
            raise not_emulated(f"the parameter {part}.{name}")
        if name not in FIELDS[part]:
            call.unknown(f"{part}.{name}")
            continue
        values[name] = _labelled(name, value) if name in _LABELLED else _text(part, name, value)
    return values


def _text(part: str, name: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > 4096:  # noqa: PLR2004 - as long as any text of the sandbox
        raise Refusal(400, 20001, f"Invalid {part}.{name}: it must be text")
    if name in CHOICES and value not in CHOICES[name]:
        raise Refusal(400, 20001, f"Invalid {part}.{name}: it must be one of {', '.join(CHOICES[name])}")
    if name.endswith("_url"):
        try:
            url(value)
        except ValueError as error:
            raise Refusal(400, 20001, f"Invalid {part}.{name}: {error}") from error
    return value


def _labelled(name: str, value: object) -> list[dict[str, str]]:
    """Convert a list of plain texts, or of objects with a label, to a list of objects."""
    key, items = _LABELLED[name], []
    for item in value if isinstance(value, list) else [None]:
        entry = {key: item} if isinstance(item, str) else item
        if not isinstance(entry, dict) or not all(isinstance(entry.get(part, ""), str) for part in (key, "label")):
            raise Refusal(400, 20001, f"Invalid profile.{name}: it must be a list of {key} with label")
        if set(entry) - {key, "label"} or key not in entry:
            raise Refusal(400, 20001, f"Invalid profile.{name}: each has {key} and label")
        items.append({key: entry[key], "label": entry.get("label", "")})
    return items


def _create(call: Call) -> Response:
    parts = parts_of(call, also=("sender_id",))
    address = _address(call.document.get("sender_id"))
    if address.startswith("whatsapp:") and not parts.get("profile", {}).get("name"):
        raise Refusal(400, 20001, "Missing required parameter profile.name in the body")
    if call.store.one("SELECT 1 FROM sender WHERE address = ?", address):
        raise Refusal(409, 20409, f"{address} is registered already")
    row = {
        "account_sid": call.account["sid"],
        "kind": "channel",
        "address": address,
        "country_code": getattr(addresses.read(address), "country", None),
        "capabilities": "SMS",
        "friendly_name": str(parts.get("profile", {}).get("name") or address),
        **hooks(parts),
    }
    sid = call.store.add("sender", "XE", call.now, row)
    texts = {name: json.dumps(parts.get(name, {})) for name in FIELDS}
    ready = call.now + call.settings.channel_ready_ms
    call.store.insert("channel", {"sid": sid, **texts, "state": "CREATING", "ready": ready})
    return answer(202, shape(call, SENDERS.one(call, sid)))


def _address(given: object) -> str:
    read = addresses.read(given) if isinstance(given, str) and len(given) <= 256 else None  # noqa: PLR2004 - ours
    if given in (None, ""):
        raise Refusal(400, 20001, "Missing required parameter sender_id in the body")
    if read is None or read.kind != "channel":
        raise Refusal(400, 20001, "Invalid sender_id: it is whatsapp:+14155550100, messenger:id or rcs:agent")
    return read.text


def hooks(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the webhooks for inbound texts as columns."""
    names = {
        "callback_url": "sms_url",
        "callback_method": "sms_method",
        "fallback_url": "sms_fallback_url",
        "fallback_method": "sms_fallback_method",
        "status_callback_url": "status_callback",
        "status_callback_method": "status_callback_method",
    }
    return {names[name]: value for name, value in parts.get("webhook", {}).items()}


def _list(call: Call) -> Response:
    taken = filters(call, ("Channel",))
    channel = dict(taken).get("Channel")
    if channel not in CHANNELS:
        raise Refusal(400, 20001, f"Channel is required: one of {', '.join(CHANNELS)}")
    where = "account_sid = ? AND kind = 'channel' AND address GLOB ?"
    page = page_of(call, "sender", where, (call.account["sid"], f"{channel}:*"))
    return list_v1(call.origin + call.path, "senders", page, taken, [shape(call, row) for row in page.rows])


def _update(call: Call) -> Response:
    row = SENDERS.one(call)
    parts = parts_of(call)
    own = call.store.one("SELECT * FROM channel WHERE sid = ?", row["sid"]) or MISSING
    merged = {name: {**json.loads(own[name]), **parts.get(name, {})} for name in FIELDS}
    name = merged["profile"].setdefault("name", row["friendly_name"])
    state = "CREATING" if own.get("state") == "CREATING" and call.now < int(own["ready"]) else "ONLINE:UPDATING"
    call.store.execute(
        "INSERT OR REPLACE INTO channel VALUES (?, ?, ?, ?, ?, ?)",
        row["sid"],
        *(json.dumps(merged[part]) for part in FIELDS),
        state,
        call.now + call.settings.channel_ready_ms,
    )
    return SENDERS.save(call, row, {**hooks(parts), "friendly_name": name}, 202)


def _delete(call: Call) -> Response:
    release(call.store, SENDERS.one(call))
    return Response(204)


SENDERS = Collection("/v2/Channels/Senders", "sender", "XE", "senders", shape, only="kind = 'channel'")
OPERATIONS = SENDERS.operations(list=_list, create=_create, update=_update, delete=_delete, takes_json=True)
