"""Forecast a planned send: when its messages leave, how many fail, and what they cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from msvc_toolkit.errors import InvalidInput
from msvc_toolkit.html import cards
from msvc_toolkit.planning import flow
from msvc_toolkit.planning.flow import CAMPAIGN, Run, SendRoute
from msvc_toolkit.planning.model import SendPlan
from msvc_toolkit.rules import error_codes, facts, quiet_hours, rates, sender_ids, sender_selection
from msvc_toolkit.rules.plurals import count

ABOUT_THE_LIST = frozenset({flow.NOT_A_NUMBER, flow.LANDLINE})
"""Errors that come from the list of recipients; another plan does not avoid them."""
_RATES = "rules/rates.toml"
_CHARGED = ("local", "toll-free", "short code")


@dataclass(frozen=True, repr=False, eq=False)  # frames have no truth of their own
class Forecast:
    """The forecast of a planned send.

    Args:
        plan: The plan.
        verdict: The result in one sentence.
        fits: Whether all messages leave in time and none fails because of the plan; None where that depends on something
            that is not known.
        finish: When the last message leaves, at the earliest and at the latest.
        segments: Segments of one message.
        encoding: GSM-7 or UCS-2.
        senders: A row for each sender that is used.
        errors: A row for each error code, with the fewest and the most messages that fail with it.
        queues: How many segments wait in each queue, at each time when it begins to grow or to shrink.
        cost: A row for each country: messages that leave, how many of them fail after that, their price, and the
            carriers' fees.
        facts: Every figure used: what, value, grade, source and when it was read.
        failed: How many messages fail for a reason that another plan may avoid, at least and at most.
        depends_on: What is not known and changes the result; empty when nothing does.
        quiet: How many messages to the US leave in the recipients' quiet hours, at least and at most; 0 for an intent that
            may be sent at any hour.
        warnings: Other things to check, in sentences.
    """

    plan: SendPlan
    verdict: str
    fits: bool | None
    finish: tuple[datetime, datetime]
    segments: int
    encoding: str
    senders: pd.DataFrame = field(repr=False)
    errors: pd.DataFrame = field(repr=False)
    queues: pd.DataFrame = field(repr=False)
    cost: pd.DataFrame = field(repr=False)
    facts: pd.DataFrame = field(repr=False)
    failed: tuple[float, float]
    depends_on: tuple[str, ...] = ()
    quiet: tuple[int, int] = (0, 0)
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Forecast: {' '.join((self.verdict, *self.warnings))}>"

    def _repr_html_(self) -> str:
        mood: cards.Mood = "problem" if self.fits is False else "done" if self.fits and not self.warnings else "warning"
        rows = [(code, _numbers(low, high), why) for code, why, low, high in self.errors.itertuples(index=False)]
        errors = cards.table(("Error", "Messages", "Why"), rows)
        warned = map(cards.text, self.warnings)
        return str(cards.style() + cards.card(mood, self.verdict, *warned, errors if len(self.errors) else ""))

    @property
    def unpriced(self) -> tuple[str, ...]:
        """The countries without a known price; their cost is left open."""
        return tuple(self.cost.loc[self.cost["price"].isna(), "country"])

    @property
    def ends(self) -> str:
        """When the last message leaves, at the latest, as a person writes it."""
        return _when(self.plan, self.finish[1])


def forecast(plan: SendPlan, now: datetime | None = None) -> Forecast:
    """Forecast a plan; nothing is read or sent.

    Args:
        plan: The plan.
        now: The time. Where the plan starts before it, the forecast has a warning.

    Raises:
        InvalidInput: The plan has problems.

    Example:
        >>> from datetime import datetime, UTC
        >>> from msvc_toolkit.planning.audience import read_audience
        >>> from msvc_toolkit.planning.model import PlannedSender, SendPlan
        >>> plan = SendPlan(read_audience({"GB": 36_000}), "Sale!", (PlannedSender("+447400123456"),), datetime(2026, 3, 2, tzinfo=UTC))
        >>> forecast(plan).verdict
        'Ends Monday 01:00: all 36,000 messages leave.'
    """
    if problems := [problem for problem in plan.problems() if problem.blocks]:
        raise InvalidInput(problems)
    routes = flow.routes_of(plan)
    runs = [flow.run(plan, routes, known) for known in flow.possible(plan, routes)]
    shown = max(runs, key=lambda run: (run.known.registered, run.finish))
    finish = (_moment(plan, min(run.finish for run in runs)), _moment(plan, max(run.finish for run in runs)))
    errors = _errors(runs, plan)
    failed = [sum(n for code, n in run.codes.items() if code not in ABOUT_THE_LIST) for run in runs]
    fits = _fits(plan, finish, errors)
    depends = _depends(runs)
    nights = [(0.0, 0.0) if plan.quiet_hours else flow.quiet_messages(plan, routes, run) for run in runs]
    quiet = round(min(low for low, _ in nights)), round(max(high for _, high in nights))
    warnings = [one.sentence for one in plan.problems(now) if one.field == "start"]
    return Forecast(
        plan=plan,
        verdict=_verdict(plan, finish, errors, depends, runs),
        fits=fits,
        finish=finish,
        segments=plan.segments,
        encoding=plan.size.encoding,
        senders=_senders(plan, routes, shown),
        errors=errors,
        queues=_queues(plan, shown),
        cost=_cost(plan, routes, runs),
        facts=_facts(plan, routes),
        failed=(min(failed), max(failed)),
        depends_on=depends,
        quiet=quiet,
        warnings=(*warnings, *([_quiet_words(*quiet)] if quiet[1] else [])),
    )


def _quiet_words(low: int, high: int) -> str:
    """Write how many messages leave in quiet hours, and what to do."""
    leave = _numbers(low, high, "message leaves", "messages leave")
    unsure = " (it depends on what is not known, such as area codes)" if low != high else ""
    advice = "Hold messages in quiet hours, or change the start."
    return f"{leave[0].upper()}{leave[1:]} in the recipients' quiet hours in the US{unsure}. {advice}"


def _moment(plan: SendPlan, seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, plan.start.tzinfo)


def _senders(plan: SendPlan, routes: Sequence[SendRoute], run: Run) -> pd.DataFrame:
    columns = ["sender", "kind", "queue", "messages", "segments", "rate", "begins", "ends", "longest_wait"]
    rows = []
    for number, name in run.queue_of.items():
        queue, address = run.queues[name], routes[number].address
        times = [edge for begin, end, parts in queue.departures if number in parts for edge in (begin, end)]
        left, waited = run.left.get(number, 0.0), timedelta(seconds=round(queue.waited.get(number, 0.0)))
        sender = routes[number].sender
        label = f"{address.label}{' (placeholder)' if sender and sender.placeholder else ''}"
        own = (label, address.channel or address.kind, CAMPAIGN if name == CAMPAIGN else label)
        edges = (_moment(plan, min(times)), _moment(plan, max(times))) if times else (pd.NaT, pd.NaT)
        rows.append((*own, left, left * queue.each, queue.rate, *edges, waited))
    grouped = pd.DataFrame(rows, columns=columns).groupby(
        ["sender", "kind", "queue", "rate"], sort=False, as_index=False
    )
    sums = {"messages": "sum", "segments": "sum", "begins": "min", "ends": "max", "longest_wait": "max"}
    found = grouped.agg(sums)[columns]
    for name in ("messages", "segments"):  # whole numbers that add up
        found[name] = np.diff(found[name].cumsum().round(), prepend=0).astype(int)
    return found


def _errors(runs: Sequence[Run], plan: SendPlan) -> pd.DataFrame:
    rows = []
    for code in sorted({code for run in runs for code in run.codes}):
        found = [round(run.codes.get(code, 0.0)) for run in runs]
        if max(found):
            rows.append((code, _reason(plan, code, runs), min(found), max(found)))
    return pd.DataFrame(rows, columns=["error_code", "reason", "messages_low", "messages_high"])


def _reason(plan: SendPlan, code: int, runs: Sequence[Run]) -> str:
    """Explain an error code, with the plan's own figure where there is one."""
    if code == flow.QUEUE_FULL:
        return "The sender's queue is full. It holds as much as the sender can send in ten hours, on WhatsApp in four."
    if code == flow.TOO_OLD:
        return f"They would wait longer than the validity period, {plan.validity_seconds:,} seconds."
    if code == flow.CARRIER_RATE:
        return _over_words(plan, max(runs, key=lambda run: sum(run.over.values())))
    if code == flow.DAY_FULL:
        return "T-Mobile takes no more messages of the brand on that day (Pacific time)."
    found = error_codes.lookup(code)
    return found.meaning if found else ""


