"""Numbers for sale: countries, and a search in each kind of number.

Source: AvailablePhoneNumber resources; twilio_api_v2010 specification (read 2026-11-23). Searches are not paged: they
answer with the first PageSize numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msvc_toolkit.sandbox.resources.api import number_inventory
from msvc_toolkit.sandbox.rest.errors import Refusal, not_found
from msvc_toolkit.sandbox.rest.params import Param, boolean, integer, text
from msvc_toolkit.sandbox.rest.responses import Response, answer
from msvc_toolkit.sandbox.rest.routing import Call, Operation

ABLE = {"SmsEnabled": "SMS", "MmsEnabled": "MMS", "VoiceEnabled": "Voice", "FaxEnabled": "Fax"}
FILTERS = (
    Param("AreaCode", "area_code", integer(200, 999)),
    Param("Contains", "contains", number_inventory.pattern),
    Param("InRegion", "region", text(2, 2)),
    *(Param(name, name, boolean) for name in ABLE),
    # No number on sale needs an address or is new to the platform, so these filters exclude nothing.
    *(Param(f"Exclude{which}AddressRequired", which, boolean) for which in ("All", "Local", "Foreign")),
    Param("Beta", "Beta", boolean),
    Param("PageSize", "size", integer(1, 10**9)),
    Param("Page", "page", str),
)
LEFT_OUT = tuple("NearNumber NearLatLong Distance InPostalCode InRateCenter InLata InLocality PageToken".split())
"""Filters that need places and distances, which made-up numbers do not have."""
_NAMES = {
    "Local": "local",
    "TollFree": "toll_free",
    "Mobile": "mobile",
    "National": "national",
    "Voip": "voip",
    "SharedCost": "shared_cost",
    "MachineToMachine": "machine_to_machine",
}


def on_sale(call: Call, country: str, kind: str) -> list[str]:
    """Return the numbers of a kind that are not sold yet."""
    owned = {row["address"] for row in call.store.all("SELECT address FROM sender WHERE kind = 'number'")}
    stock = number_inventory.numbers(call.store.digest("numbers on sale"), country, kind)
    return [number for number in stock if number not in owned]


def shape(number: str, country: str, kind: str) -> dict[str, Any]:
    """Write an available number as Twilio does; a made-up number has a region but no town."""
    able = number_inventory.COUNTRIES[country][1][kind]
    return {
        "friendly_name": number_inventory.national(number),
        "phone_number": number,
        "lata": None,
        "locality": None,
        "rate_center": None,
        "latitude": None,
        "longitude": None,
        "region": number_inventory.regions(country).get(number[2:5]) if kind == "Local" else None,
        "postal_code": None,
        "iso_country": country,
        "address_requirements": "none",
        "beta": False,
        "capabilities": {"voice": "Voice" in able, "sms": "SMS" in able, "mms": "MMS" in able, "fax": False},
    }


def _country(call: Call, country: str) -> dict[str, Any]:
    uri = f"/2010-04-01/Accounts/{call.account['sid']}/AvailablePhoneNumbers/{country}"
    name, kinds = number_inventory.COUNTRIES[country]
    return {
        "country_code": country,
        "country": name,
        "uri": f"{uri}.json",
        "beta": False,
        "subresource_uris": {_NAMES[kind]: f"{uri}/{kind}.json" for kind in kinds},
    }


def _list(call: Call) -> Response:
    call.read(FILTERS[-2:], elsewhere=("PageToken",), pairs=call.query)
    return answer(200, {"countries": [_country(call, code) for code in number_inventory.COUNTRIES], "uri": call.path})


def _fetch(call: Call) -> Response:
    return answer(200, _country(call, _asked(call)))


def _asked(call: Call) -> str:
    if call.sids[1] not in number_inventory.COUNTRIES:
        raise not_found(call.path)
    return call.sids[1]


def _search(kind: str) -> Callable[[Call], Response]:
    def answer_search(call: Call) -> Response:
        country = _asked(call)
        asked = call.read(FILTERS, elsewhere=LEFT_OUT, pairs=call.query)
        if not number_inventory.regions(country) and {"area_code", "region"} & set(asked):
            raise Refusal(400, 20001, "AreaCode and InRegion apply to numbers of the US and Canada only")
        able = number_inventory.COUNTRIES[country][1].get(kind, ())
        wanted = all((what in able) == asked[name] for name, what in ABLE.items() if name in asked)
        matching = _matching(on_sale(call, country, kind), country, asked) if wanted else []
        size = min(int(str(asked.get("size", call.settings.page_size))), call.settings.page_size_max)
        return answer(
            200,
            {
                "available_phone_numbers": [shape(number, country, kind) for number in matching[:size]],
                "uri": call.path,
            },
        )

    return answer_search


def _matching(numbers: Sequence[str], country: str, asked: dict[str, Any]) -> list[str]:
    matching = list(numbers)
    if "area_code" in asked:
        matching = [number for number in matching if number.startswith(f"+1{asked['area_code']}")]
    if "region" in asked:
        region = number_inventory.regions(country)
        matching = [number for number in matching if region.get(number[2:5]) == asked["region"].upper()]
    if "contains" in asked:
        matching = [number for number in matching if asked["contains"].search(number)]
    return matching


_BASE = "/2010-04-01/Accounts/{AC}/AvailablePhoneNumbers"
OPERATIONS = (
    Operation("GET", f"{_BASE}.json", _list),
    Operation("GET", f"{_BASE}/{{CountryCode}}.json", _fetch),
    *(Operation("GET", f"{_BASE}/{{CountryCode}}/{kind}.json", _search(kind)) for kind in number_inventory.KINDS),
)
