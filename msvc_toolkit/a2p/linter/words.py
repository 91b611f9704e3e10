"""The rules' word lists, and whether a text affirms or denies one of their phrases.

Sources and gaps of the lists: words.toml.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from msvc_toolkit.rules import facts

_SENTENCE_END = re.compile(r"[.;!?]+(?=[\s\"'\u201d\u2019)\]]|$)|\n(?!\s*[a-z])")
"""A line break before a small letter is only a wrapped line."""
_INNER_DOT = re.compile(r"(?<=[\w])\.(?=[\w])")
_COLON = re.compile(r":(?=\s|$)")
_BULLET = re.compile(r"\s*(?:[-*•\u2013\u2014]|\d{1,2}[.)])\s")
_NEAR = 60
"""How many characters before an action are searched for a "no"."""
_STATEMENTS = ("concepts", "consent", "flow")
"""Groups whose phrases are statements, so that a following "is not" denies them. A topic is mentioned even when denied."""
_GAP = r"(?:\W+(?!(?:to|who|are|is|on|from|in|for|at|by|with|when|that|which|we|they|join\w*)\b)\w+){0,3}?\W+"


def table() -> dict[str, Any]:
    """Return all lists."""
    return facts.table("a2p/linter/words.toml")


@cache
def words(group: str, name: str) -> frozenset[str]:
    """Return one list as it is; a dot in the group's name leads to a table within a table."""
    return frozenset(_list(group, name))


@cache
def pattern(group: str, name: str) -> re.Pattern[str]:
    """Return a pattern that finds any phrase of a list.

    In a phrase, a space matches any space or hyphen, a star any ending, and a tilde up to three words of a noun phrase. A phrase
    between slashes is a pattern already. A topic's "offered" combines its things with the words in `offers`.
    """
    if name == "offered":
        return _offered(group)
    phrases = sorted(_list(group, name), key=len, reverse=True)
    ready = [phrase.strip("/").replace(" ~ ", _GAP) for phrase in phrases if phrase.startswith("/")]
    plain = [_phrase(phrase) for phrase in phrases if phrase[0].isalnum()]
    other = [_phrase(phrase) for phrase in phrases if phrase[0] != "/" and not phrase[0].isalnum()]
    after = [rf"(?:{'|'.join(other)})(?!\w)"] if other else []
    whole = [rf"(?<!\w)(?:{'|'.join(plain)})(?!\w)"] if plain else []
    return re.compile("|".join([*ready, *whole, *after]), re.IGNORECASE)


def _offered(topic: str) -> re.Pattern[str]:
    before, after, other, between = (pattern("offers", part).pattern for part in ("before", "after", "else", "between"))
    near = rf"(?:[^\w.,;:!?\n]+(?!{between})\w+){{0,3}}?[^\w.,;!?\n]+"
    thing = rf"(?:{pattern(topic, 'things').pattern})(?!\W+(?:{other}))"
    return re.compile(rf"(?:{before}){near}{thing}|{thing}{near}(?:{after})", re.IGNORECASE)


def said(group: str, name: str, text: str) -> str | None:
    """Return the first phrase of a list that the text affirms, as written in the text, or None."""
    return next((text[start:end] for start, end in _affirmed(group, name, text)), None)


def holds(group: str, name: str, text: str) -> bool:
    """Return whether a text has any phrase of a list, denied or not."""
    return pattern(group, name).search(text) is not None


def done(name: str, text: str) -> bool:
    """Return whether a text has an action of a list of `concepts`, except in the form "no checkbox" or "without signing"."""
    plain = _plain(text)
    return any(
        not _denial()["near"].search(plain, max(0, hit.start() - _NEAR), hit.start())
        for hit in pattern("concepts", name).finditer(plain)
    )


