"""Spans of time, whose end is not included, and their unions, differences and intersections."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

Span = tuple[datetime, datetime]
"""Since and until, aware UTC; `until` is excluded."""

DAY = timedelta(days=1)


def joined(spans: Iterable[Span]) -> list[Span]:
    """Merge spans into as few as possible, in order."""
    found: list[Span] = []
    for since, until in sorted(span for span in spans if span[0] < span[1]):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(until, found[-1][1]))
        else:
            found.append((since, until))
    return found


def without(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """Return the parts of the spans that are in none of the others."""
    left = joined(spans)
    for since, until in joined(others):
        left = [
            part
            for begin, end in left
            for part in ((begin, min(end, since)), (max(begin, until), end))
            if part[0] < part[1]
        ]
    return left


def common(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """Return the parts of the spans that are also in the others."""
    whole = joined(spans)
    return without(whole, without(whole, others))


def day_span(day: date) -> Span:
    """Return the UTC day."""
    begin = datetime.combine(day, time(), UTC)
    return begin, begin + DAY
