"""The incidents of scenario `busy`: faults planted on known days at known senders and services."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from msvc_toolkit.sandbox.scenarios.busy.traffic import (
    DAY,
    DAYS,
    DELIVERED,
    FAILED,
    FROM,
    HOUR,
    INBOUND,
    SENT,
    SERVICE,
    Actors,
    Array,
    Dice,
    bounce,
    inbound,
    later,
    ordinary_times,
    outbound,
    refuse,
    reply,
    retry,
)

FAULTS = ("none", "carrier filtering", "unregistered", "daily cap", "after STOP", "landlines", "UCS-2", "late receipts")
"""The values of the column `fault`."""
_, FILTERED, UNREGISTERED, CAPPED, STOPPED, LANDLINES, UCS2, LATE = range(len(FAULTS))

# The days of the incidents, from 0; day 89 is today.
BLASTS = (23, 51, 79)
"""Campaigns, four weeks apart: each takes three hours and has a seventeenth of all messages."""
LISTS = (62, 69, 76)
SINCE = {FILTERED: 55, UNREGISTERED: 35, CAPPED: BLASTS[0], STOPPED: 0, LANDLINES: LISTS[0], UCS2: 48, LATE: 70}
_PACIFIC_OFFSET = 8 * HOUR
"""T-Mobile's day starts at midnight Pacific. In summer this is an hour off, when nothing is sent."""
_FAR = 1 << 62
# Shares of all messages, in thousandths.
_BLAST, _LIST, _SCRIPT, _ANSWERS = 60, 5, 15, 80
_STOPS, _HELPS, _RETRIES, _REPLIES = 3, 1, 8, 12


@dataclass(frozen=True)
class Roles:
    """Which actors have a part in the incidents."""

    campaigns: int  # the service that runs campaigns
    abroad: int  # the service with late receipts
    filtered: int  # the sender that carriers filter
    landlines: Array  # the recipients that are landlines
    on_tmobile: Array  # by recipient: whether T-Mobile serves it
    counted: Array  # by service: whether T-Mobile counts its messages
    heeds: Array  # by service: whether Twilio handles STOP, START and HELP
    plain: int  # the text that one character turns into two segments
    ucs2: int  # the same text with that character
    said: Array  # the texts of replies; below, those of STOP, START and HELP, and the confirmations
    stop: Array
    start: int
    help: int
    confirm_stop: int
    confirm_start: int
    confirm_help: int
    thanks: int  # the automatic answer to replies


@dataclass(frozen=True)
class GeneratedLog:
    """The generated messages, in order of creation."""

    log: Array
    opted_out: Array  # service and recipient of those who stay opted out
    cap: int  # how many segments a day T-Mobile takes


def first_day(now: int) -> int:
    """Return when the first day begins, milliseconds since 1970."""
    return now // DAY * DAY - (DAYS - 1) * DAY


