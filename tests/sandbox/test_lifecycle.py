"""The states of a message: complete, and moved along the table alone, whatever the steps of the clock."""

from datetime import timedelta
from itertools import pairwise

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest.api.v2010.account.message import MessageInstance

from msvc_toolkit.rules import statuses
from msvc_toolkit.sandbox.client import connect_sandbox
from msvc_toolkit.sandbox.messages import lifecycle

SDK = {value for name, value in vars(MessageInstance.Status).items() if name.isupper() and not name.startswith("_")}


def pool(conn, *addresses):
    """A Messaging Service with these numbers."""
    made = conn.client.messaging.v1.services.create("Orders")
    for address in addresses:
        number = conn.client.incoming_phone_numbers.list(phone_number=address)[0]
        conn.client.messaging.v1.services(made.sid).phone_numbers.create(number.sid)
    return made.sid


def send(conn, sid, to="+14155550123", **more):
    """A message by service."""
    return conn.client.messages.create(to=to, body="Hi", messaging_service_sid=sid, **more)


def test_every_status_of_the_sdk_has_its_place():
    """Neither the SDK nor the table knows a status that the other lacks."""
    assert set(lifecycle.NEXT) == SDK
    assert set().union(*lifecycle.NEXT.values()) <= SDK


def test_nothing_leaves_a_final_state():
    """What is final stays, but for `read`, which channels report after delivery."""
    assert all(lifecycle.NEXT[status] <= {"read"} for status in statuses.FINAL)
    assert {"delivered", "undelivered", "failed", "canceled", "received"} <= statuses.FINAL


def test_a_message_is_only_ever_seen_along_the_table(conn):
    """Looked at every tenth of a second, each change of state is one the table allows."""
    message = send(conn, pool(conn, "+14155550100"))
    seen = [message.status]
    for _ in range(50):
        conn.sandbox.advance(0.1)
        seen.append(message.fetch().status)

    changes = [(a, b) for a, b in pairwise(seen) if a != b]
    assert all(after in lifecycle.NEXT[before] for before, after in changes)
    assert seen[-1] == "delivered"


def traffic(steps):
    """Many messages, some scheduled into the others' time, and the clock moved by these steps."""
    conn = connect_sandbox(":memory:", clock="manual")
    sid = pool(conn, "+14155550100", "+14155550101", "+12125550100")
    start = conn.sandbox.now
    for number in range(30):
        at = start + timedelta(seconds=301 + number % 7)
        planned = {"schedule_type": "fixed", "send_at": at} if number % 3 else {}
        send(conn, sid, to=f"+1206555{100 + number:04}", **planned)
    for step in steps:
        conn.sandbox.advance(step)
    return conn.sandbox.api.store.all("SELECT * FROM message ORDER BY seq")


def test_one_long_step_of_the_clock_ends_as_many_short_ones_do():
    """Moments, senders and reasons do not depend on how the clock was moved."""
    assert traffic([400]) == traffic([0.25] * 1600)


def test_a_burst_takes_as_long_as_its_sender_needs(conn):
    """A US local number sends one segment a second, so ten messages to ten recipients end one second apart."""
    sid = pool(conn, "+14155550100")
    sent = [send(conn, sid, to=f"+1206555{100 + number:04}") for number in range(10)]

    conn.sandbox.advance(6)
    halfway = [message.fetch().status for message in sent]
    conn.sandbox.advance(10)

    assert halfway.count("delivered") == 4
    assert halfway[-3:] == ["queued"] * 3
    assert {message.fetch().status for message in sent} == {"delivered"}


@pytest.mark.parametrize(
    ("addresses", "to", "code"),
    [((), "+14155550123", 21704), (("+447400123456",), "+14155550123", 21703)],
    ids=["empty pool", "nobody can reach"],
)
def test_a_message_nobody_can_send_fails_with_its_reason(conn, addresses, to, code):
    """The 201 comes first; the row then fails with the documented code, its meaning, and steps that say why."""
    message = send(conn, pool(conn, *addresses), to=to)

    conn.sandbox.advance(10)
    last = message.fetch()

    assert (message.status, last.status, last.error_code, last.from_) == ("accepted", "failed", code, None)
    assert last.error_message
    assert last.date_sent is None
    assert conn.sandbox.why(message.sid)[-1]["left"] == []


