"""The flags match the texts."""

from __future__ import annotations

from msvc_toolkit.a2p.linter import reading
from msvc_toolkit.a2p.linter.model import BrandIdentity, Campaign, Findings, rule
from msvc_toolkit.a2p.linter.words import said

_BY_ANALOGY = "our reading: 30889 names the phone flag only (read 2026-11-23)"


@rule("flags.phone", 30889, "blocker", "Clear the flag, or show the number in a sample.")
def phone(campaign: Campaign, _: BrandIdentity) -> Findings:
    """If the phone flag is set, a sample has a phone number."""
    if campaign.has_embedded_phone and not any(map(reading.has_phone, campaign.message_samples)):
        yield "has_embedded_phone", "The flag says that messages have phone numbers, but no sample has one."


@rule("flags.phone_unsaid", 30889, "warning", "Set the flag.", _BY_ANALOGY, "?")
def phone_unsaid(campaign: Campaign, _: BrandIdentity) -> Findings:
    """If a sample has a phone number, the flag says so."""
    if not campaign.has_embedded_phone and any(map(reading.phone_in, campaign.message_samples)):
        yield "has_embedded_phone", "A sample has a phone number, but the flag says that messages have none."


@rule("flags.links", 30893, "warning", "Clear the flag, or show the link in a sample.", _BY_ANALOGY, "?")
def links(campaign: Campaign, _: BrandIdentity) -> Findings:
    """If the links flag is set, a sample has a link."""
    if campaign.has_embedded_links and not any(map(reading.has_link, campaign.message_samples)):
        yield "has_embedded_links", "The flag says that messages have links, but no sample has one."


@rule("flags.links_unsaid", 30893, "warning", "Set the flag.", _BY_ANALOGY, "?")
def links_unsaid(campaign: Campaign, _: BrandIdentity) -> Findings:
    """If a sample has a link, the flag says so."""
    if not campaign.has_embedded_links and any(map(reading.has_link, campaign.message_samples)):
        yield "has_embedded_links", "A sample has a link, but the flag says that messages have none."


@rule(
    "flags.lending",
    30895,
    "warning",
    "Set the flag if you lend the money yourself. Messages about the loans of other lenders are not allowed.",
)
def lending(campaign: Campaign, _: BrandIdentity) -> Findings:
    """A lender sets the flag for direct lending."""
    hint = _first(campaign, "lending")
    if hint and not campaign.direct_lending:
        yield "direct_lending", f"The text mentions lending ({hint[:30]!r}), but the flag says that you do not lend."


@rule("flags.age", 30888, "warning", "Put a real age gate before the opt-in, and set the flag.")
def age(campaign: Campaign, _: BrandIdentity) -> Findings:
    """Content for adults has an age gate."""
    hint = _first(campaign, "adults")
    if hint and not campaign.age_gated:
        yield (
            "age_gated",
            f"The text mentions age-restricted content ({hint[:30]!r}), but the flag says that there is no age gate.",
        )


def _first(campaign: Campaign, group: str) -> str | None:
    texts = campaign.texts("description", "message_samples")
    return next((hint for _, text in texts if (hint := said("flags", group, text))), None)
