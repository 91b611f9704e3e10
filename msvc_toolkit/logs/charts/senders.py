"""Charts of the senders: which a service chose for whom, who heard from several, which do nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Unpack

import pandas as pd

from msvc_toolkit.logs.charts.chart import About, Chart
from msvc_toolkit.logs.charts.labels import count, label, labels, left_out, money, percent
from msvc_toolkit.logs.charts.marks import OUT, ROWS, Row, Rows, bars, parts, rates
from msvc_toolkit.logs.charts.scales import Axis

SENDERS = 5
"""How many senders a chart of choices names; the others are added up."""


def choices_chart(frame: pd.DataFrame, *, by: str = "area_code", **about: Unpack[About]) -> Chart:
    """Draw which senders a service chose for the destinations it wrote to most, by "area_code" or "country"."""
    chart = Chart("Senders chosen, by destination", **about)
    place = ["country", "area_code"] if by == "area_code" else ["country"]
    table = frame.pivot_table(index=place, columns="number", values="n", aggfunc="sum", fill_value=0)
    if table.empty:
        return replace(chart, empty="No service chose a sender in this selection.")
    whole = table.sum(axis=1)
    shown = table.loc[whole.sort_values(ascending=False, kind="stable").index[:ROWS]]
    met = shown.sum().sort_values(ascending=False, kind="stable")
    senders = met[met > 0].index
    named = labels("number", senders, chart.names)
    shares = {
        name: (shown[it] / whole[shown.index]).tolist() for name, it in zip(named[:SENDERS], senders, strict=False)
    }
    if len(senders) > SENDERS:
        shares["others"] = (shown[senders[SENDERS:]].sum(axis=1) / whole[shown.index]).tolist()
    chosen = {"direction": OUT[:2], "messaging_service_sid": frame["messaging_service_sid"].unique().tolist()}
    rows = []
    for key, n in whole[shown.index].items():
        values = dict(zip(place, key if isinstance(key, tuple) else (key,), strict=True))
        named_place = " ".join(label(name, value) for name, value in values.items() if value)
        rows.append(Row(named_place or label("country", ""), count(int(n), "message"), values | chosen))
    marks = Rows(rows, parts(shares), Axis(1, unit="percent"))
    return replace(chart, marks=marks, under=left_out(len(table) - len(shown), place[-1]))


def stickiness_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw what share of the people a service wrote to again met more than one of its senders."""
    chart = Chart("People who heard from more than one sender of a service", **about)
    found = frame[frame["repeated"] > 0]
    if found.empty:
        return replace(chart, empty="No service of this selection wrote to anybody twice.")
    key = "messaging_service_sid"
    shown = found.sort_values(["low", "repeated"], ascending=False, kind="stable").head(ROWS)
    rows = chart.rows(shown, key, lambda row: f"{percent(row['rate'])} of {row['repeated']:,} people", direction=OUT)
    broken = (shown["rate"].tolist(), shown["low"].tolist(), shown["high"].tolist())
    under = left_out(len(found) - len(shown), key, "where fewer people did")
    return replace(chart, marks=rates(rows, {"": broken}), under=f"The lines are 95 % intervals. {under}".strip())


def idle_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw for how many days each idle sender has neither sent nor received, and say what it costs a month."""
    chart = Chart("Idle senders", **about)
    found = frame[frame["idle"]]
    if found.empty:
        return replace(chart, empty="Every sender has sent or received something in the last thirty days.")
    shown = found.sort_values("days", ascending=False, kind="stable").head(ROWS)
    days = shown["days"].tolist()
    return replace(
        chart,
        marks=bars(chart.rows(shown, "number", _idle), days, 4, Axis(max(days) or 1, label="days")),
        under=left_out(len(found) - len(shown), "number", "idle for a shorter time"),
    )


def _idle(row: dict[Any, Any]) -> str:
    ever = "" if row["n"] else ", not one message"
    cost = f", {money(row['cost'], row['price_unit'])} a month" if not pd.isna(row["cost"]) else ""
    return f"{row['days']} days{ever}{cost}"
