"""Send one text, or one template, to a list: each recipient once, even if the kernel or the connection ends meanwhile."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msvc_toolkit.connection import Connection, asking
from msvc_toolkit.connection.records import records_of
from msvc_toolkit.errors import InvalidInput, OutcomeUnknown, Problem, ToolkitError, TwilioRefused, Unreachable, refuse
from msvc_toolkit.messages import opt_outs
from msvc_toolkit.messages.blast.ledger import Entry, ListLedger
from msvc_toolkit.messages.blast.recipients import Recipient, column_of, filled, quiet_until, read_table, recipients_of
from msvc_toolkit.messages.calls import Untraceable, look_up, recent_messages
from msvc_toolkit.messages.doubts import doubts_of
from msvc_toolkit.messages.model import Message, MessageDraft
from msvc_toolkit.private.arguments import Progress, draft_of, reporting
from msvc_toolkit.rules import error_codes
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.senders.calls import SenderTable
from msvc_toolkit.services.calls import sid_problems

FOLDER = "lists"
COLUMNS = ("row", "recipient", "outcome", "code", "sentence", "sid")
OUTCOMES = ("sent", "found", "refused", "unknown", "held back", "not sent", "left out")
DONE = frozenset({"sent", "found", "refused"})
"""States after which nothing more is done for a recipient."""
QUIET_HOURS = ("hold", "refuse", "ignore")
"""What can be done about recipients in quiet hours."""
LANDLINE = 30006
"""Twilio's error for a landline, or a carrier that cannot be reached. Source: error page 30006, read 2026-11-23."""
NEWEST = 1000
"""How many of the newest messages are read to know who opted out and which number is a landline; one request."""
OF_RECIPIENT = frozenset({21211, 21214, 21217, 21265, 21266, 21268, 21408, 21604, 21610, 21612, 21614, 21635, 63024})
"""Errors that concern only one recipient; any other error would also occur for the next one, so it stops the run.

Source: Twilio error dictionary, read 2026-11-23.
"""
PATIENCE = 8
"""How many requests in a row may fail, without Twilio refusing the message, before a run stops."""
HOLD_SECONDS, HOLD_MOST = 0.25, 30.0
"""How long all runs on a ledger wait after Twilio asked for fewer requests (429): the first value, doubled up to the second."""
_SOON = 1.0
_ENDED = ("delivered", "undelivered", "failed")
_LANDLINE_SENTENCE = (
    f"An earlier message to this number failed with error {LANDLINE}: it is a landline, or its carrier cannot be reached. "
    "If it takes texts now, send it one message by itself first."
)


