"""Which carrier serves a US phone, and how much each carrier accepts from a campaign and a brand.

Every carrier limits a campaign's segments a minute (30022), and T-Mobile limits a brand's segments a Pacific day
(30023). Twilio's queue sends at the sum of a campaign's three rates, so only a burst to a single carrier, or
to one phone, can exceed its limit.

Source: error pages 30022, 30023; T-Mobile daily message limits; AT&T's limits a minute (read 2026-11-23). Which
carrier a number has is made up: by a digest of the number, in the rough shares of the market.
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import accumulate
from zoneinfo import ZoneInfo

from msvc_toolkit.rules.limits import PACIFIC
from msvc_toolkit.rules.rates import carrier_rate, carrier_shares
from msvc_toolkit.sandbox.messages.a2p_registration import DAY_FULL, RATE_EXCEEDED, Registration
from msvc_toolkit.sandbox.storage.store import SandboxStore

CARRIERS = tuple(zip(carrier_shares(), accumulate(round(1000 * s) for s in carrier_shares().values()), strict=True))
"""Carriers with cumulative shares of all phones, in thousandths; T-Mobile's share is that of scenario `busy`."""
_MINUTE = 60_000
_PACIFIC = ZoneInfo(PACIFIC)


def carrier_of(store: SandboxStore, recipient: str) -> str:
    """Return the carrier that serves a US phone: T-Mobile, AT&T, Verizon or another."""
    known = store.one("SELECT carrier FROM phone_carrier WHERE address = ?", recipient)
    if known:
        return str(known["carrier"])
    draw = int(store.digest(f"carrier:{recipient}")[:8], 16) % 1000
    return next(name for name, upto in CARRIERS if draw < upto)


def refusal(store: SandboxStore, to: str, by: Registration, segments: int, at: int, *, mms: bool = False) -> int | None:
    """Count a message against its carrier's limits; return the error code if it exceeds one, None otherwise.

    Carriers count MMS separately, each as one segment.
    """
    if by.tier is None:
        return None
    carrier, counts = carrier_of(store, to), max(segments, 1)
    rate = carrier_rate(by.tier, carrier, mms=mms)
    minute, day = f"{by.campaign_sid}:{carrier}{':mms' if mms else ''}", f"{by.brand_sid}:day"
    if _taken(store, minute, at // _MINUTE) + counts > rate * 60:
        return RATE_EXCEEDED
    if carrier == "T-Mobile":
        if _taken(store, day, pacific_day(at)) + counts > by.tier.daily:
            return DAY_FULL
        _count(store, day, pacific_day(at), counts)
    store.execute_unobserved("DELETE FROM carrier_use WHERE owner = ? AND slot < ?", minute, at // _MINUTE)
    _count(store, minute, at // _MINUTE, counts)
    return None


def pacific_day(at: int) -> int:
    """Return the number of T-Mobile's day, which starts at midnight Pacific."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(_PACIFIC).toordinal()


def _taken(store: SandboxStore, owner: str, slot: int) -> int:
    row = store.one("SELECT segments FROM carrier_use WHERE owner = ? AND slot = ?", owner, slot)
    return row["segments"] if row else 0


def _count(store: SandboxStore, owner: str, slot: int, segments: int) -> None:
    store.execute_unobserved(
        "INSERT INTO carrier_use VALUES (?, ?, ?) "
        "ON CONFLICT (owner, slot) DO UPDATE SET segments = segments + excluded.segments",
        owner,
        slot,
        segments,
    )
