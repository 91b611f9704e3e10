"""Step 3: a form to add senders to the pool, to move them there, and to remove them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import ipywidgets as widgets
import pandas as pd

from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import Problem, ToolkitError
from msvc_toolkit.html import cards
from msvc_toolkit.private.arguments import also_called
from msvc_toolkit.private.turns import in_turn
from msvc_toolkit.rules import addresses
from msvc_toolkit.rules.limits import POOL_LIMIT
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.senders import calls
from msvc_toolkit.senders.inventory import all_senders
from msvc_toolkit.senders.model import (
    SID_PARAMS,
    AlphaSender,
    Outcome,
    SelectedSenders,
    Sender,
    alpha_problems,
    counted,
    pool_problems,
    sort_out,
)
from msvc_toolkit.senders.picker import Picker, service_label
from msvc_toolkit.services.calls import fetch_service
from msvc_toolkit.widgets import fields, form
from msvc_toolkit.widgets.screen import box
from msvc_toolkit.widgets.snippets import Act

Asked = Literal["", "move", "remove"]
_DID = {"added": "added", "moved": "moved here from other services", "removed": "removed"}
FEW = 4
"""How many numbers are shown in their line; more are folded away."""
MANY = 100
"""How many numbers a fold shows."""


class AlphaForm(form.Form):
    """Add an alphanumeric sender ID, for all countries or for one."""

    css = "alpha-sender"
    code_title = "The sender ID in code"
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

    def _heading(self) -> str:
        return ""  # the fold around it has the title

    def draft(self) -> AlphaSender:
        """Return the sender ID the inputs describe."""
        return AlphaSender(self.read()["alpha"], self.read()["country"].upper() or None)

    def problems(self) -> Sequence[Problem]:
        """Return what Twilio will refuse, and where the ID has to be registered."""
        return alpha_problems(self.draft(), self.pool, self.conn.now.date())

    def label(self) -> str:
        """Return the button's label. It names no price: a registration, where a country asks for one, can cost money."""
        return "Add sender ID"

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
        if mood == "done":  # the same name would now be refused, because it is in the pool
            self.fill(alpha="")
            self._touched.clear()
        return cards.card(mood, f"{outcome.sender}: {outcome.sentence}")


