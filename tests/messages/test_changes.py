"""SendForm while it is changed: nothing stale stays, what was opened stays open, the size is under the text."""

from datetime import timedelta

from forms import click
from msvc_toolkit.messages.form import SendForm
from tests.helpers.forms import inside, words

TO = "+16285550123"


def test_a_change_takes_the_result_before_it_away(conn, sid):
    """After the text or the time is changed, neither the timeline nor the result of the message before stays."""
    form = SendForm(conn, sid, to=TO, body="Hello")
    for change in ({"body": "Hello again"}, {"send_at": conn.sandbox.now + timedelta(hours=1)}, {"to": "+12125550177"}):
        assert click(form)
        form.fill(**change)
        assert (form.timeline.value, form.outcome.value) == ("", "")


def test_a_change_while_a_message_is_followed_is_distinguished(conn, sid):
    """What is still shown about the message that was sent says so, and is beside no other message."""
    form = SendForm(conn, sid, to=TO, body="Hello")

    def change(_):
        form.timeline.unobserve_all()
        form.fill(body="Another")

    form.timeline.observe(change, names="value")
    said = click(form)

    assert "before the form was changed" in said
    assert "before the form was changed" in form.timeline.value
    form.fill(body="A third")
    assert (form.timeline.value, form.outcome.value) == ("", "")


def test_typing_leaves_what_is_opened_alone(conn, sid):
    """The explanations are drawn once more only where they change: a text does not change them."""
    form = SendForm(conn, sid, to=TO, body="Hello")
    drawn = []
    form.why_fold.children[0].value = True
    for part in (form.by, form.why):
        assert words(part.value)
        part.observe(lambda change: drawn.append(change.new), names="value")
    for end in range(1, 12):
        form.fill(body="Hello again"[:end])

    assert drawn == []
    assert form.why_fold.children[0].value
    assert "11 of 160 characters" in form.size.value


def test_the_size_is_under_the_text(conn, sid):
    """Segments follow the text at once, before the choice of a sender and what is folded away."""
    form = SendForm(conn, sid, to=TO, body="Hello")
    shown = list(inside(form.view))

    assert "1 segment" in form.size.value
    assert shown[shown.index(form.size) - 2] is form.fields["body"].widget  # its note is between them
