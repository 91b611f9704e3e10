"""Messaging geo permissions: to which countries an account may send.

Source: Messaging Geo Permissions; GeoPermissions resource of the accounts specification (read 2026-11-30). Ours: every
country is open until it is closed, and the errors.
"""

from __future__ import annotations

from typing import Any

from msvc_toolkit.rules import numbering_plan
from msvc_toolkit.sandbox.resources.accounts.consents import items
from msvc_toolkit.sandbox.rest.params import Param, required
from msvc_toolkit.sandbox.rest.responses import Response, answer
from msvc_toolkit.sandbox.rest.routing import Call, Operation, filters

PARAMS = (Param("Permissions", "permissions", items),)
"""Each is a JSON object as text."""


def _fetch(call: Call) -> Response:
    asked = dict(filters(call, ("CountryCode",))).get("CountryCode")
    closed = {
        code
        for (code,) in call.store.tuples(
            "SELECT country_code FROM geo_closed WHERE account_sid = ?", call.account["sid"]
        )
    }
    codes = [asked] if asked else sorted(numbering_plan.regions())
    return answer(200, {"permissions": [_entry(code, enabled=code not in closed) for code in codes]})


def _entry(code: str, *, enabled: bool) -> dict[str, Any]:
    known = numbering_plan.is_country(code)
    wrong = [] if known else ["country_code must be a country's two letters"]
    said = {"error_code": 20001 if wrong else 0, "error_messages": wrong}
    return {"country_code": code, "type": "country", "enabled": known and enabled, **said}


def _update(call: Call) -> Response:
    given = call.read(PARAMS, lists=frozenset({"Permissions"}))
    required(given, PARAMS, "Permissions")
    done = []
    for item in given["permissions"]:
        code, enabled = str(item.get("country_code")), str(item.get("enabled")).lower() == "true"
        entry = _entry(code, enabled=enabled)
        if not entry["error_code"]:
            change = "DELETE FROM geo_closed WHERE account_sid = ? AND country_code = ?"
            sql = change if enabled else "INSERT OR IGNORE INTO geo_closed VALUES (?, ?)"
            call.store.execute(sql, call.account["sid"], code)
        done.append(entry)
    return answer(200, {"permissions": done})


_PATH = "/v1/Messaging/GeoPermissions"
OPERATIONS = (Operation("GET", _PATH, _fetch), Operation("PATCH", _PATH, _update))
