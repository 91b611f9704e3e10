"""The inputs of a campaign's form, and conversions between a draft and their values."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from msvc_toolkit.a2p.campaigns.labels import FIELDS, STATES, usecase
from msvc_toolkit.a2p.campaigns.model import Brand, CampaignDraft
from msvc_toolkit.a2p.linter import RULES, BrandIdentity, Remark
from msvc_toolkit.a2p.linter.limits import KEYWORDS, LENGTHS, SAMPLE_LENGTH, SAMPLES
from msvc_toolkit.a2p.linter.replies import LEGAL_WORDS
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
)
"""The inputs that are folded away at first."""
_OTHERS = ("brand", "brand_name", "website", "despite")
"""The inputs that are not part of the draft."""


_INPUTS = (
    ("us_app_to_person_usecase", "It cannot be changed later.", ""),
    ("brand_name", "The name that customers see, if it is not the registered one. The rules look for it in the texts.", ""),
    ("website", "The business's website, if it is not the registered one. Links in the texts should be on its domain.", ""),
    ("description", "Who sends messages, to whom, and why.", ""),
    ("message_flow", "Where people agree to get messages, in which words, and where a reviewer can see it. Twilio calls it the message flow.", ""),
    *((name, "As it will be sent, with variables in [brackets].", "") for name in SAMPLE_FIELDS),
    ("has_embedded_links", "", ""),
    ("has_embedded_phone", "", ""),
    ("age_gated", "The content is for adults, and an age gate keeps others out.", ""),
    ("direct_lending", "The messages are about loans, and you lend the money.", ""),
    ("privacy_policy_url", "", "https://www.acme.example/privacy"),
    ("terms_and_conditions_url", "", "https://www.acme.example/terms"),
    ("opt_in_image_url", "Its public address. It is sent as part of the message flow.", "https://www.acme.example/opt-in.png"),
    ("opt_in_keywords", "Fill it in only if people can join by texting a keyword. Put commas between keywords.", "JOIN, START"),
    ("opt_in_message", "", ""),
    ("opt_out_keywords", "Leave it empty to let Twilio handle them, which is fine.", ", ".join(LEGAL_WORDS)),
    ("opt_out_message", "Leave it empty to let Twilio answer.", ""),
    ("help_keywords", "Leave it empty to let Twilio handle them, which is fine.", "HELP, INFO"),
    ("help_message", "Leave it empty to let Twilio answer, without your name. Better: your name and how to reach you.", ""),
    ("subscriber_opt_in", "", ""),
    ("despite", "Use it in the sandbox to see a refusal. On a live account you usually pay the fee for nothing.", ""),
)  # fmt: skip
"""Name, help and placeholder of each input below the brand, in keyboard order."""
_LABELS = {**FIELDS, "brand_name": "Brand's name", "website": "Brand's website", "despite": "Submit despite blockers"}
_FIXED = "This cannot be changed later. To change it, delete the campaign and register another one."
_LINES = {"message_flow": 6, **dict.fromkeys(SAMPLE_FIELDS, 2)}


def inputs(draft: CampaignDraft, brands: Sequence[Brand], brand: str = "", fixed: Collection[str] = ()) -> list[Field]:
    """Make the inputs, in keyboard order. Those in `fixed` cannot be changed; the first brand is the default."""
    help_ = "Your business as registered for A2P 10DLC. Only an approved brand can have campaigns."
    held = {"brand_name": "", "website": "", "despite": False, **values(draft)}
    rest = [
        _input(name, _LABELS[name], _FIXED if name in fixed else said, placeholder, held[name])
        for name, said, placeholder in _INPUTS
    ]
    for one in rest:
        one.widget.disabled = one.name in fixed
    return [fields.choice("brand", "Brand", brand_options(brands), help_, value=brand or None), *rest]


def _input(name: str, label: str, help_: str, placeholder: str, value: Any) -> Field:
    if name == "us_app_to_person_usecase":
        return fields.choice(
            name, label, [("Choose one", ""), *((usecase(case), case) for case in USECASES)], help_, value=value
        )
    if isinstance(value, bool):
        return fields.flag(name, label, help_, value=value)
    if name in KEYWORDS:
        return fields.text(name, label, help_, value=value, placeholder=placeholder, read=_words)
    if name in LENGTHS or name in SAMPLE_FIELDS:
        least, most = LENGTHS.get(name, SAMPLE_LENGTH)
        limits = f"{help_} {least} to {most:,} characters.".strip()
        return fields.text(name, label, limits, value=value, lines=_LINES.get(name, 3))
    return fields.text(name, label, help_, value=value, placeholder=placeholder)


def brand_options(brands: Sequence[Brand]) -> list[tuple[str, str]]:
    """Return the brands to choose from, usable ones first."""
    ranked = sorted(brands, key=lambda brand: (not brand.usable, brand.mock))
    return [(_brand_label(brand), brand.sid) for brand in ranked] or [("No brand", "")]


def _brand_label(brand: Brand) -> str:
    words = [STATES.get(code, code) for code in (brand.brand_type, brand.status) if code]
    known = ", ".join([*words, *(["test brand"] if brand.mock else [])])
    return f"{brand.sender.name or brand.sid} ({known})"


def values(draft: CampaignDraft) -> dict[str, Any]:
    """Return the values of the inputs for a draft."""
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
    """Return the draft for the values of the inputs."""
    texts = {name: value for name, value in read.items() if name not in (*_OTHERS, *SAMPLE_FIELDS)}
    return CampaignDraft(**texts, message_samples=tuple(read[name] for name in SAMPLE_FIELDS if read[name]))


def place(
    remark: Remark, read: Mapping[str, Any], draft: CampaignDraft, sender: BrandIdentity
) -> Iterator[tuple[str, Remark]]:
    """Yield the inputs that a remark is about, each with its own remark.

    A remark on samples goes to the sample whose number is in its sentence. Without a number it goes to each sample that
    would get the same remark alone. A remark on all samples together goes to the first.
    """
    name = remark.fields[0].lower()
    if name != "message_samples":
        yield (name if name in read else "brand_name"), remark
        return
    filled = [sample for sample in SAMPLE_FIELDS if read[sample]] or [SAMPLE_FIELDS[0]]
    find = next(rule.find for rule in RULES if rule.id == remark.rule)
    alone = {home: set(find(replace(draft, message_samples=(read[home],)), sender)) for home in filled}
    said: dict[str, dict[str, None]] = {}
    for field, sentence in find(draft, sender):
        if field != name:
            continue
        homes = [filled[min(int(n), len(filled)) - 1] for n in re.findall(r"\bsample ([1-5])\b", sentence.lower())]
        homes = homes or [home for home in filled if (field, sentence) in alone[home]] or filled[:1]
        for home in homes[:1] if sentence.startswith("No sample") else homes:
            said.setdefault(home, {})[sentence] = None
    for home, sentences in said.items():
        yield home, replace(remark, sentence=" ".join(sentences))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in re.split(r"[,;\n]+", text) if word.strip())
