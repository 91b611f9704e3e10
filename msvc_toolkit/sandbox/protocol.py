"""HTTP/1.1 on one connection: uvicorn's protocol, with bounds on what a client may cost and no doubt about its words."""

from __future__ import annotations

import asyncio
from itertools import chain
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

CONNECTIONS = 500
"""Connections at once; one more is closed unread. Ours: a TLS connection holds about half a megabyte of buffers."""
HEAD_LIMIT = 1 << 16
"""Bytes of a request's line and headers, as also of a chunk's frame or trailers. Ours: honest heads are below 4 KiB."""
PIPELINE = 16
"""Requests sent ahead of their answers. Ours: no Twilio client sends any."""
REQUEST_SECONDS = 30.0
"""Time for a request to arrive, and for the first one to begin. Ours: the SDKs give up after as long."""


class BoundedProtocol(HttpToolsProtocol):
    """Answers as uvicorn does; a client that goes beyond a bound, or whose request has two readings, is sent away."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's is
        """Begin, with a deadline."""
        super().connection_made(transport)
        self._unread = 0
        self._deadline = self.loop.call_later(REQUEST_SECONDS, transport.abort)
        if len(self.connections) > CONNECTIONS:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline too."""
        self._deadline.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read, unless what came is neither head nor body and has become too much to keep."""
        if self.transport.is_closing():
            return
        self._unread += len(data)
        super().data_received(data)
        if self._unread > HEAD_LIMIT:
            # Not closed with an answer: TLS would go on reading what has no end, in the hope of a farewell.
            self.transport.abort()

    def on_message_begin(self) -> None:
        """Give the request its time."""
        super().on_message_begin()
        self._deadline.cancel()
        self._deadline = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)

    def on_headers_complete(self) -> None:
        """Start an answer to a request that can be read in one way only.

        Raises:
            ValueError: It cannot; uvicorn's parser answers 400 and closes.
        """
        self._unread = 0
        if sum(map(len, chain.from_iterable(self.headers))) + len(self.url) > HEAD_LIMIT:
            raise ValueError("The head is too large")
        if not self.url.startswith(b"/") and not self._names_this_origin():
            raise ValueError("The request names two hosts, or none")
        if len(self.pipeline) >= PIPELINE:
            raise ValueError("Too many requests are sent ahead")
        self.scope["state"]["transport"] = self.transport  # for who must break the connection off
        super().on_headers_complete()
        # What comes after the body may not pass for a header: uvicorn would add it to those of the request.
        self.headers = []

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body."""
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Take the deadline away: what is left is ours to do."""
        self._unread = 0
        self._deadline.cancel()
        super().on_message_complete()

    def _names_this_origin(self) -> bool:
        """Tell whether an absolute URL names what the Host header names (RFC 9112, section 3.2.2)."""
        host: Any = next((value for name, value in self.headers if name == b"host"), b"")
        return self.url.lower().startswith(b"%s://%s/" % ((self.scheme or "").encode(), host.lower()))
