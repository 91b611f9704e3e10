"""Checks C1 to C3: whether each service has a campaign, and what reviewers said about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from msvc_toolkit.a2p.campaigns.model import RegisteredCampaign
from msvc_toolkit.a2p.linter import BrandIdentity, examine
from msvc_toolkit.a2p.linter.model import Severity
from msvc_toolkit.a2p.readiness.checks.senders import ServicePool, us_locals, us_pools
from msvc_toolkit.a2p.readiness.facts import Facts, part, unread
from msvc_toolkit.a2p.readiness.model import NotExamined
from msvc_toolkit.a2p.readiness.result import Check, Found
from msvc_toolkit.a2p.readiness.thresholds import Thresholds
from msvc_toolkit.rules import error_codes

_WAITING = ("PENDING", "IN_PROGRESS")
_STOPPED = ("FAILED", "SUSPENDED")
_SATURDAY = 5


def working_days(since: date, until: date) -> int:
    """Count the working days after one day up to another, without Saturdays and Sundays."""
    days = (until - since).days
    return sum((since + timedelta(days=n)).weekday() < _SATURDAY for n in range(1, days + 1))


def idle(campaign: RegisteredCampaign, facts: Facts) -> bool:
    """Return whether a campaign's pool has no US long code, while the pools of other services have some."""
    pool = part(facts.pools, campaign.service_sid)
    empty = not isinstance(pool, NotExamined) and not us_locals(pool)
    return empty and any(us_locals(facts.pool(sid)) for sid in facts.service_by_sid)


def sender_of(campaign: RegisteredCampaign, facts: Facts) -> BrandIdentity:
    """Return the business behind a campaign, as far as it is known."""
    brand = facts.brand_by_sid.get(campaign.brand_registration_sid)
    if brand is None:
        return BrandIdentity()
    known = facts.identities.get(brand.customer_profile_bundle_sid, BrandIdentity())
    return replace(known, brand_type=brand.brand_type)


def real_campaigns(facts: Facts) -> Iterator[RegisteredCampaign | NotExamined]:
    """Yield the campaigns without mock ones: of each service the verified one, else all."""
    for found in facts.each_campaigns():
        if isinstance(found, NotExamined):
            yield found
        else:
            real = [campaign for campaign in found[1] if not campaign.mock]
            yield from [campaign for campaign in real if campaign.verified] or real


def _one(pool: ServicePool, facts: Facts, _: Thresholds) -> Iterator[Found | NotExamined]:
    service = pool[0]
    campaigns = part(facts.campaigns, service.sid)
    if isinstance(campaigns, NotExamined):
        yield unread(service, campaigns)
    elif not campaigns:
        yield Found(f"{service.label} has US numbers and no campaign.", code=30034, sent=(30034,))
    elif all(campaign.mock for campaign in campaigns):
        sentence = f"The campaign of {service.label} is a mock, which cannot carry traffic."
        yield Found(sentence, (campaigns[0].sid, service.sid), code=30034, sent=(30034,))
    elif sum(not campaign.mock for campaign in campaigns) > 1:
        objects = (*(campaign.sid for campaign in campaigns), service.sid)
        sentence = f"{service.label} has {len(campaigns)} campaigns; Twilio's documents say a service has one."
        yield Found(sentence, objects, severity="advice", remedy="Delete those that are not used.")


def _status(campaign: RegisteredCampaign, facts: Facts, settings: Thresholds) -> Iterator[Found | NotExamined]:
    name, status = facts.service_by_sid[campaign.service_sid].label, campaign.status
    if status in _STOPPED:
        unused = idle(campaign, facts)
        severity: Severity = "warning" if unused else "blocker"
        sentence = f"The campaign of {name} is {status}.{' No US long code depends on it.' * unused}"
        if status == "SUSPENDED":
            remedy = "Open a support case and stop this traffic. Do not move it to another brand."
            yield Found(sentence, severity=severity, code=30033, sent=(30033,), remedy=remedy)
        else:
            remedy = "Correct what its errors name and submit it again; the review may cost 15 USD."
            yield Found(sentence, severity=severity, sent=(30034,), remedy=remedy)
    elif status in _WAITING:
        if campaign.date_created is None:
            yield NotExamined(f"Twilio's answer does not say since when the campaign of {name} has been {status}.")
        elif (days := working_days(campaign.date_created.date(), facts.now.date())) > settings.campaign_pending_days:
            sentence = f"The campaign of {name} has been {status} for {days} working days."
            remedy = "Ask Twilio's support what the review is waiting for."
            yield Found(sentence, severity="warning", who="Twilio", remedy=remedy)
    elif not campaign.verified:
        yield NotExamined(f"This review does not know the status {status!r} of the campaign of {name}.")


def _errors(campaign: RegisteredCampaign, facts: Facts, _: Thresholds) -> Iterator[Found]:
    name = facts.service_by_sid[campaign.service_sid].label
    remarks = {(r.code, r.fields, r.sentence): r.severity for r in examine(campaign.draft, sender_of(campaign, facts))}
    unused = idle(campaign, facts)
    for error in {(error.code or error.description, error.fields): error for error in campaign.errors}.values():
        known = error_codes.lookup(error.code)
        fields = f" ({', '.join(error.fields)})" if error.fields else ""
        remark = (error.code or 0, error.fields, error.description)
        meaning = known.meaning if known and remark not in remarks else error.description
        sentence = f"Reviewers refused {name} with {error.code or 'no code'}{fields}: {meaning}".strip()
        remedy, who = (known.remedy, known.who) if known else ("", None)
        severity: Severity = "advice" if campaign.verified else remarks.get(remark, "blocker")  # the remark's own
        yield Found(sentence, code=error.code, severity=severity, remedy=remedy, who=who, idle=unused)


_NONE = "There is no campaign except mocks."
CHECKS = (
    Check(
        "C1", "Each service with a US long code has one campaign", ("services", "pools", "campaigns"), us_pools,
        "No Messaging Service has a US long code.", _one, "blocker",
        "Create its campaign, or move the numbers to a service that has one.",
        "Error page 30034; Messaging specification, Usa2p; read 2026-11-23", "P",
        takes="2-15 working days (sources differ)", follows=("B1",), essential=True,
    ),
    Check(
        "C2", "Each campaign is verified, or has not been waiting too long", ("services", "campaigns"), real_campaigns, _NONE,
        _status, "blocker", "Correct what its errors name and submit it again.",
        "Messaging specification, Usa2p, campaign_status (its list is open); error page 30990; read 2026-11-23", "P",
        takes="2-15 working days (sources differ)", follows=("C3",), essential=True,
    ),
    Check(
        "C3", "Reviewers have no objection to a campaign", ("services", "campaigns"), real_campaigns, _NONE, _errors,
        "blocker", "Change the fields that the errors name, and submit it again.",
        "Error dictionary, 30880 to 30994; Messaging specification, Usa2p, errors; read 2026-11-23", "P",
        takes="2-15 working days (sources differ)", essential=True,
    ),
)  # fmt: skip
