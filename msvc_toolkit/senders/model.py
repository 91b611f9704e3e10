"""Senders and the sender pool, and what Twilio will refuse.

Source: Messaging Services, sender pool; error pages 21708 to 21715; the best practice of one toll-free number per
pool (read 2026-11-23).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from msvc_toolkit.errors import Problem
from msvc_toolkit.rules import addresses, sender_ids, territories
from msvc_toolkit.rules.limits import POOL_LIMIT

RESOURCES = {"PN": "phone_numbers", "SC": "short_codes", "XE": "channel_senders", "AI": "alpha_senders"}
"""The pool's resource for each SID prefix, by the SDK's name."""
_DIGITS = re.compile(r"(?<!\+)\(?(?<!\+\()\b\d[\d ().-]{5,}\d")
_ORDER = ("short code", "alphanumeric", "local", "mobile", "toll-free", "channel")


@dataclass(frozen=True)
class AlphaSender:
    """An alphanumeric sender ID to add to a pool.

    Args:
        name: Up to 11 of A-Z a-z 0-9 space - + _ &, not digits alone.
        iso_country_code: Keep it for one country (a DestinationAlphaSender), "" for all countries without one of their
            own, None for a plain AlphaSender.
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
        capabilities: Any of Voice, SMS, MMS.
        friendly_name: Its label on the account.
        service_sid: The service it is in, None when in none.
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
    def resource(self) -> str:
        """The pool's resource it belongs to, by the SDK's name."""
        if self.sid.startswith("AI") and self.iso_country_code is not None:
            return "destination_alpha_senders"
        return RESOURCES[self.sid[:2]]

    @property
    def shown(self) -> str:
        """The address as people may see it."""
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
        """Return whether every word occurs in what is known of it; digits match the whole number."""
        known = " ".join(
            (self.address, self.kind, self.country, self.friendly_name, self.service_name, *self.capabilities)
        ).lower()
        return all(word in known for word in words.lower().replace("+1 ", "+1").split())


def in_order(senders: Iterable[Sender]) -> list[Sender]:
    """Sort by kind, country and address."""
    return sorted(senders, key=lambda s: (_ORDER.index(s.kind), s.country, s.address))


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


def add_problems(senders: Sequence[Sender], service_sid: str, pool: Sequence[Sender], *, move: bool) -> list[Problem]:
    """Return what Twilio will refuse, and warnings.

    Args:
        senders: What is to be added.
        service_sid: The service.
        pool: What its pool holds now.
        move: Whether senders of another service are taken out of it first.

    Returns:
        One problem per fault; its field is the sender's SID, "pool" where it is about all of them.
    """
    found = [problem for sender in senders if (problem := _refusal(sender, service_sid, move=move)) is not None]
    counted = [s for s in pool if s.sid[:2] in ("PN", "SC")]
    taken = [s for s in senders if _refusal(s, service_sid, move=move) is None]
    joining = [s for s in taken if s.sid[:2] in ("PN", "SC")]
    if len(counted) + len(joining) > POOL_LIMIT:
        room = max(POOL_LIMIT - len(counted), 0)
        sentence = (
            f"A pool holds {POOL_LIMIT} numbers and short codes (21714) and this one has room for {room}. "
            f"Choose {len(joining) - room} fewer, or ask Twilio to raise the limit."
        )
        found.append(Problem("pool", sentence))
    kinds = Counter(s.kind for s in {s.sid: s for s in (*pool, *taken)}.values())
    if kinds["toll-free"] > 1 and any(s.kind == "toll-free" for s in taken):
        sentence = (
            f"The pool would hold {kinds['toll-free']} toll-free numbers. Twilio advises one at most: "
            "carriers may take several for spreading spam and block them."
        )
        found.append(Problem("pool", sentence, blocks=False))
    return found


def _refusal(sender: Sender, service_sid: str, *, move: bool) -> Problem | None:
    if sender.service_sid == service_sid:
        return Problem(sender.sid, f"{sender.shown} is in this pool already (21710).")
    if sender.sid.startswith("PN") and not {"SMS", "MMS"} & set(sender.capabilities):
        return Problem(sender.sid, f"{sender.shown} has neither SMS nor MMS (21715). Choose a number that can text.")
    if sender.service_sid and not move:
        return Problem(
            sender.sid,
            f"{sender.shown} is in {sender.service_name} (21712). Tick 'Move' to remove it from there first, or remove it "
            "there yourself.",
        )
    return None


def alpha_problems(alpha: AlphaSender, pool: Sequence[Sender], on: date | None = None) -> list[Problem]:
    """Return what Twilio will refuse about a sender ID, and where it has to be registered.

    Args:
        alpha: The sender ID.
        pool: What the pool holds now.
        on: The day whose rules hold; today when not given.
    """
    on = on or datetime.now(UTC).date()
    found = []
    if wrong := addresses.alpha_problem(alpha.name):
        found.append(Problem("alpha", wrong.sentence, wrong.blocks))
    country = alpha.iso_country_code and alpha.iso_country_code.upper()
    if country and not territories.is_country(country):
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
