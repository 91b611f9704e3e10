"""Advice on a plan: each possible change gets its own forecast, and is shown only if it helps."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from msvc_toolkit.planning import flow
from msvc_toolkit.planning.forecast import Forecast, forecast
from msvc_toolkit.planning.model import PlannedSender, SendPlan
from msvc_toolkit.rules import addresses, numbering_plan, rates
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.rules.segments import measure, odd_character

CODE_SECONDS = 600
"""Seconds after which a one-time code is useless. Ours: in most programs it expires after five to ten minutes."""
_DAYS = (2, 3, 4, 5, 7, 10, 14)
_ODD_PART = 0.2
"""The largest share of a text's characters that is replaced to make it GSM-7; above it, it is another alphabet. Ours."""
_WORTH, _FEW = timedelta(minutes=1), 0.005
"""A change must bring an end that is this much earlier, or this share of messages fewer that fail. Ours."""
_PACES = (200, 100, 80, 50, 40, 30, 20, 15, 10, 8, 5, 4, 3, 2, 1)
"""Paces to try, in messages a second; and the longest time in hours that a pace may take. Ours."""
_PACE_HOURS = 12
_TOO_FAST = {flow.QUEUE_FULL, flow.TOO_OLD, flow.CARRIER_RATE}
"""Errors that a slower pace may avoid."""
_SHORT_CODE = "12345"
_TOLL_FREE = "+18885550100"


@dataclass(frozen=True)
class Advice:
    """One change of a plan, and its effect.

    Args:
        sentence: The change and its effect.
        plan: The changed plan.
        before: The plan before the change.
        forecast: The forecast of the changed plan.
        finish: How much later the last message leaves; negative for earlier.
        failed: How many more messages fail, at most; negative for fewer.
        cost: How much more it costs with the highest carrier fees, in the plan's currency; None where a price is missing.
    """

    sentence: str
    plan: SendPlan = field(repr=False)
    before: SendPlan = field(repr=False)
    forecast: Forecast = field(repr=False)
    finish: timedelta
    failed: float
    cost: float | None


def advise(plan: SendPlan, now: Forecast | None = None) -> tuple[Advice, ...]:
    """Return the changes that would help, the best first.

    Changes that still miss the deadline come last, and only if they end earlier than the plan.

    Args:
        plan: The plan.
        now: Its forecast, if known.
    """
    now = now or forecast(plan)
    kinds: dict[str, list[Advice]] = {}
    for kind, words, changed in _changes(plan, now):
        if any(problem.blocks for problem in changed.problems()):
            continue
        then = forecast(changed)
        finish, failed = then.finish[1] - now.finish[1], then.failed[1] - now.failed[1]
        late = _late(then)
        if _helps(plan, changed, finish, failed) and not (late and finish >= timedelta(0)):
            cost = None if (a := _cost(then)) is None or (b := _cost(now)) is None else a - b
            one = Advice(f"{words}: {_effect(now, then)}.", changed, plan, then, finish, failed, cost)
            kinds.setdefault(kind, []).append(one)
    best = [_least(some, plan.audience.count * _FEW) for some in kinds.values()]
    return tuple(sorted(best, key=lambda one: (_late(one.forecast), one.forecast.failed[1], one.forecast.finish[1])))


def _late(of: Forecast) -> bool:
    return of.plan.deadline is not None and of.finish[1] > of.plan.deadline


def _least(some: list[Advice], few: float) -> Advice:
    """Return the smallest change of a kind with about the same effect as the largest."""
    some = [one for one in some if not _late(one.forecast)] or some
    goal = min(one.failed for one in some) + few
    return next(one for one in some if one.failed <= goal)


def _helps(plan: SendPlan, changed: SendPlan, finish: timedelta, failed: float) -> bool:
    """Whether fewer messages fail, or about as many fail and the last one leaves earlier."""
    few = plan.audience.count * _FEW
    if changed.validity_seconds < plan.validity_seconds:  # more codes fail; these would have been too late anyway
        return finish < -_WORTH
    return failed < -few or (failed <= few and finish < -_WORTH)


def _cost(of: Forecast) -> float | None:
    total = of.cost["amount"].sum(skipna=False) + of.cost["fees_high"].sum(skipna=False)
    return None if total != total else float(total)  # noqa: PLR0124 - NaN


def _effect(now: Forecast, then: Forecast) -> str:
    effects = []
    if (fewer := round(now.failed[1] - then.failed[1])) > 0:
        effects.append(f"{fewer:,} fewer fail")
    elif fewer < 0:
        unsent = then.plan.validity_seconds < now.plan.validity_seconds
        effects.append(f"{-fewer:,} more {'are not sent' if unsent else 'fail'}")
    if then.finish[1] < now.finish[1] - _WORTH:
        effects.append(f"it ends {then.ends} instead of {now.ends}")
    elif then.finish[1] > now.finish[1] + _WORTH:
        effects.append(f"it ends {then.ends}")
    return ", and ".join(effects) + (", still after the deadline" if _late(then) else "")


