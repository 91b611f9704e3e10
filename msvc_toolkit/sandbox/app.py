"""The sandbox behind ASGI: what a request's connection and headers say, and then the handlers."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from msvc_toolkit.sandbox.api import Request
from msvc_toolkit.sandbox.body import BODY_LIMIT, read_body, read_query
from msvc_toolkit.sandbox.control import PREFIX, control
from msvc_toolkit.sandbox.faults import Strike
from msvc_toolkit.sandbox.handle import Handle
from msvc_toolkit.sandbox.hosts import PRODUCTS, product
from msvc_toolkit.sandbox.refusal import Refusal
from msvc_toolkit.sandbox.wire import Response, refuse

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_LINGER_NOT = struct.pack("ii", 1, 0)
"""Makes the end of a connection a reset (RST) instead of a farewell."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
_UNIQUE = frozenset({b"authorization", b"content-length", b"content-type", b"host", b"transfer-encoding"})


class App:
    """An ASGI application that answers as Twilio would.

    On the plain face, requests whose Host is not a loopback name are refused, and so are requests that a web page of
    another origin makes: a page in the user's browser must not reach the sandbox by a name that leads here. On the
    proxy face the Host is the one the tunnel was opened to, and it tells the product.

    Args:
        handle: The sandbox.
    """

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._kept: asyncio.Future[None] | None = None

    async def __call__(
        self,
        scope: Message,
        receive: Receive,
        send: Send,
    ) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            response = await self._answer(scope, _headers(scope["headers"]), await _body(receive))
        except Refusal as refusal:
            response = refuse(refusal)
        except ConnectionError:
            return
        headers = {"content-length": str(len(response.body)), **response.headers}
        if response.body:
            headers.setdefault("Content-Type", "application/json")
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        start = {"type": "http.response.start", "status": response.status, "headers": raw}
        content = {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else response.body}
        if response.strike is not None:
            await _suffer(response.strike, start, content, scope["state"]["transport"], receive, send)
            return
        await send(start)
        await send(content)

    async def _answer(self, scope: Message, headers: dict[str, str], body: bytes) -> Response:
        origin = _origin(scope, headers)
        query = read_query(scope["query_string"])
        form, document = read_body(body, headers.get("content-type", ""))
        method, path = scope["method"], scope["path"]
        if path.startswith(PREFIX) and document is None:
            # In a thread: a step of the clock calls webhooks, and their programs may ask this very loop.
            return await asyncio.to_thread(control, self._handle, method, path, query if method == "GET" else form)
        return await self._gathered(
            Request(
                method=method,
                path=path,
                query=query,
                form=form,
                document=document,
                authorization=headers.get("authorization", ""),
                origin=origin,
                version=headers.get("x-twilio-api-version", ""),
            )
        )

    async def _gathered(self, request: Request) -> Response:
        """Answer a request; what those at hand write is kept by one commit, before any of them is answered."""
        api = self._handle.api
        if self._kept is None:
            if request.method == "GET":
                return api.handle(request)
            loop = asyncio.get_running_loop()
            api.store.gather()
            self._kept = loop.create_future()
            loop.call_soon(self._keep, self._kept)
        kept = self._kept
        response = api.handle(request)
        await kept
        return response

    def _keep(self, kept: asyncio.Future[None]) -> None:
        self._kept = None
        try:
            self._handle.api.store.keep()
        except Exception as error:  # noqa: BLE001 - it is raised for each of the requests that wait
            kept.set_exception(error)
        else:
            kept.set_result(None)


async def _suffer(
    strike: Strike, start: Message, content: Message, transport: asyncio.Transport, receive: Receive, send: Send
) -> None:
    """Let an answer come late, in part or not at all, as a fault has it."""
    if strike.seconds and await _gone(receive, strike.seconds):
        return
    cut = strike.kind == "truncated"
    if strike.kind == "reset":
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    if strike.silent or (cut and not content["body"]):  # what has no body cannot be cut
        transport.abort()
        await _gone(receive)
        return
    await send(start)
    if cut:
        await send({**content, "body": content["body"][: len(content["body"]) // 2], "more_body": True})
        transport.close()
        await _gone(receive)
        return
    await send(content)


async def _gone(receive: Receive, seconds: float | None = None) -> bool:
    """Wait until the client is gone, for so many seconds at most, and tell whether it is."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return a request's headers by name.

    Raises:
        Refusal: One that must be unique comes twice, so that two readers could take two meanings from it.
    """
    headers: dict[str, str] = {}
    for name, value in raw:
        if name in _UNIQUE and name.decode() in headers:
            raise Refusal(400, 20001, f"The header {name.decode()} comes twice")
        headers[name.decode("latin-1")] = value.decode("latin-1")
    return headers


def _origin(scope: Message, headers: dict[str, str]) -> str:
    """Return what absolute URLs in the answer begin with.

    Raises:
        Refusal: The request is not for this sandbox.
    """
    host = headers.get("host", "").lower()
    if _foreign(headers.get("origin")):
        raise Refusal(403, 20003, "The sandbox answers no web page of another origin")
    if scope["scheme"] == "http":
        if _name(host) not in _LOOPBACK:
            raise Refusal(403, 20003, "The sandbox answers on loopback names only")
        return f"http://{host}"
    name = scope["server"][0]
    if host.removesuffix(":443") != name:
        raise Refusal(421, 20001, f"The tunnel leads to {name}, and the header Host names another host")
    if product(name) not in PRODUCTS and not scope["path"].startswith(PREFIX):
        raise Refusal(404, 20404, f"The sandbox does not emulate {name}; the live API has it")
    return f"https://{name}"


async def _body(receive: Receive) -> bytes:
    """Return the request's body.

    Raises:
        Refusal: It is too large to be kept.
        ConnectionError: The client went away before it was complete, so nothing may be done.
    """
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        size += len(message.get("body", b""))
        if size <= BODY_LIMIT:
            chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    if size > BODY_LIMIT:
        raise Refusal(413, 20001, f"The body is larger than {BODY_LIMIT} bytes")
    return b"".join(chunks)


def _name(host: str) -> str:
    """Return a Host header's name, without its port."""
    return (host if host.endswith("]") else host.rpartition(":")[0] or host).lower()


def _foreign(origin: str | None) -> bool:
    return origin is not None and _name(origin.partition("://")[2]) not in _LOOPBACK
