"""What a connection may cost: time and number are bounded on both faces of the port."""

import asyncio
from contextlib import suppress
from functools import partial

import pytest

from msvc_toolkit.sandbox import protocol, proxy
from msvc_toolkit.sandbox.app import App
from msvc_toolkit.sandbox.ca import tls_context
from msvc_toolkit.sandbox.handle import open_sandbox

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


@pytest.mark.parametrize("waiting", [b"CONN", b"GET / HT"])
def test_one_connection_too_many_is_closed(door, monkeypatch, waiting):
    """With as many connections open as there may be the next is closed unheard, and those before it are not."""
    monkeypatch.setattr(proxy, "CONNECTIONS", 3)

    async def scene():
        async with await asyncio.get_running_loop().create_server(door, "127.0.0.1", 0) as server:
            address = server.sockets[0].getsockname()
            held = [await asyncio.open_connection(*address) for _ in range(3)]
            for _, writer in held:
                writer.write(waiting)
            refused = await heard(address, CONNECT)
            closed = [reader.at_eof() for reader, _ in held]
            for _, writer in held:
                writer.close()
            return refused, closed

    assert asyncio.run(scene()) == (b"", [False] * 3)
