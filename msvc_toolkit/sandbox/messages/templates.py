"""Content templates in a message: which one, what the recipient's channel shows of it, and whether WhatsApp takes it.

Source: error pages 21655, 21656, 63013, 63016, 63040 to 63042, 63049 (read 2026-11-30); twilio/twilio-node#1082 (recorded:
the sentence of 21656). Ours: an unsubmitted template counts as free text, and a rejected, paused or disabled one
fails within the window too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from msvc_toolkit.rules import addresses, content_templates, reply_window
from msvc_toolkit.sandbox.messages import reply_windows
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.settings import SandboxSettings
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

OUTSIDE = (
    "Failed to send freeform message because you are outside the allowed window. If you are using WhatsApp, please use "
    "a Message Template."
)
"""Twilio's words for 63016. Source: twilio-labs/twilio-firebase-extensions#105 (recorded; read 2026-11-30)."""
INVALID_VARIABLES = "The Content Variables parameter is invalid."
_POLICY, _NO_MARKETING = 63013, 63049


def find(store: SandboxStore, account_sid: str, sid: str) -> Row | None:
    """Return a template of the account."""
    return store.one("SELECT * FROM content WHERE sid = ? AND account_sid = ?", sid, account_sid)


def status(row: Row, settings: SandboxSettings, now: int) -> str:
    """Return the state of a template's approval by WhatsApp at a time."""
    if row["state"] or row["submitted"] is None:
        return row["state"] or "unsubmitted"
    pending = row["submitted"] + settings.template_received_ms
    if now < pending:
        return "received"
    return "pending" if now < pending + settings.template_review_ms else "rejected" if row["reason"] else "approved"


def rendered(
    store: SandboxStore, account_sid: str, values: dict[str, Any], to: addresses.Address
) -> tuple[str, tuple[str, ...], dict[str, Any]]:
    """Return the text and media that a recipient's channel shows of a message's template, and what else to keep of it.

    Raises Refusal: 21655 for a template that the account does not have, 21656 for variables that do not fit it.
    """
    try:
        given = json.loads(values.get("content_variables") or "{}")
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise Refusal(400, 21656, INVALID_VARIABLES)
    row = find(store, account_sid, values["content_sid"])
    if row is None:
        raise Refusal(400, 21655, f"The ContentSid {values['content_sid']} is invalid.")
    types, samples = json.loads(row["types"]), json.loads(row["variables"])
    needed = content_templates.placeholders(types)
    if content_templates.values_fault(given, needed, samples) or (
        to.channel == "whatsapp" and content_templates.line_fault(given)
    ):
        raise Refusal(400, 21656, INVALID_VARIABLES)
    shown = content_templates.show(types, to.channel or "sms", {**samples, **given})
    if shown is None:
        return "", (), {}
    return shown.body, shown.media, {"type": shown.type, "buttons": [asdict(button) for button in shown.buttons]}


def refusal(
    store: SandboxStore, settings: SandboxSettings, row: Row, sender_sid: str, to: addresses.Address, at: int
) -> tuple[int, str] | None:
    """Return the code with which a channel refuses a message that is sent at a time, and why; None if it takes it."""
    options: Mapping[str, Any] = json.loads(row["options"]) if row["options"] else {}
    closed, content = reply_windows.refuses(store, sender_sid, to, at), options.get("content")
    if content is None:  # a message of an earlier version names a template of which nothing was kept
        return (reply_window.OUTSIDE, OUTSIDE) if closed and not options.get("content_sid") else None
    if to.channel != "whatsapp":
        return None
    template = find(store, row["account_sid"], options["content_sid"])
    state = status(template, settings, at) if template else "unsubmitted"
    if code := content_templates.REFUSED.get(state):
        return code, f"The template is {state} ({code})."
    if content_templates.spaces_fault(json.loads(options.get("content_variables") or "{}")):
        return _POLICY, f"A variable has more than four spaces in a row ({_POLICY})."
    if template and template["category"] == "MARKETING" and state == "approved" and to.country == "US":
        return _NO_MARKETING, f"WhatsApp delivers no marketing templates to the US ({_NO_MARKETING})."
    if not closed or (
        state == "approved" and content_templates.TYPES[content["type"]].opens and not content.get("beside")
    ):
        return None
    why = (
        f"The template is {state}, so it counts as free text."
        if state != "approved"
        else "Body or MediaUrl beside ContentSid makes it free text."
        if content.get("beside")
        else f"{content['type']} cannot open a conversation."
    )
    return reply_window.OUTSIDE, f"{OUTSIDE} {why}"
