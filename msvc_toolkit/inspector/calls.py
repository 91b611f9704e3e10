"""Read an account's messages, its journal, and a phone's texts.

In a sandbox everything is read from the control handle, so that reading adds no request to the journal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msvc_toolkit.connection import Connection, SandboxControl, asking
from msvc_toolkit.errors import ToolkitError
from msvc_toolkit.inspector.records import Event, Record
from msvc_toolkit.rules import prices
from msvc_toolkit.services.calls import list_services

PAGE = 1000
"""How many messages are read at once: Twilio's largest page."""
EVENTS = 10_000
"""How many entries of the journal are read: requests, webhooks and debugger together."""


@dataclass(frozen=True)
class MessagePage:
    """The newest messages of an account."""

    records: tuple[Record, ...] = ()  # newest first
    rest: Any = None  # where the next page begins; None when this is all


def newest(conn: Connection) -> MessagePage:
    """Read the newest messages of the account."""
    if conn.sandbox is not None:
        return _page_of_sandbox(conn, None)
    with asking():
        page = conn.client.messages.page(page_size=PAGE)
        return _page_of_twilio(page, conn)


def older(conn: Connection, log: MessagePage) -> MessagePage:
    """Read one more page, and return the messages read before with those of this page after them."""
    if log.rest is None:
        return log
    if conn.sandbox is not None:
        more = _page_of_sandbox(conn, log.rest)
    else:
        with asking():
            page = log.rest.next_page()
            more = _page_of_twilio(page, conn) if page is not None else MessagePage()
    return MessagePage((*log.records, *more.records), more.rest)


def again(conn: Connection, record: Record) -> Record:
    """Read a message of a sandbox again; a live account's stays as it is. Raises SandboxError if it was deleted meanwhile."""
    return record if conn.sandbox is None else _record(conn.sandbox.message(record.sid))


def events(conn: Connection) -> list[Event]:
    """Return the newest entries of the sandbox's journal, newest first; a live account has no journal."""
    if conn.sandbox is None:
        return []
    return [_event(entry) for entry in reversed(conn.sandbox.journal(EVENTS))]


def called(conn: Connection, record: Record) -> list[Event]:
    """Return the webhooks of one message of a sandbox, oldest first."""
    return [_event(entry) for entry in sandbox_of(conn).called(record.sid)]


def timeline(conn: Connection, record: Record) -> list[tuple[datetime, str]]:
    """Return when a message got each status: every status in the sandbox, only those its dates show on a live account."""
    if conn.sandbox is not None:
        return conn.sandbox.timeline(record.sid)
    known = [
        (record.created_at, "created"),
        (record.sent_at, "sent"),
        (record.updated_at, f"last seen {record.status}"),
    ]
    return [(at, name) for at, name in known if at is not None]


def why(conn: Connection, record: Record) -> list[str]:
    """Return how the sender was chosen, or where a text went; empty if that is not known."""
    return [step["sentence"] for step in conn.sandbox.why(record.sid)] if conn.sandbox is not None else []


def inbox(conn: Connection, number: str, limit: int) -> list[Record]:
    """Return the messages on a sandbox's phone and those on their way to it, oldest first."""
    return [_record(entry) for entry in sandbox_of(conn).inbox(number, limit)]


def links(conn: Connection, record: Record) -> list[str]:
    """Return the short links in a text of a sandbox's phone."""
    return [link["short"] for link in sandbox_of(conn).links(record.sid)] if "/" in record.body else []


def threads(conn: Connection, number: str, held: Sequence[Record]) -> list[str]:
    """Return the account's senders that a phone can text, those with the newest texts first."""
    able = list(sandbox_of(conn).reachable(number))
    recent = dict.fromkeys(record.ours for record in reversed(held) if record.ours in able)
    return [*recent, *(sender for sender in able if sender not in recent)]


def text(conn: Connection, number: str, sender: str, body: str) -> dict[str, Any]:
    """Send a text from a phone to one of the account's senders; see `SandboxControl.receive` for result and errors."""
    from_ = f"rcs:{number}" if sender.startswith("rcs:") and ":" not in number else number
    return sandbox_of(conn).receive(from_, sender, body)


def press(conn: Connection, sid: str, title: str) -> dict[str, Any]:
    """Press a button of a message on the phone that has it; see `SandboxControl.press` for result and errors."""
    return sandbox_of(conn).press(sid, title)


def sandbox_of(conn: Connection) -> SandboxControl:
    """Return the control handle of a sandbox; raise ToolkitError for a live account."""
    if conn.sandbox is None:
        raise ToolkitError("Only a sandbox has phones to look at. On a live account, use a real phone.")
    return conn.sandbox


def _page_of_sandbox(conn: Connection, before: str | None) -> MessagePage:
    found = sandbox_of(conn).messages(PAGE + 1, before)
    records = tuple(_record(entry) for entry in found[:PAGE])
    return MessagePage(records, records[-1].sid if len(found) > PAGE else None)


def _page_of_twilio(page: Any, conn: Connection) -> MessagePage:
    services = {service.sid: service for service in list_services(conn)}
    items = list(page)
    records = []
    for item in items:
        service = services.get(item.messaging_service_sid)
        smart = bool(service and service.settings["smart_encoding"]) and item.direction != "inbound"
        name = service.friendly_name if service else ""
        records.append(_record({**vars(item), "from": item.from_, "service_name": name, "smart_encoding": smart}))
    return MessagePage(tuple(records), page if len(items) == PAGE else None)


def _record(entry: Mapping[str, Any]) -> Record:
    return Record(
        sid=entry["sid"],
        direction=str(entry["direction"]),
        status=str(entry["status"]),
        to=entry["to"] or "",
        from_=entry["from"] or "",
        service_sid=entry["messaging_service_sid"] or "",
        service_name=entry["service_name"] or "",
        smart_encoding=entry["smart_encoding"],
        body=entry["body"] or "",
        num_segments=int(entry["num_segments"] or 0),
        num_media=int(entry["num_media"] or 0),
        error_code=entry["error_code"],
        price=prices.shown(entry["price"], entry["price_unit"]),
        created_at=entry["date_created"],
        sent_at=entry["date_sent"],
        updated_at=entry["date_updated"],
        media=tuple(entry.get("media_url") or ()),
        buttons=tuple(entry.get("buttons") or ()),
        arrived=entry.get("arrived", False),
    )


def _answered(entry: dict[str, Any]) -> str:
    ignored = entry.get("ignored")
    unknown = f", ignored {', '.join(ignored)}, which Twilio does not know" if ignored else ""
    return f"answered {entry.get('status')}{unknown}"


def _event(entry: dict[str, Any]) -> Event:
    return Event(
        at=entry["at"],
        kind=entry["kind"],
        method=entry.get("method") or "",
        address=entry.get("path") or entry.get("url") or "",
        status=entry["status"] if entry["kind"] == "request" else entry.get("http_status"),
        code=entry.get("code"),
        message_sid=entry.get("message_sid") or "",
        sentence=entry.get("sentence") or _answered(entry),
        params=tuple((name, value) for name, value in entry.get("params") or ()),
    )
