"""The report on a log: the figures and findings on the first page, then every measure with its chart and its numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, overload

import numpy as np
import pandas as pd

from msvc_toolkit.html import cards, document
from msvc_toolkit.logs import measures
from msvc_toolkit.logs.charts import CHARTS, svg
from msvc_toolkit.logs.charts.chart import About, Chart, days, scope, window
from msvc_toolkit.logs.charts.findings import name_of, where_of
from msvc_toolkit.logs.charts.labels import labels, named, percent
from msvc_toolkit.logs.charts.marks import WEEKDAYS
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures.findings import NOT_LOST
from msvc_toolkit.logs.measures.usual import health
from msvc_toolkit.logs.tiles import tiles
from msvc_toolkit.logs.time_zones import read_zone
from msvc_toolkit.rules import addresses
from msvc_toolkit.rules.plurals import count

ROWS = 40
"""How many rows of a measure are listed under its chart at most."""
_LARGEST, _SLOWEST = 4, 6
"""How many faults of each kind the first sentences name; how many days or weeks a chart of late receipts shows."""
_SIDS = 3
"""Messages that are named where the advice is to send some to Twilio Support."""
_SMALL_CHART = 300
"""Pixels that a chart beside a finding is drawn for."""
_BY_DAY = timedelta(days=28)
"""Longer windows are shown by week."""

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
"""The questions of the report by the name of their measure, each with a function of a log and a zone that returns the numbers."""
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
    """Write a report on a log as one self-contained HTML file: findings, charts, numbers, completeness.

    Its first lines name the selection, the window, the time zone and how complete the log is.

    Args:
        log: The log, or a selection of it.
        path: The file to write; an earlier one is replaced.
        names: Friendly names by SID of a service or number of a sender.
        zone: Time zone of days and hours.
        title: Its title; the selection follows.

    Returns:
        The file's path, or without one the page: text that a notebook draws. Phone numbers are masked.
    """
    known = names or {}
    about: About = {"certificate": log.certificate, "zone": zone, "names": known}
    found, figures = measures.findings(log, zone=zone), tiles(log, zone)
    whose = scope(log, known, most=20)
    drawn = [_finding(log, one, about) for one in found.to_dict("records")]
    sections = [_section(name, measure(log, zone), about) for name, measure in PARTS.items()]
    page = document.page(
        f"{title}: {scope(log, known)}, {days(log, zone)}, {zone}",
        cards.text(f"{whose[:1].upper()}{whose[1:]}. {window(log.certificate, zone)}."),
        completeness(log, zone),
        _headline(log, found, known),
        figures.html,
        *([document.section("What stands out", *drawn)] if drawn else []),
        cards.text("All figures", "h2"),
        cards.text(cards.join(sections), "div", "msvc-sections"),
        document.section("Words", cards.bullets(_TERMS)),
        heading=title,
        looks=("log",),
    )
    if path is None:
        return document.Page(page)
    file = Path(path).expanduser()
    file.write_text(page, encoding="utf-8")
    return file


def _headline(log: Log, found: pd.DataFrame, names: Mapping[str, str]) -> cards.Html:
    """Say in one sentence how the log is."""
    verdict = health(log, found)
    if not len(found):
        return cards.card(verdict.mood, verdict.sentence)
    whole = measures.outcomes(log, by=()).iloc[0]
    rate = f"{whole['delivered']:,} of {whole['settled']:,} messages with a final status were delivered ({percent(whole['rate'])})."
    kinds = len(found[["fault", "what"]].drop_duplicates())
    of_kinds = f", of {count(kinds, 'kind')}" if kinds < len(found) else ""
    said = [rate, f"{count(len(found), 'fault')} {'stands' if len(found) == 1 else 'stand'} out{of_kinds}."]
    stopped = found["fault"] == "after STOP"
    lost = ~found["fault"].isin(NOT_LOST) & ~stopped
    lines = list[str]()
    sorts = {
        "Not delivered": lost,
        "To people who had said STOP": stopped,
        "More expensive or late, but not lost": ~lost & ~stopped,
    }
    for words, part in ((words, found[rows]) for words, rows in sorts.items()):
        most = [_brief(one, names) for one in part.head(_LARGEST).to_dict("records")]
        more = [f"and {len(part) - _LARGEST:,} more"] if len(part) > _LARGEST else []
        lines += [cards.text(f"{words}:"), cards.bullets([*most, *more])] if most else []
    return cards.card(verdict.mood, " ".join(said), *lines)


def _brief(one: Mapping[Any, Any], names: Mapping[str, str]) -> str:
    """Name a fault in one line, with its messages and its days."""
    first, last = one["since"], one["last"]
    when = f"on {first:%Y-%m-%d}" if first == last else f"from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    return f"{name_of(one, names, whole=True)}, {count(one['messages'], 'message')} {when}"


def _finding(log: Log, one: Mapping[Any, Any], about: About) -> cards.Html:
    """Draw a finding: its sentence, and beside it how it went over time."""
    chart, names = _evidence(log, one, about), about["names"] or {}
    name = name_of(one, names, whole=True)
    said = cards.text(f"{name[:1].upper()}{name[1:]}", "h3") + cards.text(named(one["sentence"], names))
    if "message SIDs" in one["sentence"]:
        where = {name: value or None for name, value in where_of(one).items()}
        sids = log.select(since=where.pop("since", None), zone=about["zone"]).rows(_SIDS, mask=True, **where)["sid"]
        said += cards.text(f"The newest of them: {', '.join(sids)}.", css="msvc-small")
    drawn = cards.text(chart.title, "h4") + document.figure(svg.draw(chart, _SMALL_CHART)) if chart.marks else ""
    return cards.text(cards.text(said, "div") + cards.text(drawn, "div"), "div", "msvc-drawn-finding")


def _evidence(log: Log, one: Mapping[Any, Any], about: About) -> Chart:
    """Return the chart of a fault over time, at its own place."""
    known, zone, where = log.certificate, about["zone"], where_of(one)
    part = log.select(one["number"] or None, services=one["messaging_service_sid"] or None)
    long = known.since and known.until and known.until - known.since > _BY_DAY
    period = "week" if long else "day"
    if "error_code" in where:
        frame = measures.errors(part, by=period, zone=zone)
        frame = frame[frame["error_code"].isin(where["error_code"])]
        return CHARTS["volume"](_with_none(frame, part, period, zone), **about)
    if "odd" in where:
        frame = measures.characters(part, by=period, zone=zone)
        frame = _with_none(frame[frame["character"] == where["odd"]], part, period, zone)
        chart = CHARTS["volume"](frame, **about)
        return replace(chart, title=f"Messages with {where['odd']} by {period}")
    if one["measure"] == "latency":
        frame = measures.latency(part, by=period, zone=zone)
        frame[period] = frame[period].dt.strftime("%Y-%m-%d")
        chart = CHARTS["latency"](frame, **about).first(_SLOWEST)
        return replace(chart, title=f"{chart.title}, slowest {period}s")
    return CHARTS["outcomes"](measures.outcomes(part, by=period, zone=zone), **about)


def _with_none(frame: pd.DataFrame, log: Log, period: str, zone: str) -> pd.DataFrame:
    """Add the days or weeks in which nothing was struck, so that a chart shows since when it was."""
    if frame.empty:
        return frame
    every = measures.volume(log, by=period, zone=zone)[[period]]
    what: dict[str, Any] = {frame.columns[1]: frame.iloc[0, 1]}
    rest = every[~every[period].isin(frame[period])].assign(n=0, **what)
    return pd.concat([frame, rest], ignore_index=True)


def _section(name: str, frame: pd.DataFrame, about: About) -> cards.Html:
    """Draw a measure: its chart, what a reader has to know, its numbers to unfold."""
    chart = CHARTS[name](frame, **about)
    if chart.empty:
        return document.section(chart.title, cards.text(chart.empty))
    numbers = document.fold("The numbers", _table(frame, about["names"] or {}, about["zone"]))
    notes = [_small(chart.under)] if chart.under else []
    return document.section(chart.title, document.figure(svg.draw(chart)), *notes, numbers)


def log_report_json(log: Log, *, zone: str = "UTC") -> str:
    """Write a report on a log as JSON: selection, certificate, verdict, findings, and each measure as a list of its rows.

    Phone numbers are masked, times are ISO 8601.
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
    """Draw the verdict on a log, with its findings, the largest first."""
    verdict = health(log, found)
    steps = [cards.steps(named(sentence, names) for sentence in found["sentence"])] if len(found) else []
    return cards.card(verdict.mood, verdict.sentence, *steps)


