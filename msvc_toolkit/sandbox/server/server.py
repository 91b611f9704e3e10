"""The sandbox on a port, for programs outside this process."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import partial
from importlib import import_module
from ipaddress import ip_address
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Unpack

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.control.controller import Controller, StoreOptions, open_sandbox
from msvc_toolkit.sandbox.server.dispatch import App
from msvc_toolkit.sandbox.server.protocol import ClientConnection, HttpProtocol

if TYPE_CHECKING:
    from msvc_toolkit.sandbox.server.certificates import Trust

HOST = "127.0.0.1"
_ANY = ("0.0.0.0", "::")  # noqa: S104 - what to show for them, not what to listen on
_LOG = logging.getLogger("msvc_toolkit.sandbox")
_OPEN = "msvc sandbox: listening on %s. Whatever reaches this address can use the sandbox and its control addresses."
_BASE_URL = """\
Change the base URLs of your program's client, and leave TWILIO_EDGE and TWILIO_REGION unset:
  Python   client.api.base_url = client.messaging.base_url = "{url}"
  Node     client.api.baseUrl = client.messaging.baseUrl = "{url}"
  curl     curl -u "$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN" {url}/2010-04-01/Accounts.json
The same goes for client.bulkexports, client.content and client.trusthub. A program that cannot be changed needs --proxy or --tls.
"""
_PROXY = """\
A program that sends to *.twilio.com gets here unchanged, with these in its environment:
  all                 NO_PROXY=localhost,127.0.0.1
  Python (requests)   HTTPS_PROXY={url} REQUESTS_CA_BUNDLE={bundle}
  httpx, urllib, Go   HTTPS_PROXY={url} SSL_CERT_FILE={bundle}
  Node (twilio), CLI  HTTP_PROXY={url} NODE_EXTRA_CA_CERTS={ca}
  Node 24 (fetch)     NODE_USE_ENV_PROXY=1 HTTPS_PROXY={url} NODE_EXTRA_CA_CERTS={ca}
  curl, wget          HTTPS_PROXY={url} CURL_CA_BUNDLE={bundle}   (wget: --ca-certificate={bundle})
  Ruby                HTTPS_PROXY={url} SSL_CERT_FILE={bundle}
  PHP                 HTTPS_PROXY={url} php -d curl.cainfo={bundle} -d openssl.cafile={bundle}
  Java                -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort={port} -Djavax.net.ssl.trustStore=FILE
                      -Djavax.net.ssl.trustStorePassword=changeit
                      (FILE: keytool -importcert -noprompt -alias msvc -file {ca} -keystore FILE -storepass changeit)
twilio-python's async client reads no proxy: change its base URLs. NO_PROXY must not name twilio.com.
The CA files are for these programs alone; do not add them to a system's store.
"""
_TLS = """\
It answers as the Twilio host that a client names. Lead the names here, and have the client trust the CA:
  curl        curl --connect-to ::127.0.0.1:{port} --cacert {ca} https://api.twilio.com/2010-04-01/Accounts.json
  hosts file  127.0.0.1 api.twilio.com messaging.twilio.com   (with --port 443)
  containers  extra_hosts or a network alias for the same names, and SSL_CERT_FILE or REQUESTS_CA_BUNDLE={bundle}
