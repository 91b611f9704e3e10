"""The guard before every write of a live account: closed until armed, and counting messages after that."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from msvc_toolkit import phone
from msvc_toolkit.errors import InvalidInput, Problem, WritesNotArmed

_SENDING = re.compile(r"/Accounts/[^/]+/(?:SMS/)?Messages(?:\.\w+)?/?$")
_NUMBERS = re.compile(r"/IncomingPhoneNumbers(?:[./]|$)")
_ONE_NUMBER = re.compile(r"/IncomingPhoneNumbers/PN[0-9a-f]{32}(?:\.\w+)?$")
_OURS = re.compile(
    r"^/v1/Services(?:/|$)|^/2010-04-01/Accounts/[^/]+/(?:Messages/|IncomingPhoneNumbers/PN|SMS/ShortCodes/SC)"
    r"|^/2010-04-01/Accounts/AC[0-9a-f]{32}(?:\.\w+)?$"
)
_HOST = re.compile(r"^(?:api|messaging)\.|(?<!\.twilio\.com)$")  # other products of Twilio have a /v1/Services too
_ACCOUNT = re.compile(r"/2010-04-01/Accounts(?:/AC[0-9a-f]{32})?(?:\.\w+)?/?")


class Guard:
    """Stands before every write of a live account: closed until armed, and counting messages after that."""

    def __init__(self) -> None:
        self.armed = False
        self.messages_left = 0
        self.allow_to: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def arm(self, max_messages: int, allow_to: Sequence[str]) -> None:
        """Open writes; see `Connection.arm`."""
        allow_to = [allow_to] if isinstance(allow_to, str) else allow_to
        if not isinstance(max_messages, int):
            raise InvalidInput([Problem("max_messages", f"It is a whole number of messages, not {max_messages!r}.")])
        problems = [p for p in (phone.recipient_problem(to) for to in allow_to) if p is not None and p.blocks]
        if max_messages < 0 or (max_messages > 0 and not allow_to):
            problems.append(
                Problem("max_messages", "Say who may receive them: arm(max_messages=1, allow_to=['+1...']).")
            )
        if problems:
            raise InvalidInput(problems)
        addresses = (phone.read(to) for to in allow_to)
        self.allow_to = frozenset(address.text for address in addresses if address is not None)
        self.messages_left = max_messages
        self.armed = True

    def check(self, method: str, url: str, data: Mapping[str, Any]) -> None:
        """Let a request pass or raise.

        Raises:
            WritesNotArmed: It would write and nobody armed it, it sends beyond what was armed, or it buys or
                releases a number, which this toolkit never does on a live account.
        """
        if method == "GET":
            return
        path = urlsplit(url).path
        if not self.armed:
            raise WritesNotArmed(
                f"This is a LIVE account and {method} {_without_account(path)} would change it. Nothing was sent. "
                "To allow writes in this session, call conn.arm(); to allow messages, "
                "conn.arm(max_messages=1, allow_to=['+1...'])."
            )
        if _gives_numbers_away(method, path, data):
            raise WritesNotArmed(
                "This toolkit neither buys nor releases phone numbers on a live account, nor moves or closes accounts "
                "that hold them. Nothing was sent. Use the Console."
            )
        if method == "POST" and _SENDING.search(path):
            self._count(str(data.get("To", "")))
        elif not _OURS.search(path) or not _HOST.search(urlsplit(url).hostname or ""):
            raise WritesNotArmed(
                f"Arming opens what this toolkit is about: Messaging Services, their senders, and messages to the recipients "
                f"you named. {method} {_without_account(path)} is something else. Nothing was sent. Use a client of your own for it."
            )

    def give_back(self, method: str, url: str) -> None:
        """Count a message as not sent: its request never left this machine."""
        if method == "POST" and _SENDING.search(urlsplit(url).path):
            with self._lock:
                self.messages_left += 1

    def _count(self, to: str) -> None:
        address = phone.read(to)
        if address is None or address.text not in self.allow_to:
            raise WritesNotArmed(
                f"{phone.mask(to)} is not among the recipients you armed. Nothing was sent. "
                "Arm again with that recipient in allow_to."
            )
        with self._lock:
            if self.messages_left < 1:
                raise WritesNotArmed("All messages you armed are used up. Nothing was sent. Arm again for more.")
            self.messages_left -= 1


def _gives_numbers_away(method: str, path: str, data: Mapping[str, Any]) -> bool:
    """Tell whether a write buys, releases or moves a number, or changes the state of an account that holds some.

    Source: IncomingPhoneNumber resource (its sub-lists Local, Mobile and TollFree buy too; AccountSid moves a number)
    and Account resource (closing an account releases its numbers), read 2026-11-23.
    """
    if _NUMBERS.search(path):
        return method != "POST" or not _ONE_NUMBER.search(path) or "AccountSid" in data
    return bool(_ACCOUNT.fullmatch(path)) and (method != "POST" or "Status" in data)


def _without_account(path: str) -> str:
    return re.sub(r"(?<=/Accounts/)[^/.]+", "AC…", path)
