"""The use cases of A2P 10DLC campaigns, described in our words, and which of them a brand may pick.

Source: Usa2p/Usecases examples in the twilio_messaging_v1 specification; error page 21719 (read 2026-11-23).
"""

from __future__ import annotations

from typing import Any

from msvc_toolkit.a2p.linter.usecase import SOLE_PROPRIETOR, USECASES
from msvc_toolkit.sandbox.messages import a2p_registration
from msvc_toolkit.sandbox.resources.messaging.services import SERVICES
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.responses import Response, answer
from msvc_toolkit.sandbox.rest.routing import Call, Operation, filters

_CASES: tuple[tuple[str, str, str, bool], ...] = (
    ("2FA", "Two-factor authentication", "Sign-in codes and password resets.", False),
    ("ACCOUNT_NOTIFICATION", "Account notification", "Reminders and alerts on an account or a booking.", False),
    ("AGENTS_FRANCHISES", "Agents and franchises", "Many local offices of one brand, each with its number.", True),
    ("CHARITY", "Charity", "Registered 501(c)(3) charities; no religious bodies.", False),
    ("PROXY", "Proxy", "People who write to each other through masked numbers.", True),
    ("CUSTOMER_CARE", "Customer care", "Support and help with an account.", False),
    ("DELIVERY_NOTIFICATION", "Delivery notification", "Where a delivery stands.", False),
    ("EMERGENCY", "Emergency", "Public safety and health in an emergency.", True),
    ("FRAUD_ALERT", "Fraud alert", "Warnings of possible fraud.", False),
    ("HIGHER_EDUCATION", "Higher education", "Colleges and universities.", False),
    ("K12_EDUCATION", "K-12 education", "Platforms of schools.", True),
    ("LOW_VOLUME", "Low volume mixed", "Any blend in small volume, at the lowest speed.", False),
    ("MARKETING", "Marketing", "Offers and promotions.", False),
    ("MIXED", "Mixed", "Two to five of the standard cases in one campaign.", False),
    ("POLITICAL", "Political", "Election campaigns, with a token of Campaign Verify.", False),
    ("POLLING_VOTING", "Polling and voting", "Polls that are not political.", False),
    ("PUBLIC_SERVICE_ANNOUNCEMENT", "Public service announcement", "What the public should know.", False),
    ("SECURITY_ALERT", "Security alert", "A system was breached and something must be done.", False),
    ("SOCIAL", "Social", "Closed communities.", True),
    ("SWEEPSTAKE", "Sweepstake", "Contests.", True),
)
_SOLE = (SOLE_PROPRIETOR, "Sole proprietor", "The one case of a sole proprietor's brand, and of no other.", False)
_ANY = frozenset({"MIXED", "LOW_VOLUME", SOLE_PROPRIETOR})
_CLASHES = {
    "verification": frozenset({"2FA"}),
    "marketing": frozenset({"MARKETING", "CHARITY", "POLITICAL", "SWEEPSTAKE"}),
}
"""The campaign use cases that fit a service's use case, beside the mixed ones. Ours: only two of a service's cases are so
narrow that everything else is a clash."""


def check_service(service_usecase: str, code: str) -> None:
    """Raise Refusal (21719) when the use cases of a service and its campaign contradict each other."""
    fitting = _CLASHES.get(service_usecase)
    if fitting is not None and code in USECASES and code not in fitting | _ANY:
        raise Refusal(400, 21719, f"The service is for {service_usecase}, which does not go with the use case {code}")


def _fetch(call: Call) -> Response:
    """List the cases; an empty list means that the brand itself has a problem.

    Source: BrandRegistrationSid parameter. Our reading: a brand without approval has no use cases.
    """
    SERVICES.one(call)
    asked = dict(filters(call, ("BrandRegistrationSid",)))
    allowed: tuple[tuple[str, str, str, bool], ...] = _CASES
    if "BrandRegistrationSid" in asked:
        brand = call.store.one(
            "SELECT * FROM brand WHERE sid = ? AND account_sid = ?", asked["BrandRegistrationSid"], call.account["sid"]
        )
        if brand is None:
            raise Refusal(400, 20001, "Invalid BrandRegistrationSid: it is not a brand of this account")
        if brand["brand_type"] == SOLE_PROPRIETOR:
            allowed = (_SOLE,)
        if a2p_registration.brand_status(brand, call.now) != "APPROVED" or brand["identity_status"] == "UNVERIFIED":
            allowed = ()
    cases: list[dict[str, Any]] = [
        {"code": code, "name": name, "description": description, "post_approval_required": special}
        for code, name, description, special in allowed
    ]
    return answer(200, {"us_app_to_person_usecases": cases})


OPERATIONS = (Operation("GET", "/v1/Services/{MG}/Compliance/Usa2p/Usecases", _fetch),)
