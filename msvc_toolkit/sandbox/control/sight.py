"""What can be seen of a sandbox from outside the API: what phones hold, when each state came, and why."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.rules import addresses
from msvc_toolkit.sandbox.backend import Sandbox
from msvc_toolkit.sandbox.messages import (
    carriers,
    delivery,
    lifecycle,
    outcomes,
    reply_windows,
    sender_pool,
    serialization,
)
from msvc_toolkit.sandbox.storage import journal
from msvc_toolkit.sandbox.storage.store import Row

_MESSAGE = """
SELECT message.*, service.friendly_name AS service_name, service.smart_encoding
FROM message LEFT JOIN service ON service.sid = message.service_sid"""
_OF_A_PHONE = "((to_ IN ({0}) AND direction != 'inbound') OR (from_ IN ({0}) AND direction = 'inbound'))"


class Sight:
    """Looks at a sandbox without asking its API, so that looking leaves no request in the journal.

    Args:
        sandbox: The sandbox to look at.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._store = sandbox.store

    @property
    def now(self) -> datetime:
        """The sandbox's time, UTC."""
        return _moment(self._sandbox.clock.now())

    def why(self, message_sid: str) -> list[dict[str, Any]]:
        """Tell how a message's sender was chosen, or where an inbound text went, step by step.

        Args:
            message_sid: The message.

        Returns:
            One entry per step: ``rule``, ``sentence`` and ``left``, the SIDs of the senders still eligible after it.
            Empty while the sender has not been chosen yet.

        Raises:
            SandboxError: There is no such message.
        """
        row, now = self._message(message_sid)
        chosen = row["explicit"] or lifecycle.status(row, now) not in ("scheduled", "accepted")
        return sender_pool.steps(self._store, row["decision"]) if chosen else []

    def timeline(self, message_sid: str) -> list[tuple[datetime, str]]:
        """Return the moment (UTC, to the millisecond) of every state a message has come to, in order.

        Args:
            message_sid: The message.

        Raises:
            SandboxError: There is no such message.
        """
        row, now = self._message(message_sid)
        due = json.loads(row["options"]).get("send_at") if row["options"] else None
        begun = "scheduled" if due else lifecycle.status({**row, "ended": None}, row["date_created"])
        moments = [(int(row["date_created"]), begun)]
        if due and (row["ended"] is None or row["ended"] >= due):  # not taken back before its time
            moments.append((int(due), "accepted"))
        moments += lifecycle.changes(row)
        return [(_moment(at), status) for at, status in moments if at <= now]

    def messages(self, limit: int = 1000, before: str | None = None) -> list[dict[str, Any]]:
        """Return the account's messages, newest first.

        Args:
            limit: How many at most.
            before: Start after this message, the last one of the page before.

        Returns:
            One entry per message, named as Twilio names them; ``date_created``, ``date_sent`` and ``date_updated`` are
            datetimes to the millisecond, and ``service_name`` and ``smart_encoding`` are the service's as it is now.
        """
        now = self._settled()
        older = "WHERE message.seq < (SELECT seq FROM message WHERE sid = ?)" if before else ""
        sql = f"{_MESSAGE} {older} ORDER BY message.seq DESC LIMIT ?"
        return [_told(row, now) for row in self._store.all(sql, *filter(None, [before]), limit)]

    def message(self, message_sid: str) -> dict[str, Any]:
        """Return one message as `messages` does.

        Raises:
            SandboxError: There is no such message.
        """
        row, now = self._message(message_sid)
        return _told(row, now)

    def inbox(self, address: str, limit: int = 50) -> list[dict[str, Any]]:
        """Return what a phone holds and what is on its way there, oldest first.

        Args:
            address: The phone, E.164 or a channel address; a plain number's RCS messages are among its own.
            limit: How many of the newest at most.

        Returns:
            One entry per message as in `messages`, and ``arrived``: whether the phone holds it.
        """
        now = self._settled()
        where = _OF_A_PHONE.format("?, ?")
        both = (address, f"rcs:{address}")
        rows = self._store.all(f"{_MESSAGE} WHERE {where} ORDER BY message.seq DESC LIMIT ?", *both, *both, limit)
        return [{**_told(row, now), "arrived": _arrived(row, now)} for row in reversed(rows)]

    def reachable(self, address: str) -> list[str]:
        """Return the account's senders that a phone can text, in the order they were made.

        Args:
            address: The phone, E.164 or a channel address.
        """
        read = addresses.read(address)
        channels = {read.channel if read else None} | ({"rcs"} if read and read.channel is None else set())
        rows = self._store.all("SELECT address, kind, capabilities FROM sender ORDER BY seq")
        able = (row["address"] for row in rows if row["kind"] == "channel" or "SMS" in row["capabilities"].split(","))
        return [text for text in able if (sender := addresses.read(text)) is not None and sender.channel in channels]

    @property
    def handset_states(self) -> dict[str, tuple[str, int | None]]:
        """What a handset can be, and the status and error code that messages to it end in."""
        return {state: (ending.status, ending.code) for state, ending in outcomes.HANDSETS.items()}

    def handset_state(self, address: str) -> str:
        """Return what a recipient's handset is: what it was set to, or else what its number says.

        Args:
            address: The recipient, E.164 or a channel address.

        Raises:
            SandboxError: It is no recipient.
        """
        return outcomes.handset_state(self._store, _handset(address))

    def handset(self, address: str, state: str = "good") -> None:
        """Set what a recipient's handset is, and so how messages to it end.

        Args:
            address: The recipient, E.164 or a channel address.
            state: "good", "off" (30003), "blocked" (30004), "dead" (30005), "landline" (30006), "no receipts" (stays
                sent), "reads" (what comes by WhatsApp or RCS is `read` two seconds after `delivered`), "no route"
                (21612), "no permission" (21408), "opted out" (21610) or "not a mobile" (21614).

        Raises:
            SandboxError: It is no recipient, or there is no such state.
        """
        read = _handset(address)
        if state not in outcomes.HANDSETS:
            raise SandboxError(f"There is no state {state!r}; there are {', '.join(outcomes.HANDSETS)}.")
        self._store.run("INSERT OR REPLACE INTO handset VALUES (?, ?)", read.text, state)

    def window_closes(self, address: str, sender: str) -> datetime | None:
        """Return until when a sender of the account may write freely to a person by WhatsApp or Messenger.

        Args:
            address: The person, such as ``whatsapp:+14155550123``.
            sender: The account's sender on the same channel.

        Returns:
            When the window closes, UTC; it may be over. None when the person never wrote to this sender.

        Raises:
            SandboxError: `address` is no recipient, or `sender` is no sender of the account.
        """
        read = addresses.read(sender)
        row = self._store.one("SELECT sid FROM sender WHERE address = ?", read.text if read else sender)
        if row is None:
            raise SandboxError(
                f"The sandbox has no sender {addresses.mask(sender)}; list what it has with list_senders."
            )
        closes = reply_windows.closes(self._store, row["sid"], _handset(address).text)
        return _moment(closes) if closes is not None else None

    def carrier(self, address: str) -> str:
        """Return the made-up carrier of a US phone: T-Mobile, AT&T, Verizon or another.

        Args:
            address: The phone, E.164.

        Raises:
            SandboxError: It is no phone.
        """
        return carriers.carrier_of(self._store, _handset(address).text)

    def journal(self, limit: int | None = None, since: datetime | None = None) -> list[dict[str, Any]]:
        """Return what happened, oldest first: this process's API requests, and every webhook and debugger entry.

        Args:
            limit: How many of the newest at most; all when not given.
            since: Leave out what was before this moment of the sandbox's clock.

        Returns:
            ``at`` (UTC), ``kind`` (request, webhook, skipped or debugger), and what is known of each. No credentials.

        Raises:
            SandboxError: The limit is negative, or the moment has no time zone.
        """
        return journal.read(self._store, self._sandbox.requests, limit=limit, since=since)

    def called(self, message_sid: str) -> list[dict[str, Any]]:
        """Return the webhooks that were called for one message, and what the debugger says of them, as `journal` does."""
        return journal.about(self._store, message_sid)

    def _settled(self) -> int:
        """Let the scheduled messages go whose time has come, and return the time."""
        now = self._sandbox.clock.now()
        if delivery.anything_due(self._store, now):
            self._sandbox.settle()
        return now

    def _message(self, sid: str) -> tuple[Row, int]:
        now = self._settled()
        row = self._store.one(f"{_MESSAGE} WHERE message.sid = ?", sid)
        if row is None:
            raise SandboxError(f"The sandbox has no message {sid}; list them with conn.client.messages.list().")
        return row, now


