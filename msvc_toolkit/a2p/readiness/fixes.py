"""The order of fixes: blockers before warnings, and among them what others depend on comes first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from msvc_toolkit.a2p.linter.model import Severity
from msvc_toolkit.a2p.readiness.result import SEVERITIES, ReadinessFinding
from msvc_toolkit.rules.error_codes import Who

STAGES = ("account", "bundles", "brand", "campaign", "numbers", "traffic")
"""In the order in which things depend on each other."""
CLOSED = frozenset({30882, 30883, 30884, 30885, 30897, 30949, 30951, 30952, 30954})
"""Codes of content that is not allowed at all. Source: as in rules/error_codes.toml (read 2026-11-23)."""


@dataclass(frozen=True)
class Fix:
    """One step of the order of fixes: one campaign to file again, or one thing to do for all that lack it."""

    number: int  # its place, from 1
    stage: str  # what part of the chain it fixes, one of `STAGES`
    findings: tuple[ReadinessFinding, ...]  # the findings it fixes, the worst first

    @property
    def severity(self) -> Severity:
        """The worst of its findings."""
        return self.findings[0].severity

    @property
    def key(self) -> tuple[str, ...]:
        """What identifies it in another review."""
        return _step(self.findings[0])

    @property
    def sentence(self) -> str:
        """What is wrong: the first finding, and how many more there are."""
        more = len(self.findings) - 1
        return self.findings[0].found.sentence + (f" And {more} more." if more else "")

    @property
    def remedies(self) -> tuple[str, ...]:
        """What to do, each thing once."""
        return tuple(dict.fromkeys(finding.remedy for finding in self.findings))

    @property
    def who(self) -> Who:
        """Who has to act."""
        return self.findings[0].who

    @property
    def takes(self) -> str:
        """How long it tends to take."""
        return self.findings[0].takes

    @property
    def stops(self) -> bool:
        """Whether it stops traffic."""
        return any(finding.stops for finding in self.findings)

    @property
    def checks(self) -> tuple[str, ...]:
        """The ids of the checks it satisfies."""
        return tuple(sorted({finding.check.id for finding in self.findings}))


def in_order(findings: Iterable[ReadinessFinding]) -> tuple[Fix, ...]:
    """Put findings, the worst first, into steps: blockers before warnings, and what others depend on first.

    What is advice or follows from something else is left out.
    """
    groups: dict[tuple[str, ...], list[ReadinessFinding]] = defaultdict(list)
    for finding in sorted(findings, key=_urgency):
        if finding.severity != "advice" and not finding.because:
            groups[_step(finding)].append(finding)
    steps = [(stage_of(found[0].check.id), tuple(found)) for found in groups.values()]
    steps.sort(key=lambda step: (_urgency(step[1][0])[:2], STAGES.index(step[0])))
    return tuple(Fix(number, stage, found) for number, (stage, found) in enumerate(steps, start=1))


def _urgency(finding: ReadinessFinding) -> tuple[int, bool, bool]:
    """Return the rank of a finding: by severity, then what stops traffic, then forbidden content, which no wording corrects."""
    return SEVERITIES.index(finding.severity), not finding.stops, finding.found.code not in CLOSED


def _step(finding: ReadinessFinding) -> tuple[str, ...]:
    """Return what a finding is fixed with: its campaign's next filing, or all that has the same remedy."""
    filing = stage_of(finding.check.id) == "campaign" and finding.check.id != "C1"
    return ("campaign", finding.found.objects[0]) if filing else (finding.check.id, finding.remedy, finding.who)


def stage_of(check_id: str) -> str:
    """Return the part of the chain a check is about."""
    if check_id == "A2":
        return "bundles"
    return {"A": "account", "B": "brand", "C": "campaign", "T": "campaign", "S": "numbers", "L": "traffic"}[check_id[0]]
