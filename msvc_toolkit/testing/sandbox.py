"""A sandbox for one test, which answers every twilio-python client of this process."""

from __future__ import annotations

import asyncio
import os
from contextlib import ExitStack
from functools import cache, cached_property
from typing import Any, Self, Unpack
from unittest import mock

import requests
from twilio.base.client_base import ClientBase
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.rules.plurals import count as counted
from msvc_toolkit.sandbox.client import SandboxHttpClient
from msvc_toolkit.sandbox.control.controller import Controller, StoreOptions, open_sandbox
from msvc_toolkit.sandbox.server.background import environment, serving

_PHONE = "+14155550123"


class TwilioSandbox(Controller):
    """A new sandbox in memory. In its ``with`` block it answers every twilio-python client of this process.

    In the block the SDK's own HTTP clients pass their requests to it, and the environment has its made-up credentials, so
    ``Client()`` needs no configuration. It can do all that ``conn.sandbox`` can: ``advance``, ``receive``, ``fault``...

    Args:
        strict: Refuse parameters that Twilio does not have.
        **options: As of `open_sandbox`: ``scenario`` ("starter"), ``seed`` (7; the same seed gives the same SIDs) and
            ``clock`` ("manual": time moves only by ``advance``).

    Raises:
        SandboxError: There is no such scenario or clock.
    """

    def __init__(self, *, strict: bool = False, **options: Unpack[StoreOptions]) -> None:
        made: StoreOptions = {"clock": "manual", **options}
        super().__init__(open_sandbox(":memory:", **made).api)
        self.strict(on=strict)
        self._open = ExitStack()
        self._open.callback(self.api.store.close)

    def __enter__(self) -> Self:
        carrier, real_async = SandboxHttpClient(self.api), ClientBase.request_async

        def request(client: Any, method: str, url: str, *args: Any, **more: Any) -> Response:
            if "timeout" in more:
                more["timeout"] = more["timeout"] or client.timeout
            return carrier.request(method, url, *args, **more)

        @cache
        def take_async() -> None:
            import aiohttp  # noqa: PLC0415 - takes as long as all the rest
            from twilio.http.async_http_client import AsyncTwilioHttpClient  # noqa: PLC0415 - brings it too

            async def answer(*args: Any, **more: Any) -> Response:
                try:
                    return await asyncio.to_thread(request, *args, **more)
                except requests.Timeout as error:  # an injected fault, as this client would see it
                    raise aiohttp.ServerTimeoutError(str(error)) from error
                except requests.RequestException as error:
                    raise aiohttp.ServerDisconnectedError(str(error)) from error

            self._open.enter_context(mock.patch.object(AsyncTwilioHttpClient, "request", answer))

        async def request_async(client: Any, *args: Any, **more: Any) -> Any:
            take_async()
            return await real_async(client, *args, **more)

        self._open.enter_context(mock.patch.dict(os.environ, environment(self), clear=True))
        self._open.enter_context(mock.patch.object(TwilioHttpClient, "request", request))
        self._open.enter_context(mock.patch.object(ClientBase, "request_async", request_async))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def auth_token(self) -> str:
        """The made-up auth token of `account_sid`."""
        return self.credentials()[1]

    @property
    def number(self) -> str:
        """The account's first number that can text."""
        for address in self.reachable(_PHONE):
            return address
        raise SandboxError("The account has no number. Give it one with twilio_sandbox.own('+14155550100').")

    @cached_property
    def env(self) -> dict[str, str]:
        """The environment for another program whose requests to Twilio this sandbox answers, on loopback from now on."""
        return self._open.enter_context(serving(self))

    @property
    def url(self) -> str:
        """The URL of the sandbox on loopback, for clients whose base URL can be changed."""
        return self.env["MSVC_SANDBOX_URL"]

    @property
    def sent(self) -> list[dict[str, Any]]:
        """The messages that were sent, oldest first, each as in `messages`; those refused with 400 were not sent."""
        refused = "SELECT sid FROM message WHERE outcome = 'failed' AND ended = date_created AND explicit = 1"
        left_out = {row["sid"] for row in self._store.all(refused)}
        outbound = [one for one in reversed(self.messages(-1)) if one["direction"] != "inbound"]
        return [message for message in outbound if message["sid"] not in left_out]

    def assert_sent(
        self, to: str | None = None, body: str | None = None, *, from_: str | None = None, count: int | None = None
    ) -> dict[str, Any]:
        """Assert that such a message was sent, and return the newest one.

        Args:
            to: Its recipient.
            body: A part of its text.
            from_: Its sender. A Messaging Service chooses it when the message leaves the queue, so call `advance` first.
            count: How many such messages there are; one or more when not given.

        Raises:
            AssertionError: There is no such message, or another number of them. It lists what was sent and refused.
        """
        __tracebackhide__ = True
        given = {"to": to, "from": from_, "body": body}
        wanted = {name: value for name, value in given.items() if value is not None}
        found = self.sent
        for name, value in wanted.items():
            found = [one for one in found if one[name] == value or (name == "body" and value in one[name])]
        if found and count in (None, len(found)):
            return found[-1]
        seen = [f"sent: to {one['to']} from {one['from']}, {one['body']!r}, {one['status']}" for one in self.sent]
        refused = [entry for entry in self.journal() if entry["kind"] == "request" and "code" in entry]
        seen += [f"refused with {one['code']}: {one['method']} {one['path']} {dict(one['params'])}" for one in refused]
        first = f"{counted(len(found), 'message')} with {wanted}, not {count or 'one or more'}. What there was:"
        raise AssertionError("\n  ".join([first, *seen]))
