"""Twilio's error codes, explained in our own words: error_codes.toml.

The table has the codes of Messaging Services, senders, messages, registrations and webhooks; `lookup` returns
None for any other. Gap: some codes for refused campaigns could not be read (30911, 30912, 30916, 30918, 30920, 30922,
30926, 30928, 30935 to 30948, 30950, 30953, 30955 to 30963); for those there is only the API's own description.

Source: Twilio error and warning dictionary, https://www.twilio.com/docs/api/errors, read 2026-11-23, -24 and -30.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from msvc_toolkit.rules.facts import table

Status = Literal["failed", "undelivered", "inbound", "warning"]
Who = Literal["you", "Twilio", "the carriers", "the recipient", "nobody"]


@dataclass(frozen=True, kw_only=True)
class Code:
    """What one of Twilio's error codes means and what to do about it."""

    code: int  # Twilio's number
    # HTTP status of the answer that carries it; None when it does not come as an answer to a request
    http: int | None = None
    # status of the message that carries it (``failed``, ``undelivered``), or ``inbound`` for a text that came in, or
    # ``warning`` for an entry in the debugger that stops nothing; None otherwise
    status: Status | None = None
    meaning: str  # what happened, one sentence
    cause: str  # the usual reason, one sentence
    remedy: str  # what to do next, one sentence
    source: str  # where this was read; says "our reading" for what Twilio does not document
    who: Who = "you"  # who has to act; "nobody" if nothing is wrong, or if the problem ends by itself
    retryable: bool = False  # true when the same request, sent again later, can succeed and cannot have a double effect

    @property
    def more_info(self) -> str:
        """Twilio's own page on this code."""
        return f"https://www.twilio.com/docs/errors/{self.code}"


def lookup(code: int | str | None) -> Code | None:
    """Return the entry of a code, given as a number or as text; None for an unknown code."""
    try:
        return _dictionary().get(int(code or 0))
    except ValueError:
        return None


def advice(code: int | str | None) -> str:
    """Say in one line what a code means and what to do next; an unknown code gives an empty text."""
    found = lookup(code)
    return f"{found.meaning} {found.remedy}" if found else ""


def all_codes() -> tuple[Code, ...]:
    """All known codes, smallest number first."""
    return tuple(_dictionary().values())


@lru_cache(maxsize=1)
def _dictionary() -> dict[int, Code]:
    entries = {key: entry for key, entry in table("rules/error_codes.toml").items() if isinstance(entry, dict)}
    found: dict[int, Code] = {}
    # A range comes after the single codes, so that it fills only the gaps between them.
    for key, entry in sorted(entries.items(), key=lambda item: "-" in item[0]):
        first, _, last = key.partition("-")
        for code in range(int(first), int(last or first) + 1):
            found.setdefault(code, Code(code=code, **entry))
    return dict(sorted(found.items()))
