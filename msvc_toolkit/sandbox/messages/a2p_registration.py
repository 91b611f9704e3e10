"""A2P 10DLC registration of a number: whether it needs one, whether it has one, and how fast it may send.

An account takes part once it has a brand registration or a campaign, or once `enforce_a2p` was called; until then carriers
take its US numbers without registration, so that a first notebook can send at once.

Source: Troubleshooting A2P Phone Number registration issues; error pages 30033, 30034, 30035, 30125; Message throughput
and Trust Scores, T-Mobile daily message limits (read 2026-11-23). How long the carriers take is ours.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from msvc_toolkit.rules import addresses, rates
from msvc_toolkit.sandbox.settings import SandboxSettings
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

SWITCH = "a2p"
"""The name of a store setting: "enforced" when accounts take part before they have registered anything."""
UNREGISTERED, REGISTERING, SUSPENDED, SECOND_NUMBER = 30034, 30035, 30033, 30125
RATE_EXCEEDED, DAY_FULL = 30022, 30023
SAID = {
    UNREGISTERED: "The carriers know no registration of the number: it is in no service with a verified campaign.",
    REGISTERING: "The carriers are still registering the number for its service's campaign.",
    SUSPENDED: "The campaign of the number's service, or the brand behind it, is suspended.",
    SECOND_NUMBER: "The campaign of a sole proprietor covers one number, and this is a different number.",
    RATE_EXCEEDED: "The campaign has reached the limit per minute of the recipient's carrier.",
    DAY_FULL: "The brand has reached T-Mobile's limit for this day, which ends at midnight Pacific time.",
}
"""Why a message does not get through, by its code."""


_BLENDED = ("MIXED", "MARKETING")
REVIEWED = ("bundle", "brand", "vetting", "campaign")
"""The reviewed tables, in the order in which reviews due at the same time are decided."""
_FIRST_REVIEW = " UNION ALL ".join(
    f"SELECT min(decided) AS first FROM {table} WHERE verdict IS NULL"  # noqa: S608 - our own tables
    for table in REVIEWED
)
_JOINED = """
SELECT sender.account_sid, sender.date_pooled, campaign.sid, campaign.mock, campaign.usecase, campaign.reviewed,
    campaign.decided, campaign.verdict, campaign.brand_sid, brand.brand_type, brand.verdict AS brand_verdict,
    (SELECT other.sid FROM sender AS other WHERE other.service_sid = sender.service_sid AND other.kind = 'number'
        AND other.country_code = 'US'
        AND substr(other.address, 3, 3) NOT IN ('800', '833', '844', '855', '866', '877', '888')
        ORDER BY other.date_pooled, other.seq LIMIT 1) AS first
FROM sender LEFT JOIN campaign ON campaign.service_sid = sender.service_sid
    LEFT JOIN brand ON brand.sid = campaign.brand_sid WHERE sender.sid = ?"""
"""A number, its service's campaign, and the one number that a sole proprietor's campaign has."""


def tier(brand: Row | None, usecase: str) -> rates.ThroughputTier:
    """Return a campaign's throughput tier: by its brand's score, lower for a low-volume use case.

    The brand of a campaign that was registered elsewhere is not known.

    Source and gaps: rates.toml. Our choices: the lowest tier for a brand without a score, and the AT&T class of sole
        proprietors.
    """
    facts = brand or {}
    scored = rates.score_tier(max(facts.get("brand_score") or 1, 1))
    assert scored is not None  # noqa: S101 - the lowest tier begins at 1
    limits = rates.campaign_tier(facts.get("brand_type") or "", facts.get("brand_score"), usecase) or scored
    name, daily = scored.tmobile, scored.daily
    if facts.get("brand_type") == "SOLE_PROPRIETOR":
        name, daily = limits.tmobile, limits.daily
    elif facts.get("russell_3000"):
        name, daily = "TOP", rates.tmobile_cap("russell_3000")
    att = limits.att[usecase in _BLENDED]
    return replace(limits, att=att, tmobile=name, daily=daily)


def rate_limits(tier: rates.ThroughputTier) -> dict[str, Any]:
    """Write a campaign's throughput as the ``rate_limits`` of Twilio's answer."""
    return {"att": {"mps": tier.each, "msg_class": tier.att}, "tmobile": {"brand_tier": tier.tmobile}}


@dataclass(frozen=True)
class Registration:
    """How carriers see one US number."""

    code: int | None  # the error code of messages to the US; None when they go through
    campaign_sid: str = ""  # its campaign, when they go through
    brand_sid: str = ""  # the brand whose daily cap applies; the campaign itself when its brand is not known
    tier: rates.ThroughputTier | None = None  # the campaign's throughput tier


FREE = Registration(None)
"""A number that needs no registration."""


def tcr_id(store: SandboxStore, sid: str) -> str:
    """Make up the registry's ID of a brand (B...) or a campaign (C...)."""
    return f"{'B' if sid.startswith('BN') else 'C'}{store.digest(f'TCR:{sid}')[:6].upper()}"