def _handset(address: str) -> addresses.Address:
    read = addresses.read(address)
    if read is None or read.kind in ("alphanumeric", "short code"):
        raise SandboxError(f"{addresses.mask(address)!r} is no handset; give a number as +14155550123.")
    return read


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _arrived(row: Row, now: int) -> bool:
    """Tell whether a phone holds a message: its own do, and one without a receipt is taken to have come."""
    if row["direction"] == "inbound":
        return True
    return row["ended"] is not None and row["ended"] <= now and row["outcome"] in ("delivered", "read", "sent")


def _told(row: Row, now: int) -> dict[str, Any]:
    shown, inbound = lifecycle.sender_shown(row, now), row["direction"] == "inbound"
    ended = row["ended"] is not None and row["ended"] <= now
    sent = row["date_created"] if inbound else row["sent"]
    status = lifecycle.status(row, now)
    priced = row["price"] is not None and row["priced"] is not None and row["priced"] <= now
    return {
        "sid": row["sid"],
        "direction": row["direction"],
        "status": status,
        "to": row["to_"],
        "from": row["from_"] if shown else None,
        "messaging_service_sid": row["service_sid"],
        "service_name": row["service_name"],
        "smart_encoding": bool(row["smart_encoding"]) and not inbound,
        "body": row["body"],
        "num_segments": row["num_segments"] if shown else 0,
        "num_media": row["num_media"],
        "media_url": json.loads(row["options"])["media"] if row["num_media"] and row["options"] else [],
        "error_code": row["error_code"] if ended else None,
        "price": -row["price"] / 100_000 if priced else None,
        "price_unit": "USD" if serialization.unit_known(row["service_sid"], row["direction"], status) else None,
        "date_created": _moment(row["date_created"]),
        "date_sent": _moment(sent) if sent is not None and sent <= now else None,
        "date_updated": _moment(lifecycle.updated(row, now)),
    }
