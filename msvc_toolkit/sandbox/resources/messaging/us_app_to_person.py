"""Campaigns of a Messaging Service (Usa2p): create, list, fetch, submit again, delete; and those registered elsewhere.

Source: Usa2p and PreregisteredUsa2p resources, twilio_messaging_v1 specification; error pages 21717, 21719, 21729,
21731, 21732, 30930 (read 2026-11-23). The result of a review is decided in `reviews`.
"""

from __future__ import annotations

import json
from typing import Any

from msvc_toolkit.a2p.linter import Campaign, examine
from msvc_toolkit.sandbox.messages import a2p_registration
from msvc_toolkit.sandbox.messages.lifecycle import latest
from msvc_toolkit.sandbox.messages.opt_out import TEXTS
from msvc_toolkit.sandbox.resources.messaging import usecases
from msvc_toolkit.sandbox.resources.messaging.brand_review import sender_of
from msvc_toolkit.sandbox.resources.messaging.services import SERVICES
from msvc_toolkit.sandbox.rest.collection import Collection
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, boolean, flag, params, required, text
from msvc_toolkit.sandbox.rest.responses import Response, answer, columns, iso
from msvc_toolkit.sandbox.rest.routing import Call, Operation, filters
from msvc_toolkit.sandbox.storage.store import Row

NO_BRAND, SUSPENDED_CAMPAIGN, SUSPENDED_BRAND, ONE_ONLY, TOO_MANY = 21717, 21729, 21731, 21732, 30930
SECOND_SHAPE = "v1.2"
"""The version whose answers hold the two policy addresses. Source: an integrator's comment (read 2026-11-23)."""
EXTERNAL = (
    Param("CampaignId", "campaign_id", text(1, 34)),
    Param("MessagingServiceSid", "service_sid", text(34, 34)),
    Param("CnpMigration", "cnp_migration", boolean),
)

MISSING = 21727
LISTS = frozenset({"MessageSamples", "OptInKeywords", "OptOutKeywords", "HelpKeywords"})
_MOST = 100_000
"""The most characters that are read; the linter's rules check Twilio's own limits."""


UPDATE = (
    *params("HasEmbeddedLinks HasEmbeddedPhone AgeGated DirectLending", flag),
    *params("MessageSamples MessageFlow Description PrivacyPolicyUrl TermsAndConditionsUrl", text(0, _MOST)),
)
CREATE = (
    *UPDATE,
    *params("SubscriberOptIn", flag),
    *params(
        "BrandRegistrationSid UsAppToPersonUsecase OptInMessage OptOutMessage HelpMessage OptInKeywords OptOutKeywords "
        "HelpKeywords",
        text(0, _MOST),
    ),
)
FLAGS_ASKED = ("HasEmbeddedLinks", "HasEmbeddedPhone")
UPDATE_ASKED = (*FLAGS_ASKED, "MessageSamples", "MessageFlow", "Description", "AgeGated", "DirectLending")
_DEFAULTS: dict[str, Any] = {
    "opt_in_message": None,
    "opt_in_keywords": [],
    "opt_out_message": TEXTS["STOP"],
    "opt_out_keywords": ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"],
    "help_message": TEXTS["HELP"],
    "help_keywords": ["HELP", "INFO"],
    "subscriber_opt_in": True,
    "age_gated": False,
    "direct_lending": False,
}
"""What an answer shows if nothing was given."""
URLS = ("privacy_policy_url", "terms_and_conditions_url")
"""Fields that only the second of the two shapes shows."""


def asked(values: dict[str, object], *names: str) -> None:
    """Raise Refusal (21727) unless these parameters were given."""
    columns = {param.name: param.column for param in CREATE}
    missing = [name for name in names if values.get(columns[name]) in (None, "", [])]
    if missing:
        raise Refusal(400, MISSING, f"Missing required parameter {missing[0]} in the post body")


def campaign(fields: dict[str, Any]) -> Campaign:
    """Return the fields that a reviewer reads, as they were submitted."""
    known: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    return Campaign(**{name: known[name] for name in Campaign.__dataclass_fields__ if name in known})


