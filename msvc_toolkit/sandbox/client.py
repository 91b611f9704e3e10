"""An HTTP client for the unmodified SDK, whose requests the backend in this process answers."""

from __future__ import annotations

import base64
import json
import logging
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Unpack
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from msvc_toolkit.connection import SandboxConnection
from msvc_toolkit.connection.answers import is_judging, judged, unknown
from msvc_toolkit.errors import SandboxError
from msvc_toolkit.private.secret import Secret
from msvc_toolkit.sandbox.backend import Backend, Request
from msvc_toolkit.sandbox.control.controller import StoreOptions, open_sandbox
from msvc_toolkit.sandbox.faults import AppliedFault
from msvc_toolkit.sandbox.rest.body import JSON, read_json
from msvc_toolkit.sandbox.rest.hosts import PRODUCTS

_NO_REGION = {"TWILIO_REGION": ""}
"""Replaces the environment, so that a region or edge set for the live account does not rewrite host names."""


class SandboxHttpClient(HttpClient):  # type: ignore[misc]  # the SDK is not typed
    """Passes the SDK's requests to the backend in this process, without a socket."""

    def __init__(self, sandbox: Backend) -> None:
        super().__init__(logger=logging.getLogger("msvc_toolkit.http"), is_async=False)
        self._sandbox = sandbox

    def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,  # noqa: ARG002 - the SDK's signature
    ) -> Response:
        """Answer one request of the SDK.

        Raises:
            requests.RequestException: A fault applies; the SDK's own HTTP client would raise the same.
            OutcomeUnknown: A fault applies to a write by one of this toolkit's functions.
            SandboxError: The request is not for Twilio, or for a product the sandbox does not emulate.
        """
        parts = urlsplit(uri)
        product, _, domain = (parts.hostname or "").partition(".")
        if not f".{domain}".endswith(".twilio.com"):
            raise SandboxError(f"The sandbox answers for *.twilio.com only, not for {parts.hostname}.")
        if product not in PRODUCTS:
            raise SandboxError(f"The sandbox does not emulate {parts.hostname}; the live API has it.")
        as_json = (headers or {}).get("Content-Type") == JSON
        request = Request(
            method=method.upper(),
            path=unquote(parts.path),
            query=[*parse_qsl(parts.query, keep_blank_values=True), *_pairs(params)],
            form=() if as_json else _pairs(data),
            document=read_json(json.dumps(data).encode()) if as_json else None,
            authorization=_basic(auth),
            origin=f"{parts.scheme}://{parts.netloc}",
            version=(headers or {}).get("X-Twilio-Api-Version", ""),
        )
        if request.method == "GET" or not is_judging():
            return self._carry(request, timeout)
        try:
            return judged(request.method, uri, self._carry(request, timeout))
        except requests.RequestException as error:
            raise unknown(request.method, uri, f"no answer ({type(error).__name__})") from None

    def _carry(self, request: Request, timeout: float | None) -> Response:
        try:
            answer = self._sandbox.handle(request)
        except sqlite3.OperationalError as error:  # locked for too long, or the disk is full
            raise SandboxError(
                f"The sandbox's store {self._sandbox.store.path} cannot be used ({error}); nothing was changed. Free some "
                "space, or wait for the other program."
            ) from error
        if answer.strike is not None:
            _suffer(answer.strike, timeout, has_body=bool(answer.body))
        is_file = answer.headers.get("Content-Type") == "application/gzip"  # the only kind of answer that is not text
        return Response(answer.status, answer.body if is_file else answer.body.decode(), answer.headers)


def _suffer(strike: AppliedFault, timeout: float | None, *, has_body: bool) -> None:
    """Raise the exception that `requests` would raise for a fault, after the latency; a timeout is raised at once."""
    if strike.kind == "timeout" or (timeout is not None and timeout < strike.seconds):
        raise requests.ReadTimeout("Read timed out.")
    time.sleep(strike.seconds)
    if strike.kind == "reset" or (strike.kind == "truncated" and not has_body):
        raise requests.ConnectionError("Connection aborted: connection reset by peer")
    if strike.kind == "truncated":
        raise requests.exceptions.ChunkedEncodingError("Connection broken: the body was incomplete")


def _pairs(values: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Write values as a form would: a list repeats its name."""
    pairs = []
    for name, value in (values or {}).items():
        items = value if isinstance(value, list | tuple) else [value]
        pairs += [(name, str(item)) for item in items if item is not None]
    return pairs


def _basic(auth: tuple[str, str] | None) -> str:
    return "Basic " + base64.b64encode(f"{auth[0]}:{auth[1]}".encode()).decode() if auth else ""


def connect_sandbox(store: str | Path, *, strict: bool = False, **options: Unpack[StoreOptions]) -> SandboxConnection:
    """Connect to a sandbox in this process; arguments and errors are those of `open_sandbox` and `Controller.strict`."""
    controller = open_sandbox(store, **options)
    controller.strict(on=strict)
    sid, token = controller.credentials()
    client = Client(sid, Secret(token), http_client=SandboxHttpClient(controller.api), environment=_NO_REGION)
    return SandboxConnection("SANDBOX", client, sid, sandbox=controller)
