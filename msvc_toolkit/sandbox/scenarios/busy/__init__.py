"""Scenario `busy`: ninety days of messages of several services, with incidents for an analyst to find.

The messages are stored like real ones, with the times of their statuses. Their senders are drawn in the way the
sender selection chooses: by area code, else always the same sender for a recipient.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np

from msvc_toolkit.sandbox.messages import delivery, sender_pool
from msvc_toolkit.sandbox.resources import reviews
from msvc_toolkit.sandbox.scenarios import registrations
from msvc_toolkit.sandbox.scenarios.busy import incidents
from msvc_toolkit.sandbox.scenarios.busy.actors import (
    BRITAIN,
    CARE,
    CARED,
    CODED,
    CODES,
    FILTERED,
    OFFERED,
    OFFERS,
    ORDERS,
    OUTSIDE,
    SCRIPT,
    SENDERS,
    SERVICES,
    TEXTS,
    assemble,
    carriers,
    people,
)
from msvc_toolkit.sandbox.scenarios.busy.traffic import (
    DAY,
    DAYS,
    FAILED,
    INBOUND,
    NONE,
    OUTCOMES,
    REPLY,
    SERVICE,
    Array,
    Dice,
)
from msvc_toolkit.sandbox.scenarios.starter import own
from msvc_toolkit.sandbox.settings import DEFAULTS
from msvc_toolkit.sandbox.storage.store import SandboxStore

MESSAGES = 100_000
"""Messages when no number is given."""
LOWEST_SCORE = 21
"""The brand's vetting score: T-Mobile's cap is then 2000 segments a day, as planted at 100 000 messages."""
_CHUNK = 20_000
"""Rows converted to Python at once, to limit memory."""
_COLUMNS = tuple(
    "seq sid account_sid service_sid sender_sid from_ explicit to_ body direction num_segments num_media "
    "price outcome error_code options decision date_created queued sending sent ended priced".split()
)
_EMPTY = {"price": NONE, "error_code": 0, "queued": NONE, "sending": NONE, "sent": NONE, "priced": NONE}
"""The integers that mean no value; the INSERT turns them into NULL."""
_MARKS = ", ".join(f"nullif(?, {_EMPTY[name]})" if name in _EMPTY else "?" for name in _COLUMNS)
_INSERT = f"INSERT INTO message ({', '.join(_COLUMNS)}) VALUES ({_MARKS})"  # noqa: S608 - our own names


def plant(store: SandboxStore, account_sid: str, now: int, *, messages: int = MESSAGES, faults: bool = True) -> None:
    """Fill a new store with services, senders and their traffic.

    The traffic ends at `now`, milliseconds since 1970. Without `faults` the incidents are left out, but not the errors
    of ordinary days.
    """
    start = incidents.first_day(now)
    seed = int(store.digest("busy")[:15], 16)
    actors, roles = assemble(Dice(seed + 1))
    generated = incidents.write(actors, roles, now=now, messages=messages, seed=seed, faults=faults)
    services = [_service(store, account_sid, entry.name, entry.usecase, start) for entry in SERVICES]
    senders = _senders(store, account_sid, services, start, faults=faults)
    _fill(store, "message", _INSERT, _rows(store, account_sid, generated.log, actors.segments, services, senders))
    store.execute("INSERT OR REPLACE INTO serial VALUES ('SM', ?)", messages)
    _register(store, account_sid, services, start, now, faults=faults)
    _fill(store, "phone_carrier", "INSERT INTO phone_carrier VALUES (?, ?)", carriers(roles.on_tmobile))
    numbers = people()
    hurt = [(numbers[number], "dead") for number in np.flatnonzero(actors.dead)]
    hurt += [(numbers[number], "landline") for number in roles.landlines if faults]
    _fill(store, "handset", "INSERT INTO handset VALUES (?, ?)", hurt)
    left = [(services[pair // len(numbers)], numbers[pair % len(numbers)]) for pair in generated.opted_out.tolist()]
    _fill(store, "opt_out", "INSERT INTO opt_out (scope, recipient) VALUES (?, ?)", left)
    store.set_setting("planted", json.dumps(_truth(generated, start, services, faults=faults)))


def planted(store: SandboxStore) -> dict[str, Any]:
    """Return the incidents planted in the log, which an analysis should find."""
    stored: dict[str, Any] = json.loads(store.setting("planted") or "{}")
    return stored


def _service(store: SandboxStore, account_sid: str, name: str, usecase: str, start: int) -> str:
    row = {**DEFAULTS.service_defaults, "account_sid": account_sid, "friendly_name": name, "usecase": usecase}
    return store.add("service", "MG", start, row)


def _senders(store: SandboxStore, account_sid: str, services: list[str], start: int, *, faults: bool) -> list[str]:
    """Give the account its senders and the services their pools."""
    standing = {FILTERED: "filtered", SCRIPT: "unregistered"} if faults else {}
    pools = {address: sid for entry, sid in zip(SERVICES, services, strict=True) for address in entry.senders}
    names = {address: entry.name for entry in SERVICES for address in entry.senders} | dict(OUTSIDE)
    sids = []
    for address in SENDERS:
        country = None if address.startswith("+") else "US"
        how = standing.get(address, "good")
        sid = own(store, account_sid, address, now=start, country=country, friendly_name=names[address], standing=how)
        if address in pools:
            store.update("sender", sid, {"service_sid": pools[address], "date_pooled": start})
        sids.append(sid)
    return sids


def _register(
    store: SandboxStore, account_sid: str, services: list[str], start: int, now: int, *, faults: bool
) -> None:
    """Register the deli's brand, in T-Mobile's lowest tier, and campaigns in several states; the reviewer decides on them.

    The services that send from US local numbers have a verified campaign. Two other services submitted one: that of a
    toll-free number is refused (unless there are no faults), and that of a short code is still pending. No message in the
    log depends on these two.
    """
    brand = registrations.brand(store, account_sid, start, brand_score=LOWEST_SCORE)
    asked: list[tuple[int, dict[str, Any], int, int]] = [
        (ORDERS, {}, start, start),
        (OFFERS, OFFERED, start, start),
        (CODES, CODED, now - DAY, now + DAY),
    ]
    if faults:
        asked.append((CARE, CARED, now - 9 * DAY, now - 7 * DAY))
    for service, texts, made, decides in asked:
        registrations.campaign(
            store, DEFAULTS, account_sid, services[service], made, brand_sid=brand, decides=decides, **texts
        )
    reviews.settle(store, now)


def _rows(
    store: SandboxStore, account_sid: str, log: Array, segments: Array, services: list[str], senders: list[str]
) -> Iterator[tuple[Any, ...]]:
    """Yield the log's rows as in the table."""
    sentence = "Planted: the scenario drew this sender as the selection might have, and asked nobody."
    decision = sender_pool.keep_steps(store, [delivery.step("planted", sentence)])
    places: list[str | None] = [*services, None]
    numbers, digest = people(), store.digest
    directions = {SERVICE: "outbound-api", INBOUND: "inbound", REPLY: "outbound-reply"}
    price = np.array([DEFAULTS.price_units["abroad" if entry.country == "GB" else "SMS"] for entry in SERVICES] + [750])
    for first in range(0, len(log), _CHUNK):
        part = log[first : first + _CHUNK]
        count = segments[part["text"]]
        free = part["outcome"] == FAILED
        cost = np.where(free, NONE, count * price[part["service"]])
        times = [part[name].tolist() for name in ("created", "queued", "sending", "sent", "ended", "priced")]
        columns = [part[name].tolist() for name in ("service", "sender", "recipient", "text", "number", "kind")]
        ends = [part[name].tolist() for name in ("outcome", "error", "attempt")]
        for seq, service, by, to, text, number, kind, n, paid, end, error, attempt, made, *rest in zip(
            range(first + 1, first + len(part) + 1),
            *columns,
            count.tolist(),
            cost.tolist(),
            *ends,
            *times,
            strict=True,
        ):
            body = TEXTS[text]
            ours, theirs = SENDERS[by], numbers[to]
            received = kind == INBOUND
            yield (
                seq,
                f"SM{digest(f'SM:{seq}')}",
                account_sid,
                places[service],
                senders[by],
                theirs if received else ours,
                int(kind != SERVICE),
                ours if received else theirs,
                body % number if "%" in body else body,
                directions.get(kind, "outbound-api"),
                n,
                0,
                paid,
                OUTCOMES[end],
                error,
                '{"attempt": 2}' if attempt > 1 else None,
                decision,
                made,
                *rest,
            )


