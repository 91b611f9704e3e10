"""Website, links and mail addresses are on one company's domain."""

from __future__ import annotations

from msvc_toolkit.a2p.linter import reading
from msvc_toolkit.a2p.linter.links import every_link
from msvc_toolkit.a2p.linter.model import BrandIdentity, Campaign, Findings, rule
from msvc_toolkit.a2p.linter.words import words


@rule(
    "domains.website",
    30907,
    "warning",
    "Use the brand's own domain throughout, or explain the other one in the flow.",
    grade="T",
)
def website(campaign: Campaign, sender: BrandIdentity) -> Findings:
    """Links stay on the domain of the brand's website."""
    own = _site(sender)
    if not own:
        return
    for name, link in every_link(campaign):
        elsewhere = words("hosts", "proof_hosts") | words("hosts", "shorteners")  # these have their own rule
        if link.host and link.domain != own and link.domain not in elsewhere:
            yield name, f"{link.host} is not on {own}, the brand's website."


@rule("domains.several", 30907, "warning", "Keep to one domain, or explain the other one in the flow.", grade="T")
def several(campaign: Campaign, sender: BrandIdentity) -> Findings:
    """If the website is not known, all links share one domain."""
    if _site(sender):
        return
    found: dict[str, str] = {}
    for name, link in every_link(campaign):
        if (
            link.host
            and link.domain not in words("hosts", "proof_hosts")
            and link.domain not in words("hosts", "shorteners")
        ):
            found.setdefault(link.domain, name)
    if len(found) > 1:
        yield list(found.values())[-1], f"Links lead to {len(found)} domains: {', '.join(sorted(found)[:4])}."


@rule("domains.free_mail", 30881, "warning", "Use an address on the business's own domain.")
def free_mail(_: Campaign, sender: BrandIdentity) -> Findings:
    """The brand's support address is on its own domain."""
    for domain in reading.email_domains(sender.email):
        if domain in words("hosts", "free_mail") and sender.brand_type != "SOLE_PROPRIETOR":
            yield "email", f"The support address is at {domain}, which anyone can use."


@rule(
    "domains.free_mail_text",
    30881,
    "advice",
    "Use an address on the business's own domain.",
    "our reading of 30881",
    "?",
)
def free_mail_text(campaign: Campaign, _: BrandIdentity) -> Findings:
    """Mail addresses in the texts are on a domain of the brand, too."""
    for name, text in campaign.texts("message_flow", "message_samples", "help_message", "opt_in_message"):
        for domain in reading.email_domains(text):
            if domain in words("hosts", "free_mail"):
                yield name, f"A mail address is at {domain}, which anyone can use."


@rule(
    "domains.mail",
    30907,
    "advice",
    "Use an address on the website's domain.",
    "customer profile code 18606 (read 2026-11-23)",
)
def mail(_: Campaign, sender: BrandIdentity) -> Findings:
    """The brand's support address is on the domain of its website."""
    own = _site(sender)
    for domain in reading.email_domains(sender.email):
        if own and domain not in words("hosts", "free_mail") and reading.registrable(domain) != own:
            yield "email", f"The support address is at {domain}, and the website at {own}."


def _site(sender: BrandIdentity) -> str:
    link = next(reading.links(sender.website), None)
    return link.domain if link else ""
