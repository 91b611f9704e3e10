"""The 24-hour window of WhatsApp and Messenger: a text opens it, and free texts outside it fail with 63016.

Source: error page 63016 (documented); hackclub/attend#84 (recorded); read 2026-11-27.
"""

from datetime import timedelta

import pytest
from twilio.base.exceptions import TwilioRestException

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.control.controller import open_sandbox
from tests.helpers.account import make_template

SENDER, WHO = "whatsapp:+14155550199", "whatsapp:+14155550123"
NOWHERE = "HX0123456789abcdef0123456789abcdef"
DAY = 86_400


@pytest.fixture
def sid(account):
    """A service whose pool has the account's WhatsApp sender."""
    made = account.client.messaging.v1.services.create("Chat")
    (sender,) = account.client.messaging.v2.channels_senders.list(channel="whatsapp")
    account.client.messaging.v1.services(made.sid).channel_senders.create(sender.sid)
    return made.sid


@pytest.fixture
def template(account):
    """A template that WhatsApp has approved."""
    types = {"twilio/text": {"body": "Hello {{1}}, your order is ready at the counter."}}
    sid = make_template(account.client, types, {"1": "you"})
    account.handle.template(sid)
    return sid


def ends(account, to=WHO, **given):
    """The state and code that a message ends in, and when it was sent."""
    made = account.client.messages.create(to=to, **{"body": "Hi", **given})
    account.advance(10)
    last = made.fetch()
    return last.status, last.error_code, last.date_sent is not None


def test_a_text_to_a_stranger_is_accepted_and_fails(account, sid):
    """201, then queued, sending, failed with 63016: by service and by From; it was never sent and costs nothing."""
    made = account.client.messages.create(to=WHO, body="Hi", messaging_service_sid=sid)
    account.advance(10)
    last = made.fetch()

    assert (made.status, last.status, last.error_code, last.date_sent, last.price) == (
        "accepted",
        "failed",
        63016,
        None,
        None,
    )
    assert [state for _, state in account.handle.timeline(made.sid)] == ["accepted", "queued", "sending", "failed"]
    assert account.handle.why(made.sid)[-1]["rule"] == "24-hour window"
    assert ends(account, from_=SENDER) == ("failed", 63016, False)


def test_a_text_opens_the_window_for_24_hours(account, sid):
    """Free texts arrive within 24 hours of the person's last text and not after; a new text opens it again."""
    account.handle.receive(WHO, SENDER, "Hello")
    first = ends(account, messaging_service_sid=sid)
    account.advance(DAY - 60)
    last = ends(account, from_=SENDER)
    account.advance(60)
    late = ends(account, from_=SENDER)
    account.handle.receive(WHO, SENDER, "Hello again")

    assert (first, last, late) == (("delivered", None, True), ("delivered", None, True), ("failed", 63016, False))
    assert ends(account, from_=SENDER) == ("delivered", None, True)


def test_what_is_sent_does_not_open_it(account, template):
    """Neither a free text nor a template nor an answer within the window makes it longer."""
    ends(account, body=None, content_sid=template, from_=SENDER)
    stranger = ends(account, from_=SENDER)
    account.handle.receive(WHO, SENDER, "Hello")
    account.advance(DAY - 60)
    answer = ends(account, from_=SENDER)
    account.advance(120)

    assert (stranger, answer) == (("failed", 63016, False), ("delivered", None, True))
    assert ends(account, from_=SENDER) == ("failed", 63016, False)


def test_a_template_goes_out_at_any_time(account, sid, template):
    """By ContentSid, with or without variables, by service or From; within the window Body and media count for nothing."""
    for given in (
        {"messaging_service_sid": sid, "body": None},
        {"from_": SENDER, "content_variables": '{"1": "Ann"}', "body": None},
    ):
        assert ends(account, content_sid=template, **given) == ("delivered", None, True)
    account.handle.receive(WHO, SENDER, "Hello")
    assert ends(account, content_sid=template, from_=SENDER, media_url=["https://example.com/a.png"])[0] == "delivered"
    assert {m.num_media for m in account.client.messages.list()} == {"0"}
    assert {m.body for m in account.client.messages.list()} > {"Hello Ann, your order is ready at the counter."}


def test_a_scheduled_text_is_judged_when_it_is_due(account, sid, template):
    """An open window now does not help a text that is due later, and a closed one does not hurt it."""
    account.handle.receive(WHO, SENDER, "Hello")
    due = [account.handle.now + timedelta(hours=hours) for hours in (23, 25, 49)]
    late = {"messaging_service_sid": sid, "schedule_type": "fixed"}
    made = [account.client.messages.create(to=WHO, body="Hi", send_at=at, **late) for at in due]
    scheduled = account.client.messages.create(to=WHO, content_sid=template, send_at=due[1], **late)
    account.advance(2 * DAY)
    account.handle.receive(WHO, SENDER, "Hello again")
    account.advance(DAY)

    assert [m.status for m in (*made, scheduled)] == ["scheduled"] * 4
    assert [m.fetch().error_code for m in (*made, scheduled)] == [None, 63016, None, None]


