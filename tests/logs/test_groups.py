"""Time zones: days and hours of a wall clock, as clocks go forward and back, east and west, and off the hour."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from msvc_toolkit.logs import measures
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.schema import SCHEMA
from msvc_toolkit.logs.time_zones import grain_of, read_moment


def hourly(first, hours, minute=10):
    """A log with one message in each hour, at that minute."""
    rows = []
    for place in range(hours):
        created = datetime.fromisoformat(first) + timedelta(hours=place, minutes=minute)
        rows.append(
            {
                "sid": f"SM{place}",
                "date_created": created,
                "direction": "outbound-api",
                "status": "delivered",
                "number": "ACME",
                "num_segments": 1,
                "hour": created.replace(minute=0),
                "quarter": created.replace(minute=created.minute // 15 * 15),
                "sent_seconds": 1,
            }
        )
    return Log(pa.Table.from_pylist(rows, schema=SCHEMA))


@pytest.mark.parametrize(
    ("zone", "first", "hours"),
    [
        ("America/New_York", "2026-03-08", 23),  # west of UTC; clocks go forward
        ("America/New_York", "2026-11-01", 25),  # and back
        ("Europe/Berlin", "2026-03-29", 23),  # east of it
        ("Europe/Berlin", "2026-10-25", 25),
        ("Asia/Tokyo", "2026-03-08", 24),
        ("Asia/Kolkata", "2026-03-08", 24),  # half an hour off
        ("Asia/Kathmandu", "2026-03-08", 24),  # three quarters
        ("Australia/Lord_Howe", "2026-04-05", 24),  # half an hour back: 24 and a half hours, 24 or 25 messages
        ("UTC", "2026-03-08", 24),
    ],
)
def test_a_day_of_a_zone_has_the_hours_it_had_there(zone, first, hours):
    """The day the clocks change has 23 or 25 hours; its neighbours have 24."""
    log = hourly((datetime.fromisoformat(first) - timedelta(days=2)).isoformat(), 24 * 5)
    days = measures.volume(log, by="day", zone=zone).set_index("day")["n"]
    assert days[first] in (hours, hours + (zone == "Australia/Lord_Howe"))
    assert days[datetime.fromisoformat(first) - timedelta(days=1)] == 24


def test_an_hour_that_comes_twice_is_two_hours_and_one_hour_of_day():
    """As clocks go back, by hour the two stay apart, by hour of day they are one; the skipped one in spring is none."""
    log = hourly("2026-11-01", 24)
    hours = measures.volume(log, by="hour", zone="America/New_York")["hour"]
    assert len(hours) == 24
    assert [f"{hour:%H%z}" for hour in hours[4:7]] == ["00-0400", "01-0400", "01-0500"]
    of_day = measures.volume(log, by="hour_of_day", zone="America/New_York").set_index("hour_of_day")["n"]
    assert of_day[1] == 2
    spring = hourly("2026-03-08T05:00", 6)
    assert measures.volume(spring, by="hour_of_day", zone="America/New_York")["hour_of_day"].tolist() == [
        0,
        1,
        3,
        4,
        5,
        6,
    ]


def test_a_sunday_is_the_last_day_of_its_week():
    """Weekdays run from Monday, 0, to Sunday, 6; a week is named for its Monday."""
    sunday = hourly("2026-03-08", 24)
    assert measures.volume(sunday, by=("week", "weekday")).iloc[0].tolist()[:2] == [
        datetime.fromisoformat("2026-03-02"),
        6,
    ]
    assert measures.volume(sunday, by="weekday", zone="Asia/Tokyo")["weekday"].tolist() == [0, 6]
    heat = measures.heat(sunday).set_index(["weekday", "hour_of_day"])["n"]
    assert heat[6, 0] == 1
    assert heat.sum() == heat[6].sum() == 24


def test_a_month_begins_at_its_midnight_in_the_zone():
    """The last hours of a month in UTC are the first of the next in the east."""
    log = hourly("2026-03-31T12:00", 6, minute=40)
    assert measures.volume(log, by="month", zone="Asia/Kolkata")["n"].tolist() == [6]
    late = hourly("2026-03-31T17:00", 3, minute=40)  # 23:10, 00:10 and 01:10 in Kolkata
    assert measures.volume(late, by="month", zone="Asia/Kolkata")["n"].tolist() == [1, 2]


def test_latency_by_day_follows_the_zone():
    """Waits are counted for the day a message was created in, there."""
    log = hourly("2026-03-08", 24)
    days = measures.latency(log, by="day", zone="America/New_York")
    assert days["n"].tolist() == [5, 19]  # until 05:00 UTC it was the 7th; the 8th lacks an hour later on, not here
    assert measures.latency(log, by="day")["n"].tolist() == [24]


@pytest.mark.parametrize(
    ("given", "zone", "utc"),
    [
        ("2026-03-08T02:30", "America/New_York", "2026-03-08T07:30"),  # it never was: as if the clocks had stayed
        ("2026-11-01T01:30", "America/New_York", "2026-11-01T05:30"),  # it came twice: the first
        (date(2026, 3, 8), "Asia/Kolkata", "2026-03-07T18:30"),
        (datetime(2026, 3, 8, 9, tzinfo=ZoneInfo("Asia/Tokyo")), "America/New_York", "2026-03-08T00:00"),
        ("2026-03-08T09:00Z", "Asia/Tokyo", "2026-03-08T09:00"),
        (datetime(2026, 3, 8, 9, tzinfo=UTC), "UTC", "2026-03-08T09:00"),
    ],
)
def test_moments_are_read_as_people_mean_them(given, zone, utc):
    """A naive moment is wall time of the zone, an aware one itself."""
    assert read_moment(given, zone, "since") == datetime.fromisoformat(utc)


def test_zones_off_the_hour_are_told_from_quarters():
    """Also those that are off it for a part of the year only."""
    first, last = datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-12-31")
    grains = {
        zone: grain_of(zone, first, last) for zone in ("UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
    }
    assert list(grains.values()) == ["hour", "hour", "quarter", "quarter"]
    assert grain_of("Australia/Lord_Howe", first, datetime.fromisoformat("2026-02-01")) == "hour"