def _over_words(plan: SendPlan, run: Run) -> str:
    """Name the carriers that refuse messages because of their rate, and their rates."""
    assert run.known.tier is not None  # noqa: S101 - only a campaign's messages have such a rate
    parts = []
    for carrier, number in run.over.items():
        if round(number):
            rate = rates.carrier_rate(run.known.tier, carrier, mms=plan.media)
            name = "the smaller carriers together" if carrier == rates.SMALLER else carrier
            parts.append(f"{name} {rate:.3g} a second ({round(number):,} over)")
    of = f" with {run.known.tier.name}" if len(plan.tiers) > 1 else ""
    return f"These are more than a carrier accepts from the campaign{of}. The carriers' limits: {', '.join(parts)}."


def _queues(plan: SendPlan, run: Run) -> pd.DataFrame:
    names = {sender.member.sid: sender.shown for sender in plan.senders if sender.member}
    rows = [
        (names.get(queue.name, queue.name), _moment(plan, at), waiting)
        for queue in run.queues.values()
        for at, waiting in sorted(queue.waiting, key=lambda point: point[0])
    ]
    return pd.DataFrame(rows, columns=["queue", "at", "waiting"])


def _cost(plan: SendPlan, routes: Sequence[SendRoute], runs: Sequence[Run]) -> pd.DataFrame:
    """Return what the messages to each country cost if as many leave as possible."""
    columns = ["country", "currency", "messages", "failed", "segments", "price", "amount", "fees_low", "fees_high"]
    low, high = (math.nan, math.nan) if plan.media else rates.fee_range()  # fees.toml leaves out those of MMS
    rows = []
    for country in plan.audience.countries:
        mine = {n: route for n, route in enumerate(routes) if route.group.country == country and route.sender}
        run = max(runs, key=lambda run: sum(run.left.get(number, 0.0) for number in mine))
        parts = {number: run.left.get(number, 0.0) * route.segments(plan) for number, route in mine.items()}
        segments = round(sum(parts.values()))
        charged = sum(parts[n] for n, route in mine.items() if country == "US" and route.address.kind in _CHARGED)
        price, currency = plan.prices.get(country, (math.nan, ""))
        messages = round(sum(run.left.get(number, 0.0) for number in mine))
        refused = sum(run.left.get(n, 0.0) for n, route in mine.items() if route.refusal(plan, run.known))
        if country == "US":  # its carriers limit what a campaign sends
            refused += sum(run.codes.get(code, 0.0) for code in (flow.CARRIER_RATE, flow.DAY_FULL))
        fees = (charged * low, charged * high) if charged else (0.0, 0.0)
        rows.append((country, currency.upper(), messages, round(refused), segments, price, price * segments, *fees))
    return pd.DataFrame(rows, columns=columns)


