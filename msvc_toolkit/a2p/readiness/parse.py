"""Twilio's JSON as our records; an unknown word is kept, and an absent key is no empty value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from msvc_toolkit.a2p.linter import Campaign as Texts
from msvc_toolkit.a2p.linter import Sender
from msvc_toolkit.a2p.readiness.model import (
    Account,
    Brand,
    Bundle,
    Campaign,
    Fault,
    Number,
    Service,
    TollfreeVerification,
    Vetting,
)

Row = dict[str, Any]
POLICIES = ("privacy_policy_url", "terms_and_conditions_url")
BUSINESS = "customer_profile_business_information"
"""The type of the end user that says who a business is. Source: Trust Hub end-user types; read 2026-11-24."""
_LISTS = ("message_samples", "opt_in_keywords", "opt_out_keywords", "help_keywords")
_FLAGS = ("has_embedded_links", "has_embedded_phone", "subscriber_opt_in", "age_gated", "direct_lending")
_TEXTS = (
    "us_app_to_person_usecase", "description", "message_flow", "opt_in_message", "opt_out_message", "help_message",
    *POLICIES,
)  # fmt: skip


def account(row: Row) -> Account:
    """Make an account."""
    return Account(row["sid"], _text(row, "status"), _text(row, "type"), _text(row, "owner_account_sid"))


def customer_profile(row: Row) -> Bundle:
    """Make a customer profile."""
    return _bundle(row, "customer profile")


def trust_product(row: Row) -> Bundle:
    """Make an A2P profile bundle."""
    return _bundle(row, "A2P profile bundle")


def _bundle(row: Row, kind: str) -> Bundle:
    return Bundle(
        row["sid"], kind, _text(row, "status"), faults(row.get("errors")), moment(row.get("valid_until")),
        friendly_name=_text(row, "friendly_name"),
    )  # fmt: skip


def evaluation(row: Row) -> tuple[str, str]:
    """Return when a bundle was evaluated, and how that ended."""
    return _text(row, "date_created"), _text(row, "status")


def brand(row: Row) -> Brand:
    """Make a brand."""
    words: Row = {name: _text(row, name) for name in ("brand_type", "status", "identity_status", "tcr_id",
             "customer_profile_bundle_sid", "a2p_profile_bundle_sid")}  # fmt: skip
    flags: Row = {name: bool(row.get(name)) for name in ("russell_3000", "skip_automatic_sec_vet", "mock")}
    score = row.get("brand_score")
    return Brand(
        sid=row["sid"], brand_score=None if score is None else int(score), faults=faults(row.get("errors")),
        date_created=moment(row.get("date_created")), date_updated=moment(row.get("date_updated")), **words, **flags,
    )  # fmt: skip


def vetting(row: Row) -> Vetting:
    """Make a vetting."""
    names = ("brand_vetting_sid", "brand_sid", "vetting_status", "vetting_class", "vetting_provider")
    return Vetting(*(_text(row, name) for name in names))


def service(row: Row) -> Service:
    """Make a Messaging Service."""
    return Service(row["sid"], _text(row, "friendly_name"), _text(row, "usecase"))


def number(row: Row) -> Number:
    """Make a number the account owns."""
    able = row.get("capabilities")
    return Number(row["sid"], row["phone_number"], bool(able.get("sms")) if isinstance(able, Mapping) else None)


def member(row: Row) -> Number:
    """Make a number of a pool, whose capabilities are words there."""
    able = row.get("capabilities")
    return Number(row["sid"], row["phone_number"], "SMS" in able if isinstance(able, list) and able else None)


def verification(row: Row) -> TollfreeVerification:
    """Make a toll-free verification."""
    code = row.get("error_code")
    return TollfreeVerification(
        row["sid"], _text(row, "tollfree_phone_number_sid"), _text(row, "status"), None if code is None else int(code),
        row.get("edit_allowed"), moment(row.get("edit_expiration")), faults(row.get("rejection_reasons")),
    )  # fmt: skip


def campaign(row: Row) -> Campaign:
    """Make a campaign."""
    words: Row = {name: _text(row, name) for name in _TEXTS}
    lists: Row = {name: tuple(map(str, row.get(name) or ())) for name in _LISTS}
    flags: Row = {name: bool(row[name]) for name in _FLAGS if row.get(name) is not None}
    return Campaign(
        sid=row["sid"],
        service_sid=_text(row, "messaging_service_sid"),
        brand_sid=_text(row, "brand_registration_sid"),
        campaign_status=_text(row, "campaign_status"),
        texts=Texts(**words, **lists, **flags),
        faults=faults(row.get("errors")),
        urls_visible=all(name in row for name in POLICIES),
        mock=bool(row.get("mock")),
        date_created=moment(row.get("date_created")),
        campaign_id=_text(row, "campaign_id"),
        is_externally_registered=bool(row.get("is_externally_registered")),
        each_second=_each_second(row.get("rate_limits")),
    )


def _each_second(limits: Any) -> float | None:
    """Read what AT&T takes in a second; the shape of ``rate_limits`` is documented as an object alone."""
    att = limits.get("att") if isinstance(limits, Mapping) else None
    mps = att.get("mps") if isinstance(att, Mapping) else None
    return float(mps) if isinstance(mps, int | float) and mps > 0 else None


def usecases(row: Row) -> tuple[str, ...]:
    """Return the codes a brand may choose from."""
    return tuple(_text(case, "code") for case in row["us_app_to_person_usecases"])


def identity(rows: Iterable[Row]) -> Sender:
    """Return who a business is, from the end users of its customer profile."""
    for row in rows:
        if row.get("type") == BUSINESS and isinstance(row.get("attributes"), Mapping):
            said = row["attributes"]
            return Sender(_text(said, "business_name"), _text(said, "website_url"), _text(said, "email"))
    return Sender()


def faults(found: object) -> tuple[Fault, ...]:
    """Read an error list; its entries call the code ``error_code`` or ``code``, and may be words alone."""
    made = []
    for entry in found if isinstance(found, list) else ():
        if isinstance(entry, Mapping):
            code = entry.get("error_code", entry.get("code"))
            fields = entry.get("fields") or ()
            fields = fields if isinstance(fields, list) else [fields]
            described = _text(entry, "description") or _text(entry, "reason") or _text(entry, "message")
            made.append(Fault(int(code) if str(code).isdigit() else None, tuple(map(str, fields)), described))
        else:
            made.append(Fault(None, (), str(entry)))
    return tuple(made)


def moment(text: object) -> datetime | None:
    """Read a moment as aware UTC; None for none, and for what is no ISO 8601."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value)
