"""Accounts: list, fetch and rename.

Source: Account resource; twilio_api_v2010 specification (read 2026-11-23).
"""

from __future__ import annotations

from typing import Any

from msvc_toolkit.sandbox.params import Param, choice, read, text
from msvc_toolkit.sandbox.refusal import not_emulated
from msvc_toolkit.sandbox.resource import Call, Route, filters
from msvc_toolkit.sandbox.store import Row
from msvc_toolkit.sandbox.wire import Page, Response, answer, list_2010, rfc2822

PARAMS = (
    Param("FriendlyName", "friendly_name", text(1, 64)),
    Param("Status", "status", choice("active")),
)


def shape(row: Row) -> dict[str, Any]:
    """Write an account as Twilio does; only what the sandbox has is linked."""
    uri = f"/2010-04-01/Accounts/{row['sid']}"
    return {
        "sid": row["sid"],
        "owner_account_sid": row["owner_account_sid"],
        "friendly_name": row["friendly_name"],
        "auth_token": row["auth_token"],
        "type": row["type"],
        "status": row["status"],
        "date_created": rfc2822(row["date_created"]),
        "date_updated": rfc2822(row["date_updated"]),
        "uri": f"{uri}.json",
        "subresource_uris": {
            "incoming_phone_numbers": f"{uri}/IncomingPhoneNumbers.json",
            "messages": f"{uri}/Messages.json",
            "short_codes": f"{uri}/SMS/ShortCodes.json",
        },
    }


def _list(call: Call) -> Response:
    taken = filters(call, ("FriendlyName", "Status"))
    row = call.account
    wanted = all(row[{"FriendlyName": "friendly_name", "Status": "status"}[name]] == value for name, value in taken)
    items = [shape(row)] if wanted else []
    page = Page([row], call.settings.page_size, 0, None, None)
    return list_2010(call.path, "accounts", page, taken, items)


def _create(_call: Call) -> Response:
    raise not_emulated("subaccounts")


def _fetch(call: Call) -> Response:
    return answer(200, shape(call.account))


def _update(call: Call) -> Response:
    values = read(call.form, PARAMS)
    call.store.update("account", call.account["sid"], {**values, "date_updated": call.now})
    row = call.store.one("SELECT * FROM account WHERE sid = ?", call.account["sid"])
    return answer(200, shape(row or call.account))


ROUTES = (
    Route("GET", "/2010-04-01/Accounts.json", _list),
    Route("POST", "/2010-04-01/Accounts.json", _create),
    Route("GET", "/2010-04-01/Accounts/{AC}.json", _fetch),
    Route("POST", "/2010-04-01/Accounts/{AC}.json", _update),
)
