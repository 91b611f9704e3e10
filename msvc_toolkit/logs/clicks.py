"""Clicks on short links: the JSON that CallbackUrl was called with, and the events of Event Streams.

Source: Link Shortening, click tracking; Event Streams, types link-clicked and link-shortened (read 2026-11-30).
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from json import JSONDecodeError
from pathlib import Path
from typing import Any

import pandas as pd

from msvc_toolkit.errors import InvalidInput, Problem

CLICKED, SHORTENED = (f"com.twilio.daptbt.link-shortening.link-{what}" for what in ("clicked", "shortened"))
COLUMNS = ("sid", "event", "at", "link")
Events = str | Path | Iterable[str | Path] | Iterable[Mapping[str, Any]] | pd.DataFrame
"""Files and folders, or what was in them."""


def read_clicks(events: Events) -> pd.DataFrame:
    """Read clicks on short links; lines of other kinds of events are left out.

    A click that comes twice, as Event Streams sends some, or in a callback and in an event, counts once.

    Args:
        events: Files of callbacks or events (one JSON object or list on each line, or one for the whole file; also packed with gzip), folders
            of such files, the objects themselves, or what this function returned.

    Returns:
        A row for each event in order of time: `sid` of the message, `event` (click, preview, shortened), `at` (naive UTC; null
        for shortened) and the long `link`.

    Raises:
        InvalidInput: A file is missing or cannot be read, or there is none of these events in the files.
    """
    if isinstance(events, pd.DataFrame):
        return events
    given: list[Any] = [events] if isinstance(events, str | Path) else list(events)
    objects = (one for item in given for one in (_of_path(Path(item)) if isinstance(item, str | Path) else [item]))
    rows = [[None if value is None else str(value) for value in row] for one in objects for row in _events(one)]
    if given and not rows:
        sentence = (
            "There is no click in it. Give the JSON that the domain's CallbackUrl was called with, or the events of Event "
            "Streams of type link-clicked, one on each line."
        )
        raise InvalidInput([Problem("events", sentence)])
    frame = pd.DataFrame(rows, columns=[*COLUMNS]).astype(object)
    try:
        at = pd.to_datetime(frame["at"], utc=True, format="ISO8601").dt.tz_localize(None).dt.floor("s")
    except ValueError as error:
        raise InvalidInput([Problem("events", "A click_time is not an ISO 8601 time.")]) from error
    frame = frame.assign(at=at.astype("datetime64[us]")).drop_duplicates()
    return frame.sort_values(["at", "sid"], ignore_index=True)


def _of_path(path: Path) -> Iterator[Any]:
    path = path.expanduser()
    files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    try:
        for file in files:
            packed = file.suffix.lower() == ".gz"
            with gzip.open(file, "rb") if packed else file.open("rb") as opened:
                yield from _documents(opened.read().decode("utf-8-sig", "replace"))
    except (OSError, EOFError, zlib.error) as error:
        why = f"{path} cannot be read ({type(error).__name__}). Name files of callbacks or events, plain or packed with gzip."
        raise InvalidInput([Problem("events", why)]) from error


def _documents(text: str) -> Iterator[Any]:
    """Read one JSON text, or one on each line; a line that is cut is left out."""
    try:
        yield json.loads(text)
    except JSONDecodeError:
        for line in text.splitlines():
            if line.lstrip()[:1] in ("{", "["):
                try:
                    yield json.loads(line)
                except JSONDecodeError:
                    continue


def _events(found: Any) -> Iterator[tuple[Any, ...]]:
    if isinstance(found, list):
        for one in found:
            yield from _events(one)
    if not isinstance(found, Mapping):
        return
    data = found.get("data")
    if found.get("type") in (CLICKED, SHORTENED) and isinstance(data, Mapping):
        event = "click" if found["type"] == CLICKED else "shortened"
        yield data.get("message_sid"), event, data.get("click_time"), data.get("link")
    elif found.get("event_type") in ("click", "preview") and "sms_sid" in found:
        yield found["sms_sid"], found["event_type"], found.get("click_time"), found.get("link")
