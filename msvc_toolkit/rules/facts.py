"""The package's tables of facts about Twilio, and where and when each fact was read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

TABLES = (
    "a2p/linter/words.toml",
    "logs/importer/words.toml",
    "rules/alphanumeric.toml",
    "rules/area_codes.toml",
    "rules/error_codes.toml",
    "rules/fees.toml",
    "rules/graphemes.toml",
    "rules/quiet_hours.toml",
    "rules/rates.toml",
    "rules/regions.toml",
    "rules/smart_encoding.toml",
)
"""Every TOML file of the package that holds facts. Each starts with ``about``, ``source``, ``read`` (a date) and ``grade``."""
GRADES = {
    "documented": "on a page of Twilio's or of the authority that makes the rule",
    "recorded": "in an answer, a specification or data that somebody kept",
    "reported": "by other providers or customers, who may be wrong or late",
    "ours": "our reading, where no source says it",
}
YEAR = 365
"""Days after which a fact is worth looking up again. Ours."""
_READ = re.compile(r"\bread (\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True)
class Fact:
    """One entry of a table, with its own source or its table's."""

    table: str  # the file, below the package
    name: str  # where it is in the file; empty for the file as a whole
    source: str  # where it was read
    read: date  # when it was read
    grade: str  # one of `GRADES`


@cache
def table(name: str) -> dict[str, Any]:
    """Return one table as plain data; ``each`` in it is the source of entries without one."""
    data = tomllib.loads(files("msvc_toolkit").joinpath(name).read_text("utf-8"))
    for key, entry in data.items():
        if "each" in data and isinstance(entry, dict):
            entry.setdefault("source", data["each"].format(key))
    return data


@cache
def all_facts() -> tuple[Fact, ...]:
    """Every fact that names a source, table by table."""
    return tuple(fact for name in TABLES for fact in _walk(name, "", table(name), None))


def old_tables(today: date) -> dict[str, date]:
    """Return the tables with a fact that was read more than a year ago, each with the day of its oldest fact."""
    oldest: dict[str, date] = {}
    for fact in all_facts():
        oldest[fact.table] = min(fact.read, oldest.get(fact.table, fact.read))
    return {name: read for name, read in oldest.items() if (today - read).days > YEAR}


def _label(item: Any) -> str:
    """What an entry of a list is about, in its own words."""
    if not isinstance(item, dict):
        return ""
    what = item.get("name") or item.get("carrier") or ", ".join(item.get("countries", ()))
    return f"{what} since {item['since']}" if "since" in item else str(what)


def _walk(file: str, name: str, node: Any, above: Fact | None) -> Iterator[Fact]:
    """Go through a table; an entry without its own source, date or grade takes those of its table."""
    if isinstance(node, list):
        for number, item in enumerate(node, start=1):
            yield from _walk(file, f"{name} {_label(item) or number}", item, above)
    if not isinstance(node, dict):
        return
    if "source" in node:
        dated = _READ.search(node["source"])
        read = node.get("read") or (date.fromisoformat(dated[1]) if dated else above.read if above else None)
        assert read is not None, f"{file} {name} has no date"  # noqa: S101 - the package's own files
        above = Fact(file, name, node["source"], read, node.get("grade") or (above.grade if above else ""))
        yield above
    for key, value in node.items():
        yield from _walk(file, f"{name} {key}".strip(), value, above)
