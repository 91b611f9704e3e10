"""The delivery of a message, decided once: its sender, the time of each status, and its final status."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import itemgetter

from msvc_toolkit.rules import addresses, reply_window, sender_ids, sender_selection
from msvc_toolkit.sandbox.messages import (
    a2p_registration,
    callbacks,
    carriers,
    compliance,
    opt_out,
    sender_id_registration,
    sender_pool,
    short_links,
    templates,
)
from msvc_toolkit.sandbox.messages.outcomes import DELIVERED, HANDSETS, Ending, ending
from msvc_toolkit.sandbox.messages.short_links import DUE
from msvc_toolkit.sandbox.settings import SandboxSettings
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

NOT_IN_POOL = 21606
"""A From outside the service's pool; no code is documented. Source: older catch-all for unusable From numbers."""
NO_SERVICE = 21701
QUEUE_FULL = 30001
TOO_OLD = 30036
OFF = HANDSETS["off"]

_NEVER = 1 << 62

_COLUMNS = tuple(
    "seq sid account_sid service_sid sender_sid from_ explicit to_ body direction num_segments num_media "
    "price outcome error_code options decision date_created queued sending sent ended priced touched due".split()
)
_INSERT = f"INSERT INTO message ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
_FIRST_DUE = (
    "SELECT min(due) AS due FROM (SELECT min(due) AS due FROM message UNION ALL SELECT min(due) FROM shortened)"
)
_values = itemgetter(*_COLUMNS)
_BLANK: Row = dict.fromkeys(_COLUMNS)

_DELIVERY = tuple(
    "sender_sid from_ num_segments outcome error_code options decision queued sending sent ended price priced due".split()
)
_SET_DELIVERY = f"UPDATE message SET {', '.join(f'{name} = ?' for name in _DELIVERY)} WHERE seq = ?"  # noqa: S608


@dataclass(frozen=True)
class MessageSender:
    """The sender of a message."""

    sid: str  # the sender's SID; the sender ID itself for an alphanumeric one given as From
    address: addresses.Address  # what the recipient sees
    standing: str = "good"  # how carriers treat it: good, unregistered, unverified or filtered


@dataclass(frozen=True)
class SendQueue:
    """The queue of a sender."""

    name: str  # the sender's SID, or its campaign's: a registered number shares its campaign's queue with the others
    rate: float  # segments a second
    known: a2p_registration.Registration


def release(
    store: SandboxStore,
    settings: SandboxSettings,
    row: Row,
    to: addresses.Address,
    by: MessageSender | None,
    start: int,
    *,
    unblocked: bool = False,
) -> None:
    """Choose a message's sender, unless one was given, and fill in the times and the final status of its delivery.

    `unblocked` is for a confirmation, which also reaches a person who has opted out.
    """
    row["due"] = None
    if (held := compliance.hold(store, row, to, start)) is not None:
        _hold(store, row, held, start)
        return
    queued = start + settings.accepted_ms if row["service_sid"] else start
    if row["service_sid"] and by is None:
        chosen = sender_pool.choose_for(store, row["service_sid"], to, media=row["num_media"] > 0, settings=settings)
        row["decision"] = chosen.decision
        if chosen.sender is None:
            _fail(row, chosen.error_code, queued)
            return
        by = MessageSender(chosen.sender.sid, chosen.sender.address, sender_pool.standing(store, chosen.sender.sid))
    elif by is not None and row["service_sid"] and not sender_pool.holds(store, row["service_sid"], by.address.text):
        _add_step(store, row, "pool", "It is not in the service's pool, so the service cannot send with it.")
        _fail(row, NOT_IN_POOL, queued)
        return
    assert by is not None  # noqa: S101 - a message without a service has a From
    row["sender_sid"], row["from_"] = by.sid, by.address.text
    _run(store, settings, row, to, by, queued, unblocked=unblocked)


def _hold(store: SandboxStore, row: Row, held: int | datetime, start: int) -> None:
    """Reschedule a message that fell into quiet hours, or block it."""
    if isinstance(held, int):
        _fail(row, held, start)
        what = "and rescheduling it failed" if held == compliance.NOT_RESCHEDULED else "which block it"
        _add_step(store, row, "quiet hours", f"It fell into the recipient's quiet hours, {what} ({held}).")
        return
    row["due"] = int(held.timestamp() * 1000)
    options = json.loads(row["options"]) if row["options"] else {}
    row["options"] = json.dumps({**options, "send_at": row["due"]})


