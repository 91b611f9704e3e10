"""How a planned send flows: from groups of recipients through senders, queues and carriers.

Messages are not followed one by one. Recipients who are alike are counted together; what reaches a queue flows through it
at the queue's rate, in the order in which it came; and carriers take their part minute by minute.

Source: rates.toml, sender_selection.py; Understanding Twilio Rate Limits and Message Queues, error pages 21611, 30001,
30022, 30023, 30034, 30036 (read 2026-11-30). That a campaign's queue does not look at carriers, that a message which waits
too long uses no time of its sender, and that equal senders take turns even when one's queue is full, are ours.
"""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar
from zoneinfo import ZoneInfo

import numpy as np

from msvc_toolkit.planning.model import Group, PlannedSender, SendPlan
from msvc_toolkit.rules import addresses, quiet_hours, rates, sender_ids, sender_selection
from msvc_toolkit.rules.area_codes import sharing_area_codes
from msvc_toolkit.rules.limits import PACIFIC

NOT_A_NUMBER, QUEUE_FULL, TOO_OLD, LANDLINE = 21211, 30001, 30036, 30006
CARRIER_RATE, DAY_FULL, UNREGISTERED, UNVERIFIED = 30022, 30023, 30034, 30032
SECOND_NUMBER = 30125
CAMPAIGN = "campaign"
"""The name of the queue that the US numbers of a campaign share."""
_TRIES = 20_000
"""Messages on which it is tried out how the load spreads; ours."""
T = TypeVar("T")
Stretch = tuple[float, float, float]
"""Begin and end, seconds since 1970, and which part of the messages is handed over evenly between them."""
_Part = tuple[Group, str]
"""Recipients who are alike for sender selection, and an area code with their clock where that matters."""
_PACIFIC = ZoneInfo(PACIFIC)


@dataclass(frozen=True)
class SendRoute:
    """Recipients that one sender writes to; without a sender those that nobody reaches, and the code why.

    Args:
        times: When their messages are handed over; see `handed_over`.
    """

    group: Group
    count: float
    times: tuple[Stretch, ...]
    sender: PlannedSender | None = None
    code: int | None = None

    @property
    def member(self) -> sender_selection.PoolMember:
        """The sender as sender selection sees it."""
        assert self.sender is not None  # noqa: S101 - it was chosen
        assert self.sender.member is not None  # noqa: S101 - it was chosen
        return self.sender.member

    @property
    def address(self) -> addresses.Address:
        """The sender's address."""
        return self.member.address

    @property
    def under_campaign(self) -> bool:
        """Whether it is about a campaign: a US local number that writes to the US."""
        to = self.group
        if self.sender is None or to.country != "US" or to.channel:
            return False
        return _is_us_local(self.sender)

    @property
    def own_rate(self) -> float:
        """The sender's segments a second outside a campaign."""
        return (self.sender and self.sender.rate) or rates.usual_rate(self.address)

    def segments(self, plan: SendPlan) -> int:
        """Segments of one message; channels count messages."""
        return 1 if self.address.channel else plan.segments

    def refusal(self, plan: SendPlan, known: Assumption) -> int | None:
        """Return the code that its messages end in although they leave, None when they may arrive."""
        if self.group.landline:
            return LANDLINE
        if self.under_campaign and not known.covers(plan, self):
            return SECOND_NUMBER if known.registered else UNREGISTERED
        verified = known.verified if self.sender is None or self.sender.verified is None else self.sender.verified
        if not verified and self.doubtful(plan):
            return UNVERIFIED if self.address.kind == "toll-free" else sender_ids.NOT_REGISTERED
        return None

    def doubtful(self, plan: SendPlan) -> bool:
        """Whether it needs a verification or a registration that is missing, or not known."""
        if self.sender is None or self.sender.verified:
            return False
        if self.address.kind == "toll-free":
            return self.group.country in addresses.US_CA
        rule = sender_ids.rule(self.group.country, plan.start.date()) if self.address.kind == "alphanumeric" else None
        return rule is not None and rule.effect == "blocked"


