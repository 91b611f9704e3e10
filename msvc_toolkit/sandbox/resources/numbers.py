"""The senders an account owns: phone numbers, short codes and channel senders.

Source: IncomingPhoneNumber, ShortCode and v2 Channels Senders resources; error pages 21406, 21407 (read 2026-11-23).
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

from msvc_toolkit import phone
from msvc_toolkit.sandbox.params import Param, method, read, text, url
from msvc_toolkit.sandbox.refusal import Refusal, not_emulated
from msvc_toolkit.sandbox.resource import Call, Route, filters, page_of
from msvc_toolkit.sandbox.store import Row
from msvc_toolkit.sandbox.wire import Response, answer, list_2010, list_v1, rfc2822

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


def number_shape(row: Row) -> dict[str, Any]:
    """Write an incoming phone number as Twilio does."""
    able = set(row["capabilities"].split(","))
    address = phone.read(row["address"])
    kind = {"toll-free": "toll-free", "mobile": "mobile"}.get(address.kind if address else "", "local")
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
        "type": kind,
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


def channel_shape(row: Row, origin: str) -> dict[str, Any]:
    """Write a channel sender as the v2 API does."""
    return {
        "sid": row["sid"],
        "status": "ONLINE",
        "sender_id": row["address"],
        "configuration": None,
        "webhook": {"callback_url": row["sms_url"], "callback_method": row["sms_method"]},
        "profile": {"name": row["friendly_name"]},
        "properties": None,
        "offline_reasons": None,
        "compliance": None,
        "url": f"{origin}/v2/Channels/Senders/{row['sid']}",
    }


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


def _one(call: Call, kind: str, sid: str) -> Row:
    row = call.store.one(
        "SELECT * FROM sender WHERE sid = ? AND account_sid = ? AND kind = ?", sid, call.account["sid"], kind
    )
    if row is None:
        raise Refusal(404, 20404, f"The requested resource {call.path} was not found")
    return row


def _list_numbers(call: Call) -> Response:
    taken = filters(call, ("PhoneNumber", "FriendlyName", "Beta", "Origin"))
    asked = dict(taken)
    where, values = "account_sid = ? AND kind = 'number'", [call.account["sid"]]
    if "FriendlyName" in asked:
        where, values = where + " AND friendly_name = ?", [*values, asked["FriendlyName"]]
    if asked.get("Beta") == "true" or asked.get("Origin") not in (None, "twilio"):
        where += " AND 0"
    if "PhoneNumber" in asked:
        pattern = f"*{asked['PhoneNumber'].lstrip('+')}*"
        rows = call.store.all("SELECT sid, address FROM sender WHERE account_sid = ? AND kind = 'number'", values[0])
        matching = [row["sid"] for row in rows if fnmatchcase(row["address"], pattern)]
        where += " AND sid IN (SELECT value FROM json_each(?))"
        values = [*values, json.dumps(matching)]
    page = page_of(call, "sender", where, tuple(values))
    return list_2010(call.path, "incoming_phone_numbers", page, taken, [number_shape(row) for row in page.rows])


def _buy_number(_call: Call) -> Response:
    raise not_emulated("buying numbers: POST /_sandbox/numbers, or conn.sandbox.own(), gives the account one")


def _release_number(_call: Call) -> Response:
    raise not_emulated("releasing numbers")


def _fetch_number(call: Call) -> Response:
    return answer(200, number_shape(_one(call, "number", call.sids[1])))


def _update_number(call: Call) -> Response:
    row = _one(call, "number", call.sids[1])
    values = read(call.form, NUMBER_PARAMS, elsewhere=LEFT_OUT)
    if values.get("sms_url") and "SMS" not in row["capabilities"].split(","):
        raise Refusal(400, 21407, f"{row['address']} does not support SMS, so it cannot have an SmsUrl")
    if values.get("sms_fallback_url") and not values.get("sms_url", row["sms_url"]):
        raise Refusal(400, 21406, "SmsFallbackUrl needs an SmsUrl")
    call.store.update("sender", row["sid"], {**values, "date_updated": call.now})
    return _fetch_number(call)


def _list_short_codes(call: Call) -> Response:
    taken = filters(call, ("FriendlyName", "ShortCode"))
    where, values = "account_sid = ? AND kind = 'short code'", [call.account["sid"]]
    for name, value in taken:
        where += " AND friendly_name = ?" if name == "FriendlyName" else " AND address = ?"
        values = [*values, value]
    page = page_of(call, "sender", where, tuple(values))
    return list_2010(call.path, "short_codes", page, taken, [short_code_shape(row) for row in page.rows])


def _fetch_short_code(call: Call) -> Response:
    return answer(200, short_code_shape(_one(call, "short code", call.sids[1])))


def _update_short_code(call: Call) -> Response:
    row = _one(call, "short code", call.sids[1])
    values = read(call.form, SMS_PARAMS, elsewhere=("ApiVersion",))
    call.store.update("sender", row["sid"], {**values, "date_updated": call.now})
    return _fetch_short_code(call)


def _list_channels(call: Call) -> Response:
    taken = filters(call, ("Channel",))
    channel = dict(taken).get("Channel")
    if channel not in ("whatsapp", "messenger", "rcs"):
        raise Refusal(400, 20001, "Channel is required: whatsapp, messenger or rcs")
    where = "account_sid = ? AND kind = 'channel' AND address GLOB ?"
    page = page_of(call, "sender", where, (call.account["sid"], f"{channel}:*"))
    items = [channel_shape(row, call.origin) for row in page.rows]
    return list_v1(call.origin + call.path, "senders", page, taken, items)


def _fetch_channel(call: Call) -> Response:
    return answer(200, channel_shape(_one(call, "channel", call.sids[0]), call.origin))


ROUTES = (
    Route("GET", "/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers.json", _list_numbers),
    Route("POST", "/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers.json", _buy_number),
    Route("GET", "/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers/{PN}.json", _fetch_number),
    Route("DELETE", "/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers/{PN}.json", _release_number),
    Route("POST", "/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers/{PN}.json", _update_number),
    Route("GET", "/2010-04-01/Accounts/{AC}/SMS/ShortCodes.json", _list_short_codes),
    Route("GET", "/2010-04-01/Accounts/{AC}/SMS/ShortCodes/{SC}.json", _fetch_short_code),
    Route("POST", "/2010-04-01/Accounts/{AC}/SMS/ShortCodes/{SC}.json", _update_short_code),
    Route("GET", "/v2/Channels/Senders", _list_channels),
    Route("GET", "/v2/Channels/Senders/{XE}", _fetch_channel),
)
