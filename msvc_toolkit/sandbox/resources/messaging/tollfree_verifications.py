"""Toll-free verifications: create, list, fetch, edit, delete; they are decided after a time on the clock.

Source: Tollfree Verification resource; twilio_messaging_v1 specification; error pages 30437 to 30452 (read
2026-11-23). Twilio does not document how it decides; the sandbox's rule is in `tollfree_review`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from msvc_toolkit.rules import addresses
from msvc_toolkit.sandbox.messages.lifecycle import latest
from msvc_toolkit.sandbox.resources.messaging import tollfree_review
from msvc_toolkit.sandbox.rest.collection import Collection
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, choice, flag, params, required, text
from msvc_toolkit.sandbox.rest.responses import Response, columns, iso, list_v1
from msvc_toolkit.sandbox.rest.routing import Call, filters, page_of
from msvc_toolkit.sandbox.storage.store import Row

USE_CASES = tuple(
    "TWO_FACTOR_AUTHENTICATION ACCOUNT_NOTIFICATIONS CUSTOMER_CARE CHARITY_NONPROFIT DELIVERY_NOTIFICATIONS "
    "FRAUD_ALERT_MESSAGING EVENTS HIGHER_EDUCATION K12 MARKETING POLLING_AND_VOTING_NON_POLITICAL "
    "POLITICAL_ELECTION_CAMPAIGNS PUBLIC_SERVICE_ANNOUNCEMENT SECURITY_ALERT".split()
)
OPT_IN_TYPES = tuple("VERBAL WEB_FORM PAPER_FORM VIA_TEXT MOBILE_QR_CODE IMPORT IMPORT_PLEASE_REPLACE".split())
AUTHORITIES = tuple(
    "EIN CBN CRN PROVINCIAL_NUMBER VAT ACN ABN BRN SIREN SIRET NZBN USt-IdNr CIF NIF CNPJ UID NEQ OTHER".split()
)
BUSINESS_TYPES = ("PRIVATE_PROFIT", "PUBLIC_PROFIT", "SOLE_PROPRIETOR", "NON_PROFIT", "GOVERNMENT")
LISTS = frozenset({"UseCaseCategories", "OptInImageUrls", "OptInKeywords"})
"""Parameters whose name repeats, once for each item."""
REQUIRED = tuple(
    "BusinessName BusinessWebsite NotificationEmail UseCaseCategories UseCaseSummary ProductionMessageSample "
    "OptInImageUrls OptInType MessageVolume TollfreePhoneNumberSid".split()
)
REGISTRATION = "BusinessRegistrationNumber"
"""Parameters required of every new submission except a sole proprietor's. Source: changelog 2026-02-17 (documented; read 2026-11-30);
that a submission without them is refused at once, like other missing parameters, is ours."""


def _sid(prefix: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if not re.fullmatch(rf"{prefix}[0-9a-fA-F]{{32}}", value):
            raise ValueError(f"it must be {prefix} followed by 32 hexadecimal digits, not {value[:40]!r}")
        return value

    return parse


PARAMS = (
    *params(
        "BusinessName BusinessWebsite NotificationEmail UseCaseSummary ProductionMessageSample OptInImageUrls "
        "MessageVolume BusinessStreetAddress BusinessStreetAddress2 BusinessCity BusinessStateProvinceRegion "
        "BusinessPostalCode BusinessCountry AdditionalInformation BusinessContactFirstName "
        "BusinessContactLastName BusinessContactEmail BusinessContactPhone BusinessRegistrationNumber "
        "BusinessRegistrationCountry BusinessRegistrationPhoneNumber DoingBusinessAs OptInConfirmationMessage "
        "HelpMessageSample PrivacyPolicyUrl TermsAndConditionsUrl OptInKeywords",
        text(0, 4096),
    ),
    Param("UseCaseCategories", "use_case_categories", choice(*USE_CASES)),
    Param("OptInType", "opt_in_type", choice(*OPT_IN_TYPES)),
    Param("BusinessRegistrationAuthority", "business_registration_authority", choice(*AUTHORITIES)),
    Param("BusinessType", "business_type", choice(*BUSINESS_TYPES)),
    *params("AgeGatedContent", flag),
    Param("VettingProvider", "vetting_provider", choice("CAMPAIGN_VERIFY")),
    Param("VettingId", "vetting_id", text(0, 500)),
)
"""Parameters that the answer repeats unchanged."""
CREATE = (
    *PARAMS,
    Param("TollfreePhoneNumberSid", "tollfree_phone_number_sid", _sid("PN")),
    Param("CustomerProfileSid", "customer_profile_sid", _sid("BU")),
    Param("ExternalReferenceId", "external_reference_id", text(0, 256)),
)
UPDATE = (*PARAMS, Param("EditReason", "edit_reason", text(0, 4096)))
STATUSES = ("PENDING_REVIEW", "IN_REVIEW", "TWILIO_APPROVED", "TWILIO_REJECTED")
_STATUS = "CASE WHEN ? < reviewed THEN 'PENDING_REVIEW' WHEN ? < decided THEN 'IN_REVIEW' ELSE verdict END"
"""SQL that computes `status`."""
_TRUST = "https://trusthub.twilio.com/v1"


def status(row: Row, now: int) -> str:
    """Return the status of a verification at a time."""
    if now < row["reviewed"]:
        return "PENDING_REVIEW"
    return "IN_REVIEW" if now < row["decided"] else str(row["verdict"])


def shape(call: Call, row: Row) -> dict[str, Any]:
    """Write a verification as Twilio does."""
    state, fields = status(row, call.now), json.loads(row["fields"])
    rejected = state == "TWILIO_REJECTED"
    reason = tollfree_review.reason(row["error_code"]) if rejected else None
    sender = call.store.one("SELECT address FROM sender WHERE sid = ?", row["sender_sid"]) or {}
    product = f"{_TRUST}/TrustProducts/{row['trust_product_sid']}"
    return {
        **columns(row, "sid", "account_sid", "customer_profile_sid", "trust_product_sid", "regulated_item_sid"),
        "date_created": iso(row["date_created"]),
        "date_updated": iso(latest(call.now, row["date_updated"], row["reviewed"], row["decided"])),
        **{param.column: fields.get(param.column) for param in PARAMS},
        "tollfree_phone_number_sid": row["sender_sid"],
        "tollfree_phone_number": sender.get("address"),
        "external_reference_id": row["external_reference_id"],
        "status": state,
        "rejection_reason": reason,
        "rejection_reasons": [{"code": row["error_code"], "reason": reason}] if rejected else None,
        "error_code": row["error_code"] if rejected else None,
        "edit_expiration": iso(row["decided"] + call.settings.tollfree_edit_ms) if rejected else None,
        "edit_allowed": tollfree_review.editable(row["error_code"]) if rejected else None,
        "vetting_id_expiration": None,
        "resource_links": {
            "customer_profile": f"{_TRUST}/CustomerProfiles/{row['customer_profile_sid']}",
            "trust_product": product,
            "channel_endpoint_assignment": f"{product}/ChannelEndpointAssignments/{row['regulated_item_sid']}",
        },
        "url": f"{call.origin}/v1/Tollfree/Verifications/{row['sid']}",
    }


def _decide(call: Call, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that a submission sets: the times of its review, and its result."""
    code = tollfree_review.rejection(fields)
    reviewed = call.now + call.settings.tollfree_pending_ms
    return {
        "fields": json.dumps(fields),
        "verdict": "TWILIO_REJECTED" if code else "TWILIO_APPROVED",
        "error_code": code,
        "reviewed": reviewed,
        "decided": reviewed + call.settings.tollfree_review_ms,
        "applied": 0,
        "date_updated": call.now,
    }


