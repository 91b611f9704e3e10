"""Area codes of the US and Canada that share a territory with others. Source and gaps: area_codes.toml."""

from __future__ import annotations

from functools import cache

from msvc_toolkit.rules.facts import table


@cache
def sharing_area_codes() -> dict[str, frozenset[str]]:
    """Each overlaid area code of the US and Canada with all area codes of its territory, itself included.

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
