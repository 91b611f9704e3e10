"""`connect` opens a connection to the sandbox or to a live account."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal, Unpack, overload

from msvc_toolkit.connection import Connection, SandboxConnection, connect_live
from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.private.home import home
from msvc_toolkit.private.private_files import close_to_others
from msvc_toolkit.sandbox.client import connect_sandbox
from msvc_toolkit.sandbox.control.controller import StoreOptions


def default_store() -> Path:
    """Return the path of the default sandbox's file."""
    return home() / "sandbox.db"


class _SandboxOptions(StoreOptions, total=False):
    store: str | Path | None
    strict: bool | None


@overload
def connect(mode: Literal["sandbox"] = "sandbox", **sandbox: Unpack[_SandboxOptions]) -> SandboxConnection: ...
@overload
def connect(mode: Literal["live"], *, profile: str | None = None) -> Connection: ...
@overload
def connect(mode: str, *, profile: str | None = None, **sandbox: Unpack[_SandboxOptions]) -> Connection: ...
def connect(
    mode: str = "sandbox",
    *,
    store: str | Path | None = None,
    scenario: str | None = None,
    seed: int | None = None,
    clock: str | None = None,
    messages: int | None = None,
    faults: bool | None = None,
    strict: bool | None = None,
    profile: str | None = None,
) -> Connection:
    """Connect to a sandbox of Twilio's API, or to the live account.

    Args:
        mode: "sandbox" needs no account, no network and costs nothing; "live" takes TWILIO_* variables or a Twilio
            CLI profile, and only reads until ``conn.arm(...)``.
        store: Sandbox: the file it is kept in, or ":memory:"; the user's data folder when not given.
        scenario: Sandbox: what a new store holds, "starter", "empty" or "busy"; starter when not given.
        seed: Sandbox: the seed of a new store's SIDs; 7 when not given.
        clock: Sandbox: "real", or "manual" that moves only by ``conn.sandbox.advance``; real when not given.
        messages: Sandbox: how many messages scenario "busy" has, 100 000 when not given.
        faults: Sandbox: False leaves the planted faults out of scenario "busy".
        strict: Sandbox: True refuses parameters that Twilio does not have, which it otherwise ignores as Twilio does.
        profile: Live: name of a Twilio CLI profile.

    Returns:
        The connection every other call takes.

    Raises:
        MissingCredentials: Live without credentials.
        SandboxError: The store cannot be used as asked.
        InvalidInput: There is no such mode, or an argument is for the other mode.

    Example:
        >>> conn = connect("sandbox", store=":memory:")
        >>> conn.label
        'SANDBOX'
    """
    options: StoreOptions = {"scenario": scenario, "seed": seed, "clock": clock, "messages": messages, "faults": faults}
    if mode == "live":
        given = {"store": store, **options, "strict": strict}
        misplaced = [name for name, value in given.items() if value is not None]
        if misplaced:
            raise InvalidInput([Problem(misplaced[0], "This belongs to the sandbox; a live connection has none.")])
        conn = connect_live(profile)
        conn.undoable = _undoable
        return conn
    if mode != "sandbox":
        raise InvalidInput([Problem("mode", f'Connect to "sandbox" or "live", not {mode!r}.')])
    if profile is not None:
        raise InvalidInput([Problem("profile", 'A profile belongs to a live account: connect("live", profile=...).')])
    if store is None:
        close_to_others(home())  # earlier versions left it readable by others
    return connect_sandbox(default_store() if store is None else store, strict=bool(strict), **options)


def _undoable(conn: Connection, acts: Sequence[Any]) -> AbstractContextManager[bool]:
    from msvc_toolkit.changes.form_journal import undoable  # noqa: PLC0415 - it imports pandas

    return undoable(conn, acts)
