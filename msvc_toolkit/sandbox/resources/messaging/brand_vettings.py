"""Vettings of a brand: a secondary vetting by Aegis, or a token of Campaign Verify for political senders.

Source: Vettings resource, twilio_messaging_v1 specification; error pages 21721 to 21723 (read 2026-11-23).
"""

from __future__ import annotations

from typing import Any

from msvc_toolkit.sandbox.messages import a2p_registration
from msvc_toolkit.sandbox.resources.messaging.brand_registrations import BRANDS
from msvc_toolkit.sandbox.rest.collection import Collection
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, choice, read, required, text
from msvc_toolkit.sandbox.rest.responses import Response, columns, iso
from msvc_toolkit.sandbox.rest.routing import Call
from msvc_toolkit.sandbox.storage.store import Row

CLASSES = {"aegis": "STANDARD", "campaign-verify": "POLITICAL"}
_BRAND_FAILED, _BAD_TOKEN, _RUNNING = 21721, 21722, 21723
PARAMS = (
    Param("VettingProvider", "vetting_provider", choice("campaign-verify", "aegis")),
    Param("VettingId", "vetting_id", text(1, 500)),
)


def status(row: Row, now: int) -> str:
    """Return the status of a vetting at a time."""
    return str(row["verdict"]) if row["verdict"] is not None and now >= row["decided"] else "PENDING"


def shape(call: Call, row: Row) -> dict[str, Any]:
    """Write a vetting as Twilio does."""
    return {
        **columns(row, "account_sid", "brand_sid"),
        "brand_vetting_sid": row["sid"],
        "date_updated": iso(row["decided"] if row["decided"] <= call.now else row["date_created"]),
        "date_created": iso(row["date_created"]),
        "vetting_id": row["vetting_id"],
        "vetting_class": CLASSES[row["vetting_provider"]],
        "vetting_status": status(row, call.now),
        "vetting_provider": row["vetting_provider"],
        "url": f"{call.origin}/v1/a2p/BrandRegistrations/{row['brand_sid']}/Vettings/{row['sid']}",
    }


def _create(call: Call) -> Response:
    brand = VETTINGS.container(call)
    values = call.read(PARAMS)
    required(values, PARAMS, "VettingProvider")
    political = values["vetting_provider"] == "campaign-verify"
    state = a2p_registration.brand_status(brand, call.now)
    if state in ("FAILED", "SUSPENDED"):
        raise Refusal(400, _BRAND_FAILED, f"{brand['sid']} is {state} and cannot be vetted")
    if political and not values.get("vetting_id"):
        raise Refusal(400, _BAD_TOKEN, "VettingId is Campaign Verify's token, and is needed with this provider")
    running = call.store.all("SELECT * FROM vetting WHERE brand_sid = ?", brand["sid"])
    if any(status(row, call.now) == "PENDING" for row in running):
        raise Refusal(400, _RUNNING, f"A vetting of {brand['sid']} is running")
    decided = call.now + call.settings.vetting_ms
    return VETTINGS.add(call, {"brand_sid": brand["sid"], **values, "decided": decided})


def _by_provider(_: Call, provider: str) -> tuple[str, tuple[object, ...]]:
    return "vetting_provider = ?", (read([("VettingProvider", provider)], PARAMS)["vetting_provider"],)


VETTINGS = Collection(
    "/v1/a2p/BrandRegistrations/{BN}/Vettings",
    "vetting",
    "VT",
    "data",
    shape,
    parent=BRANDS,
    owner="brand_sid",
    filters={"VettingProvider": _by_provider},
    dates=("date_created",),
)
OPERATIONS = VETTINGS.operations(create=_create)
