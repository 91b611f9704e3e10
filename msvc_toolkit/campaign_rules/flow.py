"""The message flow: how people agree, said in full and where a reviewer can see it.

Source: error pages 30909, 30921, 30924; digest of "A2P 10DLC Campaign Approval Requirements" (read 2026-11-23).  Joining
by a keyword is accepted.
"""

from __future__ import annotations

import re

from msvc_toolkit.campaign_rules import reading
from msvc_toolkit.campaign_rules.model import Campaign, Findings, Rule, Sender, rule
from msvc_toolkit.campaign_rules.words import holds

_WORD = re.compile(r"[A-Z0-9]+")
_KEYWORD = re.compile(
    r"\b[Tt]ext(?:s|ed|ing)?\s+(?:in\s+)?(?:the\s+(?:key)?word\s+)?[\"'\u201c\u2018(]?"
    r"(?!(?:STOP|HELP|END|QUIT|CANCEL|INFO|UNSUBSCRIBE|SMS|MMS|ME|US)\b)[A-Z][A-Z0-9]+\b"
)
"""Words like: text JOIN to, texting "START"."""


@rule(
    "flow.method",
    30909,
    "blocker",
    "Say where and how people agree: a web form, a keyword, a paper form, a phone call.",
)
def method(campaign: Campaign, _: Sender) -> Findings:
    """The flow names a way in which people agree."""
    text = campaign.message_flow
    if text.strip() and not (
        holds("flow", "methods", text) or holds("flow", "keyword", text) or reading.has_link(text)
    ):
        yield "message_flow", "The flow does not say how people agree to be written to."


@rule(
    "flow.proof",
    30909,
    "blocker",
    "Link the page with the form, or a hosted picture of it; or name the keyword and the number.",
)
def proof(campaign: Campaign, _: Sender) -> Findings:
    """The flow has a link where the opt-in can be seen, or a keyword to text."""
    text = campaign.message_flow
    if text.strip() and not (reading.has_link(text) or _keyword_told(campaign)):
        yield "message_flow", "The flow has neither a link to the opt-in nor a keyword, so nobody can check it."


@rule("flow.gated", 30921, "warning", "Add a public link to a picture of it, or to the script.")
def gated(campaign: Campaign, _: Sender) -> Findings:
    """What a reviewer cannot walk into is shown by a picture or a script on a public link."""
    text = campaign.message_flow
    if holds("flow", "gated", text) and not holds("flow", "shown", text) and not _picture(text):
        yield "message_flow", "People agree behind a login, on paper or by voice, and no link shows it."


@rule("flow.frequency", 30924, "warning", "Say how often messages come, such as “Message frequency varies.”")
def frequency(campaign: Campaign, _: Sender) -> Findings:
    """The flow says how often messages come."""
    return _says(campaign, "frequency", "how often messages come")


@rule("flow.rates", 30924, "warning", "Say “Message and data rates may apply.”")
def rates(campaign: Campaign, _: Sender) -> Findings:
    """The flow says that message and data rates may apply."""
    return _says(campaign, "rates", "that message and data rates may apply")


@rule("flow.stop", 30924, "warning", "Say “Reply STOP to opt out.”")
def stop(campaign: Campaign, _: Sender) -> Findings:
    """The flow says how to leave."""
    return _says(campaign, "stop", "how to opt out")


@rule("flow.help", 30909, "warning", "Say “Reply HELP for help.”")
def help_(campaign: Campaign, _: Sender) -> Findings:
    """The flow says how to get help."""
    return _says(campaign, "help", "how to get help")


@rule("flow.privacy", 30908, "warning", "Say where the privacy policy is linked beside the opt-in.", grade="T")
def privacy(campaign: Campaign, _: Sender) -> Findings:
    """The flow names the privacy policy."""
    return _says(campaign, "privacy", "where the privacy policy is")


@rule("flow.terms", 30909, "warning", "Say where the terms are linked beside the opt-in.")
def terms(campaign: Campaign, _: Sender) -> Findings:
    """The flow names the terms."""
    return _says(campaign, "terms", "where the terms are")


@rule("flow.keyword", 30917, "warning", "Describe every way to join, the keyword too.", grade="T")
def keyword(campaign: Campaign, _: Sender) -> Findings:
    """Where people join by a keyword, the flow says so."""
    if campaign.opt_in_keywords and campaign.message_flow.strip() and not _own_keyword(campaign):
        yield "message_flow", f"People can text {campaign.opt_in_keywords[0][:20]}, and the flow does not tell of it."


@rule("flow.brand", 30894, "warning", "Name the brand in the words that people agree to.", grade="T")
def brand(campaign: Campaign, sender: Sender) -> Findings:
    """The flow says to whom people give their consent."""
    if sender.name and campaign.message_flow.strip() and not reading.names(sender.name, campaign.message_flow):
        yield "message_flow", f"The flow does not name {sender.name[:40].rstrip('.')}."


def _says(campaign: Campaign, part: str, what: str) -> Findings:
    text = campaign.message_flow
    return (
        [("message_flow", f"The flow does not say {what}.")] if text.strip() and not holds("flow", part, text) else []
    )


def _keyword_told(campaign: Campaign) -> bool:
    text = campaign.message_flow
    return bool(_KEYWORD.search(text)) or holds("flow", "keyword", text) or _own_keyword(campaign)


def _own_keyword(campaign: Campaign) -> bool:
    spoken = set(_WORD.findall(campaign.message_flow.upper()))
    return any(word.strip().upper() in spoken for word in campaign.opt_in_keywords)


def _picture(text: str) -> bool:
    pictures = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".pdf")
    return any(link.path.lower().rstrip(".").endswith(pictures) for link in reading.links(text))


RULES: tuple[Rule, ...] = (method, proof, gated, frequency, rates, stop, help_, privacy, terms, keyword, brand)
