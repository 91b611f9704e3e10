"""What the sandbox reads from an uploaded certificate: that it is one, has its key with it, and when it expires.

The private key is looked at and forgotten; nothing of it is kept.

Source: LinkShortening Certificate resource, parameter TlsCert: certificate and private key in PEM form (read
2026-11-23); RFC 5280, the two times of a certificate's validity. Whether the key fits and who signed is not checked.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime

MANAGED_MS = 90 * 86_400_000
"""How long a managed certificate is valid. Ours: ninety days, as with the usual free authorities."""

_BLOCK = re.compile(r"-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----")
_TIME = re.compile(rb"\x17\x0d([0-9]{12})Z|\x18\x0f([0-9]{14})Z")


def expiry(pem: str) -> int:
    """Return when the first certificate of a PEM text expires, milliseconds since 1970.

    Raises:
        ValueError: It holds no certificate, no private key, or something that cannot be read.
    """
    blocks = _BLOCK.findall(pem)
    found = [content for label, content in blocks if label == "CERTIFICATE"]
    if not found or not any(label.endswith("PRIVATE KEY") for label, _ in blocks):
        raise ValueError("it must hold the certificate and its private key in PEM form")
    der = base64.b64decode("".join(found[0].split()), validate=True)
    times = _TIME.findall(der)
    if der[:1] != b"\x30" or len(times) < 2:  # noqa: PLR2004 - not before, not after
        raise ValueError("its certificate cannot be read")
    short, full = (part.decode() for part in times[1])
    century = "20" if short[:2] < "50" else "19"
    moment = datetime.strptime(full or century + short, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)