def _fill(store: SandboxStore, table: str, insert: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert many rows and rebuild the indexes afterwards, which is much faster."""
    indexes = store.all(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = ?", table
    )
    store.execute("PRAGMA journal_size_limit = 67108864")  # otherwise the WAL stays that large
    store.execute("PRAGMA cache_size = -131072")  # KiB, enough for the index of a million SIDs
    for index in indexes:
        store.execute(f"DROP INDEX {index['name']}")
    for row in rows:
        store.execute_unobserved(insert, *row)
    for index in indexes:
        store.execute(index["sql"])
    store.execute("PRAGMA cache_size = -2000")  # SQLite's default


def _truth(generated: incidents.GeneratedLog, start: int, services: list[str], *, faults: bool) -> dict[str, Any]:
    """Return the incidents, and how many messages each one affected."""

    def day(number: int) -> str:
        return datetime.fromtimestamp((start + number * DAY) / 1000, UTC).date().isoformat()

    struck = np.bincount(generated.log["fault"], minlength=len(incidents.FAULTS)).tolist()
    offers = {"service_sid": services[OFFERS]}
    where: dict[int, dict[str, Any]] = {
        incidents.FILTERED: {"codes": [30007], "sender": FILTERED, **offers},
        incidents.UNREGISTERED: {"codes": [30034], "sender": SCRIPT},
        incidents.CAPPED: {
            "codes": [30027, 30023],
            "segments_a_day": generated.cap,
            "days": [day(n) for n in incidents.BLASTS],
        },
        incidents.STOPPED: {"codes": [21610], "people": len(generated.opted_out)},
        incidents.LANDLINES: {"codes": [30006], "days": [day(n) for n in incidents.LISTS], **offers},
        incidents.UCS2: {"codes": [], "character": "ç", "service_sid": services[0]},
        incidents.LATE: {"codes": [], "service_sid": services[BRITAIN]},
    }
    return {
        "first_day": day(0),
        "last_day": day(DAYS - 1),
        "messages": len(generated.log),
        "faults": [
            {"fault": incidents.FAULTS[fault], "since": day(incidents.SINCE[fault]), "messages": struck[fault], **more}
            for fault, more in where.items()
            if faults
        ],
    }
