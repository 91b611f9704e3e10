"""The base class of every form: fields, draft, problems, button, outcome.

The draft is made from the fields, and its problems are worked out again on every change; the button is off while there
are any. A click runs the act once, in a thread of its own, and its outcome is drawn in the form.
"""

from __future__ import annotations

import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as widgets

from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import Problem, ToolkitError
from msvc_toolkit.html import cards
from msvc_toolkit.widgets import snippets
from msvc_toolkit.widgets.fields import Field, button, fold, html
from msvc_toolkit.widgets.view import View

SNIPPETS = 3
"""How many calls are written out as code when an act takes many."""
DOUBLE_CLICK_SECONDS = 0.3
"""A second click this soon is the other half of a double click, however fast the first one was carried out."""


class Form(View):
    """A form for one act; a subclass says which fields it has and what a click does.

    Args:
        conn: The account it works on.
        title: What it is for.
        fields: Its inputs, in keyboard order.
        folded: Names of the inputs that start folded away.
        folded_title: The label of the fold.
    """

    css = "form"
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
        self._carried_out = ""
        self._cancelled = threading.Event()
        self.button = widgets.Button(layout=widgets.Layout(width="auto", min_width="160px"), button_style="primary")
        self.button.add_class("msvc-act")
        self.button.on_click(lambda _: self._start())
        self.cancel = button("Cancel", "cancel", self._cancelled.set, hidden=True)
        self.heading = widgets.HTML()
        self.missing, self.outcome, self.code = widgets.HTML(), html("outcome"), widgets.HTML()
        self._shown = [field.view for field in fields if field.name not in folded]
        hidden = [field.view for field in fields if field.name in folded]
        self._fold = fold(folded_title, hidden) if hidden else []
        self.view = widgets.VBox(self.layout())
        self.view.add_class("msvc-part" if self.part else "msvc")
        self.view.add_class(f"msvc-{self.css}")
        for field in fields:
            field.widget.observe(lambda _, name=field.name: self._changed(name), names="value")
        self.refresh()

    def layout(self) -> list[Any]:
        """Return the form's parts from top to bottom."""
        return [self.heading, *self._shown, *self._fold, *self.foot()]

    def foot(self) -> list[Any]:
        """Return what is below the inputs: what is missing, the button, the outcome, the code."""
        return [self.missing, widgets.HBox([self.button, self.cancel]), self.outcome, self.code]

    # What a subclass gives

    @abstractmethod
    def draft(self) -> Any:
        """Return the model the inputs make."""

    def problems(self) -> Sequence[Problem]:
        """Return the problems with it, and warnings."""
        found: Sequence[Problem] = self.draft().problems()
        return found

    @abstractmethod
    def act(self) -> str:
        """Do it, and return the outcome as HTML from cards; runs off the main thread."""

    @abstractmethod
    def label(self) -> str:
        """Say on the button what a click does and what it costs."""

    def acts(self) -> Sequence[snippets.Act]:
        """Return the same act as calls on Twilio's API."""
        return ()

    # What every form does

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
        """Draw everything that follows from the inputs."""
        problems = self._found()
        for name, field in self.fields.items():
            untouched = name not in self._touched
            field.say(p for p in problems if p.field == name and not (p.blocks and untouched))
        blocking = [p for p in problems if p.blocks]
        silent = [p for p in problems if p.field not in self._touched and (p.blocks or p.field not in self.fields)]
        self.missing.value = cards.block(cards.bullets(p.sentence for p in silent)) if silent else ""
        self.button.description = "Working…" if self.busy else self.label()
        self.button.disabled = self.busy or bool(blocking)
        title = cards.text(self.title, css="msvc-title")
        self.heading.value = (
            cards.block(title) if self.part else (cards.heading(self.title, self.conn.label, armed=self.conn.may_write))
        )
        self.code.value = self._carried_out if blocking else self._snippets()

    def _found(self) -> list[Problem]:
        try:
            return list(self.problems())
        except ToolkitError as error:
            return [Problem("", str(error))]

    def _snippets(self) -> str:
        acts = self.acts()
        if not acts:
            return ""
        more = [cards.text(f"Shown for the first {SNIPPETS} of {len(acts)}.")] if len(acts) > SNIPPETS else []
        ways = {"Python": snippets.python, "curl": snippets.curl, "twilio-cli": snippets.twilio_cli}
        return cards.block(
            *(
                cards.listing(f"The same with {name}", "\n\n".join(write(act).strip() for act in acts[:SNIPPETS]))
                for name, write in ways.items()
            ),
            *more,
        )

    def _changed(self, name: str) -> None:
        self._touched.add(name)
        self._carried_out = ""
        if not self.busy:
            self.outcome.value = cards.past(cards.shown(self.outcome))
        self.refresh()

    def _start(self) -> None:
        """Carry out one click; a second one meanwhile, or one on a form with problems, does nothing."""
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
            target=self._carry_out, args=(self._snippets(), time.monotonic()), name=f"msvc-{self.css}", daemon=True
        )
        self._worker.start()

    def _carry_out(self, code: str, clicked: float) -> None:
        """Act, call the observers, and be ready for the next click; an error on the way is shown."""
        for step in (self._act, *self.on_done, self.conn.on_change):
            self._caught(step)
        self._carried_out = code
        self.cancel.layout.display = "none"
        time.sleep(max(0.0, clicked + DOUBLE_CLICK_SECONDS - time.monotonic()))
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
        self.outcome.value = cards.join([self.act()])

    def static(self) -> str:
        """Return what a reader without a kernel sees: the inputs and their values."""
        shown = {field.widget.description: field.words for field in self.fields.values()}
        return cards.facts(shown) + cards.shown(self.outcome)


def close(view: Any) -> None:
    """Let go of everything a form is drawn with; widgets live until they are closed."""
    for child in getattr(view, "children", ()):
        close(child)
    for part in (getattr(view, "style", None), view.layout, view):
        if isinstance(part, widgets.Widget):
            part.close()
