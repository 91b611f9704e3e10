"""Trust Hub policies: what a customer profile or trust product must contain, and its evaluation.

Only the policies that A2P 10DLC needs. Their SIDs are Twilio's own, the same for every account.

Source: TrustHub REST API, Policies and Evaluations resources; the A2P 10DLC onboarding guides for direct brands,
ISVs and sole proprietors; error pages 22214 to 22218 (read 2026-11-24). That a missing supporting bundle is reported
with 22218 is our reading.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from msvc_toolkit.rules import addresses
from msvc_toolkit.sandbox.rest.errors import not_found
from msvc_toolkit.sandbox.rest.responses import ListPage, Response, answer, list_v1
from msvc_toolkit.sandbox.rest.routing import Call, Operation, filters, page_number
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

PRIMARY, SECONDARY, STARTER = (
    "RN6433641899984f951173ef1738c3bdd0",
    "RNdfbf3fae0e1107f8aded0e7cead80bf5",
    "RN806dd6cd175f314e1f96a9727ee271f4",
)
A2P, SOLE_PROPRIETOR = "RNb0d4771c2c98518d916a3d4cd70a8f8b", "RN670d5d2e282a6130ae063b234b6019c8"
NO_END_USER, NO_FIELD, NO_DOCUMENT, NO_DOCUMENT_FIELD, NO_BUNDLE = 22214, 22215, 22216, 22217, 22218
BAD_PHONE = 22218
"""A phone number that cannot be one. Source: twilio/twilio-node#957 (recorded; read 2026-11-27)."""
PHONES = ("phone_number", "mobile_phone_number")


@dataclass(frozen=True)
class Requirement:
    """One item that a bundle must contain."""

    name: str  # Twilio's machine name, which is also the type of the end user or document
    label: str
    kind: str  # "end user", "document" or "bundle"
    fields: tuple[str, ...]  # its required fields; for a bundle, its possible policies


_PERSON = ("first_name", "last_name", "email", "phone_number", "business_title", "job_position")
_BUSINESS_FIELDS = tuple(
    "business_name business_identity business_type business_industry business_registration_identifier "
    "business_registration_number business_regions_of_operation website_url".split()
)
_SOLE_FIELDS = ("brand_name", "vertical", "mobile_phone_number")
_BUSINESS = Requirement("customer_profile_business_information", "Business information", "end user", _BUSINESS_FIELDS)
_STARTER = Requirement("starter_customer_profile_information", "Person", "end user", _PERSON[:4])
_COMPANY = Requirement(
    "us_a2p_messaging_profile_information", "A2P messaging profile information", "end user", ("company_type",)
)
_SOLE = Requirement("sole_proprietor_information", "Sole proprietor", "end user", _SOLE_FIELDS)
_FIRST, _SECOND = (
    Requirement(f"authorized_representative_{n}", f"Authorized representative {n}", "end user", _PERSON) for n in (1, 2)
)
_ADDRESS = Requirement("customer_profile_address", "Address", "document", ("address_sids",))
_VOUCHER = Requirement("primary_customer_profile_type_business", "Primary customer profile", "bundle", (PRIMARY,))


def _of(*policies: str) -> Requirement:
    return Requirement("customer_profile", "Customer profile", "bundle", policies)


POLICIES: dict[str, tuple[str, str, tuple[Requirement, ...]]] = {
    PRIMARY: ("profile", "Primary customer profile of a business", (_BUSINESS, _FIRST, _SECOND, _ADDRESS)),
    SECONDARY: ("profile", "Secondary customer profile of a business", (_BUSINESS, _FIRST, _ADDRESS, _VOUCHER)),
    STARTER: ("profile", "Starter customer profile", (_STARTER, _ADDRESS, _VOUCHER)),
    A2P: ("product", "A2P messaging profile", (_COMPANY, _of(PRIMARY, SECONDARY))),
    SOLE_PROPRIETOR: ("product", "A2P messaging profile of a sole proprietor", (_SOLE, _of(STARTER))),
}
"""Policies by SID: the kind of bundle, the policy's name, and its requirements."""
INVALID_PHONE = "Phone number is invalid."
_LISTED = ("stock_exchange", "stock_ticker")
"""Further fields that a public company needs."""


def held(store: SandboxStore, bundle_sid: str) -> list[Row]:
    """Return the end users, documents and bundles that were assigned to a bundle."""
    return store.all(
        "SELECT entity.sid, entity.kind, entity.type, entity.attributes, NULL AS policy_sid FROM assignment "
        "JOIN entity ON entity.sid = object_sid WHERE bundle_sid = ? UNION ALL "
        "SELECT bundle.sid, 'bundle', NULL, '{}', policy_sid FROM assignment JOIN bundle ON bundle.sid = object_sid "
        "WHERE bundle_sid = ?",
        bundle_sid,
        bundle_sid,
    )


