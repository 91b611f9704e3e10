"""SID and content type of a message's media: the same in the API and in webhooks."""

from __future__ import annotations

from mimetypes import MimeTypes
from urllib.parse import urlsplit

from msvc_toolkit.sandbox.storage.store import SandboxStore

_TYPES = MimeTypes()  # only Python's own types, so that they are the same on every machine


def media_sid(store: SandboxStore, message_sid: str, number: int) -> str:
    """Return the SID of a message's medium.

    Args:
        store: The store.
        message_sid: The message.
        number: 1 for the first.
    """
    return f"ME{store.digest(f'media:{message_sid}:{number}')}"


def content_type(address: str) -> str:
    """Return the type of a medium by the extension of its address."""
    return _TYPES.guess_type(urlsplit(address).path)[0] or "application/octet-stream"
