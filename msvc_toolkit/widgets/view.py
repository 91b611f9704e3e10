"""Display a form as live widgets, with a static HTML copy (its twin) for stored notebooks.

A saved notebook keeps no widgets, and JupyterLab has nothing to put in their place. So a cell gets two outputs; style
rules in the second show it exactly where the first is not alive. A viewer that knows neither widgets nor style rules
shows the second one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from IPython.display import DisplayHandle, display

from msvc_toolkit.connection import Connection
from msvc_toolkit.html import cards


class View(ABC):
    """Something with live widgets in `view` that can also be read without them."""

    conn: Connection
    title: str
    view: Any
    _twin: DisplayHandle | None = None

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

    def _ipython_display_(self) -> None:
        """Show the widgets, and the twin where widgets cannot be shown."""
        self.view.add_class(cards.ALIVE)
        live = self.view._repr_mimebundle_()
        live.pop("text/plain", None)  # the twin says it better
        display(live, raw=True)
        self._twin = display(self._repr_mimebundle_(), raw=True, display_id=True)
