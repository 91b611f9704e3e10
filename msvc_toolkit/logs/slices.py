"""A window of time cut into slices of the list, so that several can be read at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from msvc_toolkit.logs.listing import HALF_A_DAY, Listing, Place, reach
from msvc_toolkit.logs.pages import Page
from msvc_toolkit.logs.spans import DAY, Span

PAGES_A_SLICE = 4
"""How many pages a slice shall have about: finding its begin costs one more, and its last page is read for a part."""
HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)
Each = Callable[[Callable[[datetime], Place | None], list[datetime]], Iterable[Place | None]]


@dataclass(frozen=True)
class Slice:
    """A stretch of the list from one message down to another.

    Args:
        since: When the message it ends with was created, or where the window begins.
        until: When the message before it was created, or where the window ends.
        next_uri: The next page to read; None when it was read to its end.
        stop: The SID of the message it ends with; None when it runs on to the list's end.
        reached: How far down it was read.
    """

    since: datetime
    until: datetime
    next_uri: str | None
    stop: str | None
    reached: datetime

    @property
    def gap(self) -> Span:
        """The time of which something may be missing while it is not read to its end."""
        return self.since, self.until + _SECOND

    def read(self, page: Page) -> tuple[Slice, pa.Table]:
        """Return the slice after its next page was read, and the page's rows that belong to it."""
        rows, over = page.table, False
        if self.stop is not None:
            place = pc.index(rows["sid"], self.stop).as_py()
            over = place >= 0
            rows = rows.slice(0, place + 1) if over else rows
        if not len(page.table):
            return replace(self, next_uri=page.next_uri), rows
        oldest, newest = reach(page)
        over = over or newest < self.since - DAY  # the message it ends with was deleted
        return replace(self, next_uri=None if over else page.next_uri, reached=min(oldest, self.reached)), rows


@dataclass(frozen=True)
class Plan:
    """How a window is read.

    Args:
        slices: Its slices, newest first.
        rows: The messages of its newest page, which was read to know how busy it is.
    """

    slices: tuple[Slice, ...]
    rows: pa.Table


def plan(listing: Listing, window: Span, now: datetime, each: Each = map) -> Plan:
    """Cut a window into slices by what its newest page tells: days, hours when it is busy, several days when it is not.

    Args:
        listing: The list.
        window: Since and until; nothing lies after `now`.
        now: The time where the account lives.
        each: A `map` that may do several at once.
    """
    since, until = window
    above, floor = _above(listing, until, now), listing.newest_before(since)
    start = listing.after(above) if above and listing.enters(above) else None
    first = listing.page(start or listing.top)
    whole = Slice(since, until, start or listing.top, floor.sid if floor else None, until)
    whole, rows = whole.read(first)
    if whole.next_uri is None:
        return Plan((whole,), rows)
    found = each(listing.newest_before, list(_moments(since, *reach(first)))) if start or not above else ()
    places = list({place.sid: place for place in found if place and since < place.created < whole.reached}.values())
    if not places or not listing.enters(places[0]):
        return Plan((whole,), rows)
    return Plan(tuple(_cut(listing, whole, places)), rows)


def _above(listing: Listing, until: datetime, now: datetime) -> Place | None:
    """Return a message above which nothing lies that belongs into the window; None when only the top is safe.

    It was created after the window, so all that was created in it lies below, should the list be in the order of
    creation. And it is the newest that was sent up to half a day after it, so it all lies below should the list be in
    the order of sending.
    """
    for wait in (HALF_A_DAY, 7 * DAY, 30 * DAY):
        if until + wait >= now:
            return None
        place = listing.newest_before(until + wait)
        if place is not None and place.created >= until and place.next_uri is not None:
            return place
    return None


def _moments(since: datetime, oldest: datetime, newest: datetime) -> Iterator[datetime]:
    """Return where to cut what lies below a page, newest first; whole days and hours, UTC."""
    wanted = (newest - oldest) * PAGES_A_SLICE
    unit = DAY if wanted >= DAY else HOUR
    step = unit * max(1, round(wanted / unit))
    begin = datetime.min.replace(tzinfo=UTC)
    moment = oldest - (oldest - begin) % unit
    while moment > since:
        yield moment
        moment -= step


def _cut(listing: Listing, whole: Slice, places: list[Place]) -> Iterator[Slice]:
    """Cut a slice, of which the first page was read, at these places; newest first."""
    until, start, reached = whole.until, whole.next_uri, whole.reached
    for place in places:
        yield Slice(place.created, until, start, place.sid, reached)
        until = reached = place.created
        start = listing.after(place)
    yield Slice(whole.since, until, start, whole.stop, reached)
