"""The chart of clicks on short links."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Unpack

import pandas as pd

from msvc_toolkit.logs.charts.chart import About, Chart
from msvc_toolkit.logs.charts.delivery import PERIODS
from msvc_toolkit.logs.charts.labels import count, left_out, noun, percent, span
from msvc_toolkit.logs.charts.marks import OUT, ROWS, TINTS, Lines, Series, rates
from msvc_toolkit.logs.charts.scales import Axis


def clicks_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw the share of the messages that arrived whose links were opened, the highest on top; over time if grouped by a time."""
    key = str(frame.columns[0])
    chart = Chart(f"Short links opened by {noun(key)}, with 95 % intervals", **about)
    if frame.empty or not frame["clicked"].any():
        return replace(chart, empty="No short link of this selection has been opened.")
    lost = frame.attrs.get("unmatched", 0)
    under = f"{count(lost, 'event')} belong to messages that are not in this selection." if lost else ""
    if key in PERIODS and frame[key].is_unique:
        rate, low, high = (frame[column].tolist() for column in ("rate", "low", "high"))
        series = Series("", rate, TINTS[0], low, high, [one.to_pydatetime() for one in frame[key]])
        said = f"The line ends at {percent(rate[-1])}."
        return replace(chart, marks=Lines([series], Axis(1, unit="percent")), said=said, under=under)
    shown = frame.sort_values(["low", "clicked"], ascending=False, kind="stable").head(ROWS)
    points = {"": (shown["rate"].tolist(), shown["low"].tolist(), shown["high"].tolist())}
    left = left_out(len(frame) - len(shown), key, "with a smaller share")
    few = "* marks a rate of few messages." if shown["small"].any() else ""
    marks = rates(chart.rows(shown, key, _rate, direction=OUT), points)
    return replace(chart, marks=marks, under=" ".join(filter(None, [few, left, under])))


def _rate(row: dict[Any, Any]) -> str:
    half = f", half within {span(row['p50'])}" if row["clicked"] else ""
    return f"{percent(row['rate'])}{'*' * bool(row['small'])} of {count(row['arrived'], 'message')}{half}"
