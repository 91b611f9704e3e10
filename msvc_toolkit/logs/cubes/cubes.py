"""The cubes of one log, each asked once: of its rows, or day by day beside a kept log, where only changed days are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import RLock
from typing import Any, TypeVar

import duckdb
import pandas as pd

from msvc_toolkit.logs.cubes import cube
from msvc_toolkit.logs.cubes.pick import Pick, sort_cube
from msvc_toolkit.logs.cubes.rows import Question, Rows, connect, read_rows, to_pandas
from msvc_toolkit.logs.cubes.shelf import Tell, add_up, keep_answer, keep_by_day
from msvc_toolkit.logs.kept.store import Store

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Cube:
    """One question whose answers add up.

    Args:
        name: What it is kept under.
        question: The question.
        grain: What its column ``hour`` holds.
        by_service: Whether it tells services apart.
    """

    name: str
    question: Question
    grain: str
    by_service: bool = True


TRAFFIC = {grain: Cube(f"traffic-{grain}", partial(cube.traffic, grain=grain), grain) for grain in ("hour", "quarter")}
WAITS = {
    (wait, grain): Cube(f"{wait}-{grain}", partial(cube.waits, wait=wait, grain=grain), grain)
    for wait in ("sent_seconds", "final_seconds")
    for grain in ("day", "hour", "quarter")
}
CRESTS = Cube("crests", cube.crests, "hour", by_service=False)
ODDITIES = {
    grain: Cube(f"oddities-{grain}", partial(cube.oddities, grain=grain), grain) for grain in ("hour", "quarter")
}

ASKED_MOST = (TRAFFIC["hour"], WAITS["sent_seconds", "day"], WAITS["final_seconds", "day"], CRESTS, ODDITIES["hour"])
"""Cubes that nearly every analysis needs."""
WORTH_IT = 1_000_000
"""Fewer messages than this are added up when they are asked for; it takes a moment."""


def add_up_days(store: Store, tell: Tell) -> None:
    """Add up those days of a kept log that are new or have changed, so that what is asked of many messages is at hand.

    Args:
        store: The log.
        tell: Is told how far it is; see `Cubes.watched`.
    """
    for one in ASKED_MOST:
        add_up(store, one.name, one.question, tell, WORTH_IT)


@dataclass(frozen=True)
class Cubes:
    """The answers of one log, asked when first needed.

    Args:
        rows: The log's rows.
        store: The kept log they lie in; None for a frame in hand.
    """

    rows: Rows
    store: Store | None = None
    _kept: dict[str, Any] = field(default_factory=dict, repr=False)
    _one_asks: RLock = field(default_factory=RLock, repr=False)
    _watchers: list[Tell] = field(default_factory=list, repr=False)

    @contextmanager
    def watched(self, tell: Tell) -> Iterator[None]:
        """Tell how far a long question is: how many messages are done, of how many.

        Args:
            tell: May raise to stop it; what is done of a kept log stays done.
        """
        self._watchers.append(tell)
        try:
            yield
        finally:
            self._watchers.remove(tell)

    def interrupt(self) -> None:
        """Ask the engine to give up, where it can: DuckDB does, between two steps of its own."""
        if isinstance(self.rows.keeper, duckdb.DuckDBPyConnection):
            self.rows.keeper.interrupt()

    def take(self, wanted: Cube, pick: Pick) -> pd.DataFrame:
        """Return what is picked of a cube: from the whole where that can be, else asked of the rows anew."""
        if pick == Pick():
            return self.ask(wanted.name, partial(self._whole, wanted))
        if pick.on_grain(wanted.grain) and (wanted.by_service or pick.services is None):
            return pick.of_cube(self.take(wanted, Pick()))
        return self.picked(wanted.question, pick)

    def answer(self, name: str, question: Question) -> pd.DataFrame:
        """Put a question to all rows; a kept log's answer is kept beside it until a day changes."""
        return self.ask(name, partial(self._answer, name, question))

    def _answer(self, name: str, question: Question) -> pd.DataFrame:
        if self.store is None:
            return self.picked(question, Pick())
        return sort_cube(to_pandas(keep_answer(self.store, name, lambda: self.rows.ask(question))))

    def picked(self, question: Question, pick: Pick) -> pd.DataFrame:
        """Put a question to the rows that are picked."""
        return sort_cube(to_pandas(self.rows.ask(lambda rows: question(pick.of_rows(rows)))))

    def ask(self, name: str, asked: Callable[[], Answer]) -> Answer:
        """Return what is kept under a name, asked once even when several threads want it."""
        with self._one_asks:
            if name not in self._kept:
                self._kept[name] = asked()
            found: Answer = self._kept[name]
            return found

    def _whole(self, wanted: Cube) -> pd.DataFrame:
        if self.store is None:
            return self.picked(wanted.question, Pick())
        return sort_cube(to_pandas(keep_by_day(self.store, wanted.name, wanted.question, self._tell)))

    def _tell(self, done: int, of: int) -> None:
        for tell in self._watchers:
            tell(done, of)


def open_cubes(frame: Any) -> Cubes:
    """Take a frame or a kept log.

    Raises:
        InvalidInput: See `rows.read_rows`.
    """
    if not isinstance(frame, Store):
        return Cubes(read_rows(frame))
    connection = connect()
    return Cubes(read_rows(frame.relation(connection), keeper=connection), frame)
