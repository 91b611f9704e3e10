"""A message log: its rows, on any engine, the sums behind its measures, and the current selection."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pandas as pd
import pyarrow as pa

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.aggregates.engine import Engine
from msvc_toolkit.logs.aggregates.queries import TIMES, times, timestamp
from msvc_toolkit.logs.aggregates.selection import Selection, names, read_values
from msvc_toolkit.logs.certificate import Certificate
from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.logs.storage.store import PRICED, SETTLED, Store
from msvc_toolkit.logs.time_zones import GRAINS, Moment, grain_of, read_moment, read_zone
from msvc_toolkit.private.arguments import also_called
from msvc_toolkit.rules import addresses
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.rules.statuses import FINAL


class _Plots:
    """Makes `log.plot` when it is asked for. It is not a property: Jupyter shows no names of what a property returns."""

    def __get__(self, log: Log | None, owner: type[Log]) -> Any:
        return import_module("msvc_toolkit.logs.charts").LogPlots(log) if log is not None else self


class Log:
    """A message log, for `measures`, charts and the explorer.

    Args:
        frame: Rows with the columns of `schema.SCHEMA`: a frame of pandas, PyArrow or Polars, a relation of DuckDB, a
            DataFrame of Spark, a table of ibis. Rows that are not in memory stay where they are and are queried there.
        certificate: How complete it is; made from the rows when not given.

    Raises:
        InvalidInput: It is not a frame, lacks an essential column, or a column has the wrong type.
    """

    plot = _Plots()
    """Its charts: `log.plot.outcomes(by="kind")` measures, draws and returns axes. See `charts.LogPlots`."""

    def __init__(self, frame: Any, certificate: Certificate | None = None) -> None:
        self.engine = Engine(frame, certificate)
        self._native = frame
        self._pick = Selection()

    def __len__(self) -> int:
        return int(self._counts["n"])

    def __repr__(self) -> str:
        return f"<Log of {self._words}>"

    def _repr_html_(self) -> str:
        return f"<p><b>Message log</b> of {html.escape(self._words)}</p>"

    @property
    def _words(self) -> str:
        """Say how many senders there are, and what the certificate says: messages, window, completeness."""
        senders, unknown = self._counts["senders"], sorted((self._pick.senders or frozenset()) - self._numbers)
        many = count(senders, "sender") if senders or not len(self) else "unknown senders"
        words = f"{many}. {self.certificate.sentence}"
        if not unknown:
            return words
        listed = ", ".join(map(addresses.mask, unknown[:_NAMED])) + (" and others" if len(unknown) > _NAMED else "")
        return f"{words} The whole log has no message of {listed}; list its senders with measures.outcomes(log)."

    @property
    def _numbers(self) -> frozenset[str]:
        """All senders of the whole log."""
        return frozenset(self.whole.add_up(["number"], {"n": "sum(n)"})["number"])

    @property
    def version(self) -> int:
        """Grows when a stored log was pulled again or changed in another way; the log then reads the new state."""
        return self.engine.version

    @property
    def frame(self) -> Any:
        """The rows as they were given, or the selected ones of them, on the same engine."""
        if self._pick == Selection() and not isinstance(self._native, Store):
            return self._native
        return self.engine.frame(self._pick)

    @property
    def pick(self) -> Selection:
        """The senders, the services and the window that were selected."""
        return self._pick

    @property
    def whole(self) -> Log:
        """The log that this is a selection of; itself when nothing was selected."""
        return self if self._pick == Selection() else self._with(Selection())

    def watched(self, tell: Callable[[int, int], None]) -> AbstractContextManager[None]:
        """Report how many messages have been read, and of how many, during questions in a with block; for screens."""
        return self.engine.watched(tell)

    def interrupt(self) -> None:
        """Stop the question that another thread is asking, which then raises an error; for screens."""
        self.engine.interrupt()

    def __dir__(self) -> list[str]:
        return [*_OFFERED]  # what measures and screens are made of would only be in the way of who types a dot

    @property
    def certificate(self) -> Certificate:
        """How complete the log is; for a selection, with the window and counts of the selection."""
        known = self.engine.certificate
        if known and self._pick == Selection():
            return known
        counts, span = self._counts, self.span
        edges = Selection(since=span[0], until=span[1] + GRAINS["hour"]) if span else Selection()
        if known:
            whole = (read_moment(one, "UTC", "window") for one in (known.since, known.until))
            edges = Selection(None, None, *whole).within(self._pick)
        lacking = ", ".join(self.engine.absent)
        notes = (f"the rows had no {lacking}; measures count such values as missing",) if lacking else ()
        return replace(
            known or Certificate("a data frame", notes=notes),
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
        return (counts["first"], counts["last"]) if counts["first"] else None

    @property
    def _counts(self) -> dict[str, Any]:
        sums, store = dict(_COUNTS), self.engine.store
        for name, age in (("not_final", SETTLED), ("unpriced", PRICED)):
            if edge := store.may_change_since(age) if store else None:  # as the certificate of all of it counts them
                sums[name] = sums[name].replace("FILTER (", f"FILTER (coalesce(hour >= {timestamp(edge)}, true) AND ")
        counts: dict[str, Any] = self.engine.measure(self._pick, {}, sums, grain="day").to_pylist()[0]
        return counts

    @property
    def as_of(self) -> datetime:
        """The time up to which the log is current, naive UTC: the end of its window, else the end of its last hour."""
        return self.engine.as_of

    def select(
        self,
        senders: Iterable[str] | str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
        services: Iterable[str] | str | None = None,
        *,
        zone: str = "UTC",
    ) -> Log:
        """Select a part of the log; answers of the whole log are reused.

        Args:
            senders: The account's numbers or sender IDs, also masked as screens show them; None for all.
            since: Start, included; see `time_zones.read_moment`.
            until: End, excluded.
            services: SIDs of Messaging Services; None for all.
            zone: The zone of `since` and `until` if they have none.

        Raises:
            InvalidInput: A time cannot be read, the window ends before it begins, or a masked number fits no sender
                of the log, or several.
        """
        picked = names(senders)
        if picked and (masked := [one for one in picked if "•" in one]):
            picked = (picked - {*masked}) | self._unmasked(masked)
        begin, end = read_moment(since, zone, "since"), read_moment(until, zone, "until")
        if begin and end and begin >= end:
            sentence = f"The window must end after it begins, but it goes from {since} to {until}. Change one of them."
            raise InvalidInput([Problem("until", sentence)])
        asked = Selection(picked, names(services), begin, end).within(self._pick)
        return self if asked == self._pick else self._with(asked)

    def _unmasked(self, masked: Iterable[str]) -> set[str]:
        """Find the senders that masked numbers stand for."""
        found = set[str]()
        for one in masked:
            same = [number for number in self._numbers if number and addresses.mask(number) == one.strip()]
            if len(same) != 1:
                sentence = (
                    f"{one} is a masked number, and it fits {count(len(same), 'sender')} of the log. "
                    "Give the whole number; measures.outcomes(log) lists them."
                )
                raise InvalidInput([Problem("senders", sentence)])
            found.update(same)
        return found

    def _with(self, pick: Selection) -> Log:
        part = copy(self)
        part.__dict__.update(_pick=pick)
        return part

    @also_called(masked="mask")
    def rows(self, limit: int = 1000, *, mask: bool = True, **where: Any) -> pd.DataFrame:
        """Return single messages, the newest first.

        Args:
            limit: How many at most.
            mask: Whether phone numbers are hidden.
            where: The value of a column, a list of values, or None for an empty value.

        Raises:
            InvalidInput: There is no such column, or it cannot hold such a value.
        """
        if wrong := [name for name in where if name not in SCHEMA.names]:
            sentence = f"A log has no column {', '.join(wrong)}. It has {', '.join(SCHEMA.names)}."
            raise InvalidInput([Problem("where", sentence)])
        wanted = {name: read_values(name, value) for name, value in where.items()}
        messages: pd.DataFrame = self.engine.rows(self._pick, wanted, limit).to_pandas()
        messages = messages.astype({one.name: object for one in SCHEMA if pa.types.is_string(one.type)})
        for name in ("number", "peer", "body") if mask else ():
            hide = addresses.mask_in if name == "body" else addresses.mask
            messages[name] = messages[name].map(hide, na_action="ignore")
        return messages

    def add_up(
        self,
        by: Sequence[str],
        sums: Mapping[str, str],
        where: str = "true",
        *,
        zone: str = "UTC",
        beyond: bool = False,
    ) -> pd.DataFrame:
        """Group its messages and add them up; the basis of all `measures`.

        Args:
            by: Keys of `queries.KEYS`, ``area_code`` and times (see `queries.times`); messages without a date are left out when grouping by time.
            sums: SQL over the columns of a table of sums (`queries.KEYS`, `queries.SUMS`, ``aged``), by names.
            where: SQL likewise; the condition on messages.
            zone: The zone of times.
            beyond: Use the messages that are not selected instead; ``earlier`` then says whether they lie before the window.

        Returns:
            A row for each group, in order; one row in total without keys.
        """
        keys, grain, where = self._grouped(by, where, zone)
        if "earlier" in keys:
            since = self._pick.since
            keys["earlier"] = f"coalesce(hour <= {timestamp(since - GRAINS['hour'])}, false)" if since else "false"
        answer = self.engine.measure(self._pick, keys, sums, where, grain=grain, beyond=beyond)
        return self._frame_of(answer, keys, zone)

    def waits(self, by: Sequence[str], wait: str, *, zone: str = "UTC") -> pd.DataFrame:
        """Count the messages of each group by how long they waited; see `queries.waits` and `add_up`."""
        keys, _, where = self._grouped(by, "true", zone, of_rows=True)
        timed = where != "true"
        return self._frame_of(self.engine.waits(self._pick, keys, wait, where, timed=timed), keys, zone)

    def _grouped(
        self, by: Sequence[str], where: str, zone: str, *, of_rows: bool = False
    ) -> tuple[dict[str, str], str, str]:
        """Write the SQL of keys and of what has these; name the grain they need."""
        read_zone(zone)
        timed = [key for key in by if key in TIMES]
        if not timed:
            return {key: key for key in by}, "day", where
        span = self.span if zone != "UTC" else None
        grain = grain_of(zone, *span) if span else "hour"
        if grain == "quarter" and "quarter" in self.engine.absent:
            sentence = "The offset of this time zone is not whole hours from UTC. The log lacks the column quarter, which such zones need. Choose another zone."
            raise InvalidInput([Problem("zone", sentence)])
        column = "quarter" if of_rows and grain == "quarter" else "hour"
        keys = times(by, zone, span, column)
        if zone == "UTC" and not {"hour", "hour_of_day"} & set(timed):
            grain = "day"
        return keys, grain, f"({where}) AND {column} IS NOT NULL"

    @staticmethod
    def _frame_of(answer: pa.Table, keys: Mapping[str, str], zone: str) -> pd.DataFrame:
        frame: pd.DataFrame = answer.to_pandas()
        if "hour" in keys:
            frame["hour"] = frame["hour"].dt.tz_localize("UTC").dt.tz_convert(read_zone(zone))
        return frame


_NAMED = 3
_OFFERED = ("as_of", "certificate", "frame", "pick", "plot", "rows", "select", "span", "version", "whole")

_COUNTS = {
    "n": "sum(n)",
    "not_final": f"sum(n) FILTER (status NOT IN {('', *sorted(FINAL))})",
    "unpriced": "sum(n - priced) FILTER (direction <> 'inbound' AND status NOT IN ('failed', 'canceled'))",
    "senders": "count(DISTINCT number) FILTER (number <> '')",
    "first": "min(first)",
    "last": "max(last)",
}
