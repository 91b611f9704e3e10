"""The 24-hour window of WhatsApp and Messenger: who may be sent free text, and until when.

A text from the person opens the window for 24 hours; a message to the person does not. Outside the window WhatsApp takes
only approved templates, and free text fails with 63016.

Source: error page 63016 (documented; read 2026-11-27); hackclub/attend#84 (recorded: a reply does not extend it).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msvc_toolkit.errors import Problem
from msvc_toolkit.rules import addresses

LENGTH = timedelta(hours=24)
OUTSIDE = 63016
SOON = timedelta(hours=1)
"""How long before the end of the window a form warns. Ours."""
_NAMES = {"whatsapp": "WhatsApp", "messenger": "Messenger"}


def applies(to: addresses.Address | None) -> bool:
    """Whether a recipient is on a channel with a window."""
    return to is not None and to.channel in _NAMES


def sentence(to: addresses.Address, closes: datetime | None, now: datetime) -> str:
    """Say until when a person may be sent free text; `closes` is None if the window was never open."""
    if closes is None or closes <= now:
        ways = "Choose a template: until they write, only an approved one (ContentSid) arrives, and a free text fails (63016)."
        if to.channel == "messenger":
            ways = "A text fails (63016) until they write."
        name = _NAMES[to.channel or ""]
        return f"The 24-hour window is closed: no {name} text came from this person within 24 hours. {ways}"
    return f"The 24-hour window closes in {_left(closes - now)}, at {closes.astimezone(UTC):%Y-%m-%d %H:%M} UTC."


def problem(to: addresses.Address, closes: datetime | None, now: datetime, send_at: datetime | None) -> Problem | None:
    """Warn of free text that will or may arrive too late; None while there is enough time."""
    if closes is None or closes <= now:
        return Problem("to", sentence(to, closes, now), blocks=False)
    if send_at is not None and send_at.tzinfo is not None and closes <= send_at:
        warning = (
            f"{sentence(to, closes, now)} That is before Send at, so a free text fails (63016) unless they write again."
        )
        return Problem("send_at", warning, blocks=False)
    return Problem("to", sentence(to, closes, now), blocks=False) if closes - now <= SOON else None


def _left(span: timedelta) -> str:
    hours, minutes = divmod(-(-span // timedelta(minutes=1)), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