def about(store: SandboxStore, *bundle_sids: str) -> dict[str, Any]:
    """Return the attributes of all end users in bundles, and in the bundles within them, by field.

    A bundle's own fields override those of the bundles within it; bundles in a cycle are read once.
    """
    business: dict[str, Any] = {}
    to_read, seen = list(bundle_sids), set()
    while to_read:
        sid = to_read.pop(0)
        if sid in seen:
            continue
        seen.add(sid)
        for item in held(store, sid):
            if item["kind"] == "bundle":
                to_read.append(item["sid"])
            elif item["kind"] == "end user":
                business = {**json.loads(item["attributes"]), **business}
    return business


def evaluate(store: SandboxStore, bundle_sid: str, policy_sid: str) -> list[dict[str, Any]]:
    """Compare a bundle's items with a policy and return the results."""
    items = held(store, bundle_sid)
    return [_result(requirement, items) for requirement in POLICIES[policy_sid][2]]


def compliant(results: Iterable[dict[str, Any]]) -> bool:
    """Return whether every requirement is met."""
    return all(result["passed"] for result in results)


def _result(requirement: Requirement, items: list[Row]) -> dict[str, Any]:
    missing, without = {
        "end user": (NO_END_USER, NO_FIELD),
        "document": (NO_DOCUMENT, NO_DOCUMENT_FIELD),
        "bundle": (NO_BUNDLE, NO_BUNDLE),
    }[requirement.kind]
    if requirement.kind == "bundle":
        item = next((candidate for candidate in items if candidate["policy_sid"] in requirement.fields), None)
        fields: tuple[str, ...] = ("bundle_sid",) if item else ()
        attributes: dict[str, Any] = {"bundle_sid": item["sid"]} if item else {}
    else:
        item = next((candidate for candidate in items if candidate["type"] == requirement.name), None)
        attributes = json.loads(item["attributes"]) if item else {}
        fields = (*requirement.fields, *(_LISTED if attributes.get("company_type") == "public" else ()))
    lacking = [name for name in fields if not attributes.get(name)]
    wrong = [name for name in fields if name in PHONES and name not in lacking and not _is_phone(attributes[name])]
    code = missing if item is None else without if lacking else BAD_PHONE if wrong else None
    reason = f"{requirement.label} is missing." if item is None else f"{requirement.label} lacks {', '.join(lacking)}."
    if wrong and not lacking:
        reason = INVALID_PHONE
    return {
        "friendly_name": requirement.label,
        "object_type": requirement.name,
        "passed": code is None,
        "failure_reason": reason if code else None,
        "error_code": code,
        "valid": [_field(name, None) for name in fields if item and name not in (*lacking, *wrong)],
        "invalid": [
            *(_field(name, without, f"The {name.replace('_', ' ')} is missing.") for name in lacking if item),
            *(_field(name, BAD_PHONE, INVALID_PHONE) for name in wrong),
        ],
        "requirement_friendly_name": requirement.label,
        "requirement_name": requirement.name,
    }


def _field(name: str, code: int | None, reason: str | None = None) -> dict[str, Any]:
    return {
        "friendly_name": name.replace("_", " "),
        "object_field": name,
        "passed": code is None,
        "failure_reason": reason,
        "error_code": code,
    }


def _is_phone(given: object) -> bool:
    read = addresses.read(given) if isinstance(given, str) else None
    return read is not None and read.text.startswith("+")


def _shape(call: Call, sid: str) -> dict[str, Any]:
    _, name, requirements = POLICIES[sid]
    asked = [
        {
            "name": requirement.label,
            "type": requirement.name,
            "requirement_name": requirement.name,
            "fields": list(requirement.fields) if requirement.kind != "bundle" else [],
        }
        for requirement in requirements
    ]
    return {
        "sid": sid,
        "friendly_name": name,
        "requirements": {"end_user": asked},
        "url": f"{call.origin}/v1/Policies/{sid}",
    }


def _list(call: Call) -> Response:
    taken = filters(call, ())
    items = [_shape(call, sid) for sid in POLICIES]
    page = ListPage(items, len(items), page_number(call), None, None)
    return list_v1(call.origin + call.path, "results", page, taken, items)


def _fetch(call: Call) -> Response:
    if call.sids[0] not in POLICIES:
        raise not_found(f"/Policies/{call.sids[0]}")
    return answer(200, _shape(call, call.sids[0]))


OPERATIONS = (
    Operation("GET", "/v1/Policies", _list),
    Operation("GET", "/v1/Policies/{RN}", _fetch),
)
