"""The senders of a log as rows to search, sort and select, each with how much it sent and how much was delivered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets
import pandas as pd

from msvc_toolkit.html import cards
from msvc_toolkit.logs.charts.labels import labels, percent
from msvc_toolkit.logs.measures.rates import worst_first
from msvc_toolkit.private.turns import in_turn
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.widgets import fields
from msvc_toolkit.widgets.screen import box

PAGE = 25
"""Rows on a page. The check boxes are reused for every page, since widgets are slow to make."""
ORDERS = {"Worst first": "", "Most sent": "n", "By number": "number"}
_ROW = cards.Html(
    '<span class="msvc-who"><b>{}</b><i>{}</i></span>{}'
    '<span class="msvc-number"><b>{}</b><i>{}</i></span><span class="msvc-number">{:,}</span>'
)
_SHARE = cards.Html('<span class="msvc-share"><span style="width:{:.0f}%"></span></span>')
_HEADS = cards.Html(
    '<div class="msvc-cells"><span>Sender</span><span>Delivered</span><span></span><span class="msvc-number">Sent</span></div>'
)


class Senders:
    """Selects senders of a log, also across pages; an empty `chosen` means all of them."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._quiet, self._page = False, 0
        self._all = pd.DataFrame(columns=["number", "kind", "n", "rate", "low", "high", "small", "shown", "name"])
        self._shown = self._all
        self.chosen: list[str] = []
        self.search = fields.text("search", "Find a sender", placeholder="Find a sender")
        self.order = fields.choice("order", "Sort by", [(words, words) for words in ORDERS])
        self.boxes = [widgets.Checkbox(indent=False, description_allow_html=True) for _ in range(PAGE)]
        self.list = box("list senders", [widgets.HTML(_HEADS).add_class("msvc-heads"), *self.boxes])
        self.said = fields.html("help-line")
        self.earlier = fields.button("Previous", "small earlier", lambda: self._turn(-1))
        self.later = fields.button("Next", "small later", lambda: self._turn(1))
        self.pick = fields.button(
            "", "small link choose-all", lambda: self.choose([*self.chosen, *self.rows]), hidden=True
        )
        self.drop = fields.button("Clear selection", "small link choose-none", lambda: self.choose([]), hidden=True)
        find = box("fields find", [self.search.view, self.order.view])
        act = box("act", [self.earlier, self.later, self.pick, self.drop, self.said], row=True)
        self.view = box("roster", [find, self.list, act])
        for field in (self.search, self.order):
            fields.on_change(field.widget, lambda _: self._turn(-self._page))
        for place, one in enumerate(self.boxes):
            fields.on_change(one, lambda _, place=place: self._tick(place))

    @property
    def rows(self) -> list[str]:
        """The senders that match the search, in their order."""
        return [str(number) for number in self._shown["number"]]

    @property
    def rated(self) -> pd.DataFrame:
        """The outcomes of every sender, the worst delivery first."""
        return self._all

    def choose(self, numbers: list[str]) -> None:
        """Select senders, as clicks on their rows would."""
        known = set(self._all["number"])
        chosen = [number for number in dict.fromkeys(numbers) if number in known]
        if chosen != self.chosen:
            self.chosen = chosen
            self._draw()
            self._changed()

    def show(self, senders: pd.DataFrame, names: Mapping[str, str]) -> None:
        """Show `outcomes` by number and kind; senders that were selected stay selected."""
        found = worst_first(senders).reset_index(drop=True)
        found["shown"] = labels("number", found["number"])
        found["name"] = [names.get(number, "") for number in found["number"]]
        self._all = found
        self._draw()

    def _turn(self, pages: int) -> None:
        self._page += pages
        self._draw()

    def _tick(self, place: int) -> None:
        if self._quiet:
            return
        number = self._shown["number"].iloc[self._page * PAGE + place]
        self.chosen = [one for one in self.chosen if one != number] + [number] * self.boxes[place].value
        self._say()
        self._changed()

    @in_turn
    def _draw(self) -> None:
        self._shown = self._found()
        self._page = max(min(self._page, (len(self._shown) - 1) // PAGE), 0)
        page = self._shown.iloc[self._page * PAGE : (self._page + 1) * PAGE]
        chosen = set(self.chosen)
        self._quiet = True
        try:
            for one, row in zip(self.boxes, page.to_dict("records"), strict=False):
                with one.hold_sync():
                    one.description, one.value = _row(row), row["number"] in chosen
                one.layout.display = ""
            for one in self.boxes[len(page) :]:
                one.layout.display = "none"
        finally:
            self._quiet = False
        self._say()

    def _say(self) -> None:
        """Say which rows are shown and how many are selected."""
        found, begin = len(self._shown), self._page * PAGE
        pages = found > PAGE
        for one, off in ((self.earlier, begin == 0), (self.later, begin + PAGE >= found)):
            one.layout.display, one.disabled = ("" if pages else "none"), off
        searched = bool(str(self.search.widget.value).strip())
        self.pick.description = f"Select all {found:,} that match" if found > 1 else "Select it"
        self.pick.layout.display = "" if searched and set(self.rows) - set(self.chosen) else "none"
        self.drop.layout.display = "" if self.chosen else "none"
        words = [f"{begin + 1:,} to {min(begin + PAGE, found):,} of {count(found, 'sender')}."] if pages else []
        if not found:
            none = "No sender matches. Clear the search."
            words.append(none if searched else "No sender has sent anything in these days.")
        elif self.chosen:
            these = "it" if len(self.chosen) == 1 else "these"
            words.append(f"{count(len(self.chosen), 'sender')} selected; figures and charts show {these} alone.")
        else:
            words.append("Select senders to see them alone in the charts.")
        if not ORDERS[self.order.widget.value] and found > 1:
            words.append(
                "The worst sender is the one whose interval has the lowest upper end. So a few messages do not decide it."
            )
        if self._shown["small"].any():
            words.append("* marks a rate of few messages.")
        self.said.value = cards.text(" ".join(words), css="msvc-help")

    def _found(self) -> pd.DataFrame:
        """Return the senders that match the search, in the chosen order."""
        words, by, found = str(self.search.widget.value).lower().split(), ORDERS[self.order.widget.value], self._all
        if len(found) and words:
            texts = found[["number", "shown", "kind", "name"]].astype(str).agg(" ".join, axis=1).str.lower()
            found = found[[all(word in text for word in words) for text in texts]]
        return found.sort_values(by, ascending=by != "n", kind="stable") if by else found


def _row(row: Mapping[Any, Any]) -> str:
    rated = row["rate"] == row["rate"]
    star = "*" if row["small"] and rated else ""
    rate = f"{percent(row['rate'])}{star}" if rated else "no rate"
    interval = f"{100 * row['low']:.0f} to {100 * row['high']:.0f} %" if rated else ""
    share = _SHARE.format(100 * row["rate"]) if rated else cards.Html("<span></span>")
    return _ROW.format(row["shown"], row["name"] or row["kind"], share, rate, interval, row["n"])
