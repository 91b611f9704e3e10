"""The 24-hour windows: when a person last wrote to a WhatsApp or Messenger sender, and what may be sent since.

Never cached: another process may have received the text. Source: `reply_window`.
"""

from __future__ import annotations

from msvc_toolkit.rules import addresses, reply_window
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

_LENGTH_MS = round(reply_window.LENGTH.total_seconds() * 1000)


def open_for(store: SandboxStore, sender_sid: str, person: addresses.Address, at: int) -> None:
    """Open a person's window for a sender, or extend an open one."""
    if reply_window.applies(person):
        store.execute_unobserved("INSERT OR REPLACE INTO reply_window VALUES (?, ?, ?)", sender_sid, person.text, at)


def closes(store: SandboxStore, sender_sid: str, person: str) -> int | None:
    """Return when a person's window closes for a sender, milliseconds since 1970; None when it was never open."""
    row = store.one("SELECT opened FROM reply_window WHERE sender_sid = ? AND person = ?", sender_sid, person)
    return row["opened"] + _LENGTH_MS if row else None


def refuses(store: SandboxStore, sender_sid: str, to: addresses.Address, at: int) -> bool:
    """Return whether free text at this time would be outside the recipient's window."""
    if not reply_window.applies(to):
        return False
    until = closes(store, sender_sid, to.text)
    return until is None or until <= at


def forget(store: SandboxStore, sender: Row) -> None:
    """Delete the windows of a sender that leaves the account."""
    store.execute("DELETE FROM reply_window WHERE sender_sid = ?", sender["sid"])