def test_each_sender_and_each_person_has_a_window_of_its_own(account):
    """A text to one sender opens nothing for another, nor for another person; a text by SMS opens no WhatsApp window."""
    other = "whatsapp:+14155550188"
    account.handle.own(other)
    account.handle.receive(WHO, other, "Hello")
    account.handle.receive("+14155550123", "+14155550100", "Hello")
    codes = [ends(account, from_=SENDER)[1], ends(account, from_=other)[1]]

    assert codes == [63016, None]
    assert ends(account, to="whatsapp:+14155550124", from_=other)[1] == 63016


def test_a_text_that_nobody_wants_opens_it_all_the_same(account, sid):
    """The service has no inbound URL, so the text is dropped; WhatsApp has seen it."""
    heard = account.handle.receive(WHO, SENDER, "Hello")

    assert heard["outcome"] == "dropped"
    assert ends(account, messaging_service_sid=sid) == ("delivered", None, True)


def test_messenger_has_the_window_too_and_sms_and_rcs_do_not(account):
    """Free texts: Messenger only within 24 hours of a text, RCS and SMS at any time."""
    account.handle.own("messenger:4242")
    account.handle.own("rcs:acme_agent")
    before = ends(account, to="messenger:99", from_="messenger:4242")
    account.handle.receive("messenger:99", "messenger:4242", "Hello")

    assert (before, ends(account, to="messenger:99", from_="messenger:4242")[1]) == (("failed", 63016, False), None)
    assert ends(account, to="rcs:+14155550123", from_="rcs:acme_agent")[1] is None
    assert ends(account, to="+14155550123", from_="+14155550100")[1] is None


def test_the_handle_says_when_it_closes(account):
    """None for a stranger, 24 hours after the last text otherwise; an unknown sender is refused in a sentence."""
    before = account.handle.window_closes(WHO, SENDER)
    at = account.handle.now
    account.handle.receive(WHO, SENDER, "Hello")

    assert (before, account.handle.window_closes(WHO, SENDER)) == (None, at + timedelta(hours=24))
    with pytest.raises(SandboxError, match="no sender"):
        account.handle.window_closes(WHO, "whatsapp:+14155550111")


def test_a_sender_that_comes_back_is_written_to_again(account):
    """Released and registered again, a sender has no open window."""
    account.handle.own("whatsapp:+14155550188")
    account.handle.receive(WHO, "whatsapp:+14155550188", "Hello")
    sender = account.client.messaging.v2.channels_senders.list(channel="whatsapp")[-1]
    account.client.messaging.v2.channels_senders(sender.sid).delete()
    account.handle.own("whatsapp:+14155550188")

    assert account.handle.window_closes(WHO, "whatsapp:+14155550188") is None


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"content_sid": "HX1"}, 21655),
        ({"content_sid": NOWHERE}, 21655),
        ({"content_sid": NOWHERE, "content_variables": "Ann"}, 21656),
        ({"content_sid": NOWHERE, "content_variables": '["Ann"]'}, 21656),
        ({"body": "Hi", "content_variables": '{"1": "Ann"}'}, 21654),
    ],
)
def test_a_wrong_template_is_refused(account, given, code):
    """Source: error pages 21654, 21655, 21656 (documented; read 2026-11-27)."""
    with pytest.raises(TwilioRestException) as refused:
        account.client.messages.create(to=WHO, from_=SENDER, **given)

    assert (refused.value.status, refused.value.code) == (400, code)


def test_a_store_of_before_knows_the_texts_in_its_log(tmp_path):
    """A store without windows, as older versions wrote it, opens with those that its kept texts have opened."""
    old = open_sandbox(tmp_path / "old.db", clock="manual")
    old.receive(WHO, SENDER, "Hello")
    closes = old.window_closes(WHO, SENDER)
    store = old.api.store
    newer = "reply_window content short_link shortened link_click consent contact safe_list geo_closed"
    for table in newer.split():
        store.execute(f"DROP TABLE {table}")
    for column in ("since", "source"):
        store.execute(f"ALTER TABLE opt_out DROP COLUMN {column}")
    store._db.execute("PRAGMA user_version = 4")  # noqa: SLF001 - as an older version leaves it
    store.close()

    assert open_sandbox(tmp_path / "old.db").window_closes(WHO, SENDER) == closes
