"""The inputs of a form: a core widget with a label, and a line below it for help or a problem."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets
from traitlets import Int, Unicode, Union

from msvc_toolkit.errors import Problem
from msvc_toolkit.html import cards
from msvc_toolkit.private.secret import without_login
from msvc_toolkit.private.turns import in_turn
from msvc_toolkit.rules import addresses
from msvc_toolkit.widgets.screen import INPUTS, box, in_order


@dataclass(frozen=True)
class Field:
    """One input of a form.

    Args:
        name: The attribute of the draft it fills.
        widget: The input with its label.
        note: The line below it: its help, or its problem.
        view: The input with its note.
        help: Plain help.
        read: Turns the widget's value into the draft's.
    """

    name: str
    widget: Any
    note: Any
    view: Any
    help: str
    read: Callable[[Any], Any]

    @property
    def label(self) -> str:
        """The input's label."""
        return str(self.widget.description)

    @property
    def words(self) -> str:
        """The value in words, phone numbers masked."""
        if isinstance(self.widget, widgets.Checkbox):
            return "yes" if self.widget.value else "no"
        chosen = isinstance(self.widget, (widgets.Dropdown, widgets.RadioButtons))
        shown = self.widget.label if chosen else self.widget.value
        return without_login(addresses.mask(str(shown))) if shown not in (None, "") else "(empty)"

    def say(self, problems: Iterable[Problem]) -> None:
        """Show this input's problem and its help."""
        found = list(problems)
        lines = [cards.says("problem" if one.blocks else "warning", one.sentence) for one in found]
        if self.help:
            lines.append(cards.text(self.help, css="msvc-help"))
        for css, shown in (("msvc-wrong", any(p.blocks for p in found)), ("msvc-minded", bool(found))):
            (self.view.add_class if shown else self.view.remove_class)(css)
        html = cards.join(lines)
        if self.note.value != html:
            self.note.value = html


def field(name: str, widget: Any, help_: str, read: Callable[[Any], Any]) -> Field:
    """Make a field of any widget with a ``value`` and a ``description``."""
    widget.add_class(f"msvc-field-{name.replace('_', '-')}").add_class(f"msvc-model-{widget.model_id}")
    INPUTS[widget.model_id] = widget
    note = widgets.HTML()
    made = Field(name, widget, note, box("input", [widget, note]), help_, read)
    made.say(())
    return made


def button(label: str, css: str, click: Callable[[], object], *, hidden: bool = False) -> Any:
    """Make a button.

    Args:
        label: Its text.
        css: Its class names, without the prefix ``msvc-``.
        click: The function that a click calls.
        hidden: Whether it starts hidden.
    """
    made = widgets.Button(description=label, layout={"display": "none" if hidden else None})
    for name in css.split():
        made.add_class(f"msvc-{name}")
    in_order(made)
    clicked = in_turn(click)
    made.on_click(lambda _: clicked())
    return made


def on_change(widget: Any, do: Callable[..., object]) -> None:
    """Call a function with each new value of a widget."""
    in_order(widget)
    changed = in_turn(do)
    widget.observe(lambda change: changed(change["new"]), names="value")


def html(css: str) -> Any:
    """Make an empty widget for HTML; its class name is given without the prefix ``msvc-``."""
    return widgets.HTML().add_class(f"msvc-{css}")


def grid(views: Sequence[Any]) -> Any:
    """Lay inputs out in two columns, in one where the cell is narrow."""
    return box("fields", views)


def fold(title: str, views: Sequence[Any], *, opened: bool = False) -> Any:
    """Fold widgets away behind a button; the fold stays open while they are redrawn.

    A core accordion cannot be opened with the keyboard.
    """
    return box("fold", [in_order(widgets.ToggleButton(description=title, value=opened)), box("inside", views)])


def text(
    name: str,
    label: str,
    help_: str = "",
    *,
    value: str = "",
    placeholder: str = "",
    lines: int = 1,
    read: Callable[[str], Any] = str.strip,
) -> Field:
    """Make an input for text: a single line, or a box if it has several lines."""
    shared = {"value": value, "description": label, "placeholder": placeholder, "continuous_update": True}
    widget = widgets.Text(**shared) if lines == 1 else widgets.Textarea(rows=lines, **shared)
    return field(name, widget, help_, read)


def choice(name: str, label: str, options: Sequence[tuple[str, Any]], help_: str = "", *, value: Any = None) -> Field:
    """Make an input for one of several values; options are pairs of label and value."""
    chosen = options[0][1] if value is None else value
    widget = widgets.Dropdown(options=list(options), value=chosen, description=label)
    return field(name, widget, help_, lambda chosen: chosen)


def radios(name: str, label: str, options: Sequence[tuple[str, Any]], *, value: Any) -> Field:
    """Make radio buttons for one of a few values; options are as in `choice`."""
    widget = widgets.RadioButtons(options=list(options), value=value, description=label)
    return field(name, widget, "", lambda chosen: chosen)


def offer(chooser: Field, options: Sequence[tuple[str, Any]]) -> None:
    """Replace the options of a choice; the chosen value stays if it is still among them."""
    widget = chooser.widget
    if list(widget.options) != list(options):
        kept, values = widget.value, [value for _, value in options]
        widget.options = list(options)
        widget.value = kept if kept in values else values[0]


class _Whole(widgets.Text):  # type: ignore[misc]  # ipywidgets is not typed
    """A text input whose value may also be set as a number: a pure number input would silently read 1e9 as 1."""

    value = Union([Int(), Unicode()]).tag(sync=True)


def number(name: str, label: str, help_: str = "", *, value: int) -> Field:
    """Make an input for a whole number; anything else that is typed stays text, which the model refuses."""
    widget = _Whole(value=value, description=label)
    return field(name, widget, help_, _whole)


def _whole(typed: int | str) -> int | str:
    plain = str(typed).strip()
    return int(plain) if re.fullmatch(r"-?\d{1,18}", plain) else plain


def flag(name: str, label: str, help_: str = "", *, value: bool) -> Field:
    """Make an input for yes or no."""
    widget = widgets.Checkbox(value=value, description=label, indent=False)
    return field(name, widget, help_, bool)


def date_time(name: str, label: str, help_: str = "") -> Field:
    """Make an input for a date and time; its value is an aware datetime or None."""
    widget = widgets.DatetimePicker(description=label, value=None)
    return field(name, widget, help_, lambda value: value)
