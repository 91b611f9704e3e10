"""The sandbox on a loopback port, for programs outside this process: the same handlers behind HTTP."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from shlex import quote

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.app import App
from msvc_toolkit.sandbox.handle import Handle, open_sandbox
from msvc_toolkit.sandbox.protocol import Connection, HttpProtocol

HOST = "127.0.0.1"
_STOP_SECONDS = 5
"""Time for requests under way when the server ends. Ours: an honest one takes milliseconds."""


def serve(
    *,
    port: int = 0,
    store: str | Path = ":memory:",
    scenario: str | None = None,
    seed: int | None = None,
    clock: str | None = None,
    messages: int | None = None,
    proxy: Path | None = None,
    strict: bool = False,
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
        strict: Refuse parameters that Twilio does not have.
        as_json: Print one JSON line when ready instead of words.

    Raises:
        SandboxError: The store or the folder cannot be used as asked, or the port is taken.
    """
    with closing(_listener(port)) as listener:
        make, ca_file = (HttpProtocol, None) if proxy is None else _proxy(proxy)
        handle = open_sandbox(store, scenario=scenario, seed_number=seed, clock=clock, messages=messages)
        handle.strict(on=strict)
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        ready = partial(_announce, handle, url, ca_file, as_json=as_json)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_run(handle, listener, make, ready))
        handle.api.store.close()


async def _run(
    handle: Handle,
    listener: socket.socket,
    make: Callable[[App, set[Connection]], Connection],
    ready: Callable[[], None],
) -> None:
    """Serve until a signal comes, then give the answers under way and end."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    connections: set[Connection] = set()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    server = await loop.create_server(partial(make, App(handle), connections), sock=listener, backlog=128)
    ready()
    await stop.wait()
    # In a thread and before all else, because the program that the courier waits for may wait for this loop.
    await asyncio.to_thread(handle.api.courier.stop)
    server.close()
    for connection in [*connections]:
        connection.shutdown()
    with suppress(TimeoutError):
        async with asyncio.timeout(_STOP_SECONDS):
            while connections:  # noqa: ASYNC110 - an event would have to be told of by every connection
                await asyncio.sleep(0.01)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Return what makes the loop: uvloop, which costs half as much, where there is one (not on Windows)."""
    with suppress(ImportError):
        make: Callable[[], asyncio.AbstractEventLoop] = import_module("uvloop").new_event_loop
        return make
    return asyncio.new_event_loop


def _proxy(folder: Path) -> tuple[Callable[[App, set[Connection]], Connection], Path]:
    # Both are needed here alone, and take longer to import than all the rest.
    from msvc_toolkit.sandbox.ca import tls_context  # noqa: PLC0415
    from msvc_toolkit.sandbox.proxy import ProxyProtocol  # noqa: PLC0415

    context, ca_file = tls_context(folder)
    return partial(ProxyProtocol, context=context), ca_file


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
