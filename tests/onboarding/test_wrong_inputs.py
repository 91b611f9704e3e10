"""Wrong inputs across forms, calls and commands: each gets its sentence, and the account stays as it was."""

import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ipywidgets import HTML

import msvc_toolkit as msvc
from msvc_toolkit.cli.main import main
from msvc_toolkit.errors import TwilioRefused
from tests.helpers.forms import inside, words

CASES = tomllib.loads((Path(__file__).parents[1] / "data" / "wrong_inputs.toml").read_text(encoding="utf-8"))
# ruff: noqa: ARG005 - every entry is called alike
FORMS: dict[str, Callable[..., Any]] = {
    "service": lambda conn, sid: msvc.ServiceForm(conn),
    "service change": msvc.ServiceForm,
    "inbound": msvc.InboundForm,
    "trial": lambda conn, sid: msvc.InboundForm(conn, sid).trial,
    "pool": msvc.SenderPoolForm,
    "alpha": lambda conn, sid: msvc.SenderPoolForm(conn, sid).alpha,
    "send": msvc.SendForm,
}
CALLS: dict[str, Callable[..., Any]] = {
    "create_service": lambda conn, sid, **draft: msvc.create_service(conn, msvc.ServiceDraft(**draft)),
    "update_service": lambda conn, sid, **draft: msvc.update_service(conn, sid, msvc.ServiceDraft(**draft)),
    "fetch_service": msvc.fetch_service,
    "delete_service": msvc.delete_service,
    "set_inbound": lambda conn, sid, **draft: msvc.set_inbound(conn, sid, msvc.InboundDraft(**draft)),
    "list_senders": msvc.list_senders,
    "add_senders": msvc.add_senders,
    "remove_senders": msvc.remove_senders,
    "send": lambda conn, sid, **draft: msvc.send(conn, msvc.MessageDraft(**{"messaging_service_sid": sid, **draft})),
    "fetch_message": msvc.fetch_message,
    "cancel_message": msvc.cancel_message,
    "predict_sender": lambda conn, sid, to: msvc.predict_sender(conn, msvc.MessageDraft(to, messaging_service_sid=sid)),
    "receive": lambda conn, sid, **text: conn.sandbox.receive(**text),
    "own": lambda conn, sid, **sender: conn.sandbox.own(**sender),
    "advance": lambda conn, sid, seconds: conn.sandbox.advance(seconds),
    "connect": lambda conn, sid, **how: msvc.connect(**how),
}


@pytest.fixture
def account(conn, monkeypatch, tmp_path):
    """The connection, and the values of $sid, $other and $message; there is no Twilio CLI profile."""
    monkeypatch.setenv("HOME", str(tmp_path))
    sid = msvc.create_service(conn, msvc.ServiceDraft(friendly_name="Orders")).sid
    other = msvc.create_service(conn, msvc.ServiceDraft(friendly_name="Other")).sid
    msvc.add_senders(conn, sid, ["+14155550100", "+14155550101"])
    msvc.add_senders(conn, other, ["+14165550100"])
    message = msvc.send(conn, msvc.MessageDraft("+16285550177", "Hello", messaging_service_sid=sid))
    msvc.wait_until_final(conn, message.sid)
    return conn, {"sid": sid, "other": other, "message": message.sid}


def dump(conn):
    """Everything the account holds; the counters that SIDs are made of do not count."""
    store = conn.sandbox.api.store
    tables = [row["name"] for row in store.all("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: store.all(f"SELECT * FROM {name}") for name in tables if name != "serial"}  # noqa: S608


def named(case):
    """A case as pytest shows it."""
    return re.sub(r"[^\w+.@-]+", " ", " ".join(str(value) for value in case.values()))[:70]


@pytest.mark.parametrize("case", CASES["form"], ids=named)
def test_a_form_says_what_is_wrong(account, case):
    """The sentence is on the screen, the button is off, a click changes nothing, and what was typed stays."""
    conn, sids = account
    before = dump(conn)
    form = FORMS[case["form"]](conn, sids["sid"])
    filled = case.get("fill", {})
    form.fill(**filled)
    if "select" in case:
        form.select([row for row in form.rows if row.address in case["select"]])

    assert form.button.disabled
    form.button.click()
    form.wait()
    assert case["says"] in " ".join(words(part.value) for part in inside(form.view) if isinstance(part, HTML))
    assert {name: form.fields[name].widget.value for name in filled} == filled
    assert dump(conn) == before


@pytest.mark.parametrize("case", CASES["call"], ids=named)
def test_a_call_says_what_is_wrong(account, case):
    """The error is of the named kind, carries Twilio's code where there is one, and says its sentence."""
    conn, sids = account
    before = dump(conn)
    given = {name: sids.get(str(value).lstrip("$"), value) for name, value in case.get("with", {}).items()}
    call = CALLS[case["call"]]
    if "sid" not in given:
        given["sid"] = sids["sid"]

    if "error" in case:
        with pytest.raises(getattr(msvc, case["error"])) as caught:
            call(conn, **given)
        said, code = str(caught.value), caught.value.code if isinstance(caught.value, TwilioRefused) else None
    else:  # one outcome per sender
        [row] = call(conn, **given).to_dict("records")
        said, code = f"{row['outcome']}: {row['sentence']}", row["code"]
        assert len(row["sentence"].split()) > 5

    assert case["says"] in said
    assert code == case.get("code")
    after = dump(conn)
    if case["call"] == "send" and case.get("error") == "TwilioRefused":  # the attempt is in the log, failed
        assert [row["error_code"] for row in after["message"][len(before["message"]) :]] == [code]
        after["message"] = before["message"]
    assert after == before


@pytest.mark.parametrize("case", CASES["command"], ids=named)
def test_a_command_says_what_is_wrong(account, case, monkeypatch, capsys):
    """Wrong use ends with its exit code and a sentence on stderr, without a traceback."""
    conn, _ = account
    before = dump(conn)
    monkeypatch.setattr(sys, "argv", ["msvc", *case["command"]])
    with pytest.raises(SystemExit) as end:
        main()
    out, err = capsys.readouterr()

    assert end.value.code == case["exit"]
    assert case["says"] in " ".join(re.sub("[╭─╮│╰╯]", " ", err).split())  # typer draws a box around it
    assert out == "" or case["command"] == ["sandbox"]  # a command without its subcommand shows what there is
    assert "Traceback" not in err
    assert dump(conn) == before


def test_there_are_enough_of_them():
    """Forms, calls and commands are all tried, sixty wrong inputs and more in sum."""
    assert sum(len(cases) for cases in CASES.values()) >= 60
    assert {case["form"] for case in CASES["form"]} == set(FORMS)
    assert {case["call"] for case in CASES["call"]} == set(CALLS)
