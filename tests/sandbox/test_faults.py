"""Faults on demand: what each does to the raw SDK and to our live client, by which requests, on both ways in."""

import json
import socket
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import requests
import tenacity.nap
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from msvc_toolkit.connection import Guard, LiveHttpClient
from msvc_toolkit.errors import OutcomeUnknown, SandboxError
from msvc_toolkit.sandbox.client import connect_sandbox
from msvc_toolkit.sandbox.faults import Faults, InjectedFault

TO = "+14155550123"
MESSAGE = {"to": TO, "from_": "+14155550100", "body": "Hi"}
SEND = "POST /2010-04-01/Accounts/*/Messages.json"
BRIEF = {"timeout": {"Seconds": 0.1}}


def post(origin, kind, **more):
    """Set a fault over the socket; what it does takes no time."""
    form = {name.title().replace("_", ""): value for name, value in more.items()}
    answer = requests.post(f"{origin}/_sandbox/faults", data={"Kind": kind} | form | BRIEF.get(kind, {}), timeout=10)
    assert answer.status_code == 200, answer.text


@pytest.fixture
def fault(account):
    """Sets a fault, in the way's own manner; none is left after the test."""
    if account.origin.startswith("https:"):
        yield account.handle.fault
        return
    yield partial(post, account.origin)
    assert requests.delete(f"{account.origin}/_sandbox/faults", timeout=10).json() == {"faults": []}


@pytest.fixture
def live(proxied, monkeypatch):
    """Our live client, armed, on a sandbox that plays Twilio behind a proxy; it does not wait between tries."""
    monkeypatch.setenv("HTTPS_PROXY", proxied["proxy_url"])
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", proxied["ca_file"])
    monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=lambda _: None))
    guard = Guard()
    guard.arm(10, [TO])
    carrier = LiveHttpClient(guard)
    client = Client(proxied["account_sid"], proxied["auth_token"], http_client=carrier)
    requests.post(f"{proxied['url']}/_sandbox/reset", data={"Scenario": "starter"}, timeout=10)
    yield client
    requests.delete(f"{proxied['url']}/_sandbox/faults", timeout=10)
    carrier.session.close()


def sent(account):
    """How many messages the account has."""
    return len(account.client.messages.list())


def counts(served):
    """How many requests the only fault matched, and how many it struck."""
    faults = requests.get(f"{served['url']}/_sandbox/faults", timeout=10).json()["faults"]
    return [(fault["matched"], fault["struck"]) for fault in faults].pop()


@pytest.mark.parametrize(("kind", "code"), [(401, 20003), (403, 70051), (429, 20429), (500, 20500), (503, 20503)])
def test_an_answer_of_twilios_is_an_error_of_the_sdk(account, fault, kind, code):
    """The SDK raises status and code, the request was not carried out, and the next ones go through."""
    fault(kind, count=1)

    with pytest.raises(TwilioRestException) as raised:
        account.client.messages.create(**MESSAGE)

    assert (raised.value.status, raised.value.code) == (kind, code)
    assert sent(account) == 0


def test_a_429_says_when_to_try_again(account, fault):
    """A planted 429 has a Retry-After of one second, or of as many as were asked for."""
    fault(429, count=1)
    fault(429, count=1, retry_after=7)

    answers = [account.ask("GET", "/v1/Services") for _ in range(2)]

    said = [{name.lower(): value for name, value in answer.headers.items()} for answer in answers]
    assert [headers.get("retry-after") for headers in said] == ["1", "7"]


@pytest.mark.parametrize("kind", [503, "reset", "timeout"])
@pytest.mark.parametrize("executed", [False, True])
def test_a_write_that_failed_may_have_happened(account, fault, kind, executed):
    """With `executed` the message is there although the SDK raised, without it is not: the client cannot see the difference."""
    fault(kind, route=SEND, count=1, executed=executed)

    with pytest.raises((TwilioRestException, requests.ConnectionError, requests.Timeout)):
        account.client.messages.create(**MESSAGE)

    assert sent(account) == executed


def test_a_truncated_answer_is_an_error_that_was_carried_out(account, fault):
    """The SDK's HTTP client sees that bytes are missing; what has no body at all breaks off."""
    fault("truncated", route="POST *", count=1)
    fault("truncated", route="DELETE *", count=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        account.client.messaging.v1.services.create("Orders")

    with pytest.raises(requests.ConnectionError):
        account.client.messaging.v1.services.list()[0].delete()

    assert account.client.messaging.v1.services.list() == []


def test_a_late_answer_is_carried_out_and_may_come_too_late(account, fault):
    """Latency within the client's patience changes nothing; beyond it the client times out and the write was carried out."""
    fault("latency", seconds=0.01, count=1)
    account.client.messages.create(**MESSAGE)
    fault("latency", seconds=20, count=1, route=SEND)

    url = account.origin.replace("messaging.", "api.") + f"{account.path}/Messages.json"
    with pytest.raises(requests.Timeout):
        account.client.request("POST", url, data={"To": TO, "From": "+14155550100", "Body": "Hi"}, timeout=0.3)

    assert sent(account) == 2


@pytest.mark.parametrize("kind", ["429", "500", "503", "timeout", "reset", "truncated"])
def test_our_live_client_overcomes_it_when_it_reads(proxied, live, kind):
    """Two faults in a row are tried over, and the third answer counts."""
    post(proxied["url"], kind, count=2)

    assert len(live.incoming_phone_numbers.list()) == 8
    assert counts(proxied) == (3, 2)


@pytest.mark.parametrize("executed", ["false", "true"])
@pytest.mark.parametrize("kind", ["500", "503", "timeout", "reset", "502", "302", "204", "html", "empty", "{}"])
def test_our_live_client_never_repeats_a_write(proxied, live, kind, executed):
    """One POST leaves; what is not a readable answer of Twilio's is an unknown outcome, and no message exists twice."""
    post(proxied["url"], kind, count=1, route=SEND, executed=executed)

    with pytest.raises(OutcomeUnknown):
        live.messages.create(**MESSAGE)

    assert counts(proxied) == (1, 1)
    assert len(live.messages.list()) == (executed == "true")


@pytest.mark.parametrize(("kind", "ending"), [("reset", ConnectionResetError), ("timeout", b""), ("truncated", b"{")])
def test_the_wire_shows_what_the_fault_says(served, kind, ending):
    """A reset is an RST; a timeout ends without a byte; a truncated body is half of its Content-Length."""
    where = urlsplit(served["url"])
    post(served["url"], kind, count=1)

    with socket.create_connection((where.hostname, where.port), 10) as line:
        line.sendall(f"GET /v1/Services HTTP/1.1\r\nHost: {where.netloc}\r\n\r\n".encode())
        try:
            received = b"".join(iter(lambda: line.recv(65536), b""))
        except ConnectionResetError:
            received = ConnectionResetError

    if kind == "truncated":
        head, _, body = received.partition(b"\r\n\r\n")
        assert len(body) == int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]) // 2
        received = body[:1]
    assert received == ending


