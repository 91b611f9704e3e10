"""The review of a toll-free verification, and its effect on the number.

The rule is the sandbox's own, so that every outcome can be tried: a rejection code in AdditionalInformation
("30446") is the result; else the first matching fault of `_FAULTS`; else the verification is approved.

Source: error pages 30440 to 30452, 30485 for causes and remedies (read 2026-11-23).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from msvc_toolkit.rules import error_codes, facts
from msvc_toolkit.sandbox.storage.store import SandboxStore

FINAL = frozenset({30440, 30441, 30442, 30443, 30444, 30447})
EDITABLE = frozenset({30445, 30446, 30448, 30449, 30451, 30452, 30485})
"""Rejection codes after which a verification cannot (`FINAL`) and can (`EDITABLE`) be edited, according to the error page's
remedy."""

_LINK = re.compile(r"(https?)://([^\s/?#]+)", re.IGNORECASE)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def _bad_link(fields: dict[str, Any]) -> bool:
    shorteners = facts.table("a2p/linter/words.toml")["hosts"]["shorteners"]
    links = _LINK.findall(str(fields.get("production_message_sample", "")))
    return any(scheme.lower() == "http" or host.lower() in shorteners for scheme, host in links)


def _bad_mail(fields: dict[str, Any]) -> bool:
    given = [fields.get(name) for name in ("notification_email", "business_contact_email")]
    return any(mail and (not _MAIL.fullmatch(mail) or mail.endswith(".invalid")) for mail in given)


_FAULTS: tuple[tuple[int, Callable[[dict[str, Any]], bool]], ...] = (
    (30452, _bad_mail),
    (30451, lambda fields: (fields.get("business_country") or "US").upper() not in ("US", "CA")),
    (30449, _bad_link),
    (30446, lambda fields: not all(_LINK.match(address) for address in fields["opt_in_image_urls"])),
)


def rejection(fields: dict[str, Any]) -> int | None:
    """Return the code a submission will be rejected with, None when it will be approved."""
    for word in re.findall(r"\b30[0-9]{3}\b", str(fields.get("additional_information") or "")):
        if int(word) in FINAL | EDITABLE:
            return int(word)
    return next((code for code, fault in _FAULTS if fault(fields)), None)


def editable(code: int) -> bool:
    """Return whether a verification rejected with this code may be edited and submitted again."""
    return code in EDITABLE


def reason(code: int) -> str:
    """Say why a verification was rejected."""
    known = error_codes.lookup(code)
    return known.meaning if known else f"Rejected with {code}."


def anything_due(store: SandboxStore, now: int) -> bool:
    """Return whether a result is due that has not been applied to the number yet."""
    first: int = store.cached(
        ("verdict",),
        lambda: (store.one("SELECT min(decided) AS first FROM tollfree WHERE NOT applied") or {})["first"] or 1 << 62,
    )
    return first <= now


def settle(store: SandboxStore, now: int) -> None:
    """Apply results: numbers with an approved verification can send, those with a rejected one cannot (30032)."""
    with store.writing():
        for row in store.all("SELECT * FROM tollfree WHERE NOT applied AND decided <= ? ORDER BY decided, seq", now):
            standing = "good" if row["verdict"] == "TWILIO_APPROVED" else "unverified"
            store.update("sender", row["sender_sid"], {"standing": standing})
            store.update("tollfree", row["sid"], {"applied": 1})