def _is_us_local(sender: PlannedSender) -> bool:
    member = sender.member
    return member is not None and (member.address.kind, member.address.country) == ("local", "US")


def routes_of(plan: SendPlan) -> tuple[SendRoute, ...]:
    """Divide the recipients among the senders that the service would use for them."""
    by_sid = {sender.member.sid: sender for sender in plan.senders if sender.member is not None}
    close, counted = near(plan), Counter[tuple[Group, str]]()
    for group in plan.audience.groups:
        to = replace(group, count=0, area_code=group.area_code if group.area_code in close else "")
        counted[to, _alike(quiet_hours.place(group.address)) if _holds(plan) else ""] += group.count
    choices = {group: sender_selection.choose(group.address, plan.pool, media=plan.media) for group, _ in counted}
    times = {part: tuple(handed_over(plan, replace(part[0], area_code=part[1]))) for part in counted}
    equals = {to: _equals(choice) for to, choice in choices.items() if choice.sender is not None}
    wanted = {
        part: (number, equals[part[0]], times[part][0][0]) for part, number in counted.items() if part[0] in equals
    }
    found: defaultdict[tuple[Group, str, int | None, tuple[Stretch, ...]], float] = defaultdict(float)
    shared = _shares(wanted)
    for part, number in counted.items():
        there = replace(part[0], area_code=part[1])
        for sid, share in shared.get(part, {"": 1.0}).items():
            found[there, sid, choices[part[0]].error_code, times[part]] += number * share
    return tuple(SendRoute(to, n, when, by_sid.get(sid), code) for (to, sid, code, when), n in found.items() if n)


def _equals(choice: sender_selection.Choice) -> tuple[str, ...]:
    """Return the senders among which the load is spread."""
    last = choice.steps[-1]
    return choice.steps[-2].left if last.rule == sender_selection.BY_LOAD else last.left