def send_many(
    conn: Connection,
    recipients: Any,
    draft: MessageDraft | None = None,
    *,
    to_column: str | None = None,
    ledger: str | Path | None = None,
    pace: float | None = None,
    max_messages: int | None = None,
    quiet_hours: str = "hold",
    on_progress: Progress | None = None,
    stopped: Callable[[], bool] = lambda: False,
    **fields: Any,
) -> SenderTable:
    """Send one text to a list, to each recipient once.

    A ledger on disk records who was sent to. After a crash, a stop or an error, call it again with the same list: it sends
    to the rest. A message of unknown outcome is looked up in Twilio's log before anything is sent to that recipient
    again. Several kernels of one computer may work on one ledger at once.

    Args:
        conn: The account; a live one must be armed for these recipients.
        recipients: A CSV file's path, a DataFrame, or a list of numbers or of dicts.
        draft: The message; `to` is left empty, and `{name}` in its text, or in a value of a template's
            `content_variables`, is filled from the column of that name.
        to_column: The column with the recipients, where its name and content do not show it.
        ledger: A name, or the path of a file. When not given, each text has its own: the same text is not sent to anyone
            twice. To send it again, name another ledger.
        pace: Messages a second, of all kernels on the ledger together; as fast as Twilio answers when not given.
        max_messages: How many messages may be sent on this ledger, by all calls together.
        quiet_hours: What to do about US recipients in quiet hours. "hold" sends nothing to them now; call it again later
            with the same list. "refuse" sends nothing to anyone while a recipient is in quiet hours. "ignore" sends at
            any hour: for one-time codes and other essential messages. `rules/quiet_hours.toml` has the hours.
        on_progress: Called with how many are done, of how many, and a sentence.
        stopped: Asked before each message; True ends the run, and calling again goes on.
        fields: The fields of a `MessageDraft`, in place of a draft.

    Returns:
        The receipt, one line a row of the table: row, recipient, outcome ("sent", "found" in the log after an unclear
        answer, "refused", "unknown", "held back" in quiet hours, "not sent", "left out"), code, sentence, sid. Acceptance
        is not delivery.

    Raises:
        InvalidInput: The list, the text or the ledger cannot be used, or quiet hours are refused; nothing was sent.
        ToolkitError: This call could send nothing, for example because a live account is not armed. If it sent something,
            the receipt has the reason instead.

    Example:
        >>> import msvc_toolkit as msvc
        >>> conn = msvc.connect("sandbox", store=":memory:", clock="manual")
        >>> svc = msvc.create_service(conn, friendly_name="Orders")
        >>> _ = msvc.add_senders(conn, svc.sid, ["+14155550100"])
        >>> people = [{"to": "+14155550123", "name": "Ann"}, {"to": "+14155550124", "name": "Bo"}]
        >>> msvc.send_many(conn, people, body="Hi {name}", messaging_service_sid=svc.sid).outcome.tolist()
        ['sent', 'sent']
    """
    draft = draft_of(MessageDraft, draft, fields if draft is not None else {"to": "", **fields})
    sid = draft.messaging_service_sid
    refuse(sid_problems(sid) if sid else [])
    refuse(
        Problem(name, f"It must be a number above zero, not {value}.")
        for name, value in (("pace", pace), ("max_messages", max_messages))
        if value is not None and not value > 0
    )
    if quiet_hours not in QUIET_HOURS:
        raise InvalidInput(
            [Problem("quiet_hours", f"It must be one of {', '.join(QUIET_HOURS)}, not {quiet_hours!r}.")]
        )
    listed = filled(read_recipients(conn, recipients, sid or "", to_column), draft, conn.now)
    run = _Run(
        conn, listed, draft, ledger, 1 / pace if pace else 0.0, max_messages, keeps_quiet=quiet_hours != "ignore"
    )
    try:
        if quiet_hours == "refuse":
            run.refuse_quiet_hours()
        error = run.go(reporting(on_progress), stopped)
        if error is not None and not run.sent:
            raise error
        return run.receipt(str(error or ""))
    finally:
        run.ledger.close()


def read_recipients(
    conn: Connection,
    source: Any,
    service_sid: str,
    to_column: str | None = None,
    recent: Sequence[Message] | None = None,
) -> list[Recipient]:
    """Return the recipients in a table; those known to have opted out, and landlines, are marked as left out.

    Args:
        conn: The account.
        source: The table, as `send_many` takes it.
        service_sid: The service whose opt-outs apply.
        to_column: The column with the recipients.
        recent: The newest messages, if known.
    """
    rows = read_table(source)
    of = defaultdict[str, list[Message]](list)
    for message in recent_messages(conn, NEWEST) if recent is None else recent:
        of[(message.from_ if message.direction == "inbound" else message.to) or ""].append(message)

    def refused(to: str) -> str:
        asked = MessageDraft(to=to, messaging_service_sid=service_sid)
        if opt_outs.opted_out(conn, asked, of[to]):
            return opt_outs.SENTENCE
        last = next((m for m in of[to] if m.direction != "inbound" and m.status in _ENDED), None)
        return _LANDLINE_SENTENCE if last is not None and last.error_code == LANDLINE else ""

    return recipients_of(rows, to_column or column_of(rows), refused)


def progress_of(
    conn: Connection, listed: Sequence[Recipient], draft: MessageDraft, ledger: str | Path | None = None
) -> dict[str, str]:
    """Return the state of each recipient of a list; empty before its first run."""
    if not _path(conn, ledger, _text_key(conn, draft)).exists():
        return {}
    run = _Run(conn, listed, draft, ledger, 0.0, None)
    try:
        return {run.by_key[key].to: entry.state for key, entry in run.entries().items()}
    finally:
        run.ledger.close()