@pytest.mark.parametrize("kind", ["reset", "timeout", "truncated"])
def test_the_proxy_face_breaks_off_without_a_word(proxied, tunnel, kind):
    """In the tunnel too the answer does not come whole, and the server has nothing to complain of."""
    post(proxied["url"], kind, count=1)

    received = b""
    with tunnel() as line:
        line.sendall(b"GET /2010-04-01/Accounts.json HTTP/1.1\r\nHost: api.twilio.com\r\n\r\n")
        with suppress(OSError):
            while part := line.recv(65536):
                received += part

    assert not received.endswith(b"}")
    assert "Traceback" not in Path(proxied["words"]).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("502", 502, "<html>"),
        ("302", 302, ""),
        ("204", 204, ""),
        ("html", 201, "<html>"),
        ("empty", 201, ""),
        ("{}", 201, "{}"),
        ("cut", 201, "{"),
    ],
)
def test_an_answer_that_is_not_twilios_arrives_as_it_is_set(account, fault, kind, status, body):
    """Each kind has its status and body, and with `executed` the request was carried out."""
    fault(kind, route=SEND, count=1, executed=True)
    url = account.origin.replace("messaging.", "api.") + f"{account.path}/Messages.json"

    answer = account.client.request("POST", url, data={"To": TO, "From": "+14155550100", "Body": "Hi"})

    assert answer.status_code == status
    assert answer.text.startswith(body)
    assert bool(answer.text) == bool(body)
    assert sent(account) == 1


def struck(faults, number):
    """Which of so many requests a fault strikes."""
    return [turn for turn in range(number) if faults.strike("GET", "/v1/Services")]


def test_seed_and_turn_decide_whom_a_rate_strikes():
    """The same seed strikes the same turns, another one others, and about as many as the rate says."""
    runs = []
    for seed in (7, 7, 8):
        conn = connect_sandbox(":memory:", seed=seed)
        conn.sandbox.fault(500, rate=0.25)
        runs.append(struck(conn.sandbox.api.faults, 400))
        conn.sandbox.api.store.close()

    assert runs[0] == runs[1] != runs[2]
    assert all(70 < len(turns) < 130 for turns in runs)


def test_after_count_and_route_choose_the_requests():
    """Whoever does not match is not counted; the first ones are spared; after the last one it is over."""
    faults = Faults(str)
    faults.add(InjectedFault("500", "GET /v1/Services*", 1.0, 2, 3, None, executed=False, retry_after=None))

    assert struck(faults, 10) == [3, 4]
    assert faults.strike("POST", "/v1/Services") is None
    assert faults.strike("GET", "/v2/Services") is None
    assert faults.described()[0]["matched"] == 10


def test_the_first_fault_and_every_latency_meet_in_one_request(conn):
    """Latencies add up, the other faults take turns in the order they were set, and reset clears all."""
    for kind, more in (("latency", {"seconds": 2}), (429, {"count": 1}), ("reset", {"count": 1}), ("latency", {})):
        conn.sandbox.fault(kind, **more)

    met = [conn.sandbox.api.faults.strike("GET", "/v1/Services") for _ in range(3)]

    conn.sandbox.reset()
    assert [(strike.kind, strike.seconds) for strike in met] == [("429", 3), ("reset", 3), ("latency", 3)]
    assert conn.sandbox.faults() == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"kind": 404}, "no fault '404'"),
        ({"kind": 429, "executed": True}, "does not carry out"),
        ({"kind": 500, "route": "v1/Services"}, "not a route"),
        ({"kind": 500, "rate": 0}, "above 0"),
        ({"kind": 500, "count": 0}, "at least 1"),
        ({"kind": "latency", "seconds": 601}, "to 600"),
        ({"kind": 500, "retry_after": 1}, "goes with 429"),
    ],
    ids=json.dumps,
)
def test_a_fault_that_could_not_be_is_refused(conn, more, said):
    """The sentence says what would do, and no fault is set."""
    with pytest.raises(SandboxError, match=said):
        conn.sandbox.fault(**more)

    assert conn.sandbox.faults() == []
