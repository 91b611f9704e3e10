"""Brand registrations and the one-time code of a sole proprietor: create, list, fetch, submit again.

Source: BrandRegistrations and SmsOtp resources, twilio_messaging_v1 specification; error pages 21724, 21725, 21737
(read 2026-11-23). The result of a registration is decided in `brand_review`.
"""

from __future__ import annotations

from typing import Any

from msvc_toolkit.sandbox.messages import a2p_registration
from msvc_toolkit.sandbox.messages.lifecycle import latest
from msvc_toolkit.sandbox.resources.trusthub import policies
from msvc_toolkit.sandbox.rest.collection import Collection
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, boolean, choice, required, text
from msvc_toolkit.sandbox.rest.responses import Response, answer, columns, iso
from msvc_toolkit.sandbox.rest.routing import Call, Operation
from msvc_toolkit.sandbox.storage.store import Row

STATUSES = ("PENDING", "APPROVED", "FAILED", "IN_REVIEW", "SUSPENDED")
"""The statuses that occur; nothing deletes a brand, and only `conn.sandbox` suspends one."""
NOT_FAILED, TOO_OFTEN, NO_CONTACT = 21725, 21724, 21737
PARAMS = (
    Param("CustomerProfileBundleSid", "customer_profile_bundle_sid", text(34, 34)),
    Param("A2PProfileBundleSid", "a2p_profile_bundle_sid", text(34, 34)),
    Param("BrandType", "brand_type", choice("STANDARD", "SOLE_PROPRIETOR")),
    Param("Mock", "mock", boolean),
    Param("SkipAutomaticSecVet", "skip_automatic_sec_vet", boolean),
)
_REVIEWED = ("government", "non-profit")
"""Kinds of company that a person reviews. Our choice, to show the state IN_REVIEW."""


def shape(call: Call, row: Row) -> dict[str, Any]:
    """Write a brand registration as Twilio does."""
    state = a2p_registration.brand_status(row, call.now)
    known = state not in ("PENDING", "IN_REVIEW")
    errors = a2p_registration.errors(row) if known else []
    url = f"{call.origin}/v1/a2p/BrandRegistrations/{row['sid']}"
    return {
        **columns(row, "sid", "account_sid", "customer_profile_bundle_sid", "a2p_profile_bundle_sid"),
        "date_created": iso(row["date_created"]),
        "date_updated": iso(latest(call.now, row["date_updated"], row["reviewed"], row["decided"])),
        "brand_type": row["brand_type"],
        "status": state,
        "tcr_id": row["tcr_id"],
        "failure_reason": "; ".join(entry["description"] for entry in errors) or None if state == "FAILED" else None,
        "url": url,
        "brand_score": row["brand_score"],
        "brand_feedback": [],
        "identity_status": row["identity_status"],
        "russell_3000": _flag(row["russell_3000"]),
        "government_entity": _flag(row["government_entity"]),
        "tax_exempt_status": row["tax_exempt_status"],
        "skip_automatic_sec_vet": bool(row["skip_automatic_sec_vet"]),
        "errors": errors,
        "mock": bool(row["mock"]),
        "links": {"brand_vettings": f"{url}/Vettings", "brand_registration_otps": f"{url}/SmsOtp"},
    }


def _flag(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def submitted(call: Call, brand_type: str, business: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that a submission sets: the times of its review, and an empty result."""
    pending = call.now + call.settings.brand_pending_ms
    by_hand = brand_type == "STANDARD" and business.get("company_type") in _REVIEWED
    return {
        "reviewed": pending if by_hand else None,
        "decided": pending + call.settings.brand_review_ms if by_hand else pending,
        "verdict": None,
        "identity_status": "UNVERIFIED" if brand_type == "SOLE_PROPRIETOR" else "SELF_DECLARED",
        "errors": "[]",
        "date_updated": call.now,
    }


def _create(call: Call) -> Response:
    values = call.read(PARAMS)
    required(values, PARAMS, "CustomerProfileBundleSid", "A2PProfileBundleSid")
    for name, column, kind in (
        ("CustomerProfileBundleSid", "customer_profile_bundle_sid", "profile"),
        ("A2PProfileBundleSid", "a2p_profile_bundle_sid", "product"),
    ):
        bundle = call.store.one(
            "SELECT kind FROM bundle WHERE sid = ? AND account_sid = ?", values[column], call.account["sid"]
        )
        if bundle is None or bundle["kind"] != kind:
            what = {"profile": "customer profile", "product": "trust product"}[kind]
            raise Refusal(400, 20001, f"Invalid {name}: {str(values[column])[:40]} is not a {what} of this account")
    row: dict[str, Any] = {"brand_type": "STANDARD", "mock": 0, "skip_automatic_sec_vet": 0, **values}
    business = _business(call, row)
    if business.get("company_type") == "public" and not business.get("brand_contact_email"):
        raise Refusal(400, NO_CONTACT, "A listed company's brand needs the brand_contact_email of its A2P profile")
    return BRANDS.add(call, {**row, **submitted(call, row["brand_type"], business)})


def _business(call: Call, row: dict[str, Any]) -> dict[str, Any]:
    return policies.about(call.store, row["customer_profile_bundle_sid"], row["a2p_profile_bundle_sid"])


def _update(call: Call) -> Response:
    """Submit a failed brand again, after its bundles were corrected; at most three times.

    Source: error pages 21724 and 21725.
    """
    row = BRANDS.one(call)
    call.read(())
    state = a2p_registration.brand_status(row, call.now)
    if state != "FAILED":
        raise Refusal(400, NOT_FAILED, f"Only a brand that has failed is submitted again; {row['sid']} is {state}")
    if row["updates"] >= call.settings.brand_updates:
        raise Refusal(400, TOO_OFTEN, f"{row['sid']} was submitted again {row['updates']} times already")
    again = submitted(call, row["brand_type"], _business(call, row))
    return BRANDS.save(call, row, {**again, "updates": row["updates"] + 1}, 202)


def _otp(call: Call) -> Response:
    """Send a sole proprietor's code again; the state of the handset decides whether it is answered.

    Source: SmsOtp resource. Our reading: other brands are refused, and with which code.
    """
    row = BRANDS.one(call)
    call.read(())
    if row["brand_type"] != "SOLE_PROPRIETOR" or row["identity_status"] == "VERIFIED":
        raise Refusal(
            400,
            20001,
            f"{row['sid']} does not wait for a code: only a sole proprietor's brand does, until it is verified",
        )
    call.store.update("brand", row["sid"], submitted(call, row["brand_type"], {}))
    return answer(201, {"account_sid": row["account_sid"], "brand_registration_sid": row["sid"]})


BRANDS = Collection("/v1/a2p/BrandRegistrations", "brand", "BN", "data", shape)
OPERATIONS = (
    *BRANDS.operations(create=_create, update=_update),
    Operation("POST", f"{BRANDS.path}/{{BN}}/SmsOtp", _otp),
)
