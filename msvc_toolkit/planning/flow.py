"""The flow of a planned send: recipients, senders, queues and carriers.

Messages are not simulated one by one. Similar recipients are counted together. A queue sends what reaches it at its rate,
first come, first served. Carriers limit what they accept in each minute.

Source: rates.toml, sender_selection.py; Understanding Twilio Rate Limits and Message Queues, error pages 21611, 30001,
30022, 30023, 30034, 30036 (read 2026-11-30). Three rules are ours: a campaign's queue does not distinguish carriers. A
message that waits too long takes none of its sender's rate. Equal senders take turns, even when the queue of one is full.
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
"""Name of the queue that all US numbers of a campaign share."""
_TRIES = 20_000
"""How many messages are simulated to find how the load is spread; ours."""
_TICK = 1e-3
"""Seconds; times that are closer to each other count as equal."""
T = TypeVar("T")
Stretch = tuple[float, float, float]
"""Begin, end (seconds since 1970), and the part of the messages that is handed to Twilio evenly between them."""
_Part = tuple[Group, str]
"""Recipients who are alike for sender selection; and an area code with their local time, where quiet hours are kept."""
_Arrival = tuple[float, float, float, int]
"""Messages that reach a queue evenly between two times: begin, end, how many, and the place of their route."""
_PACIFIC = ZoneInfo(PACIFIC)


@dataclass(frozen=True)
class SendRoute:
    """Similar recipients and the sender that writes to them.

    Args:
        group: The recipients.
        count: How many of them this sender writes to.
        times: When their messages are handed to Twilio; see `handed_over`.
        sender: The sender; None where no sender reaches them.
        code: The error code where no sender reaches them.
    """

    group: Group
    count: float
    times: tuple[Stretch, ...]
    sender: PlannedSender | None = None
    code: int | None = None

    @property
    def member(self) -> sender_selection.PoolMember:
        """The sender in the form that sender selection uses."""
        member = self.sender.member if self.sender is not None else None
        assert member is not None  # noqa: S101 - it was chosen
        return member

    @property
    def address(self) -> addresses.Address:
        """The sender's address."""
        return self.member.address

    @property
    def under_campaign(self) -> bool:
        """Whether it needs a campaign: a US local number that writes to the US."""
        return self.sender is not None and self.group.is_us and _is_us_local(self.sender)

    @property
    def own_rate(self) -> float:
        """Segments a second of the sender outside a campaign."""
        return (self.sender and self.sender.rate) or rates.usual_rate(self.address)

    def segments(self, plan: SendPlan) -> int:
        """Segments of one message; 1 on a channel, where Twilio counts messages."""
        return 1 if self.address.channel else plan.segments

    def refusal(self, plan: SendPlan, known: Assumption) -> int | None:
        """Return the error code of messages that are sent and then fail; None where they may arrive."""
        if self.group.landline:
            return LANDLINE
        if self.under_campaign and not known.covers(plan, self):
            return SECOND_NUMBER if known.registered else UNREGISTERED
        verified = known.verified if self.sender is None or self.sender.verified is None else self.sender.verified
        if not verified and self.doubtful(plan):
            return UNVERIFIED if self.address.kind == "toll-free" else sender_ids.NOT_REGISTERED
        return None

    def doubtful(self, plan: SendPlan) -> bool:
        """Whether the sender needs a verification or registration that it does not have, or that is not known."""
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
    """Assign the recipients to the senders that the service would choose."""
    by_sid = {sender.member.sid: sender for sender in plan.senders if sender.member is not None}
    close, counted = near(plan.pool.senders), Counter[tuple[Group, str]]()
    for group in plan.audience.groups:
        to = replace(group, count=0, area_code=group.area_code if group.area_code in close else "")
        counted[to, _alike(quiet_hours.place(group.address)) if _holds(plan) else ""] += group.count
    choices = {group: sender_selection.choose(group.address, plan.pool, media=plan.media) for group, _ in counted}
    times = {part: tuple(handed_over(plan, replace(part[0], area_code=part[1]))) for part in counted}
    equals = {to: equal_senders(choice) for to, choice in choices.items() if choice.sender is not None}
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


def equal_senders(choice: sender_selection.Choice) -> tuple[str, ...]:
    """Return the senders that a choice spreads its load over."""
    last = choice.steps[-1]
    return choice.steps[-2].left if last.rule == sender_selection.BY_LOAD else last.left


