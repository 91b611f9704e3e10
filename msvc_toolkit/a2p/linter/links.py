"""Links: only https, and on the brand's own host, which must be reachable."""

from __future__ import annotations

from collections.abc import Iterator

from msvc_toolkit.a2p.linter import reading
from msvc_toolkit.a2p.linter.model import BrandIdentity, Campaign, Findings, rule
from msvc_toolkit.a2p.linter.words import words

TEXTS = (
    "description", "message_flow", "message_samples", "opt_in_message", "opt_out_message", "help_message",
    "privacy_policy_url", "terms_and_conditions_url", "opt_in_image_url",
)  # fmt: skip


def every_link(campaign: Campaign) -> Iterator[tuple[str, reading.Link]]:
    """Yield each link with its field."""
    for name, text in campaign.texts(*TEXTS):
        for link in reading.links(text):
            yield name, link


@rule(
    "links.shortener",
    30892,
    "blocker",
    "Use the whole address on your own https domain, or a short domain of your brand.",
)
def shortener(campaign: Campaign, _: BrandIdentity) -> Findings:
    """No link uses a public shortener."""
    for name, link in every_link(campaign):
        if link.domain in words("hosts", "shorteners"):
            yield name, f"{link.host} is a public link shortener."


@rule(
    "links.insecure",
    30964,
    "blocker",
    "Write https:// in every link; a campaign that Twilio refuses for http:// cannot be corrected.",
)
def insecure(campaign: Campaign, _: BrandIdentity) -> Findings:
    """No link is plain http."""
    for name, link in every_link(campaign):
        if link.scheme == "http":
            yield name, f"{link.text[:60]} is plain http."


@rule("links.nowhere", 30891, "blocker", "Use the address of a public site that is online.", grade="T")
def nowhere(campaign: Campaign, _: BrandIdentity) -> Findings:
    """No link leads to a placeholder, such as example.com, or into a private network."""
    for name, link in every_link(campaign):
        if reading.nowhere(link.host):
            yield name, f"{link.host} is a placeholder; a reviewer cannot open it."


@rule(
    "links.fictional", 30891, "advice", "Before you submit this to Twilio, use the address of a site that is online.",
    "RFC 2606: names under .example are for documentation; the sandbox takes them", "?",
)  # fmt: skip
def fictional(campaign: Campaign, _: BrandIdentity) -> Findings:
    """No host is under .example, which is for fictional companies."""
    for name, link in every_link(campaign):
        if link.host.endswith(".example"):
            yield name, f"{link.host} is a name for examples; Twilio's reviewer cannot open it."
