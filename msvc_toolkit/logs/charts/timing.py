"""Charts of how long and how fast: latency, and each sender's busiest minute against its limit."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any, Unpack

import pandas as pd

from msvc_toolkit.logs.charts.chart import About, Chart, intervals, largest
from msvc_toolkit.logs.charts.labels import count, labels, left_out, percent, span
from msvc_toolkit.logs.charts.marks import OUT, TINTS, Row, Rows, Series, bars, heap, rates
from msvc_toolkit.logs.charts.scales import Axis
from msvc_toolkit.logs.measures.timing import CAMPAIGN, SMALL

_POINTS = {"p50": "half of them", "p95": "95 of 100", "p99": "99 of 100"}

_SIDE = ("number", "messaging_service_sid")
"""The column that a row of `peaks` is about: of a sender, of a campaign."""


def latency_chart(frame: pd.DataFrame, *, wait: str = "sent to final", **about: Unpack[About]) -> Chart:
    """Draw how long messages took, for "created to sent" or "sent to final", the slowest on top."""
    upper_bound = wait == "sent to final"
    chart = Chart("Time from sent to final status" if upper_bound else "Time from created to sent", **about)
    key = str(frame.columns[0])
    found = frame[(frame["wait"] == wait) & (frame["n"] > 0)]
    if found.empty:
        return chart.nothing("No message of this selection has got that far.")
    shown, rest = largest(found, ["small", "p95", "p50"], ascending=[True, False, False])
    rows = chart.rows(shown, key, _waits, direction=OUT)
    points = zip(_POINTS.items(), TINTS, strict=False)
    series = [Series(name, shown[column].tolist(), tint) for (column, name), tint in points]
    axis = Axis(1.3 * float(shown[[*_POINTS]].to_numpy().max()) or 1.0, unit="seconds")
    quick = rest[~rest["small"]]
    slowest = span(quick["p95"].max()) if len(quick) else ""
    return chart.of(
        Rows(rows, series, axis, "ranges"),
        "Some waits were shorter than shown: a price that comes late counts as the last change." if upper_bound else "",
        "* marks few messages." if shown["small"].any() else "",
        left_out(len(quick), key, f"that got 95 of 100 through within {slowest}"),
        left_out(len(rest) - len(quick), key, f"with fewer than {SMALL} messages"),
    )


def _waits(row: dict[Hashable, Any]) -> str:
    return f"{' / '.join(span(row[name]) for name in _POINTS)}{'*' * bool(row['small'])}"


def peaks_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw each sender's busiest minute as a share of what it may send in a minute, or in segments if no limit is known."""
    known = frame[frame["share"].notna()]
    found, by = (frame, "peak") if known.empty else (known, "share")
    of_limit = "Busiest minute, as a share of what a sender may send in one"
    chart = Chart("Busiest minute of each sender" if known.empty else of_limit, **about)
    if found.empty:
        return chart.nothing("No message of this selection has gone out.")
    shown, rest = largest(found, by)
    rows = [
        Row(name, _peak(row), {_SIDE[row["kind"] == CAMPAIGN]: row["number"], "direction": OUT})
        for name, row in zip(labels("number", shown["number"], chart.names), shown.to_dict("records"), strict=True)
    ]
    values = shown[by].tolist()
    axis = Axis(max(values) or 1, label="segments a minute")
    line = ""
    if not known.empty:
        line = "The dashed line is the limit; segments above it wait in the sender's queue."
        axis = Axis(max(1.05, max(values) * 1.05), unit="percent", limit=1.0)
    further = "further from the limit" if by == "share" else "with a smaller peak"
    left = left_out(len(rest), "number", further)
    has = "sender has" if len(frame) - len(known) == 1 else "senders have"
    unknown = f"{len(frame) - len(known):,} {has} no known limit; US numbers share their campaign's rate."
    return chart.of(bars(rows, values, 2, axis), line, unknown if len(known) < len(frame) else "", left)


def _peak(row: dict[Hashable, Any]) -> str:
    if pd.isna(row["share"]):
        return f"{row['peak']:,} segments"
    return f"{percent(row['share'])}: {row['peak']:,} of {row['limit']:,.0f} segments"


def quiet_hours_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw what was sent to the US in quiet hours: by the recipients' hours, or the share of each sender, service or state."""
    chart = Chart("Messages to the US by their recipients' clocks", **about)
    key = str(frame.columns[0])
    met = frame[frame["n"] > 0]
    if met.empty:
        return chart.nothing("No message of this selection was sent to a US number with a known area code.")
    under = "Quiet hours as Twilio enforces them, for messages that are not essential. This is not legal advice."
    sent = {"country": "US", "direction": OUT[:2]}
    if key == "hour_of_day":
        rows = [Row(f"{row['hour_of_day']:02}:00", _quiet(row), sent) for row in met.to_dict("records")]
        parts = {"allowed": met["n"] - met["quiet"], "quiet everywhere": met["federal"]}
        parts["quiet in their state"] = met["quiet"] - met["federal"]
        counted = {name: n.tolist() for name, n in parts.items()}
        return chart.of(heap(rows, counted, "messages"), under)
    found = met[met["quiet"] > 0]
    chart = replace(chart, title="Share sent in quiet hours of US recipients")
    if found.empty:
        return chart.nothing("No message of this selection was sent in quiet hours.")
    shown, rest = largest(found, ["low", "quiet"])
    rows = chart.rows(shown, key, _quiet, **sent)
    left = left_out(len(rest), key, "with a smaller share")
    return chart.of(rates(rows, {"": intervals(shown)}), under, "The lines are 95 % intervals.", left)


def _quiet(row: dict[Hashable, Any]) -> str:
    quiet = f", {percent(row['rate'])} in quiet hours" if row["quiet"] else ""
    return f"{count(row['n'], 'message')}{quiet}"
