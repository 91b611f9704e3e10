"""The sender pool of a service, the choice of a sender, and the stored steps of each choice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from msvc_toolkit.rules import addresses, sender_selection
from msvc_toolkit.sandbox.settings import SandboxSettings
from msvc_toolkit.sandbox.storage.store import Row, SandboxStore

_SENDERS = """
SELECT sid, address, capabilities, country_code, NULL AS destination FROM sender WHERE service_sid = ?
UNION ALL
SELECT sid, alpha_sender, 'SMS', NULL, iso_country_code FROM alpha WHERE service_sid = ?"""


class _LastUse(Mapping[str, float]):
    """When each sender was last used; read only if several senders are otherwise equal."""

    def __init__(self, uses: Mapping[str, tuple[int, float]]) -> None:
        self._uses = uses

    def __getitem__(self, sid: str) -> float:
        return self._uses[sid][0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._uses)

    def __len__(self) -> int:
        return len(self._uses)


def service_of(store: SandboxStore, sid: str) -> Row | None:
    """Return a service, from the cache if possible."""
    return store.cached(("service", sid), lambda: store.one("SELECT * FROM service WHERE sid = ?", sid))


def _members(store: SandboxStore, service_sid: str) -> tuple[sender_selection.PoolMember, ...]:
    senders = []
    for row in store.all(_SENDERS, service_sid, service_sid):
        address = addresses.read(row["address"], row["country_code"])
        if address is not None:
            countries = frozenset({row["destination"]}) if row["destination"] else frozenset()
            senders.append(
                sender_selection.PoolMember(row["sid"], address, frozenset(row["capabilities"].split(",")), countries)
            )
    return tuple(senders)


def members(store: SandboxStore, service_sid: str) -> tuple[sender_selection.PoolMember, ...]:
    """Return the pool, from the cache if possible."""
    return store.cached(("pool", service_sid), lambda: _members(store, service_sid))


def holds(store: SandboxStore, service_sid: str, address: str) -> bool:
    """Return whether a sender, named by its address, is in the pool."""
    return any(sender.address.text == address for sender in members(store, service_sid))


def standing(store: SandboxStore, sender_sid: str) -> str:
    """Return how carriers treat a sender: good, unregistered, unverified or filtered."""
    bad: dict[str, str] = store.cached(
        ("standing",),
        lambda: {
            r["sid"]: r["standing"] for r in store.all("SELECT sid, standing FROM sender WHERE standing != 'good'")
        },
    )
    return bad.get(sender_sid, "good")


def _uses(store: SandboxStore) -> dict[str, tuple[int, float]]:
    """Return when each sender was last used and when its queue is empty; `used` keeps this up to date."""
    return store.cached(
        ("uses",), lambda: {r["sender_sid"]: (r["turn"], r["free"]) for r in store.all("SELECT * FROM last_use")}
    )


def queue_of(store: SandboxStore, sender_sid: str) -> float:
    """Return when a sender's queue is empty, milliseconds since 1970."""
    return _uses(store).get(sender_sid, (0, 0))[1]


def used(store: SandboxStore, sender_sid: str, turn: int, free: float) -> None:
    """Record that a sender took a message, and until when it is busy."""
    _uses(store)[sender_sid] = (turn, free)
    store.defer(
        "INSERT INTO last_use VALUES (?, ?, ?) "
        "ON CONFLICT (sender_sid) DO UPDATE SET turn = excluded.turn, free = excluded.free",
        sender_sid,
        turn,
        free,
    )


def _remembered(store: SandboxStore, service_sid: str, recipient: str) -> str | None:
    row = store.one("SELECT sender_sid FROM sticky WHERE service_sid = ? AND recipient = ?", service_sid, recipient)
    return row["sender_sid"] if row else None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The sender chosen for a message, and why."""

    sender: sender_selection.PoolMember | None  # the sender, None when none can send
    error_code: int | None  # Twilio's code when none can send
    decision: int  # the number of the stored steps
    by_load: bool  # whether the least recently used of equal senders was chosen, so that the next choice will differ


def choose_for(
    store: SandboxStore, service_sid: str, to: addresses.Address, *, media: bool, settings: SandboxSettings
) -> Chosen:
    """Choose the sender of a message and store the pair of recipient and sender for Sticky Sender."""
    service = service_of(store, service_sid)
    sticky_on = bool(service and service["sticky_sender"])
    pair = ("sticky", service_sid, to.text)
    remembered: str | None = store.cached(pair, lambda: _remembered(store, *pair[1:])) if sticky_on else None

    def choose() -> Chosen:
        pool = sender_selection.Pool(
            senders=members(store, service_sid),
            area_code_geomatch=bool(service and service["area_code_geomatch"]),
            sticky_sender=sticky_on,
            remembered=remembered,
            last_used=_LastUse(_uses(store)),
        )
        choice = sender_selection.choose(to, pool, media=media, rcs_reachable=settings.rcs_reachable)
        by_load = choice.steps[-1].rule == sender_selection.BY_LOAD
        return Chosen(choice.sender, choice.error_code, _decision(store, choice), by_load)

    alike = ("choice", service_sid, media, remembered, to.kind, to.country, to.area_code, to.channel)
    chosen: Chosen = store.cached(alike, choose)
    if chosen.by_load:
        store.invalidate(alike)
    sender = chosen.sender
    if sender is not None and sticky_on and remembered != sender.sid and sender.address.channel != "rcs":
        store.invalidate(pair)
        store.execute_unobserved(
            "INSERT INTO sticky VALUES (?, ?, ?) "
            "ON CONFLICT (service_sid, recipient) DO UPDATE SET sender_sid = excluded.sender_sid",
            service_sid,
            to.text,
            sender.sid,
        )
    return chosen


def _decision(store: SandboxStore, choice: sender_selection.Choice) -> int:
    """Store the steps of a choice and return their number; equal decisions are stored once."""
    key = ("decision", tuple([(step.rule, step.left, step.said, step.words) for step in choice.steps]))
    return store.cached(
        key,
        lambda: keep_steps(
            store, [{"rule": s.rule, "sentence": s.sentence, "left": list(s.left)} for s in choice.steps]
        ),
    )


def keep_steps(store: SandboxStore, steps: list[dict[str, Any]]) -> int:
    """Store steps as plain data and return their number."""
    text = json.dumps(steps)
    store.execute_unobserved("INSERT OR IGNORE INTO decision (steps) VALUES (?)", text)
    row = store.one("SELECT id FROM decision WHERE steps = ?", text)
    assert row is not None  # noqa: S101 - inserted above
    return int(row["id"])


def steps(store: SandboxStore, number: int | None) -> list[dict[str, Any]]:
    """Return the steps of a decision; empty while there is none."""
    row = store.one("SELECT steps FROM decision WHERE id = ?", number)
    decided: list[dict[str, Any]] = json.loads(row["steps"]) if row else []
    return decided
