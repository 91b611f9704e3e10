"""Sends of unknown outcome: kept through kernels and forms, private, and shown until they are resolved."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

import msvc_toolkit as msvc
from forms import click
from msvc_toolkit.connection import Connection
from msvc_toolkit.connection.records import records_of
from msvc_toolkit.errors import OutcomeUnknown, ToolkitError, TwilioRefused
from msvc_toolkit.messages import doubts
from msvc_toolkit.messages.calls import fits, send, wait_until_final
from msvc_toolkit.messages.form import SendForm
from msvc_toolkit.messages.model import Message, MessageDraft

TO, TEXT = "+16285550123", "A text about nobody's business"


def draft_of(account, body=TEXT, **more):
    """A draft to the same recipient."""
    return MessageDraft(to=TO, body=body, messaging_service_sid=account.sid, **more)


def opened(account, conn=None):
    """A form on the draft, which follows a message no further than its first state."""
    form = SendForm(conn or account.connect(), account.sid, to=TO, body=TEXT)
    form.timeline.observe(lambda _: form.cancel.click(), names="value")
    return form


def test_a_record_is_private_and_holds_no_text(account, home):
    """Folders and files are their owner's alone; neither the text nor the whole number is in them."""
    account.fault("502", executed=True)
    with pytest.raises(OutcomeUnknown):
        send(account.connect(), draft_of(account))

    files = [path for path in (home / doubts.FOLDER).rglob("*") if path.is_file()]
    assert len(files) == 2
    for path in files:
        assert path.stat().st_mode & 0o077 == 0
        assert path.parent.stat().st_mode & 0o077 == 0
        for secret in (TEXT, TO, TO[2:]):
            assert secret not in path.read_text(encoding="utf-8")


def test_a_send_that_was_answered_leaves_no_record(account, home):
    """Taken or refused: nothing stays behind, and equal texts can be sent one after the other."""
    conn = account.connect()
    sids = {send(conn, draft_of(account, "plain")).sid for _ in range(2)}
    account.fault("429")
    with pytest.raises(TwilioRefused):
        send(conn, draft_of(account, "plain"))

    assert len(sids) == 2
    assert list((home / doubts.FOLDER).rglob("*.json")) == []


def test_another_form_and_a_new_kernel_show_the_doubt_and_resolve_it(account):
    """What one kernel left unknown is named in the next one's form, looked up at its click, and not sent again."""
    account.fault("reset", executed=True)
    with pytest.raises(OutcomeUnknown, match="look"):
        send(account.connect(), draft_of(account))
    doubts._IN_FOLDERS.clear()  # noqa: SLF001 - a kernel's memory has no other end

    form = opened(account)
    assert "no readable answer has come" in form.doubts.value
    form.fill(body="Another text")
    assert "to +1 628 ••• 0123" in form.doubts.value
    form.fill(body=TEXT)
    assert "Twilio took it" in click(form)
    assert form.doubts.value == ""
    assert account.count(TO, TEXT) == 1


KILLED = """
import os, sys, threading, time
import msvc_toolkit as msvc
conn = msvc.connect("sandbox", store=sys.argv[1])
answer = conn.client.http_client._sandbox.handle
def handle(request):
    done = answer(request)
    if request.method == "POST":
        os._exit(9)
    return done
conn.client.http_client._sandbox.handle = handle
msvc.send(conn, msvc.MessageDraft(to=sys.argv[3], body=sys.argv[4], messaging_service_sid=sys.argv[2]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("account", ["sandbox"], indirect=True)
def test_a_kernel_that_dies_before_the_answer_leaves_a_doubt(account, home):
    """Twilio took it and the kernel was gone: the next one says what it finds, claims nothing and sends nothing."""
    store = account.connect().sandbox.store_path
    words = [sys.executable, "-c", KILLED, store, account.sid, TO, TEXT]
    done = subprocess.run(words, env={**os.environ, "MSVC_HOME": str(home)}, timeout=60, check=False)
    assert done.returncode == 9
    [sid] = [sid for sid, body in account.bodies(TO).items() if body == TEXT]

    form = opened(account)
    assert "no readable answer has come" in form.doubts.value
    said = click(form)
    assert sid in said
    assert "another program" in said
    assert "Done" not in said
    form.claim.click()
    assert (form.message.sid, form.doubts.value) == (sid, "")
    assert account.count(TO, TEXT) == 1


def test_another_programs_text_is_not_claimed(account):
    """The same text of somebody else is offered as such: nothing is sent until a person says so, and then once."""
    form = opened(account)
    account.fault("503")
    assert "click again" in click(form)
    other = account.other.messages.create(to=TO, body=TEXT, messaging_service_sid=account.sid).sid

    for _ in range(2):
        said = click(form)
        assert other in said
        assert "another program" in said
        assert form.message is None
    form.resend.click()
    form.wait()

    assert form.message.sid != other
    assert form.doubts.value == ""
    assert account.count(TO, TEXT) == 2


def test_a_program_is_told_how_to_send_all_the_same(account):
    """`send` refuses while the log may hold another program's text, and sends with again=True."""
    conn, draft = account.connect(), draft_of(account)
    account.fault("503")
    with pytest.raises(OutcomeUnknown, match="not in the log so far"):
        send(conn, draft)
    account.other.messages.create(to=TO, body=TEXT, messaging_service_sid=account.sid)

    with pytest.raises(OutcomeUnknown, match=r"Nothing was sent this time.*again=True"):
        send(conn, draft)
    assert send(conn, draft, again=True).body == TEXT
    assert account.count(TO, TEXT) == 2


