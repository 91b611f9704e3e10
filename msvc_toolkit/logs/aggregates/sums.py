"""Sums: a small cube as bare arrays, from which senders are cut and groups added up in a fraction of a frame's time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Numbers = npt.NDArray[Any]
_WAYS: Mapping[str, np.ufunc] = {"first": np.minimum, "last": np.maximum}
"""How what is not added up comes together."""
_LATEST = np.iinfo(np.int64).max
_ROOM = 1_000_000
"""How many groups more than rows there may be to count by place."""


@dataclass(frozen=True)
class Sums:
    """Whole numbers by what they are told for.

    Args:
        levels: The values of each key, in order.
        codes: Each row's place among them.
        figures: The numbers of each row, and the moments ``first`` and ``last``.
    """

    levels: Mapping[str, pd.Index]
    codes: Mapping[str, Numbers]
    figures: Mapping[str, Numbers]

    def __len__(self) -> int:
        return len(next(iter(self.figures.values())))

    def of(self, senders: Iterable[str] | None) -> Sums:
        """Cut out senders; the rows have to be sorted by `number`. None is all."""
        if senders is None:
            return self
        wanted = sorted(self._places[one] for one in senders if one in self._places)
        ends = (np.searchsorted(self.codes["number"], wanted, side) for side in ("left", "right"))
        return self.take(np.concatenate([np.arange(0), *map(np.arange, *ends)]))

    @cached_property
    def _places(self) -> dict[str, int]:
        return {number: place for place, number in enumerate(self.levels["number"])}

    def take(self, rows: Numbers) -> Sums:
        """Take rows by their places."""
        codes, figures = ({name: one[rows] for name, one in part.items()} for part in (self.codes, self.figures))
        return Sums(self.levels, codes, figures)

    def by(self, keys: Sequence[str]) -> Sums:
        """Add up within each group, groups in their order; without keys, there is one group of all."""
        place, size = np.zeros(len(self), np.int64), 1
        for key in keys:
            place, size = place * len(self.levels[key]) + self.codes[key], size * len(self.levels[key])
            if size > _ROOM + len(self):
                place, there = pd.factorize(place, sort=True)
                size = len(there)
        groups = np.flatnonzero(np.bincount(place, minlength=size)) if keys else np.arange(1)
        member = np.empty(size, np.int64)
        member[place] = np.arange(len(place))
        rows, figures = (
            member[groups],
            {name: _together(name, one, place, size)[groups] for name, one in self.figures.items()},
        )
        return Sums({key: self.levels[key] for key in keys}, {key: self.codes[key][rows] for key in keys}, figures)

    def column(self, key: str) -> pd.Index:
        """Return what each row is told for."""
        return self.levels[key].take(self.codes[key])

    @property
    def columns(self) -> dict[str, Any]:
        """All of it as the columns of a frame."""
        return {**{key: self.column(key) for key in self.codes}, **self.figures}


def sums_of(frame: pd.DataFrame, keys: Iterable[str], values: Iterable[str]) -> Sums:
    """Read columns of a frame as sums, row by row."""
    read = {key: _read(frame[key]) for key in keys}
    levels, codes = ({key: one[part] for key, one in read.items()} for part in (0, 1))
    return Sums(levels, codes, {name: frame[name].to_numpy() for name in values})


def _read(column: pd.Series) -> tuple[Any, Any]:
    """Return the values of a column in their order, and each row's place among them."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.categories.astype(str), column.cat.codes.to_numpy().astype(np.int64)
    places, values = pd.factorize(column, sort=True)
    return pd.Index(values), places


def _together(name: str, column: Numbers, place: Numbers, size: int) -> Numbers:
    """Bring the numbers of each place together, exactly."""
    way, whole = _WAYS.get(name, np.add), column.astype(np.int64)
    told = np.zeros(size, np.int64)
    if name == "first":  # no date, the smallest whole number, is not the first of several
        whole = np.where(np.isnat(column), _LATEST, whole)
    if name in _WAYS:
        told[place] = whole
    way.at(told, place, whole)
    if name == "first":
        told[told == _LATEST] = np.datetime64("NaT").astype(np.int64)
    return told.view(column.dtype) if column.dtype.kind == "M" else told
