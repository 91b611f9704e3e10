"""The report on a log: what was found first, then every question with its chart, its numbers and how complete they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from msvc_toolkit import cards, document, phone
from msvc_toolkit.logs import charts, measures
from msvc_toolkit.logs.charts.canvas import Canvas
from msvc_toolkit.logs.charts.labels import count, labels, named
from msvc_toolkit.logs.charts.sheet import window
from msvc_toolkit.logs.log import Log

ROWS = 40
"""How many rows of a measure stand under its chart at most."""


@dataclass(frozen=True)
class Part:
    """One question of the report.

    Args:
        name: Its name in JSON.
        measure: Its numbers, of a log in a time zone.
        plot: Draws them.
    """

    name: str
    measure: Callable[[Log, str], pd.DataFrame]
    plot: Callable[..., Any]


PARTS = (
    Part("volume", lambda log, zone: measures.volume(log, by=("day", "status"), zone=zone), charts.plot_volume),
    Part("outcomes", lambda log, _: measures.outcomes(log), charts.plot_outcomes),
    Part("errors", lambda log, _: measures.errors(log), charts.plot_errors),
    Part("latency", lambda log, _: measures.latency(log), charts.plot_latency),
    Part("heat", lambda log, zone: measures.heat(log, zone=zone), charts.plot_heat),
    Part("spend", lambda log, _: measures.spend(log, by="messaging_service_sid", fees=True), charts.plot_spend),
    Part("characters", lambda log, _: measures.characters(log), charts.plot_characters),
    Part("replies", lambda log, _: measures.replies(log), charts.plot_replies),
    Part("after_stop", lambda log, _: measures.after_stop(log), charts.plot_after_stop),
    Part("peaks", lambda log, zone: measures.peaks(log, zone=zone), charts.plot_peaks),
    Part("stickiness", lambda log, _: measures.stickiness(log), charts.plot_stickiness),
    Part("idle", lambda log, zone: measures.idle(log, zone=zone), charts.plot_idle),
)
_TITLE = "Message log report"


def log_report(log: Log, *, names: Mapping[str, str] | None = None, zone: str = "UTC", title: str = _TITLE) -> str:
    """Write what a log tells as one HTML file that needs nothing else: findings, charts, numbers, completeness.

    Args:
        log: The log, or a selection of it.
        names: Friendly names by SID of a service or number of a sender.
        zone: Time zone of days and hours.
        title: What stands above it.

    Returns:
        The page. Phone numbers are masked.
    """
    told, known = log.certificate, names or {}
    parts = [
        cards.text(told.sentence),
        document.section("What stands out", _found(measures.findings(log, zone=zone), known)),
    ]
    about = {"certificate": told, "zone": zone, "names": known}
    for part in PARTS:
        frame = part.measure(log, zone)
        canvas = Canvas()
        part.plot(frame, canvas.ax, bare=True, **about)
        drawn = canvas.drawn
        picture = "" if drawn.empty else document.figure(canvas.png(), drawn.words)
        notes = [cards.text(words, css="msvc-small") for words in (drawn.under, told.sentence) if words]
        numbers = document.fold("The numbers", _table(frame, known))
        shown = cards.text(drawn.empty or window(told, zone))
        parts.append(document.section(drawn.title, shown, picture, *notes, *([] if drawn.empty else [numbers])))
    return document.page(title, *parts, _terms())


def log_report_json(log: Log, *, zone: str = "UTC") -> str:
    """Write what a log tells as JSON: ``certificate``, ``findings``, and each measure as a list of its rows.

    Args:
        log: The log, or a selection of it.
        zone: Time zone of days and hours.

    Returns:
        The text; phone numbers are masked, moments are ISO 8601.
    """
    frames = {"findings": measures.findings(log)} | {part.name: part.measure(log, zone) for part in PARTS}
    told: dict[str, Any] = {"zone": zone, "certificate": asdict(log.certificate)}
    told |= {name: _records(frame) for name, frame in frames.items()}
    return json.dumps(told, indent=1, default=str, ensure_ascii=False)


def _found(findings: pd.DataFrame, names: Mapping[str, str]) -> str:
    """Write what was found, the largest first."""
    if findings.empty:
        return cards.card("done", "Nothing out of the ordinary was found.")
    sentences = [named(sentence, names) for sentence in findings["sentence"]]
    return cards.card("warning", f"{count(len(sentences), 'finding')}, the largest first.", cards.steps(sentences))


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    masked = frame.copy()
    for name in masked.select_dtypes(["object", "string"]):
        hide = phone.mask if name == "number" else phone.mask_in
        masked[name] = masked[name].map(lambda value, hide=hide: hide(value) if isinstance(value, str) else value)
    records: list[dict[str, Any]] = json.loads(masked.to_json(orient="records", date_format="iso", date_unit="s"))
    return records


def _table(frame: pd.DataFrame, names: Mapping[str, str]) -> str:
    shown = frame.head(ROWS)
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
    return phone.mask_in(str(value))


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
