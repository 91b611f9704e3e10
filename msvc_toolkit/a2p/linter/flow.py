"""The message flow: how people agree, in full and where a reviewer can see it.

Source: error pages 30909, 30921, 30924; digest of "A2P 10DLC Campaign Approval Requirements" (read 2026-11-23).  Joining
by a keyword is accepted.
"""

from __future__ import annotations

import re

from msvc_toolkit.a2p.linter import reading
from msvc_toolkit.a2p.linter.model import BrandIdentity, Campaign, Findings, rule
from msvc_toolkit.a2p.linter.words import done, holds, pattern, said, split, together, words
from msvc_toolkit.rules.keywords import LONG_CODE

_PAGE = "our reading of 30909 (read 2026-11-30)"
_IMAGE = "a public record of the Console's field Opt-In Image URL, which Usa2p create has not (read 2026-11-30)"
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".pdf")
_QUOTE = re.compile(r"[\"\u201c\u2018'][^\"\u201d]{40,}")
_DISCLOSURES = ("frequency", "rates", "stop", "help", "privacy")
_ENOUGH = 3
"""How many of frequency, rates, STOP, HELP and privacy a quoted script or form must name to count as complete. Our choice."""
_SEVERAL = 3
"""A sentence with this many ways to agree counts as a list. Our choice."""
_WORD = re.compile(r"[A-Z0-9]+")
_KEYWORD = re.compile(
    r"\b[Tt]ext(?:s|ed|ing)?\s+(?:in\s+)?(?:the\s+(?:key)?word\s+)?[\"'\u201c\u2018(]?"
    r"(?!(?:STOP|HELP|END|QUIT|CANCEL|INFO|UNSUBSCRIBE|SMS|MMS|ME|US)\b)[A-Z][A-Z0-9]+\b"
    r"|\bTEXT(?:S|ING)?\s+[\"'\u201c]?(?!(?:STOP|HELP|END|QUIT|CANCEL|INFO|UNSUBSCRIBE|MESSAGES?|ALERTS|UPDATES)\b)[A-Z0-9]+[\"'\u201d]?\s+TO\b"
)
"""Words like: text JOIN to, texting "START", TEXT JOIN TO."""


