"""S: the numbers, the pools they sit in, and what carriers have been told of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from msvc_toolkit.a2p.campaigns.model import RegisteredCampaign
from msvc_toolkit.a2p.readiness.facts import Facts, part, seen, unread
from msvc_toolkit.a2p.readiness.model import NotExamined, Number, NumberState, TollfreeVerification
from msvc_toolkit.a2p.readiness.result import Check, Found
from msvc_toolkit.a2p.readiness.settings import Settings
from msvc_toolkit.a2p.readiness.traffic import Traffic
from msvc_toolkit.services.model import Service

Pool = tuple[Service, tuple[Number, ...]]
_REGISTERED, _PENDING, _UNREGISTERED = "registered", "pending", "unregistered"
_GOOD_TOLL_FREE, _WAITING = "TWILIO_APPROVED", ("PENDING_REVIEW", "IN_REVIEW")


def us_locals(numbers: tuple[Number, ...]) -> tuple[str, ...]:
    """Return the US long codes among numbers, in E.164."""
    return tuple(number.phone_number for number in numbers if number.is_us_local)


def _loose(facts: Facts) -> Iterator[Number | NotExamined]:
    """US long codes, once every pool is known: only then can it be told that a number is in none."""
    closed = [found.why for found in facts.each_pool() if isinstance(found, NotExamined)]
    for number in seen(facts.numbers):
        if number.is_us_local:
            hidden = closed and number.phone_number not in facts.service_of_number
            yield (
                NotExamined(f"Whether {number.label} is in a pool: {closed[0]}", numbers=(number.phone_number,))
                if hidden
                else number
            )


def _outside(number: Number, facts: Facts, _: Settings) -> Iterator[Found]:
    if number.phone_number in facts.service_of_number:
        return
    it = f"{number.label} is in no Messaging Service"
    objects, numbers = (number.sid, number.phone_number), (number.phone_number,)
    if isinstance(facts.traffic, NotExamined):
        yield Found(f"{it}; without a log it cannot be told whether it sends to the US.", objects, numbers=numbers,
                    severity="warning")  # fmt: skip
    elif sent := facts.traffic.to_us(number.phone_number):
        yield Found(f"{it}, and it sent {sent:,} messages to the US.", objects, numbers=numbers, code=30034)
    else:
        yield Found(f"{it} and sent nothing to the US.", objects, numbers=numbers, severity="advice",
                    remedy="Put it into the right service before it sends, or leave it unused.")  # fmt: skip


def _us_pools(facts: Facts) -> Iterator[Pool | NotExamined]:
    for found in facts.each_pool():
        if isinstance(found, NotExamined) or us_locals(found[1]):
            yield found


def _covered(subject: Pool, facts: Facts, _: Settings) -> Iterator[Found | NotExamined]:
    service, numbers = subject
    campaigns = part(facts.campaigns, service.sid)
    if isinstance(campaigns, NotExamined):
        yield unread(service, campaigns)
        return
    campaign = facts.campaign_of(service.sid)
    if campaign is None or not campaign.verified:
        stands = f"its campaign is {campaign.status}" if campaign else "the service has no campaign"
        ours = us_locals(numbers)
        yield Found(f"{len(ours)} US number{'s' * (len(ours) != 1)} of {service.label} cannot send to the US: {stands}.",
                    ours, (service.sid,), ours, code=30034, sent=(30034,))  # fmt: skip


def _reported(facts: Facts) -> Iterator[NumberState | NotExamined]:
    states = {state.phone_number: state for state in seen(facts.number_states)}
    for number in facts.all_numbers:
        if number.is_us_local and (number.phone_number in facts.service_of_number or number.phone_number in states):
            missing = f"{number.label} is not in the report; make a new one in the Console."
            yield states.get(number.phone_number) or NotExamined(missing, numbers=(number.phone_number,))


def _carrier_state(state: NumberState, facts: Facts, settings: Settings) -> Iterator[Found | NotExamined]:
    word = " ".join(state.state.lower().replace("_", " ").replace("-", " ").split())
    label, numbers = Number("", state.phone_number).label, (state.phone_number,)
    service = facts.service_of_number.get(state.phone_number, "")
    campaign = facts.campaign_of(service) if service else None
    if _PENDING in word:
        if state.updated is None:
            yield NotExamined(f"How long {label} has been {state.state!r} is not in the report.", numbers=numbers)
        elif facts.now - state.updated > timedelta(days=settings.number_pending_days):
            yield Found(f"{label} has been {state.state!r} since {state.updated:%Y-%m-%d}.", numbers, numbers=numbers,
                        severity="warning", code=30035, who="Twilio", sent=(30034, 30035),
                        remedy="Take it out of the pool and add it again once; if that does not help, ask support.")  # fmt: skip
    elif word == _UNREGISTERED or "fail" in word or "not registered" in word:
        yield Found(f"The report calls {label} {state.state!r}.", numbers, numbers=numbers, code=30034, sent=(30034,))
    elif word != _REGISTERED:
        yield NotExamined(
            f"The report calls {label} {state.state!r}, a word this review does not know.", numbers=numbers
        )
    elif campaign and state.campaign_sid and state.campaign_sid not in (campaign.sid, campaign.campaign_id):
        yield Found(f"{label} is registered under campaign {state.campaign_sid}, its service has {campaign.sid}.", numbers,
                    numbers=numbers, severity="warning", code=30035)  # fmt: skip


def _size(subject: Pool, facts: Facts, settings: Settings) -> Iterator[Found]:
    service, numbers = subject
    ours, brand = us_locals(numbers), facts.brand_of_service(service.sid)
    if brand and brand.is_sole_proprietor and len(ours) > 1:
        yield Found(f"A sole proprietor's campaign has one number, and {service.label} has {len(ours)}.", ours,
                    (service.sid,), code=30125, severity="blocker", sent=(30125,),
                    remedy="Take all but one out of the pool, or register a standard brand.")  # fmt: skip
    elif len(ours) > settings.tmobile_numbers:
        yield Found(f"{service.label} has {len(ours)} US numbers; beyond {settings.tmobile_numbers} T-Mobile wants a number "
                    "pool granted.", (service.sid,), (service.sid,))  # fmt: skip
    if len(numbers) >= settings.pool_near:
        yield Found(f"The pool of {service.label} has {len(numbers)} numbers and takes 400.", (service.sid,), (service.sid,),
                    code=21714, remedy="Ask support for a larger pool, or make a second service.")  # fmt: skip


def _toll_free(facts: Facts) -> Iterator[Number]:
    yield from (number for number in facts.all_numbers if number.is_us_toll_free)


def _verification(number: Number, facts: Facts, _: Settings) -> Iterator[Found | NotExamined]:
    filed = [v for v in seen(facts.tollfree_verifications) if v.tollfree_phone_number_sid == number.sid]
    best = next((v for v in filed if v.status == _GOOD_TOLL_FREE), filed[0] if filed else None)
    if best and best.status == _GOOD_TOLL_FREE:
        return
    if best and best.status not in ("TWILIO_REJECTED", *_WAITING):
        told = f"The verification status {best.status!r} of {number.label} is not one this review knows."
        yield NotExamined(told, numbers=(number.phone_number,))
        return
    service = facts.service_of_number.get(number.phone_number, "")
    sends = isinstance(facts.traffic, Traffic) and bool(facts.traffic.to_us(number.phone_number))
    yield Found(
        f"{number.label} is not verified: {_why(best, facts)}.",
        (number.phone_number, *([best.sid] if best else [])), (service,) if service else (), (number.phone_number,),
        severity="blocker" if service or sends else "advice", code=(best and best.error_code) or 30032, sent=(30032,),
        who="Twilio" if best and best.status in _WAITING else "you",
    )  # fmt: skip


def _why(verification: TollfreeVerification | None, facts: Facts) -> str:
    if verification is None:
        return "nothing was filed"
    if verification.status in _WAITING:
        return "the request is being reviewed, and until it is approved nothing is delivered"
    if not verification.edit_allowed:
        return "the request was rejected and can no longer be edited, so file a new one"
    left = verification.edit_expiration and (verification.edit_expiration - facts.now).days
    return "the request was rejected and can be edited" + ("" if left is None else f" for {max(left, 0)} more days")


def _mixture(subject: Pool, facts: Facts, _: Settings) -> Iterator[Found | NotExamined]:
    service, numbers = subject
    campaigns = part(facts.campaigns, service.sid)
    if isinstance(campaigns, NotExamined):
        yield unread(service, campaigns)
        return
    here, real = (service.sid,), [campaign for campaign in campaigns if not campaign.mock]
    if real and not us_locals(numbers):
        yield Found(f"The campaign of {service.label} has no US number; T-Mobile charges for campaigns left idle.",
                    (real[-1].sid, *here), here, remedy="Put its numbers into the pool, or delete the campaign.")  # fmt: skip
    if not us_locals(numbers):
        return
    canadian = tuple(n.phone_number for n in numbers if n.country == "CA" and not n.is_us_toll_free)
    foreign = tuple(n.phone_number for n in numbers if n.country not in ("US", "CA", "") and not n.is_us_toll_free)
    mute = tuple(n.phone_number for n in numbers if n.is_us_local and n.sms is False)
    if canadian:
        yield Found(f"{service.label} has {len(canadian)} Canadian among its US numbers; to US recipients they may need the "
                    "campaign too.", canadian, here, canadian, severity="advice",
                    remedy="Keep Canadian numbers in a service of their own, for recipients in Canada.")  # fmt: skip
    if foreign:
        yield Found(f"{service.label} has {len(foreign)} numbers of other countries among its US numbers.", foreign, here,
                    foreign, code=21703, remedy="Give other countries a service of their own.")  # fmt: skip
    if mute:
        yield Found(f"{service.label} has {len(mute)} US numbers that cannot send texts.", mute, here, mute, code=21715,
                    remedy="Replace them by numbers that can.")  # fmt: skip


def _pools_or_campaigns(facts: Facts) -> Iterator[Pool | NotExamined]:
    for found in facts.each_pool():
        if isinstance(found, NotExamined) or us_locals(found[1]) or _filed(facts, found[0]):
            yield found


def _filed(facts: Facts, service: Service) -> list[RegisteredCampaign]:
    return [campaign for campaign in facts.campaigns_of(service.sid) if not campaign.mock]


_NO_POOL = "No Messaging Service has a US long code."
CHECKS = (
    Check(
        "S1", "Every US long code that sends is in a Messaging Service", ("numbers", "services", "pools"), _loose,
        "The account owns no US long code.", _outside, "blocker", "Add it to the service whose campaign covers its texts.",
        "Error page 30034; Twilio docs, A2P 10DLC Number Registration Best Practices; read 2026-11-23", "P",
        takes="minutes, then days until carriers know it (?)", essential=True,
    ),
    Check(
        "S2", "No US long code sits in a service without a verified campaign", ("services", "pools", "campaigns"),
        _us_pools, _NO_POOL, _covered, "blocker", "Finish the service's campaign, or move the numbers to one that has it.",
        "Error page 30034; Messaging specification, Usa2p; read 2026-11-23", "P", takes="as long as the campaign",
        follows=("C1", "C2", "C3"), essential=True,
    ),
    Check(
        "S3", "Carriers know every US long code under its service's campaign", ("services", "pools", "number_states"),
        _reported, _NO_POOL, _carrier_state, "blocker",
        "Wait; then take the number out of the pool and add it again once; then ask support.",
        "Twilio docs, Troubleshooting A2P Phone Number registration issues; error page 30035; read 2026-11-23. The "
        "report's spellings are not documented.", "?", takes="days (?)", who="the carriers",
        follows=("S2", "C1", "C2", "C3", "S4"),
    ),
    Check(
        "S4", "No pool has more US numbers than its brand and T-Mobile allow", ("services", "pools", "campaigns", "brands"),
        _us_pools, _NO_POOL, _size, "warning", "Ask Twilio for a T-Mobile number pool, or split the traffic.",
        "Error pages 30125 and 21714; Bandwidth, T-Mobile 10DLC, Number Pool; read 2026-11-23", "T",
        takes="weeks for a number pool (T)",
    ),
    Check(
        "S5", "Every toll-free number in use is verified", ("numbers", "tollfree_verifications"), _toll_free,
        "There is no toll-free number of the US and Canada.", _verification, "blocker",
        "File the toll-free verification, or correct it while it can be edited.",
        "Error pages 30032 and 30437; Messaging specification, Tollfree Verifications; read 2026-11-23", "P",
        takes="3-5 working days (Q)", essential=True, toll_free=True,
    ),
    Check(
        "S6", "Campaigns have numbers, and US pools have US numbers that can send", ("services", "pools", "campaigns"),
        _pools_or_campaigns, "There is no campaign and no pool of US numbers.", _mixture, "warning",
        "Put the right numbers into the pool.",
        "Error pages 21703 and 21715; Bandwidth on T-Mobile's fee for idle campaigns; read 2026-11-23", "T",
    ),
)  # fmt: skip
