"""An account's services, the changes of a plan, and the outcome of each change.

A sender is written as one text: its number, short code or channel address; a sender ID as it is (``ACME``), with its
country if it has one (``ACME/GB``), or ``ACME/*`` for all other countries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
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
        at: Positions in a file: of the service under "", of each sender and SID under its text, of their list under "senders:".
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
        place: Which account it is in words: the live one, or a sandbox with its file; empty in a file.
    """

    services: tuple[ServiceSetup, ...]
    account_sid: str = ""
    owned: Mapping[str, Sender] = field(default_factory=dict)
    place: str = field(default="", compare=False)

    def __repr__(self) -> str:
        senders = sum(len(service.senders or ()) for service in self.services)
        return f"<AccountSetup {count(len(self.services), 'service')}, {count(senders, 'sender')} in pools>"


@dataclass(frozen=True)
class Change:
    """One change to an account.

    Args:
        kind: create, set (settings), remove, move, add (a sender) or delete.
        service: The name of the service that changes.
        service_sid: Its SID; for a service that the plan creates, a temporary name.
        sentence: What it does.
        effects: What it stops or starts.
        irreversible: What `undo_changes` cannot bring back. In an undo, what this change could not bring back.
        sender: The sender, masked.
        sender_sid: Its SID; empty for a sender ID that is not in the pool yet.
        source: The SID of the service that a moved sender leaves.
        before: The present values of the settings that it changes; for a deleted service, of all settings.
        after: The settings as they will be.
        campaign: The campaign that ends with a service that is deleted.
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
    campaign: str = ""


@dataclass(frozen=True, repr=False)
class ChangePlan:
    """The changes that make an account what a file wants, in the order in which they are made.

    Args:
        changes: The changes.
        notes: What the plan leaves alone, and other things to know.
        account: The account as it was when the plan was made.
        journal: The name of the journal that it continues; empty for a new plan.
    """

    changes: tuple[Change, ...]
    account: AccountSetup
    notes: tuple[str, ...] = ()
    journal: str = ""

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __repr__(self) -> str:
        return f"<ChangePlan {count(len(self.changes), 'change')}>"

    def __str__(self) -> str:
        if not self.changes:
            return "\n".join(["Nothing to change.", *self.notes])
        lines: list[str] = []
        groups = groupby(
            self.changes, lambda one: (one.kind, one.service_sid, one.source, one.effects, one.irreversible)
        )
        for number, (_, group) in enumerate(groups, start=1):
            change, *alike = group
            lines.append(f"{number:3}. {change.sentence}")
            lines += (
                [f"     The same goes for {', '.join(one.sender for one in alike)}. For each of them:"] if alike else []
            )
            lines += [f"     - {effect}" for effect in change.effects]
            lines += [f"     ! Undo does not bring back {loss}" for loss in change.irreversible]
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
    """Write a sender the way it appears in account files."""
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


def labels_of(names: Iterable[str]) -> str:
    """Return the labels of settings, as forms have them."""
    wanted = set(names)
    return ", ".join(setting.label for setting in SETTINGS if setting.name in wanted)


def service_setup(
    service: Service, senders: tuple[str, ...] = (), campaign: str = "", status: str = ""
) -> ServiceSetup:
    """Return a service of an account with its pool and its campaign."""
    settings = {one.name: setting_text(one, service.settings.get(one.name)) for one in SETTINGS}
    return ServiceSetup(settings, senders, service.sid, campaign, status)


def drift(plan: ChangePlan, now: AccountSetup) -> list[str]:
    """Say what is different on the account since a plan was made."""
    made, here = (one.place or one.account_sid for one in (plan.account, now))
    if plan.account.account_sid != now.account_sid or (plan.account.place and made != here):  # a twin has the same SID
        return [f"This plan is for {made}, but this account is {here}."]
    was = {service.sid: service for service in plan.account.services}
    said = []
    for service in now.services:
        old = was.pop(service.sid, None)
        if old is None:
            said.append(f"{service.label} was created after the plan was made.")
            continue
        other = [one.label for one in SETTINGS if service.settings[one.name] != old.settings[one.name]]
        said += [f"{old.label}: {label} was changed after the plan was made." for label in other]
        pools = set(old.senders or ()), set(service.senders or ())
        said += [
            f"{addresses.mask(sender)} left {old.label} after the plan was made."
            for sender in sorted(pools[0] - pools[1])
        ]
        said += [
            f"{addresses.mask(sender)} joined {old.label} after the plan was made."
            for sender in sorted(pools[1] - pools[0])
        ]
        if service.campaign != old.campaign:
            said.append(f"{old.label}: its campaign was changed after the plan was made.")
    said += [f"{service.label} was deleted after the plan was made." for service in was.values()]
    owned = {sender.sid for sender in now.owned.values()}
    planned = [change for change in plan.changes if change.sender_sid and change.sender_sid not in owned]
    return [*said, *(f"{change.sender} is no longer on the account." for change in planned)]


def inverse(change: Change, names: Mapping[str, str], created: Mapping[str, str]) -> Change:
    """Return the change that takes one back.

    Args:
        change: The change.
        names: The names of services, by SID.
        created: The SIDs of services that were created, by the names or SIDs that the plan has for them.
    """
    sid, source = (created.get(ref, ref) for ref in (change.service_sid, change.source))
    back = replace(change, service_sid=sid, effects=(), before=change.after, after=change.before)
    name = change.service
    if change.kind == "create":
        return replace(back, kind="delete", sentence=f"{name} is deleted again.", campaign="")
    if change.kind == "delete":
        return replace(back, kind="create", sentence=f"{name} is created again, with another SID.", campaign="")
    if change.kind == "set":
        return replace(back, sentence=f"{name} gets these settings back: {labels_of(change.after)}.")
    if change.kind == "move":
        old = names.get(source, source)
        sentence = f"{change.sender} moves back from {name} to {old}."
        return replace(back, service=old, service_sid=source, source=sid, sentence=sentence)
    if change.kind == "add":
        return replace(back, kind="remove", sentence=f"{change.sender} leaves {name} again.")
    return replace(back, kind="add", sentence=f"{change.sender} joins {name} again.")
