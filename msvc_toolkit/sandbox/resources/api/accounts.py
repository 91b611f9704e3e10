"""Accounts: the caller's own and its subaccounts; list, create, fetch, rename, suspend, close.

Source: Account resource; REST API: Subaccounts; twilio_api_v2010 specification (read 2026-11-23). A subaccount is
addressed by its SID in a path of the 2010 API; the product APIs take its own credentials. The code with which a parent
account's forbidden requests are refused is our reading.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msvc_toolkit.sandbox.resources.api.incoming_phone_numbers import release
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, choice, text
from msvc_toolkit.sandbox.rest.responses import Response, answer, columns, list_2010, rfc2822
from msvc_toolkit.sandbox.rest.routing import Call, Operation, filters, page_of
from msvc_toolkit.sandbox.storage.store import Row

STATUSES = ("active", "suspended", "closed")
NAME = Param("FriendlyName", "friendly_name", text(1, 64))
PARAMS = (NAME, Param("Status", "status", choice(*STATUSES)))
_COLUMNS = {"FriendlyName": "friendly_name", "Status": "status"}


def shape(row: Row) -> dict[str, Any]:
    """Write an account as Twilio does, with links only to resources that the sandbox has."""
    uri = f"/2010-04-01/Accounts/{row['sid']}"
    return {
        **columns(row, "sid", "owner_account_sid", "friendly_name", "auth_token", "type", "status"),
        "date_created": rfc2822(row["date_created"]),
        "date_updated": rfc2822(row["date_updated"]),
        "uri": f"{uri}.json",
        "subresource_uris": {
            "available_phone_numbers": f"{uri}/AvailablePhoneNumbers.json",
            "incoming_phone_numbers": f"{uri}/IncomingPhoneNumbers.json",
            "messages": f"{uri}/Messages.json",
            "short_codes": f"{uri}/SMS/ShortCodes.json",
        },
    }


def _list(call: Call) -> Response:
    taken = filters(call, tuple(_COLUMNS))
    where, values = "(sid = ? OR owner_account_sid = ?)", [call.account["sid"]] * 2
    for name, value in taken:
        where, values = f"{where} AND {_COLUMNS[name]} = ?", [*values, value]
    page = page_of(call, "account", where, tuple(values))
    return list_2010(call.path, "accounts", page, taken, [shape(row) for row in page.rows])


def _create(call: Call) -> Response:
    values = call.read((NAME,))
    if call.account["owner_account_sid"] != call.account["sid"]:
        raise Refusal(403, 20403, "A subaccount cannot have subaccounts")
    held = call.store.all("SELECT seq, owner_account_sid FROM account")
    if sum(row["owner_account_sid"] == call.account["sid"] for row in held) > call.settings.subaccounts_limit:
        raise Refusal(400, 20001, f"The account has its limit of {call.settings.subaccounts_limit} subaccounts")
    sid = call.store.new_sid("AC")
    row = {
        "sid": sid,
        "owner_account_sid": call.account["sid"],
        "auth_token": call.store.digest(f"auth token:{sid}"),
        "friendly_name": f"SubAccount Created at {datetime.fromtimestamp(call.now / 1000, UTC):%Y-%m-%d %I:%M %p}",
        "type": call.account["type"],
        "status": "active",
        "date_created": call.now,
        "date_updated": call.now,
        "seq": max(row["seq"] for row in held) + 1,
        **values,
    }
    call.store.insert("account", row)
    return answer(201, shape(row))


def _fetch(call: Call) -> Response:
    return answer(200, shape(call.account))


def _update(call: Call) -> Response:
    values = call.read(PARAMS)
    account = call.account
    if values.get("status", "active") != "active" and account["owner_account_sid"] == account["sid"]:
        raise Refusal(400, 20001, "Invalid Status: only a subaccount can be suspended or closed here")
    if account["status"] == "closed" and values.get("status", "closed") != "closed":
        raise Refusal(400, 20001, "Invalid Status: a closed account cannot be opened again")
    call.store.update("account", account["sid"], {**values, "date_updated": call.now})
    if values.get("status") == "closed":
        # Source: help centre, Closing a Twilio subaccount: its numbers are released, its history stays readable.
        for sender in call.store.all("SELECT * FROM sender WHERE account_sid = ?", account["sid"]):
            release(call.store, sender)
    row = call.store.one("SELECT * FROM account WHERE sid = ?", account["sid"])
    return answer(200, shape(row or account))


OPERATIONS = (
    Operation("GET", "/2010-04-01/Accounts.json", _list),
    Operation("POST", "/2010-04-01/Accounts.json", _create),
    Operation("GET", "/2010-04-01/Accounts/{AC}.json", _fetch),
    Operation("POST", "/2010-04-01/Accounts/{AC}.json", _update),
)
