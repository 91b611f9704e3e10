"""The order of fixes: blockers before warnings, and within these, first the fixes that others depend on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from msvc_toolkit.a2p.linter.model import Severity
from msvc_toolkit.a2p.linter.topics import CLOSED
from msvc_toolkit.a2p.readiness.result import SEVERITIES, ReadinessFinding
from msvc_toolkit.rules.error_codes import Who

STAGES = ("account", "bundles", "brand", "campaign", "numbers", "traffic")
"""The stages of a registration; each depends on those before it."""


@dataclass(frozen=True)
class Fix:
    """One step in the order of fixes: a campaign to submit again, or one remedy for everything that needs it."""

    number: int  # its number in the order, from 1
    stage: str  # the registration stage that it fixes, one of `STAGES`
    findings: tuple[ReadinessFinding, ...]  # the findings it fixes, the worst first

    @property
    def severity(self) -> Severity:
        """The worst severity of its findings."""
        return self.findings[0].severity

    @property
    def key(self) -> tuple[str, ...]:
        """Its key, by which another review recognizes it."""
        return _step(self.findings[0])

    @property
    def sentence(self) -> str:
        """What is wrong: the first finding, and how many more there are."""
        more = len(self.findings) - 1
        return self.findings[0].found.sentence + (f" And {more} more." if more else "")

    @property
    def remedies(self) -> tuple[str, ...]:
        """The remedies, each once."""
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
        """Whether what it fixes stops traffic."""
        return any(finding.stops for finding in self.findings)

    @property
    def checks(self) -> tuple[str, ...]:
        """The ids of the checks that it makes pass."""
        return tuple(sorted({finding.check.id for finding in self.findings}))


def in_order(findings: Iterable[ReadinessFinding]) -> tuple[Fix, ...]:
    """Group findings, sorted worst first, into steps: blockers before warnings, and before each fix the ones that it depends on.

    Advice, and findings that follow from another one, are left out.
    """
    groups: dict[tuple[str, ...], list[ReadinessFinding]] = defaultdict(list)
    for finding in sorted(findings, key=_urgency):
        if finding.severity != "advice" and not finding.because:
            groups[_step(finding)].append(finding)
    steps = [(stage_of(found[0].check.id), tuple(found)) for found in groups.values()]
    steps.sort(key=lambda step: (_urgency(step[1][0])[:2], STAGES.index(step[0])))
    return tuple(Fix(number, stage, found) for number, (stage, found) in enumerate(steps, start=1))


def _urgency(finding: ReadinessFinding) -> tuple[int, bool, bool]:
    """Return a finding's rank: severity first, then whether it stops traffic, then forbidden content, which no rewording fixes."""
    return SEVERITIES.index(finding.severity), not finding.stops, finding.found.code not in CLOSED


def _step(finding: ReadinessFinding) -> tuple[str, ...]:
    """Return the key of a finding's step: its campaign's next submission, or its remedy."""
    filing = stage_of(finding.check.id) == "campaign" and finding.check.id != "C1"
    return ("campaign", finding.found.objects[0]) if filing else (finding.check.id, finding.remedy, finding.who)


def stage_of(check_id: str) -> str:
    """Return the registration stage that a check is about."""
    if check_id == "A2":
        return "bundles"
    return {"A": "account", "B": "brand", "C": "campaign", "T": "campaign", "S": "numbers", "L": "traffic"}[check_id[0]]
