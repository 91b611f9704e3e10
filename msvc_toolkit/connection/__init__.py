"""Connections: one account, live or sandbox, through the unmodified SDK."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from weakref import WeakSet

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.response import Response
from twilio.rest import Client

from msvc_toolkit.connection.answers import judging
from msvc_toolkit.connection.credentials import Credentials, find_credentials
from msvc_toolkit.connection.guard import Guard
from msvc_toolkit.connection.live import LiveHttpClient
from msvc_toolkit.connection.patience import patient
from msvc_toolkit.connection.sandbox_control import SandboxControl
from msvc_toolkit.errors import MissingCredentials, TwilioRefused, Unreachable, WritesNotArmed
from msvc_toolkit.private.secret import Secret
from msvc_toolkit.private.turns import in_turn
from msvc_toolkit.rules import addresses, error_codes

__all__ = ["Connection", "Credentials", "Guard", "LiveHttpClient", "SandboxConnection"]
__all__ += ["SandboxControl", "asking", "connect_live", "connect_subaccount", "find_credentials"]

_SDK_PREFIX = re.compile(r"Unable to (?:create|fetch|update|delete) (?:record|page): ")
"""The words that the SDK puts before Twilio's error text."""
_NO_RIGHT = 70051
"""Twilio's error for an API key without the right to do this. Source: error dictionary 70051, read 2026-11-24."""


