"""The 24-hour window in Step 4: until when a sender may send free text to a recipient."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msvc_toolkit.connection import Connection
from msvc_toolkit.content.model import Template
from msvc_toolkit.errors import Problem
from msvc_toolkit.messages.model import Message, MessageDraft
from msvc_toolkit.rules import addresses, content_templates, reply_window

UNSEEN = "Only the account's newest messages were searched; an earlier text from this person is not seen here."


def caveats(
    conn: Connection, sender: str | None, to: addresses.Address | None, recent: Sequence[Message]
) -> tuple[str, ...]:
    """Say until when a sender may send free text to a recipient; empty on a channel without a window."""
    if to is None or not _applies(sender, to):
        return ()
    until = _closes(conn, str(sender), to, recent)
    sentence = reply_window.sentence(to, until, conn.now)
    return (sentence,) if conn.sandbox is not None or until is not None else (sentence, UNSEEN)


def problems(
    conn: Connection,
    draft: MessageDraft,
    sender: str | None,
    recent: Sequence[Message],
    template: Template | None = None,
) -> list[Problem]:
    """Warn of free text that will or may be too late for the window; empty on a channel without one.

    An approved template is never too late.
    """
    to = addresses.read(draft.to)
    if to is None or not _applies(sender, to):
        return []
    if template is not None and (template.opens or template.status in content_templates.REFUSED):
        return []  # the template says itself that it was rejected
    if template is not None:
        until, at = _closes(conn, str(sender), to, recent), draft.send_at or conn.now
        if until is not None and at < until:
            return []
        state = "a type that cannot open a conversation" if template.status == "approved" else template.state
        sentence = f"Outside the 24-hour window only an approved template arrives, and this one is {state} (63016)."
        return [Problem("content_sid", f"{sentence} Choose another one.", blocks=False)]
    found = reply_window.problem(to, _closes(conn, str(sender), to, recent), conn.now, draft.send_at)
    return [found] if found is not None else []


def _applies(sender: str | None, to: addresses.Address) -> bool:
    read = addresses.read(sender) if sender else None
    return reply_window.applies(to) and read is not None and read.channel == to.channel


def _closes(conn: Connection, sender: str, to: addresses.Address, recent: Sequence[Message]) -> datetime | None:
    """Return when the window closes: as the sandbox knows, or by a live account's newest messages."""
    if conn.sandbox is not None:
        return conn.sandbox.window_closes(to.text, sender)
    arrived = [m.date_created for m in recent if m.direction == "inbound" and (m.from_, m.to) == (to.text, sender)]
    last = max((at for at in arrived if at is not None), default=None)
    return None if last is None else last + reply_window.LENGTH
