"""A judgement as rows: what frames, pages and JSON are made of, numbers masked in one place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msvc_toolkit.a2p.readiness.facts import part, seen
from msvc_toolkit.a2p.readiness.model import NotExamined
from msvc_toolkit.a2p.readiness.result import ReadinessFinding
from msvc_toolkit.a2p.readiness.traffic import LogTraffic
from msvc_toolkit.a2p.readiness.verdict import Judgement
from msvc_toolkit.private.secret import without_login
from msvc_toolkit.rules import addresses

Table = tuple[tuple[str, ...], list[tuple[Any, ...]]]
FINDINGS = (
    "check", "severity", "finding", "remedy", "who", "takes", "code", "services", "numbers", "objects", "messages",
    "money", "first_seen", "last_seen", "because", "grade", "source",
)  # fmt: skip
SERVICES = (
    "service", "sid", "verdict", "why", "brand", "campaign", "us_numbers", "toll_free", "blockers", "warnings", "recent_codes",
)  # fmt: skip
NUMBERS = ("number", "sid", "kind", "country", "service", "campaign", "carriers", "messages_to_us", "verdict")
CHECKS = ("check", "family", "title", "state", "worst", "examined", "findings", "why", "grade", "source")
FIXES = ("step", "stage", "severity", "finding", "remedy", "who", "takes", "checks", "findings", "services")


def findings(judged: Judgement, *, mask: bool = True) -> Table:
    """One row per finding, worst first."""
    show = _shown(mask)
    return FINDINGS, [_finding(judged, finding, show) for finding in judged.findings]


def _finding(judged: Judgement, finding: ReadinessFinding, show: Callable[[str], str]) -> tuple[Any, ...]:
    found, weight = finding.found, finding.evidence
    return (
        finding.check.id,
        finding.severity,
        show(found.sentence),
        show(finding.remedy),
        finding.who,
        finding.check.takes,
        found.code,
        ", ".join(_label(judged, sid) for sid in found.services),
        ", ".join(map(show, found.numbers)),
        ", ".join(map(show, found.objects)),
        weight.messages if weight else None,
        weight.spent if weight else "",
        weight.first if weight else None,
        weight.last if weight else None,
        ", ".join(finding.because),
        finding.check.grade,
        finding.check.source,
    )


def services(judged: Judgement, *, mask: bool = True) -> Table:
    """One row per Messaging Service: from brand to campaign to numbers to the codes of the log's last days."""
    facts, show = judged.facts, _shown(mask)
    rows = []
    for service in seen(facts.services):
        pool, brand = part(facts.pools, service.sid), facts.brand_of_service(service.sid)
        counts = (
            ("?", "?")
            if isinstance(pool, NotExamined)
            else (sum(n.is_us_local for n in pool), sum(n.is_us_toll_free for n in pool))
        )
        severities = [finding.severity for finding in judged.about_service(service.sid)]
        rows.append(
            (
                show(service.friendly_name) if not mask else service.label,
                service.sid,
                judged.of_service(service),
                show(judged.why(service)),
                f"{brand.status}, {brand.identity_status or 'no identity'}" if brand else _absent(facts.brands, "none"),
                campaign_words(judged, service.sid),
                *counts,
                severities.count("blocker"),
                severities.count("warning"),
                ", ".join(f"{code}: {n:,}" for code, n in judged.recent_codes(service.sid).items()),
            )
        )
    return SERVICES, rows


def campaign_words(judged: Judgement, service_sid: str) -> str:
    """Say how a service's campaign stands."""
    told = part(judged.facts.campaigns, service_sid)
    campaign = judged.facts.campaign_of(service_sid)
    if isinstance(told, NotExamined):
        return "not examined"
    if campaign is None:
        return "mock only" if told else "none"
    return f"{campaign.status}, {campaign.draft.us_app_to_person_usecase}"


def numbers(judged: Judgement, *, mask: bool = True) -> Table:
    """One row per number."""
    facts, show = judged.facts, _shown(mask)
    states = {state.phone_number: state.state for state in seen(facts.number_states)}
    sent: dict[str, int] = {}
    for tally in facts.traffic.tallies if isinstance(facts.traffic, LogTraffic) else ():
        if tally.to_us:
            sent[tally.number] = sent.get(tally.number, 0) + tally.messages
    rows = []
    for number in facts.all_numbers:
        sid = facts.service_of_number.get(number.phone_number, "")
        rows.append(
            (
                show(number.phone_number),
                number.sid,
                number.kind,
                number.country,
                _label(judged, sid) if sid else "",
                campaign_words(judged, sid) if sid and number.is_us_local else "",
                states.get(number.phone_number, ""),
                sent.get(number.phone_number, 0) if isinstance(facts.traffic, LogTraffic) else None,
                judged.of_number(number),
            )
        )
    return NUMBERS, rows


def checks(judged: Judgement, *, mask: bool = True) -> Table:
    """One row per check."""
    show = _shown(mask)
    return CHECKS, [
        (
            r.check.id,
            r.check.family,
            r.check.title,
            r.state,
            r.worst,
            r.examined,
            len(r.findings),
            show(r.why),
            r.check.grade,
            r.check.source,
        )
        for r in judged.results
    ]


def fixes(judged: Judgement, *, mask: bool = True) -> Table:
    """One row per step of the order of fixes."""
    show = _shown(mask)
    return FIXES, [
        (
            fix.number,
            fix.stage,
            fix.severity,
            show(fix.sentence),
            show("\n".join(fix.remedies)),
            fix.who,
            fix.takes,
            ", ".join(fix.checks),
            len(fix.findings),
            ", ".join(dict.fromkeys(_label(judged, sid) for f in fix.findings for sid in f.found.services)),
        )
        for fix in judged.fixes
    ]


ALL: dict[str, Callable[..., Table]] = {
    "findings": findings,
    "services": services,
    "numbers": numbers,
    "checks": checks,
    "fixes": fixes,
}
"""Every table by name."""


def records(table: Table) -> list[dict[str, Any]]:
    """Return a table's rows as mappings."""
    columns, rows = table
    return [dict(zip(columns, row, strict=True)) for row in rows]


def picked(table: Table, names: Sequence[str]) -> Table:
    """Return some columns of a table."""
    columns, rows = table
    places = [columns.index(name) for name in names]
    return tuple(names), [tuple(row[place] for place in places) for row in rows]


def _shown(mask: bool) -> Callable[[str], str]:
    return (lambda text: without_login(addresses.mask_in(text))) if mask else without_login


def _label(judged: Judgement, sid: str) -> str:
    service = judged.facts.service_by_sid.get(sid)
    return service.label if service else sid


def _absent(fact: object, otherwise: str) -> str:
    return "not examined" if isinstance(fact, NotExamined) else otherwise


def heading(column: str) -> str:
    """Return a column's name as a reader sees it."""
    words = column.replace("_", " ").capitalize()
    return f"US{words[2:]}" if words.startswith("Us ") else words
