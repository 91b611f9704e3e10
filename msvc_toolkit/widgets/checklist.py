"""A list of rows with check boxes, shown page by page, for mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import ipywidgets as widgets

from msvc_toolkit.html import cards
from msvc_toolkit.private.turns import in_turn
from msvc_toolkit.widgets import fields
from msvc_toolkit.widgets.screen import box

PAGE = 25
"""Rows on a page. The same check boxes show every page: making new ones would take far longer."""


class Checklist:
    """A list of rows; chosen rows stay chosen on other pages and under other filters.

    Args:
        css: The CSS class that sets the columns' widths, without the prefix ``msvc-``.
        heads: The headings of the columns.
        cells: Returns the texts of a row, one for each column.
        changed: Called after a row was chosen, or is no longer chosen.
        key: Returns an item's key, which no other item has.
        single: Whether only one row can be chosen at a time.
        before: Widgets in the line above the rows, before the count.
        after: Widgets in that line, after the count.

    Attributes:
        items: The items of all pages.
    """

    def __init__(
        self,
        css: str,
        heads: Sequence[str],
        cells: Callable[[Any], Sequence[str]],
        changed: Callable[[], None],
        *,
        key: Callable[[Any], Hashable] = lambda item: item,
        single: bool = False,
        before: Sequence[Any] = (),
        after: Sequence[Any] = (),
    ) -> None:
        self.items: Sequence[Any] = ()
        self.keys: set[Hashable] = set()
        self._cells, self._changed, self._key, self._single = cells, changed, key, single
        self._page = 0
        self._drawing = False
        self.boxes = [widgets.Checkbox(indent=False, description_allow_html=True) for _ in range(PAGE)]
        for number, one in enumerate(self.boxes):
            fields.on_change(one, lambda _, number=number: self._clicked(number))
        self.count, self.none = fields.html("count"), fields.html("none")
        self.previous = fields.button("Previous", "previous", lambda: self._turn(-1))
        self.next = fields.button("Next", "next-page", lambda: self._turn(1))
        self.head = fields.html("heads")
        bar = box("act bar", [*before, self.count, *after, self.previous, self.next], row=True)
        self.list = box("list", [self.head, *self.boxes, self.none])
        self._css = ""
        self.columns(css, heads)
        self.view = box("rows", [bar, self.list])

    @property
    def page(self) -> Sequence[Any]:
        """The items of the page that is shown."""
        return self.items[self._page * PAGE : (self._page + 1) * PAGE]

    @property
    def chosen(self) -> list[Any]:
        """The chosen items, in their order."""
        return [item for item in self.items if self._key(item) in self.keys]

    def columns(self, css: str, heads: Sequence[str]) -> None:
        """Change the columns; `show` fills them.

        Args:
            css: The class of their widths, without the prefix ``msvc-``.
            heads: Their headings.
        """
        if self._css:
            self.list.remove_class(f"msvc-{self._css}")
        self._css = css
        self.list.add_class(f"msvc-{css}")
        _set(self.head, cards.block(_row(heads, "msvc-cells")))

    @in_turn
    def show(self, items: Sequence[Any], words: str, none: str, *, first: bool = False) -> None:
        """Show other items.

        Args:
            items: The items to choose from.
            words: The words after the count, such as "of 456".
            none: The text when there are no items.
            first: Whether to turn to the first page.
        """
        self.items, self._words, self._none = items, words, none
        self._page = 0 if first else min(self._page, max(len(items) - 1, 0) // PAGE)
        self.draw()

    @in_turn
    def choose(self, items: Iterable[Any]) -> None:
        """Choose these items and no others."""
        self.keys = {self._key(item) for item in items}
        self.draw()
        self._changed()

    @in_turn
    def draw(self) -> None:
        """Draw the page that is shown."""
        self._drawing = True
        try:
            for number, one in enumerate(self.boxes):
                self._draw_row(one, self.page[number] if number < len(self.page) else None)
        finally:
            self._drawing = False
        first, last, of = self._page * PAGE + 1, self._page * PAGE + len(self.page), len(self.items)
        shown = f"{first:,} to {last:,} {self._words}" if of else self._words
        _set(self.count, cards.block(cards.text(shown, css="msvc-small")))
        _set(self.none, cards.block(cards.text(self._none)) if not of else "")
        self.previous.disabled, self.next.disabled = self._page == 0, last >= of
        for button in (self.previous, self.next):
            button.layout.display = "" if of > PAGE else "none"

    def _draw_row(self, one: Any, item: Any) -> None:
        one.layout.display = "none" if item is None else ""
        if item is not None:
            with one.hold_sync():
                one.description = cards.join(cards.text(cell, "span") for cell in self._cells(item))
                one.value = self._key(item) in self.keys

    @in_turn
    def _turn(self, by: int) -> None:
        self._page = min(max(self._page + by, 0), max(len(self.items) - 1, 0) // PAGE)
        self.draw()

    @in_turn
    def _clicked(self, number: int) -> None:
        if self._drawing or number >= len(self.page):
            return
        # Read the box again: since the click it may have been redrawn for another item.
        key, on = self._key(self.page[number]), bool(self.boxes[number].value)
        if on == (key in self.keys):
            return
        others = set() if self._single else self.keys - {key}
        self.keys = others | ({key} if on else set())
        if self._single:
            self.draw()
        self._changed()


def _row(cells: Sequence[str], css: str) -> cards.Html:
    return cards.text(cards.join(cards.text(cell, "span") for cell in cells), "div", css)


def _set(widget: Any, html: str) -> None:
    if widget.value != html:
        widget.value = html
