"""Checks, their findings, and their results: passed, failed, skipped or not examined."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from msvc_toolkit.a2p.campaigns.model import Brand, RegisteredCampaign
from msvc_toolkit.a2p.linter.model import Grade, Severity
from msvc_toolkit.a2p.readiness.facts import Facts
from msvc_toolkit.a2p.readiness.model import Account, NotExamined, Number, NumberState
from msvc_toolkit.a2p.readiness.thresholds import Thresholds
from msvc_toolkit.a2p.readiness.traffic import Evidence
from msvc_toolkit.rules.error_codes import Who
from msvc_toolkit.services.model import Service

CheckState = Literal["passed", "failed", "skipped", "not examined"]

SEVERITIES: tuple[Severity, ...] = ("blocker", "warning", "advice")
"""Worst first."""
FAMILIES = ("account", "brand", "campaign", "sender pool", "content", "traffic")
GRADES: dict[Grade, str] = {
    "P": "read in Twilio's own specification or documentation",
    "Q": "read in a third party's digest of a named page of Twilio's",
    "T": "reported by third parties",
    "?": "uncertain, or sources disagree",
}
"""What each grade means: how reliable a rule's source is."""


@dataclass(frozen=True)
class Found:
    """A problem that a check found. Fields that it leaves empty are taken from the check, or from the subject."""

    sentence: str  # the problem, and the evidence for it
    objects: tuple[str, ...] = ()  # SIDs and numbers (E.164) it is about: `numbers`, else the subject's when not given
    services: tuple[str, ...] = ()  # the services whose traffic it affects: the subject's when not given
    # the numbers it affects, E.164: the subject's when not given; if it has none, all numbers of the services
    numbers: tuple[str, ...] = ()
    everywhere: bool = False  # whether it affects the whole account's traffic to the US
    severity: Severity | None = None  # its severity, if it differs from the check's
    remedy: str = ""  # what to do, if this is more specific than the check's remedy
    who: Who | None = None  # who has to act, if that differs from the check's
    code: int | None = None  # Twilio's code for it, None when it has none
    # error codes whose messages a log counts for it; when empty, all US traffic of the affected senders counts
    sent: tuple[int, ...] = ()
    takes: str = ""  # how long the fix tends to take, if that differs from the check's
    idle: bool = False  # whether no traffic depends on it, so that it stops nothing now, whatever its severity


Examine = Callable[[Any, Facts, Thresholds], Iterable[Found | NotExamined]]
Subjects = Callable[[Facts], Iterable[Any]]


@dataclass(frozen=True)
class Check:
    """One numbered check: the facts it needs, the subjects it examines, and what to do when it fails."""

    id: str  # family letter and number; it never changes
    title: str  # the rule, one sentence
    needs: tuple[str, ...]  # facts without which it is not examined
    subjects: Subjects  # its subjects; one that could not be read is a `NotExamined`
    nothing: str  # why it is skipped when there are no subjects
    examine: Examine  # examines one subject; yields problems, and what could not be examined
    severity: Severity  # the usual severity of a failure
    advice: str  # what to do
    source: str  # where the rule was read
    grade: Grade  # how reliable the source is
    who: Who = "you"  # who has to act
    takes: str = "minutes"  # how long it tends to take
    follows: tuple[str, ...] = ()  # checks whose failure on the same service explains this one
    essential: bool = False  # whether the account cannot be called ready while this is not examined
    toll_free: bool = False  # whether it is about toll-free numbers alone

    @property
    def family(self) -> str:
        """Its family, by its letter."""
        return {"A": "account", "B": "brand", "C": "campaign", "S": "sender pool", "T": "content", "L": "traffic"}[
            self.id[0]
        ]


@dataclass(frozen=True)
class ReadinessFinding:
    """One problem, with all its details."""

    check: Check
    found: Found
    severity: Severity  # its severity
    because: tuple[str, ...] = ()  # checks whose failure explains this one; fix those first
    evidence: Evidence | None = None  # its messages and costs in the log; None without a log

    @property
    def remedy(self) -> str:
        """What to do."""
        return self.found.remedy or self.check.advice

    @property
    def who(self) -> Who:
        """Who has to act."""
        return self.found.who or self.check.who

    @property
    def takes(self) -> str:
        """How long the fix tends to take."""
        return self.found.takes or self.check.takes

    @property
    def stops(self) -> bool:
        """Whether it stops traffic: it is a blocker, of something that traffic depends on."""
        return self.severity == "blocker" and not self.found.idle


@dataclass(frozen=True)
class Result:
    """The result of one check."""

    check: Check
    state: CheckState  # passed, failed, skipped (no subjects), or not examined (a fact was missing)
    examined: int = 0  # how many subjects were examined completely
    findings: tuple[ReadinessFinding, ...] = ()  # what is wrong
    unseen: tuple[NotExamined, ...] = ()  # what could not be examined
    why: str = ""  # why it was skipped or not examined

    @property
    def worst(self) -> Severity | Literal[""]:
        """The worst severity of its findings; empty if there are none."""
        return min((finding.severity for finding in self.findings), key=SEVERITIES.index, default="")


def run(check: Check, facts: Facts, settings: Thresholds) -> Result:
    """Apply one check to the facts.

    Returns:
        Failed if anything is wrong; else not examined if a needed fact, or any subject, could not be read; else
        skipped if there is nothing to examine; else passed.
    """
    for name in check.needs:
        fact = getattr(facts, name)
        if isinstance(fact, NotExamined):
            return Result(check, "not examined", why=fact.why, unseen=(fact,))
    examined = 0
    findings: list[ReadinessFinding] = []
    unseen: list[NotExamined] = []
    for subject in check.subjects(facts):
        if isinstance(subject, NotExamined):
            unseen.append(subject)
            continue
        outcome = [_placed(item, subject, facts) for item in check.examine(subject, facts, settings)]
        open_ = [item for item in outcome if isinstance(item, NotExamined)]
        unseen += open_
        examined += not open_
        findings += [
            ReadinessFinding(check, item, item.severity or check.severity)
            for item in dict.fromkeys(outcome)
            if isinstance(item, Found)
        ]
    if findings:
        state: CheckState = "failed"
    elif unseen:
        state = "not examined"
    else:
        state = "passed" if examined else "skipped"
    why = check.nothing if state == "skipped" else " ".join(dict.fromkeys(item.why for item in unseen))
    return Result(check, state, examined, tuple(findings), tuple(dict.fromkeys(unseen)), why)


def _placed(item: Found | NotExamined, subject: Any, facts: Facts) -> Found | NotExamined:
    """Fill in an item's objects, services and numbers from the subject, if the item leaves them empty."""
    objects, services, numbers = _subject(subject[0] if isinstance(subject, tuple) else subject, facts)
    if isinstance(item, Found):
        return replace(
            item,
            objects=item.objects or item.numbers or objects,
            services=item.services or services,
            numbers=item.numbers or numbers,
        )
    return item if item.services or item.numbers else replace(item, services=services, numbers=numbers)


def _subject(subject: Any, facts: Facts) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the objects, services and numbers of a subject."""
    match subject:
        case Account(sid=sid):
            return (sid,), (), ()
        case Brand(sid=sid):
            return (sid,), facts.services_of_brand(sid), ()
        case RegisteredCampaign(sid=sid, service_sid=service):
            return (sid, service), (service,), ()
        case Service(sid=sid):
            return (sid,), (sid,), ()
        case Number(sid=sid, phone_number=number):
            return (sid, number), (), (number,)
        case NumberState(phone_number=number):
            return (number,), (), (number,)
    return (), (), ()
