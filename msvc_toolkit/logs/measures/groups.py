"""Grouping a cube by what a person asks for: by sender, service or country, by day, week or hour of a zone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.aggregates.sums import Sums, sums_of
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.time_zones import Moment, grain_of, read_zone

COLUMNS = ("number", "kind", "messaging_service_sid", "direction", "status", "error_code", "country", "price_unit", "encoding")  # fmt: skip
"""Columns of the log to group by; nothing is an empty text or a 0 there."""
TIMES = ("hour", "day", "week", "month", "weekday", "hour_of_day")
"""What time can be grouped by: hours are aware; days, weeks (from Monday) and months their first midnight; weekdays 0 to
6 from Monday; all in the zone of the question."""

By = str | Sequence[str]


def grouping(by: By, allowed: Sequence[str] = (*COLUMNS, *TIMES)) -> list[str]:
    """Read what to group by.

    Raises:
        InvalidInput: One of it is nothing that can be grouped by here.
    """
    keys = [by] if isinstance(by, str) else list(by)
    if wrong := [key for key in keys if key not in allowed]:
        told = f"Nothing can be grouped by {', '.join(wrong)} here. Choose from {', '.join(allowed)}."
        raise InvalidInput([Problem("by", told)])
    return keys


def split(
    log: Log, by: By, zone: str = "UTC", since: Moment | None = None, until: Moment | None = None
) -> tuple[pd.DataFrame, list[str]]:
    """Take from a log's cube what lies in a window, with a column for each thing to group by.

    Args:
        log: The log.
        by: Of `COLUMNS` and `TIMES`.
        zone: The zone of days, weeks and hours, and of a window that names none.
        since: Begin, included.
        until: End, excluded.
    """
    keys = grouping(by)
    part = log.select(since=since, until=until, zone=zone)
    cube = part.traffic(grain_for(part, keys, zone))
    return in_zone(cube, keys, zone), keys


def narrow(
    log: Log, name: str, keys: Sequence[str], zone: str, make: Callable[[pd.DataFrame, list[str]], Sums]
) -> Sums:
    """Make less of a log's cube, and keep it: a click on another sender then has little to add up.

    Args:
        log: The log.
        name: What is made.
        keys: What it will be grouped by.
        zone: The zone of its times.
        make: Adds a cube that `in_zone` has seen up by these keys, the first of which is `number`.
    """
    per = list(dict.fromkeys(("number", *keys)))
    told = f"{name} by {' '.join(per)} in {zone}"
    return log.narrowed(told, grain_for(log, keys, zone), lambda cube: make(in_zone(cube, keys, zone), per))


def grain_for(log: Log, keys: Sequence[str], zone: str) -> str:
    """Name the grain a cube needs so that these times of that zone can be told from it."""
    read_zone(zone)
    if zone == "UTC" or not set(keys) & set(TIMES) or not log.span:
        return "hour"
    return grain_of(zone, *log.span)


def in_zone(cube: pd.DataFrame, keys: Sequence[str], zone: str) -> pd.DataFrame:
    """Give a cube the times of a zone that it is to be grouped by; its own hours are in the column ``utc``.

    Messages without a date are in no time, so that they count only where nothing is grouped by time. An hour that the zone has twice, as its clocks go back, is two hours and one hour of day; the one it skips is none.
    """
    times = [key for key in keys if key in TIMES]
    if times and (undated := cube["hour"].isna()).any():
        cube = cube[~undated]
    cube = cube.assign(utc=cube["hour"].to_numpy().astype("M8[h]").astype("M8[us]"))
    if not times:
        return cube
    codes, moments = pd.factorize(cube["hour"])
    local = pd.DatetimeIndex(moments).tz_localize("UTC").tz_convert(read_zone(zone))
    wall = local.tz_localize(None)
    days = wall.normalize()
    told: dict[str, Callable[[], Any]] = {
        "hour": lambda: local.floor("h") if zone == "UTC" else _hours(local),
        "day": lambda: days,
        "week": lambda: days - pd.to_timedelta(days.day_of_week, unit="D"),
        "month": lambda: days - pd.to_timedelta(days.day - 1, unit="D"),
        "weekday": lambda: wall.day_of_week,
        "hour_of_day": lambda: wall.hour,
    }
    return cube.assign(**{key: pd.Index(told[key]()).take(codes) for key in times})


def _hours(local: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Cut aware moments to the hour of the wall clock; `floor` would do it by UTC's or stumble where hours occur twice."""
    return local - pd.to_timedelta(local.minute, unit="min")


def add_up(frame: pd.DataFrame, keys: Sequence[str], sums: Sequence[str]) -> pd.DataFrame:
    """Add up columns of whole numbers within each group, groups in their order; without keys, there is one group of all."""
    return pd.DataFrame(sums_of(frame, keys, sums).by(keys).columns)


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn categories into the texts they are."""
    return frame.astype(dict.fromkeys(frame.select_dtypes("category"), str))


def divide(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Divide; nothing of nothing is no number."""
    return part / whole.where(whole != 0)
