"""SendForm, scheduled messages: when they may go, and taking them back."""

from datetime import datetime, timedelta, timezone

import pytest

from forms import click
from msvc_toolkit.messages.calls import recent_messages
from msvc_toolkit.messages.form import SendForm

TO = "+16285550123"


def test_scheduling_and_taking_back(conn, sid):
    """A scheduled message says when, can be taken back once, and is never sent."""
    form = SendForm(conn, sid, to=TO, body="Hello")
    form.fill(send_at=conn.sandbox.now + timedelta(hours=1))
    assert form.button.description.startswith("Schedule 1 message")
    assert "2026-01-05 16:00 UTC" in click(form)
    assert form.unschedule.layout.display == ""

    form.unschedule.click()
    form.unschedule.click()
    assert "is canceled; it will not be sent" in form.outcome.value
    assert form.unschedule.layout.display == "none"
    conn.sandbox.advance(7200)
    assert conn.client.messages(form.message.sid).fetch().status == "canceled"


def test_a_scheduled_message_can_be_taken_back_after_another_was_sent(conn, sid):
    """Sending something now in between does not lose the scheduled one, nor cancel the wrong one."""
    form = SendForm(conn, sid, to=TO, body="Later")
    form.fill(send_at=conn.sandbox.now + timedelta(hours=1))
    click(form)
    later = form.message.sid
    form.fill(send_at=None, body="Now")
    click(form)
    assert form.message.status == "delivered"

    form.unschedule.click()
    assert conn.client.messages(later).fetch().status == "canceled"


def test_taking_back_too_late_is_reported(conn, sid):
    """A message that went out meanwhile is refused with 30409, and no longer offered."""
    form = SendForm(conn, sid, to=TO, body="Later")
    form.fill(send_at=conn.sandbox.now + timedelta(minutes=6))
    click(form)
    conn.sandbox.advance(3600)
    form.unschedule.click()

    assert "30409" in form.outcome.value
    assert form.unschedule.layout.display == "none"


@pytest.mark.parametrize(
    ("ahead", "says"), [(timedelta(minutes=1), "35115"), (timedelta(days=36), "35117"), (-timedelta(days=1), "35115")]
)
def test_a_moment_twilio_would_refuse_is_reported_before_the_click(conn, sid, ahead, says):
    """Too soon, too late or past: reported under the input, and nothing is sent by a click."""
    form = SendForm(conn, sid, to=TO, body="Hello")
    form.fill(send_at=conn.sandbox.now + ahead)

    assert says in form.fields["send_at"].note.value
    click(form)
    assert recent_messages(conn) == []


def test_a_moment_that_passes_while_the_form_waits_is_reported(conn, sid):
    """The time is held against the clock at the click, not when it was typed."""
    form = SendForm(conn, sid, to=TO, body="Hello")
    form.fill(send_at=conn.sandbox.now + timedelta(minutes=10))
    assert not form.button.disabled
    conn.sandbox.advance(600)
    click(form)

    assert "35115" in form.fields["send_at"].note.value
    assert recent_messages(conn) == []


def test_a_moment_of_another_zone_is_the_same_moment(conn, sid):
    """Seven in the morning eight hours west of Greenwich is three in the afternoon on the account."""
    form = SendForm(conn, sid, to=TO, body="Hello")
    form.fill(send_at=datetime(2026, 1, 5, 8, 30, tzinfo=timezone(timedelta(hours=-8))))
    assert "2026-01-05 16:30 UTC" in click(form)

    conn.sandbox.advance(5400 - 60)
    assert conn.client.messages(form.message.sid).fetch().status == "scheduled"
    conn.sandbox.advance(120)
    assert conn.client.messages(form.message.sid).fetch().status == "delivered"
