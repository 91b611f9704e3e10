"""Addresses: phone numbers, short codes, alphanumeric sender IDs and channel addresses.

Every number is classified by its numbering plan (libphonenumber, through `phonenumbers`), never by its first
digits: calling code 1 is shared by 25 countries and territories.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from msvc_toolkit.errors import Problem
from msvc_toolkit.rules import numbering_plan
from msvc_toolkit.rules.area_codes import overlaid_area_codes

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

Kind = Literal["local", "mobile", "toll-free", "short code", "alphanumeric", "channel"]

US_CA = frozenset({"US", "CA"})
EXAMPLE = "+14155550123"
SHORT_CODE_LENGTH = 8
"""Longest short code we read."""
ALPHA_LENGTH = 11
"""Longest alphanumeric sender ID. Source: Twilio docs "AlphaSender resource", read 2026-11-23."""

_CHANNEL = re.compile(r"(whatsapp|messenger|rcs):(\S+)", re.IGNORECASE)
_NANP = re.compile(r"\+1[2-9][0-9]{2}[2-9][0-9]{6}")
_OLD_MEXICAN = re.compile(r"^\+[^0-9]*5[^0-9]*2[^0-9]*1(?=(?:[^0-9]*[0-9]){10}[^0-9]*$)")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_ALPHA = re.compile(rf"(?=.*[A-Za-z])[A-Za-z0-9 \-+_&]{{1,{ALPHA_LENGTH}}}")
_NUMBER = re.compile(r"\+?[0-9][0-9 ().\-/]*")
# Invisible marks that address books put around a copied number, and those that turn a digit into an emoji.
_UNSEEN = frozenset(
    "\u00ad\u2060\u20e3\ufe0e\ufe0f\ufeff"
    + "".join(map(chr, [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
)
_WRITTEN = re.compile(r"\(?\+?[ (]*[0-9][0-9 ().\-/]*")
"""A phone number as people write it."""
_WRITTEN_CHANNEL = re.compile(r"(whatsapp|rcs):\s*(\S.*)", re.IGNORECASE)
_URI = re.compile(r"^(?:tel|sms|callto|phone|mobile|cell):\s*", re.IGNORECASE)
_BETWEEN = re.compile(r"[,;|&\n]|\b(?:and|or)\b|(?=\+)", re.IGNORECASE)
"""What people write between two numbers."""
_UNSEEN_MARK = "\u200b"
_URL_PLUS = re.compile(r"^%(?:25)?2B", re.IGNORECASE)
_URL_GAP = re.compile(r"%(?:20|28|29|2D|C2|A0)", re.IGNORECASE)
_LOOK_ALIKES = {"\t": " ", "\u00b7": ".", "\u2043": "-", "\u2212": "-", "\u2795": "+"}
_GAP = r"(?:[ ().\-/~\u200b]|%2[089Dd]|%[Cc]2%[Aa]0){0,4}"
"""What may come between two digits of a number."""
_RUN = re.compile(rf"[0-9](?<![0-9%][0-9])(?<!%[0-9][0-9])(?:{_GAP}[0-9]){{6,}}")
"""Enough digits for a number, with gaps of a few characters."""
_PLUS = re.compile(rf"(?:\+|%(?:25)?2[Bb]){_GAP}\Z")
_AFTER_PLUS = re.compile(
    rf"1{_GAP}[2-9][0-9]{{2}}{_GAP}[0-9]{{3}}{_GAP}[0-9]{{4}}(?![0-9])"  # North America
    rf"|[1-9][0-9]{{10,14}}(?![0-9])|[1-9](?:{_GAP}[0-9]){{6,14}}(?![0-9])|[1-9](?:{_GAP}[0-9]){{6,}}"
)
_CUES = "call|dial|ring|text|txt|sms|tel|telephone|phone|mobile|cell|fax|whatsapp|number"
_CUE = re.compile(rf"(?<![a-z])(?:(?P<sure>{_CUES})|to|from)[^a-z0-9_+%]{{1,3}}\Z", re.IGNORECASE)
"""Words before digits without a plus that say they are a phone number; "to" and "from" may also come before a date."""
_CUE_LENGTH = len("telephone") + 3
_BARE = re.compile(r"[0-9]{10,15}(?![0-9A-Za-z_])")
_SPACED = re.compile(rf"(?![0-9]{{4}}-[0-9]{{2}}-)[0-9](?:{_GAP}[0-9]){{9,14}}(?![0-9A-Za-z_])")
_PLAIN = re.compile(
    rf"""(?<![0-9A-Za-z_.])(?<!•\ )(?:
        00{_GAP}[1-9](?:{_GAP}[0-9]){{7,13}}
      | 1[2-9][0-9]{{2}}[2-9][0-9]{{6}}
      | (?:1[ .\-/])?[2-9][0-9]{{2}}[ .\-/]{{1,3}}[2-9][0-9]{{2}}[ .\-/]{{1,3}}[0-9]{{4}}
      | (?:1[ .\-/]{{0,3}})?\([2-9][0-9]{{2}}\)[ .\-/]{{0,3}}[2-9][0-9]{{2}}[ .\-/]{{0,3}}[0-9]{{4}}
    )(?![0-9A-Za-z_])""",
    re.VERBOSE,
)
"""Numbers whose form leaves no doubt without a plus: 00 and a country code, and North American ones as people write them."""
_GEOGRAPHIC = frozenset({"FIXED_LINE", "MOBILE", "FIXED_LINE_OR_MOBILE"})
_POSSIBLE = frozenset({"IS_POSSIBLE", "IS_POSSIBLE_LOCAL_ONLY"})
_KINDS: dict[str, Kind] = {"TOLL_FREE": "toll-free", "MOBILE": "mobile"}


@dataclass(frozen=True)
class Address:
    """One address a message can come from or go to, in canonical form."""

    text: str  # ``+14155550123``, the digits of a short code, the sender ID, or ``whatsapp:+14155550123``
    kind: Kind  # what sort of address it is. A US number that may be either fixed or mobile is ``local``.
    country: str | None = None  # ISO 3166 code; None for sender IDs, and wherever it is not known
    area_code: str | None = None  # the three digits of a geographic number of the US or Canada, otherwise None
    channel: str | None = None  # ``whatsapp``, ``messenger`` or ``rcs`` when the kind is ``channel``, otherwise None

    def __repr__(self) -> str:
        return f"<Address {self.label} ({self.kind})>"

    @property
    def label(self) -> str:
        """The address, with a phone number masked."""
        return mask(self.text)


@lru_cache(maxsize=1 << 16)
def read(text: str, country: str | None = None) -> Address | None:
    """Read an address and put it into canonical form.

    Args:
        text: What was typed or stored; spaces and brackets in a number are fine, a missing ``+`` is not.
        country: ISO code of a short code's country. Its digits do not show it, and no other address needs it.

    Returns:
        The address, or None if the text is not a number, short code, sender ID or channel address.

    Source: Twilio docs "AlphaSender resource" (sender ID format) and "Messages resource" (channel prefixes), read
        2026-11-23. That any 3 to 8 digits may be a short code is our generous reading; US and Canada use 5 or 6.
    """
    text = _plain(text)
    if match := _CHANNEL.fullmatch(text):
        return _channel_address(match[1].lower(), match[2])
    folded = _folded(text)
    if folded.startswith("+"):
        number = _parse(folded)
        return _number_address(number) if number else None
    if _SHORT_CODE.fullmatch(folded):
        return Address(folded, "short code", country=country)
    if _ALPHA.fullmatch(text):
        return Address(text, "alphanumeric")
    return None


def is_landline(to: Address) -> bool:
    """Return whether the numbering plan shows a fixed line; US and Canadian plans do not."""
    if not to.text.startswith("+") or to.country in US_CA or to.kind != "local":
        return False
    return numbering_plan.number_type(to.text) == "FIXED_LINE"


@lru_cache(maxsize=1 << 16)
def recipient_problem(text: str) -> Problem | None:
    """Say what is wrong with a recipient and how to fix it, or None if a message may go there.

    If a number's length is possible but no known range has it, this only warns, because ranges are opened
    more often than this package is updated.

    Source: Twilio error dictionary 21211, 21265, 21268, 21604, read 2026-11-23; numbering plans: libphonenumber.
    """
    text = _plain(text)
    if _are_several(_folded(text)) and read(text) is None:
        return _to("These are several numbers, and a message goes to one. Enter the first, send, then enter the next.")
    if not text:
        return _to(f"Nobody to send to yet. Enter a phone number with country code, such as {EXAMPLE}.")
    if ":" in text:
        return _channel_problem(text)
    if any(char.isalpha() for char in text):
        return _to(f"A recipient is a phone number, and this has letters in it. Write it in digits, such as {EXAMPLE}.")
    folded = _folded(text)
    if folded.startswith("(") and _NUMBER.fullmatch(folded.lstrip("( ")):
        return _missing_plus(folded)
    if not _NUMBER.fullmatch(folded):
        return _to(f"This is not a phone number. Use a + and digits only, such as {EXAMPLE}.")
    return _number_problem(folded) if folded.startswith("+") else _missing_plus(folded)


@lru_cache(maxsize=1 << 12)
def as_written(text: str) -> str:
    """Return a recipient in the form Twilio takes, if its number was written in another usual way; any other text unchanged.

    Those ways are brackets, dots, dashes or spaces, ``tel:`` before the number, or 00 or 011 in place of the
    plus. A number without a country code is taken for one of the US or Canada, if it has 10 digits, or 11 with a
    leading 1, and lies in a range that is in use there.
    """
    plain = _plain(text)
    channel, number = match.groups() if (match := _WRITTEN_CHANNEL.fullmatch(plain)) else ("", plain)
    found = _number_written(_URI.sub("", number))
    prefix = f"{channel.lower()}:" if channel else ""
    return f"{prefix}{found}" if found else text


def plain_digits(text: str) -> str:
    """Write the digits and signs of a number in ASCII."""
    return _folded(_plain(text))


def _number_written(text: str) -> str | None:
    folded = _folded(text).strip(" .,;'\"<>").replace(_UNSEEN_MARK, "")
    if not _WRITTEN.fullmatch(folded) or _are_several(folded):
        return None
    digits = re.sub(r"[^0-9]", "", folded)
    national = len(digits) == len("4155550123") or (len(digits) == len("14155550123") and digits[0] == "1")
    if "+" in folded:
        number = folded[folded.index("+") :].replace("+ ", "+").replace("+(", "+")
        number = re.sub(r"^(\+[0-9]+)\)", r"\1", number)
    elif digits.startswith("00"):
        number = f"+{digits[2:]}"
    elif digits.startswith("011") and is_valid(f"+{digits[3:]}"):
        number = f"+{digits[3:]}"
    elif national and _in_use(f"+1{digits[-10:]}"):
        number = f"+1{digits[-10:]}"
    else:
        return None
    known = read(number)
    return known.text if known is not None else None


def _in_use(number: str) -> bool:
    return is_valid(number) or _new_overlay(number) is not None


def _are_several(folded: str) -> bool:
    """Whether a text has more than one phone number."""

    def long(parts: list[str], digits: int) -> bool:
        return sum(len(re.sub(r"[^0-9]", "", part)) >= digits for part in parts) > 1

    whole = len("4155550123")
    return (
        long(_BETWEEN.split(folded), SHORT_CODE_LENGTH - 1)
        or long(re.split(r"[\s/]+", folded), whole)
        or len(re.findall(r"\([0-9]{3}\)", folded)) > 1
    )


def alpha_problem(text: str) -> Problem | None:
    """Say why a text cannot be an alphanumeric sender ID, or None if it can.

    Source: Twilio docs "AlphaSender resource" and error dictionary 21708, 21709, read 2026-11-23. Some of Twilio's
        pages list fewer special characters; this is the longer list.
    """
    text = text.strip()
    if not text:
        sentence = "Enter the name that recipients see as the sender, such as ACME Shop."
    elif len(text) > ALPHA_LENGTH:
        sentence = f"A sender ID has at most {ALPHA_LENGTH} characters, this has {len(text)}. Shorten it."
    elif bad := sorted(set(re.sub(r"[A-Za-z0-9 \-+_&]", "", text))):
        sentence = f"A sender ID cannot contain {' '.join(bad)}. Use A-Z, a-z, 0-9, space and - + _ & only."
    elif not _ALPHA.fullmatch(text):
        sentence = "A sender ID needs at least one letter, so that it is not taken for a phone number. Add one."
    else:
        return None
    return Problem("alpha_sender", sentence)


@lru_cache(maxsize=1 << 16)
def mask(text: str) -> str:
    """Hide the middle of a phone number; short codes and sender IDs are public and stay as they are.

    Returns:
        ``+1 415 ••• 0123``, in other countries ``+44 ••• 0123``, with a channel's prefix kept.
    """
    plain = _plain(text)
    if match := _CHANNEL.fullmatch(plain):
        return f"{match[1].lower()}:{mask(match[2])}"
    number = _folded(plain)
    if not _NUMBER.fullmatch(number) or _SHORT_CODE.fullmatch(number):
        return mask_in(text)
    return _masked(number)


def mask_in(text: str) -> str:
    """Mask every phone number inside a longer text.

    It masks numbers with a ``+`` (or its URL form ``%2B``) or ``00`` before them, North American ones as they are
    usually written, and other runs of ten to fifteen digits after a word such as "call" or "number". A digit is any
    character that Unicode gives the value of one, so full-width and Arabic-Indic ones count.
    """
    folded = text if text.isascii() else _folded(text)
    kept, end = [], 0
    for run in _RUN.finditer(folded):
        for start, stop in _numbers(folded, *run.span()):
            number = _URL_GAP.sub("", _URL_PLUS.sub("+", folded[start:stop]))
            kept += [text[end:start], _masked(number)]
            end = stop
    return "".join(kept) + text[end:] if kept else text


def _numbers(folded: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Return where the phone numbers in a run of digits begin and end."""
    before = folded[max(0, start - _CUE_LENGTH) : start]
    found = None
    if plus := _PLUS.search(before):
        if found := _AFTER_PLUS.match(folded, start):
            yield start - len(plus[0]), found.end()
    elif found := _BARE.match(folded, start) or _SPACED.match(folded, start):
        cue = _CUE.search(before)
        if cue and (cue["sure"] or found.re is _BARE):
            yield found.span()
        else:
            found = None
    after = found.end() if found else start - before.endswith("(")
    yield from (match.span() for match in _PLAIN.finditer(folded, after, end + 1))


