"""Cases of peers_right.py: webhooks, texts that arrive, and what stands around messages."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import peers
from twilio.request_validator import RequestValidator
from world import MESSAGES, SETTLE_SECONDS, World, same


def _feedback(world: World) -> None:
    sid = world.send("+15035550142", From=peers.NUMBERS[0], ProvideFeedback="true")["sid"]
    told = world.made(200, "POST", f"{MESSAGES}/{sid}/Feedback.json", Outcome="confirmed")
    same((told["message_sid"], told["outcome"]), (sid, "confirmed"))


def _callbacks(world: World) -> None:
    url = f"{world.listener.url}/status"
    sid = world.send("+15035550143", MessagingServiceSid=world.service(), StatusCallback=url)["sid"]
    world.listener.wait(lambda heard: heard.form.get("MessageStatus") == "delivered", SETTLE_SECONDS)
    told = [heard for heard in world.listener.heard if heard.form.get("MessageSid") == sid]
    signed = all(_signed(world, heard.url, heard.form, heard.signature) for heard in told)
    said = [heard.form["MessageStatus"] for heard in told]
    same((" ".join(said), signed), ("queued sent delivered", True))


def _signed(world: World, url: str, form: dict[str, str], signature: str) -> bool:
    return bool(RequestValidator(world.peer.auth_token).validate(url, form, signature))


def _webhook(world: World) -> None:
    service = world.service(peers.NUMBERS[0], InboundRequestUrl=f"{world.listener.url}/quiet")
    world.inbound("+15035550144", peers.NUMBERS[0], "Hello there")
    heard = world.listener.wait(lambda heard: heard.form.get("Body") == "Hello there")
    same(heard is not None, True)
    assert heard is not None  # noqa: S101 - said above
    same(_signed(world, heard.url, heard.form, heard.signature), True)
    same(heard.form.get("MessagingServiceSid"), service)


def _twiml(world: World) -> None:
    world.service(peers.NUMBERS[0], InboundRequestUrl=f"{world.listener.url}/inbound")
    world.inbound("+15035550145", peers.NUMBERS[0], "Hello there")
    world.listener.wait(lambda heard: heard.form.get("Body") == "Hello there")
    end = time.monotonic() + 3
    rows: list[dict[str, Any]] = []
    while not rows and time.monotonic() < end:
        listed = world.get(f"{MESSAGES}.json?To=%2B15035550145")["messages"]
        rows = [row for row in listed if row["direction"] == "outbound-reply"]
        time.sleep(0.1)
    same([row["body"] for row in rows], ["Thanks"])


def _stop(world: World) -> None:
    world.service(peers.NUMBERS[0], InboundRequestUrl=f"{world.listener.url}/quiet")
    world.inbound("+15035550146", peers.NUMBERS[0], "STOP")
    form = {"To": "+15035550146", "From": peers.NUMBERS[0], "Body": "x"}
    world.refused(400, 21610, "POST", f"{MESSAGES}.json", **form)


def _search(world: World) -> None:
    told = world.get("/2010-04-01/Accounts/{AC}/AvailablePhoneNumbers/US/Local.json?AreaCode=415")
    found = [row["phone_number"] for row in told["available_phone_numbers"]]
    same((bool(found), all(number.startswith("+1415") for number in found)), (True, True))


CASES: tuple[tuple[str, Callable[[World], None]], ...] = (
    ("give feedback on a message: 200, its SID and the outcome", _feedback),
    ("status callbacks: queued, sent and delivered, signed", _callbacks),
    ("a text arrives: the service's webhook is called, signed", _webhook),
    ("its TwiML `<Message>` becomes an `outbound-reply`", _twiml),
    ("a text STOP arrives: a send with that From is 400/21610", _stop),
    ("search for numbers with AreaCode=415", _search),
)
