"""Overlaid area codes, and countries that accept alphanumeric sender IDs: two small tables, read when first needed."""

from __future__ import annotations

from functools import cache

from msvc_toolkit.rules import numbering_plan
from msvc_toolkit.rules.facts import table


@cache
def sharing_area_codes() -> dict[str, frozenset[str]]:
    """Each overlaid area code of the US and Canada with all that share territory with it, itself included.

    Source and gaps: area_codes.toml.
    """
    sharing: dict[str, set[str]] = {}
    complexes = table("rules/area_codes.toml")
    for together in complexes["US"] + complexes["CA"]:
        for code in together:
            sharing.setdefault(code, set()).update(together)
    return {code: frozenset(codes) for code, codes in sharing.items()}


@cache
def overlaid_area_codes() -> dict[str, str]:
    """Each overlaid area code with its country, US or CA. Source and gaps: area_codes.toml."""
    complexes = table("rules/area_codes.toml")
    return {code: country for country in ("US", "CA") for together in complexes[country] for code in together}


@cache
def alphanumeric_countries() -> frozenset[str]:
    """ISO codes of the countries where an alphanumeric sender ID may be used, registered first or not.

    Source and gaps: alphanumeric.toml.
    """
    countries = table("rules/alphanumeric.toml")
    return frozenset(countries["free"]) | frozenset(countries["registered"])


def is_country(code: str) -> bool:
    """Return whether these are two capital letters of a country or territory with a numbering plan."""
    return code in numbering_plan.regions()
