"""The head of an answer, from its status line to the empty line."""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from msvc_toolkit.sandbox.rest.responses import Response

_UNREADABLE = b"The request cannot be read."
REFUSED = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
    % (len(_UNREADABLE), _UNREADABLE)
)
"""What is answered to what is no request."""


def head(response: Response, *, last: bool) -> bytes:
    """Write the head of an answer.

    Args:
        response: The answer; its headers are the sandbox's own words.
        last: Whether the connection ends with it.
    """
    told = [f"{name}: {value}\r\n" for name, value in response.headers.items()]
    if response.body and "Content-Type" not in response.headers:
        told.append("Content-Type: application/json\r\n")
    if last:
        told.append("Connection: close\r\n")
    begun = _begun(response.status, int(time.time()))
    return f"{begun}Content-Length: {len(response.body)}\r\n{''.join(told)}\r\n".encode("latin-1")


@lru_cache(maxsize=64)
def _begun(status: int, second: int) -> str:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nDate: {formatdate(second, usegmt=True)}\r\n"
