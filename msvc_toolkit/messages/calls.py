"""Step 4: send, predict the sender, follow the status, cancel, look up."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from msvc_toolkit.connection import Connection, asking
from msvc_toolkit.errors import InvalidInput, OutcomeUnknown, Problem, ToolkitError, TwilioRefused, Unreachable, refuse
from msvc_toolkit.messages import window
from msvc_toolkit.messages.doubts import Doubt, Doubts, doubts_of
from msvc_toolkit.messages.model import SOONEST, Message, MessageDraft, Prediction
from msvc_toolkit.private.arguments import also_called, draft_of
from msvc_toolkit.rules import addresses, prices, reply_window, segments, sender_ids, sender_selection
from msvc_toolkit.senders.inventory import pool_of
from msvc_toolkit.senders.model import Sender
from msvc_toolkit.services.calls import fetch_service, sid_problems
from msvc_toolkit.services.model import Service

RECENT = 200
"""How many of the newest messages are read to find each recipient's last sender and the sender used longest ago."""
CLOCKS_APART = timedelta(minutes=5)
"""How much this machine's clock and Twilio's may differ when a message of unknown outcome is looked up."""
SHORTLY = timedelta(hours=1)
"""How recent another program's message with the same text must be to suggest that it may send another one."""
LISTED = 200
"""How many of the newest messages to a recipient are searched."""
TRIAL_WORDS = "Sent from your Twilio trial account - "
"""What Twilio puts before the text on a trial account. Source: Twilio docs "Free trial account", read 2026-11-23."""
POLL_SECONDS = 0.25
POLL_SLOWEST_SECONDS = 4.0


def send(conn: Connection, draft: MessageDraft | None = None, *, again: bool = False, **fields: Any) -> Message:
    """Send a message, once.

    A draft whose last send got no readable answer is looked up in Twilio's log before it is sent again.

    Args:
        conn: The account; a live one must be armed for this recipient.
        draft: The message.
        again: Send it although an earlier send of the same draft may have been carried out.
        fields: The fields of a `MessageDraft`, in place of a draft.

    Returns:
        The message as Twilio took it, now or at the earlier send. Acceptance is not delivery: follow it with `watch` or
        `wait_until_final`.

    Raises:
        InvalidInput: The draft has problems; nothing was sent.
        TwilioRefused: Twilio refused it; nothing was sent.
        WritesNotArmed: The live account is not armed for it; nothing was sent.
        OutcomeUnknown: No readable answer came: call `send` again, or look it up with `look_up`. Or an earlier send of
            this draft cannot be distinguished from another program's message; then nothing was sent this time.
        ToolkitError: The record of the send cannot be written, for example because the disk is full; nothing was sent.

    Example:
        >>> import msvc_toolkit as msvc
        >>> conn = msvc.connect("sandbox", store=":memory:", clock="manual")
        >>> svc = msvc.create_service(conn, friendly_name="Orders")
        >>> _ = msvc.add_senders(conn, svc.sid, ["+14155550100"])
        >>> msg = msvc.send(conn, to="+14155550123", body="Hi", messaging_service_sid=svc.sid)
        >>> msg.status, msvc.wait_until_final(conn, msg.sid).status
        ('accepted', 'delivered')
    """
    sent = send_once(conn, draft_of(MessageDraft, draft, fields), again=again)
    if sent.how == "unclear":
        sids = ", ".join(f"{message.sid}{'' if message.body else ' (text redacted)'}" for message in sent.messages)
        raise OutcomeUnknown(
            f"An earlier send of this text got no answer. The log has {sids}, which may be that message or another program's; "
            "the log does not show whose. Nothing was sent this time. Check the log; to send it anyway, call "
            "send(conn, draft, again=True)."
        )
    return sent.messages[0]


class Untraceable(OutcomeUnknown):
    """The log cannot show the outcome of an earlier send: the message was deleted, or there are too many to search."""


@dataclass(frozen=True)
class Sent:
    """The outcome of a send."""

    # "sent" now; "found" in the log after an unclear send; "elsewhere": sent by another form or kernel meanwhile;
    # "unclear": the log has it, and it may be another program's
    how: Literal["sent", "found", "elsewhere", "unclear"]
    messages: tuple[Message, ...]  # the message, or those that may be it


