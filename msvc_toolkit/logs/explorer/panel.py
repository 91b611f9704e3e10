"""The panel beside the charts: the senders, or the messages of a bar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import ipywidgets as widgets

from msvc_toolkit.widgets.screen import box

Tab = Literal["senders", "messages"]


class Panel:
    """Shows one of two views, `tab`; `turned` is called when a person chooses the other one."""

    def __init__(self, senders: Any, messages: Any, turned: Callable[[], None]) -> None:
        self.tab: Tab = "senders"
        self._turned = turned
        self._views: dict[Tab, Any] = {"senders": senders, "messages": messages}
        self._words: dict[Tab, str] = {"senders": "Senders", "messages": "Messages"}
        self.buttons = {name: widgets.ToggleButton(description=words) for name, words in self._words.items()}
        for name, one in self.buttons.items():
            one.observe(lambda change, name=name: self._press(name, pressed=change["new"]), names="value")
        self.view = box("panel", [box("segments", [*self.buttons.values()], row=True), senders, messages])
        self.turn("senders")

    def turn(self, tab: Tab) -> None:
        """Show one of the views."""
        self.tab = tab
        for name, one in self.buttons.items():
            one.value = name == tab
            self._views[name].layout.display = "" if name == tab else "none"

    def count(self, tab: Tab, many: str) -> None:
        """Write on a button how many there are."""
        self.buttons[tab].description = f"{self._words[tab]} {many}".strip()

    def _press(self, name: Tab, *, pressed: bool) -> None:
        if pressed and name != self.tab:
            self.turn(name)
            self._turned()
        elif not pressed and name == self.tab:
            self.buttons[name].value = True  # one of them is always on
