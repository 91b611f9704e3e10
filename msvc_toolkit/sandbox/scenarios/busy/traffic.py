"""Generates ninety days of messages as one table of integers: times, sender, recipient and outcome.

Everything is made from raw random bits in integers, so that a seed gives the same bytes on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
HOUR, DAY = 3_600_000, 86_400_000
DAYS = 90
NONE = -1
"""The value for a time that never comes."""

SERVICE, FROM, INBOUND, REPLY = range(4)
"""Kinds of rows: sent with a service, sent with a From outside any service, inbound, and a reply."""
DELIVERED, UNDELIVERED, FAILED, SENT, RECEIVED = range(5)
OUTCOMES = ("delivered", "undelivered", "failed", "sent", "received")

LOG = np.dtype(
    [
        *((name, "i8") for name in ("created", "queued", "sending", "sent", "ended", "priced")),
        *((name, "i4") for name in ("recipient", "number", "error")),
        *((name, "i2") for name in ("service", "sender", "text", "kind", "outcome", "attempt", "fault")),
    ]
)

HOURS = (20, 12, 6, 3, 2, 1, 1, 1, 2, 3, 5, 8, 14, 24, 40, 60, 66, 64, 62, 62, 60, 54, 44, 32)
"""How busy each hour of a UTC day is: North America's waking hours."""
WEEKDAYS = (100, 104, 106, 104, 98, 62, 48)
"""How busy each day of a week is, from Monday."""

# Waiting times in ms; each step is equally likely, and so is every time within it.
_QUEUE = (100, 200, 400, 800, 2_000)
_HAND_OVER = (150, 300, 500, 900, 2_500)
_RECEIPT = (400, 700, 1_000, 1_500, 2_200, 3_500, 6_000, 12_000, 30_000, 120_000)
_PRICE = (2_000, 4_000, 8_000, 20_000, 60_000, 600_000)
_ANSWER = (15_000, 40_000, 120_000, 600_000, HOUR)

_NOISE = ((30003, 60), (30008, 20), (30007, 12))
"""Errors of ordinary days: code and messages of ten thousand."""
_PRICED_LATE = 40
"""Of a thousand messages, how many are priced 6 to 48 hours late."""


class Dice:
    """Random integers; the same seed gives the same numbers."""

    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64(seed)  # NumPy keeps this stream stable, but not the streams of its distributions

    def below(self, limit: int | Array, n: int) -> Array:
        """Draw `n` numbers from 0 to `limit` - 1."""
        return (self._bits.random_raw(n) >> np.uint64(11)).astype(np.int64) % limit

    def pick(self, weights: Array, n: int) -> Array:
        """Draw `n` indexes by weight."""
        upto = np.cumsum(weights)
        return np.searchsorted(upto, self.below(int(upto[-1]), n), "right")

    def chance(self, per_mille: int, n: int) -> Array:
        """Draw `n` booleans, true for this many in a thousand."""
        return self.below(1000, n) < per_mille

    def spread(self, steps: tuple[int, ...], n: int) -> Array:
        """Draw `n` waiting times."""
        edges, step = np.array(steps), self.below(len(steps) - 1, n)
        return edges[step] + self.below(np.diff(edges)[step], n)

    def sample(self, rows: Array, n: int) -> Array:
        """Draw `n` rows with replacement; none when there are no rows."""
        return rows[self.below(len(rows), n)] if len(rows) else rows

    def shuffle(self, rows: Array) -> Array:
        """Return the rows in random order."""
        return rows[np.argsort(self.below(1 << 53, len(rows)), kind="stable")]


@dataclass(frozen=True)
class Actors:
    """Services, texts, senders and recipients, as numbers; a number after the last service means no service."""

    shares: Array  # how much of the ordinary traffic each service has
    people: tuple[Array, ...]  # each service's recipients
    texts: tuple[Array, ...]  # each service's texts
    senders: Array  # the sender for each service and recipient
    dead: Array  # by recipient: whether the number is out of use
    segments: Array  # by text: how many segments it has