@rule(
    "flow.method",
    30909,
    "blocker",
    "Say where and how people agree: a web form with a box, a keyword, a paper form, a phone call.",
)
def method(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The flow describes how people agree; it is not enough to say that they agreed."""
    text = campaign.message_flow
    if not text.strip() or done("acts", text) or done("agreeing_acts", text) or keyword_named(campaign):
        return
    if said("flow", "asserted", text):
        yield "message_flow", "The flow says that people agreed, but not how."
    elif not _pages(campaign):
        yield "message_flow", "The flow does not say how people agree to get messages."


@rule("flow.several", 30909, "warning", "Describe each way to agree, or name only those that you describe.", _PAGE, "?")
def several(campaign: Campaign, _: BrandIdentity) -> Findings:
    """Each way to agree that a sentence lists is described elsewhere in the flow."""
    sentences = split(reading.without_links(reading.framed(campaign.message_flow)))
    for place, sentence in enumerate(sentences):
        listed = {way: hit for way in words("ways", "all") if (hit := said("ways", way, sentence))}
        rest = "\n".join(sentences[:place] + sentences[place + 1 :])
        bare = [word for way, word in listed.items() if not pattern("ways", way).search(rest)]
        if (
            len(listed) >= _SEVERAL
            and len(bare) > 1
            and holds("ways", "joining", sentence)
            and not holds("ways", "same", sentence)
        ):
            yield "message_flow", f"The flow lists ways to agree that it does not describe ({', '.join(bare)})."
            return


@rule(
    "flow.proof",
    30909,
    "blocker",
    "Link the page with the form, or a hosted picture of it; or name the keyword and the number.",
)
def proof(campaign: Campaign, _: BrandIdentity) -> Findings:
    """A reviewer can see the opt-in: by a link, a picture, a keyword, or a script or paper form quoted in full."""
    text = campaign.message_flow
    if text.strip() and not (
        reading.has_link(text) or keyword_named(campaign) or _worded(text) or _pictured(campaign) or _attached(text)
    ):
        yield "message_flow", "The flow has neither a link to the opt-in nor a keyword, so a reviewer cannot check it."


@rule("flow.page", 30909, "warning", "Link the page with the form, too.", _PAGE, "?")
def page(campaign: Campaign, _: BrandIdentity) -> Findings:
    """A link to the policies alone does not show the opt-in."""
    text = campaign.message_flow
    if reading.has_link(text) and not (
        _pages(campaign) or keyword_named(campaign) or _worded(text) or _pictured(campaign) or _attached(text)
    ):
        yield "message_flow", "The flow links only the policies, not a page that shows the opt-in."


@rule(
    "flow.unbuilt",
    30909,
    "warning",
    "Submit the campaign once the page is online, or link a picture of it.",
    _PAGE,
    "?",
)
def unbuilt(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The page that shows the opt-in is online."""
    if (hint := said("flow", "unbuilt", campaign.message_flow)) and not _pictured(campaign):
        yield "message_flow", f"The page is not online yet ({hint[:40]!r}), so a reviewer cannot open it."


@rule(
    "flow.attached",
    30909,
    "warning",
    "Put the picture's address into the flow; the API has no field for a picture.",
    _IMAGE,
    "?",
)
def attached(campaign: Campaign, _: BrandIdentity) -> Findings:
    """A picture that the flow mentions has an address."""
    if _attached(campaign.message_flow) and not (_pictured(campaign) or _pages(campaign)):
        yield "message_flow", "The flow mentions a picture without its address."


@rule("flow.home", 30909, "warning", "Link the page with the form itself, or a picture of it.", _PAGE, "?")
def home(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The flow links the page that shows the opt-in, not only a home page."""
    pages = [link for link in reading.links(campaign.message_flow) if not holds("flow", "policies", link.path)]
    proven = keyword_named(campaign) or _shown(campaign) or _quoted(campaign.message_flow)
    if pages and all(link.path in ("", "/") for link in pages) and not proven:
        yield "message_flow", f"Not found: a link to the page with the opt-in; {pages[0].text[:60]} is a home page."


@rule(
    "flow.image",
    30909,
    "advice",
    "If you register the campaign with this toolkit, put the picture's address into the flow.",
    _IMAGE,
    "?",
)
def image(campaign: Campaign, _: BrandIdentity) -> Findings:
    """Only the Console submits the opt-in image, so the flow names it too."""
    address = campaign.opt_in_image_url.strip()
    if address and address not in campaign.message_flow:
        yield "opt_in_image_url", "The API has no field for the opt-in image; only the Console has one."


@rule(
    "flow.login",
    30921,
    "blocker",
    "Add a public link to a picture of the page behind the login.",
    "Twilio error and warning dictionary, 30921 (read 2026-11-23); public records of three refusals (read 2026-11-30)",
)
def login(campaign: Campaign, _: BrandIdentity) -> Findings:
    """An opt-in behind a login is shown by a picture on a public link."""
    if hint := _login(campaign):
        yield "message_flow", f"People agree behind a login ({hint[:40]!r}), and no picture shows it."


@rule("flow.gated", 30921, "warning", "Add a public link to a picture of it, or quote the script or the form in full.")
def gated(campaign: Campaign, _: BrandIdentity) -> Findings:
    """An opt-in that a reviewer cannot open is shown by a picture, or quoted in full."""
    text = campaign.message_flow
    hint = _agreed("offline", text) or (campaign.us_app_to_person_usecase != "2FA" and _agreed_inside(text))
    if hint and not (_login(campaign) or _shown(campaign) or _quoted(text)):
        yield (
            "message_flow",
            f"People agree in an account, on paper or by voice ({hint[:30]!r}), and no picture shows it.",
        )


@rule("flow.frequency", 30924, "warning", "Say how often messages come, such as “Message frequency varies.”")
def frequency(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The flow says how often messages come."""
    return _says(campaign, "frequency", "how often messages come")


@rule("flow.rates", 30924, "warning", "Say “Message and data rates may apply.”")
def rates(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The flow says that message and data rates may apply."""
    return _says(campaign, "rates", "that message and data rates may apply")


@rule("flow.stop", 30924, "warning", "Say “Reply STOP to opt out.”")
def stop(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The flow says how to opt out."""
    return _says(campaign, "stop", "how to opt out")


@rule("flow.help", 30909, "warning", "Say “Reply HELP for help.”")
def help_(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The flow says how to get help."""
    return _says(campaign, "help", "how to get help")


@rule(
    "flow.privacy",
    30908,
    "warning",
    "Say that the privacy policy is linked beside the opt-in, and give its address.",
    grade="T",
)
def privacy(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The flow names the privacy policy."""
    return _says(campaign, "privacy", "where the privacy policy is")


@rule("flow.terms", 30909, "warning", "Say that the terms are linked beside the opt-in, and give their address.")
def terms(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The flow names the terms."""
    return _says(campaign, "terms", "where the terms are")


@rule("flow.keyword", 30917, "warning", "Describe every way to join, the keyword too.", grade="T")
def keyword(campaign: Campaign, _: BrandIdentity) -> Findings:
    """If people can join by a keyword, the flow says so."""
    own = [word for word in campaign.opt_in_keywords if word.strip().upper() not in LONG_CODE["START"]]
    if own and campaign.message_flow.strip() and not _own_keyword(campaign):
        yield "message_flow", f"People can text {own[0][:20]}, and the flow does not say so."


@rule("flow.brand", 30894, "warning", "Name the brand in the words that people agree to.", grade="T")
def brand(campaign: Campaign, sender: BrandIdentity) -> Findings:
    """The flow names the brand that people agree to hear from."""
    if sender.name and campaign.message_flow.strip() and not reading.names(sender.name, campaign.message_flow):
        yield "message_flow", f"The flow does not name {sender.name[:40].rstrip('.')}."


def _says(campaign: Campaign, part: str, what: str) -> Findings:
    text = campaign.message_flow
    return (
        [("message_flow", f"The flow does not say {what}.")] if text.strip() and not holds("flow", part, text) else []
    )


def keyword_named(campaign: Campaign) -> bool:
    """Whether the flow names a keyword by which people join."""
    text = campaign.message_flow
    return bool(_KEYWORD.search(text)) or holds("flow", "keyword", text) or _own_keyword(campaign)


def _own_keyword(campaign: Campaign) -> bool:
    spoken = set(_WORD.findall(campaign.message_flow.upper()))
    return any(word.isascii() and word.strip().upper() in spoken for word in campaign.opt_in_keywords)


def _agreed(where: str, text: str) -> str | None:
    """Return the words for a place, such as paper or voice, in a sentence in which people agree or give their number."""
    plain = reading.without_links(text)
    sentences = (
        sentence
        for sentence in [*split(reading.framed(plain)), *split(plain)]
        if any(done(act, sentence) for act in ("agreeing_acts", "agreeing", "giving", "numbers_given", "asked"))
    )
    return next((hint for sentence in sentences if (hint := said("flow", where, sentence))), None)


def _agreed_inside(text: str) -> str | None:
    """Return the words for an app or account in which people agree; changing settings there later does not count."""
    if said("flow", "public", text):
        return None
    now = " ".join(sentence for sentence in split(reading.framed(text)) if not holds("flow", "afterwards", sentence))
    hidden = (said("flow", name, reading.without_links(now)) for name in ("inside", "members"))
    return together(["enters", "agreeing_acts", "!codes"], now) or next(filter(None, hidden), None)


def _login(campaign: Campaign) -> str | None:
    """Return the words that put the opt-in behind a login, unless a picture shows it; for login codes a login is expected."""
    text = campaign.message_flow
    mentioned = _pictured(campaign) or said("flow", "shown", text) is not None  # the blocker accepts the word alone
    if campaign.us_app_to_person_usecase == "2FA" or mentioned:
        return None
    return said("flow", "login", text) or (
        together(["enters", "!codes"], text) if holds("flow", "inside", text) else None
    )


def _pages(campaign: Campaign) -> bool:
    """Return whether the flow links a page, or has a bracket for one, other than the policies."""
    policies = (campaign.privacy_policy_url.rstrip("/"), campaign.terms_and_conditions_url.rstrip("/"))
    found = list(reading.links(campaign.message_flow))
    return any(
        link.text.rstrip("/") not in policies and not holds("flow", "policies", link.path) for link in found
    ) or (not found and reading.has_link(campaign.message_flow))


def _pictured(campaign: Campaign) -> bool:
    return bool(campaign.opt_in_image_url.strip()) or any(
        link.path.lower().rstrip(".").endswith(_PICTURES) or link.domain in words("hosts", "proof_hosts")
        for link in reading.links(campaign.message_flow)
    )


def _attached(text: str) -> bool:
    return said("flow", "attached", text) is not None


def _shown(campaign: Campaign) -> bool:
    """Return whether a picture is linked; words for a picture count in a sentence with a link, or one that says "attached"."""
    return _pictured(campaign) or any(
        said("flow", "shown", sentence) and (reading.has_link(sentence) or _attached(sentence))
        for sentence in split(campaign.message_flow)
    )


def _worded(text: str) -> bool:
    """Return whether a script or paper form is quoted, and the flow has its required words; then it is no blocker."""
    parts = sum(holds("flow", part, text) for part in _DISCLOSURES)
    return (
        holds("flow", "offline", text)
        and parts >= _ENOUGH
        and bool(_QUOTE.search(text) or holds("flow", "script", text))
    )


def _quoted(text: str) -> bool:
    """Return whether a script or paper form is quoted with its required words, or follows its name."""
    if not holds("flow", "offline", text):
        return False
    passages = reading.quotes(text)
    if script := pattern("flow", "script").search(reading.framed(text)):
        passages.append(reading.framed(text)[script.end() :])
    return any(sum(holds("flow", part, passage) for part in _DISCLOSURES) >= _ENOUGH for passage in passages)
