"""Checks S: the numbers, their pools, and their registration with the carriers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from msvc_toolkit.a2p.readiness.facts import Facts, part, seen, unread
from msvc_toolkit.a2p.readiness.model import NotExamined, Number, NumberState, TollfreeVerification
from msvc_toolkit.a2p.readiness.result import Check, Found
from msvc_toolkit.a2p.readiness.thresholds import Thresholds
from msvc_toolkit.a2p.readiness.traffic import LogTraffic
from msvc_toolkit.rules.limits import POOL_LIMIT
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.services.model import Service

ServicePool = tuple[Service, tuple[Number, ...]]
_REGISTERED, _PENDING, _UNREGISTERED = "registered", "pending", "unregistered"
_GOOD_TOLL_FREE, _WAITING = "TWILIO_APPROVED", ("PENDING_REVIEW", "IN_REVIEW")


def us_locals(numbers: tuple[Number, ...]) -> tuple[str, ...]:
    """Return the US long codes among numbers, in E.164."""
    return tuple(number.phone_number for number in numbers if number.is_us_local)


def _loose(facts: Facts) -> Iterator[Number | NotExamined]:
    """The account's US long codes. Whether one is in no pool is certain only if every pool was read."""
    unread_pools = [found.why for found in facts.each_pool() if isinstance(found, NotExamined)]
    for number in seen(facts.numbers):
        if not number.is_us_local:
            continue
        if unread_pools and number.phone_number not in facts.service_of_number:
            yield NotExamined(f"Whether {number.label} is in a pool: {unread_pools[0]}", numbers=(number.phone_number,))
        else:
            yield number


def _outside(number: Number, facts: Facts, _: Thresholds) -> Iterator[Found]:
    if number.phone_number in facts.service_of_number:
        return
    sentence = f"{number.label} is in no Messaging Service"
    if isinstance(facts.traffic, NotExamined):
        unknown = "; without a log this review cannot see whether it sends to the US."
        yield Found(sentence + unknown, severity="warning")
    elif sent := facts.traffic.to_us(number.phone_number):
        yield Found(f"{sentence}, and it sent {count(sent, 'message')} to the US.", code=30034)
    else:
        remedy = "Put it into the right service before it sends, or leave it unused."
        yield Found(f"{sentence} and sent nothing to the US.", severity="advice", remedy=remedy)


def us_pools(facts: Facts) -> Iterator[ServicePool | NotExamined]:
    """Yield the services that have US long codes, with their numbers."""
    for found in facts.each_pool():
        if isinstance(found, NotExamined) or us_locals(found[1]):
            yield found


def _covered(pool: ServicePool, facts: Facts, _: Thresholds) -> Iterator[Found | NotExamined]:
    service, numbers = pool
    campaigns = part(facts.campaigns, service.sid)
    if isinstance(campaigns, NotExamined):
        yield unread(service, campaigns)
        return
    campaign = facts.campaign_of(service.sid)
    if campaign is None or not campaign.verified:
        reason = f"its campaign is {campaign.status}" if campaign else "the service has no campaign"
        local = us_locals(numbers)
        sentence = f"{count(len(local), 'US number')} of {service.label} cannot send to the US: {reason}."
        yield Found(sentence, numbers=local, code=30034, sent=(30034,))


def _reported(facts: Facts) -> Iterator[NumberState | NotExamined]:
    states = {state.phone_number: state for state in seen(facts.number_states)}
    for number in facts.all_numbers:
        if number.is_us_local and (number.phone_number in facts.service_of_number or number.phone_number in states):
            missing = f"{number.label} is not in the report; download a new one from the Console."
            yield states.get(number.phone_number) or NotExamined(missing, numbers=(number.phone_number,))


