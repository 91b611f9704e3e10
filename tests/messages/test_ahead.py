"""SendForm, before the click: text measured, sender foretold, and what is wrong told as typed."""

import pytest

from forms import click, foretold
from msvc_toolkit.messages.calls import recent_messages
from msvc_toolkit.messages.form import SendForm
from msvc_toolkit.senders.calls import add_senders, remove_senders
from msvc_toolkit.services.calls import update_service
from msvc_toolkit.services.model import ServiceDraft

POOL = ["+14155550100", "+14155550101", "+12125550100", "+447400123456"]
TO = "+16285550123"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("a", "1 segment, GSM-7, 1 character, room for 159 more characters"),
        ("x" * 160, "1 segment, GSM-7, 160 characters, room for 0 more"),
        ("x" * 161, "2 segments, GSM-7"),
        ("Hi “there”", "(left double quotation mark) at character 4 forces UCS-2: 70 instead of 160"),
        ("Hi “there”", "so does 1 more"),
        ("Grüße 🎉🎉🎉", "so do 2 more"),
    ],
)
def test_segments_and_the_dear_character_are_told_as_typed(conn, sid, body, words):
    """Count, encoding, room and the character that forces UCS-2 stand above the button."""
    form = SendForm(conn, sid)
    form.fill(body=body)

    assert words in form.ahead.value


def test_smart_encoding_of_the_service_counts(conn, sid):
    """With it on, curly quotes cost nothing, and the form says that they are replaced."""
    update_service(conn, sid, ServiceDraft(smart_encoding=True))
    form = SendForm(conn, sid)
    form.fill(body="Hi “there”")

    assert "GSM-7" in form.ahead.value
    assert "Smart Encoding replaces" in form.ahead.value


@pytest.mark.parametrize("to", ["+16285550123", "+12125550177", "+447700900123", "+14165550123", "+33639981234"])
def test_the_sender_told_ahead_is_the_one_used(conn, sid, to):
    """For recipients at home and abroad the prediction equals what the sandbox picks."""
    form = SendForm(conn, sid)
    form.fill(to=to, body="Hello")
    told = foretold(form)
    click(form)

    assert form.message.from_ == told
    assert "Why this sender" in form.ahead.value


@pytest.mark.slow
@pytest.mark.parametrize("sticky", [True, False])
def test_the_prediction_holds_over_many_sends(conn, sid, sticky):
    """Sticky Sender and load spreading are foretold message after message."""
    update_service(conn, sid, ServiceDraft(sticky_sender=sticky, area_code_geomatch=False))
    form = SendForm(conn, sid, body="Hello")
    used = []
    for number in (1, 1, 2, 3, 1, 2):
        form.fill(to=f"+1646555010{number}")
        told = foretold(form)
        click(form)
        assert form.message.from_ == told
        used.append(told)

    assert (used[0] == used[1] == used[4]) == sticky
    assert len(set(used)) == 3


def test_senders_added_later_are_learned_of(conn, sid):
    """A form on an empty pool says so, and after a look again it offers and foretells what was added since."""
    remove_senders(conn, sid, POOL)
    form = SendForm(conn, sid, to=TO, body="Hello")
    assert form.button.disabled
    assert "21704" in form.missing.value

    add_senders(conn, sid, POOL[2:3])
    form.again.click()
    assert not form.button.disabled
    assert [label for label, _ in form.fields["from_"].widget.options][1:] == ["+1 212 ••• 0100 (local)"]
    assert foretold(form) == POOL[2]


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ("4155550123", "The country code is missing its +"),
        ("+1415555012", "too few digits"),
        ("+1415555012345", "too many digits"),
        ("Bob", "has letters in it"),
        ("894546", "This is a short code"),
        ("telegram:+14155550123", "This channel is not known"),
    ],
)
def test_a_wrong_recipient_is_told_as_typed(conn, sid, to, says):
    """The sentence stands under the input, no sender is foretold, and nothing is sent by a click."""
    form = SendForm(conn, sid, body="Hello")
    form.fill(to=to)

    assert says in form.fields["to"].note.value
    assert "Ahead" not in form.ahead.value
    click(form)
    assert recent_messages(conn) == []
    assert form.fields["to"].widget.value == to


@pytest.mark.parametrize(
    ("fill", "where", "says"),
    [
        ({"body": ""}, "body", "Type a text, or add media"),
        ({"body": "x" * 1601}, "body", "1 characters over"),
        ({"media_url": "cat.jpg"}, "media_url", "21620"),
        ({"media_url": "http://["}, "media_url", "21620"),
        ({"media_url": "\n".join(f"https://example.com/{n}.jpg" for n in range(11))}, "media_url", "21623"),
    ],
)
def test_wrong_content_is_told_before_the_click(conn, sid, fill, where, says):
    """The sentence stands under its input, and a click all the same sends nothing."""
    form = SendForm(conn, sid, to=TO, body="Hello")
    form.fill(body="Hi")
    form.fill(**fill)

    assert says in form.fields[where].note.value
    assert form.button.disabled
    click(form)
    assert recent_messages(conn) == []
