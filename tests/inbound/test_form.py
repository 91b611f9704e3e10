"""InboundForm and its TrialForm: three modes, what each does to a text, and a text to try it with."""

import pytest

from forms import click
from msvc_toolkit.errors import TwilioRefused
from msvc_toolkit.inbound.calls import HANDSET, set_inbound, try_arrival
from msvc_toolkit.inbound.form import InboundForm
from msvc_toolkit.inbound.model import InboundDraft, inbound_of
from msvc_toolkit.senders.calls import add_senders, remove_senders
from msvc_toolkit.services.calls import create_service, delete_service, fetch_service
from msvc_toolkit.services.model import ServiceDraft
from tests.helpers.forms import inside

HOOK = "https://example.com/sms"
SENDER = "+14155550100"


@pytest.fixture
def sid(conn):
    """A new service; its pool is empty and it drops inbound texts."""
    return create_service(conn, ServiceDraft(friendly_name="Orders")).sid


def logged(conn):
    """The SIDs of the account's messages."""
    return [message.sid for message in conn.client.messages.list()]


def test_a_new_service_is_off_and_the_form_warns(conn, sid):
    """No URL and no deferring is what a new service has; the form says that such texts are not even logged."""
    form = InboundForm(conn, sid)

    assert form.fields["mode"].widget.value == "off"
    assert "Warning" in form.effect.value
    assert "neither delivered to you nor logged" in form.effect.value


def test_deferring_is_saved(conn, sid):
    """The mode is on the account after the click, and what is shown then points to Step 3."""
    form = InboundForm(conn, sid)
    form.fill(mode="defer")
    click(form)

    assert inbound_of(fetch_service(conn, sid)) == InboundDraft("defer")
    assert form.saved
    assert "Step 3" in form.said()


def test_one_webhook_is_saved_with_its_fallback(conn, sid):
    """Every input of the mode with a webhook arrives, and a new form shows it again."""
    form = InboundForm(conn, sid)
    chosen = {
        "mode": "webhook",
        "url": HOOK,
        "method": "GET",
        "fallback_url": HOOK + "/f",
        "fallback_method": "GET",
    }
    form.fill(**chosen)
    click(form)

    assert inbound_of(fetch_service(conn, sid)) == InboundDraft(**chosen)
    assert InboundForm(conn, sid).read() == chosen


def test_switching_off_is_saved_with_a_warning(conn, sid):
    """Off clears the webhook, and the outcome is no cheerful one."""
    set_inbound(conn, sid, InboundDraft("webhook", HOOK))
    form = InboundForm(conn, sid)
    form.fill(mode="off")
    said = click(form)

    assert inbound_of(fetch_service(conn, sid)).mode == "off"
    assert "Warning" in said


def test_url_inputs_show_only_where_they_count(conn, sid):
    """The URL inputs are drawn in the mode that uses them, and hidden in the others."""
    form = InboundForm(conn, sid)
    url = form.fields["url"].widget
    [drawn] = [part for part in inside(form.view) if url in getattr(part, "children", ())]
    for mode, hidden in (("defer", True), ("webhook", False), ("off", True)):
        form.fill(mode=mode)
        assert (drawn.layout.display == "none") == hidden


@pytest.mark.parametrize(
    ("fill", "where", "says"),
    [
        ({"url": ""}, "url", "Enter the URL that Twilio should call"),
        ({"url": "example.com/sms"}, "url", "must be a whole address"),
        ({"url": "https://a_b.example.com"}, "url", "hosts with an underscore"),
        ({"url": HOOK, "fallback_url": "ftp://example.com"}, "fallback_url", "Fallback URL must be a whole address"),
    ],
)
def test_a_webhook_that_cannot_work_is_reported_before_the_click(conn, sid, fill, where, says):
    """The sentence is in the form, the button is off, and a click all the same changes nothing."""
    form = InboundForm(conn, sid)
    form.fill(mode="webhook", **fill)

    assert says in form.fields[where].note.value + form.missing.value
    assert form.button.disabled
    click(form)
    assert inbound_of(fetch_service(conn, sid)).mode == "off"
    assert form.fields["mode"].widget.value == "webhook"


def test_a_service_deleted_elsewhere_is_reported(conn, sid):
    """The click is refused with Twilio's code, and what was typed is still there."""
    form = InboundForm(conn, sid)
    delete_service(conn, sid)
    form.fill(mode="webhook", url=HOOK)

    assert "20404" in click(form)
    assert isinstance(form.last_error, TwilioRefused)
    assert form.fields["url"].widget.value == HOOK


def test_a_trial_on_an_empty_pool_is_a_prediction(conn, sid):
    """Nothing can be sent to nobody: the trial says what would happen, and logs nothing."""
    form = InboundForm(conn, sid)
    assert form.trial.button.description == "Predict what would happen"

    said = click(form.trial)
    assert "nothing is logged" in said
    assert "This is a prediction" in said
    assert logged(conn) == []


@pytest.mark.parametrize(
    ("draft", "says", "kept"),
    [
        (InboundDraft("off"), "The text is dropped", 0),
        (InboundDraft("defer"), "The text is logged and no webhook is called", 1),
        (InboundDraft("webhook", HOOK), f"the service&#x27;s webhook is called: POST {HOOK}", 1),
    ],
)
def test_a_trial_shows_who_would_be_called(conn, sid, draft, says, kept):
    """In each mode the text really arrives in the sandbox, and the outcome is what became of it."""
    add_senders(conn, sid, [SENDER])
    set_inbound(conn, sid, draft)
    said = click(InboundForm(conn, sid).trial)

    assert says in said
    assert len(logged(conn)) == kept
    assert all(message in said for message in logged(conn))


