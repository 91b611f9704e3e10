"""A forecast says when a send ends, what fails of it and what it costs, as the sources have it."""

import time
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import msvc_toolkit as msvc
from msvc_toolkit.planning.audience import read_audience
from msvc_toolkit.planning.forecast import Forecast, forecast
from msvc_toolkit.planning.model import PlannedSender, SendPlan
from msvc_toolkit.rules.rates import all_tiers

EXAMPLES = tomllib.loads(Path(__file__).with_name("examples.toml").read_text("utf-8"))["example"]
TIERS = {tier.name: tier for tier in all_tiers()}
WEDNESDAY = datetime(2026, 3, 4, 9, tzinfo=ZoneInfo("America/New_York"))
LOCAL, TOLL_FREE = "+14155550100", "+18885550100"


def planned(to: Any, senders: list[str], **fields: Any) -> SendPlan:
    """Make a plan; `verified` and `rate` are those of every sender."""
    own = {name: fields.pop(name) for name in ("verified", "rate") if name in fields}
    pool = tuple(PlannedSender(one, country="US" if one.isdigit() else "", **own) for one in senders)
    text = fields.pop("body", "Our summer sale begins today.")
    return SendPlan(read_audience(to), text, pool, fields.pop("start", WEDNESDAY), **fields)


def errors(of: Forecast) -> dict[int, tuple[int, int]]:
    """Return the fewest and the most messages by error code."""
    rows = of.errors.itertuples()
    return {int(row.error_code): (int(row.messages_low), int(row.messages_high)) for row in rows}  # type: ignore[arg-type]


def test_there_are_worked_examples_with_sources() -> None:
    """At least 30, each from somewhere."""
    assert len(EXAMPLES) >= 30
    assert all(example["source"] for example in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["what"])
def test_a_worked_example_comes_out(example: dict[str, Any]) -> None:
    """The last message leaves when the source says, and the errors are those it says."""
    fields = {name: value for name, value in example.items() if name not in ("what", "source", "minutes", "errors")}
    found = forecast(planned(fields.pop("to"), fields.pop("senders"), **fields))

    assert found.finish[0] == found.finish[1]
    lasts = (found.finish[1] - found.plan.start) / timedelta(minutes=1)
    assert lasts == pytest.approx(example["minutes"], rel=0.01)
    if "errors" in example or not found.plan.registered:
        expected = {int(code): (number, number) for code, number in example.get("errors", {}).items()}
        assert errors(found) == expected


def test_an_unknown_tier_gives_a_range() -> None:
    """Where the tier is not known, the end and the errors lie between those of the tiers, and the verdict says so."""
    found = forecast(planned({"US": 40_000}, [LOCAL], registered=True))
    each = [forecast(planned({"US": 40_000}, [LOCAL], registered=True, tier=tier)) for tier in TIERS]

    assert found.finish == (min(one.finish[0] for one in each), max(one.finish[1] for one in each))
    assert found.finish[0] < found.finish[1]
    assert found.errors.set_index("error_code").loc[30001].tolist()[1:] == [0, 4_000]
    assert "It depends on the campaign's tier." in found.verdict
    assert found.failed[1] <= 40_000


def test_a_carrier_is_named_with_its_rate() -> None:
    """At 225 a second a tenth goes to the smaller carriers, 22.5, and they take 10: the others refuse nothing."""
    row = forecast(planned({"US": 40_500}, [LOCAL], registered=True, tier=80)).errors.iloc[0]

    assert row["messages_high"] == pytest.approx(40_500 * (22.5 - 10) / 225, rel=0.01)
    assert "the smaller carriers together 10 a second" in row["reason"]
    assert "AT&T" not in row["reason"]


def test_a_tier_is_given_by_its_name_or_a_score() -> None:
    """Names, scores and "unknown" are read; anything else is answered with the names there are."""
    tiers = [planned({"US": 5}, [LOCAL], tier=given).tier for given in ("Low Volume", 60, "60", "unknown tier", ())]
    assert tiers == [TIERS["low volume"], *2 * [TIERS["score 50 to 74"]], None, None]
    for wrong in ("gold", 0, True, 2.5):
        with pytest.raises(
            msvc.InvalidInput, match=r'"score 75 to 100", .*, a trust score from 1 to 100, or "unknown"'
        ):
            planned({"US": 5}, [LOCAL], tier=wrong)


def test_messages_in_quiet_hours_are_warned_of() -> None:
    """Nine in New York is six in California; who has no area code may be anywhere; codes may come at any hour."""
    to = {"US 213": 100, "US 212": 200, "GB": 50}
    assert forecast(planned(to, [TOLL_FREE])).quiet == (100, 100)
    assert "100 messages leave in the recipients' quiet hours" in repr(forecast(planned(to, [TOLL_FREE])))
    assert forecast(planned({"US": 40}, [TOLL_FREE])).quiet == (0, 40)
    for changes in ({"intent": "otp"}, {"quiet_hours": True}, {"start": WEDNESDAY + timedelta(hours=6)}):
        assert forecast(planned(to, [TOLL_FREE], **changes)).warnings == ()
    late = forecast(planned({"US 212": 3 * 3600}, [TOLL_FREE], start=WEDNESDAY.replace(hour=20, minute=30)))
    assert late.quiet == (5_400, 5_400)  # at three a second half of it is sent after nine


