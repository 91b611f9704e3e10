"""Senders and the sender pool, and what Twilio will refuse.

Source: Messaging Services, sender pool; error pages 21708 to 21715; the best practice of one toll-free number per
pool (read 2026-11-23).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from msvc_toolkit.errors import Problem
from msvc_toolkit.rules import addresses, numbering_plan, sender_ids
from msvc_toolkit.rules.limits import POOL_LIMIT

RESOURCES = {"PN": "phone_numbers", "SC": "short_codes", "XE": "channel_senders", "AI": "alpha_senders"}
"""The pool's resource for each SID prefix, by the SDK's name."""
SID_PARAMS = {"phone_numbers": "phone_number_sid", "short_codes": "short_code_sid", "channel_senders": "sid"}
"""The parameter that carries a sender's SID when it is added, by resource."""
CHANNELS = {"whatsapp": "WhatsApp", "rcs": "RCS", "messenger": "Messenger"}
"""The usual name of each channel."""
_DIGITS = re.compile(r"(?<!\+)\(?(?<!\+\()\b\d[\d ().-]{5,}\d")
ORDER = ("short code", "alphanumeric", "local", "mobile", "toll-free", "channel")


@dataclass(frozen=True)
class AlphaSender:
    """An alphanumeric sender ID to add to a pool.

    Args:
        name: Up to 11 of A-Z a-z 0-9 space - + _ &, not digits alone.
        iso_country_code: A country code makes it a DestinationAlphaSender for that country, "" one for all other countries;
            None makes it a plain AlphaSender.
    """

    name: str
    iso_country_code: str | None = None


@dataclass(frozen=True)
class Sender:
    """One sender of the account, and the service it is in.

    Args:
        sid: PN, SC, XE or AI.
        address: Its number, short code, sender ID or channel address.
        country: ISO code, empty when it has none.
        capabilities: Any of SMS, MMS, Voice; of a channel sender the name of its channel.
        friendly_name: Its label on the account.
        service_sid: The service it is in, None if it is in no service.
        service_name: That service's label.
        iso_country_code: The destination of a DestinationAlphaSender, None for everything else.
    """

    sid: str
    address: str = field(repr=False)
    country: str = ""
    capabilities: tuple[str, ...] = ()
    friendly_name: str = field(default="", repr=False)
    service_sid: str | None = None
    service_name: str = ""
    iso_country_code: str | None = field(default=None)

    @property
    def kind(self) -> str:
        """Its kind: local, mobile, toll-free, short code, alphanumeric or channel."""
        return {"SC": "short code", "AI": "alphanumeric", "XE": "channel"}.get(self.sid[:2]) or self._number_kind()

    def _number_kind(self) -> str:
        address = addresses.read(self.address)
        return address.kind if address else "local"

    @property
    def kind_name(self) -> str:
        """Its kind in words; for a channel sender the channel's name."""
        return channel_name(self.address) or self.kind

    @property
    def can_send(self) -> str:
        """What it can send, in words."""
        return "Voice only" if self.capabilities == ("Voice",) else ", ".join(self.capabilities)

    @property
    def resource(self) -> str:
        """The SDK's name of the pool resource for its kind."""
        if self.sid.startswith("AI") and self.iso_country_code is not None:
            return "destination_alpha_senders"
        return RESOURCES[self.sid[:2]]

    @property
    def shown(self) -> str:
        """The address, masked."""
        return addresses.mask(self.address)

    @property
    def label(self) -> str:
        """Its own label, unless that only repeats the number."""
        kept = addresses.mask_in(_DIGITS.sub(self._hidden, self.friendly_name))
        return kept if any(char.isalnum() for char in kept.replace(self.shown, "")) else ""

    def _hidden(self, run: re.Match[str]) -> str:
        """Twilio labels a new number with itself, without its country code."""
        return "•••" if re.sub(r"\D", "", run[0]) in self.address else run[0]

    def matches(self, words: str) -> bool:
        """Return whether every word occurs in one of its fields; digits match the unmasked number."""
        named = (self.kind_name, self.country, self.friendly_name, self.service_name, *self.capabilities)
        known = " ".join((self.address, self.kind, *named)).lower()
        return all(word in known for word in words.lower().replace("+1 ", "+1").split())


def channel_name(address: str) -> str:
    """Return the usual name of an address's channel; empty if it has none."""
    return CHANNELS.get(address.partition(":")[0].lower(), "") if ":" in address else ""