def brand_status(row: Row, now: int) -> str:
    """Return the status of a brand registration at a time."""
    if row["verdict"] is not None and now >= row["decided"]:
        return str(row["verdict"])
    return "IN_REVIEW" if row["reviewed"] is not None and now >= row["reviewed"] else "PENDING"


def campaign_status(row: Row, now: int) -> str:
    """Return the status of a campaign at a time."""
    if row["verdict"] is not None and now >= row["decided"]:
        return str(row["verdict"])
    return "IN_PROGRESS" if now >= row["reviewed"] else "PENDING"


def review_due(store: SandboxStore, now: int) -> bool:
    """Return whether a review is due."""

    def load() -> int:
        return min((row["first"] for row in store.all(_FIRST_REVIEW) if row["first"] is not None), default=1 << 62)

    first: int = store.cached(("review",), load)
    return first <= now


def takes_part(store: SandboxStore, account_sid: str) -> bool:
    """Return whether an account's US numbers need a registration."""

    def registered() -> bool:
        if store.setting(SWITCH):
            return True
        query = "SELECT 1 FROM brand WHERE account_sid = ? UNION SELECT 1 FROM campaign WHERE account_sid = ? LIMIT 1"
        return store.one(query, account_sid, account_sid) is not None

    return store.cached(("takes part", account_sid), registered)


def needs_campaign(address: addresses.Address) -> bool:
    """Return whether a sender is a US local number, the only kind that needs a campaign."""
    return address.kind == "local" and address.country == "US" and address.channel is None


def registration(store: SandboxStore, settings: SandboxSettings, sender_sid: str, at: int) -> Registration:
    """Return the registration of a US local number at a time.

    Source: as above. Our reading: suspending a brand suspends its campaigns.
    """
    row: Row | None = store.cached(("registration", sender_sid), lambda: store.one(_JOINED, sender_sid))
    if row is None or not takes_part(store, row["account_sid"]):
        return FREE
    if row["sid"] is None or row["mock"]:
        return Registration(UNREGISTERED)
    state = "SUSPENDED" if row["brand_verdict"] == "SUSPENDED" else campaign_status(row, at)
    if state != "VERIFIED":
        return Registration(SUSPENDED if state == "SUSPENDED" else UNREGISTERED)
    if row["brand_type"] == "SOLE_PROPRIETOR" and row["first"] != sender_sid:
        return Registration(SECOND_NUMBER)
    if at < max(row["decided"], row["date_pooled"]) + settings.number_registration_ms:
        return Registration(REGISTERING)
    limits: rates.ThroughputTier = store.cached(
        ("tier", row["sid"]), lambda: tier(_brand(store, row["brand_sid"]), row["usecase"])
    )
    return Registration(None, row["sid"], row["brand_sid"] or row["sid"], limits)


def _brand(store: SandboxStore, sid: str | None) -> Row | None:
    return store.one("SELECT * FROM brand WHERE sid = ?", sid)


def verified_services(store: SandboxStore, account_sid: str, now: int) -> frozenset[str]:
    """Return the services whose campaign is verified, so that their numbers may send to the US."""
    verified = "SELECT service_sid, decided FROM campaign WHERE account_sid = ? AND verdict = 'VERIFIED' AND NOT mock"
    rows: list[Row] = store.cached(("verified", account_sid), lambda: store.all(verified, account_sid))
    return frozenset(row["service_sid"] for row in rows if row["decided"] <= now)


def error(code: int, fields: tuple[str, ...], sentence: str) -> dict[str, Any]:
    """Write one entry of ``errors`` as brands and campaigns have them."""
    url = f"https://www.twilio.com/docs/api/errors/{code}"
    return {"error_code": code, "fields": list(fields), "url": url, "description": sentence}


def errors(row: Row) -> list[dict[str, Any]]:
    """Read the entries of a row's ``errors``."""
    entries: list[dict[str, Any]] = json.loads(row["errors"])
    return entries
