"""Whether a message shows that its person has opted out; the same rule for accounts, logs and forms."""

from __future__ import annotations

REFUSED = 21610
"""Twilio's error for a message to somebody who opted out. Source: error page 21610, read 2026-11-23."""


def opted_out(direction: str | None, status: str | None, error_code: int | None, word: str | None) -> bool | None:
    """Return whether a message shows that its person was opted out; None if it shows nothing.

    A message that went out shows that they were not, since Twilio would have refused it. A reply does not show that, because
    Twilio confirms a STOP with a reply.

    Args:
        direction: Twilio's word.
        status: Its status.
        error_code: Its error code.
        word: STOP, START or HELP, where a text that came in is that keyword.
    """
    if direction == "inbound":
        return word == "STOP" if word in ("STOP", "START") else None
    if error_code == REFUSED:
        return True
    went = direction == "outbound-api" and status in ("sent", "delivered", "undelivered", "read")
    return False if went else None
