"""Vettings of a brand: a secondary vetting by Aegis, or a token of Campaign Verify for political senders.

Source: Vettings resource, twilio_messaging_v1 specification; error pages 21721 to 21723 (read 2026-11-23).
"""

from __future__ import annotations

from typing import Any

from msvc_toolkit.sandbox.messages import a2p_registration
from msvc_toolkit.sandbox.resources.messaging.brand_registrations import brand_of
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, choice, read, required, text
from msvc_toolkit.sandbox.rest.responses import Response, answer, iso, list_v1
from msvc_toolkit.sandbox.rest.routing import Call, Operation, filters, page_of
from msvc_toolkit.sandbox.storage.store import Row

CLASSES = {"aegis": "STANDARD", "campaign-verify": "POLITICAL"}
_BRAND_FAILED, _BAD_TOKEN, _RUNNING = 21721, 21722, 21723
PARAMS = (
    Param("VettingProvider", "vetting_provider", choice("campaign-verify", "aegis")),
    Param("VettingId", "vetting_id", text(1, 500)),
)


def status(row: Row, now: int) -> str:
    """Return where a vetting stands at a moment."""
    return str(row["verdict"]) if row["verdict"] is not None and now >= row["decided"] else "PENDING"


def shape(call: Call, row: Row) -> dict[str, Any]:
    """Write a vetting as Twilio does."""
    return {
        "account_sid": row["account_sid"],
        "brand_sid": row["brand_sid"],
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
    brand = brand_of(call, call.sids[0])
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
    sid = call.store.new_sid("VT")
    row = {"sid": sid, "account_sid": call.account["sid"], "brand_sid": brand["sid"], **values}
    call.store.insert("vetting", {**row, "decided": call.now + call.settings.vetting_ms, "date_created": call.now})
    return answer(201, shape(call, _one(call, sid)))


def _one(call: Call, sid: str) -> Row:
    row = call.store.one("SELECT * FROM vetting WHERE sid = ? AND brand_sid = ?", sid, call.sids[0])
    if row is None:
        shown = f"/a2p/BrandRegistrations/{call.sids[0]}/Vettings/{sid}"
        raise Refusal(404, 20404, f"The requested resource {shown} was not found")
    return row


def _list(call: Call) -> Response:
    brand = brand_of(call, call.sids[0])
    taken = filters(call, ("VettingProvider",))
    where, values = "brand_sid = ?", [brand["sid"]]
    for pair in taken:
        where += " AND vetting_provider = ?"
        values.append(str(read([pair], PARAMS)["vetting_provider"]))
    page = page_of(call, "vetting", where, tuple(values))
    items = [shape(call, row) for row in page.rows]
    return list_v1(call.origin + call.path, "data", page, taken, items)


def _fetch(call: Call) -> Response:
    brand_of(call, call.sids[0])
    return answer(200, shape(call, _one(call, call.sids[1])))


_BASE = "/v1/a2p/BrandRegistrations/{BN}/Vettings"
OPERATIONS = (
    Operation("POST", _BASE, _create),
    Operation("GET", _BASE, _list),
    Operation("GET", f"{_BASE}/{{VT}}", _fetch),
)