def send_once(
    conn: Connection, draft: MessageDraft, *, again: bool = False, since: float | None = None, look: bool = False
) -> Sent:
    """Send a draft, unless an earlier send of it was carried out; see `send`.

    Args:
        conn: The account.
        draft: The message.
        again: Send it without looking up earlier sends.
        since: When given, a send of the same draft after this time (seconds since 1970) is reported in place of another.
        look: After an unclear answer, look the message up at once, and raise only when the log does not have it.
    """
    sid = draft.messaging_service_sid
    refuse([*draft.problems(conn.now), *(sid_problems(sid) if sid else [])])
    kept = doubts_of(conn)
    key = kept.key(draft)
    with kept.turn(key):
        if again:
            for doubt in kept.open(key):
                kept.drop(doubt)
        else:
            if found := _resolved(conn, kept, draft):
                return found
            if since is not None and (sids := list(kept.sent(key, since))):
                return Sent("elsewhere", (fetch_message(conn, sids[-1]),))
        return _sent(conn, kept, draft, look=look)


def _sent(conn: Connection, kept: Doubts, draft: MessageDraft, *, look: bool) -> Sent:
    """Send a draft; a record is written before the request leaves."""
    key, begun = kept.key(draft), conn.now
    before = None
    with suppress(ToolkitError):  # without it a lost answer is harder to look up, but the message is still sent
        before = _log_of(conn, draft)
    ours = kept.sent(key)
    shared = any(
        fits(message, draft) and message.sid not in ours and (message.date_created or begun) > begun - SHORTLY
        for message in before or ()
    )
    known = None if before is None else tuple(message.sid for message in before)
    doubt = kept.begin(key, draft.params()["to"], begun, known, shared=shared)
    try:
        with asking():
            message = _message(conn.client.messages.create(**draft.params()))
    except OutcomeUnknown as unclear:
        try:
            new = _new(_log_of(conn, draft), draft, doubt)
        except ToolkitError as error:
            raise OutcomeUnknown(f"{unclear} Looking it up failed: {error}") from None
        if known is not None and not shared and len(new) == 1:
            kept.keep(doubt, likely=new[0].sid)
        if look and (found := _resolved(conn, kept, draft)):
            return found
        raise OutcomeUnknown(
            f"{unclear} {f'The log has {new[0].sid}.' if new else 'It is not in the log so far, which may change.'}"
        ) from None
    except ToolkitError:  # refused, or it never left
        kept.drop(doubt)
        raise
    kept.drop(doubt)
    with suppress(ToolkitError):  # a record that cannot be read any more: it is sent nevertheless
        kept.settle(kept.open(key), key, message.sid)
    return Sent("sent", (message,))


def _resolved(conn: Connection, kept: Doubts, draft: MessageDraft) -> Sent | None:
    """Look up the messages of a draft's unclear sends; None when the log has none of them.

    The log does not show which program sent a message. A message counts as ours only if it was not there before the send,
    was the only new one right after it, and if no other program had sent this text to this recipient shortly before.

    Args:
        conn: The account.
        kept: Its doubts.
        draft: The draft.

    Raises:
        Untraceable: The message was deleted, or the recipient was sent too many messages since then.
        TwilioRefused: The log may not be read.
        Unreachable: The log cannot be read now.
    """
    key = kept.key(draft)
    doubts = kept.open(key)
    if not doubts:
        return None
    listed, likely = _log_of(conn, draft), {doubt.likely for doubt in doubts} - {""}
    ours = tuple(message for message in listed if message.sid in likely)
    if likely and not ours:
        ours = (_taken_before(conn, min(likely)),)
    found = ours or _new(listed, draft, doubts[0])
    if ours:
        kept.settle(doubts, key, ours[0].sid)
        return Sent("found", ours)
    return Sent("unclear", found) if found else None