def test_a_trial_defers_to_the_numbers_own_webhook(conn, sid):
    """With deferring, the webhook of the number that was texted is named."""
    [number] = conn.client.incoming_phone_numbers.list(phone_number=SENDER)
    number.update(sms_url="https://example.com/own")
    add_senders(conn, sid, [SENDER])
    set_inbound(conn, sid, InboundDraft("defer"))

    assert "https://example.com/own" in click(InboundForm(conn, sid).trial)


@pytest.mark.parametrize("sender", ["+18885550100", "894546", "whatsapp:+14155550199", "+447400123456"])
def test_every_kind_of_sender_can_be_tried(conn, sid, sender):
    """A toll-free number, a short code, a channel sender and a foreign number take the trial's text."""
    add_senders(conn, sid, [sender])
    form = InboundForm(conn, sid)
    form.fill(mode="defer")
    click(form)

    assert "Logged as SM" in click(form.trial)
    assert form.trial.last_error is None


def test_a_trial_follows_the_mode_saved_above(conn, sid):
    """After saving another mode, the next trial shows its effect."""
    add_senders(conn, sid, [SENDER])
    form = InboundForm(conn, sid)
    assert "dropped" in click(form.trial)

    form.fill(mode="webhook", url=HOOK)
    click(form)
    assert HOOK in click(form.trial)


def test_a_trial_learns_of_senders_added_later(conn, sid):
    """A form drawn before Step 3 offers the pool as it is now, and keeps the choice where it still can."""
    form = InboundForm(conn, sid)
    set_inbound(conn, sid, InboundDraft("defer"))
    add_senders(conn, sid, [SENDER, "+12125550100"])
    assert "Logged as SM" in click(form.trial)
    assert form.trial.button.description == "Send this text"

    chooser = form.trial.fields["sender"].widget
    chooser.label = "+1 212 ••• 0100"
    remove_senders(conn, sid, [SENDER])
    click(form.trial)
    assert chooser.label == "+1 212 ••• 0100"
    assert len(chooser.options) == 1


@pytest.mark.parametrize("mode", ["off", "defer"])
def test_stop_is_handled_in_each_mode(conn, sid, mode):
    """Whatever happens to texts, a text STOP is said to opt out, whether it is tried or predicted."""
    set_inbound(conn, sid, mode=mode)
    form = InboundForm(conn, sid)
    assert "whoever texts STOP gets no more messages" in form.effect.value
    form.trial.fill(body="stop")
    assert "takes it as STOP" in click(form.trial)
    add_senders(conn, sid, [SENDER])
    form.trial.fill(body=" Stop ")
    assert "takes it as STOP" in click(form.trial)
    assert conn.sandbox.opted_out(HANDSET, sid)


def test_a_trial_needs_words(conn, sid):
    """An empty text is reported before the click."""
    form = InboundForm(conn, sid).trial
    form.fill(body=" ")

    assert form.button.disabled
    assert "Type a text to send" in form.fields["body"].note.value


def test_the_output_reads_without_a_kernel(conn, sid):
    """What is stored names the three modes and what was done."""
    form = InboundForm(conn, sid)
    form.fill(mode="defer")
    click(form)
    stored = form._repr_mimebundle_()["text/html"]

    assert all(
        words in stored
        for words in (
            "Log the texts, and call the sender",
            "Send all texts to one webhook",
            "Drop the texts",
        )
    )
    assert "Step 3" in stored


def test_saving_takes_the_last_trial_away(conn, sid):
    """What a text met under the old handling does not stay below the new one."""
    add_senders(conn, sid, [SENDER])
    form = InboundForm(conn, sid)
    assert "dropped" in click(form.trial)
    form.fill(mode="defer")
    click(form)

    assert form.trial.outcome.value == ""
    assert "logged" in click(form.trial)


def test_a_trial_says_that_it_tries_what_is_saved(conn, sid):
    """A change that is not saved yet is not what is tried, and the trial says so until it is saved."""
    form = InboundForm(conn, sid)
    note = form.trial.fields["sender"].note
    assert "what is saved" not in note.value

    form.fill(mode="webhook", url=HOOK)
    assert "This tries what is saved: &quot;Drop the texts&quot;" in note.value
    assert "dropped" in click(form.trial)

    click(form)
    assert "what is saved" not in note.value
    assert HOOK in click(form.trial)


def test_an_outcome_is_marked_as_older_after_a_change(conn, sid):
    """What the last click did stays to be read, and is not taken for what the inputs show now."""
    form = InboundForm(conn, sid)
    done = click(form)
    assert "Before your last change" not in done
    form.fill(mode="webhook")
    form.fill(url=HOOK)

    assert form.outcome.value.count("Before your last change") == 1
    assert done in form.outcome.value
    assert "Before your last change" not in click(form)


@pytest.mark.parametrize(
    ("draft", "says"),
    [
        (InboundDraft("off"), "The text is dropped"),
        (InboundDraft("webhook", HOOK), f"POST {HOOK}"),
        (InboundDraft("defer"), "no webhook is called"),
    ],
)
def test_a_handling_can_be_tried_before_it_is_saved(conn, sid, draft, says):
    """A draft is only predicted: nothing is saved and no text is logged."""
    add_senders(conn, sid, [SENDER])
    arrival = try_arrival(conn, sid, draft=draft)

    assert says in arrival.sentence
    assert not arrival.tried
    assert inbound_of(fetch_service(conn, sid)) == InboundDraft("off")
    assert logged(conn) == []