def completeness(log: Log, zone: str) -> cards.Html:
    """Say how complete a log is; the notes on its source are folded away."""
    known = log.certificate
    notes = cards.fold("Notes on the source", cards.bullets(known.notes)) if known.notes else cards.Html("")
    return _small(known.told(zone, notes=False)) + notes


def _small(words: str) -> cards.Html:
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
    columns = [str(name) for name in shown.columns if name not in _NOT_SHOWN]
    cells = {
        _HEADS.get(name, name.replace("_", " ").capitalize()): labels(name, shown[name], names)
        if name in ("number", "messaging_service_sid", "country", "kind")
        else [_cell(name, value) for value in shown[name]]
        for name in columns
    }
    more = f" (the first {ROWS} of {len(frame)} rows)" if len(frame) > ROWS else ""
    return cards.table([*cells], zip(*cells.values(), strict=True), caption=f"In figures{more}")


def _cell(name: str, value: Any) -> str:
    if pd.isna(value):
        return ""
    if name.endswith(_SHARES) and "usd" not in name:
        return percent(value)
    if name == "weekday":
        return WEEKDAYS[value]
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
    if isinstance(value, float):
        return f"{value:,.4g}"
    if isinstance(value, int | np.integer) and name != "error_code":
        return f"{value:,}"
    return addresses.mask_in(str(value))


