"""Numbering plans of all countries: libphonenumber, through `phonenumbers`.

Importing it takes 40 ms, so this waits for the first use: many sessions show a form before they need it.
"""

from __future__ import annotations

from functools import cache, lru_cache
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber


def _library() -> ModuleType:
    import phonenumbers  # noqa: PLC0415 - see above

    return phonenumbers


@lru_cache(maxsize=1 << 10)
def parse(text: str) -> PhoneNumber | None:
    """Parse an international number; None when it cannot be read. The result is cached, so do not change it."""
    try:
        number: PhoneNumber = _library().parse(text, None)
    except _library().NumberParseException:
        return None
    return number


@lru_cache(maxsize=1 << 16)
def number_type(text: str) -> str:
    """Return the type of a number in E.164 by its name in `phonenumbers.PhoneNumberType`, such as "FIXED_LINE"."""
    number = parse(text)
    library = _library()
    return "UNKNOWN" if number is None else str(library.PhoneNumberType.to_string(library.number_type(number)))


def length(number: PhoneNumber) -> str:
    """Check a number's length; return the name of the result in `phonenumbers.ValidationResult`, such as "TOO_SHORT"."""
    library = _library()
    return str(library.ValidationResult.to_string(library.is_possible_number_with_reason(number)))


def is_valid(number: PhoneNumber) -> bool:
    """Whether a number is in a range that is in use."""
    return bool(_library().is_valid_number(number))


def e164(number: PhoneNumber) -> str:
    """Return a number with + and country code."""
    library = _library()
    return str(library.format_number(number, library.PhoneNumberFormat.E164))


def country(number: PhoneNumber) -> str | None:
    """Return the ISO code of the country whose range has a number; None if there is no such range or country."""
    return _country(_library().region_code_for_number(number))


def main_country(number: PhoneNumber) -> str | None:
    """Return the ISO code of the country that a number's calling code mainly belongs to."""
    return _country(_library().region_code_for_country_code(number.country_code or 0))


def _country(code: str | None) -> str | None:
    return None if code == _library().REGION_CODE_FOR_NON_GEO_ENTITY else code


def is_calling_code(digits: str) -> bool:
    """Whether these digits are a country's calling code."""
    return int(digits or 0) in _library().COUNTRY_CODE_TO_REGION_CODE


@cache
def regions() -> frozenset[str]:
    """Return the ISO codes of all countries and territories with a numbering plan."""
    return frozenset(_library().SUPPORTED_REGIONS)


def is_country(code: str) -> bool:
    """Return whether these are two capital letters of a country or territory with a numbering plan."""
    return code in regions()


@lru_cache(maxsize=1 << 9)
def example(country: str, number_type: str = "MOBILE") -> str | None:
    """Return libphonenumber's example number of a country in E.164; None if it has none.

    Args:
        country: ISO code.
        number_type: The type by its name in `phonenumbers.PhoneNumberType`.
    """
    library = _library()
    found = library.example_number_for_type(country, getattr(library.PhoneNumberType, number_type))
    return None if found is None else e164(found)
