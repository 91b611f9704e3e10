"""Proxy mode: answers in Twilio's place, for clients that use the sandbox as their HTTP proxy.

It shares the port of plain HTTP. ``CONNECT <product>.twilio.com:443`` opens a tunnel that ends in this process;
every other CONNECT is refused, so that the sandbox cannot be used to reach other hosts.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from http import HTTPStatus

import httptools

from msvc_toolkit.sandbox.rest.hosts import product
from msvc_toolkit.sandbox.server.dispatch import App
from msvc_toolkit.sandbox.server.protocol import ClientConnection, HttpProtocol

CONNECT_LIMIT = 1 << 13
"""Bytes of a CONNECT request. Ours: normal ones are below 1 KiB."""
CONNECT_SECONDS = 10.0
"""Time for a CONNECT to arrive, and again for the TLS handshake. Ours: on one machine both come at once."""
_CONNECT = b"CONNECT "
_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_LOG = logging.getLogger("msvc_toolkit.sandbox")


class ProxyProtocol(ClientConnection):
    """Reads the first bytes of a connection: CONNECT opens a TLS tunnel, anything else is plain HTTP."""

    def __init__(self, app: App, connections: set[ClientConnection], *, context: ssl.SSLContext) -> None:
        self._app, self._connections, self._context = app, connections, context
        self._loop = asyncio.get_running_loop()
        self._request = _Connect()
        self._received, self._read = b"", 0
        self._waiting_since = self._loop.time()
        self._tunnel: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # it is one of these
        """Start the deadline for the CONNECT request."""
        self._transport = transport
        self._deadline = self._loop.call_later(CONNECT_SECONDS, transport.abort)
        self._take_place()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Forget the connection."""
        self._deadline.cancel()
        self._connections.discard(self)

    def shutdown(self) -> None:
        """Close."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Decide by the first bytes whether this is a CONNECT or plain HTTP."""
        if self._transport.is_closing():
            return
        self._received += data
        if self._tunnel is not None or _CONNECT.startswith(self._received):
            return  # TLS bytes before the tunnel's own protocol is set, or too few bytes to decide
        if not self._received.startswith(_CONNECT):
            self._enter(self._transport)
            return
        if len(self._received) > CONNECT_LIMIT:
            self._refuse(400, "The CONNECT request is too large.")
            return
        new, self._read = self._received[self._read :], len(self._received)
        try:
            self._request.parser.feed_data(new)
        except httptools.HttpParserUpgrade as end:
            if end.args[0] < len(new):
                self._refuse(400, "Something was sent before the tunnel was open.")
            else:
                self._connect()
        except httptools.HttpParserError:
            self._refuse(400, "This is not a CONNECT request.")

    def _connect(self) -> None:
        target = self._request.target.decode("latin-1").lower()
        host, _, port = target.rpartition(":")
        if self._request.is_ambiguous({target, host}):
            self._refuse(400, "The CONNECT request can be read in two ways.")
        elif port != "443" or product(host) is None:
            _LOG.warning("msvc sandbox: refused a CONNECT to %r, which is not Twilio's API (US1).", target[:80])
            self._refuse(403, "The sandbox answers for *.twilio.com:443 (US1) only.")
        else:
            # The next bytes are TLS; they stay unread until TLS is set up.
            self._transport.pause_reading()
            self._transport.write(_ESTABLISHED)
            self._received = b""
            self._tunnel = self._loop.create_task(self._open(host))

    async def _open(self, host: str) -> None:
        """Start TLS and hand the decrypted connection to the HTTP protocol."""
        self._deadline.cancel()
        try:
            tls = await self._loop.start_tls(
                self._transport,
                self,
                self._context,
                server_side=True,
                ssl_handshake_timeout=CONNECT_SECONDS,
                ssl_shutdown_timeout=1.0,
            )
        except ssl.SSLError as error:
            warning = "msvc sandbox: TLS with a client of %s failed (%s). Has it been given the sandbox's CA file?"
            _LOG.warning(warning, host, error.reason)
            return
        except OSError:
            return  # the client went away, or took too long
        if tls is not None and not tls.is_closing():
            self._enter(tls, host)

    def _enter(self, transport: asyncio.Transport, host: str | None = None) -> None:
        """Hand the connection over to the HTTP protocol, with the bytes received so far."""
        self.connection_lost(None)
        inner = HttpProtocol(self._app, self._connections, host, proxy=True)
        transport.set_protocol(inner)
        inner.connection_made(transport)
        if self._received:
            inner.data_received(self._received)

    def _refuse(self, status: int, sentence: str) -> None:
        head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: text/plain\r\nConnection: close\r\n"
        self._transport.write(f"{head}Content-Length: {len(sentence)}\r\n\r\n{sentence}".encode())
        self._transport.close()


class _Connect:
    """A CONNECT request, filled in by httptools' parser."""

    def __init__(self) -> None:
        self.target = b""
        self.headers: list[tuple[str, str]] = []
        self.parser = httptools.HttpRequestParser(self)

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.decode("latin-1").lower(), value.decode("latin-1").lower()))

    def is_ambiguous(self, names: set[str]) -> bool:
        """Whether it announces a body, or a host other than its target."""
        hosts = [value for name, value in self.headers if name == "host"]
        body = any(name in ("content-length", "transfer-encoding") for name, _ in self.headers)
        return body or len(hosts) > 1 or not names.issuperset(hosts)