def _carrier_state(state: NumberState, facts: Facts, settings: Thresholds) -> Iterator[Found | NotExamined]:
    word = " ".join(state.state.lower().replace("_", " ").replace("-", " ").split())
    label = Number("", state.phone_number).label
    campaign = facts.campaign_of(facts.service_of_number.get(state.phone_number, ""))
    if _PENDING in word:
        if state.updated is None:
            yield NotExamined(f"The report does not say since when {label} has been {state.state!r}.")
        elif facts.now - state.updated > timedelta(days=settings.number_pending_days):
            remedy = "Remove it from the pool and add it again, once. If that does not help, ask Twilio's support."
            sentence = f"{label} has been {state.state!r} since {state.updated:%Y-%m-%d}."
            yield Found(sentence, severity="warning", code=30035, who="Twilio", sent=(30034, 30035), remedy=remedy)
    elif word == _UNREGISTERED or "fail" in word or "not registered" in word:
        yield Found(f"In the report, {label} is {state.state!r}.", code=30034, sent=(30034,))
    elif word != _REGISTERED:
        yield NotExamined(f"In the report, {label} is {state.state!r}, which this review does not know.")
    elif campaign and state.campaign_sid and state.campaign_sid not in (campaign.sid, campaign.campaign_id):
        sentence = f"{label} is registered under campaign {state.campaign_sid}, but its service has {campaign.sid}."
        yield Found(sentence, severity="warning", code=30035)


def _size(pool: ServicePool, facts: Facts, settings: Thresholds) -> Iterator[Found]:
    service, numbers = pool
    local, brand = us_locals(numbers), facts.brand_of_service(service.sid)
    if brand and brand.is_sole_proprietor and len(local) > 1:
        sentence = f"A sole proprietor's campaign can have one number, and {service.label} has {len(local)}."
        remedy = "Remove all but one from the pool, or register a standard brand."
        yield Found(sentence, local, code=30125, severity="blocker", sent=(30125,), remedy=remedy)
    elif len(local) > settings.tmobile_numbers:
        sentence = (
            f"{service.label} has {len(local)} US numbers; above {settings.tmobile_numbers} T-Mobile has to grant a "
            "number pool."
        )
        yield Found(sentence)
    if len(numbers) >= settings.pool_near:
        sentence = f"The pool of {service.label} has {len(numbers)} numbers; {POOL_LIMIT} is the most it can have."
        yield Found(sentence, code=21714, remedy="Ask Twilio's support for a larger pool, or make a second service.")


def _toll_free(facts: Facts) -> Iterator[Number]:
    yield from (number for number in facts.all_numbers if number.is_us_toll_free)


def _verification(number: Number, facts: Facts, _: Thresholds) -> Iterator[Found | NotExamined]:
    requests = [v for v in seen(facts.tollfree_verifications) if v.tollfree_phone_number_sid == number.sid]
    request = next((v for v in requests if v.status == _GOOD_TOLL_FREE), requests[0] if requests else None)
    if request and request.status == _GOOD_TOLL_FREE:
        return
    if request and request.status not in ("TWILIO_REJECTED", *_WAITING):
        yield NotExamined(f"This review does not know the verification status {request.status!r} of {number.label}.")
        return
    service = facts.service_of_number.get(number.phone_number, "")
    sends = isinstance(facts.traffic, LogTraffic) and bool(facts.traffic.to_us(number.phone_number))
    yield Found(
        f"{number.label} is not verified: {_why(request, facts)}.",
        (number.phone_number, request.sid) if request else (number.phone_number,),
        (service,) if service else (),
        severity="blocker" if service or sends else "advice",
        code=(request and request.error_code) or 30032,
        sent=(30032,),
        who="Twilio" if request and request.status in _WAITING else "you",
    )


def _why(verification: TollfreeVerification | None, facts: Facts) -> str:
    if verification is None:
        return "no verification was submitted"
    if verification.status in _WAITING:
        return "the request is being reviewed, and until it is approved nothing is delivered"
    if not verification.edit_allowed:
        return "the request was rejected and can no longer be edited, so submit a new one"
    sentence = "the request was rejected and can be edited"
    if verification.edit_expiration is None:
        return sentence
    left = max((verification.edit_expiration - facts.now).days, 0)
    return f"{sentence} for {count(left, 'more day', 'more days')}"


