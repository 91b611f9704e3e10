"""Rises: chance is told from change, a share's day is found, and traffic that only varies raises nothing."""

from math import comb

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msvc_toolkit.logs.measures.localize import UNIT, Grid, beyond, chance_for, find_rises, fisher, locate


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_fisher_counts_every_way_to_lay_the_hits(n1, n0, data):
    """The exact test equals the count of all ways, in whole numbers."""
    x1, x0 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n0))
    struck = x1 + x0
    ways = sum(comb(n1, x) * comb(n0, struck - x) for x in range(x1, min(struck, n1) + 1))
    assert fisher(x1, n1, x0, n0) == pytest.approx(ways / comb(n1 + n0, struck))


def days(rng, share, sent=50, length=60):
    """Hits of a share, or of one for each day."""
    return rng.binomial(sent, share, length)


def laid(hits, sent, outside=()):
    """Hits and messages of senders outside any service, as a grid and the counts on it."""
    rows = [("", f"+1415555{row:04}", day) for row in range(len(sent)) for day in range(sent.shape[1])]
    frames = [pd.DataFrame(rows, columns=[*UNIT, "day"]).assign(n=counts.ravel()) for counts in (sent, hits)]
    rest = [
        pd.DataFrame(
            [("", sender, earlier, counts[place]) for sender, earlier, *counts in outside],
            columns=[*UNIT, "earlier", "n"],
        )
        for place in (0, 1)
    ]
    grid = Grid(frames[0])
    counts = zip(map(grid.place, frames), map(grid.place, rest), strict=True)
    return grid, *(grid.count(inside, outside) for inside, outside in counts)


def test_a_rise_is_found_on_its_day_and_only_there():
    """From day 40 a tenth fails where a hundredth did; the sender beside it goes on as before."""
    rng = np.random.default_rng(1)
    hits = np.array([days(rng, np.where(np.arange(60) < 40, 0.01, 0.1)), days(rng, 0.01)])
    changed, same = find_rises(hits, np.full_like(hits, 50), chance_for(2, 60))
    assert changed is not None
    assert abs(changed.since - 40) <= 2
    assert changed.hits == hits[0, changed.since :].sum()
    assert same is None


def test_traffic_that_only_varies_raises_nothing():
    """A thousand senders without a change, of all sizes: no false alarm."""
    rng = np.random.default_rng(2)
    sent = rng.poisson(rng.choice([1, 5, 40, 400], (1000, 1)), (1000, 60))
    hits = rng.binomial(sent, 0.03)
    assert not any(find_rises(hits, sent, chance_for(1000, 60)))
    assert list(locate(*laid(hits, sent), looks=1, by_others=True, bar=0.05)) == []


def test_a_sender_that_was_bad_from_the_start_stands_out():
    """It has no better past, and the others are its measure."""
    rng = np.random.default_rng(3)
    hits = np.array([days(rng, share) for share in (0.01, 0.6, 0.012)])
    sent = np.full_like(hits, 50)
    assert find_rises(hits, sent, chance_for(3, 60)) == [None] * 3
    (spot,) = locate(*laid(hits, sent), looks=1, by_others=True)
    assert (spot.units, spot.against) == ((("", "+14155550001"),), "the other senders")
    assert (spot.hits, spot.sent) == (hits[1].sum(), 60 * 50)


@pytest.mark.parametrize(
    ("outside", "against"),
    [
        ([("+14155550000", True, 900, 9)], "before"),
        ([("+14155550000", False, 900, 9), ("+14155550099", True, 900, 9)], "the other senders"),
        ([("+14155550099", True, 20, 0)], "usual"),
        ([], "usual"),
    ],
)
def test_a_selection_without_past_or_peers_is_compared_with_the_rest_of_its_log(outside, against):
    """With its own past first, then with the other senders and, where both are too few, with what is usual."""
    hits, sent = np.array([[20, 20]]), np.array([[40, 40]])
    (spot,) = locate(*laid(hits, sent, outside), looks=1, by_others=True, bar=0.1)
    assert (spot.against, spot.hits, spot.sent) == (against, 40, 80)
    assert spot.base == pytest.approx(0.1 if against == "usual" else 0.01)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 200), st.floats(0.01, 0.9), st.data())
def test_beyond_a_bar_never_claims_less_than_chance(n, bar, data):
    """What is called too surprising for a bar is so by the exact count of all ways, too."""
    x, chance = data.draw(st.integers(0, n)), 0.001
    ways = sum(comb(n, k) * bar**k * (1 - bar) ** (n - k) for k in range(x, n + 1))
    assert not beyond(x, n, bar, chance=chance) or ways < chance * 1.000001
    if x == n >= 20 and bar < 0.5:
        assert beyond(x, n, bar, chance=chance)


def test_a_handful_is_an_anecdote_and_a_small_difference_no_fault():
    """Four failures are never enough, and in a million messages a third more is certain but small."""
    one = np.zeros((1, 10), int)
    one[0, 9] = 4
    assert find_rises(one, np.full_like(one, 20), 0.5) == [None]
    many = np.array([[1000] * 5 + [1300] * 5])
    assert find_rises(many, np.full_like(many, 100_000), chance_for(1, 10)) == [None]
