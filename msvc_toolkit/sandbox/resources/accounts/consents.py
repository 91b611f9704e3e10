"""Consents and contacts in bulk: who opted in or out of which sender, and where a contact lives.

Source: Consent Management API and Contact API pages; Consents and Contacts Bulk resources of the accounts specification;
error page 30646 (read 2026-11-30). A JSON body besides the SDK's form is recorded, too. Ours: its items may be under `items` or
`Items`, the sentences of 30646, how more than 25 items are refused, and that no Compliance Toolkit is needed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from msvc_toolkit.rules import addresses
from msvc_toolkit.sandbox.messages import opt_out
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, moment, required
from msvc_toolkit.sandbox.rest.responses import Response, answer
from msvc_toolkit.sandbox.rest.routing import Call, Operation

ITEMS_LIMIT = 25
"""Items of one request; documented."""
REFUSED = 30646
STATUSES = ("opt-in", "opt-out")
SOURCES = ("website", "offline", "opt-in-message", "opt-out-message", "others")
_CORRELATION = re.compile(r"[0-9a-fA-F]{32}")
_ZIP = re.compile(r"[0-9]{5}(-[0-9]{4})?")


def items(text: str) -> dict[str, Any]:
    """Parse one item: a JSON object as text."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise ValueError("each is a JSON object as text")  # noqa: TRY004 - one kind of error for all that does not parse
    return parsed


PARAMS = (Param("Items", "items", items),)


def _bulk(call: Call, store: Callable[[Call, dict[str, Any]], list[str]]) -> Response:
    """Store each item, or say what is wrong with it."""
    listed = call.document.get("items", call.document.get("Items"))
    pairs = [("Items", json.dumps(item)) for item in listed] if isinstance(listed, list) else None
    given = call.read(PARAMS, lists=frozenset({"Items"}), pairs=pairs)
    required(given, PARAMS, "Items")
    if len(given["items"]) > ITEMS_LIMIT:
        raise Refusal(400, 20001, f"Items holds {len(given['items'])} items, and a request at most {ITEMS_LIMIT}")
    return answer(201, {"items": [_stored(item, _wrong_in_both(item) or store(call, item)) for item in given["items"]]})


def _stored(item: dict[str, Any], wrong: list[str]) -> dict[str, Any]:
    code = REFUSED if wrong else 0
    return {"correlation_id": item.get("correlation_id"), "error_code": code, "error_messages": wrong}


def _wrong_in_both(item: dict[str, Any]) -> list[str]:
    wrong = []
    if not _CORRELATION.fullmatch(str(item.get("correlation_id"))):
        wrong.append("correlation_id must have 32 hexadecimal characters")
    known = addresses.read(str(item.get("contact_id")))
    if known is None or known.text != item.get("contact_id") or not known.text.startswith("+"):
        wrong.append("contact_id must be a phone number in E.164 format")
    return wrong


def _consent(call: Call, item: dict[str, Any]) -> list[str]:
    sender_id = str(item.get("sender_id"))
    scope, account = _scope(call, sender_id), call.account["sid"]
    wrong = [
        f"{name} must be one of {', '.join(allowed)}"
        for name, allowed in (("status", STATUSES), ("source", SOURCES))
        if item.get(name) not in allowed
    ]
    try:
        given = moment(str(item["date_of_consent"])) if item.get("date_of_consent") else call.now
    except ValueError:
        wrong.append("date_of_consent must be an ISO 8601 time")
    if scope is None:
        wrong.append("sender_id must be a Messaging Service SID or a phone number of this account")
    if wrong or scope is None:
        return wrong
    values = (account, sender_id, item["contact_id"], item["status"], item["source"], given)
    call.store.execute("INSERT OR REPLACE INTO consent VALUES (?, ?, ?, ?, ?, ?)", *values)
    if item["status"] == "opt-out":
        opt_out.block(call.store, scope, item["contact_id"], item["source"], given)
    else:
        opt_out.unblock_by_consent(call.store, scope, item["contact_id"])
    return []


def _scope(call: Call, sender_id: str) -> str | None:
    """Return what a sender's opt-outs apply to, None where the account has no such service or number."""
    account = call.account["sid"]
    if call.store.one("SELECT 1 FROM service WHERE sid = ? AND account_sid = ?", sender_id, account):
        return sender_id
    row = call.store.one("SELECT * FROM sender WHERE address = ? AND account_sid = ?", sender_id, account)
    return opt_out.scope(row["service_sid"], row["sid"]) if row else None


def _contact(call: Call, item: dict[str, Any]) -> list[str]:
    wrong = []
    if not re.fullmatch(r"[A-Z]{2}", str(item.get("country_iso_code"))):
        wrong.append("country_iso_code must be a country's two letters")
    if not _ZIP.fullmatch(str(item.get("zip_code"))):
        wrong.append("zip_code must have five digits, or nine with a hyphen")
    if not wrong:
        values = (call.account["sid"], item["contact_id"], item["country_iso_code"], item["zip_code"])
        call.store.execute("INSERT OR REPLACE INTO contact VALUES (?, ?, ?, ?)", *values)
    return wrong


OPERATIONS = (
    Operation("POST", "/v1/Consents/Bulk", lambda call: _bulk(call, _consent), also_json=True),
    Operation("POST", "/v1/Contacts/Bulk", lambda call: _bulk(call, _contact), also_json=True),
)
