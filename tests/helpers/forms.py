"""Drive forms as a person does, and read them as a screen reader does."""

import re
from html import unescape


def words(html):
    """The words that HTML shows or says, without its markup."""
    return unescape(re.sub(r"<style>.*?</style>|<[^>]+>", "", str(html), flags=re.DOTALL))


def inside(view):
    """A widget and everything in it, from top to bottom."""
    yield view
    for child in getattr(view, "children", ()):
        yield from inside(child)


def click(form):
    """Click a form's button, or a part's; wait, and return the outcome that is shown then."""
    form.button.click()
    form.wait()
    return form.outcome.value


def pick(part, *addresses):
    """Select the rows of these senders."""
    part.select([row for row in part.rows if row.address in addresses])


def foretold(form):
    """The sender that SendForm predicts."""
    return form.prediction().choice.sender.address.text