def _run(
    store: SandboxStore,
    settings: SandboxSettings,
    row: Row,
    to: addresses.Address,
    by: MessageSender,
    queued: int,
    *,
    unblocked: bool,
) -> None:
    """Put the message into its sender's queue and fill in its delivery."""
    opted_out = not unblocked and opt_out.blocked(store, row["service_sid"], by.sid, to.text)
    end = HANDSETS["opted out"] if opted_out else ending(store, to, by.address, by.standing)
    if by.address.channel == "rcs" and not end.early and not settings.rcs_reachable:
        end = OFF
    if end.early or (stopped := compliance.stop(store, row, by.sid, to)) is not None:
        _fail(row, end.code if end.early else stopped, queued)
        return
    mms = row["sid"].startswith("MM")
    queue = _queue(store, settings, to, by, queued, mms=mms)
    begins = max(queued + settings.queued_ms, sender_pool.queue_of(store, queue.name))
    sending = round(begins)
    expires = queued + 1000 * _validity_seconds(store, settings, row)
    full = sending - queued > settings.queue_ms(by.address)
    if full or sending > expires:
        sender_pool.used(store, by.sid, row["seq"], sender_pool.queue_of(store, by.sid))  # the next sender's turn
        row["queued"] = None if full else queued
        _fail(row, QUEUE_FULL if full else TOO_OLD, queued if full else expires)
        return
    row["queued"] = queued
    unsent = None
    if "shorten_urls" in (row["options"] or ""):
        unsent = short_links.shorten(store, settings, row, sending, partial(_add_step, store, row))
    free = begins + 1000 * max(row["num_segments"], 1) / queue.rate  # unrounded: rounding turns 225 a second into 250
    sender_pool.used(store, queue.name, row["seq"], free)
    if by.sid != queue.name:  # a campaign's message does not delay its number's messages to other countries
        sender_pool.used(store, by.sid, row["seq"], sender_pool.queue_of(store, by.sid))
    row["sending"] = sending
    if unsent is not None:
        _refuse(row, unsent, sending + settings.sending_ms)
        return
    rcs_off = by.address.channel == "rcs" and end is OFF
    if rcs_off or end.status == "failed":
        code = sender_selection.RCS_UNREACHABLE if rcs_off else end.code
        _refuse(row, code, sending + settings.sending_ms)
        return
    if to.channel is not None and (refused := templates.refusal(store, settings, row, by.sid, to, sending)):
        _refuse(row, refused[0], sending + settings.sending_ms)
        rule = "24-hour window" if refused[0] == reply_window.OUTSIDE else "template"
        _add_step(store, row, rule, refused[1])
        return
    row["sent"] = sending + settings.sending_ms
    row["ended"] = row["sent"] + settings.sent_ms
    if end is DELIVERED:
        end = _registered(store, row, to, by, queue, sending)
    row["outcome"], row["error_code"] = end.status, end.code
    row["price"] = settings.price(row["num_segments"], to, mms=mms)
    row["priced"] = row["ended"] + settings.priced_ms


def _registered(
    store: SandboxStore, row: Row, to: addresses.Address, by: MessageSender, queue: SendQueue, sending: int
) -> Ending:
    """Return how a deliverable message ends, given its sender's registration."""
    end, mms = DELIVERED, row["sid"].startswith("MM")
    code = queue.known.code or carriers.refusal(store, to.text, queue.known, row["num_segments"], sending, mms=mms)
    if code:
        end = Ending("undelivered", code)
        _add_step(store, row, "registration", a2p_registration.SAID[code])
    if (rule := sender_id_registration.rule_for(store, by.address, to, sending)) is not None:
        if rule.effect == "blocked":
            end = Ending("undelivered", sender_ids.NOT_REGISTERED)
        _add_step(store, row, sender_id_registration.RULE, rule.sentence)
    return end


def _queue(
    store: SandboxStore,
    settings: SandboxSettings,
    to: addresses.Address,
    by: MessageSender,
    at: int,
    *,
    mms: bool = False,
) -> SendQueue:
    """Return the queue of a sender; a registration matters only for US numbers that send to the US."""
    if to.country == "US" and to.channel is None and a2p_registration.needs_campaign(by.address):
        known = a2p_registration.registration(store, settings, by.sid, at)
        if known.tier is not None:
            return SendQueue(known.campaign_sid, known.tier.mms_total if mms else known.tier.total, known)
        return SendQueue(by.sid, settings.rate(by.address), known)
    return SendQueue(by.sid, settings.rate(by.address), a2p_registration.FREE)


