"""The control addresses of `/_sandbox/`: the journal without a secret, handsets, webhooks, opt-out, and no deadlock."""

import base64
import json
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from msvc_toolkit.errors import SandboxError

SERVE = [sys.executable, "-m", "msvc_toolkit", "sandbox", "serve", "--json"]
HANDSET, NUMBER = "+14155550123", "+14155550100"


class Server:
    """A served sandbox: its control addresses and its API."""

    def __init__(self, ready):
        self.ready, self.url = ready, ready["url"]
        self.auth = (ready["account_sid"], ready["auth_token"])

    def control(self, method, path, **form):
        """Ask a control address; returns status and answer."""
        place = {"params": form} if method == "GET" else {"data": form}
        answer = requests.request(method, f"{self.url}/_sandbox/{path}", timeout=30, **place)
        return answer.status_code, answer.json()

    def api(self, method, path, **form):
        """Ask the API and return the answer."""
        place = {"params": form} if method == "GET" else {"data": form}
        answer = requests.request(method, f"{self.url}{path}", timeout=30, auth=self.auth, **place)
        assert answer.ok, answer.text
        return answer.json()

    def service(self, **settings):
        """Make a service with one number; returns its SID."""
        sid = self.api("POST", "/v1/Services", FriendlyName="Orders", **settings)["sid"]
        numbers = self.api("GET", f"/2010-04-01/Accounts/{self.auth[0]}/IncomingPhoneNumbers.json", PhoneNumber=NUMBER)
        number = numbers["incoming_phone_numbers"][0]["sid"]
        self.api("POST", f"/v1/Services/{sid}/PhoneNumbers", PhoneNumberSid=number)
        return sid

    def send(self, **more):
        """Send a message and return it."""
        form = {"To": HANDSET, "From": NUMBER, "Body": "Hi", **more}
        return self.api("POST", f"/2010-04-01/Accounts/{self.auth[0]}/Messages.json", **form)


@pytest.fixture
def server(served):
    """The served sandbox, as new."""
    made = Server(served)
    made.control("POST", "reset", Scenario="starter")
    return made


@pytest.fixture
def program():
    """A webhook of the user's: answers what `act` returns, and keeps what it was sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            found.headers.append(dict(self.headers))
            body = found.act().encode()
            self.send_response(401 if found.locked and "Authorization" not in self.headers else 200)
            self.send_header("Content-Type", "text/xml")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Say nothing."""

    found = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.locked = False
    found.act, found.headers, found.host = (lambda: "<Response/>"), [], f"127.0.0.1:{found.server_port}"
    threading.Thread(target=found.serve_forever, args=(0.01,), daemon=True).start()
    yield found
    found.shutdown()
    found.server_close()


def test_the_journal_tells_requests_webhooks_and_debugger(server, program):
    """Each entry has its moment and kind, oldest first; Limit keeps the newest, Since leaves out what was before."""
    program.act = lambda: "no TwiML"
    server.service(InboundRequestUrl=f"http://{program.host}/sms", StatusCallback="https://example.com/status")
    server.control("POST", "inbound", From=HANDSET, To=NUMBER, Body="Hello")
    server.control("POST", "clock", Advance=60)
    since = server.control("GET", "")[1]["now"]
    server.send()

    _, journal = server.control("GET", "journal")
    moments = [entry["at"] for entry in journal["entries"]]
    assert {"request", "webhook", "debugger"} <= {entry["kind"] for entry in journal["entries"]}
    assert moments == sorted(moments)
    assert server.control("GET", "journal", Limit=2)[1]["entries"] == journal["entries"][-2:]
    later = server.control("GET", "journal", Since=since)[1]["entries"]
    assert later == [entry for entry in journal["entries"] if entry["at"] >= since]
    assert 0 < len(later) < len(journal["entries"])
    assert server.control("GET", "journal", Limit=0)[1] == {"entries": []}


