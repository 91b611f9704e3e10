"""Clicks on short links in a log: read from callbacks and Event Streams, and counted as plain Python counts them."""

import gzip
import json
import math
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

import msvc_toolkit as msvc
from msvc_toolkit.errors import InvalidInput
from msvc_toolkit.logs import charts, measures
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.schema import SCHEMA

ZONE = "America/New_York"
OUT_WORDS = ["outbound-api"] * 5 + ["outbound-reply", "inbound"]


def messages(n=400):
    """Rows of a log, some of them answers, failures, or without a receipt."""
    draw = random.Random(11)  # noqa: S311 - made-up rows
    rows = []
    for place in range(n):
        created = datetime(2026, 3, 7) + timedelta(seconds=draw.randrange(3 * 86_400))  # noqa: DTZ001 - naive UTC, as logs are
        rows.append(
            {
                "sid": f"SM{place:032x}",
                "date_created": created,
                "hour": created.replace(minute=0, second=0),
                "date_sent": created + timedelta(seconds=draw.randrange(9)),
                "direction": draw.choice(OUT_WORDS),
                "status": draw.choice(["delivered", "read", "sent", "undelivered"]),
                "messaging_service_sid": draw.choice(["MGa", "MGb", None]),
                "number": draw.choice(["+14155550100", "+12125550100", "ACME"]),
                "num_segments": 1,
            }
        )
    return rows


def happened(rows):
    """Clicks and previews of some of the messages, of one that is in no log, and the same click twice."""
    draw = random.Random(5)  # noqa: S311 - made-up clicks
    found = []
    for row in (*rows[:200], {"sid": "SM" + "f" * 32, "date_sent": rows[0]["date_sent"]}):
        for _ in range(draw.randrange(3)):
            event = draw.choice(["click", "click", "preview"])
            found.append((row["sid"], event, row["date_sent"] + timedelta(seconds=draw.choice([7, 40, 900, 90_000]))))
    return sorted(set(found))


def stream(sid, at, kind="link-clicked", **data):
    """An event of Event Streams."""
    return {
        "specversion": "1.0",
        "type": f"com.twilio.daptbt.link-shortening.{kind}",
        "id": f"EZ{sid[2:]}",
        "data": {
            "message_sid": sid,
            "link": "https://shop.example.com/",
            "click_time": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            **data,
        },
    }


@pytest.fixture
def files(tmp_path):
    """The events in two files: callbacks on lines, a cut one among them, and packed Event Streams in lists."""
    found = happened(messages())
    half = len(found) // 2
    callbacks = [
        {
            "event_type": event,
            "sms_sid": sid,
            "link": "https://shop.example.com/",
            "click_time": f"{at.isoformat()}+00:00",
        }
        for sid, event, at in found
    ]
    early = callbacks[:half] + [one for one in callbacks[half:] if one["event_type"] == "preview"]
    (tmp_path / "callbacks.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in early) + '{"event_type": "cli')
    late = [stream(sid, at) for sid, event, at in found[half:] if event == "click"]
    again = [
        *late,
        *late[:5],
        stream(found[0][0], found[0][2]) if found[0][1] == "click" else late[0],
        {"type": "other"},
    ]
    with gzip.open(tmp_path / "events.ndjson.gz", "wt") as packed:
        packed.write("".join(f"{json.dumps(again[at : at + 3])}\n" for at in range(0, len(again), 3)))
    return [tmp_path / "callbacks.jsonl", tmp_path / "events.ndjson.gz"]


def wilson(part, whole):
    """The ends of a 95 % interval."""
    share, z = part / whole, 1.96
    middle = (share + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z / (1 + z * z / whole) * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    return max(middle - half, 0), min(middle + half, 1)


def by_hand(rows, key, listed=None):
    """What the measure should say, group by group."""
    clicked_at, counts = defaultdict(list), defaultdict(lambda: defaultdict(int))
    previews = defaultdict(int)
    for sid, event, at in happened(rows):
        if event == "click":
            clicked_at[sid].append(at)
        else:
            previews[sid] += 1
    waits = defaultdict(list)
    for row in rows:
        clicks = clicked_at[row["sid"]]
        if row["direction"] != "outbound-api" or (listed and row["sid"] not in listed and not clicks):
            continue
        group, here = key(row), counts[key(row)]
        here["arrived"] += row["status"] in ("delivered", "read") or bool(clicks)
        here["clicked"] += bool(clicks)
        here["clicks"] += len(clicks)
        here["previews"] += previews[row["sid"]]
        if clicks:
            waits[group].append(round((min(clicks) - row["date_sent"]).total_seconds()))
    return counts, waits


GROUPS = {
    "number": lambda row: row["number"],
    "messaging_service_sid": lambda row: row["messaging_service_sid"] or "",
    "day": lambda row: row["date_created"].replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE)).date(),
}


