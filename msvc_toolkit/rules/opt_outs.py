"""What a message says about whether its person has opted out: for an account, a log and a screen the same."""

from __future__ import annotations

REFUSED = 21610
"""Twilio's error for a message to somebody who opted out. Source: error page 21610, read 2026-11-23."""


def opted_out(direction: str | None, status: str | None, error_code: int | None, word: str | None) -> bool | None:
    """Return whether somebody was opted out by what one message shows; None where it shows nothing.

    A message that went out shows that they were not, since Twilio would have refused it; an answer does not, because Twilio
    confirms a STOP by one.

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
