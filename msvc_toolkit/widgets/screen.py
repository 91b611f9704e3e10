"""The frame of a form or chart board: border, head, stylesheet, and attributes for screen readers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import anywidget
import ipywidgets as widgets

from msvc_toolkit.private.turns import in_turn

INPUTS: WeakValueDictionary[str, Any] = WeakValueDictionary()
"""Every input of a form, by its model's ID."""


class Assist(anywidget.AnyWidget):
    """An invisible widget that sets ARIA attributes in its screen, moves the focus, and sends what was typed before a click."""

    _esm = Path(__file__).with_name("assist.js").read_text(encoding="utf-8")  # a Path would keep each instance alive

    def __init__(self) -> None:
        super().__init__()
        self.on_msg(lambda _, content, __: take(content.get("typed", {})))
        in_order(self)

    def focus(self, selector: str) -> None:
        """Focus the first match of a CSS selector in the screen, and scroll it into view."""
        self.send({"focus": selector})


class Patience(widgets.DOMWidget):  # type: ignore[misc]  # ipywidgets is not typed
    """An invisible widget that makes every screen come back when a page is opened again, however busy the computer is.

    JupyterLab searches for the widget of an output for two seconds, and again once all widgets are back. If they come back
    while the page is busy, JupyterLab mistakes the end of the first search for the end of the second, and the output stays
    dead. This widget refers to one that does not exist, so JupyterLab searches for that one for two seconds, too. Until then
    the widgets do not count as back, and every first search has ended. Screens that were found do not wait for it.

    Source: jupyterlab_widgets 3.0.17, `WidgetRenderer.renderModel` and `ManagerBase.get_model`; read 2026-12-01.
    """

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """Return what a page gets: on its own when it is opened again, not when this widget is made."""
        state: dict[str, Any] = super().get_state(key, drop_defaults)
        return state if self.comm is None else state | {"layout": "IPY_MODEL_none"}


@in_turn
def take(typed: dict[str, Any]) -> None:
    """Set inputs, by their model's ID, to the texts that the browser shows."""
    for name, text in typed.items():
        widget = INPUTS.get(name)
        if widget is not None and str(widget.value) != text:
            widget.set_state({"value": text})  # as if the browser had sent the value itself


def in_order(widget: Any) -> Any:
    """Let the kernel handle the events of this widget and of others in the order in which they arrive; return the widget.

    ipykernel 7.4 handles an event of a widget in the thread that last wrote to that widget. So while a cell ran, a click
    could be handled before an earlier choice. Earlier versions and other kernels do not do this.
    """
    if hasattr(widget.comm, "_reply_subshell_for"):
        widget.comm._reply_subshell_for = _where_sent  # noqa: SLF001 - ipykernel has no public name for it
    return widget


def _where_sent(_data: object, sent_to: Any) -> Any:
    return sent_to


def box(css: str, parts: Sequence[Any], *, row: bool = False) -> Any:
    """Put widgets into a box that the stylesheet lays out.

    Args:
        css: Class names without the prefix ``msvc-``, separated by spaces.
        parts: The widgets in it.
        row: Whether the parts are side by side.
    """
    made = (widgets.HBox if row else widgets.VBox)(list(parts))
    for name in css.split():
        made.add_class(f"msvc-{name}")
    return made


def screen(css: str, heading: Any, parts: Sequence[Any]) -> Any:
    """Frame a screen.

    Args:
        css: Class names of the screen, as in `box`.
        heading: The HTML widget with its head, from `cards.heading`.
        parts: The widgets below the head.
    """
    return box(f"screen {css}", [heading, box("body", parts), Assist()]).add_class("msvc")


def focus(view: Any, selector: str) -> None:
    """Focus the first match of a CSS selector in a screen, once it is drawn."""
    view.children[-1].focus(selector)


def close(thing: Any) -> None:
    """Close every widget in a view, field or widget, hidden ones too, because ipywidgets keeps open widgets in memory."""
    waiting, seen = [thing], set[int]()
    while waiting:
        one = waiting.pop()
        if isinstance(one, (list, tuple)):
            waiting += one
        elif isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, widgets.Widget):
            if one.comm is not None:
                waiting += [getattr(one, name) for name in one.keys]
                one.close()
                one.unobserve_all()  # or anywidget keeps it, and all it refers to
        elif hasattr(one, "view") and id(one) not in seen:
            seen.add(id(one))
            waiting += vars(one).values()
