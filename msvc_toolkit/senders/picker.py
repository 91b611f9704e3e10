"""A form on a table of senders: filter, select many, act on each, one outcome per sender."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from typing import Any

import ipywidgets as widgets
import pandas as pd
from itables.widget import ITable

from msvc_toolkit.connection import Connection
from msvc_toolkit.html import cards
from msvc_toolkit.senders import calls
from msvc_toolkit.senders.model import Sender
from msvc_toolkit.widgets import fields, form
from msvc_toolkit.widgets.fields import Field
from msvc_toolkit.widgets.screen import box

_look = partial(fields.table_options, select="multi+shift", ordering=True)


class Picker(form.Form):
    """A form on a table of senders: filter, select many, act on each, one outcome per sender.

    Args:
        conn: The account.
        sid: The service.
        title: What it is for.
        inputs: Inputs besides the filter.
    """

    part = True

    def __init__(self, conn: Connection, sid: str, title: str, inputs: Sequence[Field] = ()) -> None:
        self.sid = sid
        self.pool: list[Sender] = []
        self.rows: list[Sender] = []
        self._drawing = threading.RLock()  # the filter is typed in one thread, a pool is reloaded in another
        self.table = ITable(_as_shown([]), **_look(0))
        self.table.add_class("msvc-table")
        self.all = fields.button("Select all shown", "select-all", lambda: self.select(self.rows))
        self.bar = widgets.IntProgress(min=0, max=1, layout=widgets.Layout(width="320px", display="none"))
        finder = fields.text(
            "filter",
            "Filter",
            "Words to look for: number, kind, country, label or service.",
            placeholder="toll-free US",
        )
        super().__init__(conn, title, [finder, *inputs])
        self.table.observe(lambda _: self.refresh(), names="selected_rows")

    def layout(self) -> list[Any]:
        """Put the table between the filter and the other inputs, and the progress beside Cancel."""
        buttons, *rest = self.foot()
        buttons.children = [*buttons.children, self.bar]
        picked = [self.table, box("act", [self.all], row=True)]
        return [self._shown[0], *picked, *self._shown[1:], buttons, *rest]

    def candidates(self) -> list[Sender]:
        """Return the senders this table is about."""
        raise NotImplementedError

    def show(self, pool: list[Sender]) -> None:
        """Draw the table again; what was selected and is still there stays selected."""
        with self._drawing:
            kept = {sender.sid for sender in self.selected}
            self.table.selected_rows = []  # so that a row's number never stands for another sender
            self.pool = pool
            words = str(self.fields["filter"].widget.value)
            self.rows = [sender for sender in self.candidates() if sender.matches(words)]
            still = [i for i, sender in enumerate(self.rows) if sender.sid in kept]
            self.table.update(_as_shown(self.rows), selected_rows=still, **_look(len(self.rows)))
            self.refresh()

    @property
    def selected(self) -> list[Sender]:
        """The senders that are selected."""
        return [self.rows[i] for i in self.table.selected_rows if i < len(self.rows)]

    def select(self, senders: Sequence[Sender]) -> None:
        """Select rows, as clicks on them would."""
        wanted = {sender.sid for sender in senders}
        self.table.selected_rows = [i for i, sender in enumerate(self.rows) if sender.sid in wanted]

    def draft(self) -> list[Sender]:
        """Return the senders that are selected."""
        return self.selected

    def _changed(self, name: str) -> None:
        if name == "filter":
            self.show(self.pool)
        else:
            super()._changed(name)

    def count(self, done: int, total: int) -> None:
        """Move the progress bar."""
        self.bar.max, self.bar.value = total, done
        self.bar.description = f"{done} of {total}"

    def begin(self) -> None:
        """Show progress and Cancel."""
        self.cancel.layout.display = ""
        self.bar.value, self.bar.layout.display = 0, ""

    def report(self, table: pd.DataFrame, done: str) -> str:
        """Draw one outcome per sender."""
        self.bar.layout.display = "none"
        counts = table["outcome"].value_counts()
        summary = ", ".join(f"{count} {word}" for word, count in counts.items())
        well = set(counts.index) <= {"added", "moved", "removed"}
        rows = (
            table[["sender", "outcome", "code", "sentence"]].astype(object).where(table.notna(), "").to_numpy().tolist()
        )
        return cards.card(
            "done" if well else "warning",
            f"{summary}.",
            cards.table(["Sender", "Outcome", "Code", "What it means"], rows),
            cards.text(done),
        )


def _as_shown(senders: Sequence[Sender]) -> pd.DataFrame:
    """Write senders as rows to read and choose from; SIDs are for programs."""
    table = calls.as_table(senders).drop(columns="sid")
    return table.rename(columns={"friendly_name": "label"})