def in_order(senders: Iterable[Sender]) -> list[Sender]:
    """Sort by kind, country and address."""
    return sorted(senders, key=lambda s: (ORDER.index(s.kind), s.country, s.address))


@dataclass(frozen=True)
class Outcome:
    """The result for one sender.

    Args:
        sender: The sender, masked.
        sid: Its SID, empty when it has none.
        outcome: added, moved, removed, refused, unknown or not tried.
        code: Twilio's error code where it refused.
        sentence: What happened, and the next step where one is needed.
    """

    sender: str
    sid: str
    outcome: str
    code: int | None
    sentence: str


@dataclass(frozen=True)
class SelectedSenders:
    """Selected senders, by the action that is possible for them."""

    ready: tuple[Sender, ...] = ()  # those that can join the pool
    elsewhere: tuple[Sender, ...] = ()  # those in another service, which must remove them first (21712)
    here: tuple[Sender, ...] = ()  # those in the pool already
    mute: tuple[Sender, ...] = ()  # numbers with neither SMS nor MMS, which Twilio refuses (21715)


def sort_out(senders: Iterable[Sender], service_sid: str) -> SelectedSenders:
    """Group senders by the action that is possible for them."""
    groups: dict[str, list[Sender]] = {"ready": [], "elsewhere": [], "here": [], "mute": []}
    for sender in senders:
        if sender.service_sid == service_sid:
            group = "here"
        elif sender.sid.startswith("PN") and not {"SMS", "MMS"} & set(sender.capabilities):
            group = "mute"
        else:
            group = "elsewhere" if sender.service_sid else "ready"
        groups[group].append(sender)
    return SelectedSenders(**{name: tuple(group) for name, group in groups.items()})


def pool_problems(joining: Sequence[Sender], pool: Sequence[Sender]) -> list[Problem]:
    """Return what stops senders from joining a pool together, and warnings."""
    found = []
    room, wanted = max(POOL_LIMIT - counted(pool), 0), counted(joining)
    if wanted > room:
        sentence = (
            f"A pool holds {POOL_LIMIT} numbers and short codes (21714), and this one has room for {room}. "
            f"Select {wanted - room} fewer, or ask Twilio to raise the limit."
        )
        found.append(Problem("pool", sentence))
    toll_free = sum(sender.kind == "toll-free" for sender in (*pool, *joining))
    if toll_free > 1 and any(sender.kind == "toll-free" for sender in joining):
        sentence = (
            f"The pool would hold {toll_free} toll-free numbers. Twilio advises one at most: "
            "carriers may mistake several for spam and block them."
        )
        found.append(Problem("pool", sentence, blocks=False))
    return found


def counted(pool: Iterable[Sender]) -> int:
    """Count the members of a pool that count towards its limit: numbers and short codes."""
    return sum(sender.sid[:2] in ("PN", "SC") for sender in pool)


def alpha_problems(alpha: AlphaSender, pool: Sequence[Sender], on: date | None = None) -> list[Problem]:
    """Return what Twilio will refuse about a sender ID, and where it has to be registered on a day (today if not given)."""
    on = on or datetime.now(UTC).date()
    found = []
    if wrong := addresses.alpha_problem(alpha.name):
        found.append(Problem("alpha", wrong.sentence, wrong.blocks))
    country = alpha.iso_country_code and alpha.iso_country_code.upper()
    if country and not numbering_plan.is_country(country):
        sentence = (
            f"{alpha.iso_country_code!r} is not a two-letter country code. Use one such as GB, or leave it empty."
        )
        found.append(Problem("country", sentence))
    same = [s for s in pool if s.kind == "alphanumeric" and s.iso_country_code == country]
    if same:
        where = f"for {country}" if country else "for all countries"
        sentence = f"The pool has the sender ID {same[0].address} {where} already (21714). Remove it first."
        found.append(Problem("alpha", sentence))
    if country in addresses.US_CA:
        sentence = "The US and Canada take no alphanumeric sender IDs, so the service would never choose it there."
        found.append(Problem("country", sentence, blocks=False))
    elif country:
        if advice := sender_ids.advice(country, on):
            found.append(Problem("country", advice, blocks=False))
    elif alpha.name:
        sentence = f"In {', '.join(sender_ids.asking(on))} the ID has to be registered first. {sender_ids.NEXT}"
        found.append(Problem("country", sentence, blocks=False))
    return found
