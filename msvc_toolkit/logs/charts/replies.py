"""Charts of the people at the other end: who answers, who leaves, and who is written to all the same."""

from __future__ import annotations

from typing import Unpack

import pandas as pd
from matplotlib.axes import Axes

from msvc_toolkit.logs.charts import primitives
from msvc_toolkit.logs.charts.labels import count, labels, left_out, percent
from msvc_toolkit.logs.charts.layout import About, Row, Sheet

_RATES = {"reply_": "answers", "stop_": "opt-outs"}


def plot_replies(frame: pd.DataFrame, ax: Axes | None = None, **about: Unpack[About]) -> Axes:
    """Draw how many people answer and how many leave, for each message delivered, with the interval of each rate.

    On top are those that most people leave for certain: the highest lower ends of the opt-outs' intervals.
    """
    sheet = Sheet("How many people answer, and how many leave?", ax, about)
    key = str(frame.columns[0])
    frame = frame[frame["delivered"] > 0]
    if frame.empty:
        return sheet.nothing("No message of this selection was delivered, so nobody could answer.")
    ranked = frame.sort_values(["stop_low", "delivered"], ascending=False, kind="stable")
    shown = ranked.head(primitives.ROWS)
    rows = [
        Row(
            name,
            f"{percent(row['reply_rate'])} / {percent(row['stop_rate'])}",
            {key: row[key], "direction": ["inbound"]},
        )
        for name, row in zip(labels(key, shown[key], sheet.names), shown.to_dict("records"), strict=True)
    ]
    points = {
        told: (shown[f"{name}rate"].tolist(), shown[f"{name}low"].tolist(), shown[f"{name}high"].tolist())
        for name, told in _RATES.items()
    }
    primitives.rates(sheet.ax, rows, points)
    under = f"For each message delivered; the lines are 95 % intervals. {left_out(len(frame) - len(shown), key, 'with fewer opt-outs')}"
    return sheet.finish(rows=rows, legend=True, under=under)


def plot_after_stop(frame: pd.DataFrame, ax: Axes | None = None, **about: Unpack[About]) -> Axes:
    """Draw how many messages were sent to people who had said STOP, refused by Twilio or not."""
    sheet = Sheet("Who is written to after saying STOP?", ax, about)
    if frame.empty:
        return sheet.nothing("No message of this selection was for somebody who had said STOP.")
    key = str(frame.columns[0])
    shown = frame.sort_values("n", ascending=False, kind="stable").head(primitives.ROWS)
    rows = [
        Row(name, f"{count(row['n'], 'message')} to {row['people']:,}", {key: row[key], "error_code": [21610]})
        for name, row in zip(labels(key, shown[key], sheet.names), shown.to_dict("records"), strict=True)
    ]
    parts = {"refused with 21610": shown["refused"].tolist(), "went out": shown["went_out"].tolist()}
    primitives.heap(sheet.ax, rows, parts)
    primitives.counts(sheet.ax.xaxis)
    under = f"Beside each: messages to how many people. Twilio refuses what its opt-out handling knows of. {left_out(len(frame) - len(shown), key)}"
    return sheet.finish(rows=rows, legend=True, under=under, xlabel="messages")