def test_no_credential_is_in_anything_that_is_reported(server, program):
    """Neither the token, nor what HTTP Basic makes of it, nor a login in a webhook's address, nor the API key."""
    login, program.locked = "caller:0pen-5esame", True
    server.service(
        InboundRequestUrl=f"http://{login}@{program.host}/sms",
        FallbackUrl=f"http://{login}@127.0.0.1:1/fallback",
        StatusCallback=f"http://{login}@example.com/status",
    )
    program.act = lambda: "no TwiML"
    server.control("POST", "inbound", From=HANDSET, To=NUMBER, Body="Hello")
    server.send(StatusCallback=f"http://{login}@127.0.0.1:1/own")
    server.control("POST", "clock", Advance=60)
    server.control("POST", "faults", Kind="500", Route="GET /v1/nothing")
    requests.get(f"{server.url}/v1/Services", auth=(server.auth[0], "guess-4-token"), timeout=10)

    answers = json.dumps([server.control("GET", path)[1] for path in ("", "journal", "faults")], ensure_ascii=False)

    basic = base64.b64encode(":".join(server.auth).encode()).decode()
    hidden = [server.auth[1], server.ready["api_secret"], basic, "0pen-5esame", "guess-4-token", "Authorization"]
    assert [secret for secret in hidden if secret in answers] == []
    assert f"http://•••@{program.host}/sms" in answers
    assert "Authorization" in program.headers[-1]  # the program itself is let in


def test_in_python_the_journal_takes_the_same_bounds(conn):
    """Newest entries, from a moment on; a moment without a time zone is refused."""
    conn.client.messages.list()
    conn.sandbox.advance(60)
    conn.client.messaging.v1.services.list()

    assert [entry["path"] for entry in conn.sandbox.journal(limit=1)] == ["/v1/Services"]
    assert conn.sandbox.journal(since=conn.sandbox.now) == conn.sandbox.journal(limit=1)
    assert conn.sandbox.journal(since=conn.sandbox.now + timedelta(seconds=1)) == []
    with pytest.raises(SandboxError, match="time zone"):
        conn.sandbox.journal(since=conn.sandbox.now.replace(tzinfo=None))


def test_handsets_webhooks_and_opt_out_are_set_over_http(server):
    """Each does what the method of `conn.sandbox` does."""
    assert server.control("POST", "handsets", Address=HANDSET, State="off")[1]["state"] == "off"
    sent = server.send()
    server.control("POST", "clock", Advance=60)
    assert server.api("GET", sent["uri"])["error_code"] == 30003

    allowed = server.control("POST", "webhooks", Allow=["b.example", "a.example"])[1]
    assert allowed == {"allowed": ["a.example", "b.example"]}

    sid = server.service(UseInboundWebhookOnNumber="true")
    answer = server.control("POST", "opt-out", ServiceSid=sid, OptOutKeywords=["BASTA", "NIX"], OptOutMessage="Bye")[1]
    assert (answer["words"], answer["texts"]) == ({"STOP": ["BASTA", "NIX"]}, {"STOP": "Bye"})
    heard = server.control("POST", "inbound", From="+14155550124", To=NUMBER, Body="nix")[1]
    assert heard["keyword"] == "STOP"


@pytest.mark.parametrize(
    ("method", "path", "form", "said"),
    [
        ("POST", "handsets", {"State": "off"}, "Address is missing"),
        ("POST", "handsets", {"Address": HANDSET, "State": "lost"}, "no state"),
        ("POST", "webhooks", {}, "Allow is missing"),
        ("POST", "opt-out", {}, "ServiceSid is missing"),
        ("POST", "opt-out", {"ServiceSid": f"MG{'0' * 32}"}, "no Messaging Service"),
        ("GET", "journal", {"Limit": "all"}, "whole number"),
        ("GET", "journal", {"Since": "noon"}, "must be a time such as"),
        ("GET", "journal", {"Since": "2026-01-05T15:00:00"}, "time zone"),
        ("POST", "faults", {}, "Kind is missing"),
        ("POST", "faults", {"Kind": "500", "Rate": "often"}, "Rate must be a number"),
        ("POST", "faults", {"Kind": "500", "Executed": "maybe"}, "true or false"),
        ("DELETE", "faults/7", {}, "no fault 7"),
    ],
)
def test_wrong_words_get_a_sentence(server, method, path, form, said):
    """400 and what was wrong; nothing is set."""
    status, answer = server.control(method, path, **form)

    assert (status, said in answer["message"]) == (400, True), answer
    assert server.control("GET", "faults")[1] == {"faults": []}


