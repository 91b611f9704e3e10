"""Step 4: a form to send one message. It shows segments and sender before sending, and the status after."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC
from typing import Any

import ipywidgets as widgets

from msvc_toolkit.connection import Connection
from msvc_toolkit.content.picker import TemplatePicker
from msvc_toolkit.errors import OutcomeUnknown, Problem, ToolkitError, TwilioRefused
from msvc_toolkit.html import cards
from msvc_toolkit.messages import calls, opt_outs, window
from msvc_toolkit.messages.doubts import doubts_of
from msvc_toolkit.messages.model import Message, MessageDraft, Prediction
from msvc_toolkit.private.arguments import also_called
from msvc_toolkit.rules import addresses, error_codes, prices, segments
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.rules.segments import Segments
from msvc_toolkit.rules.statuses import MEANING, ORDER
from msvc_toolkit.senders.inventory import pool_of
from msvc_toolkit.services.calls import fetch_service
from msvc_toolkit.widgets import fields, form
from msvc_toolkit.widgets.fields import grid
from msvc_toolkit.widgets.screen import box, focus
from msvc_toolkit.widgets.snippets import Act
from msvc_toolkit.widgets.text_size import TextSize, costly

SHOWN = 3
"""How many sends of unknown outcome are listed beside the typed one."""
EXPECTED = ("accepted", "queued", "sending", "sent", "delivered")
"""The usual statuses of a delivered message."""
_MISSING = {"whatsapp": "a WhatsApp sender", "messenger": "a Messenger sender", "rcs": "an RCS sender"}
_GUIDELINES = "https://www.twilio.com/en-us/guidelines/{}/sms"
BEFORE = "About the message that was sent before the form was changed:"


class SendForm(form.Form):
    """Send a message with a Messaging Service: check it as it is typed, send it once, and follow its status.

    Args:
        conn: The account; a live one must be armed to send.
        service_sid: The Messaging Service.
        to: What the recipient starts with.
        body: What the text starts with.

    Attributes:
        message: The last message, as it was last seen.
    """

    css = "send-form"

    @also_called(sid="service_sid")
    def __init__(self, conn: Connection, service_sid: str, *, to: str = "", body: str = "") -> None:
        self.sid = service_sid
        self.message: Message | None = None
        self.scheduled: list[Message] = []
        self._again = self._reading = False
        self._sends_seen = time.time()
        self.unclear: tuple[Message, ...] = ()
        self.read_as, self.by, self.why, self.doubts = (widgets.HTML() for _ in range(4))
        self.why_fold = fields.fold("Why this sender", [self.why])
        self.timeline = fields.html("timeline")
        self.unschedule = fields.button("Cancel the scheduled message", "unschedule", self._take_back, hidden=True)
        self.claim = fields.button("One of these is mine", "claim", self._claim, hidden=True)
        self.resend = fields.button("Send it again anyway", "resend", self._send_again, hidden=True)
        self.again = fields.button("Refresh", "link look-again", self.look_again)
        self.picker = TemplatePicker(conn, lambda: self._changed("content_sid"))
        self._ask_account(conn)
        super().__init__(
            conn,
            f"Send a message with {addresses.mask_in(self.service.friendly_name)}",
            [
                fields.text(
                    "to",
                    "To",
                    "A phone number with country code. For WhatsApp, put whatsapp: in front.",
                    value=to,
                    placeholder="+14155550123",
                    read=addresses.as_written,
                ),
                fields.choice(
                    "from_",
                    "From",
                    self._senders(),
                    "The service selects the sender unless you choose one here. Its other settings apply in both cases.",
                ),
                fields.text("body", "Message", value=body, lines=4, read=str),
                fields.text(
                    "media_url",
                    "Media",
                    "Up to ten web addresses, one on each line. In the US and Canada they make it an MMS.",
                    lines=2,
                    placeholder="https://example.com/cat.jpg",
                    read=_lines,
                ),
                fields.date_time(
                    "send_at",
                    "Send at",
                    "Leave it empty to send now. From five minutes to 35 days ahead, in your own time zone.",
                ),
                fields.flag(
                    "shorten_urls",
                    "Shorten links",
                    "The service needs a link-shortening domain. Twilio counts the segments of the text with short links.",
                    value=False,
                ),
            ],
            folded=["media_url", "send_at", "shorten_urls"],
            folded_title="Media, scheduling and short links",
        )

    def _ask_account(self, conn: Connection) -> None:
        self.writes_seen = conn.writes
        self.service = fetch_service(conn, self.sid)
        self.pool = pool_of(conn, self.sid)
        self.recent = calls.recent_messages(conn)

    def _senders(self) -> list[tuple[str, str]]:
        return [("Chosen by the service", ""), *((f"{s.shown} ({s.kind})", s.address) for s in self.pool)]

    def look_again(self) -> None:
        """Read service, pool and messages again; they may have changed elsewhere."""
        try:
            self._ask_account(self.conn)
        except ToolkitError as error:
            self.last_error, self.outcome.value = error, cards.error(error)
            return
        before, self._reading = self.draft(), True
        fields.offer(self.fields["from_"], self._senders())
        if self.picker.loaded:
            self.picker.load()
        self._reading = False
        if self.draft() == before:
            self.refresh()
        else:
            self._changed("from_")

    def about(self) -> str:
        """Say how many senders the service has."""
        return f"The service has {count(len(self.pool), 'sender')} in its pool."

    def layout(self) -> list[Any]:
        """Put the segments below the text, the predicted sender above the button, and the status below it."""
        to, body = self.fields["to"], self.fields["body"]
        to.view.children = [*to.view.children, self.read_as]
        self.text = TextSize(body, lambda: focus(self.view, ".msvc-field-body"))
        self.size, self.fix = self.text.size, self.text.fix
        act, outcome, code = self.foot()
        act.children = [self.button, self.cancel, self.claim, self.resend, self.unschedule, self.missing]
        change = widgets.HTML(self._one_line())
        about = [self.picker.view, self.by, self.why_fold, *self._fold, self.doubts, act, self.timeline, outcome]
        return [grid(self._shown), *about, code, change, box("act", [self.again], row=True)]

    def draft(self) -> MessageDraft:
        """Return the message the inputs describe."""
        values, template = self.read(), self.picker.chosen
        return MessageDraft(
            to=values["to"],
            body="" if template else values["body"],
            messaging_service_sid=self.sid,
            from_=values["from_"] or None,
            media_url=() if template else values["media_url"],
            send_at=values["send_at"],
            content_sid=template.sid if template else None,
            content_variables=self.picker.blanks.values,
            shorten_urls=values["shorten_urls"],
        )

    @property
    def channel(self) -> str:
        """The recipient's channel."""
        to = addresses.read(self.draft().to)
        return to.channel if to is not None and to.channel else "sms"

    def problems(self) -> Sequence[Problem]:
        """Return the problems."""
        found = self.draft().problems(self.conn.now)
        if template := self.picker.chosen:
            found += template.problems(self.channel, self.picker.blanks.values)
            if empty := self.picker.empty:
                sentence = f"Nothing is typed for {', '.join(empty)}: the template's samples are sent to this person."
                found.append(Problem("blanks", sentence, blocks=False))
        else:
            found += costly(self.measured)
        if not self.pool:
            sentence = "The pool is empty, so sending fails (21704). Add a sender first, then click “Refresh”."
            found.append(Problem("pool", sentence))
        if self._opted_out():
            found.append(Problem("to", opt_outs.SENTENCE, blocks=False))
        return [*found, *self._window_problems()]

    def _opted_out(self) -> bool:
        return opt_outs.opted_out(self.conn, self.draft(), self.recent)

    def _window_problems(self) -> list[Problem]:
        """Warn when the recipient's 24-hour window on WhatsApp is closed or closes soon."""
        draft, predicted = self.draft(), self.prediction()
        chosen = predicted.choice.sender if predicted is not None and predicted.choice is not None else None
        sender = draft.from_ or (chosen.address.text if chosen else None)
        return window.problems(self.conn, draft, sender, self.recent, self.picker.chosen)

    @property
    def measured(self) -> Segments:
        """The text's encoding and segments, with the service's Smart Encoding."""
        smart, template = bool(self.service.settings["smart_encoding"]), self.picker.chosen
        if template is not None:
            shown = template.shown(self.channel, self.picker.blanks.values)
            return segments.measure(shown.body if shown else "", smart_encoding=smart)
        return self.draft().measured(smart_encoding=smart)

    def static(self) -> str:
        """Return the inputs and their values, with the template if one is chosen."""
        template = self.picker.chosen
        return super().static() + (cards.facts({"Template": template.friendly_name}) if template else "")

    def prediction(self) -> Prediction | None:
        """Predict who would send this; None while there is no usable recipient."""
        draft = self.draft()
        wrong = addresses.recipient_problem(draft.to)
        if (wrong is not None and wrong.blocks) or not self.pool:
            return None
        return calls.predict_sender(self.conn, draft, service=self.service, pool=self.pool, recent=self.recent)

    def label(self) -> str:
        """Return the button's label: what a click does and what it costs."""
        draft, size = self.draft(), count(self.measured.count, "segment")
        if draft.media_url:
            size = "1 MMS"
        what = "Schedule" if draft.send_at else "Send"
        samples = " with samples" if self.picker.empty else ""
        if self.conn.label == "SANDBOX":
            return f"{what} 1 message{samples}, {size} (sandbox, free)"
        return f"{what} 1 LIVE message{samples}, {size}, charged by Twilio"

    def consequence(self) -> str:
        """Say where to read what a message costs."""
        if self.conn.sandbox is None:
            words = "Twilio charges for each segment, and the carrier adds its fee: {}."
        else:
            words = "The sandbox sends nothing and costs nothing. On a live account each segment is charged: {}."
        return cards.Html(words).format(cards.link(prices.PRICE_LIST, "Twilio's prices"))

    def acts(self) -> Sequence[Act]:
        """Return the call that a click makes."""
        return [Act(("messages",), "create", self.draft().params())]

    def refresh(self) -> None:
        """Redraw the form, with the text's segments, its sender, and sends of unknown outcome."""
        super().refresh()
        self.read_as.value = self._read_as()
        self.text.show(self.measured)
        self.picker.show(self.channel, self._found() if self.picker.chosen else [])
        for name in ("body", "media_url"):
            self.fields[name].view.layout.display = "none" if self.picker.chosen else ""
        predicted = self.prediction()
        self.by.value = self._sent_by(predicted)
        steps = predicted.choice.steps if predicted and predicted.choice and self.by.value else ()
        self.why.value = cards.block(cards.steps(step.sentence for step in steps)) if steps else ""
        self.why_fold.layout.display = "" if steps else "none"
        self.doubts.value = self._doubtful()

    def _read_as(self) -> str:
        """Say how a number without a country code was read."""
        typed, to = str(self.fields["to"].widget.value), self.draft().to
        if to == typed or "+" in addresses.plain_digits(typed):
            return ""
        return cards.text(f"Read as {addresses.mask(to)}.", css="msvc-help msvc-read-as")

    def _sent_by(self, predicted: Prediction | None) -> str:
        if predicted is None or self._opted_out():
            return ""
        said = {problem.sentence for problem in self._window_problems()}
        notes = [cards.text(caveat) for caveat in predicted.caveats if caveat not in said]
        if predicted.choice is not None and predicted.choice.sender is None:
            add = cards.text(f"Add {_MISSING.get(self.channel, 'a sender that can')} in Step 3, then click “Refresh”.")
            return cards.block(cards.card("warning", predicted.sentence, *notes, add))
        notes += self._abroad(predicted)
        chosen = predicted.choice.sender.address.label if predicted.choice and predicted.choice.sender else ""
        why = predicted.choice.reason if predicted.choice else "You chose it in “From”, so Twilio selects no sender."
        chip = cards.text(chosen or addresses.mask(self.draft().from_ or ""), "span", "msvc-chip-of")
        line = cards.Html("<p>Will be sent by {} {}</p>").format(chip, why)
        return cards.Html('<div class="msvc msvc-by">{}{}</div>').format(line, cards.join(notes))

    def _abroad(self, predicted: Prediction) -> list[cards.Html]:
        """Say where to read whether a number of another country reaches the recipient on a live account."""
        sender = predicted.choice.sender.address if predicted.choice and predicted.choice.sender else None
        sender, to = sender or addresses.read(self.draft().from_ or ""), addresses.read(self.draft().to)
        numbers = ("local", "mobile", "toll-free")
        if not sender or not to or not to.country or sender.kind not in numbers or sender.country == to.country:
            return []
        if {sender.country, to.country} <= addresses.US_CA:
            return []
        where = cards.link(_GUIDELINES.format(to.country.lower()), f"Twilio's guidelines for {to.country}")
        return [
            cards.text(cards.Html("Carriers of some countries replace or refuse a foreign number: {}.").format(where))
        ]

    def _doubtful(self) -> str:
        """List the account's sends of unknown outcome; those of the typed message come first."""
        kept = doubts_of(self.conn)
        try:
            key = kept.key(self.draft())
            typed, others = kept.open(key), [doubt for doubt in kept.open() if doubt.draft != key]
        except ToolkitError as error:
            return cards.error(error)
        parts = []
        if typed and not self.busy:
            when = ", ".join(f"{doubt.begun:%Y-%m-%d %H:%M:%S} UTC" for doubt in typed)
            parts.append(
                cards.card(
                    "warning",
                    f"This text was sent already ({when}), and no readable answer has come so far.",
                    cards.text(
                        "A click looks for it in Twilio's log first. It is sent again only if the log does not have it. A "
                        "message that was deleted meanwhile is no longer there."
                    ),
                )
            )
        if others:
            rows = [f"{doubt.begun:%Y-%m-%d %H:%M:%S} UTC to {doubt.to}" for doubt in others[-SHOWN:]]
            parts.append(
                cards.text("Other sends without a clear answer. To look one up, type it again:") + cards.bullets(rows)
            )
        return cards.block(*parts) if parts else ""

    def _changed(self, name: str) -> None:
        """Clear the outcome of the last message, because an input has changed; new options alone change none."""
        if self._reading:
            return
        self._about(())
        if not self.busy:
            self.timeline.value = self.outcome.value = ""
        elif self.timeline.value and BEFORE not in self.timeline.value:
            self.timeline.value = cards.block(cards.text(BEFORE)) + cards.shown(self.timeline)
        super()._changed(name)

    def _one_line(self) -> str:
        change = (
            "client.messages.create(\n"
            "    to=...,\n    body=...,\n"
            '-   from_="one of your numbers",\n'
            f'+   messaging_service_sid="{self.sid}",\n'
            ")\n\n# The second way: the service's SID in From means the same.\n"
            f'+   from_="{self.sid}",'
        )
        title = "The one-line change in your code: From becomes the service's SID"
        note = cards.text(form.ONLY_HERE) if self.conn.sandbox is not None else ""
        return cards.block(cards.fold(title, cards.code(change), note))

    def act(self) -> str:
        """Send once, then follow the message until it is final, stopped, or two minutes have passed."""
        draft, again, self._again = self.draft(), self._again, False
        self.timeline.value = ""
        self._about(())
        try:
            sent = calls.send_once(self.conn, draft, again=again, since=self._sends_seen, look=True)
        except calls.Untraceable as unknown:
            self.resend.layout.display = ""
            return self._said(draft, cards.card("warning", str(unknown)))
        except OutcomeUnknown as unknown:
            advice = "Wait a minute, then click again: it is looked up before it is sent again."
            return self._said(draft, cards.card("warning", str(unknown), cards.text(advice)))
        finally:
            self._sends_seen = time.time()
        if sent.how != "sent":
            outcome = self._not_sent(sent)
            if self.draft() != draft:
                self._about(())
            return self._said(draft, outcome)
        self.message = sent.messages[0]
        try:
            outcome = self._ended(self._follow(self.message.sid, draft), draft)
        except ToolkitError as error:  # it was sent: the error alone would look as if it was not
            sentence = f"{self.message.sid} is sent and cannot be followed now."
            return self._said(draft, cards.card("warning", sentence, cards.text(str(error))))
        self.look_again()
        return self._said(draft, outcome)

    def _not_sent(self, sent: calls.Sent) -> str:
        """Say that a click sent nothing because the log has the message already."""
        rows = [
            f"{m.sid}, {m.date_created:%Y-%m-%d %H:%M:%S} UTC: {m.status}{'' if m.body else ', text redacted'}"
            for m in sent.messages
        ]
        if sent.how == "unclear":
            self._about(sent.messages)
            return cards.card(
                "warning",
                "No readable answer came. Either Twilio took it, or another program sent the same text: the log does not show which.",
                cards.bullets(rows),
                cards.text("Nothing more was sent. If one of these is yours, you are done; if not, send it again."),
            )
        self.message = sent.messages[0]
        if sent.how == "elsewhere":
            return cards.card(
                "note",
                f"Nothing was sent by this click: this text was sent meanwhile as {self.message.sid}, by another form, "
                "kernel or program of yours.",
                cards.bullets(rows),
                cards.text("To send it a second time, click again."),
            )
        if len(sent.messages) > 1:
            return cards.card("warning", f"Twilio took this text {len(sent.messages)} times.", cards.bullets(rows))
        return cards.card(
            "done",
            f"No answer came, but Twilio took it: {self.message.sid} is {self.message.status}.",
            cards.text("It is the only message with this text to this recipient since the click."),
        )

    def _about(self, unclear: tuple[Message, ...]) -> None:
        """Offer to confirm one of these as the message, or to send it again; without any, hide both buttons."""
        self.unclear = unclear
        for button in (self.claim, self.resend):
            button.layout.display = "" if unclear else "none"

    def _claim(self) -> None:
        """Accept a message in the log as this one."""
        if self.busy or not self.unclear:
            return
        calls.settle(self.conn, self.draft(), self.unclear[0].sid)
        self.message = self.unclear[0] if len(self.unclear) == 1 else None
        self._about(())
        self.outcome.value = cards.card(
            "done", "You confirmed that this text was sent. It is not looked up or sent again."
        )
        self.refresh()

    def _send_again(self) -> None:
        if self.busy:
            return
        self._again = True
        self._start()
        self._again = self._again and self.busy  # a form with problems did not start

    def _said(self, draft: MessageDraft, outcome: str) -> str:
        """Return an outcome; if an input changed meanwhile, mark it as the outcome before that change."""
        return outcome if self.draft() == draft else cards.block(cards.text(BEFORE)) + outcome

    def _follow(self, sid: str, draft: MessageDraft) -> Message:
        """Draw each status as it is seen and return the message as it was seen last."""
        self.cancel.description = "Stop following"
        self.cancel.layout.display = ""
        seen: list[calls.Seen] = []
        for entry in calls.watch(self.conn, sid, cancelled=lambda: self.stopped):
            self.message = entry.message
            seen.append(entry)
            self.timeline.value = self._said(draft, _way(seen))
        return self.message or calls.fetch_message(self.conn, sid)

    def _ended(self, message: Message, draft: MessageDraft) -> str:
        if message.status == "scheduled" and draft.send_at:
            self.scheduled.append(message)
            self.unschedule.layout.display = ""
            when = f"{draft.send_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            return cards.card("done", f"{message.sid} is scheduled for {when}.")
        facts = {"Message SID": message.sid, "Status": message.status, "Sender used": message.sender or "none"}
        facts |= {"Segments": str(message.num_segments), "Price": self._price(message)}
        if message.error_code:
            known = error_codes.advice(message.error_code) or "This toolkit does not know the code."
            said = cards.says("problem", known)
        elif not message.final:
            said = cards.text(f"Still {message.status}. This form no longer follows it; Twilio continues on its own.")
        else:
            said = cards.text("Send to the same recipient again, and Sticky Sender uses the same sender.")
        return cards.block(said, cards.facts(facts))

    def _price(self, message: Message) -> str:
        if self.conn.sandbox is None:
            return message.price or "Twilio sets it later. Then it is in the message log of Twilio's Console."
        return f"{message.price}. {prices.INVENTED}" if message.price else "Nothing: the sandbox charges nothing."

    def _take_back(self) -> None:
        """Cancel the message scheduled last; one that can no longer be canceled is not offered again."""
        if not self.scheduled:
            return
        self.timeline.value = ""
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


def _way(seen: Sequence[calls.Seen]) -> cards.Html:
    """Draw a message's progress: a heading, and its statuses with their seconds."""
    last = seen[-1].message
    ended = last.final or last.status == "scheduled"
    failed = last.status in ("failed", "undelivered")
    states: list[Any] = ["done"] * (len(seen) - 1) + ["problem" if failed else "done" if ended else "now"]
    stops = [
        cards.Stop(one.message.status, f"{one.after_seconds:.1f} s", state)
        for one, state in zip(seen, states, strict=True)
    ]
    if not ended:
        stops += [cards.Stop(name, "", "later") for name in EXPECTED if ORDER[name] > ORDER[last.status]]
    if failed:
        code = f": error {last.error_code}" if last.error_code else ""
        title = f"Not delivered{code}"
    elif last.final:
        title = f"{last.status.capitalize()} after {seen[-1].after_seconds:.1f} s"
    else:
        meaning = MEANING.get(last.status, last.status)
        title = f"{meaning[0].upper()}{meaning[1:]}"
    return cards.Html('<div class="msvc msvc-way" role="status">{}{}</div>').format(
        cards.text(title, "h3"), cards.journey(stops)
    )


def _lines(value: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in value.splitlines() if line.strip())
