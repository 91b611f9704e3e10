"""The inputs of a campaign's form, and the way from a draft to their values and back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from msvc_toolkit.a2p.campaigns.model import Brand, CampaignDraft
from msvc_toolkit.a2p.linter.limits import KEYWORDS, LENGTHS, SAMPLE_LENGTH, SAMPLES
from msvc_toolkit.a2p.linter.usecase import USECASES
from msvc_toolkit.widgets import fields
from msvc_toolkit.widgets.fields import Field

SAMPLE_FIELDS = tuple(f"sample_{number}" for number in range(1, SAMPLES[1] + 1))
FOLDED = (
    *SAMPLE_FIELDS[SAMPLES[0] :], *KEYWORDS, "opt_in_message", "opt_out_message", "help_message", "subscriber_opt_in",
    "age_gated", "direct_lending", "despite",
)  # fmt: skip
"""The inputs that start folded away."""
_OTHERS = ("brand", "brand_name", "website", "despite")
"""The inputs that are not part of the draft."""


def inputs(draft: CampaignDraft, brands: Sequence[Brand]) -> list[Field]:
    """Make the inputs, in keyboard order, holding a draft."""
    held, text, flag = values(draft), fields.text, fields.flag

    def box(name: str, label: str, help_: str, lines: int = 3) -> Field:
        least, most = LENGTHS.get(name, SAMPLE_LENGTH)
        return text(name, label, f"{help_} {least} to {most} characters.".strip(), value=held[name], lines=lines)

    def keywords(name: str, label: str, help_: str) -> Field:
        return text(name, label, help_, value=held[name], placeholder="JOIN, START", read=_words)

    return [
        fields.choice(
            "brand",
            "Brand",
            brand_options(brands),
            "Your business as registered for A2P 10DLC. Only an approved brand can have campaigns.",
        ),
        text(
            "brand_name",
            "Brand's name",
            "The name that people know; the rules look for it in the texts.",
            placeholder="Acme",
        ),
        text(
            "website",
            "Brand's website",
            "Links in the texts should stay on its domain.",
            placeholder="https://www.acme.example",
        ),
        fields.choice(
            "us_app_to_person_usecase",
            "Use case",
            [("choose one", ""), *((case, case) for case in USECASES)],
            "It cannot be changed later.",
            value=held["us_app_to_person_usecase"],
        ),
        box("description", "Description", "Who sends messages, to whom, and why."),
        box(
            "message_flow",
            "Message flow",
            "How people agree to get messages: where, in which words, and where a reviewer can see it.",
            6,
        ),
        *(
            box(
                name,
                f"Sample {number}",
                "A message as you will send it, with variables in [brackets]." if number == 1 else "",
                2,
            )
            for number, name in enumerate(SAMPLE_FIELDS, 1)
        ),
        flag("has_embedded_links", "Links", "Messages carry links.", value=held["has_embedded_links"]),
        flag("has_embedded_phone", "Phone numbers", "Messages carry phone numbers.", value=held["has_embedded_phone"]),
        text(
            "privacy_policy_url",
            "Privacy policy",
            value=held["privacy_policy_url"],
            placeholder="https://www.acme.example/privacy",
        ),
        text(
            "terms_and_conditions_url",
            "Terms",
            value=held["terms_and_conditions_url"],
            placeholder="https://www.acme.example/terms",
        ),
        text(
            "opt_in_image_url",
            "Opt-in image",
            "A public picture of the opt-in. Only the Console has a field for it; from "
            "here its address is filed as part of the message flow.",
            value=held["opt_in_image_url"],
            placeholder="https://www.acme.example/opt-in.png",
        ),
        keywords(
            "opt_in_keywords",
            "Join keywords",
            "Only if people can join by texting one of them. Put commas between them.",
        ),
        box("opt_in_message", "Reply to joining", ""),
        keywords("opt_out_keywords", "STOP keywords", "Leave it empty to let Twilio handle them, which is fine."),
        box("opt_out_message", "Reply to STOP", "Leave it empty to let Twilio answer."),
        keywords("help_keywords", "HELP keywords", "Leave it empty to let Twilio handle them, which is fine."),
        box("help_message", "Reply to HELP", "Leave it empty to let Twilio answer."),
        flag("subscriber_opt_in", "People opt in", value=held["subscriber_opt_in"]),
        flag("age_gated", "Age gate", "The content is for adults and behind an age gate.", value=held["age_gated"]),
        flag(
            "direct_lending",
            "Direct lending",
            "The messages are about loans that you give.",
            value=held["direct_lending"],
        ),
        flag(
            "despite",
            "Submit despite blockers",
            "In the sandbox, to see it refused. On a live account it usually costs the fee for nothing.",
            value=False,
        ),
    ]


def brand_options(brands: Sequence[Brand]) -> list[tuple[str, str]]:
    """Return the brands to choose from, usable ones first."""
    ranked = sorted(brands, key=lambda brand: (not brand.usable, brand.mock))
    return [(brand.label, brand.sid) for brand in ranked] or [("no brand", "")]


def values(draft: CampaignDraft) -> dict[str, Any]:
    """Return what the inputs show of a draft."""
    shown = {name: getattr(draft, name) for name in CampaignDraft.__dataclass_fields__}
    samples = [*shown.pop("message_samples"), *[""] * len(SAMPLE_FIELDS)]
    case = shown["us_app_to_person_usecase"]
    return {
        **shown,
        **{name: ", ".join(shown[name]) for name in KEYWORDS},
        **dict(zip(SAMPLE_FIELDS, samples, strict=False)),
        "us_app_to_person_usecase": case if case in USECASES else "",
    }


def made(read: dict[str, Any]) -> CampaignDraft:
    """Return the draft that the inputs' values make."""
    texts = {name: value for name, value in read.items() if name not in (*_OTHERS, *SAMPLE_FIELDS)}
    return CampaignDraft(**texts, message_samples=tuple(read[name] for name in SAMPLE_FIELDS if read[name]))


def field_of(name: str, sentence: str = "") -> str:
    """Return the input that a field of the campaign is in; of the samples the one that a sentence begins with."""
    if name != "message_samples":
        return name
    numbered = re.match(r"Sample ([1-5])\b", sentence)
    return f"sample_{numbered[1]}" if numbered else SAMPLE_FIELDS[0]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in re.split(r"[,;\n]+", text) if word.strip())
