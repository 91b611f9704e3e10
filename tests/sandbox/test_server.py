"""`msvc sandbox serve`: loopback alone, one line when ready, a clean end, and control addresses that refuse nonsense."""

import json
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.control.controller import open_sandbox
from msvc_toolkit.sandbox.rest.body import BODY_LIMIT
from msvc_toolkit.sandbox.server import server

SERVE = [sys.executable, "-m", "msvc_toolkit", "sandbox", "serve"]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def ask(served):
    """Sends a request to the served sandbox, as new, and returns status and JSON body."""
    handle = open_sandbox(served["store"])
    handle.reset("starter")
    handle.api.store.close()

    def send(method, path, body=None, headers=None):
        with closing(HTTPConnection(urlsplit(served["url"]).netloc, timeout=10)) as line:
            encoded = urlencode(body) if isinstance(body, dict) else body
            line.request(method, path, encoded, {**(FORM if body is not None else {}), **(headers or {})})
            answer = line.getresponse()
            content = answer.read()
        return answer.status, json.loads(content) if content else None

    return send


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_one_line_serves_and_ends_cleanly(number):
    """--json prints one JSON object on stdout and nothing else; SIGINT and SIGTERM end it with code 0."""
    words = [*SERVE, "--json", "--seed", "7"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        ready = json.loads(process.stdout.readline())
        process.send_signal(number)
        rest, said = process.communicate(timeout=20)

    assert (process.returncode, rest, said) == (0, "", "")
    assert ready["url"].startswith("http://127.0.0.1:")
    assert (ready["account_sid"][:2], ready["api_key"][:2]) == ("AC", "SK")
    assert {"url", "account_sid", "auth_token", "api_key", "api_secret", "scenario", "clock", "store"} == set(ready)


def test_without_json_the_url_is_data_and_the_rest_are_words():
    """Stdout carries the URL alone; how to use it is on stderr."""
    with subprocess.Popen(SERVE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline()
        process.terminate()
        rest, said = process.communicate(timeout=20)

    assert (url[:17], rest) == ("http://127.0.0.1:", "")
    assert "TWILIO_ACCOUNT_SID=AC" in said
    assert "Traceback" not in said


def test_a_taken_port_is_reported_in_a_sentence(served):
    """Exit code 2, the port, and what to do; called from Python it is a SandboxError."""
    port = urlsplit(served["url"]).port

    done = subprocess.run([*SERVE, "--port", str(port)], capture_output=True, text=True, timeout=20, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert f"Port {port} on 127.0.0.1 cannot be used" in done.stderr
    with pytest.raises(SandboxError, match="Leave --port out"):
        server.serve(port=port)


def test_it_listens_on_loopback_alone(served):
    """No other address of this machine takes a connection."""
    port = urlsplit(served["url"]).port
    table = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()
    listening = [line.split()[1] for line in table if line.split()[3] == "0A"]

    assert [address for address in listening if address.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:80"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost@evil.example"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1.evil.example:8080"},
        {"Origin": "http://localhost:8888"},
        {"Origin": "http://127.0.0.1:8888"},
        {"Origin": "https://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_a_foreign_name_or_page_is_refused(ask, headers):
    """A web page elsewhere can neither call the sandbox nor reach it by a name that leads here."""
    before = ask("GET", "/_sandbox/")

    assert ask("POST", "/_sandbox/clock", {"Advance": 60}, headers)[0] == 403
    assert ask("GET", "/_sandbox/") == before


@pytest.mark.parametrize(
    ("path", "form"),
    [("reset", {}), ("faults", {"Kind": "500"}), ("webhooks", {"Allow": "evil.example"}), ("inbound", {})],
)
def test_a_page_on_another_port_of_this_machine_controls_nothing(ask, path, form):
    """A program that serves pages on another port is another origin: it resets nothing and sets nothing."""
    page = {"Origin": "http://127.0.0.1:8888", "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}

    assert ask("POST", f"/_sandbox/{path}", form, page)[0] == 403
    assert ask("DELETE", "/_sandbox/faults", None, {"Sec-Fetch-Site": "same-site"})[0] == 403
    assert ask("GET", "/_sandbox/faults")[1] == {"faults": []}


def test_the_sandboxs_own_page_and_a_followed_link_are_answered(ask, served):
    """The same origin may ask, a person may type the address or follow a link; the SDKs say nothing of this at all."""
    own = {"Origin": served["url"], "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}

    for headers in (
        own,
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {},
    ):
        assert ask("GET", "/_sandbox/", headers=headers)[0] == 200
    assert ask("POST", "/_sandbox/clock", {"Advance": 1}, own)[0] == 200


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:9", "LOCALHOST"])
def test_every_loopback_name_is_welcome(ask, host):
    """Links are built from the name the client used."""
    assert ask("GET", "/_sandbox/", headers={"Host": host})[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("POST", "/v1/Services", b"x" * (BODY_LIMIT + 1), FORM, 413),
        ("POST", "/v1/Services", b"FriendlyName=%FF", FORM, 400),
        ("POST", "/v1/Services", b"FriendlyName=\xff", FORM, 400),
        ("POST", "/v1/Services", b"&".join([b"a=1"] * 1001), FORM, 400),
        ("POST", "/v1/Services", b'{"FriendlyName": "x"}', {"Content-Type": "application/json"}, 415),
        ("GET", "/v1/Services?PageSize=%FF", None, {}, 400),
        ("GET", "/v1/Services", None, {"Authorization": "Basic !!!"}, 401),
        ("GET", "/v1/Services", None, {"Authorization": "Bearer x"}, 401),
        ("GET", "/v1/%FF%FE", None, {}, 401),
    ],
)
def test_what_cannot_be_read_is_refused(ask, method, path, body, headers, status):
    """Too large, not UTF-8, too many, another type, broken credentials: each has a status and a sentence."""
    found, answer = ask(method, path, body, headers)

    assert (found, answer["status"]) == (status, status)
    assert answer["message"]


def test_other_methods_are_not_allowed(ask, served):
    """PUT, PATCH and HEAD get 405; HEAD has no body."""
    import base64  # noqa: PLC0415 - for this header alone

    basic = base64.b64encode(f"{served['account_sid']}:{served['auth_token']}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}"}

    for method in ("PUT", "PATCH"):
        assert ask(method, "/v1/Services", {}, headers)[1]["code"] == 20004
    assert ask("HEAD", "/v1/Services", headers=headers) == (405, None)


def test_a_request_that_breaks_off_does_nothing(ask, served):
    """A POST whose body never comes whole is not carried out with what there is."""
    ask("POST", "/_sandbox/clock", {"Advance": 7})
    where = urlsplit(served["url"])
    for head in ("POST /_sandbox/reset", "POST /_sandbox/clock"):
        with socket.create_connection((where.hostname, where.port)) as line:
            line.sendall(f"{head} HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Length: 99\r\n\r\nAdvance=5".encode())
    time.sleep(0.2)

    assert ask("GET", "/_sandbox/")[1]["now"] == "2026-01-05T15:00:07+00:00"


def test_control_moves_the_world(ask):
    """Clock, inbound, numbers, why and reset do over HTTP what `conn.sandbox` does."""
    start = ask("GET", "/_sandbox/")[1]
    assert ask("POST", "/_sandbox/clock", {"Advance": "90.5"})[1]["now"] == "2026-01-05T15:01:30.500000+00:00"

    text = {"From": "+14155550123", "To": "+14155550100", "Body": "Hi"}
    arrived = ask("POST", "/_sandbox/inbound", text)[1]
    assert (arrived["outcome"], arrived["sid"][:2]) == ("stored only", "SM")
    assert ask("POST", "/_sandbox/inbound", {**text, "MediaUrl": "https://example.com/a.png"})[1]["sid"][:2] == "MM"
    assert ask("GET", f"/_sandbox/messages/{arrived['sid']}/why")[1]["steps"][0]["rule"] == "inbound"

    own = {"PhoneNumber": "+14155550142", "Capabilities": "SMS,Voice", "FriendlyName": "Mine"}
    assert ask("POST", "/_sandbox/numbers", own)[1]["sid"][:2] == "PN"
    assert ask("POST", "/_sandbox/numbers", {"ShortCode": "54321", "CountryCode": "US"})[1]["sid"][:2] == "SC"
    assert ask("POST", "/_sandbox/numbers", {"ChannelSender": "whatsapp:+14155550142"})[1]["sid"][:2] == "XE"

    assert ask("POST", "/_sandbox/reset", {"Scenario": "empty"})[1]["scenario"] == "empty"
    assert ask("GET", "/_sandbox/")[1]["now"] == start["now"]


@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        ("clock", {}, "Advance is missing"),
        ("clock", {"Advance": "soon"}, "Advance must be a number"),
        ("clock", {"Advance": "-1"}, "forward only"),
        ("clock", {"Advance": "nan"}, "forward only"),
        ("clock", {"Advance": "inf"}, "forward only"),
        ("inbound", {"To": "+14155550100", "Body": "x"}, "From is missing"),
        ("inbound", {"From": "Alice", "To": "+14155550100", "Body": "x"}, "comes from a handset"),
        ("inbound", {"From": "+14155550123", "To": "+14155550199", "Body": "x"}, "not a sender of this account"),
        ("inbound", {"From": "+14155550123", "To": "+14155550100"}, "needs a body or media"),
        ("inbound", {"From": "+14155550123", "To": "+12065550100", "Body": "x"}, "has no SMS"),
        ("inbound", {"From": "whatsapp:+14155550123", "To": "+14155550100", "Body": "x"}, "different channels"),
        ("numbers", {}, "Name the sender"),
        ("numbers", {"PhoneNumber": "4155550142"}, "not a sender that an account can own"),
        ("numbers", {"PhoneNumber": "+14155550100"}, "already"),
        ("numbers", {"PhoneNumber": "+14155550142", "Capabilities": "Fax"}, "Give one or more of the capabilities"),
        ("numbers", {"ShortCode": "54321"}, "needs its country"),
        ("reset", {"Scenario": "busiest"}, "no scenario"),
    ],
)
def test_wrong_control_gets_a_sentence_and_changes_nothing(ask, served, path, form, said):
    """400, what was wrong, and the sandbox is as before; no phone number is shown in full."""
    handle = open_sandbox(served["store"])
    tables = ("meta", "sender", "message", "account")
    before = [handle.api.store.all(f"SELECT * FROM {table}") for table in tables]  # noqa: S608 - the line above

    status, answer = ask("POST", f"/_sandbox/{path}", form)

    assert (status, said in answer["message"]) == (400, True), answer
    assert "5550199" not in answer["message"]
    assert before == [handle.api.store.all(f"SELECT * FROM {table}") for table in tables]  # noqa: S608
    handle.api.store.close()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/_sandbox/clock", 404),
        ("POST", "/_sandbox/nothing", 404),
        ("GET", f"/_sandbox/messages/SM{'0' * 32}/why", 400),
        ("GET", "/_sandbox/messages/SM1/why", 404),
    ],
)
def test_an_unknown_control_address_is_named(ask, method, path, status):
    """What is not there is said, never passed over."""
    found, answer = ask(method, path)

    assert (found, answer["status"]) == (status, status)
    assert "message" in answer
