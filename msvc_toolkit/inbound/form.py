"""Step 2: a form to choose how inbound texts are handled, and to try it with one text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import Problem
from msvc_toolkit.html import cards
from msvc_toolkit.inbound import calls
from msvc_toolkit.inbound.model import (
    EFFECTS,
    MODES,
    NO_SERVER,
    OPT_OUT,
    STATES,
    TITLES,
    InboundDraft,
    Mode,
    inbound_of,
)
from msvc_toolkit.private.arguments import also_called
from msvc_toolkit.private.secret import without_login
from msvc_toolkit.rules import addresses
from msvc_toolkit.services.calls import fetch_service
from msvc_toolkit.widgets import fields, form, page
from msvc_toolkit.widgets.saving import SavingForm
from msvc_toolkit.widgets.screen import box
from msvc_toolkit.widgets.snippets import Act

_METHODS = [("POST", "POST"), ("GET", "GET")]


class InboundForm(SavingForm):
    """Decide what happens to texts that people send to the pool, and try it.

    Args:
        conn: The account.
        service_sid: The Messaging Service.

    Attributes:
        trial: The form that sends one text to the pool.
    """

    css = "inbound-form"

    @also_called(sid="service_sid")
    def __init__(self, conn: Connection, service_sid: str) -> None:
        self.sid = service_sid
        self.service = fetch_service(conn, service_sid)
        now = inbound_of(self.service)
        self.effect = fields.html("effect")
        self.trial = TrialForm(conn, service_sid)
        super().__init__(
            conn,
            f"Inbound texts of {self.service.label}",
            [
                fields.radios(
                    "mode",
                    "When somebody texts one of your senders",
                    [(TITLES[mode], mode) for mode in MODES],
                    value=now.mode,
                ),
                fields.text("url", "Webhook", value=now.url, placeholder="https://example.com/sms"),
                fields.choice("method", "Method", _METHODS, value=now.method),
                fields.text(
                    "fallback_url",
                    "Fallback URL",
                    "Called once when the webhook fails. May stay empty.",
                    value=now.fallback_url,
                    placeholder="https://example.com/fallback",
                ),
                fields.choice("fallback_method", "Fallback method", _METHODS, value=now.fallback_method),
            ],
        )
        self.lead.value = cards.text("Next, Step 3: add senders to the pool (notebook 03-sender-pool).")
        self.on_done.append(self.trial.restart)

    def inputs(self) -> list[Any]:
        """Return the mode with its effect below it, and the webhook's inputs."""
        self._hook = fields.grid(self._shown[1:])
        return [box("mode", [self._shown[0], self.effect]), self._hook]

    def layout(self) -> list[Any]:
        """Return the form's parts; the form that tries a text comes last."""
        return [*super().layout(), self.trial.view]

    def about(self) -> str:
        """Explain what a webhook is."""
        return "A webhook is a URL of yours that Twilio calls when a text arrives."

    def draft(self) -> InboundDraft:
        """Return the handling the inputs describe; only the mode with a webhook has URLs."""
        values = self.read()
        return InboundDraft(**values) if values["mode"] == "webhook" else InboundDraft(values["mode"])

    def refresh(self) -> None:
        """Show the mode's effect, and the URL inputs only if they count."""
        mode = self.fields["mode"].widget.value
        effect = EFFECTS[mode]
        first = cards.says("warning", effect) if mode == "off" else cards.text(effect, css="msvc-help")
        log = page.link("messages", "Messages", cards.text("msvc.Inspector(conn)", "code"))
        read = cards.Html("{} Read logged texts here: {}.").format("" if mode == "defer" else NO_SERVER, log)
        more = (read, OPT_OUT)
        self.effect.value = first + cards.join(cards.text(line, css="msvc-help") for line in more)
        for view in (self._hook, *self._shown[1:]):
            view.layout.display = "" if mode == "webhook" else "none"
        super().refresh()
        self.trial.tries(inbound_of(self.service), saved=self.draft() == inbound_of(self.service))

    def problems(self) -> Sequence[Problem]:
        """Return the problems. The warning about "off" is left out, as the inputs show it already."""
        return [p for p in self.draft().problems() if p.blocks or p.field != "mode"]

    def label(self) -> str:
        """Return the button's label; it costs nothing."""
        return "Save"

    def consequence(self) -> str:
        """Say whether a click changes anything."""
        if self.draft() == inbound_of(self.service):
            return "This is what the service does now."
        return "Changes the service. Free of charge; you can change it back at any time."

    def acts(self) -> Sequence[Act]:
        """Return the call that a click makes."""
        return [Act(("services", self.sid), "update", self.draft().params())]

    def static(self) -> str:
        """Return the three modes and their effects for a reader without a kernel."""
        modes = cards.table([self.fields["mode"].label, "Effect"], [(TITLES[m], EFFECTS[m]) for m in MODES])
        return modes + cards.text(OPT_OUT) + self.said()

    def act(self) -> str:
        """Save the handling."""
        self.service = calls.set_inbound(self.conn, self.sid, self.draft())
        now = inbound_of(self.service)
        facts = {"Service": self.service.friendly_name} | (
            {"Webhook": f"{now.method} {without_login(now.url)}"} if now.url else {}
        )
        mood: cards.Mood = "warning" if now.mode == "off" else "done"
        return self.succeed(
            cards.card(mood, f"Saved. {STATES[now.mode]}.", cards.facts(facts), cards.text(EFFECTS[now.mode]))
        )


