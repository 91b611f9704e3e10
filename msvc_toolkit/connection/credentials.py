"""Who acts on the live account: found in the environment or a Twilio CLI profile, and never shown."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from msvc_toolkit.errors import MissingCredentials

_ACCOUNT_SID = re.compile(r"AC[0-9a-f]{32}")


@dataclass(frozen=True)
class Credentials:
    """Who acts on the live account; the secret is never shown.

    Args:
        account_sid: The account, ``AC...``.
        kind: ``auth token``, ``API key`` or ``Twilio CLI profile``.
        source: Where they were found, in words.
        username: What HTTP Basic sends first: the account SID or the key's SID.
        secret: The auth token or the key's secret.
        region: Twilio region of a CLI profile, if it names one.
    """

    account_sid: str
    kind: Literal["auth token", "API key", "Twilio CLI profile"]
    source: str
    username: str = field(repr=False)
    secret: str = field(repr=False)
    region: str | None = None


def find_credentials(profile: str | None = None) -> Credentials | None:
    """Find live credentials: a named CLI profile, else TWILIO_* variables, else the CLI's active profile.

    Args:
        profile: Name of a Twilio CLI profile; only that one is looked for.

    Returns:
        The credentials, or None when there are none.

    Raises:
        MissingCredentials: What stands where the Account SID belongs is none; it is not shown, it may be the token.
    """
    if profile is None:
        account, key = _variable("TWILIO_ACCOUNT_SID"), _variable("TWILIO_API_KEY")
        token, secret = _variable("TWILIO_AUTH_TOKEN"), _variable("TWILIO_API_SECRET")
        if account and (token or (key and secret)):
            _check_account(account, "TWILIO_ACCOUNT_SID")
        if account and key and secret:
            return Credentials(account, "API key", "TWILIO_API_KEY and TWILIO_API_SECRET", key, secret)
        if account and token:
            return Credentials(account, "auth token", "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN", account, token)
    return _cli_profile(profile)


def _variable(name: str) -> str:
    return os.environ.get(name, "").strip()


def _check_account(value: str, where: str) -> None:
    if not _ACCOUNT_SID.fullmatch(value):
        raise MissingCredentials(
            f"{where} holds no Account SID, which is AC and 32 hexadecimal digits. Is it swapped with the token or key?"
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
        _check_account(str(found["accountSid"]), f"The Twilio CLI profile {chosen!r}")
        return Credentials(
            account_sid=str(found["accountSid"]),
            kind="Twilio CLI profile",
            source=f"the Twilio CLI profile {chosen!r}",
            username=str(found["apiKey"]),
            secret=str(found["apiSecret"]),
            region=found.get("region") or None,
        )
    except (OSError, ValueError, AttributeError):
        return None
