"""Rehearse a plan: send it on a sandbox with a manual clock, and compare the result with the forecast."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pandas as pd

from msvc_toolkit.connection import Connection, asking
from msvc_toolkit.content.calls import create_template
from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.planning import flow
from msvc_toolkit.planning.forecast import Forecast, forecast
from msvc_toolkit.planning.model import Audience, Group, SendPlan
from msvc_toolkit.rules import numbering_plan, rates
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.rules.segments import measure
from msvc_toolkit.senders.calls import add_senders
from msvc_toolkit.senders.model import AlphaSender
from msvc_toolkit.services.calls import create_service

MOST = 5_000
"""The default for the most messages of a rehearsal; these take a few seconds."""
_TICKS = 600
"""The most steps of the clock while messages are handed over."""
_ELSEWHERE = ("212", "312", "702", "808", "907")
"""Area codes for US recipients without one: the first that is not near a sender is taken."""
_YEAR = timedelta(days=364)  # whole weeks


def rehearse(
    plan: Forecast | SendPlan, conn: Connection | None = None, *, most: int = MOST, seed: int = 7
) -> pd.DataFrame:
    """Send a plan on a sandbox with a manual clock, and compare the result with the forecast.

    A plan with too many messages is sent with fewer, longer ones, so that each queue gets the same number of segments.
    The result is then compared with the forecast of these.

    Args:
        plan: The plan, or its forecast. Its tier and registration must be known.
        conn: An empty sandbox with a manual clock; one in memory when not given.
        most: The most messages to send.
        seed: The seed of the invented recipients.

    Returns:
        A row for the minutes until the last message leaves, one for the messages that leave, and one for each error code.
        Columns: what, forecast, emulation, difference (0.01 is 1 %), and what it is a part of: the minutes or all messages.
        ``attrs["note"]`` has what was sent.

    Raises:
        InvalidInput: The plan has problems or cannot be rehearsed. The sentence has the reason.

    Example:
        >>> import msvc_toolkit as msvc
        >>> planned = msvc.plan_send(None, {"GB": 600}, "Sale!", senders=["+447400123456"])
        >>> msvc.rehearse(planned)[["what", "forecast", "emulation"]].values.tolist()
        [['minutes until the last message leaves', 1.0, 1.0], ['messages that leave', 600, 600]]
    """
    plan = plan.plan if isinstance(plan, Forecast) else plan
    if problems := [problem for problem in plan.problems() if problem.blocks] or [*_unfit(plan)]:
        raise InvalidInput(problems)
    if conn is None:
        import msvc_toolkit  # noqa: PLC0415 - only this layer and those above know the sandbox

        conn = msvc_toolkit.connect("sandbox", store=":memory:", clock="manual", scenario="empty")
    if conn.sandbox is None or conn.sandbox.clock != "manual":
        sentence = 'Rehearse on a sandbox with a manual clock: connect("sandbox", store=":memory:", clock="manual").'
        raise InvalidInput([Problem("conn", sentence)])
    sent, note = _shorter(plan, most)
    while sent.start <= conn.now:
        sent = replace(sent, start=sent.start + _YEAR, deadline=None)
    while sent.start > conn.now + 2 * _YEAR:
        sent = replace(sent, start=sent.start - _YEAR, deadline=None)
    service = _set_up(conn, sent)
    _send(conn, sent, service, random.Random(seed))  # noqa: S311 - made-up recipients
    found = _compared(conn, sent, forecast(sent))
    found.attrs["note"] = note
    return found


def _unfit(plan: SendPlan) -> Iterator[Problem]:
    """Return why a plan cannot be rehearsed."""
    ours = any(route.under_campaign for route in flow.routes_of(plan))
    if ours and plan.registered is None:
        sentence = "Say whether the US numbers have a verified campaign: registered=True, or registered=False."
        yield Problem("registered", sentence)
    if ours and plan.registered and _tier(plan) is None:
        sentence = (
            'A rehearsal needs one tier that the sandbox has. Choose it: tier="score 50 to 74", tier="low volume".'
        )
        yield Problem("tier", sentence)
    if plan.used_today:
        yield Problem("used_today", "In a new sandbox nothing was sent today. Rehearse with used_today=0.")
    if any(one.kind == "toll-free" and one.verified is None for one in plan.senders):
        example = 'PlannedSender("+18885550100", verified=True)'
        yield Problem("senders", f"Say for each toll-free number whether it is verified: {example}.")
    if any(group.channel == "messenger" for group in plan.audience.groups):
        yield Problem("audience", "A rehearsal sends SMS, WhatsApp and RCS. It cannot send to Messenger.")


def _tier(plan: SendPlan) -> rates.ThroughputTier | None:
    """Return the known tier with the same limits as the plan's tier; None where the plan has several."""
    if len(plan.tiers) != 1:
        return None
    mine = plan.tiers[0]
    return next((tier for tier in rates.all_tiers() if (tier.total, tier.daily) == (mine.total, mine.daily)), None)


