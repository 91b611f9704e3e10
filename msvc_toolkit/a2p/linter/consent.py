"""Consent: given freely, for this sender and for text messages, by people's own action.

A rule is a blocker only if such texts were refused and no known approved campaign has them.
Source: error pages 30556, 30913, 30924 and 30932, T-grade digests of 30923 and 30925 (read 2026-11-23); public records of
refused and approved campaigns (tests/data/campaign_texts.json, read 2026-11-30).
"""

from __future__ import annotations

from msvc_toolkit.a2p.linter import reading
from msvc_toolkit.a2p.linter.flow import keyword_named
from msvc_toolkit.a2p.linter.model import BrandIdentity, Campaign, Findings, rule
from msvc_toolkit.a2p.linter.words import done, holds, said, table, together


@rule("consent.prechecked", 30925, "blocker", "Leave the box unchecked, and say so.", grade="T")
def prechecked(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The box is not checked in advance."""
    what = "a box that is already checked"
    if found := _red(campaign, "prechecked", what):
        return found
    return [] if holds("consent", "empty", campaign.message_flow) else _red(campaign, "clearing", what)


@rule("consent.bought", 30896, "blocker", "Send messages only to people who agreed to get them from this brand.")
def bought(campaign: Campaign, _: BrandIdentity) -> Findings:
    """No list is bought, rented or scraped."""
    return _red(campaign, "bought", "contacts that did not come from the people themselves")


@rule("consent.automatic", 30896, "warning", "Let people agree by doing something themselves, such as checking a box.")
def automatic(campaign: Campaign, _: BrandIdentity) -> Findings:
    """People are enrolled only by their own action."""
    return _red(campaign, "automatic", "people who are enrolled without an act of their own")


@rule(
    "consent.implied",
    30925,
    "warning",
    "Add an unchecked box, or another action by which people only agree.",
    "public records, which differ: refused with 30925 and 30924, approved with a picture and in Twilio's earlier examples "
    "(read 2026-11-30)",
    "T",
)
def implied(campaign: Campaign, _: BrandIdentity) -> Findings:
    """Giving a number does not count as agreeing to messages."""
    if campaign.us_app_to_person_usecase == "2FA":  # codes for people who give their number are approved
        return []
    if done("agreeing_acts", campaign.message_flow):
        return []
    return _red(campaign, "implied", "consent that is implied by giving a number")


@rule("consent.terms", 30923, "blocker", "Make the consent a separate choice from the terms.", grade="T")
def terms(campaign: Campaign, _: BrandIdentity) -> Findings:
    """Agreeing to the terms does not count as agreeing to messages."""
    return _red(campaign, "terms", "consent that comes with the terms, an account or an order")


@rule(
    "consent.forced",
    30923,
    "warning",
    "Make it optional: people can continue without it.",
    "T-grade digests of 30923; public records, which differ (read 2026-11-30)",
    "T",
)
def forced(campaign: Campaign, _: BrandIdentity) -> Findings:
    """Consent is not a condition of an account, a service or a purchase."""
    what = "consent that is required"
    text = campaign.message_flow
    found = _red(campaign, "forced", what, reading.framed(text)) or _quoted(campaign, "forced", what)
    chosen = holds("consent", "optional", text) or holds("concepts", "own_choice", text)
    return found or ([] if chosen else _red(campaign, "signed", "consent by a signature that the form needs anyway"))


@rule(
    "consent.optional",
    30923,
    "advice",
    "Say so, such as “an optional, unchecked box”.",
    "our reading of 30923 and 30931 (read 2026-11-30)",
    "?",
)
def optional(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The flow says that agreeing is optional, for example by an unchecked box."""
    text = campaign.message_flow
    if (
        text.strip()
        and campaign.us_app_to_person_usecase != "2FA"
        and not keyword_named(campaign)
        and not holds("consent", "optional", text)
    ):
        yield "message_flow", "Not found: words that say that agreeing is optional, such as “optional” or “unchecked”."


@rule(
    "consent.shared",
    30932,
    "blocker",
    "Do not share opt-in data, do not text numbers that others collected, and say both in the privacy policy.",
    grade="T",
)
def shared(campaign: Campaign, _: BrandIdentity) -> Findings:
    """Numbers and consent stay with the brand."""
    return _red(campaign, "shared", "data that is shared with others, or messages that others send")


@rule("consent.unshared", 30932, "advice", "Say that numbers and consent are not shared or sold.", grade="T")
def unshared(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The flow says that numbers and consent stay with the brand."""
    text = campaign.message_flow
    if text.strip() and not holds("consent", "unshared", text):
        yield "message_flow", "Not found: words that say that numbers and consent are not shared with others."


@rule("consent.combined", 30913, "warning", "Offer two separate, unchecked choices.")
def combined(campaign: Campaign, _: BrandIdentity) -> Findings:
    """Marketing and information are separate choices."""
    if said("consent", "separate", campaign.message_flow):
        return []
    what = "one choice for marketing and for information"
    return _red(campaign, "combined", what) or _quoted(campaign, "quoted_combined", what)


@rule("consent.channels", 30556, "warning", "Ask for text messages alone; email and calls need a choice of their own.")
def channels(campaign: Campaign, _: BrandIdentity) -> Findings:
    """Consent to text messages is not combined with email or calls."""
    what = "one consent for text messages and other channels"
    return _red(campaign, "channels", what) or _quoted(campaign, "quoted_channels", what)


@rule("consent.type", 30924, "warning", "Say what kind of messages come, such as order updates.")
def type_(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The opt-in names the kind of messages."""
    text = campaign.message_flow
    if text.strip() and not holds("kinds", "named", text):
        yield "message_flow", "The flow does not say what kind of messages people agree to."


def _quoted(campaign: Campaign, part: str, what: str) -> list[tuple[str, str]]:
    """Look for a phrase in each quoted passage of the flow separately, such as the words beside a check box."""
    found = (_red(campaign, part, what, passage) for passage in reading.quotes(campaign.message_flow))
    return next(filter(None, found), [])


def _red(campaign: Campaign, part: str, what: str, within: str = "") -> list[tuple[str, str]]:
    """Look in the flow, or a passage of it, for a phrase of a list or a sentence that has several concepts."""
    text, rules = within or campaign.message_flow, table()["consent"]
    hint = said("consent", part, text) if part in rules else None
    for lists in table()["meets"].get(part, ()):
        hint = hint or together(lists, text)
    return [("message_flow", f"The flow describes {what} ({hint[:90]!r}).")] if hint else []
