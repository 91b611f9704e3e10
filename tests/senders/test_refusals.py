"""SenderPoolForm: what Twilio will refuse is shown before the click, and what it refuses is shown after it."""

import pytest

from account import pool
from forms import click, pick, words
from msvc_toolkit.senders.calls import add_senders, list_senders
from msvc_toolkit.senders.form import SenderPoolForm
from msvc_toolkit.services.calls import create_service, delete_service
from msvc_toolkit.services.model import ServiceDraft

SAN_FRANCISCO = ["+14155550100", "+14155550101"]
TORONTO = "+14165550100"
SEATTLE = "+12065550100"  # voice only
TOLL_FREE = "+18885550100"


def test_emptying_a_pool_is_warned_of(conn, sid):
    """Removing everything says that sending then fails, and does not forbid it."""
    add_senders(conn, sid, SAN_FRANCISCO)
    form = SenderPoolForm(conn, sid)
    pick(form, *SAN_FRANCISCO)
    form.remove.click()

    assert "21704" in form.question.value
    assert not form.button.disabled


@pytest.mark.usefixtures("other")
def test_refusals_are_reported_before_the_click(conn, sid):
    """A voice-only number and one of another service are named with Twilio's codes; the rest can still be added."""
    form = SenderPoolForm(conn, sid)
    pick(form, SEATTLE, TORONTO, *SAN_FRANCISCO)

    assert "1 cannot send texts (voice only, Twilio error 21715)" in words(form.said["mute"].value)
    assert "+1 206 ••• 0100" in form.said["mute"].value
    assert "1 belongs to another service (Other <b>shop</b>)" in words(form.said["elsewhere"].value)
    assert "(Other &lt;b&gt;shop&lt;/b&gt;)" in form.said["elsewhere"].value
    assert "+1 416 ••• 0100" in form.said["elsewhere"].value
    assert form.button.description == "Add 2 senders"
    click(form)
    assert pool(conn, sid) == set(SAN_FRANCISCO)


def test_many_numbers_are_folded_away(conn, sid):
    """A reason with many senders is one line with their number; a click shows who they are."""
    for number in range(12):
        conn.sandbox.own(f"+1313555{number:04}", capabilities=("Voice",))
    form = SenderPoolForm(conn, sid)
    form.fill(filter="313")
    form.picker.all.click()

    assert "12 cannot send texts" in words(form.said["mute"].value)
    assert "<summary>Show the 12 senders</summary>" in form.said["mute"].value


def test_what_was_left_out_is_not_selected_afterwards(conn, sid):
    """After senders were added, one that cannot send is no longer selected, so that nothing red is beside the success."""
    form = SenderPoolForm(conn, sid)
    pick(form, SEATTLE, SAN_FRANCISCO[0])
    assert "1 sender was added" in click(form)

    assert form.selected == []
    assert "msvc-problem" not in form.missing.value


def test_a_selection_that_would_all_be_refused_cannot_be_added(conn, sid):
    """With nothing left to add the button is off, and a click does nothing."""
    form = SenderPoolForm(conn, sid)
    pick(form, SEATTLE)

    assert form.button.disabled
    assert "None of the selected senders can be added." in form.missing.value
    assert click(form) == ""
    assert pool(conn, sid) == set()


def test_two_toll_free_numbers_are_warned_of(conn, sid):
    """A second toll-free number is advised against before the click, and not forbidden."""
    conn.sandbox.own("+18775550100")
    add_senders(conn, sid, [TOLL_FREE])
    form = SenderPoolForm(conn, sid)
    pick(form, "+18775550100")

    assert "2 toll-free numbers" in form.missing.value
    assert not form.button.disabled


def test_the_limit_of_a_pool_is_reported_before_the_click(conn, sid):
    """Of 401 numbers the form says how many are too many; without one it goes."""
    numbers = [f"+1313555{number:04}" for number in range(100, 501)]
    for number in numbers:
        conn.sandbox.own(number)
    add_senders(conn, sid, numbers[:398])
    form = SenderPoolForm(conn, sid)
    pick(form, *numbers[398:])
    assert "21714" in form.missing.value
    assert "Select 1 fewer" in form.missing.value
    assert form.button.disabled

    pick(form, *numbers[398:400], SEATTLE)  # one that is refused takes no room
    assert form.button.description == "Add 2 senders"
    assert "The pool then holds 400 of at most 400 numbers." in form.said["ready"].value
    click(form)
    assert len(pool(conn, sid)) == 400


