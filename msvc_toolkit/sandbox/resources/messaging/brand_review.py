"""The reviews of brand registrations and bundles.

The rules are the sandbox's own, so that every outcome can be tried: an error code in the bundle's FriendlyName
("30797", "18602") is the result; else the first matching fault of `_FAULTS`; else it is approved. For a brand, the
FriendlyName of its A2P profile counts.

Source: error pages 30701, 30751, 30793 to 30798 and 18601 to 18606 for causes and remedies; brand troubleshooting
guide (read 2026-11-23).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from msvc_toolkit.a2p.linter import BrandIdentity
from msvc_toolkit.rules import addresses, error_codes
from msvc_toolkit.sandbox.messages import a2p_registration, outcomes
from msvc_toolkit.sandbox.resources.trusthub import policies
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

BRAND_CODES = frozenset(
    {
        30701,
        30702,
        30703,
        30712,
        30729,
        30734,
        *range(30747, 30759),
        *range(30790, 30800),
        30898,
    }
)
BUNDLE_CODES = frozenset(range(18601, 18610))
_LENGTHS = {
    "business_name": 255,
    "business_registration_number": 21,
    "first_name": 100,
    "last_name": 100,
    "phone_number": 20,
    "email": 100,
    "stock_ticker": 10,
    "website_url": 100,
}
_INVALID_BUNDLE = 30793
Business = dict[str, Any]
_FAULTS: tuple[tuple[int, str, Callable[[Business], bool]], ...] = (
    (30795, "business_registration_number", lambda business: not _is_tax_id(business)),
    (
        30796,
        "stock_ticker",
        lambda business: _is(business, "public") and not str(business.get("stock_ticker", "")).isalpha(),
    ),
    (30797, "company_type", lambda business: _is(business, "government") and not _host(business).endswith(".gov")),
    (30798, "company_type", lambda business: _is(business, "non-profit") and "non-profit" not in _kind(business)),
)


def _is(business: Business, company_type: str) -> bool:
    return business.get("company_type") == company_type


def _kind(business: Business) -> str:
    return str(business.get("business_type", "")).lower()


def _host(business: Business) -> str:
    try:
        return (urlsplit(str(business.get("website_url", ""))).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _is_tax_id(business: Business) -> bool:
    number = str(business.get("business_registration_number", ""))
    return business.get("business_registration_identifier") != "EIN" or bool(re.fullmatch(r"\d{2}-?\d{7}", number))


def _rehearsed(bundle: Row | None, known: frozenset[int]) -> int | None:
    codes = re.findall(r"\b\d{5}\b", bundle["friendly_name"]) if bundle else []
    return next((int(code) for code in codes if int(code) in known), None)


def entry(code: int, *fields: str) -> dict[str, Any]:
    """Write one of a brand's ``errors`` in our words."""
    known = error_codes.lookup(code)
    return a2p_registration.error(
        code, fields, known.meaning if known else f"The registration was refused with {code}."
    )


def bundle_errors(store: SandboxStore, bundle: Row) -> list[dict[str, Any]]:
    """Return why a customer profile or trust product is rejected; empty when it is approved."""
    rehearsed = _rehearsed(bundle, BUNDLE_CODES)
    if rehearsed:
        return [_bundle_entry(rehearsed)]
    results = policies.evaluate(store, bundle["sid"], bundle["policy_sid"])
    lacking = [
        _bundle_entry(result["error_code"], result["failure_reason"]) for result in results if not result["passed"]
    ]
    business = policies.about(store, bundle["sid"]) if bundle["kind"] == "profile" else {}
    mail = str(business.get("email", "")).rpartition("@")[2].lower()
    if not lacking and _host(business) and mail and not f".{mail}".endswith(f".{_host(business)}"):
        lacking.append(_bundle_entry(18606))
    return lacking


def _bundle_entry(code: int, sentence: str = "") -> dict[str, Any]:
    known = error_codes.lookup(code)
    return {"code": code, "description": sentence or (known.meaning if known else f"Rejected with {code}.")}


def brand_errors(store: SandboxStore, brand: Row) -> list[dict[str, Any]]:
    """Return why a brand fails; empty when it is approved."""
    product = store.one("SELECT * FROM bundle WHERE sid = ?", brand["a2p_profile_bundle_sid"])
    profile = store.one("SELECT * FROM bundle WHERE sid = ?", brand["customer_profile_bundle_sid"])
    rehearsed = _rehearsed(product, BRAND_CODES)
    if rehearsed:
        return [entry(rehearsed)]
    for bundle in (profile, product):
        if bundle is None or bundle["verdict"] == "twilio-rejected":
            return [entry(_INVALID_BUNDLE)]
        if not policies.compliant(policies.evaluate(store, bundle["sid"], bundle["policy_sid"])):
            return [entry(_INVALID_BUNDLE)]
    business = policies.about(store, brand["customer_profile_bundle_sid"], brand["a2p_profile_bundle_sid"])
    if too_long := [name for name, most in _LENGTHS.items() if len(str(business.get(name, ""))) > most]:
        return [entry(30701, *too_long)]
    if brand["brand_type"] == "SOLE_PROPRIETOR":
        return [] if _mobile(business) else [entry(30751, "mobile_phone_number")]
    return [entry(code, field) for code, field, wrong in _FAULTS if wrong(business)][:1]


def _mobile(business: Business) -> addresses.Address | None:
    read = addresses.read(str(business.get("mobile_phone_number", "")))
    return read if read is not None and read.country in addresses.US_CA and read.kind != "toll-free" else None


def registered(store: SandboxStore, brand: Row) -> dict[str, Any]:
    """Return the columns that an approval sets: the brand's ID in the registry, and its score."""
    business = policies.about(store, brand["customer_profile_bundle_sid"], brand["a2p_profile_bundle_sid"])
    if brand["brand_type"] == "SOLE_PROPRIETOR":
        mobile = _mobile(business)
        answered = mobile is not None and outcomes.handset_state(store, mobile) == "good"
        return {
            "identity_status": "VERIFIED" if answered else "UNVERIFIED",
            "tcr_id": a2p_registration.tcr_id(store, brand["sid"]),
        }
    return {
        "identity_status": "VERIFIED",
        "tcr_id": a2p_registration.tcr_id(store, brand["sid"]),
        "brand_score": None if brand["skip_automatic_sec_vet"] else score(store, brand["sid"]),
        "russell_3000": int(_is(business, "public")),
        "government_entity": int(_is(business, "government")),
        "tax_exempt_status": "501c3" if _is(business, "non-profit") else None,
    }


def score(store: SandboxStore, sid: str) -> int:
    """Make up a vetting's score, from 25 to 100."""
    return 25 + int(store.digest(f"score:{sid}")[:8], 16) % 76


def sender_of(store: SandboxStore, brand: Row | None) -> BrandIdentity:
    """Return the business behind a brand, from its customer profile, for a campaign's review.

    Only fields that the API shows are used, so that the linter comes to the same result.
    """
    if brand is None:
        return BrandIdentity()
    end_users = [
        item for item in policies.held(store, brand["customer_profile_bundle_sid"]) if item["kind"] == "end user"
    ]
    business: Business = next(
        (attributes for item in end_users if (attributes := json.loads(item["attributes"])).get("business_name")), {}
    )
    return BrandIdentity(
        name=str(business.get("business_name", "")),
        website=str(business.get("website_url", "")),
        email=str(business.get("email", "")),
        brand_type=brand["brand_type"],
    )
