"""Rises: chance is told from change, a share's day is found, and traffic that only varies raises nothing."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msvc_toolkit.logs.measures.rises import chance_for, find_outstanding, find_rises, fisher


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
    chance = chance_for(1000, 60)
    assert not any(find_rises(hits, sent, chance))
    assert not any(find_outstanding(hits, sent, chance))


def test_a_sender_that_was_bad_from_the_start_stands_out():
    """It has no better past, and the others are its measure."""
    rng = np.random.default_rng(3)
    hits = np.array([days(rng, share) for share in (0.01, 0.6, 0.012)])
    sent = np.full_like(hits, 50)
    assert find_rises(hits, sent, chance_for(3, 60)) == [None] * 3
    assert [bool(found) for found in find_outstanding(hits, sent, chance_for(3, 60))] == [False, True, False]


def test_a_handful_is_an_anecdote_and_a_small_difference_no_fault():
    """Four failures are never enough, and in a million messages a third more is certain but small."""
    one = np.zeros((1, 10), int)
    one[0, 9] = 4
    assert find_rises(one, np.full_like(one, 20), 0.5) == [None]
    many = np.array([[1000] * 5 + [1300] * 5])
    assert find_rises(many, np.full_like(many, 100_000), chance_for(1, 10)) == [None]
