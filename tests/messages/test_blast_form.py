"""BlastForm: who gets what is seen before, a click sends once to each, and it can be stopped and resumed."""

import csv
from collections import Counter
from datetime import UTC, datetime

import pytest

from forms import click, words
from msvc_toolkit.messages.blast.form import BlastForm

SEND = "POST /2010-04-01/*/Messages.json"
TABLE = "name\tphone\n" + "\n".join(f"Ann{n}\t+1628555{n:04d}" for n in range(100, 140))
LEFT_OUT = "\nBo\t+16285550100\n\t+16285550177\nCy\t=cmd()"


def got(client):
    """How many messages each recipient has."""
    return Counter(message.to for message in client.messages.list(limit=5000))


@pytest.fixture
def sid(conn, sid):
    """The service, at nine in the morning of San Francisco."""
    conn.sandbox.advance(2 * 3600)
    return sid


@pytest.fixture
def form(conn, sid, tmp_path):
    """A form on a service with four numbers."""
    return BlastForm(conn, sid, folder=tmp_path)


def test_what_will_be_sent_is_seen_before(form):
    """Three messages and the longest with their segments, who is left out and why, and all of it on the button."""
    assert form.button.disabled
    assert "Paste the recipients" in words(form.missing.value)
    form.fill(table=f"{TABLE}\n{'Zoe' * 60}\t+16285550199{LEFT_OUT}", body="Hi {nmae}")
    assert "{nmae} is not a column of the table. It has name, phone" in words(form.fields["body"].note.value)
    form.fill(body="Hi {name}")

    assert form.button.description == "Send 41 messages, 42 segments (sandbox, free)"
    shown = words(form.preview.value)
    for word in ("4 of 41 messages", "+1 628 ••• 0100", "Hi Ann102", "+1 628 ••• 0199 (longest)", "Segments"):
        assert word in shown
    assert form.omitted_fold.children[0].description == "3 rows left out"
    assert form.omitted_fold.children[0].value  # nobody has to open it to learn who
    for word in ("same number as in row 1", "Row 43 has nothing in the column name", "has letters in it"):
        assert word in words(form.omitted.value)
    assert "Ann" not in form.static()


def test_a_file_is_read_as_if_it_were_pasted(form):
    """A CSV file with a byte order mark; one that is not text is refused in a sentence."""
    file = {"name": "list.csv", "type": "", "size": 1, "last_modified": datetime.now(UTC)}
    form.file.value = ({**file, "content": memoryview(TABLE.encode("utf-8-sig"))},)
    form.fill(body="Hi {name}")
    assert "Send 40 messages" in form.button.description
    form.file.value = ({**file, "content": memoryview(b"PK\x03\xff\xfe")},)
    assert "Save it as CSV UTF-8" in words(form.outcome.value)


def test_a_click_sends_to_each_once_and_saves_a_receipt(conn, form, sid):
    """Stopped after some, resumed by the next click, done; the receipt is masked; another form knows that it is done."""
    form.fill(table=TABLE + LEFT_OUT, body="Hi {name}")
    stop_at = [5]
    form.bar.observe(lambda seen: seen.new == stop_at[0] and form.cancel.click(), names="value")
    assert "5 messages sent, 35 recipients left" in words(click(form))
    assert sum(got(conn.client).values()) == 5
    assert form.button.description == "Resume: 35 of 40 recipients left"

    stop_at[0] = -1
    conn.sandbox.fault("reset", route=SEND, executed=True, count=3)
    assert "40 messages sent." in words(click(form))
    assert set(got(conn.client).values()) == {1}
    assert len(got(conn.client)) == 40
    assert form.button.disabled
    assert "Note: Twilio accepted this text" in words(form.missing.value)
    form.save.click()
    [path] = form.saved
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 43
    assert [row["outcome"] for row in rows].count("found") == 3
    assert (rows[0]["recipient"], rows[42]["recipient"]) == ("+1 628 ••• 0100", "(not a number)")

    other = BlastForm(conn, sid, table=TABLE, body="Hi {name}")
    assert other.button.description == "Sent to all 40 recipients"
    other.fill(ledger="july")
    assert "Send 40 messages" in other.button.description
    click(other)
    other.fill(body="Bye {name}")
    assert "belongs to another text" in words(other.fields["ledger"].note.value)
    assert other.button.disabled
    other.fill(ledger="", body="Hi {name}", price="much", pace="fast")
    other.button.click()
    assert sum(got(conn.client).values()) == 80


def test_quiet_hours_are_seen_before_and_resumed_after(conn, form):
    """The button counts who gets it now; the rest waits until their morning, and a form that may not split waits whole."""
    conn.sandbox.advance(22 * 3600)
    form.fill(table="+16285550100\n+12125550177\n+16285550101", body="Hi")
    assert form.button.description == "Send 1 message, 1 segment (sandbox, free)"
    shown = words(form.missing.value)
    assert "2 recipients are in quiet hours, the last one until 2026-01-06 08:00 (America/Los_Angeles)" in shown
    form.fill(quiet_hours="refuse")
    assert form.button.disabled
    form.fill(quiet_hours="hold")
    assert "1 message sent, 2 recipients left." in words(click(form))
    assert form.receipt.outcome.tolist() == ["held back", "sent", "held back"]
    assert form.button.disabled
    conn.sandbox.advance(3600)
    form.refresh()
    assert (form.button.description, form.missing.value.count("quiet")) == ("Resume: 2 of 3 recipients left", 0)
    assert "3 messages sent." in words(click(form))
    assert set(got(conn.client).values()) == {1}


@pytest.mark.parametrize("account", ["live"], indirect=True)
def test_on_a_live_account_the_button_says_what_it_costs(account):
    """LIVE, and the price a segment that was typed; unarmed a click sends nothing and says how to arm."""
    conn = account.connect()
    conn.disarm()
    form = BlastForm(conn, account.sid, table="+16285550123", body="From a form")
    form.fill(price="0.0079", quiet_hours="ignore")
    assert form.button.description == "Send 1 LIVE message, 1 segment, about 0.01 USD"
    assert "conn.arm(max_messages=1, allow_to=form.recipients, minutes=60)" in words(form.missing.value)
    assert "Nothing was sent" in words(click(form))
    assert account.count("+16285550123", "From a form") == 0
    conn.arm(max_messages=1, allow_to=form.recipients, minutes=60)
    said = words(click(form))
    assert "1 message sent." in said
    assert "Read here what became of each: msvc.Inspector(conn)." in said
    assert "Writes are armed: 0 messages left, until" in words(form.heading.value)
