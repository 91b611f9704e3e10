"""A service's sender pool as the selection sees it."""

from __future__ import annotations

from typing import Any

from msvc_toolkit import phone, selection
from msvc_toolkit.sandbox.store import Store

_SENDERS = """
SELECT sid, address, capabilities, country_code, NULL AS destination, date_pooled AS at, seq
FROM sender WHERE service_sid = ?1
UNION ALL
SELECT sid, alpha_sender, 'SMS', NULL, iso_country_code, date_created, seq FROM alpha WHERE service_sid = ?1
ORDER BY at, seq"""


def pool_of(store: Store, service_sid: str, recipient: str) -> selection.Pool:
    """Return the pool with what the service remembers about this recipient and its senders' last use."""
    service = store.one("SELECT sticky_sender, area_code_geomatch FROM service WHERE sid = ?", service_sid)
    sticky = store.one("SELECT sender_sid FROM sticky WHERE service_sid = ? AND recipient = ?", service_sid, recipient)
    senders = []
    for row in store.all(_SENDERS, service_sid):
        address = phone.read(row["address"], row["country_code"])
        if address is not None:
            countries = frozenset({row["destination"]}) if row["destination"] else frozenset()
            senders.append(selection.Sender(row["sid"], address, frozenset(row["capabilities"].split(",")), countries))
    used = store.all(
        "SELECT sender_sid, turn FROM last_use WHERE sender_sid IN (SELECT sid FROM sender WHERE service_sid = ?1 "
        "UNION ALL SELECT sid FROM alpha WHERE service_sid = ?1)",
        service_sid,
    )
    return selection.Pool(
        senders=tuple(senders),
        area_code_geomatch=bool(service and service["area_code_geomatch"]),
        sticky_sender=bool(service and service["sticky_sender"]),
        remembered=sticky["sender_sid"] if sticky else None,
        last_used={row["sender_sid"]: row["turn"] for row in used},
    )


def holds(store: Store, service_sid: str, address: str) -> bool:
    """Tell whether a sender, named by its address, is in the pool."""
    found = store.one(
        "SELECT 1 FROM sender WHERE service_sid = ?1 AND address = ?2 "
        "UNION ALL SELECT 1 FROM alpha WHERE service_sid = ?1 AND alpha_sender = ?2",
        service_sid,
        address,
    )
    return found is not None


def choose_for(
    store: Store, service_sid: str, to: str, *, media: bool, rcs_reachable: bool, turn: int
) -> selection.Choice:
    """Pick the sender for one message and remember the choice for the next one to the same recipient."""
    recipient = phone.read(to)
    pool = pool_of(store, service_sid, to)
    if recipient is None:  # checked when the message was created
        return selection.Choice(None, 21703, ())
    choice = selection.choose(recipient, pool, media=media, rcs_reachable=rcs_reachable)
    if choice.sender is not None:
        sid = choice.sender.sid
        store.run(
            "INSERT INTO last_use VALUES (?, ?) ON CONFLICT (sender_sid) DO UPDATE SET turn = excluded.turn", sid, turn
        )
        if pool.sticky_sender and choice.sender.address.channel != "rcs":
            store.run(
                "INSERT INTO sticky VALUES (?, ?, ?) ON CONFLICT (service_sid, recipient) "
                "DO UPDATE SET sender_sid = excluded.sender_sid",
                service_sid,
                to,
                sid,
            )
    return choice


def told(choice: selection.Choice) -> list[dict[str, Any]]:
    """Return the steps of a choice as plain data, to be kept with the message."""
    return [{"rule": step.rule, "sentence": step.sentence, "left": list(step.left)} for step in choice.steps]