def test_a_start_in_the_past_is_warned_of() -> None:
    """`plan_send` says it, with or without an account."""
    assert "is in the past" in repr(
        msvc.plan_send(None, {"GB": 5}, "Sale!", senders=["+447400123456"], start=WEDNESDAY.replace(year=2020))
    )


def test_an_unknown_registration_leaves_open_whether_it_fits() -> None:
    """It may be that all fails and that nothing does; then nobody knows whether it fits."""
    found = forecast(planned({"US": 600}, [LOCAL], tier="score 50 to 74", requests_per_second=1.0))

    assert errors(found) == {30034: (0, 600)}
    assert found.fits is None


def test_the_verdict_is_one_sentence() -> None:
    """It says when it ends, how late that is, and what fails; a time of another week has its date."""
    late = planned({"US": 10_800}, [TOLL_FREE], deadline=WEDNESDAY + timedelta(minutes=30))

    assert forecast(late).verdict == "Ends Wednesday 10:00, 30 minutes after the deadline: all 10,800 messages leave."
    assert forecast(late).fits is False
    long = forecast(planned({"US": 10_800}, [TOLL_FREE], days=10))
    assert long.verdict == "Ends 2026-03-13 09:06: all 10,800 messages leave."
    assert long.fits is True


def test_the_tables_add_up() -> None:
    """Senders have what leaves, countries what it costs; an unknown price stays unknown and has no currency."""
    to = {"US": 3_000, "GB": 1_000, "DE": 500}
    found = forecast(planned(to, [TOLL_FREE, "+447400123456"], prices={"US": (0.0079, "usd"), "GB": (0.0463, "USD")}))
    cost = found.cost.set_index("country")

    assert found.senders["messages"].sum() == found.cost["messages"].sum() == 4_500
    assert cost.loc["US", "amount"] == pytest.approx(23.7)
    assert cost.loc["US", ["fees_low", "fees_high"]].tolist() == pytest.approx([9.0, 15.0])
    assert cost["currency"].tolist() == ["USD", "USD", ""]
    assert cost["amount"].isna().tolist() == [False, False, True]
    assert found.unpriced == ("DE",)
    assert "+44 ••• 3456" in found.senders["sender"].tolist()
    assert found.senders["ends"].max() == found.finish[1]


def test_every_figure_has_its_source() -> None:
    """Rates, tiers, caps, queues, shares, fees and prices are listed, each with grade and source."""
    found = forecast(planned({"US": 900, "GB": 5}, [LOCAL, "+447400123456"], prices={"US": (0.0079, "USD")}))
    facts = found.facts.set_index("what")

    assert facts["grade"].all()
    assert facts["source"].all()
    wanted = {"Queue", "Rate of a mobile sender", "Carriers of US phones", "Carrier fees to US phones", "Price to US"}
    assert wanted | {f"Tier: {name}" for name in TIERS} <= set(facts.index)
    assert facts.loc["Tier: score 50 to 74", "value"] == "120 a second, 40 to each carrier, 40,000 a day to T-Mobile"


def test_the_queue_is_drawn_by_its_corners() -> None:
    """A queue that fills at once empties evenly, and never holds more than it can."""
    found = forecast(planned({"US": 200_000}, [TOLL_FREE])).queues

    assert found["waiting"].tolist() == [0.0, 108_000.0, 0.0]
    assert found["at"].iloc[-1] == WEDNESDAY + timedelta(hours=10)


def test_it_shows_itself_without_a_whole_number() -> None:
    """Its HTML has the verdict and hides the middle of numbers."""
    html = forecast(planned({"CA": 40_000}, ["+14165550100"]))._repr_html_()

    assert "4,000 messages find the queue full (30001)" in html
    assert "+14165550100" not in html


@pytest.mark.slow
def test_a_million_recipients_cost_little() -> None:
    """A list of a million is forecast in a fraction of a second of work; what is kept does not grow with it."""
    numbers = [f"+1{area}{number}" for area in ("212", "415", "808", "907") for number in range(2_000_000, 2_250_000)]
    forecast(planned(numbers[:2_000], [TOLL_FREE]))
    begun = time.process_time()
    found = forecast(planned(numbers, [TOLL_FREE]))
    spent = time.process_time() - begun

    assert found.plan.audience.count == 1_000_000
    assert len(found.plan.audience.groups) == 4
    assert spent < 5  # a bound for the busiest machine; it takes 0.2
