"""Plain words for Twilio's codes: the fields of a campaign, its use cases and its states."""

from __future__ import annotations

import re

from msvc_toolkit.a2p.linter.limits import SAMPLES
from msvc_toolkit.a2p.linter.usecase import USECASES

FIELDS = {
    "us_app_to_person_usecase": "Use case",
    "description": "Description",
    "message_flow": "How people agree",
    "message_samples": "Sample messages",
    **{f"sample_{number}": f"Sample message {number}" for number in range(1, SAMPLES[1] + 1)},
    "has_embedded_links": "Messages have links",
    "has_embedded_phone": "Messages have phone numbers",
    "privacy_policy_url": "Privacy policy",
    "terms_and_conditions_url": "Terms",
    "opt_in_image_url": "Picture of the opt-in",
    "opt_in_keywords": "Keywords to join",
    "opt_in_message": "Reply to joining",
    "opt_out_keywords": "Keywords to opt out",
    "opt_out_message": "Reply to STOP",
    "help_keywords": "Keywords for help",
    "help_message": "Reply to HELP",
    "subscriber_opt_in": "People agree before they get messages",
    "age_gated": "Age gate",
    "direct_lending": "Direct lending",
}
"""The labels of a campaign's inputs."""
_ODD_USECASES = {
    "2FA": "Two-factor authentication (2FA)",
    "AGENTS_FRANCHISES": "Agents and franchises",
    "K12_EDUCATION": "K-12 education",
    "POLLING_VOTING": "Polling and voting",
}
STATES = {
    "PENDING": "waiting for review",
    "IN_PROGRESS": "in review",
    "IN_REVIEW": "in review",
    "PENDING_REVIEW": "waiting for review",
    "VERIFIED": "verified",
    "UNVERIFIED": "not verified",
    "SELF_DECLARED": "self-declared",
    "APPROVED": "approved",
    "FAILED": "rejected",
    "REJECTED": "rejected",
    "SUSPENDED": "suspended",
    "STANDARD": "standard",
    "SOLE_PROPRIETOR": "sole proprietor",
}
"""States and types of campaigns, brands and verifications, in words for the middle of a sentence."""
MEANING = {
    "PENDING": "submitted; nobody has looked at it yet",
    "IN_PROGRESS": "under review; that takes days, sometimes weeks",
    "VERIFIED": "approved: carriers register the numbers in the pool, which takes minutes to days; only the Console shows when",
    "FAILED": "refused; the remarks say why",
    "SUSPENDED": "suspended after it was approved; only Twilio's support can end that",
}
"""What each state of a campaign means."""


def usecase(code: str) -> str:
    """Return the name of a use case."""
    return _ODD_USECASES.get(code) or code.replace("_", " ").capitalize()


def _words() -> dict[str, str]:
    cases = {code: f"“{usecase(code)}”" for code in USECASES if code != "2FA"}
    names = {name.upper(): f"“{label}”" for name, label in FIELDS.items() if "_" in name}
    return cases | names | STATES


_WORDS = _words()
_CODES = re.compile(rf"(?<![\w\[])(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})(?![\w\]])")


def plain(sentence: str) -> str:
    """Replace Twilio's codes in a sentence, such as FAILED or MESSAGE_FLOW, by plain words."""
    return _CODES.sub(lambda found: _WORDS[found[0]], sentence)
