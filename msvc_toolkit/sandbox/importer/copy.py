"""Copies a live account's services, pools, senders, brands and campaigns into a sandbox, so that a change can be rehearsed.

Only reads are sent. SIDs stay the same; the credentials are made up, and no secret is copied.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from msvc_toolkit.connection import Connection, asking
from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.control.controller import Controller
from msvc_toolkit.sandbox.importer.reader import AccountReader, Announce
from msvc_toolkit.sandbox.storage.store import SandboxStore

LEFT_OUT = (
    "the auth token, API keys and verification codes",
    "messages and media",
    "opt-outs and Advanced Opt-Out",
    "Sticky Sender pairs",
    "customer profiles, trust products, vettings and toll-free verifications",
    "link-shortening domains",
    "subaccounts",
    "voice settings",
)
"""What is never copied."""


@dataclass(frozen=True)
class AccountCopy:
    """What was copied, and what was not."""

    account_sid: str  # the account, live and in the copy
    copied: dict[str, int]  # how many of each kind
    notes: tuple[str, ...]  # where the copy differs from the account, in sentences
    left_out: tuple[str, ...] = LEFT_OUT


def copy(live: Connection, controller: Controller, report: Announce = lambda _: None) -> AccountCopy:
    """Copy an account's services, pools, senders, brands and campaigns into an empty sandbox. It only reads.

    The sandbox's account takes the live account's SID, so connect to it again afterwards. Webhook addresses are kept
    as settings; the sandbox calls those on this machine alone.

    Args:
        live: The account to read; it need not be armed.
        controller: A sandbox of scenario "empty".
        report: Called with a sentence on the progress.

    Raises:
        SandboxError: The sandbox is not empty.
        TwilioRefused: Twilio refused a read; the sandbox is unchanged.
        Unreachable: Twilio gave no answer; the sandbox is unchanged.
    """
    check_empty(controller)
    reader = AccountReader(report)
    with asking():
        reader.read(live.client)
    store = controller.api.store
    with store.writing():
        check_empty(controller)  # another process may have used it meanwhile
        _rename_account(store, controller.account_sid, live.account_sid)
        usual = {"friendly_name": "", **controller.api.settings.service_defaults}
        rows = [("service", {**usual, **row}) for row in reader.services]
        rows += [("sender", row) for row in reader.senders.values()]
        rows += [("alpha", row) for row in reader.alphas.values()]
        rows += [("brand", row) for row in reader.brands.values()]
        rows += [("campaign", row) for row in reader.campaigns.values()]
        for table, row in rows:
            store.insert(table, {**row, "account_sid": live.account_sid})
        for sid, parts in reader.channels.items():
            columns = {name: json.dumps(part) for name, part in parts.items()}
            store.insert("channel", {"sid": sid, **columns, "state": "ONLINE", "ready": 0})
    not_called = sorted(host for host in reader.hosts if not controller.api.webhooks.may_call(f"https://{host}"))
    if not_called:
        hosts = ", ".join(not_called)
        reader.notes.append(
            f"Webhooks to {hosts} are kept as settings and not called: the sandbox calls this machine only."
        )
    return AccountCopy(live.account_sid, reader.counted(), tuple(reader.notes))


def check_empty(controller: Controller) -> None:
    """Raise SandboxError unless a sandbox is empty, as a copy needs it."""
    for table in ("service", "sender", "message", "domain", "brand"):
        if controller.api.store.one(f"SELECT 1 FROM {table} LIMIT 1"):  # noqa: S608 - the names above
            raise SandboxError(
                f"The sandbox {controller.store_path} is not empty, and a copy needs an empty one. Name another "
                "file, or move this one away."
            )


def _rename_account(store: SandboxStore, old: str, new: str) -> None:
    """Give the sandbox's account the SID of the live one; its credentials stay made up."""
    store.execute("PRAGMA defer_foreign_keys = ON")  # until the end of the transaction, as the key is renamed first
    store.execute(
        "UPDATE account SET sid = ?, owner_account_sid = ?, friendly_name = 'Twin' WHERE sid = ?", new, new, old
    )
    store.execute("UPDATE api_key SET account_sid = ? WHERE account_sid = ?", new, old)
