"""Convert Twilio's JSON to records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from msvc_toolkit.a2p.campaigns.model import record, rejections
from msvc_toolkit.a2p.linter import BrandIdentity
from msvc_toolkit.a2p.readiness.model import Account, Bundle, Number, TollfreeVerification, Vetting
from msvc_toolkit.rules.service_settings import SETTINGS
from msvc_toolkit.services.model import Service

Row = dict[str, Any]
BUSINESS = "customer_profile_business_information"
"""The type of the end user with a business's identity. Source: Trust Hub end-user types; read 2026-11-24."""

account = partial(record, Account)
vetting = partial(record, Vetting)
verification = partial(record, TollfreeVerification)


def customer_profile(row: Row) -> Bundle:
    """Convert a customer profile."""
    return record(Bundle, row, kind="customer profile", errors=rejections(row.get("errors")))


def trust_product(row: Row) -> Bundle:
    """Convert an A2P profile bundle."""
    return record(Bundle, row, kind="A2P profile bundle", errors=rejections(row.get("errors")))


def evaluation(row: Row) -> tuple[str, str]:
    """Return the time and result of a bundle's evaluation."""
    return str(row.get("date_created") or ""), str(row.get("status") or "")


def service(row: Row) -> Service:
    """Convert a Messaging Service."""
    return Service(row["sid"], row.get("friendly_name") or "", settings={s.name: row.get(s.name) for s in SETTINGS})


def number(row: Row) -> Number:
    """Convert a number. Its capabilities are flags in the account's list, and words in a pool's."""
    able = row.get("capabilities")
    sms = bool(able.get("sms")) if isinstance(able, Mapping) else "SMS" in able if able else None
    return Number(row["sid"], row["phone_number"], sms)


def usecases(row: Row) -> tuple[str, ...]:
    """Return the use case codes that a brand may choose."""
    return tuple(case["code"] for case in row["us_app_to_person_usecases"])


def identity(rows: Iterable[Row]) -> BrandIdentity:
    """Return who a business is, from the end users of its customer profile."""
    for row in rows:
        if row.get("type") == BUSINESS and isinstance(row.get("attributes"), Mapping):
            texts = {name: str(value) for name, value in row["attributes"].items() if value is not None}
            return BrandIdentity(texts.get("business_name", ""), texts.get("website_url", ""), texts.get("email", ""))
    return BrandIdentity()
