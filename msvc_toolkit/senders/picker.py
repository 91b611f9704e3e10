"""A table of senders to search, filter and select from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import ipywidgets as widgets

from msvc_toolkit.private.turns import in_turn
from msvc_toolkit.rules import addresses
from msvc_toolkit.senders.model import Sender, in_order
from msvc_toolkit.widgets import fields
from msvc_toolkit.widgets.checklist import Checklist
from msvc_toolkit.widgets.screen import box

HEADS = ("Sender", "Kind", "Country", "Can send", "Label", "Service now")
NO_MATCH = "No sender matches. Clear the search or a filter."
NO_SENDER = "The account has no sender yet. Buy a number in the Twilio Console first."
ALL, FREE, ELSEWHERE, HERE = "All", "Free", "In other services", "In this pool"
_ORDERS: dict[str, Callable[[Sequence[Sender]], list[Sender]]] = {
    "Sort by kind": in_order,
    "Sort by number": lambda senders: sorted(senders, key=attrgetter("address")),
    "Sort by label": lambda senders: sorted(senders, key=lambda s: (not s.label, s.label.lower(), s.address)),
    "Sort by service": lambda senders: sorted(senders, key=lambda s: (s.service_name, s.service_sid or "", s.address)),
}


class Picker:
    """A table of senders to search, filter and select from; `changed` is called after each selection.

    Attributes:
        senders: All senders, whether they match the search or not.
        rows: The list in which they are shown.
        finder: The search.
    """

    def __init__(self, sid: str, changed: Callable[[], None]) -> None:
        self.sid = sid
        self.senders: Sequence[Sender] = ()
        self._quiet = False
        self.finder = fields.text("filter", "Find a sender", placeholder="Number, label or service")
        self.place = widgets.ToggleButtons(options=[(name, name) for name in (ALL, FREE, ELSEWHERE, HERE)])
        self.kinds, self.countries = box("chips", [], row=True), box("chips", [], row=True)
        self.order = widgets.Dropdown(options=list(_ORDERS), tooltip="Order of the senders").add_class("msvc-order")
        self.all = fields.button("Select all", "select-all", self.select_all)
        self.clear = fields.button("Clear selection", "link clear", lambda: self.select(()))
        self.reset = fields.button("Clear the search and all filters", "link reset", self.show_all, hidden=True)
        self.rows = Checklist(
            "senders",
            HEADS,
            self._cells,
            changed,
            key=attrgetter("sid"),
            before=[self.all, self.clear],
            after=[self.order],
        )
        for widget in (self.place, self.order):
            fields.on_change(widget, lambda _: self.draw(first=True))
        filters = box("filters", [self.kinds, self.countries])
        self.view = box("picker", [self.finder.view, self.place, filters, self.rows.view, self.reset])

    @property
    def selected(self) -> list[Sender]:
        """The selected senders, whether the search shows them or not."""
        return [sender for sender in self.senders if sender.sid in self.rows.keys]

    def select(self, senders: Sequence[Sender]) -> None:
        """Select these senders and no others."""
        self.rows.choose(senders)

    def select_all(self) -> None:
        """Add all matching senders to the selection."""
        self.select([*self.selected, *self.rows.items])

    @in_turn
    def show(self, senders: Sequence[Sender]) -> None:
        """Replace the senders; selected ones that still exist stay selected."""
        self.senders = in_order(senders)
        self.rows.keys &= {sender.sid for sender in self.senders}
        self.draw()

    @in_turn
    def show_all(self) -> None:
        """Clear the search and all filters."""
        self._quiet = True
        self.finder.widget.value, self.place.value = "", ALL
        for chip in (*self.kinds.children, *self.countries.children):
            chip.value = False
        self._quiet = False
        self.draw(first=True)

    @in_turn
    def draw(self, *, first: bool = False) -> None:
        """Redraw the table; with `first`, go to the first page."""
        if self._quiet:
            return
        words = str(self.finder.widget.value)
        found = [sender for sender in self.senders if sender.matches(words)]
        self._count_places(found)
        placed = [sender for sender in found if self.place.value in (ALL, self._place(sender))]
        self._chips(self.kinds, "Kind", Counter(sender.kind_name for sender in placed))
        self._chips(self.countries, "Country", Counter(sender.country or "none" for sender in placed))
        kinds, countries = _on(self.kinds), _on(self.countries)
        shown = [
            sender
            for sender in placed
            if (not kinds or sender.kind_name in kinds) and (not countries or (sender.country or "none") in countries)
        ]
        narrowed = len(shown) < len(self.senders)
        self.rows.show(
            _ORDERS[self.order.value](shown),
            (f"of {len(shown):,} that match" if narrowed else f"of {len(shown):,}") if shown else "",
            NO_MATCH if self.senders else NO_SENDER,
            first=first,
        )
        self.all.description = f"Select all {len(shown):,}{' that match' if narrowed else ''}"
        self.all.layout.display = "" if shown else "none"
        self.reset.layout.display = "" if narrowed and not shown else "none"

    def static(self) -> list[list[str]]:
        """Return what the table shows, row by row."""
        return [self._cells(sender) for sender in self.rows.items]

    def _place(self, sender: Sender) -> str:
        if sender.service_sid is None:
            return FREE
        return HERE if sender.service_sid == self.sid else ELSEWHERE

    def _cells(self, sender: Sender) -> list[str]:
        place = self._place(sender)
        service = {FREE: "no service", HERE: "this pool"}.get(place) or service_label(sender)
        return [sender.shown, sender.kind_name, sender.country, sender.can_send, sender.label, service]

    def _count_places(self, found: Sequence[Sender]) -> None:
        counted = Counter(map(self._place, found))
        options = [(f"{name} {counted[name]:,}", name) for name in (FREE, ELSEWHERE, HERE)]
        options = [(f"{ALL} {len(found):,}", ALL), *options]
        if list(self.place.options) != options:
            before, quiet, self._quiet = self.place.value, self._quiet, True
            self.place.options = options
            self.place.value, self._quiet = before, quiet

    def _chips(self, row: Any, title: str, counted: Counter[str]) -> None:
        """Offer a filter button for each value; one that is on stays, even if nothing matches it."""
        chips = {chip.name: chip for chip in row.children if isinstance(chip, _Chip)}
        names = sorted({*counted, *_on(row)}, key=str.lower)
        if set(names) != set(chips):
            for name in [name for name in chips if name not in names]:
                chips.pop(name).close()
            made = {name: chips.get(name) or _Chip(name, lambda _: self.draw(first=True)) for name in names}
            row.children = [widgets.HTML(title).add_class("msvc-small"), *made.values()] if len(made) > 1 else []
            chips = made
        for name, chip in chips.items():
            label = f"{name} {counted[name]:,}"
            if chip.description != label:
                chip.description = label


class _Chip(widgets.ToggleButton):  # type: ignore[misc]  # ipywidgets is not typed
    """A filter that can be on or off."""

    def __init__(self, name: str, changed: Callable[[Any], None]) -> None:
        super().__init__()
        self.name = name
        self.add_class("msvc-chip")
        fields.on_change(self, changed)


def _on(row: Any) -> set[str]:
    return {chip.name for chip in row.children if isinstance(chip, _Chip) and chip.value}


def service_label(sender: Sender) -> str:
    """Return the label of a sender's service, with its phone numbers masked."""
    return addresses.mask_in(sender.service_name or sender.service_sid or "")
