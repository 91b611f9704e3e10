"""The senders of a log in a table to search and to choose from, each with how much it sent and how well."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets
import pandas as pd
from itables.widget import ITable

from msvc_toolkit.logs.charts.labels import labels, percent
from msvc_toolkit.logs.measures.rates import worst_first
from msvc_toolkit.widgets import fields

_LOOK: dict[str, Any] = {
    "select": "multi",
    "showIndex": False,
    "classes": "display compact",
    "text_in_header_can_be_selected": False,  # or a click on a heading's words does not sort
    "order": [],  # the worst first, until somebody clicks a heading
    "lengthMenu": [10, 25, 50, 100],
    "layout": {"topStart": None, "topEnd": None, "bottomStart": ["info", "pageLength"], "bottomEnd": "paging"},
    "columnDefs": [
        {"targets": [0, 1], "className": "dt-left"},
        {"targets": [2, 3, 4], "className": "dt-right"},
        # What a person reads is sorted by the number behind it, in a column that is not shown; by its own after that, or
        # its heading would not show that it is sorted.
        *({"targets": shown, "orderData": [shown + 3, shown]} for shown in (2, 3, 4)),
        {"targets": [5, 6, 7], "visible": False, "searchable": False},
    ],
    "maxBytes": 0,
}
_MANY = 30
"""More senders than this are shown 25 to a page, fewer 10."""


class Roster:
    """Choose among the senders of a log; no choice means all of them.

    Args:
        changed: Called when another choice was made.

    Attributes:
        rows: The senders the table shows, the worst delivery first.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed, self._quiet = changed, False
        self._drawing = threading.RLock()  # words are typed in one thread, a log is read in another
        self._all = pd.DataFrame(columns=["number", "kind", "n", "rate", "low", "high", "small", "shown"])
        self.rows: list[str] = []
        self.search = fields.text(
            "search", "Find senders",
            "The worst delivery comes first; click a heading to sort. Choose rows to look at those senders alone.",
            placeholder="415 toll-free",
        )  # fmt: skip
        self.table = ITable(self._frame(), pageLength=10, **_LOOK)
        self.table.add_class("msvc-table")
        self.pick = widgets.Button(description="Choose all shown", layout=widgets.Layout(width="auto"))
        self.pick.add_class("msvc-choose-all")
        self.drop = widgets.Button(description="Look at all senders", layout=widgets.Layout(width="auto"))
        self.drop.add_class("msvc-choose-none")
        self.pick.on_click(lambda _: self.choose(self.rows))
        self.drop.on_click(lambda _: self.choose([]))
        self.view = widgets.VBox([self.search.view, self.table, widgets.HBox([self.pick, self.drop])])
        self.view.add_class("msvc-roster")
        self.search.widget.observe(lambda _: self._draw(), names="value")
        self.table.observe(lambda _: self._report(), names="selected_rows")

    @property
    def chosen(self) -> list[str]:
        """The senders that are chosen; empty for all of them."""
        return [self.rows[i] for i in self.table.selected_rows if i < len(self.rows)]

    def choose(self, numbers: list[str]) -> None:
        """Choose senders, as clicks on their rows would."""
        self.table.selected_rows = [i for i, number in enumerate(self.rows) if number in set(numbers)]

    def show(self, senders: pd.DataFrame, names: Mapping[str, str]) -> None:
        """Show other senders, or the same with other figures; who was chosen and is still there stays chosen.

        Args:
            senders: `outcomes` by number and kind.
            names: Friendly names by number.
        """
        self._all = worst_first(senders).reset_index(drop=True)
        self._all["shown"] = labels("number", self._all["number"])
        self._all["name"] = [names.get(number, "") for number in self._all["number"]]
        self._draw()

    def _draw(self) -> None:
        with self._drawing:
            kept = self.chosen
            self._quiet = True  # the rows move under the choice, which stays the same
            try:
                self.table.selected_rows = []
                self.rows = self._found()["number"].tolist()
                still = [i for i, number in enumerate(self.rows) if number in set(kept)]
                length = 25 if len(self.rows) > _MANY else 10
                self.table.update(self._frame(), selected_rows=still, pageLength=length, **_LOOK)
            finally:
                self._quiet = False
            if self.chosen != kept:
                self._changed()

    def _report(self) -> None:
        if not self._quiet:
            self._changed()

    def _found(self) -> pd.DataFrame:
        words = str(self.search.widget.value).lower().split()
        if self._all.empty or not words:
            return self._all
        texts = self._all[["number", "shown", "kind", "name"]].astype(str).agg(" ".join, axis=1).str.lower()
        return self._all[[all(word in text for word in words) for text in texts]]

    def _frame(self) -> pd.DataFrame:
        found = self._found()
        stars = ["*" if small else "" for small in found["small"]]
        rates = [f"{percent(rate)}{star}" for rate, star in zip(found["rate"], stars, strict=True)]
        return pd.DataFrame(
            {
                "Sender": found["shown"].tolist(),
                "Name or kind": [row.get("name") or row["kind"] for row in found.to_dict("records")],
                "Messages": [f"{n:,}" for n in found["n"]],
                "Delivered": rates,
                "95 % interval": [_interval(*ends) for ends in zip(found["low"], found["high"], strict=True)],
                **{
                    f"{name} to sort by": found[name].astype(float).fillna(2.0 if name == "high" else -1.0).tolist()
                    for name in ("n", "rate", "high")
                },
            }
        )


def _interval(low: float, high: float) -> str:
    return f"{100 * low:.0f} to {100 * high:.0f} %" if low == low else ""  # noqa: PLR0124 - only NaN differs from itself
