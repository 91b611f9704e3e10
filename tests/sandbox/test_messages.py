"""Step 4 through the official SDK, in process and over the socket: messages from acceptance to delivery."""

from datetime import UTC, date, datetime, timedelta

import pytest
from twilio.base.exceptions import TwilioRestException

TO = "+14155550123"
WHATSAPP = "whatsapp:+14155550199"


def service(account, *addresses):
    """A Messaging Service whose pool holds these senders of the account."""
    made = account.client.messaging.v1.services.create("Orders")
    pool = account.client.messaging.v1.services(made.sid)
    owned = {number.phone_number: number.sid for number in account.client.incoming_phone_numbers.list()}
    for address in addresses:
        if address in owned:
            pool.phone_numbers.create(owned[address])
        elif address == WHATSAPP:
            pool.channel_senders.create(account.client.messaging.v2.channels_senders.list(channel="whatsapp")[0].sid)
        elif address.isdigit():
            pool.short_codes.create(account.client.short_codes.list(short_code=address)[0].sid)
        else:
            pool.alpha_senders.create(address)
    return made


def settled(account, message):
    """The message once the clock has carried it to its end."""
    account.advance(10)
    return account.client.messages(message.sid).fetch()


def test_a_message_by_service_is_accepted_chosen_for_and_delivered(account):
    """The answer has no sender yet; the clock brings queued, sending, sent and delivered, and who was picked."""
    pool = service(account, "+14155550100", "894546", "ACME", WHATSAPP)

    made = account.client.messages.create(to=TO, body="Your order is ready", messaging_service_sid=pool.sid)
    seen = []
    for _ in range(8):
        account.advance(0.5)
        seen.append(made.fetch().status)
    last = made.fetch()

    assert (made.status, made.from_, made.num_segments, made.date_sent) == ("accepted", None, "0", None)
    assert list(dict.fromkeys(seen)) == ["queued", "sending", "sent", "delivered"]
    assert (last.from_, last.num_segments, last.error_code) == ("894546", "1", None)
    assert last.date_sent is not None
    steps = account.handle.why(made.sid)
    assert "short code" in steps[-1]["rule"]
    assert len(steps[-1]["left"]) == 1


def test_a_message_by_from_is_queued_at_once_and_not_chosen_for(account):
    """From goes past the selection, and no service is named."""
    made = account.client.messages.create(to=TO, from_="+14155550100", body="Hi")

    last = settled(account, made)

    assert (made.status, made.from_, made.num_segments) == ("queued", "+14155550100", "1")
    assert (last.status, last.messaging_service_sid) == ("delivered", None)
    assert [step["rule"] for step in account.handle.why(made.sid)] == ["explicit From"]


def test_a_message_by_both_uses_the_sender_named(account):
    """With a service and a From of its pool, From sends although a short code would go first."""
    sid = service(account, "894546", "+14155550100").sid

    last = settled(
        account, account.client.messages.create(to=TO, from_="+14155550100", body="Hi", messaging_service_sid=sid)
    )

    assert (last.status, last.from_, last.messaging_service_sid) == ("delivered", "+14155550100", sid)


def test_a_service_sid_given_as_from_counts_as_the_service(account):
    """The one-line change of Step 4 works in both spellings."""
    pool = service(account, "+14155550100")

    made = account.client.messages.create(to=TO, from_=pool.sid, body="Hi")

    assert (made.status, made.from_, made.messaging_service_sid) == ("accepted", None, pool.sid)
    assert settled(account, made).from_ == "+14155550100"