_SHARES = ("rate", "low", "high", "share")
_NOT_SHOWN = ("price_e5", "inbound_e5")
_HEADS = {
    "n": "Messages",
    "number": "Sender",
    "messaging_service_sid": "Service",
    "error_code": "Error",
    "price_unit": "Currency",
    "ucs2_segments": "Segments in UCS-2",
    "hour_of_day": "Hour",
    "broken_n": "Messages to these",
    "small": "Few messages",
    "immature": "May still move",
    "low": "Interval from",
    "high": "Interval to",
    "reply_low": "Replies from",
    "reply_high": "Replies to",
    "stop_low": "Stops from",
    "stop_high": "Stops to",
    "p50": "Half within, s",
    "p90": "90 % within, s",
    "p95": "95 % within, s",
    "p99": "99 % within, s",
    "fees_usd_low": "Carrier fees from, USD",
    "fees_usd_high": "Carrier fees to, USD",
}
"""What the columns of measures are called for a reader; others are called as they are."""

_TERMS = (
    "Delivered: delivered or read. Failed: failed or undelivered. Unknown: sent, and no receipt came within three days.",
    "A rate counts only messages with a final status, and no canceled ones.",
    "An interval is Wilson's, at 95 %. Few messages make it wide.",
    "A latency may be shorter than shown: a price that comes late counts as the last change.",
    "GSM-7: how a text with the usual Latin letters is sent, 160 characters to a segment. Each segment is billed.",
    "UCS-2: how a text with any other character is sent, all of it at 70 characters to a segment.",
    "Spend is what Twilio charges for messages. Carrier fees come on top, and are on the bill only.",
)
"""What the words of the report mean."""
