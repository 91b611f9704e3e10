"""The journal: requests to the sandbox and the webhooks it called, without secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

_LOGIN = re.compile(r"(?<=://)[^\s/?#@\"]+@")
"""A user name and password in an address, which a webhook may have."""
_NAME = re.compile(r"[A-Za-z][A-Za-z._<>-]{0,60}[0-9]{0,3}")
NAMES_SHOWN = 20
VALUE_SHOWN = 500
_SECRET = re.compile(r"token|secret|password|credential", re.IGNORECASE)
"""Names whose values are hidden."""
_TOKEN = re.compile(r"(?<![A-Za-z0-9])[0-9a-f]{32}(?![A-Za-z0-9])")
"""What an auth token looks like, in any value."""


def read(
    store: SandboxStore, requests: Iterable[dict[str, Any]], *, limit: int | None = None, since: datetime | None = None
) -> list[dict[str, Any]]:
    """Return what happened, oldest first: this process's requests, and the store's webhooks and debugger entries.

    Arguments and errors are those of `Controller.journal`.
    """
    if limit is not None and limit < 0:
        raise SandboxError(f"A limit must be zero or more, not {limit}.")
    if since is not None and since.tzinfo is None:
        raise SandboxError("Give since a time zone, as in 2026-01-05T15:00:00Z.")
    first = 0 if since is None else round(since.timestamp() * 1000)
    rows = store.all(
        "SELECT * FROM event WHERE at >= ? ORDER BY id DESC LIMIT ?", first, -1 if limit is None else limit
    )
    events = [_event(row) for row in reversed(rows)]
    entries = [{"kind": "request", **request} for request in list(requests) if request["at"] >= first] + events
    entries.sort(key=lambda entry: int(entry["at"]))
    newest = entries if limit is None else entries[len(entries) - min(limit, len(entries)) :]
    return [_dated(entry) for entry in newest]


def names(given: Sequence[str]) -> list[str]:
    """Return parameter names for the journal; text that cannot be a name may be a secret and is hidden."""
    shown = [name if _NAME.fullmatch(name) else "•••" for name in given[:NAMES_SHOWN]]
    return [*dict.fromkeys(shown), *(["…"] if len(given) > NAMES_SHOWN else [])]


def refused(body: bytes, pairs: Sequence[tuple[str, str]], document: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the journal's details of a refused request: Twilio's code, and the parameters with secrets hidden."""
    try:
        code = json.loads(body).get("code")
    except (ValueError, AttributeError):  # a gateway's page, from an injected fault
        code = None
    sent = [*pairs, *((name, json.dumps(value)) for name, value in (document or {}).items())]
    shown = [(names([name])[0], _shown(name, value)) for name, value in sent[:NAMES_SHOWN]]
    return {"code": code, "params": shown}


def _shown(name: str, value: str) -> str:
    if _SECRET.search(name) or not _NAME.fullmatch(name):
        return "•••"
    return _TOKEN.sub("•••", _LOGIN.sub("", value))[:VALUE_SHOWN]


def about(store: SandboxStore, message_sid: str) -> list[dict[str, Any]]:
    """Return the webhooks and debugger entries of one message, oldest first."""
    return [
        _dated(_event(row)) for row in store.all("SELECT * FROM event WHERE message_sid = ? ORDER BY id", message_sid)
    ]


def _dated(entry: Row) -> Row:
    return {**entry, "at": datetime.fromtimestamp(entry["at"] / 1000, UTC)}


def _event(row: Row) -> Row:
    shown = {name: _LOGIN.sub("•••@", value) if isinstance(value, str) else value for name, value in row.items()}
    return {**shown, "params": json.loads(shown["params"]) if shown["params"] else None}
