"""The content of the explorer: its inputs, the measure behind each chart, its part of the log, and the messages of a bar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any
from zoneinfo import available_timezones

import ipywidgets as widgets
import pandas as pd

from msvc_toolkit.html import cards
from msvc_toolkit.logs import measures
from msvc_toolkit.logs.charts import CHARTS
from msvc_toolkit.logs.charts.chart import Chart, days, file_name, scope
from msvc_toolkit.logs.charts.delivery import not_shown
from msvc_toolkit.logs.charts.labels import labels, left_out, percent
from msvc_toolkit.logs.charts.marks import Bar
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures.rates import OUT, worst_first
from msvc_toolkit.logs.time_zones import read_zone
from msvc_toolkit.widgets import fields

ALL, CUSTOM, DAYS = 0, -1, 30
"""All of the log, days that were typed, and the days that are shown first."""
_WINDOWS = [("7 days", 7), ("30 days", DAYS), ("90 days", 90), ("All", ALL), ("Custom", CUSTOM)]
SPLITS = {
    "status": "Status",
    "number": "Sender",
    "kind": "Kind of sender",
    "messaging_service_sid": "Messaging Service",
    "country": "Country of the recipient",
    "error_code": "Error",
    "direction": "Direction",
}
"""Columns that messages can be split by, and their labels."""
_SETTLED_BEFORE = ("number", "kind", "messaging_service_sid", "country")
"""Those that are known before a message ends, so that each has a delivery rate."""
_BY_HOUR, _BY_DAY = timedelta(days=4), timedelta(days=200)
_RATES_BY_DAY = timedelta(days=21)
"""Longer windows have delivery rates by week: those of single days would have wide intervals."""


@dataclass(frozen=True)
class Asked:
    """What the explorer is asked to show: a selection of the log, a time zone, and the column that messages are split by."""

    log: Log
    zone: str = "UTC"
    split: str = "status"

    @property
    def group(self) -> str:
        """The column that rates are grouped by."""
        return self.split if self.split in _SETTLED_BEFORE else "number"

    @property
    def width(self) -> timedelta:
        """How long the window is."""
        known = self.log.certificate
        return known.until - known.since if known.since and known.until else timedelta()

    @property
    def period(self) -> str:
        """The period of a column over time."""
        return "hour" if self.width <= _BY_HOUR else "day" if self.width <= _BY_DAY else "week"

    @property
    def period_of_rates(self) -> str:
        """The period between two points of a rate over time."""
        return "hour" if self.width <= _BY_HOUR else "day" if self.width <= _RATES_BY_DAY else "week"

    def chart(self, name: str, names: Mapping[str, str], frame: pd.DataFrame) -> Chart:
        """Return the chart of what was measured."""
        draw = CHARTS["outcomes" if name == "delivery" else name]
        whose = scope(self.log, names)
        return draw(frame, certificate=self.log.certificate, zone=self.zone, names=names, whose=whose)

    def rows(self, bar: Bar, limit: int, *, masked: bool = True) -> pd.DataFrame:
        """Return the messages behind a bar, the newest first."""
        where = {name: _held(value) for name, value in bar.where.items()}
        window = {name: where.pop(name) for name in ("since", "until") if name in where}
        return self.log.select(**window, zone=self.zone).rows(limit, masked=masked, **where)

    def file_name(self, kind: str, names: Mapping[str, str], what: str = "") -> str:
        """Name a file by its content: what it is, whose messages, and which days; without an extension."""
        return file_name(kind, what, scope(self.log, names), days(self.log, self.zone))

    def charts_png(self, names: Mapping[str, str], more: str) -> dict[str, bytes]:
        """Draw the explorer's charts with all their words; returns file names and pictures."""
        from msvc_toolkit.logs.charts.canvas import png  # noqa: PLC0415 - Matplotlib takes 0.4 s to import

        shown = (*ALWAYS, more)
        return {
            f"{self.file_name(name, names)}.png": png(self.chart(name, names, MEASURES[name](self))) for name in shown
        }


MEASURES: Mapping[str, Callable[[Asked], pd.DataFrame]] = {
    "findings": lambda asked: measures.findings(asked.log, zone=asked.zone),
    "volume": lambda asked: measures.volume(asked.log, by=(asked.period, asked.split), zone=asked.zone),
    "delivery": lambda asked: measures.outcomes(asked.log, by=(asked.period_of_rates, asked.group), zone=asked.zone),
    "outcomes": lambda asked: measures.outcomes(asked.log, by=asked.group),
    "errors": lambda asked: measures.errors(asked.log),
    "heat": lambda asked: asked.log.add_up(["weekday", "hour_of_day"], {"n": "sum(n)"}, OUT, zone=asked.zone),
    "latency": lambda asked: measures.latency(asked.log, by=asked.group),
    "spend": lambda asked: measures.spend(asked.log, by=asked.group),
    "peaks": lambda asked: measures.peaks(asked.log, zone=asked.zone),
    "replies": lambda asked: measures.replies(asked.log, by=asked.group),
}
"""The numbers behind each chart."""
ALWAYS = ("volume", "delivery", "errors")
"""The charts that are always shown."""
MORE = {
    "heat": "Hours of the week",
    "outcomes": "Delivery rates",
    "latency": "Time to final status",
    "spend": "Segments and spend",
    "peaks": "Busiest minute",
    "replies": "Answers and opt-outs",
}
"""One of these is shown beside them."""


