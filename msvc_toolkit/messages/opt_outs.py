"""Opt-outs in Step 4: whether a recipient has blocked a service's messages with STOP."""

from __future__ import annotations

from collections.abc import Sequence

from msvc_toolkit.connection import Connection
from msvc_toolkit.messages.model import Message, MessageDraft
from msvc_toolkit.rules import addresses, keywords

REFUSED = 21610
"""Twilio's error for a message to somebody who opted out. Source: error page 21610, read 2026-11-23."""
SENTENCE = (
    f"This person has opted out by STOP. Twilio refuses messages to them with error {REFUSED} until they text START."
)


def opted_out(conn: Connection, draft: MessageDraft, recent: Sequence[Message]) -> bool:
    """Return whether the recipient opted out: as the sandbox knows, or by a live account's newest messages.

    Args:
        conn: The account.
        draft: The message.
        recent: The newest messages of the account, newest first.
    """
    to, service = addresses.read(draft.to), draft.messaging_service_sid or ""
    wrong = addresses.recipient_problem(draft.to)
    if to is None or (wrong is not None and wrong.blocks):
        return False
    if conn.sandbox is not None:
        return conn.sandbox.opted_out(to.text, service)
    for message in recent:
        if message.messaging_service_sid != service or to.text not in (message.from_, message.to):
            continue
        if message.direction == "inbound":
            word = keywords.handled(message.body, addresses.read(message.to))
            if word in ("STOP", "START"):
                return word == "STOP"
        elif message.direction == "outbound-api" and message.status in ("failed", "sent", "delivered"):
            return message.error_code == REFUSED
    return False
