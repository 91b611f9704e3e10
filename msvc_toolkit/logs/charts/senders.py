"""Charts of the senders: which a service chose for whom, who met several of them, which do nothing."""

from __future__ import annotations

from typing import Any, Unpack

import pandas as pd
from matplotlib.axes import Axes

from msvc_toolkit.logs.charts import primitives
from msvc_toolkit.logs.charts.canvas import OUT
from msvc_toolkit.logs.charts.labels import count, label, labels, left_out, money, percent
from msvc_toolkit.logs.charts.layout import About, Row, Sheet

SENDERS = 5
"""How many senders a chart of choices tells apart; the others stand together."""


def plot_choices(
    frame: pd.DataFrame, ax: Axes | None = None, *, by: str = "area_code", **about: Unpack[About]
) -> Axes:  # fmt: skip
    """Draw which senders a service chose for the destinations it wrote to most, by "area_code" or "country"."""
    sheet = Sheet("Which senders were chosen for which destinations?", ax, about)
    place = ["country", "area_code"] if by == "area_code" else ["country"]
    table = frame.pivot_table(index=place, columns="number", values="n", aggfunc="sum", fill_value=0)
    if table.empty:
        return sheet.nothing("No service chose a sender in this selection.")
    whole = table.sum(axis=1)
    shown = table.loc[whole.sort_values(ascending=False, kind="stable").index[: primitives.ROWS]]
    met = shown.sum().sort_values(ascending=False, kind="stable")
    senders = met[met > 0].index
    named = labels("number", senders, sheet.names)
    parts = {
        name: (shown[it] / whole[shown.index]).tolist() for name, it in zip(named[:SENDERS], senders, strict=False)
    }
    if len(senders) > SENDERS:
        parts["others"] = (shown[senders[SENDERS:]].sum(axis=1) / whole[shown.index]).tolist()
    chosen = {"direction": OUT[:2], "messaging_service_sid": frame["messaging_service_sid"].unique().tolist()}
    rows = []
    for key, n in whole[shown.index].items():
        values = dict(zip(place, key if isinstance(key, tuple) else (key,), strict=True))
        told = " ".join(label(name, value) for name, value in values.items() if value)
        rows.append(Row(told or label("country", ""), count(int(n), "message"), values | chosen))
    primitives.shares(sheet.ax, rows, parts)
    return sheet.finish(rows=rows, legend=True, under=left_out(len(table) - len(shown), place[-1]))


def plot_stickiness(frame: pd.DataFrame, ax: Axes | None = None, **about: Unpack[About]) -> Axes:
    """Draw what share of the people a service wrote to again met more than one of its senders."""
    sheet = Sheet("How many people met more than one sender of a service?", ax, about)
    found = frame[frame["repeated"] > 0]
    if found.empty:
        return sheet.nothing("No service of this selection wrote to anybody twice.")
    key = "messaging_service_sid"
    shown = found.sort_values(["low", "repeated"], ascending=False, kind="stable").head(primitives.ROWS)
    rows = [
        Row(name, f"{percent(row['rate'])} of {row['repeated']:,} people", {key: row[key], "direction": OUT})
        for name, row in zip(labels(key, shown[key], sheet.names), shown.to_dict("records"), strict=True)
    ]
    broken = (shown["rate"].tolist(), shown["low"].tolist(), shown["high"].tolist())
    primitives.rates(sheet.ax, rows, {"met several senders": broken})
    under = left_out(len(found) - len(shown), key, "where fewer people did")
    return sheet.finish(rows=rows, under=f"The lines are 95 % intervals. {under}")


def plot_idle(frame: pd.DataFrame, ax: Axes | None = None, **about: Unpack[About]) -> Axes:
    """Draw for how many days each idle sender has neither sent nor received, and say what it costs a month."""
    sheet = Sheet("Which senders do nothing?", ax, about)
    found = frame[frame["idle"]]
    if found.empty:
        return sheet.nothing("Every sender has sent or received something in the last thirty days.")
    shown = found.sort_values("days", ascending=False, kind="stable").head(primitives.ROWS)
    rows = [
        Row(name, _idle(row), {"number": row["number"]})
        for name, row in zip(labels("number", shown["number"], sheet.names), shown.to_dict("records"), strict=True)
    ]
    primitives.bars(sheet.ax, rows, shown["days"].tolist(), colour=4)
    primitives.counts(sheet.ax.xaxis)
    return sheet.finish(
        rows=rows, under=left_out(len(found) - len(shown), "number", "idle for a shorter time"), xlabel="days"
    )


def _idle(row: dict[Any, Any]) -> str:
    ever = "" if row["n"] else ", not one message"
    cost = f", {money(row['cost'], row['price_unit'])} a month" if not pd.isna(row["cost"]) else ""
    return f"{row['days']} days{ever}{cost}"
