"""Charts of a forecast: the queues over time, and the bill. `plot_*` draws them with Matplotlib."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from msvc_toolkit.logs.charts.chart import Chart
from msvc_toolkit.logs.charts.labels import count
from msvc_toolkit.logs.charts.marks import OTHERS, TINTS, Lines, Row, Rows, Series
from msvc_toolkit.logs.charts.scales import Axis
from msvc_toolkit.planning.forecast import Forecast

if TYPE_CHECKING:
    from matplotlib.axes import Axes

QUEUES = 4
"""The largest number of queues with a line of their own; the others share one."""
_SMALL = 0.02
"""A queue that never reaches this share of the largest one also has no line of its own."""
FEES = "USD"
"""The currency of US carriers' fees."""


class _QueueLine(NamedTuple):
    """The segments that wait in a queue, at times in milliseconds since 1970."""

    name: str
    times: np.ndarray
    waiting: np.ndarray


def queue_chart(*plans: Forecast, names: Sequence[str] = ()) -> Chart:
    """Draw how many segments wait: in each queue of one plan; of several plans, in all queues together.

    Args:
        plans: The forecasts.
        names: The names of the plans, where there are several.
    """
    zone = plans[0].plan.start.tzinfo
    title = "Segments waiting in all queues, plan by plan" if len(plans) > 1 else "Segments waiting in Twilio's queues"
    chart = Chart(title, zone=str(zone))
    if len(plans) == 1:
        lines = sorted(_lines(plans[0]), key=lambda line: -line.waiting.max())
        own = [line for line in lines[:QUEUES] if line.waiting.max() >= _SMALL * lines[0].waiting.max()]
        rest = lines[len(own) :]
        others = rest[0].name if len(rest) == 1 else count(len(rest), "other queue")
        lines = own + ([_together(others, rest)] if rest else [])
    else:
        lines = [_together(name, _lines(one)) for name, one in zip(names, plans, strict=True)]
    most = max((float(line.waiting.max()) for line in lines), default=0.0)
    if most < 1:
        return replace(chart, empty="Nothing waits: every message leaves as soon as it is handed over.")

    def local(line: _QueueLine) -> list[datetime]:
        at = pd.to_datetime(line.times, unit="ms", utc=True).tz_convert(zone)
        return list(at.tz_localize(None).to_pydatetime())

    tints = (*TINTS[: len(lines) - 1], OTHERS) if len(lines) > QUEUES else TINTS
    series = [
        Series(line.name, line.waiting.tolist(), tint, [0.0] * len(line.times), line.waiting.tolist(), local(line))
        for line, tint in zip(lines, tints, strict=False)
    ]
    peaks = [f"{line.name}: at most {count(float(line.waiting.max()), 'segment')}" for line in lines]
    marks = Lines([_on_whole_hours(series[0]), *series[1:]], Axis(most * 1.04))
    return replace(chart, marks=marks, said="; ".join(peaks) + ".")


def bill_chart(forecast: Forecast) -> Chart:
    """Draw the cost of the messages to each country, and the fees of US carriers."""
    chart, bill = Chart("The bill, by country", zone=str(forecast.plan.start.tzinfo)), forecast.cost
    priced = bill["price"].notna()
    unit = str(bill.loc[priced, "currency"].iloc[0]) if priced.any() else FEES
    price, low, high = (bill[name].fillna(0.0) for name in ("amount", "fees_low", "fees_high"))
    if unit != FEES:
        low = high = 0.0 * low
    whole = price + high
    if not whole.any():
        return replace(chart, empty="No price is known. Enter what a segment costs to see the bill.")
    shown = whole[whole > 0].sort_values(ascending=False, kind="stable").index[:12]
    rows = [Row(str(bill["country"][at]), bill_words(bill.loc[[at]]), {"country": bill["country"][at]}) for at in shown]
    ends = [(price + one)[shown].tolist() for one in (low, high)]
    fees = Series("Carrier fees", ((low + high) / 2)[shown].tolist(), TINTS[5], *ends)
    series = [Series("Messages", price[shown].tolist(), TINTS[0]), *([fees] if high.any() else [])]
    unknown = bill.loc[~priced & (bill["segments"] > 0), "country"].tolist()
    under = [f"No price is known for {', '.join(unknown[:5])}." if unknown else ""]
    if bill["fees_high"].sum() and unit != FEES:
        under.append("Carrier fees are in USD and not drawn.")
    axis = Axis(float(whole.max()) * 1.05, label=unit, unit="count" if whole.max() >= 5 else "decimal")  # noqa: PLR2004
    return replace(chart, marks=Rows(rows, series, axis), under=" ".join(filter(None, under)))


def bill_words(bill: pd.DataFrame) -> str:
    """Write the total of rows of `Forecast.cost`, with fees; a range where the fees are a range."""
    known = bill[bill["price"].notna()]
    unit = str(known["currency"].iloc[0]) if len(known) else FEES
    price, low, high = (float(bill[name].sum()) for name in ("amount", "fees_low", "fees_high"))
    if unit == FEES:
        price, low, high = 0.0, price + low, price + high
    fees = amount(high) if amount(low) == amount(high) else f"{amount(low)} to {amount(high)}"
    parts = [f"{amount(price)} {unit}"] if price else []
    return " + ".join([*parts, *([f"{fees} {FEES}"] if high else [])]) or "no price known"


def amount(money: float) -> str:
    """Write an amount of money; small amounts get more decimals."""
    return f"{money:,.0f}" if money >= 100 else f"{money:,.2f}" if money >= 1 else f"{money:.4f}"  # noqa: PLR2004


def plot_queues(*plans: Forecast, names: Sequence[str] = (), ax: Axes | None = None) -> Axes:
    """Draw `queue_chart` with Matplotlib; a notebook shows ``.figure`` of the result."""
    return _plot(queue_chart(*plans, names=names), ax)


def plot_bill(forecast: Forecast, ax: Axes | None = None) -> Axes:
    """Draw `bill_chart` with Matplotlib; a notebook shows ``.figure`` of the result."""
    return _plot(bill_chart(forecast), ax)


def _plot(chart: Chart, ax: Axes | None) -> Axes:
    from msvc_toolkit.logs.charts.canvas import draw  # noqa: PLC0415 - Matplotlib takes 0.4 s to import

    return draw(chart, ax)


def _lines(forecast: Forecast) -> list[_QueueLine]:
    """Return the line of each queue. Each point is a millisecond later than the one before, so that no two share a time."""
    found = []
    for name, rows in forecast.queues.groupby("queue", sort=False):
        times = (rows["at"].map(datetime.timestamp).to_numpy() * 1000).round() + np.arange(len(rows))
        found.append(_QueueLine(str(name), times, rows["waiting"].to_numpy(float)))
    return found


def _together(name: str, lines: Iterable[_QueueLine]) -> _QueueLine:
    """Add up queues."""
    queues = list(lines)
    times = np.unique(np.concatenate([line.times for line in queues])) if queues else np.zeros(1)
    waiting = sum((np.interp(times, line.times, line.waiting, 0, 0) for line in queues), np.zeros(len(times)))
    return _QueueLine(name, times, waiting)


def _on_whole_hours(first: Series) -> Series:
    """Let a line begin and end on a whole hour, because the axis has a mark for each hour."""
    begin = first.times[0].replace(minute=0, second=0, microsecond=0)
    end = first.times[-1].replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    values = [0.0, *first.values, 0.0]  # noqa: PD011 - no pandas
    return replace(first, values=values, low=[0.0] * len(values), high=values, times=[begin, *first.times, end])
