"""Charts of how many messages there were and when, of what became of them, before and after, and of clicks."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Unpack

import numpy as np
import pandas as pd

from msvc_toolkit.logs.charts.chart import About, Chart, intervals, largest
from msvc_toolkit.logs.charts.labels import count, labels, left_out, money, noun, percent, span
from msvc_toolkit.logs.charts.marks import (
    OTHERS,
    OUT,
    ROWS,
    TINTS,
    WEEKDAYS,
    Bar,
    Columns,
    Lines,
    Row,
    Rows,
    Series,
    Tint,
    Week,
    bars,
    parts,
    rates,
)
from msvc_toolkit.logs.charts.scales import Axis
from msvc_toolkit.logs.measures.rates import IMMATURE, OUTCOMES, SMALL, settle, worst_first

SERIES = 6
"""The most series in a stack; the smaller ones are added up as "others"."""
_STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=31)}
PERIODS = tuple(_STEPS)


def volume_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw the number of messages in each hour, day, week or month, stacked by the other column that `volume` was grouped by.

    It also draws `errors` grouped by a time.
    """
    period = next(name for name in frame.columns if name in _STEPS)
    of_errors = {"error_code", "rate"} <= {*frame.columns}
    chart = Chart(f"{'Messages with an error' if of_errors else 'Messages'} by {period}", **about)
    if frame.empty:
        return chart.nothing("No message is in this selection.")
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
    return chart.of(Columns(local, drawn, Axis(float(whole.max()) * 1.04 or 1.0), bars, met), under)


def heat_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw at which hours of the week messages go out."""
    chart = Chart("When messages go out", **about)
    chart = replace(chart, title=f"{chart.title}, {chart.zone}")
    if not frame["n"].any():
        return chart.nothing("No message of this selection has gone out.")
    hours = np.zeros((7, 24))
    np.add.at(hours, (frame["weekday"].to_numpy(int), frame["hour_of_day"].to_numpy(int)), frame["n"].to_numpy(float))
    weekday, hour = divmod(int(hours.argmax()), 24)
    most = f"Most on {WEEKDAYS[weekday]} from {hour:02}:00: {count(hours.max(), 'message')}."
    return replace(chart.of(Week(hours.tolist()), most), said=most)


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


_WHOLE = "whole"
_NONE_ENDED = "No message that went out in this selection has a final status."
LINES = 3
"""How many groups get a line of their own over time, the worst first; the others share one."""
_SETTLED = ("delivered", "failed", "unknown", "other")


def outcomes_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw the outcomes of each group of `outcomes`, such as each sender, the worst delivery on top.

    `rates.worst_first` says what counts as worst. If grouped by a time, the rates are drawn over time.
    """
    period = next((name for name in frame.columns if name in PERIODS), "")
    if period:
        return _over_time(frame, period, about)
    key = str(frame.columns[0])
    chart = Chart(f"Delivered by {noun(key)}, with 95 % interval", **about)
    settled = frame[frame["settled"] > 0]
    if settled.empty:
        return chart.nothing(_NONE_ENDED)
    ranked = worst_first(settled)
    shown, rest = ranked.head(ROWS), ranked.iloc[ROWS:]
    shares = parts({name: (shown[name] / shown["settled"]).tolist() for name in _SETTLED if shown[name].any()})
    shares[0] = replace(shares[0], low=shown["low"].tolist(), high=shown["high"].tolist())
    rows = Rows(chart.rows(shown, key, _rate, direction=OUT), shares, Axis(1, unit="percent"))
    return chart.of(
        rows,
        "The line with ends is the 95 % interval of the delivery rate. The row with the lowest upper end is on top.",
        "* marks a rate of few messages." if shown["small"].any() else "",
        "† marks a rate that may still change: messages are in flight." if shown["immature"].any() else "",
        not_shown(rest, key),
        left_out(int((frame["n"] > 0).sum()) - len(settled), key, "without a message that has a final status"),
    )


def errors_chart(frame: pd.DataFrame, *, by: str = "messages", **about: Unpack[About]) -> Chart:
    """Draw which errors stop messages, ranked by "messages", or by "money" in each currency."""
    costs = by != "messages"
    chart = Chart("What failed messages cost" if costs else "What stops messages", **about)
    column, keys = ("cost", ["error_code", "meaning", "price_unit"]) if costs else ("n", ["error_code", "meaning"])
    found = frame.groupby(keys, sort=False, as_index=False)[column].sum()
    found = found[found[column] > 0]
    if found.empty:
        said = "that carries an error has cost anything" if costs else "carries an error"
        return chart.nothing(f"No message of this selection {said}.")
    shown, rest = largest(found, column)
    rows = [
        Row(
            f"{row['error_code']} {row['meaning']}".rstrip(" ."),
            money(row["cost"], row["price_unit"]) if costs else count(row["n"], "message"),
            {"error_code": row["error_code"], "direction": OUT},
        )
        for row in shown.to_dict("records")
    ]
    values = shown[column].tolist()
    left = left_out(len(rest), "error_code", "that cost less" if costs else "with fewer messages")
    return chart.of(bars(rows, values, 1, Axis(max(values), unit="decimal") if costs else None), left)


