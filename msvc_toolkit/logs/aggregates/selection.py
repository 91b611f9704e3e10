"""What is picked of a log: some senders, some services, a window of time; from its rows or, at once, from its cubes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.aggregates.queries import Frame, between
from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.logs.time_zones import on_grain, read_moment

_MOMENT_BITS = 34  # seconds since 1970 until the year 2514


@dataclass(frozen=True)
class Pick:
    """Senders, services and a window; None is all.

    Args:
        senders: Their numbers; an empty text is messages for which no sender was chosen yet.
        services: Their SIDs; an empty text is messages outside any.
        since: Begin, naive UTC; included.
        until: End, naive UTC; excluded.
    """

    senders: frozenset[str] | None = None
    services: frozenset[str] | None = None
    since: datetime | None = None
    until: datetime | None = None

    def within(self, other: Pick) -> Pick:
        """Pick from what has been picked already."""
        return replace(
            self,
            senders=_both(self.senders, other.senders),
            services=_both(self.services, other.services),
            since=max((one for one in (self.since, other.since) if one), default=None),
            until=min((one for one in (self.until, other.until) if one), default=None),
        )

    def of_rows(self, rows: Frame) -> Frame:
        """Keep the rows that are picked."""
        for name, wanted in (("number", self.senders), ("messaging_service_sid", self.services)):
            if wanted is not None:
                rows = rows.filter(nw.col(name).fill_null("").is_in(sorted(wanted)))
        return between(rows, self.since, self.until)

    def outside(self, cube: pd.DataFrame) -> pd.DataFrame:
        """Keep what was not picked of a cube by hour; an hour that the window cuts is left out.

        Returns:
            The rest of the cube, with a column ``earlier``: whether it lies before the window.
        """
        hours = cube["hour"].to_numpy()
        earlier, later, another = (np.zeros(len(cube), bool) for _ in range(3))
        if self.since is not None:
            earlier |= hours + np.timedelta64(1, "h") <= np.datetime64(self.since)
        if self.until is not None:
            later |= hours >= np.datetime64(self.until)
        for name, wanted in (("number", self.senders), ("messaging_service_sid", self.services)):
            if wanted is not None:
                another |= ~_is_one_of(cube[name], wanted)
        return cube.assign(earlier=earlier)[earlier | later | another]

    def on_grain(self, grain: str) -> bool:
        """Tell whether the window falls between parts of a cube, so that it can be picked from."""
        return on_grain(self.since, grain) and on_grain(self.until, grain)

    def of_cube(self, cube: pd.DataFrame, moment: str = "hour") -> pd.DataFrame:
        """Keep what is picked of a cube that is sorted by sender.

        Args:
            cube: With the columns number and, for services, messaging_service_sid.
            moment: The column that decides whether a row lies in the window.
        """
        if self.senders is not None:
            codes = cube["number"].cat.codes.to_numpy()
            wanted = np.sort(cube["number"].cat.categories.get_indexer(pd.Index(sorted(self.senders))))
            wanted = wanted[wanted >= 0]
            ends = zip(*(np.searchsorted(codes, wanted, side) for side in ("left", "right")), strict=True)
            slices = [np.arange(one, other) for one, other in ends]
            cube = cube.take(np.concatenate(slices) if slices else [])
        keep = np.ones(len(cube), bool)
        if self.services is not None:
            keep &= _is_one_of(cube["messaging_service_sid"], self.services)
        if self.since is not None:
            keep &= cube[moment].to_numpy() >= np.datetime64(self.since)
        if self.until is not None:
            keep &= cube[moment].to_numpy() < np.datetime64(self.until)
        return cube if keep.all() else cube[keep]


def read_values(name: str, wanted: Any) -> list[Any]:
    """Read the value or values that a column is to hold.

    Args:
        name: The column.
        wanted: A value, several in a list, or None for nothing.

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
        raise InvalidInput(
            [Problem(name, f"The column {name} holds whole numbers, not {value!r}. Give it as a number.")]
        )
    if not isinstance(value, str):
        raise InvalidInput([Problem(name, f"The column {name} holds texts, not {value!r}. Give it as a text.")])
    return value


def holds(name: str, several: list[Any]) -> nw.Expr:
    """Tell whether a column holds one of several values; None is nothing."""
    found = [one for one in several if one is not None]
    holds = nw.col(name).is_in(found) if found else nw.col(name).is_null()
    return holds | nw.col(name).is_null() if found and None in several else holds


def sort_cube(cube: pd.DataFrame) -> pd.DataFrame:
    """Sort a cube by sender, then hour, so that a sender is a slice of it, and its categories by their names."""
    for name in cube.select_dtypes("category"):
        cube[name] = cube[name].cat.reorder_categories(sorted(cube[name].cat.categories))
    order = cube["number"].cat.codes.to_numpy().astype("int64") << _MOMENT_BITS if "number" in cube.columns else None
    for name in ("hour", "date_created"):
        if name in cube.columns and order is not None:
            moments = cube[name].to_numpy().astype("M8[s]")
            order += np.where(np.isnat(moments), 0, moments.astype("int64"))
    return cube if order is None else cube.take(np.argsort(order, kind="stable")).reset_index(drop=True)


def _is_one_of(column: pd.Series, wanted: frozenset[str]) -> npt.NDArray[np.bool_]:
    """Tell which rows of a column of categories hold one of some texts; an empty row does not."""
    found = np.append(np.isin(column.cat.categories, sorted(wanted)), False)[column.cat.codes.to_numpy()]
    return np.asarray(found, bool)


def _both(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return other if one is None else one if other is None else one & other


def names(given: Iterable[str] | str | None) -> frozenset[str] | None:
    """Read one name or several; None is all."""
    return None if given is None else frozenset([given] if isinstance(given, str) else given)
