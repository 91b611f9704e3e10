"""A forecast in words, figures and tables, and as a page to share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, overload

import pandas as pd

from msvc_toolkit.html import cards, document
from msvc_toolkit.logs.charts import svg
from msvc_toolkit.logs.charts.chart import Chart
from msvc_toolkit.logs.charts.labels import span
from msvc_toolkit.logs.tiles import Tile, Tiles
from msvc_toolkit.planning.advice import Advice, advise
from msvc_toolkit.planning.charts import bill_chart, bill_words, queue_chart
from msvc_toolkit.planning.forecast import ABOUT_THE_LIST, Forecast, round_up
from msvc_toolkit.planning.model import Audience, SendPlan
from msvc_toolkit.rules import addresses
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.widgets import saved_files

VERDICTS: Mapping[bool | None, tuple[cards.Mood, str]] = {
    True: ("done", "It fits"),
    False: ("problem", "It does not fit"),
    None: ("warning", "It depends"),
}
PRICE = "Price of a segment"
"""The label of the form's input for prices."""
TITLE, THIS = "Plan of a large send", "This plan"
_SENDERS = 10
"""How many senders of a plan are named."""


@overload
def plan_report(
    forecast: Forecast, path: None = None, *, beside: Mapping[str, Forecast] | None = None, title: str = TITLE
) -> document.Page: ...
@overload
def plan_report(
    forecast: Forecast, path: str | Path, *, beside: Mapping[str, Forecast] | None = None, title: str = TITLE
) -> Path: ...
def plan_report(
    forecast: Forecast,
    path: str | Path | None = None,
    *,
    beside: Mapping[str, Forecast] | None = None,
    title: str = TITLE,
) -> document.Page | Path:
    """Write a forecast as one HTML file that needs no other file: verdict, charts, tables, advice and sources.

    Args:
        forecast: The forecast.
        path: The file to write. If it exists already, a number is added to the name.
        beside: Other plans to compare it with, by name.
        title: Its title.

    Returns:
        The file's path; without `path` the page, which a notebook shows. Phone numbers are masked.
    """
    made = page(forecast, advise(forecast.plan, forecast), beside or {}, title=title)
    if path is None:
        return made
    file = Path(path).expanduser()
    return saved_files.write(file.parent, {file.name: made.encode()})[0]


def page(
    forecast: Forecast, advice: Iterable[Advice], beside: Mapping[str, Forecast], *, title: str = TITLE
) -> document.Page:
    """Make the page of a forecast, its advice and other plans."""
    return document.Page(document.page(title, *parts(forecast, advice, beside), looks=("review", "log", "plan")))


def compare_plans(plans: Mapping[str, Forecast]) -> pd.DataFrame:
    """Compare forecasts: a column for each plan, a row for each figure.

    Args:
        plans: The forecasts by name.
    """
    columns = {
        name: {"Verdict": VERDICTS[one.fits][1]}
        | {tile.label: f"{tile.figure} ({tile.beside})" if tile.beside else tile.figure for tile in _figures(one)}
        for name, one in plans.items()
    }
    return pd.DataFrame(columns).fillna("")


def parts(
    forecast: Forecast, advice: Iterable[Advice], beside: Mapping[str, Forecast], *, charts: bool = True
) -> list[cards.Html]:
    """Return all parts of a forecast's page.

    Args:
        forecast: The forecast.
        advice: Changes that would help.
        beside: Other plans to compare it with, by name.
        charts: Whether charts are drawn; some viewers of notebooks do not show them.
    """
    queues, bill = (drawn(chart(forecast)) if charts else cards.Html() for chart in (queue_chart, bill_chart))
    better = [cards.steps(one.sentence for one in advice)]
    return [
        verdict(forecast),
        tiles(forecast),
        document.section("The plan", cards.facts(plan_words(forecast.plan))),
        *([document.section("Compared", comparison(forecast, beside, charts=charts))] if beside else []),
        document.section("Each sender", queues, senders_table(forecast)),
        document.section("What fails", errors_table(forecast)),
        *([document.section("The bill", bill)] if charts else []),
        *([document.section("What would do better", *better)] if advice else []),
        document.section("Every figure used, and where it is from", facts_table(forecast)),
    ]


def comparison(forecast: Forecast, beside: Mapping[str, Forecast], *, charts: bool = True) -> cards.Html:
    """Draw a plan beside others: a table of figures, and a chart of what waits in all queues."""
    plans = {**beside, THIS: forecast}
    frame = compare_plans(plans)
    table = cards.table(["", *frame.columns], frame.reset_index().to_numpy().tolist())
    return table + (drawn(queue_chart(*plans.values(), names=[*plans])) if charts else "")


def verdict(forecast: Forecast) -> cards.Html:
    """Draw whether a plan fits, and why."""
    mood, words = VERDICTS[forecast.fits]
    warned = forecast.fits is True and bool(forecast.warnings)
    said = map(cards.text, (forecast.verdict, *forecast.warnings))
    return cards.banner("warning" if warned else mood, f"{words}, with a warning" if warned else words, *said)


def tiles(forecast: Forecast) -> cards.Html:
    """Draw the main figures of a plan."""
    return Tiles(_figures(forecast), f"Times in {forecast.plan.start.tzinfo}.").html


def senders_table(forecast: Forecast) -> cards.Html:
    """Draw the load of each sender."""
    rows = [
        (
            row.sender,
            row.kind,
            f"{row.messages:,}",
            f"{row.segments:,}",
            f"{row.rate:g} a second{', shared' if row.queue == 'campaign' else ''}",
            "" if pd.isna(row.begins) else f"{row.begins:%a %H:%M} to {round_up(row.ends):%a %H:%M}",
            span(row.longest_wait.total_seconds()),
        )
        for row in _rows(forecast.senders)
    ]
    return cards.table(["Sender", "Kind", "Messages", "Segments", "Rate", "Leave", "Longest wait"], rows)