def queue_full(
    store: SandboxStore, settings: SandboxSettings, to: addresses.Address, sid: str, by: addresses.Address, now: int
) -> bool:
    """Return whether a sender's queue is full."""
    return sender_pool.queue_of(
        store, _queue(store, settings, to, MessageSender(sid, by), now).name
    ) - now > settings.queue_ms(by)


def _validity_seconds(store: SandboxStore, settings: SandboxSettings, row: Row) -> int:
    """Return how long a message may wait: its own period, else its service's, else ten hours."""
    own = json.loads(row["options"]).get("validity_period") if row["options"] else None
    service = sender_pool.service_of(store, row["service_sid"]) if row["service_sid"] else None
    return int(own or (service["validity_period"] if service else settings.validity_seconds))


def _refuse(row: Row, code: int | None, at: int) -> None:
    """Fail a message that its channel refuses while it is sending."""
    row["outcome"], row["error_code"], row["ended"] = "failed", code, at


def _add_step(store: SandboxStore, row: Row, rule: str, sentence: str) -> None:
    row["decision"] = sender_pool.keep_steps(store, [*sender_pool.steps(store, row["decision"]), step(rule, sentence)])


def _fail(row: Row, code: int | None, at: int) -> None:
    row["outcome"], row["error_code"], row["ended"] = "failed", code, at
    row["sending"] = row["sent"] = None


def step(rule: str, sentence: str, left: list[str] | None = None) -> dict[str, object]:
    """Write one step of a decision as plain data."""
    return {"rule": rule, "sentence": sentence, "left": left or []}


def anything_due(store: SandboxStore, now: int) -> bool:
    """Return whether a scheduled message, or a text with short links, is due."""
    first: int = store.cached(DUE, lambda: (store.one(_FIRST_DUE) or {})["due"] or _NEVER)
    return first <= now


def settle(store: SandboxStore, now: int, settings: SandboxSettings) -> None:
    """Send the scheduled messages that are due, in the order of their times, and put short links into those handed over."""
    if not anything_due(store, now):
        return
    with store.writing():
        while due := store.all("SELECT * FROM message WHERE due <= ? ORDER BY due, seq", now):
            for row in due:  # quiet hours may put it off to a time that has passed, too
                to = addresses.read(row["to_"])
                assert to is not None  # noqa: S101 - checked when it was taken
                by = given(store, row) if row["explicit"] else None
                release(store, settings, row, to, by, row["due"])
                store.execute_unobserved(_SET_DELIVERY, *(row[name] for name in _DELIVERY), row["seq"])
                callbacks.report(store, row)
        short_links.replace_due(store, now)
        store.invalidate(DUE)


def given(store: SandboxStore, row: Row) -> MessageSender | None:
    """Return the sender that was given as a message's From."""
    address = addresses.read(row["from_"])
    return (
        MessageSender(row["sender_sid"], address, sender_pool.standing(store, row["sender_sid"])) if address else None
    )


def cancel(store: SandboxStore, row: Row, now: int) -> None:
    """Cancel a scheduled message."""
    store.execute_unobserved(
        "UPDATE message SET outcome = 'canceled', ended = ?, due = NULL WHERE seq = ?", now, row["seq"]
    )


def fail_waiting(store: SandboxStore, service_sid: str, now: int) -> None:
    """Fail a deleted service's unsent messages (21701); Twilio does not document what happens to them."""
    waiting = store.all(
        "SELECT * FROM message WHERE service_sid = ? AND direction != 'inbound' AND explicit = 0 "
        "AND (due IS NOT NULL OR (queued > ? AND (ended IS NULL OR ended > ?)))",
        service_sid,
        now,
        now,
    )
    for row in waiting:
        store.execute_unobserved(
            "UPDATE message SET outcome = 'failed', error_code = ?, ended = ?, due = NULL, queued = NULL, "
            "sending = NULL, sent = NULL, price = NULL, priced = NULL WHERE seq = ?",
            NO_SERVICE,
            now,
            row["seq"],
        )
        callbacks.report_again(store, {**row, "outcome": "failed", "error_code": NO_SERVICE}, now)


def keep(store: SandboxStore, row: Row) -> None:
    """Insert a message with its delivery."""
    if row["due"] is not None:
        store.invalidate(DUE)
    store.defer(_INSERT, *_values(row))


def blank(store: SandboxStore, prefix: str) -> Row:
    """Return a new message with only its number and its SID."""
    number = store.next_number("SM")
    return {**_BLANK, "seq": number, "sid": prefix + store.digest(f"SM:{number}"), "explicit": 0}
