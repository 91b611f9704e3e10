"""The addresses of the privacy policy and the terms, which every campaign needs.

Rules on texts cannot know whether the pages exist and say what they should.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from msvc_toolkit.a2p.linter import reading
from msvc_toolkit.a2p.linter.limits import SPEC
from msvc_toolkit.a2p.linter.model import BrandIdentity, Campaign, Findings, rule
from msvc_toolkit.a2p.linter.words import words

URLS = ("privacy_policy_url", "terms_and_conditions_url")
_SINCE = "digests of Twilio's notice that both are mandatory since 2026-06-30 (read 2026-11-23)"


@rule("policies.privacy", 30933, "blocker", "Give the https address of the privacy policy.", _SINCE, "Q")
def privacy(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The campaign has the address of a privacy policy."""
    if not campaign.privacy_policy_url.strip():
        yield "privacy_policy_url", "The address of the privacy policy is missing."


@rule("policies.terms", 30934, "blocker", "Give the https address of the terms.", _SINCE, "Q")
def terms(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The campaign has the address of its terms and conditions."""
    if not campaign.terms_and_conditions_url.strip():
        yield "terms_and_conditions_url", "The address of the terms and conditions is missing."


@rule("policies.address", 20001, "blocker", "Write it in full, beginning with https://.", SPEC)
def address(campaign: Campaign, _: BrandIdentity) -> Findings:
    """Each policy address is one complete web address."""
    for name, url in campaign.texts(*URLS):
        if url.strip() and not _whole(url.strip()):
            yield name, f"{url.strip()[:60]!r} is not a complete web address."


@rule(
    "policies.same",
    30908,
    "warning",
    "Give each a page of its own.",
    "our reading of 30908 and 30882 (read 2026-11-23)",
    "?",
)
def same(campaign: Campaign, _: BrandIdentity) -> Findings:
    """Privacy policy and terms have different addresses."""
    if campaign.privacy_policy_url.strip() and campaign.privacy_policy_url == campaign.terms_and_conditions_url:
        yield "privacy_policy_url", "Privacy policy and terms have the same address."


@rule("policies.home", 30908, "warning", "Link the page itself.", "our reading of 30908 (read 2026-11-23)", "?")
def home(campaign: Campaign, _: BrandIdentity) -> Findings:
    """Neither policy address is a bare home page."""
    for name, url in campaign.texts(*URLS):
        link = next(reading.links(url), None)
        if link is not None and link.scheme and link.path in ("", "/"):
            yield name, f"{url.strip()[:60]} is a home page, not the page a reviewer looks for."


@rule(
    "policies.hosted",
    30908,
    "warning",
    "Publish it on the brand's own website.",
    "our reading of 30907 and 30908 (read 2026-11-23)",
    "?",
)
def hosted(campaign: Campaign, _: BrandIdentity) -> Findings:
    """Neither policy is a shared document or a file on another company's host."""
    for name, url in campaign.texts(*URLS):
        link = next(reading.links(url), None)
        if link is not None and link.domain in words("hosts", "proof_hosts"):
            yield name, f"{link.host} is a host for documents and files, not the brand's website."


def _whole(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:  # brackets that hold no IPv6 address
        return False
    return parts.scheme in ("http", "https") and "." in host.strip(".") and not re.search(r"\s", url)
