"""Step 3: a form to add senders to the pool, and to remove them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence

from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import Problem, ToolkitError
from msvc_toolkit.html import cards
from msvc_toolkit.private.arguments import also_called
from msvc_toolkit.senders import calls
from msvc_toolkit.senders.inventory import account_senders, pool_of
from msvc_toolkit.senders.model import AlphaSender, Outcome, Sender, add_problems, alpha_problems
from msvc_toolkit.senders.picker import Picker
from msvc_toolkit.services.calls import fetch_service
from msvc_toolkit.widgets import fields, form
from msvc_toolkit.widgets.screen import box, screen
from msvc_toolkit.widgets.snippets import Act
from msvc_toolkit.widgets.view import View

_CREATE = {"phone_numbers": "phone_number_sid", "short_codes": "short_code_sid", "channel_senders": "sid"}


class AddForm(Picker):
    """Add senders of the account to the pool, or move them here from another service."""

    css = "add-senders"

    def __init__(self, conn: Connection, sid: str) -> None:
        self.account: list[Sender] = []
        sentence = "Remove senders from another service first. That service loses them at once."
        move = fields.flag("move", "Move", sentence, value=False)
        super().__init__(conn, sid, "On the account, not in this pool", [move])

    def candidates(self) -> list[Sender]:
        """Return the account's senders that are not in this pool."""
        return [sender for sender in self.account if sender.service_sid != self.sid]

    def problems(self) -> Sequence[Problem]:
        """Say what Twilio will refuse of the selection."""
        if not self.selected:
            return [Problem("table", "Select the senders to add: click rows, or 'Select all shown'.")]
        found = add_problems(self.selected, self.sid, self.pool, move=bool(self.fields["move"].widget.value))
        if not self.addable:
            return found
        return [Problem(p.field, p.sentence, blocks=p.blocks and p.field == "pool") for p in found]

    @property
    def addable(self) -> list[Sender]:
        """The selected senders that Twilio will accept; the others are left out."""
        move = bool(self.fields["move"].widget.value)
        return [s for s in self.selected if not _refused(s, self.sid, move=move)]

    def label(self) -> str:
        """Return the button's label: how many are added; it costs nothing."""
        count, chosen = len(self.addable), len(self.selected)
        of = f" of {chosen}" if count != chosen else ""
        return f"Add {count}{of} sender{'' if chosen == 1 else 's'} to the pool"

    def acts(self) -> Sequence[Act]:
        """Return the calls that a click makes."""
        acts = []
        for sender in self.addable:
            if sender.service_sid:
                acts.append(Act(("services", sender.service_sid, sender.resource, sender.sid), "delete"))
            acts.append(Act(("services", self.sid, sender.resource), "create", {_CREATE[sender.resource]: sender.sid}))
        return acts

    def act(self) -> str:
        """Add one after the other."""
        self.begin()
        table = calls.add_senders(
            self.conn,
            self.sid,
            [s.sid for s in self.addable],
            move=bool(self.fields["move"].widget.value),
            progress=self.count,
            cancelled=lambda: self.stopped,
        )
        return self.report(table, "Next, Step 4: send with the service's SID.")


def _refused(sender: Sender, sid: str, *, move: bool) -> bool:
    return any(p.blocks and p.field == sender.sid for p in add_problems([sender], sid, (), move=move))


class RemoveForm(Picker):
    """Remove senders from the pool; the account keeps them."""

    css = "remove-senders"

    def __init__(self, conn: Connection, sid: str) -> None:
        super().__init__(conn, sid, "In the pool")

    def candidates(self) -> list[Sender]:
        """Return the pool."""
        return self.pool

    def problems(self) -> Sequence[Problem]:
        """A click needs a selection; warn before the pool is emptied."""
        if not self.selected:
            sentence = "Select the senders to remove." if self.pool else "The pool is empty: add senders below."
            return [Problem("table", sentence)]
        if len(self.selected) == len(self.pool):
            sentence = "This empties the pool: sending with the service then fails (21704)."
            return [Problem("pool", sentence, blocks=False)]
        return []

    def label(self) -> str:
        """Return the button's label: how many are removed."""
        count = len(self.selected)
        return f"Remove {count} sender{'' if count == 1 else 's'} from the pool"

    def acts(self) -> Sequence[Act]:
        """Return the calls that a click makes."""
        return [Act(("services", self.sid, s.resource, s.sid), "delete") for s in self.selected]

    def act(self) -> str:
        """Remove one after the other."""
        self.begin()
        table = calls.remove_senders(
            self.conn, self.sid, [s.sid for s in self.selected], progress=self.count, cancelled=lambda: self.stopped
        )
        return self.report(table, "Numbers stay on the account and can join another service.")


