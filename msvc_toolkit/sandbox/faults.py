"""Injected faults. Only route, count and seed decide which requests they apply to.

Source: Twilio API best practices (a 429 was not processed and may be repeated; a POST that ended in 5xx is ambiguous)
and error dictionary 20003, 20429, 20500, 20503 and 70051, which a key without the permission gets (read 2026-11-24).
Twilio does not promise `Retry-After`, so it is optional.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from fnmatch import translate
from typing import Any

from msvc_toolkit.errors import SandboxError

ANSWERS = {
    "401": (401, 20003, "Authenticate"),
    "403": (403, 70051, "Authorization Failed"),
    "429": (429, 20429, "Too Many Requests"),
    "500": (500, 20500, "Internal Server Error"),
    "503": (503, 20503, "Service Unavailable"),
}
"""Kinds that are an answer: HTTP status, Twilio's code and text."""
NOT_DONE = ("401", "403", "429")
"""Kinds after which the request was not carried out."""
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
"""The page of a gateway or a sign-in page."""
UNREADABLE: dict[str, tuple[int | None, bytes | None]] = {
    "302": (302, b""),
    "502": (502, PAGE),
    "204": (204, b""),
    "html": (None, PAGE),
    "empty": (None, b""),
    "{}": (None, b"{}"),
    "cut": (None, None),
}
"""Kinds whose answer is not Twilio's: HTTP status and body. Without a status, that of success is used; "cut" has the
first half of the real body."""
SILENT = ("timeout", "reset")
"""Kinds after which the client has no answer at all."""
KINDS = (*ANSWERS, *UNREADABLE, *SILENT, "truncated", "latency")
SECONDS = {"timeout": 30.0, "latency": 1.0}
"""Default seconds of a timeout and a latency. Ours: careful clients wait no longer than 30 s."""
SECONDS_LIMIT = 600.0
FAULTS_LIMIT = 100
"""The most faults at once. Ours: every request is compared with each."""
_METHODS = ("GET", "POST", "PUT", "DELETE")
Matcher = Callable[[str], object]


@dataclass(frozen=True)
class AppliedFault:
    """The fault that applies to one request."""

    kind: str  # one of `KINDS`
    executed: bool  # whether the request is carried out before anything goes wrong
    seconds: float  # seconds before the response is sent or the connection dropped
    retry_after: int | None  # seconds for the header of that name, None for no header

    @property
    def silent(self) -> bool:
        """Return whether the client gets no answer."""
        return self.kind in SILENT

    @property
    def noted(self) -> dict[str, Any]:
        """The fields that the journal adds to the request's entry."""
        entry: dict[str, Any] = {"fault": self.kind, "executed": self.executed}
        return {**entry, "status": None} if self.silent else entry


@dataclass
class InjectedFault:
    """A fault that was set, and how often it applied."""

    kind: str  # one of `KINDS`
    route: str | None  # method and path with wildcards (``POST /2010-04-01/*/Messages.json``); None is every request
    rate: float  # share of the matching requests it applies to, above 0 up to 1
    count: int | None  # how many requests it applies to at most, None for no limit
    after: int  # how many matching requests it skips first
    seconds: float | None  # duration of a timeout or latency; None for the default
    executed: bool  # whether the request is carried out first
    retry_after: int | None  # seconds for the header of that name, None for no header
    number: int = 0  # its number, by which it is cleared
    matched: int = 0  # matching requests so far
    struck: int = 0  # requests it has applied to so far

    def is_met(self, chance: Callable[[str], float]) -> bool:
        """Count a matching request and return whether the fault applies to it."""
        self.matched += 1
        if self.matched <= self.after or (self.count is not None and self.struck >= self.count):
            return False
        if self.rate < 1 and chance(f"fault:{self.number}:{self.matched}") >= self.rate:
            return False
        self.struck += 1
        return True


