"""The resources of the API, one module each; a module is imported when one of its paths is first requested."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import import_module

from msvc_toolkit.sandbox.rest.routing import Operation

_2010 = "/2010-04-01/Accounts"
_MODULES: dict[str, tuple[str, ...]] = {
    _2010: ("api.accounts",),
    f"{_2010}/AvailablePhoneNumbers": ("api.available_phone_numbers",),
    f"{_2010}/IncomingPhoneNumbers": ("api.incoming_phone_numbers",),
    f"{_2010}/SMS/ShortCodes": ("api.incoming_phone_numbers",),
    f"{_2010}/Messages": ("api.messages",),
    f"{_2010}/Messages/Media": ("api.media",),
    f"{_2010}/Messages/Feedback": ("api.feedback",),
    "/v1/Services": ("messaging.services",),
    "/v1/Services/PhoneNumbers": ("messaging.pool_senders",),
    "/v1/Services/ShortCodes": ("messaging.pool_senders",),
    "/v1/Services/ChannelSenders": ("messaging.pool_senders",),
    "/v1/Services/AlphaSenders": ("messaging.alpha_senders",),
    "/v1/Services/DestinationAlphaSenders": ("messaging.alpha_senders",),
    "/v1/Services/Compliance/Usa2p": ("messaging.us_app_to_person",),
    "/v1/Services/Compliance/Usa2p/Usecases": ("messaging.usecases",),
    "/v1/Services/PreregisteredUsa2p": ("messaging.us_app_to_person",),
    "/v1/a2p/BrandRegistrations": ("messaging.brand_registrations",),
    "/v1/a2p/BrandRegistrations/Vettings": ("messaging.brand_vettings",),
    "/v1/Deactivations": ("messaging.deactivations",),
    "/_files/deactivations.txt": ("messaging.deactivations",),
    "/v1/LinkShortening": ("messaging.link_shortening",),
    "/v2/LinkShortening": ("messaging.link_shortening",),
    "/v1/Tollfree/Verifications": ("messaging.tollfree_verifications",),
    "/v2/Channels/Senders": ("messaging.channel_senders",),
    "/v1/Content": ("content.contents",),
    "/v2/Content": ("content.contents",),
    "/v1/ContentAndApprovals": ("content.contents",),
    "/v2/ContentAndApprovals": ("content.contents",),
    "/v1/LegacyContent": ("content.contents",),
    "/v1/Consents": ("accounts.consents",),
    "/v1/Contacts": ("accounts.consents",),
    "/v1/SafeList": ("accounts.safe_list",),
    "/v1/Messaging/GeoPermissions": ("accounts.geo_permissions",),
    "/v1/Exports": ("bulkexports.exports",),
    "/_files/export.json.gz": ("bulkexports.exports",),
    "/v1/Policies": ("trusthub.policies",),
    "/v1/EndUsers": ("trusthub.end_users",),
    "/v1/SupportingDocuments": ("trusthub.end_users",),
    "/v1/CustomerProfiles": ("trusthub.profiles", "trusthub.assignments"),
    "/v1/TrustProducts": ("trusthub.profiles", "trusthub.assignments"),
}
"""The modules by path; a path also covers the paths below it that have no entry. SIDs and `.json` are left out."""


@lru_cache(maxsize=1024)
def routes_of(pattern: str) -> dict[str, Operation]:
    """Return a path's operations by HTTP method; the path is a pattern from `routing.pattern_of`."""
    address = re.sub(r"/\{\w+\}|\.json$", "", pattern)
    while address and address not in _MODULES:
        address = address.rpartition("/")[0]
    return {
        route.method: route
        for module in _MODULES.get(address, ())
        for route in _routes(module)
        if route.pattern == pattern
    }


def all_routes() -> tuple[Operation, ...]:
    """Return every operation."""
    modules = dict.fromkeys(module for modules in _MODULES.values() for module in modules)
    return tuple(route for module in modules for route in _routes(module))


@cache
def _routes(module: str) -> tuple[Operation, ...]:
    routes: tuple[Operation, ...] = import_module(f"{__name__}.{module}").OPERATIONS
    return routes
