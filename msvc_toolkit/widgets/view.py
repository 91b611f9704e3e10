"""Display a form as live widgets, with a static HTML copy (its twin) for stored notebooks.

A saved notebook keeps no widgets, and JupyterLab has nothing to put in their place. So a cell gets two outputs; style
rules in the second show it exactly where the first is not alive. A viewer that knows neither widgets nor style rules
shows the second one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Any

from IPython import get_ipython
from IPython.display import DisplayHandle, display

from msvc_toolkit.connection import Connection
from msvc_toolkit.html import cards

_SHOWN: dict[str, tuple[str, list[View]]] = {}
"""What each notebook cell shows: the run that showed it, and the views."""


class View(ABC):
    """Something with live widgets in `view` that can also be read without them."""

    conn: Connection
    title: str
    view: Any
    _twin: DisplayHandle | None = None
    cell = ""
    """The notebook cell that shows it."""
    _closed = False

    @property
    def origin(self) -> str:
        """Where what is shown comes from: the label of the account."""
        return self.conn.label

    @abstractmethod
    def static(self) -> str:
        """Return what a reader without a kernel sees, as HTML from cards."""

    def retell(self) -> None:
        """Update the twin in the notebook."""
        if self._twin is not None:
            self._twin.update(self._repr_mimebundle_(), raw=True)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Return the twin."""
        headline = f"{type(self).__name__}: {self.title} ({self.origin})"
        return {"text/plain": headline, "text/html": cards.twin(self.title, self.static())}

    def close(self) -> None:
        """Release the widgets; ipywidgets keeps each of them until it is closed."""
        self._closed = True
        close(self.view)

    def _ipython_display_(self) -> None:
        """Show the widgets, and the twin where widgets cannot be shown."""
        self._replace()
        if not self._closed:
            self.view.add_class(cards.ALIVE)
            live = self.view._repr_mimebundle_()
            live.pop("text/plain", None)  # the twin says it better
            display(live, raw=True)
        self._twin = display(self._repr_mimebundle_(), raw=True, display_id=True)

    def _replace(self) -> None:
        """Close what an earlier run of the same cell showed, unless another cell shows it now."""
        self.cell, run = _this_cell()
        if not self.cell:
            return
        before, views = _SHOWN.get(self.cell, ("", []))
        if before == run:
            views.append(self)
            return
        _SHOWN[self.cell] = run, [self]
        for view in views:
            if view is not self and view.cell == self.cell:
                view.close()


def _this_cell() -> tuple[str, str]:
    """Return the ids of the notebook cell that runs now and of this run; empty where the notebook does not say."""
    with suppress(AttributeError, KeyError):
        asked = get_ipython().get_parent()  # type: ignore[no-untyped-call]
        return str(asked["metadata"]["cellId"]), str(asked["header"]["msg_id"])
    return "", ""


def close(view: Any) -> None:
    """Release a widget and everything in it."""
    for child in getattr(view, "children", ()):
        close(child)
    for part in (getattr(view, "style", None), view.layout, view):
        if hasattr(part, "comm"):
            part.close()
