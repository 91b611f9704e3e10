"""Message Feedback, through the official SDK."""

import pytest
from twilio.base.exceptions import TwilioRestException


def send(account, **more):
    """A message from one of the account's numbers."""
    return account.client.messages.create(to="+14155550123", from_="+14155550100", body="Your code", **more)


def test_feedback_is_confirmed_unless_it_says_otherwise(account):
    """The answer names the message and the outcome."""
    sent = send(account, provide_feedback=True)

    given = account.client.messages(sent.sid).feedback.create()

    assert (given.outcome, given.message_sid) == ("confirmed", sent.sid)
    assert given.uri.endswith(f"/Messages/{sent.sid}/Feedback.json")


def test_a_later_outcome_replaces_the_first(account):
    """The row keeps when it was made and when it changed."""
    feedback = account.client.messages(send(account, provide_feedback=True).sid).feedback
    first = feedback.create(outcome="unconfirmed")
    account.advance(60)

    second = feedback.create(outcome="confirmed")

    assert (first.outcome, second.outcome) == ("unconfirmed", "confirmed")
    assert second.date_created == first.date_created < second.date_updated


def test_feedback_needs_a_message_that_asked_for_it(account):
    """Without ProvideFeedback, with another outcome, or without a message it is refused."""
    plain, asked = send(account), send(account, provide_feedback=True)
    cases = [
        (plain.sid, "confirmed", 400, 20001),
        (asked.sid, "maybe", 400, 20001),
        ("SM" + "0" * 32, "confirmed", 404, 20404),
    ]

    for sid, outcome, status, code in cases:
        with pytest.raises(TwilioRestException) as refused:
            account.client.messages(sid).feedback.create(outcome=outcome)
        assert (refused.value.status, refused.value.code) == (status, code)
