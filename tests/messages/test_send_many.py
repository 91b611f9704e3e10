"""`send_many`: each recipient once, whatever fails meanwhile; who is left out, and why."""

import os
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from contextlib import closing
from datetime import timedelta

import pandas as pd
import pytest
import requests

import msvc_toolkit as msvc
from msvc_toolkit.errors import ToolkitError
from msvc_toolkit.messages.blast.ledger import ListLedger
from msvc_toolkit.messages.blast.recipients import column_of, parse
from msvc_toolkit.sandbox.client import connect_sandbox

SEND = "POST /2010-04-01/*/Messages.json"
PEOPLE = [{"Name": f"Ann{n}", "Phone": f"+1628555{n:04d}"} for n in range(100, 140)]


@pytest.fixture
def sid(conn, sid):
    """The service, at nine in the morning of San Francisco."""
    conn.sandbox.advance(2 * 3600)
    return sid


def got(client):
    """How many messages each recipient has."""
    return Counter(message.to for message in client.messages.list(limit=5000))


def once(people=PEOPLE):
    """What it should be."""
    return {one["Phone"]: 1 for one in people}


def test_each_recipient_gets_it_once_though_everything_fails(conn, sid):
    """Lost answers, errors before and after acceptance, 429: all are sent to, nobody twice, now and at a second call."""
    for kind, executed in (("502", True), ("reset", True), ("503", False), ("reset", False), ("429", False)):
        conn.sandbox.fault(kind, route=SEND, rate=0.15, executed=executed)
    seen = []
    words = {"body": "Hi {name}", "messaging_service_sid": sid}
    receipt = msvc.send_many(conn, PEOPLE, **words, on_progress=lambda done, of: seen.append((done, of)))

    assert got(conn.client) == once()
    assert set(receipt.outcome) == {"sent", "found"}
    assert seen[-1] == (40, 40)
    bodies = {message.to: message.body for message in conn.client.messages.list(limit=100)}
    assert bodies["+16285550100"] == "Hi Ann100"
    assert set(receipt.sid) == {message.sid for message in conn.client.messages.list(limit=100)}
    assert "5550100" not in repr(receipt)

    again = msvc.send_many(conn, PEOPLE, **words)
    assert again.sid.tolist() == receipt.sid.tolist()
    assert got(conn.client) == once()
    conn.sandbox.clear_faults()
    msvc.send_many(conn, PEOPLE[:1], **words, ledger="once more")
    assert got(conn.client)["+16285550100"] == 2


def test_who_is_left_out_and_why(conn, sid, tmp_path):
    """Twice, no number, nothing for a blank, a landline, opted out: named in the receipt, row and column too."""
    conn.sandbox.receive("+16285550177", "+14155550100", "STOP")
    path = tmp_path / "list.csv"
    path.write_text(
        "name;mobile phone\nAnn;(628) 555-0100\nBo;+1 628 555 0100\nCy;soon\n;+16285550102\nDi;+442079460123\nEd;6285550177\n",
        encoding="utf-8-sig",
    )
    receipt = msvc.send_many(conn, path, body="Hi {Name}", messaging_service_sid=sid)

    assert receipt.outcome.tolist() == ["sent", *["left out"] * 5]
    expected = ["same number as in row 1", "letters", "Row 4 has nothing in the column name", "landline", "opted out"]
    for sentence, word in zip(receipt.sentence[1:], expected, strict=True):
        assert word in sentence
    assert got(conn.client)["+16285550100"] == 1
    frame = pd.DataFrame({"to": [16285550103.0], "name": ["Flo"]})
    assert msvc.send_many(conn, frame, body="Hi {name}!", messaging_service_sid=sid).outcome.tolist() == ["sent"]


