"""Cases of peers_right.py: sending, and what becomes of a message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import peers
from world import MESSAGES, World, same


def _steady_pages(world: World) -> None:
    for place in range(4):
        world.send(f"+1503555010{place}", From=peers.NUMBERS[0])
    first = world.get(f"{MESSAGES}.json?PageSize=2")
    world.send("+15035550109", From=peers.NUMBERS[0])
    second = world.get(first["next_page_uri"])
    both = [row["sid"] for row in first["messages"] + second["messages"]]
    same((len(both), len(set(both))), (4, 4))


def _filtered(world: World) -> None:
    for place in (20, 20, 21):
        world.send(f"+150355501{place}", From=peers.NUMBERS[0])
    rows = world.get(f"{MESSAGES}.json?To=%2B15035550120")["messages"]
    same([row["to"] for row in rows], ["+15035550120"] * 2)


def _accepted(world: World) -> None:
    told = world.send("+15035550130", MessagingServiceSid=world.service())
    same((told["status"], told["from"]), ("accepted", None))


def _delivered(world: World) -> None:
    sid = world.send("+15035550131", MessagingServiceSid=world.service())["sid"]
    row = world.settled(sid)
    same((row["status"], row["from"] in peers.NUMBERS), ("delivered", True))


def _geomatch(world: World) -> None:
    sid = world.send("+16175550132", MessagingServiceSid=world.service())["sid"]
    same(world.settled(sid)["from"], "+16175550100")


def _sticky(world: World) -> None:
    service = world.service()
    sids = [world.send(f"+150355501{end}", MessagingServiceSid=service)["sid"] for end in (33, 34, 33)]
    first, other, again = (world.settled(sid)["from"] for sid in sids)
    same((first == again, first == other), (True, False))


def _ucs2(world: World) -> None:
    same(world.send("+15035550135", From=peers.NUMBERS[0], Body="ж" * 71)["num_segments"], "2")


def _extension(world: World) -> None:
    same(world.send("+15035550136", From=peers.NUMBERS[0], Body="€" * 81)["num_segments"], "2")


def _no_recipient(world: World) -> None:
    world.refused(400, 21604, "POST", f"{MESSAGES}.json", From=peers.NUMBERS[0], Body="x")


def _bad_recipient(world: World) -> None:
    world.refused(400, 21211, "POST", f"{MESSAGES}.json", To="+1555", From=peers.NUMBERS[0], Body="x")


def _too_long(world: World) -> None:
    world.refused(400, 21617, "POST", f"{MESSAGES}.json", To="+15035550137", From=peers.NUMBERS[0], Body="x" * 1601)


def _no_body(world: World) -> None:
    world.refused(400, 21602, "POST", f"{MESSAGES}.json", To="+15035550137", From=peers.NUMBERS[0])


def _no_sender(world: World) -> None:
    world.refused(400, 21603, "POST", f"{MESSAGES}.json", To="+15035550137", Body="x")


def _no_such_service(world: World) -> None:
    unknown = "MG" + "f" * 32
    world.refused(400, 21701, "POST", f"{MESSAGES}.json", To="+15035550137", MessagingServiceSid=unknown, Body="x")


def _empty_pool(world: World) -> None:
    row = world.settled(world.send("+15035550138", MessagingServiceSid=world.empty_service())["sid"])
    same((row["status"], row["error_code"]), ("failed", 21704))


def _unreachable(world: World) -> None:
    row = world.settled(world.send("+15005550003", MessagingServiceSid=world.service())["sid"])
    same((row["status"], row["error_code"]), ("failed", 21408))


def _schedule(world: World) -> None:
    at = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = world.send("+15035550139", MessagingServiceSid=world.service(), ScheduleType="fixed", SendAt=at)
    same(told["status"], "scheduled")
    same(world.made(200, "POST", f"{MESSAGES}/{told['sid']}.json", Status="canceled")["status"], "canceled")


def _too_soon(world: World) -> None:
    at = (datetime.now(UTC) + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    form = {"To": "+15035550139", "Body": "x", "ScheduleType": "fixed", "SendAt": at}
    world.refused(400, 35115, "POST", f"{MESSAGES}.json", MessagingServiceSid=world.service(), **form)


def _redact(world: World) -> None:
    sid = world.send("+15035550140", From=peers.NUMBERS[0], Body="Secret")["sid"]
    same(world.made(200, "POST", f"{MESSAGES}/{sid}.json", Body="")["body"], "")
    same(world.message(sid)["body"], "")


def _too_early(world: World) -> None:
    sid = world.send("+15035550141", From=peers.NUMBERS[0])["sid"]
    world.refused(409, 20009, "DELETE", f"{MESSAGES}/{sid}.json")


CASES: tuple[tuple[str, Callable[[World], None]], ...] = (
    ("page messages while one arrives: none comes twice", _steady_pages),
    ("list messages with a To filter: those alone", _filtered),
    ("send by service SID: `accepted`, `from` is null", _accepted),
    ("and without another call it is `delivered`, from a number of the pool", _delivered),
    ("send to area code 617: the pool's 617 number sends", _geomatch),
    ("sticky sender: the same person the same number, another person another", _sticky),
    ("71 Cyrillic letters: 2 segments", _ucs2),
    ("81 euro signs (GSM-7 extension): 2 segments", _extension),
    ("send without To: 400/21604", _no_recipient),
    ("send to +1555: 400/21211", _bad_recipient),
    ("send 1 601 characters: 400/21617", _too_long),
    ("send nothing: 400/21602", _no_body),
    ("send from nobody: 400/21603", _no_sender),
    ("send by a service that is not there: 400/21701", _no_such_service),
    ("send by a service with an empty pool: a row, `failed` with 21704", _empty_pool),
    ("send to the magic number of a forbidden region: a row, `failed` with 21408", _unreachable),
    ("schedule for in an hour (`scheduled`) and cancel (`canceled`)", _schedule),
    ("schedule for in a minute: 400/35115", _too_soon),
    ("redact a message: its body is empty", _redact),
    ("delete a message that is under way: 409/20009", _too_early),
)
