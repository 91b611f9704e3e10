"""The guard of a live account: it lets only reads through until it is armed, and counts messages after that."""

from __future__ import annotations

import multiprocessing
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import requests

from msvc_toolkit.connection.allowed_requests import address_problem, prepare, write_of
from msvc_toolkit.errors import InvalidInput, Problem, WritesNotArmed
from msvc_toolkit.rules import addresses

_SHARED = multiprocessing.get_context("fork" if os.name == "posix" else None)
"""What makes a count that forked processes share; it starts none."""
_LOCK_SECONDS = 5
"""How long the count is waited for; it is held for microseconds."""


class Guard:
    """Checks every request to a live account: only reads until armed, and a count of messages after that.

    It lets no other account be written to; without `account_sid`, as in tests, any.
    """

    def __init__(self, account_sid: str | None = None) -> None:
        self.armed = False
        self.allow_to: frozenset[str] = frozenset()
        self._account_sid = account_sid
        self._left = _SHARED.Value("q", 0)

    @property
    def messages_left(self) -> int:
        """How many messages may still be sent, by this process and those forked from it since it was armed."""
        return int(self._left.value)

    def arm(self, max_messages: int, allow_to: Sequence[str]) -> None:
        """Open writes; see `Connection.arm`."""
        allow_to = [allow_to] if isinstance(allow_to, str) else allow_to
        if not isinstance(max_messages, int):
            raise InvalidInput([Problem("max_messages", f"It is a whole number of messages, not {max_messages!r}.")])
        problems = [p for p in (addresses.recipient_problem(to) for to in allow_to) if p is not None and p.blocks]
        if max_messages < 0 or (max_messages > 0 and not allow_to):
            problems.append(
                Problem("max_messages", "Say who may receive them: arm(max_messages=1, allow_to=['+1...']).")
            )
        if problems:
            raise InvalidInput(problems)
        allowed = (addresses.read(to) for to in allow_to)
        self.disarm()
        self.allow_to = frozenset(address.text for address in allowed if address is not None)
        self._left = _SHARED.Value("q", max_messages)
        self.armed = True

    def disarm(self) -> None:
        """Close writes; processes forked from this one can send no more messages either."""
        self.armed = False
        self._left.get_lock().acquire(timeout=_LOCK_SECONDS)
        self._left.value = 0
        with suppress(AssertionError, ValueError):  # it was not ours in time
            self._left.get_lock().release()

    def check(
        self,
        method: str,
        url: str,
        data: Mapping[str, Any] | None = None,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.PreparedRequest:
        """Return a request as it is to be sent, still without credentials, or raise.

        Raises:
            InvalidInput: A read that would not go to Twilio's API.
            WritesNotArmed: It would write while writes are closed, sends beyond what was armed, or is not on the list of
                what arming opens.
        """
        method = method.upper()
        try:
            request = prepare(method, url, params, data, headers)
            problem = address_problem(request, url)
        except (requests.RequestException, ValueError):  # not from it: what it says may hold a login
            request, problem = requests.PreparedRequest(), "This request cannot be sent as it is"
        if method == "GET":
            if problem:
                host = urlsplit(request.url or "").hostname or "That address"
                raise InvalidInput([Problem("uri", f"{problem}. {host} was not asked; nothing was sent.")])
            return request
        shown = f"{method} {_shown(request)}"
        if not self.armed:
            raise WritesNotArmed(
                f"This is a LIVE account and {shown} would change it. Nothing was sent. "
                "To allow writes in this session, call conn.arm(); to allow messages, "
                "conn.arm(max_messages=1, allow_to=['+1...'])."
            )
        found = None if problem else write_of(request, self._account_sid)
        if found is None:
            raise WritesNotArmed(
                "Arming opens what this toolkit is about: Messaging Services, their senders, and messages to the recipients "
                "you named. It neither buys nor releases phone numbers, nor moves or closes accounts that hold them. "
                f"{shown} is something else{f' ({problem})' if problem else ''}. Nothing was sent. Use the Console, or a "
                "client of your own."
            )
        write, values = found
        if write.sends:
            self._count(values.get("To", []))
        return request

    def give_back(self, request: requests.PreparedRequest) -> None:
        """Count a message as not sent: its request never left this machine."""
        found = write_of(request, self._account_sid)
        if found is not None and found[0].sends:
            self._change(1)

    def _count(self, recipients: Sequence[str]) -> None:
        to = recipients[0] if len(recipients) == 1 else ""
        address = addresses.read(to)
        if address is None or address.text not in self.allow_to:
            raise WritesNotArmed(
                f"{addresses.mask(to)} is not among the recipients you armed. Nothing was sent. "
                "Arm again with that recipient in allow_to."
            )
        if not self._change(-1):
            raise WritesNotArmed("All messages you armed are used up. Nothing was sent. Arm again for more.")

    def _change(self, by: int) -> bool:
        """Change the count, which never falls below zero; return whether that was possible."""
        lock = self._left.get_lock()
        if not lock.acquire(timeout=_LOCK_SECONDS):  # a process was killed just as it counted
            raise WritesNotArmed(
                "The count of messages is locked by a process that ended. Nothing was sent. Arm again."
            )
        try:
            possible = bool(self._left.value + by >= 0)
            self._left.value += by if possible else 0
            return possible
        finally:
            lock.release()


def _shown(request: requests.PreparedRequest) -> str:
    return addresses.mask_in(re.sub(r"(?<=/Accounts/)[^/.]+", "AC…", urlsplit(request.url or "").path))[:200]
