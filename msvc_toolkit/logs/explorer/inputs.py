"""The inputs of the explorer."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from zoneinfo import available_timezones

import ipywidgets as widgets

from msvc_toolkit.logs.explorer import panels
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.time_zones import read_zone
from msvc_toolkit.widgets import fields

ALL, CUSTOM, DAYS = 0, -1, 30
"""All of the log, days that were typed, and the days that are shown first."""
_WINDOWS = [("7 days", 7), ("30 days", DAYS), ("90 days", 90), ("All", ALL), ("Custom", CUSTOM)]


def inputs(zone: str) -> list[fields.Field]:
    """Return the inputs in keyboard order."""
    zones = widgets.Combobox(options=sorted(available_timezones()), description="Time zone", continuous_update=False)
    zones.value = zone
    return [
        fields.field("window", widgets.ToggleButtons(options=_WINDOWS, value=ALL), "", int),
        fields.field("since", widgets.DatePicker(description="From"), "", lambda day: day),
        fields.field("until", widgets.DatePicker(description="To"), "", lambda day: day),
        fields.field("zone", zones, "", str.strip),
        fields.choice("split", "Split by", [(words, name) for name, words in panels.SPLITS.items()]),
        fields.choice("more", "Chart", [(words, name) for name, words in panels.MORE.items()]),
        fields.flag("full", "Show full numbers", value=False),
    ]


def last_days(log: Log, many: int, zone: str) -> tuple[date | None, date | None]:
    """Return the first and last of the last `days` of a log; none for the whole log, or if it has no window."""
    until = log.certificate.until
    if many == ALL or until is None:
        return None, None
    last = (until - timedelta(microseconds=1)).astimezone(read_zone(zone)).date()
    return last - timedelta(days=many - 1), last


def is_longer(log: Log, many: int) -> bool:
    """Whether a log's window is longer than so many days."""
    known = log.certificate
    return known.since is not None and known.until is not None and known.until - known.since > timedelta(days=many)


def complete(log: Log, zone: str) -> str:
    """Say up to when a log is complete, in a zone."""
    upto = log.certificate.complete_up_to
    if upto is None:
        return log.certificate.unknown
    return f"complete up to {upto.astimezone(read_zone(zone) if zone else UTC):%Y-%m-%d %H:%M} {zone}"
