"""What a sandbox can do and the API cannot: the type of `conn.sandbox`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol


class SandboxControl(Protocol):
    """The control handle of a sandbox, `conn.sandbox`.

    `help()` on one of its methods explains arguments and errors.
    """

    @property
    def api(self) -> Any:
        """What answers the requests; it is not part of the public API."""

    @property
    def account_sid(self) -> str:
        """The sandbox account's SID."""

    @property
    def scenario(self) -> str:
        """The scenario that the store was filled with."""

    @property
    def clock(self) -> str:
        """How its time passes: "real" or "manual"."""

    @property
    def store_path(self) -> str:
        """Where the store is kept; ``:memory:`` when it ends with the process."""

    def advance(self, seconds: float) -> None:
        """Move the clock forward and let everything happen that lies between."""

    def wait(self, seconds: float) -> None:
        """Let time pass: really on a real clock, by a step on a manual one."""

    def own(
        self,
        address: str,
        *,
        country: str | None = None,
        capabilities: Sequence[str] = ("Voice", "SMS", "MMS"),
        friendly_name: str = "",
        standing: str = "good",
    ) -> str:
        """Give the account a sender and return its SID."""

    def receive(self, from_: str, to: str, body: str = "", media_url: Sequence[str] = ()) -> dict[str, Any]:
        """Let a handset send a text to one of the account's senders."""

    def reset(self, scenario: str | None = None) -> None:
        """Empty the sandbox and fill it again; its seed and its clock mode stay."""

    def snapshot(self, path: str | Path) -> None:
        """Write a copy of the whole sandbox to a file."""

    def restore(self, path: str | Path) -> None:
        """Go back to a snapshot."""

    def api_key(self) -> tuple[str, str]:
        """Return the SID and secret of the sandbox account's API key; the secret is made up."""

    def credentials(self) -> tuple[str, str]:
        """Return the sandbox account's SID and auth token; the token is made up."""

    @property
    def now(self) -> datetime:
        """The sandbox's time, UTC."""

    def why(self, message_sid: str) -> list[dict[str, Any]]:
        """Return how a message's sender was chosen, or where an inbound text went, step by step."""

    def timeline(self, message_sid: str) -> list[tuple[datetime, str]]:
        """Return when (UTC) a message came to each of its states, in order."""

    def messages(self, limit: int = 1000, before: str | None = None) -> list[dict[str, Any]]:
        """Return the account's messages, newest first."""

    def message(self, message_sid: str) -> dict[str, Any]:
        """Return one message as `messages` does."""

    def inbox(self, address: str, limit: int = 50) -> list[dict[str, Any]]:
        """Return what a phone holds and what is on its way there, oldest first."""

    def reachable(self, address: str) -> list[str]:
        """Return the account's senders that a phone can text, in the order they were made."""

    @property
    def handset_states(self) -> dict[str, tuple[str, int | None]]:
        """The states a handset can have, with the status and error code that messages to it end in."""

    def handset_state(self, address: str) -> str:
        """Return the state of a recipient's handset."""

    def handset(self, address: str, state: str = "good") -> None:
        """Set the state of a recipient's handset, and so how messages to it end."""

    def window_closes(self, address: str, sender: str) -> datetime | None:
        """Return until when a sender may write freely to a person by WhatsApp or Messenger."""

    def opted_out(self, address: str, service_sid: str) -> bool:
        """Return whether a person gets no messages of a service after STOP."""

    def carrier(self, address: str) -> str:
        """Return the made-up carrier of a US phone: T-Mobile, AT&T, Verizon or another."""

    def journal(self, limit: int | None = None, since: datetime | None = None) -> list[dict[str, Any]]:
        """Return what happened, oldest first: this process's API requests, all webhooks and debugger entries."""

    def called(self, message_sid: str) -> list[dict[str, Any]]:
        """Return the webhooks that were called for one message, and what the debugger says of them."""

    def fault(
        self,
        kind: int | str,
        *,
        route: str | None = None,
        rate: float = 1.0,
        count: int | None = None,
        after: int = 0,
        seconds: float | None = None,
        executed: bool = False,
        retry_after: int | None = None,
    ) -> int:
        """Make API requests to this process fail, and return the fault's number."""

    def faults(self) -> list[dict[str, Any]]:
        """Return the faults that are set, with how many requests each has hit."""

    def clear_faults(self, number: int | None = None) -> None:
        """Remove one fault, or all."""

    def strict(self, *, on: bool = True) -> None:
        """Refuse parameters that Twilio does not have (20001) in requests to this process."""

    def allow_webhooks(self, *hosts: str) -> list[str]:
        """Let webhooks go to these hosts too, and return all that are allowed."""

    def register_sender_id(self, name: str, country: str) -> None:
        """Register an alphanumeric sender ID in a country, as the Console does."""

    def sender_id_registered(self, name: str, country: str | None) -> bool:
        """Whether a sender ID was registered in a country."""

    def advanced_opt_out(
        self, service_sid: str, words: dict[str, list[str]] | None = None, texts: dict[str, str] | None = None
    ) -> None:
        """Switch Advanced Opt-Out on for a service, as the Console does."""

    def enforce_a2p(self, *, on: bool = True) -> None:
        """Refuse messages of US numbers without a verified campaign (30034), even before there is any campaign."""

    def register_brand(
        self,
        brand_type: str = "STANDARD",
        *,
        status: str = "APPROVED",
        errors: Mapping[int, str] | None = None,
        profile_status: str = "twilio-approved",
        product_status: str = "twilio-approved",
        valid_until: datetime | None = None,
        business: Mapping[str, object] | None = None,
        account_sid: str | None = None,
        **more: Any,
    ) -> str:
        """Make a brand registration in any state, with its profiles, and return its SID."""

    def register_campaign(
        self,
        service_sid: str,
        *,
        brand_sid: str | None = None,
        status: str = "VERIFIED",
        errors: Mapping[int, str] | None = None,
        **more: Any,
    ) -> str:
        """Make a service's campaign in any state, and return its SID."""
