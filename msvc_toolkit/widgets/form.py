"""The base class of every form: fields, draft, problems, button, outcome.

On every change the draft is made from the fields and its problems are found; the button is off while there
are any. A click runs the action once, in a thread of its own, and the form shows its outcome.
"""

from __future__ import annotations

import re
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import ipywidgets as widgets

from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import Problem, ToolkitError
from msvc_toolkit.html import cards
from msvc_toolkit.private.turns import TURN, in_turn
from msvc_toolkit.widgets import snippets
from msvc_toolkit.widgets.fields import Field, button, fold, grid, html, on_change
from msvc_toolkit.widgets.screen import box, close, in_order, screen
from msvc_toolkit.widgets.view import View

SNIPPETS = 3
"""How many calls are shown as code if an action takes many."""
DOUBLE_CLICK_SECONDS = 0.3
"""A second click this soon is part of a double click, even if the first one is already carried out."""
__all__ = ["DOUBLE_CLICK_SECONDS", "SNIPPETS", "Form", "close"]
_SID = re.compile(r"\b[A-Z]{2}[0-9a-f]{32}\b")
ONLY_HERE = "The SIDs in it exist only in this sandbox. On your own account, put your own."
UNDO = "To take this back, call msvc.undo_changes(conn), or press Undo in msvc.ChangesForm(conn)."
_LANGUAGES = {"Python": snippets.python, "curl": snippets.curl, "twilio-cli": snippets.twilio_cli}


