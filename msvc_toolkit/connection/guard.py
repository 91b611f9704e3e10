"""The guard of a live account: only reads pass until it is armed; then it counts messages and their cost."""

from __future__ import annotations

import multiprocessing
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import requests

from msvc_toolkit.connection.allowed_requests import address_problem, prepare, write_of
from msvc_toolkit.errors import InvalidInput, Problem, WritesNotArmed
from msvc_toolkit.rules import addresses, segments
from msvc_toolkit.rules.plurals import count

_SHARED = multiprocessing.get_context("fork" if os.name == "posix" else None)
"""The context for a count that forked processes share; no process is started with it."""
_LOCK_SECONDS = 5
"""How long to wait for the count's lock, which is normally held for microseconds."""
CONSENT = "MSVC_ARM"
"""The environment variable that names the account to arm in a run without a person."""
_CLOSED = -(1 << 62)
"""What is left once a budget is closed; nothing that is given back can raise it to zero."""
_MICRO = 1_000_000
"""Money is counted in millionths of a US dollar."""


class Budget:
    """What was armed: recipients, messages, money and time; processes that are forked afterwards share what is left.

    Only what is left of it ever changes, so that a request is judged and counted by the same budget.
    """

    def __init__(
        self, messages: int, allow_to: frozenset[str], money: int | None, price: int, minutes: float | None
    ) -> None:
        self.allow_to, self.has_money = allow_to, money is not None
        self._price = price
        seconds = (minutes or 0) * 60
        # A sleeping computer may stop the monotonic clock, and a person may set the wall clock back.
        self.ends = (time.monotonic() + seconds, time.time() + seconds) if minutes is not None else None
        self._left = _SHARED.Array("q", [messages, money or 0])

    @property
    def left(self) -> tuple[int, int]:
        """The messages and the money left; negative once closed. Reads without the lock, because a dead process may hold it."""
        left: Any = self._left.get_obj()
        return left[0], left[1]

    @property
    def is_over(self) -> bool:
        """Whether its time is over."""
        return self.ends is not None and (time.monotonic() >= self.ends[0] or time.time() >= self.ends[1])

    def cost(self, values: Mapping[str, Sequence[str]]) -> int:
        """Estimate a message's cost: its segments before Smart Encoding, each at the given price. 0 without a limit."""
        if not self.has_money:
            return 0
        if "MediaUrl" in values or "ContentSid" in values:
            raise WritesNotArmed(
                "You armed a limit in USD, but the cost of media or a content template cannot be estimated. Nothing was sent. "
                "Arm again without max_spend."
            )
        return self._price * segments.measure("".join(values.get("Body", []))).count

    def change(self, messages: int, money: int) -> bool:
        """Change what is left; return False, and change nothing, if it would fall below zero or is closed."""
        lock = self._left.get_lock()
        if not lock.acquire(timeout=_LOCK_SECONDS):  # a process was killed while it counted
            raise WritesNotArmed(
                "The count of messages is locked by a process that ended. Nothing was sent. Arm again."
            )
        try:
            left = self.left
            possible = left[0] + messages >= 0 and left[1] + money >= 0
            if possible:
                self._left.get_obj()[:] = [left[0] + messages, left[1] + money]
            return possible
        finally:
            lock.release()

    def close(self) -> None:
        """Close it for all processes; what is given back later does not open it again."""
        self._left.get_lock().acquire(timeout=_LOCK_SECONDS)
        self._left.get_obj()[:] = [_CLOSED, _CLOSED]
        with suppress(AssertionError, ValueError):  # another process held the lock too long
            self._left.get_lock().release()


