"""Who is at the other end: phone numbers, short codes, alphanumeric sender IDs and channel addresses.

Every number is classified by its numbering plan (libphonenumber, through `phonenumbers`) and never by its first
digits: calling code 1 is shared by 25 countries and territories.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import phonenumbers
from phonenumbers import PhoneNumberType, ValidationResult

from msvc_toolkit.errors import Problem
from msvc_toolkit.territory import overlaid_area_codes

Kind = Literal["local", "mobile", "toll-free", "short code", "alphanumeric", "channel"]

US_CA = frozenset({"US", "CA"})
EXAMPLE = "+14155550123"
ALPHA_LENGTH = 11
"""Longest alphanumeric sender ID. Source: Twilio docs "AlphaSender resource", read 2026-11-23."""

_CHANNEL = re.compile(r"(whatsapp|messenger|rcs):(\S+)", re.IGNORECASE)
_NANP = re.compile(r"\+1[2-9][0-9]{2}[2-9][0-9]{6}")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_ALPHA = re.compile(rf"(?=.*[A-Za-z])[A-Za-z0-9 \-+_&]{{1,{ALPHA_LENGTH}}}")
_NUMBER = re.compile(r"\+?[0-9][0-9 ().\-/\u00a0\u202f\u2010-\u2015]*")
# Marks that address books leave around a copied number; nobody sees them.
_INVISIBLE = dict.fromkeys([0x200B, 0x200E, 0x200F, 0x2060, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
_INSIDE = re.compile(
    r"(?:\+|%2B)(?:1[ .\-]?\(?[2-9]\d{2}\)?[ .\-]?\d{3}[ .\-]?\d{4}|[1-9](?:[ .\-]?\(?\d\)?){6,14})(?!\d)"
)
_GEOGRAPHIC = frozenset({PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


@dataclass(frozen=True)
class Address:
    """One address a message can come from or go to, in canonical form.

    Args:
        text: ``+14155550123``, the digits of a short code, the sender ID, or ``whatsapp:+14155550123``.
        kind: What sort of address it is. A US number that may be either fixed or mobile is ``local``.
        country: ISO 3166 code; None for sender IDs, and wherever it is not known.
        area_code: The three digits of a geographic number of the US or Canada, otherwise None.
        channel: ``whatsapp``, ``messenger`` or ``rcs`` when the kind is ``channel``, otherwise None.
    """

    text: str
    kind: Kind
    country: str | None = None
    area_code: str | None = None
    channel: str | None = None

    @property
    def label(self) -> str:
        """The address as people may see it, the number masked."""
        return mask(self.text)


@lru_cache(maxsize=1 << 16)
def read(text: str, country: str | None = None) -> Address | None:
    """Read an address and put it into canonical form.

    Args:
        text: What was typed or stored; spaces and brackets in a number are fine, a missing ``+`` is not.
        country: ISO code of a short code's country. Its digits do not tell, and nothing else needs it.

    Returns:
        The address, or None if the text is no number, short code, sender ID or channel address.

    Source: Twilio docs "AlphaSender resource" (sender ID format) and "Messages resource" (channel prefixes), read
        2026-11-23. That every 3 to 8 digits may be a short code is our generous reading; US and Canada use 5 or 6.
    """
    text = _plain(text)
    if match := _CHANNEL.fullmatch(text):
        return _channel_address(match[1].lower(), match[2])
    if text.startswith("+"):
        number = _parse(text)
        return _number_address(number) if number else None
    if _SHORT_CODE.fullmatch(text):
        return Address(text, "short code", country=country)
    if _ALPHA.fullmatch(text):
        return Address(text, "alphanumeric")
    return None


@lru_cache(maxsize=1 << 16)
def recipient_problem(text: str) -> Problem | None:
    """Say what is wrong with a recipient and how to mend it, or None if a message may go there.

    A number that fits its country's lengths but lies in no range known to be in use only warns: ranges are opened
    more often than this package is updated.

    Source: Twilio error dictionary 21211, 21265, 21268, 21604, read 2026-11-23; numbering plans: libphonenumber.
    """
    text = _plain(text)
    if not text:
        return _to(f"Nobody to send to yet. Enter a phone number with country code, such as {EXAMPLE}.")
    if ":" in text:
        return _channel_problem(text)
    if any(char.isalpha() for char in text):
        return _to(f"A recipient is a phone number, and this has letters in it. Write it in digits, such as {EXAMPLE}.")
    if not _NUMBER.fullmatch(text):
        return _to(f"This is not a phone number. Use a + and digits only, such as {EXAMPLE}.")
    return _number_problem(text) if text.startswith("+") else _missing_plus(text)


def alpha_problem(text: str) -> Problem | None:
    """Say why a text cannot be an alphanumeric sender ID, or None if it can.

    Source: Twilio docs "AlphaSender resource" and error dictionary 21708, 21709, read 2026-11-23. Some of Twilio's
        pages list fewer special characters; this is the longer list.
    """
    text = text.strip()
    if not text:
        sentence = "Enter the name recipients shall see as the sender, such as ACME Shop."
    elif len(text) > ALPHA_LENGTH:
        sentence = f"A sender ID has at most {ALPHA_LENGTH} characters, this has {len(text)}. Shorten it."
    elif bad := sorted(set(re.sub(r"[A-Za-z0-9 \-+_&]", "", text))):
        sentence = f"A sender ID cannot contain {' '.join(bad)}. Use A-Z, a-z, 0-9, space and - + _ & only."
    elif not _ALPHA.fullmatch(text):
        sentence = "A sender ID needs at least one letter, so that nobody takes it for a phone number. Add one."
    else:
        return None
    return Problem("alpha_sender", sentence)


@lru_cache(maxsize=1 << 16)
def mask(text: str) -> str:
    """Hide the middle of a phone number; short codes and sender IDs are public names and stay as they are.

    Returns:
        ``+1 415 ••• 0123``, in other countries ``+44 ••• 0123``, with a channel's prefix kept.
    """
    plain = _plain(text)
    if match := _CHANNEL.fullmatch(plain):
        return f"{match[1].lower()}:{mask(match[2])}"
    if not _NUMBER.fullmatch(plain) or _SHORT_CODE.fullmatch(plain):
        return mask_in(text)
    digits = re.sub(r"[^0-9]", "", plain)
    end = digits[-4:] if len(digits) > 8 else digits[-2:]  # noqa: PLR2004 - 8 is the longest short code
    if not plain.startswith("+"):
        return f"••• {end}"
    code = _calling_code(digits)
    start = f"+1 {digits[1:4]} " if code == "1" else f"+{code} " if code else "+"
    return f"{start}••• {end}"


def mask_in(text: str) -> str:
    """Mask every number with a ``+`` (or its URL form ``%2B``) inside a longer text."""
    return _INSIDE.sub(lambda match: mask("+" + match[0].removeprefix("%2B").removeprefix("+")), text)


def _plain(text: str) -> str:
    return text.translate(_INVISIBLE).strip()


def _to(sentence: str, *, blocks: bool = True) -> Problem:
    return Problem("to", sentence, blocks)


def _calling_code(digits: str) -> str:
    return next((digits[:n] for n in (1, 2, 3) if int(digits[:n] or 0) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), "")


def _parse(text: str) -> phonenumbers.PhoneNumber | None:
    """The number if its length is possible in its country, otherwise None."""
    if not _NUMBER.fullmatch(text):
        return None
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None


def _number_address(number: phonenumbers.PhoneNumber) -> Address:
    kinds: dict[int, Kind] = {PhoneNumberType.TOLL_FREE: "toll-free", PhoneNumberType.MOBILE: "mobile"}
    text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    number_type = phonenumbers.number_type(number)
    country = phonenumbers.region_code_for_number(number)
    geographic = country in US_CA and number_type in _GEOGRAPHIC
    if country is None and (country := _new_overlay(text)):
        geographic = True
    if country is None and number.country_code != 1:  # no known range: the calling code's main country, but +1 has none
        country = phonenumbers.region_code_for_country_code(number.country_code or 0)
    if country == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY:
        country = None
    return Address(text, kinds.get(number_type, "local"), country, text[2:5] if geographic else None)


def _new_overlay(text: str) -> str | None:
    """The country of a number in an area code so young that libphonenumber does not know it yet."""
    return overlaid_area_codes().get(text[2:5]) if _NANP.fullmatch(text) else None


def _channel_address(channel: str, rest: str) -> Address | None:
    if channel == "messenger" or (channel == "rcs" and not rest.startswith("+")):
        return Address(f"{channel}:{rest}", "channel", channel=channel)
    number = _parse(rest) if rest.startswith("+") else None
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
        return _to(f"Write + and the country code in place of the leading 0, such as {EXAMPLE}.")
    if len(digits) <= 6:  # noqa: PLR2004 - the longest short code of the US and Canada
        return _to(f"This is a short code, which cannot receive texts. Enter a phone number such as {EXAMPLE}.")
    for plus in ("+", "+1"):
        number = _parse(plus + digits)
        if number and phonenumbers.is_valid_number(number):
            hint = " if it is in the US or Canada" if plus == "+1" else ""
            return _to(f"The country code is missing its +. Put {plus} in front{hint}: {mask(plus + digits)}.")
    return _to(f"The country code is missing. Write the number with + and country code, such as {EXAMPLE}.")


def _number_problem(text: str) -> Problem | None:
    if not _calling_code(re.sub(r"[^0-9]", "", text)):
        return _to(f"No country's calling code starts like this. Check the digits after the +, such as {EXAMPLE}.")
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return _to(f"Digits are missing. A number with country code looks like {EXAMPLE}.")
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible != ValidationResult.IS_POSSIBLE:
        fault = "too many" if possible == ValidationResult.TOO_LONG else "too few"
        return _to(f"This number has {fault} digits for its country. Check it against the original.")
    number_type = phonenumbers.number_type(number)
    if number_type == PhoneNumberType.PREMIUM_RATE:
        return _to("This is a premium-rate number, which Twilio refuses as a recipient (21268). Use another number.")
    if number_type == PhoneNumberType.UNKNOWN and not _new_overlay(_number_address(number).text):
        return _to("No known range has this number; Twilio may refuse it (21211). Check the digits.", blocks=False)
    return None
