"""The guided path: what is done, the form of one step, and a button for the next."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import ipywidgets as widgets

from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import ToolkitError
from msvc_toolkit.html import cards
from msvc_toolkit.html.cards import Html
from msvc_toolkit.inbound.form import InboundForm
from msvc_toolkit.inspector.handset import Handset
from msvc_toolkit.messages.form import SendForm
from msvc_toolkit.onboarding.calls import EXAMPLE_NAME, newest_first, progress
from msvc_toolkit.onboarding.model import A2P, SHORT_TITLES, STEP_TITLES, Progress, StepState, progress_of
from msvc_toolkit.private.arguments import also_called
from msvc_toolkit.private.turns import in_turn
from msvc_toolkit.rules import addresses
from msvc_toolkit.senders.form import SenderPoolForm
from msvc_toolkit.services.calls import list_services
from msvc_toolkit.services.form import ServiceForm
from msvc_toolkit.services.model import Service
from msvc_toolkit.widgets import fields, page
from msvc_toolkit.widgets.form import Form
from msvc_toolkit.widgets.saving import FIRST_INPUT, SavingForm
from msvc_toolkit.widgets.screen import box, focus, screen
from msvc_toolkit.widgets.view import View, close

StepForm = ServiceForm | InboundForm | SenderPoolForm | SendForm
LAST = len(STEP_TITLES)
_NEXT = {
    1: "Next, decide what happens when people text back. It takes about a minute.",
    2: "Next, add the numbers and other senders that Twilio chooses from. Together they are the sender pool.",
    3: "",  # the button says it
}
_NEEDS = {1: "the other steps need its service", 3: "without a sender in the pool, nothing can be sent"}
_ANOTHER = ""


class Onboarding(View):
    """Lead through Steps 1 to 4: show what is done, the form of one step, and a button for the next.

    Args:
        conn: The account.
        service_sid: The service it is about; the newest one when not given.
        here: The step a notebook is about. Only the state of the steps is shown, without a form, and it changes when
            forms of the same connection act.

    Attributes:
        progress: How far the account is.
        step: The form of the step that is open; None when there is none.
        opened: The number of the step that is open; the number in `here` when that is given.
    """

    title = "Send with a Messaging Service"

    @also_called(sid="service_sid")
    def __init__(self, conn: Connection, service_sid: str | None = None, *, here: int | None = None) -> None:
        self.conn = conn
        self.here = self.opened = here
        self.step: StepForm | None = None
        self._sid = service_sid
        self._creating = False
        self._drawing = False
        self._services: list[Service] = []
        self.writes_seen = conn.writes
        self._typed: dict[str, str] = {}
        self.trouble = fields.html("trouble")
        self.progress: Progress = progress(conn, service_sid)
        self.heading = widgets.HTML()
        self.refresh()
        conn.screens.add(self)
        if here:
            self.status = fields.html("status")
            self.view = screen("onboarding", self.heading, [self.status, self.trouble, widgets.HTML(_a2p_line())])
            self._draw()
            return
        self._services = newest_first(list_services(conn))
        self.steps = [
            fields.button(title, "step", partial(self._go, number)) for number, title in enumerate(SHORT_TITLES, 1)
        ]
        self.service = fields.choice("service", "Service", [("", _ANOTHER)])
        fields.on_change(self.service.widget, self._choose)
        self.place, self.follow = box("place", []), box("follow after act", [], row=True)
        self.a2p = fields.flag("a2p", "I am preparing for A2P 10DLC: stop after Step 3", f"{A2P}.", value=False)
        fields.on_change(self.a2p.widget, lambda _: self._draw())
        self.refresh_button = fields.button("Refresh", "refresh link", self._refresh)
        foot = box("part foot", [self.a2p.view, self.refresh_button])
        parts = [box("steps", self.steps), self.trouble, self.service.view, self.place, self.follow, foot]
        self.view = screen("onboarding", self.heading, parts)
        self.open(self.progress.next or LAST)

    @in_turn
    def look_again(self) -> None:
        """Read the account again and redraw the steps."""
        self.writes_seen = self.conn.writes
        try:
            if not self.here:
                self._services = newest_first(list_services(self.conn))
            self.progress = progress_of(None, None, 0, 0) if self._creating else progress(self.conn, self._sid)
        except ToolkitError as error:
            self.trouble.value = cards.error(error)
            return
        self.trouble.value = ""
        self._draw()
        self.retell()

    def _refresh(self) -> None:
        """Ask the account again for the steps, and for the form of the pool or of sending."""
        self.look_again()
        if isinstance(self.step, SenderPoolForm | SendForm):
            self.step.look_again()

    @in_turn
    def open(self, number: int) -> None:
        """Open a step's form, or say which step it needs first.

        Args:
            number: 1 to 4.
        """
        if isinstance(self.step, SendForm):  # a person comes back with another service, or after adding a sender
            self._typed = {name: str(self.step.fields[name].widget.value) for name in ("to", "body")}
        for part in (*self.place.children, *self.follow.children):
            close(part)
        self.opened, self.step = number, None
        try:
            shown = self._opened(number)
        except ToolkitError as error:
            shown = widgets.HTML(cards.error(error))
        self.place.children = [shown]
        self.follow.children = self._way_on(number)
        self._draw()

    def _opened(self, number: int) -> Any:
        if self.progress.steps[number - 1].needs is not None:
            self.look_again()  # it may have been done elsewhere
        needs = self.progress.steps[number - 1].needs
        if needs is not None:
            return widgets.HTML(cards.card("note", f"Do Step {needs} first: {_NEEDS[needs]}."))
        step = self._form(number)
        for part in _forms(step):
            part.on_done.append(partial(self._done, step, part))
        if isinstance(step, SenderPoolForm):
            step.follows = ""  # the row below says what is next, which differs for A2P
        if isinstance(step, ServiceForm):
            step.on_another.append(self._create_another)
        step.view.add_class(f"msvc-step-{number}")
        self.step = step
        return step.view

    def _form(self, number: int) -> StepForm:
        service = self.progress.service
        if service is None:
            return ServiceForm(self.conn, friendly_name="" if self._services else EXAMPLE_NAME)
        if number == LAST:
            return SendForm(self.conn, service.sid, **self._typed)
        forms: dict[int, type[StepForm]] = {1: ServiceForm, 2: InboundForm, 3: SenderPoolForm}
        return forms[number](self.conn, service.sid)

    def _way_on(self, number: int) -> list[Any]:
        """Put the button for the next step into a form that saves settings; for other forms, return it."""
        if self.step is None:
            return []
        if number == LAST:
            sandbox = self.conn.sandbox is not None
            phone = [fields.button("Show the recipient's phone", "phone-button", self._show_phone)] if sandbox else []
            return [*phone, fields.html("lead")]
        follow = fields.button(f"Next: {SHORT_TITLES[number].lower()}", "next", partial(self._go, number + 1))
        follow.button_style = "primary"
        if isinstance(self.step, SavingForm):
            self.step.lead_to("" if self.progress.steps[number].done else _NEXT[number], follow)
            return []
        return [follow, fields.html("lead")]

    @in_turn
    def _show_phone(self) -> None:
        """Show the phone of the typed recipient, or that of the newest message, below the form of Step 4."""
        if not isinstance(self.step, SendForm) or len(self.place.children) > 1:
            return
        sent = (m for m in self.step.recent if m.messaging_service_sid == self.step.sid and m.direction != "inbound")
        message, typed = self.step.message or next(sent, None), self.step.draft().to
        wrong = addresses.recipient_problem(typed)
        number = typed if typed and not (wrong and wrong.blocks) else message.to if message else ""
        if number:
            phone = Handset(self.conn, number)
            phone.follow.value = not phone.manual
            phone.on_done.append(self.step.look_again)  # a text such as STOP changes what the form predicts
            self.place.children = [*self.place.children, phone.view]
            self.follow.children = self.follow.children[1:]  # without the button just clicked
        focus(self.view, ".msvc-handset .msvc-field-body")

    def _go(self, number: int) -> None:
        """Open a step and move the focus to its first input."""
        self.open(number)
        focus(self.view, f".msvc-step-{number} {FIRST_INPUT}")

    @in_turn
    def _choose(self, sid: str) -> None:
        """Switch to another service, and stay at the same step if it can be done there."""
        if self._drawing:
            return
        if sid == _ANOTHER:
            self._create_another()
            self._go(1)
            return
        self._creating, self._sid = False, sid
        self.look_again()
        ready = self.progress.steps[(self.opened or 1) - 1].needs is None
        self.open(self.opened if self.opened and ready else self.progress.next or LAST)

    @in_turn
    def _create_another(self) -> None:
        self._creating, self._sid = True, None
        self.look_again()

    @in_turn
    def _done(self, step: StepForm, part: Form) -> None:
        """Update the steps after a click in a step's form, also if another step was opened meanwhile."""
        had_senders = self.progress.steps[2].done
        current = step is self.step
        if current and isinstance(step, ServiceForm) and step.service is not None:
            self._creating, self._sid = False, step.service.sid
        self.look_again()
        if current and self.opened == 3 and not had_senders and part.last_error is None:  # noqa: PLR2004 - the pool
            focus(self.view, ".msvc-follow button")

    def refresh(self) -> None:
        """Show which account it is, and what is armed on it."""
        about = (
            f"Four steps. This notebook is about step {self.here}." if self.here else "Four steps, about five minutes."
        )
        self.heading.value = cards.heading(self.title, self.conn.label, cards.text(about), armed=self.conn.armed_words)

    def _draw(self) -> None:
        if self.here:
            items = [Html('<li class="msvc-step {}">{}\n{}</li>').format(*self._look(s)) for s in self.progress.steps]
            self.status.value = cards.block(cards.text(cards.join(items), "ol", "msvc-steps"))
            return
        for button, step in zip(self.steps, self.progress.steps, strict=True):
            css, title, state = self._look(step)
            button.description, button.tooltip = f"{title}\n{state}", f"Step {step.number}: {step.title}"
            button.disabled = "msvc-locked" in css
            for name in ("msvc-done", "msvc-here", "msvc-locked"):
                (button.add_class if name in css.split() else button.remove_class)(name)
        self._draw_services()
        done = self.opened is not None and self.progress.steps[self.opened - 1].done
        self.a2p.view.layout.display = "none" if self.opened == LAST else ""
        self.follow.layout.display = "" if done and self.follow.children else "none"
        if self.follow.children and self.opened is not None:
            *follow, lead = self.follow.children
            stops = self.a2p.widget.value and self.opened == LAST - 1
            lead.value = cards.text(
                _a2p_next() if stops else _all_done() if self.opened == LAST else _NEXT[self.opened]
            )
            for one in follow:
                one.layout.display = "none" if stops else ""

    def _draw_services(self) -> None:
        """Offer a choice of services if there are several, or if another one is being created."""
        names = [service.label for service in self._services]
        options = [
            (name if names.count(name) == 1 else f"{name} ({service.sid[:2]}…{service.sid[-4:]})", service.sid)
            for name, service in zip(names, self._services, strict=True)
        ]
        chosen = self.progress.service.sid if self.progress.service else _ANOTHER
        if chosen != _ANOTHER and chosen not in [sid for _, sid in options]:
            options.insert(0, (self.progress.service.label if self.progress.service else "", chosen))
        self._drawing = True
        self.service.widget.options = [*options, ("Create another service", _ANOTHER)]
        self.service.widget.value = chosen
        self._drawing = False
        needed = len(options) > 1 or (options and chosen == _ANOTHER)
        self.service.view.layout.display = "" if needed else "none"

    def _look(self, step: StepState) -> tuple[str, str, str]:
        """Return the class names, the title and the state of a step in the row of steps."""
        here = step.number == self.opened
        locked = step.needs is not None and not (here and self.here)
        names = {"msvc-done": step.done, "msvc-here": here, "msvc-locked": locked}
        if step.done:
            state = step.brief
        elif here:
            state = "This notebook" if self.here else "You are here"
        elif not self.here and self.a2p.widget.value and step.number == LAST:
            state = "Not needed for A2P"
        elif locked:
            state = f"Needs step {step.needs}"
        else:
            state = "Next" if step.number == self.progress.next else step.brief or "To do"
        return " ".join(name for name, has in names.items() if has), SHORT_TITLES[step.number - 1], state

    def static(self) -> str:
        """Return the steps; only those before the notebook's own are shown with their state, since later ones may change."""
        earlier = [str(step) for step in self.progress.steps if self.here and step.number < self.here]
        later = [
            f"Step {number}, {title}" + (": this notebook" if number == self.here else "")
            for number, title in enumerate(STEP_TITLES, start=1)
            if number >= (self.here or 1)
        ]
        return cards.bullets([*earlier, *later]) + _a2p_line()


def _a2p_line() -> str:
    words = cards.Html("Preparing for A2P 10DLC? {}; {} goes on from there.")
    return cards.text(words.format(A2P, _readiness()), css="msvc-small")


def _a2p_next() -> str:
    words = cards.Html(
        "Steps 1-3 are done: the service is prepared for A2P 10DLC. Its registration follows: a customer profile, a brand and a "
        "campaign, each with a review that can take days. Next: see it on an invented account, in {}."
    )
    return words.format(_readiness())


def _all_done() -> str:
    log = page.link("message-log", "Message log", "the notebook 05-message-logs")
    sent = page.link("messages", "Messages", cards.text("msvc.Inspector(conn)", "code"))
    words = cards.Html(
        "All four steps are done. What happened to each message: {}. Next, see on an invented account why messages fail: {}."
    )
    return words.format(sent, log)


def _readiness() -> cards.Html:
    return page.link("readiness", "Ready for US A2P 10DLC?", "the notebook 07-a2p-readiness")


def _forms(step: StepForm) -> Sequence[Form]:
    """Return a step's forms."""
    return [step, step.alpha] if isinstance(step, SenderPoolForm) else [step]
