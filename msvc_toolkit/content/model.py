"""A content template before and after Twilio has it.

Source: Content API, Twilio docs (read 2026-11-30); the rules are in `rules.content_templates`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from msvc_toolkit.errors import Problem
from msvc_toolkit.rules import content_templates
from msvc_toolkit.rules.content_templates import CATEGORIES, NAME, TYPES, Shown

WITH_BUTTONS = ("twilio/quick-reply", "twilio/call-to-action", "twilio/list-picker")
WRITTEN = ("twilio/text", *WITH_BUTTONS, "twilio/media")
"""The types that a draft writes; Twilio has more."""
_FIELDS = {"type": "type", "body": "body", "url": "buttons"}


@dataclass(frozen=True)
class TemplateDraft:
    """A template to create.

    Args:
        name: What it is called; WhatsApp wants lower-case letters, digits and underscores.
        body: The text, with ``{{1}}`` or ``{{name}}`` for each blank.
        type: One of `WRITTEN`.
        variables: A sample for each blank, which is also what a message without a value gets.
        buttons: Pairs of title and ID; of title and web address or phone number for twilio/call-to-action.
        media: The address of a picture, for twilio/media.
        sms: What SMS shows where it cannot show the type; the body of a text is shown anyway.
        language: Such as "en" or "es_MX".
        category: UTILITY, MARKETING or AUTHENTICATION, for WhatsApp.
    """

    name: str
    body: str
    type: str = "twilio/text"
    variables: Mapping[str, str] = field(default_factory=dict)
    buttons: Sequence[tuple[str, str]] = ()
    media: str = ""
    sms: str = ""
    language: str = "en"
    category: str = "UTILITY"

    @property
    def types(self) -> dict[str, Any]:
        """The content types as Twilio takes them."""
        content: dict[str, Any] = {"body": self.body}
        if self.type == "twilio/list-picker":
            content |= {"button": "Choose", "items": [{"item": title, "id": key} for title, key in self.buttons]}
        elif self.type == "twilio/quick-reply":
            content["actions"] = [{"type": "QUICK_REPLY", "title": title, "id": key} for title, key in self.buttons]
        elif self.type == "twilio/call-to-action":
            content["actions"] = [_action(title, target) for title, target in self.buttons]
        elif self.type == "twilio/media":
            content["media"] = [self.media] if self.media else []
        sms = {"twilio/text": {"body": self.sms}} if self.sms and self.type != "twilio/text" else {}
        return {self.type: content, **sms}

    def problems(self, *, approve: bool = True) -> list[Problem]:
        """Return what Twilio would refuse, and with `approve` what WhatsApp would."""
        lowered = "WhatsApp takes lower-case letters, digits and underscores, such as order_ready."
        checks = (
            ("name", not self.name, "Give the template a name, such as order_ready."),
            ("name", approve and bool(self.name) and not NAME.fullmatch(self.name), lowered),
            ("body", not self.body, "Type the text."),
            ("buttons", self.type in WITH_BUTTONS and not self.buttons, "Give at least one button."),
            ("media", self.type == "twilio/media" and not self.media, "Give the web address of a picture."),
            ("language", not self.language, "Give the language, such as en."),
            ("category", self.category not in CATEGORIES, f"The category must be one of {', '.join(CATEGORIES)}."),
            ("type", self.type not in WRITTEN, f"The type must be one of {', '.join(WRITTEN)}."),
        )
        found = [Problem(name, sentence) for name, wrong, sentence in checks if wrong]
        if {problem.field for problem in found} & {"type", "body", "buttons", "media"}:
            return found
        if wrong := content_templates.fault(self.types, self.variables):
            return [*found, Problem("body", f"Twilio does not take it: {wrong}.")]
        faults = content_templates.whatsapp_faults(self.types, self.variables) if approve else []
        return [*found, *(Problem(_FIELDS[name], f"WhatsApp will refuse this. {said}") for name, said in faults)]

    def params(self) -> dict[str, Any]:
        """Return what is sent, by Twilio's names."""
        return {
            "friendly_name": self.name,
            "language": self.language,
            "variables": dict(self.variables),
            "types": self.types,
        }


def _action(title: str, target: str) -> dict[str, str]:
    if re.fullmatch(r"\+?[\d ().-]+", target):
        return {"type": "PHONE_NUMBER", "title": title, "phone": target}
    return {"type": "URL", "title": title, "url": target}


@dataclass(frozen=True)
class Template:
    """A template as Twilio has it.

    Args:
        sid: HX and 32 digits.
        friendly_name: Its name.
        language: Its language.
        types: Its content types.
        variables: The sample of each blank.
        status: Where its approval by WhatsApp is; one of `rules.content_templates.STATUSES`.
        reason: Why WhatsApp rejected it; empty otherwise.
    """

    sid: str
    friendly_name: str
    language: str
    types: Mapping[str, Any]
    variables: Mapping[str, str]
    status: str = "unsubmitted"
    reason: str = ""

    @property
    def blanks(self) -> list[str]:
        """The names of its blanks, in order."""
        return content_templates.placeholders(self.types)

    @property
    def state(self) -> str:
        """Its state at WhatsApp in words."""
        words = {"received": "in review", "pending": "in review", "unsubmitted": "not submitted to WhatsApp"}
        return words.get(self.status, self.status)

    @property
    def opens(self) -> bool:
        """Whether it may open a conversation on WhatsApp."""
        best = content_templates.best(self.types, "whatsapp")
        return self.status == "approved" and best is not None and TYPES[best].opens

    def shown(self, channel: str, values: Mapping[str, str]) -> Shown | None:
        """Return what a channel (sms, whatsapp, messenger, rcs) shows; a blank without a value shows its sample."""
        return content_templates.show(self.types, channel, {**self.variables, **values})

    def problems(self, channel: str, values: Mapping[str, str]) -> list[Problem]:
        """Return why these values cannot be sent by a channel."""
        wrong = content_templates.values_fault(values, self.blanks, self.variables)
        if wrong is None and channel == "whatsapp":
            wrong = content_templates.line_fault(values)
        found = [Problem("content_variables", f"{wrong} (21656)")] if wrong else []
        if self.shown(channel, values) is None:
            sentence = "This template has nothing that SMS can show. Add twilio/text to it, or choose another one."
            if channel != "sms":
                sentence = f"This template has nothing that {channel} can show. Choose another one."
            found.append(Problem("content_sid", sentence))
        if channel == "whatsapp":
            if code := content_templates.REFUSED.get(self.status):
                sentence = (
                    f"WhatsApp has {self.status} this template, so the message fails ({code}). Choose another one."
                )
                found.append(Problem("content_sid", sentence, blocks=False))
            if content_templates.spaces_fault(values):
                sentence = "More than four spaces in a row: WhatsApp refuses the message (63013)."
                found.append(Problem("content_variables", sentence, blocks=False))
        return found