def _shares(wanted: Mapping[_Part, tuple[int, tuple[str, ...], float]]) -> dict[_Part, dict[str, float]]:
    """Return for each part of the recipients the share of each of its senders.

    Each message goes to the sender that was used longest ago. Senders that serve the same recipients get equal shares. A
    sender that also serves other recipients gets less; a simulation of some thousand messages finds how much less.

    Args:
        wanted: For each part: the number of recipients, their equal senders, and when their messages begin.
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


def near(pool: Iterable[sender_selection.PoolMember]) -> frozenset[str]:
    """Return the area codes of the senders and those that share their territory. Only these matter for the choice."""
    sharing = sharing_area_codes()
    codes = {member.address.area_code for member in pool if member.address.area_code}
    return frozenset(codes).union(*(sharing.get(code, frozenset()) for code in codes))


def handed_over(plan: SendPlan, group: Group) -> Iterator[Stretch]:
    """Return when the messages to a group are handed to Twilio.

    Where the plan keeps quiet hours, messages that are due in them are handed over together when they end.
    """
    place = quiet_hours.place(group.address) if _holds(plan) else None
    lasts = plan.audience.count / plan.days / plan.requests_per_second if plan.requests_per_second else 0.0
    for day in range(plan.days):
        begin = (plan.start + timedelta(days=day)).timestamp()
        end = begin + lasts
        if place is None:
            yield begin, end, 1.0 / plan.days
            continue
        for first, last, opens in _by_quiet_hours(place, begin, end):
            part = (last - first) / lasts / plan.days if lasts else 1.0 / plan.days
            yield (first, last, part) if opens is None else (opens, opens, part)


def _by_quiet_hours(
    place: quiet_hours.Locality, begin: float, end: float
) -> Iterator[tuple[float, float, float | None]]:
    """Divide a time at the borders of quiet hours: begin, end, and when the quiet hours end (None outside of them)."""
    at = begin
    while at < end or at == begin:
        opens = quiet_hours.next_allowed(place, _moment(at)).timestamp()
        if opens - at < _TICK:
            quiet = quiet_hours.next_quiet(place, _moment(at))
            upto = min(quiet.timestamp(), end) if quiet else end
            yield at, upto, None
        else:
            upto = min(opens, end)
            yield at, upto, opens
        at = max(upto, at + _TICK)


def quiet_messages(plan: SendPlan, routes: Sequence[SendRoute], made: Run) -> tuple[float, float]:
    """Return how many messages to the US leave in the recipients' quiet hours, at least and at most.

    Recipients without a known area code may be anywhere in the US. Recipients who are alike for a sender are taken to be
    mixed evenly at all times.
    """
    if plan.intent in quiet_hours.essential_intents():
        return 0.0, 0.0
    close = near(plan.pool.senders)
    mixes: defaultdict[str, Counter[quiet_hours.Locality | None]] = defaultdict(Counter)
    for group in plan.audience.groups:
        if group.is_us:
            place = quiet_hours.place(replace(group, area_code=_alike(quiet_hours.place(group.address))).address)
            mixes[group.area_code if group.area_code in close else ""][place] += group.count
    anywhere = {quiet_hours.places()[_alike(place)] for place in quiet_hours.places().values()}
    low = high = 0.0
    for queue in made.queues.values():
        for begin, end, parts in queue.departures:
            to_us = {number: many for number, many in parts.items() if routes[number].group.is_us}
            quiet = {place: _quiet_part(place, begin, end) for place in anywhere} if to_us else {}
            for number, many in to_us.items():
                group = routes[number].group
                own = quiet_hours.place(group.address)
                mix = Counter({own: 1}) if own else mixes[""]
                for place, weight in mix.items():
                    some = many * weight / mix.total()
                    low += some * (quiet[place] if place else min(quiet.values()))
                    high += some * (quiet[place] if place else max(quiet.values()))
    return low, high


def _quiet_part(place: quiet_hours.Locality, begin: float, end: float) -> float:
    """Return which part of a time is in quiet hours."""
    end = max(end, begin + _TICK)
    quiet = sum(upto - at for at, upto, opens in _by_quiet_hours(place, begin, end) if opens is not None)
    return quiet / (end - begin)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _holds(plan: SendPlan) -> bool:
    return plan.quiet_hours and plan.intent not in quiet_hours.essential_intents()


@lru_cache(maxsize=1 << 12)
def _alike(place: quiet_hours.Locality | None) -> str:
    """Return one area code for all places with the same local time and the same quiet hours."""
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
    """The queue of a sender or a campaign, and what was sent through it.

    Args:
        name: The sender's SID, or `CAMPAIGN`.
        rate: Segments a second; messages on a channel.
        each: Segments of one message; 1 on a channel.
        holds: How much it can hold, in seconds of its rate.
        departures: What left it: begin, end, and messages by route.
        code: The error code of messages that it could not hold.
        lost: How many messages that was.
        waiting: Pairs of a time and the segments that wait then.
        waited: The longest wait of each route, in seconds.
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
    """Send what arrives through a queue, in order, and note the result in the queue.

    A message fails with 30001 where the queue is full, and with 30036 where it would wait longer than its validity period.
    """
    each = queue.each / queue.rate
    limit = min(queue.holds, plan.validity_seconds)
    queue.code = QUEUE_FULL if queue.holds <= plan.validity_seconds else TOO_OLD
    free = -math.inf
    for begin, end, parts in _steps(arrivals):
        number = sum(parts.values())
        wait = max(free - begin, 0.0)
        queue.waiting.append((begin, wait * queue.rate))
        full = begin  # when the queue is full; until then it takes everything
        taken: float
        if end == begin:
            taken = min(number, max(limit - wait, 0.0) / each)
        else:
            growth = number * each / (end - begin) - 1.0  # how much longer the wait gets each second
            full = min(begin + (max(limit - wait, 0.0) / growth if growth > 0 else math.inf), end)
            taken = number * (full - begin) / (end - begin) + (end - full) / each
        queue.lost += number - taken
        if taken <= 0:
            continue
        kept = {route: part * taken / number for route, part in parts.items()}
        leaves = begin + wait
        busy = taken * each
        if leaves + busy >= end:  # it is never empty before the last message arrives
            longest = limit if taken < number - 1e-9 else max(wait, leaves + busy - end - each)
            queue.departures.append((leaves, leaves + busy, kept))
            free = leaves + busy
        else:  # first the messages that wait, then each message as it arrives
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
    """Divide arrivals that overlap into steps that do not: begin, end, and messages by route."""
    edges = sorted({edge for first, last, _, _ in arrivals for edge in (first, last)})
    steps: defaultdict[tuple[float, float], defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    for first, last, number, route in arrivals:
        if first == last:
            steps[first, first][route] += number
        for begin, end in pairwise(edge for edge in edges if first <= edge <= last):
            steps[begin, end][route] += number * (end - begin) / (last - first)
    for (begin, end), parts in sorted(steps.items()):
        yield begin, end, dict(parts)


@dataclass(frozen=True)
class Assumption:
    """What one calculation assumes: a campaign, its tier, and verified senders."""

    registered: bool = True
    tier: rates.ThroughputTier | None = None
    verified: bool = True

    def covers(self, plan: SendPlan, route: SendRoute) -> bool:
        """Whether the campaign includes a route's number. The campaign of a sole proprietor includes one number: the first of the pool."""
        if self.tier is None or self.tier.name != rates.sole_proprietor().name:
            return self.registered
        return route.sender == next(one for one in plan.senders if _is_us_local(one))


@dataclass(frozen=True)
class Run:
    """The result of a plan under one assumption.

    Args:
        known: The assumption.
        queues: The queues, by name.
        queue_of: The name of each route's queue, by the route's place.
        left: How many messages of each route leave.
        codes: How many messages fail, by error code.
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
    """Return every assumption that fits the plan. A value that changes nothing is left out."""
    found = [Assumption()]
    if any(route.under_campaign for route in routes):
        found = [] if plan.registered is False else [Assumption(tier=tier) for tier in plan.tiers]
        found += [] if plan.registered else [Assumption(registered=False)]
    if any(route.sender is not None and route.sender.verified is None and route.doubtful(plan) for route in routes):
        found += [replace(known, verified=False) for known in found]
    return found


def run(plan: SendPlan, routes: Sequence[SendRoute], known: Assumption) -> Run:
    """Calculate the result of a plan under one assumption."""
    queues: dict[str, Queue] = {}
    arrivals: defaultdict[str, list[_Arrival]] = defaultdict(list)
    queue_of: dict[int, str] = {}
    for number, route in enumerate(routes):
        if route.sender is not None:
            queue = _queue(plan, route, known)
            queue_of[number] = queues.setdefault(queue.name, queue).name
            arrivals[queue.name] += [(begin, end, route.count * part, number) for begin, end, part in route.times]
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
    """Return the error codes of messages that fail before a carrier counts them, each with how many."""
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
    """Return the queue of a route: the campaign's or the sender's."""
    held = rates.queue_seconds()
    holds = held.get(route.address.channel or "", held[""])
    if route.under_campaign and known.tier is not None and known.covers(plan, route):
        return Queue(CAMPAIGN, known.tier.mms_total if plan.media else known.tier.total, plan.segments, holds)
    return Queue(route.member.sid, route.own_rate, route.segments(plan), holds)


def _carriers(plan: SendPlan, queue: Queue, tier: rates.ThroughputTier) -> Iterator[tuple[int, str, float]]:
    """Return what carriers refuse of a campaign: error code, carrier, and how many messages.

    They refuse what is over their rate in a minute; T-Mobile also what is over its cap of the day. Each message goes to a
    carrier by chance, so a minute can have more for one carrier than its share.
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
    """Return how many messages of each minute are over T-Mobile's cap of the Pacific day, and their part of the minute."""
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
    """Return by how many messages a carrier's limit per minute is exceeded, on average.

    Args:
        number: How many messages leave in the minute; a fraction means that some minutes have one more than others.
        share: The chance that a message goes to this carrier.
        room: How many messages it takes.
    """
    if number % 1:
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
