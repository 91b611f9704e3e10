"""Final status of a message, by sender and recipient.

Source: the error dictionary, codes 21614, 21635, 30003 to 30007, 30032, 30034; Test credentials for the magic
numbers; A2P 10DLC and toll-free verification guides (read 2026-11-23). Which status each handset state leads to is our choice.
"""

from __future__ import annotations

from dataclasses import dataclass

from msvc_toolkit.rules import addresses, error_codes
from msvc_toolkit.sandbox.storage.store import SandboxStore

STANDINGS = ("good", "unregistered", "unverified", "filtered")
"""How carriers treat a sender; numbers of a scenario are in good standing unless set otherwise.

A US number in good standing still needs a registration if the account takes part in A2P, see `a2p_registration`.
"""


@dataclass(frozen=True)
class Ending:
    """How a message ends."""

    status: str  # its final status
    code: int | None = None  # Twilio's error code, None when it arrives
    early: bool = False  # true when Twilio itself stops it before it is sent
    sync: int | None = None  # the code with which a request with From is refused at once; None when it is accepted


DELIVERED, READ = Ending("delivered"), Ending("read")
HANDSETS: dict[str, Ending] = {
    "good": DELIVERED,
    "off": Ending("undelivered", 30003),
    "blocked": Ending("undelivered", 30004),
    "dead": Ending("undelivered", 30005),
    "landline": Ending("undelivered", 30006, sync=21635),
    "no receipts": Ending("sent"),
    "reads": READ,
    "no route": Ending("failed", 21612, early=True, sync=21612),
    "no permission": Ending("failed", 21408, early=True, sync=21408),
    "opted out": Ending("failed", 21610, early=True, sync=21610),
    "not a mobile": Ending("undelivered", 30006, sync=21614),
}
"""The states of a handset, and how a message to it ends."""

_TELL_OF_READING = ("whatsapp", "rcs")
"""Channels with read receipts. Source: Messages resource, status `read` (read 2026-11-23)."""

MAGIC = {
    "+15005550002": "no route",
    "+15005550003": "no permission",
    "+15005550004": "opted out",
    "+15005550009": "not a mobile",
}
"""Twilio's magic recipients for test credentials; here they work for every account."""


def handset_state(store: SandboxStore, to: addresses.Address) -> str:
    """Return the state of a handset: the one that was set, that of a magic number, or "landline" by the numbering plan."""
    states: dict[str, str] = store.cached(
        ("handset",), lambda: {r["address"]: r["state"] for r in store.all("SELECT * FROM handset")}
    )
    if to.text in states:
        return states[to.text]
    return MAGIC.get(to.text) or ("landline" if addresses.is_landline(to) else "good")


def known_ending(state: str) -> Ending | None:
    """Return how a message to a handset in a state ends; the state may be any code that a message can end with."""
    known = error_codes.lookup(state) if state.isdecimal() else None
    if known is not None and known.status in ("failed", "undelivered"):
        return Ending(known.status, known.code)
    return HANDSETS.get(state)


def ending(store: SandboxStore, to: addresses.Address, by: addresses.Address, standing: str) -> Ending:
    """Return how a message ends."""
    set_ending = known_ending(handset_state(store, to)) or DELIVERED
    if set_ending not in (DELIVERED, READ):
        return set_ending
    if standing == "filtered":
        return Ending("undelivered", 30007)
    if to.country == "US" and standing == "unregistered" and by.kind == "local":
        return Ending("undelivered", 30034)
    if to.country in addresses.US_CA and standing == "unverified" and by.kind == "toll-free":
        return Ending("undelivered", 30032)
    return set_ending if by.channel in _TELL_OF_READING else DELIVERED