@pytest.mark.slow
def test_a_message_deleted_while_in_doubt_is_not_sent_again(account):
    """Twilio took it and it was deleted: that nothing more can be found out is said, and only `again` sends it."""
    conn = account.connect()
    account.fault("502", executed=True)
    with pytest.raises(OutcomeUnknown):
        send(conn, draft_of(account))
    [lost] = account.bodies(TO)
    wait_until_final(conn, lost)
    account.other.messages(lost).delete()

    with pytest.raises(OutcomeUnknown, match=f"took it as {lost}, which has been deleted.*cannot be found out"):
        send(conn, draft_of(account))
    form = opened(account, conn)
    said = click(form)

    assert "cannot be found out" in said
    assert "not sent" not in said
    assert form.resend.layout.display != "none"
    assert account.count(TO, TEXT) == 0
    assert send(conn, draft_of(account), again=True).sid != lost


@pytest.mark.slow
def test_a_message_redacted_while_in_doubt_is_not_sent_again(account):
    """Its text can no longer be compared: it is shown as one that may be it, and nothing more is sent."""
    conn = account.connect()
    account.fault("502")
    with pytest.raises(OutcomeUnknown):
        send(conn, draft_of(account))
    late = account.other.messages.create(to=TO, body=TEXT, messaging_service_sid=account.sid).sid  # it comes to light
    wait_until_final(conn, late)
    account.other.messages(late).update(body="")

    with pytest.raises(OutcomeUnknown, match=rf"{late} \(text redacted\).*does not show whose"):
        send(conn, draft_of(account))
    said = click(opened(account, conn))

    assert f"{late}, " in said
    assert "text redacted" in said
    assert list(account.bodies(TO)) == [late]


def test_two_forms_clicked_together_send_once(account):
    """Without any fault, too: the second one says that the text was sent meanwhile, and sends at the next click."""
    conn = account.connect()
    forms = [opened(account, conn) for _ in range(2)]
    for form in forms:
        form.button.click()
    for form in forms:
        form.wait()

    assert account.count(TO, TEXT) == 1
    [late] = [form for form in forms if "Nothing was sent by this click" in form.outcome.value]
    assert late.message.sid in late.outcome.value


def test_a_log_that_cannot_be_read_keeps_the_doubt(account):
    """While the look-up fails nothing is sent, and the form says why."""
    conn = account.connect()
    if conn.sandbox is None:
        pytest.skip("a live connection tries reads again by itself")
    form = opened(account, conn)
    account.fault("reset", executed=True)
    conn.sandbox.fault("500", route="GET */Messages.json*")
    assert "Looking it up failed" in click(form)
    assert "msvc-problem" in click(form)
    conn.sandbox.clear_faults()

    assert "another program" in click(form)
    assert account.count(TO, TEXT) == 1


SERVICE = "MG" + "1" * 32
LATER = datetime(2026, 1, 6, tzinfo=UTC)
MADE = {
    "sid": "SM" + "2" * 32,
    "status": "accepted",
    "to": TO,
    "from_": None,
    "messaging_service_sid": SERVICE,
    "body": "ok",
    "direction": "outbound-api",
    "num_segments": 1,
    "num_media": 0,
    "error_code": None,
    "date_created": None,
    "date_sent": None,
}


