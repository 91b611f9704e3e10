"""Charts of the recipients: who answers, who opts out, and who still gets messages after STOP."""

from __future__ import annotations

from dataclasses import replace
from typing import Unpack

import pandas as pd

from msvc_toolkit.logs.charts.chart import About, Chart
from msvc_toolkit.logs.charts.labels import count, left_out, percent
from msvc_toolkit.logs.charts.marks import ROWS, heap, rates

_RATES = {"reply_": "answers", "stop_": "opt-outs"}


def replies_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw how many people answer and how many opt out, for each message delivered, with the interval of each rate.

    On top are those with the most opt-outs for certain: the highest lower ends of their intervals.
    """
    chart = Chart("Answers and opt-outs per message delivered", **about)
    key = str(frame.columns[0])
    frame = frame[frame["delivered"] > 0]
    if frame.empty:
        return replace(chart, empty="No message of this selection was delivered, so nobody could answer.")
    ranked = frame.sort_values(["stop_low", "delivered"], ascending=False, kind="stable")
    shown = ranked.head(ROWS)
    rows = chart.rows(
        shown, key, lambda row: f"{percent(row['reply_rate'])} / {percent(row['stop_rate'])}", direction=["inbound"]
    )
    points = {
        words: (shown[f"{name}rate"].tolist(), shown[f"{name}low"].tolist(), shown[f"{name}high"].tolist())
        for name, words in _RATES.items()
    }
    under = f"For each message delivered; the lines are 95 % intervals. {left_out(len(frame) - len(shown), key, 'with fewer opt-outs')}"
    return replace(chart, marks=rates(rows, points), under=under.strip())


def after_stop_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw how many messages were sent to people who had said STOP, refused by Twilio or not."""
    chart = Chart("Messages to people who had said STOP", **about)
    if frame.empty:
        return replace(chart, empty="No message of this selection was for somebody who had said STOP.")
    key = str(frame.columns[0])
    shown = frame.sort_values("n", ascending=False, kind="stable").head(ROWS)
    rows = chart.rows(shown, key, lambda row: f"{count(row['n'], 'message')} to {row['people']:,}", error_code=[21610])
    parts = {"refused with 21610": shown["refused"].tolist(), "went out": shown["went_out"].tolist()}
    under = f"Beside each: messages to how many people. Twilio refuses what its opt-out handling knows of. {left_out(len(frame) - len(shown), key)}"
    return replace(chart, marks=heap(rows, parts, "messages"), under=under.strip())