def _taken_before(conn: Connection, sid: str) -> Message:
    """Return the message of an unclear send that is no longer among the recipient's newest messages.

    Raises Untraceable if it was deleted.
    """
    try:
        return fetch_message(conn, sid)
    except TwilioRefused as refused:
        if refused.status != 404:  # noqa: PLR2004 - HTTP's own number
            raise
        raise Untraceable(
            f"An earlier send of this text got no answer. Twilio took it as {sid}, which has been deleted since, so what "
            "became of it cannot be found out. Nothing was sent this time. To send the text again, call "
            "send(conn, draft, again=True)."
        ) from None


def _new(listed: Sequence[Message], draft: MessageDraft, doubt: Doubt) -> tuple[Message, ...]:
    """Return the messages since a send began that can be this draft.

    Raises Untraceable if the list does not reach back so far.
    """
    known = doubt.known
    if known and len(listed) >= LISTED and not {message.sid for message in listed} & set(known):
        raise Untraceable(
            f"An earlier send of this text got no answer, and the recipient was sent {LISTED} messages or more since then, "
            "too many to search. Nothing was sent this time. Look for the message in the Console. To send it anyway, call "
            "send(conn, draft, again=True)."
        )
    start = doubt.begun - CLOCKS_APART
    return tuple(
        message
        for message in listed
        if fits(message, draft)
        and (message.sid not in known if known is not None else (message.date_created or start) >= start)
    )


def settle(conn: Connection, draft: MessageDraft, sid: str) -> None:
    """Record that a draft of unknown outcome became this message, so that it is not looked up again."""
    kept = doubts_of(conn)
    key = kept.key(draft)
    kept.settle(kept.open(key), key, sid)


def _log_of(conn: Connection, draft: MessageDraft) -> list[Message]:
    """Return the newest messages to a draft's recipient."""
    with asking():
        listed = conn.client.messages.list(to=draft.params()["to"], limit=LISTED, page_size=LISTED)
    return [_message(item) for item in listed]


def fits(message: Message, draft: MessageDraft) -> bool:
    """Return whether a message in the log can be this draft: every field that the API shows is the same.

    The API shows no media addresses, no scheduled time and no validity period. Of media only the number is compared.
    Smart Encoding may have replaced characters, a trial account puts words before the text, and the text of a
    redacted message is empty. The text of a template is not known here, so any text can be it, and any link can be the
    short form of a link.

    Source: Messages resource, redacting a message (read 2026-11-23).
    """
    sent, body = draft.params(), draft.body
    bodies = {body} if draft.smart_encoded is False else {body, segments.smart_encode(body)}
    waiting = message.status in ("scheduled", "canceled")
    at = draft.send_at
    in_time = (
        message.status != "scheduled" if at is None else waiting or (message.date_sent or at - SOONEST) > at - SOONEST
    )
    sender = addresses.read(draft.from_) if draft.from_ else None
    by_service = draft.messaging_service_sid or (draft.from_ if sender is None else None)
    return (
        message.direction == "outbound-api"
        and message.to == sent["to"]
        and (
            draft.content_sid is not None
            or not message.body
            or message.body.removeprefix(TRIAL_WORDS) in bodies
            or message.body in bodies
            or (draft.shorten_urls and any(_shortened(one).fullmatch(message.body) for one in bodies))
        )
        and (draft.content_sid is not None or message.num_media == len(draft.media_url))
        and message.messaging_service_sid == by_service
        and (sender is None or message.from_ == sender.text)
        and in_time
    )


def _shortened(body: str) -> re.Pattern[str]:
    """Return a pattern of a text whose links may have been replaced by short ones."""
    return re.compile(r"\S+".join(map(re.escape, re.split(r"https?://\S+", body, flags=re.IGNORECASE))))


def fetch_message(conn: Connection, sid: str) -> Message:
    """Return one message.

    Raises:
        InvalidInput: The SID is not valid.
        TwilioRefused: The account has no such message (404, 20404).
    """
    _check_sid(sid)
    with asking():
        return _message(conn.client.messages(sid).fetch())


def _check_sid(sid: str) -> None:
    if not (isinstance(sid, str) and sid[:2] in ("SM", "MM") and len(sid) == 34):  # noqa: PLR2004 - letters and digits
        shown = addresses.mask_in(str(sid))[:40]
        sentence = f"A message SID must be SM or MM followed by 32 hexadecimal digits, not {shown!r}. `send` returns it as .sid."
        raise InvalidInput([Problem("sid", sentence)])