def test_recipients_in_quiet_hours_are_held_back_and_sent_to_later(conn, sid):
    """Seven in California: held back with the hour, or all refused; New York and abroad get it. At eight the rest does."""
    conn.sandbox.advance(22 * 3600)
    people = ["+16285550100", "+12125550177", "+447400555123", "+14165550123", "+16285550101"]
    words = {"body": "Hi", "messaging_service_sid": sid}
    with pytest.raises(
        msvc.InvalidInput, match=r"2 recipients are in quiet hours, .* until 2026-01-06 08:00 \(America/Los_Ang"
    ):
        msvc.send_many(conn, people, **words, quiet_hours="refuse")
    with pytest.raises(msvc.InvalidInput, match="one of hold, refuse, ignore"):
        msvc.send_many(conn, people, **words, quiet_hours="on")
    assert not got(conn.client)

    said = []
    for _ in range(2):
        receipt = msvc.send_many(conn, people, **words, on_progress=lambda *news: said.append(news))
        assert receipt.outcome.tolist() == ["held back", "sent", "sent", "sent", "held back"]
        assert receipt.sentence[0] == (
            "Quiet hours until 2026-01-06 08:00 (America/Los_Angeles). Call send_many again after that."
        )
        assert got(conn.client) == dict.fromkeys(people[1:4], 1)
    assert said[-1] == (3, 5, "3 recipients done, 2 recipients held back in quiet hours.")
    conn.sandbox.advance(3600)
    assert set(msvc.send_many(conn, people, **words, quiet_hours="refuse").outcome) == {"sent"}
    assert got(conn.client) == dict.fromkeys(people, 1)

    conn.sandbox.advance(-conn.now.hour % 24 * 3600)  # midnight in London, the afternoon before in California
    at_night = {"send_at": conn.now + timedelta(hours=8), "ledger": "later"}
    receipt = msvc.send_many(conn, people[:3], **words, **at_night)
    assert receipt.outcome.tolist() == ["held back", "held back", "sent"]
    assert "At send_at the recipient is in quiet hours until" in receipt.sentence[0]
    receipt = msvc.send_many(conn, people[:2], **words, ledger="code", quiet_hours="ignore")
    assert receipt.outcome.tolist() == ["sent", "sent"]


def test_what_got_no_answer_is_looked_up_in_quiet_hours_and_not_sent_in_them(conn, sid):
    """One message was taken without an answer and one was not: the first is found at night, the second leaves at eight."""
    words = {"body": "Hi", "messaging_service_sid": sid}
    conn.sandbox.advance(12 * 3600 - 1)  # a second before nine in the evening
    for to, executed in (("+16285550100", True), ("+16285550101", False)):
        conn.sandbox.fault("reset", route=SEND, count=1, executed=executed)
        stops = iter([False, False, False, True, True, True])
        msvc.send_many(conn, [to], **words, ledger=to[-4:], stopped=lambda stops=stops: next(stops, True))
    conn.sandbox.advance(60)
    outcomes = [msvc.send_many(conn, [f"+1628555{n}"], **words, ledger=n).outcome[0] for n in ("0100", "0101")]
    assert outcomes == ["found", "held back"]
    assert got(conn.client) == {"+16285550100": 1}
    conn.sandbox.advance(11 * 3600)
    assert msvc.send_many(conn, ["+16285550101"], **words, ledger="0101").outcome[0] == "sent"
    assert got(conn.client) == {"+16285550100": 1, "+16285550101": 1}


def test_a_number_that_was_a_landline_before_is_left_out(conn, sid):
    """Its last message ended with 30006: nothing is sent to it, until a message by itself is delivered."""
    words = {"body": "Hi", "messaging_service_sid": sid}
    for state, outcome in (("landline", "left out"), ("good", "sent")):
        conn.sandbox.handset("+16285550100", state)
        msvc.send(conn, to="+16285550100", body=state, messaging_service_sid=sid)
        conn.sandbox.advance(60)
        receipt = msvc.send_many(conn, ["+16285550100", "+16285550101"], **words)
        assert receipt.outcome.tolist() == [outcome, "sent"]
        assert ("30006" in receipt.sentence[0]) is (state == "landline")


@pytest.mark.parametrize(
    ("people", "more", "word"),
    [
        (PEOPLE, {"body": "Hi {nmae}"}, "is not a column of the table. It has Name, Phone"),
        (PEOPLE, {"body": ""}, "Type a text"),
        (PEOPLE, {"body": "Hi", "pace": 0}, "above zero"),
        (PEOPLE, {"body": "Hi", "to_column": "tel"}, "There is no column tel"),
        ([{"home": "+16285550100", "work": "+16285550101"}], {"body": "Hi"}, "Which column"),
        ([], {"body": "Hi"}, "There are no recipients"),
        ("nowhere.csv", {"body": "Hi"}, "cannot be read"),
    ],
)
def test_a_list_that_cannot_be_sent_is_refused_whole(conn, sid, people, more, word):
    """A blank without a column, no text, no recipients, an unclear column: one sentence, and nothing is sent."""
    with pytest.raises(msvc.InvalidInput, match=word):
        msvc.send_many(conn, people, messaging_service_sid=sid, **more)
    assert not got(conn.client)


def test_a_pasted_table_is_read_as_it_is():
    """With a heading or without one, from a spreadsheet or typed: the column of numbers is found."""
    for pasted in (
        "Name\tMobile\nAnn\t+16285550100",
        "+16285550100,Ann\n+16285550101,Bo",
        "+16285550100\n\n+16285550101\n",
    ):
        rows = parse(pasted)
        assert rows[0][column_of(rows)] == "+16285550100"
    assert len(rows) == 2


