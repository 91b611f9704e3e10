"""STOP, START and HELP: the words by which people leave, come back and ask, by what kind of sender they write to.

Source: Twilio support for opt-out keywords; toll-free opt-out (read 2026-11-23).
"""

from __future__ import annotations

from typing import Literal

Word = Literal["STOP", "START", "HELP"]

LONG_CODE: dict[Word, frozenset[str]] = {
    "STOP": frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"}),
    "START": frozenset({"START", "YES", "UNSTOP"}),
    "HELP": frozenset({"HELP", "INFO"}),
}
"""What Twilio handles for a long code, and in our reading what people mean whomever they write to."""

TOLL_FREE: dict[Word, frozenset[str]] = {
    "STOP": frozenset({"STOP"}),
    "START": frozenset({"START", "UNSTOP"}),
    "HELP": frozenset({"HELP", "INFO"}),
}
"""What is handled for a toll-free number: the network decides about STOP, START and UNSTOP."""
