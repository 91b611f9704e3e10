"""Display a form as live widgets, with a static HTML copy (its twin) for stored notebooks.

A saved notebook keeps no widgets, and JupyterLab shows nothing in their place. So a cell gets two outputs; style
rules in the second show it only if the first is not live. A viewer that supports neither widgets nor style rules
shows the second one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from IPython import get_ipython
from IPython.display import DisplayHandle, display

from msvc_toolkit.html import cards
from msvc_toolkit.private.turns import in_turn
from msvc_toolkit.widgets.screen import Patience, close

if TYPE_CHECKING:
    from msvc_toolkit.connection import Connection  # a log is explored without the SDK

__all__ = ["View", "close"]
_shown: dict[str, tuple[str, list[View]]] = {}
"""The views of each cell, with the run of the cell that showed them."""

_patience: list[Patience] = []


class View(ABC):
    """Something with live widgets in `view`, and a static copy that can be read without them."""

    conn: Connection
    title: str
    view: Any
    looks: tuple[str, ...] = ()
    """CSS files beside those of every form, as for `cards.style`."""
    _twin: DisplayHandle | None = None

    @property
    def origin(self) -> str:
        """The label of the account that the content comes from."""
        return self.conn.label

    @abstractmethod
    def static(self) -> str:
        """Return what a reader without a kernel sees, as HTML from cards."""

    def retell(self) -> None:
        """Update the static copy (twin) in the notebook."""
        if self._twin is not None:
            self._twin.update(self._repr_mimebundle_(), raw=True)

    def close(self) -> None:
        """Close its widgets; from then on only its static copy can be shown."""
        close(self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """Return the twin."""
        headline = f"{type(self).__name__}: {self.title} ({self.origin})"
        return {"text/plain": headline, "text/html": cards.twin(self.title, self.static(), looks=self.looks)}

    @in_turn
    def _ipython_display_(self) -> None:
        """Show the widgets, and the twin where widgets cannot be shown."""
        _take_place(self)
        if self.view.comm is not None:
            self.view.add_class(cards.ALIVE)
            _wait_for_all()
            live = self.view._repr_mimebundle_()
            live.pop("text/plain", None)  # the twin has more to say
            display(live, raw=True)
            if (shell := get_ipython()) is not None:
                shell.events.register("post_run_cell", _show_changes)
        self._twin = display(self._repr_mimebundle_(), raw=True, display_id=True)


def _wait_for_all() -> None:
    if not _patience or _patience[0].comm is None:
        _patience[:] = [Patience()]


@in_turn
def _show_changes(_result: object) -> None:
    """Let forms show what the code of a cell changed on their account."""
    for conn in {
        id(view.conn): view.conn for _, views in _shown.values() for view in views if hasattr(view, "conn")
    }.values():
        conn.show_changes()


def _take_place(view: View) -> None:
    """Close the view of an earlier run of this cell, unless another cell shows the same view."""
    shell = get_ipython()
    run = shell.get_parent() if hasattr(shell, "get_parent") else {}
    # This frontend does not name the cell, so the same code counts as the same cell.
    cell = run.get("metadata", {}).get("cellId") or run.get("content", {}).get("code")
    if not cell:
        return
    number = run["header"]["msg_id"]
    before, views = _shown.get(cell, ("", []))
    if before == number:
        views.append(view)
        return
    _shown[cell] = number, [view]
    shown = {id(one) for _, those in _shown.values() for one in those}
    for old in views:
        if id(old) not in shown:
            old.close()
            _forget(shell, old)


def _forget(shell: Any, view: View) -> None:
    """Remove a view from the results that IPython keeps (Out, _, _12), which would keep it in memory."""
    for names in (shell.user_ns["Out"], shell.user_ns, shell.user_ns_hidden, vars(shell.displayhook)):
        for name in [name for name, value in names.items() if value is view and str(name).strip("_").isdecimal()]:
            del names[name]
        for name in ("_", "__", "___"):
            if names.get(name) is view:
                names[name] = ""
