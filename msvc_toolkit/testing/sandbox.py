"""A sandbox for one test, which answers every twilio-python client of this process."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from functools import cache
from typing import Any, Self, Unpack
from unittest import mock

import requests
from twilio.base.client_base import ClientBase
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.rules import plurals
from msvc_toolkit.sandbox.client import SandboxHttpClient
from msvc_toolkit.sandbox.control.controller import Controller, StoreOptions, open_sandbox
from msvc_toolkit.sandbox.server.background import environment, serving

_PHONE = "+14155550123"


class TwilioSandbox(Controller):
    """A new sandbox in memory. In its ``with`` block it answers every twilio-python client of this process.

    There the SDK's own HTTP clients hand their requests to the sandbox, and ``TWILIO_ACCOUNT_SID``,
    ``TWILIO_AUTH_TOKEN``, ``TWILIO_API_KEY`` and ``TWILIO_API_SECRET`` are its made-up credentials; so ``Client()``
    needs no configuration, wherever the code under test builds it. All that ``conn.sandbox`` can do it can do, too:
    ``advance``, ``receive``, ``fault``, ``own``, ``handset``, ``why``, ``journal``.

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
        self._served: dict[str, str] | None = None

    def __enter__(self) -> Self:
        carrier = SandboxHttpClient(self.api)
        real_async = ClientBase.request_async

        def request(  # the SDK's signature
            client: Any,
            method: str,
            url: str,
            params: Mapping[str, Any] | None = None,
            data: Mapping[str, Any] | None = None,
            headers: Mapping[str, str] | None = None,
            auth: tuple[str, str] | None = None,
            timeout: float | None = None,
            allow_redirects: bool = False,
        ) -> Response:
            return carrier.request(method, url, params, data, headers, auth, timeout or client.timeout, allow_redirects)

        @cache
        def take_async() -> None:
            from twilio.http.async_http_client import AsyncTwilioHttpClient  # noqa: PLC0415 - see below

            self._open.enter_context(mock.patch.object(AsyncTwilioHttpClient, "request", _as_aiohttp(request)))

        async def request_async(client: Any, *args: Any, **more: Any) -> Any:
            take_async()  # only now, because the async client brings aiohttp, which takes as long as all the rest
            return await real_async(client, *args, **more)

        self._open.enter_context(mock.patch.dict(os.environ, environment(self), clear=True))
        self._open.enter_context(mock.patch.object(TwilioHttpClient, "request", request))
        self._open.enter_context(mock.patch.object(ClientBase, "request_async", request_async))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def account_sid(self) -> str:
        """The made-up account SID."""
        return self.credentials()[0]

    @property
    def auth_token(self) -> str:
        """The made-up auth token."""
        return self.credentials()[1]

    @property
    def number(self) -> str:
        """The account's first number that can text."""
        for address in self.reachable(_PHONE):
            return address
        raise SandboxError("The account has no number. Give it one with twilio_sandbox.own('+14155550100').")

    @property
    def url(self) -> str:
        """The sandbox's URL on loopback, for clients whose base URL can be changed. It is served from here on."""
        return self.env["MSVC_SANDBOX_URL"]

    @property
    def env(self) -> dict[str, str]:
        """The environment for another program whose requests to Twilio this sandbox answers."""
        if self._served is None:
            self._served = self._open.enter_context(serving(self))
        return dict(self._served)

    @property
    def sent(self) -> list[dict[str, Any]]:
        """The messages that were sent, oldest first, each as in `messages`; those refused with 400 were not sent."""
        refused = "SELECT sid FROM message WHERE outcome = 'failed' AND ended = date_created AND explicit = 1"
        left_out = {row["sid"] for row in self._store.all(refused)}
        return [
            one for one in reversed(self.messages(-1)) if one["direction"] != "inbound" and one["sid"] not in left_out
        ]

    def assert_sent(
        self, to: str | None = None, body: str | None = None, *, from_: str | None = None, count: int | None = None
    ) -> dict[str, Any]:
        """Assert that such a message was sent, and return the newest one.

        Args:
            to: Its recipient.
            body: A part of its text.
            from_: Its sender. A Messaging Service chooses it when the message leaves the queue: `advance` first.
            count: How many such messages there are; one or more when not given.

        Raises:
            AssertionError: There is no such message, or another number of them. It lists what was sent and refused.
        """
        __tracebackhide__ = True
        found = [
            message
            for message in self.sent
            if to in (None, message["to"]) and from_ in (None, message["from"]) and (body or "") in message["body"]
        ]
        if not found or count not in (None, len(found)):
            given = {"to": to, "from": from_, "body": body}
            wanted = ", ".join(f"{name} {value!r}" for name, value in given.items() if value is not None)
            raise AssertionError(
                f"{plurals.count(len(found), 'message')} like this {'was' if len(found) == 1 else 'were'} sent, not "
                f"{count or 'one or more'}: {wanted or 'any'}.\n{self._seen()}"
            )
        return found[-1]

    def assert_nothing_sent(self) -> None:
        """Assert that no message was sent."""
        __tracebackhide__ = True
        if self.sent:
            raise AssertionError(f"Messages were sent.\n{self._seen()}")

    def _seen(self) -> str:
        """List what was sent and what was refused."""
        lines = [f"{one['to']} from {one['from']}: {one['body']!r} ({one['status']})" for one in self.sent]
        lines += [
            f"refused with {entry['code']}: {entry['method']} {entry['path']} {dict(entry['params'])}"
            for entry in self.journal()
            if "code" in entry and entry["kind"] == "request"
        ]
        return "\n  ".join(["Sent and refused:", *(lines or ["nothing"])])


def _as_aiohttp(request: Callable[..., Response]) -> Callable[..., Awaitable[Response]]:
    """Let an injected fault raise what the SDK's async client would."""

    async def answered(*args: Any, **more: Any) -> Response:
        import aiohttp  # noqa: PLC0415 - see its caller

        try:
            return await asyncio.to_thread(request, *args, **more)
        except requests.Timeout as error:
            raise aiohttp.ServerTimeoutError(str(error)) from error
        except requests.RequestException as error:
            raise aiohttp.ServerDisconnectedError(str(error)) from error

    return answered
