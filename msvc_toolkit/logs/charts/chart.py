"""The description of a chart: its title, its marks and the words around them, drawn by Matplotlib or as SVG alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypedDict
from zoneinfo import ZoneInfo

import pandas as pd

from msvc_toolkit.logs.certificate import Certificate
from msvc_toolkit.logs.charts.labels import labels
from msvc_toolkit.logs.charts.marks import Bar, Columns, Lines, Row, Rows, Series, Week


class About(TypedDict, total=False):
    """What every chart takes besides its numbers.

    Args:
        certificate: How complete the log is.
        zone: Time zone of everything that is shown; UTC when not given.
        names: Friendly names by SID or number.
    """

    certificate: Certificate | None
    zone: str
    names: Mapping[str, str] | None


@dataclass(frozen=True)
class Chart:
    """A chart, before it is drawn.

    Args:
        title: What it shows.
        certificate: How complete the log is.
        zone: Time zone of everything that is shown.
        names: Friendly names by SID or number.
        marks: What is drawn; None for a chart with nothing to draw.
        under: What a reader has to know, written below it.
        said: What it shows, where no bars say it.
        empty: The sentence in place of a chart with nothing to draw.
    """

    title: str = ""
    certificate: Certificate | None = None
    zone: str = "UTC"
    names: Mapping[str, str] | None = None
    marks: Rows | Columns | Lines | Week | None = None
    under: str = ""
    said: str = ""
    empty: str = ""

    def rows(self, frame: pd.DataFrame, key: str, words: Callable[[dict[Any, Any]], str], **where: Any) -> list[Row]:
        """Make a row of each row of a measure.

        Args:
            frame: The measure.
            key: The column that labels them.
            words: Writes what is behind the marks.
            where: Which messages they stand for, beside the key.
        """
        named = zip(labels(key, frame[key], self.names), frame.to_dict("records"), strict=True)
        return [Row(name, words(row), {key: row[key], **where}) for name, row in named]

    @property
    def bars(self) -> list[Bar]:
        """What can be clicked, in reading order."""
        return [*self.marks.bars] if self.marks else []

    def first(self, most: int) -> Chart:
        """Keep the first rows of a chart of rows, where there is no room for all; the rest is counted below it."""
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
        """The series that are named."""
        return [one for one in self.marks.series if one.name] if self.marks else []

    @property
    def words(self) -> str:
        """The chart for somebody who does not see it."""
        if self.empty or self.said:
            return f"{self.title}: {self.empty or self.said}"
        first = [bar.words for bar in self.bars[:5]]
        more = f"; and {len(self.bars) - 5} more" if len(self.bars) > len(first) else ""
        return f"{self.title}: {'; '.join(first)}{more}."

    @property
    def complete(self) -> str:
        """How complete the log is, in words."""
        return self.certificate.told(self.zone) if self.certificate else ""

    @property
    def window(self) -> str:
        """Which time it is about."""
        return window(self.certificate, self.zone)


def window(certificate: Certificate | None, zone: str) -> str:
    """Write the window of a log in a time zone."""
    if certificate is None or certificate.since is None or certificate.until is None:
        return f"time zone {zone}"
    since, until = (one.astimezone(ZoneInfo(zone)) for one in (certificate.since, certificate.until))
    return f"{since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M}, time zone {zone}"
