"""The elements that a message flow needs, and the words found for each."""

from __future__ import annotations

from msvc_toolkit.a2p.linter import reading
from msvc_toolkit.a2p.linter.model import BrandIdentity, Campaign
from msvc_toolkit.a2p.linter.words import pattern, said

_AROUND = 25
"""How many characters around the found words are shown with them."""
_PARTS: dict[str, tuple[tuple[str, str], ...]] = {
    "how people agree": (("concepts", "agreeing_acts"), ("flow", "keyword"), ("concepts", "acts")),
    "agreeing is optional": (("consent", "optional"),),
    "kind of messages": (("kinds", "named"),),
    "frequency": (("flow", "frequency"),),
    "rates": (("flow", "rates"),),
    "STOP": (("flow", "stop"),),
    "HELP": (("flow", "help"),),
    "privacy policy": (("flow", "privacy"),),
    "terms": (("flow", "terms"),),
    "numbers are not shared": (("consent", "unshared"),),
}


def elements(campaign: Campaign, sender: BrandIdentity) -> dict[str, str]:
    """Return each element that a message flow needs, with the words the rules found for it; empty if there are none.

    The brand's name is left out where it is not known.
    """
    text = campaign.message_flow
    found = {part: next(filter(None, (_words(*where, text) for where in lists)), "") for part, lists in _PARTS.items()}
    found["where to see it"] = next((link.text for link in reading.links(text)), "")
    if sender.name:
        found["brand"] = sender.name if reading.names(sender.name, text) else ""
    return found


def _words(group: str, name: str, text: str) -> str:
    """Return the first phrase of a list in a text, with some words around it; actions count only if the text affirms them."""
    hit = pattern(group, name).search(text)
    words = said(group, name, text) if group == "concepts" else hit and hit.group()
    if not words:
        return ""
    first = text.find(words)
    last = first + len(words)
    first = text.find(" ", first - _AROUND, first) + 1 if first > _AROUND else 0
    last = text.rfind(" ", last, last + _AROUND) if last + _AROUND < len(text) else len(text)
    return text[first:last].strip()
