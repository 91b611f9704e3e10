"""Find links, phone numbers, mail addresses and a brand's name in a text."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

from msvc_toolkit.a2p.linter.words import words

_EMAIL = re.compile(r"[\w.+%-]{1,64}@([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})")
_ADDRESS = re.compile(r"\b(https?)://([^\s/?#<>\"'()\[\]{}|,;]*)([/?#][^\s<>\"'()\[\]{}|]*)?", re.IGNORECASE)
_BARE = re.compile(
    r"(?<![\w@.-])((?:[a-z0-9-]{1,63}\.){1,6}([a-z]{2,12}))(?![\w@-])(/[^\s<>\"'()\[\]{}|]*)?", re.IGNORECASE
)
_LINK_TO_COME = re.compile(r"[\[{<][^\[\]{}<>]{0,40}\b(?:link|url|website)\b[^\[\]{}<>]{0,40}[\]}>]", re.IGNORECASE)
_PHONE = re.compile(
    r"(?<![\w+-])(?:\+?1[ .-]?)?(?:\([2-9]\d\d\)|[2-9]\d\d)[ .-]?\d{3}[ .-]?\d{4}(?![\w-])"  # as North America writes them
    r"|(?<!\w)\+[1-9]\d(?:[ ().-]{0,2}\d){6,12}(?!\w)"
    r"|(?<![\w-])(?:1[ .-])?8(?:00|33|44|55|66|77|88)[ .-][A-Z0-9][A-Z0-9.-]{5,9}(?![\w-])"  # 1-800-FLOWERS
    r"|(?<![\w-])\(?(?:\d{3}|[Xx]{3})\)?[ .-](?:\d{3}|[Xx]{3})[ .-][Xx]{4}(?![\w-])"
)
_PHONE_TO_COME = re.compile(
    r"[\[{<][^\[\]{}<>]{0,40}\b(?:phone|telephone|number|hotline)\b[^\[\]{}<>]{0,40}[\]}>]", re.IGNORECASE
)
_QUOTED = re.compile(
    r"[\"\u201c\u201d](?P<double>[^\"\u201c\u201d\n]{2,})[\"\u201d]|\u00ab\s*(?P<angle>[^\u00bb]{2,})\u00bb"
    r"|(?<![^\s(\[:])['\u2018](?=\S)(?P<single>[^\n]{2,}?)(?<=\S)['\u2019](?!\w)"
)
_ABOUT_MESSAGES = re.compile(r"\b(?:text|sms|mms|messag|msg|alert|remind|updat|notif)", re.IGNORECASE)
_ASIDE = re.compile(r"\s*,?\s*\u2026\s*,?(?=\s)")
_SAME_THING = re.compile(
    r"(?<=[\w\u2026])[.!]\s+(?=(?:It|This|That|This \w+)\s+(?:is|was|must|has|needs|cannot|can't)\b)", re.IGNORECASE
)
_NO_WORD = re.compile(r"[\W_]+")
_TOO_SHORT = 3


@dataclass(frozen=True)
class Link:
    """One link of a text."""

    text: str  # as written in the text
    scheme: str  # ``http``, ``https``, or empty where none is written
    host: str  # in small letters; empty if it is a placeholder
    path: str  # what follows the host

    @property
    def domain(self) -> str:
        """The part of the host that is registered: ``shop.example.co.uk`` has ``example.co.uk``."""
        return registrable(self.host)


def links(text: str) -> Iterator[Link]:
    """Yield every link with an address of its own, mail addresses left out."""
    rest = _EMAIL.sub(" ", text)
    for found in _ADDRESS.finditer(rest):
        host = found.group(2).rpartition("@")[2].partition(":")[0].strip(".!?").lower()
        yield Link(found.group().rstrip(".,;:!?"), found.group(1).lower(), host, found.group(3) or "")
    for found in _BARE.finditer(_ADDRESS.sub(" ", rest)):
        host, ending, path = found.group(1).lower(), found.group(2).lower(), found.group(3) or ""
        if host.startswith("www.") or ending in words("hosts", "endings") or (path and len(ending) > 1 and path != "/"):
            yield Link(found.group().rstrip(".,;:!?"), "", host, path)


def without_links(text: str) -> str:
    """Return a text without its addresses, because their paths are not part of what a person reads."""
    return _BARE.sub(" ", _ADDRESS.sub(" ", text))


def quotes(text: str) -> list[str]:
    """Return the passages in quotation marks: the words of a box, a script or a form."""
    return [next(filter(None, found.groups())) for found in _QUOTED.finditer(text)]


def framed(text: str) -> str:
    """Replace each quotation about messages in a text by an ellipsis, and join a following "It is ..." to its sentence."""
    plain = _QUOTED.sub(_frame, text)
    plain = _ASIDE.sub(" \u2026", plain)
    return _SAME_THING.sub(", ", plain)


def _frame(quotation: re.Match[str]) -> str:
    words = quotation.group()
    follows = quotation.string[quotation.end() :].lstrip()[:1]
    ended = words[:-1].endswith((".", "!", "?")) and follows.isupper() and not words.isupper()
    return ("\u2026." if ended else "\u2026") if _ABOUT_MESSAGES.search(words) else words


def has_link(text: str) -> bool:
    """Whether a text has a link, or a placeholder for one."""
    return next(links(text), None) is not None or _LINK_TO_COME.search(text) is not None


def has_phone(text: str) -> bool:
    """Whether a text has a phone number, or a placeholder for one."""
    return _PHONE.search(text) is not None or _PHONE_TO_COME.search(text) is not None


def phone_in(text: str) -> str | None:
    """Return the first phone number of a text."""
    found = _PHONE.search(text)
    return found.group() if found else None


def email_domains(text: str) -> list[str]:
    """Return the domain of every mail address."""
    return [found.lower().strip(".") for found in _EMAIL.findall(text)]


def registrable(host: str) -> str:
    """Return the registered domain of a host, by a short list of two-part endings; see words.toml."""
    labels = host.strip(".").lower().split(".")
    keep = 3 if ".".join(labels[-2:]) in words("hosts", "two_part_endings") else 2
    return ".".join(labels[-keep:])


def nowhere(host: str) -> bool:
    """Whether a host is a placeholder or cannot be reached from outside: example.com, localhost, a private address."""
    labels = host.split(".")
    if registrable(host) in words("hosts", "stand_ins") or labels[-1] in words("hosts", "private_endings"):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def names(brand: str, text: str) -> bool:
    """Whether a text names a brand outside of links: by its name without the legal form, or by its first distinctive word."""
    if next(links(brand), None) is None:
        text = without_links(_EMAIL.sub(" ", text))
    parts = [part for part in _NO_WORD.split(brand.casefold()) if part]
    core = [part for part in parts if part not in words("brand", "legal_forms")] or parts
    distinctive = [part for part in core if len(part) >= _TOO_SHORT and part not in words("brand", "plain")]
    plain = _NO_WORD.sub("", text.casefold())
    spoken = set(_NO_WORD.split(text.casefold()))
    return "".join(core) in plain or bool(distinctive and distinctive[0] in spoken)