def test_a_from_outside_the_services_pool_fails(conn):
    """Service and From together need the sender in the pool."""
    message = send(conn, pool(conn, "+14155550100"), from_="+12125550100")

    conn.sandbox.advance(10)

    assert (message.fetch().status, message.fetch().error_code) == ("failed", 21606)
    assert "not in the service's pool" in conn.sandbox.why(message.sid)[-1]["sentence"]


def test_deleting_a_service_frees_its_senders_and_fails_what_waits(conn):
    """Its numbers may join another service at once; what was not sent fails with 21701, what was sent stays."""
    sid = pool(conn, "+14155550100")
    sent = send(conn, sid)
    conn.sandbox.advance(10)
    waiting = send(conn, sid)
    later = send(conn, sid, schedule_type="fixed", send_at=conn.sandbox.now + timedelta(hours=1))

    conn.client.messaging.v1.services(sid).delete()
    conn.sandbox.advance(7200)

    assert [(m.fetch().status, m.fetch().error_code) for m in (sent, waiting, later)] == [
        ("delivered", None),
        ("failed", 21701),
        ("failed", 21701),
    ]
    pool(conn, "+14155550100")


@pytest.mark.parametrize(
    ("given", "seconds", "state"),
    [("service", 0, "accepted"), ("service", 0.6, "queued"), ("from", 0, "queued"), ("from", 10, "delivered")],
)
def test_only_a_scheduled_message_can_be_cancelled(conn, given, seconds, state):
    """Accepted, queued and later it is refused (30409) and goes out all the same.

    Source: error page 30409 (documented, 2026-03-26); appsmithorg/appsmith#15688 (recorded; read 2026-11-27).
    """
    sid = pool(conn, "+14155550100")
    how = {"from_": "+14155550101"} if given == "from" else {"messaging_service_sid": sid}
    message = conn.client.messages.create(to="+14155550123", body="Hi", **how)
    conn.sandbox.advance(seconds)
    before = message.fetch().status

    with pytest.raises(TwilioRestException) as refused:
        message.update(status="canceled")
    conn.sandbox.advance(10)

    assert (before, refused.value.status, refused.value.code) == (state, 409, 30409)
    assert message.fetch().status == "delivered"


def test_a_recipient_keeps_its_sender_until_the_sender_leaves(conn):
    """Sticky Sender reuses the pair, forgets it with the sender, and sleeps while it is switched off."""
    sid = pool(conn, "+14155550100", "+14155550101")
    service = conn.client.messaging.v1.services(sid)

    def sender():
        message = send(conn, sid)
        conn.sandbox.advance(10)
        return message.fetch().from_

    first = sender()
    assert [sender(), sender()] == [first, first]
    service.update(sticky_sender=False)
    assert len({sender(), sender()}) == 2
    service.update(sticky_sender=True)
    assert sender() == first

    member = next(number for number in service.phone_numbers.list() if number.phone_number == first)
    member.delete()
    other = sender()
    service.phone_numbers.create(member.sid)
    assert other != first
    assert sender() == other


def test_equals_of_a_better_type_take_turns_whoever_was_remembered(conn):
    """Two recipients of one number are divided among two short codes that join later; then each keeps its own."""
    sid = pool(conn, "+14155550100")
    recipients = ("+14155550123", "+14155550124")
    for to in recipients:
        send(conn, sid, to)
    conn.sandbox.own("54321", country="US")
    for code in conn.client.short_codes.list():
        conn.client.messaging.v1.services(sid).short_codes.create(code.sid)

    def senders():
        messages = [send(conn, sid, to) for to in recipients]
        conn.sandbox.advance(10)
        return [message.fetch().from_ for message in messages]

    first = senders()
    assert len(set(first)) == 2
    assert not [sender for sender in first if sender.startswith("+")]
    assert senders() == senders() == first
