"""What happened to every message: to search, to choose from, and to read in full."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd
from itables.widget import ITable

from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import Problem
from msvc_toolkit.html import cards
from msvc_toolkit.inspector import calls, details
from msvc_toolkit.inspector.records import ANY_ERROR, DIRECTIONS, Event, Filter, Record
from msvc_toolkit.rules.statuses import MEANING
from msvc_toolkit.widgets import fields, form
from msvc_toolkit.widgets.screen import box

SHOWN = 5000
"""How many rows a table holds at most."""
STATIC = 20
"""How many rows a reader without a kernel sees."""
MESSAGES, REQUESTS, WEBHOOKS = "messages", "requests", "webhooks"
_WHAT = [("Messages", MESSAGES), ("API requests", REQUESTS), ("Webhooks and debugger entries", WEBHOOKS)]


class Inspector(form.Form):
    """Look through an account's messages, and in a sandbox through its requests and webhooks, too.

    Args:
        conn: The account; it is only read.

    Attributes:
        log: The messages read so far, newest first.
        rows: What the table shows.
    """

    css = "inspector"

    def __init__(self, conn: Connection) -> None:
        self.log = calls.MessagePage()
        self.events: list[Event] = []
        self.rows: Sequence[Record | Event] = ()
        self._older = False
        self._drawing = threading.RLock()  # filters are set in one thread, messages are read in another
        self.table = ITable(details.frame([], bodies=True, full=False), **fields.table_options(fields.PAGE + 1))
        self.table.add_class("msvc-table")
        self.count, self.detail = fields.html("count"), fields.html("detail")
        self.more = fields.button(f"Read {calls.PAGE} older ones", "more", self._read_older)
        sandbox = conn.sandbox is not None
        super().__init__(
            conn,
            "Inspector: what happened to every message",
            [
                fields.choice("what", "Look at", _WHAT if sandbox else _WHAT[:1]),
                fields.text(
                    "words",
                    "Search",
                    "Words to look for: text, number, status, SID, error or address.",
                    placeholder="delivered +14155550123",
                ),
                fields.choice("direction", "Direction", DIRECTIONS),
                fields.choice("status", "Status", [("All", ""), *((name, name) for name in MEANING)]),
                fields.choice("service", "Service", [("All", "")]),
                fields.choice("error", "Error", [("All", "")]),
                fields.flag("full", "Show full numbers", value=False),
                fields.flag(
                    "bodies",
                    "Show texts",
                    "" if sandbox else "What people write is theirs: shown only when asked for.",
                    value=sandbox,
                ),
            ],
            folded=["direction", "status", "service", "error"],
            folded_title="Filter by direction, status, service, error",
        )
        self.table.observe(lambda _: self._choose(), names="selected_rows")
        if sandbox:
            self._at_once()
        else:
            self._start()  # a network may be slow; the cell does not wait for it

    def layout(self) -> list[Any]:
        """Put the table below the inputs, and what was chosen below the table."""
        what, words, full, bodies = self._shown
        buttons = box("act", [self.button, self.more], row=True)
        found = [self.outcome, self.count, self.table, self.detail]
        return [what, words, *self._fold, full, bodies, buttons, *found]

    def draft(self) -> Filter:
        """Return what is asked for."""
        values = self.read()
        return Filter(
            **{name: str(values[name]).strip() for name in ("words", "direction", "status", "service", "error")}
        )

    def problems(self) -> Sequence[Problem]:
        """Return nothing: looking is always possible."""
        return ()

    def label(self) -> str:
        """Return the button's label; looking costs nothing."""
        return "Look again"

    def act(self) -> str:
        """Read the newest messages, or a page of older ones."""
        turned, self._older = self._older, False
        self.log = calls.older(self.conn, self.log) if turned else calls.newest(self.conn)
        self.events = calls.events(self.conn)
        self._offer()
        self.show()
        return ""

    @property
    def selected(self) -> Record | Event | None:
        """What is chosen in the table."""
        chosen = [i for i in self.table.selected_rows if i < len(self.rows)]
        return self.rows[chosen[0]] if chosen else None

    def select(self, sid: str) -> None:
        """Choose a message, as a click on its row would."""
        self.table.selected_rows = [i for i, row in enumerate(self.rows) if isinstance(row, Record) and row.sid == sid]

    def show(self) -> None:
        """Draw the table again; what was chosen and is still there stays chosen."""
        with self._drawing:
            kept, asked = self.selected, self.draft()
            self.table.selected_rows = []  # so that a row's number never stands for another message
            found, of = self._found_rows(asked)
            self.rows = found[:SHOWN]
            for name in ("direction", "status", "service"):
                self.fields[name].widget.disabled = self.fields["what"].widget.value != MESSAGES
            still = [i for i, row in enumerate(self.rows) if _same(row, kept)]
            self.table.update(self._frame(self.rows), selected_rows=still, **fields.table_options(fields.PAGE + 1))
            self.count.value = cards.block(cards.text(self._counted(len(found), of)))
            self.more.layout.display = "" if self.log.rest is not None else "none"
            self._choose()

    def static(self) -> str:
        """Return the newest rows and what is chosen, without times of day."""
        frame = self._frame(self.rows[:STATIC], times=False)
        table = cards.table(list(frame.columns), frame.to_numpy().tolist()) if len(frame) else ""
        return cards.join([cards.shown(self.count), table, self._detail(times=False), cards.shown(self.outcome)])

    def _at_once(self) -> None:
        try:
            self.act()
        except Exception as error:  # noqa: BLE001 - a form that cannot look still says why
            self.last_error, self.outcome.value = error, cards.error(error)

    def _read_older(self) -> None:
        if not self.busy:
            self._older = True
            self._start()

    def _changed(self, name: str) -> None:
        super()._changed(name)
        self.show()
        self.retell()

    def _choose(self) -> None:
        self.detail.value = self._detail(times=True)

    def _offer(self) -> None:
        """Offer the services and errors that occur."""
        names = {record.service_sid: record.service_name or record.service_sid for record in self.log.records}
        services = sorted((details.hidden(name, full=False), sid) for sid, name in names.items() if sid)
        fields.offer(self.fields["service"], [("All", ""), *services])
        found: Counter[int] = Counter(r.error_code for r in self.log.records if r.error_code)
        found.update(event.code for event in self.events if event.code)
        errors = [(f"{code} ({count})", str(code)) for code, count in sorted(found.items())]
        fields.offer(self.fields["error"], [("All", ""), ("Any error", ANY_ERROR), *errors])

    @property
    def _asked(self) -> dict[str, bool]:
        return {"bodies": bool(self.fields["bodies"].widget.value), "full": bool(self.fields["full"].widget.value)}

    def _found_rows(self, asked: Filter) -> tuple[Sequence[Record | Event], int]:
        what = self.fields["what"].widget.value
        if what == MESSAGES:
            records = self.log.records
            return [r for r in records if asked.keeps(r, bodies=self._asked["bodies"])], len(records)
        events = [event for event in self.events if (event.kind == "request") == (what == REQUESTS)]
        return [event for event in events if asked.keeps_event(event)], len(events)

    def _frame(self, rows: Sequence[Record | Event], *, times: bool = True) -> pd.DataFrame:
        if self.fields["what"].widget.value == MESSAGES:
            return details.frame([row for row in rows if isinstance(row, Record)], times=times, **self._asked)
        return details.event_frame([row for row in rows if isinstance(row, Event)], times=times, **self._asked)

    def _counted(self, found: int, of: int) -> str:
        name = self.fields["what"].widget.label.lower()
        shown = f"the newest {SHOWN} of them are shown: search to see others" if found > SHOWN else "newest first"
        older = " read so far" if self.fields["what"].widget.value == MESSAGES and self.log.rest is not None else ""
        return f"{found} of {of} {name}{older}, {shown}. Choose a row to see all that is known of it."

    def _detail(self, *, times: bool) -> str:
        row = self.selected
        try:
            if isinstance(row, Record):
                return details.message(self.conn, row, times=times, **self._asked)
            return details.event(row, times=times, **self._asked) if row is not None else ""
        except Exception as error:  # noqa: BLE001 - an exception in a callback shows nowhere else
            self.last_error = error
            return cards.error(error)


def _same(row: Record | Event, kept: Record | Event | None) -> bool:
    if isinstance(row, Record) and isinstance(kept, Record):
        return row.sid == kept.sid
    return row == kept
