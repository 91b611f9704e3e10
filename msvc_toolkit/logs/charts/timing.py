"""Charts of how long and how fast: latency, and each sender's busiest minute against its limit."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any, Unpack

import pandas as pd

from msvc_toolkit.logs.charts.chart import About, Chart
from msvc_toolkit.logs.charts.labels import count, labels, left_out, percent, span
from msvc_toolkit.logs.charts.marks import OUT, ROWS, TINTS, Row, Rows, Series, bars, heap, rates
from msvc_toolkit.logs.charts.scales import Axis
from msvc_toolkit.logs.measures.timing import CAMPAIGN, SMALL

_POINTS = {"p50": "half of them", "p95": "95 of 100", "p99": "99 of 100"}

_SIDE = ("number", "messaging_service_sid")
"""The column that a row of `peaks` is about: of a sender, of a campaign."""


def latency_chart(frame: pd.DataFrame, *, wait: str = "sent to final", **about: Unpack[About]) -> Chart:
    """Draw within how long messages were through, for "created to sent" or "sent to final", the slowest on top."""
    asked = {
        "created to sent": "Time from created to sent",
        "sent to final": "Time from sent to final status",
    }
    chart = Chart(asked[wait], **about)
    key = str(frame.columns[0])
    found = frame[(frame["wait"] == wait) & (frame["n"] > 0)]
    if found.empty:
        return replace(chart, empty="No message of this selection has got that far.")
    ranked = found.sort_values(["small", "p95", "p50"], ascending=[True, False, False], kind="stable")
    shown, rest = ranked.head(ROWS), ranked.iloc[ROWS:]
    rows = chart.rows(
        shown,
        key,
        lambda row: f"{' / '.join(span(row[name]) for name in _POINTS)}{'*' * bool(row['small'])}",
        direction=OUT,
    )
    series = [
        Series(name, shown[column].tolist(), tint) for (column, name), tint in zip(_POINTS.items(), TINTS, strict=False)
    ]
    axis = Axis(1.3 * float(shown[[*_POINTS]].to_numpy().max()) or 1.0, unit="seconds")
    bound = "An upper bound: a price that comes late counts as a change. " if wait == "sent to final" else ""
    few = "* is of few messages. " if shown["small"].any() else ""
    quick = rest[~rest["small"]]
    under = [
        left_out(len(quick), key, f"that got 95 of 100 through within {span(quick['p95'].max())}")
        if len(quick)
        else "",
        left_out(len(rest) - len(quick), key, f"with fewer than {SMALL} messages"),
    ]
    words = f"{bound}{few}{' '.join(filter(None, under))}".strip()
    return replace(chart, marks=Rows(rows, series, axis, "ranges"), under=words)


def peaks_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw each sender's busiest minute as a share of what it may send in one; in segments where no limit is known."""
    known = frame[frame["share"].notna()]
    found, by = (frame, "peak") if known.empty else (known, "share")
    asked = (
        "Busiest minute of each sender"
        if known.empty
        else "Busiest minute, as a share of what a sender may send in one"
    )
    chart = Chart(asked, **about)
    if found.empty:
        return replace(chart, empty="No message of this selection has gone out.")
    shown = found.sort_values(by, ascending=False, kind="stable").head(ROWS)
    rows = [
        Row(name, _peak(row), {_SIDE[row["kind"] == CAMPAIGN]: row["number"], "direction": OUT})
        for name, row in zip(labels("number", shown["number"], chart.names), shown.to_dict("records"), strict=True)
    ]
    values = shown[by].tolist()
    axis = Axis(max(values) or 1, label="segments a minute")
    line = ""
    if not known.empty:
        line = "The dashed line is the limit; what is over it waits in the sender's queue."
        axis = Axis(max(1.05, max(values) * 1.05), unit="percent", limit=1.0)
    further = "further from the limit" if by == "share" else "with a smaller peak"
    under = [line, _unknown(len(frame) - len(known)), left_out(len(found) - len(shown), "number", further)]
    return replace(chart, marks=bars(rows, values, 2, axis), under=" ".join(filter(None, under)))


def _peak(row: dict[Hashable, Any]) -> str:
    if pd.isna(row["share"]):
        return f"{row['peak']:,} segments"
    return f"{percent(row['share'])}: {row['peak']:,} of {row['limit']:,.0f} segments"


def _unknown(count: int) -> str:
    """Say how many have no known limit, and how to give one."""
    has = "sender has" if count == 1 else "senders have"
    return f"{count:,} {has} no known limit; US numbers share their campaign's rate." if count else ""


def quiet_hours_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw what was sent to the US in quiet hours: by the recipients' hours, or the share of each sender, service or state."""
    chart = Chart("Messages to the US by their recipients' clocks", **about)
    key = str(frame.columns[0])
    met = frame[frame["n"] > 0]
    if met.empty:
        return replace(chart, empty="No message of this selection was sent to a US number with a known area code.")
    under = "Quiet hours as Twilio enforces them, for messages that are not essential; no legal advice."
    sent = {"country": "US", "direction": OUT[:2]}
    if key == "hour_of_day":
        rows = [Row(f"{row['hour_of_day']:02}:00", _quiet(row), sent) for row in met.to_dict("records")]
        whole, allowed = met["quiet"], met["n"] - met["quiet"]
        counted = {
            "allowed": allowed.tolist(),
            "quiet everywhere": met["federal"].tolist(),
            "quiet in their state": (whole - met["federal"]).tolist(),
        }
        return replace(chart, marks=heap(rows, counted, "messages"), under=under)
    found = met[met["quiet"] > 0]
    chart = replace(chart, title="Share sent in quiet hours of US recipients")
    if found.empty:
        return replace(chart, empty="No message of this selection was sent in quiet hours.")
    shown = found.sort_values(["low", "quiet"], ascending=False, kind="stable").head(ROWS)
    rows = chart.rows(shown, key, _quiet, **sent)
    points = {"": (shown["rate"].tolist(), shown["low"].tolist(), shown["high"].tolist())}
    left = left_out(len(found) - len(shown), key, "with a smaller share")
    return replace(chart, marks=rates(rows, points), under=f"{under} The lines are 95 % intervals. {left}".strip())


def _quiet(row: dict[Hashable, Any]) -> str:
    quiet = f", {percent(row['rate'])} in quiet hours" if row["quiet"] else ""
    return f"{count(row['n'], 'message')}{quiet}"
