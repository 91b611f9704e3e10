"""What is wrong with a plan, in sentences beside the fields."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

import msvc_toolkit as msvc
from msvc_toolkit.planning.audience import read_audience
from msvc_toolkit.planning.forecast import forecast
from msvc_toolkit.planning.model import PlannedSender, SendPlan

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)
GOOD = SendPlan(
    read_audience({"US": 600, "GB": 60}), "Sale!", (PlannedSender("+18885550100"),), NOW + timedelta(hours=1)
)
WRONG = {
    "audience": [
        ({"audience": read_audience([])}, "Nobody to send to yet."),
        ({"audience": read_audience({"UX": 5})}, "UX: not a country code."),
        ({"audience": read_audience({"US": -5, "GB": 9})}, "A count is below 0."),
    ],
    "body": [({"body": ""}, "Enter the text"), ({"body": "x" * 1601}, "has 1,601 characters and Twilio takes 1,600")],
    "senders": [
        ({"senders": ()}, "There is no sender."),
        ({"senders": (PlannedSender("?"),)}, "is not a sender"),
        ({"senders": (PlannedSender("72345"),)}, "needs its country"),
        (
            {"senders": (PlannedSender("Acme Shop"),), "audience": read_audience({"US": 5})},
            "No sender can reach any recipient.",
        ),
        ({"senders": (PlannedSender("Acme Shop"),), "media": True}, "No sender can reach any recipient with media."),
        ({"senders": (PlannedSender("+18885550100", rate=0),)}, "above 0"),
    ],
    "start": [({"start": datetime(2026, 3, 4)}, "needs a time zone")],  # noqa: DTZ001
    "deadline": [
        ({"deadline": NOW - timedelta(days=1)}, "is in the past"),
        ({"deadline": NOW + timedelta(minutes=30)}, "not after the start"),
        ({"deadline": datetime(2026, 3, 9)}, "needs a time zone"),  # noqa: DTZ001
    ],
    "days": [({"days": 0}, "1 to 366 days"), ({"days": 2.5}, "1 to 366 days")],
    "validity_seconds": [({"validity_seconds": 0}, "1 to 36000 seconds"), ({"validity_seconds": 36_001}, "1 to 36000")],
    "requests_per_second": [({"requests_per_second": 0.0}, "more than 0")],
    "intent": [({"intent": "spam"}, "'spam' is not known")],
    "carriers": [
        ({"carriers": {"AT&T": 0.5}}, "add up to 50%"),
        ({"carriers": {"AT&T": 2.0, "Verizon": -1.0}}, "none below 0"),
    ],
    "used_today": [({"used_today": -1}, "0 or more")],
    "prices": [
        ({"prices": {"US": (0.0079, "USD"), "GB": (0.04, "EUR")}}, "in EUR and USD"),
        ({"prices": {"US": (-1.0, "USD")}}, "below 0"),
    ],
}


@pytest.mark.parametrize(("field", "changes", "sentence"), [(f, c, s) for f, some in WRONG.items() for c, s in some])
def test_each_fault_has_a_sentence_beside_its_field(field, changes, sentence):
    """The sentence says what is wrong; a forecast is refused with it."""
    wrong = replace(GOOD, **changes)
    found = [problem for problem in wrong.problems(NOW) if problem.blocks]

    assert [problem.field for problem in found] == [field]
    assert sentence in found[0].sentence
    if not wrong.deadline:
        with pytest.raises(msvc.InvalidInput):
            forecast(wrong)


def test_a_warning_stops_nothing():
    """Entries that are left out or repeated, a part that nobody reaches, and a start in the past are only warned of."""
    given = read_audience(["+14155550123", "+14155550123", "?", "+447400123456"])
    odd = replace(
        GOOD,
        audience=given,
        senders=(PlannedSender("72345", country="US"),),
        start=NOW - timedelta(hours=1),
        quiet_hours=True,
    )
    odd = replace(odd, audience=replace(given, groups=(*given.groups, read_audience({"US": 7}).groups[0])))
    found = odd.problems(NOW)

    assert {problem.field for problem in found} == {"audience", "senders", "start", "quiet_hours"}
    assert not any(problem.blocks for problem in found)
    assert "1 recipient in GB" in " ".join(map(str, found))
    assert forecast(odd).errors["error_code"].tolist() == [21211, 21703]


def test_a_plan_and_a_sender_show_no_whole_number():
    """Numbers stay out of what is printed."""
    assert "8885550100" not in repr(GOOD)
