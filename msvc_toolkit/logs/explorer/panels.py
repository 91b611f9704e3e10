"""What the explorer shows: which measure each chart draws, of which part of the log, and the messages behind a bar."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pandas as pd

from msvc_toolkit.html import cards
from msvc_toolkit.logs import charts, measures
from msvc_toolkit.logs.charts.canvas import Bar
from msvc_toolkit.logs.charts.delivery import not_shown
from msvc_toolkit.logs.charts.labels import labels, left_out, percent
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures.rates import worst_first

SPLITS = {
    "status": "Status",
    "number": "Sender",
    "kind": "Kind of sender",
    "messaging_service_sid": "Messaging Service",
    "country": "Country of the recipient",
    "error_code": "Error",
    "direction": "Direction",
}
"""Columns that messages can be told apart by, and what they are called."""
_SETTLED_BEFORE = ("number", "kind", "messaging_service_sid", "country")
"""Those that are settled before a message ends, so that a delivery rate can be told for each."""
_BY_HOUR, _BY_DAY = timedelta(days=4), timedelta(days=200)


@dataclass(frozen=True)
class Asked:
    """What the explorer is asked to show.

    Args:
        log: What was picked of the log.
        zone: Time zone of days and hours.
        split: What messages are told apart by.
    """

    log: Log
    zone: str = "UTC"
    split: str = "status"

    @property
    def group(self) -> str:
        """What rates are told for."""
        return self.split if self.split in _SETTLED_BEFORE else "number"

    @property
    def period(self) -> str:
        """How wide a column over time is."""
        told = self.log.certificate
        width = told.until - told.since if told.since and told.until else timedelta()
        return "hour" if width <= _BY_HOUR else "day" if width <= _BY_DAY else "week"

    def rows(self, bar: Bar, limit: int, *, masked: bool = True) -> pd.DataFrame:
        """Return the messages behind a bar, the newest first."""
        where = {name: _held(value) for name, value in bar.where.items()}
        window = {name: where.pop(name) for name in ("since", "until") if name in where}
        return self.log.select(**window, zone=self.zone).rows(limit, masked=masked, **where)


@dataclass(frozen=True)
class Chart:
    """A chart and its measure.

    Args:
        told: What it is called in a list.
        measure: Its numbers.
        plot: Draws them.
    """

    told: str
    measure: Callable[[Asked], pd.DataFrame]
    plot: Callable[..., Any]


CHARTS = {
    "findings": Chart(
        "What stands out", lambda asked: measures.findings(asked.log, zone=asked.zone), charts.plot_findings
    ),
    "volume": Chart(
        "Volume",
        lambda asked: measures.volume(asked.log, by=(asked.period, asked.split), zone=asked.zone),
        charts.plot_volume,
    ),
    "outcomes": Chart("Outcomes", lambda asked: measures.outcomes(asked.log, by=asked.group), charts.plot_outcomes),
    "errors": Chart("Errors", lambda asked: measures.errors(asked.log), charts.plot_errors),
}
"""Always shown."""
MORE = {
    "heat": Chart("Hours of the week", lambda asked: measures.heat(asked.log, zone=asked.zone), charts.plot_heat),
    "latency": Chart("Latency", lambda asked: measures.latency(asked.log, by=asked.group), charts.plot_latency),
    "spend": Chart("Segments and spend", lambda asked: measures.spend(asked.log, by=asked.group), charts.plot_spend),
    "peaks": Chart("Peaks against limits", lambda asked: measures.peaks(asked.log, zone=asked.zone), charts.plot_peaks),
    "replies": Chart("Replies and opt-outs", lambda asked: measures.replies(asked.log, by=asked.group), charts.plot_replies),
}  # fmt: skip
"""One of them is shown beside those."""


def tables(frames: Mapping[str, pd.DataFrame], names: Mapping[str, str], most: int) -> str:
    """Write the outcomes and the errors that the charts show as tables, for a reader who sees no charts."""
    parts = []
    if "outcomes" in frames:
        whole = worst_first(frames["outcomes"])
        frame, key = whole.head(most), str(whole.columns[0])
        rates = [f"{percent(row['rate'])} of {row['settled']:,}" for row in frame.to_dict("records")]
        rows = zip(labels(key, frame[key], names), [f"{n:,}" for n in frame["n"]], rates, strict=True)
        parts.append(cards.table([SPLITS[key], "Messages out", "Delivered"], rows, caption="The worst delivery first"))
        parts += [cards.text(words) for words in [not_shown(whole.iloc[most:], key)] if words]
    if "errors" in frames:
        errors = frames["errors"].groupby(["error_code", "meaning"], sort=False, as_index=False)[["n"]].sum()
        errors = errors.sort_values("n", ascending=False, kind="stable")
        shown = errors.head(most)
        told = zip(shown["error_code"], shown["meaning"], [f"{n:,}" for n in shown["n"]], strict=True)
        parts.append(
            cards.table(["Error", "What it means", "Messages"], told, caption="The most frequent errors first")
        )
        parts += [cards.text(words) for words in [left_out(len(errors) - len(shown), "error_code")] if words]
    return cards.join(parts)


def _held(value: Any) -> Any:
    """Return what a log's column holds where a measure says this: nothing is an empty text or a 0 there."""
    return list(value) if isinstance(value, tuple) else None if value in ("", 0) else value
