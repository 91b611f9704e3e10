"""One sandbox, two ways to it: in this process, and over the socket of `msvc sandbox serve`."""

import json
import os
import socket
import ssl
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from msvc_toolkit.sandbox.backend import Request
from msvc_toolkit.sandbox.client import connect_sandbox
from msvc_toolkit.sandbox.control.controller import Controller, open_sandbox

SERVE = (sys.executable, "-m", "msvc_toolkit", "sandbox", "serve", "--json", "--clock", "manual")


@dataclass(frozen=True)
class Answer:
    """A raw answer: status, headers, and the JSON body (None when empty)."""

    status: int
    headers: dict[str, str]
    json: Any


@dataclass(frozen=True)
class Account:
    """An account in a fresh sandbox whose clock stands still.

    Args:
        client: The unmodified SDK.
        handle: Looks into the same store.
        advance: Moves the clock, in the way's own manner.
        ask: Sends a raw request: method, path, and optionally query, form (pairs) and auth (user and secret).
        origin: What absolute URLs begin with.
    """

    client: Client
    handle: Controller
    advance: Callable[[float], Any]
    ask: Callable[..., Answer]
    origin: str

    @property
    def path(self) -> str:
        """The account's path in the 2010 API."""
        return f"/2010-04-01/Accounts/{self.handle.account_sid}"


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What `msvc sandbox serve --json` announces; it serves until the tests are over."""
    store = tmp_path_factory.mktemp("served") / "sandbox.db"
    process = subprocess.Popen([*SERVE, "--store", str(store)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    yield ready
    process.terminate()
    assert process.wait(10) == 0
    process.stdout.close()


@pytest.fixture(scope="session")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What `msvc sandbox serve --proxy --json` announces, and under "words" the file it writes its stderr to."""
    folder = tmp_path_factory.mktemp("proxied")
    words = [*SERVE, "--proxy", "--store", str(folder / "sandbox.db")]
    with (folder / "stderr").open("w") as stderr:
        process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=stderr, text=True, env={**os.environ, "MSVC_HOME": str(folder)}
        )
    assert process.stdout is not None
    yield {**json.loads(process.stdout.readline()), "words": str(folder / "stderr")}
    process.terminate()
    assert process.wait(10) == 0
    process.stdout.close()


@pytest.fixture
def port(proxied: dict[str, str]) -> int:
    """The port of the proxied sandbox, whose account is as new."""
    handle = open_sandbox(proxied["store"])
    handle.reset("starter")
    handle.api.store.close()
    return int(proxied["url"].rpartition(":")[2])


@pytest.fixture
def tunnel(proxied: dict[str, str], port: int) -> Callable[[], ssl.SSLSocket]:
    """Opens a tunnel to api.twilio.com, and TLS in it."""
    trust = ssl.create_default_context(cafile=proxied["ca_file"])

    def opened() -> ssl.SSLSocket:
        line = socket.create_connection(("127.0.0.1", port), 10)
        line.sendall(b"CONNECT api.twilio.com:443 HTTP/1.1\r\n\r\n")
        assert line.recv(100) == b"HTTP/1.1 200 Connection established\r\n\r\n"
        return trust.wrap_socket(line, server_hostname="api.twilio.com")

    return opened


@pytest.fixture(params=["in process", "over the socket"])
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    """The same account on both ways, one after the other."""
    if request.param == "in process":
        yield _in_process()
    else:
        yield from _over_the_socket(request.getfixturevalue("served"))


def _in_process() -> Account:
    conn = connect_sandbox(":memory:", clock="manual")

    def ask(method, path, query=(), form=(), auth=None):
        user, secret = auth or conn.sandbox.credentials()
        basic = "Basic " + b64encode(f"{user}:{secret}".encode()).decode()
        response = conn.sandbox.api.handle(Request(method, path, query, form, basic))
        return Answer(response.status, response.headers, json.loads(response.body) if response.body else None)

    return Account(conn.client, conn.sandbox, conn.sandbox.advance, ask, "https://messaging.twilio.com")


def _over_the_socket(ready: dict[str, str]) -> Iterator[Account]:
    url, credentials = ready["url"], (ready["account_sid"], ready["auth_token"])
    handle = open_sandbox(Path(ready["store"]))
    handle.reset("starter")
    carrier = TwilioHttpClient()
    client = Client(*credentials, http_client=carrier)
    client.api.base_url = client.messaging.base_url = client.trusthub.base_url = client.content.base_url = url

    def advance(seconds):
        assert requests.post(f"{url}/_sandbox/clock", data={"Advance": seconds}, timeout=10).status_code == 200

    def ask(method, path, query=(), form=(), auth=None):
        found = requests.request(
            method, url + path, params=list(query), data=list(form), auth=auth or credentials, timeout=10
        )
        return Answer(found.status_code, dict(found.headers), found.json() if found.content else None)

    yield Account(client, handle, advance, ask, url)
    carrier.session.close()
    handle.api.store.close()
