"""The phone numbers and short codes an account owns: buy, list, fetch, update, release.

Source: IncomingPhoneNumber resource and its Local, Mobile and TollFree sub-resources, ShortCode resource; error pages
21406, 21407, 21421, 21422; Test credentials for 21452 (read 2026-11-23). A number of another kind than in the path is
refused with 21421: no code is documented.
"""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from msvc_toolkit.rules import addresses
from msvc_toolkit.sandbox.messages import reply_windows
from msvc_toolkit.sandbox.resources.api import number_inventory
from msvc_toolkit.sandbox.resources.api.available_phone_numbers import on_sale
from msvc_toolkit.sandbox.rest.collection import Collection
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, method, params, text, url
from msvc_toolkit.sandbox.rest.responses import Response, answer, columns, list_2010, rfc2822
from msvc_toolkit.sandbox.rest.routing import Call, Operation, filters, page_of
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

SMS_PARAMS = (
    *params("FriendlyName", text(0, 64)),
    *params("SmsUrl SmsFallbackUrl", url),
    *params("SmsMethod SmsFallbackMethod", method),
)
NUMBER_PARAMS = (
    *SMS_PARAMS,
    Param("StatusCallback", "status_callback", url),
    Param("StatusCallbackMethod", "status_callback_method", method),
)
LEFT_OUT = tuple(
    "AccountSid ApiVersion SmsApplicationSid VoiceApplicationSid VoiceCallerIdLookup VoiceFallbackMethod "
    "VoiceFallbackUrl VoiceMethod VoiceUrl EmergencyStatus EmergencyAddressSid TrunkSid VoiceReceiveMode "
    "IdentitySid AddressSid BundleSid".split()
)
"""Parameters of the live resource that have nothing to do with messaging, or need what the sandbox lacks."""
TYPES = {"Local": "local", "Mobile": "mobile", "TollFree": "toll-free"}
"""The name of each kind of number in a path and in the field `type`."""

_NUMBER = Param("PhoneNumber", "address", str)
_AREA = Param("AreaCode", "area_code", str)
_AREA_CODE = re.compile(r"[2-9][0-9]{2}")


def type_of(number: str) -> str:
    """Return a number's type as Twilio names it: local, mobile or toll-free."""
    address = addresses.read(number)
    return address.kind if address and address.kind in TYPES.values() else "local"


def number_shape(row: Row, *, typed: bool = True) -> dict[str, Any]:
    """Write an incoming phone number as Twilio does; it has no field for its type if the path names the type."""
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
        **columns(row, "sid", "account_sid", "friendly_name"),
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
    """Return the body without parameters that only repeat the account or the version in the path."""
    same = (("AccountSid", call.account["sid"]), ("ApiVersion", "2010-04-01"))
    return [pair for pair in call.form if pair not in same]


def check_hooks(row: Row) -> None:
    """Raise Refusal if a number with this row cannot have its webhooks."""
    if row.get("sms_url") and "SMS" not in row["capabilities"].split(","):
        raise Refusal(400, 21407, f"{row['address']} does not support SMS, so it cannot have an SmsUrl")
    if row.get("sms_fallback_url") and not row.get("sms_url"):
        raise Refusal(400, 21406, "SmsFallbackUrl needs an SmsUrl")


def _update_short_code(call: Call) -> Response:
    values = call.read(SMS_PARAMS, elsewhere=("ApiVersion",), pairs=meant(call))
    return SHORT_CODES.save(call, SHORT_CODES.one(call), values)