def test_clicks_are_counted_as_by_hand(files):
    """Rate, interval, clicks, previews and the time to the first click; what comes twice counts once."""
    rows = messages()
    log = Log(pa.Table.from_pylist(rows, schema=SCHEMA))
    for by, key in GROUPS.items():
        frame = measures.clicks(log, files, by=by, zone=ZONE)
        counts, waits = by_hand(rows, key)

        assert len(frame) == len([one for one in counts.values() if one["arrived"]]) > 2
        for row in frame.to_dict("records"):
            group = row[by].date() if by == "day" else row[by]
            expected = counts[group]
            assert {name: row[name] for name in ("arrived", "clicked", "clicks", "previews")} == dict(expected)
            assert row["rate"] == expected["clicked"] / expected["arrived"] > 0
            assert (row["low"], row["high"]) == pytest.approx(wilson(expected["clicked"], expected["arrived"]))
            ordered = sorted(waits[group])
            for name, percent in (("p50", 50), ("p95", 95)):
                exact = ordered[math.ceil(len(ordered) * percent / 100) - 1]
                assert exact <= row[name] <= exact * 33 / 32  # as latency has them: steps of 1/32
        assert frame["previews"].sum() > 0
        assert frame.attrs["unmatched"] == sum(sid == "SM" + "f" * 32 for sid, *_ in happened(rows)) > 0


def test_the_rate_is_of_the_messages_that_had_a_link():
    """Where link-shortened events name them; the chart draws it, and says when there is nothing."""
    rows = messages()
    log = Log(pa.Table.from_pylist(rows, schema=SCHEMA))
    listed = {row["sid"] for row in rows[:120]}
    events = [stream(sid, at) for sid, event, at in happened(rows) if event == "click"]
    events += [stream(sid, rows[0]["date_sent"], "link-shortened") for sid in sorted(listed)]
    counts, _ = by_hand(rows, lambda row: row["number"], listed)
    frame = measures.clicks(log, events)

    assert {row["number"]: (row["arrived"], row["clicked"]) for row in frame.to_dict("records")} == {
        number: (one["arrived"], one["clicked"]) for number, one in counts.items()
    }
    draw = charts.CHARTS["clicks"]
    assert len(draw(measures.clicks(log, events, by="day")).marks.series[0].values) == 3
    assert "has been opened" in draw(measures.clicks(log, [])).empty


def test_a_file_without_clicks_is_refused(tmp_path):
    """So is one that is missing."""
    (tmp_path / "messages.json").write_text('[{"sid": "SM1"}]')
    log = Log(pa.Table.from_pylist(messages(3), schema=SCHEMA))
    for name, words in (("messages.json", "no click in it"), ("missing.json", "cannot be read")):
        with pytest.raises(InvalidInput, match=words):
            measures.clicks(log, tmp_path / name)


def test_clicks_of_the_sandbox_are_found_in_its_log(conn, tmp_path):
    """Sent, clicked, pulled and measured."""
    v1 = conn.client.messaging.v1
    service = v1.services.create("Orders").sid
    conn.sandbox.link_domain(service)
    v1.services(service).phone_numbers.create(conn.client.incoming_phone_numbers.list(limit=1)[0].sid)
    body = "Your order: https://shop.example.com/orders/1"
    sids = [
        conn.client.messages.create(
            to=f"+1415555012{n}", messaging_service_sid=service, body=body, shorten_urls=True
        ).sid
        for n in range(4)
    ]
    conn.sandbox.advance(60)
    conn.sandbox.click(sids[0])
    conn.sandbox.click(sids[0])
    log = msvc.pull_logs(conn, tmp_path / "log", since="2026-01-01")
    (tmp_path / "clicks.ndjson").write_text("\n".join(map(json.dumps, conn.sandbox.clicks())))
    row = measures.clicks(log, tmp_path / "clicks.ndjson", by="messaging_service_sid").iloc[0]

    assert (row["messaging_service_sid"], row["arrived"], row["clicked"]) == (service, 4, 1)
    assert 40 <= row["p50"] <= 60