def _shorter(plan: SendPlan, most: int) -> tuple[SendPlan, str]:
    """Return a plan of at most this many messages, and a note. Fewer, longer messages replace many short ones."""
    number = plan.audience.count
    if number <= most:
        return plan, f"All {number:,} messages were sent."
    times = -(-number // most)
    body, longest = _long(plan, times * plan.segments)
    if body is None:
        stand_for = max(longest // plan.segments, 1)
        sentence = (
            f"{number:,} messages are too many to rehearse: {most:,} messages with the longest possible text "
            f"can replace {most * stand_for:,}. Rehearse a part, or give most={-(-number // stand_for)}."
        )
        raise InvalidInput([Problem("audience", sentence)])
    groups = tuple(replace(group, count=max(round(group.count / times), 1)) for group in plan.audience.groups)
    speed = plan.requests_per_second and plan.requests_per_second / times
    sent = replace(plan, audience=Audience(groups), body=body, requests_per_second=speed, smart_encoding=False)
    note = f"{sent.audience.count:,} messages of {sent.segments} segments were sent instead of {number:,} of {plan.segments}. The forecast is for the messages that were sent."
    return sent, note


def _long(plan: SendPlan, wanted: int) -> tuple[str | None, int]:
    """Return a text of this many segments, or None; and the segments of the longest text."""
    if plan.media or any(group.channel for group in plan.audience.groups):
        return None, plan.segments
    longest = 0
    for letter in ("a", "\u0436"):
        for length in range(1, 1601):
            longest = measure(letter * length).count
            if longest == wanted:
                return letter * length, longest
    return None, longest


def _set_up(conn: Connection, plan: SendPlan) -> str:
    """Create the plan's service on the sandbox, with pool and registration; return its SID."""
    control: Any = conn.sandbox
    made = create_service(
        conn,
        friendly_name="Rehearsal",
        area_code_geomatch=plan.area_code_geomatch,
        smart_encoding=plan.smart_encoding,
        validity_period=plan.validity_seconds,
        sticky_sender=False,
    )
    raised: dict[str, float] = {}
    for sender in plan.senders:
        assert sender.member is not None  # noqa: S101 - the plan has no problems
        address = sender.member.address
        if address.kind == "alphanumeric":
            add_senders(
                conn, made.sid, [AlphaSender(address.text, one) for one in sorted(sender.countries)] or [address.text]
            )
            for country in (sender.verified and plan.audience.countries) or ():
                control.register_sender_id(address.text, country)
            continue
        standing = "unverified" if sender.verified is False else "good"
        able = sorted(sender.capabilities)
        control.own(address.text, country=sender.country or None, capabilities=able, standing=standing)
        add_senders(conn, made.sid, [address.text])
        if sender.rate:
            raised[address.kind if address.kind in ("toll-free", "short code", "channel") else "number"] = sender.rate
    if raised:
        api = control.api
        api.settings = replace(api.settings, rates={**api.settings.rates, **raised})
    if plan.registered is False:
        control.enforce_a2p()
    elif (tier := _tier(plan)) is not None and any(route.under_campaign for route in flow.routes_of(plan)):
        _register(control, made.sid, tier)
    return made.sid


def _register(control: Any, service_sid: str, tier: rates.ThroughputTier) -> None:
    """Give a service a campaign of a tier."""
    if tier.name == rates.sole_proprietor().name:
        control.register_brand("SOLE_PROPRIETOR")
        control.register_campaign(service_sid)
        return
    scores = [score for score in range(1, 101) if (known := rates.score_tier(score)) and known.name == tier.name]
    control.register_brand(brand_score=min(scores, default=1))
    control.register_campaign(service_sid, us_app_to_person_usecase="MARKETING" if scores else "LOW_VOLUME")


def _send(conn: Connection, plan: SendPlan, service_sid: str, chance: random.Random) -> None:
    """Send to invented recipients at the plan's times, then wait until all messages have ended."""
    control: Any = conn.sandbox
    due: list[tuple[float, str]] = []
    step = max((plan.audience.count / (plan.requests_per_second or 1e12)) / _TICKS, 1e-3)
    for group in plan.audience.groups:
        numbers = list(_recipients(conn, plan, group))
        chance.shuffle(numbers)
        at = 0  # how many have a time
        pieces = list(flow.handed_over(plan, group))
        for place, (begin, end, part) in enumerate(pieces, start=1):
            upto = group.count if place == len(pieces) else at + round(group.count * part)
            many = max(upto - at, 1)
            due += [(begin + (end - begin) * n / many // step * step, to) for n, to in enumerate(numbers[at:upto])]
            at = upto
    chance.shuffle(due)
    media = {"media_url": ["https://example.com/picture.png"]} if plan.media else {}
    create = conn.client.messages.create
    template = ""
    if any(":" in to for _, to in due):
        template = create_template(conn, name="rehearsal", body="Hello").sid  # WhatsApp counts messages, however long
        control.template(template, "approved")
    with asking():
        for moment, to in sorted(due, key=lambda one: one[0]):
            if (ahead := moment - conn.now.timestamp()) > 0:
                control.advance(ahead)
            more = {"content_sid": template} if ":" in to else {"body": plan.body or None, **media}
            create(to=to, messaging_service_sid=service_sid, **more)
    control.advance(max(rates.queue_seconds().values()) + 3600)


def _recipients(conn: Connection, plan: SendPlan, group: Group) -> Iterator[str]:
    """Return invented numbers of a group; US numbers are divided among the plan's carriers."""
    prefix = f"{group.channel}:" if group.channel else ""
    control: Any = conn.sandbox
    if group.country == "US" and not group.landline:
        near = flow.near(plan.pool.senders)
        code = group.area_code or next(code for code in _ELSEWHERE if code not in near)
        wanted = Counter({name: round(group.count * share) for name, share in plan.carriers.items()})
        wanted[max(plan.carriers, key=plan.carriers.__getitem__)] += group.count - wanted.total()
        for number in range(2_000_000, 10_000_000):
            to = f"+1{code}{number}"
            carrier = control.carrier(to)
            if wanted[carrier] > 0:
                wanted[carrier] -= 1
                yield prefix + to
            if not wanted.total():
                return
    model = numbering_plan.example(group.country, "FIXED_LINE" if group.landline else "MOBILE")
    if model is None:
        raise InvalidInput(
            [Problem("audience", f"No example number of {group.country} is known. Rehearse without it.")]
        )
    if group.area_code:
        model = f"{model[:2]}{group.area_code}{model[5:]}"
    for number in range(group.count):
        yield f"{prefix}{model[:-5]}{number % 100_000:05}"


def _compared(conn: Connection, plan: SendPlan, planned: Forecast) -> pd.DataFrame:
    """Compare the result with the forecast."""
    with asking():
        happened = conn.client.messages.list(page_size=1000)
    control: Any = conn.sandbox
    settings = control.api.settings
    own = settings.accepted_ms + settings.queued_ms + settings.sending_ms  # how long one message takes by itself
    begin, total = plan.start.timestamp() + own / 1000, len(happened)
    sent = [one for one in happened if one.date_sent is not None]
    newest = max((one.date_sent for one in sent), default=None)
    last = (  # the API's times are whole seconds
        at.timestamp()
        for one in sent
        if one.date_sent == newest
        for at, status in control.timeline(one.sid)
        if status == "sent"
    )
    codes = Counter(one.error_code for one in happened if one.error_code)
    rows = [
        (
            "minutes until the last message leaves",
            round((planned.finish[1] - plan.start) / timedelta(minutes=1), 2),
            round((max(last, default=begin) - begin) / 60, 2),
        ),
        ("messages that leave", int(planned.senders["messages"].sum()), len(sent)),
    ]
    foreseen = dict(zip(planned.errors["error_code"], planned.errors["messages_high"], strict=True))
    rows += [(f"error {code}", int(foreseen.get(code, 0)), codes.get(code, 0)) for code in sorted({*foreseen, *codes})]
    found = pd.DataFrame(rows, columns=["what", "forecast", "emulation"], dtype=object)  # whole messages stay whole
    off = (found["forecast"] - found["emulation"]).astype(float)
    found["difference"] = (off / [max(rows[0][2], 1.0), *[max(total, 1)] * (len(rows) - 1)]).round(4)
    found["part_of"] = ["the minutes", *[count(total, "message")] * (len(rows) - 1)]
    return found
