"""The use case: whether it is known, open to the brand, and fits the samples.

Source: Usa2p/Usecases examples in the twilio_messaging_v1 specification; error pages 30893, 30900 (read 2026-11-23).
"""

from __future__ import annotations

from msvc_toolkit.a2p.linter.limits import SPEC
from msvc_toolkit.a2p.linter.model import BrandIdentity, Campaign, Findings, rule
from msvc_toolkit.a2p.linter.words import holds, said

STANDARD = (
    "2FA",
    "ACCOUNT_NOTIFICATION",
    "CUSTOMER_CARE",
    "DELIVERY_NOTIFICATION",
    "FRAUD_ALERT",
    "HIGHER_EDUCATION",
    "LOW_VOLUME",
    "MARKETING",
    "MIXED",
    "POLLING_VOTING",
    "PUBLIC_SERVICE_ANNOUNCEMENT",
    "SECURITY_ALERT",
)
SPECIAL = ("AGENTS_FRANCHISES", "CHARITY", "EMERGENCY", "K12_EDUCATION", "POLITICAL", "PROXY", "SOCIAL", "SWEEPSTAKE")
"""Cases that a carrier reviews, or that only some brands may choose."""
SOLE_PROPRIETOR = "SOLE_PROPRIETOR"
USECASES = (*STANDARD, *SPECIAL, SOLE_PROPRIETOR)
TRANSACTIONAL = (
    "2FA",
    "ACCOUNT_NOTIFICATION",
    "CUSTOMER_CARE",
    "DELIVERY_NOTIFICATION",
    "FRAUD_ALERT",
    "SECURITY_ALERT",
)
TRANSACTIONAL_KINDS = ("code", "delivery", "booking", "payment", "alert")
CODES = ("2FA", "MIXED", "SECURITY_ALERT", "SOLE_PROPRIETOR")
"""Cases that may include a one-time code."""