@dataclass
class Connection:
    """One account to work on, live or sandbox; every call of this toolkit takes one.

    Args:
        label: "LIVE" or "SANDBOX".
        client: The unmodified ``twilio.rest.Client``.
        account_sid: The account.
        sandbox: The control handle of a sandbox, None when live.
        guard: The guard that checks writes to a live account; None in the sandbox.
        screens: The forms on it; `show_arming` and `show_changes` refresh them.
        undoable: Notes what a form is about to change on a live account, given the connection and the form's calls, so that
            it can be undone; returns a context whose value says whether there is something to undo. None notes nothing.
        dropping: SIDs of the services whose texts somebody chose to drop on this connection; no API shows that choice.
    """

    label: Literal["LIVE", "SANDBOX"]
    client: Client
    account_sid: str
    sandbox: SandboxControl | None = None
    guard: Guard | None = None
    screens: WeakSet[Any] = field(default_factory=WeakSet, repr=False, compare=False)
    undoable: Callable[[Any, Any], AbstractContextManager[bool]] | None = field(default=None, repr=False, compare=False)
    dropping: set[str] = field(default_factory=set, repr=False, compare=False)

    def __repr__(self) -> str:
        armed = ", armed" if self.guard and self.guard.armed else ""
        return f"<Connection {self.label} {self.account_sid[:4]}…{self.account_sid[-4:]}{armed}>"

    @property
    def may_write(self) -> bool:
        """Return whether writes are open."""
        return self.guard is None or self.guard.armed

    @property
    def armed_words(self) -> str:
        """What is armed on a live account, how much of it is left, and until when; empty when nothing is."""
        return self.guard.words if self.guard is not None else "Writes are armed"

    def arm(
        self,
        *,
        max_messages: int = 0,
        allow_to: Sequence[str] = (),
        max_spend: float | None = None,
        segment_price: float | None = None,
        minutes: float | None = None,
        account_sid: str = "",
    ) -> None:
        """Open writes on a live account for this kernel; in the sandbox everything is open anyway.

        Processes that are forked from this one afterwards share the remaining messages and money. A run without a person,
        such as a scheduled job, has neither a terminal nor a notebook that takes input. There the account must be named:
        with `account_sid`, or with the environment variable MSVC_ARM.

        Args:
            max_messages: How many messages may be sent until it is armed again.
            allow_to: The recipients they may go to, E.164 or channel addresses; a list of any length.
            max_spend: The most USD that the messages may cost, estimated from their segments and `segment_price`.
            segment_price: What a segment costs you in USD, carrier fee included.
            minutes: After how many minutes writes close again; never when not given.
            account_sid: The SID of the account that you mean. Arming another account with it is refused.

        Raises:
            InvalidInput: A recipient is not a usable address, messages are allowed to nobody, an amount is not above
                zero, or `account_sid` is another account's.
            WritesNotArmed: The run has no terminal or notebook and the account was not named, or the API key may not read
                what this toolkit needs.
            Unreachable: Twilio gave no answer about the API key.
        """
        if self.guard is None:
            return
        self.guard.check_consent(account_sid)
        if self.by_key and (why := self.key_problem()):
            raise WritesNotArmed(f"{why} Nothing was armed.")
        self.guard.arm(max_messages, allow_to, max_spend=max_spend, segment_price=segment_price, minutes=minutes)
        self.show_arming()

    @property
    def by_key(self) -> bool:
        """Whether it logs in with an API key, which can have fewer rights than the account's auth token."""
        return bool(self.client.username != self.account_sid)

    def key_problem(self) -> str:
        """Say what the API key must be able to read but may not; empty if it may read everything needed.

        It reads one Messaging Service and one message: forms show them, and a send without an answer is looked up in the
        list of messages. Which writes a key allows cannot be seen without a write.

        Source: Twilio docs, "Manage API keys in the Console", "Types of keys" and "Restricted API keys"; read 2026-11-23.

        Raises:
            TwilioRefused: The credentials are wrong, or the account is closed.
            Unreachable: There was no answer.
        """
        needed = {"Messaging Services": self.client.messaging.v1.services, "messages": self.client.messages}
        refused = []
        for what, listed in needed.items():
            try:
                with asking():
                    listed.list(limit=1, page_size=1)
            except TwilioRefused as error:
                if error.code != _NO_RIGHT:
                    raise
                refused.append(what)
        if not refused:
            return ""
        return (
            f"This API key may not read {' and '.join(refused)} (error {_NO_RIGHT}). Let it read them in the Console under API keys, or use a "
            "Standard key."
        )

    def disarm(self) -> None:
        """Close writes again."""
        if self.guard is not None:
            self.guard.disarm()
            self.show_arming()

    @in_turn
    def show_arming(self) -> None:
        """Let all forms of a live account show what is armed now, and how much of it is left."""
        if self.guard is not None:
            for screen in tuple(self.screens):
                screen.refresh()

    @property
    def writes(self) -> int:
        """How many writes to the account this process has made."""
        return getattr(self.client.http_client if self.sandbox is None else self.sandbox.api, "writes", 0)

    @in_turn
    def show_changes(self) -> None:
        """Refresh the forms that show the account, if something was written after they read it."""
        for screen in tuple(self.screens):
            stale = getattr(screen, "writes_seen", self.writes) != self.writes
            if stale and screen.view.comm is not None and not getattr(screen, "busy", False):
                screen.look_again()

    @property
    def now(self) -> datetime:
        """The account's time, UTC: a sandbox may have its own clock."""
        return datetime.now(UTC) if self.sandbox is None else self.sandbox.now

    @property
    def folder_name(self) -> str:
        """The name of the account's folders in the toolkit's folder; empty for a sandbox in memory, which has none."""
        if self.sandbox is None:
            return self.account_sid
        path = getattr(self.sandbox, "store_path", ":memory:")
        if path == ":memory:":
            return ""
        return f"sandbox-{hashlib.sha256(str(Path(path).resolve()).encode()).hexdigest()[:16]}"

    def get(self, uri: str) -> Response:
        """Read one address of the API, with retries, and return the answer as it came.

        Args:
            uri: The whole address; the client adds its credentials.

        Raises:
            TwilioRefused: The answer was an error, after all tries.
            Unreachable: There was no answer.
        """

        def once() -> Response:
            return self.client.request("GET", uri)

        try:
            patient_itself = isinstance(self.client.http_client, LiveHttpClient)
            answer = once() if patient_itself else patient(once)
        except requests.RequestException as error:
            host, kind = urlsplit(uri).hostname, type(error).__name__
            raise Unreachable(f"{host} gave no answer ({kind}). Try again; nothing was changed.") from None
        if answer.status_code >= 400:  # noqa: PLR2004 - HTTP's errors begin here
            raise _refused(answer.status_code, *_error_of(answer.text))
        return answer

    def wait(self, seconds: float) -> None:
        """Let time pass: advance a sandbox's manual clock, otherwise sleep."""
        if self.sandbox is not None:
            self.sandbox.wait(seconds)
        else:
            time.sleep(seconds)