def inputs(zone: str) -> list[fields.Field]:
    """Return the inputs in keyboard order."""
    zones = widgets.Combobox(options=sorted(available_timezones()), description="Time zone", continuous_update=False)
    zones.value = zone
    return [
        fields.field("window", widgets.ToggleButtons(options=_WINDOWS, value=ALL), "", int),
        fields.field("since", widgets.DatePicker(description="From"), "", lambda day: day),
        fields.field("until", widgets.DatePicker(description="To"), "", lambda day: day),
        fields.field("zone", zones, "", str.strip),
        fields.choice("split", "Split by", [(words, name) for name, words in SPLITS.items()]),
        fields.choice("more", "Chart", [(words, name) for name, words in MORE.items()]),
        fields.flag("full", "Show full numbers", value=False),
    ]


def last_days(log: Log, many: int, zone: str) -> tuple[date | None, date | None]:
    """Return the first and last of the last `days` of a log; none for the whole log, or if it has no window."""
    until = log.certificate.until
    if many == ALL or until is None:
        return None, None
    last = (until - timedelta(microseconds=1)).astimezone(read_zone(zone)).date()
    return last - timedelta(days=many - 1), last


def is_longer(log: Log, many: int) -> bool:
    """Whether a log's window is longer than this many days."""
    known = log.certificate
    return known.since is not None and known.until is not None and known.until - known.since > timedelta(days=many)


def complete(log: Log, zone: str) -> str:
    """Say up to when a log is complete, in a zone."""
    upto = log.certificate.complete_up_to
    if upto is None:
        return log.certificate.unknown
    return f"complete up to {upto.astimezone(read_zone(zone) if zone else UTC):%Y-%m-%d %H:%M} {zone}"


def tables(frames: Mapping[str, pd.DataFrame], names: Mapping[str, str], most: int) -> str:
    """Write the outcomes and the errors that the charts show as tables, for a reader who sees no charts."""
    parts = []
    if "outcomes" in frames:
        whole = worst_first(frames["outcomes"])
        frame, key = whole.head(most), str(whole.columns[0])
        rates = [f"{percent(row['rate'])} of {row['settled']:,}" for row in frame.to_dict("records")]
        rows = zip(labels(key, frame[key], names), [f"{n:,}" for n in frame["n"]], rates, strict=True)
        heads = [SPLITS[key], "Messages sent", "Delivered"]
        parts.append(cards.table(heads, rows, caption="Senders, the worst delivery first"))
        parts += [cards.text(words) for words in [not_shown(whole.iloc[most:], key)] if words]
    if "errors" in frames:
        errors = frames["errors"].groupby(["error_code", "meaning"], sort=False, as_index=False)[["n"]].sum()
        errors = errors.sort_values("n", ascending=False, kind="stable")
        shown = errors.head(most)
        rows = zip(shown["error_code"], shown["meaning"], [f"{n:,}" for n in shown["n"]], strict=True)
        parts.append(cards.table(["Error", "Meaning", "Messages"], rows, caption="What stops messages"))
        parts += [cards.text(words) for words in [left_out(len(errors) - len(shown), "error_code")] if words]
    return cards.join(parts)


def together(bars: Sequence[Bar]) -> Bar | None:
    """Return a bar for the messages that are in all of these bars; None if there are none."""
    if len(bars) < 2:  # noqa: PLR2004 - two or more have something in common
        return bars[0] if bars else None
    where = dict[str, Any]()
    for name, value in ((name, value) for bar in bars for name, value in bar.where.items()):
        if name not in where:
            where[name] = value
        elif name in ("since", "until"):
            where[name] = (max if name == "since" else min)(where[name], value)
        else:
            both = [list(one) if isinstance(one, list | tuple) else [one] for one in (where[name], value)]
            where[name] = [one for one in both[0] if one in both[1]]
    return Bar(where, " and ".join(bar.words.rpartition(": ")[0].replace(": ", " ") or bar.words for bar in bars))


def _held(value: Any) -> Any:
    """Return what a log's column holds where a measure says this: nothing is an empty text or a 0 there."""
    return list(value) if isinstance(value, tuple) else None if value in ("", 0) else value
