"""Drawings for the inspector: rows of its table, and a card with all details of a message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msvc_toolkit.connection import Connection
from msvc_toolkit.html import cards
from msvc_toolkit.inspector import calls
from msvc_toolkit.inspector.records import WAYS, Event, Record, masked, params_shown
from msvc_toolkit.private.secret import without_login
from msvc_toolkit.rules import addresses, error_codes, prices
from msvc_toolkit.rules.statuses import MEANING

START = 60
"""How many characters of a text a row shows."""
DATES_ONLY = (
    "Twilio keeps no history of a message's statuses and does not say how its sender was chosen. These are its dates."
)


def hidden(text: str, *, full: bool) -> str:
    """Hide logins in a text, and phone numbers unless `full`."""
    return without_login(text if full else addresses.mask_in(text))


def heads(
    kind: type[Record | Event], newest: Sequence[Record | Event], *, bodies: bool, times: bool = True
) -> list[str]:
    """Return the table's headings, with the newest row's time zone; texts and times only if asked for."""
    at = _at(newest[0]) if newest else None
    found = [f"Time ({at.astimezone():%Z})" if at else "Time"] if times else []
    if kind is Event:
        return [*found, "Kind", "Sent status", "Method", "Address", "Answer"]
    return [*found, "Direction", "From", "To", "Status", "Error", *(["Text"] if bodies else [])]


def cells(row: Record | Event, *, bodies: bool, full: bool, times: bool = True) -> list[str]:
    """Write a message or an entry of the journal as a row; texts, whole numbers and times only if asked for."""
    at = _at(row)
    found = [f"{at.astimezone():%Y-%m-%d %H:%M:%S}" if at else ""] if times else []
    if isinstance(row, Event):
        address = _start(hidden(row.address, full=full), 90)
        return [*found, row.kind, _status_sent(row), row.method, address, str(row.status or row.code or "")]
    found += [WAYS.get(row.direction, row.direction), masked(row.from_, full=full), masked(row.to, full=full)]
    found += [row.status, str(row.error_code or "")]
    return [*found, _start(hidden(row.body, full=full))] if bodies else found


def _at(row: Record | Event) -> datetime | None:
    return row.at if isinstance(row, Event) else row.created_at


def message(conn: Connection, record: Record, *, bodies: bool, full: bool, times: bool) -> str:
    """Draw all details of a message; texts, whole numbers and times only if asked for."""
    record = calls.again(conn, record)
    facts = {
        "From": masked(record.from_, full=full) or "not chosen yet",
        "To": masked(record.to, full=full),
        "Direction": record.direction,
        "Service": " ".join(filter(None, (hidden(record.service_name, full=full), record.service_sid))) or "none",
        "Segments": _size(record, bodies=bodies),
        "Price": _price(record, conn),
    }
    parts = [cards.facts(facts)]
    if bodies and record.body:
        parts.append(cards.text(hidden(record.body, full=full), tag="pre", css="msvc-body-text"))
    parts += [cards.text(f"Media: {hidden(url, full=full)}") for url in record.media] if bodies else []
    parts += _error(record)
    parts.append(_timeline(calls.timeline(conn, record), conn, times=times))
    if steps := calls.why(conn, record):
        title = "Where it went" if record.inbound else "Why this sender"
        parts += [cards.text(title, tag="h4"), cards.steps(hidden(step, full=full) for step in steps)]
    if conn.sandbox is not None:
        parts += _called(calls.called(conn, record), full=full, times=times)
    mood: cards.Mood = "problem" if record.error_code else "note"
    return cards.card(mood, f"{record.sid} is {record.status}: {MEANING.get(record.status, '')}.", *parts)


def event(entry: Event, *, bodies: bool, full: bool, times: bool) -> str:
    """Draw one entry of the journal; arguments as for `message`."""
    facts: dict[str, object] = {"Time": _clock(entry.at)} if times else {}
    facts |= {"Address": hidden(f"{entry.method} {entry.address}".strip(), full=full)}
    facts |= {name: value for name, value in _known(entry).items() if value}
    known = error_codes.lookup(entry.code)
    parts = [cards.facts(facts), *([cards.text(f"{known.meaning} {known.cause} {known.remedy}")] if known else [])]
    shown = params_shown((p for p in entry.params if bodies or p[0] != "Body"), full=full)
    parts += [cards.listing("What was sent", "\n".join(shown))] if shown else []
    bad = entry.code is not None or (entry.status or 0) >= 400  # noqa: PLR2004 - the first status that refuses
    return cards.card("problem" if bad else "note", f"{entry.kind}: {hidden(entry.sentence, full=full)}", *parts)


def _known(entry: Event) -> dict[str, object]:
    return {"Answer": entry.status, "Error": entry.code, "Message": entry.message_sid}


def _price(record: Record, conn: Connection) -> str:
    if not record.price:
        return "Not known yet; Twilio adds it some time after the message is final."
    return f"{record.price}. {prices.INVENTED}" if conn.sandbox is not None else record.price


def _size(record: Record, *, bodies: bool) -> str:
    counted = f"Twilio counted {record.num_segments}." if record.num_segments else "Not counted yet."
    if record.sid.startswith("MM"):
        return f"An MMS with {record.num_media} media"
    if not bodies or not record.body:
        return counted
    return f"{counted} {' '.join(record.measured.sentences)}"


def _error(record: Record) -> list[cards.Html]:
    if not record.error_code:
        return []
    known = error_codes.lookup(record.error_code)
    if known is None:
        return [cards.text(f"Error {record.error_code}; this toolkit does not know what it means.")]
    facts = {
        "Means": known.meaning,
        "Usual cause": known.cause,
        "What to do": known.remedy,
        "Twilio on it": known.more_info,
    }
    return [cards.facts(facts, f"Error {record.error_code}")]


def _timeline(entries: Sequence[tuple[datetime, str]], conn: Connection, *, times: bool) -> cards.Html:
    if conn.sandbox is None and not times:
        return cards.join([])
    if conn.sandbox is None:
        rows = [(_clock(at), status, MEANING.get(status, "")) for at, status in entries]
        return cards.table(["Time", "Status", "What it means"], rows, "Status timeline") + cards.text(DATES_ONLY)
    begun = entries[0][0] if entries else None
    failed = entries[-1][1] in ("failed", "undelivered") if entries else False
    stops = [
        cards.Stop(
            status,
            f"{(at - begun).total_seconds():.3f} s" if begun else "",
            "problem" if failed and (at, status) == entries[-1] else "done",
        )
        for at, status in entries
    ]
    meanings_by_status = {
        s: f"{f'{_clock(at, exact=True)}: ' if times else ''}{MEANING.get(s, '')}" for at, s in entries
    }
    meanings = cards.fold("Times, and what each status means", cards.facts(meanings_by_status))
    return cards.text("Status timeline", "h4") + cards.journey(stops) + meanings


def _called(called: Sequence[Event], *, full: bool, times: bool) -> list[cards.Html]:
    if not called:
        return [cards.text("No webhook was called for it.")]
    rows = [
        [
            *([_clock(e.at, exact=True)] if times else []),
            _status_sent(e),
            hidden(e.address, full=full),
            _verdict(e, full=full),
        ]
        for e in called
    ]
    return [cards.table([*(["Time"] if times else []), "Sent status", "Address", "What happened"], rows, "Webhooks")]


def _status_sent(entry: Event) -> str:
    """Return the message status that a webhook was called with."""
    params = dict(entry.params)
    return params.get("MessageStatus") or params.get("SmsStatus", "")


def _verdict(entry: Event, *, full: bool) -> str:
    advice = f" Error {entry.code}: {error_codes.advice(entry.code)}" if entry.code else ""
    return hidden(entry.sentence, full=full) + advice


def _clock(at: datetime | None, *, exact: bool = False) -> str:
    """Write a time in the reader's own time zone."""
    if at is None:
        return ""
    own = at.astimezone()
    return f"{own:%Y-%m-%d %H:%M:%S}" + (f".{own.microsecond // 1000:03}" if exact else "") + f" {own:%Z}"


def _start(text: str, length: int = START) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= length else f"{plain[: length - 1]}…"
