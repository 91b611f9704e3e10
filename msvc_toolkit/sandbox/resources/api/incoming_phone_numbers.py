"""The phone numbers and short codes an account owns; they are bought and released in `buying`.

Source: IncomingPhoneNumber and ShortCode resources; error pages 21406, 21407 (read 2026-11-23).
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from msvc_toolkit.rules import addresses
from msvc_toolkit.sandbox.rest.collection import Collection
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, method, text, url
from msvc_toolkit.sandbox.rest.responses import Response, list_2010, rfc2822
from msvc_toolkit.sandbox.rest.routing import Call, Operation, filters, page_of
from msvc_toolkit.sandbox.storage.store import Row

SMS_PARAMS = (
    Param("FriendlyName", "friendly_name", text(0, 64)),
    Param("SmsUrl", "sms_url", url),
    Param("SmsMethod", "sms_method", method),
    Param("SmsFallbackUrl", "sms_fallback_url", url),
    Param("SmsFallbackMethod", "sms_fallback_method", method),
)
NUMBER_PARAMS = (
    *SMS_PARAMS,
    Param("StatusCallback", "status_callback", url),
    Param("StatusCallbackMethod", "status_callback_method", method),
)
LEFT_OUT = (
    "AccountSid", "ApiVersion", "SmsApplicationSid", "VoiceApplicationSid", "VoiceCallerIdLookup",
    "VoiceFallbackMethod", "VoiceFallbackUrl", "VoiceMethod", "VoiceUrl", "EmergencyStatus", "EmergencyAddressSid",
    "TrunkSid", "VoiceReceiveMode", "IdentitySid", "AddressSid", "BundleSid",
)  # fmt: skip
"""Parameters of the live resource that have nothing to do with messaging, or need what the sandbox lacks."""
TYPES = {"Local": "local", "Mobile": "mobile", "TollFree": "toll-free"}
"""The name of each kind of number in a path and in the field `type`."""


def type_of(number: str) -> str:
    """Return a number's type as Twilio names it: local, mobile or toll-free."""
    address = addresses.read(number)
    return address.kind if address and address.kind in TYPES.values() else "local"


def number_shape(row: Row, *, typed: bool = True) -> dict[str, Any]:
    """Write an incoming phone number as Twilio does; where the path names its type, no field does."""
    able = set(row["capabilities"].split(","))
    return {
        **_common(row, f"/2010-04-01/Accounts/{row['account_sid']}/IncomingPhoneNumbers/{row['sid']}.json"),
        "phone_number": row["address"],
        "capabilities": {"voice": "Voice" in able, "sms": "SMS" in able, "mms": "MMS" in able, "fax": False},
        "sms_application_sid": row["sms_application_sid"],
        "status_callback": row["status_callback"] or "",
        "status_callback_method": row["status_callback_method"],
        "address_requirements": "none",
        "address_sid": None,
        "beta": False,
        "bundle_sid": None,
        "emergency_address_sid": None,
        "emergency_address_status": "unregistered",
        "emergency_status": "Inactive",
        "identity_sid": None,
        "origin": "twilio",
        "status": "in-use",
        "trunk_sid": None,
        **({"type": type_of(row["address"])} if typed else {}),
        "voice_application_sid": None,
        "voice_caller_id_lookup": False,
        "voice_fallback_method": "POST",
        "voice_fallback_url": None,
        "voice_method": "POST",
        "voice_receive_mode": "voice",
        "voice_url": None,
    }


def short_code_shape(row: Row) -> dict[str, Any]:
    """Write a short code as Twilio does."""
    uri = f"/2010-04-01/Accounts/{row['account_sid']}/SMS/ShortCodes/{row['sid']}.json"
    return {**_common(row, uri), "short_code": row["address"]}


