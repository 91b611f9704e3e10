"""Who has opted out, by service, and by sender outside any service."""

from __future__ import annotations

import pandas as pd

from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.log import Log
from msvc_toolkit.rules import addresses
from msvc_toolkit.rules.opt_outs import REFUSED, opted_out

COLUMNS = ["messaging_service_sid", "number", "peer", "since", "source"]
_SCOPE = ["messaging_service_sid", "number", "person"]
_ALL = 2_000_000_000


def opt_outs(source: Log | Connection, *, mask: bool = True) -> pd.DataFrame:
    """List who has opted out, by service, or by sender outside any service.

    In a log it is derived from STOP and START, from messages refused with 21610 and from messages that were not refused.
    People who opted out before the log begins and got no message since are missing. A sandbox knows all of them.

    Args:
        source: A log, or a sandbox; Twilio has no list of opt-outs that could be read from a live account.
        mask: Whether phone numbers are hidden.

    Returns:
        A row for each person and service or sender: `messaging_service_sid` or `number`, whichever it applies to (the other
        is empty), `peer`, `since` when at the latest (UTC; null where it is not known) and the `source`: keyword, 21610, or in a
        sandbox network (STOP to a toll-free number) and what the consent record says.

    Raises:
        InvalidInput: It is a live account.
    """
    frame = _of_log(source) if isinstance(source, Log) else _of_sandbox(source)
    frame = frame.sort_values(COLUMNS[:3], ignore_index=True)
    for name in ("number", "peer") if mask else ():
        frame[name] = frame[name].map(addresses.mask)
    return frame


def _of_sandbox(conn: Connection) -> pd.DataFrame:
    if conn.sandbox is None:
        sentence = "Twilio has no list of opt-outs. Pull the account's log with pull_logs and give that."
        raise InvalidInput([Problem("source", sentence)])
    frame = pd.DataFrame(conn.sandbox.opt_outs(), columns=COLUMNS)
    texts = frame[["messaging_service_sid", "number", "source"]].fillna("")
    return frame.assign(**texts, since=pd.to_datetime(frame["since"], utc=True))


def _of_log(log: Log) -> pd.DataFrame:
    said = log.rows(_ALL, mask=False, direction="inbound", keyword=["stop", "start"])
    refused = log.rows(_ALL, mask=False, error_code=REFUSED)
    people = pd.concat([said["peer"], refused["peer"]]).dropna().unique()
    went = log.rows(_ALL, mask=False, direction="outbound-api", peer=[*people]) if len(people) else refused
    rows = pd.concat([said, refused, went]).drop_duplicates("sid").reset_index(drop=True)
    told = zip(
        rows["direction"], rows["status"], rows["error_code"], rows["keyword"].fillna("").str.upper(), strict=True
    )
    rows["out"] = [opted_out(way, status, code, word) for way, status, code, word in told]
    rows = rows[rows["out"].notna() & rows["peer"].notna()]
    service = rows["messaging_service_sid"].fillna("")
    rows = rows.assign(
        messaging_service_sid=service,
        number=rows["number"].fillna("").where(service == "", ""),
        person=rows["peer"].str.removeprefix("rcs:"),  # SMS, MMS and RCS of one number are one person
        since=rows["date_created"].dt.tz_localize("UTC"),
        out=rows["out"].astype(bool),
        source=rows["keyword"].map({"stop": "keyword"}).fillna(str(REFUSED)),
    )
    # Of one second, a message was sent before STOP was said, and START comes before STOP.
    rows = rows.sort_values(["since", "out", "source"], kind="stable")
    last_in = rows["since"].where(~rows["out"]).groupby([rows[name] for name in _SCOPE]).transform("max")
    left = rows[rows["out"] & ~(rows["since"] < last_in)]
    first = left.drop_duplicates(_SCOPE)
    return first.assign(peer=first["person"])[COLUMNS]
