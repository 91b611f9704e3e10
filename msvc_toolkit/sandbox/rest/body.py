"""Reads the content of a request: a form, a JSON object, or a query string."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email import message_from_bytes
from email.message import Message
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Pairs

FORM, JSON, MULTIPART = "application/x-www-form-urlencoded", "application/json", "multipart/form-data"
BODY_LIMIT = 1 << 20
"""Bytes of a request's body; larger bodies are refused unread. Ours: normal forms are far smaller."""

FIELDS_LIMIT = 1000
"""Parameters of a request. Ours: no resource has even a tenth as many."""


def read_body(body: bytes, content_type: str) -> tuple[Pairs, Mapping[str, Any] | None]:
    """Read a form or a JSON object; return the form's pairs (with repeated names and empty values), and the object or None.

    Raises Refusal if the body is too large, of another type, or not of the type that it claims.
    """
    if not body:
        return (), None
    if len(body) > BODY_LIMIT:
        raise Refusal(413, 20001, f"The body is larger than {BODY_LIMIT} bytes")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == JSON:
        return (), read_json(body)
    if kind == MULTIPART:
        return _parts(body, content_type), None
    if kind not in ("", FORM):
        raise Refusal(415, 20001, f"The body must be {FORM}, not {kind[:80]}")
    try:
        return _pairs(body.decode("ascii")), None
    except UnicodeDecodeError as error:
        raise Refusal(400, 20001, "The body is not a URL-encoded form") from error


def _parts(body: bytes, content_type: str) -> Pairs:
    """Read the fields of a multipart form; a file among them is refused."""
    message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode("latin-1") + body)
    parts = message.get_payload()
    if not isinstance(parts, list):
        raise Refusal(400, 20001, f"The body cannot be read as {MULTIPART}")
    if len(parts) > FIELDS_LIMIT:
        raise Refusal(400, 20001, f"There are more than {FIELDS_LIMIT} parameters")
    pairs = []
    for part in cast("list[Message]", parts):
        name, value = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(value, bytes) or part.get_filename() is not None:
            raise Refusal(415, 20001, f"A part of the {MULTIPART} body is a file or has no name; send text fields")
        try:
            pairs.append((name, value.decode()))
        except UnicodeDecodeError as error:
            raise Refusal(400, 20001, "A parameter is not UTF-8") from error
    return pairs


def read_json(body: bytes) -> Mapping[str, Any]:
    """Read a JSON object; raise Refusal if it is something else, is nested too deeply, or has half a surrogate pair."""
    try:
        document = json.loads(body)
        json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Refusal(400, 20001, "The body is not JSON in UTF-8") from error
    if not isinstance(document, dict):
        raise Refusal(400, 20001, "The body is JSON, but not an object")
    return document


def read_query(raw: bytes) -> Pairs:
    """Read a query string as `read_body` reads a form."""
    try:
        return _pairs(raw.decode("ascii"))
    except UnicodeDecodeError as error:
        raise Refusal(400, 20001, "The query string is not URL-encoded") from error


def _pairs(encoded: str) -> Pairs:
    """Read `a=1&b=2` as `urllib.parse.parse_qsl` does, in a third of its time."""
    parts = encoded.split("&") if encoded else ()
    if len(parts) > FIELDS_LIMIT:
        raise Refusal(400, 20001, f"There are more than {FIELDS_LIMIT} parameters")
    try:
        return [(_decoded(name), _decoded(value)) for name, _, value in [part.partition("=") for part in parts if part]]
    except UnicodeDecodeError as error:
        raise Refusal(400, 20001, "A parameter is not UTF-8") from error


def _decoded(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    return unquote_to_bytes(text).decode() if "%" in text else text
