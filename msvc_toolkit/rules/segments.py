"""Count SMS segments: a text's encoding, its number of segments, and the characters that force UCS-2.

The reference is Twilio's own calculator, the npm package `sms-segments-calculator` 1.3.0: every figure here equals the
calculator's, oddities included. It splits graphemes by Unicode 10, so an emoji sequence newer than 2017 (a pirate flag,
a heart on fire) may be cut between two segments where a newer splitter would keep it whole. Gap: Twilio does not
publish how its platform itself splits graphemes.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Literal

from msvc_toolkit.rules.facts import table

if TYPE_CHECKING:
    from collections.abc import Iterator

Encoding = Literal["GSM-7", "UCS-2"]

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "\f^{}\\[~]|€"
_NOT_GSM = re.compile(f"[^{re.escape(_BASIC + _EXTENDED)}]")
_EXTENSION = re.compile(f"[{re.escape(_EXTENDED)}]")

# Units a segment holds when it is alone, and when it is one of several: 1120 bits, less a header of 48.
_CAPACITY: dict[Encoding, tuple[int, int]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}

# One grapheme, written over the class letters of graphemes.toml (and H for LV, I for LVT, O for other).
_GRAPHEME = re.compile(
    r"""
      C                                     # a control; CR and LF count apart
    | RR [XSZ]? | PR [XSZ]?                 # the calculator ends a flag after one mark
    | (?=.) P*                              # never an empty match
      (?: [BE]XM                            # a skin tone after exactly one Extend ...
        | (?: L*(?:[HV]V*|I)T* | L+ | T+    # (Hangul)
            | [BE]M?                        # ... or right after its base
            | [RMGO] )?
          (?: S | Z(?!EXM)(?:G|EM?)? )*     # joined by ZWJ, no Extend so far
      )
      (?: X | S | Z(?:G|E(?:XM)?)? )*       # joined by ZWJ, once there was an Extend
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Offender:
    """One character that forces UCS-2 on the whole text.

    Args:
        index: Its place in the given text, in code points from 0.
        character: The character, always one code point.
        name: Its Unicode name (``LEFT SINGLE QUOTATION MARK``), or ``U+0009`` where Unicode has none.
        replacement: What Smart Encoding would put there (it may be empty), or None if it would keep the character.
    """

    index: int
    character: str
    name: str
    replacement: str | None


@dataclass(frozen=True)
class Segments:
    """The size of a text in segments, and the reason.

    Args:
        body: The text as it was given.
        text: The text as it is sent: the body, or what Smart Encoding made of it.
        encoding: GSM-7, or UCS-2 as soon as one character is outside GSM-7.
        count: How many segments; 1 for an empty text, as in the calculator.
        characters: Graphemes of the text as sent, roughly what a person counts; CRLF is two.
        units: Septets (GSM-7) or UTF-16 code units (UCS-2) the text takes up, headers not counted.
        room: Units that are free in the last segment.
    """

    body: str = field(repr=False)
    text: str
    encoding: Encoding
    count: int
    characters: int
    units: int
    room: int

    @property
    def code_points(self) -> int:
        """Code points of the body, to compare with `limits.BODY_LIMIT`."""
        return len(self.body)

    @property
    def capacity(self) -> int:
        """Units that this many segments hold."""
        return self.count * _CAPACITY[self.encoding][self.count > 1]

    @cached_property
    def offenders(self) -> tuple[Offender, ...]:
        """Every character of the body that forces UCS-2, in order; empty if the text goes out as GSM-7.

        With Smart Encoding, only those that it cannot replace. They are found when first asked for, so that counting
        stays cheap.
        """
        smart = self.text != self.body
        return tuple(
            Offender(m.start(), m[0], unicodedata.name(m[0], f"U+{ord(m[0]):04X}"), _replacements().get(ord(m[0])))
            for m in _NOT_GSM.finditer(self.body)
            if not (smart and ord(m[0]) in _replacements())
        )

    @property
    def sentences(self) -> list[str]:
        """The text's size, and the character that forces UCS-2, in words."""
        unit = "UTF-16 code unit" if self.encoding == "UCS-2" else "character"
        size = f"{_count(self.count, 'segment')}, {self.encoding}, {_count(self.characters, 'character')}"
        sentences = [f"{size}, room for {_count(self.room, f'more {unit}')} in the last segment."]
        if self.offenders:
            first, others = self.offenders[0], len(self.offenders) - 1
            more = f" So {'does' if others == 1 else 'do'} {_count(others, 'other character')}." if others else ""
            sentences.append(
                f"“{first.character}” ({first.name.lower()}) at character {first.index + 1} forces UCS-2: "
                f"70 instead of 160 characters in a segment.{more}"
            )
        if self.text != self.body:
            sentences.append("Smart Encoding replaces look-alike characters before sending.")
        return sentences


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def measure(text: str, *, smart_encoding: bool = False) -> Segments:
    """Count the segments that Twilio makes of a text.

    An escape pair of the GSM-7 extension table is never cut in two, nor is a grapheme in UCS-2, so the count may be
    higher than units divided by capacity.

    Args:
        text: The Body, as it would be sent.
        smart_encoding: Whether Smart Encoding is on, in the Messaging Service or by the message's SmartEncoded.

    Returns:
        The encoding, the count and the reasons for them.

    Source: Twilio docs "SMS character limit" and "What is GSM-7"; npm package sms-segments-calculator 1.3.0; read
    2026-11-23.
    """
    sent = smart_encode(text) if smart_encoding else text
    encoding: Encoding
    if _NOT_GSM.search(sent):
        encoding = "UCS-2"
        sizes = [_utf16_units(grapheme) for grapheme in _graphemes(sent)]
    else:
        encoding = "GSM-7"
        sizes = [1 + (c in _EXTENDED) for c in sent] if _EXTENSION.search(sent) else [1] * len(sent)
    count, room = _fill(sizes, *_CAPACITY[encoding])
    return Segments(text, sent, encoding, count, len(sizes), sum(sizes), room)


