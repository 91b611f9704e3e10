"""Keywords and the replies to them.

Empty fields for STOP and HELP mean Twilio's default handling, which is fine; only given texts are checked.
Source: twilio_messaging_v1 specification, Usa2p create; Twilio support "Opt-out Keywords"; 47 CFR 64.1200(a)(10) as legal
notes quote it (read 2026-11-23).
"""

from __future__ import annotations

import re

from msvc_toolkit.a2p.linter import reading
from msvc_toolkit.a2p.linter.limits import SPEC
from msvc_toolkit.a2p.linter.model import BrandIdentity, Campaign, Findings, rule
from msvc_toolkit.a2p.linter.words import holds

LEGAL_WORDS = ("STOP", "QUIT", "END", "REVOKE", "OPTOUT", "CANCEL", "UNSUBSCRIBE")
"""Words that always end consent in the US; each is one of Twilio's default block words too."""
_TWILIOS_HELP = re.compile(
    r"reply stop to unsubscribe\. (?:msg ?& ?data|message and data) rates may apply\.?", re.IGNORECASE
)
"""Twilio's answer shows this text if HELP was left to Twilio; such a text needs no contact."""
_PARTS = (
    ("frequency", "how often messages come"),
    ("rates", "that message and data rates may apply"),
    ("help", "HELP"),
    ("stop", "STOP"),
)


@rule(
    "replies.join", 30540, "warning", "Write the reply that people get when they join, or leave the keywords out.", SPEC
)
def join(campaign: Campaign, _: BrandIdentity) -> Findings:
    """Joining by a keyword has a reply."""
    if campaign.opt_in_keywords and not campaign.opt_in_message.strip():
        yield (
            "opt_in_message",
            f"People join with {campaign.opt_in_keywords[0][:20]}, but the reply to them is missing.",
        )


@rule("replies.join_parts", 30540, "warning", "Name the brand, the frequency, the rates, HELP and STOP in the reply.")
def join_parts(campaign: Campaign, sender: BrandIdentity) -> Findings:
    """The reply to people who join names the brand, how often messages come, their cost, HELP and STOP."""
    text = campaign.opt_in_message
    if not text.strip():
        return
    missing = [what for part, what in _PARTS if not holds("flow", part, text)]
    if sender.name and not reading.names(sender.name, text):
        missing.insert(0, f"the name {sender.name[:40]}")
    if missing:
        yield "opt_in_message", f"The reply to people who join does not say {', '.join(missing)}."


@rule("replies.stop", 30887, "blocker", "Put STOP into the list, or leave it empty to use Twilio's list.")
def stop(campaign: Campaign, _: BrandIdentity) -> Findings:
    """A list of opt-out keywords contains STOP."""
    words = _upper(campaign.opt_out_keywords)
    if words and "STOP" not in words:
        yield "opt_out_keywords", "The opt-out keywords do not contain STOP."


@rule(
    "replies.legal_words",
    30887,
    "advice",
    "Add them, or leave the list empty to use Twilio's, which has them all.",
    grade="T",
)
def legal_words(campaign: Campaign, _: BrandIdentity) -> Findings:
    """A list of opt-out keywords contains the words that are always valid in the US."""
    words = _upper(campaign.opt_out_keywords)
    missing = [word for word in LEGAL_WORDS if word not in words]
    if "STOP" in words and missing and "STOPALL" not in words:  # a list with STOPALL is Twilio's own
        yield "opt_out_keywords", f"The opt-out keywords do not contain {', '.join(missing)}."


@rule("replies.farewell", 30887, "warning", "Say that the person is opted out and that no more messages come.")
def farewell(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The reply to STOP confirms it and says that no more messages come."""
    text = campaign.opt_out_message
    if text.strip() and not (holds("replies", "acknowledged", text) and holds("replies", "silence", text)):
        yield (
            "opt_out_message",
            "The reply to STOP must say both that the person is opted out and that no more messages come.",
        )


@rule("replies.contact", 30890, "blocker", "Add a phone number, a mail address or a page for support.")
def contact(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The reply to HELP has a phone number, mail address or page."""
    text = campaign.help_message
    if _TWILIOS_HELP.fullmatch(text.strip()):
        return
    reachable = reading.has_phone(text) or reading.has_link(text) or reading.email_domains(text) or "[" in text
    if text.strip() and not reachable:
        yield "help_message", "The reply to HELP has no phone number, mail address or page."


@rule("replies.help_brand", 30890, "warning", "Begin it with the name.")
def help_brand(campaign: Campaign, sender: BrandIdentity) -> Findings:
    """The reply to HELP says who answers."""
    text = campaign.help_message.strip()
    if (
        text
        and not _TWILIOS_HELP.fullmatch(text)
        and sender.name
        and not reading.names(sender.name, campaign.help_message)
    ):
        yield "help_message", f"The reply to HELP does not name {sender.name[:40].rstrip('.')}."


@rule("replies.help", 30890, "warning", "Put HELP into the list, or leave it empty to use Twilio's list.")
def help_word(campaign: Campaign, _: BrandIdentity) -> Findings:
    """A list of help keywords contains HELP."""
    words = _upper(campaign.help_keywords)
    if words and "HELP" not in words:
        yield "help_keywords", "The help keywords do not contain HELP."


@rule("replies.halves", 30887, "warning", "Fill in both, or leave both empty to use Twilio's.", SPEC)
def halves(campaign: Campaign, _: BrandIdentity) -> Findings:
    """Keywords come with a reply."""
    for kind, name in (("opt_out", "STOP"), ("help", "HELP")):
        words, text = getattr(campaign, f"{kind}_keywords"), getattr(campaign, f"{kind}_message").strip()
        if words and not text:
            yield f"{kind}_message", f"The campaign has keywords for {name} and no reply to them."


def _upper(words: tuple[str, ...]) -> set[str]:
    return {word.strip().upper() for word in words}
