"""Consent: freely given, for this sender, by a mark that people set themselves.

Source: error pages 30913 and 30924, T-grade digests of 30923, 30925 and 30932 (read 2026-11-23).
"""

from __future__ import annotations

from msvc_toolkit.campaign_rules.model import Campaign, Findings, Rule, Sender, rule
from msvc_toolkit.campaign_rules.words import said


@rule("consent.prechecked", 30925, "blocker", "Leave the box unchecked, and say so.", grade="T")
def prechecked(campaign: Campaign, _: Sender) -> Findings:
    """No box is checked before people come to it."""
    return _red(campaign, "prechecked", "a box that is checked already")


@rule("consent.bought", 30896, "blocker", "Write only to people who agreed with this brand itself.")
def bought(campaign: Campaign, _: Sender) -> Findings:
    """No list is bought, rented or scraped."""
    return _red(campaign, "bought", "contacts that did not come from the people themselves")


@rule("consent.automatic", 30896, "warning", "Let people agree by an act of their own.")
def automatic(campaign: Campaign, _: Sender) -> Findings:
    """Nobody is enrolled without doing anything."""
    return _red(campaign, "automatic", "people who are enrolled without an act of their own")


@rule("consent.terms", 30923, "warning", "Put the consent in a choice of its own, apart from the terms.", grade="T")
def terms(campaign: Campaign, _: Sender) -> Findings:
    """Agreeing to the terms is not agreeing to messages."""
    return _red(campaign, "terms", "consent that comes with the terms or the account")


@rule("consent.forced", 30923, "warning", "Make it optional, and let people go on without.", grade="T")
def forced(campaign: Campaign, _: Sender) -> Findings:
    """Consent is no condition of an account, a service or a purchase."""
    return _red(campaign, "forced", "consent that is required")


@rule(
    "consent.shared", 30932, "warning", "Share opt-in data with nobody, and let the privacy policy say so.", grade="T"
)
def shared(campaign: Campaign, _: Sender) -> Findings:
    """Numbers and consent stay with the brand."""
    return _red(campaign, "shared", "data that others receive")


@rule("consent.combined", 30913, "warning", "Offer two separate, unchecked choices.")
def combined(campaign: Campaign, _: Sender) -> Findings:
    """Marketing and information are two choices."""
    return _red(campaign, "combined", "one choice for marketing and for information")


def _red(campaign: Campaign, part: str, what: str) -> Findings:
    hint = said("consent", part, campaign.message_flow)
    return [("message_flow", f"The flow tells of {what} ({hint[:50]!r}).")] if hint else []


RULES: tuple[Rule, ...] = (prechecked, bought, automatic, terms, forced, shared, combined)
