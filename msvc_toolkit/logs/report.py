"""The report on a log: findings first, then every measure with its chart, its numbers and how complete they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, overload

import numpy as np
import pandas as pd

from msvc_toolkit.html import cards, document
from msvc_toolkit.logs import measures
from msvc_toolkit.logs.charts import CHARTS, svg
from msvc_toolkit.logs.charts.chart import About, window
from msvc_toolkit.logs.charts.labels import labels, named
from msvc_toolkit.logs.charts.scope import days, scope
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures.health import health
from msvc_toolkit.logs.time_zones import read_zone
from msvc_toolkit.rules import addresses

ROWS = 40
"""How many rows of a measure are listed under its chart at most."""


PARTS: Mapping[str, Callable[[Log, str], pd.DataFrame]] = {
    "volume": lambda log, zone: measures.volume(log, by=("day", "status"), zone=zone),
    "outcomes": lambda log, _: measures.outcomes(log),
    "errors": lambda log, _: measures.errors(log),
    "latency": lambda log, _: measures.latency(log),
    "heat": lambda log, zone: measures.heat(log, zone=zone),
    "spend": lambda log, _: measures.spend(log, by="messaging_service_sid", fees=True),
    "characters": lambda log, _: measures.characters(log),
    "replies": lambda log, _: measures.replies(log),
    "after_stop": lambda log, _: measures.after_stop(log),
    "peaks": lambda log, zone: measures.peaks(log, zone=zone),
    "stickiness": lambda log, _: measures.stickiness(log),
    "idle": lambda log, zone: measures.idle(log, zone=zone),
}
"""The questions of the report by the name of their measure: its numbers, of a log in a time zone."""
_TITLE = "Message log report"


@overload
def log_report(
    log: Log, path: None = None, *, names: Mapping[str, str] | None = None, zone: str = "UTC", title: str = _TITLE
) -> document.Page: ...
@overload
def log_report(
    log: Log, path: str | Path, *, names: Mapping[str, str] | None = None, zone: str = "UTC", title: str = _TITLE
) -> Path: ...
def log_report(
    log: Log,
    path: str | Path | None = None,
    *,
    names: Mapping[str, str] | None = None,
    zone: str = "UTC",
    title: str = _TITLE,
) -> document.Page | Path:
    """Write a report on a log as one HTML file that needs nothing else: findings, charts, numbers, completeness.

    Its title and first lines name the selection, the window and the time zone.

    Args:
        log: The log, or a selection of it.
        path: The file to write; an earlier one is replaced.
        names: Friendly names by SID of a service or number of a sender.
        zone: Time zone of days and hours.
        title: Its title, before the selection.

    Returns:
        The file's path, or without one the page: text that a notebook draws. Phone numbers are masked.
    """
    certificate, known = log.certificate, names or {}
    about: About = {"certificate": certificate, "zone": zone, "names": known}
    found = measures.findings(log, zone=zone)
    stands_out = [judge_card(log, found, known)]
    if len(found):
        chart = CHARTS["findings"](found, **about)
        stands_out += [document.figure(svg.draw(chart)), _small(chart.under)]
    parts = [
        cards.text(f"Selection: {scope(log, known, most=20)}. Window: {window(certificate, zone)}."),
        cards.text(certificate.told(zone)),
        document.section("What stands out", *stands_out),
    ]
    for name, measure in PARTS.items():
        frame = measure(log, zone)
        chart = CHARTS[name](frame, **about)
        shown = cards.text(chart.empty or chart.window)
        notes = [_small(words) for words in (chart.under, chart.complete) if words]
        if not chart.empty:
            numbers = document.fold("The numbers", _table(frame, known, zone))
            notes = [document.figure(svg.draw(chart)), *notes, numbers]
        parts.append(document.section(chart.title, shown, *notes))
    page = document.page(f"{title}: {scope(log, known)}, {days(log, zone)}, {zone}", *parts, _terms())
    if path is None:
        return document.Page(page)
    file = Path(path).expanduser()
    file.write_text(page, encoding="utf-8")
    return file


def log_report_json(log: Log, *, zone: str = "UTC") -> str:
    """Write a report on a log as JSON: ``selection``, ``certificate``, ``verdict``, ``findings``, and each measure as a list of its rows.

    Args:
        log: The log, or a selection of it.
        zone: Time zone of days and hours.

    Returns:
        The text; phone numbers are masked, moments are ISO 8601.
    """
    found, selection = measures.findings(log, zone=zone), log.pick
    frames = {"findings": found} | {name: measure(log, zone) for name, measure in PARTS.items()}
    senders = selection.senders and sorted(map(addresses.mask, selection.senders))
    services = selection.services and sorted(selection.services)
    report: dict[str, Any] = {
        "selection": {"senders": senders, "services": services, "words": scope(log), "days": days(log, zone)},
        "zone": zone,
        "certificate": asdict(log.certificate),
        "verdict": asdict(health(log, found)),
    }
    report |= {name: _records(frame) for name, frame in frames.items()}
    return json.dumps(report, indent=1, default=str, ensure_ascii=False)


def judge_card(log: Log, found: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Draw the verdict on a log, with what was found, the largest first.

    Args:
        log: The log, or a selection of it.
        found: Its findings.
        names: Friendly names by SID or number.
    """
    verdict = health(log, found)
    steps = [cards.steps(named(sentence, names) for sentence in found["sentence"])] if len(found) else []
    return cards.card(verdict.mood, verdict.sentence, *steps)