def _facts(plan: SendPlan, routes: Sequence[SendRoute]) -> pd.DataFrame:
    """List every figure that was used, with its source."""
    known = {(fact.table, fact.name): fact for fact in facts.all_facts()}
    first = known[_RATES, f"tier {rates.all_tiers()[0].name}"].source
    rows: list[tuple[object, ...]] = []

    def add(what: str, value: str, name: str = "", file: str = _RATES) -> None:
        fact = known[file, name]
        source = first if fact.source == "as above" else fact.source.replace("the tiers above", first)
        rows.append((what, value, fact.grade, source, fact.read))

    used = [route for route in routes if route.sender is not None]
    own = [route for route in used if not (route.under_campaign and plan.registered)]
    each = {
        (route.address.channel or route.address.kind, route.own_rate, rates.usual_rate(route.address)) for route in own
    }
    for kind, rate, usual in sorted(each):
        what, value = f"Rate of a {kind} sender", f"{rate:g} a second"
        if rate in (usual, rates.raised_rates().get(kind)):
            add(what, value, "" if rate == usual else "raised")
        else:
            rows.append((what, value, "given", "given with the plan", None))
    held = rates.queue_seconds()
    for channel in sorted({route.address.channel or "" for route in used}):
        hours = held.get(channel, held[""]) / 3600
        add(f"Queue{f' of {channel}' if channel else ''}", f"{hours:g} hours of the sender's rate")
    if plan.registered is not False and any(route.under_campaign for route in used):
        names = {row["name"]: f"tier {row['name']}" for row in facts.table(_RATES)["tier"]}
        names |= {facts.table(_RATES)[key]["name"]: key for key in ("low_volume", "sole_proprietor")}
        for tier in plan.tiers:
            total, one = (tier.mms_total, tier.mms_each) if plan.media else (tier.total, tier.each)
            value = f"{total:g} a second, {one:g} to each carrier, {tier.daily:,} a day to T-Mobile"
            add(f"Tier: {tier.name}", value, names.get(tier.name, ""))
        most = max(rates.carrier_rate(tier, rates.SMALLER, mms=plan.media) for tier in plan.tiers)
        add("Smaller carriers together", f"at most {most:g} a second from a campaign", "smaller_carriers")
        shares = ", ".join(f"{name} {share:.0%}" for name, share in plan.carriers.items())
        add("Carriers of US phones", shares, "carriers")
    if any(route.group.country == "US" and route.address.kind in _CHARGED for route in used):
        low, high = rates.fee_range()
        add("Carrier fees to US phones", f"{low:.4f} to {high:.4f} USD a segment", "fee AT&T", "rules/fees.toml")
    if plan.quiet_hours:
        night = quiet_hours.federal()
        value = f"{night.begin}:00 to {night.end}:00, some states longer"
        add("Quiet hours in the US", value, "", "rules/quiet_hours.toml")
    for country in sorted(plan.prices.keys() & plan.audience.countries.keys()):
        price, currency = plan.prices[country]
        value = f"{price:g} {currency.upper()} a segment"
        rows.append((f"Price to {country}", value, "given", plan.price_source, None))
    return pd.DataFrame(rows, columns=["what", "value", "grade", "source", "read"])