@rule("usecase.missing", 21727, "blocker", "Choose one.", SPEC)
def missing(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The campaign has a use case."""
    if not campaign.us_app_to_person_usecase.strip():
        yield "us_app_to_person_usecase", "The use case is missing."


@rule("usecase.unknown", 21720, "blocker", "Choose one of the use cases that Twilio offers for the brand.")
def unknown(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The use case is one that Twilio knows."""
    case = campaign.us_app_to_person_usecase
    if case.strip() and case not in USECASES:
        yield "us_app_to_person_usecase", f"{case[:40]!r} is not a use case."


@rule(
    "usecase.brand",
    30900,
    "blocker",
    "Choose a use case that Twilio offers for this brand.",
    "Twilio error and warning dictionary, 30900; sole proprietor registration guide (read 2026-11-23)",
    "Q",
)
def brand(campaign: Campaign, sender: BrandIdentity) -> Findings:
    """Only a sole proprietor may choose the sole proprietor use case."""
    case = campaign.us_app_to_person_usecase
    if case in USECASES and (case == SOLE_PROPRIETOR) != (sender.brand_type == SOLE_PROPRIETOR):
        yield "us_app_to_person_usecase", f"{case} is not open to a brand of the type {sender.brand_type[:20]}."


@rule("usecase.promotion", 30893, "blocker", "Move the offer to a campaign for MARKETING, or choose MIXED.")
def promotion(campaign: Campaign, _: BrandIdentity) -> Findings:
    """No sample under a transactional case is an offer."""
    if campaign.us_app_to_person_usecase not in TRANSACTIONAL:
        return
    for number, sample in enumerate(campaign.message_samples, 1):
        offer = said("promotion", "phrases", sample)
        if offer:
            yield (
                "message_samples",
                f"Sample {number} is an offer ({offer[:30]!r}) under {campaign.us_app_to_person_usecase}.",
            )


@rule("usecase.persuasion", 30893, "warning", "Keep to the use case, or choose MIXED.")
def persuasion(campaign: Campaign, _: BrandIdentity) -> Findings:
    """No sample under a transactional case sounds like advertising."""
    if campaign.us_app_to_person_usecase not in TRANSACTIONAL:
        return
    for number, sample in enumerate(campaign.message_samples, 1):
        hint = said("promotion", "words", sample)
        if hint and not said("promotion", "phrases", sample):
            yield "message_samples", f"Sample {number} sounds like advertising ({hint[:30]!r})."


@rule("usecase.code", 30893, "warning", "Show the message with the code, as it will be sent.")
def code(campaign: Campaign, _: BrandIdentity) -> Findings:
    """A campaign for login codes has a sample with a code."""
    if campaign.us_app_to_person_usecase == "2FA" and not any(
        holds("kinds", "code", sample) for sample in campaign.message_samples
    ):
        yield "message_samples", "The use case is 2FA, but no sample has a code."


@rule(
    "usecase.other_code",
    30893,
    "warning",
    "Move it to a campaign for 2FA, or leave it out.",
    "a public record of one refusal of a LOW_VOLUME campaign (read 2026-11-30)",
    "T",
)
def other_code(campaign: Campaign, _: BrandIdentity) -> Findings:
    """A one-time code belongs to 2FA or a mixed campaign."""
    if campaign.us_app_to_person_usecase in (*CODES, "MARKETING", ""):
        return
    for number, sample in enumerate(campaign.message_samples, 1):
        if said("kinds", "code", sample):
            yield (
                "message_samples",
                f"Sample {number} is a one-time code under {campaign.us_app_to_person_usecase[:40]}.",
            )


@rule("usecase.transaction", 30893, "warning", "Move it to a campaign with that use case, or choose MIXED.")
def transaction(campaign: Campaign, _: BrandIdentity) -> Findings:
    """A marketing campaign has no transactional messages."""
    if campaign.us_app_to_person_usecase != "MARKETING":
        return
    for number, sample in enumerate(campaign.message_samples, 1):
        if kind := _transactional(sample):
            yield "message_samples", f"Sample {number} is not marketing ({kind})."
    if kind := _transactional(campaign.description):
        yield "description", f"The description mentions messages that are not marketing ({kind})."


@rule("usecase.kinds", 30538, "warning", "Show one sample for each kind of message.")
def kinds(campaign: Campaign, _: BrandIdentity) -> Findings:
    """A mixed campaign shows more than one kind of message."""
    if campaign.us_app_to_person_usecase != "MIXED" or len(campaign.message_samples) < 2:  # noqa: PLR2004 - two are asked for anyway
        return
    found = {
        _transactional(sample) or (holds("promotion", "words", sample) and "offer") or "?"
        for sample in campaign.message_samples
    }
    if len(found) == 1 and "?" not in found:
        yield "message_samples", f"The use case is MIXED, but every sample is of one kind ({found.pop()})."


@rule("usecase.emergency", 30929, "warning", "Choose EMERGENCY, or use other words.", grade="T")
def emergency(campaign: Campaign, _: BrandIdentity) -> Findings:
    """Emergencies have their own use case."""
    if campaign.us_app_to_person_usecase == "EMERGENCY":
        return
    for name, text in campaign.texts("description", "message_samples"):
        if hint := said("kinds", "emergency", text):
            yield (
                name,
                f"The text mentions an emergency ({hint[:30]!r}) under {campaign.us_app_to_person_usecase[:40]}.",
            )


@rule("usecase.testing", 30534, "warning", "Say what the messages will be for once they go to people.")
def testing(campaign: Campaign, _: BrandIdentity) -> Findings:
    """A campaign has a purpose beyond testing."""
    for name, text in campaign.texts("description", "message_samples"):
        if hint := said("kinds", "testing", text):
            yield name, f"The text says that this is a test ({hint[:30]!r})."


@rule(
    "usecase.special",
    30900,
    "advice",
    "Check first that Twilio offers the use case for the brand, and plan time for the extra approval.",
    grade="Q",
)
def special(campaign: Campaign, _: BrandIdentity) -> Findings:
    """A special use case also needs the carriers' approval, and not every brand may choose it."""
    if campaign.us_app_to_person_usecase in SPECIAL:
        yield "us_app_to_person_usecase", f"{campaign.us_app_to_person_usecase} is a special case."


def _transactional(text: str) -> str | None:
    """Return the kind of transactional message that a text is; a discount code does not count."""
    kinds = (kind for kind in TRANSACTIONAL_KINDS if holds("kinds", kind, text))
    return next((kind for kind in kinds if kind != "code" or not holds("kinds", "promo_code", text)), None)