def _changes(plan: SendPlan, now: Forecast) -> Iterator[tuple[str, str, SendPlan]]:
    """Return the changes to try: kind, words and changed plan. Of each kind, smaller changes come first."""
    kinds = {sender.kind for sender in plan.senders}
    to_us = plan.audience.countries.get("US", 0) > 0
    yield from _other_text(plan)
    if to_us and plan.registered is not True and "local" in kinds:
        yield "campaign", "Register an A2P 10DLC campaign for the US numbers", replace(plan, registered=True)
    yield from _higher_tiers(plan)
    if to_us and "short code" not in kinds:
        code = PlannedSender(_SHORT_CODE, country="US", placeholder=True)
        rate = rates.sender_rates()["short code"]
        yield (
            "short code",
            f"Send to the US from a short code ({rate:g} segments a second; {rates.lead_time('short code')})",
            replace(plan, senders=(*plan.senders, code)),
        )
    yield from _toll_free(plan, kinds, to_us=to_us)
    yield from _more_senders(plan)
    if now.failed[1]:
        for days in (days for days in _DAYS if days > plan.days):
            yield "days", f"Spread it over {days} days", replace(plan, days=days)
        for hours in range(3, 24, 3):
            start = plan.start + timedelta(hours=hours)
            yield "start", f"Start on {start:%A at %H:%M}", replace(plan, start=start)
    if _TOO_FAST & set(now.errors["error_code"]):
        each_day = plan.audience.count / plan.days / 3600
        for pace in _PACES:
            if pace < (plan.requests_per_second or math.inf) and each_day / pace <= _PACE_HOURS:
                words = f"Hand over {count(pace, 'message')} a second"
                yield "pace", words, replace(plan, requests_per_second=float(pace))
    if plan.intent == "otp" and plan.validity_seconds > CODE_SECONDS:
        words = f"Let codes expire after {CODE_SECONDS // 60} minutes, because later ones are useless"
        yield "validity", words, replace(plan, validity_seconds=CODE_SECONDS)


def _other_text(plan: SendPlan) -> Iterator[tuple[str, str, SendPlan]]:
    """Return the plan with its text in GSM-7, where only a few characters make it UCS-2."""
    odd = {one.character for one in plan.size.offenders}
    if not odd or plan.media or len(plan.size.offenders) > _ODD_PART * len(plan.body):
        return
    shown = " ".join(sorted(odd))
    instead = {character: _gsm(character) for character in odd}
    body = "".join(instead.get(character, character) for character in plan.body)
    if (fewer := measure(body, smart_encoding=plan.smart_encoding).count) < plan.segments:
        words = f"Replace {shown} in the text, which then takes {count(fewer, 'segment')} in place of {plan.segments}"
        yield "text", words, replace(plan, body=body)


def _gsm(character: str) -> str:
    """Return the closest GSM-7 text for a character: its letter without accents, or nothing."""
    plain = measure(character, smart_encoding=True).text
    plain = plain if not odd_character(plain) else unicodedata.normalize("NFKD", plain)
    return "".join(one for one in plain if not odd_character(one))


def _higher_tiers(plan: SendPlan) -> Iterator[tuple[str, str, SendPlan]]:
    if plan.registered is not True or len(plan.tiers) != 1:
        return
    for tier in reversed(rates.all_tiers()):
        if (tier.total, tier.daily) > (plan.tiers[0].total, plan.tiers[0].daily):
            words = f"Get a higher tier ({tier.name}) by a secondary vetting of the brand, or a standard use case"
            yield "tier", words, replace(plan, tier=tier)


def _toll_free(plan: SendPlan, kinds: set[str], *, to_us: bool) -> Iterator[tuple[str, str, SendPlan]]:
    raised = rates.raised_rates()
    if to_us and "toll-free" not in kinds and "local" in kinds:
        others = tuple(one for one in plan.senders if one.member and one.member.address.country != "US")
        for rate in (None, raised["toll-free"]):
            sender = PlannedSender(_TOLL_FREE, rate=rate, placeholder=True)
            speed = f"{rate or rates.sender_rates()['toll-free']:g} a second{', raised on request' if rate else ''}"
            words = f"Send to the US from a verified toll-free number ({speed}; {rates.lead_time('toll-free')})"
            yield f"toll-free {rate}", words, replace(plan, senders=(*others, sender))
    for kind, rate in raised.items():
        faster = tuple(_faster(one, kind, rate) for one in plan.senders)
        if faster != plan.senders:
            name = "WhatsApp" if kind == "whatsapp" else f"the {kind} number"
            yield f"raise {kind}", f"Ask Twilio to raise {name} to {rate:g} a second", replace(plan, senders=faster)


def _faster(sender: PlannedSender, kind: str, rate: float) -> PlannedSender:
    member = sender.member
    mine = member is not None and kind in (member.address.kind, member.address.channel)
    return replace(sender, rate=rate) if mine and (sender.rate or 0) < rate else sender


def _more_senders(plan: SendPlan) -> Iterator[tuple[str, str, SendPlan]]:
    """Return the plan with twice as many numbers of a country outside the US and Canada; their rates add up."""
    members = [sender.member.address for sender in plan.senders if sender.member]
    for country in sorted(
        {one.country or "" for one in members if one.kind in ("local", "mobile")} - {"", *addresses.US_CA}
    ):
        have = sum(one.country == country and one.kind in ("local", "mobile") for one in members)
        model = numbering_plan.example(country)
        if model is not None:
            new = tuple(PlannedSender(f"{model[:-3]}{number:03}", placeholder=True) for number in range(have))
            words = f"Add {count(have, f'{country} number')} to the pool"
            yield f"numbers {country}", words, replace(plan, senders=(*plan.senders, *new))
