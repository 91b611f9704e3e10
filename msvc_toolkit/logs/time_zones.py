"""Converts times, spans and zones that a person gives into the naive UTC of a log, and back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from msvc_toolkit.errors import InvalidInput, Problem

Moment = datetime | date | str
"""A time as it may be given: a datetime, a day (its midnight), or either in ISO 8601."""

Span = tuple[datetime, datetime]
"""Since and until, aware UTC; `until` is excluded."""

DAY = timedelta(days=1)
GRAINS = {"quarter": timedelta(minutes=15), "hour": timedelta(hours=1), "day": timedelta(days=1)}
"""The possible periods of a table of sums, the shortest first."""


@lru_cache(maxsize=64)
def read_zone(zone: str) -> ZoneInfo:
    """Find a time zone by its IANA name, such as ``America/New_York``.

    Raises:
        InvalidInput: No such zone is known here.
    """
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as unknown:
        sentence = f"There is no time zone {zone!r}. Use an IANA name such as America/New_York or UTC."
        raise InvalidInput([Problem("zone", sentence)]) from unknown


def read_moment(given: Moment | None, zone: str, field: str) -> datetime | None:
    """Turn a time into naive UTC; `field` names it in the error.

    An aware datetime is that instant. A naive one, or a day, is wall time of `zone`; a time that occurs twice, when clocks go
    back, is the first of the two; a time that clocks skip is read as if they had not moved.

    Raises:
        InvalidInput: It is not a time, or the zone is unknown.
    """
    where = read_zone(zone)
    if given is None:
        return None
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given.strip())
        except ValueError as wrong:
            sentence = f"{given!r} is not a date or time. Write it like 2026-11-01 or 2026-11-01T09:30."
            raise InvalidInput([Problem(field, sentence)]) from wrong
    if not isinstance(given, date):
        sentence = f"A time is a datetime, a date or a text in ISO 8601, not a {type(given).__name__}."  # type: ignore[unreachable] # by types, not by hand
        raise InvalidInput([Problem(field, sentence)])
    if not isinstance(given, datetime):
        given = datetime.combine(given, time())
    aware = given if given.tzinfo else given.replace(tzinfo=where)
    return aware.astimezone(UTC).replace(tzinfo=None)


@lru_cache(maxsize=256)
def offsets(zone: str, first: datetime, last: datetime) -> list[tuple[datetime, timedelta]]:
    """Return the UTC offsets of a zone between two times of naive UTC: each offset, and from when it holds."""
    where = read_zone(zone)

    def at(moment: datetime) -> timedelta:
        return moment.replace(tzinfo=UTC).astimezone(where).utcoffset() or timedelta()

    found, moment = [(first, at(first))], first
    while moment <= last:
        moment, before = moment + GRAINS["day"], moment
        if at(moment) == found[-1][1]:
            continue
        while moment - before > timedelta(seconds=1):  # no zone changes twice within a day
            middle = before + ((moment - before) // timedelta(seconds=2)) * timedelta(seconds=1)
            before, moment = (middle, moment) if at(middle) == found[-1][1] else (before, middle)
        found.append((moment, at(moment)))
    return found


def grain_of(zone: str, first: datetime, last: datetime) -> str:
    """Return "hour", or "quarter" (15 minutes) for a zone whose offset from UTC is not whole hours."""
    off = any(offset % GRAINS["hour"] for _, offset in offsets(zone, first, last + GRAINS["day"]))
    return "quarter" if off else "hour"


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
