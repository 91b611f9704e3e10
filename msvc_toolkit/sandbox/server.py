"""The sandbox on a loopback port, for programs outside this process: the same handlers behind ASGI."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.api import BODY_LIMIT, Request, read_body, read_query
from msvc_toolkit.sandbox.control import PREFIX, control
from msvc_toolkit.sandbox.handle import Handle, open_sandbox
from msvc_toolkit.sandbox.refusal import Refusal
from msvc_toolkit.sandbox.wire import Response, refuse

Message = MutableMapping[str, Any]
HOST = "127.0.0.1"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


class App:
    """An ASGI application that answers as Twilio would.

    Requests whose Host is not a loopback name are refused, and so are requests that a web page of another origin
    makes: a page in the user's browser must not reach the sandbox by a name that leads here.

    Args:
        handle: The sandbox.
    """

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            response = self._answer(scope, headers, await _body(receive))
        except Refusal as refusal:
            response = refuse(refusal)
        except ConnectionError:
            return
        raw = [(b"content-length", str(len(response.body)).encode())]
        if response.body:
            raw.append((b"content-type", b"application/json"))
        raw += [(name.encode(), value.encode()) for name, value in response.headers.items()]
        await send({"type": "http.response.start", "status": response.status, "headers": raw})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else response.body})

    def _answer(self, scope: Message, headers: dict[str, str], body: bytes) -> Response:
        host = headers.get("host", "")
        if _name(host) not in _LOOPBACK or _foreign(headers.get("origin")):
            return refuse(Refusal(403, 20003, "The sandbox answers on loopback names only"))
        query = read_query(scope["query_string"])
        form = read_body(body, headers.get("content-type", ""))
        method, path = scope["method"], scope["path"]
        if path.startswith(PREFIX):
            return control(self._handle, method, path, form)
        return self._handle.api.handle(
            Request(
                method=method,
                path=path,
                query=query,
                form=form,
                authorization=headers.get("authorization", ""),
                origin=f"http://{host}",
            )
        )


async def _body(receive: Callable[[], Awaitable[Message]]) -> bytes:
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


class _Server(uvicorn.Server):
    """Leaves signals to `serve`, so that a stop is a clean end and not a signal raised again."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Install nothing."""
        yield


def serve(
    *,
    port: int = 0,
    store: str | Path = ":memory:",
    scenario: str | None = None,
    seed: int | None = None,
    clock: str | None = None,
    as_json: bool = False,
) -> None:
    """Serve the sandbox on loopback until SIGINT or SIGTERM.

    Args:
        port: The port; 0 takes a free one.
        store: The store's file, or ``":memory:"``.
        scenario: What a new store holds.
        seed: Where a new store's SIDs come from.
        clock: "real" or "manual".
        as_json: Print one JSON line when ready instead of words.

    Raises:
        SandboxError: The store cannot be used as asked, or the port is taken.
    """
    with closing(_listener(port)) as listener:
        handle = open_sandbox(store, scenario=scenario, seed_number=seed, clock=clock)
        server = _Server(uvicorn.Config(App(handle), log_level="warning", access_log=False, lifespan="off", ws="none"))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: setattr(server, "should_exit", True))
        listener.listen(128)
        _announce(handle, f"http://{HOST}:{listener.getsockname()[1]}", as_json=as_json)
        asyncio.run(server.serve(sockets=[listener]))
        handle.api.store.close()


def _listener(port: int) -> socket.socket:
    # Named TCP, or asyncio leaves Nagle's algorithm on and every answer waits for an acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise SandboxError(
            f"Port {port} on {HOST} cannot be used ({error.strerror}). Leave --port out to take a free one."
        ) from error
    return listener


def _announce(handle: Handle, url: str, *, as_json: bool) -> None:
    sid, token = handle.credentials()
    key, secret = handle.api_key()
    if as_json:
        ready = {
            "url": url,
            "account_sid": sid,
            "auth_token": token,
            "api_key": key,
            "api_secret": secret,
            "scenario": handle.scenario,
            "clock": handle.clock,
            "store": handle.store_path,
        }
        print(json.dumps(ready), flush=True)  # noqa: T201 - the contract: one line on stdout
        return
    print(url, flush=True)  # noqa: T201 - data on stdout
    words = (
        f"Sandbox of Twilio's messaging API, scenario {handle.scenario!r}, {handle.clock} clock, store "
        f"{handle.store_path}.\nThese made-up credentials open nothing but this sandbox:\n"
        f"  TWILIO_ACCOUNT_SID={sid}\n  TWILIO_AUTH_TOKEN={token}\nStop it with Ctrl-C."
    )
    print(words, file=sys.stderr, flush=True)  # noqa: T201 - words on stderr
