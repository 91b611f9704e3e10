"""How Twilio signs its webhooks.

Source: Webhooks security; twilio-python 9.13.0 request_validator (read 2026-11-23).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence


def sign(token: str, url: str, form: Sequence[tuple[str, str]] = ()) -> str:
    """Return the value of X-Twilio-Signature for an address exactly as configured, with its query string.

    A GET has no form. Of a repeated name, each distinct value is used once.
    """
    pairs = sorted(set(form))
    text = url + "".join(name + value for name, value in pairs)
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