def _buy(call: Call, path: str | None = None) -> Response:
    takes = (*NUMBER_PARAMS, _NUMBER, *(() if path else (_AREA,)))
    values = call.read(takes, elsewhere=LEFT_OUT, pairs=meant(call))
    area = str(values.pop("area_code", ""))
    number = str(values.pop("address", "")) or _first_in(call, area)
    query = "SELECT * FROM sender WHERE address = ? AND account_sid = ? AND kind = 'number'"
    if owned := call.store.one(query, number, call.account["sid"]):
        # Buying an owned number updates it. Source: danielberkompas/ex_twilio#116 (recorded; read 2026-11-27): 201, in-use.
        check_hooks({**owned, **values})
        call.store.update("sender", owned["sid"], {**values, "date_updated": call.now})
        return _bought(call, owned["sid"], typed=path is None)
    country, kind = _sold(call, number)
    if path and kind != path:
        raise Refusal(400, 21421, f"{number} is not a {path} number: it is {kind}")
    row: Row = {
        "account_sid": call.account["sid"],
        "kind": "number",
        "address": number,
        "country_code": country,
        "capabilities": ",".join(number_inventory.COUNTRIES[country][1][kind]),
        "friendly_name": number_inventory.national(number),
        "standing": call.settings.tollfree_on_purchase if kind == "TollFree" else "good",
        **values,
    }
    check_hooks(row)
    return _bought(call, call.store.add("sender", "PN", call.now, row), typed=path is None)


def _bought(call: Call, sid: str, *, typed: bool) -> Response:
    return answer(201, number_shape(NUMBERS.one(call, sid), typed=typed))


def _first_in(call: Call, area: str) -> str:
    """Return a number of an area code of the US or Canada, or of a toll-free code."""
    if not area:
        raise Refusal(400, 20001, "Missing required parameter PhoneNumber in the post body, or AreaCode instead")
    for country in ("US", "CA") if _AREA_CODE.fullmatch(area) else ():
        for kind in ("Local", "TollFree"):
            for number in on_sale(call, country, kind):
                if number.startswith(f"+1{area}"):
                    return number
    raise Refusal(400, 21452, f"No phone numbers found in area code {area[:40]}")


def _sold(call: Call, number: str) -> tuple[str, str]:
    """Return the country and kind under which a number for sale is listed."""
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", number):
        raise Refusal(400, 21421, f"{number[:40]!r} is not a valid number: write it as +14155552345")
    sold = number_inventory.kind_of(number)
    if sold is None or number not in on_sale(call, *sold):
        raise Refusal(400, 21422, f"{number} is not available")
    return sold


def _release(call: Call) -> Response:
    release(call.store, NUMBERS.one(call))
    return Response(204)


def release(store: SandboxStore, sender: Row) -> None:
    """Remove a sender from its account, from its pool and from Sticky Sender pairs; its number is for sale again.

    Its messages stay and still name it.
    """
    store.execute("DELETE FROM sticky WHERE sender_sid = ?", sender["sid"])
    store.execute("DELETE FROM last_use WHERE sender_sid = ?", sender["sid"])
    reply_windows.forget(store, sender)
    store.execute("DELETE FROM sender WHERE sid = ?", sender["sid"])


_ACCOUNT = "/2010-04-01/Accounts/{AC}"
_NUMBERS = f"{_ACCOUNT}/IncomingPhoneNumbers"
NUMBERS = Collection(
    f"{_NUMBERS}.json",
    "sender",
    "PN",
    "incoming_phone_numbers",
    lambda _, row: number_shape(row),
    only="kind = 'number'",
)
SHORT_CODES = Collection(
    f"{_ACCOUNT}/SMS/ShortCodes.json",
    "sender",
    "SC",
    "short_codes",
    lambda _, row: short_code_shape(row),
    only="kind = 'short code'",
    filters={"FriendlyName": "friendly_name", "ShortCode": "address"},
)
OPERATIONS = (
    *NUMBERS.operations(list=_list_numbers, create=_buy, update=_update_number, delete=_release),
    *(Operation("GET", f"{_NUMBERS}/{kind}.json", partial(_list_numbers, kind=kind)) for kind in TYPES),
    *(Operation("POST", f"{_NUMBERS}/{kind}.json", partial(_buy, path=kind)) for kind in TYPES),
    *SHORT_CODES.operations(update=_update_short_code),
)
