"""HTTP on one connection: what may come on it, and what it may cost on both faces of the port."""

import asyncio
import socket
import time
from base64 import b64encode
from contextlib import closing, suppress
from functools import partial
from urllib.parse import urlsplit

import pytest

from msvc_toolkit.sandbox.control.controller import open_sandbox
from msvc_toolkit.sandbox.server import protocol, proxy
from msvc_toolkit.sandbox.server.certificates import tls_context
from msvc_toolkit.sandbox.server.dispatch import App

CONNECT = b"CONNECT api.twilio.com:443 HTTP/1.1\r\nHost: api.twilio.com:443\r\n\r\n"
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


@pytest.fixture
def door(tmp_path):
    """Makes the protocol of one connection to a sandbox."""
    handle = open_sandbox(":memory:")
    context, _ = tls_context(tmp_path)
    yield partial(proxy.ProxyProtocol, App(handle), set(), context=context)
    handle.api.store.close()


async def heard(address, sent):
    """What is said until the server closes a connection on which this was sent and no more will come."""
    reader, writer = await asyncio.open_connection(*address)
    said = b""
    with suppress(ConnectionError):
        writer.write(sent)
        said = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return said


@pytest.mark.parametrize(
    "sent",
    [b"", b"CONN", CONNECT[:-2], CONNECT, b"GET / HT", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf"],
)
def test_slow_and_half_open_clients_are_closed(door, monkeypatch, sent):
    """Whoever stops in the middle is closed when its time is over: before, in and after a CONNECT, and in a body."""
    monkeypatch.setattr(protocol, "REQUEST_SECONDS", 0.05)
    monkeypatch.setattr(proxy, "CONNECT_SECONDS", 0.05)

    async def scene():
        async with await asyncio.get_running_loop().create_server(door, "127.0.0.1", 0) as server:
            return await heard(server.sockets[0].getsockname(), sent)

    assert asyncio.run(scene()) == (ESTABLISHED if sent == CONNECT else b"")


@pytest.mark.parametrize("waiting", [b"", b"CONN", b"GET / HT"])
def test_idle_connections_make_room_for_a_new_client(door, monkeypatch, waiting):
    """With as many open as there may be, the one that has waited longest is closed, and the next client is heard."""
    monkeypatch.setattr(protocol, "CONNECTIONS", 3)

    async def scene():
        async with await asyncio.get_running_loop().create_server(door, "127.0.0.1", 0) as server:
            address = server.sockets[0].getsockname()
            held = [await asyncio.open_connection(*address) for _ in range(3)]
            for _, writer in held:
                writer.write(waiting)
                await asyncio.sleep(0.01)
            answers = [
                await heard(address, b"GET /_sandbox/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") for _ in "12"
            ]
            await asyncio.sleep(0.05)
            closed = [reader.at_eof() for reader, _ in held]
            for _, writer in held:
                writer.close()
            return [answer[:12] for answer in answers], closed

    assert asyncio.run(scene()) == ([b"HTTP/1.1 403"] * 2, [True, False, False])


@pytest.fixture
def say(served):
    """Sends bytes to the served sandbox in the pieces given, and returns all that it says until it closes."""
    where = urlsplit(served["url"])
    basic = b64encode(f"{served['account_sid']}:{served['auth_token']}".encode())
    words = {b"HOST": where.netloc.encode(), b"LOGIN": b"Basic " + basic}

    def filled(text):
        for name, word in words.items():
            text = text.replace(b"{%s}" % name, word)
        return text

    def sent(*pieces, size=10_000):
        with socket.create_connection((where.hostname, where.port), 10) as line:
            for piece in map(filled, pieces):
                for at in range(0, len(piece), size):
                    line.sendall(piece[at : at + size])
                    time.sleep(0.01)
            return b"".join(iter(lambda: line.recv(65536), b""))

    return sent


LIST = b"GET /v1/Services?PageSize=1 HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {LOGIN}\r\n"
CREATE = b"POST /v1/Services HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: {LOGIN}\r\nConnection: close\r\n"


def test_a_connection_stays_until_the_client_has_enough(say):
    """Three requests on one connection have three answers; the last asked for the end, and nothing is read after it."""
    said = say(LIST + b"\r\n", LIST + b"\r\n", LIST + b"Connection: close\r\n\r\n" + LIST + b"\r\n")

    assert said.count(b"HTTP/1.1 200 OK\r\n") == said.count(b"HTTP/1.1 ") == 3
    assert said.count(b"Connection: close\r\n") == 1


def test_old_http_is_answered_once(say):
    """HTTP/1.0 ends its connection with the answer."""
    said = say(LIST.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n")

    assert (said[:12], said.count(b"HTTP/1.")) == (b"HTTP/1.1 200", 1)


@pytest.mark.parametrize("size", [10_000, 50, 17])
def test_a_body_may_come_in_chunks(say, size):
    """A chunked body is one body, however it is cut and however slowly it comes."""
    sent = CREATE + b"Transfer-Encoding: chunked\r\n\r\n8\r\nFriendly\r\n8\r\nName=One\r\n0\r\n\r\n"

    said = say(sent, size=size)

    assert said.startswith(b"HTTP/1.1 201 Created\r\n")
    assert b'"friendly_name": "One"' in said


def test_a_client_that_asks_first_is_told_to_go_on(say):
    """Expect: 100-continue has its answer before the body, and then comes the answer to the request."""
    said = say(CREATE + b"Expect: 100-continue\r\nContent-Length: 16\r\n\r\n", b"FriendlyName=One")

    assert said.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n")


def test_an_upgrade_is_not_taken_up(say):
    """Who offers another protocol is answered in this one."""
    said = say(LIST + b"Connection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n")

    assert (said[:12], said.count(b"HTTP/1.1 ")) == (b"HTTP/1.1 200", 1)


def test_requests_sent_together_see_each_other(say):
    """What is sent ahead on one connection is answered in order, and each request sees what those before it wrote."""
    stays = CREATE.replace(b"Connection: close\r\n", b"Content-Length: 21\r\n\r\nFriendlyName=Together")

    said = say(stays + LIST.replace(b"PageSize=1", b"PageSize=1000") + b"Connection: close\r\n\r\n")

    assert [part[:3] for part in said.split(b"HTTP/1.1 ")[1:]] == [b"201", b"200"]
    assert said.count(b'"friendly_name": "Together"') == 2


def test_who_reads_slowly_misses_nothing(served):
    """Answers that fill every buffer wait for their reader, and the requests behind them for their turn."""
    handle = open_sandbox(served["store"])
    handle.reset("starter")
    with closing(handle.api.store) as store, store.writing():
        for _ in range(300):
            handle.receive("+14155550123", "+14155550100", "x" * 1500)
    where = urlsplit(served["url"])
    basic = b64encode(f"{served['account_sid']}:{served['auth_token']}".encode()).decode()
    path = f"/2010-04-01/Accounts/{served['account_sid']}/Messages.json?PageSize=1000"
    large = f"GET {path} HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Basic {basic}\r\n".encode()

    with closing(socket.socket()) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect((where.hostname, where.port))
        line.sendall((large + b"\r\n") * 15 + large + b"Connection: close\r\n\r\n")
        time.sleep(0.5)
        said = b"".join(iter(lambda: line.recv(65536), b""))

    answers = said.split(b"HTTP/1.1 200 OK\r\n")[1:]
    assert len(answers) == 16
    assert len({answer.partition(b"\r\n\r\n")[2] for answer in answers}) == 1
