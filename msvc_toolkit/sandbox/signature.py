"""How Twilio signs its webhooks.

Source: Webhooks security; twilio-python 9.13.0 request_validator (read 2026-11-23).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit, urlunsplit


def split_login(url: str) -> tuple[str, tuple[str, str] | None]:
    """Return a web address without its user name and password, and those two; the port stays.

    Source: Twilio docs, Security, HTTP authentication (documented); twilio-labs/twilio-aspnet#18, twilio/twilio-node#411
    (recorded; read 2026-11-27): such a webhook is signed and called without them, and they follow on a 401.
    """
    parts = urlsplit(url)
    login, at, place = parts.netloc.rpartition("@")
    if not at:
        return url, None
    user, _, password = login.partition(":")
    return urlunsplit(parts._replace(netloc=place)), (unquote(user), unquote(password))


def sign(token: str, url: str, form: Sequence[tuple[str, str]] = ()) -> str:
    """Return the value of X-Twilio-Signature.

    Args:
        token: The account's auth token.
        url: The address as it was configured, query string included.
        form: The body's pairs; none for a GET. A repeated name counts each distinct value once.
    """
    pairs = sorted(set(form))
    text = url + "".join(name + value for name, value in pairs)
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
