"""Charts of what became of the messages: outcomes, errors, latency, before and after, one sender against another."""

from __future__ import annotations

import math
from typing import Any, Unpack

import pandas as pd
from matplotlib.axes import Axes

from msvc_toolkit.logs.charts import primitives
from msvc_toolkit.logs.charts.canvas import COLOURS, OUT
from msvc_toolkit.logs.charts.labels import count, labels, left_out, money, percent, short
from msvc_toolkit.logs.charts.layout import About, Row, Sheet
from msvc_toolkit.logs.measures.rates import OUTCOMES, SMALL, settle, worst_first

PERIODS = ("hour", "day", "week", "month")
_SETTLED = {"delivered": "delivered", "failed": "failed", "unknown": "unknown", "other": "other"}


def plot_outcomes(frame: pd.DataFrame, ax: Axes | None = None, **about: Unpack[About]) -> Axes:
    """Draw what became of each sender's messages, or of whatever `outcomes` tells apart, the worst delivery on top.

    The worst is what is bad for certain: see `rates.worst_first`. When it tells hours, days, weeks or months apart, the rates are drawn over time.
    """
    period = next((name for name in frame.columns if name in PERIODS), "")
    if period:
        return _over_time(frame, period, ax, about)
    sheet = Sheet("How many messages were delivered?", ax, about)
    key = str(frame.columns[0])
    settled = frame[frame["settled"] > 0]
    if settled.empty:
        return sheet.nothing("No message of this selection has gone out and come to its end.")
    ranked = worst_first(settled)
    shown, rest = ranked.head(primitives.ROWS), ranked.iloc[primitives.ROWS :]
    rows = [
        Row(name, _rate(row), {key: row[key], "direction": OUT})
        for name, row in zip(labels(key, shown[key], sheet.names), shown.to_dict("records"), strict=True)
    ]
    parts = {told: (shown[name] / shown["settled"]).tolist() for name, told in _SETTLED.items() if shown[name].any()}
    primitives.shares(sheet.ax, rows, parts, (shown["low"].tolist(), shown["high"].tolist()))
    marks_met = [
        "The black line is the delivery rate's 95 % interval.",
        "* is a rate of few messages." if shown["small"].any() else "",
        "† may still move, because messages are in flight." if shown["immature"].any() else "",
        not_shown(rest, key),
        left_out(int((frame["n"] > 0).sum()) - len(settled), key, "without a message that has come to its end"),
    ]
    return sheet.finish(rows=rows, legend=True, under=" ".join(filter(None, marks_met)))


def plot_errors(
    frame: pd.DataFrame, ax: Axes | None = None, *, by: str = "messages", **about: Unpack[About]
) -> Axes:  # fmt: skip
    """Draw which errors stop messages, ranked by "messages", or by "money" in each currency."""
    sheet = Sheet("Which errors stop messages?" if by == "messages" else "Which errors cost most?", ax, about)
    column, keys = (
        ("n", ["error_code", "meaning"]) if by == "messages" else ("cost", ["error_code", "meaning", "price_unit"])
    )
    found = frame.groupby(keys, sort=False, as_index=False)[column].sum()
    found = found[found[column] > 0].sort_values(column, ascending=False, kind="stable")
    if found.empty:
        said = "carries an error" if by == "messages" else "that carries an error has cost anything"
        return sheet.nothing(f"No message of this selection {said}.")
    shown = found.head(primitives.ROWS)
    rows = [
        Row(
            short(f"{row['error_code']} {row['meaning']}".rstrip(" .")),
            count(row["n"], "message") if by == "messages" else money(row["cost"], row["price_unit"]),
            {"error_code": row["error_code"], "direction": OUT},
        )
        for row in shown.to_dict("records")
    ]
    primitives.bars(sheet.ax, rows, shown[column].tolist(), colour=1)
    primitives.counts(sheet.ax.xaxis)
    under = left_out(
        len(found) - len(shown), "error_code", "that cost less" if by == "money" else "with fewer messages"
    )
    return sheet.finish(rows=rows, under=under)


def not_shown(rest: pd.DataFrame, column: str) -> str:
    """Say which rates are left out where the worst are shown.

    Args:
        rest: What is left out, of `outcomes`.
        column: What they are rates of.
    """
    few = rest["small"].to_numpy(bool)
    lowest = math.floor(1000 * rest["rate"][~few].min()) / 10 if not few.all() else 0
    enough = left_out(int((~few).sum()), column, f"with {lowest:.1f} % or more delivered")
    return " ".join(filter(None, [enough, left_out(int(few.sum()), column, f"with fewer than {SMALL} messages")]))


def _over_time(frame: pd.DataFrame, period: str, ax: Axes | None, about: About) -> Axes:
    """Draw delivery rates over time, one line for each of what else is told apart."""
    sheet = Sheet(f"What share was delivered, {period} by {period}?", ax, about)
    frame = frame[frame["settled"] > 0]
    if frame.empty:
        return sheet.nothing("No message of this selection has gone out and come to its end.")
    key = next((name for name in frame.columns[:2] if name not in (period, "n")), "")
    groups: dict[Any, pd.DataFrame] = dict(iter(frame.groupby(key, sort=False))) if key else {"all": frame}
    whole = settle(pd.DataFrame({value: group[["n", *OUTCOMES]].sum() for value, group in groups.items()}).T)
    ranked = worst_first(whole)
    worst = list(ranked.index[: len(COLOURS)])
    series = {
        name: (groups[value][period].tolist(), _interval(groups[value]))
        for name, value in zip(labels(key, worst, sheet.names), worst, strict=True)
    }
    primitives.lines(sheet.ax, series)
    last = [f"{name} ends at {percent(rates[-1])}" for name, (_, (rates, _, _)) in series.items()]
    sheet.drawn.told = f"{'; '.join(last)}."
    under = f"Shaded: 95 % intervals. {not_shown(ranked.iloc[len(COLOURS) :], key)}"
    return sheet.finish(legend=bool(key), left="100%", under=under)


def _interval(frame: pd.DataFrame) -> primitives.Interval:
    return frame["rate"].tolist(), frame["low"].tolist(), frame["high"].tolist()


def _rate(row: dict[Any, Any]) -> str:
    marked = "*" * bool(row["small"]) + "†" * bool(row["immature"])
    return f"{percent(row['rate'])}{marked} of {row['settled']:,}"