The CA files are for these programs alone; do not add them to a system's store.
"""
_STOP_SECONDS = 5
"""Time for requests in progress when the server ends. Ours: a normal one takes milliseconds."""


def serve(
    *,
    port: int = 0,
    store: str | Path = ":memory:",
    host: str = HOST,
    names: Sequence[str] = (),
    proxy: Path | None = None,
    tls: Path | None = None,
    strict: bool = False,
    as_json: bool = False,
    **options: Unpack[StoreOptions],
) -> None:
    """Serve the sandbox until SIGINT or SIGTERM, on loopback unless another host is named.

    Args:
        port: The port; 0 takes a free one.
        store: The store's file, or ``":memory:"``.
        host: The address to listen on.
        names: Host names that programs elsewhere use to reach it, such as ``host.docker.internal``.
        proxy: Folder for certificates; when given, also be a proxy that answers in Twilio's place.
        tls: Folder for certificates; when given, use TLS and answer as the Twilio host that a client names.
        strict: Refuse parameters that Twilio does not have.
        as_json: Print a line of JSON when ready instead of words.
        **options: Options of a new store, see `open_sandbox`.

    Raises:
        SandboxError: The store or the folder cannot be used as asked, or the port is taken.
    """
    with closing(listener_on(host, port)) as listener:
        make: Callable[[App, set[ClientConnection]], ClientConnection] = HttpProtocol
        context, trust = None, None
        if folder := proxy or tls:
            # Both are used only here, and take longer to import than everything else.
            from msvc_toolkit.sandbox.server.certificates import tls_context  # noqa: PLC0415
            from msvc_toolkit.sandbox.server.proxy import ProxyProtocol  # noqa: PLC0415

            made, trust = tls_context(folder)
            context = made if tls else None
            make = partial(HttpProtocol, tls=True) if tls else partial(ProxyProtocol, context=made)
        controller = open_sandbox(store, **options)
        controller.strict(on=strict)
        shown = next((name for name in names), HOST if host in _ANY else host)
        url = f"{'https' if tls else 'http'}://{shown}:{listener.getsockname()[1]}"

        def ready(stop: Callable[[], object]) -> None:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: stop())
            _announce(controller, url, trust, proxy=proxy is not None, as_json=as_json)

        if not ip_address(host).is_loopback:
            _LOG.warning(_OPEN, host)
        app = App(controller, frozenset() if ip_address(host).is_loopback and not names else frozenset({host, *names}))
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(run(app, controller, listener, make, ready, context))
        controller.api.store.close()


async def run(
    app: App,
    controller: Controller,
    listener: socket.socket,
    make: Callable[[App, set[ClientConnection]], ClientConnection],
    ready: Callable[[Callable[[], object]], object],
    context: ssl.SSLContext | None = None,
) -> None:
    """Serve until the function that `ready` gets is called; then finish the answers in progress and stop."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    connections: set[ClientConnection] = set()
    server = await loop.create_server(partial(make, app, connections), sock=listener, backlog=128, ssl=context)
    ready(partial(loop.call_soon_threadsafe, stop.set))
    await stop.wait()
    # First, and in a thread: a webhook call may wait for a program that itself waits for this loop.
    await asyncio.to_thread(controller.api.webhooks.stop)
    server.close()
    for connection in [*connections]:
        connection.shutdown()
    with suppress(TimeoutError):
        async with asyncio.timeout(_STOP_SECONDS):
            while connections:  # noqa: ASYNC110 - an event would need a callback from every connection
                await asyncio.sleep(0.01)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Return the factory of the event loop: uvloop, which needs half the CPU, except on Windows."""
    with suppress(ImportError):
        make: Callable[[], asyncio.AbstractEventLoop] = import_module("uvloop").new_event_loop
        return make
    return asyncio.new_event_loop


def listener_on(host: str, port: int) -> socket.socket:
    """Bind a port, 0 for a free one; raise SandboxError if that fails."""
    try:
        family = socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET  # noqa: PLR2004 - IPv6
    except ValueError:
        raise SandboxError(f"--host takes an address to listen on, such as 0.0.0.0, not {host!r}.") from None
    # The protocol is given as TCP; otherwise asyncio leaves Nagle's algorithm on, and every answer waits for an ACK.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SandboxError(
            f"Port {port} on {host} cannot be used ({error.strerror}). Leave --port out to take a free one."
        ) from error
    return listener


def _announce(controller: Controller, url: str, trust: Trust | None, *, proxy: bool, as_json: bool) -> None:
    sid, token = controller.credentials()
    key, secret = controller.api_key()
    if as_json:
        ready = {
            "url": url,
            "account_sid": sid,
            "auth_token": token,
            "api_key": key,
            "api_secret": secret,
            "scenario": controller.scenario,
            "clock": controller.clock,
            "store": controller.store_path,
        }
        if trust is not None:
            ready |= {"ca_file": str(trust.ca_file), "ca_bundle": str(trust.bundle)}
        if proxy:
            ready |= {"proxy_url": url}
        print(json.dumps(ready), flush=True)  # noqa: T201 - the contract: one line on stdout
        return
    print(url, flush=True)  # noqa: T201 - data on stdout
    text = (
        f"Sandbox of Twilio's messaging API, scenario {controller.scenario!r}, {controller.clock} clock, store "
        f"{controller.store_path}.\nThese made-up credentials open nothing but this sandbox:\n"
        f"  TWILIO_ACCOUNT_SID={sid}\n  TWILIO_AUTH_TOKEN={token}\n"
    )
    if trust is None:
        text += _BASE_URL.format(url=url)
    else:
        ca, bundle, port = quote(str(trust.ca_file)), quote(str(trust.bundle)), url.rpartition(":")[2]
        text += (_PROXY if proxy else _TLS).format(url=url, port=port, ca=ca, bundle=bundle)
    print(f"{text}Stop it with Ctrl-C.", file=sys.stderr, flush=True)  # noqa: T201 - words on stderr