class Form(View):
    """A form for one action; a subclass defines its fields and what a click does.

    Args:
        conn: The account it works on.
        title: The form's title.
        fields: Its inputs, in keyboard order.
        folded: Names of the inputs that start folded away.
        folded_title: The label of the fold.
    """

    css = "form"
    code_title = "The same in code"
    part = False
    """Whether it is part of another form, which shows the account for all its parts."""

    def __init__(
        self,
        conn: Connection,
        title: str,
        fields: Sequence[Field],
        *,
        folded: Sequence[str] = (),
        folded_title: str = "More settings",
    ) -> None:
        self.conn = conn
        self.title = title
        self.fields = {field.name: field for field in fields}
        self.last_error: BaseException | None = None
        self.on_done: list[Callable[[], None]] = []
        self._touched: set[str] = set()
        self._worker: threading.Thread | None = None
        self._busy = False
        self._carried_out: Sequence[snippets.Act] = ()
        self._cancelled = threading.Event()
        self.button = widgets.Button(button_style="primary")
        self.button.add_class("msvc-click")
        self.button.on_click(lambda _: self._start())
        in_order(self.button)
        self.cancel = button("Cancel", "cancel", self._cancelled.set, hidden=True)
        self.heading, self.missing, self.outcome = widgets.HTML(), html("missing"), html("outcome")
        self._language = widgets.ToggleButtons(options=list(_LANGUAGES))
        on_change(self._language, lambda _: self._show_code())
        self.code = widgets.HTML()
        self._code_fold = fold(self.code_title, [self._language, self.code])
        self._shown = [field.view for field in fields if field.name not in folded]
        hidden = [field.view for field in fields if field.name in folded]
        self._fold = [fold(folded_title, [grid(hidden)])] if hidden else []
        css = f"form {self.css}"
        self.view = (
            box(f"part {css}", [self.heading, *self.layout()])
            if self.part
            else screen(css, self.heading, self.layout())
        )
        for field in fields:
            on_change(field.widget, lambda _, name=field.name: self._changed(name))
        self.refresh()
        conn.screens.add(self)

    def layout(self) -> list[Any]:
        """Return the form's parts below its heading, from top to bottom."""
        return [grid(self._shown), *self._fold, *self.foot()]

    def foot(self, *buttons: Any) -> list[Any]:
        """Return the parts below the inputs: the buttons with what is missing, the outcome, the code.

        Args:
            buttons: More buttons.
        """
        return [box("act", [self.button, self.cancel, *buttons, self.missing], row=True), self.outcome, self._code_fold]

    # For subclasses to define

    @abstractmethod
    def draft(self) -> Any:
        """Return the model that the inputs describe."""

    def problems(self) -> Sequence[Problem]:
        """Return the problems with it, and warnings."""
        found: Sequence[Problem] = self.draft().problems()
        return found

    @abstractmethod
    def act(self) -> str:
        """Do what a click does, in a worker thread, and return the outcome as HTML from cards."""

    @abstractmethod
    def label(self) -> str:
        """Return the button's label: what a click does and what it costs."""

    def consequence(self) -> str:
        """Return a sentence beside the button, if its label does not say all that a click does."""
        return ""

    def about(self) -> str:
        """Return one line below the title that says what the form is about."""
        return ""

    def acts(self) -> Sequence[snippets.Act]:
        """Return the action as calls on Twilio's API."""
        return ()

    # The same for every form

    def read(self) -> dict[str, Any]:
        """Return every input's value by name."""
        return {name: field.read(field.widget.value) for name, field in self.fields.items()}

    def fill(self, **values: Any) -> None:
        """Set inputs by name, as a person would."""
        for name, value in values.items():
            self.fields[name].widget.value = value

    @property
    def busy(self) -> bool:
        """Return whether a click is still being carried out."""
        return self._busy

    @property
    def stopped(self) -> bool:
        """Return whether Cancel was pressed since the last click."""
        return self._cancelled.is_set()

    def wait(self, seconds: float = 60.0) -> None:
        """Wait until the last click has been carried out.

        Raises:
            ToolkitError: It takes longer than that.
        """
        worker = self._worker
        if worker is not None:
            worker.join(seconds)
            if worker.is_alive():
                raise ToolkitError(f"{self.title}: still at work after {seconds} seconds.")

    def refresh(self) -> None:
        """Redraw everything that depends on the inputs."""
        problems = self._found()
        for name, field in self.fields.items():
            untouched = name not in self._touched
            field.say(p for p in problems if p.field == name and not (p.blocks and untouched))
        blocking = [p for p in problems if p.blocks]
        self.missing.value = cards.join(self._reasons(problems)) or self._hint()
        self.button.description = "Working…" if self.busy else self.label()
        self.button.disabled = self.busy or bool(blocking)
        self.heading.value = self._heading()
        self._show_code(carried_out=bool(blocking))

    def _heading(self) -> str:
        about = cards.text(self.about()) if self.about() else ""
        if self.part:
            return cards.text(self.title, "h3") + about
        looks = ("forms", *self.looks)
        return cards.heading(self.title, self.conn.label, about, armed=self.conn.armed_words, looks=looks)

    def _hint(self) -> str:
        words = self.consequence()
        return cards.text(words, css="msvc-help") if words else ""

    def _reasons(self, problems: Sequence[Problem]) -> Sequence[str]:
        """Say why the button is off, or what to know before a click, unless an input says it already."""
        said_above = [p for p in problems if p.field in self._touched and p.field in self.fields]
        labels = dict.fromkeys(f"“{self.fields[p.field].label}”" for p in said_above if p.blocks)
        lines = [cards.says("problem", f"Correct {' and '.join(labels)} first.")] if labels else []
        others = [p for p in problems if p not in said_above and (p.blocks or p.field not in self.fields)]
        return lines + [cards.says(self._mood(p), p.sentence) for p in others]

    def _mood(self, problem: Problem) -> cards.Mood:
        """Return a problem's mood; an input that was not touched yet gets a note, not an error."""
        if not problem.blocks:
            return "warning"
        return "note" if problem.field in self.fields else "problem"

    def _found(self) -> list[Problem]:
        try:
            return list(self.problems())
        except ToolkitError as error:
            return [Problem("", str(error))]

    def _show_code(self, *, carried_out: bool | None = None) -> None:
        """Show the calls that a click makes; while the inputs make none, show those of the last click."""
        if carried_out is None:
            carried_out = any(p.blocks for p in self._found())
        acts = self._carried_out if carried_out else list(self.acts())
        self._code_fold.layout.display = "" if type(self).acts is not Form.acts else "none"
        self.code.value = self._snippets(acts) or cards.text("The code appears here once nothing is missing above.")

    def _snippets(self, acts: Sequence[snippets.Act]) -> str:
        if not acts:
            return ""
        write = _LANGUAGES[self._language.value]
        source = "\n\n".join(write(act).strip() for act in acts[:SNIPPETS])
        more = cards.text(f"Shown for the first {SNIPPETS} of {len(acts)}.") if len(acts) > SNIPPETS else ""
        if self.conn.label == "SANDBOX" and _SID.search(source):
            more += cards.text(ONLY_HERE)
        return cards.code(source) + more

    def _changed(self, name: str) -> None:
        self._touched.add(name)
        self._carried_out = ()
        if not self.busy:
            self.outcome.value = cards.past(cards.shown(self.outcome))
        self.refresh()

    @in_turn
    def _start(self) -> None:
        """Carry out one click; a click while another one runs, or on a form with problems, does nothing."""
        if self.busy:
            return
        self._touched.update(self.fields)
        self.refresh()
        if any(p.blocks for p in self._found()):
            return
        self._cancelled.clear()
        self._busy, self.last_error, self.outcome.value = True, None, ""
        self.button.disabled, self.button.description = True, "Working…"
        self._worker = threading.Thread(
            target=self._carry_out, args=(self.acts(), time.monotonic()), name=f"msvc-{self.css}", daemon=True
        )
        self._worker.start()

    def _carry_out(self, acts: Sequence[snippets.Act], clicked: float) -> None:
        """Run the action, call the observers, and get ready for the next click; errors are shown."""
        self._caught(self._act)
        with TURN:
            for step in (*self.on_done, self._acted, self.conn.show_changes, self.conn.show_arming):
                self._caught(step)
            self._carried_out = acts
            self.cancel.layout.display = "none"
        time.sleep(max(0.0, clicked + DOUBLE_CLICK_SECONDS - time.monotonic()))
        with TURN:
            self._busy = False
            for step in (self.refresh, self.retell):
                self._caught(step)

    def _caught(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - an exception in a thread shows nowhere else
            self.last_error = error
            self.outcome.value = cards.shown(self.outcome) + cards.error(error)

    def _act(self) -> None:
        undoable = self.conn.undoable
        with undoable(self.conn, self.acts()) if undoable else nullcontext(False) as noted:
            said = self.act()
        self.outcome.value = cards.join([said, cards.text(UNDO, css="msvc-help") if noted else ""])

    def _acted(self) -> None:
        """Update the form when an action and its observers are done."""

    def static(self) -> str:
        """Return what a reader without a kernel sees: the inputs and their values."""
        shown = {field.label: field.words for field in self.fields.values()}
        return cards.facts(shown) + cards.shown(self.outcome)
