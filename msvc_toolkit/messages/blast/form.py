"""A form that sends one text to a list. It can be stopped and resumed, and it saves a receipt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd

from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import InvalidInput, Problem, ToolkitError
from msvc_toolkit.html import cards
from msvc_toolkit.messages.blast import calls
from msvc_toolkit.messages.blast.recipients import Recipient, filled, parse, quiet_until
from msvc_toolkit.messages.calls import recent_messages
from msvc_toolkit.messages.model import MessageDraft
from msvc_toolkit.rules import addresses, prices
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.services.calls import list_services
from msvc_toolkit.widgets import fields, form, page, saved_files
from msvc_toolkit.widgets.fields import grid
from msvc_toolkit.widgets.screen import box

_MORE = "Quiet hours, pace, and sending a text again"
_QUIET_HOURS = [
    ("Hold back, and send at a later click", "hold"),
    ("Send to nobody until they end", "refuse"),
    ("Send now (one-time codes and the like)", "ignore"),
]
SHOWN = 3
"""How many messages the preview has, beside the longest."""
LISTED = 10
"""How many rows of those left out or not sent are listed; the receipt has all."""


class BlastForm(form.Form):
    """Send one text to a list, to each recipient once.

    Args:
        conn: The account; a live one must be armed for the recipients.
        service_sid: The Messaging Service that is chosen at first.
        table: The recipients it starts with, as pasted from a spreadsheet.
        body: The text it starts with; `{name}` is filled from the column of that name.
        folder: Where the receipt is saved.

    Attributes:
        receipt: What became of each row at the last click, as `send_many` returns it.
        saved: The files that were saved last.
    """

    css = "blast-form"

    def __init__(
        self, conn: Connection, service_sid: str = "", *, table: str = "", body: str = "", folder: str | Path = "."
    ) -> None:
        self.folder, self.saved = Path(folder), list[Path]()
        self.receipt: pd.DataFrame | None = None
        self.services = {service.sid: service for service in list_services(conn)}
        self.recent = recent_messages(conn, calls.NEWEST)
        self._listed: tuple[Any, Any] = (None, None)
        self._filled: tuple[Any, Any] = (None, None)
        self._began: tuple[Any, dict[str, str]] = (None, {})
        self._quiet: tuple[Any, dict[str, datetime]] = (None, {})
        self._unusable: list[Problem] = []
        self._runs = 0
        self.file = widgets.FileUpload(accept=".csv,.tsv,.txt", description="Choose a CSV file")
        fields.on_change(self.file, lambda _: self._take_file())
        self.preview, self.omitted = fields.html("preview"), widgets.HTML()
        self.omitted_fold = fields.fold("Left out", [self.omitted], opened=True)
        self.bar = widgets.IntProgress(layout={"display": "none"})
        self.save = fields.button("Save receipt as CSV", "save", self._save, hidden=True)
        offered = [(service.friendly_name or sid, sid) for sid, service in self.services.items()]
        super().__init__(
            conn,
            "Send to a list",
            [
                fields.choice(
                    "service", "From service", offered or [("No service yet", "")], value=service_sid or None
                ),
                fields.text(
                    "price", "Price of a segment", "In USD, for the cost below.", value=self._usual(), read=_price
                ),
                fields.text(
                    "table",
                    "Recipients",
                    "A table with a heading, one row each. Paste it from a spreadsheet, or choose a file.",
                    value=table,
                    lines=5,
                    placeholder="name, phone\nAnn, +14155550123",
                    read=str,
                ),
                fields.text(
                    "body", "Message", "{name} is filled from the column “name”.", value=body, lines=4, read=str
                ),
                fields.choice("quiet_hours", "Recipients in quiet hours", _QUIET_HOURS, value="hold"),
                fields.number("pace", "Messages a second", "With 0, it sends as fast as Twilio answers.", value=0),
                fields.text(
                    "ledger",
                    "Name of this sending",
                    "Nobody gets the same text twice. To send it again, type a new name.",
                ),
            ],
            folded=["quiet_hours", "pace", "ledger", *([] if conn.sandbox is None else ["price"])],
            folded_title=_MORE,
        )
        self.cancel.description = "Stop"

    def layout(self) -> list[Any]:
        """Put the file button below the table, and the preview above the send button."""
        view = self.fields["table"].view
        view.children = [*view.children, self.file]
        act, outcome, code = self.foot()
        about = [self.preview, self.omitted_fold, act, self.bar, outcome, box("act", [self.save], row=True)]
        return [grid(self._shown), *self._fold, *about, code]

    def about(self) -> str:
        """Say that each recipient gets the text once, also after a stop."""
        return "Each recipient gets it once. You can stop, and resume later with the same table and text."

    def draft(self) -> MessageDraft:
        """Return the message with its blanks not filled in."""
        values = self.read()
        return MessageDraft(to="", body=values["body"], messaging_service_sid=values["service"])

    def listed(self) -> list[Recipient]:
        """Return the recipients with their messages; raise InvalidInput if there are none."""
        draft, table = self.draft(), str(self.fields["table"].widget.value)
        sid = draft.messaging_service_sid or ""
        if not table.strip():
            raise InvalidInput([Problem("table", "Paste the recipients, or choose a file.")])
        if self._listed[0] != (table, sid):
            self._listed = (table, sid), calls.read_recipients(self.conn, parse(table), sid, recent=self.recent)
        if self._filled[0] != (table, draft):
            self._filled = (table, draft), filled(self._listed[1], draft)
        found: list[Recipient] = self._filled[1]
        return found

    @property
    def recipients(self) -> list[str]:
        """The numbers that a click sends to, as `conn.arm` takes them."""
        return [one.to for one in self._sending()]

    def problems(self) -> Sequence[Problem]:
        """Return the problems."""
        values = self.read()
        found = [] if values["service"] else [Problem("service", "Create a Messaging Service first (Step 1).")]
        if values["price"] is None:
            found.append(Problem("price", "The price must be a number of USD, such as 0.0079, or empty."))
        if not isinstance(values["pace"], int) or values["pace"] < 0:
            found.append(Problem("pace", "It must be a whole number of messages a second, 0 for no limit."))
        try:
            listed = self.listed()
        except InvalidInput as error:
            names = {"recipients": "table", "to_column": "table", "messaging_service_sid": "service"}
            return [*found, *(Problem(names.get(p.field, p.field), p.sentence) for p in error.problems)]
        if not any(one.draft for one in listed):
            found.append(Problem("table", "Nobody in this table can get the text; see “Left out”."))
        elif not self._left():
            found.append(
                Problem(
                    "sent",
                    f"Twilio accepted this text for all who are not left out. To send it again, open “{_MORE}” and type a new name.",
                )
            )
        if quiet := self._in_quiet_hours():
            holds, all_ = values["quiet_hours"] == "hold", len(quiet) == self._left()
            what = "Click again later to send the rest" if holds and not all_ else "Nothing can be sent before that"
            sentence = f"{calls.quiet_words(quiet.values())}. {what}."
            found.append(Problem("quiet", sentence, blocks=all_ or not holds))
        return [*found, *self._unusable]

    def _mood(self, problem: Problem) -> cards.Mood:
        """Return a problem's mood; “everybody got this text” and “it is too early” are notes."""
        return "note" if problem.field in ("sent", "quiet") and problem.blocks else super()._mood(problem)

    def _sending(self) -> list[Recipient]:
        try:
            return [one for one in self.listed() if one.draft is not None]
        except InvalidInput:
            return []

    def _in_quiet_hours(self) -> dict[str, datetime]:
        """Return which of the remaining recipients are in quiet hours now, and until when."""
        states, now = self._states(), self.conn.now
        key = (self._began[0], self.read()["quiet_hours"], now.replace(second=0, microsecond=0))
        if self._quiet[0] != key:
            left = [one for one in self._sending() if key[1] != "ignore" and states.get(one.to) not in calls.DONE]
            ends = ((one.to, quiet_until(one.draft, now)) for one in left if one.draft)
            self._quiet = key, {to: end for to, end in ends if end is not None}
        return self._quiet[1]

    def _states(self) -> dict[str, str]:
        """Return the state of each recipient; empty before the first click for this text."""
        key = (self._filled[0], self.read()["ledger"], self._runs)
        if self._began[0] != key:
            self._began, self._unusable, ledger = (key, {}), [], self.read()["ledger"] or None
            try:
                self._began = key, calls.progress_of(self.conn, self._sending(), self.draft(), ledger)
            except InvalidInput as error:
                self._unusable = list(error.problems)
            except ToolkitError:  # a folder that cannot be written: a click says so
                return {}
        return self._began[1]

    def _left(self) -> int:
        states = self._states()
        return sum(states.get(one.to) not in calls.DONE for one in self._sending())

    def _segments(self, one: Recipient) -> int:
        service = self.services.get(self.read()["service"])
        smart = bool(service.settings["smart_encoding"]) if service else False
        return one.draft.measured(smart_encoding=smart).count if one.draft is not None else 0

    def label(self) -> str:
        """Return the button's label: how many messages, and what they cost."""
        sending, quiet = self._sending(), self._in_quiet_hours()
        if not sending:
            return "Send"
        left, now = self._left(), [one for one in sending if one.to not in quiet]
        segments = sum(map(self._segments, now))
        if not left:
            return f"Sent to all {count(len(sending), 'recipient')}"
        if left != len(sending):
            return f"Resume: {left:,} of {count(len(sending), 'recipient')} left"
        live = "" if self.conn.sandbox is not None else "LIVE "
        what = f"Send {count(len(now), f'{live}message')}, {count(segments, 'segment')}"
        if self.conn.sandbox is not None:
            return f"{what} (sandbox, free)"
        price = self.read()["price"]
        return f"{what}, about {segments * price:,.2f} USD" if price else f"{what}, charged by Twilio"

    def consequence(self) -> str:
        """Say how to arm a live account, and where to read what messages cost."""
        if not self.conn.may_write:
            most = len(self.recipients)
            return (
                f"Read only. To send, call conn.arm(max_messages={most}, allow_to=form.recipients, minutes=60) first."
            )
        if self.conn.sandbox is None:
            words = "Twilio charges for each segment, and the carrier adds its fee: {}."
        else:
            words = "The sandbox sends nothing and costs nothing. On a live account each segment is charged: {}."
        return cards.Html(words).format(cards.link(prices.PRICE_LIST, "Twilio's prices"))

    def refresh(self) -> None:
        """Redraw the form, with the first messages, the longest one, and who is left out."""
        super().refresh()
        try:
            listed = self.listed()
        except InvalidInput:
            listed = []
        self.preview.value = self._previewed([one for one in listed if one.draft is not None])
        out = [one for one in listed if one.left_out]
        self.omitted_fold.layout.display = "" if out else "none"
        self.omitted_fold.children[0].description = f"{count(len(out), 'row')} left out"
        self.omitted.value = _rows(("Row", "Recipient", "Why"), [(one.row, _seen(one.to), one.left_out) for one in out])

    def _previewed(self, sending: Sequence[Recipient]) -> str:
        if not sending:
            return ""
        longest = max(sending, key=lambda one: (self._segments(one), len(one.draft.body if one.draft else "")))
        shown = [*sending[:SHOWN], *([longest] if longest not in sending[:SHOWN] else [])]
        rows = [
            (
                f"{addresses.mask(one.to)}{' (longest)' if one is longest else ''}",
                one.draft.body if one.draft else "",
                self._segments(one),
            )
            for one in shown
        ]
        title = f"{len(shown)} of {count(len(sending), 'message')}"
        return cards.block(cards.table(("Recipient", "Message", "Segments"), rows, title))

    def act(self) -> str:
        """Send, and return the outcome."""
        values, sending = self.read(), self._sending()
        self.bar.value, self.bar.max, self.bar.layout.display = 0, len(sending), ""
        self.cancel.layout.display, self.save.layout.display = "", "none"
        try:
            receipt = calls.send_many(
                self.conn,
                parse(str(self.fields["table"].widget.value)),
                self.draft(),
                ledger=values["ledger"] or None,
                pace=values["pace"] or None,
                quiet_hours=values["quiet_hours"],
                on_progress=self._progress,
                stopped=lambda: self.stopped,
            )
        finally:
            self._runs += 1
            self.bar.layout.display = "none"
        self.receipt, self.save.layout.display = receipt, ""
        return self._ended(receipt)

    def _progress(self, done: int, of: int, sentence: str) -> None:
        self.bar.value, self.bar.max = done, of
        self.outcome.value = cards.text(sentence)

    def _ended(self, receipt: pd.DataFrame) -> str:
        states = Counter(receipt.outcome)
        reached = states["sent"] + states["found"]
        open_ = states["not sent"] + states["unknown"] + states["held back"]
        others = receipt[receipt.outcome.isin(["not sent", "unknown", "held back", "refused"])]
        facts = {name.capitalize(): f"{states[name]:,}" for name in calls.OUTCOMES if states[name]}
        why = [(row.row, _seen(str(row.recipient)), row.outcome, row.sentence) for row in others.itertuples()]
        title = f"{count(reached, 'message')} sent" + (f", {count(open_, 'recipient')} left." if open_ else ".")
        words = cards.Html("Click again to resume: nobody gets it twice.")
        if not open_:
            log = page.link("messages", "Messages", cards.text("msvc.Inspector(conn)", "code"))
            words = cards.Html("Accepted by Twilio does not mean delivered. Read here what became of each: {}.").format(
                log
            )
        listed = _rows(("Row", "Recipient", "Outcome", "Why"), why) if why else ""
        return cards.card("warning" if open_ else "done", title, cards.text(words), cards.facts(facts), listed)

    def _save(self) -> None:
        """Save the receipt beside the notebook, numbers masked."""
        if self.receipt is None or self.busy:
            return
        masked = pd.DataFrame(self.receipt)
        masked["recipient"] = masked["recipient"].map(_masked)
        try:
            self.saved = saved_files.write(self.folder, {"receipt.csv": masked.to_csv(index=False).encode()})
        except OSError as error:
            self.last_error, self.outcome.value = error, cards.shown(self.outcome) + cards.error(error)
            return
        self.outcome.value = cards.shown(self.outcome) + saved_files.saved_card(self.saved, linked=False)

    def _take_file(self) -> None:
        """Put the text of a chosen file into the table input."""
        for file in self.file.value:
            try:
                self.fill(table=bytes(file["content"]).decode("utf-8-sig"))
            except UnicodeDecodeError:
                self.outcome.value = cards.card("problem", "This file is not text in UTF-8. Save it as CSV UTF-8.")

    def _usual(self) -> str:
        """Return the highest price of a segment among the account's newest messages, as the first value of the input."""
        paid = [m for m in self.recent if m.price.endswith("USD") and m.num_segments and m.direction != "inbound"]
        each = [float(message.price.split()[0]) / message.num_segments for message in paid]
        return f"{max(each):.4f}" if each else ""

    def static(self) -> str:
        """Return what a reader without a kernel sees: the counts and the outcome, but no row of the table."""
        service, sending = self.fields["service"], self._sending()
        facts = {service.label: service.words, "Recipients": f"{len(sending):,}", "Message": self.fields["body"].words}
        return cards.facts(facts) + cards.shown(self.outcome)


def _rows(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    more = [f"and {len(rows) - LISTED:,} more, which the receipt has"] if len(rows) > LISTED else []
    return cards.block(cards.table(columns, [*rows[:LISTED], *more]))


def _seen(to: str) -> str:
    """Return a recipient, masked for display."""
    return addresses.mask(to)[:40]


def _masked(to: str) -> str:
    """Return a recipient, masked for a saved file; text that is not a number could be a spreadsheet formula."""
    wrong = addresses.recipient_problem(to)
    return "(not a number)" if wrong is not None and wrong.blocks else addresses.mask(to)


def _price(typed: str) -> float | None:
    """Read a price: 0 for an empty text, None for text that is not a price."""
    plain = typed.strip().removeprefix("$").removesuffix("USD").strip()
    if not plain:
        return 0.0
    return float(plain) if re.fullmatch(r"\d{0,3}(\.\d{1,6})?", plain) and plain != "." else None