class Guard:
    """Checks every request to a live account: only reads pass until it is armed; then it counts messages and their cost.

    Writes may change this account alone; without `account_sid`, as in tests, any account.
    """

    def __init__(self, account_sid: str | None = None) -> None:
        self._account_sid = account_sid
        self._budget: Budget | None = None
        self._counted: WeakKeyDictionary[requests.PreparedRequest, tuple[Budget, int]] = WeakKeyDictionary()

    @property
    def _open(self) -> Budget | None:
        """What is armed, unless it was closed, by a process that this one was forked from too."""
        budget = self._budget
        return budget if budget is not None and budget.left[0] >= 0 else None

    @property
    def armed(self) -> bool:
        """Whether writes are open; false once the time they were armed for is over."""
        return (budget := self._open) is not None and not budget.is_over

    @property
    def messages_left(self) -> int:
        """How many messages may still be sent, by this process and those forked from it since it was armed."""
        return budget.left[0] if (budget := self._open) is not None else 0

    @property
    def words(self) -> str:
        """What is armed, how much of it is left, and until when; empty when nothing is."""
        if (budget := self._open) is None or budget.is_over:
            return ""
        parts, (messages, money) = [], budget.left
        if budget.allow_to:
            parts.append(f"{count(messages, 'message')} left")
        if budget.has_money:
            parts.append(f"{money / _MICRO:.2f} USD left")
        if budget.ends is not None:
            parts.append(f"until {datetime.fromtimestamp(budget.ends[1], UTC):%H:%M} UTC")
        return f"Writes are armed{': ' if parts else ''}{', '.join(parts)}"

    def arm(
        self,
        max_messages: int,
        allow_to: Sequence[str],
        *,
        max_spend: float | None = None,
        segment_price: float | None = None,
        minutes: float | None = None,
    ) -> None:
        """Open writes; see `Connection.arm`."""
        allow_to = [allow_to] if isinstance(allow_to, str) else allow_to
        if not isinstance(max_messages, int):
            raise InvalidInput(
                [Problem("max_messages", f"It must be a whole number of messages, not {max_messages!r}.")]
            )
        problems = [p for p in (addresses.recipient_problem(to) for to in allow_to) if p is not None and p.blocks]
        if max_messages < 0 or (max_messages > 0 and not allow_to):
            problems.append(
                Problem("max_messages", "Say who may receive them: arm(max_messages=1, allow_to=['+1...']).")
            )
        amounts = {"max_spend": max_spend, "segment_price": segment_price, "minutes": minutes}
        problems += [
            Problem(name, f"It must be a number above zero, not {value!r}.")
            for name, value in amounts.items()
            if value is not None and not (isinstance(value, int | float) and 0 < value < _MICRO)
        ]
        if max_spend is not None and segment_price is None:
            problems.append(
                Problem("segment_price", "Say what a segment costs you in USD: arm(max_spend=5, segment_price=...).")
            )
        if problems:
            raise InvalidInput(problems)
        allowed = (addresses.read(to) for to in allow_to)
        self.disarm()
        recipients = frozenset(address.text for address in allowed if address is not None)
        money, price = (None if amount is None else round(amount * _MICRO) for amount in (max_spend, segment_price))
        self._budget = Budget(max_messages, recipients, money, price or 0, minutes)

    def check_consent(self, account_sid: str = "") -> None:
        """Refuse to arm an account that was not meant: see `Connection.arm`.

        Args:
            account_sid: The account that the caller named.
        """
        named = account_sid or os.environ.get(CONSENT, "").strip()
        if account_sid and account_sid != self._account_sid:
            raise InvalidInput([Problem("account_sid", "This connection is to another account. Nothing was armed.")])
        if named != self._account_sid and not _is_attended():
            raise WritesNotArmed(
                "This program runs without a terminal, and without a notebook that takes input, so no person can confirm it. To "
                f"arm it, name the account: set {CONSENT} to its SID (AC...), or call conn.arm(account_sid='AC...'). "
                "Nothing was armed."
            )

    def disarm(self) -> None:
        """Forbid writes again, also in processes forked from this one."""
        if self._budget is not None:
            self._budget.close()
            self._budget = None

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
            InvalidInput: It is a read that would not go to Twilio's API.
            WritesNotArmed: It is a write while writes are closed, it sends more than was armed, or it is not on the list of
                allowed writes.
        """
        method = method.upper()
        try:
            request = prepare(method, url, params, data, headers)
            problem = address_problem(request, url)
        except (requests.RequestException, ValueError):  # not `from error`: its text may hold a login
            request, problem = requests.PreparedRequest(), "This request cannot be sent as it is"
        if method == "GET":
            if problem:
                host = urlsplit(request.url or "").hostname or "That address"
                raise InvalidInput([Problem("uri", f"{problem}. {host} was not asked; nothing was sent.")])
            return request
        shown = f"{method} {_shown(request)}"
        if (budget := self._open) is None or budget.is_over:
            if budget is not None:
                raise WritesNotArmed(
                    f"The time for which you armed writes is over, so {shown} was not sent. Arm again with conn.arm()."
                )
            raise WritesNotArmed(
                f"This is a LIVE account and {shown} would change it. Nothing was sent. "
                "To allow writes in this session, call conn.arm(); to allow messages, "
                "conn.arm(max_messages=1, allow_to=['+1...'])."
            )
        found = None if problem else write_of(request, self._account_sid)
        if found is None:
            raise WritesNotArmed(
                "Arming allows only what this toolkit is for: Messaging Services, their senders, and messages to the recipients "
                "you named. It neither buys nor releases phone numbers, nor moves or closes accounts that hold them. "
                f"{shown} is something else{f' ({problem})' if problem else ''}. Nothing was sent. Use the Console, or a "
                "client of your own."
            )
        write, values = found
        if write.sends:
            cost = budget.cost(values)
            _count(budget, values.get("To", []), cost)
            self._counted[request] = budget, cost
        return request

    def give_back(self, request: requests.PreparedRequest) -> None:
        """Count a message as not sent: its request never left this machine."""
        if (counted := self._counted.pop(request, None)) is not None:
            budget, cost = counted  # that by which it was counted: another one may be armed by now
            budget.change(1, cost)


def _count(budget: Budget, recipients: Sequence[str], cost: int) -> None:
    """Count a message, or raise."""
    to = recipients[0] if len(recipients) == 1 else ""
    address = addresses.read(to)
    if address is None or address.text not in budget.allow_to:
        raise WritesNotArmed(
            f"{addresses.mask(to)} is not among the recipients you armed. Nothing was sent. "
            "Arm again with that recipient in allow_to."
        )
    if not budget.change(-1, -cost):
        used = "All messages you armed are" if budget.left[0] < 1 else "The money you armed is"
        raise WritesNotArmed(f"{used} used up. Nothing was sent. Arm again for more.")


def _is_attended() -> bool:
    """Return whether a person can be asked: in a notebook whose kernel takes input, else in a terminal."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if (kernel := getattr(shell, "kernel", None)) is not None:
        return bool(getattr(kernel, "_allow_stdin", False))  # False where nbconvert or a web page runs the notebook
    return sys.stdin is not None and sys.stdin.isatty()


def _shown(request: requests.PreparedRequest) -> str:
    return addresses.mask_in(re.sub(r"(?<=/Accounts/)[^/.]+", "AC…", urlsplit(request.url or "").path))[:200]
