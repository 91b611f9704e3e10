"""A review as tables, for data frames, pages and JSON. Only here are phone numbers masked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from msvc_toolkit.a2p.readiness.facts import part, seen
from msvc_toolkit.a2p.readiness.model import NotExamined
from msvc_toolkit.a2p.readiness.traffic import LogTraffic
from msvc_toolkit.a2p.readiness.verdict import Judgement
from msvc_toolkit.private.secret import without_login
from msvc_toolkit.rules import addresses

Show = Callable[[str], str]
TableRows = list[dict[str, Any]]
COLUMNS = {
    "findings": tuple(
        "check severity finding remedy who takes code services numbers objects messages money first_seen "
        "last_seen because grade source".split()
    ),
    "services": tuple(
        "service sid verdict why brand campaign us_numbers toll_free blockers warnings recent_codes".split()
    ),
    "numbers": ("number", "sid", "kind", "country", "service", "campaign", "carriers", "messages_to_us", "verdict"),
    "checks": ("check", "family", "title", "state", "worst", "examined", "findings", "why", "grade", "source"),
    "fixes": ("step", "stage", "severity", "finding", "remedy", "who", "takes", "checks", "findings", "services"),
}
"""The columns of each table, in their order."""


def rows(name: str, judged: Judgement, *, mask: bool = True) -> TableRows:
    """Return the rows of a table, named as in `COLUMNS`; `mask` hides the middle of phone numbers."""
    make = {"findings": _findings, "services": _services, "numbers": _numbers, "checks": _checks, "fixes": _fixes}[name]
    show = (lambda text: without_login(addresses.mask_in(text))) if mask else without_login
    return [dict(zip(COLUMNS[name], row, strict=True)) for row in make(judged, show)]


def _findings(judged: Judgement, show: Show) -> Iterator[tuple[Any, ...]]:
    for finding in judged.findings:
        found, check, weight = finding.found, finding.check, finding.evidence
        what = (
            check.id,
            finding.severity,
            show(found.sentence),
            show(finding.remedy),
            finding.who,
            finding.takes,
            found.code,
        )
        services = ", ".join(_label(judged, sid) for sid in found.services)
        about = (services, ", ".join(map(show, found.numbers)), ", ".join(map(show, found.objects)))
        evidence = (weight.messages, weight.spent, weight.first, weight.last) if weight else (None, "", None, None)
        yield *what, *about, *evidence, ", ".join(finding.because), check.grade, check.source


def _services(judged: Judgement, show: Show) -> Iterator[tuple[Any, ...]]:
    facts = judged.facts
    for service in seen(facts.services):
        sid, pool, brand = service.sid, part(facts.pools, service.sid), facts.brand_of_service(service.sid)
        counts: tuple[object, object] = ("?", "?")
        if not isinstance(pool, NotExamined):
            counts = sum(n.is_us_local for n in pool), sum(n.is_us_toll_free for n in pool)
        no_brand = "not examined" if isinstance(facts.brands, NotExamined) else "none"
        registered = f"{brand.status}, {brand.identity_status or 'no identity'}" if brand else no_brand
        severities = [finding.severity for finding in judged.about_service(sid)]
        worst = severities.count("blocker"), severities.count("warning")
        codes = ", ".join(f"{code}: {n:,}" for code, n in judged.recent_codes(sid).items())
        verdict = judged.of_service(service), show(judged.why(service))
        name = show(service.friendly_name) if show is without_login else service.label
        yield name, sid, *verdict, registered, _campaign(judged, sid), *counts, *worst, codes


def _campaign(judged: Judgement, service_sid: str) -> str:
    campaigns = part(judged.facts.campaigns, service_sid)
    campaign = judged.facts.campaign_of(service_sid)
    if isinstance(campaigns, NotExamined):
        return "not examined"
    if campaign is None:
        return "mock only" if campaigns else "none"
    return f"{campaign.status}, {campaign.draft.us_app_to_person_usecase}"


def _numbers(judged: Judgement, show: Show) -> Iterator[tuple[Any, ...]]:
    facts, logged = judged.facts, isinstance(judged.facts.traffic, LogTraffic)
    states = {state.phone_number: state.state for state in seen(facts.number_states)}
    sent: Counter[str] = Counter()
    for tally in facts.traffic.tallies if isinstance(facts.traffic, LogTraffic) else ():
        sent[tally.number] += tally.messages * tally.to_us
    for number in facts.all_numbers:
        text, sid = number.phone_number, facts.service_of_number.get(number.phone_number, "")
        service = _label(judged, sid) if sid else ""
        campaign = _campaign(judged, sid) if sid and number.is_us_local else ""
        what = (show(text), number.sid, number.kind, number.country, service, campaign, states.get(text, ""))
        yield *what, sent[text] if logged else None, judged.of_number(number)


def _checks(judged: Judgement, show: Show) -> Iterator[tuple[Any, ...]]:
    for r in judged.results:
        outcome = (r.state, r.worst, r.examined, len(r.findings), show(r.why))
        yield r.check.id, r.check.family, r.check.title, *outcome, r.check.grade, r.check.source


def _fixes(judged: Judgement, show: Show) -> Iterator[tuple[Any, ...]]:
    for fix in judged.fixes:
        services = dict.fromkeys(_label(judged, sid) for f in fix.findings for sid in f.found.services)
        what = (
            fix.number,
            fix.stage,
            fix.severity,
            show(fix.sentence),
            show("\n".join(fix.remedies)),
            fix.who,
            fix.takes,
        )
        yield *what, ", ".join(fix.checks), len(fix.findings), ", ".join(services)


def _label(judged: Judgement, sid: str) -> str:
    service = judged.facts.service_by_sid.get(sid)
    return service.label if service else sid


def heading(column: str) -> str:
    """Return a column's heading in words."""
    words = column.replace("_", " ").capitalize()
    return re.sub(r"\bus\b", "US", words, flags=re.IGNORECASE)
