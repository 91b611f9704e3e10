"""A message log in hand: its rows wherever they are, the cubes that measures are made of, and what was picked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, TypeVar, cast

import pandas as pd

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.aggregates import queries
from msvc_toolkit.logs.aggregates.cache import Tell
from msvc_toolkit.logs.aggregates.catalog import CRESTS, ODDITIES, TRAFFIC, WAITS, Cube, Cubes
from msvc_toolkit.logs.aggregates.counts import counts
from msvc_toolkit.logs.aggregates.engines import Question, to_pandas
from msvc_toolkit.logs.aggregates.queries import Frame
from msvc_toolkit.logs.aggregates.selection import Pick, holds, names, read_values
from msvc_toolkit.logs.aggregates.sums import Sums
from msvc_toolkit.logs.certificate import Certificate
from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.logs.storage.store import Store
from msvc_toolkit.logs.time_zones import GRAINS, Moment, read_moment
from msvc_toolkit.private.arguments import also_called
from msvc_toolkit.rules import addresses

Answer = TypeVar("Answer")


class Log:
    """A message log that can be asked: `measures` take it, and so does the explorer.

    Args:
        frame: Rows with the columns of `table.SCHEMA`: a frame of pandas, PyArrow or Polars, a relation of DuckDB, a
            DataFrame of Spark, a table of ibis. What is not in memory stays where it is and is asked there.
        certificate: How complete it is; one is made of the rows when there is none.

    Raises:
        InvalidInput: It is no frame, lacks what is essential, or a column holds something else than it should.
    """

    def __init__(self, frame: Any, certificate: Certificate | None = None) -> None:
        self._cubes = Cubes(frame)
        self._given = certificate
        self._native = frame
        self._pick = Pick()
        self._kept: tuple[int, dict[str, Any]] = (0, {})

    @property
    def version(self) -> int:
        """Grows when a kept log is found to have been pulled again, or changed in another way; it is then read as it is now."""
        return self._cubes.version

    @property
    def frame(self) -> Any:
        """The rows as they were handed in, or, of a selection, those that were picked, on the same engine."""
        if self._pick == Pick() and not isinstance(self._native, Store):
            return self._native
        if isinstance(self._native, Store):
            self._cubes.of_rows(lambda rows: rows.head(0))  # its files may have been replaced
        return self._pick.of_rows(self._cubes.rows.frame).to_native()

    @property
    def pick(self) -> Pick:
        """The senders, the services and the window that were selected."""
        return self._pick

    @property
    def whole(self) -> Log:
        """The log that this is a selection of; itself when nothing was selected."""
        return self if self._pick == Pick() else self._with(Pick())

    @property
    def plot(self) -> Any:
        """Its charts, see `charts.accessor.LogPlots`: `log.plot.outcomes(by="kind")` measures, draws and returns axes."""
        return import_module("msvc_toolkit.logs.charts.accessor").LogPlots(self)  # charts are built on logs

    def watched(self, tell: Tell) -> AbstractContextManager[None]:
        """See `cubes.Cubes.watched`."""
        return self._cubes.watched(tell)

    def interrupt(self) -> None:
        """See `cubes.Cubes.interrupt`."""
        self._cubes.interrupt()

    @property
    def cube(self) -> pd.DataFrame:
        """The cube by hour: one row for each combination of `queries.KEYS`, with `queries.SUMS`; do not write into it."""
        return self.traffic("hour")

    @property
    def certificate(self) -> Certificate:
        """How complete the log is; a selection has the window and the counts of what was picked."""
        told = self._whole
        if told and self._pick == Pick():
            return told
        return self._once("certificate", self._certificate)

    @property
    def _whole(self) -> Certificate | None:
        return self._given or (self._native.certificate if isinstance(self._native, Store) else None)

    @property
    def _window(self) -> Pick:
        told = self._whole
        edges = (told.since, told.until) if told else (None, None)
        return Pick(None, None, *(read_moment(one, "UTC", "window") for one in edges))

    def _certificate(self) -> Certificate:
        told, counts, span = self._whole, self._counts, self.span
        hours = Pick(since=span[0], until=span[1] + GRAINS["hour"]) if span else Pick()
        edges = self._window.within(self._pick) if told else hours
        return replace(
            told or Certificate("a frame in hand", notes=self._absent()),
            since=edges.since and edges.since.replace(tzinfo=UTC),
            until=edges.until and edges.until.replace(tzinfo=UTC),
            rows=int(counts["n"]),
            not_final=int(counts["not_final"]),
            unpriced=int(counts["unpriced"]),
        )

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """Its first and its last hour, naive UTC; None when it has no messages with a date."""
        counts = self._counts
        return (counts["first"].item(), counts["last"].item()) if counts["n"] and counts["first"].item() else None

    @property
    def _counts(self) -> dict[str, Any]:
        figures = self._once("counts", lambda: self.narrowed("counts", "hour", counts).by(()).figures)
        return {name: one[0] for name, one in figures.items()}

    @property
    def as_of(self) -> datetime:
        """Up to when the log knows what happened, naive UTC: the end of its window, else its last hour's end."""
        if until := self._window.until:
            return until
        hours = self._cubes.take(TRAFFIC["hour"], Pick())["hour"]
        return (hours.max() + GRAINS["hour"]).to_pydatetime() if hours.notna().any() else datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC

    def select(
        self,
        senders: Iterable[str] | str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        services: Iterable[str] | str | None = None,
        *,
        zone: str = "UTC",
    ) -> Log:
        """Pick from the log; what has been asked of the whole is not asked again.

        Args:
            senders: Numbers or sender IDs of ours; None for all.
            since: Begin, included; see `moments.read_moment`.
            until: End, excluded.
            services: SIDs of Messaging Services; None for all.
            zone: The zone of `since` and `until` when they name none.

        Raises:
            InvalidInput: A moment cannot be read, or the window ends before it begins.
        """
        begin, end = read_moment(since, zone, "since"), read_moment(until, zone, "until")
        if begin and end and begin >= end:
            told = f"The window ends ({until}) no later than it begins ({since}). Swap or widen them."
            raise InvalidInput([Problem("until", told)])
        asked = Pick(names(senders), names(services), begin, end).within(self._pick)
        return self if asked == self._pick else self._with(asked)

    def _with(self, pick: Pick) -> Log:
        part = copy(self)
        part.__dict__.update(_pick=pick, _kept=(0, {}))
        return part

    @also_called(masked="mask")
    def rows(self, limit: int = 1000, *, mask: bool = True, **where: Any) -> pd.DataFrame:
        """Return single messages, the newest first.

        Args:
            limit: How many at most.
            mask: Whether phone numbers are hidden.
            where: What a column has to hold: a value, several in a list, or None for nothing.

        Raises:
            InvalidInput: There is no such column, or it cannot hold such a value.
        """
        if wrong := [name for name in where if name not in SCHEMA.names]:
            told = f"A log has no column {', '.join(wrong)}. It has {', '.join(SCHEMA.names)}."
            raise InvalidInput([Problem("where", told)])
        filters = [holds(name, read_values(name, wanted)) for name, wanted in where.items()]

        def found(frame: Frame) -> Frame:
            for one in filters:
                frame = frame.filter(one)
            return (
                self._pick.of_rows(frame)
                .select(*SCHEMA.names)
                .sort("date_created", "sid", descending=True, nulls_last=True)
                .head(limit)
            )

        messages = to_pandas(self._cubes.of_rows(found))
        for name in messages.select_dtypes("category"):
            messages[name] = messages[name].astype(object)
        for name in ("number", "peer", "body") if mask else ():
            hide = addresses.mask_in if name == "body" else addresses.mask
            messages[name] = messages[name].map(hide, na_action="ignore")
        return messages

    def traffic(self, grain: str) -> pd.DataFrame:
        """The cube by ``hour`` or ``quarter`` (then the quarter stands in ``hour``), sorted by sender and hour."""
        self._check(grain)
        return self._take(TRAFFIC[grain])

    def narrowed(self, name: str, grain: str, make: Callable[[pd.DataFrame], Sums]) -> Sums:
        """What is made of the cube; of a log of which only senders were picked, it is made once and they are cut out.

        Args:
            name: What it is kept under.
            grain: Of the cube.
            make: Adds a cube up, by `number` first; what it tells of a sender hangs on its rows alone.
        """
        self._check(grain)
        if self._pick != Pick(senders=self._pick.senders):
            return make(self.traffic(grain))
        whole = self._cubes.ask(f"{name} {grain}", lambda: make(self._cubes.take(TRAFFIC[grain], Pick())))
        return whole.of(self._pick.senders)

    def waits(self, wait: str, grain: str) -> pd.DataFrame:
        """The histogram of ``sent_seconds`` or ``final_seconds`` by ``day``, ``hour`` or ``quarter``, or finer."""
        if grain == "day" and not self._pick.on_grain(grain):
            grain = "hour"
        return self._take(WAITS[wait, grain])

    @property
    def crests(self) -> pd.DataFrame:
        """See `queries.crests`."""
        return self._take(CRESTS)

    @property
    def campaign_crests(self) -> pd.DataFrame:
        """See `queries.campaign_crests`."""
        return self._picked("campaign-crests", queries.campaign_crests)

    @property
    def choices(self) -> pd.DataFrame:
        """See `queries.choices`."""
        return self._picked("choices", queries.choices)

    @property
    def destinations(self) -> pd.DataFrame:
        """See `queries.destinations`; for a few senders, as it is large for many."""
        return self._picked("destinations", queries.destinations)

    def oddities(self, grain: str) -> pd.DataFrame:
        """See `queries.oddities`; by ``hour`` or ``quarter``."""
        return self._take(ODDITIES[grain])

    @property
    def pairs(self) -> pd.DataFrame:
        """See `queries.pairs`."""
        return self._picked("pairs", queries.pairs)

    @property
    def keywords(self) -> pd.DataFrame:
        """See `queries.keywords`; of the whole log, as who left before a window is still away in it."""
        return self._cubes.answer("keywords", queries.keywords)

    @property
    def to_leavers(self) -> pd.DataFrame:
        """See `queries.to_leavers`; who left is known from the whole log."""
        whole = self._cubes.answer("to-leavers", queries.to_leavers)
        return self._pick.of_cube(whole, moment="date_created")

    def _take(self, wanted: Cube) -> pd.DataFrame:
        return self._once(wanted.name, lambda: self._cubes.take(wanted, self._pick))

    def _picked(self, name: str, question: Question) -> pd.DataFrame:
        if self._pick == Pick():
            return self._cubes.answer(name, question)
        return self._once(name, lambda: self._cubes.picked(question, self._pick))

    def _once(self, name: str, ask: Callable[[], Answer]) -> Answer:
        """Return what is kept of this selection under a name; it is asked again once the log was read again."""
        version, kept = self._kept
        if version == self.version and name in kept:
            return cast("Answer", kept[name])
        answer = ask()
        version, kept = self._kept
        self._kept = (self.version, {**(kept if version == self.version else {}), name: answer})
        return answer

    def _check(self, grain: str) -> None:
        if grain == "quarter" and "quarter" in self._cubes.rows.absent:
            told = "The log has no column quarter, and this zone is off the hour. Choose one of whole hours."
            raise InvalidInput([Problem("zone", told)])

    def _absent(self) -> tuple[str, ...]:
        lacking = self._cubes.rows.absent
        return (f"the rows had no {', '.join(lacking)}, so nothing can be told of that",) if lacking else ()
