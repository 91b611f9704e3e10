"""Step 1: create, find, list, change and delete Messaging Services."""

from __future__ import annotations

from typing import Any

from msvc_toolkit.connection import Connection, asking
from msvc_toolkit.errors import Problem, refuse
from msvc_toolkit.private.arguments import also_called, draft_of
from msvc_toolkit.rules.service_settings import SETTINGS
from msvc_toolkit.services.model import Service, ServiceDraft, same_name


def create_service(conn: Connection, draft: ServiceDraft | None = None, **fields: Any) -> Service:
    """Create a Messaging Service.

    Args:
        conn: The account.
        draft: Its settings.
        fields: The fields of a `ServiceDraft`, in place of a draft.

    Returns:
        The service as Twilio made it.

    Raises:
        InvalidInput: The draft has problems; nothing was sent.
        TwilioRefused: Twilio refused it.

    Example:
        >>> import msvc_toolkit as msvc
        >>> conn = msvc.connect("sandbox", store=":memory:")
        >>> msvc.create_service(conn, friendly_name="Orders").friendly_name
        'Orders'
    """
    draft = draft_of(ServiceDraft, draft, fields)
    refuse(draft.problems())
    with asking():
        return _service(conn.client.messaging.v1.services.create(**draft.params()))


@also_called(sid="service_sid")
def fetch_service(conn: Connection, service_sid: str) -> Service:
    """Return one Messaging Service.

    Raises:
        TwilioRefused: The account has no service with this SID (404, 20404).
    """
    refuse(sid_problems(service_sid))
    with asking():
        return _service(conn.client.messaging.v1.services(service_sid).fetch())


def list_services(conn: Connection) -> list[Service]:
    """Return every Messaging Service of the account."""
    with asking():
        return [_service(item) for item in conn.client.messaging.v1.services.list(page_size=1000)]


def find_service(conn: Connection, friendly_name: str) -> Service | None:
    """Return the first Messaging Service with this name, or None."""
    return same_name(list_services(conn), friendly_name)


@also_called(sid="service_sid")
def update_service(conn: Connection, service_sid: str, draft: ServiceDraft | None = None, **fields: Any) -> Service:
    """Change a Messaging Service; settings that the draft leaves out stay as they are.

    Raises:
        InvalidInput: The draft has problems, or changes nothing; nothing was sent.
        TwilioRefused: Twilio refused it.
    """
    draft = draft_of(ServiceDraft, draft, fields)
    nothing = [] if draft.params() else [Problem("draft", "The draft changes nothing. Set at least one field.")]
    refuse([*sid_problems(service_sid), *draft.problems(new=False), *nothing])
    with asking():
        return _service(conn.client.messaging.v1.services(service_sid).update(**draft.params()))


@also_called(sid="service_sid")
def delete_service(conn: Connection, service_sid: str) -> None:
    """Delete a Messaging Service permanently; its numbers stay on the account.

    Raises:
        TwilioRefused: The account has no service with this SID (404, 20404).
    """
    refuse(sid_problems(service_sid))
    with asking():
        conn.client.messaging.v1.services(service_sid).delete()


def sid_problems(sid: str) -> list[Problem]:
    """Return why this cannot be a Messaging Service's SID; empty when it can."""
    if isinstance(sid, str) and len(sid) == 34 and sid.startswith("MG") and sid[2:].isalnum():  # noqa: PLR2004
        return []
    return [
        Problem(
            "messaging_service_sid",
            f"A Messaging Service SID must be MG followed by 32 hexadecimal digits, not {str(sid)[:40]!r}. "
            "Copy it from list_services(conn), or from Step 1.",
        )
    ]


def _service(item: Any) -> Service:
    settings = {setting.name: getattr(item, setting.name) for setting in SETTINGS}
    return Service(
        sid=item.sid,
        friendly_name=item.friendly_name,
        date_created=item.date_created,
        date_updated=item.date_updated,
        us_app_to_person_registered=bool(item.us_app_to_person_registered),
        settings=settings,
    )
