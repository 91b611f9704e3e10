"""Derives verdicts from results: what is ready, how many messages each finding affects, and what to fix first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from msvc_toolkit.a2p.readiness.checks import CHECKS
from msvc_toolkit.a2p.readiness.facts import Facts, part, seen
from msvc_toolkit.a2p.readiness.fixes import Fix, in_order
from msvc_toolkit.a2p.readiness.model import NotExamined, Number
from msvc_toolkit.a2p.readiness.result import SEVERITIES, ReadinessFinding, Result, run
from msvc_toolkit.a2p.readiness.scope import Reach
from msvc_toolkit.a2p.readiness.thresholds import DEFAULTS, Thresholds
from msvc_toolkit.a2p.readiness.traffic import Evidence, LogTraffic, Tally, weigh
from msvc_toolkit.services.model import Service

Verdict = Literal["ready", "at risk", "not ready", "not examined", "not needed"]
MEANING: dict[Verdict, str] = {
    "ready": "This review found nothing that prevents traffic.",
    "at risk": "Nothing blocks traffic, but something may soon.",
    "not ready": "Traffic to the US is blocked, now or soon.",
    "not examined": "Something essential could not be read, so this review cannot say.",
    "not needed": "No sender needs US registration.",
}
NOT_COVERED = (
    "Whether carriers let a message through: they filter by content and complaints, registered or not.",
    "Whether people really agreed: the review only reads what the campaign says about it.",
    "What websites and policies say: the review opens no page.",
    "Short codes, WhatsApp, RCS and Twilio Verify, which have registrations of their own or none.",
    "Traffic within Canada, and the rules of other countries.",
    "Law: consent, quiet hours and do-not-call lists need a lawyer, not a linter.",
)
"""What no review covers."""


@dataclass(frozen=True)
class Judgement:
    """A review's facts and results, and the verdicts that follow from them."""

    facts: Facts
    settings: Thresholds
    results: tuple[Result, ...]  # one per check, in the order of `CHECKS`

    @cached_property
    def findings(self) -> tuple[ReadinessFinding, ...]:
        """All findings, worst first, each with its causes and its messages in the log."""
        found = [finding for result in self.results for finding in result.findings]
        reach = Reach(found, self.facts)
        weighed = [replace(f, because=reach.causes(f), evidence=self._evidence(f)) for f in found]
        return tuple(sorted(weighed, key=lambda f: (SEVERITIES.index(f.severity), not f.stops)))

    @cached_property
    def _reach(self) -> Reach:
        return Reach(self.findings, self.facts)

    @cached_property
    def verdict(self) -> Verdict:
        """The account's verdict."""
        filed = seen(self.facts.brands) or self.facts.all_campaigns
        if self.facts.has_us_sender is False and not filed and not isinstance(self.facts.services, NotExamined):
            return "not needed"
        return self._verdict(self.findings, bool(self._unseen))

    def of_service(self, service: Service) -> Verdict:
        """Return a service's verdict."""
        pool = part(self.facts.pools, service.sid)
        if not isinstance(pool, NotExamined) and not any(n.is_us_local or n.is_us_toll_free for n in pool):
            return "not needed"
        numbers = seen(pool)
        return self._verdict(self.about_service(service.sid), self._blind_to(numbers, service.sid))

    def why(self, service: Service) -> str:
        """Return the reason for a service's verdict: its worst finding, else the meaning of the verdict."""
        verdict = self.of_service(service)
        if verdict == "not needed":
            campaign = self.facts.campaign_of(service.sid)
            idle = f" Its campaign is {campaign.status}." if campaign else ""
            return f"Its pool has no US local and no toll-free number.{idle}"
        findings = self.about_service(service.sid)
        if verdict not in ("not ready", "at risk") or not findings:
            return MEANING[verdict]
        alike = sum(finding.severity == findings[0].severity for finding in findings) - 1
        more = f" {alike} more {findings[0].severity}{'s' if alike > 1 else ''}." if alike else ""
        return f"{findings[0].check.id}: {findings[0].found.sentence}{more}"

    def about_service(self, sid: str) -> list[ReadinessFinding]:
        """Return the findings that affect a service or one of its numbers."""
        return self._reach.of_service(sid)

    def of_number(self, number: Number) -> Verdict:
        """Return a number's verdict."""
        if not (number.is_us_local or number.is_us_toll_free):
            return "not needed"
        service = self.facts.service_of_number.get(number.phone_number, "")
        touching = self._reach.of_number(number.phone_number, service)
        return self._verdict(touching, self._blind_to((number,), service))

    @cached_property
    def fixes(self) -> tuple[Fix, ...]:
        """What to fix, in order, without advice and without findings that follow from others."""
        return in_order(self.findings)

    @cached_property
    def not_covered(self) -> tuple[str, ...]:
        """What this review does not cover: what no review covers, and what this one could not read."""
        blind = [f"{r.check.id}, {r.check.title}: {r.unseen[0].why}" for r in self.results if r.unseen]
        return (*NOT_COVERED, *blind)

    @cached_property
    def _tallies(self) -> tuple[dict[str, list[Tally]], dict[str, list[Tally]]]:
        """The log's tallies by number and by service."""
        by_number: dict[str, list[Tally]] = defaultdict(list)
        by_service: dict[str, list[Tally]] = defaultdict(list)
        for tally in self.facts.traffic.tallies if isinstance(self.facts.traffic, LogTraffic) else ():
            by_number[tally.number].append(tally)
            by_service[tally.service_sid or self.facts.service_of_number.get(tally.number, "")].append(tally)
        return by_number, by_service

    def recent_codes(self, service_sid: str) -> dict[int, int]:
        """Count a service's error codes in the log's last days."""
        counted: dict[int, int] = defaultdict(int)
        for tally in self._tallies[1].get(service_sid, ()):
            if tally.code and tally.recent:
                counted[tally.code] += tally.recent
        return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))

    def _verdict(self, findings: Iterable[ReadinessFinding], blind: bool) -> Verdict:
        found = tuple(findings)
        if any(finding.stops for finding in found):
            return "not ready"
        if blind or not any(result.state == "passed" for result in self.results):
            return "not examined"
        return "at risk" if any(finding.severity != "advice" for finding in found) else "ready"

    @cached_property
    def _unseen(self) -> dict[str, set[bool]]:
        """What essential checks could not read: a number, a service, or "" for all; each with whether it is about toll-free."""
        found: dict[str, set[bool]] = defaultdict(set)
        for result in self.results:
            for missing in result.unseen if result.check.essential else ():
                for key in missing.numbers or missing.services or ("",):
                    found[key].add(result.check.toll_free)
        return found

    def _blind_to(self, numbers: Sequence[Number], service_sid: str) -> bool:
        """Whether an essential check that applies to these numbers could not be run."""
        kinds = {number.is_us_toll_free for number in numbers if number.is_us_local or number.is_us_toll_free}
        keys = ("", service_sid, *(number.phone_number for number in numbers))
        missing = {kind for key in keys for kind in self._unseen.get(key, ())}
        return bool(missing & kinds if kinds else missing)

    def _evidence(self, finding: ReadinessFinding) -> Evidence | None:
        """Count a finding's messages in the log; for a campaign's finding, only those of numbers that need a campaign."""
        found, campaigns = finding.found, any(sid.startswith("QE") for sid in finding.found.objects)
        if isinstance(self.facts.traffic, NotExamined) or not (found.services or found.numbers or found.everywhere):
            return None
        by_number, by_service = self._tallies
        if found.everywhere:
            touched = [tally for tallies in by_number.values() for tally in tallies]
        elif found.numbers:
            touched = [tally for number in found.numbers for tally in by_number.get(number, ())]
        else:
            touched = [tally for sid in found.services for tally in by_service.get(sid, ())]
        if campaigns:
            touched = [tally for tally in touched if not tally.number or Number("", tally.number).is_us_local]
        return weigh(t for t in touched if (t.code in found.sent if found.sent else t.to_us))


def judge(facts: Facts, settings: Thresholds = DEFAULTS) -> Judgement:
    """Run every check on the facts; nothing is read or written."""
    return Judgement(facts, settings, tuple(run(check, facts, settings) for check in CHECKS))
