"""Buying and releasing phone numbers.

Source: IncomingPhoneNumber resource and its Local, Mobile and TollFree sub-resources; error pages 21421, 21422;
Test credentials for 21452 (read 2026-11-23). A number of another kind than the path says is refused with 21421: no
code is documented.
"""

from __future__ import annotations

import re
from functools import partial

from msvc_toolkit.sandbox.messages import reply_windows
from msvc_toolkit.sandbox.resources.api import incoming_phone_numbers, number_inventory
from msvc_toolkit.sandbox.resources.api.available_phone_numbers import on_sale
from msvc_toolkit.sandbox.resources.api.incoming_phone_numbers import NUMBERS
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param
from msvc_toolkit.sandbox.rest.responses import Response, answer
from msvc_toolkit.sandbox.rest.routing import Call, Operation
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

_NUMBER = Param("PhoneNumber", "address", str)
_AREA = Param("AreaCode", "area_code", str)
_AREA_CODE = re.compile(r"[2-9][0-9]{2}")


def _buy(call: Call, path: str | None = None) -> Response:
    takes = (*incoming_phone_numbers.NUMBER_PARAMS, _NUMBER, *(() if path else (_AREA,)))
    values = call.read(takes, elsewhere=incoming_phone_numbers.LEFT_OUT, pairs=incoming_phone_numbers.meant(call))
    area = str(values.pop("area_code", ""))
    number = str(values.pop("address", "")) or _first_in(call, area)
    if (owned := _owned(call, number)) is not None:
        return _update_owned(call, owned, values, typed=path is None)
    country, kind = _sold(call, number)
    if path and kind != path:
        raise Refusal(400, 21421, f"{number} is not a {path} number: it is {kind}")
    row: Row = {
        "sid": call.store.new_sid("PN"),
        "account_sid": call.account["sid"],
        "kind": "number",
        "address": number,
        "country_code": country,
        "capabilities": ",".join(number_inventory.COUNTRIES[country][1][kind]),
        "friendly_name": number_inventory.national(number),
        "standing": call.settings.tollfree_on_purchase if kind == "TollFree" else "good",
        "date_created": call.now,
        "date_updated": call.now,
        **values,
    }
    incoming_phone_numbers.check_hooks(row)
    call.store.insert("sender", row)
    return _bought(call, row["sid"], typed=path is None)


def _bought(call: Call, sid: str, *, typed: bool) -> Response:
    return answer(201, incoming_phone_numbers.number_shape(NUMBERS.one(call, sid), typed=typed))


def _owned(call: Call, number: str) -> Row | None:
    query = "SELECT * FROM sender WHERE address = ? AND account_sid = ? AND kind = 'number'"
    return call.store.one(query, number, call.account["sid"])


def _update_owned(call: Call, row: Row, values: dict[str, object], *, typed: bool) -> Response:
    """Buying a number that the account has updates it.

    Source: danielberkompas/ex_twilio#116 (recorded; read 2026-11-27): 201, status in-use.
    """
    incoming_phone_numbers.check_hooks({**row, **values})
    call.store.update("sender", row["sid"], {**values, "date_updated": call.now})
    return _bought(call, row["sid"], typed=typed)


def _first_in(call: Call, area: str) -> str:
    """Return a number of an area code, of the US or Canada or toll-free."""
    if not area:
        raise Refusal(400, 20001, "Missing required parameter PhoneNumber in the post body, or AreaCode instead")
    for country in ("US", "CA") if _AREA_CODE.fullmatch(area) else ():
        for kind in ("Local", "TollFree"):
            number_found = next(
                (number for number in on_sale(call, country, kind) if number.startswith(f"+1{area}")), None
            )
            if number_found:
                return number_found
    raise Refusal(400, 21452, f"No phone numbers found in area code {area[:40]}")


def _sold(call: Call, number: str) -> tuple[str, str]:
    """Return the country and kind under which a number is on sale."""
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
    """Take a sender from its account: it leaves its pool, its Sticky Sender pairs go, and its number is on sale again.

    Messages keep naming it.
    """
    store.execute("DELETE FROM sticky WHERE sender_sid = ?", sender["sid"])
    store.execute("DELETE FROM last_use WHERE sender_sid = ?", sender["sid"])
    reply_windows.forget(store, sender)
    store.execute("DELETE FROM sender WHERE sid = ?", sender["sid"])


_BASE = "/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers"
OPERATIONS = (
    Operation("POST", f"{_BASE}.json", _buy),
    *(Operation("POST", f"{_BASE}/{kind}.json", partial(_buy, path=kind)) for kind in incoming_phone_numbers.TYPES),
    Operation("DELETE", f"{_BASE}/{{PN}}.json", _release),
)
