"""Scenarios: the content of a new sandbox. The same seed always gives the same SIDs."""

from __future__ import annotations

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.scenarios import starter
from msvc_toolkit.sandbox.storage.store import SandboxStore

SCENARIOS = ("empty", "starter", "busy")
MOST = 10_000_000
"""The most messages of scenario busy. Ours: ten times the number that was tried, and 4 GB on disk."""


def check(name: str, messages: int | None = None, faults: bool | None = None) -> None:
    """Raise SandboxError unless there is such a scenario, and it takes these options."""
    if name not in SCENARIOS:
        raise SandboxError(f"There is no scenario {name!r}. Choose one of {', '.join(SCENARIOS)}.")
    if name != "busy" and (messages, faults) != (None, None):
        raise SandboxError(f"Only scenario 'busy' has messages and faults; {name!r} takes neither.")
    if messages is not None and not 0 <= messages <= MOST:
        raise SandboxError(f"Scenario 'busy' takes 0 to {MOST} messages, not {messages}.")


def plant(store: SandboxStore, name: str, now: int, messages: int | None = None, faults: bool | None = None) -> None:
    """Fill a new store: one Full account with its API key, then the scenario's content.

    `messages` (how many) and `faults` (with incidents or without) are for scenario busy.
    """
    check(name, messages, faults)
    account_sid = starter.account(store, now)
    if name == "starter":
        starter.starter(store, account_sid, now)
    elif name == "busy":
        from msvc_toolkit.sandbox.scenarios import busy  # noqa: PLC0415 - brings numpy, which nothing else here needs

        count = busy.MESSAGES if messages is None else messages
        busy.plant(store, account_sid, now, messages=count, faults=faults is not False)
        store.set_setting("messages", str(count))
        store.set_setting("faults", str(faults is not False))
    store.set_setting("scenario", name)
