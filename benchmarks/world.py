"""One server as a case of peers_right.py sees it, and the two ways in which it can differ from Twilio."""

from __future__ import annotations

import time
from typing import Any

import peers
from listener import Listener

NUMBERS = "/2010-04-01/Accounts/{AC}/IncomingPhoneNumbers.json"
MESSAGES = "/2010-04-01/Accounts/{AC}/Messages"
SETTLE_SECONDS = 8
"""How long a message may take to its end; the sandbox's own takes three seconds."""


class Differs(Exception):
    """The server did something else than Twilio."""


class NotThere(Exception):
    """The server has no such address, or no way to bring the situation about."""


class World:
    """One server for one case.

    Args:
        peer: The server.
        listener: Where its webhooks may go.
        name: Which one it is; only the address that plays an inbound text differs by it.
    """

    def __init__(self, peer: peers.Peer, listener: Listener, name: str) -> None:
        self.peer, self.listener, self._name = peer, listener, name
        self._made: list[str] = []
        listener.heard.clear()

    def call(self, method: str, path: str, *pairs: tuple[str, str], **form: str) -> tuple[int, dict[str, Any]]:
        """Send a request; an error without Twilio's code is no answer of Twilio's, but an address that is missing."""
        status, told = self.peer.call(method, path, *pairs, **form)
        if status in (404, 405, 501) and not isinstance(told.get("code"), int):
            raise NotThere(path)
        return status, told

    def get(self, path: str) -> dict[str, Any]:
        """Fetch what must be there."""
        return self.made(200, "GET", path)

    def made(self, wanted: int, method: str, path: str, *pairs: tuple[str, str], **form: str) -> dict[str, Any]:
        """Send a request that succeeds."""
        status, told = self.call(method, path, *pairs, **form)
        same(status, wanted)
        return told

    def refused(self, status: int, code: int, method: str, path: str, **form: str) -> None:
        """Send a request that Twilio refuses."""
        found, told = self.call(method, path, **form)
        same(f"{found}/{told.get('code', '-')}", f"{status}/{code}")

    def service(self, *numbers: str, **settings: str) -> str:
        """Make a service with these numbers in its pool, all five when none are named."""
        sid = self.empty_service(**settings)
        for number in numbers or peers.NUMBERS:
            status, _ = self.call("POST", f"/v1/Services/{sid}/PhoneNumbers", PhoneNumberSid=self.number(number))
            same(status in (200, 201), True)
        return sid

    def empty_service(self, **settings: str) -> str:
        """Make a service without senders."""
        sid = str(self.made(201, "POST", "/v1/Services", FriendlyName="Case", **settings)["sid"])
        self._made.append(sid)
        return sid

    def number(self, number: str = peers.NUMBERS[0]) -> str:
        """Return a number's SID."""
        listed = self.get(NUMBERS)["incoming_phone_numbers"]
        return str(next((one["sid"] for one in listed if one["phone_number"] == number), listed[0]["sid"]))

    def send(self, to: str, **form: str) -> dict[str, Any]:
        """Send a text."""
        return self.made(201, "POST", f"{MESSAGES}.json", To=to, **({"Body": "Hello"} | form))

    def message(self, sid: str) -> dict[str, Any]:
        """Fetch a message."""
        return self.get(f"{MESSAGES}/{sid}.json")

    def settled(self, sid: str) -> dict[str, Any]:
        """Wait, doing nothing, until a message has come to its end or it is clear that it will not."""
        end = time.monotonic() + SETTLE_SECONDS
        while (row := self.message(sid))["status"] in ("accepted", "queued", "sending", "sent"):
            if time.monotonic() > end:
                return row
            time.sleep(0.1)
        return row

    def inbound(self, from_: str, to: str, body: str) -> None:
        """Play a handset that sends a text to one of the numbers."""
        path = {"sandbox": "/_sandbox/inbound", "emulate": "/_twilio/simulate/inbound-message"}.get(self._name)
        if path is None:
            raise NotThere
        self.call("POST", path, From=from_, To=to, Body=body)

    def tidy(self) -> None:
        """Delete the services of the case."""
        for sid in self._made:
            self.peer.call("DELETE", f"/v1/Services/{sid}")


def same(found: object, wanted: object) -> None:
    """Raise Differs unless the two are equal."""
    if found != wanted:
        parts = found if isinstance(found, (tuple, list)) else [found]
        raise Differs(", ".join(str(part) for part in parts)[:48] or "nothing")