def _create(call: Call) -> Response:
    values: dict[str, Any] = call.read(CREATE, lists=LISTS)
    required(values, CREATE, *REQUIRED, *([] if values.get("business_type") == "SOLE_PROPRIETOR" else [REGISTRATION]))
    sender = _tollfree_number(call, str(values.pop("tollfree_phone_number_sid")))
    held = call.store.all("SELECT * FROM tollfree WHERE sender_sid = ?", sender["sid"])
    if any(status(row, call.now) != "TWILIO_REJECTED" for row in held):
        raise Refusal(409, 20409, f"{sender['address']} has a verification already")
    row = {
        "sender_sid": sender["sid"],
        "customer_profile_sid": values.pop("customer_profile_sid", None) or call.store.new_sid("BU"),
        "trust_product_sid": call.store.new_sid("BU"),
        "regulated_item_sid": call.store.new_sid("RA"),
        "external_reference_id": values.pop("external_reference_id", None),
        **_decide(call, values),
    }
    return VERIFICATIONS.add(call, row)


def _tollfree_number(call: Call, sid: str) -> Row:
    row = call.store.one("SELECT * FROM sender WHERE sid = ? AND account_sid = ?", sid, call.account["sid"])
    address = addresses.read(row["address"]) if row else None
    if row is None or address is None or address.kind != "toll-free":
        raise Refusal(
            400, 20001, f"Invalid TollfreePhoneNumberSid: {sid[:40]} is not a toll-free number of this account"
        )
    return row