def _common(row: Row, uri: str) -> dict[str, Any]:
    return {
        "sid": row["sid"],
        "account_sid": row["account_sid"],
        "friendly_name": row["friendly_name"],
        "api_version": "2010-04-01",
        "sms_url": row["sms_url"] or "",
        "sms_method": row["sms_method"],
        "sms_fallback_url": row["sms_fallback_url"] or "",
        "sms_fallback_method": row["sms_fallback_method"],
        "date_created": rfc2822(row["date_created"]),
        "date_updated": rfc2822(row["date_updated"]),
        "uri": uri,
    }


def _list_numbers(call: Call, kind: str | None = None) -> Response:
    taken = filters(call, ("PhoneNumber", "FriendlyName", "Beta", "Origin"))
    asked = dict(taken)
    where, values = "account_sid = ? AND kind = 'number'", [call.account["sid"]]
    if "FriendlyName" in asked:
        where, values = where + " AND friendly_name = ?", [*values, asked["FriendlyName"]]
    if asked.get("Beta") == "true" or asked.get("Origin") not in (None, "twilio"):
        where += " AND 0"
    if "PhoneNumber" in asked or kind:
        pattern = f"*{asked.get('PhoneNumber', '').lstrip('+')}*"
        rows = call.store.all("SELECT sid, address FROM sender WHERE account_sid = ? AND kind = 'number'", values[0])
        matching = [
            row["sid"]
            for row in rows
            if fnmatchcase(row["address"], pattern) and (not kind or type_of(row["address"]) == TYPES[kind])
        ]
        where += " AND sid IN (SELECT value FROM json_each(?))"
        values = [*values, json.dumps(matching)]
    page = page_of(call, "sender", where, tuple(values))
    items = [number_shape(row, typed=kind is None) for row in page.rows]
    return list_2010(call.path, "incoming_phone_numbers", page, taken, items)


def _update_number(call: Call) -> Response:
    row = NUMBERS.one(call)
    values = call.read(NUMBER_PARAMS, elsewhere=LEFT_OUT, pairs=meant(call))
    check_hooks({**row, **values})
    return NUMBERS.save(call, row, values)


def meant(call: Call) -> list[tuple[str, str]]:
    """Return the body without what only repeats the account or the version of the path."""
    same = (("AccountSid", call.account["sid"]), ("ApiVersion", "2010-04-01"))
    return [pair for pair in call.form if pair not in same]


def check_hooks(row: Row) -> None:
    """Raise Refusal unless a number with this row can have the webhooks it names."""
    if row.get("sms_url") and "SMS" not in row["capabilities"].split(","):
        raise Refusal(400, 21407, f"{row['address']} does not support SMS, so it cannot have an SmsUrl")
    if row.get("sms_fallback_url") and not row.get("sms_url"):
        raise Refusal(400, 21406, "SmsFallbackUrl needs an SmsUrl")


def _update_short_code(call: Call) -> Response:
    values = call.read(SMS_PARAMS, elsewhere=("ApiVersion",), pairs=meant(call))
    return SHORT_CODES.save(call, SHORT_CODES.one(call), values)


_ACCOUNT = "/2010-04-01/Accounts/{AC}"
NUMBERS = Collection(
    f"{_ACCOUNT}/IncomingPhoneNumbers.json", "sender", "PN", "incoming_phone_numbers",
    lambda _, row: number_shape(row), only="kind = 'number'",
)  # fmt: skip
SHORT_CODES = Collection(
    f"{_ACCOUNT}/SMS/ShortCodes.json", "sender", "SC", "short_codes", lambda _, row: short_code_shape(row),
    only="kind = 'short code'", filters={"FriendlyName": "friendly_name", "ShortCode": "address"},
)  # fmt: skip
OPERATIONS = (
    *NUMBERS.operations(list=_list_numbers, update=_update_number),
    *(
        Operation("GET", f"{_ACCOUNT}/IncomingPhoneNumbers/{kind}.json", partial(_list_numbers, kind=kind))
        for kind in TYPES
    ),
    *SHORT_CODES.operations(update=_update_short_code),
)