def test_the_ledger_is_private_and_another_text_is_refused(conn, sid, tmp_path):
    """Neither text nor number is in it, only its owner may read it, and it serves one text alone."""
    path = tmp_path / "june.db"
    msvc.send_many(conn, PEOPLE[:2], body="Hi {name}", messaging_service_sid=sid, ledger=path)

    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["june.db"]
    assert path.stat().st_mode & 0o077 == 0
    assert not [word for word in (b"5550100", b"Ann", b"Hi ") if word in path.read_bytes()]
    with pytest.raises(msvc.InvalidInput, match="another text"):
        msvc.send_many(conn, PEOPLE, body="Bye {name}", messaging_service_sid=sid, ledger=path)
    path.write_text("my diary, which is longer than a heading of SQLite would be" * 20)
    with pytest.raises(msvc.InvalidInput, match="cannot be used"):
        msvc.send_many(conn, PEOPLE, body="Hi {name}", messaging_service_sid=sid, ledger=path)
    assert "my diary" in path.read_text()


@pytest.mark.usefixtures("sid")
def test_a_refusal_of_one_goes_on_and_a_refusal_of_all_stops(conn):
    """A number that cannot be reached is in the receipt with its code; a wrong login stops before the next one."""
    conn.sandbox.handset("+16285550101", "no permission")
    words = {"body": "Hi", "from_": "+14155550100"}
    receipt = msvc.send_many(conn, PEOPLE[:3], **words, max_messages=2)
    assert receipt.outcome.tolist() == ["sent", "refused", "sent"]
    assert receipt.code[1] == 21408

    conn.sandbox.fault("401", route=SEND, count=1)
    with pytest.raises(msvc.TwilioRefused):
        msvc.send_many(conn, PEOPLE, **words, pace=2)
    stopped = msvc.send_many(conn, PEOPLE, **words, stopped=lambda: True)
    assert (stopped.outcome == "not sent").sum() == 37
    assert got(conn.client) == once(PEOPLE[:3])  # a refused attempt is in Twilio's log, too


def test_a_row_that_was_changed_after_a_lost_answer_is_not_guessed_at(conn, sid):
    """Its message could not be found by another text: it stays unknown until the row is as it was."""
    conn.sandbox.fault("reset", route=SEND, executed=True)
    with pytest.raises(msvc.OutcomeUnknown):
        msvc.send_many(conn, PEOPLE[:20], body="Hi {name}", messaging_service_sid=sid)
    conn.sandbox.clear_faults()
    conn.wait(60)
    sent = got(conn.client)
    other = [{**one, "Name": "Ann"} for one in PEOPLE[: len(sent)]]
    receipt = msvc.send_many(conn, other, body="Hi {name}", messaging_service_sid=sid)

    assert set(receipt.outcome) == {"unknown"}
    assert "Restore the row as it was" in receipt.sentence[0]
    assert got(conn.client) == sent
    msvc.send_many(conn, PEOPLE[:20], body="Hi {name}", messaging_service_sid=sid)
    assert got(conn.client) == once(PEOPLE[:20])


def test_kernels_on_one_ledger_share_the_list_and_the_cap(tmp_path):
    """Three at once: nobody is sent to twice, the cap is met exactly, and without it all are sent to."""
    conns = [connect_sandbox(tmp_path / "sandbox.db", clock="manual") for _ in range(3)]
    conns[0].sandbox.advance(2 * 3600)
    sid = msvc.create_service(conns[0], friendly_name="Orders").sid
    msvc.add_senders(conns[0], sid, ["+14155550100"])

    def send(conn, most):
        msvc.send_many(conn, PEOPLE, body="Hi {name}", messaging_service_sid=sid, max_messages=most)

    for most, expected in ((25, 25), (None, 40)):
        threads = [threading.Thread(target=send, args=(conn, most)) for conn in conns]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sum(got(conns[0].client).values()) == expected
    assert got(conns[0].client) == once()
    for conn in conns:
        conn.sandbox.api.store.close()


KILLED = """
import os, sys
import msvc_toolkit as msvc
conn = msvc.connect("sandbox", store=sys.argv[1])
handle, left = conn.client.http_client._sandbox.handle, [int(sys.argv[3])]
def dies(request):
    done = handle(request)
    left[0] -= request.method == "POST"
    if not left[0]:
        os._exit(9)
    return done
conn.client.http_client._sandbox.handle = dies
people = [{"Name": f"Ann{n}", "Phone": f"+1628555{n:04d}"} for n in range(100, 140)]
msvc.send_many(conn, people, body="Hi {name}", messaging_service_sid=sys.argv[2])
"""