def _depends(runs: Sequence[Run]) -> tuple[str, ...]:
    """Name what is not known and changes the result."""

    def result(run: Run) -> tuple[object, ...]:
        return round(run.finish), *((code, round(n)) for code, n in sorted(run.codes.items()))

    found, covered = [], [run for run in runs if run.known.registered]
    if len({run.known.tier for run in covered}) > 1 and len(set(map(result, covered))) > 1:
        found.append("the campaign's tier")
    if len({run.known.registered for run in runs}) > 1:
        found.append("whether the US numbers have a verified campaign")
    if len({run.known.verified for run in runs}) > 1:
        found.append("whether the senders are verified")
    return tuple(found)


def _fits(plan: SendPlan, finish: tuple[datetime, datetime], errors: pd.DataFrame) -> bool | None:
    errors = errors[~errors["error_code"].isin(ABOUT_THE_LIST)]
    late = [plan.deadline is not None and moment > plan.deadline for moment in finish]
    if late[0] or (errors["messages_low"] > 0).any():
        return False
    return None if late[1] or len(errors) else True


def _verdict(
    plan: SendPlan, finish: tuple[datetime, datetime], errors: pd.DataFrame, depends: Sequence[str], runs: Sequence[Run]
) -> str:
    """Write in one sentence when it ends and what fails."""
    begin, end = (_when(plan, moment) for moment in finish)
    ends = f"Ends {end}" if begin == end else f"Ends between {begin} and {end}"
    if plan.deadline is not None and finish[1] > plan.deadline:
        over = f"{_lasting(finish[1] - plan.deadline)} after the deadline"
        ends += f", {over}" if finish[0] > plan.deadline else f", at worst {over}"
    known = f" It depends on {' and '.join(depends)}." if depends else ""
    sides = [(run, _side(run)) for run in sorted(runs, key=lambda run: (sum(run.codes.values()), run.finish))]
    if depends and sides[0][1] != sides[-1][1]:
        best, worst = (f"{_assumed(plan, run)}{words}" for run, words in (sides[0], sides[-1]))
        return f"{ends}. At best{best}; at worst{worst}.{known}"
    parts = [
        f"{_numbers(low, high)} {_FATE.get(code, f'end in {code}')}"
        for code, low, high in errors[["error_code", "messages_low", "messages_high"]].to_numpy().tolist()
    ]
    parts = parts or [f"all {count(plan.audience.count, 'message')} leave"]
    return f"{ends}: {'; '.join(parts)}.{known}"