def recent_messages(conn: Connection, limit: int = RECENT) -> list[Message]:
    """Return the newest messages of the account, newest first."""
    with asking():
        return [_message(item) for item in conn.client.messages.list(limit=limit)]


def cancel_message(conn: Connection, sid: str) -> Message:
    """Cancel a scheduled message before its time.

    Raises:
        InvalidInput: The SID is not valid.
        TwilioRefused: It is too late (30409), or there is no such message (30404).
    """
    _check_sid(sid)
    with asking():
        return _message(conn.client.messages(sid).update(status="canceled"))


def look_up(conn: Connection, draft: MessageDraft, since: datetime, known: Collection[str] = ()) -> list[Message]:
    """Find messages that may be this one, after a send whose outcome is unknown.

    Args:
        conn: The account.
        draft: What was sent.
        since: A time before it was sent; clocks may differ by `CLOCKS_APART`.
        known: SIDs of messages that were there before.

    Returns:
        Messages since then that are equal in every field the API shows, newest first; empty when Twilio has none
        yet. The log does not show which program sent a message, so another program's may be among them.

    Raises:
        Untraceable: The recipient was sent too many messages since then to search them all.
    """
    listed, start = _log_of(conn, draft), since - CLOCKS_APART
    if len(listed) >= LISTED and all(message.date_created and message.date_created >= start for message in listed):
        raise Untraceable(
            f"The recipient was sent {LISTED} messages or more since then, too many to search. Nothing was sent this time. "
            "Look for the message in the Console."
        )
    return [
        message
        for message in listed
        if message.sid not in known and fits(message, draft) and message.date_created and message.date_created >= start
    ]


@dataclass(frozen=True)
class Seen:
    """A status and when it was first seen.

    Args:
        message: The message in that status.
        after_seconds: Seconds waited until then.
    """

    message: Message
    after_seconds: float


@also_called(seconds="timeout", stopped="cancelled")
def watch(
    conn: Connection, sid: str, *, timeout: float = 120.0, cancelled: Callable[[], bool] = lambda: False
) -> Iterator[Seen]:
    """Follow a message: one entry for each status as it is seen, until a final one.

    Args:
        conn: The account.
        sid: The message.
        timeout: How many seconds to follow it at most; a message may stay "sent" forever on routes without receipts.
        cancelled: Asked before each look; True ends it.
    """
    waited, pause, last = 0.0, POLL_SECONDS, ""
    while not cancelled():
        message = fetch_message(conn, sid)
        if message.status != last:
            last, pause = message.status, POLL_SECONDS
            yield Seen(message, waited)
        if message.final or message.status == "scheduled" or waited >= timeout:
            return
        conn.wait(pause)
        waited += pause
        if conn.sandbox is None:
            pause = min(pause * 1.5, POLL_SLOWEST_SECONDS)


@also_called(seconds="timeout")
def wait_until_final(conn: Connection, sid: str, timeout: float = 120.0) -> Message:
    """Return the message once its status is final, or as it is after that many seconds."""
    seen = list(watch(conn, sid, timeout=timeout))
    return seen[-1].message


