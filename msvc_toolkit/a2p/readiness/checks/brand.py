"""Checks B: brand registrations, their identity, and T-Mobile's daily cap."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from msvc_toolkit.a2p.campaigns.model import Brand
from msvc_toolkit.a2p.linter.model import Severity
from msvc_toolkit.a2p.readiness.checks.account import brands_in_use, explained, first_code
from msvc_toolkit.a2p.readiness.facts import Facts, seen
from msvc_toolkit.a2p.readiness.model import Account, NotExamined
from msvc_toolkit.a2p.readiness.result import Check, Found
from msvc_toolkit.a2p.readiness.thresholds import Thresholds
from msvc_toolkit.a2p.readiness.traffic import LogTraffic
from msvc_toolkit.rules.error_codes import Who
from msvc_toolkit.rules.plurals import count

CAP = 30023
_WAITING = ("PENDING", "IN_REVIEW")
_GONE = ("FAILED", "SUSPENDED", "DELETION_PENDING", "DELETION_FAILED")
_VETTING = ("PENDING", "IN_PROGRESS")
_GOOD_IDENTITY = ("VERIFIED", "VETTED_VERIFIED")
_IDENTITIES = (*_GOOD_IDENTITY, "SELF_DECLARED", "UNVERIFIED")


def cap(brand: Brand, settings: Thresholds) -> int:
    """Return T-Mobile's segments a day for a brand."""
    if brand.is_sole_proprietor:
        return settings.tmobile_sole
    if brand.russell_3000:
        return settings.tmobile_russell
    score = 0 if brand.skip_automatic_sec_vet else brand.brand_score or 0
    return next((limit for least, limit in settings.tmobile_caps if score >= least), settings.tmobile_low)


def segments_by_day(brand: Brand, facts: Facts) -> Counter[date]:
    """Return a brand's segments to the US for each of T-Mobile's days, over all its services."""
    days: Counter[date] = Counter()
    if isinstance(facts.traffic, LogTraffic):
        services = set(facts.services_of_brand(brand.sid))
        for day in facts.traffic.days:
            if (day.service_sid or facts.service_of_number.get(day.number)) in services:
                days[day.day] += day.segments
    return days


def _unbranded(facts: Facts) -> tuple[str, ...]:
    """US long codes that need a brand in this account, so not those whose campaign another provider registered."""

    def elsewhere(number: str) -> bool:
        campaign = facts.campaign_of(facts.service_of_number.get(number, ""))
        return campaign is not None and campaign.is_externally_registered

    local = (number.phone_number for number in facts.all_numbers if number.is_us_local)
    return tuple(number for number in local if not elsewhere(number))


def _needed(facts: Facts) -> Iterator[list[Brand]]:
    if _unbranded(facts):
        yield list(seen(facts.brands))


def _any_brand(brands: list[Brand], facts: Facts, _: Thresholds) -> Iterator[Found | NotExamined]:
    if any(brand.usable and not brand.mock for brand in brands):
        return
    subaccount = isinstance(facts.account, Account) and facts.account.is_subaccount
    if subaccount and all(brand.mock for brand in brands):
        yield NotExamined("This subaccount has no brand of its own; its parent may have one. Review the parent, too.")
        return
    numbers = _unbranded(facts)
    services = tuple(dict.fromkeys(sid for n in numbers if (sid := facts.service_of_number.get(n))))
    states = ", ".join(sorted({f"{brand.status}{' (mock)' * brand.mock}" for brand in brands}))
    sentence = f"No brand is approved; the brands of this account are {states}." if states else "There is no brand."
    yield Found(sentence, tuple(brand.sid for brand in brands), services, numbers)


def _name(brand: Brand, facts: Facts) -> str:
    """Name a brand in a sentence."""
    known = facts.identities.get(brand.customer_profile_bundle_sid)
    return f"The brand {known.name if known and known.name else brand.sid}"


def _approved(facts: Facts) -> list[Brand]:
    return [brand for brand in brands_in_use(facts) if brand.usable]


def _identity(brand: Brand, facts: Facts, _: Thresholds) -> Iterator[Found | NotExamined]:
    state = brand.identity_status
    if state not in _IDENTITIES:
        yield NotExamined(f"This review does not know the identity status {state!r}.")
    elif state == "UNVERIFIED" or (not brand.is_sole_proprietor and state not in _GOOD_IDENTITY):
        sentence = f"{_name(brand, facts)} has the identity status {state}, so it cannot register another campaign."
        yield Found(sentence, code=30991)


def _real(facts: Facts) -> list[Brand]:
    return [brand for brand in facts.brand_by_sid.values() if not brand.mock]


def _status(brand: Brand, facts: Facts, settings: Thresholds) -> Iterator[Found | NotExamined]:
    code = first_code(brand.errors)
    if brand.status in _GONE:
        who: Who = "Twilio" if brand.status == "SUSPENDED" else "you"
        severity: Severity = "blocker" if brand in brands_in_use(facts) else "advice"
        sentence = f"{_name(brand, facts)} is {brand.status}. {explained(brand.errors)}".strip()
        yield Found(sentence, who=who, severity=severity, code=code)
    elif brand.status in _WAITING:
        since = brand.date_updated or brand.date_created
        if since is None:
            yield NotExamined(f"Twilio's answer does not say since when the brand has been {brand.status}.")
        elif facts.now - since > timedelta(days=settings.brand_pending_days):
            remedy = "Ask Twilio's support what it is waiting for; a listed company has to answer a confirmation email."
            sentence = f"{_name(brand, facts)} has been {brand.status} since {since:%Y-%m-%d}."
            yield Found(sentence, severity="warning", who="Twilio", remedy=remedy)
    elif brand.status == "APPROVED" and brand.errors:
        remedy = "Correct these items if you want a better score."
        sentence = f"{_name(brand, facts)} is approved with notes: {explained(brand.errors)}"
        yield Found(sentence, severity="advice", code=code, remedy=remedy)
    elif brand.status != "APPROVED":
        yield NotExamined(f"This review does not know the brand status {brand.status!r}.")


