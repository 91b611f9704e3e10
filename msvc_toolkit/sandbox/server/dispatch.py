"""Dispatches HTTP requests: checks their headers, then calls the backend or a control function."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache, partial
from ipaddress import ip_address
from urllib.parse import unquote

import httptools

from msvc_toolkit.sandbox.backend import Request
from msvc_toolkit.sandbox.control.controller import Controller
from msvc_toolkit.sandbox.control.endpoints import PREFIX, control
from msvc_toolkit.sandbox.rest.body import BODY_LIMIT, read_body, read_query
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.hosts import PRODUCTS, product
from msvc_toolkit.sandbox.rest.params import Pairs
from msvc_toolkit.sandbox.rest.responses import Response, refuse

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
_UNIQUE = frozenset(
    {b"authorization", b"content-length", b"content-type", b"host", b"origin", b"sec-fetch-site", b"transfer-encoding"}
)
_LOG = logging.getLogger("msvc_toolkit.sandbox")


@dataclass(slots=True)
class IncomingRequest:
    """One HTTP request, not yet interpreted."""

    method: str
    target: bytes  # path and query string, or the absolute URL
    headers: list[tuple[bytes, bytes]]  # names in lower case, and values
    body: bytes | None  # the body, None when it was too large
    tunnel: str | None  # the host that a tunnel was opened to, None outside a tunnel
    stays: bool  # whether the connection stays open after the answer
    answer: Callable[[Response], None]


class App:
    """Dispatches requests to the backend. Requests that arrive together share one commit, made before any is answered.

    Outside a tunnel, requests are refused if their Host is neither a loopback name nor one of `names`, or if a web page of
    another origin makes them: a page in the user's browser must not reach the sandbox by a name that
    resolves to it. In a tunnel the Host must be the one the tunnel was opened to, and it names the product.
    """

    def __init__(self, controller: Controller, names: frozenset[str] = frozenset()) -> None:
        self._controller = controller
        self._names = LOOPBACK | names
        self._arrived: list[tuple[IncomingRequest, Request]] = []

    def take(self, arrival: IncomingRequest) -> None:
        """Queue a request to be answered."""
        try:
            request = _read(arrival, self._names)
        except Refusal as refusal:
            arrival.answer(refuse(refusal))
            return
        if request.path.startswith(PREFIX) and request.document is None:
            # In a thread: advancing the clock calls webhooks, and their programs may send requests to this event loop.
            asked = request.query if request.method == "GET" else request.form
            done = asyncio.get_running_loop().run_in_executor(
                None, control, self._controller, request.method, request.path, asked
            )
            done.add_done_callback(partial(_controlled, arrival))
            return
        if not self._arrived:
            # Two turns of the loop later, so that requests that arrive meanwhile share the commit.
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.call_soon, self._answer)
        self._arrived.append((arrival, request))

    def _answer(self) -> None:
        """Answer the requests that have arrived since the last call."""
        arrived, self._arrived = self._arrived, []
        requests = [request for _, request in arrived]
        try:
            with self._controller.api.store.group_commit() if _any_writes(requests) else nullcontext():
                responses = [self._answered(request) for request in requests]
        except sqlite3.Error as error:  # locked for too long, or the disk is full
            responses = [_broken(error)] * len(arrived)
        for (arrival, _), response in zip(arrived, responses, strict=True):
            arrival.answer(response)

    def _answered(self, request: Request) -> Response:
        try:
            return self._controller.api.handle(request)
        except Exception as error:  # noqa: BLE001 - one failure must not fail the others
            return _broken(error)


def _any_writes(requests: list[Request]) -> bool:
    return any(request.method != "GET" for request in requests)


def _controlled(arrival: IncomingRequest, done: asyncio.Future[Response]) -> None:
    error = done.exception()
    arrival.answer(_broken(error) if error else done.result())


def _broken(error: BaseException) -> Response:
    """Answer 500 for an internal error, and log it."""
    _LOG.error("msvc sandbox: a request could not be answered.", exc_info=error)
    return refuse(Refusal(500, 20500, "Internal Server Error"))


def _read(arrival: IncomingRequest, names: frozenset[str]) -> Request:
    """Parse a request; raise Refusal if it is not for this sandbox, or cannot be parsed."""
    headers = _headers(arrival.headers)
    path, query = _target(arrival.target)
    origin = _origin(headers.get(b"host", b""), arrival.tunnel, path.startswith(PREFIX), names)
    if b"origin" in headers or b"sec-fetch-site" in headers:
        _refuse_other_pages(headers, origin, arrival.method)
    if arrival.body is None:
        raise Refusal(413, 20001, f"The body is larger than {BODY_LIMIT} bytes")
    form, document = read_body(arrival.body, headers.get(b"content-type", b"").decode("latin-1"))
    return Request(
        method=arrival.method,
        path=path,
        query=query,
        form=form,
        document=document,
        authorization=headers.get(b"authorization", b"").decode("latin-1"),
        origin=origin,
        version=headers.get(b"x-twilio-api-version", b"").decode("latin-1"),
    )


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Return a request's headers by name; raise Refusal if one is repeated that must be unique."""
    headers = dict(raw)
    if len(headers) < len(raw):
        names = [name for name, _ in raw]
        for name in _UNIQUE:
            if names.count(name) > 1:
                raise Refusal(400, 20001, f"The header {name.decode()} is repeated")
    return headers


