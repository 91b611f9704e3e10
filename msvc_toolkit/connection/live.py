"""Sends requests to Twilio: always with a timeout, retries of reads only, writes only if the guard allows them."""

from __future__ import annotations

import base64
import logging
import os
import ssl
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from twilio.http import HttpClient
from twilio.http.response import Response
from urllib3.exceptions import NewConnectionError

from msvc_toolkit.connection.answers import judged, unknown
from msvc_toolkit.connection.guard import Guard
from msvc_toolkit.connection.patience import ATTEMPTS, patient
from msvc_toolkit.errors import Unreachable
from msvc_toolkit.rules import addresses

CONCURRENCY = 8
"""Requests at once; a long pull may use up to three times as many. Twilio limits them per account but publishes no figure; third
parties name 100."""
TIMEOUT_SECONDS = 30.0
_AT_ONCE = 1 << 20
_QUIET = logging.getLogger("msvc_toolkit.http")  # the SDK logs URLs, and those can hold phone numbers
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False


class _WithoutQuery(logging.Filter):
    """Removes the query of requests to Twilio from urllib3's debug log: it can hold phone numbers."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple) and any("twilio.com" in str(part) for part in record.args):
            record.args = tuple(
                addresses.mask_in(part.partition("?")[0]) if isinstance(part, str) else part for part in record.args
            )
        return True


logging.getLogger("urllib3.connectionpool").addFilter(_WithoutQuery())


def _never_left(error: requests.RequestException) -> bool:
    """Return whether no connection was made, so that nothing can have been carried out."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    # A reset after the request was sent through a proxy is a ProxyError too; only its cause shows the difference.
    below = [reason, getattr(reason, "original_error", None), *getattr(reason, "args", ())]
    return any(isinstance(cause, NewConnectionError | ssl.SSLCertVerificationError) for cause in below)


class _Answer(requests.Response):
    """An answer whose body is read a megabyte at a time; ten kilobytes, as requests does, is slower for long pages."""

    def iter_content(self, chunk_size: int | None = 1, decode_unicode: bool = False) -> Iterator[Any]:
        return super().iter_content(max(chunk_size or 0, _AT_ONCE), decode_unicode)


class _Adapter(HTTPAdapter):
    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        answer = super().build_response(req, resp)
        answer.__class__ = _Answer
        return answer


class LiveHttpClient(HttpClient):  # type: ignore[misc]  # the SDK is not typed
    """Sends the SDK's requests to Twilio: always with a timeout, retries of reads only, each checked by the guard.

    Exactly the request that the guard has checked is sent. `patience` repeats reads; redirects are not followed.
    """

    def __init__(self, guard: Guard) -> None:
        super().__init__(logger=_QUIET, is_async=False, timeout=TIMEOUT_SECONDS)
        self._guard = guard
        self.writes = 0
        self.session, self._process = _session(), os.getpid()

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
        """Send one request.

        Raises:
            InvalidInput: The guard stopped a read to an address that is not Twilio's.
            WritesNotArmed: The guard stopped a write.
            Unreachable: A read got no answer, after all tries, or a write never left this machine.
            OutcomeUnknown: A write got no readable answer from Twilio: it may have happened.
        """
        method = method.upper()
        request = self._guard.check(method, uri, data, params=params, headers=headers)

        def once() -> Response:
            return self._send(request, auth, timeout or TIMEOUT_SECONDS)

        try:
            if method != "GET":
                self.writes += 1
                return judged(method, uri, once())
            return patient(once)
        except requests.RequestException as error:
            host, kind = urlsplit(str(request.url)).hostname, type(error).__name__
            if method == "GET":
                raise Unreachable(
                    f"{host} gave no answer after {ATTEMPTS} tries ({kind}). Check the network, then try again; "
                    "nothing was changed."
                ) from None
            if _never_left(error):
                self._guard.give_back(request)
                raise Unreachable(f"{host} cannot be reached ({kind}). Nothing was sent; check the network.") from None
            raise unknown(method, uri, f"no answer ({kind})") from None

    def _send(self, checked: requests.PreparedRequest, auth: tuple[str, str] | None, timeout: float) -> Response:
        """Send a request that the guard has checked, with the credentials."""
        if self._process != os.getpid():  # forked: two processes on one TLS connection break it, or swap their answers
            self.session, self._process = _session(), os.getpid()
        request = checked.copy()
        if auth:
            request.headers["Authorization"] = _basic(*auth)
        settings = self.session.merge_environment_settings(request.url, {}, None, None, None)
        try:
            answer = self.session.send(request, allow_redirects=False, timeout=timeout, **settings)
            return Response(answer.status_code, answer.text, answer.headers)
        except BaseException as error:  # noqa: BLE001 - it is raised again
            # The frames of requests, urllib3 and http.client hold the credentials in their variables.
            error.__context__ = error.__cause__ = None
            raise error.with_traceback(None) from None


def _session() -> requests.Session:
    session = requests.Session()
    session.adapters.clear()
    session.mount("https://", _Adapter(pool_maxsize=3 * CONCURRENCY))
    return session


def _basic(user: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()
