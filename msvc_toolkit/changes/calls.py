"""Read an account's services, write them to a file, and plan what a changed file asks for."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from msvc_toolkit.a2p.campaigns.calls import fetch_campaign
from msvc_toolkit.changes import account_file
from msvc_toolkit.changes.model import AccountSetup, ChangePlan, is_alpha, sender_text, service_setup
from msvc_toolkit.changes.plan import plan_between
from msvc_toolkit.connection import Connection
from msvc_toolkit.connection.live import CONCURRENCY
from msvc_toolkit.private.private_files import write_private_file
from msvc_toolkit.senders.inventory import all_senders
from msvc_toolkit.services.calls import list_services


def read_account(conn: Connection) -> AccountSetup:
    """Return the services of an account with their settings, pools and campaigns; it only reads.

    Raises:
        TwilioRefused: Twilio refused a read.
        Unreachable: Twilio gave no answer.

    Example:
        >>> import msvc_toolkit as msvc
        >>> conn = msvc.connect("sandbox", store=":memory:")
        >>> svc = msvc.create_service(conn, friendly_name="Orders")
        >>> msvc.read_account(conn).services[0].settings["sticky_sender"]
        True
    """
    services = list_services(conn)
    with ThreadPoolExecutor(CONCURRENCY) as many:
        campaigns = list(many.map(lambda service: fetch_campaign(conn, service.sid), services))
    pools: dict[str, list[str]] = {service.sid: [] for service in services}
    owned = {}
    for sender in all_senders(conn):
        text = sender_text(sender)
        if not is_alpha(text):
            owned[text] = sender
        if sender.service_sid in pools:
            pools[str(sender.service_sid)].append(text)
    found = [
        service_setup(service, tuple(pools[service.sid]), *((campaign.sid, campaign.status) if campaign else ()))
        for service, campaign in zip(services, campaigns, strict=True)
    ]
    return AccountSetup(tuple(found), conn.account_sid, owned)


def export_account(conn: Connection, path: Path | str | None = None, *, mask: bool = False) -> str:
    """Write the services of an account as YAML: settings, pools and campaigns. The same account gives the same text.

    Args:
        conn: The account; it is only read.
        path: Also write this file, for its owner alone, and beside it the schema by which an editor checks it.
        mask: Hide phone numbers and logins, to show it to others; such a file cannot be applied.

    Example:
        >>> import msvc_toolkit as msvc
        >>> conn = msvc.connect("sandbox", store=":memory:")
        >>> svc = msvc.create_service(conn, friendly_name="Orders")
        >>> 'friendly_name: "Orders"' in msvc.export_account(conn)
        True
    """
    text = account_file.write(read_account(conn), mask=mask)
    if path is not None:
        write_private_file(Path(path), text.encode())
        schema = json.dumps(account_file.schema(), indent=2) + "\n"
        write_private_file(Path(path).with_name(account_file.SCHEMA_FILE), schema.encode())
    return text


def plan_changes(conn: Connection, source: Path | str | AccountSetup) -> ChangePlan:
    """Return what would change to make an account what a file says; nothing is changed.

    Args:
        conn: The account; it is only read.
        source: The file, or the services of another account as `read_account` gives them.

    Returns:
        The changes in order; print it to read them. Without changes it is false.

    Raises:
        InvalidInput: The file has problems; each one's field is its line and column.

    Example:
        >>> import msvc_toolkit as msvc
        >>> conn = msvc.connect("sandbox", store=":memory:")
        >>> svc = msvc.create_service(conn, friendly_name="Orders")
        >>> bool(msvc.plan_changes(conn, msvc.read_account(conn)))
        False
    """
    wanted = source if isinstance(source, AccountSetup) else account_file.read_path(Path(source))
    return plan_between(read_account(conn), wanted)
