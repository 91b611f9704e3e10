"""TemplateForm writes a template, SendForm and send take it, Handset presses its buttons."""

import pytest

import msvc_toolkit as msvc
from tests.helpers.forms import click, inside, words

SENDER, WHO = "whatsapp:+14155550199", "whatsapp:+14155550123"
BODY = "Hello {{1}}, your order is ready at the counter."
REPLY = {"type": "twilio/quick-reply", "buttons": [("Yes", "y-1"), ("No", "n-1")]}


@pytest.fixture
def chat(conn):
    """A service that sends by WhatsApp and by SMS."""
    sid = msvc.create_service(conn, friendly_name="Chat", inbound_request_url="http://127.0.0.1:9/in").sid
    msvc.add_senders(conn, sid, [SENDER, "+14155550100"])
    return sid


def beside(form, name):
    """What is said beside an input."""
    return words(form.fields[name].note.value)


def test_what_whatsapp_refuses_is_said_beside_its_field_before_it_is_submitted(conn):
    """The button is off and the sentence is at the input; without approval the same template is only created."""
    form = msvc.TemplateForm(conn)
    for given, name, said in (
        ({"name": "Order Ready", "body": "Hello"}, "name", "lower-case letters"),
        ({"name": "order_ready", "body": "Hello {{1}}"}, "body", "begins or ends with {{1}}"),
        ({"body": "Hello {{1}} bye"}, "body", "3 other words"),
        ({"body": "Your order {{2}} is ready at our counter"}, "body", "{{1}} is missing"),
        (
            {"body": "Track it", "type": "twilio/call-to-action", "buttons": "Track | https://a.example/?x={{1}}"},
            "buttons",
            "follows a slash",
        ),
        ({"type": "twilio/list-picker", "buttons": "Monday"}, "type", "within the 24-hour window only"),
    ):
        form.fill(**given)
        assert said in beside(form, name), given
        assert form.button.disabled
    form.fill(approve=False)
    assert not form.button.disabled
    assert "is created" in words(click(form))
    assert form.template.status == "unsubmitted"
    assert form.button.disabled  # a second click would make a second one
    form.fill(type="twilio/text", body=BODY, name="bye")
    click(form)
    form.fill(approve=True)
    assert "is created and submitted" in words(click(form))  # the same one
    assert [one.status for one in msvc.list_templates(conn)] == ["unsubmitted", "received"]


def test_a_template_is_written_approved_and_sent(conn, chat):
    """A sample for each blank, the review by the clock, then SendForm fills the blank and shows each channel."""
    form = msvc.TemplateForm(conn)
    form.fill(name="order_ready", body=BODY, type="twilio/quick-reply", buttons="Yes | y-1\nNo", sms="Ready, {{1}}!")
    (sample,) = form.blanks.shown
    sample.widget.value = "Ana"
    assert "Hello Ana, your order" in words(form.preview.value)
    click(form)
    assert "In review" in words(form.state.value)
    waiting = msvc.SendForm(conn, chat, to=WHO)
    waiting.picker.button.click()
    waiting.picker.choice.widget.value = form.template.sid
    assert any("this one is in review (63016)" in one.sentence for one in waiting.problems())
    conn.sandbox.advance(120)
    form.again.click()
    assert "Approved by WhatsApp" in words(form.state.value)
    assert "Approved by WhatsApp" in words(form.static())
    assert not any("63016" in one.sentence for one in waiting.problems())  # it follows without a click of its own

    send = msvc.SendForm(conn, chat, to=WHO, body="Hi")
    assert "Choose a template" in beside(send, "to")
    assert "24-hour" not in words(send.by.value)  # it is said once
    send.picker.button.click()
    send.picker.choice.widget.value = form.template.sid
    (blank,) = send.picker.blanks.shown
    assert (blank.widget.placeholder, send.fields["body"].view.layout.display) == ("Ana", "none")
    assert [one for one in send.problems() if "63016" in one.sentence] == []
    blank.widget.value = "Bo"
    shown = words(send.picker.preview.value)
    assert "WhatsAppHello Bo, your order is ready at the counter.Yes No" in shown
    assert "SMSReady, Bo!" in shown
    outcome = words(click(send) + send.timeline.value)
    assert "Delivered after" in outcome
    assert "before the form was changed" not in outcome  # nobody changed it
    assert (send.message.status, send.message.body) == ("delivered", BODY.replace("{{1}}", "Bo"))

    handset = msvc.Handset(conn, WHO)
    assert "Yes" in words(handset.screen.value)
    button = next(one for one in inside(handset.view) if getattr(one, "description", "") == "Press “Yes”")
    button.click()
    handset.wait()
    assert "Sent to" in words(handset.outcome.value)
    assert (handset.held[-1].body, handset.held[-1].inbound) == ("Yes", True)


