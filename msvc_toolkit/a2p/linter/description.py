"""The description: who sends, to whom, and why."""

from __future__ import annotations

from msvc_toolkit.a2p.linter import reading
from msvc_toolkit.a2p.linter.model import BrandIdentity, Campaign, Findings, rule
from msvc_toolkit.a2p.linter.words import holds, said


@rule("description.brand", 30886, "warning", "Begin with the business's name, then say what it sends.")
def brand(campaign: Campaign, sender: BrandIdentity) -> Findings:
    """The description names the business that sends."""
    if sender.name and campaign.description.strip() and not reading.names(sender.name, campaign.description):
        yield "description", f"The description does not name {sender.name[:40].rstrip('.')}."


@rule(
    "description.platform",
    30886,
    "warning",
    "Describe the business whose customers get the messages, not the software.",
)
def platform(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The description is about a business, not about the platform that sends its messages."""
    if hint := said("description", "platform", campaign.description):
        yield "description", f"The description is about a platform ({hint[:40]!r})."


@rule("description.purpose", 30886, "warning", "Say what is sent, to whom, and why.")
def purpose(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The description says what is sent, and to whom."""
    text = campaign.description
    if text.strip() and not (holds("kinds", "named", text) and holds("description", "people", text)):
        yield "description", "The description does not say both what kind of messages are sent and to whom."


@rule("description.person", 30886, "advice", "Leave phone numbers and mail addresses out of it.", grade="Q")
def person(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The description contains no phone number or mail address."""
    if reading.phone_in(campaign.description) or reading.email_domains(campaign.description):
        yield "description", "The description contains a phone number or a mail address."
