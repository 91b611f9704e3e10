"""Charts that set one thing against another: before and after a moment, one sender and another."""

from __future__ import annotations

from typing import Any, Unpack

import pandas as pd
from matplotlib.axes import Axes

from msvc_toolkit.logs.charts import primitives
from msvc_toolkit.logs.charts.canvas import OUT
from msvc_toolkit.logs.charts.labels import labels, left_out, percent
from msvc_toolkit.logs.charts.layout import About, Row, Sheet
from msvc_toolkit.logs.measures.rates import IMMATURE, SMALL


def plot_before_after(frame: pd.DataFrame, ax: Axes | None = None, **about: Unpack[About]) -> Axes:
    """Draw delivery rates before and after a moment with their intervals, clear changes on top, the largest first."""
    sheet = Sheet("What changed in delivery?", ax, about)
    found = frame[frame["change"].notna()]
    if found.empty:
        return sheet.nothing("Nothing of this selection has a delivery rate on both sides of that moment.")
    key = str(frame.columns[0])
    size = found["change"].abs()
    ranked = found.assign(size=size).sort_values(["clear", "size"], ascending=False, kind="stable")
    shown, rest = ranked.head(primitives.ROWS), ranked.iloc[primitives.ROWS :]
    rows = [
        Row(name, f"{_points(row['change'])}{_doubt(row)}", {key: row[key], "direction": OUT})
        for name, row in zip(labels(key, shown[key], sheet.names), shown.to_dict("records"), strict=True)
    ]
    points = {
        side: (shown[f"rate_{side}"].tolist(), shown[f"low_{side}"].tolist(), shown[f"high_{side}"].tolist())
        for side in ("before", "after")
    }
    primitives.rates(sheet.ax, rows, points)
    under = [
        f"Delivered of settled, with 95 % intervals. A change is clear when they lie apart, neither rate is of fewer than {SMALL}",
        f"messages, and on neither side more than {IMMATURE:.0%} are in flight.",
        left_out(len(rest), key, "with smaller changes" if rest["clear"].any() else "without a clear change"),
        left_out(int((frame["change"].isna()).sum()), key, "without a rate on both sides"),
    ]
    return sheet.finish(rows=rows, legend=True, under=" ".join(filter(None, under)))


def _doubt(row: dict[Any, Any]) -> str:
    """Say why a change is not clear."""
    if row["clear"]:
        return ""
    if not (row["low_after"] > row["high_before"] or row["high_after"] < row["low_before"]):
        return ", not clear"
    return ", few messages" if row["small_before"] or row["small_after"] else ", in flight"


def plot_compare(frame: pd.DataFrame, ax: Axes | None = None, **about: Unpack[About]) -> Axes:
    """Draw two senders' delivery rates, as they are and on the same mix of destinations."""
    sheet = Sheet("Which of two senders delivers better?", ax, about)
    found = frame[frame["settled"] > 0]
    if len(found) < len(frame) or frame.empty:
        return sheet.nothing("One of the two has sent nothing in this selection.")
    rows = [
        Row(name, f"{percent(row['even_rate'])} on the same mix", {"number": row["number"], "direction": OUT})
        for name, row in zip(labels("number", frame["number"], sheet.names), frame.to_dict("records"), strict=True)
    ]
    even = frame["even_rate"].tolist()
    points = {
        "all its messages": (frame["rate"].tolist(), frame["low"].tolist(), frame["high"].tolist()),
        "the same mix of destinations": (even, even, even),
    }
    primitives.rates(sheet.ax, rows, points)
    first = frame.iloc[0]
    between = f"{_points(first['difference_low'])} to {_points(first['difference_high'])}"
    verdict = "clear" if first["clear"] else "not clear"
    under = f"Difference on the same mix of {first['places']} places: {_points(first['difference'])} ({between}), {verdict}."
    return sheet.finish(rows=rows, legend=True, under=under)


def _points(change: Any) -> str:
    return f"{100 * change:+.1f} points"
