"""Credentials of a live account: found in the environment or a Twilio CLI profile, and never shown."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from msvc_toolkit.errors import MissingCredentials
from msvc_toolkit.private.secret import Secret

_ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}")


@dataclass(frozen=True)
class Credentials:
    """The credentials of a live account; the secret is never shown."""

    account_sid: str  # the account, ``AC...``
    # ``auth token``, ``API key`` or ``Twilio CLI profile``
    kind: Literal["auth token", "API key", "Twilio CLI profile"]
    source: str  # where they were found, in words
    username: str = field(repr=False)  # the user name of HTTP Basic: the account SID or the key's SID
    secret: Secret = field(repr=False)  # the auth token or the key's secret
    region: str | None = None  # Twilio region of a CLI profile, if it names one


def find_credentials(profile: str | None = None) -> Credentials | None:
    """Find live credentials: a named CLI profile, else TWILIO_* variables, else the CLI's active profile.

    Args:
        profile: Name of a Twilio CLI profile; only this one is used.

    Returns:
        The credentials, or None when there are none.

    Raises:
        MissingCredentials: A value cannot be what its name says. The value is not shown, as it may be the token.
    """
    found = _environment() if profile is None else None
    found = found or _cli_profile(profile)
    if found is None:
        return None
    _check(found)
    return replace(found, account_sid=str(found.account_sid), username=str(found.username))


def _environment() -> Credentials | None:
    account, key = _variable("TWILIO_ACCOUNT_SID"), _variable("TWILIO_API_KEY")
    token, secret = _variable("TWILIO_AUTH_TOKEN"), _variable("TWILIO_API_SECRET")
    if account and key and secret:
        return Credentials(account, "API key", "TWILIO_API_KEY and TWILIO_API_SECRET", key, secret)
    if account and token:
        return Credentials(account, "auth token", "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN", account, token)
    return None


def _variable(name: str) -> Secret:
    return Secret(os.environ.get(name, "").strip())


def _check(found: Credentials) -> None:
    """Refuse values that cannot be credentials. They are not shown, as any of them may be the token."""
    if not _ACCOUNT_SID.fullmatch(found.account_sid):
        raise MissingCredentials(
            f"{found.source}: the Account SID must be AC followed by 32 hexadecimal digits, and this is something else. Is it "
            "swapped with the token or key?"
        )
    if not (found.username + found.secret).isascii() or not (found.username + found.secret).isprintable():
        raise MissingCredentials(
            f"{found.source}: the token or key contains a character that Twilio's never contain. Copy it again from the Console."
        )


def _cli_profile(name: str | None) -> Credentials | None:
    """Read a profile of the Twilio CLI.

    Source: cli-core 8.3.2, services/config: `~/.twilio-cli/config.json` with `profiles` and `activeProfile`. Older
    `projects` keep their secret in the system's keychain, which is not read here.
    """
    path = Path.home() / ".twilio-cli" / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        chosen = name or config.get("activeProfile") or next(iter(config.get("profiles", {})), None)
        found = config.get("profiles", {}).get(chosen)
        if not found or not all(found.get(part) for part in ("accountSid", "apiKey", "apiSecret")):
            return None
        return Credentials(
            account_sid=Secret(found["accountSid"]),
            kind="Twilio CLI profile",
            source=f"the Twilio CLI profile {chosen!r}",
            username=Secret(found["apiKey"]),
            secret=Secret(found["apiSecret"]),
            region=found.get("region") or None,
        )
    except (OSError, ValueError, AttributeError):
        return None