def write(actors: Actors, roles: Roles, *, now: int, messages: int, seed: int, faults: bool = True) -> GeneratedLog:
    """Generate the traffic up to `now`; without faults, leave out the incidents but keep the ordinary errors."""
    dice, start = Dice(seed), first_day(now)
    cap = messages // 50  # with 100 000 messages it is 2000, as in T-Mobile's lowest tier
    ordinary = partial(_ordinary, dice, actors, start, now)
    special = _special(dice, actors, roles, start, messages, faults=faults)
    made = sum(map(len, special))
    base = np.concatenate([ordinary(messages - made - messages * _ANSWERS // 1000), *special])
    if faults:
        _plant(dice, roles, base, start)
    blasts = np.array([(start + day * DAY - _PACIFIC_OFFSET) // DAY + 1 for day in BLASTS])
    calm = ~(roles.on_tmobile[base["recipient"]] & np.isin((base["created"] - _PACIFIC_OFFSET) // DAY, blasts))
    settled = calm & (base["kind"] == SERVICE) & (base["ended"] + 2 * HOUR < now)
    leaving = min(messages * _STOPS // 1000, len(actors.dead) // 40) if faults else 0
    stops, starts, out = _stops(dice, actors, roles, base, settled, leaving, now)
    _block(actors, base, stops, starts)
    # After the opt-outs are applied: messages that never arrived get no reply.
    delivered = np.flatnonzero(settled & (base["outcome"] == DELIVERED))
    stays = ~np.isin(_pair(actors, base), _pair(actors, stops))  # people who have opted out get no help text
    asking = delivered[(roles.heeds[base["service"]] & stays)[delivered]]
    helps = later(dice, base[dice.sample(asking, messages * _HELPS // 1000)], roles.help, HOUR // 30, HOUR)
    lost = dice.shuffle(np.flatnonzero(settled & (base["error"] == 30003)))[: messages * _RETRIES // 1000]  # noqa: PLR2004
    again = retry(dice, actors, base[lost])
    _block(actors, again, stops, starts)
    parts = [base, again, stops, starts, helps]
    for asked, text in ((stops, roles.confirm_stop), (starts, roles.confirm_start), (helps, roles.confirm_help)):
        parts.append(reply(dice, actors, asked, text))
    rest = messages - sum(map(len, parts))
    answers = inbound(dice, base[dice.sample(delivered, rest - min(rest, messages * _REPLIES // 1000))], roles.said)
    parts.append(answers)
    answered = dice.shuffle(np.arange(len(answers)))[: messages - sum(map(len, parts))]
    thanks = reply(dice, actors, answers[answered], roles.thanks)
    more = ordinary(messages - sum(map(len, parts)) - len(thanks))  # a very short log may have no replies
    for late in (thanks, more):
        _block(actors, late, stops, starts)
    log = np.concatenate([*parts, thanks, more])
    log = log[np.argsort(log["created"], kind="stable")]
    if faults:
        _cap(actors, roles, log, cap, int(blasts[0]))
    return GeneratedLog(log, out, cap)


def _ordinary(dice: Dice, actors: Actors, start: int, now: int, n: int) -> Array:
    return outbound(dice, actors, ordinary_times(dice, start, now, n), dice.pick(actors.shares, n))


def _special(dice: Dice, actors: Actors, roles: Roles, start: int, messages: int, *, faults: bool) -> list[Array]:
    """Generate the campaigns and, with incidents, messages to landlines and from an unregistered sender."""
    parts = []
    for day in BLASTS:
        times = start + day * DAY + 17 * HOUR + dice.below(3 * HOUR, messages * _BLAST // 1000)
        parts.append(outbound(dice, actors, times, np.full(len(times), roles.campaigns)))
    if not faults:
        return parts
    for day in LISTS:
        times = start + day * DAY + 16 * HOUR + dice.below(HOUR, messages * _LIST // 1000)
        people = dice.sample(roles.landlines, len(times))
        parts.append(outbound(dice, actors, times, np.full(len(times), roles.campaigns), people))
    since = start + SINCE[UNREGISTERED] * DAY
    times = ordinary_times(dice, since, start + (DAYS - 1) * DAY, messages * _SCRIPT // 1000)
    script = outbound(dice, actors, times, np.full(len(times), len(actors.shares)))
    script["kind"] = FROM
    script["queued"] = script["created"]
    bounce(script, np.ones(len(script), bool), 30034, UNREGISTERED)
    return [*parts, script]


def _plant(dice: Dice, roles: Roles, log: Array, start: int) -> None:
    """Plant the incidents of a sender, a list, a text and a route."""

    def since(fault: int) -> Array:
        return log["created"] >= start + SINCE[fault] * DAY

    filtered = (log["sender"] == roles.filtered) & since(FILTERED) & (log["outcome"] == DELIVERED)
    bounce(log, filtered & dice.chance(700, len(log)), 30007, FILTERED)
    bounce(log, np.isin(log["recipient"], roles.landlines), 30006, LANDLINES)
    ucs2 = (log["text"] == roles.plain) & since(UCS2)
    log["text"][ucs2], log["fault"][ucs2] = roles.ucs2, UCS2
    late = (log["service"] == roles.abroad) & since(LATE) & (log["outcome"] == DELIVERED)
    late = np.flatnonzero(late & dice.chance(600, len(log)))
    delay = 4 * HOUR + dice.below(68 * HOUR, len(late))
    log["ended"][late] += delay
    log["priced"][late] += delay
    log["fault"][late] = LATE
    log["outcome"][late[dice.chance(100, len(late))]] = SENT  # without a receipt


def _stops(
    dice: Dice, actors: Actors, roles: Roles, log: Array, settled: Array, n: int, now: int
) -> tuple[Array, Array, Array]:
    """Generate STOP texts, and START texts from a quarter of these people; return who stays opted out."""
    delivered = np.flatnonzero(settled & (log["outcome"] == DELIVERED) & roles.heeds[log["service"]])
    delivered = dice.shuffle(delivered)[:n]
    _, first = np.unique(_pair(actors, log[delivered]), return_index=True)  # one STOP for each service and person
    stops = inbound(dice, log[delivered[first]], roles.stop)
    starts = later(dice, stops[::4], roles.start, DAY, 20 * DAY)
    starts = starts[starts["created"] < now - HOUR]
    return stops, starts, np.setdiff1d(_pair(actors, stops), _pair(actors, starts))


def _pair(actors: Actors, log: Array) -> Array:
    """Return one number for a service and a recipient."""
    number: Array = log["service"].astype(np.int64) * len(actors.dead) + log["recipient"]
    return number


def _block(actors: Actors, log: Array, stops: Array, starts: Array) -> None:
    """Fail messages to people between their STOP and their START."""
    out = np.full(actors.senders.size, _FAR)
    back = out.copy()
    out[_pair(actors, stops)], back[_pair(actors, starts)] = stops["created"], starts["created"]
    pair = _pair(actors, log)
    refuse(log, (log["created"] > out[pair]) & (log["created"] < back[pair]), 21610, STOPPED)


def _cap(actors: Actors, roles: Roles, log: Array, cap: int, first: int) -> None:
    """Reject segments above T-Mobile's daily cap; on the first day with the older code 30027."""
    sent = roles.on_tmobile[log["recipient"]] & roles.counted[log["service"]]
    counted = np.flatnonzero(sent & (log["kind"] != INBOUND) & (log["outcome"] != FAILED))
    day = (log["created"][counted] - _PACIFIC_OFFSET) // DAY
    upto = np.cumsum(actors.segments[log["text"][counted]])
    begun = np.searchsorted(day, day, "left")  # the first row of each row's day
    used = upto - upto[begun] + actors.segments[log["text"][counted]][begun]
    over = used > cap
    bounce(log, counted[over], np.where(day[over] <= first, 30027, 30023), CAPPED)
