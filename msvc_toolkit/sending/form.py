"""Step 4 on the screen: write, see segments and sender before sending, send once, follow the status."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import ipywidgets as widgets

from msvc_toolkit import cards, codes, fields, form, phone
from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import OutcomeUnknown, Problem, ToolkitError, TwilioRefused
from msvc_toolkit.segments import Segments
from msvc_toolkit.senders.inventory import pool_of
from msvc_toolkit.sending import calls, window
from msvc_toolkit.sending.model import MEANING, Message, MessageDraft, Prediction
from msvc_toolkit.service.calls import fetch_service
from msvc_toolkit.snippets import Act


class SendForm(form.Form):
    """Send with a Messaging Service: checked as typed, sent once, followed to the end.

    Args:
        conn: The account; a live one must be armed to send.
        sid: The Messaging Service.
        to: What the recipient starts with.
        body: What the text starts with.

    Attributes:
        message: The last message, as it was last seen.
    """

    css = "send-form"

    def __init__(self, conn: Connection, sid: str, *, to: str = "", body: str = "") -> None:
        self.sid = sid
        self.message: Message | None = None
        self.scheduled: list[Message] = []
        self._doubt: tuple[MessageDraft, datetime] | None = None
        self.ahead = widgets.HTML()
        self.ahead.add_class("msvc-ahead")
        self.timeline = widgets.HTML()
        self.timeline.add_class("msvc-timeline")
        hidden = {"width": "auto", "display": "none"}
        self.unschedule = widgets.Button(description="Take the scheduled message back", layout=hidden)
        self.unschedule.add_class("msvc-unschedule")
        self.unschedule.on_click(lambda _: self._take_back())
        self.again = widgets.Button(description="Look at the pool again", layout=widgets.Layout(width="auto"))
        self.again.add_class("msvc-look-again")
        self.again.on_click(lambda _: self.look_again())
        self._ask_account(conn)
        super().__init__(
            conn,
            f"Step 4: send with {self.service.friendly_name}",
            [
                fields.text("to", "To", "With country code, such as +14155550123, or whatsapp:+14155550123.", value=to,
                          placeholder="+14155550123"),
                fields.text("body", "Text", value=body, lines=4, read=str),
                fields.choice("from_", "From", self._senders(), "Choosing a sender bypasses the selection; the service's settings apply."),
                fields.text("media_url", "Media", "One web address a line, up to ten. Makes it an MMS in the US and Canada.",
                          lines=2, placeholder="https://example.com/cat.jpg", read=_lines),
                fields.moment("send_at", "Send at", "Empty sends now. From five minutes to 35 days ahead, in your own time zone."),
            ],
            folded=["media_url", "send_at"],
            folded_title="Media and scheduling",
        )  # fmt: skip

    def _ask_account(self, conn: Connection) -> None:
        self.service = fetch_service(conn, self.sid)
        self.pool = pool_of(conn, self.sid)
        self.recent = calls.recent_messages(conn)

    def _senders(self) -> list[tuple[str, str]]:
        return [("the service picks the sender", ""), *((f"{s.shown} ({s.kind})", s.address) for s in self.pool)]

    def look_again(self) -> None:
        """Ask the account anew: its service, pool and messages may have changed elsewhere."""
        try:
            self._ask_account(self.conn)
        except ToolkitError as error:
            self.last_error, self.outcome.value = error, cards.error(error)
            return
        fields.offer(self.fields["from_"], self._senders())
        self.refresh()

    def layout(self) -> list[Any]:
        """Show what will happen above the button and the status below it."""
        return [
            self.heading, *self._shown, *self._fold, self.ahead, self.missing,
            widgets.HBox([self.button, self.cancel, self.unschedule, self.again]), self.timeline, self.outcome, self.code,
        ]  # fmt: skip

    def draft(self) -> MessageDraft:
        """Return the message the inputs describe."""
        values = self.read()
        return MessageDraft(
            to=values["to"],
            body=values["body"],
            messaging_service_sid=self.sid,
            from_=values["from_"] or None,
            media_url=values["media_url"],
            send_at=values["send_at"],
        )

    def problems(self) -> Sequence[Problem]:
        """Return what stands in the way."""
        found = self.draft().problems(calls.now(self.conn))
        if not self.pool:
            sentence = "The pool is empty, so sending fails (21704). Do Step 3 first, then look at the pool again."
            found.append(Problem("pool", sentence))
        return [*found, *self._window_problems()]

    def _window_problems(self) -> list[Problem]:
        """Warn when the recipient's 24-hour window on WhatsApp is closed or closes soon."""
        draft, predicted = self.draft(), self.prediction()
        chosen = predicted.choice.sender if predicted is not None and predicted.choice is not None else None
        sender = draft.from_ or (chosen.address.text if chosen else None)
        return window.problems(self.conn, draft, sender, self.recent)

    @property
    def measured(self) -> Segments:
        """The text's encoding and segments, with the service's Smart Encoding."""
        return self.draft().measured(smart_encoding=bool(self.service.settings["smart_encoding"]))

    def prediction(self) -> Prediction | None:
        """Tell who would send this; None while there is no usable recipient."""
        draft = self.draft()
        wrong = phone.recipient_problem(draft.to)
        if (wrong is not None and wrong.blocks) or not self.pool:
            return None
        return calls.predict_sender(self.conn, draft, service=self.service, pool=self.pool, recent=self.recent)

    def label(self) -> str:
        """Say what a click does and what it costs."""
        draft, count = self.draft(), self.measured.count
        size = "1 MMS" if draft.media_url else f"{count} segment{'' if count == 1 else 's'}"
        what = "Schedule" if draft.send_at else "Send"
        if self.conn.label == "SANDBOX":
            return f"{what} 1 message, {size} (sandbox, free)"
        return f"{what} 1 LIVE message, {size}, charged by Twilio"

    def acts(self) -> Sequence[Act]:
        """Return the call that a click makes."""
        return [Act(("messages",), "create", self.draft().params())]

    def refresh(self) -> None:
        """Show segments, the sender ahead and the one-line change with everything else."""
        super().refresh()
        told = self.measured.sentences if self.draft().body else []
        parts = [cards.text(line, css="msvc-segments") for line in told]
        predicted = self.prediction()
        if predicted is not None:
            steps = [step.sentence for step in predicted.choice.steps] if predicted.choice else []
            why = f"<details><summary>Why this sender</summary>{cards.steps(steps)}</details>" if steps else ""
            failed = predicted.choice is not None and predicted.choice.sender is None
            notes = "".join(cards.text(caveat) for caveat in predicted.caveats)
            parts.append(cards.card("warning" if failed else "note", f"Ahead: {predicted.sentence}", why, notes))
        self.ahead.value = cards.block(*parts, self._one_line())

    def _one_line(self) -> str:
        change = (
            "client.messages.create(\n"
            "    to=...,\n    body=...,\n"
            '-   from_="one of your numbers",\n'
            f'+   messaging_service_sid="{self.sid}",\n'
            ")\n\n# The second way: the service's SID in From means the same.\n"
            f'+   from_="{self.sid}",'
        )
        return cards.listing("The one-line change of Step 4: From becomes the service's SID", change)

    def act(self) -> str:
        """Send once, then follow the message until it is final, stopped, or two minutes have passed."""
        draft = self.draft()
        self.timeline.value = ""
        if self._doubt and self._doubt[0] == draft and (found := self._look_up(*self._doubt)):
            return found
        since = calls.now(self.conn)
        try:
            self.message = calls.send(self.conn, draft)
        except OutcomeUnknown as unknown:
            self._doubt = draft, since
            return self._unknown(draft, since, unknown)
        self._doubt = None
        try:
            outcome = self._ended(self._follow(self.message.sid), draft)
        except ToolkitError as error:  # it is sent: the error alone would ask for a second one
            told = f"{self.message.sid} is sent and cannot be followed just now."
            return cards.card("warning", told, cards.text(str(error)))
        self.look_again()
        return outcome

    def _follow(self, sid: str) -> Message:
        """Draw each status as it is seen and return the message as it was seen last."""
        self.cancel.description = "Stop following"
        self.cancel.layout.display = ""
        seen: list[str] = []
        for entry in calls.watch(self.conn, sid, stopped=lambda: self.stopped):
            self.message, status = entry.message, entry.message.status
            seen.append(f"{status} after {entry.after_seconds:.2f} s: {MEANING.get(status, '')}")
            self.timeline.value = cards.block(cards.steps(seen))
        return self.message or calls.fetch_message(self.conn, sid)

    def _ended(self, message: Message, draft: MessageDraft) -> str:
        if message.status == "scheduled" and draft.send_at:
            self.scheduled.append(message)
            self.unschedule.layout.display = ""
            when = f"{draft.send_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            return cards.card("done", f"{message.sid} is scheduled for {when}.")
        told = {"Message SID": message.sid, "Status": message.status, "Sender used": message.sender or "none"}
        told |= {"Segments": str(message.num_segments)}
        status = f"{message.status}: {MEANING.get(message.status, '')}."
        if message.error_code:
            known = codes.advice(message.error_code)
            return cards.card("problem", f"{message.status}: error {message.error_code}. {known}", cards.facts(told))
        if not message.final:
            return cards.card("note", f"Still {status}", cards.facts(told))
        return cards.card(
            "done" if message.status == "delivered" else "warning", status, cards.facts(told),
            cards.text("Next: send again to the same recipient and see the Sticky Sender at work."),
        )  # fmt: skip

    def _unknown(self, draft: MessageDraft, since: datetime, unknown: OutcomeUnknown) -> str:
        """Look the message up before anybody sends it a second time."""
        with suppress(ToolkitError):  # a log that cannot be read leaves it just as unknown
            if found := self._look_up(draft, since):
                return found
        advice = "It is not in the log so far. Wait a minute, then click again: it is looked up before it is sent anew."
        return cards.card("warning", str(unknown), cards.text(advice))

    def _look_up(self, draft: MessageDraft, since: datetime) -> str:
        found = calls.look_up(self.conn, draft, since, {message.sid for message in self.recent})
        if not found:
            return ""
        self.message, self._doubt = found[0], None
        return cards.card("done", f"No answer came, but Twilio took it: {found[0].sid} is {found[0].status}.")

    def _take_back(self) -> None:
        """Cancel the message scheduled last; one that can no longer be canceled is not offered again."""
        if not self.scheduled:
            return
        try:
            self.message = calls.cancel_message(self.conn, self.scheduled[-1].sid)
            self.outcome.value = cards.card("done", f"{self.message.sid} is canceled; it will not be sent.")
        except Exception as error:  # noqa: BLE001 - an exception in a callback shows nowhere else
            self.last_error = error
            self.outcome.value = cards.error(error)
            if not isinstance(error, TwilioRefused):
                return
        self.scheduled.pop()
        self.unschedule.layout.display = "" if self.scheduled else "none"


def _lines(value: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in value.splitlines() if line.strip())