def not_shown(rest: pd.DataFrame, column: str) -> str:
    """Write how many groups are left out when only the worst are shown."""
    few = rest["small"].to_numpy(bool)
    lowest = math.floor(1000 * rest["rate"][~few].min()) / 10 if not few.all() else 0
    enough = left_out(int((~few).sum()), column, f"with {lowest:.1f} % or more delivered")
    return " ".join(filter(None, [enough, left_out(int(few.sum()), column, f"with fewer than {SMALL} messages")]))


def _over_time(frame: pd.DataFrame, period: str, about: About) -> Chart:
    """Draw delivery rates over time: a line for each of the worst groups, and one for all others together."""
    chart = Chart(f"Delivered by {period}, with 95 % interval", **about)
    frame = frame[frame["settled"] > 0]
    if frame.empty:
        return chart.nothing(_NONE_ENDED)
    key = next((name for name in frame.columns[:2] if name not in (period, "n")), "")
    if not key:
        frame = frame.assign(**{_WHOLE: "all"})
    grouped = frame.groupby(key or _WHOLE, sort=False)
    whole = settle(grouped[["n", *OUTCOMES]].sum())
    whole["few"] = whole["settled"] < SMALL * grouped.size()  # their lines would jump
    ranked = worst_first(whole).sort_values("few", kind="stable")
    worst = list(ranked.index[:LINES] if len(ranked) > LINES + 1 else ranked.index)
    lines = [
        (name, frame[frame[key or _WHOLE] == value], tint)
        for name, value, tint in zip(labels(key, worst, chart.names), worst, TINTS, strict=False)
    ]
    if len(worst) < len(ranked):
        rest = frame[~frame[key].isin(worst)].groupby(period, as_index=False)[["n", *OUTCOMES]].sum()
        lines.append((f"{len(ranked) - len(worst):,} others together", settle(rest), OTHERS))
    series, said = list[Series](), list[str]()
    for name, group, tint in lines:
        series.append(_line(name if key else "", group, period, tint))
        said.append(f"{name if key else 'all'} ends at {percent(group['rate'].iloc[-1])}")
    weeks = "Each point is a week that begins on Monday, or the selected part of it." if period == "week" else ""
    drawn = chart.of(Lines(series, Axis(1, unit="percent")), "Shaded: 95 % intervals.", weeks)
    return replace(drawn, said=f"{'; '.join(said)}.")


def _line(name: str, frame: pd.DataFrame, period: str, tint: Tint) -> Series:
    times = [one.to_pydatetime() for one in frame[period]]
    rate, low, high = intervals(frame)
    return Series(name, rate, tint, low, high, times)


def _rate(row: dict[Any, Any]) -> str:
    marked = "*" * bool(row["small"]) + "†" * bool(row["immature"])
    return f"{percent(row['rate'])}{marked} of {row['settled']:,}"


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
        f"Delivered of settled, with 95 % intervals. A change is clear if the intervals do not overlap, each rate has at least {SMALL}",
        f"messages, and at most {IMMATURE:.0%} of each side are in flight.",
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


def clicks_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw the share of the messages that arrived whose links were opened, the highest on top; over time if grouped by a time."""
    key = str(frame.columns[0])
    chart = Chart(f"Short links opened by {noun(key)}, with 95 % intervals", **about)
    if frame.empty or not frame["clicked"].any():
        return chart.nothing("No short link of this selection has been opened.")
    lost = frame.attrs.get("unmatched", 0)
    under = f"{count(lost, 'event')} belong to messages that are not in this selection." if lost else ""
    if key in PERIODS and frame[key].is_unique:
        drawn = chart.of(Lines([_line("", frame, key, TINTS[0])], Axis(1, unit="percent")), under)
        return replace(drawn, said=f"The line ends at {percent(frame['rate'].iloc[-1])}.")
    shown, rest = largest(frame, ["low", "clicked"])
    few = "* marks a rate of few messages." if shown["small"].any() else ""
    marks = rates(chart.rows(shown, key, _clicked, direction=OUT), {"": intervals(shown)})
    return chart.of(marks, few, left_out(len(rest), key, "with a smaller share"), under)


def _clicked(row: dict[Any, Any]) -> str:
    half = f", half within {span(row['p50'])}" if row["clicked"] else ""
    return f"{percent(row['rate'])}{'*' * bool(row['small'])} of {count(row['arrived'], 'message')}{half}"
