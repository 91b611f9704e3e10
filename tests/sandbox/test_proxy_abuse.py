"""The proxy face among hostile clients: every doubtful request ends in 4xx or a closed connection, and does nothing."""

import random
import socket
import ssl
from base64 import b64encode
from contextlib import closing, suppress

import pytest

from msvc_toolkit.sandbox.control.controller import open_sandbox

CONNECT = b"CONNECT api.twilio.com:443 HTTP/1.1\r\nHost: api.twilio.com:443\r\n\r\n"
FORM = b"From=%2B14155550100&To=%2B14155550123&Body=Hi"
SIZE = b"Content-Length: %d\r\n" % len(FORM)
NOISE = (
    b"\r\n",
    b"\n",
    b"\0",
    b" ",
    b"\t",
    b":",
    b"\xff",
    b"%",
    b"#",
    b"\r\nHost: evil.org",
    b"/../",
    b"HTTP/9.9",
    b"0",
)
NOISE += (b"\r\nTransfer-Encoding: chunked", b"\r\nContent-Length: 1", b"http://evil.org", b"\r\n\r\n", b"CONNECT ")


@pytest.fixture
def login(proxied):
    """The Authorization header's line."""
    pair = f"{proxied['account_sid']}:{proxied['auth_token']}"
    return b"Authorization: Basic " + b64encode(pair.encode()) + b"\r\n"


@pytest.fixture
def post(proxied):
    """The first line of a request that would send a message."""
    return b"POST /2010-04-01/Accounts/" + proxied["account_sid"].encode() + b"/Messages.json HTTP/1.1\r\n"


def heard(line):
    """All that the server says until it closes."""
    said = b""
    with suppress(ConnectionError, ssl.SSLError):
        while more := line.recv(65536):
            said += more
    return said


def messages(proxied):
    """How many messages the account has."""
    handle = open_sandbox(proxied["store"])
    with closing(handle.api.store) as store:
        return store.one("SELECT count(*) AS n FROM message")["n"]


def test_a_plain_request_does_send(proxied, tunnel, login, post):
    """What the refusals below are measured against: the same request without a fault sends a message."""
    with tunnel() as line:
        line.sendall(post + b"Host: api.twilio.com\r\n" + login + SIZE + b"Connection: close\r\n\r\n" + FORM)
        assert heard(line).startswith(b"HTTP/1.1 201 ")

    assert messages(proxied) == 1


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (b"Host: api.twilio.com\r\n" + SIZE + b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n" + FORM, 400),
        (b"Host: api.twilio.com\r\n" + SIZE + SIZE, FORM, 400),
        (b"Host: api.twilio.com\r\n" + SIZE + b"Content-Length: 0\r\n", FORM, 400),
        (b"Host: api.twilio.com\r\nContent-Length: +45\r\n", FORM, 400),
        (b"Host: api.twilio.com\r\nContent-Length: 45, 45\r\n", FORM, 400),
        (b"Host: api.twilio.com\r\nContent-Length: -1\r\n", FORM, 400),
        (b"Host: api.twilio.com\r\nContent-Length: 99999999999999999999\r\n", FORM, 400),
        (b"Host: api.twilio.com\r\nTransfer-Encoding: xchunked\r\n", b"2d\r\n" + FORM + b"\r\n0\r\n\r\n", 400),
        (b"Host: api.twilio.com\r\nTransfer-Encoding: chunked, identity\r\n", b"2d\r\n" + FORM + b"\r\n0\r\n\r\n", 400),
        (b"Host: api.twilio.com\r\nTransfer-Encoding: chunked\r\n", b"0x2d\r\n" + FORM + b"\r\n0\r\n\r\n", 400),
        (b"Host: api.twilio.com\r\nTransfer-Encoding: chunked\r\n", b"fffffffffffffffff\r\n" + FORM, 400),
        (b"Host: api.twilio.com\r\nHost: api.twilio.com\r\n" + SIZE, FORM, 400),
        (b"Host: api.twilio.com\r\nHost: evil.org\r\n" + SIZE, FORM, 400),
        (b"Host: api.twilio.com\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n" + SIZE, FORM, 400),
        (b"Host: api.twilio.com\r\nAuthorization: Basic eDp5\r\n" + SIZE, FORM, 400),
        (b"Host: evil.org\r\n" + SIZE, FORM, 421),
        (b"Host: messaging.twilio.com\r\n" + SIZE, FORM, 421),
        (b"Host: 127.0.0.1\r\n" + SIZE, FORM, 421),
        (b"Host: api.twilio.com:80\r\n" + SIZE, FORM, 421),
        (b"Host: api.twilio.com.\r\n" + SIZE, FORM, 421),
        (SIZE, FORM, 421),
        (b"Host : api.twilio.com\r\n" + SIZE, FORM, 400),
        (b"Host: api.twilio.com\r\n folded\r\n" + SIZE, FORM, 400),
        (b"Host: api.twilio.com\nX: y\r\n" + SIZE, FORM, 400),
        (b"Host: api.twilio.com\r\nX: a\0b\r\n" + SIZE, FORM, 400),
        (b"Host: api.twilio.com\r\nX\xff: y\r\n" + SIZE, FORM, 400),
        (b"Host: api.twilio.com\r\nOrigin: https://evil.org\r\n" + SIZE, FORM, 403),
    ],
)
def test_a_request_with_two_readings_is_refused(proxied, tunnel, login, post, headers, body, status):
    """Two lengths, two hosts, another host than the tunnel's, broken lines: 4xx, and nothing is sent."""
    with tunnel() as line:
        line.sendall(post + login + headers + b"Connection: close\r\n\r\n" + body)
        answer = heard(line)

    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert answer.count(b"HTTP/1.1 ") == 1
    assert messages(proxied) == 0


