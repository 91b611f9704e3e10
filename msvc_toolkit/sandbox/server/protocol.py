"""HTTP/1.1 on one connection: reads requests and answers them in order, with limits for each client.

Written for asyncio instead of ASGI: a request costs 39-44 µs of CPU here and 159-186 µs in uvicorn (measured), and the
sandbox must reset, truncate and tunnel connections and share a commit, for which ASGI has no means.
"""

from __future__ import annotations

import abc
import asyncio
import socket
import struct
import time
from collections import deque
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from itertools import chain

import httptools

from msvc_toolkit.sandbox.rest.body import BODY_LIMIT
from msvc_toolkit.sandbox.rest.responses import Response
from msvc_toolkit.sandbox.server.dispatch import App, IncomingRequest

CONNECTIONS = 500
"""Connections at once; one more closes the one that has been idle longest. Ours: a TLS connection
holds about half a megabyte of buffers."""
HEAD_LIMIT = 1 << 16
"""Bytes of a request's line and headers, and of a chunk's frame or trailers. Ours: normal heads are below 4 KiB."""
PIPELINE = 16
"""Requests sent ahead of their answers. Ours: no Twilio client sends any."""
REQUEST_SECONDS = 30.0
"""Time for a request to begin and to arrive. Ours: the SDKs give up after the same time."""
_OFFERS = frozenset({b"connection", b"http2-settings", b"upgrade"})
"""Headers by which a client offers another protocol; Source: RFC 9110, section 7.8, and RFC 7540, section 3.2.1."""
_LINGER_NOT = struct.pack("ii", 1, 0)
"""SO_LINGER value that makes close() send RST instead of FIN."""

_UNREADABLE = b"The request cannot be read."
REFUSED = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
    % (len(_UNREADABLE), _UNREADABLE)
)
"""The answer to bytes that are not an HTTP request."""


class ClientConnection(asyncio.Protocol, abc.ABC):
    """A connection that the server can shut down."""

    _connections: set[ClientConnection]
    _transport: asyncio.Transport
    _waiting_since: float | None
    """Since when the server has waited for the client; None while it answers."""

    def _take_place(self) -> None:
        """Register the connection; when there are too many, close the one that has been idle longest."""
        self._connections.add(self)
        if len(self._connections) > CONNECTIONS:
            waits = {connection: connection._waiting_since for connection in self._connections}  # noqa: SLF001 - of this class
            idle = {connection: since for connection, since in waits.items() if since is not None}
            longest = min(idle, key=idle.__getitem__, default=self)
            self._connections.discard(longest)
            longest._transport.abort()  # noqa: SLF001 - of this class

    @abc.abstractmethod
    def shutdown(self) -> None:
        """Close after the answer in progress."""


