"""STOP, START and HELP: the words for opting out, opting in again and asking for help, by kind of sender.

Source: Twilio support for opt-out keywords; toll-free opt-out (read 2026-11-23).
"""

from __future__ import annotations

from typing import Literal

from msvc_toolkit.rules.addresses import Address

Word = Literal["STOP", "START", "HELP"]

LONG_CODE: dict[Word, frozenset[str]] = {
    "STOP": frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"}),
    "START": frozenset({"START", "YES", "UNSTOP"}),
    "HELP": frozenset({"HELP", "INFO"}),
}
"""The keywords that Twilio handles for a long code; in our reading they mean the same to any sender."""

TOLL_FREE: dict[Word, frozenset[str]] = {
    "STOP": frozenset({"STOP"}),
    "START": frozenset({"START", "UNSTOP"}),
    "HELP": frozenset({"HELP", "INFO"}),
}
"""The keywords that are handled for a toll-free number; the network handles STOP, START and UNSTOP."""


def handled(body: str, receiver: Address | None) -> Word | None:
    """Return which keyword Twilio handles by itself in a text, without Advanced Opt-Out.

    Args:
        body: The text; trimmed, it must be exactly the keyword, in capital or small letters.
        receiver: The account's sender that it was sent to; None means a long code.
    """
    if receiver is not None and (receiver.kind == "short code" or receiver.channel in ("whatsapp", "messenger")):
        return None
    words = TOLL_FREE if receiver is not None and receiver.kind == "toll-free" else LONG_CODE
    return next((word for word, listed in words.items() if body.strip().upper() in listed), None)
