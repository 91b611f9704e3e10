"""Find out which of the four steps an account has done; do missing ones in the sandbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.inbound.calls import set_inbound
from msvc_toolkit.inbound.model import InboundDraft, inbound_of
from msvc_toolkit.messages.calls import recent_messages
from msvc_toolkit.onboarding.model import Progress, progress_of
from msvc_toolkit.private.arguments import also_called
from msvc_toolkit.senders.calls import add_senders
from msvc_toolkit.senders.inventory import account_senders, pool_of
from msvc_toolkit.services.calls import create_service, fetch_service, find_service, list_services
from msvc_toolkit.services.model import Service, ServiceDraft

EXAMPLE_NAME = "Orders"
EXAMPLE_SENDERS = ("+14155550100", "+14155550101", "+12125550100", "+447400123456")
"""The numbers that the notebooks add to the sandbox's pool: two of one area code, one of another, one abroad."""
_IN_VAIN = ("failed", "undelivered", "canceled")
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@also_called(sid="service_sid")
def progress(conn: Connection, service_sid: str | None = None) -> Progress:
    """Return which of Steps 1 to 4 an account has done; only reads.

    Args:
        conn: The account.
        service_sid: The service it is about; the newest one when not given.
    """
    if service_sid is not None:
        service: Service | None = fetch_service(conn, service_sid)
    else:
        service = next(iter(newest_first(list_services(conn))), None)
    if service is None:
        return progress_of(None, None, 0, 0)
    sent = [
        m
        for m in recent_messages(conn)
        if m.messaging_service_sid == service.sid and m.direction != "inbound" and m.status not in _IN_VAIN
    ]
    return progress_of(
        service, inbound_of(service), len(pool_of(conn, service.sid)), len(sent), dropping=service.sid in conn.dropping
    )


def newest_first(services: Sequence[Service]) -> list[Service]:
    """Sort services, newest first; of two made in the same second, the one listed later comes first."""
    return sorted(services, key=lambda service: service.date_created or _LONG_AGO)[::-1]


def catch_up(conn: Connection, before: int, friendly_name: str = EXAMPLE_NAME) -> Service:
    """Return the example service with every step before this one done.

    In a sandbox the missing steps are done, so that a notebook can run alone. A live account is only read. A service that
    was changed since it was made keeps its inbound handling, so that a choice to drop texts stays.

    Args:
        conn: The account.
        before: The step that comes next, 2 to 4.
        friendly_name: The service's name; in the sandbox the newest service is taken when none has it.

    Raises:
        InvalidInput: A live account lacks an earlier step, or a sandbox has no sender left for the pool.
    """
    service = find_service(conn, friendly_name)
    if conn.sandbox is None:
        _demand(conn, service, before, friendly_name)
    service = service or progress(conn).service
    if service is None:
        service = create_service(conn, ServiceDraft(friendly_name=friendly_name, usecase="notifications"))
    if before > 2 and inbound_of(service).mode == "off" and service.untouched:  # noqa: PLR2004 - the step's number
        service = set_inbound(conn, service.sid, InboundDraft("defer"))
    if before > 3 and not pool_of(conn, service.sid):  # noqa: PLR2004 - as above
        free = [s.address for s in account_senders(conn) if s.service_sid is None and "SMS" in s.capabilities]
        chosen = [address for address in free if address in EXAMPLE_SENDERS] or free[: len(EXAMPLE_SENDERS)]
        if not chosen:
            sentence = (
                f"The pool of {service.friendly_name} is empty, and every sender of this sandbox that can text is in another service. "
                f"Use that service with catch_up(conn, before={before}, friendly_name=...), or start again "
                "with conn.sandbox.reset()."
            )
            raise InvalidInput([Problem("friendly_name", sentence)])
        add_senders(conn, service.sid, chosen)
    return service


def _demand(conn: Connection, service: Service | None, before: int, friendly_name: str) -> None:
    if service is None:
        sentence = f"This LIVE account has no service named {friendly_name}. Do Step 1 first, or name one of yours."
        raise InvalidInput([Problem("friendly_name", sentence)])
    # A service that was changed may drop texts by choice.
    steps = [step for step in progress(conn, service.sid).steps if step.number != 2 or service.untouched]  # noqa: PLR2004
    missing = [step for step in steps if step.number < before and not step.done]
    if missing:
        raise InvalidInput([Problem("before", f"Not done on this LIVE account yet: {step}") for step in missing])
