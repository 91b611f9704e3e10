"""Check the answers to writes: only a readable answer from Twilio shows what happened."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlsplit

from twilio.http.response import Response

from msvc_toolkit.errors import OutcomeUnknown

FIRST_CODE = 10_000
"""Twilio's error codes have five digits or more. Source: Twilio error dictionary, read 2026-11-23."""
_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_MESSAGE_SID = re.compile(r"(?:SM|MM)[0-9a-fA-F]{32}")
_IN_USE: ContextVar[bool] = ContextVar("judging", default=False)


@contextmanager
def judging() -> Iterator[None]:
    """In a ``with`` block, let the sandbox's client check answers, as the live client always does."""
    token = _IN_USE.set(True)
    try:
        yield
    finally:
        _IN_USE.reset(token)


def is_judging() -> bool:
    """Return whether this thread is within `judging`."""
    return _IN_USE.get()


def judged(method: str, uri: str, answer: Response) -> Response:
    """Return the answer to a write if it shows what happened; raise OutcomeUnknown if not.

    A 2xx must hold the SID of what was made or changed, a 4xx Twilio's error code. A DELETE may also end in an empty
    204. Anything else may have been carried out: a gateway can answer after Twilio did the work.

    Source: Twilio API best practices (a POST that ended in 5xx is ambiguous), Twilio API responses (read 2026-11-24).
    """
    status = answer.status_code
    if (method == "DELETE" and status == 204) or _is_readable(status, answer.text, urlsplit(uri).path):  # noqa: PLR2004
        return answer
    raise unknown(method, uri, f"no readable answer (HTTP {status})")


def unknown(method: str, uri: str, came: str) -> OutcomeUnknown:
    """Return the error for a write that may or may not have been carried out; `came` is what came back ("no answer")."""
    return OutcomeUnknown(
        f"{urlsplit(uri).hostname} gave {came} to this {method}. It may have been carried out all the same: look the "
        "result up before you try again."
    )


def _is_readable(status: int, text: str | bytes, path: str) -> bool:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(said, dict):
        return False
    if 400 <= status < 500:  # noqa: PLR2004 - HTTP's own numbers
        code, words = said.get("code"), said.get("message") or said.get("title")
        return isinstance(code, int) and code >= FIRST_CODE and isinstance(words, str)
    if not 200 <= status < 300:  # noqa: PLR2004 - as above
        return False
    if path.endswith("/ApprovalRequests/whatsapp"):  # the only answer without a SID; source: Content API (2026-11-30)
        return bool(said.get("name")) and bool(said.get("status"))
    if path.endswith(("/Messages.json", "/Messages")):
        return bool(_MESSAGE_SID.fullmatch(str(said.get("sid"))))
    names = ["sid"] if "sid" in said else [name for name in said if name.endswith("_sid") and name != "account_sid"]
    return any(_SID.fullmatch(str(said[name])) for name in names)
