"""SID and content type of a message's media: the same in the API and in webhooks."""

from __future__ import annotations

from functools import cache
from mimetypes import MimeTypes
from urllib.parse import urlsplit

from msvc_toolkit.sandbox.storage.store import SandboxStore


def media_sid(store: SandboxStore, message_sid: str, number: int) -> str:
    """Return the SID of a message's medium."""
    return f"ME{store.digest(f'media:{message_sid}:{number}')}"


@cache
def _types() -> MimeTypes:
    """Return the types that come with Python alone, the same on every machine; reading the machine's takes 30 ms."""
    return MimeTypes()


def content_type(address: str) -> str:
    """Return the type of a medium by the extension of its address."""
    return _types().guess_type(urlsplit(address).path)[0] or "application/octet-stream"
