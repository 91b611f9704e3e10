"""B: brand registrations, their identity, and how much T-Mobile lets them send."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from msvc_toolkit.a2p.campaigns.model import Brand
from msvc_toolkit.a2p.readiness.checks.account import brands_in_use, told
from msvc_toolkit.a2p.readiness.facts import Facts, seen
from msvc_toolkit.a2p.readiness.model import Account, NotExamined
from msvc_toolkit.a2p.readiness.result import Check, Found
from msvc_toolkit.a2p.readiness.settings import Settings
from msvc_toolkit.a2p.readiness.traffic import Traffic
from msvc_toolkit.rules.error_codes import Who

_WAITING = ("PENDING", "IN_REVIEW")
_GONE = ("FAILED", "SUSPENDED", "DELETION_PENDING", "DELETION_FAILED")
_VETTING = ("PENDING", "IN_PROGRESS")
_GOOD_IDENTITY = ("VERIFIED", "VETTED_VERIFIED")
_IDENTITIES = (*_GOOD_IDENTITY, "SELF_DECLARED", "UNVERIFIED")


def cap(brand: Brand, settings: Settings) -> int:
    """Return T-Mobile's segments a day for a brand."""
    if brand.is_sole_proprietor:
        return settings.tmobile_sole
    if brand.russell_3000:
        return settings.tmobile_russell
    score = 0 if brand.skip_automatic_sec_vet else brand.brand_score or 0
    return next((limit for least, limit in settings.tmobile_caps if score >= least), settings.tmobile_low)


def segments_by_day(brand: Brand, facts: Facts) -> Counter[date]:
    """Return a brand's segments to the US by T-Mobile's day, over all its services."""
    days: Counter[date] = Counter()
    if isinstance(facts.traffic, Traffic):
        services = set(facts.services_of_brand(brand.sid))
        for day in facts.traffic.days:
            if (day.service_sid or facts.service_of_number.get(day.number)) in services:
                days[day.day] += day.segments
    return days


def _unbranded(facts: Facts) -> tuple[str, ...]:
    """US long codes whose campaign is not another provider's: they need a brand here."""

    def elsewhere(number: str) -> bool:
        campaign = facts.campaign_of(facts.service_of_number.get(number, ""))
        return campaign is not None and campaign.is_externally_registered

    local = (number.phone_number for number in facts.all_numbers if number.is_us_local)
    return tuple(number for number in local if not elsewhere(number))


def _needed(facts: Facts) -> Iterator[tuple[Brand, ...]]:
    if _unbranded(facts):
        yield seen(facts.brands)


def _any_brand(brands: tuple[Brand, ...], facts: Facts, _: Settings) -> Iterator[Found | NotExamined]:
    if any(brand.status == "APPROVED" and not brand.mock for brand in brands):
        return
    subaccount = isinstance(facts.account, Account) and facts.account.is_subaccount
    if subaccount and not [brand for brand in brands if not brand.mock]:
        yield NotExamined("This subaccount lists no brand; its parent may hold one. Review the parent, too.")
        return
    states = ", ".join(sorted({f"{brand.status}{' (mock)' * brand.mock}" for brand in brands}))
    numbers = _unbranded(facts)
    services = tuple(dict.fromkeys(sid for n in numbers if (sid := facts.service_of_number.get(n))))
    yield Found(f"No brand is approved; there are only brands that are {states}." if states else "There is no brand.",
                tuple(brand.sid for brand in brands), services, numbers)  # fmt: skip


def _approved(facts: Facts) -> list[Brand]:
    return [brand for brand in brands_in_use(facts) if brand.status == "APPROVED"]


def _identity(brand: Brand, facts: Facts, _: Settings) -> Iterator[Found | NotExamined]:
    if brand.identity_status not in _IDENTITIES:
        told = f"The identity status {brand.identity_status!r} is not one this review knows."
        yield NotExamined(told, facts.services_of_brand(brand.sid))
    elif brand.identity_status == "UNVERIFIED" or (
        not brand.is_sole_proprietor and brand.identity_status not in _GOOD_IDENTITY
    ):
        yield Found(f"The brand's identity is {brand.identity_status}, so it gets no new campaign.", (brand.sid,),
                    facts.services_of_brand(brand.sid), code=30991)  # fmt: skip


def _real(facts: Facts) -> list[Brand]:
    return [brand for brand in facts.brand_by_sid.values() if not brand.mock]


def _standing(brand: Brand, facts: Facts, settings: Settings) -> Iterator[Found | NotExamined]:
    services, spare = facts.services_of_brand(brand.sid), brand not in brands_in_use(facts)
    if brand.status in _GONE:
        who: Who = "Twilio" if brand.status == "SUSPENDED" else "you"
        yield Found(f"The brand is {brand.status}. {told(brand.errors)}".strip(), (brand.sid,), services, who=who,
                    severity="advice" if spare else "blocker", code=_code(brand))  # fmt: skip
    elif brand.status in _WAITING:
        begun = brand.date_updated or brand.date_created
        if begun is None:
            yield NotExamined(f"How long the brand has been {brand.status} is not told.", services)
        elif facts.now - begun > timedelta(days=settings.brand_pending_days):
            yield Found(f"The brand has been {brand.status} since {begun:%Y-%m-%d}.", (brand.sid,), services,
                        severity="warning", who="Twilio", remedy="Ask Twilio's support what it waits for; a listed "
                        "company has to answer a mail of confirmation.")  # fmt: skip
    elif brand.status == "APPROVED" and brand.errors:
        yield Found(f"The brand is approved with notes: {told(brand.errors)}", (brand.sid,), services, severity="advice",
                    code=_code(brand), remedy="Correct these items if a better score is wanted.")  # fmt: skip
    elif brand.status != "APPROVED":
        yield NotExamined(f"The brand's status {brand.status!r} is not one this review knows.", services)


