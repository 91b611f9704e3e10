"""The description of a chart: its title, its marks and the words around them. Matplotlib and SVG draw the same one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

import pandas as pd

from msvc_toolkit.logs.certificate import Certificate
from msvc_toolkit.logs.charts.labels import count, labels
from msvc_toolkit.logs.charts.marks import ROWS, Bar, Columns, Interval, Lines, Row, Rows, Series, Week
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.time_zones import read_zone


class About(TypedDict, total=False):
    """What every chart takes besides its numbers.

    Args:
        certificate: How complete the log is.
        zone: Time zone of everything that is shown; UTC when not given.
        names: Friendly names by SID or number.
        whose: The senders and services it is about, in words.
    """

    certificate: Certificate | None
    zone: str
    names: Mapping[str, str] | None
    whose: str


@dataclass(frozen=True)
class Chart:
    """A chart before it is drawn: a title, the fields of `About`, and these.

    Args:
        marks: What is drawn; None for a chart with nothing to draw.
        under: Notes for the reader, written below it.
        said: What it shows, if it has no bars that say it.
        empty: The sentence in place of a chart with nothing to draw.
    """

    title: str = ""
    certificate: Certificate | None = None
    zone: str = "UTC"
    names: Mapping[str, str] | None = None
    whose: str = ""
    marks: Rows | Columns | Lines | Week | None = None
    under: str = ""
    said: str = ""
    empty: str = ""

    def rows(self, frame: pd.DataFrame, key: str, words: Callable[[dict[Any, Any]], str], **where: Any) -> list[Row]:
        """Make a chart row of each row of a measure: its label, the `words` after its marks, and which messages it stands for."""
        named = zip(labels(key, frame[key], self.names), frame.to_dict("records"), strict=True)
        return [Row(name, words(row), {key: row[key], **where}) for name, row in named]

    def nothing(self, why: str) -> Chart:
        """Return the sentence in place of a chart with nothing to draw."""
        return replace(self, empty=why)

    def of(self, marks: Rows | Columns | Lines | Week, *under: str) -> Chart:
        """Return the chart of these marks, with sentences below it; empty ones are left out."""
        return replace(self, marks=marks, under=" ".join(filter(None, under)))

    @property
    def bars(self) -> list[Bar]:
        """What can be clicked, in reading order."""
        return [*self.marks.bars] if self.marks else []

    def first(self, most: int) -> Chart:
        """Keep only the first rows of a chart if there is no room for all; the rest is counted below it."""
        marks = self.marks
        if not isinstance(marks, Rows) or len(marks.rows) <= most:
            return self
        series = [
            replace(one, values=one.values[:most], low=one.low[:most], high=one.high[:most])  # noqa: PD011 - no pandas
            for one in marks.series
        ]
        under = f"{self.under} {len(marks.rows) - most:,} more in the report.".strip()
        return replace(self, marks=replace(marks, rows=marks.rows[:most], series=series), under=under)

    @property
    def legend(self) -> list[Series]:
        """The series that have a name."""
        return [one for one in self.marks.series if one.name] if self.marks else []

    @property
    def words(self) -> str:
        """The chart in words, for a screen reader."""
        if self.empty or self.said:
            return f"{self.title}: {self.empty or self.said}"
        first = [bar.words for bar in self.bars[:5]]
        more = f"; and {len(self.bars) - 5} more" if len(self.bars) > len(first) else ""
        return f"{self.title}: {'; '.join(first)}{more}."

    @property
    def complete(self) -> str:
        """How complete the log is, in words."""
        return self.certificate.told(self.zone, notes=False) if self.certificate else ""

    @property
    def window(self) -> str:
        """The senders, services and time that the chart is about."""
        return f"{self.whose[:1].upper()}{self.whose[1:]}; " * bool(self.whose) + window(self.certificate, self.zone)


def window(certificate: Certificate | None, zone: str) -> str:
    """Write the window of a log in a time zone."""
    if certificate is None or certificate.since is None or certificate.until is None:
        return f"time zone {zone}"
    since, until = (one.astimezone(ZoneInfo(zone)) for one in (certificate.since, certificate.until))
    return f"{since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M}, time zone {zone}"


def largest(frame: pd.DataFrame, by: Any, *, ascending: Any = False) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Sort a measure, and return the rows that a chart has room for, and the rest."""
    ranked = frame.sort_values(by, ascending=ascending, kind="stable")
    return ranked.head(ROWS), ranked.iloc[ROWS:]


def intervals(frame: pd.DataFrame, prefix: str = "", suffix: str = "") -> Interval:
    """Return the rates of a measure, and the ends of their intervals."""
    rate, low, high = (frame[f"{prefix}{name}{suffix}"].tolist() for name in ("rate", "low", "high"))
    return rate, low, high


_NAMED = 3
_LETTERS = 120


def scope(log: Log, names: Mapping[str, str] | None = None, *, most: int = _NAMED) -> str:
    """Name up to `most` of the senders and of the services that were selected, numbers masked, and count the rest."""
    pick = log.pick
    parts = []
    if pick.senders is not None:
        parts.append(_listed("number", pick.senders, "sender", names, most))
    if pick.services is not None:
        parts.append(_listed("messaging_service_sid", pick.services, "service", names, most))
    return " in ".join(parts) or "all senders"


def _listed(column: str, values: frozenset[str], noun: str, names: Mapping[str, str] | None, most: int) -> str:
    known = {value: names[value] for value in values if names and value in names}
    listed = labels(column, sorted(values), known if column == "messaging_service_sid" else None)
    rest = len(listed) - most
    if not listed:
        return f"no {noun}"
    if rest > 0:
        return f"{', '.join(listed[:most])} and {count(rest, f'more {noun}')}"
    return ", ".join(listed) if column == "number" else f"{noun}{'s' * (len(listed) > 1)} {', '.join(listed)}"


def days(log: Log, zone: str) -> str:
    """Name the first and last day of a log's window in a zone, with hours where they are not whole days."""
    certificate, there = log.certificate, read_zone(zone)
    if certificate.since is None or certificate.until is None:
        return "no window"
    since, until = certificate.since.astimezone(there), certificate.until.astimezone(there)
    if any((one.hour, one.minute, one.second) != (0, 0, 0) for one in (since, until)):
        return f"{since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M}"
    last = until - timedelta(days=1)
    return f"{since:%Y-%m-%d}" if last.date() == since.date() else f"{since:%Y-%m-%d} to {last:%Y-%m-%d}"


def file_name(*words: str) -> str:
    """Make a file name from words: letters, digits and hyphens, cut to a length that every file system takes."""
    return re.sub(r"[^\w]+", "-", " ".join(words).replace("•••", "xxx")).strip("-")[:_LETTERS].rstrip("-")