@lru_cache(maxsize=1024)
def _target(target: bytes) -> tuple[str, Pairs]:
    """Return the path and the query's pairs, cached because programs repeat the same paths."""
    try:
        parts = httptools.parse_url(target)
        return unquote(parts.path.decode("ascii")), tuple(read_query(parts.query or b""))
    except (httptools.HttpParserInvalidURLError, UnicodeDecodeError) as error:
        raise Refusal(400, 20001, "The address cannot be read") from error


@lru_cache(maxsize=1024)
def _origin(host: bytes, tunnel: str | None, to_control: bool, names: frozenset[str]) -> str:
    """Return the scheme and host for absolute URLs in the answer; raise Refusal if the request is not for this sandbox."""
    named = host.decode("latin-1").lower()
    if tunnel is None:
        if _name(named) not in names and not (len(names) > len(LOOPBACK) and _is_address(_name(named))):
            raise Refusal(
                403,
                20003,
                "The sandbox answers on loopback names only; `msvc sandbox serve --host ... --name ...` adds others",
            )
        return f"http://{named}"
    if named.removesuffix(":443") != tunnel:
        raise Refusal(421, 20001, f"The tunnel leads to {tunnel}, and the header Host names another host")
    meant = product(_name(tunnel))
    if meant is None:
        raise Refusal(
            403,
            20003,
            f"The sandbox answers for *.twilio.com only, not for {tunnel}. "
            "Set NO_PROXY=localhost,127.0.0.1 where the proxy is set",
        )
    if meant not in PRODUCTS and not to_control:
        raise Refusal(404, 20404, f"The sandbox does not emulate {tunnel}; the live API has it")
    return f"https://{tunnel}"


def _refuse_other_pages(headers: dict[bytes, bytes], origin: str, method: str) -> None:
    """Refuse requests that a browser marks as made by a page of another origin (host or port).

    Following a link is allowed: it only reads, and the page with the link does not see the answer.

    Source: Fetch Metadata Request Headers (W3C), resource isolation policy (read 2026-11-23).
    """
    page, site = headers.get(b"origin"), headers.get(b"sec-fetch-site", b"none").lower()
    followed = method == "GET" and headers.get(b"sec-fetch-mode", b"").lower() == b"navigate"
    if (page is not None and page.decode("latin-1").lower() != origin) or not (
        site in (b"none", b"same-origin") or followed
    ):
        raise Refusal(403, 20003, "The sandbox answers no web page of another origin")


def _name(host: str) -> str:
    """Return a Host header's name, without its port."""
    return (host if host.endswith("]") else host.rpartition(":")[0] or host).lower()


def _is_address(name: str) -> bool:
    """Return whether a host is an IP address, which, unlike a name, no web page can make resolve to this machine."""
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
