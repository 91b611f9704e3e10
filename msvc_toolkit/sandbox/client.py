"""The way into the sandbox for the unmodified SDK: requests are answered in this process, none leaves it."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.api import Request, Sandbox
from msvc_toolkit.sandbox.handle import open_sandbox

_PRODUCTS = frozenset({"api", "messaging"})
"""First label of the hosts the sandbox stands in for; other products use the same paths for other things."""
_NO_REGION = {"TWILIO_REGION": ""}
"""Stands in for the environment, so that a region or edge set for the live account does not rewrite host names."""


class SandboxHttpClient(HttpClient):  # type: ignore[misc]  # the SDK is not typed
    """Hands the SDK's requests to the sandbox's own handlers; there is no socket on this way.

    Args:
        sandbox: Who answers.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(logger=logging.getLogger("msvc_toolkit.http"), is_async=False)
        self._sandbox = sandbox

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,  # noqa: ARG002 - the SDK's signature
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002
        allow_redirects: bool = False,  # noqa: ARG002
    ) -> Response:
        """Answer one request of the SDK.

        Raises:
            SandboxError: The request is not for Twilio, or for a product the sandbox does not emulate.
        """
        parts = urlsplit(uri)
        product, _, domain = (parts.hostname or "").partition(".")
        if not f".{domain}".endswith(".twilio.com"):
            raise SandboxError(f"The sandbox stands in for *.twilio.com and has no way to {parts.hostname}.")
        if product not in _PRODUCTS:
            raise SandboxError(f"The sandbox does not emulate {parts.hostname}; the live API has it.")
        answer = self._sandbox.handle(
            Request(
                method=method.upper(),
                path=unquote(parts.path),
                query=[*parse_qsl(parts.query, keep_blank_values=True), *_pairs(params)],
                form=_pairs(data),
                authorization=_basic(auth),
                origin=f"{parts.scheme}://{parts.netloc}",
            )
        )
        return Response(answer.status, answer.body.decode(), answer.headers)


def _pairs(values: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Write values as a form would: a list repeats its name."""
    pairs = []
    for name, value in (values or {}).items():
        items = value if isinstance(value, list | tuple) else [value]
        pairs += [(name, str(item)) for item in items if item is not None]
    return pairs


def _basic(auth: tuple[str, str] | None) -> str:
    return "Basic " + base64.b64encode(f"{auth[0]}:{auth[1]}".encode()).decode() if auth else ""


def connect_sandbox(
    store: str | Path, *, scenario: str | None = None, seed: int | None = None, clock: str | None = None
) -> Connection:
    """Connect to a sandbox in this process.

    Args:
        store: Its file, or ``":memory:"``.
        scenario: What a new store holds.
        seed: Where a new store's SIDs come from.
        clock: "real" or "manual".

    Raises:
        SandboxError: The store cannot be used as asked.
    """
    handle = open_sandbox(store, scenario=scenario, seed_number=seed, clock=clock)
    sid, token = handle.credentials()
    client = Client(sid, token, http_client=SandboxHttpClient(handle.api), environment=_NO_REGION)
    return Connection("SANDBOX", client, sid, sandbox=handle)
