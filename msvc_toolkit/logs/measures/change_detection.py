"""Whether and since when a share is higher than before, than another share, or than a fixed limit.

Two shares differ when their 95 % intervals lie apart, one is `FACTOR` times the other, and chance alone would hardly produce
such a difference anywhere in a log, even over all places and days that were tested.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, log, sqrt

import numpy as np
import numpy.typing as npt

from msvc_toolkit.logs.measures.rates import Z

Integers = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]

FALSE_ALARMS = 0.01
"""The share of logs without any change in which one may be found."""
LEAST = 5
"""Fewer messages than this are not reported, whatever their share."""
FACTOR = 3.0
"""A share has to be this many times the earlier or the others' share: traffic always varies, and among a million messages
a certain difference may still be too small to matter."""
PAST = 30
"""A sender that sent fewer messages than this before has no past to compare with."""


@dataclass(frozen=True)
class Rise:
    """A share that is higher from a day on: its messages, of all that were sent, since that day and before."""

    since: int
    hits: int
    sent: int
    hits_before: int
    sent_before: int


def chance_for(looks: int, days: int) -> float:
    """Return the significance level of each test if so many tests together may give `FALSE_ALARMS` (Bonferroni).

    Neighboring days split nearly the same messages, so only each doubling of the days on either side counts as a test.
    """
    return FALSE_ALARMS / (looks * max(2 * days.bit_length(), 1))


def find_rises(hits: Integers, sent: Integers, chance: float) -> list[Rise | None]:
    """Find, in each row (a place, with a column for each day), the day from which its share is higher."""
    x0, n0 = np.cumsum(hits, axis=1), np.cumsum(sent, axis=1)
    x, n = x0[:, -1:], n0[:, -1:]
    x1, n1 = x - x0, n - n0
    likelier = np.where(x1 * n0 > x0 * n1, _likelihood(x0, n0) + _likelihood(x1, n1) - _likelihood(x, n), -np.inf)
    likelier[(n0 < PAST) | (x1 < LEAST)] = -np.inf
    best = np.argmax(likelier, axis=1)
    found: list[Rise | None] = []
    for row, cut in enumerate(best):
        counts = (x1[row, cut], n1[row, cut], x0[row, cut], n0[row, cut])
        if likelier[row, cut] == -np.inf or not apart(*counts, chance=chance):
            found.append(None)
            continue
        since = cut + 1 + int(np.argmax(hits[row, cut + 1 :] > 0))
        found.append(Rise(int(since), *map(int, counts)))
    return found


def apart(x1: int, n1: int, x0: int, n0: int, *, chance: float) -> bool:
    """Return whether x1 of n1 is a clearly higher share than x0 of n0."""
    x1, n1, x0, n0 = int(x1), int(n1), int(x0), int(n0)
    far = x1 * n0 >= FACTOR * x0 * n1 and _end(x1, n1, -Z) > _end(x0, n0, Z)
    return far and fisher(x1, n1, x0, n0) < chance


def beyond(x: int, n: int, bar: float, *, chance: float) -> bool:
    """Return whether x of n is clearly a higher share than a fixed limit.

    Source: W. Hoeffding, "Probability inequalities for sums of bounded random variables", JASA 58 (1963), theorem 1: a
    bound on the probability that chance gives so many.
    """
    x, n = int(x), int(n)
    if n == 0 or bar >= 1 or _end(x, n, -Z) <= bar:
        return False
    share = x / n
    surprise = share * log(share / bar) + (1 - share) * log((1 - share) / (1 - bar)) if x < n else -log(bar)
    return exp(-n * surprise) < chance


def _end(x: int, n: int, z: float) -> float:
    """An end of Wilson's interval, see `rates.rates`: the lower for a negative z."""
    return (x / n + z * z / (2 * n) + z * sqrt(x * (n - x) / n**3 + z * z / (4 * n * n))) / (1 + z * z / n)


def fisher(x1: int, n1: int, x0: int, n0: int) -> float:
    """The probability that chance puts x1 or more of all hits among the n1.

    Source: R. A. Fisher, "Statistical Methods for Research Workers" (1934), section 21.02: the exact test, one-sided.
    """
    struck, total = x1 + x0, n1 + n0

    def ways(n: int, k: int) -> float:
        return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)

    here = exp(ways(n1, x1) + ways(n0, x0) - ways(total, struck))
    likely = here
    for x in range(x1, min(struck, n1)):
        here *= (n1 - x) * (struck - x) / ((x + 1) * (n0 - struck + x + 1))
        likely += here
    return likely


def _likelihood(x: Integers, n: Integers) -> Numbers:
    """The logarithm of how likely x of n is at its own share."""
    y = n - x
    total = np.maximum(n, 1)
    found: Numbers = x * np.log(np.maximum(x, 1) / total) + y * np.log(np.maximum(y, 1) / total)
    return found
