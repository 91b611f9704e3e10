"""What a log or a selection of it is about, in words: its senders, its services and its days."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from msvc_toolkit.logs.charts.labels import count, labels
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.time_zones import read_zone

_NAMED = 3
_LETTERS = 120


def scope(log: Log, names: Mapping[str, str] | None = None, *, most: int = _NAMED) -> str:
    """Name the senders and services that were selected, numbers masked.

    Args:
        log: The log, or a selection of it.
        names: Friendly names by SID or number.
        most: How many of either are named; the rest are counted.
    """
    pick = log.pick
    parts = []
    if pick.senders is not None:
        parts.append(_listed("number", pick.senders, "sender", names, most))
    if pick.services is not None:
        parts.append(_listed("messaging_service_sid", pick.services, "service", names, most))
    return " in ".join(parts) or "all senders"


def _listed(column: str, values: frozenset[str], noun: str, names: Mapping[str, str] | None, most: int) -> str:
    known = {value: names[value] for value in values if names and value in names}
    listed = labels(column, sorted(values), known if column == "messaging_service_sid" else None)
    rest = len(listed) - most
    if not listed:
        return f"no {noun}"
    if rest > 0:
        return f"{', '.join(listed[:most])} and {count(rest, f'more {noun}')}"
    return ", ".join(listed) if column == "number" else f"{noun}{'s' * (len(listed) > 1)} {', '.join(listed)}"


def days(log: Log, zone: str) -> str:
    """Name the first and last day of a log's window in a zone, with hours where they are not whole days."""
    certificate, there = log.certificate, read_zone(zone)
    if certificate.since is None or certificate.until is None:
        return "no window"
    since, until = certificate.since.astimezone(there), certificate.until.astimezone(there)
    if any((one.hour, one.minute, one.second) != (0, 0, 0) for one in (since, until)):
        return f"{since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M}"
    last = until - timedelta(days=1)
    return f"{since:%Y-%m-%d}" if last.date() == since.date() else f"{since:%Y-%m-%d} to {last:%Y-%m-%d}"


def file_name(*words: str) -> str:
    """Make a file name of words: letters, digits and hyphens, cut where it gets too long for some file system."""
    return re.sub(r"[^\w]+", "-", " ".join(words).replace("•••", "xxx")).strip("-")[:_LETTERS].rstrip("-")