def test_a_refusal_by_twilio_is_reported_with_its_code(conn, sid):
    """Numbers that joined another service in the meantime are reported once, with the code; the others join."""
    form = SenderPoolForm(conn, sid)
    pick(form, *SAN_FRANCISCO, TOLL_FREE)
    elsewhere = create_service(conn, ServiceDraft(friendly_name="Elsewhere")).sid
    add_senders(conn, elsewhere, SAN_FRANCISCO)
    said = words(click(form))

    assert "1 sender was added. The pool holds 1 of at most 400 numbers." in said
    assert said.count("21712") == 1
    assert "2 were refused (Twilio error 21712)" in said
    assert "+1 415 ••• 0100, +1 415 ••• 0101" in said
    assert pool(conn, sid) == {TOLL_FREE}


@pytest.mark.parametrize(
    ("fill", "where", "says"),
    [
        ({"alpha": "ACME Shop and more"}, "alpha", "at most 11 characters"),
        ({"alpha": "ACME!"}, "alpha", "cannot contain !"),
        ({"alpha": "12345"}, "alpha", "at least one letter"),
        ({"alpha": "OTHER", "country": "XX"}, "country", "is not a two-letter country code"),
        ({"alpha": "ACME"}, "alpha", "for all countries already"),
    ],
)
def test_a_wrong_sender_id_is_reported_before_the_click(conn, sid, fill, where, says):
    """The sentence is under its input, and a click adds nothing."""
    add_senders(conn, sid, ["ACME"])
    form = SenderPoolForm(conn, sid).alpha
    form.fill(**fill)

    assert says in form.fields[where].note.value
    assert form.button.disabled
    click(form)
    assert pool(conn, sid) == {"ACME"}


def test_a_sender_id_for_the_us_is_warned_of(conn, sid):
    """It would never be picked there, which is said and not forbidden."""
    form = SenderPoolForm(conn, sid).alpha
    form.fill(alpha="ACME", country="us")

    assert "Warning: The US and Canada take no" in words(form.fields["country"].note.value)
    assert not form.button.disabled


def test_a_service_deleted_elsewhere_is_reported(conn, sid):
    """The click is refused with Twilio's code."""
    form = SenderPoolForm(conn, sid)
    pick(form, *SAN_FRANCISCO)
    delete_service(conn, sid)

    assert "2 were refused (Twilio error 20404)" in click(form)


@pytest.mark.parametrize("executed", [False, True])
def test_an_answer_that_is_missing_is_reported_of_its_sender(conn, executed):
    """One sender's outcome is unknown, with what to do; the others are added."""
    sid = create_service(conn, ServiceDraft(friendly_name="Orders")).sid
    conn.sandbox.fault("502", route="POST */PhoneNumbers", count=1, executed=executed)
    outcomes = add_senders(conn, sid, ["+14155550100", "+14155550101"])

    assert outcomes["outcome"].tolist() == ["unknown", "added"]
    assert "look the result up" in outcomes["sentence"].iloc[0]
    assert len(list_senders(conn, sid)) == 1 + executed


def test_a_move_whose_way_back_gets_no_answer_says_so(conn):
    """The sender was taken out, refused here, and putting it back is unclear: all of that is said."""
    old, new = (create_service(conn, ServiceDraft(friendly_name=name)).sid for name in ("Old", "New"))
    add_senders(conn, old, ["+14155550100"])
    conn.sandbox.fault("429", route=f"POST /v1/Services/{new}/PhoneNumbers", count=1)
    conn.sandbox.fault("empty", route=f"POST /v1/Services/{old}/PhoneNumbers", count=1)
    outcomes = add_senders(conn, new, ["+14155550100"], move=True)

    assert outcomes["outcome"].tolist() == ["unknown"]
    assert "removed from Old. Check whether it is back there" in outcomes["sentence"].iloc[0]