@pytest.mark.parametrize(
    "target", [b"http://api.twilio.com/", b"https://evil.org/", b"https://api.twilio.com:80/", b"*"]
)
def test_an_absolute_url_that_is_not_the_tunnels_is_refused(proxied, tunnel, login, post, target):
    """Scheme, host and port must be those of the tunnel."""
    line_of = post.replace(b" /", b" " + target, 1)
    with tunnel() as line:
        line.sendall(line_of + b"Host: api.twilio.com\r\n" + login + SIZE + b"Connection: close\r\n\r\n" + FORM)
        assert heard(line).startswith(b"HTTP/1.1 400 ")

    assert messages(proxied) == 0


def test_a_trailer_is_no_header(proxied, tunnel, login, post):
    """Credentials that come after a chunked body do not count."""
    chunked = b"Host: api.twilio.com\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    with tunnel() as line:
        line.sendall(post + chunked + b"%x\r\n" % len(FORM) + FORM + b"\r\n0\r\n" + login + b"\r\n")
        assert heard(line).startswith(b"HTTP/1.1 401 ")

    assert messages(proxied) == 0


def test_pipelining_is_answered_in_order_and_has_an_end(tunnel):
    """A few requests sent ahead are answered one after the other; a thousand of them are not kept."""
    few = b"".join(b"GET /_sandbox/%d HTTP/1.1\r\nHost: api.twilio.com\r\n\r\n" % n for n in range(5))
    last = b"GET /_sandbox/ HTTP/1.1\r\nHost: api.twilio.com\r\nConnection: close\r\n\r\n"
    with tunnel() as line:
        line.sendall(few + last)
        orderly = heard(line)
    with tunnel() as line:
        line.sendall(few * 200)
        assert b"HTTP/1.1 400 " in heard(line)

    places = [orderly.index(b"GET /_sandbox/%d." % n) for n in range(5)]
    assert places == sorted(places)
    assert orderly.count(b"HTTP/1.1 ") == 6


