"""Registration texts are in English; messages in another language come with a translation.

Source: error page 30910 (read 2026-11-24).  How English is recognized is our choice: Latin letters, and enough of its
most common words.
"""

from __future__ import annotations

import re
import unicodedata

from msvc_toolkit.a2p.linter.model import BrandIdentity, Campaign, Findings, rule
from msvc_toolkit.a2p.linter.words import holds, said, words

_WORD = re.compile(r"[^\W\d_]+")
FEW_WORDS = 8
"""With fewer words, the language is not checked."""
ENGLISH_SHARE = 0.12
"""In English prose about forty of a hundred words are among the most common ones, in other languages almost none. Half of that
is enough if there are no small words of another language, as in lists of names. Our choices."""
FEW_LETTERS = 20
FOREIGN_WORDS = 3
"""So many, because two may be part of a name such as Casa de la Luz. Our choice."""
_PART = re.compile(r"[.;:!?\"\u201c\u201d\u00ab\u00bb()\n]")


@rule("language.script", 30910, "blocker", "Write it in English, or add a translation.")
def script(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The texts are in Latin letters for the most part."""
    for name, text in campaign.texts("description", "message_flow", "message_samples"):
        letters = [letter for letter in text if letter.isalpha()]
        foreign = [letter for letter in letters if not _latin(letter)]
        if len(letters) >= FEW_LETTERS and len(foreign) * 2 > len(letters):
            yield name, "It is not in English."


@rule("language.english", 30910, "warning", "Write it in English, or add a translation.")
def english(campaign: Campaign, _: BrandIdentity) -> Findings:
    """The texts read like English."""
    for name, text in campaign.texts("description", "message_flow"):
        found = [word.casefold() for word in _WORD.findall(text) if _latin(word[0])]
        common = sum(word in words("language", "common") for word in found)
        other = sum(word in words("language", "other") for word in found)
        bound = ENGLISH_SHARE if other > common else ENGLISH_SHARE / 2
        if len(found) >= FEW_WORDS and common < bound * len(found):
            yield name, "It does not read like English."
    if said("language", "page", campaign.message_flow):
        yield "message_flow", "The page is not in English, so a reviewer may not be able to read it."


@rule("language.mixed", 30910, "warning", "Write it in English, or add a translation.")
def mixed(campaign: Campaign, _: BrandIdentity) -> Findings:
    """No single sentence is in another language than English."""
    for name, text in campaign.texts(
        "description", "message_flow", "message_samples", "opt_in_message", "help_message"
    ):
        if not holds("language", "translated", text) and (part := next(filter(_foreign, _PART.split(text)), None)):
            yield name, f"A part is not in English ({part.strip()[:40]!r})."


def _foreign(part: str) -> bool:
    """Whether a part has more of the small words of other languages than of English ones."""
    found = [word.casefold() for word in _WORD.findall(part)]
    other = sum(word in words("language", "other") for word in found)
    common = sum(word in words("language", "common") for word in found)
    return other >= FOREIGN_WORDS and other > common * 2


def _latin(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith("LATIN")
