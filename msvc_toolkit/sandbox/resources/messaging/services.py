"""Messaging Services: create, list, fetch, update, delete, and their use cases.

Source: Services resource; twilio_messaging_v1 specification; error pages 20002, 21713, 30995 (read 2026-11-23).
"""

from __future__ import annotations

from typing import Any

from msvc_toolkit.rules.limits import NAME_LIMIT, VALIDITY_LIMIT_SECONDS
from msvc_toolkit.rules.service_settings import SETTINGS, USECASES
from msvc_toolkit.sandbox.messages import a2p_registration, delivery
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, boolean, choice, integer, method, text, url
from msvc_toolkit.sandbox.rest.responses import Response, answer, iso, list_v1
from msvc_toolkit.sandbox.rest.routing import Call, Route, filters, owned, page_of
from msvc_toolkit.sandbox.storage.store import Row

_PARSERS = {
    "text": text(1, NAME_LIMIT),
    "url": url,
    "method": method,
    "flag": boolean,
    "seconds": integer(1, VALIDITY_LIMIT_SECONDS),
}
PARAMS = tuple(
    Param(setting.twilio_name, setting.name, _PARSERS.get(setting.kind) or choice(*setting.options), code=setting.code)
    for setting in SETTINGS
)
_FLAGS = tuple(setting.name for setting in SETTINGS if setting.kind == "flag")


def shape(call: Call, row: Row) -> dict[str, Any]:
    """Write a service as Twilio does."""
    url_ = f"{call.origin}/v1/Services/{row['sid']}"
    item = {name: row[name] for name in row if name not in ("seq", "date_created", "date_updated")}
    return {
        **item,
        **{flag: bool(row[flag]) for flag in _FLAGS},
        "us_app_to_person_registered": row["sid"]
        in a2p_registration.verified_services(call.store, row["account_sid"], call.now),
        "date_created": iso(row["date_created"]),
        "date_updated": iso(row["date_updated"]),
        "url": url_,
        "links": {
            "phone_numbers": f"{url_}/PhoneNumbers",
            "short_codes": f"{url_}/ShortCodes",
            "alpha_senders": f"{url_}/AlphaSenders",
            "messages": f"{url_}/Messages",
            "us_app_to_person": f"{url_}/Compliance/Usa2p",
            "us_app_to_person_usecases": f"{url_}/Compliance/Usa2p/Usecases",
            "channel_senders": f"{url_}/ChannelSenders",
            "destination_alpha_senders": f"{url_}/DestinationAlphaSenders",
        },
    }


def service_of(call: Call) -> Row:
    """Return the service the path names first."""
    return owned(call, "service", call.sids[0], f"/Services/{call.sids[0]}")


def _create(call: Call) -> Response:
    values = call.read(PARAMS)
    if "friendly_name" not in values:
        raise Refusal(400, 20001, "Missing required parameter FriendlyName in the post body")
    held = call.store.one("SELECT count(*) AS n FROM service WHERE account_sid = ?", call.account["sid"])
    if held and held["n"] >= call.settings.services_limit:
        raise Refusal(400, 30995, "The account has reached its limit of Messaging Services")
    row = {
        "sid": call.store.new_sid("MG"),
        "account_sid": call.account["sid"],
        **call.settings.service_defaults,
        **values,
        "date_created": call.now,
        "date_updated": call.now,
    }
    call.store.insert("service", row)
    return answer(201, shape(call, owned(call, "service", str(row["sid"]), "")))


def _list(call: Call) -> Response:
    page = page_of(call, "service", "account_sid = ?", (call.account["sid"],))
    items = [shape(call, row) for row in page.rows]
    return list_v1(call.origin + call.path, "services", page, filters(call, ()), items)


def _fetch(call: Call) -> Response:
    return answer(200, shape(call, service_of(call)))


def _update(call: Call) -> Response:
    row = service_of(call)
    values = call.read(PARAMS)
    call.store.update("service", row["sid"], {**values, "date_updated": call.now})
    return answer(200, shape(call, service_of(call)))


def _delete(call: Call) -> Response:
    row = service_of(call)
    call.store.run("UPDATE sender SET date_pooled = NULL WHERE service_sid = ?", row["sid"])
    call.store.run("DELETE FROM service WHERE sid = ?", row["sid"])
    delivery.fail_waiting(call.store, row["sid"], call.now)
    return Response(204)


def _usecases(call: Call) -> Response:
    filters(call, ())
    listed = [
        {"usecase": name, "description": description, "purpose": f"Messages of the kind {name}."}
        for name, (_, description) in USECASES.items()
    ]
    return answer(200, {"usecases": listed})


ROUTES = (
    Route("POST", "/v1/Services", _create),
    Route("GET", "/v1/Services", _list),
    Route("GET", "/v1/Services/Usecases", _usecases),
    Route("GET", "/v1/Services/{MG}", _fetch),
    Route("POST", "/v1/Services/{MG}", _update),
    Route("DELETE", "/v1/Services/{MG}", _delete),
)