def test_a_template_that_whatsapp_will_not_take_is_warned_of(conn, chat):
    """Not approved and outside the window; rejected; a blank without value and sample, which keeps the button off."""
    made = msvc.create_template(conn, name="order_ready", body=BODY, variables={"1": "Ana"})
    form = msvc.SendForm(conn, chat, to=WHO)
    form.picker.button.click()
    form.picker.choice.widget.value = made.sid
    for status, code in (("pending", "63016"), ("paused", "63041"), ("approved", None)):
        conn.sandbox.template(made.sid, status)
        form.look_again()
        said = [one.sentence for one in form.problems() if one.field != "blanks"]
        assert len(said) == bool(code), said
        assert "Empty: the sample “Ana” is sent." in words(form.picker.blanks.shown[0].note.value)
        assert "with samples" in form.button.description
        assert not code or code in said[0]
        assert not form.button.disabled
    conn.sandbox.receive(WHO, SENDER, "Hello")
    conn.sandbox.template(made.sid, "pending")
    form.look_again()
    assert [one.field for one in form.problems()] == ["blanks"]
    bare = msvc.create_template(conn, name="bare", body=BODY)
    form.picker.load()
    form.picker.choice.widget.value = bare.sid
    assert form.button.disabled
    assert "21656" in words(form.picker.blanks.shown[0].note.value)


def test_a_draft_takes_a_template_in_place_of_text(conn, chat):
    """send() sends it with its values; what Twilio would refuse is refused before, with Twilio's code."""
    sid = msvc.create_template(conn, name="order_ready", body=BODY, **REPLY, sms="Ready, {{1}}!").sid
    to = {"to": "+14155550123", "messaging_service_sid": chat}
    sent = msvc.send(conn, **to, content_sid=sid, content_variables={"1": "O'Hara"})
    last = msvc.wait_until_final(conn, sent.sid)
    assert (sent.body, last.body, last.status) == ("", "Ready, O'Hara!", "delivered")
    for given, code in (
        ({"content_variables": {"1": "Bo"}}, "21654"),
        ({"content_sid": "HX1"}, "21655"),
        ({"content_sid": sid, "content_variables": {"1": ""}}, "21656"),
        ({"content_sid": sid, "body": "Hi"}, "63016"),
    ):
        assert code in str([one.sentence for one in msvc.MessageDraft(**to, **given).problems()])
    with pytest.raises(msvc.TwilioRefused, match="21656"):
        msvc.send(conn, **to, content_sid=sid)
    assert [one.sid for one in msvc.list_templates(conn)] == [sid]
    people = [{"Phone": "+14155550124", "Name": "Bo", "At": ""}, {"Phone": "+14155550125", "Name": "Cy", "At": "5 pm"}]
    each = {"messaging_service_sid": chat, "content_sid": sid, "quiet_hours": "ignore"}
    for blank, outcome in (("{name}", ["sent", "sent"]), ("{Name}, {at}", ["left out", "sent"])):
        assert msvc.send_many(conn, people, **each, content_variables={"1": blank}).outcome.tolist() == outcome
    bodies = [message.body for message in conn.client.messages.list(limit=3)]
    assert bodies == ["Ready, Cy, 5 pm!", "Ready, Cy!", "Ready, Bo!"]
    with pytest.raises(msvc.InvalidInput, match=r"\{when\} is not a column"):
        msvc.send_many(conn, people, **each, content_variables={"1": "{when}"})
    asked = msvc.request_approval(conn, sid, "order_ready")
    assert (asked.status, msvc.fetch_template(conn, sid)) == ("received", asked)
    with pytest.raises(msvc.InvalidInput):
        msvc.request_approval(conn, sid, "Order Ready")