class _Run:
    """One run that sends to a list and records it in the ledger."""

    def __init__(
        self,
        conn: Connection,
        listed: Sequence[Recipient],
        draft: MessageDraft,
        ledger: str | Path | None,
        seconds: float,
        most: int | None,
        *,
        keeps_quiet: bool = False,
    ) -> None:
        self.conn, self.listed, self._seconds, self._most = conn, listed, seconds, most
        self._keeps_quiet = keeps_quiet
        self._kept = doubts_of(conn)
        self.by_key = {self._kept.key(MessageDraft(to=one.to)): one for one in listed if one.draft is not None}
        text = _text_key(conn, draft)
        self.ledger = ListLedger(_path(conn, ledger, text), text)
        self.sent = 0
        self._failed = 0
        self._left = dict[str, str]()  # recipients that this run leaves as they are, and why
        self._held = dict[str, datetime]()  # those of them in quiet hours, and until when
        self._stop: ToolkitError | None = None

    def go(self, report: Callable[[int, int, str], None], stopped: Callable[[], bool]) -> ToolkitError | None:
        """Send until nothing is left to do; return the error that stopped it, if any."""
        try:
            self._go(report, stopped)
        except ToolkitError as error:  # such as a ledger that cannot be written
            self._stop = error
        return self._stop

    def _go(self, report: Callable[[int, int, str], None], stopped: Callable[[], bool]) -> None:
        self.ledger.add(self.by_key)
        done = sum(entry.state in DONE for entry in self.entries().values())
        while not stopped() and self._stop is None:
            for key in [key for key, until in self._held.items() if until <= self.conn.now]:
                del self._held[key], self._left[key]
            todo, later = self.ledger.open({key: 0 for key in self.by_key if key not in self._left}, self._now)
            if not todo and later is None:
                break
            if not todo and later is not None:
                report(done, len(self.by_key), "Waiting a little before messages without an answer are looked up.")
                self.conn.wait(min(later, _SOON))
            for key in todo:
                if stopped() or self._stop is not None:
                    break
                done += self._one(key, stopped)
                report(done, len(self.by_key), f"{count(done, 'recipient')} of {len(self.by_key):,} done.")
        if self._held:
            held = count(len(self._held), "recipient")
            report(done, len(self.by_key), f"{count(done, 'recipient')} done, {held} held back in quiet hours.")

    def refuse_quiet_hours(self) -> None:
        """Raise InvalidInput where a recipient that is still to be sent to is in quiet hours."""
        done = {key for key, entry in self.entries().items() if entry.state in DONE}
        ends = [self._quiet_until(one) for key, one in self.by_key.items() if key not in done]
        if quiet := [end for end in ends if end is not None]:
            advice = "Nothing was sent. Send later, or give quiet_hours='hold' to send to the others now."
            raise InvalidInput([Problem("quiet_hours", f"{quiet_words(quiet)}. {advice}")])

    def _quiet_until(self, one: Recipient) -> datetime | None:
        return quiet_until(one.draft, self.conn.now) if one.draft is not None and self._keeps_quiet else None

    def entries(self) -> dict[str, Entry]:
        """Return what the ledger knows of the recipients of this list."""
        return {key: entry for key, entry in self.ledger.entries().items() if key in self.by_key}

    @property
    def _now(self) -> float:
        return self.conn.now.timestamp()

    def _one(self, key: str, stopped: Callable[[], bool]) -> bool:
        """Look up or send one recipient's message; return whether the recipient is done."""
        draft = self.by_key[key].draft
        assert draft is not None  # noqa: S101 - only such are in by_key
        named = self._kept.key(draft)
        while True:
            quiet = self._quiet_until(self.by_key[key])  # what has no answer is looked up in quiet hours, too
            most = self._most if quiet is None else 0
            claim = self.ledger.claim(key, named, self._now, most=most, seconds=self._seconds)
            if claim.may != "wait" or stopped():
                break
            self.conn.wait(min(claim.seconds, _SOON))
        if claim.may == "full" and quiet is not None:
            return self._hold_back(key, draft, quiet)
        if claim.may == "full":
            self._left[key] = f"All {count(self._most or 0, 'message')} of max_messages are used up on this ledger."
        if claim.may == "send":
            return self._send(key, draft)
        return claim.may == "look" and self._look(key, draft, claim.entry, named, quiet)

    def _hold_back(self, key: str, draft: MessageDraft, until: datetime) -> bool:
        """Leave a recipient in quiet hours for later."""
        self._held[key] = until if draft.send_at is None else datetime.max.replace(tzinfo=UTC)
        self._left[key] = (
            f"Quiet hours until {clock(until)}. Call send_many again after that."
            if draft.send_at is None
            else f"At send_at the recipient is in quiet hours until {clock(until)}. Send to this row in a list of its own, later."
        )
        return False

    def _look(self, key: str, draft: MessageDraft, entry: Entry, named: str, quiet: datetime | None) -> bool:
        """Look up a message of unknown outcome; send it if the log does not have it."""
        if entry.draft != named:
            return self._leave(
                key, "Its row was changed after a send that Twilio did not answer. Restore the row as it was."
            )
        try:
            found = look_up(self.conn, draft, datetime.fromtimestamp(entry.begun, UTC))
        except Untraceable as error:
            return self._leave(key, str(error))
        except ToolkitError as error:
            return self._fail(key, "unknown", error)
        if found:
            return self._settle(key, "found", sid=found[-1].sid)
        if quiet is not None:
            self.ledger.settle(key, "waiting")
            return self._hold_back(key, draft, quiet)
        self.ledger.ask(key, self._now)
        return self._send(key, draft)

    def _send(self, key: str, draft: MessageDraft) -> bool:
        try:
            with asking():
                sid = self.conn.client.messages.create(**draft.params()).sid
        except OutcomeUnknown as error:
            return self._fail(key, "unknown", error)
        except Unreachable as error:
            return self._fail(key, "waiting", error)
        except TwilioRefused as error:
            if error.status == 429:  # noqa: PLR2004 - HTTP's own number
                return self._fail(key, "waiting", error)
            if error.code in OF_RECIPIENT:
                return self._settle(key, "refused", code=error.code)
            self._stop = error
        except ToolkitError as error:
            self._stop = error
        else:
            self.sent += 1
            return self._settle(key, "sent", sid=sid)
        self.ledger.settle(key, "waiting")
        return False

    def _settle(self, key: str, state: Any, **more: Any) -> bool:
        self._failed = 0
        self.ledger.settle(key, state, **more)
        return True

    def _leave(self, key: str, why: str) -> bool:
        self._left[key] = why
        self.ledger.settle(key, "unknown")
        return False

    def _fail(self, key: str, state: Any, error: ToolkitError) -> bool:
        """Put a recipient back; after too many failures in a row, stop."""
        self.ledger.settle(key, state)
        self._failed += 1
        if self._failed >= PATIENCE:
            self._stop = error
        elif state == "waiting":
            self.ledger.hold_back(self._now + min(HOLD_SECONDS * 2**self._failed, HOLD_MOST))
        return False

    def receipt(self, stop: str) -> SenderTable:
        """Return the outcome of every row."""
        entries = self.ledger.entries()
        keys = {one.to: key for key, one in self.by_key.items()}
        rows = list[tuple[Any, ...]]()
        for one in self.listed:
            if one.draft is None:
                rows.append((one.row, one.to, "left out", None, one.left_out, ""))
                continue
            entry = entries.get(keys[one.to], Entry("waiting"))
            rows.append((one.row, one.to, *self._words(keys[one.to], entry, stop), entry.sid))
        table = SenderTable(rows, columns=list(COLUMNS))
        return table.astype({"code": "Int64"})

    def _words(self, key: str, entry: Entry, stop: str) -> tuple[str, int | None, str]:
        """Return a recipient's outcome, Twilio's code and a sentence."""
        if entry.state == "refused":
            return "refused", entry.code, error_codes.advice(entry.code)
        if entry.state == "found":
            return "found", None, "No readable answer came; Twilio's log has the message, so it was not sent again."
        if entry.state == "waiting" and key in self._held:
            return "held back", None, self._left[key]
        if entry.state == "waiting":
            return "not sent", None, self._left.get(key) or stop or "Call send_many again with the same list to go on."
        if entry.state == "sent":
            return "sent", None, ""
        why = "No readable answer came so far. Call send_many again with the same list: it is looked up first."
        return "unknown", None, self._left.get(key, why)


def quiet_words(ends: Collection[datetime]) -> str:
    """Say how many recipients are in quiet hours, and until when."""
    last = ", the last one" if len(ends) > 1 else ""
    return f"{count(len(ends), 'recipient is', 'recipients are')} in quiet hours{last} until {clock(max(ends))}"


def clock(at: datetime) -> str:
    """Write a time with the zone it is in."""
    return f"{at:%Y-%m-%d %H:%M} ({at.tzinfo})"


def _text_key(conn: Connection, draft: MessageDraft) -> str:
    return doubts_of(conn).key(replace(draft, to=""))


def _path(conn: Connection, ledger: str | Path | None, text: str) -> Path:
    """Return the ledger's file; a name means one in the toolkit's folder."""
    if isinstance(ledger, Path) or (ledger and Path(ledger).name != ledger):
        return Path(ledger)
    name = ledger or f"{text[:16]}.db"
    return records_of(conn, FOLDER) / (name if name.endswith(".db") else f"{name}.db")