def predict_sender(
    conn: Connection,
    draft: MessageDraft,
    *,
    service: Service | None = None,
    pool: Sequence[Sender] | None = None,
    recent: Sequence[Message] | None = None,
) -> Prediction:
    """Predict which sender the service would choose for this message, and why; nothing is sent.

    The recipient's last sender and the sender used longest ago are read from the newest messages; no API returns them.

    Args:
        conn: The account.
        draft: The message; only its recipient, service, From and media count.
        service: The service, if known.
        pool: Its pool, if known.
        recent: The newest messages, if known; an empty list means that the recipient has had no message yet.
    """
    if draft.from_ and not draft.from_.startswith("MG"):
        to = addresses.read(draft.to)
        caveats = (
            *(() if draft.content_sid else window.caveats(conn, draft.from_, to, _recent(conn, draft, recent))),
            *_registration(conn, addresses.read(draft.from_), to, draft.send_at),
        )
        return Prediction(
            None, f"{addresses.mask_in(draft.from_)} is given as From, so Twilio selects no sender.", caveats
        )
    to, sid = addresses.read(draft.to), draft.messaging_service_sid or draft.from_ or ""
    wrong = addresses.recipient_problem(draft.to)
    problems = [*([wrong] if wrong is not None and wrong.blocks else []), *sid_problems(sid)]
    if problems or to is None:
        raise InvalidInput(problems)
    service = service or fetch_service(conn, sid)
    members = pool_of(conn, sid) if pool is None else pool
    newest = recent_messages(conn) if recent is None else recent
    # A refused attempt is in the list too, with no segments: it used no sender.
    past = [m for m in newest if m.from_ and m.direction != "inbound" and m.num_segments]
    remembered = next((m.from_ for m in past if m.to == to.text and m.messaging_service_sid == sid), None)
    sids = {member.address: member.sid for member in members}
    used = {sids[m.from_]: float(-age) for age, m in reversed(list(enumerate(past))) if m.from_ in sids}
    considered = sender_selection.Pool(
        senders=tuple(_candidate(member) for member in members if addresses.read(member.address)),
        area_code_geomatch=bool(service.settings["area_code_geomatch"]),
        sticky_sender=bool(service.settings["sticky_sender"]),
        remembered=remembered,
        last_used=used,
    )
    choice = sender_selection.choose(to, considered, media=bool(draft.media_url))
    chosen = choice.sender.address if choice.sender else None
    caveats = (
        *(() if draft.content_sid else window.caveats(conn, chosen.text if chosen else None, to, newest)),
        *_registration(conn, chosen, to, draft.send_at),
    )
    return Prediction(choice, choice.sentence, (*caveats, *_caveats(choice, conn)))


def _recent(conn: Connection, draft: MessageDraft, recent: Sequence[Message] | None) -> Sequence[Message]:
    """Return the newest messages if a From needs them: on a live account, for the 24-hour window."""
    if recent is not None or conn.sandbox is not None or not reply_window.applies(addresses.read(draft.to)):
        return recent or ()
    return recent_messages(conn)


def _registration(
    conn: Connection, sender: addresses.Address | None, to: addresses.Address | None, send_at: datetime | None
) -> tuple[str, ...]:
    """Say whether an alphanumeric sender ID has to be registered in the recipient's country on the day it is sent."""
    if sender is None or sender.kind != "alphanumeric" or to is None:
        return ()
    if conn.sandbox is not None and conn.sandbox.sender_id_registered(sender.text, to.country):
        return ()
    advice = sender_ids.advice(to.country, (send_at or conn.now).date())
    return (advice,) if advice else ()


def _caveats(choice: sender_selection.Choice, conn: Connection) -> tuple[str, ...]:
    if conn.sandbox is not None or choice.sender is None:
        return ()
    caveats = [
        "Twilio may choose another sender: it also considers queues, carriers and messages older than the newest 200."
    ]
    if choice.sender.address.channel == "rcs":
        caveats.append("RCS needs a phone that supports it; otherwise Twilio uses the next kind of sender.")
    return tuple(caveats)


def _candidate(member: Sender) -> sender_selection.PoolMember:
    address = addresses.read(member.address, member.country or None)
    assert address is not None  # noqa: S101 - filtered by the caller
    countries = frozenset({member.iso_country_code}) if member.iso_country_code else frozenset[str]()
    return sender_selection.PoolMember(member.sid, address, frozenset(member.capabilities), countries)


def _message(item: Any) -> Message:
    if not item.sid:  # a read: writes were checked before
        raise Unreachable("Twilio's answer has no message in it. Try again in a minute; nothing was changed.")
    return Message(
        sid=item.sid,
        status=str(item.status),
        to=item.to,
        from_=item.from_ or None,
        messaging_service_sid=item.messaging_service_sid,
        body=item.body or "",
        direction=str(item.direction),
        num_segments=int(item.num_segments or 0),
        num_media=int(item.num_media or 0),
        error_code=item.error_code,
        date_created=item.date_created,
        date_sent=item.date_sent,
        price=prices.shown(item.price, item.price_unit),
    )