def test_a_fault_is_cleared_by_its_number(server):
    """The others stay."""
    first, second = (server.control("POST", "faults", Kind="500", Route="/none")[1]["number"] for _ in range(2))

    left = server.control("DELETE", f"faults/{first}")[1]["faults"]

    assert [fault["number"] for fault in left] == [second]
    assert server.control("DELETE", "faults")[1] == {"faults": []}


def test_a_webhook_may_ask_the_sandbox_while_the_clock_is_moved(server, program):
    """The step of the clock waits for the program, and the program gets its answers, from API and control alike."""

    def act():
        names = [service["friendly_name"] for service in server.api("GET", "/v1/Services")["services"]]
        server.send(Body="From the webhook")
        return f"<Response><Message>{names} {server.control('GET', '')[1]['clock']}</Message></Response>"

    program.act = act
    server.service(InboundRequestUrl=f"http://{program.host}/sms")
    server.control("POST", "inbound", From=HANDSET, To=NUMBER, Body="Hello")
    assert server.control("POST", "clock", Advance=60)[0] == 200

    listed = server.api("GET", f"/2010-04-01/Accounts/{server.auth[0]}/Messages.json", To=HANDSET)["messages"]
    assert {message["body"] for message in listed} == {"From the webhook", "['Orders'] manual"}


@pytest.mark.slow
def test_the_server_ends_with_the_webhook_under_way(tmp_path: Path, program):
    """After a signal that program is still answered, no further one is called, and it ends with 0 and not a word."""
    ended, held, answered = threading.Event(), threading.Event(), []
    words = [*SERVE, "--store", str(tmp_path / "store.db")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        server = Server(json.loads(process.stdout.readline()))

        def act():
            held.set()
            assert ended.wait(10)
            answered.append(server.api("GET", "/v1/Services")["services"][0]["friendly_name"])
            return "<Response/>"

        program.act = act
        server.service(InboundRequestUrl=f"http://{program.host}/sms")
        for text in "abc":
            server.control("POST", "inbound", From=HANDSET, To=NUMBER, Body=text)
        assert held.wait(10)
        process.send_signal(signal.SIGTERM)
        time.sleep(1)  # time enough to end, for a server that would not wait
        ended.set()
        _, said = process.communicate(timeout=20)

    assert (process.returncode, said, answered) == (0, "", ["Orders"])


def test_a_refused_request_shows_what_it_carried(server):
    """Twilio's code and the parameters, with secrets hidden; an accepted request shows neither."""
    form = {"To": HANDSET, "From": NUMBER, "StatusCallback": "ftp://me:word@example.com/x"}
    form |= {"AuthToken": "abc", "Other": f"x {'0af3' * 8} y"}
    url = f"{server.url}/2010-04-01/Accounts/{server.auth[0]}/Messages.json"
    code = requests.post(url, data=form, auth=server.auth, timeout=30).json()["code"]
    server.send()
    journal = server.control("GET", "journal")[1]["entries"]
    refused, accepted = [entry for entry in journal if entry["kind"] == "request"][-2:]

    assert refused["code"] == code
    sent = dict(refused["params"])
    assert (sent["To"], sent["AuthToken"], sent["Other"]) == (HANDSET, "•••", "x ••• y")
    assert sent["StatusCallback"] == "ftp://example.com/x"
    assert not {"code", "params"} & accepted.keys()
