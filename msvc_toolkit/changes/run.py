"""Makes changes one by one: checks each against the account, records it, requests it, and looks it up if in doubt."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from msvc_toolkit.changes.journal import ChangeJournal
from msvc_toolkit.changes.model import (
    AccountSetup,
    Change,
    ChangeOutcome,
    alpha_of,
    is_alpha,
    labels_of,
    sender_text,
    setting_text,
)
from msvc_toolkit.connection import Connection, asking
from msvc_toolkit.errors import OutcomeUnknown, TwilioRefused, Unreachable, WritesNotArmed
from msvc_toolkit.private.arguments import Reporter
from msvc_toolkit.rules import addresses
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.rules.service_settings import SETTINGS
from msvc_toolkit.senders.inventory import pool_of
from msvc_toolkit.senders.model import RESOURCES, SID_PARAMS

TRIES = 5
"""How often a change is requested, each time after reading the account again."""
SETTLE_SECONDS = 10.0
"""How long after an unanswered request a new service may still come into Twilio's list. Ours: Twilio gives no figure."""
_TOO_MANY = 429
_NEXT = "Go on with what is left, or undo."
Read = Callable[[], AccountSetup]


class ChangeRun:
    """Makes the changes of a journal.

    Args:
        conn: The account.
        journal: The journal; what it has done already is found on the account.
        read: Reads the account.
        now: The account as it is.
        reborn: Returns the new SIDs of services that were deleted and created again, by their old SIDs.
    """

    def __init__(
        self,
        conn: Connection,
        journal: ChangeJournal,
        read: Read,
        now: AccountSetup,
        reborn: Callable[[], Mapping[str, str]],
    ) -> None:
        self._conn, self._journal, self._read, self._reborn = conn, journal, read, reborn
        self._stopped = ""
        self._look(now)

    def make(self, numbers: Collection[int], report: Reporter, cancelled: Callable[[], bool]) -> list[ChangeOutcome]:
        """Make the changes with these numbers, and return one outcome for each."""
        outcomes = []
        for done, number in enumerate(numbers, start=1):
            change = self._journal.head.changes[number]
            if not self._stopped and cancelled():
                self._stopped = "You stopped before this one."
            outcome = (
                ChangeOutcome(change, "not tried", self._stopped) if self._stopped else self._settle(number, change)
            )
            self._journal.note(number, outcome=outcome.outcome)
            outcomes.append(outcome)
            report(done, len(numbers), f"{change.sentence} {outcome.outcome.capitalize()}.")
        return outcomes

    def find_created(self, number: int, change: Change) -> str:
        """Return the service that a change has made, even if the answer was lost; empty if there is none.

        Raises:
            ValueError: Several services match, or it was created and is gone.
        """
        sid = self._sid(change.service_sid)
        if sid in self._settings:
            return sid
        if change.service_sid in self._journal.created:
            raise ValueError(f"{change.service} was created as {sid}, and is not on the account now.")
        if number not in self._journal.begun:
            return ""
        for wait in (0.0, SETTLE_SECONDS):
            if wait:
                self._conn.wait(wait)
                self._look(self._read())
            known = {*self._journal.head.services, *self._journal.created.values()}
            name = str(change.after["friendly_name"]).strip()
            new = [
                sid
                for sid, kept in self._settings.items()
                if kept["friendly_name"].strip() == name and sid not in known
            ]
            if len(new) > 1:
                raise ValueError(f"Several new services are called {change.service}: {', '.join(new)}.")
            if new:
                self._journal.note(number, created=new[0])
                return new[0]
        return ""

    def _look(self, now: AccountSetup) -> None:
        self._settings = {service.sid: dict(service.settings) for service in now.services}
        self._campaigns = {service.sid: service.campaign for service in now.services}
        self._place = {sender.sid: sender.service_sid or "" for sender in now.owned.values()}
        self._alphas = {
            (service.sid, text) for service in now.services for text in service.senders or () if is_alpha(text)
        }

    def _sid(self, ref: str) -> str:
        """Return the SID that a service has now."""
        sid = self._journal.created.get(ref, ref)
        if sid.startswith("MG") and sid not in self._settings:
            reborn = self._reborn()
            while sid not in self._settings and sid in reborn:
                sid = reborn[sid]
        return sid

    def _settle(self, number: int, change: Change) -> ChangeOutcome:
        """Bring one change about, whatever the line does."""
        asks = 0
        try:
            while (state := self.state(number, change)) == "before":
                if asks == TRIES:
                    sentence = (
                        f"Twilio gave no clear answer {count(asks, 'time')}; the account does not show the change."
                    )
                    return ChangeOutcome(change, "unknown", f"{sentence}{self._put_back(number, change)} {_NEXT}")
                asks += 1
                try:
                    self._ask(number, change)
                except OutcomeUnknown:
                    self._look(self._read())
                except TwilioRefused as error:
                    if error.status == _TOO_MANY:
                        self._conn.wait(2.0**asks)
                        continue
                    self._look(self._read())
                    if self.state(number, change) != "after":
                        return ChangeOutcome(change, "refused", f"{error}{self._put_back(number, change)}", error.code)
        except (Unreachable, OutcomeUnknown, TwilioRefused, WritesNotArmed) as error:
            self._stopped = f"The run stopped before this one. {error}"
            return ChangeOutcome(change, "unknown" if asks else "not tried", f"{error} {_NEXT}")
        if state != "after":
            return ChangeOutcome(change, "refused", state)
        return ChangeOutcome(change, *(("done", "It is done.") if asks else ("nothing to do", "It was already so.")))

    def state(self, number: int, change: Change) -> str:
        """Return whether the account is "before" or "after" the change; any other text says why it cannot be made."""
        try:
            sid = self.find_created(number, change) if change.kind == "create" else self._sid(change.service_sid)
        except ValueError as error:
            return str(error)
        if change.kind == "create":
            return "after" if sid else "before"
        if sid not in self._settings:
            return "after" if change.kind in ("delete", "remove") else f"{change.service} is not on the account."
        if change.kind == "set":
            return self._state_of_settings(change, self._settings[sid])
        if change.kind == "delete":
            held = sum(where == sid for where in self._place.values()) + sum(one == sid for one, _ in self._alphas)
            if held or self._campaigns.get(sid, "") != change.campaign:
                return f"{change.service} holds {count(held, 'sender')} or a campaign that the plan does not delete. It is left as it is."
            return "before"
        return self._state_of_sender(change, sid)

    def _state_of_sender(self, change: Change, sid: str) -> str:
        place = self._place.get(change.sender_sid, "")
        inside = place == sid if change.sender_sid else (sid, change.sender) in self._alphas
        if inside or change.kind == "remove":
            return "before" if inside and change.kind == "remove" else "after"
        if change.sender_sid and change.sender_sid not in self._place:
            return f"{change.sender} is no longer on the account."
        if place not in ("", self._sid(change.source)):
            other = addresses.mask_in(self._settings[place]["friendly_name"])
            return f"{change.sender} is in {other} now, and stays there."
        return "before"

    def _state_of_settings(self, change: Change, kept: dict[str, Any]) -> str:
        if all(kept[name] == value for name, value in change.after.items()):
            return "after"
        other = [name for name in change.after if kept[name] not in (change.before[name], change.after[name])]
        return (
            f"Somebody else changed {labels_of(other)} of {change.service}. It is left as it is." if other else "before"
        )

    def _ask(self, number: int, change: Change) -> None:
        """Send what a change needs, each request noted before it leaves."""
        sid, services = self._sid(change.service_sid), self._conn.client.messaging.v1.services
        if change.kind == "create":
            self._journal.note(number, step="create")
            with asking():
                made = services.create(**{name: value for name, value in change.after.items() if value != ""})
            self._journal.note(number, created=made.sid)
            # Not read: a list may be a little behind, and the service would be created again.
            self._settings[made.sid] = {one.name: setting_text(one, getattr(made, one.name)) for one in SETTINGS}
        elif change.kind == "set":
            self._journal.note(number, step="set")
            with asking():
                services(sid).update(**change.after)
            self._settings[sid] |= change.after
        elif change.kind == "delete":
            self._journal.note(number, step="delete")
            with asking():
                services(sid).delete()
            del self._settings[sid]
        else:
            source = self._sid(change.source) if change.kind == "move" else sid
            if change.kind == "remove" or (change.kind == "move" and self._place[change.sender_sid] == source):
                self._remove(number, change, source)
            if change.kind != "remove":
                self._add(number, change, sid)

    def _add(self, number: int, change: Change, sid: str) -> None:
        self._journal.note(number, step="add")
        service = self._conn.client.messaging.v1.services(sid)
        with asking():
            if change.sender_sid:
                resource = RESOURCES[change.sender_sid[:2]]
                getattr(service, resource).create(**{SID_PARAMS[resource]: change.sender_sid})
                self._place[change.sender_sid] = sid
                return
            alpha = alpha_of(change.sender)
            if alpha.iso_country_code is None:
                service.alpha_senders.create(alpha_sender=alpha.name)
            else:
                more = {"iso_country_code": alpha.iso_country_code} if alpha.iso_country_code else {}
                service.destination_alpha_senders.create(alpha.name, **more)
        self._alphas.add((sid, change.sender))

    def _remove(self, number: int, change: Change, sid: str) -> None:
        service = self._conn.client.messaging.v1.services(sid)
        found, resource = change.sender_sid, RESOURCES.get(change.sender_sid[:2], "")
        if not found:  # a sender ID: its SID is another one each time that it joins
            held = next((sender for sender in pool_of(self._conn, sid) if sender_text(sender) == change.sender), None)
            found, resource = (held.sid, held.resource) if held is not None else ("", "")
        if found:
            self._journal.note(number, step="remove")
            with asking():
                getattr(service, resource)(found).delete()
        if change.sender_sid:
            self._place[change.sender_sid] = ""
        self._alphas.discard((sid, change.sender))

    def _put_back(self, number: int, change: Change) -> str:
        """Put a sender that left its service, and did not get into the other, back; say where it is now."""
        source = self._sid(change.source)
        if change.kind != "move" or self._place.get(change.sender_sid) != "" or source not in self._settings:
            return ""
        back = self._settle(number, replace(change, kind="add", service_sid=source, source=""))
        return " It is back where it was." if back.outcome == "done" else " It is in no service now."
