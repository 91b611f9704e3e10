"""When it is quiet hours for a number of the US, by its own clock."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from phonenumbers.tzdata import TIMEZONE_DATA

from msvc_toolkit.errors import InvalidInput
from msvc_toolkit.rules import quiet_hours
from msvc_toolkit.rules.area_codes import sharing_area_codes
from msvc_toolkit.rules.quiet_hours import is_quiet, next_allowed, place, places

CALIFORNIA, FLORIDA, TEXAS, NEVADA = "+14155550123", "+13055550123", "+15125550123", "+17025550123"
WEDNESDAY, SUNDAY = "2026-07-15", "2026-07-19"


def _at(day: str, clock: str, zone: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("number", "day", "begin", "end"),
    [
        (CALIFORNIA, WEDNESDAY, 21, 8),
        (FLORIDA, WEDNESDAY, 20, 8),
        (NEVADA, WEDNESDAY, 20, 9),
        (TEXAS, WEDNESDAY, 21, 9),
        (TEXAS, SUNDAY, 21, 12),
        ("+13575550123", WEDNESDAY, 21, 8),  # a new area code of California
    ],
)
def test_quiet_hours_follow_the_recipients_clock_and_state(number, day, begin, end):
    """To the second: the first of them and the last before they end are quiet, their neighbours are not."""
    found = place(number)
    assert found
    for clock, quiet in (
        (f"{begin}:00:00", True),
        (f"{begin - 1}:59:59", False),
        (f"{end:02}:00:00", False),
        (f"{end - 1:02}:59:59", True),
    ):
        moment = _at(day, clock, found.zone)
        assert is_quiet(number, moment) is quiet, clock
        assert is_quiet((found.state, found.zone), moment.astimezone(UTC)) is quiet, clock
        federal = not 8 <= moment.hour < 21
        assert is_quiet(number, moment, states=False) is federal, clock
        assert quiet or not federal, "a state's hours contain the federal ones"


@pytest.mark.parametrize(
    ("number", "before", "after"),
    [
        (CALIFORNIA, "2026-07-16T03:59+00:00", "2026-07-16T03:59+00:00"),  # 20:59 there
        (CALIFORNIA, "2026-07-16T04:00+00:00", "2026-07-16T15:00+00:00"),
        (CALIFORNIA, "2026-12-16T05:00+00:00", "2026-12-16T16:00+00:00"),
        (CALIFORNIA, "2026-03-08T06:00+00:00", "2026-03-08T15:00+00:00"),  # the clocks go forward in that night
        (CALIFORNIA, "2026-11-01T05:00+00:00", "2026-11-01T16:00+00:00"),  # and back
        (CALIFORNIA, "2026-11-01T09:30+00:00", "2026-11-01T16:00+00:00"),  # the second 1:30 of that night
        (TEXAS, "2026-07-18T22:00-05:00", "2026-07-19T12:00-05:00"),  # Saturday evening
        ("+19285550123", "2026-07-15T22:00-07:00", "2026-07-16T08:00-07:00"),  # Arizona keeps its clocks
        ("+447400123456", "2026-07-16T04:00+00:00", "2026-07-16T04:00+00:00"),
    ],
)
def test_a_message_waits_for_the_next_morning_of_its_recipient(number, before, after):
    """Also over a change of the clocks; a moment that is allowed, and a place that is not known, do not wait."""
    moment, expected = datetime.fromisoformat(before), datetime.fromisoformat(after)

    assert next_allowed(number, moment) == expected
    assert next_allowed(number, moment).tzinfo is moment.tzinfo


def test_no_moment_that_is_allowed_lies_before_the_next_one():
    """Quarter by quarter over a year's week with a change of the clocks, in four states."""
    start = datetime(2026, 10, 30, tzinfo=UTC)
    for number in (CALIFORNIA, FLORIDA, TEXAS, NEVADA):
        moments = [start + timedelta(minutes=15 * n) for n in range(4 * 24 * 5)]
        allowed = [moment for moment in moments if not is_quiet(number, moment)]
        assert 0 < len(allowed) < len(moments)
        for moment in moments[: -4 * 24]:
            assert next_allowed(number, moment) == next(one for one in allowed if one >= moment)


def test_a_zone_is_one_that_libphonenumber_knows_for_the_area_code():
    """Every area code of the country has a place; where its ranges lie in several zones, the others are named."""
    ranges = defaultdict(set)
    for prefix, zones in TIMEZONE_DATA.items():
        if prefix[0] == "1" and len(prefix) >= 4:
            ranges[prefix[1:4]] |= {_clock(zone) for zone in zones}
    ranges["689"].clear()  # said to be Chicago's, and shares Orlando with 407
    ranges["907"].discard(_clock("Pacific/Honolulu"))  # said of Adak's exchange, whose clocks do change
    assert len(places()) > 360
    checked = 0
    for code, found in places().items():
        known = {_clock(zone) for zone in (found.zone, *found.spans)}
        there = set().union(*[ranges[other] for other in sharing_area_codes().get(code, {code})])
        if there:
            checked += 1
            assert _clock(found.zone) in there, code
            assert there <= known, code
        assert bool(found.assumption) == bool(found.spans)
    assert checked > 350
    assert "America/New_York" in place("+18505550123").assumption


def _clock(zone: str) -> tuple:
    """What distinguishes a zone's clock from another's, in this year."""
    return tuple(datetime(2026, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7))


def test_where_a_number_is_not_known_nothing_is_claimed():
    """Numbers abroad, toll-free ones, territories, channels and texts have no place; a moment without a zone is refused."""
    now = datetime(2026, 7, 15, 4, tzinfo=UTC)
    for address in ("+447400123456", "+18885550123", "+17875550123", "whatsapp:+14155550123", "+15005550006", "ACME"):
        assert place(address) is None
        assert is_quiet(address, now) is None
    assert "otp" in quiet_hours.essential_intents()
    assert "marketing" not in quiet_hours.essential_intents()
    with pytest.raises(InvalidInput, match="time zone"):
        is_quiet(CALIFORNIA, now.replace(tzinfo=None))
