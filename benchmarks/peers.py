"""The sandbox and its rivals, started alike: a service's pool of five numbers, or a specification and nothing else."""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from machine import pinned

HERE = Path(__file__).parent
NUMBERS = ("+14155550100", "+12125550100", "+13125550100", "+12065550100", "+16175550100")
"""The pool: one number in each of five area codes."""
EMULATE = HERE / "node_modules/emulate/dist/index.js"
PRISM = HERE / "node_modules/@stoplight/prism-cli/dist/index.js"
SPEC_2010, SPEC_V1 = "twilio_api_v2010_messaging_subset.json", "twilio_messaging_v1.json"
_READY_SECONDS = 60

# Answers a constant: what the HTTP layer itself costs. Nagle off and no access log, as in the sandbox's own server.
_FLOOR = """
import json, socket, sys, uvicorn
answer = json.dumps({"sid": "SM" + "0" * 32, "body": "x" * 600}).encode()
async def app(scope, receive, send):
    await receive()
    await send({"type": "http.response.start", "status": 201,
                "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]})
    await send({"type": "http.response.body", "body": answer})
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(128)
config = uvicorn.Config(app, http="httptools", loop="uvloop", ws="none", lifespan="off", log_level="warning",
                        access_log=False)
uvicorn.Server(config).run(sockets=[listener])
"""


@dataclass
class Peer:
    """A server that answers as Twilio, or means to.

    Args:
        pid: Its process.
        messages: Where the 2010 API is.
        services: Where the Messaging API is; often the same.
        account_sid: Whom to act as.
        auth_token: Their token.
        store: The file it keeps its messages in, if any.
        keys: Authorization headers to take in turn under load, where one alone would be cut off.
    """

    pid: int
    messages: str
    services: str
    account_sid: str = "AC" + "0" * 32
    auth_token: str = field(default="0" * 32, repr=False)
    store: Path | None = None
    keys: tuple[str, ...] = field(default=(), repr=False)

    @property
    def authorization(self) -> str:
        """The header that goes with every request."""
        return _basic(self.account_sid, self.auth_token)

    def call(self, method: str, path: str, *pairs: tuple[str, str], **form: str) -> tuple[int, dict[str, Any]]:
        """Send one request and return its status and JSON; `{AC}` in the path is the account.

        A path that begins with `/v` goes to the Messaging API, any other to the 2010 API's address.
        """
        base = urlsplit(self.services if path.startswith("/v") else self.messages)
        assert base.hostname is not None  # noqa: S101 - made below
        line = http.client.HTTPConnection(base.hostname, base.port, timeout=20)
        body = urlencode([*form.items(), *pairs]) if method == "POST" else None
        headers = {"Authorization": self.authorization, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            line.request(method, base.path + path.replace("{AC}", self.account_sid), body, headers)
            answer = line.getresponse()
            text = answer.read()
        finally:
            line.close()
        try:
            told = json.loads(text) if text else {}
        except ValueError:
            told = {}
        return answer.status, told if isinstance(told, dict) else {}

    def service(self) -> str:
        """Make a service with the whole pool and return its SID."""
        sid = str(self.call("POST", "/v1/Services", FriendlyName="Bench")[1]["sid"])
        listed = self.call("GET", "/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers.json")[1]["incoming_phone_numbers"]
        for number in listed:
            if number["phone_number"] in NUMBERS:
                self.call("POST", f"/v1/Services/{sid}/PhoneNumbers", PhoneNumberSid=number["sid"])
        return sid


@contextmanager
def ours(*, clock: str = "real") -> Iterator[Peer]:
    """Run the sandbox on a file, as `msvc sandbox serve` does."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder, "sandbox.db")
        command = [sys.executable, "-m", "msvc_toolkit", "sandbox", "serve", "--json", "--scenario", "empty"]
        with _running([*command, "--store", str(store), "--clock", clock], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None  # noqa: S101 - asked for
            ready = json.loads(process.stdout.readline())
            peer = Peer(process.pid, ready["url"], ready["url"], ready["account_sid"], ready["auth_token"], store)
            for number in NUMBERS:
                peer.call("POST", "/_sandbox/numbers", PhoneNumber=number)
            yield peer


@contextmanager
def emulate() -> Iterator[Peer]:
    """Run npm `emulate` with the same numbers.

    It refuses (403) a credential's requests after 5 000 in an hour, as GitHub would; those it knows as its own tokens
    are counted one by one. So it gets a hundred API keys, each also named as a token.
    """
    port, sid, token = _free_port(), "AC" + "0" * 32, "twilio_test_auth_token"
    keys = {f"SK{number:032x}": f"secret{number}" for number in range(100)}
    headers = tuple(_basic(key, secret) for key, secret in keys.items())
    config = {
        "tokens": {header: {"login": "admin", "scopes": []} for header in headers},
        "twilio": {
            "account": {"sid": sid, "auth_token": token, "friendly_name": "Bench"},
            "api_keys": [{"sid": key, "secret": secret} for key, secret in keys.items()],
            "phone_numbers": [{"phone_number": number, "friendly_name": number} for number in NUMBERS],
        },
    }
    with tempfile.TemporaryDirectory() as folder:
        seed = Path(folder, "emulate.config.json")
        seed.write_text(json.dumps(config))
        command = ["node", str(EMULATE), "start", "--service", "twilio", "--port", str(port), "--seed", str(seed)]
        with _running(command) as process:
            _wait(port)
            url = f"http://127.0.0.1:{port}"
            yield Peer(process.pid, url, f"{url}/messaging", sid, token, keys=headers)


@contextmanager
def prism(specs: Path, *, dynamic: bool = False) -> Iterator[Peer]:
    """Run Prism, silent, on the 2010 API's specification; its process is the one that takes messages."""
    with _one_prism(specs / SPEC_2010, dynamic=dynamic) as (pid, url):
        yield Peer(pid, url, url)


@contextmanager
def small_prism(specs: Path) -> Iterator[Peer]:
    """Run Prism where it is fastest: on a specification that holds sending a message and nothing else."""
    whole = json.loads((specs / SPEC_2010).read_text())
    path, item = next((path, item) for path, item in whole["paths"].items() if path.endswith("/Messages.json"))
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder, "send.json")
        spec.write_text(json.dumps({**whole, "paths": {path: {key: item[key] for key in item if key != "get"}}}))
        with _one_prism(spec) as (pid, url):
            yield Peer(pid, url, url)


