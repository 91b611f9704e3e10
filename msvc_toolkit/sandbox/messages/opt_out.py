"""STOP, START and HELP: which words Twilio handles, and who has opted out.

Source: Advanced Opt-Out; changelog 2026-03-16 on unified opt-outs (read 2026-11-23). The keywords are in `rules.keywords`;
the texts of the confirmations are ours.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.rules import addresses
from msvc_toolkit.rules.keywords import LONG_CODE, Word, handled
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

TEXTS: dict[Word, str] = {
    "STOP": "You are unsubscribed and will get no more messages from us. Reply START to subscribe again.",
    "START": "You are subscribed again. Reply HELP for help or STOP to unsubscribe.",
    "HELP": "Reply STOP to unsubscribe. Message and data rates may apply.",
}

NETWORK: dict[Word, str] = {
    "STOP": 'NETWORK MSG: You replied with the word "{}" which blocks all texts sent from this number. '
    'Text back "unstop" to receive messages again.',
    "START": 'NETWORK MSG: You have replied "{}" and will begin receiving messages again from this number.',
}
"""The answers of the toll-free network; they cannot be changed, and Advanced Opt-Out does not apply.

Source: Opt-out keyword handling for Toll-Free SMS, support article 360058144374 (documented; read 2026-11-30).
"""


@dataclass(frozen=True)
class Advanced:
    """A service's Advanced Opt-Out: further keywords beside the reserved ones, and its own confirmations."""

    words: dict[Word, frozenset[str]]  # further keywords for STOP, START and HELP; the reserved ones cannot be removed
    texts: dict[Word, str]  # confirmations in place of the usual ones


def advanced_of(store: SandboxStore, service_sid: str | None) -> Advanced | None:
    """Return a service's Advanced Opt-Out, None while it is off."""
    row = store.one("SELECT settings FROM advanced_opt_out WHERE service_sid = ?", service_sid)
    if row is None:
        return None
    stored = json.loads(row["settings"])
    return Advanced({word: frozenset(stored["words"].get(word, ())) for word in TEXTS}, {**TEXTS, **stored["texts"]})


def set_advanced(store: SandboxStore, service_sid: str, words: dict[str, list[str]], texts: dict[str, str]) -> None:
    """Turn Advanced Opt-Out on for a service; raise SandboxError for an unknown service, or a name that is not a keyword."""
    unknown = (set(words) | set(texts)) - set(TEXTS)
    if unknown:
        raise SandboxError(f"Opt-out has STOP, START and HELP, not {', '.join(sorted(unknown))}.")
    if store.one("SELECT 1 FROM service WHERE sid = ?", service_sid) is None:
        raise SandboxError(f"The sandbox has no Messaging Service {service_sid}.")
    upper = {name: sorted({word.strip().upper() for word in listed}) for name, listed in words.items()}
    store.execute(
        "INSERT OR REPLACE INTO advanced_opt_out VALUES (?, ?)",
        service_sid,
        json.dumps({"words": upper, "texts": texts}),
    )


def keyword(body: str, receiver: addresses.Address, advanced: Advanced | None) -> Word | None:
    """Return the keyword of a text (STOP, START or HELP) if Twilio handles it for this receiver.

    The trimmed text must be exactly the keyword, in capital or small letters.
    """
    text = body.strip().upper()
    if advanced is None:
        return handled(body, receiver)
    if receiver.kind == "toll-free":
        word = handled(body, receiver)
        return "HELP" if word is None and text in advanced.words["HELP"] else word
    return next((word for word in TEXTS if text in LONG_CODE[word] or text in advanced.words[word]), None)


def confirmation(word: Word, body: str, receiver: addresses.Address, advanced: Advanced | None) -> str:
    """Return the confirmation of a keyword; on toll-free numbers the network answers STOP and START."""
    if receiver.kind == "toll-free" and word in NETWORK:
        return NETWORK[word].format(body.strip().lower())
    return (advanced.texts if advanced else TEXTS)[word]


def scope(service_sid: str | None, sender_sid: str) -> str:
    """Return what an opt-out applies to: the whole service, or a single sender that is in no service."""
    return service_sid or sender_sid


def person(address: str) -> str:
    """Return the person of an address; a number's SMS, MMS and RCS belong to one person."""
    return address.removeprefix("rcs:")


NETWORK_SOURCE = "network"
"""The source of an opt-out from a toll-free number; a consent cannot undo it. Source: Consent Management API (read 2026-11-30)."""


def obey(store: SandboxStore, word: Word, receiver: Row, handset: str, now: int) -> None:
    """Opt a person out or in."""
    blocked_for = scope(receiver["service_sid"], receiver["sid"])
    if word == "STOP":
        known = addresses.read(receiver["address"])
        source = NETWORK_SOURCE if known and known.kind == "toll-free" else "keyword"
        block(store, blocked_for, handset, source, now)
    elif word == "START":
        store.execute("DELETE FROM opt_out WHERE scope = ? AND recipient = ?", blocked_for, person(handset))


def block(store: SandboxStore, blocked_for: str, handset: str, source: str, now: int) -> None:
    """Record that a person has opted out; an earlier opt-out keeps its time."""
    insert = "INSERT OR IGNORE INTO opt_out (scope, recipient, since, source) VALUES (?, ?, ?, ?)"
    store.execute(insert, blocked_for, person(handset), now, source)


def unblock_by_consent(store: SandboxStore, blocked_for: str, handset: str) -> None:
    """Let a person be written to again, unless the network of toll-free numbers blocks them."""
    delete = "DELETE FROM opt_out WHERE scope = ? AND recipient = ? AND source IS NOT ?"
    store.execute(delete, blocked_for, person(handset), NETWORK_SOURCE)


def roster(store: SandboxStore, account_sid: str) -> list[Row]:
    """Return who has opted out of what an account sends, by service, or by sender outside any service."""
    return store.all(
        "SELECT service.sid AS messaging_service_sid, sender.address AS number, recipient AS peer, since, source FROM opt_out "
        "LEFT JOIN service ON service.sid = scope LEFT JOIN sender ON sender.sid = scope "
        "WHERE ? IN (service.account_sid, sender.account_sid) ORDER BY scope, recipient",
        account_sid,
    )


def blocked(store: SandboxStore, service_sid: str | None, sender_sid: str | None, recipient: str) -> bool:
    """Return whether a person has opted out of the service, or of a sender that is in no service."""
    anybody: set[tuple[str, str]] = store.cached(
        ("opt_out",), lambda: {(r["scope"], r["recipient"]) for r in store.all("SELECT * FROM opt_out")}
    )
    return (service_sid or sender_sid or "", person(recipient)) in anybody
