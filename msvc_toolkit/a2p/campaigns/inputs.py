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
    *SAMPLE_FIELDS[SAMPLES[0] :],
    *KEYWORDS,
    "opt_in_message",
    "opt_out_message",
    "help_message",
    "subscriber_opt_in",
    "age_gated",
    "direct_lending",
    "despite",
)
"""The inputs that start folded away."""
_OTHERS = ("brand", "brand_name", "website", "despite")
"""The inputs that are not part of the draft."""


_INPUTS = (
    ("brand_name", "Brand's name", "The name that people know; the rules look for it in the texts.", "Acme"),
    ("website", "Brand's website", "Links in the texts should stay on its domain.", "https://www.acme.example"),
    ("us_app_to_person_usecase", "Use case", "It cannot be changed later.", ""),
    ("description", "Description", "Who sends messages, to whom, and why.", ""),
    ("message_flow", "Message flow", "How people agree to get messages: where, in which words, and where a reviewer can see it.", ""),
    *((name, f"Sample {number}", "A message as you will send it, with variables in [brackets]." * (number == 1), "")
      for number, name in enumerate(SAMPLE_FIELDS, 1)),
    ("has_embedded_links", "Links", "Messages carry links.", ""),
    ("has_embedded_phone", "Phone numbers", "Messages carry phone numbers.", ""),
    ("privacy_policy_url", "Privacy policy", "", "https://www.acme.example/privacy"),
    ("terms_and_conditions_url", "Terms", "", "https://www.acme.example/terms"),
    ("opt_in_image_url", "Opt-in image", "A public picture of the opt-in. The API files its address in the message flow.", "https://www.acme.example/opt-in.png"),
    ("opt_in_keywords", "Join keywords", "Only if people can join by texting one of them. Put commas between them.", ""),
    ("opt_in_message", "Reply to joining", "", ""),
    ("opt_out_keywords", "STOP keywords", "Leave it empty to let Twilio handle them, which is fine.", ""),
    ("opt_out_message", "Reply to STOP", "Leave it empty to let Twilio answer.", ""),
    ("help_keywords", "HELP keywords", "Leave it empty to let Twilio handle them, which is fine.", ""),
    ("help_message", "Reply to HELP", "Leave it empty to let Twilio answer.", ""),
    ("subscriber_opt_in", "People opt in", "", ""),
    ("age_gated", "Age gate", "The content is for adults and behind an age gate.", ""),
    ("direct_lending", "Direct lending", "The messages are about loans that you give.", ""),
    ("despite", "Submit despite blockers", "In the sandbox, to see it refused. On a live account it usually costs the fee for nothing.", ""),
)  # fmt: skip
"""Name, label, help and placeholder of each input below the brand, in keyboard order."""
_LINES = {"message_flow": 6, **dict.fromkeys(SAMPLE_FIELDS, 2)}


def inputs(draft: CampaignDraft, brands: Sequence[Brand]) -> list[Field]:
    """Make the inputs, in keyboard order, with a draft in them."""
    help_ = "Your business as registered for A2P 10DLC. Only an approved brand can have campaigns."
    held = {"brand_name": "", "website": "", "despite": False, **values(draft)}
    rest = [_input(name, label, said, placeholder, held[name]) for name, label, said, placeholder in _INPUTS]
    return [fields.choice("brand", "Brand", brand_options(brands), help_), *rest]


def _input(name: str, label: str, help_: str, placeholder: str, value: Any) -> Field:
    if name == "us_app_to_person_usecase":
        return fields.choice(
            name, label, [("choose one", ""), *((case, case) for case in USECASES)], help_, value=value
        )
    if isinstance(value, bool):
        return fields.flag(name, label, help_, value=value)
    if name in KEYWORDS:
        return fields.text(name, label, help_, value=value, placeholder="JOIN, START", read=_words)
    if name in LENGTHS or name in SAMPLE_FIELDS:
        least, most = LENGTHS.get(name, SAMPLE_LENGTH)
        limits = f"{help_} {least} to {most} characters.".strip()
        return fields.text(name, label, limits, value=value, lines=_LINES.get(name, 3))
    return fields.text(name, label, help_, value=value, placeholder=placeholder)


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
