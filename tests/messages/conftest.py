"""What sending needs: a service whose pool has numbers at home and abroad."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import requests

from msvc_toolkit.connection import connect_live
from msvc_toolkit.sandbox.client import connect_sandbox
from msvc_toolkit.senders.calls import add_senders
from msvc_toolkit.services.calls import create_service
from msvc_toolkit.services.model import ServiceDraft


@pytest.fixture
def sid(conn):
    """A service with two numbers of San Francisco, one of New York and one of Great Britain."""
    sid = create_service(conn, ServiceDraft(friendly_name="Orders", smart_encoding=False)).sid
    add_senders(conn, sid, ["+14155550100", "+14155550101", "+12125550100", "+447400123456"])
    return sid


@pytest.fixture(scope="package")
def twilio(tmp_path_factory):
    """Plays the live Twilio for unchanged programs: a sandbox server with its proxy, as it announces itself."""
    folder = tmp_path_factory.mktemp("twilio")
    serve = [
        sys.executable,
        "-m",
        "msvc_toolkit",
        "sandbox",
        "serve",
        "--json",
        "--proxy",
        "--store",
        str(folder / "sandbox.db"),
    ]
    environment = {**os.environ, "MSVC_HOME": str(folder)}
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True, env=environment) as process:
        yield json.loads(process.stdout.readline())
        process.terminate()


@dataclass
class Account:
    """An account whose answers go wrong on demand, and another program on it.

    Args:
        connect: Makes a connection, as a new kernel does.
        other: The bare SDK of another program on the account, which meets no faults.
        fault: Sets a fault on sending, once: kind and whether the request is carried out.
        sid: A service with senders.
    """

    connect: Callable[[], Any]
    other: Any
    fault: Callable[..., None]
    sid: str

    def bodies(self, to):
        """The texts a recipient was sent, by SID."""
        listed = self.other.messages.list(to=to, limit=5000)
        return {message.sid: message.body for message in listed if message.messaging_service_sid == self.sid}

    def count(self, to, body):
        """How often a recipient was sent a text."""
        return list(self.bodies(to).values()).count(body)


SEND = "POST /2010-04-01/*/Messages.json"


@pytest.fixture(params=["sandbox", "live"])
def account(request, monkeypatch):
    """The same account as a sandbox in this process, and as a live one that a server plays."""
    yield from (_sandbox if request.param == "sandbox" else _live)(request, monkeypatch)


def _made(conn):
    sid = create_service(conn, ServiceDraft(friendly_name=f"Orders {uuid4()}")).sid
    add_senders(conn, sid, ["+14155550100", "+14155550101"], move=True)
    return sid


def _sandbox(request, _monkeypatch):
    store = request.getfixturevalue("tmp_path") / "sandbox.db"
    conn, other = (connect_sandbox(store, clock="manual") for _ in range(2))

    def fault(kind, *, executed=False):
        conn.sandbox.clear_faults()
        conn.sandbox.fault(kind, route=SEND, count=1, executed=executed)

    yield Account(lambda: conn, other.client, fault, _made(conn))
    for used in (conn, other):
        used.sandbox.api.store.close()


def _live(request, monkeypatch):
    twilio = request.getfixturevalue("twilio")
    monkeypatch.setenv("HTTPS_PROXY", twilio["proxy_url"])
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", twilio["ca_file"])
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", twilio["account_sid"])
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", twilio["auth_token"])
    made = []

    def connect():
        made.append(connect_live())
        made[-1].arm(max_messages=10_000, allow_to=["+16285550123", "+12125550177"])
        return made[-1]

    def fault(kind, *, executed=False):
        brief = {"Seconds": 0.1} if kind == "timeout" else {}
        asked = {"Kind": kind, "Route": SEND, "Count": 1, "Executed": executed, **brief}
        requests.delete(f"{twilio['url']}/_sandbox/faults", timeout=10)
        answer = requests.post(f"{twilio['url']}/_sandbox/faults", data=asked, timeout=10)
        assert answer.status_code == 200, answer.text

    other = connect_sandbox(twilio["store"])
    yield Account(connect, other.client, fault, _made(connect()))
    requests.delete(f"{twilio['url']}/_sandbox/faults", timeout=10)
    other.sandbox.api.store.close()
    for conn in made:
        conn.client.http_client.session.close()
