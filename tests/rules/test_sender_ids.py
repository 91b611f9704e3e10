"""Alphanumeric sender IDs that have to be registered: one table for the prediction, the form and the sandbox."""

from datetime import UTC, date, datetime, timedelta

import pytest

import msvc_toolkit as msvc
from msvc_toolkit.messages.calls import predict_sender
from msvc_toolkit.rules import sender_ids
from msvc_toolkit.rules.sender_ids import alphanumeric_countries
from msvc_toolkit.senders.form import SenderPoolForm

NAME = "ACME Shop"
PHONES = {"AU": "+61412345678", "ES": "+34612345678", "SG": "+6591234567", "IE": "+353851234567", "FR": "+33639981234"}


@pytest.fixture
def conn():
    """A sandbox whose clock starts on 2026-01-05 and moves only when it is advanced."""
    return msvc.connect("sandbox", store=":memory:", scenario="empty", clock="manual")


@pytest.fixture
def sid(conn):
    """A service whose pool holds one sender ID for all countries."""
    service = msvc.create_service(conn, msvc.ServiceDraft(friendly_name="Orders"))
    msvc.add_senders(conn, service.sid, [msvc.AlphaSender(NAME)])
    return service.sid


def go_to(conn, day):
    """Advance the clock to noon of a day."""
    conn.sandbox.advance((datetime(*day, 12, tzinfo=UTC) - conn.now).total_seconds())


def sent(conn, sid, to):
    """Send, let a minute pass, and return the message and the reasons of its steps."""
    message = conn.client.messages.create(to=to, messaging_service_sid=sid, body="Hello")
    conn.sandbox.advance(60)
    steps = {step["rule"]: step["sentence"] for step in conn.sandbox.why(message.sid)}
    return conn.client.messages(message.sid).fetch(), steps.get("sender ID registration", "")


@pytest.mark.parametrize(
    ("country", "on", "effect"),
    [
        ("AU", (2023, 7, 12), None),
        ("AU", (2026, 6, 30), "asked"),
        ("AU", (2026, 7, 1), "labelled"),
        ("ES", (2026, 9, 14), None),
        ("ES", (2026, 9, 15), "blocked"),
        ("SG", (2023, 1, 30), None),
        ("SG", (2023, 1, 31), "labelled"),
        ("SG", (2023, 7, 31), "blocked"),
        ("IE", (2025, 7, 2), None),
        ("IE", (2026, 11, 30), "labelled"),
        ("AT", (2026, 11, 30), "asked"),
        ("FI", (2026, 11, 30), "asked"),
        ("AE", (2026, 11, 30), "blocked"),
        ("FR", (2026, 11, 30), None),
        ("US", (2026, 11, 30), None),
        (None, (2026, 11, 30), None),
    ],
)
def test_a_rule_holds_from_its_first_day(country, on, effect):
    """The day before, the rule before it holds; a country without a rule asks for nothing."""
    found = sender_ids.rule(country, date(*on))

    assert (found.effect if found else None) == effect


def test_every_country_with_a_rule_takes_sender_ids():
    """A country that refuses sender IDs cannot ask for their registration."""
    asking = sender_ids.asking(date(2026, 11, 30))

    assert {"AT", "AU", "ES", "FI", "IE", "SG"} < set(asking)
    assert set(asking) <= alphanumeric_countries()


@pytest.mark.parametrize(("country", "shown"), [("AU", "Unverified"), ("IE", "Likely Scam")])
def test_the_sandbox_delivers_a_labelled_id_and_says_what_is_seen(conn, sid, country, shown):
    """The message arrives under another name, which the steps of the decision show."""
    go_to(conn, (2026, 7, 1))

    message, predicted = sent(conn, sid, PHONES[country])

    assert (message.status, message.from_) == ("delivered", NAME)
    assert shown in predicted


