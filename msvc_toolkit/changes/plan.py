"""The changes between an account and what a file wants, with what each of them stops or starts.

Source: Messaging Services, inbound handling, Sticky Sender, opt-out keywords (a STOP counts for the whole service), A2P
10DLC (a number is registered through its service's campaign); error page 21714 (read 2026-11-23).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from msvc_toolkit.changes.account_file import refuse_at
from msvc_toolkit.changes.model import AccountSetup, Change, ChangePlan, Position, ServiceSetup, is_alpha
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
    """Return the changes that make an account what is wanted; it asks nobody.

    Raises:
        InvalidInput: The file names what the account does not have, or asks for what Twilio refuses; each problem's
            field is its line and column.
    """
    return _Planner(now, wanted).plan()


class _Planner:
    """Compares two setups of an account."""

    def __init__(self, now: AccountSetup, wanted: AccountSetup) -> None:
        self._now, self._wanted = now, wanted
        self._known = {service.sid: service for service in now.services}
        self._problems: list[tuple[Position, str]] = []
        self._notes: list[str] = []
        self._changes: list[Change] = []
        self._pools: dict[str, list[str]] = {service.sid: list(service.senders or ()) for service in now.services}

    def plan(self) -> ChangePlan:
        pairs = self._matched()
        after = {ref: self._after(ref, current, wanted) for ref, current, wanted in pairs}
        goes_to = {
            sender: ref
            for ref, _, wanted in pairs
            if not wanted.delete
            for sender in wanted.senders or ()
            if not is_alpha(sender)
        }
        for ref, current, wanted in pairs:
            if current is None:
                self._create(ref, wanted, after[ref])
            elif wanted.delete:
                self._delete(current, wanted, goes_to)
            else:
                self._set(current, wanted)
            if not wanted.delete and wanted.senders is not None:
                self._pool(ref, current, wanted, after, goes_to)
        refuse_at(self._problems)
        self._leave_alone({current.sid for _, current, _ in pairs if current is not None}, pairs)
        ordered = sorted(self._changes, key=lambda change: _ORDER.index(change.kind))
        return ChangePlan(tuple(self._with_room(ordered)), self._now, tuple(dict.fromkeys(self._notes)))

    def _matched(self) -> list[tuple[str, ServiceSetup | None, ServiceSetup]]:
        """Return each wanted service with the one of the account that it is, if it is one, and its SID or a made-up one."""
        found: dict[int, ServiceSetup] = {}
        named: dict[str, list[int]] = defaultdict(list)
        gone = set[int]()
        for number, wanted in enumerate(self._wanted.services):
            if wanted.sid in self._known:
                found[number] = self._known[wanted.sid]
            elif wanted.sid and wanted.delete:
                gone.add(number)
            elif wanted.sid and wanted.at:
                sentence = f"The account has no service {wanted.sid}. Leave sid out to create one."
                self._problems.append((wanted.at[wanted.sid], sentence))
            else:
                named[str(wanted.settings["friendly_name"])].append(number)
        taken = {service.sid for service in found.values()}
        for name, numbers in named.items():
            left = [s for s in self._now.services if s.settings["friendly_name"] == name and s.sid not in taken]
            found |= self._same_name(numbers, left)
        return [
            (found[number].sid if number in found else f"new {number + 1}", found.get(number), wanted)
            for number, wanted in enumerate(self._wanted.services)
            if number not in gone and (number in found or not wanted.delete)
        ]

    def _same_name(self, numbers: list[int], left: list[ServiceSetup]) -> dict[int, ServiceSetup]:
        """Match services of one name: those that are equal, then by their senders, then the only one left."""
        found: dict[int, ServiceSetup] = {}
        if len(numbers) == len(left) == 1:
            return {numbers[0]: left[0]}
        for alike in (_equal, _common):
            for number in [number for number in numbers if number not in found]:
                wanted = self._wanted.services[number]
                best = max(left, key=lambda service: alike(wanted, service), default=None)
                if best is not None and alike(wanted, best):
                    found[number] = best
                    left = [service for service in left if service.sid != best.sid]
        rest = [number for number in numbers if number not in found]
        if left and len(rest) == len(left) == 1:
            found[rest[0]] = left[0]
        elif left:
            for number in rest:
                wanted = self._wanted.services[number]
                sentence = f"The account has {count(len(left), 'more service')} called {wanted.label}. Add sid: to say which one this is: {', '.join(s.sid for s in left)}."
                self._problems.append((wanted.at.get("", (1, 1)), sentence))
        return found

    def _after(self, ref: str, current: ServiceSetup | None, wanted: ServiceSetup) -> ServiceSetup:
        """Return a service as it will be."""
        before = current or ServiceSetup({setting.name: _default(setting.default) for setting in SETTINGS})
        senders = before.senders if wanted.senders is None else wanted.senders
        return replace(before, settings={**before.settings, **wanted.settings}, senders=senders, sid=ref)

    def _create(self, ref: str, wanted: ServiceSetup, after: ServiceSetup) -> None:
        if wanted.campaign:
            self._note_campaign(wanted)
        sentence = f"{wanted.label} is created, with {count(len(wanted.senders or ()), 'sender')}."
        effects = [
            "Its SID is new: give it to the programs that are to send with it.",
            f"Inbound texts to it {_inbound(after)}.",
        ]
        settings = {name: value for name, value in wanted.settings.items() if value != ""}
        self._changes.append(Change("create", wanted.label, ref, sentence, tuple(effects), after=settings))

    def _note_campaign(self, wanted: ServiceSetup) -> None:
        self._notes.append(
            f"{wanted.label}: the campaign {wanted.campaign} is not on this service. It is left out: a plan registers "
            "nothing, as that costs money. Use CampaignForm."
        )

    def _set(self, current: ServiceSetup, wanted: ServiceSetup) -> None:
        if wanted.campaign not in ("", current.campaign):
            self._note_campaign(wanted)
        after = {name: value for name, value in wanted.settings.items() if value != current.settings[name]}
        if not after:
            return
        before = {name: current.settings[name] for name in after}
        said = ", ".join(f"{_SETTING[name].label}: {_shown(before[name])} → {_shown(after[name])}" for name in after)
        effects = tuple(_effects_of(current, after))
        self._changes.append(
            Change(
                "set",
                current.label,
                current.sid,
                f"{current.label} changes. {said}.",
                effects,
                before=before,
                after=after,
            )
        )

    def _delete(self, current: ServiceSetup, wanted: ServiceSetup, goes_to: Mapping[str, str]) -> None:
        label = current.label
        if current.campaign and wanted.campaign != current.campaign:
            sentence = f"{label} holds the campaign {current.campaign}, which would end with it. To delete both, add: campaign: {current.campaign}"
            self._problems.append((wanted.at.get("", (1, 1)), sentence))
        for sender in current.senders or ():
            if sender not in goes_to:
                self._leave(sender, current)
        losses = [f"its SID {current.sid}: a service that is created again has another one."]
        losses.append("its Sticky Sender pairs, its opt-outs and the messages that still wait in it.")
        if current.campaign:
            losses.append(f"its campaign {current.campaign}: a new one costs money and a review.")
        effects = (f"Messages that programs send with {current.sid} fail.",)
        self._changes.append(
            Change(
                "delete",
                label,
                current.sid,
                f"{label} is deleted.",
                effects,
                tuple(losses),
                before=current.settings,
                campaign=current.campaign,
            )
        )

    def _pool(
        self,
        ref: str,
        current: ServiceSetup | None,
        wanted: ServiceSetup,
        after: Mapping[str, ServiceSetup],
        goes_to: Mapping[str, str],
    ) -> None:
        held = set(current.senders or ()) if current is not None else set()
        joining: list[Sender] = []
        for sender in wanted.senders or ():
            if sender in held:
                continue
            if is_alpha(sender):
                self._changes.append(Change("add", wanted.label, ref, f"{sender} joins {wanted.label}.", sender=sender))
            elif owned := self._owned(sender, wanted):
                joining.append(owned)
                self._join(sender, owned, after[ref], after)
        for sender in (current.senders or ()) if current is not None else ():
            if sender not in (wanted.senders or ()) and sender not in goes_to and current is not None:
                self._leave(sender, current)
        staying = [
            owned for sender in held.intersection(wanted.senders or ()) if (owned := self._now.owned.get(sender))
        ]
        for problem in pool_problems(joining, staying):
            if problem.blocks:
                self._problems.append((wanted.at.get("senders", (1, 1)), problem.sentence))
            else:
                self._notes.append(f"{wanted.label}: {problem.sentence}")
        if held and not wanted.senders:
            self._notes.append(f"{wanted.label} has no sender left: messages that programs send with it fail (21704).")

    def _owned(self, sender: str, wanted: ServiceSetup) -> Sender | None:
        found, shown = self._now.owned.get(sender), addresses.mask(sender)
        if found is None:
            sentence = f"{shown} is not on this account. list_senders(conn) lists what there is; a plan neither buys nor ports numbers."
        elif found.sid.startswith("PN") and not {"SMS", "MMS"} & set(found.capabilities):
            sentence = f"{shown} has neither SMS nor MMS, so Twilio refuses it in a service (21715). Remove it here."
        else:
            return found
        self._problems.append((wanted.at.get(sender, (1, 1)), sentence))
        return None

    def _join(self, sender: str, owned: Sender, to: ServiceSetup, after: Mapping[str, ServiceSetup]) -> None:
        shown = addresses.mask(sender)
        source = self._known.get(owned.service_sid or "")
        if source is None:
            effects = tuple(_moving(sender, None, to))
            sentence = f"{shown} joins {to.label}."
            self._changes.append(Change("add", to.label, to.sid, sentence, effects, (), shown, owned.sid))
            return
        effects = tuple(_moving(sender, source, to))
        sentence = f"{shown} moves from {source.label} to {to.label}."
        change = Change(
            "move", to.label, to.sid, sentence, effects, _pairs(sender, source), shown, owned.sid, source.sid
        )
        self._changes.append(change)
        if not (after.get(source.sid, source).senders or ()) or source.senders == (sender,):
            self._notes.append(f"{source.label} has no sender left: messages that programs send with it fail (21704).")

    def _leave(self, sender: str, service: ServiceSetup) -> None:
        owned = self._now.owned.get(sender)
        shown = addresses.mask(sender)
        effects = tuple(_moving(sender, service, None))
        sentence = f"{shown} leaves {service.label}{'' if is_alpha(sender) else '; the account keeps it'}."
        sid = owned.sid if owned is not None and not is_alpha(sender) else ""
        self._changes.append(
            Change("remove", service.label, service.sid, sentence, effects, _pairs(sender, service), shown, sid)
        )

    def _leave_alone(self, named: set[str], pairs: Iterable[tuple[str, ServiceSetup | None, ServiceSetup]]) -> None:
        """Note the services that the file does not name; one whose senders all go to a new service may be meant to be it."""
        others = [service for service in self._now.services if service.sid not in named]
        new = [wanted for _, current, wanted in pairs if current is None]
        for service in others:
            numbers = {sender for sender in service.senders or () if not is_alpha(sender)}
            for wanted in new:
                if numbers and numbers <= set(wanted.senders or ()):
                    self._notes.append(
                        f"All numbers of {service.label} go to the new service {wanted.label}. If that is the same "
                        f"service with a new name, add sid: {service.sid} to it, and it keeps its SID."
                    )
        if others:
            shown = ", ".join(service.label for service in others[:5]) + (" and others" if others[5:] else "")
            self._notes.append(f"Not in the file and left alone: {count(len(others), 'service')} ({shown}).")

    def _with_room(self, changes: list[Change]) -> Iterator[Change]:
        """Order moves so that each pool has room; where full pools wait for each other, take one number out first."""
        sizes = Counter({service.sid: sum(_counts(s) for s in service.senders or ()) for service in self._now.services})
        waiting = [change for change in changes if change.kind == "move"]
        late: list[Change] = []
        for change in changes:
            sizes[change.service_sid] -= change.kind == "remove" and _counts_sid(change)
        yield from (change for change in changes if _ORDER.index(change.kind) < _ORDER.index("move"))
        while waiting:
            ready = next((c for c in waiting if not _counts_sid(c) or sizes[c.service_sid] < POOL_LIMIT), None)
            change = ready or waiting[0]
            waiting.remove(change)
            sizes[change.source] -= _counts_sid(change)
            if ready is not None:
                sizes[change.service_sid] += _counts_sid(change)
                yield change
            else:
                source = self._known[change.source].label
                yield replace(change, kind="remove", service=source, service_sid=change.source, source="", sentence=f"{change.sender} leaves {source}, whose pool is full; it joins {change.service} below.")  # fmt: skip
                late.append(replace(change, kind="add", source="", irreversible=()))
        yield from late
        yield from (change for change in changes if _ORDER.index(change.kind) > _ORDER.index("move"))


def _equal(wanted: ServiceSetup, service: ServiceSetup) -> int:
    settings = {name: service.settings[name] for name in wanted.settings} == wanted.settings
    return settings and set(wanted.senders or ()) == set(service.senders or ())


def _common(wanted: ServiceSetup, service: ServiceSetup) -> int:
    return len(set(wanted.senders or ()) & set(service.senders or ()))


def _default(value: object) -> object:
    return "" if value is None else value


def _counts(sender: str) -> bool:
    """Return whether a sender counts for the limit of a pool: numbers and short codes do."""
    return ":" not in sender and not is_alpha(sender)


def _counts_sid(change: Change) -> bool:
    return change.sender_sid[:2] in ("PN", "SC")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return addresses.mask_in(without_login(str(value))) if value != "" else "none"


def _effects_of(service: ServiceSetup, changed: Mapping[str, Any]) -> Iterator[str]:
    """Say what a change of settings stops or starts."""
    after = replace(service, settings={**service.settings, **changed})
    if _inbound(after) != _inbound(service):
        senders = sum(not is_alpha(sender) for sender in service.senders or ())
        yield f"Inbound texts of {count(senders, 'sender')} {_inbound(after)} from now on."
    for name, value in changed.items():
        setting = _SETTING[name]
        if name in _INBOUND:
            continue
        if name == "friendly_name":
            yield "Its SID stays the same."
        elif name == "status_callback":
            yield f"Status changes are reported to {_shown(value) if value else 'nobody'} from now on."
        elif setting.kind == "flag":
            yield f"{'Starts' if value else 'Stops'}: {setting.effect}"


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
            yield "Its US traffic is unregistered until it is added to a service with a campaign."
        elif new and to is not None and new != old:
            yield f"Its US traffic goes by the campaign of {to.label} ({to.status or 'registered'})."
    if _inbound(source) != _inbound(to):
        yield f"Inbound texts to it {_inbound(to)}."
    if source is not None and to is not None:
        yield f"People who texted STOP to {source.label} can get messages from {to.label}."


def _pairs(sender: str, service: ServiceSetup) -> tuple[str, ...]:
    if is_alpha(sender) or not service.settings["sticky_sender"]:
        return ()
    return (f"its Sticky Sender pairs in {service.label}: those recipients may get another sender.",)