class HttpProtocol(ClientConnection):
    """Answers requests on one connection; disconnects clients that exceed a limit or send an ambiguous request (smuggling).

    `host` is what a tunnel was opened to, None outside a tunnel. A `proxy` also answers absolute URLs of Twilio's
    hosts, which some clients send; with `tls` it answers as the Twilio host in each request's Host header.
    """

    def __init__(
        self,
        app: App,
        connections: set[ClientConnection],
        host: str | None = None,
        *,
        proxy: bool = False,
        tls: bool = False,
    ) -> None:
        self._app, self._connections, self._host = app, connections, host
        self._proxy, self._tls = proxy, tls
        self._loop = asyncio.get_running_loop()
        self._parser = self._new_parser()
        self._unread = 0
        self._begin()
        self._under_way: IncomingRequest | None = None
        self._ahead: deque[IncomingRequest] = deque()
        self._choked = False
        self._last = False
        self._waiting_since = self._loop.time()
        self._late: asyncio.TimerHandle | None = None

    def _new_parser(self) -> httptools.HttpRequestParser:
        parser = httptools.HttpRequestParser(self)
        # Bytes after the last request of a connection are ignored and do not affect its answer.
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser

    def _begin(self) -> None:
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._read_headers = self._headers
        self._body: list[bytes] = []
        self._size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is one of these
        """Start the deadline for the first request."""
        self._transport = transport
        self._deadline = self._loop.call_later(REQUEST_SECONDS, self._look_at_the_clock)
        self._take_place()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Forget the connection."""
        self._connections.discard(self)
        self._ahead.clear()
        self._deadline.cancel()
        if self._late is not None:
            self._late.cancel()

    def _look_at_the_clock(self) -> None:
        """Abort when the client is too slow. One repeated timer is cheaper than a timer for each request."""
        since = self._waiting_since
        left = REQUEST_SECONDS if since is None else since + REQUEST_SECONDS - self._loop.time()
        if left <= 0:
            self._transport.abort()
        else:
            self._deadline = self._loop.call_later(left, self._look_at_the_clock)

    def shutdown(self) -> None:
        """Close after the answer in progress."""
        self._last = True
        if self._under_way is None:
            self._transport.close()

    def pause_writing(self) -> None:
        """Stop answering while the client does not read."""
        self._choked = True

    def resume_writing(self) -> None:
        """Go on."""
        self._choked = False
        if self._under_way is None:
            self._go_on()

    def data_received(self, data: bytes) -> None:
        """Parse received bytes; abort when too many belong to neither a head nor a body."""
        if self._last or self._transport.is_closing():
            return
        self._unread += len(data)
        try:
            self._read(data)
        except httptools.HttpParserError:
            self._transport.write(REFUSED)
            self._transport.close()
        if self._unread > HEAD_LIMIT:
            # Aborted without an answer: after a close, TLS would keep reading until the client's close_notify.
            self._transport.abort()

    def _read(self, data: bytes) -> None:
        """Parse bytes; a request with an Upgrade header is parsed again without it.

        The parser would take the bytes after such a head for the other protocol and drop the body.

        Source: RFC 9110, section 7.8: a server may ignore a received Upgrade header field.
        """
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as end:
            method, rest = self._parser.get_method(), data[end.args[0] :]
            headers = [(name, value) for name, value in self._read_headers if name not in _OFFERS]
            if any(name == b"connection" and b"close" in value.lower() for name, value in self._read_headers):
                headers.append((b"connection", b"close"))
            lines = [b"%s %s HTTP/1.1" % (method, self._url), *(b"%s: %s" % header for header in headers)]
            self._parser = self._new_parser()
            self._parser.feed_data(b"\r\n".join(lines) + b"\r\n\r\n" + rest)

    def on_message_begin(self) -> None:
        """Start the deadline of a request."""
        self._begin()
        self._waiting_since = self._loop.time()

    def on_url(self, url: bytes) -> None:
        """Store a part of the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Store a header; trailers are ignored."""
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Accept a request only if its head is unambiguous; the parser turns a ValueError into its own error."""
        self._unread = 0
        self._read_headers, self._headers = self._headers, []
        if sum(map(len, chain.from_iterable(self._read_headers)), len(self._url)) > HEAD_LIMIT:
            raise ValueError("The head is too large")
        if not self._url.startswith(b"/") and self._named() is None:
            raise ValueError("The request names two hosts, or none")
        if len(self._ahead) >= PIPELINE:
            raise ValueError("Too many requests are sent ahead")
        if self._parser.should_upgrade():
            return
        if (b"expect", b"100-continue") in self._read_headers and self._under_way is None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Store a part of the body, up to the limit."""
        self._unread = 0
        self._size += len(body)
        if self._size <= BODY_LIMIT:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Answer the request, or queue it behind the one in progress."""
        self._unread = 0
        parser = self._parser
        if parser.should_upgrade():
            return  # `_read` continues
        self._waiting_since = None
        arrival = IncomingRequest(
            method=parser.get_method().decode("ascii"),
            target=self._url,
            headers=self._read_headers,
            body=b"".join(self._body) if self._size <= BODY_LIMIT else None,
            tunnel=self._host or self._stands_in_for(),
            stays=parser.should_keep_alive() and parser.get_http_version() == "1.1",
            answer=self._answer,
        )
        if self._under_way is not None or self._choked:
            self._transport.pause_reading()
            self._ahead.append(arrival)
        else:
            self._under_way = arrival
            self._app.take(arrival)

    def _answer(self, response: Response) -> None:
        """Answer the request in progress, after the delay of an injected fault."""
        if response.strike is not None and response.strike.seconds:
            self._late = self._loop.call_later(response.strike.seconds, self._say, response)
        else:
            self._say(response)

    def _say(self, response: Response) -> None:
        """Write an answer, cut or dropped if an injected fault says so, and continue with the next request."""
        asked, transport, strike = self._under_way, self._transport, response.strike
        if asked is None or transport.is_closing():
            return
        self._last = self._last or not asked.stays
        body = b"" if asked.method == "HEAD" else response.body
        cut = strike is not None and strike.kind == "truncated"
        if strike is not None and (strike.silent or (cut and not body)):  # an answer without a body cannot be cut
            if strike.kind == "reset":
                transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            transport.abort()
            return
        transport.write(_head(response, last=self._last) + (body[: len(body) // 2] if cut else body))
        self._under_way = None
        if cut or self._last:
            transport.close()
            return
        if self._waiting_since is None:
            self._waiting_since = self._loop.time()
        if self._ahead:
            self._go_on()

    def _go_on(self) -> None:
        """Answer the next pipelined request."""
        if self._ahead and not self._choked:
            self._under_way = self._ahead.popleft()
            self._app.take(self._under_way)
        if not self._ahead:
            self._transport.resume_reading()

    def _named(self) -> bytes | None:
        """Return the host of an absolute URL if the Host header agrees (RFC 9112, section 3.2.2), else None."""
        host = next((value for name, value in self._read_headers if name == b"host"), b"").lower()
        schemes = (b"https",) if self._host or self._tls else (b"https", b"http") if self._proxy else (b"http",)
        return host if any(self._url.lower().startswith(b"%s://%s/" % (scheme, host)) for scheme in schemes) else None

    def _stands_in_for(self) -> str | None:
        """Return the Twilio host that a request outside a tunnel is for; None when it is for this server."""
        if self._tls:
            host = next((value for name, value in self._read_headers if name == b"host"), b"").lower()
        elif self._proxy and not self._url.startswith(b"/"):
            host = self._named() or b""
            if host.endswith(b":%d" % self._transport.get_extra_info("sockname")[1]):
                return None
        else:
            return None
        return host.decode("latin-1").removesuffix(":443")


def _head(response: Response, *, last: bool) -> bytes:
    """Write the head of an answer; `last` says whether it is the last one of its connection."""
    lines = [f"{name}: {value}\r\n" for name, value in response.headers.items()]
    if response.body and "Content-Type" not in response.headers:
        lines.append("Content-Type: application/json\r\n")
    if last:
        lines.append("Connection: close\r\n")
    start = _begun(response.status, int(time.time()))
    return f"{start}Content-Length: {len(response.body)}\r\n{''.join(lines)}\r\n".encode("latin-1")


@lru_cache(maxsize=64)
def _begun(status: int, second: int) -> str:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nDate: {formatdate(second, usegmt=True)}\r\n"