@pytest.mark.parametrize(
    ("draft", "logged", "same"),
    [
        ({}, {}, True),
        ({}, {"body": "Sent from your Twilio trial account - ok"}, True),
        ({}, {"body": "Is it ok"}, False),
        ({}, {"body": "OK"}, False),
        ({}, {"body": "ok "}, False),
        ({}, {"to": "+16285550124"}, False),
        ({}, {"num_media": 1}, False),
        ({}, {"messaging_service_sid": None, "from_": "+14155550100"}, False),
        ({}, {"messaging_service_sid": "MG" + "3" * 32}, False),
        ({}, {"direction": "inbound"}, False),
        ({}, {"direction": "outbound-reply"}, False),
        ({}, {"status": "scheduled"}, False),
        ({"body": "“ok”"}, {"body": '"ok"'}, True),
        ({"body": "“ok”", "smart_encoded": False}, {"body": '"ok"'}, False),
        ({"smart_encoded": False}, {}, True),
        ({"send_at": LATER}, {"status": "scheduled"}, True),
        ({"send_at": LATER}, {"status": "canceled"}, True),
        ({"send_at": LATER}, {"status": "delivered", "date_sent": LATER}, True),
        ({"send_at": LATER}, {"status": "delivered", "date_sent": LATER - timedelta(hours=1)}, False),
        ({"send_at": LATER}, {}, False),
        ({"from_": "+14155550100"}, {"from_": "+14155550100"}, True),
        ({"from_": "+14155550100"}, {"from_": "+14155550101"}, False),
        ({"body": "", "media_url": ["https://example.com/a.jpg"]}, {"body": "", "num_media": 1}, True),
        ({"body": "", "media_url": ["https://example.com/a.jpg"]}, {"body": "x", "num_media": 1}, False),
        ({"messaging_service_sid": None, "from_": SERVICE}, {}, True),
    ],
)
def test_every_field_that_the_api_shows_is_compared(draft, logged, same):
    """Recipient, text, number of media, service, sender, direction and scheduling."""
    wanted = MessageDraft(**{"to": TO, "body": "ok", "messaging_service_sid": SERVICE, **draft})

    assert fits(Message(**{**MADE, **logged}), wanted) is same


def test_without_a_record_on_the_disk_nothing_is_sent(account, monkeypatch, tmp_path):
    """Where it cannot be kept, a crash would be followed by a second message: `send`, `send_many` and the form say so."""
    conn = account.connect()
    monkeypatch.setenv("MSVC_HOME", "/proc/nowhere")
    said = r"/proc/nowhere/unknown-sends/key cannot be written.*Free some space.*nothing was sent this time"
    with pytest.raises(ToolkitError, match=said):
        send(conn, draft_of(account))
    with pytest.raises(ToolkitError, match=said):
        msvc.send_many(conn, [TO], body=TEXT, messaging_service_sid=account.sid, ledger=tmp_path / "own.db")
    form = opened(account, conn)
    assert "cannot be written" in form.doubts.value
    assert "nothing was sent this time" in click(form)

    assert account.count(TO, TEXT) == 0


@pytest.mark.parametrize("account", ["sandbox"], indirect=True)
def test_a_damaged_record_is_not_passed_over(account, home, monkeypatch):
    """Nothing is sent while it is not known what was sent: after a damage to the folder's key, or to a record."""
    conn, folder = account.connect(), home / doubts.FOLDER
    monkeypatch.setattr(doubts.time, "sleep", lambda _: None)
    send(conn, draft_of(account))
    [own] = [path for path in folder.iterdir() if path.is_dir()]
    (own / "1234.json").write_text("{", "utf-8")
    with pytest.raises(ToolkitError, match=r"1234\.json cannot be read.*look in Twilio's log"):
        send(conn, draft_of(account))
    (own / "1234.json").unlink()
    (folder / "key").write_text("", "utf-8")
    doubts._IN_FOLDERS.clear()  # noqa: SLF001 - as above
    with pytest.raises(ToolkitError, match=r"key is damaged.*could be sent twice"):
        send(conn, draft_of(account))

    assert account.count(TO, TEXT) == 1


def _no_links(*_):
    raise PermissionError


@pytest.mark.parametrize("links", [True, False])
def test_kernels_that_start_together_agree_on_the_key(tmp_path, monkeypatch, links):
    """The first one writes the folder's key, and none of them reads it half written, on any file system."""
    if not links:
        monkeypatch.setattr(Path, "hardlink_to", _no_links)
    draft, together = MessageDraft(to=TO, body=TEXT), threading.Barrier(8)

    def key_in(folder):
        together.wait(10)
        return doubts.Doubts(folder / "account").key(draft)

    with ThreadPoolExecutor(8) as kernels:
        for number in range(25):
            assert len(set(kernels.map(key_in, [tmp_path / str(number)] * 8))) == 1


def test_threads_share_the_locks_and_the_folder_of_an_account():
    """The first calls of many threads get one object and one folder, also for a sandbox in memory."""
    together = threading.Barrier(8)

    def first(conn):
        together.wait(10)
        return doubts.doubts_of(conn), records_of(conn, "lists")

    with ThreadPoolExecutor(8) as threads:
        for number in range(20):
            stored = SimpleNamespace(store_path=f"/nowhere/{number}.db") if number % 2 else _InMemory()
            conn = Connection("SANDBOX", None, "AC0", sandbox=stored)
            assert len(set(threads.map(first, [conn] * 8))) == 1


class _InMemory:
    """A sandbox's place, as far as it matters here."""

    store_path = ":memory:"
