"""Charts of the traffic: how many messages when, and at which hours of the week."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Unpack

import numpy as np
import pandas as pd

from msvc_toolkit.logs.charts.chart import About, Chart
from msvc_toolkit.logs.charts.labels import count, labels
from msvc_toolkit.logs.charts.marks import OTHERS, TINTS, WEEKDAYS, Bar, Columns, Week, parts
from msvc_toolkit.logs.charts.scales import Axis

SERIES = 6
"""How many series a stack holds at most; the smaller ones are added up as others."""
_STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=31)}


def volume_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw how many messages there were in each hour, day, week or month, by what else `volume` was asked by.

    `errors` by one of these is drawn as well.
    """
    period = next(name for name in frame.columns if name in _STEPS)
    of_errors = {"error_code", "rate"} <= {*frame.columns}
    chart = Chart(f"{'Messages with an error' if of_errors else 'Messages'} by {period}", **about)
    if frame.empty:
        return replace(chart, empty="No message is in this selection.")
    key = next((name for name in frame.columns[:2] if name not in (period, "n")), "")
    edges, places = _columns(frame[period], _STEPS[period])
    codes, values = pd.factorize(frame[key]) if key else (np.zeros(len(frame), int), [""])
    heights = np.zeros((len(values), len(edges) - 1))
    np.add.at(heights, (codes, places), frame["n"].to_numpy(float))
    ranked = np.argsort(-heights.sum(axis=1), kind="stable")
    names, under = labels(key, [values[at] for at in ranked], chart.names) if key else [""], ""
    series = {name: heights[at].tolist() for name, at in zip(names[:SERIES], ranked, strict=False)}
    if len(names) > SERIES:
        series["others"] = heights[ranked[SERIES:]].sum(axis=0).tolist()
        under = f"Others: {len(names) - SERIES} with fewer messages."
    whole, met = heights.sum(axis=0), sorted({*places.tolist()})
    written = "%a %Y-%m-%d %H:%M" if period == "hour" else "%a %Y-%m-%d"
    bars = [
        Bar({"since": edges[at], "until": edges[at + 1]}, f"{edges[at]:{written}}: {count(whole[at], 'message')}")
        for at in met
    ]
    local = [edge.replace(tzinfo=None) for edge in edges]
    drawn = parts(series)
    if of_errors:  # the first color is that of what was delivered
        drawn = [replace(one, tint=tint) for one, tint in zip(drawn, (*TINTS[1:], TINTS[0], OTHERS), strict=False)]
    marks = Columns(local, drawn, Axis(float(whole.max()) * 1.04 or 1.0), bars, met)
    return replace(chart, marks=marks, under=under)


def heat_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw at which hours of the week messages go out."""
    chart = Chart("When messages go out", **about)
    chart = replace(chart, title=f"{chart.title}, {chart.zone}")
    if not frame["n"].any():
        return replace(chart, empty="No message of this selection has gone out.")
    hours = np.zeros((7, 24))
    np.add.at(hours, (frame["weekday"].to_numpy(int), frame["hour_of_day"].to_numpy(int)), frame["n"].to_numpy(float))
    weekday, hour = divmod(int(hours.argmax()), 24)
    most = f"{WEEKDAYS[weekday]} from {hour:02}:00: {count(hours.max(), 'message')}."
    return replace(chart, marks=Week(hours.tolist()), said=f"Most on {most}", under=f"Most on {most}")


def _columns(times: pd.Series[Any], step: timedelta) -> tuple[list[datetime], np.ndarray[Any, Any]]:
    """Return the edges of columns, without a gap between the first and the last time, and the column of each time."""
    codes, unique = pd.factorize(times)
    starts = [one.to_pydatetime() for one in unique]
    edges = [min(starts)]
    while edges[-1] <= max(starts):
        after = edges[-1] + step
        edges.append(after.replace(day=1) if step > timedelta(days=7) else after)
    places = {edge: at for at, edge in enumerate(edges)}
    return edges, np.array([places[one] for one in starts])[codes]
