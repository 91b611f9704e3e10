"""No whole phone number in anything a form shows or stores; only the input it was typed into has it."""

import re
from html import unescape

import ipywidgets
import pytest

import msvc_toolkit as msvc
from forms import click, words

TO, NEW_YORK, TORONTO = "+16285550123", "+12125550100", "+14165550100"
NUMBERS = (
    TO,
    NEW_YORK,
    TORONTO,
    *(f"+1310555010{n}" for n in range(3)),
    "+14155550100",
    "+447400123456",
    "+14155550199",
)
WHOLE = {number: re.compile(r"\D{0,2}".join(number[-9:])) for number in NUMBERS}
SID = re.compile(r"\b[A-Z]{2}[0-9a-f]{32}\b")


def shown(form):
    """Everything a form has on the screen and in the notebook but the values of its inputs, as one text."""
    texts, rest = [str(form._repr_mimebundle_())], [form.view]
    while rest:
        widget = rest.pop()
        rest += getattr(widget, "children", ())
        if isinstance(widget, ipywidgets.HTML):
            texts.append(widget.value)
        elif isinstance(widget, ipywidgets.Dropdown):
            texts += [option[0] if isinstance(option, tuple) else option for option in widget.options]
        elif isinstance(widget, (ipywidgets.Button, ipywidgets.Checkbox)):
            texts.append(widget.description)
    return SID.sub("SID", unescape(" ".join(texts)))


def whole_numbers(form):
    """The numbers of senders and recipient that can be read, however they are written."""
    return readable(shown(form))


def readable(text):
    """The known numbers that are in a text."""
    return [number for number, digits in WHOLE.items() if digits.search(text)]


@pytest.fixture
def sid(conn):
    """A service with senders whose labels are numbers too, as Twilio labels new ones."""
    sid = msvc.create_service(conn, msvc.ServiceDraft(friendly_name="Orders")).sid
    conn.sandbox.own("+13105550100", friendly_name="(310) 555-0100")
    conn.sandbox.own("+13105550101", friendly_name="+13105550101")
    conn.sandbox.own("+13105550102", friendly_name="Front desk 310-555-0102")
    msvc.add_senders(conn, sid, [NEW_YORK, "+13105550100", "whatsapp:+14155550199"])
    return sid


def test_the_search_finds_what_it_looks_for(conn, sid):
    """A number that was left whole would be found: in a card, in a button, in a table."""
    form = msvc.SendForm(conn, sid)
    form.outcome.value = "<p>sent to &#43;16285550123</p>"
    assert whole_numbers(form) == [TO]

    pool = msvc.SenderPoolForm(conn, sid)
    pool.picker.rows.boxes[0].description = NEW_YORK
    assert NEW_YORK in whole_numbers(pool)


def test_sending_shows_no_whole_number(conn, sid):
    """Foretold, sent, sent from a chosen sender, scheduled, failed and refused: masked each time."""
    form = msvc.SendForm(conn, sid)
    form.fill(to=TO, body="Hello")
    assert "+1 212 ••• 0100" in shown(form)
    assert whole_numbers(form) == []
    click(form)
    assert "Sender used" in shown(form)
    assert whole_numbers(form) == []

    form.fields["from_"].widget.label = "+1 212 ••• 0100 (local)"
    click(form)
    assert whole_numbers(form) == []
    for to in ("whatsapp:+16285550123", "+16285550123999", "6285550123", "+1 (628) 555-0123", NEW_YORK):
        form.fill(to=to)
        assert whole_numbers(form) == []
        click(form)
        assert whole_numbers(form) == []


def test_the_pool_shows_no_whole_number(conn, sid):
    """Tables, labels, refusals and outcomes carry masked numbers, also where a number is its own label."""
    other = msvc.create_service(conn, msvc.ServiceDraft(friendly_name="Other")).sid
    msvc.add_senders(conn, other, [TORONTO])
    form = msvc.SenderPoolForm(conn, sid)
    form.picker.all.click()
    assert "belongs to another service (Other)" in words(shown(form))
    assert whole_numbers(form) == []
    for asked in ("", "move", "remove"):
        form.picker.all.click()
        form.ask(asked)
        assert whole_numbers(form) == []
        click(form)
        assert whole_numbers(form) == []
    table = msvc.list_senders(conn)
    assert table["friendly_name"].str.contains(r"555.?01").sum() == 0
    assert "Front desk •••" in set(table["friendly_name"])


def test_the_other_forms_show_no_whole_number(conn, sid):
    """A trial names its senders masked; numbers in a name or an address are masked in what is stored."""
    inbound = msvc.InboundForm(conn, sid)
    inbound.fill(mode="defer")
    click(inbound)
    click(inbound.trial)
    assert whole_numbers(inbound) == []
    assert whole_numbers(inbound.trial) == []

    service = msvc.ServiceForm(conn, friendly_name="Ada")
    service.fill(status_callback=f"https://example.com/?to={TO}")
    assert whole_numbers(service) == []
    click(service)
    assert whole_numbers(service) == []
    assert whole_numbers(msvc.Onboarding(conn)) == []


@pytest.mark.usefixtures("sid")
def test_errors_show_no_whole_number(conn):
    """Twilio's own sentence repeats the number; ours masks it."""
    with pytest.raises(msvc.TwilioRefused) as refused:
        msvc.send(conn, msvc.MessageDraft(TO, "Hi", from_="+13135550100"))

    assert readable(str(refused.value)) == []
    assert readable(repr(msvc.MessageDraft(TO, "Hi", from_=NEW_YORK))) == []