def refused_by_cap(brand: Brand, facts: Facts, *, recent: bool = False) -> Iterator[Found]:
    """Yield a brand's messages that T-Mobile refused because of its daily cap: all, or those of the last days."""
    services = set(facts.services_of_brand(brand.sid))
    tallies = facts.traffic.tallies if isinstance(facts.traffic, LogTraffic) else ()
    own = [t for t in tallies if t.code == CAP and (t.service_sid or facts.service_of_number.get(t.number)) in services]
    if refused := sum(t.recent if recent else t.messages for t in own):
        times = count(refused, "message") + (" in the log's last days" if recent else "")
        yield Found(
            f"{_name(brand, facts)} used up T-Mobile's daily cap: {times} failed because of it.", code=CAP, sent=(CAP,)
        )


def _volume(brand: Brand, facts: Facts, settings: Thresholds) -> Iterator[Found]:
    days, limit = segments_by_day(brand, facts), cap(brand, settings)
    yield from refused_by_cap(brand, facts)
    if not days:
        return
    day, most = max(days.items(), key=lambda item: (item[1], item[0]))
    if most > limit * settings.all_carriers:
        waiting = any(v.brand_sid == brand.sid and v.vetting_status in _VETTING for v in seen(facts.vettings))
        remedy = (
            "Wait for the vetting that is in progress; until then spread the volume over more days." if waiting else ""
        )
        sentence = (
            f"On {day} {_name(brand, facts)[0].lower()}{_name(brand, facts)[1:]} sent {count(most, 'segment')} to the US. T-Mobile's cap of {limit:,} a day allows about "
            f"{limit * settings.all_carriers:,} segments to all carriers together."
        )
        yield Found(sentence, code=CAP, sent=(CAP,), remedy=remedy)


def _counts(brand: Brand, facts: Facts, settings: Thresholds) -> Iterator[Found]:
    campaigns = facts.campaigns_of_brand.get(brand.sid, [])
    number, objects = len(campaigns), (brand.sid, *(campaign.sid for campaign in campaigns))
    if brand.is_sole_proprietor and number > 1:
        yield Found(f"A sole proprietor can have one campaign, and this brand has {number}.", objects, code=21732)
    elif number >= settings.campaigns_limit:
        limit = settings.campaigns_limit
        yield Found(
            f"{_name(brand, facts)} has {number} campaigns; {limit} is the most it can have.", objects, code=30930
        )
    elif number > settings.campaigns_per_brand:
        sentence = f"{_name(brand, facts)} has {number} campaigns; Twilio asks for a reason if there are more than {settings.campaigns_per_brand}."
        yield Found(sentence, objects, severity="warning")
    profiles = defaultdict(list)
    for other in _real(facts):
        profiles[other.customer_profile_bundle_sid].append(other.sid)
    together = profiles[brand.customer_profile_bundle_sid]
    if brand.customer_profile_bundle_sid and len(together) > settings.brands_per_profile and brand.sid == together[0]:
        yield Found(
            f"{len(together)} brands share one customer profile.", tuple(together), code=30898, severity="warning"
        )


_NONE = "There is no brand yet."
_BRAND_SPEC = "Messaging specification, BrandRegistrations"
CHECKS = (
    Check(
        "B1", "There is an approved brand that is not a mock", ("brands",), _needed,
        "There is no US long code, so no brand is needed.", _any_brand, "blocker",
        "Register a brand in Trust Hub: customer profile, A2P bundle, then the brand.",
        f"{_BRAND_SPEC}, status and mock; read 2026-11-23", "P", takes="minutes to 7 working days (P)",
        follows=("A2", "B3"), essential=True,
    ),
    Check(
        "B2", "The identity of each brand in use is verified", ("brands",), _approved, "No brand is approved yet.",
        _identity, "blocker", "Correct the identity data in the customer profile, or answer the code or email that Twilio sent.",
        f"{_BRAND_SPEC}, identity_status; error pages 30991 and 30994; read 2026-11-23", "P",
        takes="minutes to 7 working days (P)", essential=True,
    ),
    Check(
        "B3", "No brand is refused, suspended or stuck", ("brands",), _real, _NONE, _status, "blocker",
        "Correct what its errors name in the two bundles, then update the brand. Three updates are free.",
        "Messaging specification, BrandRegistrations, status and errors; Twilio help, Troubleshooting Standard and LVS "
        "brands, through a digest; read 2026-11-23", "Q", takes="minutes to 7 working days (P)", follows=("A2",),
        essential=True,
    ),
    Check(
        "B4", "T-Mobile's cap for the brand covers its busiest day", ("brands", "campaigns", "traffic"), _approved,
        "No brand is approved yet.", _volume, "warning",
        "Order a secondary vetting for a better score, or a Special Business Review. Until then spread the volume over more days.",
        "Twilio help, T-Mobile daily message limits, and resellers' tables; read 2026-11-23", "T",
        takes="1-7 working days for a vetting (T)",
    ),
    Check(
        "B5", "No brand has too many campaigns, and no business too many brands", ("brands", "campaigns"), _real,
        _NONE, _counts, "blocker", "Delete unused campaigns, merge services, or move to a standard brand.",
        "Error pages 21732, 30898 and 30930; read 2026-11-23", "P", takes="minutes; a new brand takes days",
    ),
)  # fmt: skip
