"""The names that exports, tools and pipelines use for a message's fields; they are in words.toml."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from msvc_toolkit.rules import facts

_WORDS = facts.table("logs/importer/words.toml")
FIELDS: Mapping[str, tuple[str, ...]] = {field: tuple(names) for field, names in _WORDS["fields"].items()}
"""Each field's names, the most certain first, in lower case and without separators."""

DATES = ("date_created", "date_sent", "date", "date_updated")
"""Fields with a message's date, in the order in which they are used."""

_PREFIXES = tuple(_WORDS["prefixes"])
_RANKS = {name: (field, rank) for field, names in FIELDS.items() for rank, name in enumerate(names)}
_HINT = re.compile(r"(.+?)[\s_.-]*[(\[](.*)[)\]]|(.+?)[\s_.-]*(utc|gmt|local|usd|eur|gbp)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Known:
    """What a column is assumed to hold: a field, how certain its name is, and a hint such as UTC in ``Date sent (UTC)``."""

    field: str
    rank: int
    hint: str = ""


class Names:
    """The meaning of column names; `given` has what the caller said: fields by the name of their column."""

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        self._given = {name.strip(): field for name, field in (given or {}).items()}

    def known(self, name: str) -> Known | None:
        """Return the meaning of a column's name; None if the column is not needed."""
        field = self._given.get(name.strip())
        if field:
            return Known(field, -1)
        found = _known(name)
        return None if found and found.field in self._given.values() else found

    def fields(self, names: Iterable[str]) -> dict[str, list[str]]:
        """Return the columns of each field that the file has, the most certain first."""
        found: dict[str, list[tuple[int, str]]] = {}
        for name in names:
            if meant := self.known(name):
                found.setdefault(meant.field, []).append((meant.rank, name))
        for columns in found.values():
            columns.sort(key=lambda one: one[0])
        return {field: [name for _, name in columns] for field, columns in found.items()}


@lru_cache(maxsize=4096)
def _known(name: str) -> Known | None:
    if found := _direct(name):
        return Known(*found)
    hinted = _HINT.fullmatch(name.strip())
    found = _direct(hinted[1] or hinted[3]) if hinted else None
    return Known(*found, hint=hinted[2] or hinted[4] or "") if hinted and found else None


def _direct(name: str) -> tuple[str, int] | None:
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    if plain in _RANKS:
        return _RANKS[plain]
    for prefix in _PREFIXES:
        rest = plain.removeprefix(prefix)
        if rest not in ("", plain) and (found := _direct(rest)):
            return found[0], found[1] + len(_RANKS)
    return None
