"""The Global Safe List: numbers, and beginnings of a thousand numbers, that no check for SMS pumping stops.

Source: Global Safe List; SafeList resource of the accounts specification (read 2026-11-30). Ours: its errors.
"""

from __future__ import annotations

import re
from typing import Any

from msvc_toolkit.sandbox.rest.errors import Refusal, not_found
from msvc_toolkit.sandbox.rest.params import Param, read, required
from msvc_toolkit.sandbox.rest.responses import Response, answer
from msvc_toolkit.sandbox.rest.routing import Call, Operation
from msvc_toolkit.sandbox.storage.store import Row


def number(value: str) -> str:
    """Parse a number in E.164, or the first digits of a thousand numbers and xxx."""
    if not re.fullmatch(r"\+[1-9][0-9]{5,11}([0-9]{3}|xxx)", value):
        raise ValueError(
            f"it must be a number such as +18005550123, or the beginning of a thousand such as +18005550xxx, not {value[:20]!r}"
        )
    return value


PARAMS = (Param("PhoneNumber", "phone_number", number),)


def _create(call: Call) -> Response:
    given = call.read(PARAMS)
    required(given, PARAMS, "PhoneNumber")
    if _find(call, given["phone_number"]) is None:
        row = {"sid": call.store.new_sid("GN"), "account_sid": call.account["sid"], **given}
        call.store.insert("safe_list", row)
    return answer(201, _shape(_find(call, given["phone_number"]) or {}))


def _shape(row: Row) -> dict[str, Any]:
    return {"sid": row["sid"], "phone_number": row["phone_number"]}


def _find(call: Call, phone_number: str) -> Row | None:
    query = "SELECT * FROM safe_list WHERE account_sid = ? AND phone_number = ?"
    return call.store.one(query, call.account["sid"], phone_number)


def _asked(call: Call) -> Row:
    pairs = [*call.query, *call.form]
    given = read(pairs, PARAMS, unknown=call.unknown)
    if "phone_number" not in given:
        raise Refusal(400, 20001, "Missing required parameter PhoneNumber in the query")
    if (row := _find(call, given["phone_number"])) is None:
        raise not_found("/SafeList/Numbers")
    return row


def _delete(call: Call) -> Response:
    call.store.execute("DELETE FROM safe_list WHERE sid = ?", _asked(call)["sid"])
    return Response(204)


_PATH = "/v1/SafeList/Numbers"
OPERATIONS = (
    Operation("POST", _PATH, _create),
    Operation("GET", _PATH, lambda call: answer(200, _shape(_asked(call)))),
    Operation("DELETE", _PATH, _delete),
)
