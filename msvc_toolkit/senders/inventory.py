"""The account's senders, and the service each is in."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from msvc_toolkit.connection import Connection, asking
from msvc_toolkit.connection.live import CONCURRENCY
from msvc_toolkit.errors import refuse
from msvc_toolkit.rules import addresses
from msvc_toolkit.senders.model import CHANNELS, Sender, channel_name, in_order
from msvc_toolkit.services.calls import list_services, sid_problems
from msvc_toolkit.services.model import Service

_ABLE = ("SMS", "MMS", "Voice")
"""Capabilities of a number, in the order in which they are listed."""


def pool_of(conn: Connection, sid: str, name: str = "") -> list[Sender]:
    """Return the members of a service's pool, all five kinds; the service's label is kept with each."""
    refuse(sid_problems(sid))
    with asking():
        service = conn.client.messaging.v1.services(sid)
        found = [_member(i, i.phone_number, sid, name) for i in service.phone_numbers.list(page_size=1000)]
        found += [_member(i, i.short_code, sid, name) for i in service.short_codes.list(page_size=1000)]
        found += [_member(i, i.alpha_sender, sid, name) for i in service.alpha_senders.list(page_size=1000)]
        found += [_member(i, i.alpha_sender, sid, name) for i in service.destination_alpha_senders.list(page_size=1000)]
        found += [_member(i, i.sender, sid, name) for i in service.channel_senders.list(page_size=1000)]
    return in_order(found)


def account_senders(conn: Connection) -> list[Sender]:
    """Return every number, short code and channel sender of the account, and the service each is in."""
    return [sender for sender in all_senders(conn) if sender.kind != "alphanumeric"]


def all_senders(conn: Connection) -> list[Sender]:
    """Return every sender of the account, and the sender IDs of every service.

    Twilio stores the members with the service, so every service is read, a few at a time.
    """
    services = list_services(conn)

    def members(service: Service) -> list[Sender]:
        return pool_of(conn, service.sid, service.friendly_name)

    with ThreadPoolExecutor(CONCURRENCY) as many, asking():
        pools = list(many.map(members, services))
        numbers = conn.client.incoming_phone_numbers.list(page_size=1000)
        short = conn.client.short_codes.list(page_size=1000)
        channels = [s for name in CHANNELS for s in conn.client.messaging.v2.channels_senders.list(channel=name)]
    placed = {member.sid: member for pool in pools for member in pool}
    owned = [_owned(n, n.phone_number, _able(n.capabilities)) for n in numbers]
    # Twilio's list of short codes has neither their country nor what they can send; a pool has both.
    owned += [replace(_owned(s, s.short_code, ("SMS", "MMS")), country="US") for s in short]
    owned += [_owned(c, c.sender_id, (channel_name(c.sender_id),)) for c in channels]
    return in_order([*(_placed(sender, placed.pop(sender.sid, None)) for sender in owned), *placed.values()])


def _placed(sender: Sender, member: Sender | None) -> Sender:
    """Return a sender of the account with its service, and the details that only the service has."""
    if member is None:
        return sender
    return replace(
        sender,
        service_sid=member.service_sid,
        service_name=member.service_name,
        country=member.country or sender.country,
        capabilities=member.capabilities or sender.capabilities,
    )


def _owned(item: Any, address: str, able: tuple[str, ...]) -> Sender:
    read = addresses.read(address)
    profile = getattr(item, "profile", None) or {}  # that has a channel sender's name
    label = getattr(item, "friendly_name", None) or profile.get("name") or ""
    return Sender(item.sid, address, (read.country if read else None) or "", able, label)


def _member(item: Any, address: str, sid: str, name: str) -> Sender:
    channel = channel_name(address)
    return Sender(
        sid=item.sid,
        address=address,
        country=getattr(item, "country_code", None) or "",
        capabilities=(channel,) if channel else _in_order(getattr(item, "capabilities", None) or ("SMS",)),
        service_sid=sid,
        service_name=name,
        iso_country_code=getattr(item, "iso_country_code", None),
    )


def _able(capabilities: Any) -> tuple[str, ...]:
    """Read an incoming number's capabilities, which Twilio writes as a flag for each lower-case word."""
    flags = capabilities if isinstance(capabilities, dict) else vars(capabilities or object)
    return _in_order(word for word in _ABLE if flags.get(word.lower()))


def _in_order(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(words, key=lambda word: _ABLE.index(word) if word in _ABLE else len(_ABLE)))
