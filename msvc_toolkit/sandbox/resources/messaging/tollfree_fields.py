"""The parameters of a toll-free verification.

Source: twilio_messaging_v1 specification, tollfree_verification (read 2026-11-23).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msvc_toolkit.sandbox.rest.params import Param, boolean, choice, text

USE_CASES = (
    "TWO_FACTOR_AUTHENTICATION", "ACCOUNT_NOTIFICATIONS", "CUSTOMER_CARE", "CHARITY_NONPROFIT",
    "DELIVERY_NOTIFICATIONS", "FRAUD_ALERT_MESSAGING", "EVENTS", "HIGHER_EDUCATION", "K12", "MARKETING",
    "POLLING_AND_VOTING_NON_POLITICAL", "POLITICAL_ELECTION_CAMPAIGNS", "PUBLIC_SERVICE_ANNOUNCEMENT",
    "SECURITY_ALERT",
)  # fmt: skip
OPT_IN_TYPES = (
    "VERBAL", "WEB_FORM", "PAPER_FORM", "VIA_TEXT", "MOBILE_QR_CODE", "IMPORT", "IMPORT_PLEASE_REPLACE",
)  # fmt: skip
AUTHORITIES = (
    "EIN", "CBN", "CRN", "PROVINCIAL_NUMBER", "VAT", "ACN", "ABN", "BRN", "SIREN", "SIRET", "NZBN", "USt-IdNr", "CIF",
    "NIF", "CNPJ", "UID", "NEQ", "OTHER",
)  # fmt: skip
BUSINESS_TYPES = ("PRIVATE_PROFIT", "PUBLIC_PROFIT", "SOLE_PROPRIETOR", "NON_PROFIT", "GOVERNMENT")
LISTS = frozenset({"UseCaseCategories", "OptInImageUrls", "OptInKeywords"})
"""Parameters whose name repeats, once for each item."""
REQUIRED = (
    "BusinessName", "BusinessWebsite", "NotificationEmail", "UseCaseCategories", "UseCaseSummary",
    "ProductionMessageSample", "OptInImageUrls", "OptInType", "MessageVolume", "TollfreePhoneNumberSid",
)  # fmt: skip
REGISTRATION = "BusinessRegistrationNumber"
"""Required of every new submission but a sole proprietor's. Source: changelog 2026-02-17 (documented; read 2026-11-30);
that it is refused at once, as other missing parameters are, is ours."""

_PLAIN = (
    "BusinessName", "BusinessWebsite", "NotificationEmail", "UseCaseSummary", "ProductionMessageSample",
    "OptInImageUrls", "MessageVolume", "BusinessStreetAddress", "BusinessStreetAddress2", "BusinessCity",
    "BusinessStateProvinceRegion", "BusinessPostalCode", "BusinessCountry", "AdditionalInformation",
    "BusinessContactFirstName", "BusinessContactLastName", "BusinessContactEmail", "BusinessContactPhone",
    "BusinessRegistrationNumber", "BusinessRegistrationCountry", "BusinessRegistrationPhoneNumber", "DoingBusinessAs",
    "OptInConfirmationMessage", "HelpMessageSample", "PrivacyPolicyUrl", "TermsAndConditionsUrl", "OptInKeywords",
)  # fmt: skip


def _column(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _flag(value: str) -> bool:
    return bool(boolean(value))


def _sid(prefix: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if not re.fullmatch(rf"{prefix}[0-9a-fA-F]{{32}}", value):
            raise ValueError(f"it is {prefix} and 32 hexadecimal digits, not {value[:40]!r}")
        return value

    return parse


PARAMS = (
    *(Param(name, _column(name), text(0, 4096)) for name in _PLAIN),
    Param("UseCaseCategories", "use_case_categories", choice(*USE_CASES)),
    Param("OptInType", "opt_in_type", choice(*OPT_IN_TYPES)),
    Param("BusinessRegistrationAuthority", "business_registration_authority", choice(*AUTHORITIES)),
    Param("BusinessType", "business_type", choice(*BUSINESS_TYPES)),
    Param("AgeGatedContent", "age_gated_content", _flag),
    Param("VettingProvider", "vetting_provider", choice("CAMPAIGN_VERIFY")),
    Param("VettingId", "vetting_id", text(0, 500)),
)
"""What is echoed as it was given."""
CREATE = (
    *PARAMS,
    Param("TollfreePhoneNumberSid", "tollfree_phone_number_sid", _sid("PN")),
    Param("CustomerProfileSid", "customer_profile_sid", _sid("BU")),
    Param("ExternalReferenceId", "external_reference_id", text(0, 256)),
)
UPDATE = (*PARAMS, Param("EditReason", "edit_reason", text(0, 4096)))
