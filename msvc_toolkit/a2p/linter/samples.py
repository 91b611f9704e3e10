"""Samples: messages as they will be sent, with the brand's name and a way to opt out.

Source: error page 30893; digest of "A2P 10DLC Campaign Approval Requirements" (read 2026-11-23).
"""

from __future__ import annotations

import re

from msvc_toolkit.a2p.linter import reading
from msvc_toolkit.a2p.linter.model import BrandIdentity, Campaign, Findings, rule
from msvc_toolkit.a2p.linter.words import holds

_OTHER_VARIABLE = re.compile(
    r"\{\{?[\w .-]{1,40}\}?\}|<[a-z][\w .-]{1,40}>|%[A-Za-z]\w{1,30}%|\$\{\w{1,40}\}|__\w{1,30}__"
)
_WRITTEN = ("description", "message_flow", "message_samples", "opt_in_message", "opt_out_message", "help_message")
_NOTE = re.compile(
    r"[\[{<](?:[^\[\]{}<>]{0,40}\byour own\b|\s*(?:insert|replace|todo|tbd)\b)[^\[\]{}<>]{0,60}[\]}>]|\bTODO\b|\bTBD\b|\b(?i:lorem ipsum|(?:message|text|sms|content|copy) goes here|(?:sample|example) (?:message|text|sms) here)\b"
)
_NAME_TO_COME = re.compile(
    r"[\[{<]{1,2}\s*(?:your |my )?(?:company|business|brand|organi[sz]ation)(?:[ _-]?name)?\s*[\]}>]{1,2}",
    re.IGNORECASE,
)


@rule("samples.brand", 30893, "warning", "Begin a sample with the name, such as “Acme: …”.")
def brand(campaign: Campaign, sender: BrandIdentity) -> Findings:
    """At least one sample names the brand, and none has a bracket in place of it."""
    for number, sample in enumerate(campaign.message_samples, 1):
        if (found := _NAME_TO_COME.search(sample)) and campaign.us_app_to_person_usecase != "AGENTS_FRANCHISES":
            yield "message_samples", f"Sample {number} has {found.group()[:40]} in place of the name."
    if sender.name and campaign.message_samples and not _naming(campaign, sender):
        yield "message_samples", f"No sample names {sender.name[:40].rstrip('.')}."


@rule("samples.brand_everywhere", 30893, "advice", "Begin every sample with the name.", grade="Q")
def brand_everywhere(campaign: Campaign, sender: BrandIdentity) -> Findings:
    """Better, every sample names the brand."""
    naming = _naming(campaign, sender) if sender.name else []
    if naming and len(naming) < len(campaign.message_samples):
        yield (
            "message_samples",
            f"{len(naming)} of {len(campaign.message_samples)} samples name {sender.name[:40].rstrip('.')}.",
        )


@rule("samples.stop", 30893, "warning", "Add “Reply STOP to opt out.” to a sample.")
def stop(campaign: Campaign, _: BrandIdentity) -> Findings:
    """At least one sample says how to opt out."""
    if campaign.us_app_to_person_usecase == "2FA":  # codes go without
        return
    if campaign.message_samples and not any(holds("flow", "stop", sample) for sample in campaign.message_samples):
        yield "message_samples", "No sample says how to opt out."


@rule("samples.farewell", 30893, "warning", "Show a message of the campaign; the reply to STOP has a field of its own.")
def farewell(campaign: Campaign, _: BrandIdentity) -> Findings:
    """No sample is a confirmation of an opt-out."""
    for number, sample in enumerate(campaign.message_samples, 1):
        if holds("replies", "notice", sample):
            yield "message_samples", f"Sample {number} is a notice about opting out."


@rule(
    "samples.twice", 30893, "warning", "Show two messages that differ.", "our reading of 30893 (read 2026-11-23)", "?"
)
def twice(campaign: Campaign, _: BrandIdentity) -> Findings:
    """No two samples are the same."""
    seen = [" ".join(sample.split()).casefold() for sample in campaign.message_samples]
    again = [number for number, sample in enumerate(seen, 1) if sample and sample in seen[: number - 1]]
    if again:
        yield "message_samples", f"Sample {again[0]} is the same as one before it."


@rule("samples.brackets", 30893, "advice", "Write it in brackets, such as [name].")
def brackets(campaign: Campaign, _: BrandIdentity) -> Findings:
    """Parts that differ from message to message are in square brackets."""
    for number, sample in enumerate(campaign.message_samples, 1):
        if found := _OTHER_VARIABLE.search(sample):
            yield "message_samples", f"Sample {number} marks a variable as {found.group()[:30]}."


@rule(
    "samples.placeholder",
    30893,
    "blocker",
    "Write the real text in its place.",
    "our reading: a note to the writer is not a message (read 2026-11-30)",
    "?",
)
def placeholder(campaign: Campaign, _: BrandIdentity) -> Findings:
    """No text contains a note to its writer, such as [link on your own domain] or TODO."""
    for name, text in campaign.texts(*_WRITTEN):
        if found := _NOTE.search(text):
            yield name, f"{found.group()[:40]} is a note to the writer."


def _naming(campaign: Campaign, sender: BrandIdentity) -> list[str]:
    return [sample for sample in campaign.message_samples if reading.names(sender.name, sample)]
