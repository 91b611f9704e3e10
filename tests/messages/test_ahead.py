"""SendForm, before the click: text measured, sender predicted, and what is wrong reported as typed."""

import pytest

from forms import click, foretold, words
from msvc_toolkit.messages.calls import recent_messages
from msvc_toolkit.messages.form import SendForm
from msvc_toolkit.senders.calls import add_senders, remove_senders
from msvc_toolkit.services.calls import update_service
from msvc_toolkit.services.model import ServiceDraft

POOL = ["+14155550100", "+14155550101", "+12125550100", "+447400123456"]
TO = "+16285550123"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("a", "1 segment, 1 of 160 characters, GSM-7"),
        ("x" * 160, "1 segment, 160 of 160 characters, GSM-7"),
        ("x" * 161, "2 segments, 161 of 306 characters, GSM-7"),
        ("ç" + "x" * 89, "2 segments, 90 of 134 characters, UCS-2"),
        ("Hi “there”", "1 segment, 10 of 70 characters, UCS-2"),
        ("Hi “there”", "(left double quotation mark) at character 4 forces UCS-2: 70 instead of 160"),
        ("Hi “there”", "So does 1 other character."),
        ("Grüße 🎉🎉🎉", "So do 2 other characters."),
        ("Grüße 🎉🎉🎉", "12 of 70 characters, UCS-2"),
        ("Grüße 🎉🎉🎉", "9 visible characters; some of them count as more than one."),
    ],
)
def test_segments_and_the_costly_character_are_reported_as_typed(conn, sid, body, shown):
    """Count, encoding, size and the character that forces UCS-2 are right under the text."""
    form = SendForm(conn, sid)
    form.fill(body=body)

    assert shown in words(form.size.value)
    assert form.size.value.count("<i ") == int(words(form.size.value).split()[0])


@pytest.mark.parametrize(
    ("body", "button", "after", "warned"),
    [
        ("It\u2019s here", "Replace \u2019 with '", "It's here", False),
        ("It\u2019s here. " * 10, "Replace \u2019 with '", "It's here. " * 10, True),
        ("“Hi” " * 20, "Replace 2 characters by look-alikes", '"Hi" ' * 20, True),
        ("A\u200bB", "Remove “\u200b”", "AB", False),
    ],
)
def test_a_costly_look_alike_is_replaced_by_a_click(conn, sid, body, button, after, warned):
    """The button says what it replaces; the warning says what it saves, and both are gone afterwards."""
    form = SendForm(conn, sid, to=TO)
    form.fill(body=body)
    assert form.fix.layout.display == ""
    assert form.fix.description == button
    assert ("With plain characters it is 1 segment." in form.fields["body"].note.value) == warned

    form.fix.click()
    assert form.fields["body"].widget.value == after
    assert "GSM-7" in form.size.value
    assert form.fix.layout.display == "none"
    assert form.fields["body"].note.value == ""


def test_nothing_is_offered_that_would_save_nothing(conn, sid):
    """Beside an emoji a curly quote costs nothing more, so there is no button."""
    form = SendForm(conn, sid)
    form.fill(body="It\u2019s here 🎉")

    assert "UCS-2" in form.size.value
    assert form.fix.layout.display == "none"


@pytest.mark.parametrize(
    ("typed", "to", "said"),
    [
        ("(628) 555-0123", TO, "Read as +1 628 ••• 0123."),
        ("628.555.0123", TO, "Read as +1 628 ••• 0123."),
        ("tel:628-555-0123", TO, "Read as +1 628 ••• 0123."),
        ("00447400123456", "+447400123456", "Read as +44 ••• 3456."),
        ("whatsapp:(628) 555-0123", f"whatsapp:{TO}", "Read as whatsapp:+1 628 ••• 0123."),
        ("+1 (628) 555-0123", TO, ""),
        (TO, TO, ""),
    ],
)
def test_a_number_is_understood_as_people_write_it(conn, sid, typed, to, said):
    """The form says which number it understood where the country code was not typed, and sends to it in E.164."""
    form = SendForm(conn, sid, body="Hello")
    form.fill(to=typed)

    assert words(form.read_as.value) == said
    assert form.draft().params()["to"] == to
    assert form.acts()[0].params["to"] == to
    assert form.fields["to"].widget.value == typed


def test_smart_encoding_of_the_service_counts(conn, sid):
    """With it on, curly quotes cost nothing, and the form says that they are replaced."""
    update_service(conn, sid, ServiceDraft(smart_encoding=True))
    form = SendForm(conn, sid)
    form.fill(body="Hi “there”")

    assert "GSM-7" in form.size.value
    assert "Smart Encoding replaces" in form.size.value
    assert form.fix.layout.display == "none"


@pytest.mark.parametrize("to", ["+16285550123", "+12125550177", "+447700900123", "+14165550123", "+33639981234"])
def test_the_sender_predicted_is_the_one_used(conn, sid, to):
    """For recipients at home and abroad the prediction equals what the sandbox picks."""
    form = SendForm(conn, sid)
    form.fill(to=to, body="Hello")
    predicted = foretold(form)
    click(form)

    assert form.message.from_ == predicted
    assert (form.why_fold.layout.display, words(form.why.value) != "") == ("", True)


@pytest.mark.slow
@pytest.mark.parametrize("sticky", [True, False])
def test_the_prediction_holds_over_many_sends(conn, sid, sticky):
    """Sticky Sender and load spreading are foretold message after message."""
    update_service(conn, sid, ServiceDraft(sticky_sender=sticky, area_code_geomatch=False))
    form = SendForm(conn, sid, body="Hello")
    used = []
    for number in (1, 1, 2, 3, 1, 2):
        form.fill(to=f"+1646555010{number}")
        predicted = foretold(form)
        click(form)
        assert form.message.from_ == predicted
        used.append(predicted)

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
        ("447400123456", "The country code is missing its +"),
        ("07400 123456", "in place of the leading 0"),
        ("98765 43210", "The country code is missing"),
        ("+14155550123, +12125550177", "These are several numbers"),
        ("+1415555012", "too few digits"),
        ("+1415555012345", "too many digits"),
        ("Bob", "has letters in it"),
        ("894546", "This is a short code"),
        ("telegram:+14155550123", "This channel is not known"),
    ],
)
def test_a_wrong_recipient_is_reported_as_typed(conn, sid, to, says):
    """The sentence is under the input, no sender is predicted, and nothing is sent by a click."""
    form = SendForm(conn, sid, body="Hello")
    form.fill(to=to)

    assert says in form.fields["to"].note.value
    assert form.by.value == ""
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
def test_wrong_content_is_reported_before_the_click(conn, sid, fill, where, says):
    """The sentence is under its input, and a click sends nothing."""
    form = SendForm(conn, sid, to=TO, body="Hello")
    form.fill(body="Hi")
    form.fill(**fill)

    assert says in form.fields[where].note.value
    assert form.button.disabled
    click(form)
    assert recent_messages(conn) == []
