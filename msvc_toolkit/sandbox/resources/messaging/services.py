"""Messaging Services: create, list, fetch, update, delete, and their use cases.

Source: Services resource; twilio_messaging_v1 specification; error pages 20002, 21713, 30995 (read 2026-11-23).
"""

from __future__ import annotations

from typing import Any

from msvc_toolkit.rules.limits import NAME_LIMIT, VALIDITY_LIMIT_SECONDS
from msvc_toolkit.rules.service_settings import SETTINGS, USECASES
from msvc_toolkit.sandbox.messages import a2p_registration, delivery
from msvc_toolkit.sandbox.rest.collection import Collection
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, boolean, choice, integer, method, required, text, url
from msvc_toolkit.sandbox.rest.responses import Response, answer, iso
from msvc_toolkit.sandbox.rest.routing import Call, Operation, filters
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


def _create(call: Call) -> Response:
    values = call.read(PARAMS)
    required(values, PARAMS, "FriendlyName")
    held = call.store.one("SELECT count(*) AS n FROM service WHERE account_sid = ?", call.account["sid"])
    if held and held["n"] >= call.settings.services_limit:
        raise Refusal(400, 30995, "The account has reached its limit of Messaging Services")
    return SERVICES.add(call, {**call.settings.service_defaults, **values})


def _update(call: Call) -> Response:
    return SERVICES.save(call, SERVICES.one(call), call.read(PARAMS))


def _delete(call: Call) -> Response:
    row = SERVICES.one(call)
    call.store.execute("UPDATE sender SET date_pooled = NULL WHERE service_sid = ?", row["sid"])
    SERVICES.delete(call)
    delivery.fail_waiting(call.store, row["sid"], call.now)
    return Response(204)


def _usecases(call: Call) -> Response:
    filters(call, ())
    listed = [
        {"usecase": name, "description": description, "purpose": f"Messages of the kind {name}."}
        for name, (_, description) in USECASES.items()
    ]
    return answer(200, {"usecases": listed})


SERVICES = Collection("/v1/Services", "service", "MG", "services", shape)
OPERATIONS = (
    *SERVICES.operations(create=_create, update=_update, delete=_delete),
    Operation("GET", "/v1/Services/Usecases", _usecases),
)
