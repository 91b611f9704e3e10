"""The 24-hour window of WhatsApp, before the click: SendForm and the prediction say whether a free text arrives."""

from datetime import timedelta

import pytest

import msvc_toolkit as msvc
from msvc_toolkit.connection import Connection
from msvc_toolkit.messages.model import Message
from msvc_toolkit.messages.window import caveats
from msvc_toolkit.rules import addresses

SENDER, WHO = "whatsapp:+14155550199", "whatsapp:+14155550123"


@pytest.fixture
def chat(conn):
    """A service that sends by WhatsApp."""
    sid = msvc.create_service(conn, msvc.ServiceDraft(friendly_name="Chat")).sid
    msvc.add_senders(conn, sid, [SENDER])
    return sid


def warned(form):
    """The warnings of a form, as pairs of field and sentence."""
    return [(problem.field, problem.sentence) for problem in form.problems() if not problem.blocks]


@pytest.mark.parametrize("from_", ["", SENDER])
def test_a_stranger_is_warned_of_beside_the_field_and_not_twice(conn, chat, from_):
    """The click is still allowed, the warning names 63016, and so it comes; also with a From."""
    form = msvc.SendForm(conn, chat, to=WHO, body="Hello")
    form.fill(from_=from_)
    [(field, sentence)] = warned(form)
    form.button.click()
    form.wait()

    assert (field, "63016" in sentence, "window is closed" in form.by.value) == ("to", True, False)
    assert form.message.error_code == 63016


def test_an_open_window_is_shown_and_its_last_hour_warned_of(conn, chat):
    """Nothing is warned of at first; in the last hour the form says how many minutes are left."""
    conn.sandbox.receive(WHO, SENDER, "Hello")
    form = msvc.SendForm(conn, chat, to=WHO, body="Hello")
    shown, first = form.by.value, warned(form)
    conn.sandbox.advance(23.5 * 3600)
    form.refresh()

    assert ("closes in 24 h 0 min" in shown, first) == (True, [])
    assert "closes in 30 min" in warned(form)[0][1]


def test_a_scheduled_text_after_the_window_is_warned_of(conn, chat):
    """The warning is beside Send at; a time within the window has none."""
    conn.sandbox.receive(WHO, SENDER, "Hello")
    form = msvc.SendForm(conn, chat, to=WHO, body="Hello")
    found = []
    for hours in (23, 25):
        form.fill(send_at=conn.now + timedelta(hours=hours))
        found.append([field for field, _ in warned(form)])

    assert found == [[], ["send_at"]]


def test_sms_has_no_window(conn, chat):
    """A text by SMS is warned of in no way, and its prediction has no caveat of it."""
    msvc.add_senders(conn, chat, ["+14155550100"])
    form = msvc.SendForm(conn, chat, to="+14155550123", body="Hello")

    assert warned(form) == []
    assert form.prediction().caveats == ()


def test_a_live_account_is_judged_by_its_newest_messages(conn):
    """What the person wrote within 24 hours opens the window; what is not among them is said to be unseen."""
    live = Connection("LIVE", conn.client, conn.account_sid)
    at, to = live.now, addresses.read(WHO)

    def heard(hours):
        return Message(
            "SM" + "0" * 32,
            "received",
            SENDER,
            WHO,
            None,
            "Hi",
            "inbound",
            1,
            0,
            None,
            at - timedelta(hours=hours),
            None,
        )

    assert "closes in 1 h" in caveats(live, SENDER, to, [heard(40), heard(23)])[0]
    assert "is closed" in caveats(live, SENDER, to, [heard(25)])[0]
    assert "not seen here" in caveats(live, SENDER, to, [])[1]
