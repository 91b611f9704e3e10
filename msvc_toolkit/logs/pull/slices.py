"""A window of time cut into slices of the list, so that several can be read at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from msvc_toolkit.logs.pages import ApiPage
from msvc_toolkit.logs.pull.message_list import HALF_A_DAY, MOST, Listing, Place, reach
from msvc_toolkit.logs.time_zones import DAY, Span

PAGES_A_SLICE = 8
"""About how many pages a slice has: finding its start costs one more page, and its last page is needed only in part."""
MOST_SLICES = MOST
"""As many as can be read at once; that is enough, because a long one is cut again when threads are idle."""
HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time with its zone; a record with a time without a zone is refused."""
Each = Callable[[Callable[[Any], Any], list[Any]], Iterable[Any]]


@dataclass(frozen=True)
class Slice:
    """A part of the list, from one message down to another.

    Args:
        since: When the message it ends with was created, or where the window begins.
        until: When the message before it was created, or where the window ends.
        next_uri: The next page to read; None when it was read to its end.
        stop: The SID of the message it ends with; None when it runs on to the list's end.
        reached: How far down it was read.
    """

    since: Moment
    until: Moment
    next_uri: str | None
    stop: str | None
    reached: Moment

    @property
    def gap(self) -> Span:
        """The span of time in which messages may be missing until it is fully read."""
        return self.since, self.until + _SECOND

    def read(self, page: ApiPage) -> tuple[Slice, pa.Table]:
        """Return the slice after its next page was read, and the page's rows that belong to it."""
        rows, over = page.table, False
        if self.stop is not None:
            place = pc.index(rows["sid"], self.stop).as_py()
            over = place >= 0
            rows = rows.slice(0, place + 1) if over else rows
        if not len(page.table):
            return replace(self, next_uri=page.next_uri), rows
        oldest, _ = reach(page)
        sent = pc.max(page.table["date_sent"]).as_py()
        if sent is not None and sent.replace(tzinfo=UTC) < self.since - DAY:
            over = True  # the message it ends with was deleted
        return replace(self, next_uri=None if over else page.next_uri, reached=min(oldest, self.reached)), rows


@dataclass(frozen=True)
class Plan:
    """How a window is read: its slices, the rows of its first page, and whether the list can be entered anywhere."""

    slices: tuple[Slice, ...]
    rows: pa.Table
    may_enter: bool = False


def plan(listing: Listing, window: Span, now: datetime, each: Each = map) -> Plan:
    """Cut a window into slices of hours or days, by how busy its newest page is. `each` is a `map`."""
    since, until = window
    week = since - 7 * DAY  # a message below the window is looked for in it first, being quick
    floors = iter(each(lambda begin: listing.newest_sent(begin, week) or listing.newest_sent(begin), [since]))
    above = _above(listing, until, now)
    start = listing.after(above) if above and listing.enters(above) else None
    first, floor = listing.page(start or listing.top), next(floors)
    whole = Slice(since, until, start or listing.top, floor.sid if floor else None, until)
    whole, rows = whole.read(first)
    if whole.next_uri is None or (above and not start):
        return Plan((whole,), rows)
    step = _step(window, *reach(first))
    tried = [] if start or floor is None or floor.next_uri is None else [floor]
    enters = iter(each(listing.enters, tried))  # asked while the places are being looked for
    found = each(lambda moment: listing.newest_sent(moment, moment - step), _moments(since, whole.reached, step))
    slices: list[Slice] = []
    for place in found:
        if place and fits(place, whole):
            if not slices and not start and not (next(enters) if tried else listing.enters(place)):
                break
            upper, whole = cut(listing, whole, place)
            slices.append(upper)
    return Plan((*slices, whole), rows, may_enter=bool(slices))


def fits(place: Place, one: Slice) -> bool:
    """Return whether a slice that is being read can be cut at a place: the place is ahead, and the list continues after it."""
    return one.since < place.created < one.reached and place.next_uri is not None


def cut(listing: Listing, one: Slice, place: Place) -> tuple[Slice, Slice]:
    """Cut a slice at a place: return the part above it and the part below."""
    lower = replace(one, until=place.created, next_uri=listing.after(place), reached=place.created)
    return replace(one, since=place.created, stop=place.sid), lower


def _above(listing: Listing, until: datetime, now: datetime) -> Place | None:
    """Return a message above which nothing lies that belongs into the window; None when only the top is safe.

    It was created after the window, so all that was created in it lies below, should the list be in the order of
    creation. And it is the newest that was sent up to half a day after it, so it all lies below should the list be in
    the order of sending.
    """
    for wait in (HALF_A_DAY, 7 * DAY, 30 * DAY):
        if until + wait >= now:
            return None
        place = listing.newest_sent(until + wait, until)
        if place is not None and place.created >= until and place.next_uri is not None:
            return place
    return None


def _step(window: Span, oldest: datetime, newest: datetime) -> timedelta:
    """Return how long a slice shall be by how long a page was: whole days or hours, and not too many of them."""
    wanted = max((newest - oldest) * PAGES_A_SLICE, (window[1] - window[0]) / MOST_SLICES)
    unit = DAY if wanted >= DAY else HOUR
    return unit * max(1, round(wanted / unit))


def _moments(since: datetime, reached: datetime, step: timedelta) -> list[datetime]:
    """Return where to cut what lies below a page, newest first; whole hours, UTC."""
    moment = reached.replace(minute=0, second=0)
    return [moment - step * number for number in range((moment - since) // step + 1) if moment - step * number > since]
