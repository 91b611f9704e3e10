"""One HTTP request to a webhook. Its URL is parsed once, and the connection goes to the IP address that was checked.

`requests` is not used: it parses the URL and resolves the name a second time, and its timeout restarts with every byte.
"""

from __future__ import annotations

import base64
import http.client
import ipaddress
import re
import socket
import ssl
import threading
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

import requests.utils
from requests.auth import HTTPDigestAuth
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

ANSWER_LIMIT = 1 << 20
_PORTS = {"http": 80, "https": 443}
_AMBIGUOUS = re.compile(r"[\x00-\x20\x7f\\]")
"""Characters of a URL that parsers read in different ways."""


class NotAWebAddress(ValueError):
    """A URL that no webhook can have."""


@dataclass(frozen=True)
class WebhookAnswer:
    """What a webhook answered."""

    url: str
    status: int  # HTTP status
    headers: http.client.HTTPMessage
    body: bytes  # at most one byte more than `ANSWER_LIMIT`

    @property
    def redirect(self) -> str | None:
        """The Location of a redirect."""
        return self.headers.get("Location") if self.status in (301, 302, 303, 307, 308) else None


def read_address(url: str) -> Url:
    """Parse a URL once; the call uses only these parts.

    Raises NotAWebAddress if it is invalid, or if two parsers could find different hosts in it.
    """
    try:
        address = parse_url("" if _AMBIGUOUS.search(url) else url)
    except LocationParseError as error:
        raise NotAWebAddress(url) from error
    if address.scheme not in _PORTS or not address.host:
        raise NotAWebAddress(url)
    return address


def without_fragment(address: Url) -> tuple[Url, dict[str, int]]:
    """Split a URL from the connection overrides in its fragment.

    Source: Webhooks connection overrides: connect timeout 100..10000 ms, 5000 by default; read timeout up to 15000 ms,
    the default; 0..5 retries, 1 by default.
    """
    asked = dict(parse_qsl(address.fragment or ""))
    bounds = {"ct": (100, 10_000, 5_000), "rt": (100, 15_000, 15_000), "rc": (0, 5, 1)}
    chosen = {
        name: min(max(int(asked[name]), least), most) if asked.get(name, "").isdecimal() else usual
        for name, (least, most, usual) in bounds.items()
    }
    return address._replace(fragment=None), chosen


def is_this_machine(address: Url) -> bool:
    """Return whether an address names this machine: a loopback IP address or ``localhost``."""
    host = _host(address)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def resolve(address: Url, *, loopback_only: bool) -> list[str]:
    """Return the IP addresses of a host, or only the loopback ones of them; raise OSError if there are none."""
    port = address.port or _PORTS[address.scheme or ""]
    found_ips = [str(info[4][0]) for info in socket.getaddrinfo(_host(address), port, type=socket.SOCK_STREAM)]
    ips = [ip for ip in found_ips if not loopback_only or ipaddress.ip_address(ip).is_loopback]
    if not ips:
        raise OSError(f"{address.host} is not on this machine")
    return ips


def call(
    address: Url,
    ips: list[str],
    method: str,
    form: list[tuple[str, str]],
    headers: dict[str, str],
    *,
    connect_seconds: float,
    seconds: float,
    document: bytes = b"",
) -> WebhookAnswer:
    """Send one request to the first of these IP addresses that accepts the connection, and return the answer.

    The body is the form, or `document`, which is JSON.

    Raises OSError if the whole answer has not arrived `seconds` after connecting.
    """
    host, port = _host(address), address.port or _PORTS[address.scheme or ""]
    line = _connected(ips, port, connect_seconds)
    late = threading.Event()

    def end() -> None:
        late.set()
        with suppress(OSError):
            socket.socket.shutdown(line, socket.SHUT_RDWR)

    alarm = threading.Timer(seconds, end)
    alarm.daemon = True
    alarm.start()
    try:
        line.settimeout(seconds)
        if address.scheme == "https":
            line = ssl.create_default_context(cafile=requests.utils.DEFAULT_CA_BUNDLE_PATH).wrap_socket(
                line, server_hostname=host
            )
        with closing(http.client.HTTPConnection(host, port)) as connection:
            connection.sock = line
            body = document or (urlencode(form).encode() if form else None)
            kind = "application/json" if document else "application/x-www-form-urlencoded"
            typed = {"Content-Type": kind} if body else {}
            connection.request(method, address.request_uri, body, {"Accept": "*/*", **headers, **typed})
            response = connection.getresponse()
            answer = WebhookAnswer(address.url, response.status, response.headers, response.read(ANSWER_LIMIT + 1))
    except (http.client.HTTPException, ValueError) as error:
        raise (TimeoutError() if late.is_set() else ConnectionError(type(error).__name__)) from error
    finally:
        alarm.cancel()
        line.close()
    if late.is_set():
        raise TimeoutError
    return answer


def login(address: Url, method: str, challenge: str) -> str:
    """Return the Authorization header for the user and password in a URL.

    A WWW-Authenticate challenge for Digest gets a Digest answer, anything else gets Basic.
    """
    user, _, password = map(unquote, (address.auth or "").partition(":"))
    if challenge.lower().startswith("digest "):
        digest: Any = HTTPDigestAuth(user, password)
        digest.init_per_thread_state()
        parse: Any = requests.utils.parse_dict_header
        digest._thread_local.chal = parse(challenge[7:])  # noqa: SLF001 - else it wants to send the request itself
        return str(digest.build_digest_header(method, address._replace(auth=None).url))
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _connected(ips: list[str], port: int, seconds: float) -> socket.socket:
    for ip in ips[:-1]:
        with suppress(OSError):
            return socket.create_connection((ip, port), seconds)
    return socket.create_connection((ips[-1], port), seconds)


def _host(address: Url) -> str:
    return (address.host or "").strip("[]")