@pytest.mark.slow
def test_a_kernel_that_dies_is_resumed_without_a_second_message(tmp_path, home):
    """Twilio took the ninth message and the kernel was gone: it is found in the log, and the rest is sent."""
    conn = connect_sandbox(tmp_path / "sandbox.db", clock="manual")
    conn.sandbox.advance(2 * 3600)
    sid = msvc.create_service(conn, friendly_name="Orders").sid
    msvc.add_senders(conn, sid, ["+14155550100"])
    words = [sys.executable, "-c", KILLED, conn.sandbox.store_path, sid, "9"]
    done = subprocess.run(words, env={**os.environ, "MSVC_HOME": str(home)}, timeout=60, check=False)
    assert done.returncode == 9
    assert sum(got(conn.client).values()) == 9

    receipt = msvc.send_many(conn, PEOPLE, body="Hi {name}", messaging_service_sid=sid)
    assert got(conn.client) == once()
    assert Counter(receipt.outcome) == {"sent": 39, "found": 1}
    assert [path.suffix for path in (home / "lists").rglob("*") if path.is_file()] == [".db"]
    conn.sandbox.api.store.close()


@pytest.mark.parametrize("account", ["live"], indirect=True)
def test_an_account_that_is_not_armed_is_sent_nothing(account, twilio):
    """Unarmed the server sees no write; armed for two of three, these get one message each and the third none."""
    conn = account.connect()
    conn.disarm()
    people = ["+16285550123", "+12125550177", "+12125550178"]
    words = {"body": "From a list", "messaging_service_sid": account.sid, "quiet_hours": "ignore"}
    writes = f"{twilio['url']}/_sandbox/journal"

    def newest_post():  # the journal is cut, so that its oldest entries go
        entries = requests.get(writes, timeout=10).json()["entries"]
        return [entry for entry in entries if entry.get("method") == "POST"][-1]

    before = newest_post()
    with pytest.raises(msvc.WritesNotArmed):
        msvc.send_many(conn, people, **words)
    assert newest_post() == before

    conn.arm(max_messages=5, allow_to=people[:2])
    receipt = msvc.send_many(conn, people, **words)
    assert receipt.outcome.tolist() == ["sent", "sent", "not sent"]
    assert "not among the recipients you armed" in receipt.sentence[2]
    assert [account.count(to, "From a list") for to in people] == [1, 1, 0]
    assert msvc.send_many(account.connect(), people[:2], **words).outcome.tolist() == ["sent", "sent"]
    assert account.count(people[0], "From a list") == 1


def test_kernels_open_a_new_ledger_at_once(tmp_path):
    """Six at once, on ten new files: each one opens it, although only one of them can set it up."""
    refused = []

    def opened(path, together):
        together.wait(60)
        try:
            ListLedger(path, "text").close()
        except ToolkitError as error:
            refused.append(error)

    for number in range(10):
        together = threading.Barrier(6)
        threads = [
            threading.Thread(target=opened, args=(tmp_path / f"{number}.db", together)) for _ in range(together.parties)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert len(list(tmp_path.glob("*.db"))) == 10
    assert refused == []


def test_a_ledger_that_cannot_be_used_now_is_no_reason_to_name_another(conn, sid, tmp_path, monkeypatch):
    """Locked or without a place on the disk: it is said so, the receipt has what was sent, and later the rest is sent."""
    monkeypatch.setattr("msvc_toolkit.messages.blast.ledger._BUSY_SECONDS", 0)
    path, words = tmp_path / "list.db", {"body": "Hi {name}", "messaging_service_sid": sid}
    (tmp_path / "file").touch()
    with pytest.raises(ToolkitError, match=r"cannot be written.*what was sent is not sent again"):
        msvc.send_many(conn, PEOPLE, **words, ledger=tmp_path / "file" / "list.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:

        def lock(done, _of):
            if done == 3:
                other.execute("BEGIN IMMEDIATE")

        receipt = msvc.send_many(conn, PEOPLE, **words, ledger=path, on_progress=lock)
        assert Counter(receipt.outcome) == {"sent": 3, "not sent": 37}
        assert receipt.sentence.str.contains("database is locked").sum() == 37
        with pytest.raises(ToolkitError, match="database is locked") as raised:
            msvc.send_many(conn, PEOPLE, **words, ledger=path)
        assert "another" not in str(raised.value)
    msvc.send_many(conn, PEOPLE, **words, ledger=path)
    assert got(conn.client) == once()