def _shares(wanted: Mapping[_Part, tuple[int, tuple[str, ...], float]]) -> dict[_Part, dict[str, float]]:
    """Return which share of each part of the recipients each of its equal senders gets.

    Each message goes to the one used longest ago. Among senders that the same recipients use, these are equal shares; a
    sender that others use too gets less, and how much less is tried out on some thousands of messages.

    Args:
        wanted: How many each part has, its equal senders, and when its messages begin.
    """
    sets = {sids for _, sids, _ in wanted.values()}
    if sum(map(len, sets)) == len(set[str]().union(*sets)):
        return {part: dict.fromkeys(sids, 1 / len(sids)) for part, (_, sids, _) in wanted.items()}
    total = sum(number for number, _, _ in wanted.values())
    tries = min(_TRIES, 20 * _TRIES // max(map(len, sets)))
    drawn = [part for part, (number, _, _) in wanted.items() for _ in range(max(round(number * tries / total), 1))]
    random.Random(0).shuffle(drawn)  # noqa: S311 - the order of a list
    drawn.sort(key=lambda part: wanted[part][2])
    used = {sid: -1 for sids in sets for sid in sids}
    found = {part: Counter[str]() for part in wanted}
    for turn, part in enumerate(drawn):
        sid = min(wanted[part][1], key=used.__getitem__)
        used[sid] = turn
        found[part][sid] += 1
    return {part: {sid: n / many.total() for sid, n in many.items()} for part, many in found.items()}


def near(plan: SendPlan) -> frozenset[str]:
    """Area codes that a sender of the pool is near to; recipients in all others are alike."""
    sharing = sharing_area_codes()
    codes = {member.address.area_code for member in plan.pool.senders if member.address.area_code}
    return frozenset(codes).union(*(sharing.get(code, frozenset()) for code in codes))


@dataclass(frozen=True)
class _Arrival:
    """Messages that reach a queue: all at once, or evenly between two times (seconds since 1970)."""

    begin: float
    end: float
    count: float
    route: int


def handed_over(plan: SendPlan, group: Group) -> Iterator[Stretch]:
    """Say when the messages to a group are handed over."""
    place = quiet_hours.place(group.address) if _holds(plan) else None
    lasts = plan.audience.count / plan.days / plan.requests_per_second if plan.requests_per_second else 0.0
    for day in range(plan.days):
        begin = (plan.start + timedelta(days=day)).timestamp()
        for first, last, part in _held(place, begin, begin + lasts):
            yield first, last, part / plan.days


def _held(place: quiet_hours.Locality | None, begin: float, end: float) -> Iterator[Stretch]:
    """Divide a stretch by quiet hours: what would be sent in them is held, and handed over at once when they end."""
    if place is None:
        yield begin, end, 1.0
    elif begin == end:
        opens = quiet_hours.next_allowed(place, _moment(begin)).timestamp()
        yield opens, opens, 1.0
    at = begin
    while place is not None and at < end:
        opens = quiet_hours.next_allowed(place, _moment(at)).timestamp()
        upto = min(opens, end)
        if opens == at:
            quiet = quiet_hours.next_quiet(place, _moment(at))
            opens = upto = min(quiet.timestamp(), end) if quiet else end
            yield at, upto, (upto - at) / (end - begin)
        else:
            yield opens, opens, (upto - at) / (end - begin)
        at = opens


def quiet_messages(plan: SendPlan, routes: Sequence[SendRoute], made: Run) -> tuple[float, float]:
    """Return how many messages to the US leave in the recipients' quiet hours, at least and at most.

    Who has no known area code may be anywhere in the US. Where recipients are alike for a sender, they are taken to be
    from each place in the same shares all the time.
    """
    if plan.intent in quiet_hours.essential_intents():
        return 0.0, 0.0
    close = near(plan)
    mixes: defaultdict[str, Counter[quiet_hours.Locality | None]] = defaultdict(Counter)
    for group in plan.audience.groups:
        if group.country == "US" and not group.channel:
            place = quiet_hours.place(replace(group, area_code=_alike(quiet_hours.place(group.address))).address)
            mixes[group.area_code if group.area_code in close else ""][place] += group.count
    anywhere = {quiet_hours.places()[_alike(place)] for place in quiet_hours.places().values()}
    low = high = 0.0
    for queue in made.queues.values():
        for begin, end, parts in queue.departures:
            there = [(routes[number].group, many) for number, many in parts.items()]
            to_us = [(group, many) for group, many in there if (group.country, group.channel) == ("US", "")]
            if not to_us:
                continue
            quiet = {place: _quiet_part(place, begin, end) for place in anywhere}
            for group, many in to_us:
                own = quiet_hours.place(group.address)
                mix = Counter({own: 1}) if own else mixes[""]
                for place, number in mix.items():
                    some = many * number / mix.total()
                    low += some * (quiet[place] if place else min(quiet.values()))
                    high += some * (quiet[place] if place else max(quiet.values()))
    return low, high


def _quiet_part(place: quiet_hours.Locality, begin: float, end: float) -> float:
    """Return which part of a stretch lies in quiet hours."""
    end, at, quiet = max(end, begin + 1e-3), begin, 0.0
    while at < end:
        upto = min(quiet_hours.next_allowed(place, _moment(at)).timestamp(), end)
        quiet += upto - at
        then = quiet_hours.next_quiet(place, _moment(upto))
        at = max(then.timestamp(), upto) if then and upto < end else end
    return quiet / (end - begin)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _holds(plan: SendPlan) -> bool:
    return plan.quiet_hours and plan.intent not in quiet_hours.essential_intents()


@lru_cache(maxsize=1 << 12)
def _alike(place: quiet_hours.Locality | None) -> str:
    """Return an area code that stands for all with the same clock and the same quiet hours."""
    if place is None:
        return ""
    hours, there = quiet_hours.state_hours(), quiet_hours.places()
    return next(
        code
        for code, other in there.items()
        if (other.zone, hours.get(other.state)) == (place.zone, hours.get(place.state))
    )


@dataclass
class Queue:
    """A queue of a sender or a campaign, and what flowed through it.

    Args:
        name: The sender's SID, or `CAMPAIGN`.
        rate: Segments a second; messages on a channel.
        each: Segments of one message; 1 on a channel.
        holds: Seconds of its rate that it holds.
        departures: What left: begin, end, and how many of each route.
        code: What ends the messages that it could not take.
        lost: How many these are.
        waiting: Segments that wait, at times.
        waited: The longest wait of each route, seconds.
    """

    name: str
    rate: float
    each: int
    holds: float
    departures: list[tuple[float, float, dict[int, float]]] = field(default_factory=list)
    code: int = QUEUE_FULL
    lost: float = 0.0
    waiting: list[tuple[float, float]] = field(default_factory=list)
    waited: dict[int, float] = field(default_factory=dict)


def _flow(queue: Queue, arrivals: Sequence[_Arrival], plan: SendPlan) -> None:
    """Let what arrives flow through a queue, in order.

    A message that would wait longer than the queue holds ends in 30001, one that would wait longer than it may in 30036.
    """
    each = queue.each / queue.rate
    limit = min(queue.holds, plan.validity_seconds)
    queue.code = QUEUE_FULL if queue.holds <= plan.validity_seconds else TOO_OLD
    free = -math.inf
    for begin, end, parts in _steps(arrivals):
        number = sum(parts.values())
        wait = max(free - begin, 0.0)
        queue.waiting.append((begin, wait * queue.rate))
        full = begin  # until then everything is taken
        taken: float
        if end == begin:
            taken = min(number, max(limit - wait, 0.0) / each)
        else:
            growth = number * each / (end - begin) - 1.0  # of the wait, each second
            full = min(begin + (max(limit - wait, 0.0) / growth if growth > 0 else math.inf), end)
            taken = number * (full - begin) / (end - begin) + (end - full) / each
        queue.lost += number - taken
        if taken <= 0:
            continue
        kept = {route: part * taken / number for route, part in parts.items()}
        leaves = begin + wait
        busy = taken * each
        if leaves + busy >= end:  # it never runs dry before the last has come
            longest = limit if taken < number - 1e-9 else max(wait, leaves + busy - end - each)
            queue.departures.append((leaves, leaves + busy, kept))
            free = leaves + busy
        else:  # first what waits, then each as it comes
            slow = number / (end - begin)
            dry = min(leaves + wait / max(1 / (slow * each) - 1, 1e-12), end) if wait else leaves
            early = slow * (dry - begin) / number
            longest = wait
            if early > 0:
                queue.departures.append((leaves, dry, {route: part * early for route, part in kept.items()}))
            queue.departures.append((dry, end, {route: part * (1 - early) for route, part in kept.items()}))
            free = end + each
        for route in parts:
            queue.waited[route] = max(queue.waited.get(route, 0.0), longest)
        queue.waiting.append((max(full, end) if end > begin else begin, max(free - end, 0.0) * queue.rate))
    if queue.departures:
        queue.waiting.append((max(end for _, end, _ in queue.departures), 0.0))


def _steps(arrivals: Sequence[_Arrival]) -> Iterator[tuple[float, float, dict[int, float]]]:
    """Cut arrivals that overlap into steps one after the other: begin, end, and messages by route."""
    edges = sorted({edge for one in arrivals for edge in (one.begin, one.end)})
    steps: defaultdict[tuple[float, float], defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    for one in arrivals:
        if one.begin == one.end:
            steps[one.begin, one.begin][one.route] += one.count
            continue
        inside = [edge for edge in edges if one.begin <= edge <= one.end]
        for begin, end in pairwise(inside):
            steps[begin, end][one.route] += one.count * (end - begin) / (one.end - one.begin)
    for (begin, end), parts in sorted(steps.items()):
        yield begin, end, dict(parts)


@dataclass(frozen=True)
class Assumption:
    """What a run takes for granted: the campaign, its tier, and that senders are verified."""

    registered: bool = True
    tier: rates.ThroughputTier | None = None
    verified: bool = True

    def covers(self, plan: SendPlan, route: SendRoute) -> bool:
        """Whether the campaign has a route's number: a sole proprietor's has one number, here the pool's first."""
        if self.tier is None or self.tier.name != rates.sole_proprietor().name:
            return self.registered
        return route.sender == next(one for one in plan.senders if _is_us_local(one))


@dataclass(frozen=True)
class Run:
    """What becomes of a plan if something is so.

    Args:
        known: What is taken for granted.
        queues: The queues, by name.
        queue_of: The name of each route's queue, by the route's place.
        left: How many messages of each route leave.
        codes: How many messages end in each error code.
        finish: When the last message leaves, seconds since 1970.
        over: How many messages are over each carrier's rate.
    """

    known: Assumption
    queues: dict[str, Queue]
    queue_of: dict[int, str]
    left: dict[int, float]
    codes: dict[int, float]
    finish: float
    over: dict[str, float] = field(default_factory=dict)


def possible(plan: SendPlan, routes: Sequence[SendRoute]) -> list[Assumption]:
    """List what may be so, as far as it makes a difference."""
    found = [Assumption()]
    if any(route.under_campaign for route in routes):
        found = [] if plan.registered is False else [Assumption(tier=tier) for tier in plan.tiers]
        found += [] if plan.registered else [Assumption(registered=False)]
    if any(route.sender is not None and route.sender.verified is None and route.doubtful(plan) for route in routes):
        found += [replace(known, verified=False) for known in found]
    return found


def run(plan: SendPlan, routes: Sequence[SendRoute], known: Assumption) -> Run:
    """Let a plan flow, if something is so."""
    queues: dict[str, Queue] = {}
    arrivals: defaultdict[str, list[_Arrival]] = defaultdict(list)
    queue_of: dict[int, str] = {}
    for number, route in enumerate(routes):
        if route.sender is not None:
            queue = _queue(plan, route, known)
            queue_of[number] = queues.setdefault(queue.name, queue).name
            arrivals[queue.name] += [
                _Arrival(begin, end, route.count * part, number) for begin, end, part in route.times
            ]
    for queue in queues.values():
        _flow(queue, arrivals[queue.name], plan)
    left = _added(
        (number, n) for queue in queues.values() for _, _, parts in queue.departures for number, n in parts.items()
    )
    ends = [end for queue in queues.values() for _, end, _ in queue.departures]
    refused = [*_carriers(plan, queues[CAMPAIGN], known.tier)] if known.tier and CAMPAIGN in queues else []
    codes = _added([*_ends(plan, routes, known, queues, left), *((code, n) for code, _, n in refused)])
    over = _added((carrier, n) for code, carrier, n in refused if code == CARRIER_RATE)
    return Run(known, queues, queue_of, left, codes, max(ends, default=plan.start.timestamp()), over)


def _ends(
    plan: SendPlan,
    routes: Sequence[SendRoute],
    known: Assumption,
    queues: Mapping[str, Queue],
    left: Mapping[int, float],
) -> Iterator[tuple[int, float]]:
    """Return the codes that messages end in before a carrier counts them, with how many do."""
    yield NOT_A_NUMBER, plan.audience.unreadable
    for number, route in enumerate(routes):
        if route.sender is None:
            yield route.code or sender_selection.NOBODY_ELIGIBLE, route.count
        elif code := route.refusal(plan, known):
            yield code, left.get(number, 0.0)
    for queue in queues.values():
        yield queue.code, queue.lost


def _added(pairs: Iterable[tuple[T, float]]) -> dict[T, float]:
    found: defaultdict[T, float] = defaultdict(float)
    for key, number in pairs:
        found[key] += number
    return {key: number for key, number in found.items() if number}


def _queue(plan: SendPlan, route: SendRoute, known: Assumption) -> Queue:
    """Return the queue of a route: its campaign's, or its sender's own."""
    held = rates.queue_seconds()
    holds = held.get(route.address.channel or "", held[""])
    if route.under_campaign and known.tier is not None and known.covers(plan, route):
        return Queue(CAMPAIGN, known.tier.mms_total if plan.media else known.tier.total, plan.segments, holds)
    return Queue(route.member.sid, route.own_rate, route.segments(plan), holds)


def _carriers(plan: SendPlan, queue: Queue, tier: rates.ThroughputTier) -> Iterator[tuple[int, str, float]]:
    """Count what carriers refuse of a campaign: more than they take a minute, and T-Mobile's more than it takes a day.

    Which carrier a phone has is a draw for each message, so some minutes have more than their share of one.
    """
    first = min((begin for begin, _, _ in queue.departures), default=0.0) // 60 * 60
    last = max((end for _, end, _ in queue.departures), default=0.0)
    edges = np.arange(first, last, 60.0)
    minutes = np.zeros(len(edges))
    for begin, end, parts in queue.departures:
        some = slice(int((begin - first) // 60), int((end - first) // 60) + 1)
        inside = np.minimum(edges[some] + 60, end) - np.maximum(edges[some], begin)
        minutes[some] += sum(parts.values()) * inside / (end - begin)
    for carrier, share in plan.carriers.items():
        room = math.floor(rates.carrier_rate(tier, carrier, mms=plan.media) * 60 / plan.segments + 1e-9)
        whole, where = np.unique(np.round(minutes, 2), return_inverse=True)
        more = np.array([over(float(number), share, room) for number in whole])[where]
        if carrier == "T-Mobile":
            full, part = _day_full(plan, tier, edges, minutes * share - more)
            yield DAY_FULL, carrier, float((full + more * part).sum())
            more = more * (1 - part)
        yield CARRIER_RATE, carrier, float(more.sum())


def _day_full(
    plan: SendPlan, tier: rates.ThroughputTier, minutes: np.ndarray, given: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return how many messages of each minute are over T-Mobile's cap of the Pacific day, and which part of it that is."""
    today = plan.start.astimezone(_PACIFIC).date()
    full, part = np.zeros(len(given)), np.zeros(len(given))
    day = today
    while len(minutes) and (begin := _midnight(day)) <= minutes[-1]:
        rows = (minutes >= begin) & (minutes < _midnight(day + timedelta(days=1)))
        used = plan.used_today if day == today else 0
        room = max(tier.daily - used, 0) // plan.segments
        taken = np.cumsum(given[rows])
        full[rows] = np.diff(np.maximum(taken - room, 0.0), prepend=0.0)
        part[rows] = full[rows] / np.maximum(given[rows], 1e-9)
        day += timedelta(days=1)
    return full, np.minimum(part, 1.0)


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), _PACIFIC).timestamp()


@lru_cache(maxsize=1 << 12)
def over(number: float, share: float, room: int) -> float:
    """Return how many of so many messages are more than a carrier takes, on average, if each is to it by so much chance."""
    if number % 1:  # some minutes have one more than others
        low = math.floor(number)
        return (1 - number % 1) * over(low, share, room) + number % 1 * over(low + 1, share, room)
    if number <= room or share <= 0:
        return 0.0
    if share >= 1:
        return float(number - room)
    to = np.arange(int(number))
    log = np.concatenate(([0.0], np.cumsum(np.log((number - to) / (to + 1.0) * share / (1 - share)))))
    chance = np.exp(log + number * math.log1p(-share))
    return float((np.maximum(np.arange(len(to) + 1) - room, 0) * chance).sum())
