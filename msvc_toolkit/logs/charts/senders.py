"""Charts of senders and their recipients: chosen senders, idle senders, answers, and messages after STOP."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Unpack

import pandas as pd

from msvc_toolkit.logs.charts.chart import About, Chart, intervals, largest
from msvc_toolkit.logs.charts.labels import count, label, labels, left_out, money, percent
from msvc_toolkit.logs.charts.marks import OUT, ROWS, Row, Rows, bars, heap, parts, rates
from msvc_toolkit.logs.charts.scales import Axis

SENDERS = 5
"""How many senders a chart of choices names; the others are added up."""


def choices_chart(frame: pd.DataFrame, *, by: str = "area_code", **about: Unpack[About]) -> Chart:
    """Draw which senders a service chose for the destinations it wrote to most, by "area_code" or "country"."""
    chart = Chart("Senders chosen, by destination", **about)
    place = ["country", "area_code"] if by == "area_code" else ["country"]
    table = frame.pivot_table(index=place, columns="number", values="n", aggfunc="sum", fill_value=0)
    if table.empty:
        return chart.nothing("No service chose a sender in this selection.")
    whole = table.sum(axis=1)
    shown = table.loc[whole.sort_values(ascending=False, kind="stable").index[:ROWS]]
    met = shown.sum().sort_values(ascending=False, kind="stable")
    senders = met[met > 0].index
    named = labels("number", senders, chart.names)
    first = zip(named[:SENDERS], senders, strict=False)
    shares = {name: (shown[number] / whole[shown.index]).tolist() for name, number in first}
    if len(senders) > SENDERS:
        shares["others"] = (shown[senders[SENDERS:]].sum(axis=1) / whole[shown.index]).tolist()
    chosen = {"direction": OUT[:2], "messaging_service_sid": frame["messaging_service_sid"].unique().tolist()}
    rows = []
    for key, n in whole[shown.index].items():
        values = dict(zip(place, key if isinstance(key, tuple) else (key,), strict=True))
        named_place = " ".join(label(name, value) for name, value in values.items() if value)
        rows.append(Row(named_place or label("country", ""), count(int(n), "message"), values | chosen))
    marks = Rows(rows, parts(shares), Axis(1, unit="percent"))
    return chart.of(marks, left_out(len(table) - len(shown), place[-1]))


def stickiness_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw what share of the people who got several messages from a service got them from more than one sender."""
    chart = Chart("People who heard from more than one sender of a service", **about)
    found = frame[frame["repeated"] > 0]
    if found.empty:
        return chart.nothing("No service of this selection wrote to anybody twice.")
    key = "messaging_service_sid"
    shown, rest = largest(found, ["low", "repeated"])
    rows = chart.rows(shown, key, lambda row: f"{percent(row['rate'])} of {row['repeated']:,} people", direction=OUT)
    left = left_out(len(rest), key, "where fewer people did")
    return chart.of(rates(rows, {"": intervals(shown)}), "The lines are 95 % intervals.", left)


def idle_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw for how many days each idle sender has neither sent nor received, and say what each costs a month."""
    chart = Chart("Idle senders", **about)
    found = frame[frame["idle"]]
    if found.empty:
        return chart.nothing("Every sender has sent or received something in the last thirty days.")
    shown, rest = largest(found, "days")
    days = shown["days"].tolist()
    marks = bars(chart.rows(shown, "number", _idle), days, 4, Axis(max(days) or 1, label="days"))
    return chart.of(marks, left_out(len(rest), "number", "idle for a shorter time"))


def _idle(row: dict[Any, Any]) -> str:
    ever = "" if row["n"] else ", not one message"
    cost = f", {money(row['cost'], row['price_unit'])} a month" if not pd.isna(row["cost"]) else ""
    return f"{row['days']} days{ever}{cost}"


_RATES = {"reply_": "answers", "stop_": "opt-outs"}


def replies_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw how many people answer and how many opt out, for each message delivered, with the interval of each rate.

    The rows are sorted by the lower end of the interval of opt-outs, the highest on top.
    """
    chart = Chart("Answers and opt-outs per message delivered", **about)
    key = str(frame.columns[0])
    frame = frame[frame["delivered"] > 0]
    if frame.empty:
        return chart.nothing("No message of this selection was delivered, so nobody could answer.")
    shown, rest = largest(frame, ["stop_low", "delivered"])
    both = [
        (percent(reply), percent(stop)) for reply, stop in zip(shown["reply_rate"], shown["stop_rate"], strict=True)
    ]
    rows = [
        replace(row, words=f"{reply} / {stop}", said=f"{reply} answers, {stop} opt-outs")
        for row, (reply, stop) in zip(chart.rows(shown, key, str, direction=["inbound"]), both, strict=True)
    ]
    points = {words: intervals(shown, name) for name, words in _RATES.items()}
    under = "For each message delivered; the lines are 95 % intervals."
    return chart.of(rates(rows, points), under, left_out(len(rest), key, "with fewer opt-outs"))


def after_stop_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw how many messages were sent to people who had said STOP, refused by Twilio or not."""
    chart = Chart("Messages to people who had said STOP", **about)
    if frame.empty:
        return chart.nothing("No message of this selection was for somebody who had said STOP.")
    key = str(frame.columns[0])
    shown, rest = largest(frame, "n")
    rows = chart.rows(shown, key, lambda row: f"{count(row['n'], 'message')} to {row['people']:,}", error_code=[21610])
    parts = {"refused with 21610": shown["refused"].tolist(), "went out": shown["went_out"].tolist()}
    under = (
        "Beside each bar: the number of messages and of people. Twilio refuses a message if it knows of the opt-out."
    )
    return chart.of(heap(rows, parts, "messages"), under, left_out(len(rest), key))