def _side(run: Run) -> str:
    """Write how many messages fail under one assumption."""
    failed = round(sum(run.codes.values()))
    return f"{count(failed, 'message fails', 'messages fail')}" if failed else "none fails"


def _assumed(plan: SendPlan, run: Run) -> str:
    """Name what a run assumes where the plan leaves it open."""
    said = [run.known.tier.name] if run.known.tier and len(plan.tiers) > 1 else []
    if not run.known.registered and plan.registered is None:
        said.append("no verified campaign")
    if not run.known.verified:
        said.append("senders not verified")
    return f" ({', '.join(said)}) " if said else " "


def _numbers(low: int, high: int, noun: str = "message", plural: str = "") -> str:
    most = count(high, noun, plural)
    return most if low == high else f"{low:,} to {most}" if low else f"up to {most}"


def _when(plan: SendPlan, moment: datetime) -> str:
    """Write a time: with the name of its day within a week of the start, else with its date."""
    up = round_up(moment)
    day = up.strftime("%A") if up - plan.start < timedelta(days=6) else up.strftime("%Y-%m-%d")
    return f"{day} {up:%H:%M}"


def round_up(at: datetime) -> datetime:
    """Round a time up to the minute."""
    return (at + timedelta(seconds=59, microseconds=999_999)).replace(second=0, microsecond=0)


def _lasting(much: timedelta) -> str:
    minutes = math.ceil(much.total_seconds() / 60)
    return count(minutes, "minute") if minutes < 120 else count(round(minutes / 60), "hour")  # noqa: PLR2004 - two hours


_FATE = {
    flow.QUEUE_FULL: "find the queue full (30001)",
    flow.TOO_OLD: "wait longer than the validity period (30036)",
    flow.CARRIER_RATE: "are over a carrier's rate (30022)",
    flow.DAY_FULL: "are over T-Mobile's cap of the day (30023)",
    flow.UNREGISTERED: "fail because no campaign covers the US numbers (30034)",
    flow.SECOND_NUMBER: "fail because a sole proprietor's campaign has one number (30125)",
    flow.UNVERIFIED: "fail because the toll-free number is not verified (30032)",
    sender_ids.NOT_REGISTERED: "fail because the sender ID is not registered (30040)",
    sender_selection.NOBODY_ELIGIBLE: "have no sender that reaches them (21703)",
    flow.NOT_A_NUMBER: "are not to phone numbers (21211)",
    flow.LANDLINE: "go to landlines (30006)",
}
