"""Charts that compare: before and after a time, one sender and another."""

from __future__ import annotations

from typing import Any, Unpack

import pandas as pd

from msvc_toolkit.logs.charts.chart import About, Chart, intervals, largest
from msvc_toolkit.logs.charts.labels import left_out, percent
from msvc_toolkit.logs.charts.marks import OUT, rates
from msvc_toolkit.logs.measures.rates import IMMATURE, SMALL


def before_after_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw delivery rates before and after a time, with intervals; clear changes come first, the largest on top."""
    moment = frame.attrs.get("moment", "")
    chart = Chart(f"Delivered before and after{' ' * bool(moment)}{moment}, with 95 % intervals", **about)
    found = frame[frame["change"].notna()]
    if found.empty:
        return chart.nothing("Nothing in this selection has a delivery rate both before and after that time.")
    key = str(frame.columns[0])
    shown, rest = largest(found.assign(size=found["change"].abs()), ["clear", "size"])
    rows = chart.rows(shown, key, lambda row: f"{_points(row['change'])}{_doubt(row)}", direction=OUT)
    points = {side: intervals(shown, suffix=f"_{side}") for side in ("before", "after")}
    return chart.of(
        rates(rows, points),
        f"Delivered of settled, with 95 % intervals. A change is clear when they lie apart, neither rate is of fewer than {SMALL}",
        f"messages, and on neither side more than {IMMATURE:.0%} are in flight.",
        left_out(len(rest), key, "with smaller changes" if rest["clear"].any() else "without a clear change"),
        left_out(int((frame["change"].isna()).sum()), key, "without a rate both before and after"),
    )


def _doubt(row: dict[Any, Any]) -> str:
    """Say why a change is not clear."""
    if row["clear"]:
        return ""
    if not (row["low_after"] > row["high_before"] or row["high_after"] < row["low_before"]):
        return ", not clear"
    return ", few messages" if row["small_before"] or row["small_after"] else ", in flight"


def compare_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw two senders' delivery rates, as they are and on the same mix of destinations."""
    chart = Chart("Delivered by two senders, with 95 % intervals", **about)
    found = frame[frame["settled"] > 0]
    if len(found) < len(frame) or frame.empty:
        return chart.nothing("One of the two has sent nothing in this selection.")
    rows = chart.rows(frame, "number", lambda row: f"{percent(row['even_rate'])} on the same mix", direction=OUT)
    even = frame["even_rate"].tolist()
    points = {"all its messages": intervals(frame), "the same mix of destinations": (even, even, even)}
    first = frame.iloc[0]
    between = f"{_points(first['difference_low'])} to {_points(first['difference_high'])}"
    verdict = "clear" if first["clear"] else "not clear"
    under = f"Difference on the same mix of {first['places']} places: {_points(first['difference'])} ({between}), {verdict}."
    return chart.of(rates(rows, points), under)


def _points(change: Any) -> str:
    return f"{100 * change:+.1f} points"
