"""What can be seen of a sandbox: the moments of every state, the log page by page, and who can be texted."""

from datetime import timedelta

import pytest

import msvc_toolkit as msvc

TO, OURS = "+16285550123", "+14155550100"


@pytest.fixture
def sid(conn):
    """A service with one number."""
    sid = msvc.create_service(conn, msvc.ServiceDraft(friendly_name="Orders")).sid
    msvc.add_senders(conn, sid, [OURS])
    return sid


def later(conn, sid):
    """Schedule a message for ten minutes from now."""
    send_at = conn.sandbox.now + timedelta(minutes=10)
    return msvc.send(conn, msvc.MessageDraft(TO, "Later", messaging_service_sid=sid, send_at=send_at)).sid, send_at


def test_moments_are_reported_once_they_are_past(conn, sid):
    """Each state appears at its moment and not before, and the last one is the status in the API's answer."""
    sent = msvc.send(conn, msvc.MessageDraft(TO, "Hi", messaging_service_sid=sid)).sid
    before = []
    for _ in range(20):
        moments = conn.sandbox.timeline(sent)
        assert moments[: len(before)] == before
        assert moments[-1][1] == conn.client.messages(sent).fetch().status
        assert all(at <= conn.sandbox.now for at, _ in moments)
        before = moments
        conn.sandbox.advance(0.25)

    assert [status for _, status in before] == ["accepted", "queued", "sending", "sent", "delivered"]
    assert [at for at, _ in before] == sorted(at for at, _ in before)


def test_a_message_with_a_from_begins_queued(conn):
    """Without a service there is nothing to accept: it is queued at once."""
    sent = msvc.send(conn, msvc.MessageDraft(TO, "Hi", from_=OURS)).sid

    assert [status for _, status in conn.sandbox.timeline(sent)] == ["queued"]


def test_a_scheduled_message(conn, sid):
    """It is scheduled until its time, to the millisecond, and then goes the usual way."""
    sent, send_at = later(conn, sid)
    assert [status for _, status in conn.sandbox.timeline(sent)] == ["scheduled"]
    conn.sandbox.advance(700)
    moments = conn.sandbox.timeline(sent)

    assert [status for _, status in moments] == ["scheduled", "accepted", "queued", "sending", "sent", "delivered"]
    assert moments[1][0] == send_at


def test_a_message_taken_back(conn, sid):
    """A canceled message has two moments, and its time brings no third one."""
    sent, _ = later(conn, sid)
    conn.sandbox.advance(60)
    msvc.cancel_message(conn, sent)
    conn.sandbox.advance(3600)

    moments = conn.sandbox.timeline(sent)
    assert [status for _, status in moments] == ["scheduled", "canceled"]
    assert moments[1][0] - moments[0][0] == timedelta(seconds=60)


def test_no_such_message(conn):
    """A SID that is none, or of a deleted message, is an error with a sentence."""
    for ask in (conn.sandbox.timeline, conn.sandbox.message, conn.sandbox.why):
        with pytest.raises(msvc.SandboxError, match="has no message"):
            ask("SM" + "0" * 32)


def test_the_log_page_by_page(conn, sid):
    """Pages are newest first and follow each other without a gap; what they say is what the API says."""
    sent = [msvc.send(conn, msvc.MessageDraft(TO, f"Text {n}", messaging_service_sid=sid)).sid for n in range(5)]
    conn.sandbox.advance(60)
    first = conn.sandbox.messages(3)
    rest = conn.sandbox.messages(3, first[-1]["sid"])

    assert [message["sid"] for message in (*first, *rest)] == sent[::-1]
    for message in first:
        item = conn.client.messages(message["sid"]).fetch()
        assert (item.status, item.to, item.from_, item.body) == tuple(
            message[name] for name in ("status", "to", "from", "body")
        )
        assert (int(item.num_segments), float(item.price)) == (message["num_segments"], message["price"])
        assert abs(item.date_sent - message["date_sent"]) < timedelta(seconds=1)


def test_who_a_phone_can_text(conn):
    """Numbers and short codes with SMS for a phone, and its own channel's senders for WhatsApp."""
    conn.sandbox.own("+13105550100", capabilities=("Voice",))
    able = conn.sandbox.reachable(TO)

    assert {OURS, "894546"} <= set(able)
    assert "+13105550100" not in able
    assert conn.sandbox.reachable(f"whatsapp:{TO}") == ["whatsapp:+14155550199"]


def test_what_a_handset_is(conn):
    """Set, it is what it was set to; else a magic number or a landline by its plan says what it is."""
    assert conn.sandbox.handset_state(TO) == "good"
    conn.sandbox.handset(TO, "off")

    assert conn.sandbox.handset_state(TO) == "off"
    assert conn.sandbox.handset_state("+15005550004") == "opted out"
    assert conn.sandbox.handset_states["off"] == ("undelivered", 30003)
    with pytest.raises(msvc.SandboxError, match="not a handset"):
        conn.sandbox.handset_state("894546")
