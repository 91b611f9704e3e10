"""Who opted out, of a log: as a walk through its messages finds it."""

import os
import random
from datetime import datetime, timedelta

import pyarrow as pa

import msvc_toolkit as msvc
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.schema import SCHEMA

LOGS = int(os.environ.get("MSVC_EXAMPLES", "2"))
HAPPENS = (  # direction, status, error code, keyword
    ("inbound", "received", None, "stop"),
    ("inbound", "received", None, "start"),
    ("inbound", "received", None, "help"),
    ("inbound", "received", None, None),
    ("outbound-api", "failed", 21610, None),
    ("outbound-api", "failed", 30001, None),
    ("outbound-api", "delivered", None, None),
    ("outbound-api", "undelivered", 30003, None),
    ("outbound-reply", "delivered", None, None),
)


def made_up(seed, n=300):
    """Rows of a log: few people and senders, so that the same ones meet often."""
    draw = random.Random(seed)  # noqa: S311 - made-up rows
    rows = []
    for place, second in enumerate(sorted(draw.sample(range(86_400), n))):
        direction, status, code, keyword = draw.choice(HAPPENS)
        created = datetime(2026, 3, 7) + timedelta(seconds=second)  # noqa: DTZ001 - naive UTC, as logs are
        row = {
            "sid": f"SM{place:032x}",
            "date_created": created,
            "hour": created.replace(minute=0, second=0),
            "direction": direction,
            "status": status,
            "error_code": code,
            "keyword": keyword,
            "messaging_service_sid": draw.choice(["MGa", "MGb", None]),
            "number": draw.choice(["+14155550100", "+12125550100", None]),
            "peer": draw.choice(["", "", "rcs:"]) + draw.choice([f"+1628555{end:04d}" for end in range(100, 112)]),
            "num_segments": 1,
        }
        rows.append(row)
    return rows


def walked(rows):
    """Who is opted out at the end, since when and by what, message after message."""
    out = {}
    for row in rows:
        service = row["messaging_service_sid"] or ""
        scope = (service, "" if service else row["number"] or "", row["peer"].removeprefix("rcs:"))
        went = row["direction"] == "outbound-api" and row["status"] in ("delivered", "undelivered")
        if row["keyword"] == "stop" or row["error_code"] == 21610:
            out.setdefault(scope, (row["date_created"], "keyword" if row["keyword"] else "21610"))
        elif row["keyword"] == "start" or went:
            out.pop(scope, None)
    return out


def test_opt_outs_are_those_that_a_walk_through_the_log_finds():
    """STOP and 21610 opt out; START, and a message that went out, end it; a person is the same by SMS and by RCS."""
    for seed in range(LOGS):
        rows = made_up(seed)
        shuffled = random.Random(seed).sample(rows, len(rows))  # noqa: S311 - made-up rows
        frame = msvc.opt_outs(Log(pa.Table.from_pylist(shuffled, schema=SCHEMA)), mask=False)
        found = {
            (row.messaging_service_sid, row.number, row.peer): (row.since.tz_localize(None).to_pydatetime(), row.source)
            for row in frame.itertuples()
        }

        assert found == walked(rows)
        assert len(found) == len(frame) > 5
