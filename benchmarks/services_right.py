"""Cases of peers_right.py: services and their pools."""

from __future__ import annotations

from collections.abc import Callable

import peers
from world import World, same

SETTINGS = {
    "FriendlyName": "Orders",
    "InboundRequestUrl": "https://example.com/in",
    "InboundMethod": "GET",
    "FallbackUrl": "https://example.com/fallback",
    "FallbackMethod": "GET",
    "StatusCallback": "https://example.com/status",
    "StickySender": "false",
    "MmsConverter": "false",
    "SmartEncoding": "false",
    "ScanMessageContent": "disable",
    "FallbackToLongCode": "false",
    "AreaCodeGeomatch": "false",
    "ValidityPeriod": "600",
    "SynchronousValidation": "true",
    "Usecase": "marketing",
    "UseInboundWebhookOnNumber": "true",
}
"""All settings of a service, none at its default."""


def _settings(world: World) -> None:
    sid = world.made(201, "POST", "/v1/Services", **SETTINGS)["sid"]
    row = world.get(f"/v1/Services/{sid}")
    kept = 0
    for name, value in SETTINGS.items():
        field = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)[1:]
        found = row.get(field, "")
        kept += (str(found).lower() if isinstance(found, bool) else str(found)) == value
    world.peer.call("DELETE", f"/v1/Services/{sid}")
    same(f"{kept} of 16", "16 of 16")


def _nameless(world: World) -> None:
    world.refused(400, 20001, "POST", "/v1/Services")


def _unknown_service(world: World) -> None:
    world.refused(404, 20404, "GET", "/v1/Services/MG" + "f" * 32)


def _wrong_token(world: World) -> None:
    token, world.peer.auth_token = world.peer.auth_token, "f" * 32
    try:
        world.refused(401, 20003, "GET", "/v1/Services")
    finally:
        world.peer.auth_token = token


def _pool_item(world: World) -> None:
    service, number = world.empty_service(), world.number()
    told = world.made(201, "POST", f"/v1/Services/{service}/PhoneNumbers", PhoneNumberSid=number)
    same((told["sid"] == number, told["phone_number"]), (True, peers.NUMBERS[0]))
    same(sorted(told["capabilities"]), ["MMS", "SMS", "Voice"])
    same(told["country_code"], "US")


def _duplicate(world: World) -> None:
    service = world.service(peers.NUMBERS[0])
    world.refused(409, 21710, "POST", f"/v1/Services/{service}/PhoneNumbers", PhoneNumberSid=world.number())


def _other_service(world: World) -> None:
    world.service(peers.NUMBERS[0])
    other = world.empty_service()
    world.refused(409, 21712, "POST", f"/v1/Services/{other}/PhoneNumbers", PhoneNumberSid=world.number())


def _removed(world: World) -> None:
    service, number = world.service(peers.NUMBERS[0]), world.number()
    world.made(204, "DELETE", f"/v1/Services/{service}/PhoneNumbers/{number}")
    world.refused(404, 20404, "GET", f"/v1/Services/{service}/PhoneNumbers/{number}")


def _alpha(world: World) -> None:
    service = world.empty_service()
    told = world.made(201, "POST", f"/v1/Services/{service}/AlphaSenders", AlphaSender="ACME Shop")
    same(told["alpha_sender"], "ACME Shop")


def _pages(world: World) -> None:
    url: str | None = f"/v1/Services/{world.service()}/PhoneNumbers?PageSize=2"
    seen: list[str] = []
    sizes: list[int] = []
    while url and len(sizes) < 5:  # noqa: PLR2004 - three are right
        page = world.get(url[url.index("/v1") :])
        seen += [row["phone_number"] for row in page["phone_numbers"]]
        sizes.append(len(page["phone_numbers"]))
        url = page["meta"]["next_page_url"]
    same((sizes, sorted(seen)), ([2, 2, 1], sorted(peers.NUMBERS)))


CASES: tuple[tuple[str, Callable[[World], None]], ...] = (
    ("create a service with all 16 settings and read them back", _settings),
    ("create a service without a name: 400/20001", _nameless),
    ("fetch a service that is not there: 404/20404", _unknown_service),
    ("use a wrong auth token: 401/20003", _wrong_token),
    ("add a number to the pool: 201, its own SID, number, country, capabilities", _pool_item),
    ("add it again: 409/21710", _duplicate),
    ("add it to another service: 409/21712", _other_service),
    ("remove it (204) and fetch it: 404/20404", _removed),
    ("add an alphanumeric sender ID: 201", _alpha),
    ("list a pool of five with PageSize=2: pages of 2, 2 and 1 through next_page_url", _pages),
)
