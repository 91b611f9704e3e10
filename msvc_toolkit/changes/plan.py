"""The changes between an account and what a file wants, with what each of them stops or starts.

Source: Messaging Services, inbound handling, Sticky Sender, opt-out keywords (a STOP counts for the whole service), A2P
10DLC (a number is registered through its service's campaign); error page 21714 (read 2026-11-23).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, product
from typing import Any

from msvc_toolkit.changes.account_file import refuse_at
from msvc_toolkit.changes.model import (
    AccountSetup,
    Change,
    ChangePlan,
    Kind,
    Position,
    ServiceSetup,
    is_alpha,
    setting_text,
)
from msvc_toolkit.private.secret import without_login
from msvc_toolkit.rules import addresses
from msvc_toolkit.rules.limits import POOL_LIMIT
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.rules.service_settings import SETTINGS
from msvc_toolkit.senders.model import Sender, pool_problems

_SETTING = {setting.name: setting for setting in SETTINGS}
_INBOUND = ("use_inbound_webhook_on_number", "inbound_request_url", "inbound_method", "fallback_url", "fallback_method")
_ORDER = ("create", "set", "remove", "move", "add", "delete")


def plan_between(now: AccountSetup, wanted: AccountSetup) -> ChangePlan:
    """Return the changes that make an account match what is wanted; nothing is sent.

    Raises:
        InvalidInput: The file names what the account does not have, or asks for what Twilio refuses; each problem's
            field is its line and column.
    """
    return _Planner(now, wanted).plan()


def unknown(now: AccountSetup, services: Sequence[ServiceSetup]) -> list[tuple[Position, str]]:
    """Return which services and senders of a file the account does not have, or cannot use, with their places."""
    sids = {service.sid for service in now.services}
    found = []
    for service in services:
        if service.delete:
            continue
        if service.at and service.sid and service.sid not in sids:  # of another account, its SID says nothing here
            sentence = (
                "The account has no service with this SID. To see the SIDs that it has, run msvc export --sids. To create "
                "a new service, leave sid out."
            )
            found.append((service.at[service.sid], sentence))
        found += [
            (service.at.get(sender, (1, 1)), f"{addresses.mask(sender)} {sentence}")
            for sender in service.senders or ()
            if not is_alpha(sender) and (sentence := _unusable(now.owned.get(sender)))
        ]
    return found


def _unusable(owned: Sender | None) -> str:
    """Say, as the end of a sentence, why a sender cannot be in a service; empty where it can."""
    if owned is None:
        return "is not on this account. A plan buys nothing: remove it here, or buy it in the Console first."
    if owned.sid.startswith("PN") and not owned.service_sid and not {"SMS", "MMS"} & set(owned.capabilities):
        return "has neither SMS nor MMS, so Twilio refuses it in a service (21715). Remove it here."
    return ""


class _Planner:
    """Compares two setups of an account."""

    def __init__(self, now: AccountSetup, wanted: AccountSetup) -> None:
        self._now, self._wanted = now, wanted
        self._known = {service.sid: service for service in now.services}
        self._problems = unknown(now, wanted.services)
        self._notes: list[str] = []
        self._changes: list[Change] = []

    def plan(self) -> ChangePlan:
        pairs = self._matched()
        staying = [(after, wanted) for after, wanted in pairs if not wanted.delete]
        goes_to = {sender for _, wanted in staying for sender in wanted.senders or () if not is_alpha(sender)}
        for after, wanted in pairs:
            if wanted.delete:
                self._delete(self._known[after.sid], wanted, goes_to)
            else:
                (self._set if after.sid in self._known else self._create)(after, wanted)
                self._pool(after, wanted, goes_to)
        refuse_at(self._problems)
        self._note_the_rest({after.sid for after, _ in pairs}, staying)
        self._changes.sort(key=lambda change: _ORDER.index(change.kind))
        return ChangePlan(tuple(self._with_room()), self._now, tuple(dict.fromkeys(self._notes)))

    def _matched(self) -> list[tuple[ServiceSetup, ServiceSetup]]:
        """Return each wanted service, as it will be with its SID, or a made-up one if it is new, and as the file has it."""
        found: dict[int, ServiceSetup] = {}
        named: dict[str, list[int]] = defaultdict(list)
        for number, wanted in enumerate(self._wanted.services):
            if wanted.sid in self._known:
                found[number] = self._known[wanted.sid]
            elif not wanted.sid or not (wanted.at or wanted.delete):
                named[str(wanted.settings["friendly_name"])].append(number)
        for name, numbers in named.items():
            taken = {service.sid for service in found.values()}
            left = [s for s in self._now.services if s.settings["friendly_name"] == name and s.sid not in taken]
            found |= self._same_name(numbers, left)
        new = {number for numbers in named.values() for number in numbers if number not in found}
        return [
            (_after(found.get(number), wanted, f"new {number + 1}"), wanted)
            for number, wanted in enumerate(self._wanted.services)
            if number in found or (number in new and not wanted.delete)
        ]

    def _same_name(self, numbers: list[int], left: list[ServiceSetup]) -> dict[int, ServiceSetup]:
        """Match services of one name: the only ones, or those that are equal, then those that share senders."""
        found: dict[int, ServiceSetup] = {}
        for alike in (_equal, _common):
            for number in [number for number in numbers if number not in found]:
                wanted = self._wanted.services[number]
                best = max(left, key=lambda service: alike(wanted, service), default=None)
                if best is not None and alike(wanted, best):
                    found[number] = best
                    left = [service for service in left if service.sid != best.sid]
        rest = [number for number in numbers if number not in found]
        if len(rest) == len(left) == 1:
            return found | {rest[0]: left[0]}
        for wanted in [self._wanted.services[number] for number in rest] if left else ():
            sids = ", ".join(service.sid for service in left)
            several = f"The account has {count(len(left), 'more service')} called {wanted.label}."
            self._problems.append((wanted.at.get("", (1, 1)), f"{several} Add sid: to say which one this is: {sids}."))
        return found

    def _create(self, after: ServiceSetup, wanted: ServiceSetup) -> None:
        sentence = f"{after.label} is created, with {count(len(wanted.senders or ()), 'sender')}."
        new = "Its SID is new: give it to the programs that should send with it."
        effects = (new, f"Inbound texts to its senders {_inbound(after)}.")
        self._note_campaign(wanted, "")
        self._changes.append(Change("create", after.label, after.sid, sentence, effects, after=wanted.settings))

    def _set(self, after: ServiceSetup, wanted: ServiceSetup) -> None:
        service = self._known[after.sid]
        self._note_campaign(wanted, service.campaign)
        changed = {name: value for name, value in wanted.settings.items() if value != service.settings[name]}
        if changed:
            before = {name: service.settings[name] for name in changed}
            said = [f"{_SETTING[name].label}: {_shown(before[name])} → {_shown(changed[name])}" for name in changed]
            sentence = f"{service.label} changes. {', '.join(said)}."
            effects = tuple(_effects_of(service, after, changed))
            change = Change("set", service.label, after.sid, sentence, effects, before=before, after=changed)
            self._changes.append(change)

    def _note_campaign(self, wanted: ServiceSetup, campaign: str) -> None:
        if wanted.campaign not in ("", campaign):
            self._notes.append(
                f"{wanted.label}: the campaign {wanted.campaign} is not on this service. It is left out: a plan registers "
                "nothing, as that costs money. Use CampaignForm."
            )

    def _delete(self, service: ServiceSetup, wanted: ServiceSetup, goes_to: Collection[str]) -> None:
        label, campaign = service.label, service.campaign
        if campaign and wanted.campaign != campaign:
            sentence = f"{label} holds the campaign {campaign}, which would be deleted too. To delete both, add the line campaign: {campaign}"
            self._problems.append((wanted.at.get("", (1, 1)), sentence))
        for sender in service.senders or ():
            if sender not in goes_to:
                self._shift(sender, service, None)
        losses = [
            f"the SID {service.sid}: a service that is created again has another one.",
            f"the Sticky Sender pairs and opt-outs of {label}, and the messages that still wait in it.",
            *([f"the campaign {campaign}: a new one costs money and a review."] if campaign else []),
        ]
        change = Change(
            "delete", label, service.sid, f"{label} is deleted.", irreversible=tuple(losses), campaign=campaign
        )
        effects = (f"Messages that programs send with {service.sid} fail.",)
        self._changes.append(replace(change, effects=effects, before=service.settings))

    def _pool(self, after: ServiceSetup, wanted: ServiceSetup, goes_to: Collection[str]) -> None:
        service = self._known.get(after.sid)
        held = (service.senders or ()) if service is not None else ()
        joining: list[Sender] = []
        for sender in [sender for sender in wanted.senders or () if sender not in held]:
            if is_alpha(sender):
                self._shift(sender, None, after)
            elif not _unusable(owned := self._now.owned.get(sender)) and owned is not None:
                joining.append(owned)
                self._shift(sender, self._known.get(owned.service_sid or ""), after)
        for sender in held:
            if service is not None and sender not in (after.senders or ()) and sender not in goes_to:
                self._shift(sender, service, None)
        kept = [
            self._now.owned[sender] for sender in held if sender in (after.senders or ()) and sender in self._now.owned
        ]
        for problem in pool_problems(joining, kept):
            if problem.blocks:
                self._problems.append((wanted.at.get("senders:", (1, 1)), problem.sentence))
            else:
                self._notes.append(f"{after.label}: {problem.sentence}")

    def _shift(self, sender: str, source: ServiceSetup | None, to: ServiceSetup | None) -> None:
        """Note that a sender goes from one service, or none, to another, or none."""
        shown, service = addresses.mask(sender), to or source
        assert service is not None  # noqa: S101 - one of the two is there
        sid = "" if is_alpha(sender) else self._now.owned[sender].sid
        kind: Kind = "add" if source is None else "move" if to is not None else "remove"
        if kind == "move" and source is not None:
            sentence = f"{shown} moves from {source.label} to {service.label}."
        elif kind == "add":
            sentence = f"{shown} joins {service.label}."
        else:
            sentence = f"{shown} leaves {service.label}{'; the account keeps it' if sid else ''}."
        lost = () if source is None else _pairs(sender, source)
        old = source.sid if source is not None and kind == "move" else ""
        effects = tuple(_moving(sender, source, to))
        self._changes.append(Change(kind, service.label, service.sid, sentence, effects, lost, shown, sid, old))

    def _note_the_rest(self, named: Collection[str], staying: Collection[tuple[ServiceSetup, ServiceSetup]]) -> None:
        """Note pools that get empty, services that are not in the file, and those that one of them may be meant to be."""
        sizes = Counter({service.sid: len(service.senders or ()) for service in self._now.services})
        for change in self._changes:
            sizes[change.source or change.service_sid] += {"add": 1, "move": -1, "remove": -1}.get(change.kind, 0)
            sizes[change.service_sid] += change.kind == "move"
        deleted = {change.service_sid for change in self._changes if change.kind == "delete"}
        for service in self._now.services:
            if service.senders and not sizes[service.sid] and service.sid not in deleted:
                self._notes.append(f"{service.label} has no sender left: messages sent with it fail (21704).")
        others = [service for service in self._now.services if service.sid not in named]
        new = [wanted for after, wanted in staying if after.sid not in self._known]
        for service, wanted in product(others, new):
            numbers = {sender for sender in service.senders or () if not is_alpha(sender)}
            if going := len(numbers & set(wanted.senders or ())):
                self._notes.append(
                    f"{going} of {count(len(numbers), 'number')} of {service.label} {'goes' if going == 1 else 'go'} to the "
                    f"new service {wanted.label}, and the file does not name {service.label}. If that is the same service "
                    f"with another name, add sid: {service.sid} to {wanted.label}, and it keeps its SID."
                )
        names = {service.sid: service.settings["friendly_name"] for service in self._now.services}
        names |= {after.sid: after.settings["friendly_name"] for after, _ in staying}
        alike = Counter(name for sid, name in names.items() if sid not in deleted)
        for change in self._changes:
            name = change.after.get("friendly_name")
            if change.kind in ("create", "set") and name is not None and alike[name] > 1:
                shown = addresses.mask_in(name)
                self._notes.append(f"{alike[name]} services will be called {shown}. They differ only by their SIDs.")
        if others:
            shown = ", ".join(service.label for service in others[:5]) + (" and others" if others[5:] else "")
            self._notes.append(f"Not in the file and left alone: {count(len(others), 'service')} ({shown}).")

    def _with_room(self) -> Iterator[Change]:
        """Order moves so that a full pool gives numbers away before it gets others."""
        sizes = Counter(sender.service_sid for sender in self._now.owned.values() if sender.sid[:2] in ("PN", "SC"))
        sizes.subtract(change.service_sid for change in self._changes if change.kind == "remove")
        for kind, changes in groupby(self._changes, lambda change: change.kind):
            waiting = list(changes)
            while waiting:
                ready = (one for one in waiting if kind != "move" or sizes[one.service_sid] < POOL_LIMIT)
                change = next(ready, waiting[0])
                waiting.remove(change)
                sizes.update({change.service_sid: 1, change.source: -1} if kind == "move" else {})
                yield change


def _after(current: ServiceSetup | None, wanted: ServiceSetup, new: str) -> ServiceSetup:
    """Return a service as it will be."""
    defaults = {setting.name: setting_text(setting, None) for setting in SETTINGS}
    before = current or ServiceSetup(defaults, sid=new)
    senders = before.senders if wanted.senders is None else wanted.senders
    return replace(before, settings={**before.settings, **wanted.settings}, senders=senders)


def _equal(wanted: ServiceSetup, service: ServiceSetup) -> int:
    settings = {name: service.settings[name] for name in wanted.settings} == wanted.settings
    return settings and set(wanted.senders or ()) == set(service.senders or ())


def _common(wanted: ServiceSetup, service: ServiceSetup) -> int:
    return len(set(wanted.senders or ()) & set(service.senders or ()))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return addresses.mask_in(without_login(str(value))) if value != "" else "none"


def _effects_of(service: ServiceSetup, after: ServiceSetup, changed: Mapping[str, Any]) -> Iterator[str]:
    """Say what a change of settings stops or starts."""
    if _inbound(after) != _inbound(service):
        senders = sum(not is_alpha(sender) for sender in after.senders or ())
        yield f"From now on inbound texts to its {count(senders, 'sender')} {_inbound(after)}. Today they {_inbound(service)}."
    for name, value in changed.items():
        setting = _SETTING[name]
        if name in _INBOUND:
            continue
        if name == "friendly_name":
            yield "Its SID stays the same."
        elif name == "status_callback":
            yield f"Status changes are reported to {_shown(value) if value else 'nobody'} from now on."
        elif setting.kind == "flag":
            yield f"{'From now on' if value else 'No longer'}: {setting.effect}"


def _inbound(service: ServiceSetup | None) -> str:
    """Say where inbound texts go, as the end of a sentence."""
    if service is None or service.settings["use_inbound_webhook_on_number"]:
        return "go to the sender's own webhook, if it has one"
    kept = service.settings
    if not kept["inbound_request_url"]:
        return "are dropped: neither delivered nor logged"
    fallback = (
        f", and to {_shown(kept['fallback_url'])} ({kept['fallback_method']}) if that fails"
        if kept["fallback_url"]
        else ""
    )
    return f"go to {_shown(kept['inbound_request_url'])} ({kept['inbound_method']}){fallback}"


def _moving(sender: str, source: ServiceSetup | None, to: ServiceSetup | None) -> Iterator[str]:
    """Say what stops or starts when a sender goes from one service, or none, to another, or none."""
    address = addresses.read(sender)
    if address is None or address.kind == "alphanumeric":
        if source is not None:
            yield f"Messages of {source.label} no longer come from it."
        return
    if (address.kind, address.country, address.channel) == ("local", "US", None):
        old, new = (service.campaign if service is not None else "" for service in (source, to))
        if old and not new:
            yield "Carriers block its messages to the US (30034) until it is added to a service with a campaign."
        elif new and to is not None and new != old:
            yield f"Its US traffic is then covered by the campaign of {to.label} ({to.status or 'registered'})."
    if _inbound(source) != _inbound(to):
        yield f"From now on inbound texts to it {_inbound(to)}. Today they {_inbound(source)}."
    if source is not None and to is not None:
        yield f"People who texted STOP to {source.label} can get messages from {to.label}."


def _pairs(sender: str, service: ServiceSetup) -> tuple[str, ...]:
    if is_alpha(sender) or not service.settings["sticky_sender"]:
        return ()
    return (f"Sticky Sender pairs in {service.label}: recipients who had this sender may get another one.",)
