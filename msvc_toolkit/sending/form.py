"""Step 4 on the screen: write, see segments and sender before sending, send once, follow the status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import ipywidgets as widgets

from msvc_toolkit import cards, codes, fields, form, phone
from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import OutcomeUnknown, Problem
from msvc_toolkit.segments import Segments
from msvc_toolkit.senders.inventory import pool_of
from msvc_toolkit.sending import calls
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
        self.service = fetch_service(conn, sid)
        self.ahead = widgets.HTML()
        self.ahead.add_class("msvc-ahead")
        self.timeline = widgets.HTML()
        self.timeline.add_class("msvc-timeline")
        self.unschedule = widgets.Button(
            description="Take the scheduled message back", layout=widgets.Layout(width="auto", display="none")
        )
        self.unschedule.add_class("msvc-unschedule")
        self.unschedule.on_click(lambda _: self._take_back())
        self._ask_account(conn)
        chosen = [("the service picks the sender", ""), *((f"{s.shown} ({s.kind})", s.address) for s in self.pool)]
        super().__init__(
            conn,
            f"Step 4: send with {self.service.friendly_name}",
            [
                fields.text("to", "To", "With country code, such as +14155550123, or whatsapp:+14155550123.", value=to,
                          placeholder="+14155550123"),
                fields.text("body", "Text", value=body, lines=4, read=str),
                fields.choice("from_", "From", chosen, "Choosing a sender bypasses the selection; the service's settings apply."),
                fields.text("media_url", "Media", "One web address a line, up to ten. Makes it an MMS in the US and Canada.",
                          lines=2, placeholder="https://example.com/cat.jpg", read=_lines),
                fields.moment("send_at", "Send at", "Empty sends now. From five minutes to 35 days ahead, in your own time zone."),
            ],
            folded=["media_url", "send_at"],
            folded_title="Media and scheduling",
        )  # fmt: skip

    def _ask_account(self, conn: Connection) -> None:
        self.pool = pool_of(conn, self.sid)
        self.recent = calls.recent_messages(conn)

    def layout(self) -> list[Any]:
        """Show what will happen above the button and the status below it."""
        return [
            self.heading, *self._shown, *self._fold, self.ahead, self.missing,
            widgets.HBox([self.button, self.cancel, self.unschedule]), self.timeline, self.outcome, self.code,
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
            found.append(
                Problem("pool", "The pool is empty, so sending fails (21704). Do Step 3 first (SenderPoolForm).")
            )
        return found

    @property
    def measured(self) -> Segments:
        """The text's encoding and segments, with the service's Smart Encoding."""
        return self.draft().measured(smart_encoding=bool(self.service.settings["smart_encoding"]))

    def prediction(self) -> Prediction | None:
        """Tell who would send this; None while there is no usable recipient."""
        draft = self.draft()
        if phone.read(draft.to) is None or not self.pool:
            return None
        return calls.predict_sender(self.conn, draft, service=self.service, pool=self.pool, recent=self.recent)

    def label(self) -> str:
        """Say what a click does and what it costs."""
        draft = self.draft()
        size = "1 MMS" if draft.media_url else f"{self.measured.count} segment{'' if self.measured.count == 1 else 's'}"
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
        measured, predicted = self.measured, self.prediction()
        parts = [_about_text(measured) if self.draft().body else ""]
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
        since = calls.now(self.conn)
        try:
            self.message = calls.send(self.conn, draft)
        except OutcomeUnknown as unknown:
            return self._unknown(draft, since, unknown)
        self.cancel.description = "Stop following"
        self.cancel.layout.display = ""
        seen: list[str] = []
        for entry in calls.watch(self.conn, self.message.sid, stopped=lambda: self.stopped):
            self.message = entry.message
            seen.append(
                f"{entry.message.status} after {entry.after_seconds:.2f} s: {MEANING.get(entry.message.status, '')}"
            )
            self.timeline.value = cards.block(cards.steps(seen))
        self._ask_account(self.conn)
        return self._ended(self.message, draft)

    def _ended(self, message: Message, draft: MessageDraft) -> str:
        if message.status == "scheduled":
            self.unschedule.layout.display = ""
            when = draft.send_at.astimezone(UTC) if draft.send_at else None
            return cards.card("done", f"{message.sid} is scheduled for {when:%Y-%m-%d %H:%M} UTC.")
        told = {
            "Message SID": message.sid,
            "Status": message.status,
            "Sender used": message.sender or "none",
            "Segments": message.num_segments,
        }
        if message.error_code:
            known = codes.advice(message.error_code)
            return cards.card("problem", f"{message.status}: error {message.error_code}. {known}", cards.facts(told))
        if not message.final:
            return cards.card("note", f"Still {message.status}: {MEANING.get(message.status, '')}.", cards.facts(told))
        return cards.card(
            "done" if message.status == "delivered" else "warning",
            f"{message.status}: {MEANING.get(message.status, '')}.",
            cards.facts(told),
            cards.text("Next: send again to the same recipient and see the Sticky Sender at work."),
        )

    def _unknown(self, draft: MessageDraft, since: datetime, unknown: OutcomeUnknown) -> str:
        """Look the message up before anybody sends it a second time."""
        found = calls.look_up(self.conn, draft, since)
        if found:
            self.message = found[0]
            return cards.card("done", f"No answer came, but Twilio took it: {found[0].sid} is {found[0].status}.")
        return cards.card(
            "warning",
            str(unknown),
            cards.text("It is not in the log yet. Wait a minute and look again before you send it anew."),
        )

    def _take_back(self) -> None:
        if self.message is None:
            return
        try:
            self.message = calls.cancel_message(self.conn, self.message.sid)
            self.outcome.value = cards.card("done", f"{self.message.sid} is canceled; it will not be sent.")
            self.unschedule.layout.display = "none"
        except Exception as error:  # noqa: BLE001 - an exception in a callback shows nowhere else
            self.last_error = error
            self.outcome.value = cards.error(error)


def _lines(value: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in value.splitlines() if line.strip())


def _about_text(measured: Segments) -> str:
    """Tell the text's size, and the character that makes it dear."""
    lines = [
        (
            f"{measured.count} segment{'' if measured.count == 1 else 's'}, {measured.encoding}, {measured.characters} characters, "
            f"room for {measured.room} more {'units' if measured.encoding == 'UCS-2' else 'characters'} in the last segment."
        )
    ]
    if measured.offenders:
        first = measured.offenders[0]
        others = len(measured.offenders) - 1
        lines.append(
            f"“{first.character}” ({first.name.lower()}) at character {first.index + 1} forces UCS-2: 70 instead of 160 to a segment"
            + (f"; so do {others} more." if others else ".")
        )
    if measured.text != measured.body:
        lines.append("Smart Encoding replaces look-alike characters before sending.")
    return cards.block(*(cards.text(line, css="msvc-segments") for line in lines))
