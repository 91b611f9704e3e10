"""Step 2: a form to choose how inbound texts are handled, and to try it with one text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import Problem
from msvc_toolkit.html import cards
from msvc_toolkit.inbound import calls
from msvc_toolkit.inbound.model import EFFECTS, MODES, TITLES, InboundDraft, Mode, inbound_of
from msvc_toolkit.private.arguments import also_called
from msvc_toolkit.rules import addresses
from msvc_toolkit.services.calls import fetch_service
from msvc_toolkit.widgets import fields, form
from msvc_toolkit.widgets.snippets import Act

_METHODS = [("POST", "POST"), ("GET", "GET")]


class InboundForm(form.Form):
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
            f"Step 2: inbound handling of {self.service.friendly_name}",
            [
                fields.choice("mode", "When a text arrives", [(TITLES[mode], mode) for mode in MODES], value=now.mode),
                fields.text(
                    "url",
                    "Webhook",
                    "The URL that Twilio calls when somebody texts a sender of the pool.",
                    value=now.url,
                    placeholder="https://example.com/sms",
                ),
                fields.choice("method", "Method", _METHODS, value=now.method),
                fields.text(
                    "fallback_url",
                    "Fallback URL",
                    "Called once when the webhook fails.",
                    value=now.fallback_url,
                    placeholder="https://example.com/fallback",
                ),
                fields.choice("fallback_method", "Fallback method", _METHODS, value=now.fallback_method),
            ],
        )
        self.on_done.append(self.trial.restart)

    def layout(self) -> list[Any]:
        """Put the effect below the mode and the trial at the end."""
        return [self._shown[0], self.effect, fields.grid(self._shown[1:]), *self.foot(), self.trial.view]

    def draft(self) -> InboundDraft:
        """Return the handling the inputs describe; only the mode with a webhook has URLs."""
        values = self.read()
        return InboundDraft(**values) if values["mode"] == "webhook" else InboundDraft(values["mode"])

    def refresh(self) -> None:
        """Show the mode's effect, and the URL inputs only where they count."""
        mode = self.fields["mode"].widget.value
        self.effect.value = cards.card("warning" if mode == "off" else "note", EFFECTS[mode])
        for view in self._shown[1:]:
            view.layout.display = "" if mode == "webhook" else "none"
        super().refresh()
        self.trial.tries(inbound_of(self.service), saved=self.draft() == inbound_of(self.service))

    def problems(self) -> Sequence[Problem]:
        """Return the problems; the effect of "off" is shown above the inputs already."""
        return [p for p in self.draft().problems() if p.blocks or p.field != "mode"]

    def label(self) -> str:
        """Return the button's label; it costs nothing."""
        return "Save inbound handling"

    def acts(self) -> Sequence[Act]:
        """Return the call that a click makes."""
        return [Act(("services", self.sid), "update", self.draft().params())]

    def static(self) -> str:
        """Return the three modes and their effects for a reader without a kernel."""
        return cards.table(["When a text arrives", "Effect"], [(TITLES[m], EFFECTS[m]) for m in MODES]) + cards.shown(
            self.outcome
        )

    def act(self) -> str:
        """Save the handling."""
        self.service = calls.set_inbound(self.conn, self.sid, self.draft())
        mode = inbound_of(self.service).mode
        return cards.card(
            "done" if mode != "off" else "warning",
            f"{self.service.friendly_name}: {TITLES[mode]}.",
            cards.text(EFFECTS[mode]),
            cards.text("Next: try it below, then do Step 3: add senders to the pool."),
        )


class TrialForm(form.Form):
    """Send one text to a pool member and see who would be called, and why.

    Args:
        conn: The account.
        sid: The Messaging Service.
    """

    css = "trial-form"
    part = True

    def __init__(self, conn: Connection, sid: str) -> None:
        self.sid = sid
        self.senders = calls.receiving_senders(conn, sid)
        self._unsaved: Mode | None = None
        super().__init__(
            conn,
            "Try it: a text arrives",
            [fields.choice("sender", "Text sent to", self._options()), fields.text("body", "Text", value="Hello")],
        )

    def tries(self, handling: InboundDraft, *, saved: bool) -> None:
        """Say which handling a text meets.

        Args:
            handling: What the account holds.
            saved: Whether that is also what the form above shows.
        """
        unsaved = None if saved else handling.mode
        if unsaved != self._unsaved:
            self._unsaved = unsaved
            self.refresh()

    def restart(self) -> None:
        """Forget the last outcome: another handling is saved now."""
        self.outcome.value = ""
        self.refresh()

    def _options(self) -> list[tuple[str, str]]:
        if not self.senders:
            return [("a sender without its own webhook (the pool is empty until Step 3)", "")]
        return [(addresses.mask(sender.address), sender.sid) for sender in self.senders]

    def draft(self) -> str:
        """Return the text."""
        return str(self.fields["body"].widget.value)

    def problems(self) -> Sequence[Problem]:
        """A text needs words; and a change that is not saved is not what is tried."""
        found = [] if self.draft().strip() else [Problem("body", "Type a text to send, such as Hello.")]
        if self._unsaved is not None:
            sentence = f'This tries what is saved: "{TITLES[self._unsaved]}". To try your change, save it first.'
            found.append(Problem("sender", sentence, blocks=False))
        return found

    def label(self) -> str:
        """Say whether a text really arrives."""
        if self.conn.sandbox is None or not self.senders:
            return "Predict what would happen"
        return "Send this text to the pool"

    def act(self) -> str:
        """Let the text arrive, or predict it."""
        self.senders = calls.receiving_senders(self.conn, self.sid)  # Step 3 may have changed them
        fields.offer(self.fields["sender"], self._options())
        chosen = self.fields["sender"].widget.value
        sender = next((s for s in self.senders if s.sid == chosen), None)
        arrival = calls.try_arrival(self.conn, self.sid, sender, self.draft())
        prediction = "" if arrival.tried else cards.text("This is a prediction; no text was sent.")
        kept = cards.text(f"Logged as {arrival.message_sid}.") if arrival.message_sid else ""
        mood: cards.Mood = "warning" if "dropped" in arrival.sentence else "done" if arrival.tried else "note"
        return cards.card(mood, arrival.sentence, cards.steps(arrival.steps), kept, prediction)
