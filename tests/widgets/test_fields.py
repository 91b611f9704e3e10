"""Fields: what an input offers, and how its value is shown."""

import pytest

from msvc_toolkit.widgets import fields


def test_other_options_keep_the_choice_where_they_can():
    """A choice stays while it is on offer, and falls back to the first option when it is not."""
    chooser = fields.choice("size", "Size", [("small", 1), ("large", 2)], value=2)
    fields.offer(chooser, [("tiny", 0), ("large", 2)])
    assert chooser.widget.value == 2

    fields.offer(chooser, [("tiny", 0), ("huge", 3)])
    assert chooser.widget.value == 0


@pytest.mark.parametrize(
    ("typed", "shown"), [("4155550123", "••• 0123"), ("call +14155550123", "call +1 415 ••• 0123"), ("", "(empty)")]
)
def test_a_number_is_masked_in_what_is_stored(typed, shown):
    """The words of an input carry no whole phone number, with or without a plus."""
    assert fields.text("to", "To", value=typed).words == shown
