"""A phone in the notebook: read its texts, answer them, text STOP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import ipywidgets as widgets

from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import Problem, ToolkitError
from msvc_toolkit.html import cards
from msvc_toolkit.inbound.model import KEYWORDS
from msvc_toolkit.inspector import calls
from msvc_toolkit.inspector.records import Record, bubble, phone_of, state_words
from msvc_toolkit.inspector.refresh import Ticker
from msvc_toolkit.private.turns import in_turn
from msvc_toolkit.rules import addresses, reply_window
from msvc_toolkit.widgets import fields, form
from msvc_toolkit.widgets.screen import box

HELD = 50
"""How many texts are shown at first, and how many more each time."""
ANSWER_SECONDS = 5
"""Seconds that one click lets pass: enough for an answer to be sent and delivered."""
WORDS = ("STOP", "START", "HELP")
REAL = "A live account writes to real phones: use one of your own. Only a sandbox has phones to look at here."
MANUAL = "This sandbox's clock is stopped: nothing arrives until you let time pass."


class Handset(form.Form):
    """A phone of the sandbox: what the account's senders wrote to it, and a way to answer.

    Args:
        conn: A sandbox; on a live account it only says that a real phone is needed.
        number: The phone, E.164 or a channel address such as ``whatsapp:+14155550123``.

    Attributes:
        held: The messages on the phone and on their way to it, oldest first.
        new: The SIDs of the messages that came since it was last read.

    Raises:
        InvalidInput: `number` is not a phone's number.
    """

    css = "handset"

    def __init__(self, conn: Connection, number: str) -> None:
        self.number = phone_of(number)
        self.held: list[Record] = []
        self.new: frozenset[str] = frozenset()
        self._read: set[str] = set()
        self._limit = HELD
        self._errand: Callable[[], str] | None = None
        self._ticker = Ticker((id(conn.sandbox), self.number), self._tick, self._untick)
        self.manual = conn.sandbox is not None and conn.sandbox.clock == "manual"
        self.screen, self.news = fields.html("screen"), fields.html("new")
        self.window = fields.html("window")
        self.presses = box("act presses", [], row=True)
        self._pressable: list[tuple[str, str]] = []
        self.earlier = fields.button("Show earlier texts", "earlier", self._more)
        self.links = box("act", [], row=True)
        self.links.layout.display = "none"
        self.words = [fields.button(word, f"word-{word.lower()}", partial(self._go, word)) for word in WORDS]
        self.again = fields.button("Check for new texts", "look-again", self._check)
        self.step = fields.button(f"Let {ANSWER_SECONDS} seconds pass", "step", self._pass_time)
        self.step.layout.display = "" if self.manual else "none"
        self.follow = widgets.ToggleButton(description="Refresh automatically", layout=widgets.Layout(width="auto"))
        self.follow.add_class("msvc-follow")
        fields.on_change(self.follow, lambda on: self._follow(on=on))
        now = conn.sandbox.handset_state(self.number) if conn.sandbox is not None else None
        super().__init__(
            conn,
            f"Handset {addresses.mask(self.number)}",
            [
                fields.choice(
                    "thread", "Answer to", [("nobody yet", "")], "Which of the account's senders the phone texts."
                ),
                fields.text("body", "Text", lines=2, placeholder="Thank you", read=str),
                fields.choice(
                    "state",
                    "This handset is",
                    _states(conn) or [("", "")],
                    "Applies to messages that are sent from now on.",
                    value=now,
                ),
            ],
        )
        if conn.sandbox is not None:
            self._load()
            self.look_again()  # messages that are there already count as read

    def layout(self) -> list[Any]:
        """Put the screen first, then the phone's buttons, then its state."""
        if self.conn.sandbox is None:
            return [widgets.HTML(cards.card("note", REAL))]
        thread, body, state = self._shown
        send = box("act", [self.button, *self.words, self.missing], row=True)
        look = box("act", [self.again, self.follow, self.step, self.news], row=True)
        phone = box("column", [self.earlier, self.screen, self.presses, self.links, look])
        return [box("two", [phone, box("column", [thread, self.window, body, send, self.outcome, state])])]

    def draft(self) -> tuple[str, str]:
        """Return which sender is answered, and the text."""
        return str(self.fields["thread"].widget.value), str(self.fields["body"].widget.value)

    def problems(self) -> Sequence[Problem]:
        """Return what prevents sending the text."""
        if self.conn.sandbox is None:
            return [Problem("", REAL)]
        if isinstance(self._errand, partial) or self._errand == self._wait:  # a link, or time: no sender is needed
            return []
        sender, body = self.draft()
        found = [] if sender else [Problem("thread", "The account has no sender that this phone could text.")]
        if self._errand is None and not body.strip():
            found.append(Problem("body", "Type a text, or click one of the words."))
        return found

    def label(self) -> str:
        """Return the button's label; a phone of the sandbox costs nothing."""
        return "Send"

    def act(self) -> str:
        """Send the typed text or the clicked word, or let time pass."""
        errand, self._errand = self._errand, None
        if errand is not None:
            outcome = errand()
        else:
            sender, body = self.draft()
            outcome = self._text(sender, body)
            self.fields["body"].widget.value = ""
            self.view.children[-1].focus(".msvc-field-body")  # the clicked button is off now
        self._touched.clear()
        self.look_again()
        return outcome

    def refresh(self) -> None:
        """Draw everything; an empty phone is a hint, not a problem."""
        super().refresh()
        if self.draft()[0]:
            hint = "Type a text, or press one of the words." if self.button.disabled and not self.busy else ""
            self.missing.value = cards.text(hint, css="msvc-help") if hint else ""
        self.window.value = self._window_card()

    def _window_card(self) -> str:
        """Say until when the chosen sender may send free text to this phone; empty on channels without a window."""
        to, sender = addresses.read(self.number), self.draft()[0]
        if to is None or not sender or not reply_window.applies(to):
            return ""
        closes, now = calls.sandbox_of(self.conn).window_closes(self.number, sender), self.conn.now
        soon = closes is None or closes - now <= reply_window.SOON
        if closes is None or closes <= now:
            sentence = "You can write at any time. Until you do, it may send you only approved templates."
        else:
            sentence = reply_window.sentence(to, closes, now)
        return cards.block(cards.card("warning" if soon else "note", f"{addresses.mask(sender)}: {sentence}"))

    def look_again(self) -> None:
        """Read the phone again; messages that were on the screen before count as read."""
        self._read.update(record.sid for record in self.held if record.arrived)
        try:
            self._load()
            state = calls.sandbox_of(self.conn).handset_state(self.number)
            fields.offer(self.fields["state"], _states(self.conn))
            self.fields["state"].widget.value = state
        except Exception as error:  # noqa: BLE001 - an exception in a callback shows nowhere else
            self.last_error, self.outcome.value = error, cards.error(error)
            return
        self._draw()
        self.retell()

    def _check(self) -> None:
        """Read the phone again after a click, and say so if nothing is new."""
        self.look_again()
        if not self.new:
            self.news.value = cards.block(cards.text("Nothing new."))

    def close(self) -> None:
        """Close the phone: stop reading it and remove it from the screen."""
        self._ticker.stop()
        super().close()

    def static(self) -> str:
        """Return the conversation without times of day."""
        return cards.card("note", REAL) if self.conn.sandbox is None else self._conversation(times=False)

    def _ipython_display_(self) -> None:
        super()._ipython_display_()
        if self.conn.sandbox is not None and not self.manual:
            self.follow.value = True

    def _changed(self, name: str) -> None:
        if name == "state":
            try:
                calls.sandbox_of(self.conn).handset(self.number, self.fields["state"].widget.value)
            except ToolkitError as error:
                self.last_error, self.outcome.value = error, cards.error(error)
        super()._changed(name)

    def _go(self, word: str) -> None:
        self._send_off(lambda: self._text(self.draft()[0], word))

    def _pass_time(self) -> None:
        self._send_off(self._wait)

    def _send_off(self, errand: Callable[[], str]) -> None:
        """Run an action in place of sending the typed text, unless a click is still running."""
        if self.busy:
            return
        before, self._errand = self._worker, errand
        self._start()
        if self._worker is before:  # it was not started
            self._errand = None

    def _wait(self) -> str:
        self.conn.wait(ANSWER_SECONDS)
        return ""

    def _open(self, sid: str, short: str) -> str:
        leads = calls.sandbox_of(self.conn).click(sid, link=short)
        if leads is None:
            return cards.card(
                "warning", f"{short} leads nowhere: it is older than 90 days and there is no fallback URL."
            )
        return cards.card("done", f"{short} leads to {leads}")

    def _offer_links(self) -> None:
        """Put a button for each short link of the newest text that has any."""
        arrived = (record for record in reversed(self.held) if record.arrived and not record.inbound)
        found = next(((one.sid, links) for one in arrived if (links := calls.links(self.conn, one))), ("", []))
        buttons = [
            fields.button(f"Open {short}", "open-link", partial(self._send_off, partial(self._open, found[0], short)))
            for short in found[1]
        ]
        if [one.description for one in buttons] != [one.description for one in self.links.children]:
            self.links.children = buttons
        self.links.layout.display = "" if buttons else "none"

    def _text(self, sender: str, body: str) -> str:
        return self._received(sender, calls.text(self.conn, self.number, sender, body))

    def _received(self, sender: str, received: Mapping[str, Any]) -> str:
        """Say what became of a text or a press."""
        steps = cards.fold("Which webhook is called", cards.steps(map(addresses.mask_in, received["steps"])))
        keyword = f"{KEYWORDS[received['keyword']]} " if received["keyword"] else ""
        if received["sid"] is None:
            dropped = f"{keyword}The text to {addresses.mask(sender)} is dropped; Twilio keeps no record of it."
            return cards.card("warning", dropped, steps)
        waits = cards.text(MANUAL) if self.manual else ""
        return cards.card("done", f"Sent to {addresses.mask(sender)}. {keyword}".strip(), steps, waits)

    def _more(self) -> None:
        self._limit += HELD
        self.look_again()

    @in_turn
    def _load(self) -> bool:
        """Read the phone's messages and return whether anything has changed."""
        held = calls.inbox(self.conn, self.number, self._limit)
        changed, before, self.held = held != self.held, self.new, held
        self.new = frozenset(record.sid for record in held if record.arrived and not record.inbound) - self._read
        senders = calls.threads(self.conn, self.number, held)
        options = [(addresses.mask(sender), sender) for sender in senders] or [("nobody yet", "")]
        fields.offer(self.fields["thread"], options)
        if self.new - before and not self.draft()[1]:  # not while somebody types
            self.fields["thread"].widget.value = options[0][1]
        return changed

    @in_turn
    def _draw(self) -> None:
        self.screen.value = self._conversation(times=True)
        count = len(self.new)
        self.news.value = cards.block(cards.text(f"{count} new")) if count else ""
        self._offer_presses()
        self._offer_links()
        self.earlier.layout.display = "" if len(self.held) >= self._limit else "none"
        self.refresh()

    def _offer_presses(self) -> None:
        """Offer the buttons of the newest text that has some."""
        last = next((one for one in reversed(self.held) if one.buttons and one.arrived), None)
        titles = [button["title"] for button in last.buttons if button["kind"] in ("reply", "list")] if last else []
        pressable = [(last.sid, title) for title in titles] if last else []
        if pressable != self._pressable:
            self._pressable, old = pressable, self.presses.children
            self.presses.children = [
                fields.button(f"Press “{title}”", "press", partial(self._press, sid, title)) for sid, title in pressable
            ]
            form.close(old)

    def _press(self, sid: str, title: str) -> None:
        self._send_off(
            lambda: self._received(next(r.from_ for r in self.held if r.sid == sid), calls.press(self.conn, sid, title))
        )

    def _conversation(self, *, times: bool) -> str:
        if not self.held:
            return cards.block(cards.text("No texts yet. What the account sends to this number appears here."))
        bubbles = [bubble(record, new=record.sid in self.new, times=times) for record in self.held]
        return cards.conversation(f"Texts of {addresses.mask(self.number)}", bubbles)

    def _follow(self, *, on: bool) -> None:
        self.follow.description = "Stop refreshing" if on else "Refresh automatically"
        if on:
            self._ticker.start()
        else:
            self._ticker.stop()

    def _tick(self) -> bool:
        if self.view.comm is None:  # it was closed
            self._ticker.stop()
            return False
        changed = self._load()
        if changed:
            self._draw()
            self.retell()
        self.window.value = self._window_card()  # its minutes run down even if nothing else changes
        return changed

    def _untick(self, why: str) -> None:
        self.follow.value = False
        self.news.value = cards.block(cards.text(f"It no longer refreshes automatically. {why}"))


def _states(conn: Connection) -> list[tuple[str, str]]:
    """Return the states that a handset can have, in words."""
    states = conn.sandbox.handset_states if conn.sandbox is not None else {}
    return [(state_words(*item), item[0]) for item in states.items()]
