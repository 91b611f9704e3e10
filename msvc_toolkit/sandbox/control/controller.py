"""The control handle: what only a sandbox can do, from Python (`conn.sandbox`) and over `/_sandbox/`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox import scenarios
from msvc_toolkit.sandbox.backend import Sandbox
from msvc_toolkit.sandbox.control.registrar import Registrar
from msvc_toolkit.sandbox.inbound import arrival
from msvc_toolkit.sandbox.messages import callbacks
from msvc_toolkit.sandbox.scenarios import starter
from msvc_toolkit.sandbox.settings import DEFAULTS, Settings
from msvc_toolkit.sandbox.storage import snapshots
from msvc_toolkit.sandbox.storage.clock import check_mode, check_step
from msvc_toolkit.sandbox.storage.store import Store


def open_sandbox(
    path: str | Path,
    *,
    scenario: str | None = None,
    seed_number: int | None = None,
    clock: str | None = None,
    messages: int | None = None,
    faults: bool | None = None,
    settings: Settings = DEFAULTS,
) -> Handle:
    """Open a sandbox's store, filling it when it is new.

    Args:
        path: The store's file, or ``":memory:"``.
        scenario: What a new store holds; "starter" when not given.
        seed_number: Where a new store's SIDs come from; 7 when not given.
        clock: "real" or "manual"; "real" when not given.
        messages: How many messages scenario "busy" has, 100 000 when not given; asking for them asks for "busy".
        faults: False leaves the planted faults out of scenario "busy".
        settings: What Twilio does not document.

    Raises:
        SandboxError: The file is no store, or it was made with another scenario, seed or clock than asked for.
    """
    if scenario is None and (messages, faults) != (None, None):
        scenario = "busy"
    scenarios.check(scenario or "starter", messages, faults)
    check_mode(clock or "real")
    store = Store(path)
    handle = Handle(Sandbox(store, settings))
    asked = {"scenario": scenario, "seed": seed_number, "clock": clock, "messages": messages, "faults": faults}
    with store.writing():
        if store.meta("scenario") is None:
            number = 7 if seed_number is None else seed_number
            handle._plant(scenario or "starter", number, clock or "real", messages, faults)  # noqa: SLF001
        kept = {name: store.meta(name) for name in asked}
    for name, wanted in asked.items():
        if wanted is not None and str(wanted) != kept[name]:
            store.close()
            raise SandboxError(
                f"The store {path} was made with {name}={kept[name]}, not {wanted}. Leave {name} out to go on with "
                "it, name another file with store=..., or start it afresh with conn.sandbox.reset()."
            )
    return handle


class Handle(Registrar):
    """Moves the sandbox's clock, plays the outside world and explains what happened.

    Args:
        sandbox: The sandbox to control.
    """

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
        check_step(seconds)
        clock = self._sandbox.clock
        if self.clock == "real":
            clock.advance(seconds)
            self._sandbox.settle()
            return
        left = round(seconds * 1000)  # our own share: another kernel may move the clock meanwhile, and both steps count
        while (moment := callbacks.next_moment(self._store)) is not None:
            step = max(moment - clock.now(), 0)
            if step > left:
                break
            clock.advance(step / 1000)
            left -= step
            self._sandbox.settle()
            if not self._sandbox.courier.run():
                break
        clock.advance(left / 1000)
        self._sandbox.settle()
        self._sandbox.courier.run()

    def wait(self, seconds: float) -> None:
        """Let time pass: really on a real clock, by a step on a manual one."""
        if self.clock == "manual":
            self.advance(seconds)
        else:
            time.sleep(seconds)

    def own(
        self, address: str, *, country: str | None = None, capabilities: Sequence[str] = starter.ALL,
        friendly_name: str = "", standing: str = "good",
    ) -> str:  # fmt: skip
        """Give the account a sender and return its SID.

        Args:
            address: A number in E.164, a short code's digits, or a channel address such as ``whatsapp:+1...``.
            country: ISO code; needed for a short code.
            capabilities: Any of Voice, SMS, MMS.
            friendly_name: A label.
            standing: How carriers treat it: "good" (a US number as its registration has it, once the account takes
                part in A2P), "unregistered" (30034 to the US), "unverified" (toll-free, 30032) or "filtered" (30007).

        Raises:
            SandboxError: It is no address a sender can have, or the sandbox has it already.
        """
        with self._store.writing():
            return starter.own(
                self._store, self.account_sid, address, now=self._sandbox.clock.now(), country=country,
                capabilities=tuple(capabilities), friendly_name=friendly_name, standing=standing,
            )  # fmt: skip

    def receive(self, from_: str, to: str, body: str = "", media_url: Sequence[str] = ()) -> dict[str, Any]:
        """Play a handset that sends a text to one of the account's senders.

        Args:
            from_: The handset's number, E.164 or a channel address.
            to: The account's number, short code or channel sender.
            body: The text.
            media_url: Addresses of attached media.

        Returns:
            ``sid`` (None when the text is dropped), ``keyword`` (STOP, START or HELP where Twilio handles it),
            ``outcome``, ``url`` and ``method`` of the webhook that is called half a second later, and ``steps``, the
            decision in sentences.

        Raises:
            SandboxError: `from_` is no handset, `to` is no sender of the account, or the one cannot reach the other.
        """
        with self._store.writing():
            told = arrival.arrive(
                self._store, self._sandbox.settings, self._sandbox.clock.now(), from_, to, body, tuple(media_url)
            )
        self._sandbox.courier.wake()
        return told

    def reset(self, scenario: str | None = None) -> None:
        """Empty the sandbox and fill it again; seed and clock mode stay, faults and this process's journal are gone.

        Args:
            scenario: What it holds afterwards; the present one when not given.

        Raises:
            SandboxError: There is no such scenario.
        """
        chosen = scenario or self.scenario
        scenarios.check(chosen)
        with self._store.writing():
            number, clock = int(self._store.meta("seed") or 7), self.clock
            many, faults = self._store.meta("messages"), self._store.meta("faults") != "False"
            again = (int(many), faults) if many and chosen == self.scenario else ()
            self._store.empty()
            self._plant(chosen, number, clock, *again)
        self._sandbox.faults.clear()
        self._sandbox.requests.clear()

    def snapshot(self, path: str | Path) -> None:
        """Write a copy of the whole sandbox to a file."""
        snapshots.snapshot(self._store, path)

    def restore(self, path: str | Path) -> None:
        """Go back to a snapshot.

        Raises:
            SandboxError: There is none at this path, or it is of another version.
        """
        snapshots.restore(self._store, path)

    def _plant(
        self, scenario: str, seed_number: int, clock: str, messages: int | None = None, faults: bool | None = None
    ) -> None:
        self._store.remember("seed", str(seed_number))
        self._sandbox.clock.start(clock, self._sandbox.settings.start)
        scenarios.plant(self._store, scenario, self._sandbox.clock.now(), messages, faults)

    def api_key(self) -> tuple[str, str]:
        """Return the SID and made-up secret of the sandbox account's API key."""
        row = self._store.one("SELECT sid, secret FROM api_key WHERE account_sid = ?", self.account_sid)
        return (str(row["sid"]), str(row["secret"])) if row else ("", "")

    def credentials(self) -> tuple[str, str]:
        """Return the sandbox account's SID and made-up auth token; they open nothing but this sandbox."""
        row = self._account()
        return str(row["sid"]), str(row["auth_token"])