def shown(row: Row, *, second_shape: bool) -> dict[str, Any]:
    """Return the fields of an answer."""
    fields = json.loads(row["fields"])
    names = "description message_samples has_embedded_links has_embedded_phone message_flow".split()
    item = {name: fields.get(name) or _DEFAULTS.get(name) for name in (*names, *_DEFAULTS)}
    item["subscriber_opt_in"] = fields.get("subscriber_opt_in", True)
    for name in ("has_embedded_links", "has_embedded_phone"):
        item[name] = fields.get(name, False)
    return item | ({name: fields.get(name) or None for name in URLS} if second_shape else {})


def shape(call: Call, row: Row) -> dict[str, Any]:
    """Write a campaign as Twilio does, in the shape of the API version that the request asks for."""
    state = a2p_registration.campaign_status(row, call.now)
    brand = call.store.one("SELECT * FROM brand WHERE sid = ?", row["brand_sid"])
    known = state not in ("PENDING", "IN_PROGRESS")
    tier = a2p_registration.tier(brand, row["usecase"]) if state == "VERIFIED" else None
    return {
        **columns(row, "sid", "account_sid"),
        "brand_registration_sid": row["brand_sid"],
        "messaging_service_sid": row["service_sid"],
        "us_app_to_person_usecase": row["usecase"] or None,
        "campaign_status": state,
        "campaign_id": row["campaign_id"] if state != "PENDING" or row["external"] else None,
        "is_externally_registered": bool(row["external"]),
        "rate_limits": a2p_registration.rate_limits(tier) if tier else None,
        **shown(row, second_shape=call.version == SECOND_SHAPE),
        "date_created": iso(row["date_created"]),
        "date_updated": iso(latest(call.now, row["date_updated"], row["reviewed"], row["decided"])),
        "url": f"{call.origin}/v1/Services/{row['service_sid']}/Compliance/Usa2p/{row['sid']}",
        "mock": bool(row["mock"]),
        "errors": a2p_registration.errors(row) if known else [],
    }


def _submitted(call: Call) -> dict[str, Any]:
    reviewed = call.now + call.settings.campaign_pending_ms
    decided = reviewed + call.settings.campaign_review_ms
    return {"reviewed": reviewed, "decided": decided, "verdict": None, "errors": "[]", "date_updated": call.now}


def _check_texts(call: Call, fields: dict[str, Any], brand: Row | None) -> None:
    """Refuse texts that Twilio refuses before any review, by the linter's rules and codes."""
    for remark in examine(campaign(fields), sender_of(call.store, brand)):
        if remark.at_creation:
            raise Refusal(400, remark.code, f"{remark.sentence} {remark.remedy}")


def _brand(call: Call, sid: str) -> Row:
    row = call.store.one("SELECT * FROM brand WHERE sid = ? AND account_sid = ?", sid, call.account["sid"])
    state = a2p_registration.brand_status(row, call.now) if row else ""
    if row is None or state not in ("APPROVED", "SUSPENDED"):
        problem = f"is {state}" if row else "is not a brand of this account"
        raise Refusal(400, NO_BRAND, f"BrandRegistrationSid {sid[:40]} {problem}; a campaign needs an approved brand")
    if state == "SUSPENDED":
        raise Refusal(400, SUSPENDED_BRAND, f"The brand {sid} is suspended and gets no more campaigns")
    held = call.store.all("SELECT sid FROM campaign WHERE brand_sid = ?", sid)
    if held and row["brand_type"] == "SOLE_PROPRIETOR":
        raise Refusal(400, ONE_ONLY, f"A sole proprietor has one campaign, and {sid} has {held[0]['sid']}")
    if len(held) >= call.settings.brand_campaigns:
        raise Refusal(400, TOO_MANY, f"The brand {sid} has its limit of {len(held)} campaigns already")
    return row


