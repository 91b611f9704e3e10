"""Sums and differences of spans of time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from msvc_toolkit.logs.time_zones import common, joined, without

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
HOURS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6)


def spans(pairs):
    """Hours as spans."""
    return [(BEGIN + timedelta(hours=since), BEGIN + timedelta(hours=until)) for since, until in pairs]


def hours(found):
    """The hours that lie in spans."""
    return {hour for hour in range(31) if any(since <= BEGIN + timedelta(hours=hour) < until for since, until in found)}


@settings(deadline=None)
@given(HOURS, HOURS)
def test_they_are_sets_of_moments(one, other):
    """Joined, without and common are what they are of sets, in order and apart from each other."""
    a, b = spans(one), spans(other)
    for found, wanted in (
        (joined(a + b), hours(a) | hours(b)),
        (without(a, b), hours(a) - hours(b)),
        (common(a, b), hours(a) & hours(b)),
    ):
        assert hours(found) == wanted
        assert all(since < until for since, until in found)
        assert all(found[n][1] < found[n + 1][0] for n in range(len(found) - 1))
