"""The parameters of a campaign, and what Twilio fills in where they leave a gap.

Source: twilio_messaging_v1 specification, Usa2p create and update (read 2026-11-23). The replies are in our words.
"""

from __future__ import annotations

import json
from typing import Any

from msvc_toolkit.a2p.linter import Campaign
from msvc_toolkit.sandbox.messages.opt_out import TEXTS
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, boolean, text
from msvc_toolkit.sandbox.storage.store import Row

MISSING = 21727
LISTS = frozenset({"MessageSamples", "OptInKeywords", "OptOutKeywords", "HelpKeywords"})
_MOST = 100_000
"""Characters that are read at all; the rules, which know Twilio's limits, say what is too long."""


def _flag(value: str) -> bool:
    return bool(boolean(value))


def _texts(**names: str) -> tuple[Param, ...]:
    return tuple(Param(name, column, text(0, _MOST)) for column, name in names.items())


UPDATE = (
    Param("HasEmbeddedLinks", "has_embedded_links", _flag),
    Param("HasEmbeddedPhone", "has_embedded_phone", _flag),
    Param("AgeGated", "age_gated", _flag),
    Param("DirectLending", "direct_lending", _flag),
    *_texts(
        message_samples="MessageSamples", message_flow="MessageFlow", description="Description",
        privacy_policy_url="PrivacyPolicyUrl", terms_and_conditions_url="TermsAndConditionsUrl",
    ),
)  # fmt: skip
CREATE = (
    *UPDATE,
    Param("SubscriberOptIn", "subscriber_opt_in", _flag),
    *_texts(
        brand_registration_sid="BrandRegistrationSid", us_app_to_person_usecase="UsAppToPersonUsecase",
        opt_in_message="OptInMessage", opt_out_message="OptOutMessage", help_message="HelpMessage",
        opt_in_keywords="OptInKeywords", opt_out_keywords="OptOutKeywords", help_keywords="HelpKeywords",
    ),
)  # fmt: skip
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
"""What an answer shows where nothing was given."""
URLS = ("privacy_policy_url", "terms_and_conditions_url")
"""Shown in the second of the two shapes alone."""


def asked(values: dict[str, object], *names: str) -> None:
    """Raise Refusal (21727) unless these were given."""
    columns = {param.name: param.column for param in CREATE}
    missing = [name for name in names if values.get(columns[name]) in (None, "", [])]
    if missing:
        raise Refusal(400, MISSING, f"Missing required parameter {missing[0]} in the post body")


def campaign(fields: dict[str, Any]) -> Campaign:
    """Return what a reviewer reads: the fields as they were submitted."""
    known: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    return Campaign(**{name: known[name] for name in Campaign.__dataclass_fields__ if name in known})


def shown(row: Row, *, second_shape: bool) -> dict[str, Any]:
    """Return the fields of an answer."""
    fields = json.loads(row["fields"])
    names = (
        "description", "message_samples", "has_embedded_links", "has_embedded_phone", "message_flow", *_DEFAULTS,
    )  # fmt: skip
    found = {name: fields.get(name) or _DEFAULTS.get(name) for name in names}
    found["subscriber_opt_in"] = fields.get("subscriber_opt_in", True)
    for name in ("has_embedded_links", "has_embedded_phone"):
        found[name] = fields.get(name, False)
    return found | ({name: fields.get(name) or None for name in URLS} if second_shape else {})
