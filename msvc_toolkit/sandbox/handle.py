"""The control handle: what only a sandbox can do, from Python (`conn.sandbox`) and over `/_sandbox/`."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox import seed
from msvc_toolkit.sandbox.api import Sandbox
from msvc_toolkit.sandbox.clock import check_mode
from msvc_toolkit.sandbox.resources import inbound
from msvc_toolkit.sandbox.settings import DEFAULTS, Settings
from msvc_toolkit.sandbox.store import Row, Store


def open_sandbox(
    path: str | Path,
    *,
    scenario: str | None = None,
    seed_number: int | None = None,
    clock: str | None = None,
    settings: Settings = DEFAULTS,
) -> Handle:
    """Open a sandbox's store, filling it when it is new.

    Args:
        path: The store's file, or ``":memory:"``.
        scenario: What a new store holds; "starter" when not given.
        seed_number: Where a new store's SIDs come from; 7 when not given.
        clock: "real" or "manual"; "real" when not given.
        settings: What Twilio does not document.

    Raises:
        SandboxError: The file is no store, or it was made with another scenario, seed or clock than asked for.
    """
    seed.check_scenario(scenario or "starter")
    check_mode(clock or "real")
    store = Store(path)
    handle = Handle(Sandbox(store, settings))
    asked = {"scenario": scenario, "seed": None if seed_number is None else str(seed_number), "clock": clock}
    with store.writing():
        if store.meta("scenario") is None:
            handle._plant(scenario or "starter", 7 if seed_number is None else seed_number, clock or "real")  # noqa: SLF001
        kept = {name: store.meta(name) for name in asked}
    for name, wanted in asked.items():
        if wanted is not None and wanted != kept[name]:
            store.close()
            raise SandboxError(
                f"The store {path} was made with {name}={kept[name]}, not {wanted}. Leave {name} out to go on with "
                "it, name another file with store=..., or start it afresh with conn.sandbox.reset()."
            )
    return handle


class Handle:
    """Moves the sandbox's clock, plays the outside world and explains what happened.

    Args:
        sandbox: The sandbox to control.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._store = sandbox.store

    def __repr__(self) -> str:
        return f"<Sandbox {self.scenario!r}, {self.clock} clock, store {self.store_path}>"

    @property
    def api(self) -> Sandbox:
        """What answers the requests."""
        return self._sandbox

    @property
    def account_sid(self) -> str:
        """The sandbox account's SID."""
        return str(self._account()["sid"])

    @property
    def scenario(self) -> str:
        """What the store was filled with."""
        return self._store.meta("scenario") or ""

    @property
    def clock(self) -> str:
        """Tell "real" or "manual"."""
        return self._sandbox.clock.mode

    @property
    def store_path(self) -> str:
        """Where the store is kept; ``:memory:`` when it ends with the process."""
        return self._store.path

    def advance(self, seconds: float) -> None:
        """Move the clock forward and let everything happen that lies between.

        Args:
            seconds: How far, zero or more.

        Raises:
            SandboxError: The step is negative or far too large.
        """
        self._sandbox.clock.advance(seconds)
        self._sandbox.settle()

    def wait(self, seconds: float) -> None:
        """Let time pass: really on a real clock, by a step on a manual one."""
        if self.clock == "manual":
            self.advance(seconds)
        else:
            time.sleep(seconds)

    def own(
        self, address: str, *, country: str | None = None, capabilities: Sequence[str] = seed.ALL,
        friendly_name: str = "",
    ) -> str:  # fmt: skip
        """Give the account a sender and return its SID.

        Args:
            address: A number in E.164, a short code's digits, or a channel address such as ``whatsapp:+1...``.
            country: ISO code; needed for a short code.
            capabilities: Any of Voice, SMS, MMS.
            friendly_name: A label.

        Raises:
            SandboxError: It is no address a sender can have, or the sandbox has it already.
        """
        with self._store.writing():
            return seed.own(
                self._store, self.account_sid, address, now=self._sandbox.clock.now(), country=country,
                capabilities=tuple(capabilities), friendly_name=friendly_name,
            )  # fmt: skip

    def receive(self, from_: str, to: str, body: str = "", media_url: Sequence[str] = ()) -> dict[str, Any]:
        """Play a handset that sends a text to one of the account's senders.

        Args:
            from_: The handset's number, E.164 or a channel address.
            to: The account's number, short code or channel sender.
            body: The text.
            media_url: Addresses of attached media.

        Returns:
            ``sid`` (None when the text is dropped), ``outcome``, ``url``, ``method`` of the webhook that Twilio would
            call, and ``steps``, the decision in sentences. The sandbox does not call the webhook.

        Raises:
            SandboxError: `from_` is no handset, `to` is no sender of the account, or the one cannot reach the other.
        """
        with self._store.writing():
            return inbound.arrive(
                self._store, self._sandbox.settings, self._sandbox.clock.now(), from_, to, body, tuple(media_url)
            )

    def why(self, message_sid: str) -> list[dict[str, Any]]:
        """Tell how a message's sender was chosen, or where an inbound text went, step by step.

        Args:
            message_sid: The message.

        Returns:
            One entry per step: ``rule``, ``sentence`` and ``left``, the SIDs of the senders still eligible after it.
            Empty while the sender has not been chosen yet.

        Raises:
            SandboxError: There is no such message.
        """
        self._sandbox.settle()
        row = self._store.one("SELECT why FROM message WHERE sid = ?", message_sid)
        if row is None:
            raise SandboxError(f"The sandbox has no message {message_sid}; list them with conn.client.messages.list().")
        steps: list[dict[str, Any]] = json.loads(row["why"])
        return steps

    def reset(self, scenario: str | None = None) -> None:
        """Empty the sandbox and fill it again; seed and clock mode stay.

        Args:
            scenario: What it holds afterwards; the present one when not given.

        Raises:
            SandboxError: There is no such scenario.
        """
        chosen = scenario or self.scenario
        seed.check_scenario(chosen)
        with self._store.writing():
            number, clock = int(self._store.meta("seed") or 7), self.clock
            self._store.empty()
            self._plant(chosen, number, clock)

    def snapshot(self, path: str | Path) -> None:
        """Write a copy of the whole sandbox to a file."""
        self._store.snapshot(path)

    def restore(self, path: str | Path) -> None:
        """Go back to a snapshot.

        Raises:
            SandboxError: There is none at this path, or it is of another version.
        """
        self._store.restore(path)

    def _plant(self, scenario: str, seed_number: int, clock: str) -> None:
        self._store.remember("seed", str(seed_number))
        self._sandbox.clock.start(clock, self._sandbox.settings.start)
        seed.plant(self._store, scenario, self._sandbox.clock.now())

    def _account(self) -> Row:
        row = self._store.one("SELECT * FROM account ORDER BY date_created LIMIT 1")
        if row is None:
            raise SandboxError("The sandbox has no account; start it afresh with conn.sandbox.reset().")
        return row

    @property
    def now(self) -> datetime:
        """The sandbox's time, UTC."""
        return datetime.fromtimestamp(self._sandbox.clock.now() / 1000, UTC)

    def api_key(self) -> tuple[str, str]:
        """Return the SID and made-up secret of the sandbox account's API key."""
        row = self._store.one("SELECT sid, secret FROM api_key WHERE account_sid = ?", self.account_sid)
        return (str(row["sid"]), str(row["secret"])) if row else ("", "")

    def credentials(self) -> tuple[str, str]:
        """Return the sandbox account's SID and made-up auth token; they open nothing but this sandbox."""
        row = self._account()
        return str(row["sid"]), str(row["auth_token"])
