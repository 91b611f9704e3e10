"""What an account's services are, the changes that a plan makes, and what became of each.

A sender is written as one text: its number, short code or channel address; a sender ID as it is (``ACME``), with its
country if it has one (``ACME/GB``), or ``ACME/*`` for all countries without one of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from msvc_toolkit.rules import addresses
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.rules.service_settings import SETTINGS, Setting
from msvc_toolkit.senders.model import AlphaSender, Sender
from msvc_toolkit.services.model import Service

Kind = Literal["create", "set", "remove", "move", "add", "delete"]
OutcomeKind = Literal["done", "nothing to do", "refused", "unknown", "not tried"]
Position = tuple[int, int]
"""Line and column in a file, from 1."""


@dataclass(frozen=True, repr=False)
class ServiceSetup:
    """A Messaging Service with its settings and pool, as an account has it or as a file wants it.

    Args:
        settings: The settings by the SDK's names; one that a file leaves out stays as it is.
        senders: Its pool, written as the module says; None where a file leaves it out.
        sid: Its SID; a file needs none.
        campaign: The SID of its A2P campaign, empty without one.
        status: That campaign's status.
        delete: Whether a file asks to delete it.
        at: Where each part of it is in the file, by a setting's name or a sender; the whole of it under "".
    """

    settings: Mapping[str, Any]
    senders: tuple[str, ...] | None = ()
    sid: str = ""
    campaign: str = ""
    status: str = field(default="", compare=False)
    delete: bool = False
    at: Mapping[str, Position] = field(default_factory=dict, compare=False)

    def __repr__(self) -> str:
        return f"<ServiceSetup {self.label}, {count(len(self.senders or ()), 'sender')}>"

    @property
    def label(self) -> str:
        """Its name as people may see it."""
        return addresses.mask_in(str(self.settings.get("friendly_name", ""))) or self.sid


@dataclass(frozen=True, repr=False)
class AccountSetup:
    """The services of an account, read from Twilio or from a file.

    Args:
        services: The services.
        account_sid: The account, empty in a file.
        owned: Every sender of the account, in a pool or not, as the module writes them; empty in a file.
    """

    services: tuple[ServiceSetup, ...]
    account_sid: str = ""
    owned: Mapping[str, Sender] = field(default_factory=dict)

    def __repr__(self) -> str:
        senders = sum(len(service.senders or ()) for service in self.services)
        return f"<AccountSetup {count(len(self.services), 'service')}, {count(senders, 'sender')} in pools>"


@dataclass(frozen=True)
class Change:
    """One change to an account.

    Args:
        kind: create, set (settings), remove, move, add (a sender) or delete.
        service: The name of the service that changes.
        service_sid: Its SID; of one that the plan creates, a name that the plan alone uses.
        sentence: What it does.
        effects: What it stops or starts.
        irreversible: What `undo_changes` cannot bring back.
        sender: The sender, masked.
        sender_sid: Its SID; empty for a sender ID that is not in the pool yet.
        source: The SID of the service that a moved sender leaves.
        before: The settings that it changes, as they are; of a service that is deleted, all.
        after: The settings as they will be.
    """

    kind: Kind
    service: str
    service_sid: str
    sentence: str
    effects: tuple[str, ...] = ()
    irreversible: tuple[str, ...] = ()
    sender: str = ""
    sender_sid: str = ""
    source: str = ""
    before: Mapping[str, Any] = field(default_factory=dict, repr=False)
    after: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, repr=False)
class ChangePlan:
    """The changes that make an account what a file wants, in the order in which they are made.

    Args:
        changes: The changes.
        notes: What the plan leaves alone, and other things to know.
        account: The account as it was when the plan was made.
        undoes: The name of the journal that it takes back, empty otherwise.
    """

    changes: tuple[Change, ...]
    account: AccountSetup
    notes: tuple[str, ...] = ()
    undoes: str = ""

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __repr__(self) -> str:
        return f"<ChangePlan {count(len(self.changes), 'change')}>"

    def __str__(self) -> str:
        if not self.changes:
            return "\n".join(["Nothing to change.", *self.notes])
        lines: list[str] = []
        for number, change in enumerate(self.changes, start=1):
            lines.append(f"{number:3}. {change.sentence}")
            lines += [f"     - {effect}" for effect in change.effects]
            lines += [f"     ! Cannot be undone: {loss}" for loss in change.irreversible]
        return "\n".join([*lines, *(f"Note: {note}" for note in self.notes)])


@dataclass(frozen=True)
class ChangeOutcome:
    """What became of one change.

    Args:
        change: The change.
        outcome: done, nothing to do, refused, unknown or not tried.
        sentence: What happened, and the next step where one is needed.
        code: Twilio's error code where it refused.
    """

    change: Change
    outcome: OutcomeKind
    sentence: str
    code: int | None = None


def sender_text(sender: Sender) -> str:
    """Write a sender as files do."""
    destination = sender.iso_country_code
    return sender.address if destination is None else f"{sender.address}/{destination or '*'}"


def alpha_of(text: str) -> AlphaSender:
    """Read a sender ID as files write it."""
    name, slash, country = text.partition("/")
    return AlphaSender(name, country.replace("*", "") if slash else None)


def is_alpha(text: str) -> bool:
    """Return whether a sender, as files write it, is a sender ID."""
    address = addresses.read(text)
    return address.kind == "alphanumeric" if address is not None else "/" in text and ":" not in text


def setting_text(setting: Setting, value: object) -> Any:
    """Return a setting's value as files have it: never None."""
    return value if value is not None else setting.default if setting.default is not None else ""


def service_setup(
    service: Service, senders: tuple[str, ...] = (), campaign: str = "", status: str = ""
) -> ServiceSetup:
    """Return a service of an account with its pool and its campaign."""
    settings = {one.name: setting_text(one, service.settings.get(one.name)) for one in SETTINGS}
    return ServiceSetup(settings, senders, service.sid, campaign, status)