def errors_table(forecast: Forecast) -> cards.Html:
    """Draw what fails, and why."""
    if forecast.errors.empty:
        return cards.text("No message is expected to fail.")
    code = cards.Html('<span class="msvc-number">{}</span>')
    rows = [
        (code.format(row.error_code), _range(row.messages_low, row.messages_high), row.reason)
        for row in _rows(forecast.errors)
    ]
    ranges = (forecast.errors["messages_low"] != forecast.errors["messages_high"]).sum() > 1
    note = "Each range covers every case that is possible. The highest numbers do not all occur in the same case."
    return cards.table(["Error", "Messages", "Why"], rows) + (cards.text(note, css="msvc-small") if ranges else "")


def facts_table(forecast: Forecast) -> cards.Html:
    """Draw every figure that the forecast uses, with source, date and grade."""
    rows = []
    for row in _rows(forecast.facts):
        read = f" ({row.grade}, read {row.read})" if row.read else ""  # what was given has no grade
        rows.append((row.what, row.value, f"{row.source}{read}"))
    return cards.table(["Figure", "Value", "Source, grade and date"], rows)


def drawn(chart: Chart) -> cards.Html:
    """Draw a chart with its title and its notes."""
    note = chart.empty or chart.under
    picture = document.figure(svg.draw(chart)) if chart.marks else ""
    return cards.text(chart.title, "h4") + picture + (cards.text(note, css="msvc-small") if note else "")


def plan_words(plan: SendPlan) -> dict[str, str]:
    """Write each part of a plan, by its name."""
    senders, rest = [sender.shown for sender in plan.senders[:_SENDERS]], len(plan.senders) - _SENDERS
    shown = {
        "Recipients": recipients_words(plan.audience),
        "Text": addresses.mask_in(plan.body),
        "Media": "yes, sent as MMS" if plan.media else "",
        "Senders": f"{', '.join(senders)}{f' and {rest:,} more' if rest > 0 else ''}",
        "US campaign": campaign_words(plan),
        "Start": _written(plan.start),
        "Deadline": _written(plan.deadline) if plan.deadline else "",
        "Spread over": count(plan.days, "day"),
        "Quiet hours": "messages are held until they end" if plan.quiet_hours else "no message is held",
        "Pace": f"{plan.requests_per_second:g} messages a second" if plan.requests_per_second else "all at once",
    }
    return {name: words for name, words in shown.items() if words}


def recipients_words(audience: Audience) -> str:
    """Write how many recipients are in each country, as the form reads them: "US 40,000, GB 500"."""
    found: dict[str, int] = {}
    for group in audience.groups:
        where = f"{group.channel}:{group.country}" if group.channel else group.country or "unknown"
        found[where] = found.get(where, 0) + group.count
    return ", ".join(f"{where} {n:,}" for where, n in sorted(found.items(), key=lambda item: (-item[1], item[0])))


def campaign_words(plan: SendPlan) -> str:
    """Write what is known of the campaign of the US numbers."""
    if plan.registered is False:
        return "none that is verified"
    known = " or ".join(tier.name for tier in plan.tiers) if plan.tier else "tier not known"
    return known if plan.registered else f"{known}; whether it is verified is not known"


def _figures(forecast: Forecast) -> list[Tile]:
    plan, bill, errors = forecast.plan, forecast.cost, forecast.errors
    begin, end = map(round_up, forecast.finish)
    last = (f"{end:%a %H:%M}", f"{end:%Y-%m-%d}")
    if begin != end:
        same = begin.date() == end.date()
        last = (f"{begin:%a %H:%M} to {end:{'%H:%M' if same else '%a %H:%M'}}", f"until {end:%Y-%m-%d}")
    of_the_list = errors.loc[errors["error_code"].isin(ABOUT_THE_LIST), "messages_high"].sum()
    fail = _range(*(round(one + of_the_list) for one in forecast.failed))
    no_price = bill["price"].isna().all()
    fees_alone = no_price and bill["fees_high"].any()
    beside = [f"no message price: enter it in “{PRICE}”"] if no_price else []
    if forecast.unpriced and not no_price:
        beside.append(f"no price for {', '.join(forecast.unpriced)}")
    if bill["failed"].any():
        part = bill[["amount", "fees_low", "fees_high"]].mul(bill["failed"] / bill["messages"].clip(lower=1), axis=0)
        beside.append(
            f"{bill_words(bill.assign(**part))} of it for {count(int(bill['failed'].sum()), 'message')} that leave and then fail"
        )
    return [
        Tile("Last message leaves", *last),
        Tile("Messages that fail", fail, f"of {plan.audience.count + plan.audience.unreadable:,}"),
        Tile("Carrier fees alone" if fees_alone else "Cost with fees", bill_words(bill), "; ".join(beside)),
        Tile("Segments", f"{bill['segments'].sum():,}", f"{forecast.segments} each, {forecast.encoding}"),
        Tile("Days", str((end.date() - plan.start.date()).days + 1), f"from {plan.start:%Y-%m-%d}"),
    ]


def _written(at: datetime) -> str:
    return f"{at:%a %Y-%m-%d %H:%M} {at.tzinfo}"


def _rows(frame: pd.DataFrame) -> Iterable[Any]:
    """Return the rows of a frame; the types of their values are not known."""
    return frame.itertuples()


def _range(low: int, high: int) -> str:
    return f"{high:,}" if low == high else f"{low:,} to {high:,}"
