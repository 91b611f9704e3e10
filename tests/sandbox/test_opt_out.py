"""STOP, START and HELP: who handles which words, how far a block reaches, and what sending to it gives."""

import pytest
from twilio.base.exceptions import TwilioRestException

WHO = "+14155550123"


def service(conn, *numbers):
    """A Messaging Service with these numbers."""
    made = conn.client.messaging.v1.services.create("Orders", use_inbound_webhook_on_number=True)
    for number in numbers:
        sid = conn.client.incoming_phone_numbers.list(phone_number=number)[0].sid
        conn.client.messaging.v1.services(made.sid).phone_numbers.create(sid)
    return made.sid


def ends(conn, **how):
    """Send, wait, and return how it ended: the status and its code, or the code it was refused with."""
    try:
        message = conn.client.messages.create(to=WHO, body="Hi", **how)
    except TwilioRestException as error:
        return error.status, error.code
    conn.sandbox.advance(20)
    return message.fetch().status, message.fetch().error_code


@pytest.mark.parametrize(
    "word", ["STOP", " stop ", "StopAll", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"]
)
def test_a_stop_word_blocks_the_whole_service_and_start_opens_it(conn, word):
    """One STOP counts for every sender of the service; a plain From is refused at once, a service send fails later."""
    sid = service(conn, "+14155550100", "+12125550100")
    assert conn.sandbox.receive(WHO, "+14155550100", word)["keyword"] == "STOP"

    assert ends(conn, messaging_service_sid=sid) == ("failed", 21610)
    assert ends(conn, from_="+12125550100") == (400, 21610)
    assert ends(conn, from_="+13125550100") == ("delivered", None)
    conn.sandbox.receive(WHO, "+12125550100", "start")
    assert ends(conn, messaging_service_sid=sid) == ("delivered", None)


@pytest.mark.parametrize("body", ["please stop", "STOP.", "STOPP", "", "don't STOP"])
def test_a_sentence_is_no_keyword(conn, body):
    """Only the whole text counts."""
    sid = service(conn, "+14155550100")
    received = conn.sandbox.receive(WHO, "+14155550100", body or "x")

    assert received["keyword"] is None
    assert ends(conn, messaging_service_sid=sid) == ("delivered", None)


@pytest.mark.parametrize(
    ("sender", "word", "handled"),
    [
        ("+18885550100", "STOP", "STOP"),
        ("+18885550100", "END", None),
        ("+18885550100", "YES", None),
        ("+18885550100", "UNSTOP", "START"),
        ("+14155550100", "YES", "START"),
        ("+14155550100", "info", "HELP"),
        ("894546", "STOP", None),
        ("whatsapp:+14155550199", "STOP", None),
    ],
)
def test_each_kind_of_sender_has_its_own_words(conn, sender, word, handled):
    """Toll-free knows few words, short codes and WhatsApp none until they are set up."""
    who = f"whatsapp:{WHO}" if sender.startswith("whatsapp") else WHO
    assert conn.sandbox.receive(who, sender, word)["keyword"] == handled


def test_every_keyword_is_confirmed_even_to_whom_has_just_opted_out(conn):
    """STOP, HELP and START each get an answer; HELP does not once somebody is out."""
    service(conn, "+14155550100")
    said = []
    for word in ("HELP", "STOP", "HELP", "START"):
        conn.sandbox.receive(WHO, "+14155550100", word)
        conn.sandbox.advance(20)
        answers = conn.client.messages.list(to=WHO)
        said.append((len(answers), answers[0].status))

    assert said == [(1, "delivered"), (2, "delivered"), (2, "delivered"), (3, "delivered")]


def test_outside_of_a_service_a_block_is_for_one_sender(conn):
    """The other numbers of the account may go on."""
    conn.sandbox.receive(WHO, "+14155550100", "STOP")

    assert ends(conn, from_="+14155550100") == (400, 21610)
    assert ends(conn, from_="+14155550101") == ("delivered", None)


def test_advanced_opt_out_adds_words_and_texts(conn):
    """Own words work beside the reserved ones, for short codes too, and the confirmation is the service's."""
    sid = service(conn, "+14155550100")
    code = conn.client.short_codes.list()[0].sid
    conn.client.messaging.v1.services(sid).short_codes.create(code)
    conn.sandbox.advanced_opt_out(sid, words={"STOP": ["Basta"]}, texts={"STOP": "Arrivederci."})

    assert conn.sandbox.receive(WHO, "894546", "basta")["keyword"] == "STOP"
    conn.sandbox.advance(10)

    assert conn.client.messages.list(to=WHO)[0].body == "Arrivederci."
    assert ends(conn, messaging_service_sid=sid) == ("failed", 21610)


def test_a_block_survives_in_the_store(conn, tmp_path):
    """Going back to a snapshot brings the block back."""
    sid = service(conn, "+14155550100")
    conn.sandbox.receive(WHO, "+14155550100", "STOP")
    conn.sandbox.snapshot(tmp_path / "blocked.db")
    conn.sandbox.receive(WHO, "+14155550100", "START")
    conn.sandbox.restore(tmp_path / "blocked.db")

    assert ends(conn, messaging_service_sid=sid) == ("failed", 21610)


def test_a_stop_counts_even_where_texts_are_dropped(conn):
    """Inbound handling that is off loses the text and not the person's wish."""
    sid = service(conn, "+14155550100")
    conn.client.messaging.v1.services(sid).update(use_inbound_webhook_on_number=False)
    received = conn.sandbox.receive(WHO, "+14155550100", "STOP")

    assert (received["sid"], received["outcome"], received["keyword"]) == (None, "dropped", "STOP")
    assert ends(conn, messaging_service_sid=sid) == ("failed", 21610)