def together(lists: Sequence[str], text: str) -> str | None:
    """Return the first sentence that affirms a phrase of each list of `concepts`, or None.

    Args:
        lists: Names. A list whose name begins with ! must have no phrase in the sentence. Of a list whose name begins with
            ?, a phrase counts whether it is affirmed or denied.
        text: The text.
    """
    affirmed = [_affirmed("concepts", name, text) for name in lists if name[0] not in "!?"]
    if not all(affirmed):
        return None
    others = [(name[1:], name[0] == "?") for name in lists if name[0] in "!?"]
    for start, end in _sentences(_plain(text)):
        sentence = text[start:end].strip()
        meet = all(any(start <= place < end for place, _ in hits) for hits in affirmed)
        if meet and all(holds("concepts", name, sentence) == wanted for name, wanted in others):
            return sentence
    return None


def split(text: str) -> list[str]:
    """Return the sentences of a text."""
    return [text[start:end] for start, end in _sentences(_plain(text))]


@lru_cache(maxsize=512)
def _affirmed(group: str, name: str, text: str) -> tuple[tuple[int, int], ...]:
    plain = _plain(text)
    found = (match.span() for match in pattern(group, name).finditer(plain))
    return tuple(span for span in found if not _denied(plain, *span, after=group in _STATEMENTS))


@lru_cache(maxsize=64)
def _sentences(text: str) -> tuple[tuple[int, int], ...]:
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    return tuple(zip([0, *ends], [*ends, len(text)], strict=True))


def _denied(text: str, start: int, end: int, *, after: bool) -> bool:
    """Return whether the clause around a phrase denies it.

    For example "We never buy lists", "non-pre-checked", "pre-checked: no", "lists are not bought", items below "We do not:".
    """
    denial = _denial()
    first, last = next(span for span in _sentences(text) if start < span[1])
    *headings, clause = _COLON.split(text[first:start])
    if denial["turns"].match(text, start):
        return False
    if denial["before"].search(denial["turns"].split(clause)[-1]):
        return True
    if headings and denial["heading"].search(headings[-1]):
        return True
    if _BULLET.match(text, first, start) and denial["list"].search(_heading(text[:first])):
        return True
    return bool(denial["answer"].match(text, end) or (after and denial["after"].match(text[end:last])))


@cache
def _denial() -> dict[str, re.Pattern[str]]:
    """Return the patterns that deny a phrase."""
    no, after, between, turns = (pattern("denial", name).pattern for name in ("words", "after", "between", "turns"))
    parts = {
        "before": rf"{no}|\b(?:un|non)[ -]?$",
        "near": rf"(?:{no})(?:\s+\w+){{0,2}}\s*$",
        "heading": rf"(?:{no})(?:\s+\w+){{0,3}}\W*$",
        "list": rf"(?:{no})(?:\s+\w+){{0,5}}\W*$",
        "answer": r"[\s\w]{0,14}[)\"'”]?\s*[:=?\u2013\u2014-]\s*(?:no|none|never|not|false|off|zero|0|nil|n/?a)\b",
        "after": rf"(?:(?!{between}).)*?(?<!\band)\s+(?:{after})",
        "turns": turns,
    }
    return {name: re.compile(part, re.IGNORECASE) for name, part in parts.items()}


def _plain(text: str) -> str:
    """Return a text of the same length with plain apostrophes, and without the dots inside of addresses."""
    return _INNER_DOT.sub("\u00b7", text.replace("\u2019", "'"))


def _heading(text: str) -> str:
    """Return the line above a list of bullets, without its colon."""
    lines = (line.strip() for line in reversed(text.split("\n")))
    above = next((line for line in lines if line and not _BULLET.match(line + " ")), "")
    return above[:-1] if above.endswith(":") else ""


def _list(group: str, name: str) -> list[str]:
    found = table()
    for key in (*group.split("."), name):
        found = found[key]
    return list(found)


def _phrase(phrase: str) -> str:
    """Write a phrase as a pattern."""
    return re.escape(phrase).replace(r"\ \~\ ", _GAP).replace(r"\ ", r"[\s-]+").replace(r"\*", r"\w*")
