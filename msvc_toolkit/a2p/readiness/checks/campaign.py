"""C1 to C3: whether each service has a campaign, and what reviewers said of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from msvc_toolkit.a2p.campaigns.model import RegisteredCampaign
from msvc_toolkit.a2p.readiness.checks.senders import us_locals
from msvc_toolkit.a2p.readiness.facts import Facts, part, unread
from msvc_toolkit.a2p.readiness.model import NotExamined, Number
from msvc_toolkit.a2p.readiness.result import Check, Found, Severity
from msvc_toolkit.a2p.readiness.settings import Settings
from msvc_toolkit.rules import error_codes
from msvc_toolkit.services.model import Service

_WAITING = ("PENDING", "IN_PROGRESS")
_STOPPED = ("FAILED", "SUSPENDED")
_SATURDAY = 5


def working_days(since: date, until: date) -> int:
    """Count the days after one up to another that are no Saturday or Sunday."""
    days = (until - since).days
    return sum((since + timedelta(days=n)).weekday() < _SATURDAY for n in range(1, days + 1))


def weight(severity: Severity, campaign: RegisteredCampaign, facts: Facts) -> Severity:
    """Return how bad a fault of a campaign is: one that no US long code depends on, while others have theirs, only warns."""
    pool = part(facts.pools, campaign.service_sid)
    idle = not isinstance(pool, NotExamined) and not us_locals(pool)
    others = idle and any(us_locals(facts.pool(sid)) for sid in facts.service_by_sid)
    return "warning" if others and severity == "blocker" else severity


def real_campaigns(facts: Facts) -> Iterator[RegisteredCampaign | NotExamined]:
    """Go through the campaigns that are no mock: of each service its verified one, else all."""
    for found in facts.each_campaigns():
        if isinstance(found, NotExamined):
            yield found
        else:
            real = [campaign for campaign in found[1] if not campaign.mock]
            yield from [campaign for campaign in real if campaign.verified] or real


def _us_services(facts: Facts) -> Iterator[tuple[Service, tuple[Number, ...]] | NotExamined]:
    for found in facts.each_pool():
        if isinstance(found, NotExamined) or us_locals(found[1]):
            yield found


def _one(subject: tuple[Service, tuple[Number, ...]], facts: Facts, _: Settings) -> Iterator[Found | NotExamined]:
    service, _numbers = subject
    campaigns = part(facts.campaigns, service.sid)
    here = (service.sid,)
    if isinstance(campaigns, NotExamined):
        yield unread(service, campaigns)
    elif not campaigns:
        yield Found(f"{service.label} has US numbers and no campaign.", here, here, code=30034, sent=(30034,))
    elif all(campaign.mock for campaign in campaigns):
        yield Found(f"The campaign of {service.label} is a mock, which carries no traffic.", (campaigns[0].sid, *here),
                    here, code=30034, sent=(30034,))  # fmt: skip
    elif sum(not campaign.mock for campaign in campaigns) > 1:
        yield Found(f"{service.label} has {len(campaigns)} campaigns, where Twilio documents one.",
                    (*(campaign.sid for campaign in campaigns), *here), here, severity="advice",
                    remedy="Delete those that are not used.")  # fmt: skip


def _status(campaign: RegisteredCampaign, facts: Facts, settings: Settings) -> Iterator[Found | NotExamined]:
    name, here = facts.service_by_sid[campaign.service_sid].label, (campaign.service_sid,)
    if campaign.status in _STOPPED:
        suspended = campaign.status == "SUSPENDED"
        severity = weight("blocker", campaign, facts)
        idle = " No US long code depends on it." if severity != "blocker" else ""
        yield Found(f"The campaign of {name} is {campaign.status}.{idle}", (campaign.sid, *here), here,
                    code=30033 if suspended else None, sent=(30033,) if suspended else (30034,),
                    severity=severity,
                    remedy="Open a support case, and stop this traffic; do not move it to another brand." if suspended
                    else "Correct what its errors name and file it again; the review may cost 15 USD.")  # fmt: skip
    elif campaign.status in _WAITING:
        if campaign.date_created is None:
            yield NotExamined(f"How long the campaign of {name} has been {campaign.status} is not told.", here)
        elif (days := working_days(campaign.date_created.date(), facts.now.date())) > settings.campaign_pending_days:
            yield Found(f"The campaign of {name} has been {campaign.status} for {days} working days.",
                        (campaign.sid, *here), here, severity="warning", who="Twilio",
                        remedy="Ask Twilio's support what the review waits for.")  # fmt: skip
    elif not campaign.verified:
        yield NotExamined(
            f"The campaign of {name} is {campaign.status!r}, which this review does not know.", here
        )


def _errors(campaign: RegisteredCampaign, facts: Facts, _: Settings) -> Iterator[Found]:
    name, here = facts.service_by_sid[campaign.service_sid].label, (campaign.service_sid,)
    for fault in {(fault.code or fault.description, fault.fields): fault for fault in campaign.errors}.values():
        known = error_codes.lookup(fault.code)
        meaning = known.meaning if known else fault.description
        fields = f" ({', '.join(fault.fields)})" if fault.fields else ""
        yield Found(f"Reviewers on {name}: {fault.code or 'no code'}{fields}. {meaning}".strip(), (campaign.sid, *here), here,
                    code=fault.code, severity="advice" if campaign.verified else weight("blocker", campaign, facts),
                    remedy=known.remedy if known else "", who=known.who if known else None)  # fmt: skip


_NONE = "There is no campaign that is no mock."
CHECKS = (
    Check(
        "C1", "Each service with a US long code has one campaign", ("services", "pools", "campaigns"), _us_services,
        "No Messaging Service has a US long code.", _one, "blocker",
        "Create its campaign, or move the numbers to a service that has one.",
        "Error page 30034; Messaging specification, Usa2p; read 2026-11-23", "P",
        takes="2-15 working days (sources differ)", follows=("B1",), essential=True,
    ),
    Check(
        "C2", "Each campaign is verified, or not waiting for too long", ("services", "campaigns"), real_campaigns, _NONE,
        _status, "blocker", "Correct what its errors name and file it again.",
        "Messaging specification, Usa2p, campaign_status (its list is open); error page 30990; read 2026-11-23", "P",
        takes="2-15 working days (sources differ)", follows=("C3",), essential=True,
    ),
    Check(
        "C3", "Reviewers have nothing against a campaign", ("services", "campaigns"), real_campaigns, _NONE, _errors,
        "blocker", "Change what the fields name, and file it again.",
        "Error dictionary, 30880 to 30994; Messaging specification, Usa2p, errors; read 2026-11-23", "P",
        takes="2-15 working days (sources differ)", essential=True,
    ),
)  # fmt: skip
