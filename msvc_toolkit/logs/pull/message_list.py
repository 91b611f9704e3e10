"""Twilio's list of messages: read page by page, or from any time on.

The list can be filtered by `date_sent` alone, and a filter leaves out what was never sent: the failed, the canceled,
the scheduled. So nothing is read through a filter. It only finds a place: the token with which Twilio continues a list
names a message and not a filter, so the whole list can be continued from there.

Source: Messages resource, list parameters; recorded page tokens, which are PA and a message's SID (read 2026-11-23).
Gaps: that a token works without the filter is not documented; if one is refused or ignored, the list is read from its
top in one go, which is slower and just as complete. It is also not documented where a list that begins with the newest date_sent has
the messages that were never sent. We assume that they are at their time of creation, or before it. If they were all at
the end of the list, a pull that does not begin with the account's first message would miss them.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pyarrow.compute as pc

from msvc_toolkit.connection import Connection
from msvc_toolkit.connection.live import CONCURRENCY
from msvc_toolkit.connection.patience import is_passing, listening
from msvc_toolkit.errors import TwilioRefused, Unreachable
from msvc_toolkit.logs.pages import ONE_AT_A_TIME, ApiPage, read_page

START, MOST = 2 * CONCURRENCY, 3 * CONCURRENCY
"""Parallel requests at the start, and at most. Ours: third parties name a limit of 100 for the whole account."""
_REST_SECONDS = 1.0


class Throttle:
    """Limits the number of parallel requests: a 429 halves it, and it grows while requests succeed, slowly after a 429."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._running, self._limit, self._well = 0, START, 0
        self._halved = 0.0

    @property
    def limit(self) -> int:
        """How many may run at once now."""
        return self._limit

    def __enter__(self) -> None:
        with self._free:
            self._free.wait_for(lambda: self._running < self._limit)
            self._running += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._free:
            self._running -= 1
            self._well += kind is None
            if self._well >= (self._limit if self._halved else 1):
                self._well, self._limit = 0, min(self._limit + 1, MOST)
            self._free.notify_all()

    def heard(self, status: int | None) -> None:
        """Record a failed try; several 429 within one second count once."""
        with self._free:
            self._well = 0
            if status == 429 and time.monotonic() > self._halved + _REST_SECONDS:  # noqa: PLR2004 - HTTP's own number
                self._halved, self._limit = time.monotonic(), max(1, self._limit // 2)


PAGE_SIZE = 1000
"""Messages of a page. Source: Messages resource, at most 1000; read 2026-11-23."""
ROUNDS = 5
"""How often a page is tried again, each time with the usual retries of a read."""
HALF_A_DAY = timedelta(hours=12)
"""How much later than created a message may be sent. Source: Messages resource, ValidityPeriod of at most 10 hours;
read 2026-11-23. Scheduled ones are sent later still."""
_SECOND = timedelta(seconds=1)
OUT_OF_RETENTION = 20004
"""A date before what Twilio keeps, so that nothing is there. Source: airbytehq/airbyte#10418 (read 2026-11-27)."""
_ISO = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class Place:
    """A place in the list: the message at it, when that was created, and the next page of the filtered list, if any."""

    sid: str
    created: datetime
    next_uri: str | None


class Listing:
    """One account's list of messages."""

    def __init__(self, conn: Connection, throttle: Throttle, stopped: Callable[[], bool]) -> None:
        self._conn, self._throttle, self._stopped = conn, throttle, stopped
        self._base = conn.client.api.base_url
        self._path = f"/2010-04-01/Accounts/{conn.account_sid}/Messages.json"

    def owns(self, uri: object) -> bool:
        """Whether this is the address of a page of this account's messages: only its path and a query."""
        query = r"\?[\w.~%=&:+,/<>-]*"
        return isinstance(uri, str) and bool(re.fullmatch(re.escape(self._path) + query, uri, re.ASCII))

    @property
    def top(self) -> str:
        """The address of the newest page."""
        return f"{self._path}?PageSize={PAGE_SIZE}"

    def page(self, uri: str) -> ApiPage:
        """Read a page by its relative address.

        Raises:
            TwilioRefused: Twilio refuses it, and asking again will not help.
            Unreachable: No complete page came after all tries.
        """
        for _ in range(ROUNDS):
            try:
                with self._throttle, listening(self._throttle.heard):
                    text = self._conn.get(self._base + uri).text
                with ONE_AT_A_TIME:
                    page = read_page(text)
                if page.next_uri is None or self.owns(page.next_uri):
                    return page
                failed = "its next page is not of this list"
            except TwilioRefused as error:
                if not is_passing(error.status):
                    raise
                failed = f"HTTP {error.status}"
            except (Unreachable, ValueError) as error:
                failed = "no whole answer" if isinstance(error, ValueError) else str(error)
            if self._stopped():
                break
        raise Unreachable(f"A page of messages could not be read ({failed}). Pull again: it goes on from there.")

    def newest_sent(self, until: datetime, since: datetime | None = None) -> Place | None:
        """Return the newest message sent before a time and not before `since`; it was created before that time."""
        last = (until - _SECOND).astimezone(UTC).strftime(_ISO)
        earliest = {"DateSent>": since.astimezone(UTC).strftime(_ISO)} if since else {}
        query = urlencode({**earliest, "DateSent<": last, "PageSize": 1}, quote_via=quote)
        try:
            found = self.page(f"{self._path}?{query}")
        except TwilioRefused as error:
            if error.code != OUT_OF_RETENTION:
                raise
            return None
        if not len(found.table):
            return None
        return Place(found.table["sid"][0].as_py(), reach(found)[0], found.next_uri)

    def after(self, place: Place, size: int = PAGE_SIZE) -> str | None:
        """Return the address at which the whole list continues after a place; None if no sent message follows."""
        if place.next_uri is None:
            return None
        query = dict(parse_qsl(urlsplit(place.next_uri).query))
        kept = {name: value for name, value in query.items() if not name.startswith("DateSent")}
        return f"{self._path}?{urlencode({**kept, 'PageSize': size}, quote_via=quote)}"

    def enters(self, place: Place) -> bool:
        """Return whether the whole list can be continued after a place; a token may be refused or ignored."""
        uri = self.after(place, size=1)
        if uri is None:
            return False
        try:
            follows = self.page(uri)
        except TwilioRefused:
            return False
        return not len(follows.table) or reach(follows)[0] <= place.created + HALF_A_DAY


def reach(page: ApiPage) -> tuple[datetime, datetime]:
    """Return the earliest and the latest creation on a page that has messages."""
    ends = pc.min_max(page.table["date_created"]).as_py()
    return ends["min"].replace(tzinfo=UTC), ends["max"].replace(tzinfo=UTC)
