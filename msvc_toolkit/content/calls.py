"""Content templates of an account: list, fetch, create, and ask WhatsApp for approval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twilio.rest.content.v1.content import ContentList
from twilio.rest.content.v1.content.approval_create import ApprovalCreateList

from msvc_toolkit.connection import Connection, asking
from msvc_toolkit.content.model import Template, TemplateDraft
from msvc_toolkit.errors import InvalidInput, Problem, refuse
from msvc_toolkit.private.arguments import draft_of
from msvc_toolkit.rules.content_templates import CATEGORIES, NAME, SID


def list_templates(conn: Connection) -> list[Template]:
    """Return the account's content templates with the state of their approval by WhatsApp, oldest first."""
    with asking():
        return [
            _template(one, one.approval_requests or {}) for one in conn.client.content.v1.content_and_approvals.list()
        ]


def fetch_template(conn: Connection, sid: str) -> Template:
    """Return one template with the state of its approval.

    Raises:
        InvalidInput: The SID is not valid.
        TwilioRefused: The account has no such template (404, 20404).
    """
    _check_sid(sid)
    content = conn.client.content.v1.contents(sid)
    with asking():
        return _template(content.fetch(), content.approval_fetch().fetch().whatsapp or {})


def create_template(conn: Connection, draft: TemplateDraft | None = None, **fields: Any) -> Template:
    """Create a template; it can be sent at once by SMS, and by WhatsApp within the 24-hour window.

    Args:
        conn: The account.
        draft: The template.
        fields: The fields of a `TemplateDraft`, in place of a draft.

    Raises:
        InvalidInput: Twilio would refuse it; nothing was created.
        TwilioRefused: Twilio refused it.
    """
    draft = draft_of(TemplateDraft, draft, fields)
    refuse(draft.problems(approve=False))
    with asking():
        made = conn.client.content.v1.contents.create(ContentList.ContentCreateRequest(draft.params()))
    return _template(made, {})


def request_approval(conn: Connection, sid: str, name: str, category: str = "UTILITY") -> Template:
    """Ask WhatsApp to approve a template, and return it; `fetch_template` says later how that went.

    Args:
        conn: The account.
        sid: The template.
        name: What WhatsApp is to call it: lower-case letters, digits and underscores, never used before.
        category: UTILITY, MARKETING or AUTHENTICATION.

    Raises:
        InvalidInput: The SID, name or category is not valid.
        TwilioRefused: It was submitted before, or is of a type that WhatsApp does not approve.
    """
    _check_sid(sid)
    if not NAME.fullmatch(name) or category not in CATEGORIES:
        sentence = f"The name has lower-case letters, digits and underscores; the category is {', '.join(CATEGORIES)}."
        raise InvalidInput([Problem("name", sentence)])
    request = ApprovalCreateList.ContentApprovalRequest({"name": name, "category": category})
    with asking():
        conn.client.content.v1.contents(sid).approval_create.create(request)
    return fetch_template(conn, sid)


def _check_sid(sid: str) -> None:
    if not (isinstance(sid, str) and SID.fullmatch(sid)):
        raise InvalidInput(
            [Problem("sid", f"A template's SID must be HX followed by 32 hexadecimal digits, not {str(sid)[:40]!r}.")]
        )


def _template(item: Any, approval: Mapping[str, Any]) -> Template:
    return Template(
        sid=item.sid,
        friendly_name=item.friendly_name or item.sid,
        language=item.language or "",
        types=item.types or {},
        variables=item.variables or {},
        status=str(approval.get("status") or "unsubmitted"),
        reason=str(approval.get("rejection_reason") or ""),
    )
