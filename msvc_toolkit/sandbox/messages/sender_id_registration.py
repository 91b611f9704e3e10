"""Which alphanumeric sender IDs are registered in which country, and how carriers treat the others.

Twilio has no API for this registration, so `conn.sandbox` sets it. Source: sender_ids (alphanumeric.toml).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from msvc_toolkit.rules import addresses, sender_ids
from msvc_toolkit.sandbox.storage.store import SandboxStore

RULE = "sender ID registration"
_KEPT = "sender_ids"


def register(store: SandboxStore, name: str, country: str) -> None:
    """Register a sender ID in a country; call it inside a write transaction."""
    store.set_setting(_KEPT, json.dumps(sorted({*_registered(store), f"{country}:{name}"})))


def is_registered(store: SandboxStore, name: str, country: str | None) -> bool:
    """Whether a sender ID is registered in a country."""
    return f"{country}:{name}" in _registered(store)


def rule_for(
    store: SandboxStore, by: addresses.Address, to: addresses.Address, at: int
) -> sender_ids.SenderIdRule | None:
    """Return the rule for a message from a sender ID; None for other senders, and for a registered ID."""
    if by.kind != "alphanumeric" or is_registered(store, by.text, to.country):
        return None
    return sender_ids.rule(to.country, datetime.fromtimestamp(at / 1000, UTC).date())


def _registered(store: SandboxStore) -> frozenset[str]:
    return frozenset(json.loads(store.setting(_KEPT) or "[]"))