def test_the_sandbox_blocks_an_unregistered_id_from_the_day_of_the_rule(conn, sid):
    """Spain takes it until 2026-09-14 and blocks it from the 15th (30040); a registered one goes through."""
    go_to(conn, (2026, 9, 14))
    assert sent(conn, sid, PHONES["ES"])[0].status == "delivered"

    go_to(conn, (2026, 9, 15))
    message, predicted = sent(conn, sid, PHONES["ES"])
    assert (message.status, message.error_code) == ("undelivered", 30040)
    assert "2026-09-15" in predicted

    conn.sandbox.register_sender_id(NAME, "es")
    assert sent(conn, sid, PHONES["ES"])[0].status == "delivered"
    assert sent(conn, sid, PHONES["SG"])[0].error_code == 30040


def test_an_id_given_as_from_falls_under_the_rule_too(conn):
    """It is the ID that counts, not the way it was chosen."""
    go_to(conn, (2026, 10, 1))

    message = conn.client.messages.create(to=PHONES["ES"], from_=NAME, body="Hello")
    conn.sandbox.advance(60)

    assert conn.client.messages(message.sid).fetch().error_code == 30040


@pytest.mark.parametrize(
    ("name", "country"), [("", "ES"), ("12345", "ES"), ("A name too long", "ES"), (NAME, "Spain"), (NAME, "")]
)
def test_nothing_else_can_be_registered(conn, name, country):
    """A name that cannot be a sender ID, or a country that is none, is refused with a reason."""
    with pytest.raises(msvc.SandboxError):
        conn.sandbox.register_sender_id(name, country)


def test_the_prediction_says_what_holds_on_the_day_it_is_sent(conn, sid):
    """A caveat names the rule, its date and the next step; before that day, what is coming."""
    draft = msvc.MessageDraft(to=PHONES["ES"], body="Hello", messaging_service_sid=sid)
    assert "from 2026-09-15 on" in " ".join(predict_sender(conn, draft).caveats)

    go_to(conn, (2026, 9, 14))
    later = msvc.MessageDraft(
        to=PHONES["ES"], body="Hello", messaging_service_sid=sid, send_at=conn.now + timedelta(days=2)
    )
    (caveat,) = predict_sender(conn, later).caveats
    assert "is blocked since 2026-09-15 (30040)" in caveat
    assert "Register" in caveat

    by_name = msvc.MessageDraft(to=PHONES["AU"], body="Hello", from_=NAME)
    assert "'Unverified' since 2026-07-01" in " ".join(predict_sender(conn, by_name).caveats)

    conn.sandbox.register_sender_id(NAME, "ES")
    assert predict_sender(conn, later).caveats == ()


def test_the_prediction_is_silent_where_nothing_is_asked(conn, sid):
    """No caveat for a country without a rule, nor for a number that sends to a country with one."""
    draft = msvc.MessageDraft(to=PHONES["FR"], body="Hello", messaging_service_sid=sid)
    number = msvc.MessageDraft(to=PHONES["ES"], body="Hello", from_="+14155550100")

    assert predict_sender(conn, draft).caveats == ()
    assert predict_sender(conn, number).caveats == ()


def test_the_form_says_it_before_an_id_is_added(conn, sid):
    """For one country its rule is beside the input; for all countries, those that ask for a registration. Neither keeps anybody from adding."""
    go_to(conn, (2026, 10, 1))
    form = SenderPoolForm(conn, sid).alpha

    def said():
        (problem,) = [one for one in form.problems() if one.field == "country"]
        assert not problem.blocks
        return problem.sentence

    form.fill(alpha="ACME Eins", country="ES")
    assert "is blocked since 2026-09-15" in said()
    form.fill(country="AT")
    assert "has to be registered" in said()
    form.fill(country="")
    assert all(code in said() for code in ("AT", "AU", "ES", "FI", "IE", "SG"))
    form.fill(country="FR")
    assert [one for one in form.problems() if one.field == "country"] == []
    assert not form.button.disabled
