"""SID and content type of a message's media, for the API and for webhooks."""

from __future__ import annotations

from functools import cache
from mimetypes import MimeTypes
from urllib.parse import urlsplit

from msvc_toolkit.sandbox.storage.store import SandboxStore


def media_sid(store: SandboxStore, message_sid: str, number: int) -> str:
    """Return the SID of one of a message's media."""
    return f"ME{store.digest(f'media:{message_sid}:{number}')}"


@cache
def _types() -> MimeTypes:
    """Return only Python's own types, which are the same on every machine; reading the machine's takes 30 ms."""
    return MimeTypes()


def content_type(address: str) -> str:
    """Return a media file's content type by the extension of its address."""
    return _types().guess_type(urlsplit(address).path)[0] or "application/octet-stream"