def ordinary_times(dice: Dice, start: int, now: int, n: int) -> Array:
    """Draw `n` times by hour and weekday, from midnight of the first day to `now`."""
    slots = np.arange(start, now, HOUR)
    length = np.minimum(HOUR, now - slots)
    weekday = (slots // DAY + 3) % 7  # 1970 began on a Thursday
    weight = np.array(HOURS)[slots // HOUR % 24] * np.array(WEEKDAYS)[weekday] * length // 1000
    slot = dice.pick(weight, n)
    return slots[slot] + dice.below(length[slot], n)


def outbound(dice: Dice, actors: Actors, created: Array, service: Array, recipient: Array | None = None) -> Array:
    """Generate outbound messages with ordinary outcomes; unless given, recipients are drawn with a long-tailed distribution."""
    log = np.zeros(len(created), LOG)
    log["created"], log["service"] = created, service
    log["number"] = dice.below(1_000_000, len(log))
    log["attempt"] = 1
    if recipient is not None:
        log["recipient"] = recipient
    for index, (people, texts) in enumerate(zip(actors.people, actors.texts, strict=True)):
        here = np.flatnonzero(log["service"] == index)
        if recipient is None:
            rank = dice.below(len(people), len(here))
            for _ in range(2):
                rank = rank * dice.below(1 << 20, len(here)) >> 20
            log["recipient"][here] = people[rank]
        log["text"][here] = dice.sample(texts, len(here))
    log["sender"] = actors.senders[log["service"], log["recipient"]]
    run(dice, actors, log)
    return log


def run(dice: Dice, actors: Actors, log: Array) -> None:
    """Fill in the times and the ordinary errors of outbound messages."""
    n = len(log)
    log["queued"] = log["created"] + dice.below(500, n) + 100
    log["sending"] = log["queued"] + dice.spread(_QUEUE, n)
    log["sent"] = log["sending"] + dice.spread(_HAND_OVER, n)
    log["ended"] = log["sent"] + dice.spread(_RECEIPT, n)
    log["priced"] = log["ended"] + dice.spread(_PRICE, n)
    late = np.flatnonzero(dice.chance(_PRICED_LATE, n))
    log["priced"][late] += 6 * HOUR + dice.below(42 * HOUR, len(late))
    drawn, upto = dice.below(10_000, n), 0
    for code, share in _NOISE:
        bounce(log, (drawn >= upto) & (drawn < upto + share), code)
        upto += share
    bounce(log, actors.dead[log["recipient"]], 30005)


def bounce(log: Array, rows: Array, code: int | Array, fault: int = 0) -> None:
    """Make messages undelivered; `rows` are indexes or a mask."""
    log["outcome"][rows], log["error"][rows] = UNDELIVERED, code
    log["fault"][rows] = fault


def refuse(log: Array, rows: Array, code: int, fault: int) -> None:
    """Make messages fail before they are sent."""
    log["outcome"][rows], log["error"][rows], log["fault"][rows] = FAILED, code, fault
    log["ended"][rows] = log["queued"][rows]
    for name in ("queued", "sending", "sent", "priced"):
        log[name][rows] = NONE


def inbound(dice: Dice, parents: Array, texts: Array) -> Array:
    """Generate inbound texts that answer messages."""
    log = parents.copy()
    log["created"] = parents["ended"] + dice.spread(_ANSWER, len(log))
    log["text"] = dice.sample(texts, len(log))
    return _arrived(log)


def _arrived(log: Array) -> Array:
    log["kind"], log["outcome"], log["error"], log["fault"] = INBOUND, RECEIVED, 0, 0
    log["queued"] = log["sending"] = NONE
    log["sent"], log["ended"] = log["created"], log["created"] + 500
    log["priced"] = log["ended"] + 3_000
    return log


def later(dice: Dice, before: Array, text: int, first: int, last: int) -> Array:
    """Generate another text from the same people, `first` to `last` milliseconds after the one before."""
    log = before.copy()
    log["created"] += first + dice.below(last - first, len(log))
    log["text"] = text
    return _arrived(log)


def reply(dice: Dice, actors: Actors, received: Array, text: int) -> Array:
    """Generate replies from the sender that received a text."""
    log = received.copy()
    log["created"] += 200 + dice.below(800, len(log))
    log["kind"], log["text"], log["outcome"] = REPLY, text, DELIVERED
    run(dice, actors, log)
    return log


def retry(dice: Dice, actors: Actors, lost: Array) -> Array:
    """Generate second attempts at undelivered messages, ten to forty minutes later."""
    log = lost.copy()
    log["created"] = lost["ended"] + HOUR // 6 + dice.below(HOUR // 2, len(log))
    log["attempt"], log["outcome"], log["error"], log["fault"] = 2, DELIVERED, 0, 0
    run(dice, actors, log)
    return log
