"""Sums of a message log by sender: evidence for the findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from msvc_toolkit.a2p.readiness.model import NotExamined


@dataclass(frozen=True)
class Tally:
    """Messages out, of one number through one service with one end, to one part of the world.

    Args:
        number: E.164, or empty where none was chosen yet.
        service_sid: The service; empty when they were sent by the number alone.
        code: The error code, 0 for none.
        zone: ``US``, ``territory`` (a US territory) or ``other``.
        messages: How many.
        recent: How many of them in the last days, by `Thresholds.recent_days`.
        money: Cost by currency, in hundred-thousandths.
        first: Hour of the first, aware UTC.
        last: Hour of the last, aware UTC.
    """

    number: str
    service_sid: str
    code: int
    zone: str
    messages: int
    recent: int
    money: tuple[tuple[str, int], ...]
    first: datetime
    last: datetime

    @property
    def to_us(self) -> bool:
        """Return whether US rules may be about it."""
        return self.zone != "other"


@dataclass(frozen=True)
class DaySegments:
    """Segments to the US on one day of T-Mobile's, which ends at midnight Pacific time.

    Args:
        service_sid: The service; empty when they were sent by the number alone.
        number: E.164 where there is no service, else empty.
        day: The day.
        segments: How many.
    """

    service_sid: str
    number: str
    day: date
    segments: int


@dataclass(frozen=True)
class AfterStop:
    """Messages that went out to people who had said STOP.

    Args:
        number: The sender, E.164.
        messages: How many.
    """

    number: str
    messages: int


@dataclass(frozen=True)
class Said:
    """A text that was sent; those that differ in digits alone count as one.

    Args:
        number: The sender, E.164.
        service_sid: The service; empty for none.
        body: The text.
        messages: How often.
    """

    number: str
    service_sid: str
    body: str
    messages: int


@dataclass(frozen=True)
class QuietHours:
    """What a service sent to US numbers in the quiet hours of their recipients.

    Args:
        service_sid: The service; empty for none.
        number: The sender, E.164.
        messages: How many it sent to US numbers, answers left out.
        quiet: How many of them in quiet hours.
    """

    service_sid: str
    number: str
    messages: int
    quiet: int


NO_MEASURE = NotExamined("this log has no measure of them.")
NO_BODIES = NotExamined("the log was pulled without bodies.")


@dataclass(frozen=True)
class LogTraffic:
    """The sums of a message log.

    Args:
        told: How complete the log is, one sentence.
        since: Hour of its first message, None without any.
        until: The end of the log, None when nothing went out.
        tallies: All that went out.
        days: Segments to the US by day.
        after_stop: What went out after a STOP.
        texts: What was sent, where the log keeps bodies.
        quiet_hours: What was sent in quiet hours.
    """

    told: str
    since: datetime | None
    until: datetime | None
    tallies: tuple[Tally, ...] = ()
    days: tuple[DaySegments, ...] = ()
    after_stop: tuple[AfterStop, ...] | NotExamined = NO_MEASURE
    texts: tuple[Said, ...] | NotExamined = NO_BODIES
    quiet_hours: tuple[QuietHours, ...] | NotExamined = NO_MEASURE

    def to_us(self, number: str) -> int:
        """Count a number's messages to the US and its territories."""
        return sum(t.messages for t in self.tallies if t.to_us and t.number == number)


@dataclass(frozen=True)
class Evidence:
    """How much a finding weighs in the log.

    Args:
        messages: How many messages.
        money: What they cost by currency, in hundred-thousandths; never added across currencies.
        first: Hour of the first, None without any.
        last: Hour of the last.
    """

    messages: int
    money: tuple[tuple[str, int], ...]
    first: datetime | None
    last: datetime | None

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
