"""The sandbox on a port, served by a thread, and the environment variables for programs that use it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING

from msvc_toolkit.sandbox.control.controller import Controller
from msvc_toolkit.sandbox.server.dispatch import App

if TYPE_CHECKING:
    from msvc_toolkit.sandbox.server.certificates import Trust

_START_SECONDS = 30
"""Time for the port to open. Ours: it takes milliseconds on a machine that is not busy."""


def environment(controller: Controller) -> dict[str, str]:
    """Return this process's environment with the sandbox's made-up credentials, and without Twilio's region or edge."""
    names = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_KEY", "TWILIO_API_SECRET")
    given = zip(names, (*controller.credentials(), *controller.api_key()), strict=True)
    kept = {name: value for name, value in os.environ.items() if name not in ("TWILIO_REGION", "TWILIO_EDGE")}
    return {**kept, **dict(given)}


@contextmanager
def serving(controller: Controller) -> Iterator[dict[str, str]]:
    """Serve on a free port of loopback, and yield an environment in which requests to Twilio's hosts go there.

    ``MSVC_SANDBOX_URL`` is the URL. The others are the usual variables for a proxy and for trusting its
    certificates. All end with the block.
    """
    # These take longer to import than all the rest.
    from msvc_toolkit.sandbox.server.certificates import tls_context  # noqa: PLC0415
    from msvc_toolkit.sandbox.server.proxy import ProxyProtocol  # noqa: PLC0415
    from msvc_toolkit.sandbox.server.server import HOST, listener_on, loop_factory, run  # noqa: PLC0415

    with TemporaryDirectory(prefix="msvc-sandbox-") as folder, closing(listener_on(HOST, 0)) as listener:
        context, trust = tls_context(Path(folder))
        ready: Future[Callable[[], object]] = Future()
        make = partial(ProxyProtocol, context=context)

        def serve() -> None:
            with asyncio.Runner(loop_factory=loop_factory()) as runner:
                runner.run(run(App(controller), controller, listener, make, ready.set_result))

        thread = Thread(target=serve, daemon=True)
        thread.start()
        stop = ready.result(_START_SECONDS)
        try:
            url = f"http://{HOST}:{listener.getsockname()[1]}"
            yield {**environment(controller), **_led(url, trust)}
        finally:
            stop()
            thread.join()


def _led(url: str, trust: Trust) -> dict[str, str]:
    """Return the variables that send a program to the proxy; each HTTP client reads some of them, see `server`."""
    others = [name.strip(" *.") for name in os.environ.get("NO_PROXY", os.environ.get("no_proxy", "")).split(",")]
    # A NO_PROXY entry that covers Twilio's hosts, such as *, would bypass the sandbox.
    direct = [name for name in others if not f".{name}".endswith(".twilio.com") and not "twilio.com".endswith(name)]
    shared = {
        url: ("MSVC_SANDBOX_URL", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"),
        ",".join(["localhost", "127.0.0.1", *direct]): ("NO_PROXY", "no_proxy"),
        str(trust.bundle): ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"),
        str(trust.ca_file): ("NODE_EXTRA_CA_CERTS",),
        "1": ("NODE_USE_ENV_PROXY",),
    }
    return {name: value for value, names in shared.items() for name in names}
