"""The cubes of one log, each asked once: of its rows, or day by day beside a kept log, where only changed days are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from functools import partial
from threading import RLock
from typing import Any, TypeVar

import duckdb
import pandas as pd
import pyarrow as pa

from msvc_toolkit.logs.aggregates import queries
from msvc_toolkit.logs.aggregates.cache import Tell, add_up, keep_answer, keep_by_day
from msvc_toolkit.logs.aggregates.engines import Question, Rows, connect, read_rows, to_pandas
from msvc_toolkit.logs.aggregates.selection import Pick, sort_cube
from msvc_toolkit.logs.storage.store import Store

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


TRAFFIC = {
    grain: Cube(f"traffic-{grain}", partial(queries.traffic, grain=grain), grain) for grain in ("hour", "quarter")
}
WAITS = {
    (wait, grain): Cube(f"{wait}-{grain}", partial(queries.waits, wait=wait, grain=grain), grain)
    for wait in ("sent_seconds", "final_seconds")
    for grain in ("day", "hour", "quarter")
}
CRESTS = Cube("crests", queries.crests, "hour", by_service=False)
ODDITIES = {
    grain: Cube(f"oddities-{grain}", partial(queries.oddities, grain=grain), grain) for grain in ("hour", "quarter")
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
        store.steadily(partial(_add_up, store, one, tell))


def _add_up(store: Store, wanted: Cube, tell: Tell) -> None:
    add_up(copy(store), wanted.name, wanted.question, tell, WORTH_IT)


class Cubes:
    """The answers of one log, asked when first needed. A kept log is opened again when its files have been replaced.

    Args:
        frame: The log's rows, or the kept log they lie in.

    Attributes:
        store: The kept log; None for a frame in hand.

    Raises:
        InvalidInput: See `rows.read_rows`.
    """

    def __init__(self, frame: Any) -> None:
        self.store = frame if isinstance(frame, Store) else None
        self._watchers: list[Tell] = []
        self._one_asks = RLock()
        self._kept: dict[str, Any] = {}
        self._opened: tuple[int, Rows] = (0, read_rows(frame)) if self.store is None else self._open(self.store)

    @property
    def version(self) -> int:
        """Grows whenever a kept log's files have been replaced, so that answers of before are out of date."""
        return self.store.version if self.store else 0

    @property
    def rows(self) -> Rows:
        """The log's rows."""
        with self._one_asks:
            if self.store and self._opened[0] != self.store.version:
                self._opened = self._open(self.store)
                self._kept.clear()
            return self._opened[1]

    @staticmethod
    def _open(store: Store) -> tuple[int, Rows]:
        def once() -> tuple[int, Rows]:
            connection = connect()
            return store.version, read_rows(store.relation(connection), keeper=connection)

        return store.steadily(once)

    def of_rows(self, question: Question) -> pa.Table:
        """Put a question to the rows as they are."""
        return self._steadily(lambda: self.rows.ask(question))

    def _steadily(self, ask: Callable[[], pa.Table]) -> pa.Table:
        return self.store.steadily(ask) if self.store else ask()

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
        keeper = self._opened[1].keeper
        if isinstance(keeper, duckdb.DuckDBPyConnection):
            keeper.interrupt()

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
        store = self.store
        if store is None:
            return self.picked(question, Pick())
        answer = store.steadily(lambda: keep_answer(copy(store), name, lambda: self.rows.ask(question)))
        return sort_cube(to_pandas(answer))

    def picked(self, question: Question, pick: Pick) -> pd.DataFrame:
        """Put a question to the rows that are picked."""
        return sort_cube(to_pandas(self.of_rows(lambda rows: question(pick.of_rows(rows)))))

    def ask(self, name: str, asked: Callable[[], Answer]) -> Answer:
        """Return what is kept under a name, asked once even when several threads want it."""
        with self._one_asks:
            _ = self.rows  # forgets what is out of date
            if name not in self._kept:
                answer = asked()
                _ = self.rows
                self._kept[name] = answer
            found: Answer = self._kept[name]
            return found

    def _whole(self, wanted: Cube) -> pd.DataFrame:
        store = self.store
        if store is None:
            return self.picked(wanted.question, Pick())
        answer = store.steadily(lambda: keep_by_day(copy(store), wanted.name, wanted.question, self._tell))
        return sort_cube(to_pandas(answer))

    def _tell(self, done: int, of: int) -> None:
        for tell in self._watchers:
            tell(done, of)