class TrialForm(form.Form):
    """Send one text to a pool member and see who would be called, and why."""

    css = "trial-form"
    part = True

    def __init__(self, conn: Connection, sid: str) -> None:
        self.sid = sid
        self.senders = calls.receiving_senders(conn, sid)
        self._unsaved: Mode | None = None
        super().__init__(
            conn,
            "Try it",
            [fields.choice("sender", "Text sent to", self._options()), fields.text("body", "Text", value="Hello")],
        )
        self.button.button_style = ""  # the form above has the one primary button

    def tries(self, handling: InboundDraft, *, saved: bool) -> None:
        """Use the mode that is chosen above; `saved` says whether it is saved."""
        unsaved = None if saved else handling.mode
        if unsaved != self._unsaved:
            self._unsaved = unsaved
            self.refresh()

    def restart(self) -> None:
        """Clear the last outcome, because other handling was saved."""
        self.outcome.value = ""
        self.refresh()

    def _options(self) -> list[tuple[str, str]]:
        if not self.senders:
            return [("A sender without a webhook", "")]
        return [(addresses.mask(sender.address), sender.sid) for sender in self.senders]

    def about(self) -> str:
        """Say what a click does."""
        if self._sends:
            return "Send a text from a phone of the sandbox to one of your senders, and see which webhook is called, and why."
        empty = "" if self.senders else "The pool is empty until Step 3. "
        return f"{empty}See which webhook would be called for a text, and why. Nothing is sent."

    def draft(self) -> str:
        """Return the text."""
        return str(self.fields["body"].widget.value)

    def problems(self) -> Sequence[Problem]:
        """Return the problems: an empty text, or a change above that is not saved."""
        found = [] if self.draft().strip() else [Problem("body", "Type a text to send, such as Hello.")]
        if self._unsaved is not None:
            sentence = f'This tries what is saved: "{TITLES[self._unsaved]}". To try your change, save it first.'
            found.append(Problem("sender", sentence, blocks=False))
        return found

    def label(self) -> str:
        """Return the button's label, which says whether a text is sent."""
        return "Send this text" if self._sends else "Predict what would happen"

    @property
    def _sends(self) -> bool:
        return self.conn.sandbox is not None and bool(self.senders)

    def act(self) -> str:
        """Send the text in the sandbox, or predict what would happen."""
        self.senders = calls.receiving_senders(self.conn, self.sid)  # Step 3 may have changed them
        fields.offer(self.fields["sender"], self._options())
        chosen = self.fields["sender"].widget.value
        sender = next((s for s in self.senders if s.sid == chosen), None)
        arrival = calls.try_arrival(self.conn, self.sid, sender, self.draft())
        prediction = "" if arrival.tried else cards.text("This is a prediction; no text was sent.")
        kept = cards.text(f"Logged as {arrival.message_sid}.") if arrival.message_sid else ""
        mood: cards.Mood = "warning" if "dropped" in arrival.sentence else "done" if arrival.tried else "note"
        return cards.card(mood, arrival.sentence, cards.steps(arrival.steps), kept, prediction)
