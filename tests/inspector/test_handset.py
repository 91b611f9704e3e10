"""Handset: read what arrived, answer it, say STOP, and look no longer than it is wanted."""

import threading
import time
from html import unescape

import pytest
from ipywidgets import Button

import msvc_toolkit as msvc
from msvc_toolkit.connection import Connection
from msvc_toolkit.inspector import refresh
from tests.helpers.forms import inside

PHONE, OURS = "+16285550123", "+14155550100"


def said(handset):
    """What is on the screen."""
    return unescape(handset.screen.value)


def press(handset, button):
    """Click one of the buttons, and wait."""
    button.click()
    handset.wait()
    assert handset.last_error is None


def word(handset, name):
    """Click STOP, START or HELP, and let time pass."""
    press(handset, next(button for button in handset.words if button.description == name))
    press(handset, handset.step)


def watchers():
    """The threads that look by themselves."""
    return [thread for thread in threading.enumerate() if thread.name == "msvc-ticker"]


def left(count=0):
    """Wait until only so many of them are left, and return the others."""
    begun = time.monotonic()
    while len(watchers()) > count and time.monotonic() - begun < 30:
        time.sleep(0.01)
    return watchers()[count:]


def test_what_arrives_is_read(conn, write):
    """A text is on the screen with its sender, masked, and counts as new until it was looked at."""
    handset = msvc.Handset(conn, PHONE)
    assert "No texts yet" in said(handset)
    write(body="Your order is on its way.")
    press(handset, handset.again)

    assert "Your order is on its way." in said(handset)
    assert "New, from +1 415 ••• 0100" in said(handset)
    assert "1 new" in handset.news.value
    press(handset, handset.again)
    assert "New, from" not in said(handset)
    assert "Nothing new" in handset.news.value


def test_what_was_there_before_is_not_new(conn, write):
    """A phone that is opened on old texts has nothing new."""
    write()
    handset = msvc.Handset(conn, PHONE)

    assert "Hello" in said(handset)
    assert "New, from" not in said(handset)
    assert handset.news.value == ""


def test_a_text_under_way_is_no_text_that_arrived(conn, write):
    """Before it is delivered it is shown as under way, and is not new."""
    handset = msvc.Handset(conn, PHONE)
    write(seconds=1)
    press(handset, handset.again)

    assert "msvc-faint" in said(handset)
    assert handset.new == frozenset()
    press(handset, handset.step)
    assert "msvc-faint" not in said(handset)
    assert len(handset.new) == 1


def test_an_answer_reaches_the_sender_it_is_addressed_to(conn, write):
    """The sender heard from last is answered unless another one is chosen; the text arrives as an inbound message."""
    write()
    handset = msvc.Handset(conn, PHONE)
    assert handset.fields["thread"].widget.value == OURS
    assert handset.button.disabled
    handset.fill(body="Thank you")
    press(handset, handset.button)
    handset.fill(thread="+12125550100", body="And to you")
    press(handset, handset.button)

    heard = [(m.direction, m.to, m.body) for m in conn.client.messages.list(from_=PHONE)]
    assert heard == [("inbound", "+12125550100", "And to you"), ("inbound", OURS, "Thank you")]
    assert handset.fields["body"].widget.value == ""
    assert "To +1 212 ••• 0100" in said(handset)


def test_stop_then_nothing_arrives_then_start(conn, write):
    """STOP is confirmed, and a send fails with 21610 and is not held; after START texts arrive again."""
    write()
    handset = msvc.Handset(conn, PHONE)
    press(handset, handset.words[0])
    assert "this person gets no more messages" in handset.outcome.value
    press(handset, handset.step)
    assert "You are unsubscribed" in said(handset)
    failed = write(body="Sale!")
    press(handset, handset.again)

    assert conn.client.messages(failed).fetch().error_code == 21610
    assert "Not on this phone: failed, error 21610" in said(handset)
    with pytest.raises(msvc.TwilioRefused) as refused:
        msvc.send(conn, msvc.MessageDraft(PHONE, "Sale!", from_=OURS))
    assert refused.value.code == 21610
    word(handset, "START")
    assert conn.client.messages(write(body="Back again")).fetch().status == "delivered"


def test_help_is_answered(conn, write):
    """HELP brings the help text, and the outcome says that Twilio takes it as HELP."""
    write()
    handset = msvc.Handset(conn, PHONE)
    press(handset, handset.words[2])
    assert "Twilio takes it as HELP" in handset.outcome.value
    press(handset, handset.step)

    assert "Message and data rates may apply" in said(handset)


def test_what_the_handset_is_decides_how_texts_end(conn, write):
    """Switched off, a text to it ends with 30003 and what that means; switched on again, texts arrive."""
    handset = msvc.Handset(conn, PHONE)
    handset.fill(state="off")
    write(body="Anybody?")
    press(handset, handset.again)
    assert "Not on this phone: undelivered, error 30003" in said(handset)
    assert conn.sandbox.handset_state(PHONE) == "off"

    conn.sandbox.handset(PHONE, "good")
    press(handset, handset.again)
    assert handset.fields["state"].widget.value == "good"
    write(body="There you are")
    press(handset, handset.again)
    assert len(handset.new) == 1


