"""A form that saves settings: after success the inputs are replaced by what was saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msvc_toolkit.connection import Connection
from msvc_toolkit.html import cards
from msvc_toolkit.widgets.fields import Field, button, html
from msvc_toolkit.widgets.form import Form
from msvc_toolkit.widgets.screen import box, focus

FIRST_INPUT = ":is(input:not([type=radio]), input:checked, select, textarea)"
"""A CSS selector of the input where a form begins."""


class SavingForm(Form):
    """A form that, once saved, shows what was saved and the next step in place of its inputs; one click brings them back.

    Attributes:
        saved: Whether it shows what was saved instead of its inputs.
    """

    def __init__(self, conn: Connection, title: str, fields: Sequence[Field]) -> None:
        self.saved = self._succeeded = False
        self.lead = html("lead")
        self.change = button("Change settings", "change", self.edit)
        self.after = box("after act", [self.change, *self.others()], row=True)
        super().__init__(conn, title, fields)

    def inputs(self) -> list[Any]:
        """Return the parts that a saved form hides, from top to bottom."""
        return self._shown

    def others(self) -> list[Any]:
        """Return more buttons for the saved form."""
        return []

    def layout(self) -> list[Any]:
        """Return the inputs with their button, the parts that replace them, and the code."""
        act, outcome, code = self.foot()
        return [box("ask", [*self.inputs(), act]), outcome, self.lead, self.after, code]

    def edit(self) -> None:
        """Show the inputs again."""
        self._show_inputs()
        self.outcome.value = ""
        self.refresh()
        focus(self.view, f".msvc-ask {FIRST_INPUT}")

    def lead_to(self, sentence: str, follow: Any) -> None:
        """Show the next step and put its button first.

        Args:
            sentence: What the next step is.
            follow: The button.
        """
        self.lead.value = cards.text(sentence)
        self.after.children = [follow, *self.after.children]

    def succeed(self, card: str) -> str:
        """Replace the inputs by what was saved, and return its card."""
        self._succeeded = True
        return card

    def said(self) -> str:
        """Return the outcome of the last click, and the next step while that is shown."""
        return cards.shown(self.outcome) + (cards.shown(self.lead) if self.saved else "")

    def static(self) -> str:
        """Return the inputs and their values, or what was saved."""
        return self.said() if self.saved else super().static()

    def _act(self) -> None:
        self._succeeded = False
        super()._act()

    def _acted(self) -> None:
        if self._succeeded:
            self._touched.clear()
            self.saved = True
            self.view.add_class("msvc-saved")
            focus(self.view, ".msvc-after button")

    def _changed(self, name: str) -> None:
        self._show_inputs()
        super()._changed(name)

    def _show_inputs(self) -> None:
        self.saved = False
        self.view.remove_class("msvc-saved")
