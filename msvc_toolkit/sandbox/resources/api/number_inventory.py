"""The numbers for sale: made up, the same for the same seed, and valid by their countries' numbering plans.

In the US and Canada every area code has 40 lines of the exchange 555, which no carrier serves beyond directory
assistance; lines below 2000 are reserved for scenarios and handsets. Toll-free codes have the same. Elsewhere the numbers
are libphonenumber's example of the country with other last digits. No number needs an address or a bundle.

Source: libphonenumber's example numbers and plans (read 2026-11-23). The facts about the exchange 555 are common
knowledge and were not looked up. The countries' kinds of numbers and their capabilities are simplified: for real
numbers see Twilio's regulatory pages.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from hashlib import blake2b

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from msvc_toolkit.rules.facts import table

KINDS = ("Local", "TollFree", "Mobile", "National", "Voip", "SharedCost", "MachineToMachine")
ALL = ("Voice", "SMS", "MMS")
VOICE, TEXT = ("Voice",), ("Voice", "SMS")
COUNTRIES: dict[str, tuple[str, dict[str, tuple[str, ...]]]] = {
    "AU": ("Australia", {"Local": VOICE, "Mobile": TEXT, "TollFree": VOICE}),
    "CA": ("Canada", {"Local": ALL, "TollFree": ALL}),
    "DE": ("Germany", {"Local": VOICE, "Mobile": TEXT}),
    "FR": ("France", {"Local": VOICE, "Mobile": TEXT}),
    "GB": ("United Kingdom", {"Local": VOICE, "Mobile": TEXT, "TollFree": VOICE}),
    "NL": ("Netherlands", {"Local": VOICE, "Mobile": TEXT}),
    "SE": ("Sweden", {"Local": VOICE, "Mobile": TEXT}),
    "US": ("United States", {"Local": ALL, "TollFree": ALL}),
}
"""Name of each country, and what the numbers of each of its kinds can do."""
PLANS = {"Local": PhoneNumberType.FIXED_LINE, "Mobile": PhoneNumberType.MOBILE, "TollFree": PhoneNumberType.TOLL_FREE}
TOLL_FREE_CODES = ("800", "833", "844", "855", "866", "877", "888")
LINES = 40
"""Numbers on sale per area code, or per kind and country abroad."""

_KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
_CONTAINS = re.compile(r"(\+?)([*%]*)([0-9A-Z]{2,16})([*%]*)(\$?)")


@cache
def regions(country: str) -> dict[str, str]:
    """Each area code of the US or Canada with its state or province; empty for other countries."""
    return {code: region for region, codes in table("rules/regions.toml").get(country, {}).items() for code in codes}


@lru_cache(maxsize=64)
def numbers(key: str, country: str, kind: str) -> tuple[str, ...]:
    """Return all numbers of a kind that a country has for sale; the key decides which ones."""
    if kind not in COUNTRIES[country][1]:
        return ()
    if regions(country):
        codes = sorted(regions(country)) if kind == "Local" else TOLL_FREE_CODES
        return tuple(f"+1{code}555{line:04}" for code in codes for line in _lines(f"{key}:{code}", 2000, 8000))
    example = phonenumbers.example_number_for_type(country, PLANS[kind])
    assert example is not None  # noqa: S101 - each of the countries has one
    stem = phonenumbers.format_number(example, PhoneNumberFormat.E164)[:-3]
    return tuple(f"{stem}{line:03}" for line in _lines(f"{key}:{country}:{kind}", 0, 1000))


def _lines(key: str, first: int, span: int) -> list[int]:
    """Spread lines over a range, by a step that has no common divisor with the span, so that none repeats."""
    number = int.from_bytes(blake2b(key.encode(), digest_size=8).digest())
    start, step = number % span, (number // span) % (span // 10) * 10 + 7
    return sorted(first + (start + step * i) % span for i in range(LINES))


def kind_of(number: str) -> tuple[str, str] | None:
    """Return the country and kind under which a number would be listed; None when it is not for sale."""
    try:
        read = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return None
    country = phonenumbers.region_code_for_number(read)
    if country not in COUNTRIES:
        return None
    kind = next((kind for kind, plan in PLANS.items() if plan == phonenumbers.number_type(read)), "Local")
    return country, kind


def national(number: str) -> str:
    """Write a number as its country does: `(415) 555-2345`."""
    return phonenumbers.format_number(phonenumbers.parse(number, None), PhoneNumberFormat.NATIONAL)


def pattern(contains: str) -> re.Pattern[str]:
    """Turn a `Contains` value into a pattern for E.164 numbers; raise ValueError if it is invalid.

    Source: AvailablePhoneNumbers specification: 2 to 16 digits and letters; at either end ``*`` stands for one
        character and ``%`` for any, ``+`` is the beginning and ``$`` the end; no wildcard is allowed elsewhere.
    """
    parts_of = _CONTAINS.fullmatch(contains.upper())
    if not parts_of or len(contains) > 16:  # noqa: PLR2004 - see Source
        raise ValueError("it is 2 to 16 digits, letters, and * % + $ at its ends")
    begin, before, core, after, end = parts_of.groups()
    wild = {"*": "[0-9]", "%": "[0-9]*"}
    parts = [*(wild[sign] for sign in before), core.translate(_KEYPAD), *(wild[sign] for sign in after)]
    return re.compile((r"\+" if begin else "") + "".join(parts) + ("$" if end else ""))