class SenderPoolForm(form.Form):
    """Manage a service's pool: a table of all senders, and buttons to add, move or remove the selected ones.

    The button adds the senders that are in no service. Moving senders from other services, or removing them, takes a
    second click: `ask` first shows what stops working, and the button says what it does.

    Args:
        conn: The account.
        service_sid: The Messaging Service.

    Attributes:
        picker: The table.
        alpha: The form that adds a sender ID.
        asked: What the second click confirms: "move", "remove", or empty.
    """

    css = "sender-pool-form"
    follows = "Next: send a message with this service."
    """The next step, shown after senders were added; the guided path, which has a button for it, sets it to empty."""

    @also_called(sid="service_sid")
    def __init__(self, conn: Connection, service_sid: str) -> None:
        self.service = fetch_service(conn, service_sid)
        self.sid = service_sid
        self.name = addresses.mask_in(self.service.friendly_name)
        self.asked: Asked = ""
        self.everything: Sequence[Sender] = ()
        self.picker = Picker(service_sid, self._selected)
        self.alpha = AlphaForm(conn, service_sid)
        self.said = {name: fields.html(name) for name in ("selected", "ready", "elsewhere", "mute", "here", "warned")}
        self.question = fields.html("question")
        self.move = fields.button("Move", "move", lambda: self.ask("move"))
        self.remove = fields.button("Remove", "remove", lambda: self.ask("remove"))
        self.keep = fields.button("Keep them where they are", "keep", lambda: self.ask(""))
        self.refresh_button = fields.button("Refresh", "link look-again", self.look_again)
        self.bar = widgets.IntProgress(min=0, max=1, layout=widgets.Layout(display="none")).add_class("msvc-progress")
        super().__init__(conn, f"Sender pool of {self.name}", [self.picker.finder])
        self.alpha.on_done.append(self.reload)
        self.reload()

    def layout(self) -> list[Any]:
        """Put the table first, then the selection with its buttons, then the form for sender IDs."""
        act, outcome, code = self.foot()
        buttons = [self.button, self.move, self.remove, self.keep, self.cancel, self.bar]
        act.children = [*buttons, self.missing]
        tray = box("tray", [*self.said.values(), self.question, act])
        alpha = fields.fold(self.alpha.title, [self.alpha.view])
        return [self.picker.view, tray, outcome, alpha, code, box("act", [self.refresh_button], row=True)]

    # What there is, and what is selected

    @property
    def rows(self) -> Sequence[Sender]:
        """The senders that match the search and the filters, on all pages."""
        return list(self.picker.rows.items)

    @property
    def selected(self) -> list[Sender]:
        """The senders that are selected, whether the search shows them or not."""
        return self.picker.selected

    @property
    def pool(self) -> list[Sender]:
        """The members of the pool."""
        return [sender for sender in self.everything if sender.service_sid == self.sid]

    def select(self, senders: Sequence[Sender]) -> None:
        """Select these senders and no others, as clicks on their rows would."""
        self.picker.select(senders)

    def ask(self, asked: Asked) -> None:
        """Ask for confirmation before senders are moved or removed; an empty text cancels the question."""
        if self.busy:
            return
        before, self.asked = self.asked, asked
        self.refresh()
        # The safe answer gets the focus; after it, the button that asked.
        self.view.children[-1].focus(".msvc-keep" if asked else f".msvc-{before}" if before else ".msvc-click")

    @in_turn
    def reload(self) -> None:
        """Read the account again and redraw everything."""
        self.writes_seen = self.conn.writes
        found = all_senders(self.conn)
        self.everything = found
        self.alpha.pool = self.pool
        self.picker.show([s for s in found if s.kind != "alphanumeric" or s.service_sid == self.sid])
        self.alpha.refresh()
        self.refresh()
        self.retell()

    def look_again(self) -> None:
        """Ask the account again; an error is shown."""
        try:
            self.reload()
        except ToolkitError as error:
            self.last_error, self.outcome.value = error, cards.error(error)

    def _selected(self) -> None:
        """Redraw for a new selection; clear the question and the outcome of the one before."""
        self.asked, self._carried_out = "", ()
        if not self.busy:
            self.outcome.value = ""
        self.refresh()

    def _changed(self, name: str) -> None:  # noqa: ARG002 - the search is the only input, and changes no selection
        self.picker.draw(first=True)

    # What a click does

    def draft(self) -> SelectedSenders:
        """Return the selected senders, by what can be done with them."""
        return sort_out(self.selected, self.sid)

    @property
    def concerned(self) -> Sequence[Sender]:
        """The senders that a click on the button adds, moves or removes."""
        chosen = self.draft()
        return {"": chosen.ready, "move": chosen.elsewhere, "remove": chosen.here}[self.asked]

    def problems(self) -> Sequence[Problem]:
        """Return what prevents the click."""
        if not self.concerned:
            none = (
                "None of the selected senders can be added." if self.selected else "Select senders in the table first."
            )
            return [Problem("table", none)]
        return [] if self.asked == "remove" else pool_problems(self.concerned, self.pool)

    def _mood(self, problem: Problem) -> cards.Mood:
        """Return a problem's mood; without a selection it is only a note."""
        return super()._mood(problem) if self.selected else "note"

    def label(self) -> str:
        """Return the button's label: the action and the number of senders; it costs nothing."""
        if not self.concerned:
            return "Add senders"
        senders = count(len(self.concerned), "sender")
        return {
            "": f"Add {senders}",
            "move": f"Move {senders} to {self.name}",
            "remove": f"Remove {senders} from the pool",
        }[self.asked]

    def about(self) -> str:
        """Say how many senders the pool has."""
        if not self.pool:
            return "The pool is empty: messages fail until it has a sender."
        kinds = Counter(sender.kind_name for sender in self.pool)
        return f"The pool holds {count(len(self.pool), 'sender')}: {', '.join(f'{n} {kind}' for kind, n in kinds.items())}."

    def acts(self) -> Sequence[Act]:
        """Return the calls that a click makes."""
        acts = []
        for sender in self.concerned:
            if sender.service_sid:
                acts.append(Act(("services", sender.service_sid, sender.resource, sender.sid), "delete"))
            if self.asked != "remove":
                named = {SID_PARAMS[sender.resource]: sender.sid}
                acts.append(Act(("services", self.sid, sender.resource), "create", named))
        return acts

    def act(self) -> str:
        """Add, move or remove one sender after the other."""
        senders, asked = list(self.concerned), self.asked
        sids = [sender.sid for sender in senders]
        self.asked = ""
        self.cancel.layout.display = self.bar.layout.display = ""
        self.bar.value = 0
        watched: dict[str, Any] = {"progress": self._count, "cancelled": lambda: self.stopped}
        try:
            if asked == "remove":
                table = calls.remove_senders(self.conn, self.sid, sids, **watched)
            else:
                table = calls.add_senders(self.conn, self.sid, sids, move=asked == "move", **watched)
        finally:
            self.bar.layout.display = "none"
        done = set(table.loc[table["outcome"].isin(_DID), "sid"])
        if done:
            done |= {sender.sid for sender in self.draft().mute}  # left out, as the form said before the click
        self.picker.rows.keys -= done  # refused and untried senders stay selected, so that they can be tried again
        self.reload()
        self.view.children[-1].focus(".msvc-outcome")  # the button is switched off and would lose the focus
        return cards.Html('<div tabindex="-1">{}</div>').format(self._report(table))

    def _count(self, done: int, total: int, _: str = "") -> None:
        self.bar.max, self.bar.value = total, done
        self.bar.description = f"{done} of {total}"

    def _report(self, table: pd.DataFrame) -> str:
        """Say how many succeeded, and list the others by reason."""
        well = table[table["outcome"].isin(_DID)]
        done = [
            f"{count(n, 'sender was', 'senders were')} {_DID[str(word)]}."
            for word, n in well["outcome"].value_counts().items()
        ]
        rest = table[~table["outcome"].isin(_DID)].astype(object)
        reasons = [
            self._reason(str(outcome), code, str(sentence), list(group["sender"]))
            for (outcome, code, sentence), group in rest.groupby(
                ["outcome", "code", "sentence"], dropna=False, sort=False
            )
        ]
        holds = (
            f"The pool holds {self._holds(self.pool)}."
            if self.pool
            else "The pool is empty now: sending fails (21704)."
        )
        title = " ".join([*(done or ["Nothing was changed."]), holds])
        following = cards.text(self.follows) if self.follows and len(well) and self.pool else ""
        return cards.card("warning" if len(rest) else "done", title, *reasons, *([following] if not reasons else []))

    def _reason(self, outcome: str, code: Any, sentence: str, senders: Sequence[str]) -> str:
        words = {
            "refused": f"{count(len(senders), 'was', 'were')} refused",
            "unknown": f"{count(len(senders), 'has', 'have')} no clear outcome",
            "not tried": f"{count(len(senders), 'was', 'were')} not tried",
        }[outcome]
        named = f"{words} (Twilio error {code})" if pd.notna(code) else words
        return _line("problem" if outcome == "refused" else "warning", named, f": {sentence}", senders)

    # What is drawn

    def refresh(self) -> None:
        """Draw the selection, and only the buttons that can do something."""
        super().refresh()
        chosen = self.draft()
        for name, words in self._tray(chosen).items():
            if self.said[name].value != words:
                self.said[name].value = words
        asking = bool(self.asked)
        others = {"move": chosen.elsewhere, "remove": chosen.here}
        self.button.button_style = "danger" if asking else "primary"
        only_others = not asking and not chosen.ready and any(others.values())
        shown = {
            self.button: not only_others,
            self.move: not asking and bool(chosen.elsewhere),
            self.remove: not asking and bool(chosen.here),
            self.keep: asking and not self.busy,
        }
        for button, on in shown.items():
            button.layout.display = "" if on else "none"
        for button in (self.move, self.remove):
            button.disabled = self.busy
        self.move.description = f"Move {len(chosen.elsewhere)} from other services…"
        self.remove.description = f"Remove {len(chosen.here)} from the pool…"
        self.keep.description = "Keep them where they are" if len(self.concerned) > 1 else "Keep it where it is"
        self.picker.clear.layout.display = "" if self.selected else "none"
        self.question.value = self._question()
        if only_others:
            self.missing.value = ""

    def _tray(self, chosen: SelectedSenders) -> dict[str, str]:
        """Describe the selection, with one line for each possible action."""
        said = dict.fromkeys(self.said, "")
        total = len(self.selected)
        title = f"{total:,} selected" if total else "Nothing is selected"
        said["selected"] = cards.text(title, "h3")
        if chosen.ready:
            then = f" The pool then holds {self._holds([*self.pool, *chosen.ready])}."
            said["ready"] = _line("done", f"{len(chosen.ready):,} can be added now.", then)
        if chosen.elsewhere:
            names = {service_label(sender) for sender in chosen.elsewhere}
            belong = count(len(chosen.elsewhere), "belongs", "belong")
            belong += " to another service" if len(names) == 1 else " to other services"
            why = f" ({_listed(names)}). A sender can be in one service only (Twilio error 21712)."
            said["elsewhere"] = _line("warning", belong, why, _shown(chosen.elsewhere))
        if chosen.mute:
            cannot = f"{len(chosen.mute):,} cannot send texts"
            left = "It is" if len(chosen.mute) == 1 else "They are"
            why = f" (voice only, Twilio error 21715). {left} left out."
            said["mute"] = _line("problem", cannot, why, _shown(chosen.mute))
        if chosen.here:
            words = f"{count(len(chosen.here), 'is', 'are')} in this pool."
            said["here"] = _line("note", words, "", _shown(chosen.here))
        return said

    def _question(self) -> str:
        """Say, before the click, what stops working after it."""
        if not self.asked or not self.concerned:
            return ""
        senders = count(len(self.concerned), "sender")
        if self.asked == "move":
            lost = Counter(sender.service_sid for sender in self.concerned)
            lines = [self._loses(str(sid), number) for sid, number in lost.items()]
            lines.append("This happens at once. You can move the senders back later.")
            return cards.card("warning", f"Move {senders} out of other services?", *map(cards.text, lines))
        kept = len(self.pool) - len(self.concerned)
        lines = [
            f"{self.name} then sends from {count(kept, 'sender')}."
            if kept
            else f"This empties the pool: messages sent with {self.name} then fail (Twilio error 21704)."
        ]
        ids = sum(sender.kind == "alphanumeric" for sender in self.concerned)
        lines.append("The account keeps its numbers. They can join a pool again." if ids < len(self.concerned) else "")
        lines.append("A sender ID has to be added again by its name." if ids else "")
        title = f"Remove {senders} from the pool of {self.name}?"
        return cards.card("warning", title, *(cards.text(line) for line in lines if line))

    def _loses(self, sid: str, lost: int) -> str:
        members = [sender for sender in self.everything if sender.service_sid == sid]
        name, kept = service_label(members[0]), len(members) - lost
        if kept:
            return f"{name} loses {count(lost, 'sender')} and keeps {kept:,}."
        all_of_them = "its only sender" if lost == 1 else f"all its {lost:,} senders"
        return f"{name} loses {all_of_them}: messages sent with it then fail (Twilio error 21704)."

    def _holds(self, pool: Sequence[Sender]) -> str:
        """Write how full a pool is; sender IDs and channel senders do not count towards its limit."""
        others = len(pool) - counted(pool)
        full = f"{counted(pool):,} of at most {POOL_LIMIT} numbers"
        return f"{full}, and {count(others, 'other sender')}" if others else full

    def wait(self, seconds: float = 60.0) -> None:
        """Wait until every click has been carried out."""
        super().wait(seconds)
        self.alpha.wait(seconds)

    def static(self) -> str:
        """Return what the form is for, without the pool's members, which depend on earlier runs."""
        return cards.bullets(
            (
                "One table of all senders: search it, filter it, select some.",
                "Add those that are free, move some here from other services, or remove some from the pool.",
                "Alphanumeric sender IDs: add one for all countries, or for a single country.",
            )
        )


def _line(mood: cards.Mood, strong: str, words: str, senders: Sequence[str] = ()) -> cards.Html:
    """Write one line about the selection, with its phone numbers; many numbers are folded away."""
    few, rest = len(senders) <= FEW, len(senders) - MANY
    listed = cards.Html(", ").join(cards.text(s, "span", "msvc-number") for s in senders[:MANY])
    listed += f", and {rest:,} more" if rest > 0 else ""
    named = cards.Html(' <span class="msvc-soft">{}</span>').format(listed) if senders and few else ""
    line = cards.Html("<span><b>{}</b>{}{}</span>").format(strong, words, named)
    many = "" if few else cards.fold(f"Show the {len(senders):,} senders", cards.text(listed))
    template = cards.Html('<div class="msvc-line msvc-{}">{}<div>{}{}</div></div>')
    return template.format(mood, cards.icon(mood), line, many)


def _shown(senders: Iterable[Sender]) -> list[str]:
    return [sender.shown for sender in senders]


def _listed(names: Iterable[str]) -> str:
    *first, last = sorted(names)
    return f"{', '.join(first)} and {last}" if first else last