def _volume(brand: Brand, facts: Facts, settings: Settings) -> Iterator[Found]:
    days, limit = segments_by_day(brand, facts), cap(brand, settings)
    if not days:
        return
    day, most = max(days.items(), key=lambda item: (item[1], item[0]))
    if most > limit * settings.all_carriers:
        under_way = any(v.brand_sid == brand.sid and v.vetting_status in _VETTING for v in seen(facts.vettings))
        yield Found(f"On {day} it sent {most:,} segments to the US; T-Mobile's cap of {limit:,} a day suits about "
                    f"{limit * settings.all_carriers:,} over all carriers.", (brand.sid,),
                    facts.services_of_brand(brand.sid), code=30023, sent=(30023,),
                    remedy="Wait for the vetting that is under way; spread the volume meanwhile." if under_way else "")  # fmt: skip


def _counts(brand: Brand, facts: Facts, settings: Settings) -> Iterator[Found]:
    campaigns = facts.campaigns_of_brand.get(brand.sid, [])
    services, many = facts.services_of_brand(brand.sid), len(campaigns)
    objects = (brand.sid, *(campaign.sid for campaign in campaigns))
    if brand.is_sole_proprietor and many > 1:
        yield Found(f"A sole proprietor has one campaign, and this brand has {many}.", objects, services, code=21732)
    elif many >= settings.campaigns_limit:
        yield Found(f"The brand has {many} campaigns, and {settings.campaigns_limit} is the end.", objects, services,
                    code=30930)  # fmt: skip
    elif many > settings.campaigns_per_brand:
        yield Found(f"The brand has {many} campaigns; more than {settings.campaigns_per_brand} need a reason.", objects,
                    services, severity="warning")  # fmt: skip
    profiles = defaultdict(list)
    for other in _real(facts):
        profiles[other.customer_profile_bundle_sid].append(other.sid)
    together = profiles[brand.customer_profile_bundle_sid]
    if brand.customer_profile_bundle_sid and len(together) > settings.brands_per_profile and brand.sid == together[0]:
        yield Found(f"{len(together)} brands stand on one customer profile.", tuple(together), services, code=30898,
                    severity="warning")  # fmt: skip


def _code(brand: Brand) -> int | None:
    return brand.errors[0].code if brand.errors else None


_NONE = "There is no brand yet."
_BRAND_SPEC = "Messaging specification, BrandRegistrations"
CHECKS = (
    Check(
        "B1", "There is an approved brand that is no mock", ("brands",), _needed,
        "No US long code is there, so no brand is needed.", _any_brand, "blocker",
        "Register a brand in Trust Hub: customer profile, A2P bundle, then the brand.",
        f"{_BRAND_SPEC}, status and mock; read 2026-11-23", "P", takes="minutes to 7 working days (P)",
        follows=("A2", "B3"), essential=True,
    ),
    Check(
        "B2", "The identity of each brand in use is verified", ("brands",), _approved, "No brand is approved yet.",
        _identity, "blocker", "Correct the identity data in the customer profile, or answer the code or mail that was sent.",
        f"{_BRAND_SPEC}, identity_status; error pages 30991 and 30994; read 2026-11-23", "P",
        takes="minutes to 7 working days (P)", essential=True,
    ),
    Check(
        "B3", "No brand is refused, suspended or stuck", ("brands",), _real, _NONE, _standing, "blocker",
        "Correct what its errors name in the two bundles, then update the brand; three updates are free.",
        "Messaging specification, BrandRegistrations, status and errors; Twilio help, Troubleshooting Standard and LVS "
        "brands, through a digest; read 2026-11-23", "Q", takes="minutes to 7 working days (P)", follows=("A2",),
        essential=True,
    ),
    Check(
        "B4", "T-Mobile's cap for the brand covers its busiest day", ("brands", "campaigns", "traffic"), _approved,
        "No brand is approved yet.", _volume, "warning",
        "Order a secondary vetting for a better score, or a Special Business Review; spread the volume meanwhile.",
        "Twilio help, T-Mobile daily message limits, and resellers' tables; read 2026-11-23", "T",
        takes="1-7 working days for a vetting (T)",
    ),
    Check(
        "B5", "No brand has more campaigns, and no business more brands, than it may", ("brands", "campaigns"), _real,
        _NONE, _counts, "blocker", "Delete campaigns that are not used, put services together, or move to a standard brand.",
        "Error pages 21732, 30898 and 30930; read 2026-11-23", "P", takes="minutes; a new brand takes days",
    ),
)  # fmt: skip
