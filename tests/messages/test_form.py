"""SendForm: sent once, followed to the end, and a failure says its code and what to do."""

from types import SimpleNamespace

from forms import click, foretold, inside, words
from msvc_toolkit.inbound.calls import set_inbound
from msvc_toolkit.messages import opt_outs
from msvc_toolkit.messages.calls import fetch_message, recent_messages, send
from msvc_toolkit.messages.form import SendForm
from msvc_toolkit.senders.calls import add_senders, remove_senders
from msvc_toolkit.services.calls import delete_service

POOL = ["+14155550100", "+14155550101", "+12125550100", "+447400123456"]
TO = "+16285550123"


def test_a_message_is_sent_and_followed(conn, sid):
    """One click: five states on a line, one heading that says the end, and the sender used named, masked."""
    form = SendForm(conn, sid)
    form.fill(to=TO, body="Hello")
    assert form.button.description == "Send 1 message, 1 segment (sandbox, free)"
    said = click(form)

    states = ["accepted", "queued", "sending", "sent", "delivered"]
    places = [form.timeline.value.index(f"<b>{state}</b>") for state in states]
    assert places == sorted(places)
    assert form.timeline.value.count('<li class="msvc-done">') == 5
    assert "Delivered after 3.0 s" in words(form.timeline.value)
    assert "Send to the same recipient again" in said
    assert "the sandbox charges nothing" in said
    assert "fetch_message(" not in said
    assert "+1 415 ••• 0100" in said
    [message] = conn.client.messages.list()
    assert (message.to, message.body, message.messaging_service_sid) == (TO, "Hello", sid)
    assert form.message.sid == message.sid


def test_an_explicit_from_bypasses_the_selection(conn, sid):
    """The chosen sender is used although another would have been picked, and the form says that nothing is selected."""
    form = SendForm(conn, sid, to=TO, body="Hello")
    form.fields["from_"].widget.label = "+1 212 ••• 0100 (local)"
    assert "Will be sent by +1 212 ••• 0100" in words(form.by.value)
    assert "Twilio selects no sender" in form.by.value
    click(form)

    assert form.message.from_ == POOL[2]
    assert form.message.messaging_service_sid == sid


def test_media_are_sent(conn, sid):
    """Two addresses make one MMS, and a sender that can carry it is foretold."""
    form = SendForm(conn, sid, to=TO)
    form.fill(media_url="https://example.com/cat.jpg\n\n  https://example.com/dog.jpg ")
    assert form.button.description == "Send 1 message, 1 MMS (sandbox, free)"
    predicted = foretold(form)
    click(form)

    assert (form.message.num_media, form.message.sid[:2], form.message.from_) == (2, "MM", predicted)


def test_nobody_in_the_pool_can_reach(conn, sid):
    """An unreachable recipient is warned of before, and fails with 21703 and what to do."""
    remove_senders(conn, sid, POOL)
    add_senders(conn, sid, ["894546"])
    form = SendForm(conn, sid, to="+447700900123", body="Hello")
    assert "msvc-warning" in form.by.value
    said = click(form)

    assert "Not delivered: error 21703" in words(form.timeline.value)
    assert form.timeline.value.count('<li class="msvc-problem">') == 1
    assert words(said).startswith("Problem: ")


def test_a_pool_emptied_elsewhere_fails_with_its_code(conn, sid):
    """The message fails with 21704, and afterwards the form knows that the pool is empty."""
    form = SendForm(conn, sid, to=TO, body="Hello")
    remove_senders(conn, sid, POOL)

    click(form)
    assert "Not delivered: error 21704" in words(form.timeline.value)
    assert form.button.disabled


def test_a_double_click_sends_once(conn, sid):
    """Two clicks in a row are one message."""
    form = SendForm(conn, sid, to=TO, body="Hello")
    form.button.click()
    form.button.click()
    form.wait()

    assert len(recent_messages(conn)) == 1


def test_stopping_to_follow_leaves_the_message_alone(conn, sid):
    """Stop following after the first state: the form says so, and the message arrives all the same."""
    form = SendForm(conn, sid, to=TO, body="Hello")
    form.timeline.observe(lambda _: form.cancel.click(), names="value")
    said = click(form)

    assert "Still accepted" in said
    assert form.timeline.value.count('<li class="msvc-now">') == 1
    assert form.timeline.value.count('<li class="msvc-later">') == 4
    conn.sandbox.advance(60)
    assert recent_messages(conn)[0].status == "delivered"


def test_a_service_deleted_elsewhere_is_reported(conn, sid):
    """The click is refused with Twilio's code, and the text is still there."""
    form = SendForm(conn, sid, to=TO, body="Hello")
    delete_service(conn, sid)

    assert "21701" in click(form)
    assert form.fields["body"].widget.value == "Hello"


def test_both_ways_of_passing_the_service_are_shown(conn, sid):
    """The one-line change names the service's SID as messaging_service_sid and as From."""
    form = SendForm(conn, sid)

    [change] = [part.value for part in inside(form.view) if "The one-line change" in str(getattr(part, "value", ""))]
    assert f"messaging_service_sid=&quot;{sid}&quot;" in change
    assert f"from_=&quot;{sid}&quot;" in change


def test_who_opted_out_is_known_before_sending(conn, sid):
    """After STOP the form says so under To and names no sender; after START it does again, on any account."""
    set_inbound(conn, sid, mode="defer")  # else the texts are not in the log
    message = send(conn, to=TO, body="Hello", messaging_service_sid=sid)
    conn.sandbox.advance(60)
    sender = fetch_message(conn, message.sid).from_
    form = SendForm(conn, sid, to=TO, body="Hello")
    assert "Will be sent by" in form.by.value
    for word, out in (("STOP", True), ("START", False)):
        conn.sandbox.receive(TO, sender, word)
        form.look_again()
        assert ("has opted out by STOP" in form.fields["to"].note.value) == out
        assert ("Will be sent by" in form.by.value) != out
        assert opt_outs.opted_out(SimpleNamespace(sandbox=None), form.draft(), form.recent) == out
    assert "twilio.com/en-us/sms/pricing" in form.missing.value
