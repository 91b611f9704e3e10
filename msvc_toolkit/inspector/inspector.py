"""A list of all messages to search, with the details of the chosen one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import Problem
from msvc_toolkit.html import cards
from msvc_toolkit.inspector import calls, details
from msvc_toolkit.inspector.records import ANY_ERROR, DIRECTIONS, Event, Filter, Record
from msvc_toolkit.private.turns import in_turn
from msvc_toolkit.rules.statuses import MEANING
from msvc_toolkit.widgets import fields, form
from msvc_toolkit.widgets.checklist import Checklist
from msvc_toolkit.widgets.fields import grid
from msvc_toolkit.widgets.screen import box

STATIC = 20
"""How many rows a reader without a kernel sees."""
MESSAGES, REQUESTS, WEBHOOKS = "messages", "requests", "webhooks"
_WHAT = [("Messages", MESSAGES), ("API requests", REQUESTS), ("Webhooks and debugger entries", WEBHOOKS)]


class Inspector(form.Form):
    """Search an account's messages, and in a sandbox also its requests and webhooks.

    Args:
        conn: The account; it is only read.

    Attributes:
        log: The messages read so far, newest first.
        rows: The rows of the table.
    """

    css = "inspector"

    def __init__(self, conn: Connection) -> None:
        self.log = calls.MessagePage()
        self.events: list[Event] = []
        self.rows: Sequence[Record | Event] = ()
        self._older = False
        self._before: Filter | None = None
        self.table = Checklist("messages", [], self._cells, self._choose, key=_key, single=True)
        self.count, self.detail = fields.html("count"), fields.html("detail")
        self.more = fields.button(f"Read {calls.PAGE} older ones", "more", self._read_older)
        sandbox = conn.sandbox is not None
        super().__init__(
            conn,
            "Inspector: what happened to every message",
            [
                fields.choice("what", "Show", _WHAT if sandbox else _WHAT[:1]),
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
                    "" if sandbox else "Texts are private, so they are shown only if you choose it.",
                    value=sandbox,
                ),
            ],
            folded=["direction", "status", "service", "error"],
            folded_title="Filter by direction, status, service, error",
        )
        if sandbox:
            self._at_once()
        else:
            self._start()  # the network may be slow, and the cell should not wait for it

    def layout(self) -> list[Any]:
        """Put the table below the inputs, and the chosen row's details below the table."""
        act = box("act", [self.button, self.more, self.count], row=True)
        return [grid(self._shown), *self._fold, act, self.outcome, self.table.view, self.detail]

    def draft(self) -> Filter:
        """Return the filter that the inputs describe."""
        values = self.read()
        return Filter(
            **{name: str(values[name]).strip() for name in ("words", "direction", "status", "service", "error")}
        )

    def problems(self) -> Sequence[Problem]:
        """Return nothing: looking is always possible."""
        return ()

    def label(self) -> str:
        """Return the button's label; looking costs nothing."""
        return "Read the newest"

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
        """The chosen row's message or event."""
        return next(iter(self.table.chosen), None)

    def select(self, sid: str) -> None:
        """Choose a message, as a click on its row would."""
        self.table.choose([row for row in self.rows if isinstance(row, Record) and row.sid == sid])

    @in_turn
    def show(self) -> None:
        """Redraw the table; a chosen row that is still there stays chosen."""
        asked = self.draft()
        self.rows, of = self._found_rows(asked)
        for name in ("direction", "status", "service"):
            self.fields[name].widget.disabled = self.fields["what"].widget.value != MESSAGES
        bodies = self._asked["bodies"]
        columns = "events" if self._kind is Event else "messages" if bodies else "messages-without-text"
        self.table.columns(columns, details.heads(self._kind, self.rows[:1], bodies=bodies))
        self.table.show(
            self.rows, f"of {len(self.rows):,}" if self.rows else "", self._none(of), first=asked != self._before
        )
        self._before = asked
        self.count.value = cards.block(cards.text(self._counted(len(self.rows), of)))
        self.more.layout.display = "" if self.log.rest is not None else "none"
        self._choose()

    @property
    def _kind(self) -> type[Record | Event]:
        return Record if self.fields["what"].widget.value == MESSAGES else Event

    def _cells(self, row: Record | Event) -> list[str]:
        return details.cells(row, **self._asked)

    def _none(self, of: int) -> str:
        name = self.fields["what"].widget.label.lower()
        return f"None of the {name} matches. Clear the search or a filter." if of else f"There are no {name} yet."

    def static(self) -> str:
        """Return the newest rows and the chosen one's details, without times of day."""
        rows = [details.cells(row, times=False, **self._asked) for row in self.rows[:STATIC]]
        heads = details.heads(self._kind, (), bodies=self._asked["bodies"], times=False)
        table = cards.table(heads, rows) if rows else ""
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
        """Fill the filters with the services and errors that occur."""
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

    def _counted(self, found: int, of: int) -> str:
        if not of:
            return ""  # the table says so
        name = self.fields["what"].widget.label.lower()
        name = name.removesuffix("s") if of == 1 else name
        older = " read so far" if self.fields["what"].widget.value == MESSAGES and self.log.rest is not None else ""
        return f"{found} of {of} {name}{older}, newest first. Choose a row to see its details."

    def _detail(self, *, times: bool) -> str:
        row = self.selected
        try:
            if isinstance(row, Record):
                return details.message(self.conn, row, times=times, **self._asked)
            return details.event(row, times=times, **self._asked) if row is not None else ""
        except Exception as error:  # noqa: BLE001 - an exception in a callback shows nowhere else
            self.last_error = error
            return cards.error(error)


def _key(row: Record | Event) -> str | Event:
    """Return a row's key; a message's is its SID, so that it stays chosen when it is read again."""
    return row.sid if isinstance(row, Record) else row
