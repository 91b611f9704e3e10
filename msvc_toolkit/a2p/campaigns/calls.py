"""Campaigns on the account: lint, register, fetch and correct them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from msvc_toolkit.a2p.campaigns.brands import only_brand
from msvc_toolkit.a2p.campaigns.model import NOBODY, UPDATABLE, CampaignDraft, RegisteredCampaign, campaign_of, line_of
from msvc_toolkit.a2p.linter import BrandIdentity
from msvc_toolkit.connection import Connection, asking
from msvc_toolkit.errors import InvalidInput, Problem, refuse
from msvc_toolkit.private.arguments import draft_of
from msvc_toolkit.services.calls import sid_problems

SHOWING_POLICIES = "v1.2"
"""The version of the resource whose answers hold the two policy addresses. Source: one integrator's statement; the
specification proves the header, not this value (read 2026-11-23)."""


def lint_campaign(draft: CampaignDraft, sender: BrandIdentity = NOBODY) -> pd.DataFrame:
    """Return what a reviewer would say about a campaign, before anything is paid; it needs no account.

    Args:
        draft: The campaign's texts.
        sender: The brand; rules that need it are skipped when it is not given.

    Returns:
        One row for each remark, blockers first: severity, code, field, sentence, remedy, rule, grade and source. The grade says
        how well the rule is proved: P read in Twilio's own pages, Q in a summary of them, T reported by others, ? our reading.
        `CampaignDraft.elements` shows which words the rules accepted.

    Example:
        >>> import msvc_toolkit as msvc
        >>> remarks = msvc.lint_campaign(msvc.CampaignDraft(message_samples=("Sale! bit.ly/x1",)))
        >>> remarks[remarks["code"] == 30892][["severity", "field"]].values.tolist()
        [['blocker', 'MESSAGE_SAMPLES']]
    """
    draft.check_types()
    columns = ["severity", "code", "field", "sentence", "remedy", "rule", "grade", "source"]
    rows = [{**vars(remark), "field": ", ".join(remark.fields)} for remark in draft.remarks(sender)]
    return pd.DataFrame(rows, columns=columns)


def create_campaign(
    conn: Connection,
    service_sid: str,
    draft: CampaignDraft | None = None,
    brand_registration_sid: str | None = None,
    *,
    despite_remarks: bool = False,
    **fields: Any,
) -> RegisteredCampaign:
    """Register a campaign on a Messaging Service; on a live account that costs money.

    Args:
        conn: The account; a live one must be armed.
        service_sid: The service; it can have one campaign.
        draft: The texts. The opt-in image is not sent: the API has no parameter for it, so name it in the message flow, or
            register in the Console.
        brand_registration_sid: The brand; the account's one approved brand when not given.
        despite_remarks: Submit it although it has blockers, for example to see it refused in the sandbox.
        fields: The fields of a `CampaignDraft`, in place of a draft.

    Returns:
        The campaign as Twilio received it. It is not approved yet: read it again with `fetch_campaign`.

    Raises:
        InvalidInput: The draft has blockers, or it is not clear which brand is meant; nothing was sent.
        TwilioRefused: Twilio refused it; nothing was registered.
        WritesNotArmed: The live account is not armed; nothing was sent.
        OutcomeUnknown: No answer came: check with `fetch_campaign` before trying again.

    Example:
        >>> import msvc_toolkit as msvc
        >>> conn = msvc.connect("sandbox", store=":memory:", clock="manual")
        >>> svc = msvc.create_service(conn, msvc.ServiceDraft(friendly_name="Orders"))
        >>> brand = conn.sandbox.register_brand()
        >>> draft = msvc.CampaignDraft(
        ...     us_app_to_person_usecase="2FA", description="Acme sends login codes to customers who sign in to its shop.",
        ...     message_flow="Customers agree on the phone that we may text them.",
        ...     message_samples=("Acme: your code is [code].", "[code] is your code for Acme."),
        ...     privacy_policy_url="https://acme.example/privacy", terms_and_conditions_url="https://acme.example/terms")
        >>> msvc.create_campaign(conn, svc.sid, draft, brand, despite_remarks=True).status  # to see it refused
        'PENDING'
        >>> conn.sandbox.advance(30 * 86_400)
        >>> [(error.code, error.fields) for error in msvc.fetch_campaign(conn, svc.sid).errors][0]  # and its warnings
        (30909, ('MESSAGE_FLOW',))
    """
    refuse(sid_problems(service_sid))
    draft = draft_of(CampaignDraft, draft, fields)
    draft.check_types()
    brand_sid = brand_registration_sid or only_brand(conn)
    if not despite_remarks:
        with asking():
            brand_type = str(conn.client.messaging.v1.brand_registrations(brand_sid).fetch().brand_type)
        refuse(draft.filed.problems(BrandIdentity(brand_type=brand_type)))
    with asking():
        made = _campaigns(conn, service_sid).create(
            brand_registration_sid=brand_sid, x_twilio_api_version=SHOWING_POLICIES, **_complete(draft)
        )
    return campaign_of(vars(made))


def fetch_campaign(conn: Connection, service_sid: str) -> RegisteredCampaign | None:
    """Return the campaign of a Messaging Service, with its policy addresses; None if it has no campaign.

    Raises:
        TwilioRefused: There is no such service.
    """
    refuse(sid_problems(service_sid))
    with asking():
        found = _campaigns(conn, service_sid).list(x_twilio_api_version=SHOWING_POLICIES, limit=1)
    return campaign_of(vars(found[0])) if found else None


def update_campaign(
    conn: Connection, service_sid: str, draft: CampaignDraft, *, despite_remarks: bool = False
) -> RegisteredCampaign:
    """Correct a service's campaign and submit it again; on a live account that may cost the vetting fee again.

    Use case, keywords and replies stay as they were registered.

    Args:
        conn: The account; a live one must be armed.
        service_sid: The service.
        draft: The texts.
        despite_remarks: Submit it although it has blockers.

    Raises:
        InvalidInput: The draft has blockers, or the service has no campaign; nothing was sent.
        TwilioRefused: Twilio refused it.
    """
    draft.check_types()
    known = fetch_campaign(conn, service_sid)
    if known is None:
        raise InvalidInput([Problem("service_sid", "This service has no campaign to correct. Create one first.")])
    names = [name.upper() for name in UPDATABLE]
    if not despite_remarks:
        found = [r for r in draft.filed.remarks() if r.severity == "blocker" and r.fields[0] in names]
        refuse([Problem(remark.fields[0].lower(), line_of(remark)) for remark in found])
    sent = {name: value for name, value in _complete(draft).items() if name in UPDATABLE}
    with asking():
        made = _campaigns(conn, service_sid)(known.sid).update(x_twilio_api_version=SHOWING_POLICIES, **sent)
    return campaign_of(vars(made))


def _campaigns(conn: Connection, service_sid: str) -> Any:
    return conn.client.messaging.v1.services(service_sid).us_app_to_person


def _complete(draft: CampaignDraft) -> dict[str, Any]:
    """Return what is sent, with the parameters that the SDK requires even if they are empty."""
    needed = dict.fromkeys(("us_app_to_person_usecase", "description", "message_flow"), "")
    return {**needed, "message_samples": [], **draft.params()}
