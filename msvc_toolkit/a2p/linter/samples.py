"""Samples: messages as they will be sent, with the brand's name and a way to opt out.

Source: error page 30893; digest of "A2P 10DLC Campaign Approval Requirements" (read 2026-11-23).
"""

from __future__ import annotations

import re

from msvc_toolkit.a2p.linter import reading
from msvc_toolkit.a2p.linter.model import BrandIdentity, Campaign, Findings, Rule, rule
from msvc_toolkit.a2p.linter.words import holds

_OTHER_VARIABLE = re.compile(
    r"\{\{?[\w .-]{1,40}\}?\}|<[a-z][\w .-]{1,40}>|%[A-Za-z]\w{1,30}%|\$\{\w{1,40}\}|__\w{1,30}__"
)
_NOTE = re.compile(
    r"[\[{<](?:[^\[\]{}<>]{0,40}\byour own\b|\s*(?:insert|replace|todo|tbd)\b)[^\[\]{}<>]{0,60}[\]}>]|\bTODO\b|\bTBD\b|\b(?i:lorem ipsum|(?:message|text|sms|content|copy) goes here|(?:sample|example) (?:message|text|sms) here)\b"
)
_NAME_TO_COME = re.compile(
    r"[\[{<]{1,2}\s*(?:your |my )?(?:company|business|brand|organi[sz]ation)(?:[ _-]?name)?\s*[\]}>]{1,2}",
    re.IGNORECASE,
)


@rule("samples.brand", 30893, "warning", "Begin each sample with the brand's name and a colon.")
def brand(campaign: Campaign, sender: BrandIdentity) -> Findings:
    """At least one sample names the brand, and none has a bracket in place of it."""
    for number, sample in enumerate(campaign.message_samples, 1):
        if (found := _NAME_TO_COME.search(sample)) and campaign.us_app_to_person_usecase != "AGENTS_FRANCHISES":
            yield "message_samples", f"Sample {number} has {found.group()[:40]} in place of the name."
    if sender.name and campaign.message_samples and not _naming(campaign, sender):
        yield "message_samples", f"No sample names {sender.name[:40].rstrip('.')}."


@rule("samples.brand_everywhere", 30893, "advice", "Begin every sample with the name.", grade="Q")
def brand_everywhere(campaign: Campaign, sender: BrandIdentity) -> Findings:
    """Ideally, every sample names the brand."""
    naming = _naming(campaign, sender) if sender.name else []
    if naming and len(naming) < len(campaign.message_samples):
        yield (
            "message_samples",
            f"{len(naming)} of {len(campaign.message_samples)} samples name {sender.name[:40].rstrip('.')}.",
        )


@rule("samples.stop", 30893, "warning", "Add “Reply STOP to opt out.” to a sample.")
def stop(campaign: Campaign, _: BrandIdentity) -> Findings:
    """At least one sample says how to opt out."""
    if campaign.us_app_to_person_usecase == "2FA":  # login codes need none
        return
    if campaign.message_samples and not any(holds("flow", "stop", sample) for sample in campaign.message_samples):
        yield "message_samples", "No sample says how to opt out."


@rule("samples.farewell", 30893, "warning", "Show a message of the campaign; the reply to STOP has a field of its own.")
def farewell(campaign: Campaign, _: BrandIdentity) -> Findings:
    """No sample confirms an opt-out."""
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


def _placeholder(group: str, code: int, *fields: str) -> Rule:
    def find(campaign: Campaign, _: BrandIdentity) -> Findings:
        """No text contains a note to its writer, such as [link on your own domain] or TODO."""
        for name, text in campaign.texts(*fields):
            if found := _NOTE.search(text):
                yield name, f"{found.group()[:40]} is a note to the writer."

    source = "our reading: a note to the writer is not a message (read 2026-11-30)"
    return rule(f"{group}.placeholder", code, "blocker", "Write the real text in its place.", source, "?")(find)


placeholder = _placeholder("samples", 30893, "message_samples")
in_description = _placeholder("description", 30886, "description")
in_flow = _placeholder("flow", 30909, "message_flow")
in_replies = _placeholder("replies", 30887, "opt_in_message", "opt_out_message", "help_message")


def _naming(campaign: Campaign, sender: BrandIdentity) -> list[str]:
    return [sample for sample in campaign.message_samples if reading.names(sender.name, sample)]
