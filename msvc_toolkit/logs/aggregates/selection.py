"""A selection of a log: senders, services and a window of time, for its rows or for a table of sums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from duckdb import ConstantExpression

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.logs.time_zones import GRAINS, read_moment


@dataclass(frozen=True)
class Selection:
    """Senders by number, services by SID, and a window, its end excluded, in naive UTC; None is all.

    An empty number means messages without a sender yet, an empty SID those outside any service.
    """

    senders: frozenset[str] | None = None
    services: frozenset[str] | None = None
    since: datetime | None = None
    until: datetime | None = None

    def within(self, other: Selection) -> Selection:
        """Narrow an existing selection."""
        return replace(
            self,
            senders=_both(self.senders, other.senders),
            services=_both(self.services, other.services),
            since=max((one for one in (self.since, other.since) if one), default=None),
            until=min((one for one in (self.until, other.until) if one), default=None),
        )

    @property
    def texts(self) -> dict[str, frozenset[str]]:
        """The allowed values of the columns of senders and services, if not all are selected."""
        both = {"number": self.senders, "messaging_service_sid": self.services}
        return {name: wanted for name, wanted in both.items() if wanted is not None}

    def holds(self, time: str) -> str:
        """Return the SQL condition of the selection; `time` is the column that decides whether a row is in the window."""
        found = [holds(name, [*wanted, None] if "" in wanted else wanted) for name, wanted in self.texts.items()]
        found += [f"{time} >= {literal(self.since)}"] if self.since else []
        found += [f"{time} < {literal(self.until)}"] if self.until else []
        return " AND ".join(found) or "true"

    def misses(self) -> str:
        """Return the SQL condition for rows of a table of sums that are not selected; an hour that the window cuts is left out."""
        found = [holds(name, wanted) for name, wanted in self.texts.items()]
        if self.since:
            found.append(f"coalesce(hour > {literal(self.since - GRAINS['hour'])}, true)")
        if self.until:
            found.append(f"coalesce(hour < {literal(self.until)}, true)")
        return f"NOT ({' AND '.join(found) or 'true'})"

    def on_grain(self, grain: str) -> bool:
        """Return whether the window's ends are boundaries of a table of sums, so that the table can be used."""
        edges = [one.replace(tzinfo=UTC).timestamp() for one in (self.since, self.until) if one]
        return not any(edge % GRAINS[grain].total_seconds() for edge in edges)


def literal(value: Any) -> str:
    """Return a value as SQL, quoted by DuckDB."""
    return str(ConstantExpression(value))


def holds(name: str, values: Iterable[Any]) -> str:
    """Return the SQL condition for a column with one of several values; None matches a missing value."""
    values = [*values]
    found = ", ".join(literal(one) for one in values if one is not None)
    known = f"{name} IN ({found})" if found else "false"
    return f"({known} OR {name} IS NULL)" if None in values else known


def read_values(name: str, wanted: Any) -> list[Any]:
    """Read the value or values of a column to select; None means a missing value.

    Raises:
        InvalidInput: The column cannot hold such a value.
    """
    several = list(wanted) if isinstance(wanted, list | tuple | set | frozenset) else [wanted]
    return [None if one is None else _read_value(name, one) for one in several]


def _read_value(name: str, value: Any) -> Any:
    kind = SCHEMA.field(name).type
    if pa.types.is_timestamp(kind):
        return read_moment(value, "UTC", name)
    if pa.types.is_integer(kind):
        try:
            if (number := int(value)) == float(value):
                return number
        except (TypeError, ValueError, OverflowError):
            pass
        sentence = f"The column {name} holds whole numbers, not {value!r}. Give it as a number."
        raise InvalidInput([Problem(name, sentence)])
    if not isinstance(value, str):
        raise InvalidInput([Problem(name, f"The column {name} holds texts, not {value!r}. Give it as a text.")])
    if name == "keyword" and value.lower() not in KEYWORDS:
        sentence = f"The column keyword holds {', '.join(KEYWORDS)}, not {value!r}. Choose one of them."
        raise InvalidInput([Problem(name, sentence)])
    return value.lower() if name in _IN_SMALL_LETTERS else value


KEYWORDS = ("stop", "start", "help")
"""The keywords that an inbound text can have, whatever its spelling; see `schema`."""
_IN_SMALL_LETTERS = ("keyword", "status", "direction")
"""Columns whose words a person may write in any case."""


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return other if one is None else one if other is None else one & other


def names(given: Iterable[str] | str | None) -> frozenset[str] | None:
    """Read one name or several; None is all."""
    return None if given is None else frozenset([given] if isinstance(given, str) else given)