class Faults:
    """The injected faults of one process; `digest` returns hex digits that depend only on a text and the seed."""

    def __init__(self, digest: Callable[[str], str]) -> None:
        self._digest = digest
        self._lock = threading.Lock()
        self._last = 0
        self._set: tuple[tuple[InjectedFault, Matcher], ...] = ()

    def __bool__(self) -> bool:
        return bool(self._set)

    def add(self, fault: InjectedFault) -> int:
        """Set a fault and return its number; raise SandboxError if there is no such fault, or it could never apply."""
        _check(fault)
        matches = _matcher(fault.route)
        if len(self._set) >= FAULTS_LIMIT:
            raise SandboxError(f"There are {FAULTS_LIMIT} faults already; clear some first.")
        fault.seconds = SECONDS.get(fault.kind, 0.0) if fault.seconds is None else float(fault.seconds)
        fault.executed = fault.executed or fault.kind in ("truncated", "cut", "latency")
        with self._lock:
            self._last += 1
            fault.number = self._last
            self._set = (*self._set, (fault, matches))
        return fault.number

    def clear(self, number: int | None = None) -> None:
        """Remove one fault, or all of them; then numbers and random draws start from the beginning."""
        with self._lock:
            if number is None:
                self._set, self._last = (), 0
                return
            remaining = tuple(entry for entry in self._set if entry[0].number != number)
            if len(remaining) == len(self._set):
                raise SandboxError(f"There is no fault {number}; conn.sandbox.faults() lists them.")
            self._set = remaining

    def described(self) -> list[dict[str, Any]]:
        """Return each fault as plain data, in the order they were set."""
        with self._lock:
            return [{"number": fault.number, **asdict(fault)} for fault, _ in self._set]

    def strike(self, method: str, path: str) -> AppliedFault | None:
        """Return the fault for a request: the first that matches, with the sum of all latencies."""
        request, worst, late, seconds = f"{method} {path}", None, None, 0.0
        with self._lock:
            for fault, matches in self._set:
                slow = fault.kind == "latency"
                if (worst is not None and not slow) or not matches(request) or not fault.is_met(self._chance):
                    continue
                seconds += fault.seconds or 0.0
                worst, late = (worst, fault) if slow else (fault, late)
        met = worst or late
        return None if met is None else AppliedFault(met.kind, met.executed, seconds, met.retry_after)

    def _chance(self, text: str) -> float:
        """Return a number from 0 up to 1 that depends only on the text and the seed."""
        return int(self._digest(text)[:12], 16) / 16**12


def _matcher(route: str | None) -> Matcher:
    """Return a function that matches "METHOD /path" with a route; raise SandboxError if it is not a route."""
    if route is None:
        return lambda _: True
    method, _, path = route.rpartition(" ")
    if method not in ("", "*", *_METHODS) or path[:1] not in ("/", "*"):
        raise SandboxError(
            f"{route[:80]!r} is not a route. Write a method and a path with * for what varies, such as "
            "'POST /2010-04-01/*/Messages.json'; the method may be left out."
        )
    return re.compile(translate(f"{method or '*'} {path}")).match


def _check(fault: InjectedFault) -> None:
    kind, seconds, retry_after = fault.kind, fault.seconds, fault.retry_after
    if kind not in KINDS:
        raise SandboxError(f"There is no fault {kind[:40]!r}. Choose one of {', '.join(KINDS)}.")
    if not 0 < fault.rate <= 1:
        raise SandboxError(f"A rate must be above 0 and at most 1, not {fault.rate}.")
    if (fault.count is not None and fault.count < 1) or fault.after < 0:
        raise SandboxError("A count must be at least 1, and after must not be negative.")
    if seconds is not None and (kind not in SECONDS or not 0 <= seconds <= SECONDS_LIMIT):
        raise SandboxError(f"Only {' and '.join(SECONDS)} take seconds, from 0 to {SECONDS_LIMIT:.0f}.")
    if fault.executed and kind in NOT_DONE:
        raise SandboxError(f"Twilio does not carry out a request that it answers with {kind}.")
    if retry_after is not None and (kind not in ("429", "503") or not 0 <= retry_after <= SECONDS_LIMIT):
        raise SandboxError("Retry-After goes with 429 and 503, in whole seconds up to 600.")