def test_messages_are_listed_by_recipient_sender_and_day(account):
    """To, From and the three DateSent filters let exactly the right messages through."""
    client = account.client
    first = client.messages.create(to=TO, from_="+14155550100", body="1")
    account.advance(86_400)
    second = client.messages.create(to="+12125550123", from_="+14155550100", body="2")
    third = client.messages.create(to=TO, from_="+12125550100", body="3")
    account.advance(10)
    waiting = client.messages.create(to=TO, from_="+12125550100", body="not sent yet")

    def sids(**filters):
        return [message.sid for message in client.messages.list(**filters)]

    assert sids() == [waiting.sid, third.sid, second.sid, first.sid]
    assert sids(to=TO) == [waiting.sid, third.sid, first.sid]
    assert sids(from_="+14155550100") == [second.sid, first.sid]
    assert sids(to=TO, from_="+14155550100") == [first.sid]
    assert sids(date_sent=date(2026, 1, 5)) == [first.sid]
    assert sids(date_sent_after=date(2026, 1, 6)) == [third.sid, second.sid]
    assert sids(date_sent_before=datetime(2026, 1, 5, 23, tzinfo=UTC)) == [first.sid]
    assert sids(date_sent_after=date(2026, 1, 5), date_sent_before=date(2026, 1, 6)) == [first.sid]
    assert sids(to="+1 (415) 555-0199") == []


def test_a_long_list_comes_in_pages_without_gap_or_double(account):
    """Every row comes once, in order, whatever the page size, and a filter holds on every page."""
    made = [account.client.messages.create(to=TO, from_="+14155550100", body=str(n)).sid for n in range(23)]
    account.client.messages.create(to="+12125550123", from_="+14155550100", body="another")

    for size in (1, 5, 22, 23, 24, 5000):
        assert [row.sid for row in account.client.messages.stream(to=TO, page_size=size)] == made[::-1]
    assert len(account.client.messages.list(limit=7)) == 7


def test_rows_deleted_while_listing_do_not_break_the_next_page(account):
    """Deleting what one lists, a common script, reaches every row."""
    for number in range(7):
        account.client.messages.create(to=TO, from_="+14155550100", body=str(number))
    account.advance(10)

    for message in account.client.messages.stream(page_size=2):
        message.delete()

    assert account.client.messages.list() == []


def test_a_message_can_be_redacted_and_deleted(account):
    """Redaction empties the body and keeps the row; a finished message can be deleted for good."""
    message = settled(account, account.client.messages.create(to=TO, from_="+14155550100", body="secret"))

    redacted = message.update(body="")
    message.delete()

    assert (redacted.body, redacted.status) == ("", "delivered")
    with pytest.raises(TwilioRestException) as refused:
        message.fetch()
    assert refused.value.status == 404


def test_a_scheduled_message_waits_and_goes_out_in_time(account):
    """It is `scheduled` until SendAt; then it is chosen for and delivered."""
    pool = service(account, "+14155550100")
    when = account.handle.now + timedelta(hours=1)

    made = account.client.messages.create(
        to=TO, body="Later", messaging_service_sid=pool.sid, schedule_type="fixed", send_at=when
    )
    account.advance(3_599)
    before = made.fetch().status
    last = settled(account, made)

    assert (made.status, before, last.status) == ("scheduled", "scheduled", "delivered")
    assert last.date_sent >= when


def test_a_scheduled_message_can_be_cancelled(account):
    """Once cancelled it stays so and is never sent."""
    pool = service(account, "+14155550100")
    when = account.handle.now + timedelta(hours=1)
    made = account.client.messages.create(
        to=TO, body="Later", messaging_service_sid=pool.sid, schedule_type="fixed", send_at=when
    )

    made.update(status="canceled")
    account.advance(7_200)

    assert (made.fetch().status, made.fetch().date_sent) == ("canceled", None)


def test_media_make_an_mms_from_a_sender_that_can(account):
    """The message gets an MM SID and an MMS-capable sender of the pool."""
    pool = service(account, "+13125550100", "+12125550100")

    made = account.client.messages.create(
        to="+13125550123", media_url=["https://example.com/a.png"], messaging_service_sid=pool.sid
    )

    assert (made.sid[:2], made.num_media) == ("MM", "1")
    assert settled(account, made).from_ == "+12125550100"
