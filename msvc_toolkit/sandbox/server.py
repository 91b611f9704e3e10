"""The sandbox on a loopback port, for programs outside this process: the same handlers behind ASGI."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from shlex import quote
from typing import cast

import uvicorn

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.app import App
from msvc_toolkit.sandbox.courier import Courier
from msvc_toolkit.sandbox.handle import Handle, open_sandbox
from msvc_toolkit.sandbox.protocol import BoundedProtocol

HOST = "127.0.0.1"
_STOP_SECONDS = 5
"""Time for requests under way when the server ends. Ours: an honest one takes milliseconds."""


class _Server(uvicorn.Server):
    """Leaves signals to `serve`, so that a stop is a clean end and not a signal raised again.

    Args:
        config: uvicorn's.
        courier: Who calls no more webhooks once the server ends.
    """

    def __init__(self, config: uvicorn.Config, courier: Courier) -> None:
        super().__init__(config)
        self._courier = courier

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Install nothing."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the courier first; in a thread, because the program it waits for may wait for this loop."""
        await asyncio.to_thread(self._courier.stop)
        await super().shutdown(sockets)


def serve(
    *,
    port: int = 0,
    store: str | Path = ":memory:",
    scenario: str | None = None,
    seed: int | None = None,
    clock: str | None = None,
    messages: int | None = None,
    proxy: Path | None = None,
    as_json: bool = False,
) -> None:
    """Serve the sandbox on loopback until SIGINT or SIGTERM.

    Args:
        port: The port; 0 takes a free one.
        store: The store's file, or ``":memory:"``.
        scenario: What a new store holds.
        seed: Where a new store's SIDs come from.
        clock: "real" or "manual".
        messages: How many messages scenario "busy" has.
        proxy: Also be a proxy that answers as Twilio, and keep its certificates in this folder.
        as_json: Print one JSON line when ready instead of words.

    Raises:
        SandboxError: The store or the folder cannot be used as asked, or the port is taken.
    """
    with closing(_listener(port)) as listener:
        protocol, ca_file = (BoundedProtocol, None) if proxy is None else _proxy(proxy)
        handle = open_sandbox(store, scenario=scenario, seed_number=seed, clock=clock, messages=messages)
        config = uvicorn.Config(
            App(handle),
            http=protocol,
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            proxy_headers=False,  # a header of the client's must not move its request to the other face
            timeout_graceful_shutdown=_STOP_SECONDS,
        )
        server = _Server(config, handle.api.courier)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: setattr(server, "should_exit", True))
        listener.listen(128)
        _announce(handle, f"http://{HOST}:{listener.getsockname()[1]}", ca_file, as_json=as_json)
        server.run(sockets=[listener])
        handle.api.store.close()


def _proxy(folder: Path) -> tuple[type[asyncio.Protocol], Path]:
    # Both are needed here alone, and take longer to import than all the rest.
    from msvc_toolkit.sandbox.ca import tls_context  # noqa: PLC0415
    from msvc_toolkit.sandbox.proxy import ProxyProtocol  # noqa: PLC0415

    context, ca_file = tls_context(folder)
    # uvicorn asks for a class and only ever calls it.
    return cast("type[asyncio.Protocol]", partial(ProxyProtocol, context=context)), ca_file


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


def _announce(handle: Handle, url: str, ca_file: Path | None, *, as_json: bool) -> None:
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
        if ca_file is not None:
            ready |= {"proxy_url": url, "ca_file": str(ca_file)}
        print(json.dumps(ready), flush=True)  # noqa: T201 - the contract: one line on stdout
        return
    print(url, flush=True)  # noqa: T201 - data on stdout
    words = (
        f"Sandbox of Twilio's messaging API, scenario {handle.scenario!r}, {handle.clock} clock, store "
        f"{handle.store_path}.\nThese made-up credentials open nothing but this sandbox:\n"
        f"  TWILIO_ACCOUNT_SID={sid}\n  TWILIO_AUTH_TOKEN={token}\n"
    )
    if ca_file is not None:
        ca = quote(str(ca_file))
        words += (
            "A program that sends to *.twilio.com gets here unchanged, with these in its environment:\n"
            f"  Python             HTTPS_PROXY={url} REQUESTS_CA_BUNDLE={ca}\n"
            f"  Node, twilio-cli   HTTP_PROXY={url} NODE_EXTRA_CA_CERTS={ca}\n"
            f"  curl               curl --proxy {url} --cacert {ca} https://api.twilio.com/...\n"
            "NO_PROXY must not name twilio.com. The CA file is for these programs; do not add it to a system's store.\n"
        )
    words += "Stop it with Ctrl-C."
    print(words, file=sys.stderr, flush=True)  # noqa: T201 - words on stderr