def _mixture(pool: ServicePool, facts: Facts, _: Thresholds) -> Iterator[Found | NotExamined]:
    service, numbers = pool
    campaigns = part(facts.campaigns, service.sid)
    if isinstance(campaigns, NotExamined):
        yield unread(service, campaigns)
        return
    real = [campaign for campaign in campaigns if not campaign.mock]
    if not us_locals(numbers):
        if real:
            sentence = f"The campaign of {service.label} has no US number; T-Mobile charges for idle campaigns."
            yield Found(
                sentence, (real[-1].sid, service.sid), remedy="Add its numbers to the pool, or delete the campaign."
            )
        return
    canadian = tuple(n.phone_number for n in numbers if n.country == "CA" and not n.is_us_toll_free)
    foreign = tuple(n.phone_number for n in numbers if n.country not in ("US", "CA", "") and not n.is_us_toll_free)
    mute = tuple(n.phone_number for n in numbers if n.is_us_local and n.sms is False)
    if canadian:
        sentence = (
            f"{service.label} has {count(len(canadian), 'Canadian number')} among its US numbers; to reach US recipients "
            "they may need the campaign, too."
        )
        remedy = "Keep Canadian numbers in a separate service, for recipients in Canada."
        yield Found(sentence, numbers=canadian, severity="advice", remedy=remedy)
    if foreign:
        sentence = f"{service.label} has {count(len(foreign), 'number')} from other countries among its US numbers."
        yield Found(sentence, numbers=foreign, code=21703, remedy="Make a separate service for other countries.")
    if mute:
        sentence = f"{service.label} has {count(len(mute), 'US number')} that cannot send texts."
        yield Found(sentence, numbers=mute, code=21715, remedy="Replace them with numbers that can.")


def _pools_or_campaigns(facts: Facts) -> Iterator[ServicePool | NotExamined]:
    for found in facts.each_pool():
        if isinstance(found, NotExamined) or us_locals(found[1]) or facts.campaign_of(found[0].sid):
            yield found


_NO_POOL = "No Messaging Service has a US long code."
CHECKS = (
    Check(
        "S1", "Every US long code that sends is in a Messaging Service", ("numbers", "services", "pools"), _loose,
        "The account owns no US long code.", _outside, "blocker", "Add it to the service whose campaign covers its texts.",
        "Error page 30034; Twilio docs, A2P 10DLC Number Registration Best Practices; read 2026-11-23", "P",
        takes="minutes, then days until the carriers have it (?)", essential=True,
    ),
    Check(
        "S2", "Every service with a US long code has a verified campaign", ("services", "pools", "campaigns"),
        us_pools, _NO_POOL, _covered, "blocker", "Finish the service's campaign, or move the numbers to a service that has one.",
        "Error page 30034; Messaging specification, Usa2p; read 2026-11-23", "P", takes="as long as the campaign",
        follows=("C1", "C2", "C3"), essential=True,
    ),
    Check(
        "S3", "Every US long code is registered with the carriers under its service's campaign", ("services", "pools", "number_states"),
        _reported, _NO_POOL, _carrier_state, "blocker",
        "Wait. If that does not help, remove the number from the pool and add it again, once. Then ask Twilio's support.",
        "Twilio docs, Troubleshooting A2P Phone Number registration issues; error page 30035; read 2026-11-23. The "
        "report's spellings are not documented.", "?", takes="days (?)", who="the carriers",
        follows=("S2", "C1", "C2", "C3", "S4"),
    ),
    Check(
        "S4", "No pool has more US numbers than its brand and T-Mobile allow", ("services", "pools", "campaigns", "brands"),
        us_pools, _NO_POOL, _size, "warning", "Ask Twilio for a T-Mobile number pool, or split the traffic.",
        "Error pages 30125 and 21714; Bandwidth, T-Mobile 10DLC, Number Pool; read 2026-11-23", "T",
        takes="weeks for a number pool (T)",
    ),
    Check(
        "S5", "Every toll-free number in use is verified", ("numbers", "tollfree_verifications"), _toll_free,
        "There is no US or Canadian toll-free number.", _verification, "blocker",
        "Submit the toll-free verification, or correct it while it can be edited.",
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
