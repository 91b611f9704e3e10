"""A log as sums: by sender, by T-Mobile's day, by part of the world, with money by currency."""

from datetime import date

import pytest

from msvc_toolkit.a2p.readiness.model import NotExamined
from msvc_toolkit.a2p.readiness.traffic import DaySegments, weigh
from msvc_toolkit.a2p.readiness.traffic_from_log import traffic_of
from msvc_toolkit.logs.certificate import Certificate

US = "+14155550100"
ROW = {
    "number": US,
    "kind": "local",
    "messaging_service_sid": "MG1",
    "hour": "2026-11-20 12:00",
    "direction": "outbound-api",
    "status": "delivered",
    "error_code": 0,
    "country": "US",
    "price_unit": "USD",
    "encoding": "GSM-7",
    "n": 10,
    "segments": 20,
    "price_e5": 15_000,
    "priced": 10,
    "stops": 0,
    "starts": 0,
    "helps": 0,
}


@pytest.fixture
def log(log_of):
    """Makes a log with such sums."""
    return lambda *rows: log_of([{**ROW, **row} for row in rows], Certificate("a data frame", rows=len(rows)))


def test_no_log_is_not_examined():
    """Without a log there is a reason and no sums."""
    assert isinstance(traffic_of(None), NotExamined)


def test_sums_by_sender_and_end(log):
    """What went out is summed by number, service and error code; the last days are listed separately, inbound is left out."""
    traffic = traffic_of(
        log(
            {},
            {"hour": "2026-11-01 00:00"},
            {"error_code": 30034, "status": "undelivered", "n": 3, "price_e5": 0},
            {"direction": "inbound", "n": 99},
        )
    )
    well, refused = sorted(traffic.tallies, key=lambda tally: tally.code)

    assert (well.messages, well.recent, well.money) == (20, 10, (("USD", 30_000),))
    assert (refused.code, refused.messages, refused.recent, refused.money) == (30034, 3, 3, ())
    assert (f"{well.first:%m-%d %H %Z}", f"{well.last:%m-%d %H}") == ("11-01 00 UTC", "11-20 12")
    assert traffic.completeness == Certificate("a data frame", rows=4).sentence


def test_money_is_never_added_across_currencies(log):
    """Two currencies stay two amounts, however they are spelled."""
    traffic = traffic_of(log({}, {"price_unit": "usd"}, {"price_unit": "EUR", "price_e5": 7_000}))

    assert weigh(traffic.tallies).money == (("EUR", 7_000), ("USD", 30_000))
    assert weigh(traffic.tallies).spent == "0.07 EUR + 0.30 USD"


def test_days_are_those_of_the_pacific(log):
    """An hour after midnight UTC belongs to T-Mobile's day before; only segments to the US itself count."""
    traffic = traffic_of(
        log(
            {"hour": "2026-11-20 07:00"},
            {"hour": "2026-11-20 08:00"},
            {"country": "CA"},
            {"country": "PR"},
            {"messaging_service_sid": ""},
        )
    )

    assert set(traffic.days) == {
        DaySegments("MG1", "", date(2026, 11, 19), 20),
        DaySegments("MG1", "", date(2026, 11, 20), 20),
        DaySegments("", US, date(2026, 11, 20), 20),
    }


def test_the_us_its_territories_and_the_rest(log):
    """Recipients are placed by country: calling code 1 alone says nothing."""
    traffic = traffic_of(log({}, {"country": "PR"}, {"country": "JM"}, {"country": "CA"}, {"country": ""}))

    assert {(t.zone, t.messages, t.to_us) for t in traffic.tallies} == {
        ("US", 10, True),
        ("territory", 10, True),
        ("other", 30, False),
    }


def test_texts_where_the_log_keeps_bodies(log):
    """The newest bodies that went out are taken, those that differ in digits as one; without any nothing is said."""
    kept = [{"n": 1, "body": body} for body in ("Code 12", "Code 345", None)]
    heard = {"n": 1, "direction": "inbound", "body": "Hello"}

    (said,) = traffic_of(log(*kept, heard)).texts
    assert (said.number, said.service_sid, said.messages, said.body in ("Code 12", "Code 345")) == (US, "MG1", 2, True)
    assert isinstance(traffic_of(log({"n": 1}, heard)).texts, NotExamined)


def test_a_log_of_nothing(log):
    """A log without a message out has a window of nothing, and no sums."""
    traffic = traffic_of(log({"direction": "inbound"}))

    assert (traffic.since, traffic.until, traffic.tallies) == (None, None, ())
