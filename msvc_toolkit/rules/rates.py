"""How fast senders and campaigns may send, and what US carriers charge on top.

Sources and gaps: rates.toml, fees.toml.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from msvc_toolkit.rules.addresses import US_CA, Address
from msvc_toolkit.rules.facts import table

CARRIERS = 3
"""AT&T, T-Mobile and Verizon: a campaign's total is three times its rate to one. Source: the tiers of rates.toml."""


@dataclass(frozen=True)
class ThroughputTier:
    """What all numbers of a campaign may send to the US together."""

    name: str  # what gives it this tier
    total: float  # segments a second over all carriers
    each: float  # segments a second to one of AT&T, T-Mobile and Verizon
    daily: int  # segments a Pacific day that T-Mobile takes from the brand
    tmobile: str = ""  # T-Mobile's tier of the brand
    att: str = ""  # AT&T's classes: the second is for MIXED and MARKETING
    mms_total: float = 0.0  # MMS a second over all carriers
    mms_each: float = 0.0  # MMS a second to one of them


def sender_rates() -> dict[str, float]:
    """Segments a second by kind of sender, or channel."""
    return dict(table("rules/rates.toml")["sender"])


def queue_seconds() -> dict[str, int]:
    """Seconds of its own rate that a sender's queue holds, by channel; "" is every other."""
    queue = table("rules/rates.toml")["queue"]
    return {"": queue["seconds"], "whatsapp": queue["whatsapp"]}


def sender_rate(address: Address) -> float | None:
    """Return a sender's segments a second; None if unknown, and for a US number, which shares its campaign's."""
    rates = table("rules/rates.toml")["sender"]
    if address.kind == "local" and address.country in US_CA:
        return None if address.country == "US" else rates["US or Canadian long code outside A2P"]
    rate: float | None = rates.get(address.channel or address.kind)
    return rate


def campaign_tier(brand_type: str, score: int | None, usecase: str) -> ThroughputTier | None:
    """Return what a campaign may send; None where its brand does not determine it.

    SOLE_PROPRIETOR has a tier of its own, and LOW_VOLUME is slower whatever the score.
    """
    rates = table("rules/rates.toml")
    if brand_type == "SOLE_PROPRIETOR":
        return _tier(rates["sole_proprietor"])
    if usecase == "LOW_VOLUME":
        return _tier(rates["low_volume"])
    return score_tier(score)


def score_tier(score: int | None) -> ThroughputTier | None:
    """Return the tier of a trust score; None without one."""
    rows = table("rules/rates.toml")["tier"]
    return next((_tier(row) for row in rows if score is not None and score >= row["score"]), None)


@cache
def tmobile_caps() -> tuple[tuple[int, int], ...]:
    """T-Mobile's segments a day by lowest score, highest first."""
    return tuple((row["score"], row["daily"]) for row in table("rules/rates.toml")["tier"])


def tmobile_cap(kind: str) -> int:
    """Return T-Mobile's segments a day of ``low_volume``, ``sole_proprietor`` or ``russell_3000``."""
    return int(table("rules/rates.toml")[kind]["daily"])


@cache
def fee_range() -> tuple[float, float]:
    """The lowest and highest fee of a US carrier for one SMS segment, USD."""
    rows = table("rules/fees.toml")["fee"]
    return min(row["low"] for row in rows), max(row["high"] for row in rows)


def _tier(row: dict[str, Any]) -> ThroughputTier:
    return ThroughputTier(**{field.name: row[field.name] for field in fields(ThroughputTier)})
