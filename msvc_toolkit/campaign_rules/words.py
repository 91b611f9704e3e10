"""The word lists of the rules, read once when first needed. Sources and gaps: words.toml."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

_DENIAL = re.compile(
    r"\b(?:no|not|nobody|none|never|nor|without|neither|cannot|isn't|aren't|don't|doesn't|won't|avoid\w*|prohibit\w*|exclud\w*"
    r"|instead of|rather than)\b|\bun[ -]?$"
)
_SENTENCE_END = re.compile(r"[.;:!?\n]")
DENIAL_REACH = 60
"""How many characters before a word a "not" may stand and still deny it, within the same sentence."""


@cache
def table() -> dict[str, Any]:
    """Return all lists."""
    return tomllib.loads(files("msvc_toolkit.campaign_rules").joinpath("words.toml").read_text("utf-8"))


@cache
def words(group: str, name: str) -> frozenset[str]:
    """Return one list as it stands; a dot in the group leads into a table."""
    return frozenset(_list(group, name))


@cache
def pattern(group: str, name: str) -> re.Pattern[str]:
    """Return a pattern that finds any phrase of a list; in it, a space is any space and a star any ending."""
    told = (_phrase(phrase) for phrase in sorted(_list(group, name), key=len, reverse=True))
    return re.compile("|".join(told), re.IGNORECASE)


def said(group: str, name: str, text: str) -> str | None:
    """Return the first phrase of a list that the text affirms, in the text's own words, or None.

    A phrase after a "not" or "never" in the same sentence counts as denied.
    """
    for found in pattern(group, name).finditer(text):
        if not _denied(text, found.start()):
            return found.group()
    return None


def holds(group: str, name: str, text: str) -> bool:
    """Tell whether a text has any phrase of a list, denied or not."""
    return pattern(group, name).search(text) is not None


def _list(group: str, name: str) -> list[str]:
    found = table()
    for key in (*group.split("."), name):
        found = found[key]
    return list(found)


def _phrase(phrase: str) -> str:
    """Write a phrase as a pattern that begins and ends where its words do."""
    inside = re.escape(phrase).replace(r"\ ", r"[\s-]+").replace(r"\*", r"\w*")
    before = r"(?<!\w)" if phrase[0].isalnum() else ""
    return rf"{before}{inside}(?!\w)"


def _denied(text: str, start: int) -> bool:
    before = _SENTENCE_END.split(text[max(0, start - DENIAL_REACH) : start].casefold())[-1]
    return _DENIAL.search(before.replace("\u2019", "'")) is not None