def odd_character(text: str) -> str | None:
    """The first character that forces UCS-2 on a text, or None; much faster than `measure`."""
    found = _NOT_GSM.search(text)
    return found[0] if found else None


def smart_encode(text: str) -> str:
    """The text after Smart Encoding: characters with a GSM-7 look-alike are replaced, everything else stays.

    It replaces them even if another character keeps the text in UCS-2, and a replacement may be longer than the
    original (a TAB becomes seven spaces), so the count may rise.

    Source: Twilio docs "Messaging Services", Smart Encoding; smart_encoding.toml, read 2026-11-23.
    """
    return text.translate(_replacements())


def _fill(sizes: list[int], alone: int, of_several: int) -> tuple[int, int]:
    """Fill segments with indivisible pieces; return the number of segments and the room in the last one."""
    used = sum(sizes)
    if used <= alone:
        return 1, alone - used
    count, used, capacity = 1, 0, alone
    for i, size in enumerate(sizes):
        if used + size <= capacity:
            used += size
            continue
        start = i
        if count == 1:
            # Only now the first segment gets its header, which pushes its last pieces into the second. The calculator
            # does not check whether they fit there; this matters only for a grapheme of dozens of combining marks.
            capacity = of_several
            while used > capacity:
                start -= 1
                used -= sizes[start]
        count += 1
        used = sum(sizes[start : i + 1])
    return count, max(0, capacity - used)


def _graphemes(text: str) -> Iterator[str]:
    classes = text.translate(_break_classes())
    return (text[m.start() : m.end()] for m in _GRAPHEME.finditer(classes))


def _utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class _BreakClasses(dict[int, str]):
    """The grapheme class of each code point; those of Hangul syllables and of characters in no table are computed."""

    def __missing__(self, code_point: int) -> str:
        if 0xAC00 <= code_point <= 0xD7A3:  # noqa: PLR2004 (first and last Hangul syllable)
            return "I" if (code_point - 0xAC00) % 28 else "H"
        return "O"


@cache
def _break_classes() -> _BreakClasses:
    classes = [entry for entry in table("rules/graphemes.toml").values() if isinstance(entry, dict)]
    return _BreakClasses({c: t["letter"] for t in classes for c in _code_points(t["code_points"])})


@cache
def _replacements() -> dict[int, str]:
    rows = table("rules/smart_encoding.toml")["replacements"]
    return {c: replacement for replacement, ranges in rows.items() for c in _code_points(ranges)}


def _code_points(ranges: str) -> Iterator[int]:
    """The code points in a text such as ``0041 0043-0045`` (hexadecimal)."""
    for item in ranges.split():
        first, _, last = item.partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)
