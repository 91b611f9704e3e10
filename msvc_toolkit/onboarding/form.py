"""The guided path: how far the account is, and the form of the next step."""

from __future__ import annotations

import ipywidgets as widgets

from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import ToolkitError
from msvc_toolkit.html import cards
from msvc_toolkit.inbound.form import InboundForm
from msvc_toolkit.messages.form import SendForm
from msvc_toolkit.onboarding.calls import EXAMPLE_NAME, progress
from msvc_toolkit.onboarding.model import A2P, STEP_TITLES, Progress
from msvc_toolkit.private.arguments import also_called
from msvc_toolkit.senders.form import SenderPoolForm
from msvc_toolkit.services.form import ServiceForm
from msvc_toolkit.widgets import fields, form
from msvc_toolkit.widgets.screen import box, screen
from msvc_toolkit.widgets.view import View


class Onboarding(View):
    """Lead through Steps 1 to 4: show what is done, and put the next step's form below.

    Args:
        conn: The account.
        service_sid: The service it is about; the newest one when not given.
        here: The step a notebook is about: shows only how far the account is, without a form, and looks again
            when a form of the same connection has acted.

    Attributes:
        progress: How far the account is.
        step: The form of the step that is open; None when it is only shown.
    """

    title = "From a service to a delivered message"

    @also_called(sid="service_sid")
    def __init__(self, conn: Connection, service_sid: str | None = None, *, here: int | None = None) -> None:
        self.conn = conn
        self.here = here
        self.step: ServiceForm | InboundForm | SenderPoolForm | SendForm | None = None
        self._sid = service_sid
        self._open: int | None = None
        self.status = fields.html("progress")
        self.chooser = widgets.Dropdown(
            options=[(f"Step {n}: {title}", n) for n, title in enumerate(STEP_TITLES, start=1)],
            description="Open",
            layout=widgets.Layout(width="min(640px, 100%)"),
        )
        self.chooser.add_class("msvc-field-step")
        self.refresh_button = fields.button("Look again", "look-again", self.look_again)
        self.place = widgets.VBox([])
        parts = [] if here else [box("act", [self.chooser, self.refresh_button], row=True), self.place]
        self.view = screen("onboarding", self.status, parts)
        self.progress: Progress = progress(conn, service_sid)
        self._draw()
        if here:
            conn.on_change = self.look_again
        else:
            self.chooser.value = self.progress.next or len(STEP_TITLES)
            self.chooser.observe(lambda _: self._show(), names="value")
            self._show()

    def look_again(self) -> None:
        """Ask the account once more how far it is."""
        try:
            self.progress = progress(self.conn, self._sid)
        except ToolkitError as error:
            self.status.value = cards.error(error)
            return
        self._draw()
        self.retell()

    def open(self, number: int) -> None:
        """Open a step's form.

        Args:
            number: 1 to 4.
        """
        self.chooser.value = number

    def _draw(self) -> None:
        lines = [str(step) for step in self.progress.steps]
        parts = cards.bullets(lines), cards.text(A2P)
        self.status.value = cards.heading(self.title, self.conn.label, *parts, armed=self.conn.may_write)

    def _show(self) -> None:
        """Put the chosen step's form below, or say which step it needs first."""
        number = int(self.chooser.value)
        if self.step is not None:
            form.close(self.step.view)
        service = self.progress.service
        try:
            self.step = self._form(number, service.sid if service else None)
        except ToolkitError as error:
            self.step = None
            self.place.children = [widgets.HTML(cards.error(error))]
            return
        if self.step is None:
            self.place.children = [
                widgets.HTML(cards.card("note", "Do Step 1 first: the other steps need its service."))
            ]
            return
        for part in _parts(self.step):
            part.on_done.append(self._done)
        self.place.children = [self.step.view]

    def _form(self, number: int, sid: str | None) -> ServiceForm | InboundForm | SenderPoolForm | SendForm | None:
        if number == 1:
            return ServiceForm(self.conn, sid, friendly_name="" if sid else EXAMPLE_NAME)
        if sid is None:
            return None
        forms: dict[int, type[InboundForm | SenderPoolForm | SendForm]] = {
            2: InboundForm,
            3: SenderPoolForm,
            4: SendForm,
        }
        return forms[number](self.conn, sid)

    def _done(self) -> None:
        """After a click, read how far the account is; the open form stays, so that its outcome can be read."""
        if isinstance(self.step, ServiceForm) and self.step.service is not None:
            self._sid = self.step.service.sid
        self.look_again()

    def static(self) -> str:
        """Return the steps; only those before a notebook's own are sure to be as they were."""
        earlier = [str(step) for step in self.progress.steps if self.here and step.number < self.here]
        later = [
            f"Step {number}, {title}" + (": this notebook" if number == self.here else "")
            for number, title in enumerate(STEP_TITLES, start=1)
            if number >= (self.here or 1)
        ]
        return cards.bullets([*earlier, *later]) + cards.text(A2P)


def _parts(step: ServiceForm | InboundForm | SenderPoolForm | SendForm) -> list[form.Form]:
    return [step, step.alpha] if isinstance(step, SenderPoolForm) else [step]
