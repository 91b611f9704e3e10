"""How complete a log is: the certificate that is shown under every chart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from msvc_toolkit.rules.plurals import count


@dataclass(frozen=True)
class Certificate:
    """What a log holds and what it lacks.

    Args:
        source: Where the rows came from, in words (``pulled from the sandbox``, ``a frame in hand``).
        since: Start of the window, aware UTC; included.
        until: End of the window, aware UTC; excluded.
        slices: How many slices of time were asked for.
        pages: How many pages were read.
        rows: How many messages there are.
        gaps: Slices that were not fully read, as (since, until) pairs.
        duplicates: Rows that came more than once and were kept once.
        not_final: Rows whose status may still change.
        unpriced: Rows that may still get a price.
        complete_up_to: Every message created before this time is here in its last state, except for the price of inbound
            texts, which may never come; None when that holds for no message.
        notes: What else to know, one sentence each (the limit of retention, columns that a source lacks).
    """

    source: str
    since: datetime | None = None
    until: datetime | None = None
    slices: int = 0
    pages: int = 0
    rows: int = 0
    gaps: tuple[tuple[datetime, datetime], ...] = ()
    duplicates: int = 0
    not_final: int = 0
    unpriced: int = 0
    complete_up_to: datetime | None = None
    notes: tuple[str, ...] = ()

    @property
    def unknown(self) -> str:
        """The words for a log that is not known to be complete up to any time."""
        return "only as complete as its files" if self.source.startswith("imported") else "not known to be complete"

    @property
    def sentence(self) -> str:
        """The certificate in one line, in UTC."""
        return self.told("UTC")

    def told(self, zone: str, *, notes: bool = True) -> str:
        """Return the certificate in one line, its times in a zone; without `notes`, its notes are only counted."""
        times = self.since, self.until, self.complete_up_to
        since, until, complete = (one and one.astimezone(ZoneInfo(zone)) for one in times)
        moment = "%Y-%m-%d %H:%M"
        window = f"{since:{moment}} to {until:{moment}} {zone}" if since and until else "no window"
        lacks = (
            count(len(self.gaps), "gap") if self.gaps else "",
            f"{self.not_final:,} not final" if self.not_final else "",
            f"{self.unpriced:,} without price" if self.unpriced else "",
        )
        upto = f"complete up to {complete:{moment}} {zone}" if complete else self.unknown
        counted = [f"{count(len(self.notes), 'note')} on the source"] if self.notes else []
        named = [note.rstrip(".") for note in self.notes] if notes else counted
        return "; ".join(filter(None, [f"{self.rows:,} messages, {window}", *lacks, upto, *named])) + "."
