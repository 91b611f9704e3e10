"""How fast senders and campaigns may send, and what US carriers charge on top.

Sources and gaps: rates.toml, fees.toml.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.rules.addresses import US_CA, Address
from msvc_toolkit.rules.facts import table

CARRIERS = 3
"""AT&T, T-Mobile and Verizon: a campaign's total is three times its rate to one. Source: the tiers of rates.toml."""
SMALLER = "another"
"""The smaller carriers, in `carrier_shares`."""


@dataclass(frozen=True)
class ThroughputTier:
    """How fast all numbers of a campaign together may send to the US."""

    name: str  # the tier's name, such as ``score 50 to 74``
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
    """How many seconds' worth of messages a sender's queue holds, by channel; "" is for all others."""
    queue = table("rules/rates.toml")["queue"]
    return {"": queue["seconds"], "whatsapp": queue["whatsapp"]}


def raised_rates() -> dict[str, float]:
    """Segments a second after Twilio has raised the rate on request, by kind of sender or channel."""
    return {kind: rate for kind, rate in table("rules/rates.toml")["raised"].items() if isinstance(rate, float)}


def carrier_shares() -> dict[str, float]:
    """Each carrier's share of US phones; our estimate."""
    return dict(table("rules/rates.toml")["carriers"]["share"])


def carrier_rate(tier: ThroughputTier, carrier: str, *, mms: bool = False) -> float:
    """Return how many segments (or MMS) a second a carrier takes from a campaign.

    Args:
        tier: The campaign's throughput tier.
        carrier: AT&T, T-Mobile, Verizon or another.
        mms: Whether these are MMS.
    """
    each = tier.mms_each if mms else tier.each
    return min(each, table("rules/rates.toml")["smaller_carriers"]["each"]) if carrier == SMALLER else each


@cache
def sole_proprietor() -> ThroughputTier:
    """Return the tier of a sole proprietor's campaign."""
    return _tier(table("rules/rates.toml")["sole_proprietor"])


def all_tiers() -> tuple[ThroughputTier, ...]:
    """Every tier a campaign can have, the fastest first."""
    rates = table("rules/rates.toml")
    return tuple(_tier(row) for row in (*rates["tier"], rates["low_volume"], rates["sole_proprietor"]))


def sender_rate(address: Address) -> float | None:
    """Return a sender's segments a second; None if unknown, and for a US number, which shares its campaign's rate."""
    rates = table("rules/rates.toml")["sender"]
    if address.kind == "local" and address.country in US_CA:
        return None if address.country == "US" else rates["US or Canadian long code outside A2P"]
    rate: float | None = rates.get(address.channel or address.kind)
    return rate


def usual_rate(address: Address) -> float:
    """Return a sender's usual segments a second, outside a campaign and before Twilio raises the rate.

    Args:
        address: The sender.

    Source: `sender_rate`. Our assumption: RCS and Messenger are as fast as WhatsApp, as no rates of theirs were found.
    """
    rates = table("rules/rates.toml")["sender"]
    known = sender_rate(address)
    if known is None:
        known = rates["whatsapp"] if address.channel else rates["US or Canadian long code outside A2P"]
    return float(known)


def campaign_tier(brand_type: str, score: int | None, usecase: str) -> ThroughputTier | None:
    """Return a campaign's throughput tier; None if its brand does not determine it.

    SOLE_PROPRIETOR has a tier of its own, and LOW_VOLUME is slower whatever the score.
    """
    rates = table("rules/rates.toml")
    if brand_type == "SOLE_PROPRIETOR":
        return sole_proprietor()
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


def lead_time(kind: str) -> str:
    """Return how long a new short code or toll-free number waits until it may send: "8 to 12 weeks for ..."."""
    return str(table("rules/rates.toml")["lead"][kind])


def read_tier(given: object) -> ThroughputTier | None:
    """Return the tier with a name, or of a trust score; None for "unknown".

    Args:
        given: A name such as ``"score 50 to 74"`` or ``"low volume"``, a trust score from 1 to 100, ``"unknown"``, None,
            or a `ThroughputTier`.

    Raises:
        InvalidInput: It is none of these; the sentence lists the tiers.
    """
    if given is None or isinstance(given, ThroughputTier):
        return given
    if isinstance(given, str):
        name = " ".join(given.split()).lower()
        if name in ("", "unknown", "unknown tier", "not known", "tier not known"):
            return None
        if (named := next((tier for tier in all_tiers() if tier.name == name), None)) is not None:
            return named
        given = int(name) if name.isdecimal() else given
    is_score = isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= 100  # noqa: PLR2004 - trust scores
    if is_score and (of_score := score_tier(int(str(given)))) is not None:
        return of_score
    names = ", ".join(f'"{tier.name}"' for tier in all_tiers())
    sentence = f'{given!r:.40} is not a tier. Use {names}, a trust score from 1 to 100, or "unknown".'
    raise InvalidInput([Problem("tier", sentence)])


def tmobile_cap(kind: str) -> int:
    """Return T-Mobile's segments a day for ``low_volume``, ``sole_proprietor`` or ``russell_3000``."""
    return int(table("rules/rates.toml")[kind]["daily"])


@cache
def fee_range() -> tuple[float, float]:
    """The lowest and highest fee of a US carrier for one SMS segment, USD."""
    rows = table("rules/fees.toml")["fee"]
    return min(row["low"] for row in rows), max(row["high"] for row in rows)


def _tier(row: dict[str, Any]) -> ThroughputTier:
    return ThroughputTier(**{field.name: row[field.name] for field in fields(ThroughputTier)})
