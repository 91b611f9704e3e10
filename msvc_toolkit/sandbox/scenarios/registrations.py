"""Creates brands and campaigns directly in any state, for scenarios and tests.

For fields that are not given, those of a made-up deli are used, which would be approved.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.rules.facts import table
from msvc_toolkit.sandbox.messages import a2p_registration
from msvc_toolkit.sandbox.resources.messaging import brand_review, us_app_to_person
from msvc_toolkit.sandbox.resources.trusthub import policies
from msvc_toolkit.sandbox.settings import SandboxSettings
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

_ACME = table("sandbox/scenarios/acme.toml")
PERSON, BUSINESS, A2P, SOLE = (_ACME[part] for part in ("person", "business", "a2p", "sole"))
ADDRESS = {"address_sids": f"AD{'0' * 32}"}
TEXTS: dict[str, Any] = _ACME["campaign"]
"""A campaign that passes review."""
_LISTED = ("stock_ticker", "stock_exchange", "brand_contact_email")
_BRAND = tuple(
    "identity_status brand_score tcr_id mock skip_automatic_sec_vet russell_3000 government_entity "
    "tax_exempt_status".split()
)
_CAMPAIGN = ("campaign_id", "mock", "external")


def brand(
    store: SandboxStore,
    account_sid: str,
    at: int,
    *,
    brand_type: str = "STANDARD",
    status: str = "APPROVED",
    errors: Mapping[int, str] | None = None,
    profile_status: str = "twilio-approved",
    product_status: str = "twilio-approved",
    valid_until: datetime | None = None,
    business: Mapping[str, object] | None = None,
    decides: int | None = None,
    **more: Any,
) -> str:
    """Make a brand with its two bundles and return its SID; see `Controller.register_brand`.

    `at` is when it was made (ms), and `decides` is when a pending one is decided.
    """
    _known(more, _BRAND, "brand")
    facts = {**PERSON, **BUSINESS, **A2P, **SOLE, **(business or {})}
    sole = brand_type == "SOLE_PROPRIETOR"
    primary = _bundle(store, account_sid, at, policies.PRIMARY, profile_status, facts, valid_until)
    profile = primary
    if sole:
        profile = _bundle(store, account_sid, at, policies.STARTER, profile_status, facts, valid_until)
        _assign(store, account_sid, at, profile, primary)
    product = _bundle(
        store, account_sid, at, policies.SOLE_PROPRIETOR if sole else policies.A2P, product_status, facts, None
    )
    _assign(store, account_sid, at, product, profile)
    row: Row = {
        "account_sid": account_sid,
        "customer_profile_bundle_sid": profile,
        "a2p_profile_bundle_sid": product,
        "brand_type": brand_type,
        "mock": 0,
        "skip_automatic_sec_vet": 0,
        "decided": at if decides is None else decides,
        "verdict": status if decides is None else None,
        "errors": _errors(errors),
    }
    row["sid"] = sid = store.add("brand", "BN", at, row)
    good = status in ("APPROVED", "SUSPENDED")
    waits = "SELF_DECLARED" if status in ("PENDING", "IN_REVIEW") else "UNVERIFIED"
    known = brand_review.registered(store, {**row, **more}) if good else {"identity_status": waits}
    store.update("brand", sid, {**known, **more})
    return sid


def campaign(
    store: SandboxStore,
    settings: SandboxSettings,
    account_sid: str,
    service_sid: str,
    at: int,
    *,
    brand_sid: str | None,
    status: str = "VERIFIED",
    decides: int | None = None,
    errors: Mapping[int, str] | None = None,
    **more: Any,
) -> str:
    """Make a service's campaign, and return its SID; when it is verified, the numbers of the pool are registered.

    See `Controller.register_campaign`. `at` is when it was made, and `decides` is when a pending one is decided.
    """
    _known(more, (*us_app_to_person.campaign({}).__dataclass_fields__, *_CAMPAIGN), "campaign")
    if store.one("SELECT 1 FROM service WHERE sid = ?", service_sid) is None:
        raise SandboxError(f"The sandbox has no service {service_sid}.")
    if store.one("SELECT 1 FROM campaign WHERE service_sid = ?", service_sid):
        raise SandboxError(f"The service {service_sid} has a campaign; delete it first.")
    brand = store.one("SELECT * FROM brand WHERE sid = ?", brand_sid)
    sole = brand is not None and brand["brand_type"] == "SOLE_PROPRIETOR"
    usual = {**TEXTS, "us_app_to_person_usecase": "SOLE_PROPRIETOR"} if sole else TEXTS
    fields = {**usual, **{name: value for name, value in more.items() if name not in _CAMPAIGN}}
    then = at - settings.number_registration_ms if decides is None else at
    sid = store.new_sid("QE")
    row = {
        "sid": sid,
        "account_sid": account_sid,
        "brand_sid": brand_sid,
        "service_sid": service_sid,
        "usecase": fields["us_app_to_person_usecase"],
        "fields": json.dumps(fields),
        "mock": brand["mock"] if brand else 0,
        "external": 0,
        "campaign_id": a2p_registration.tcr_id(store, sid),
        "reviewed": then,
        "decided": then if decides is None else decides,
        "verdict": status if decides is None else None,
        "errors": _errors(errors),
        "date_created": then,
        "date_updated": then,
        **{name: value for name, value in more.items() if name in _CAMPAIGN},
    }
    store.insert("campaign", row)
    store.execute("UPDATE sender SET date_pooled = min(date_pooled, ?) WHERE service_sid = ?", then, service_sid)
    return sid


def _bundle(
    store: SandboxStore,
    account_sid: str,
    at: int,
    policy: str,
    status: str,
    facts: dict[str, Any],
    until: datetime | None,
) -> str:
    kind, name, requirements = policies.POLICIES[policy]
    row = {
        "account_sid": account_sid,
        "kind": kind,
        "policy_sid": policy,
        "friendly_name": f"{facts['business_name']}: {name}"[:255],
        "email": facts["email"],
        "decided": None if status == "draft" else at,
        "verdict": None if status == "draft" else status,
        "valid_until": None if until is None else round(until.timestamp() * 1000),
    }
    sid = store.add("bundle", "BU", at, row)
    for requirement in requirements:
        if requirement.kind == "bundle":
            continue
        document = requirement.kind == "document"
        attributes = ADDRESS if document else {field: facts[field] for field in requirement.fields if field in facts}
        if requirement.name == "us_a2p_messaging_profile_information":
            attributes |= {name: facts[name] for name in _LISTED if name in facts}
        held = {"account_sid": account_sid, "kind": requirement.kind, "friendly_name": requirement.label}
        held |= {"type": requirement.name, "attributes": json.dumps(attributes)}
        _assign(store, account_sid, at, sid, store.add("entity", "RD" if document else "IT", at, held))
    return sid


def _assign(store: SandboxStore, account_sid: str, at: int, bundle_sid: str, object_sid: str) -> None:
    row = {"sid": store.new_sid("BV"), "account_sid": account_sid, "bundle_sid": bundle_sid, "object_sid": object_sid}
    store.insert("assignment", {**row, "date_created": at})


def _errors(errors: Mapping[int, str] | None) -> str:
    return json.dumps([brand_review.entry(code, field) for code, field in (errors or {}).items()])


def _known(more: Mapping[str, object], names: tuple[str, ...], what: str) -> None:
    unknown = sorted(set(more) - set(names))
    if unknown:
        raise SandboxError(f"A {what} has no field {unknown[0]!r}; it has {', '.join(names)}.")
