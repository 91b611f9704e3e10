"""Tokens in no traceback, however much of it is shown: live and in the sandbox, whatever fails."""

import base64
import sqlite3
import traceback

import pytest
from IPython.core.ultratb import VerboseTB

import msvc_toolkit as msvc
from msvc_toolkit.connection import connect_live, find_credentials
from msvc_toolkit.errors import MissingCredentials
from msvc_toolkit.private.secret import Secret

SID, TOKEN = "AC" + "1" * 32, "5ec1e7token"
TO = "+14155550123"


def shown(error):
    """Everything a traceback can show of an error: with the variables of every frame, and as `%xmode Verbose` has it."""
    kept = traceback.TracebackException.from_exception(error, capture_locals=True)
    lines = list(kept.format())
    below = kept.__context__
    while below is not None:  # what `from None` hides is there all the same
        lines += below.format()
        below = below.__context__
    lines += VerboseTB(theme_name="nocolor").text(type(error), error, error.__traceback__)
    text = "".join(lines)
    assert text.count("File ") > 3, "there is a traceback to look at"
    return text


def caught(act):
    """What an act raises."""
    with pytest.raises(Exception, match=r".") as raised:
        act()
    return raised.value


def secrets_of(user, token):
    """A token as it may be written: by itself, and in a header."""
    return [str(token), base64.b64encode(f"{user}:{token}".encode()).decode()]


@pytest.mark.parametrize("status", [0, 503, 401])
def test_a_live_request_that_fails_shows_no_token(connect, faulty, status):
    """A broken connection, refusals and gateways, of reads and writes: no frame holds the token."""
    faulty.plan = [status]
    conn = connect(*faulty.way)
    conn.arm(max_messages=5, allow_to=[TO])
    acts = [
        lambda: conn.client.api.v2010.accounts(SID).fetch(),
        lambda: conn.client.messages.create(to=TO, from_="+14155550100", body="x"),
        lambda: conn.client.messages("../x").update(status="canceled"),
        lambda: conn.client.request("GET", "https://evil.example/"),
        lambda: msvc.list_services(conn),
    ]
    for act in acts:
        text = shown(caught(act))
        assert [secret for secret in secrets_of(SID, TOKEN) if secret in text] == []


@pytest.mark.parametrize("wrong", ["proxy", "certificate", "header", "interrupt"])
def test_what_fails_below_shows_no_token(connect, faulty, monkeypatch, wrong):
    """No proxy there, a certificate that is not trusted, a header that cannot be sent, Ctrl-C: frames of requests end."""
    conn = connect(*faulty.way)
    if wrong == "proxy":
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    elif wrong == "certificate":
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    elif wrong == "interrupt":
        monkeypatch.setattr("socket.socket.sendall", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt("now")))
    headers = {"X-Twilio-Api-Version": "☃"} if wrong == "header" else {}
    with pytest.raises(BaseException, match=r".") as raised:
        conn.client.request("GET", f"https://api.twilio.com/2010-04-01/Accounts/{SID}.json", headers=headers)

    text = shown(raised.value)
    assert [secret for secret in secrets_of(SID, TOKEN) if secret in text] == []


def test_a_sandbox_request_that_fails_shows_no_token(monkeypatch):
    """Refusals, faults, a foreign host and a store that breaks: the made-up token is not shown either."""
    conn = msvc.connect("sandbox", store=":memory:")
    client, token = conn.client, conn.sandbox.credentials()[1]

    def failing(kind):
        number = conn.sandbox.fault(kind)
        try:
            client.api.v2010.accounts(conn.account_sid).fetch()
        finally:
            conn.sandbox.clear_faults(number)

    def broken():
        with monkeypatch.context() as patch:
            patch.setattr(
                conn.sandbox.api.store, "all", lambda *_: (_ for _ in ()).throw(sqlite3.OperationalError("disk"))
            )
            client.messages.list()

    acts = [
        lambda: client.messaging.v1.services("MG" + "0" * 32).fetch(),
        lambda: client.request("GET", "https://evil.example/"),
        lambda: failing("reset"),
        lambda: failing("503"),
        lambda: msvc.fetch_service(conn, "MG" + "0" * 32),
        broken,
    ]
    for act in acts:
        text = shown(caught(act))
        assert [secret for secret in secrets_of(conn.account_sid, token) if secret in text] == []


def test_credentials_that_are_refused_show_nothing(monkeypatch):
    """Swapped variables, and a token with a foreign letter, end in a sentence; no frame shows either."""
    for account, token in ((TOKEN, SID), (SID, TOKEN + "ł")):
        monkeypatch.setenv("TWILIO_ACCOUNT_SID", account)
        monkeypatch.setenv("TWILIO_AUTH_TOKEN", token)
        for act in (find_credentials, connect_live):
            error = caught(act)
            assert isinstance(error, MissingCredentials)
            assert TOKEN not in shown(error)


def test_a_secret_is_the_text_and_hides_it():
    """It compares and encodes as the text; its repr, alone or within others, does not say it."""
    secret = Secret(TOKEN)

    assert (secret, secret.encode(), {secret: 1}[TOKEN]) == (TOKEN, TOKEN.encode(), 1)
    assert TOKEN not in repr([secret, {"a": secret}, (SID, secret)])