@pytest.mark.parametrize(
    "head",
    [
        CONNECT + b"GET / HTTP/1.1\r\n\r\n",
        CONNECT.replace(b"\r\n\r\n", b"\r\nContent-Length: 3\r\n\r\n"),
        CONNECT.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n"),
        CONNECT.replace(b"Host: api", b"Host: messaging"),
        CONNECT.replace(b"\r\n\r\n", b"\r\nHost: api.twilio.com\r\n\r\n"),
        CONNECT.replace(b"HTTP/1.1", b"HTTP/3.7"),
        CONNECT.replace(b"CONNECT ", b"CONNECT  \0"),
        CONNECT.replace(b"CONNECT", b"connect"),
        CONNECT.replace(b"\r\n\r\n", b"\r\nX: " + b"y" * 10_000 + b"\r\n\r\n"),
    ],
)
def test_a_doubtful_connect_is_refused(port, head):
    """Something sent ahead, a body, two hosts, a wrong version, too many bytes: 400 and closed, no tunnel."""
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall(head)
        assert heard(line).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("endless", ["url", "header", "chunk frame", "trailer", "CONNECT", "not TLS"])
def test_what_has_no_end_is_cut_off(port, tunnel, post, endless):
    """A client that never stops sending is closed before it has cost more than a few megabytes."""
    chunked = post + b"Host: api.twilio.com\r\nTransfer-Encoding: chunked\r\n\r\n"
    begin = {
        "url": b"GET /",
        "header": post + b"X: ",
        "chunk frame": chunked + b"1;",
        "trailer": chunked + b"0\r\nX: ",
        "CONNECT": CONNECT[:-2] + b"X: ",
        "not TLS": CONNECT,
    }[endless]
    sent = 0
    plain = endless in ("CONNECT", "not TLS")
    line = socket.create_connection(("127.0.0.1", port), 10) if plain else tunnel()
    with line, suppress(ConnectionError, ssl.SSLError):
        line.sendall(begin)
        if endless == "not TLS":
            assert b" 200 " in line.recv(100)
        while sent < 1 << 26:
            sent += line.send(b"y" * 65536)

    assert sent < 1 << 24


def mutated(dice, text):
    """The text with one to four faults: cut, doubled, changed or with noise in it."""
    for _ in range(dice.randint(1, 4)):
        here, there = sorted(dice.choices(range(len(text) + 1), k=2))
        text = dice.choice(
            [
                text[:here] + text[there:],
                text[:there] + text[here:],
                text[:here] + dice.choice(NOISE) + text[here:],
                text[:here] + dice.randbytes(1) + text[here + 1 :],
            ]
        )
    return text


@pytest.mark.parametrize("face", ["CONNECT", "tunnel"])
def test_mutated_requests_do_no_harm(port, tunnel, login, post, face):
    """Of 300 mutated requests each is answered below 500 or closed, and the server answers as before."""
    whole = post + b"Host: api.twilio.com\r\n" + login + SIZE + b"\r\n" + FORM
    said = []
    for seed in range(300):
        dice = random.Random(seed)  # noqa: S311 - the same faults in every run
        with tunnel() if face == "tunnel" else socket.create_connection(("127.0.0.1", port), 10) as line:
            with suppress(ConnectionError):
                line.sendall(mutated(dice, whole if face == "tunnel" else CONNECT))
                # No more will come, so that the server need not wait for the rest; SSLSocket's own method forgets the keys.
                socket.socket.shutdown(line, socket.SHUT_WR)
            said.append(heard(line))

    assert not [answer for answer in said if b"HTTP/1.1 5" in answer]
    assert sum(answer.startswith(b"HTTP/1.1 4") for answer in said) > 100
    with tunnel() as line:
        line.sendall(b"GET /_sandbox/ HTTP/1.1\r\nHost: api.twilio.com\r\nConnection: close\r\n\r\n")
        assert heard(line).startswith(b"HTTP/1.1 200 ")