class AlphaForm(form.Form):
    """Add an alphanumeric sender ID, for all countries or for one."""

    css = "alpha-sender"
    part = True

    def __init__(self, conn: Connection, sid: str) -> None:
        self.sid = sid
        self.pool: list[Sender] = []
        super().__init__(
            conn,
            "Add an alphanumeric sender ID",
            [
                fields.text(
                    "alpha",
                    "Sender ID",
                    "Up to 11 letters, digits, spaces and - + _ &. One-way: recipients cannot answer it.",
                    placeholder="ACME Shop",
                ),
                fields.text(
                    "country", "Only for country", "Two letters such as GB; empty for all countries.", placeholder="GB"
                ),
            ],
        )

    def draft(self) -> AlphaSender:
        """Return the sender ID the inputs describe."""
        return AlphaSender(self.read()["alpha"], self.read()["country"].upper() or None)

    def problems(self) -> Sequence[Problem]:
        """Say what Twilio will refuse, and where the ID has to be registered."""
        return alpha_problems(self.draft(), self.pool, self.conn.now.date())

    def label(self) -> str:
        """Return the button's label; some countries ask for a registration, which can cost."""
        return "Add sender ID to the pool"

    def acts(self) -> Sequence[Act]:
        """Return the call that a click makes."""
        draft = self.draft()
        kind = "alpha_senders" if draft.iso_country_code is None else "destination_alpha_senders"
        named = {"alpha_sender": draft.name, "iso_country_code": draft.iso_country_code}
        return [Act(("services", self.sid, kind), "create", named)]

    def act(self) -> str:
        """Add it."""
        outcome = Outcome(
            *calls.add_senders(self.conn, self.sid, [self.draft()])[
                ["sender", "sid", "outcome", "code", "sentence"]
            ].iloc[0]
        )
        moods: dict[str, cards.Mood] = {"added": "done", "unknown": "warning"}
        mood = moods.get(outcome.outcome, "problem")
        if mood == "done":  # the name would now be refused as being in the pool
            self.fill(alpha="")
            self._touched.clear()
        return cards.card(mood, f"{outcome.sender}: {outcome.sentence}")


class SenderPoolForm(View):
    """Manage a service's pool: see it, remove from it, add what the account has, add sender IDs.

    Args:
        conn: The account.
        service_sid: The Messaging Service.

    Attributes:
        remove: The form on what is in the pool.
        add: The form on what else the account has.
        alpha: The form that adds a sender ID.
    """

    @also_called(sid="service_sid")
    def __init__(self, conn: Connection, service_sid: str) -> None:
        self.conn = conn
        self.service = fetch_service(conn, service_sid)
        self._reloading = threading.Lock()
        self.title = f"Step 3: the sender pool of {self.service.friendly_name}"
        self.remove, self.add = RemoveForm(conn, service_sid), AddForm(conn, service_sid)
        self.alpha = AlphaForm(conn, service_sid)
        self.summary = fields.html("summary")
        self.look_again = fields.button("Look again", "look-again", self._look_again)
        parts = [box("act", [self.look_again], row=True), self.remove.view, self.add.view, self.alpha.view]
        self.view = screen("sender-pool-form", self.summary, parts)
        for part in (self.remove, self.add, self.alpha):
            part.on_done.append(self.reload)
        self.reload()

    def reload(self) -> None:
        """Ask the account again and draw everything again."""
        sid, name = self.service.sid, self.service.friendly_name
        with self._reloading:  # two of the forms may be done at the same moment
            pool = pool_of(self.conn, sid, name)
            self.add.account = account_senders(self.conn)
            self._draw(pool)

    def _draw(self, pool: Sequence[Sender]) -> None:
        labels = {sender.sid: sender.friendly_name for sender in self.add.account}
        pool = [Sender(**{**vars(s), "friendly_name": labels.get(s.sid, "")}) for s in pool]
        self.alpha.pool = pool
        for picker in (self.remove, self.add):
            picker.show(pool)
        self.alpha.refresh()
        self._tell(self._summary())
        self.retell()

    def _look_again(self) -> None:
        try:
            self.reload()
        except ToolkitError as error:
            self._tell(cards.error(error))

    def _tell(self, words: str) -> None:
        self.summary.value = cards.heading(self.title, self.conn.label, words, armed=self.conn.may_write)

    def _summary(self) -> str:
        pool = self.remove.pool
        if not pool:
            return cards.text("The pool is empty. Messages sent with this service fail until it has a sender.")
        kinds = Counter(sender.kind for sender in pool)
        kinds_ = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
        return cards.text(f"The pool holds {len(pool)}: {kinds_}.")

    def wait(self, seconds: float = 60.0) -> None:
        """Wait until every click has been carried out."""
        for part in (self.remove, self.add, self.alpha):
            part.wait(seconds)

    def static(self) -> str:
        """Return what the form is for; what the pool holds depends on what was run before."""
        return cards.bullets(
            (
                "In the pool: filter, select, remove.",
                "On the account, not in this pool: filter, select, add, or move here from another service.",
                "Alphanumeric sender IDs: add one for all countries or for one.",
            )
        )
