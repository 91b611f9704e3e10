"""Replies to a text: by TwiML, and as confirmations of STOP, START and HELP.

Source: TwiML for Programmable Messaging; error pages 14101, 14102, 14107, 14108 (read 2026-11-23).
"""

from __future__ import annotations

import json

from msvc_toolkit.rules import addresses, segments
from msvc_toolkit.sandbox.inbound.twiml import Reply, TwimlError
from msvc_toolkit.sandbox.messages import callbacks, delivery, sender_pool
from msvc_toolkit.sandbox.messages.delivery import blank, keep
from msvc_toolkit.sandbox.messages.media import content_type, media_sid
from msvc_toolkit.sandbox.settings import SandboxSettings
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

LOOP_REPLIES = 30
LOOP_MS = 30_000


def media_of(store: SandboxStore, message: Row) -> list[tuple[str, str]]:
    """Return the content type and the API address of each media file of a message, for a webhook."""
    urls = json.loads(message["options"]).get("media", []) if message["options"] else []
    base = f"https://api.twilio.com/2010-04-01/Accounts/{message['account_sid']}/Messages/{message['sid']}/Media"
    return [
        (content_type(url), f"{base}/{media_sid(store, message['sid'], number)}")
        for number, url in enumerate(urls, start=1)
    ]


def send(
    store: SandboxStore, settings: SandboxSettings, now: int, received: Row, reply: Reply, *, unblocked: bool = False
) -> str:
    """Send a reply from the number that received a text, and return its SID.

    Args:
        store: The store.
        settings: The sandbox's settings.
        now: The sandbox's time, milliseconds since 1970.
        received: The text that is answered.
        reply: The message to send.
        unblocked: True for Twilio's own confirmations, which reach a person who has just opted out.

    Raises:
        TwimlError: The reply cannot be sent.
    """
    to, by = addresses.read(reply.to or received["from_"]), addresses.read(reply.from_ or received["to_"])
    if to is None or to.kind in ("alphanumeric", "short code"):
        raise TwimlError(14101, "The attribute to of Message is not a number that can get a message.")
    sender = (
        store.one("SELECT * FROM sender WHERE address = ? AND account_sid = ?", by.text, received["account_sid"])
        if by is not None
        else None
    )
    if by is None or sender is None:
        raise TwimlError(14102, "The attribute from of Message is not a sender of this account.")
    if sender["kind"] != "channel" and "SMS" not in sender["capabilities"].split(","):
        raise TwimlError(14108, "The attribute from of Message is a sender that cannot send texts.")
    if _loops(store, by.text, to.text, now):
        raise TwimlError(
            14107, "More than 30 replies went between these two numbers, each within 30 seconds of the last."
        )
    options = {"media": list(reply.media)} if reply.media else {}
    if reply.status_callback:
        options["status_callback"] = reply.status_callback  # type: ignore[assignment]
    with store.writing():
        row = blank(store, "MM" if reply.media else "SM")
        row |= {
            "account_sid": received["account_sid"],
            "service_sid": sender["service_sid"],
            "from_": by.text,
            "sender_sid": sender["sid"],
            "explicit": 1,
            "to_": to.text,
            "body": reply.body,
            "direction": "outbound-reply",
            "num_segments": 1 if reply.media else segments.measure(reply.body).count,
            "num_media": len(reply.media),
            "options": json.dumps(options) if options else None,
            "decision": sender_pool.keep_steps(
                store, [delivery.step("reply", "It answers from the sender that received the text.")]
            ),
            "date_created": now,
        }
        who = delivery.MessageSender(sender["sid"], by, sender["standing"])
        delivery.release(store, settings, row, to, who, now, unblocked=unblocked)
        keep(store, row)
        callbacks.report(store, row)
    return str(row["sid"])


def _loops(store: SandboxStore, from_: str, to: str, now: int) -> bool:
    row = store.one(
        "SELECT count(*) AS n FROM message WHERE from_ = ? AND to_ = ? AND direction = 'outbound-reply' "
        "AND date_created > ?",
        from_,
        to,
        now - LOOP_MS,
    )
    return row is not None and row["n"] > LOOP_REPLIES
