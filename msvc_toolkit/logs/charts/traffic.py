"""Charts of the traffic: how many messages when, at which hours of the week, and how long they took."""

from __future__ import annotations

from datetime import timedelta
from typing import Unpack

import pandas as pd
from matplotlib.axes import Axes

from msvc_toolkit.logs.charts import primitives
from msvc_toolkit.logs.charts.canvas import Bar
from msvc_toolkit.logs.charts.labels import count, labels
from msvc_toolkit.logs.charts.layout import About, Row, Sheet

SERIES = 6
"""How many series a stack holds at most; the smaller ones stand together as others."""
_STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=31)}


def plot_volume(frame: pd.DataFrame, ax: Axes | None = None, **about: Unpack[About]) -> Axes:
    """Draw how many messages there were in each hour, day, week or month, told apart by what else `volume` was asked by.

    `errors` by one of these is drawn as well.
    """
    of_errors = {"error_code", "rate"} <= {*frame.columns}
    sheet = Sheet("Which errors, and when?" if of_errors else "How many messages, and when?", ax, about)
    if frame.empty:
        return sheet.nothing("No message is in this selection.")
    period = next(name for name in frame.columns if name in _STEPS)
    key = next((name for name in frame.columns[:2] if name not in (period, "n")), "")
    table = frame.assign(**{} if key else {"": ""}).pivot_table(
        index=period, columns=key, values="n", aggfunc="sum", fill_value=0
    )
    table = table[table.sum().sort_values(ascending=False, kind="stable").index]
    names, under = labels(key, table.columns, sheet.names), ""
    series = {name: table[value].tolist() for name, value in zip(names[:SERIES], table.columns, strict=False)}
    if len(names) > SERIES:
        series["others"] = table[table.columns[SERIES:]].sum(axis=1).tolist()
        under = f"Others: {len(names) - SERIES} with fewer messages."
    moments, step = [moment.to_pydatetime() for moment in table.index], _STEPS[period]
    written = "%a %Y-%m-%d %H:%M" if period == "hour" else "%a %Y-%m-%d"
    told = [
        Bar({"since": moment, "until": moment + step}, f"{moment:{written}}: {count(n, 'message')}")
        for moment, n in zip(moments, table.sum(axis=1), strict=True)
    ]
    primitives.stack(sheet.ax, moments, series, step, told)
    return sheet.finish(legend=bool(key), left="00,000", under=under)


def plot_heat(frame: pd.DataFrame, ax: Axes | None = None, **about: Unpack[About]) -> Axes:
    """Draw at which hours of the week messages go out."""
    sheet = Sheet("At which hours of the week do messages go out?", ax, about)
    if not frame["n"].any():
        return sheet.nothing("No message of this selection has gone out.")
    weekday, hour, n = frame.sort_values("n")[["weekday", "hour_of_day", "n"]].iloc[-1].tolist()
    sheet.drawn.told = f"Most on {primitives.WEEKDAYS[weekday]} from {hour:02}:00: {count(n, 'message')}."
    grid = frame.pivot_table(index="weekday", columns="hour_of_day", values="n", aggfunc="sum", fill_value=0)
    primitives.week(sheet.ax, grid.reindex(index=range(7), columns=range(24), fill_value=0).to_numpy())
    return sheet.finish(left="Wednesday", rows=[Row("", "0,000,000", {})])