@contextmanager
def two_prisms(specs: Path) -> Iterator[Peer]:
    """Run Prism once for each of the two APIs."""
    with _one_prism(specs / SPEC_2010) as (pid, url), _one_prism(specs / SPEC_V1) as (_, services):
        yield Peer(pid, url, services)


@contextmanager
def floor() -> Iterator[Peer]:
    """Run the HTTP layer under the sandbox with nothing on it."""
    port = _free_port()
    with _running([sys.executable, "-c", _FLOOR, str(port)]) as process:
        _wait(port)
        url = f"http://127.0.0.1:{port}"
        yield Peer(process.pid, url, url)


def specs_from(given: str | None) -> Path | None:
    """Return the folder of Twilio's specifications, or None and say so."""
    folder = Path(given) if given else None
    return folder if folder and all((folder / name).exists() for name in (SPEC_2010, SPEC_V1)) else None


NO_SPECS = (
    f"Prism, because no folder with {SPEC_2010} and {SPEC_V1} was named (--specs or MSVC_SPECS; they are cut from "
    "github.com/twilio/twilio-oai)."
)
NO_RIVALS = "{}, because it is not installed (npm ci --prefix benchmarks)."


@contextmanager
def _one_prism(spec: Path, *, dynamic: bool = False) -> Iterator[tuple[int, str]]:
    port = _free_port()
    command = ["node", str(PRISM), "mock", "--port", str(port), "--verboseLevel", "silent", str(spec)]
    with _running([*command, *(["--dynamic"] if dynamic else [])]) as process:
        _wait(port)
        yield process.pid, f"http://127.0.0.1:{port}"


@contextmanager
def _running(command: list[str], stdout: int = subprocess.DEVNULL) -> Iterator[subprocess.Popen[str]]:
    """Run a server on its core, and end it with all its children."""
    process = subprocess.Popen(  # noqa: S603 - commands of this file
        [*pinned(0), *command], stdout=stdout, stderr=subprocess.DEVNULL, text=True, start_new_session=True, cwd=HERE
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _basic(user: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int) -> None:
    end = time.monotonic() + _READY_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return
