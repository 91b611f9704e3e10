"""Find the subaccounts of an account, and connect to each."""

from __future__ import annotations

from dataclasses import dataclass

from msvc_toolkit.connection import Connection, asking, connect_subaccount
from msvc_toolkit.private.secret import Secret


@dataclass(frozen=True)
class Subaccount:
    """One account of an owner, or the owner itself.

    Args:
        sid: The account.
        friendly_name: Its name.
        status: active, suspended or closed.
        conn: A connection with its own credentials; None when the account is not active, or Twilio shows no token.
    """

    sid: str
    friendly_name: str
    status: str
    conn: Connection | None


def list_subaccounts(conn: Connection) -> list[Subaccount]:
    """List the account of a connection and its subaccounts, each with a connection of its own.

    Services and A2P registrations answer only to the credentials of their own subaccount. Twilio lists each subaccount
    with its auth token; it is kept in the connection and never shown. On a live account nothing is armed.
    Source: Twilio docs, REST API: Subaccounts (read 2026-11-23).

    Args:
        conn: The owner. Connect with its auth token or a main API key; a standard API key cannot list accounts.

    Returns:
        The owner first, then its subaccounts by name.

    Raises:
        TwilioRefused: The credentials may not list accounts.
    """
    with asking():
        listed = conn.client.api.accounts.list()
    found = []
    for one in listed:
        token = Secret(one.auth_token or "")
        mine = conn if one.sid == conn.account_sid else None
        if mine is None and one.status == "active" and token:
            mine = connect_subaccount(conn, str(one.sid), token)
        found.append(Subaccount(str(one.sid), str(one.friendly_name), str(one.status), mine))
    return sorted(found, key=lambda one: (one.sid != conn.account_sid, one.friendly_name.casefold(), one.sid))