@lru_cache(maxsize=1 << 16)
def _masked(number: str) -> str:
    """Mask a folded number; after a leading 00 comes the country code."""
    digits = re.sub(r"[^0-9]", "", number)
    whole = number.startswith("+")
    if not whole and digits.startswith("00") and len(digits) > SHORT_CODE_LENGTH + 2:
        whole, digits = True, digits[2:]
    end = digits[-4:] if len(digits) > SHORT_CODE_LENGTH else digits[-2:]
    if not whole:
        return f"••• {end}"
    code = _calling_code(digits)
    start = f"+1 {digits[1:4]} " if code == "1" else f"+{code} " if code else "+"
    return f"{start}••• {end}"


class _Folding(dict[int, str]):
    """Maps a character to the digit, plus, hyphen, bracket or space that it stands for in a number."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        digit, alike = unicodedata.digit(char, None), unicodedata.normalize("NFKC", char)
        if digit is not None:
            self[code] = str(digit)
        elif char in _UNSEEN:
            self[code] = _UNSEEN_MARK
        elif alike in tuple("+().-/ "):
            self[code] = alike
        elif unicodedata.category(char) in ("Pd", "Zs"):
            self[code] = "-" if unicodedata.category(char) == "Pd" else " "
        else:
            self[code] = _LOOK_ALIKES.get(char, char)
        return self[code]


_FOLDING = _Folding()


def _folded(text: str) -> str:
    """Write the digits, signs and spaces of numbers in ASCII; the text keeps its length."""
    return text.translate(_FOLDING)


def _plain(text: str) -> str:
    return "".join(char for char in text if char not in _UNSEEN).strip()


def _to(sentence: str, *, blocks: bool = True) -> Problem:
    return Problem("to", sentence, blocks)


def _calling_code(digits: str) -> str:
    return next((digits[:n] for n in (1, 2, 3) if numbering_plan.is_calling_code(digits[:n])), "")


def _parse(text: str) -> PhoneNumber | None:
    """The number if its length is possible in its country, otherwise None."""
    number = numbering_plan.parse(_without_old_prefix(text)) if _NUMBER.fullmatch(text) else None
    return number if number is not None and numbering_plan.length(number) in _POSSIBLE else None


def is_valid(text: str) -> bool:
    """Whether a number with its + is in a range that is in use, as far as libphonenumber knows."""
    number = _parse(text)
    return number is not None and numbering_plan.is_valid(number)


def _without_old_prefix(text: str) -> str:
    """A Mexican number without the 1 that mobile numbers had after +52 until 2019.

    WhatsApp still writes the 1 (``whatsapp:+521...``), so the two forms are one address.

    Source: ITU, Mexico's numbering plan of 2019-08-03, through libphonenumber, which refuses the old form; that WhatsApp
        keeps it: public webhook logs, read 2026-11-30. Argentina's 9 and Brazil's ninth digit belong to the number.
    """
    return _OLD_MEXICAN.sub("+52", text)


def _number_address(number: PhoneNumber) -> Address:
    text = numbering_plan.e164(number)
    number_type = numbering_plan.number_type(text)
    country = numbering_plan.country(number)
    geographic = country in US_CA and number_type in _GEOGRAPHIC
    if country is None and (country := _new_overlay(text)):
        geographic = True
    if country is None and number.country_code != 1:  # no known range; +1 has no main country
        country = numbering_plan.main_country(number)
    return Address(text, _KINDS.get(number_type, "local"), country, text[2:5] if geographic else None)


def _new_overlay(text: str) -> str | None:
    """The country of a number in an area code too new for libphonenumber."""
    return overlaid_area_codes().get(text[2:5]) if _NANP.fullmatch(text) else None


def _channel_address(channel: str, rest: str) -> Address | None:
    folded = _folded(rest)
    if channel == "messenger" or (channel == "rcs" and not folded.startswith("+")):
        return Address(f"{channel}:{rest}", "channel", channel=channel)
    number = _parse(folded) if folded.startswith("+") else None
    if number is None:
        return None
    plain = _number_address(number)
    return Address(f"{channel}:{plain.text}", "channel", plain.country, channel=channel)


def _channel_problem(text: str) -> Problem | None:
    match = _CHANNEL.fullmatch(text)
    if match is None:
        return _to("This channel is not known. Use whatsapp:, messenger: or rcs: with no space after the colon.")
    return None if match[1].lower() == "messenger" else recipient_problem(match[2])


def _missing_plus(text: str) -> Problem:
    digits = re.sub(r"[^0-9]", "", text)
    if digits.startswith("00"):
        return _to(f"Write + in place of the leading 00, such as {EXAMPLE}.")
    if digits.startswith("0"):
        return _to("Write + and the country code in place of the leading 0, such as +63 in the Philippines.")
    if len(digits) <= 6:  # noqa: PLR2004 - the longest short code of the US and Canada
        return _to(f"This is a short code, which cannot receive texts. Enter a phone number such as {EXAMPLE}.")
    if is_valid(f"+{digits}"):
        return _to(f"The country code is missing its +. Put + in front: {mask(f'+{digits}')}.")
    if is_valid(f"+1{digits}"):
        return _to(f"The country code is missing. Put +1 in front if it is in the US or Canada: {mask(f'+1{digits}')}.")
    return _to(f"The country code is missing. Write the number with + and country code, such as {EXAMPLE}.")


def _number_problem(text: str) -> Problem | None:
    if not _calling_code(re.sub(r"[^0-9]", "", text)):
        return _to(f"No country's calling code starts like this. Check the digits after the +, such as {EXAMPLE}.")
    number = numbering_plan.parse(_without_old_prefix(text))
    if number is None:
        return _to(f"Digits are missing. A number with country code looks like {EXAMPLE}.")
    length = numbering_plan.length(number)
    if length != "IS_POSSIBLE":
        fault = "too many" if length == "TOO_LONG" else "too few"
        return _to(f"This number has {fault} digits for its country. Check it against the original.")
    number_type = numbering_plan.number_type(_without_old_prefix(text))
    if number_type == "PREMIUM_RATE":
        return _to("This is a premium-rate number, which Twilio refuses as a recipient (21268). Use another number.")
    if number_type == "UNKNOWN" and not _new_overlay(_number_address(number).text):
        return _to("No known range has this number; Twilio may refuse it (21211). Check the digits.", blocks=False)
    return None
