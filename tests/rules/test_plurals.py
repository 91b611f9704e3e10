"""Numbers agree with their nouns."""

import pytest

from msvc_toolkit.rules.plurals import count


@pytest.mark.parametrize(
    ("number", "noun", "plural", "shown"),
    [
        (1, "message", "", "1 message"),
        (0, "message", "", "0 messages"),
        (2, "message", "", "2 messages"),
        (12_345, "segment", "", "12,345 segments"),
        (1, "advice", "advice", "1 advice"),
        (2, "advice", "advice", "2 advice"),
    ],
)
def test_a_number_agrees_with_its_noun(number, noun, plural, shown):
    """One is singular, everything else plural, and thousands have a comma."""
    assert count(number, noun, plural) == shown