def _small(words: str) -> str:
    return cards.text(words, css="msvc-small")


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    masked = frame.copy()
    for name in masked.select_dtypes(["object", "string"]):
        hide = addresses.mask if name == "number" else addresses.mask_in
        masked[name] = masked[name].map(lambda value, hide=hide: hide(value) if isinstance(value, str) else value)
    for name in _utc(masked):
        masked[name] = masked[name].dt.tz_localize("UTC")
    records: list[dict[str, Any]] = json.loads(masked.to_json(orient="records", date_format="iso", date_unit="s"))
    return records


def _utc(frame: pd.DataFrame) -> tuple[str, ...]:
    """Name the columns that hold naive UTC; other naive ones are days and hours of the zone that was asked for."""
    return ("first", "last") if "first" in frame else ()


def _table(frame: pd.DataFrame, names: Mapping[str, str], zone: str) -> str:
    shown = frame.head(ROWS).copy()
    for name in _utc(shown):
        shown[name] = shown[name].dt.tz_localize("UTC").dt.tz_convert(read_zone(zone))
    cells = {str(name): _cells(str(name), shown[name], names) for name in shown.columns}
    more = f" (the first {ROWS} of {len(frame)} rows)" if len(frame) > ROWS else ""
    return cards.table([*cells], zip(*cells.values(), strict=True), caption=f"In figures{more}")


def _cells(name: str, column: pd.Series[Any], names: Mapping[str, str]) -> list[str]:
    if name in ("number", "messaging_service_sid", "country", "kind"):
        return labels(name, column, names)
    return [_cell(name, value) for value in column]


def _cell(name: str, value: Any) -> str:
    if pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
    if isinstance(value, float):
        return f"{value:,.4g}"
    if isinstance(value, int | np.integer) and not isinstance(value, bool) and name != "error_code":
        return f"{value:,}"
    return addresses.mask_in(str(value))


def _terms() -> str:
    """Say what the words of the report mean."""
    return document.section(
        "Words",
        cards.bullets(
            [
                "Delivered: delivered or read. Failed: failed or undelivered. Unknown: sent, and no receipt came within three days.",
                "A rate is of the messages that have come to their end; those in flight or canceled are not counted.",
                "An interval is Wilson's, at 95 %. Few messages make it wide.",
                "A latency is an upper bound: a price that comes late also counts as a change.",
            ]
        ),
    )
