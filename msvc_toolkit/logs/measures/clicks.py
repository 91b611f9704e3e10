"""The measure of clicks on short links: how many people open them, and how soon."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from msvc_toolkit.logs.aggregates.queries import PLACE, SENT_OUT, TIMES
from msvc_toolkit.logs.clicks import Events, read_clicks
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures.rates import SMALL, By, ends, grouping, rated
from msvc_toolkit.logs.measures.timing import PERCENTILES, percentiles
from msvc_toolkit.logs.time_zones import Moment


def clicks(
    log: Log,
    events: Events,
    *,
    by: By = "number",
    zone: str = "UTC",
    since: Moment | None = None,
    until: Moment | None = None,
) -> pd.DataFrame:
    """How many messages had a short link that was opened, and how soon after they were sent.

    A log does not say which messages had a short link. If the events name them (type link-shortened), the rate is a share
    of those; otherwise of all messages that arrived, so select the services that shorten links. A message arrived when it was
    delivered, read or clicked. Answers are left out. Previews are made by devices, so they are counted apart.

    Args:
        log: The log.
        events: Files of click callbacks or of Event Streams, or what was in them; see `clicks.read_clicks`.
        by: Of number, kind, messaging_service_sid, country and the times (of when a message was created).
        zone: The zone of days and hours, and of a window without a zone.
        since: Begin, included; of messages, not of clicks.
        until: End, excluded.

    Returns:
        The groups; messages that `arrived` and of these `clicked`, the `rate` with `low` and `high`; `clicks` and `previews` of
        them in all; `PERCENTILES` of the seconds from sent to the first click, as `latency` has them, and the mark `small`.
        ``attrs["unmatched"]`` counts the events of messages that are not selected.
    """
    keys = grouping(by, (*PLACE, *TIMES))
    part, found = log.select(since=since, until=until, zone=zone), read_clicks(events)
    rows = _rows(part, found["sid"])
    of_event = {event: found[found["event"] == event]["sid"] for event in ("click", "preview", "shortened")}
    opened = rows[rows["sid"].isin(of_event["click"])]
    arrived = {"arrived": f"sum(n) FILTER ({ends('delivered')})"}
    whole = Log(rows) if len(of_event["shortened"]) else part  # every message that an event names had a link
    frame = whole.add_up(keys, arrived, SENT_OUT, zone=zone)
    more = _count(opened, keys, zone, {"clicked": "sum(n)", **arrived})
    frame = _beside(frame, more.rename(columns={"arrived": "seen"}), keys)
    for event in ("click", "preview"):
        each = rows.merge(of_event[event].rename("sid"))
        frame = _beside(frame, _count(each, keys, zone, {f"{event}s": "sum(n)"}), keys)
    counts = ["arrived", "clicked", "seen", "clicks", "previews"]
    frame[counts] = frame[counts].fillna(0).astype("int64")
    # One that was clicked has arrived, whatever its status.
    frame["arrived"] += frame["clicked"] - frame.pop("seen")
    frame = rated(frame[frame["arrived"] > 0], "clicked", "arrived").assign(small=frame["arrived"] < SMALL)
    frame = _beside(frame, _seconds(opened, found, keys, zone), keys)
    order = [*keys, "arrived", "clicked", "rate", "low", "high", "clicks", "previews", *PERCENTILES, "small"]
    frame = frame[order].reset_index(drop=True)
    frame.attrs["unmatched"] = int((~found["sid"].isin(rows["sid"])).sum())
    return frame


def _beside(frame: pd.DataFrame, more: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return frame.merge(more, "left", keys) if keys else frame.join(more)


def _rows(log: Log, sids: pd.Series) -> pd.DataFrame:
    """Return the messages with these SIDs."""
    wanted = [*sids.dropna().unique()]
    return log.rows(len(wanted), mask=False, sid=wanted or [""])


def _count(rows: pd.DataFrame, keys: Sequence[str], zone: str, sums: dict[str, str]) -> pd.DataFrame:
    return Log(rows).add_up(keys, sums, SENT_OUT, zone=zone)


def _seconds(opened: pd.DataFrame, found: pd.DataFrame, keys: list[str], zone: str) -> pd.DataFrame:
    """Return percentiles of the seconds from sent to the first click, by group."""
    first = found[found["event"] == "click"].groupby("sid")["at"].min()
    sent = opened["date_sent"].fillna(opened["date_created"])
    clicked = pd.to_datetime(opened["sid"].map(first.to_dict()))
    waited = (clicked - sent).dt.total_seconds().clip(lower=0)
    timed = opened.assign(sent_seconds=waited.round().astype("Int64"))
    timed = timed[timed["direction"] != "outbound-reply"]
    return percentiles(Log(timed).waits(keys, "sent_seconds", zone=zone), keys).drop(columns="n")