def _check_free(call: Call, service_sid: str) -> None:
    """Raise Refusal if the service has a campaign. The limit of one is documented, the code is our choice."""
    held = call.store.one("SELECT sid FROM campaign WHERE service_sid = ?", service_sid)
    if held:
        raise Refusal(409, 20409, f"The service has a campaign already, {held['sid']}; delete it first")


def _create(call: Call) -> Response:
    service = CAMPAIGNS.container(call)
    values: dict[str, Any] = call.read(CREATE, lists=LISTS)
    asked(values, "BrandRegistrationSid", *FLAGS_ASKED)
    brand = _brand(call, values.pop("brand_registration_sid"))
    _check_free(call, service["sid"])
    _check_texts(call, values, brand)
    usecases.check_service(service["usecase"], values["us_app_to_person_usecase"])
    sid = call.store.new_sid("QE")
    row = {
        "sid": sid,
        "brand_sid": brand["sid"],
        "service_sid": service["sid"],
        "usecase": values["us_app_to_person_usecase"],
        "fields": json.dumps(values),
        "mock": brand["mock"],
        "external": 0,
        "campaign_id": a2p_registration.tcr_id(call.store, sid),
        **_submitted(call),
    }
    return CAMPAIGNS.add(call, row)


def _fetch(call: Call) -> Response:
    filters(call, ())
    return CAMPAIGNS.fetch(call)


def _update(call: Call) -> Response:
    """Correct a campaign that failed and submit it again; use case, keywords and replies stay.

    Source: Usa2p update parameters, error page 21729. Our reading: only a failed campaign can be corrected.
    """
    row = CAMPAIGNS.one(call)
    values: dict[str, Any] = call.read(UPDATE, lists=LISTS)
    asked(values, *UPDATE_ASKED)
    state = a2p_registration.campaign_status(row, call.now)
    if state == "SUSPENDED":
        raise Refusal(400, SUSPENDED_CAMPAIGN, f"The campaign {row['sid']} is suspended; only support can lift that")
    if state != "FAILED" or row["external"]:
        raise Refusal(400, 20001, f"Only a campaign that failed can be corrected; {row['sid']} is {state}")
    fields = {**json.loads(row["fields"]), **values}
    brand = call.store.one("SELECT * FROM brand WHERE sid = ?", row["brand_sid"])
    _check_texts(call, fields, brand)
    return CAMPAIGNS.save(call, row, {"fields": json.dumps(fields), **_submitted(call)})


def _preregistered(call: Call) -> Response:
    """Attach a campaign that was registered elsewhere.

    Source: PreregisteredUsa2p resource; the sandbox has only the ID of such a campaign.
    """
    values: dict[str, Any] = call.read(EXTERNAL)
    required(values, EXTERNAL, "CampaignId", "MessagingServiceSid")
    service = SERVICES.one(call, values["service_sid"])
    _check_free(call, service["sid"])
    sid = call.store.new_sid("QE")
    row = {
        "sid": sid,
        "account_sid": call.account["sid"],
        "service_sid": service["sid"],
        "usecase": "",
        "fields": "{}",
        "mock": 0,
        "external": 1,
        "campaign_id": values["campaign_id"],
        **_submitted(call),
        "date_created": call.now,
    }
    call.store.insert("campaign", row)
    item = {"sid": sid, "account_sid": row["account_sid"], "campaign_id": row["campaign_id"]}
    return answer(201, {**item, "messaging_service_sid": service["sid"], "date_created": iso(call.now)})


CAMPAIGNS = Collection(
    "/v1/Services/{MG}/Compliance/Usa2p",
    "campaign",
    "QE",
    "compliance",
    shape,
    parent=SERVICES,
    owner="service_sid",
    filters={"X-Twilio-Api-Version": lambda *_: ("1", ())},  # the SDK sends it in the query as well, to no effect
)
OPERATIONS = (
    Operation("POST", "/v1/Services/PreregisteredUsa2p", _preregistered),
    *CAMPAIGNS.operations("delete", create=_create, fetch=_fetch, update=_update),
)