class SandboxConnection(Connection):
    """A connection to a sandbox, which always has a control handle."""

    sandbox: SandboxControl


@contextmanager
def asking() -> Iterator[None]:
    """Turn the SDK's errors into ours, which explain the code and mask phone numbers.

    Raises:
        TwilioRefused: Twilio answered with an error.
        OutcomeUnknown: A write got no readable answer from Twilio.
        Unreachable: A read got no readable answer.
    """
    try:
        with judging():
            yield
    except TwilioRestException as error:
        raise _refused(error.status, error.code, str(error.msg)) from None
    except TwilioServiceException as error:
        raise _refused(error.status, error.code, str(error.detail or error.title)) from None
    except TwilioException as error:
        answer = error.args[-1] if error.args else None
        if isinstance(answer, Response):
            raise _refused(answer.status_code, *_error_of(answer.text)) from None
        raise _unreadable(error) from None
    except (json.JSONDecodeError, requests.RequestException) as error:  # a read: writes were checked before
        raise _unreadable(error) from None


def _unreadable(error: Exception) -> Unreachable:
    return Unreachable(
        f"Twilio's answer could not be read ({type(error).__name__}). Try again in a minute; nothing was changed."
    )


def _refused(status: int, code: int | None, message: str) -> TwilioRefused:
    return TwilioRefused(
        status=status,
        code=code if code != status else None,
        message=addresses.mask_in(_SDK_PREFIX.sub("", message, count=1)),
        advice=error_codes.advice(code),
        more_info=f"https://www.twilio.com/docs/errors/{code}" if error_codes.lookup(code) else None,
    )


def _error_of(answer: str) -> tuple[int | None, str]:
    """Read the code and message of a refused list, which the SDK does not read itself."""
    try:
        error = json.loads(answer)
        return error.get("code"), str(error.get("message", ""))
    except (ValueError, AttributeError):
        return None, "the list could not be read"


def connect_live(profile: str | None = None) -> Connection:
    """Connect to the live account, for reads only until it is armed. Raises MissingCredentials if none were found.

    Args:
        profile: A Twilio CLI profile to use instead of the environment.
    """
    found = find_credentials(profile)
    if found is None:
        raise MissingCredentials(
            f"There is no Twilio CLI profile {profile!r} with an API key in ~/.twilio-cli/config.json. "
            "Run `twilio login`, or leave profile out to use the environment."
            if profile
            else "No credentials for a live account. Set TWILIO_ACCOUNT_SID with TWILIO_AUTH_TOKEN, or with "
            "TWILIO_API_KEY and TWILIO_API_SECRET, before starting Jupyter, or run `twilio login`. "
            "Without an account, connect('sandbox') does everything here too."
        )
    guard = Guard(found.account_sid)
    client = Client(found.username, found.secret, found.account_sid, found.region, http_client=LiveHttpClient(guard))
    return Connection("LIVE", client, found.account_sid, guard=guard)


def connect_subaccount(owner: Connection, account_sid: str, token: Secret) -> Connection:
    """Connect to a subaccount as its owner's connection does: live and not armed, or in the same sandbox.

    Args:
        owner: The connection to the account that owns it.
        account_sid: The subaccount.
        token: Its auth token.
    """
    if owner.guard is None:
        client = Client(account_sid, token, account_sid, http_client=owner.client.http_client)
        return Connection(owner.label, client, account_sid, sandbox=owner.sandbox)
    guard = Guard(account_sid)
    client = Client(account_sid, token, account_sid, owner.client.region, http_client=LiveHttpClient(guard))
    return Connection(owner.label, client, account_sid, guard=guard)