def _list(call: Call) -> Response:
    taken = filters(
        call, ("TollfreePhoneNumberSid", "Status", "ExternalReferenceId", "IncludeSubAccounts", "TrustProductSid")
    )
    asked, products = dict(taken), [value for name, value in taken if name == "TrustProductSid"]
    where, values = "account_sid = ?", [call.account["sid"]]
    if asked.get("IncludeSubAccounts", "").lower() == "true":
        where = "account_sid IN (SELECT sid FROM account WHERE ? IN (sid, owner_account_sid))"
    for name, column in (("TollfreePhoneNumberSid", "sender_sid"), ("ExternalReferenceId", "external_reference_id")):
        if name in asked:
            where, values = f"{where} AND {column} = ?", [*values, asked[name]]
    if products:
        where += " AND trust_product_sid IN (SELECT value FROM json_each(?))"
        values = [*values, json.dumps(products)]
    if "Status" in asked:
        where += f" AND ? = {_STATUS}"
        values = [*values, _a_status(asked["Status"]), call.now, call.now]
    page = page_of(call, "tollfree", where, tuple(values))
    items = [shape(call, row) for row in page.rows]
    return list_v1(call.origin + call.path, "verifications", page, taken, items)


def _a_status(text: str) -> str:
    if text not in STATUSES:
        raise Refusal(400, 20001, f"Invalid Status: it must be one of {', '.join(STATUSES)}")
    return text


def _update(call: Call) -> Response:
    """Edit a rejected verification and submit it again.

    Source: fields edit_allowed and edit_expiration. That other verifications cannot be edited, and the code of that
        refusal, are our reading.
    """
    row = VERIFICATIONS.one(call)
    values = call.read(UPDATE, lists=LISTS)
    values.pop("edit_reason", None)
    state = status(row, call.now)
    if state != "TWILIO_REJECTED" or not tollfree_review.editable(row["error_code"]):
        raise Refusal(400, 20001, f"The verification is {state} and cannot be edited: see edit_allowed")
    if call.now > row["decided"] + call.settings.tollfree_edit_ms:
        raise Refusal(400, 30437, "The time to edit the verification is over; submit a new one")
    return VERIFICATIONS.save(call, row, _decide(call, {**json.loads(row["fields"]), **values}), 202)


def _delete(call: Call) -> Response:
    row = VERIFICATIONS.one(call)
    if status(row, call.now) == "TWILIO_APPROVED":
        call.store.update("sender", row["sender_sid"], {"standing": "unverified"})
    return VERIFICATIONS.delete(call)


VERIFICATIONS = Collection("/v1/Tollfree/Verifications", "tollfree", "HH", "verifications", shape)
OPERATIONS = VERIFICATIONS.operations(create=_create, update=_update, delete=_delete, list=_list)
