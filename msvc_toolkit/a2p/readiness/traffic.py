"""Sums of a message log by sender, as evidence for findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from msvc_toolkit.a2p.readiness.model import NotExamined


@dataclass(frozen=True)
class Tally:
    """Outgoing messages of one number through one service, with the same error code, to one part of the world."""

    number: str  # E.164, or empty if none was chosen yet
    service_sid: str  # the service; empty when they were sent by the number alone
    code: int  # the error code, 0 for none
    zone: str  # ``US``, ``territory`` (a US territory) or ``other``
    messages: int
    recent: int  # how many of them in the last days, by `Thresholds.recent_days`
    money: tuple[tuple[str, int], ...]  # cost by currency, in hundred-thousandths
    first: datetime  # hour of the first, aware UTC
    last: datetime  # hour of the last, aware UTC

    @property
    def to_us(self) -> bool:
        """Whether US rules may apply to it."""
        return self.zone != "other"


@dataclass(frozen=True)
class DaySegments:
    """Segments to the US on one of T-Mobile's days, which end at midnight Pacific time."""

    service_sid: str  # the service; empty when they were sent by the number alone
    number: str  # E.164 where there is no service, else empty
    day: date
    segments: int


@dataclass(frozen=True)
class AfterStop:
    """Messages sent to people after their STOP."""

    number: str
    messages: int


@dataclass(frozen=True)
class Said:
    """A text that was sent; texts that differ only in digits count as one."""

    number: str
    service_sid: str  # the service; empty for none
    body: str
    messages: int  # how often


@dataclass(frozen=True)
class QuietHours:
    """What a service sent to US numbers in the quiet hours of their recipients.

    Args:
        service_sid: The service; empty for none.
        number: The sender, E.164.
        messages: How many it sent to US numbers, without replies.
        quiet: How many of these it sent in quiet hours.
    """

    service_sid: str
    number: str
    messages: int
    quiet: int


NO_MEASURE = NotExamined("this log has no measure of them.")
NO_BODIES = NotExamined("the log was pulled without bodies.")


@dataclass(frozen=True)
class LogTraffic:
    """The sums of a message log."""

    completeness: str  # how complete the log is, one sentence
    since: datetime | None  # hour of its first message, None without any
    until: datetime | None  # the end of the log; None if nothing was sent
    tallies: tuple[Tally, ...] = ()  # all outgoing messages
    days: tuple[DaySegments, ...] = ()  # segments to the US by day
    after_stop: tuple[AfterStop, ...] | NotExamined = NO_MEASURE  # messages sent after a STOP
    texts: tuple[Said, ...] | NotExamined = NO_BODIES  # the texts sent, if the log keeps bodies
    quiet_hours: tuple[QuietHours, ...] | NotExamined = NO_MEASURE  # messages sent in quiet hours

    def to_us(self, number: str) -> int:
        """Count a number's messages to the US and its territories."""
        return sum(t.messages for t in self.tallies if t.to_us and t.number == number)


@dataclass(frozen=True)
class Evidence:
    """How many messages a finding affects in the log, and what they cost."""

    messages: int
    # what they cost by currency, in hundred-thousandths; never added across currencies
    money: tuple[tuple[str, int], ...]
    first: datetime | None  # hour of the first, None without any
    last: datetime | None  # hour of the last

    @property
    def spent(self) -> str:
        """The money in words, one amount per currency."""
        return " + ".join(f"{amount / 1e5:,.2f} {unit}" for unit, amount in self.money)


def weigh(tallies: Iterable[Tally]) -> Evidence:
    """Add tallies up."""
    found = list(tallies)
    money: Counter[str] = Counter()
    for tally in found:
        money.update(dict(tally.money))
    return Evidence(
        sum(tally.messages for tally in found),
        tuple(sorted(money.items())),
        min((tally.first for tally in found), default=None),
        max((tally.last for tally in found), default=None),
    )
