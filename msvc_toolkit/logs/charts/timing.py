"""Charts of how long and how fast: latency, and each sender's busiest minute against its limit."""

from __future__ import annotations

from typing import Unpack

import pandas as pd
from matplotlib.axes import Axes

from msvc_toolkit.logs.charts import marks
from msvc_toolkit.logs.charts.canvas import INK, OUT
from msvc_toolkit.logs.charts.labels import labels, left_out, percent, span
from msvc_toolkit.logs.charts.sheet import About, Row, Sheet
from msvc_toolkit.logs.measures.timing import SMALL

_POINTS = {"p50": "half of them", "p95": "95 of 100", "p99": "99 of 100"}


def plot_latency(
    frame: pd.DataFrame, ax: Axes | None = None, *, wait: str = "sent to final", **about: Unpack[About]
) -> Axes:  # fmt: skip
    """Draw within how long messages were through, for "created to sent" or "sent to final", the slowest on top."""
    asked = {
        "created to sent": "How long until a message was sent?",
        "sent to final": "How long until its end was known?",
    }
    sheet = Sheet(asked[wait], ax, about)
    key = str(frame.columns[0])
    found = frame[(frame["wait"] == wait) & (frame["n"] > 0)]
    if found.empty:
        return sheet.nothing("No message of this selection has got that far.")
    ranked = found.sort_values(["small", "p95", "p50"], ascending=[True, False, False], kind="stable")
    shown, rest = ranked.head(marks.ROWS), ranked.iloc[marks.ROWS :]
    rows = [
        Row(
            name, f"{span(row['p50'])}, {span(row['p95'])}{'*' * bool(row['small'])}", {key: row[key], "direction": OUT}
        )
        for name, row in zip(labels(key, shown[key], sheet.names), shown.to_dict("records"), strict=True)
    ]
    marks.ranges(sheet.ax, rows, {told: shown[name].tolist() for name, told in _POINTS.items()})
    bound = "An upper bound: a price that comes late counts as a change. " if wait == "sent to final" else ""
    few = "* is of few messages. " if shown["small"].any() else ""
    quick = rest[~rest["small"]]
    under = [
        left_out(len(quick), key, f"that got 95 of 100 through within {span(quick['p95'].max())}")
        if len(quick)
        else "",
        left_out(len(rest) - len(quick), key, f"with fewer than {SMALL} messages"),
    ]
    return sheet.finish(rows=rows, legend=True, under=f"{bound}{few}{' '.join(filter(None, under))}")


def plot_peaks(frame: pd.DataFrame, ax: Axes | None = None, **about: Unpack[About]) -> Axes:
    """Draw each sender's busiest minute as a share of what it may send in one."""
    sheet = Sheet("Who came near what a sender may send in a minute?", ax, about)
    found = frame[frame["share"].notna()]
    if found.empty:
        return sheet.nothing("No message of this selection has gone out from a sender with a known limit.")
    shown = found.sort_values("share", ascending=False, kind="stable").head(marks.ROWS)
    rows = [
        Row(name, f"{percent(row['share'])}: {row['peak']:,} of {row['limit']:,.0f} segments", {"number": row["number"], "direction": OUT})
        for name, row in zip(labels("number", shown["number"], sheet.names), shown.to_dict("records"), strict=True)
    ]  # fmt: skip
    marks.bars(sheet.ax, rows, shown["share"].tolist(), colour=2)
    marks.hundredths(sheet.ax.xaxis)
    sheet.ax.set_xlim(0, max(1.05, float(shown["share"].max()) * 1.05))
    sheet.ax.axvline(1.0, color=INK, linestyle="--", linewidth=1.4)
    rest = left_out(len(found) - len(shown), "number", "further from the limit")
    under = f"The dashed line is the limit; what is over it waits in the sender's queue. {rest}"
    return sheet.finish(rows=rows, under=under)
