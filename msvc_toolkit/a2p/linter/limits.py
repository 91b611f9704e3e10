"""Lengths, counts and required fields.

Source: twilio_messaging_v1 specification, Usa2p create (read 2026-11-23).  The code with which Twilio refuses a
keyword that is not alphanumeric is our reading.
"""

from __future__ import annotations

from msvc_toolkit.a2p.linter.model import BrandIdentity, Campaign, Findings, rule
from msvc_toolkit.rules.plurals import count

SPEC = "twilio_messaging_v1 specification, Usa2p create (read 2026-11-23)"
LENGTHS = {
    "description": (40, 4096),
    "message_flow": (40, 2048),  # one guide page says 2049
    "opt_in_message": (20, 320),
    "opt_out_message": (20, 320),
    "help_message": (20, 320),
}
SAMPLES = (2, 5)
SAMPLE_LENGTH = (20, 1024)
KEYWORDS_LENGTH = 255
"""Characters of a list of keywords, commas included."""
REQUIRED = ("description", "message_flow")
KEYWORDS = ("opt_in_keywords", "opt_out_keywords", "help_keywords")
SHORT = 100
"""A shorter description usually says too little. Our own threshold."""
NEAR = 0.95


@rule("limits.required", 21727, "blocker", "Write it.", SPEC)
def required(campaign: Campaign, _: BrandIdentity) -> Findings:
    """Description, message flow and samples are given."""
    for name in REQUIRED:
        if not getattr(campaign, name).strip():
            yield name, f"The {_words(name)} is missing."
    if not any(sample.strip() for sample in campaign.message_samples):
        yield "message_samples", "The campaign has no sample message."


@rule("limits.length", 21728, "blocker", "Bring it within the limits.", SPEC)
def length(campaign: Campaign, _: BrandIdentity) -> Findings:
    """Every text has a length that Twilio accepts."""
    for name, (least, most) in LENGTHS.items():
        text = getattr(campaign, name)
        if text.strip() and not least <= len(text) <= most:
            yield name, f"The {_words(name)} has {len(text)} characters; Twilio accepts {least} to {most}."
    samples = [sample for sample in campaign.message_samples if sample.strip()]
    if not samples:
        return
    if not SAMPLES[0] <= len(samples) <= SAMPLES[1]:
        yield (
            "message_samples",
            f"The campaign has {count(len(samples), 'sample message')}; Twilio accepts {SAMPLES[0]} to {SAMPLES[1]}.",
        )
        return
    least, most = SAMPLE_LENGTH
    wrong = [f"{n} has {len(text)}" for n, text in enumerate(samples, 1) if not least <= len(text) <= most]
    if wrong:
        yield "message_samples", f"A sample has {least} to {most} characters, but sample {', sample '.join(wrong)}."


@rule("limits.keywords_length", 21728, "blocker", "Name fewer keywords.", SPEC)
def keywords_length(campaign: Campaign, _: BrandIdentity) -> Findings:
    """A list of keywords has 255 characters at most."""
    for name in KEYWORDS:
        size = len(",".join(getattr(campaign, name)))
        if size > KEYWORDS_LENGTH:
            yield name, f"The {_words(name)} have {size} characters together; Twilio accepts {KEYWORDS_LENGTH}."


@rule("limits.keywords", 20001, "blocker", "Use letters and digits only, one word each.", SPEC)
def keywords(campaign: Campaign, _: BrandIdentity) -> Findings:
    """A keyword is one word of letters and digits."""
    for name in KEYWORDS:
        wrong = [word for word in getattr(campaign, name) if not (word.isascii() and word.isalnum())]
        if wrong:
            yield name, f"{wrong[0][:20]!r} is not a keyword that Twilio accepts."


@rule("limits.near", 30886, "advice", "Say in two or three sentences who sends, to whom, what and why.", grade="?")
def near(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The description is long enough, and no text is close to its limit."""
    if LENGTHS["description"][0] <= len(campaign.description) < SHORT:
        yield "description", f"The description has only {len(campaign.description)} characters."
    for name in ("description", "message_flow"):
        most = LENGTHS[name][1]
        if NEAR * most < len(getattr(campaign, name)) <= most:
            yield name, f"The {_words(name)} is close to its limit of {most} characters."


def _words(name: str) -> str:
    return name.replace("us_app_to_person_usecase", "use case").replace("_", " ")