def test_a_dropped_text_is_reported(conn, sid, write):
    """Where the service has inbound handling off, the answer is dropped, and the phone says so."""
    msvc.set_inbound(conn, sid, msvc.InboundDraft(mode="off"))
    write()
    handset = msvc.Handset(conn, PHONE)
    handset.fill(body="Hello?")
    press(handset, handset.button)

    assert "is dropped" in handset.outcome.value
    assert conn.client.messages.list(from_=PHONE) == []


def test_media_and_hostile_text(conn, write):
    """Media are shown as addresses, and what was written is text, never HTML."""
    write(body="<img src=x onerror=alert(1)>", media_url=("https://example.com/cat.jpg?<b>",))
    handset = msvc.Handset(conn, PHONE)

    assert "<img" not in handset.screen.value
    assert "&lt;img src=x" in handset.screen.value
    assert "Media: https://example.com/cat.jpg?&lt;b&gt;" in handset.screen.value
    assert "<img" not in handset._repr_mimebundle_()["text/html"]


def test_other_phones_texts_are_not_shown(conn, write):
    """A phone holds what was sent to its own number."""
    write("+16285550124", "For somebody else")

    assert "somebody else" not in said(msvc.Handset(conn, PHONE))


def test_a_channel_has_its_own_phone(conn):
    """WhatsApp texts arrive at whatsapp:+1..., and are answered there."""
    conn.sandbox.receive(f"whatsapp:{PHONE}", "whatsapp:+14155550199", "Anybody there?")
    msvc.send(conn, msvc.MessageDraft(f"whatsapp:{PHONE}", "Hello", from_="whatsapp:+14155550199"))
    conn.sandbox.advance(10)
    handset = msvc.Handset(conn, f"whatsapp:{PHONE}")
    assert [value for _, value in handset.fields["thread"].widget.options] == ["whatsapp:+14155550199"]
    handset.fill(body="Hi")
    press(handset, handset.button)

    assert conn.client.messages.list(from_=f"whatsapp:{PHONE}")[0].body == "Hi"
    assert "Hello" not in said(msvc.Handset(conn, PHONE))


def test_a_whatsapp_phone_says_when_its_window_closes(conn):
    """Closed before it has written, open for 24 hours after, and a warning in the last hour; SMS has no window."""
    handset = msvc.Handset(conn, f"whatsapp:{PHONE}")
    before = handset.window.value
    handset.fill(body="Hi")
    press(handset, handset.button)
    opened = handset.window.value
    conn.sandbox.advance(23 * 3600 + 60)
    press(handset, handset.again)
    last = handset.window.value

    assert "msvc-warning" in before
    assert "You can write at any time" in before
    assert "msvc-note" in opened
    assert "closes in 24 h 0 min, at 2026-01-06" in opened
    assert "msvc-warning" in last
    assert "closes in 59 min" in last
    assert "window" not in said(msvc.Handset(conn, PHONE))


def test_earlier_texts_come_when_asked_for(conn, write):
    """Fifty texts are shown, and the older ones on a click."""
    for number in range(52):
        write(body=f"Text {number:02}", seconds=3)
    handset = msvc.Handset(conn, PHONE)
    assert "Text 01" not in said(handset)
    assert "Text 51" in said(handset)
    press(handset, handset.earlier)

    assert "Text 00" in said(handset)
    assert handset.earlier.layout.display == "none"


def test_a_text_that_is_being_typed_keeps_its_addressee(conn, write):
    """A new text from another sender changes whom the phone answers only while nothing is typed."""
    write()
    handset = msvc.Handset(conn, PHONE)
    handset.fill(body="Thank y")
    msvc.send(conn, msvc.MessageDraft(PHONE, "Me too", from_="+12125550100"))
    conn.sandbox.advance(10)
    press(handset, handset.again)
    assert handset.fields["thread"].widget.value == OURS
    handset.fill(body="")
    msvc.send(conn, msvc.MessageDraft(PHONE, "And again", from_="+12125550100"))
    conn.sandbox.advance(10)
    press(handset, handset.again)

    assert handset.fields["thread"].widget.value == "+12125550100"


def test_no_phone_without_a_number(conn):
    """A short code, a name or a wrong number is refused with a sentence."""
    for wrong in ("894546", "ACME", "+1415", ""):
        with pytest.raises(msvc.InvalidInput):
            msvc.Handset(conn, wrong)


def test_a_live_account_needs_a_real_phone(conn):
    """On a live account there is one sentence and no button."""
    handset = msvc.Handset(Connection("LIVE", conn.client, conn.account_sid), PHONE)
    handset.button.click()
    handset.wait()

    assert not [part for part in inside(handset.view) if isinstance(part, Button)]
    assert any("real phones" in getattr(part, "value", "") for part in inside(handset.view))
    assert handset.outcome.value == ""
    assert "real phones" in handset._repr_mimebundle_()["text/html"]


def test_on_a_manual_clock_it_does_not_look_by_itself(conn, write):
    """It is off until it is switched on, and there is a button that lets time pass."""
    write()
    handset = msvc.Handset(conn, PHONE)
    handset._ipython_display_()

    assert not handset.follow.value
    assert handset.step.layout.display == ""
    assert watchers() == []


@pytest.fixture
def quick(monkeypatch):
    """Looks a hundred times a second."""
    monkeypatch.setattr(refresh, "EVERY_SECONDS", 0.01)


def arrives(handset, words):
    """Wait until a text is on the screen without anybody looking again."""
    shown = threading.Event()
    handset.screen.observe(lambda change: shown.set() if words in change.new else None, names="value")
    return words in handset.screen.value or shown.wait(30)


@pytest.mark.usefixtures("quick")
def test_it_looks_by_itself_until_it_is_stopped(conn, write):
    """Switched on, a text appears without a click; Stop ends the thread, and so does closing."""
    handset = msvc.Handset(conn, PHONE)
    handset.follow.value = True
    assert handset.follow.description == "Stop refreshing"
    write(body="By itself")
    assert arrives(handset, "By itself")
    handset.follow.value = False
    assert left() == []

    handset.follow.value = True
    assert len(watchers()) == 1
    handset.close()
    assert left() == []


@pytest.mark.usefixtures("quick")
def test_a_cell_run_again_does_not_leave_a_thread_behind(conn):
    """A second phone of the same number takes over, and one whose widgets are closed stops by itself."""
    first, second = msvc.Handset(conn, PHONE), msvc.Handset(conn, PHONE)
    first.follow.value = True
    second.follow.value = True
    assert not first.follow.value
    assert left(1) == []

    [thread] = watchers()
    second.view.close()
    thread.join(30)
    assert not thread.is_alive()


@pytest.mark.usefixtures("quick")
def test_it_stops_when_nothing_comes(conn, monkeypatch):
    """After a long while without anything new it stops, and says so."""
    monkeypatch.setattr(refresh, "IDLE_SECONDS", 0.0)
    handset = msvc.Handset(conn, PHONE)
    handset.follow.value = True
    for thread in watchers():
        thread.join(30)

    assert not handset.follow.value
    assert "no longer refreshes" in handset.news.value
    assert watchers() == []


@pytest.mark.usefixtures("quick")
def test_a_sandbox_that_is_gone_stops_it():
    """When the store is closed, the thread ends, and the phone says that it could not look."""
    other = msvc.connect("sandbox", store=":memory:", clock="manual")
    handset = msvc.Handset(other, PHONE)
    handset.follow.value = True
    other.sandbox.api.store.close()
    for thread in watchers():
        thread.join(30)

    assert "could not be read" in handset.news.value
    assert watchers() == []


def test_the_same_phone_reads_the_same_twice(conn, write):
    """Its text/plain and text/html hold no time of day, no id and no whole number."""
    write(body="Hello")
    first, second = (msvc.Handset(conn, PHONE)._repr_mimebundle_() for _ in range(2))

    assert first == second
    assert first["text/plain"] == "Handset: Handset +1 628 ••• 0123 (SANDBOX)"
    assert "Hello" in first["text/html"]
    assert "15:00" not in first["text/html"]


@pytest.mark.parametrize(
    "text",
    [
        "call +1\uff1234567890",
        "call \uff0b1\u00a0415 555 0123",
        "call +\u0661\u0664\u0661\u0665\u0665\u0665\u0665\u0660\u0661\u0662\u0663",
    ],
)
def test_a_number_in_digits_of_any_script_is_masked(conn, text):
    """A text with such a number is shown, its number hidden; so are the conversation's rows in a log."""
    conn.sandbox.receive(PHONE, OURS, text)
    handset, inspector = msvc.Handset(conn, PHONE), msvc.Inspector(conn)

    for shown in (said(handset), handset.static(), unescape(inspector.static())):
        assert text not in shown
    assert "•••" in said(handset)
    assert "call +1" in said(handset)


def test_smart_encoding_is_seen_on_the_phone(conn):
    """A service with Smart Encoding brings the replaced characters to the phone, as its form says."""
    service = msvc.create_service(conn, msvc.ServiceDraft(friendly_name="Orders"))
    msvc.add_senders(conn, service.sid, [OURS])
    assert service.settings["smart_encoding"]
    msvc.send(conn, msvc.MessageDraft(PHONE, "It\u2019s here", messaging_service_sid=service.sid))
    conn.wait(10)

    assert "It's here" in said(msvc.Handset(conn, PHONE))
