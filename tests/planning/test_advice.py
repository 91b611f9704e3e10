"""Advice is a changed plan that does better when it is forecast again."""

from datetime import UTC, datetime, timedelta

from msvc_toolkit.planning.advice import advise
from msvc_toolkit.planning.audience import read_audience
from msvc_toolkit.planning.forecast import forecast
from msvc_toolkit.planning.model import PlannedSender, SendPlan
from msvc_toolkit.rules.rates import score_tier

START = datetime(2026, 3, 4, 15, tzinfo=UTC)


def advice(to, *senders, body="Sale!", **fields):
    """Return the advice for a plan, with its forecast."""
    plan = SendPlan(read_audience(to), body, tuple(PlannedSender(one) for one in senders), START, **fields)
    now = forecast(plan)
    found = advise(plan, now)
    if plan.deadline is None:
        assert [one.forecast.failed[1] for one in found] == sorted(one.forecast.failed[1] for one in found)
    for one in found:
        assert forecast(one.plan).finish == one.forecast.finish
        assert one.finish == one.forecast.finish[1] - now.finish[1]
        assert one.failed < 0 or one.finish < timedelta(0)
    return {one.sentence.partition(":")[0]: one for one in found}


def named(found, words):
    """The one advice that begins with these words."""
    return next(one for said, one in found.items() if said.startswith(words))


def test_a_campaign_over_its_caps():
    """A short code, toll-free numbers, more days, a higher tier and another character set are worked out."""
    found = advice({"US": 40_000}, "+14155550100", body="Half price 😀 " * 6, registered=True, tier=score_tier(30))

    for words in (
        "Send to the US from a short code",
        "Send to the US from a verified toll-free",
        "Get a higher tier (score 50 to 74)",
    ):
        assert named(found, words).failed < 0
    assert named(found, "Spread it over").plan.days == 3
    assert named(found, "Replace 😀 in the text").plan.segments == 1
    assert "fewer fail, and it ends" in named(found, "Replace").sentence


def test_a_slower_hand_over():
    """Carriers that are given less in a minute than they take refuse nothing."""
    found = advice({"US": 40_000}, "+14155550100", registered=True, tier="score 75 to 100")
    assert named(found, "Hand over 100 messages a second").failed < -2_000  # 10 a second to the smaller carriers


def test_the_deadline_counts():
    """What ends later than the plan and after the deadline is left out; what is late, but less so, says it and is last."""
    late = START + timedelta(minutes=3)
    found = advice({"US": 40_000}, "+14155550100", registered=True, tier=30, deadline=late)
    assert len(found) > 1
    assert not any(said.startswith(("Spread", "Start")) for said in found)
    after = [one.forecast.finish[1] > late for one in found.values()]
    assert after == ["still after the deadline" in one.sentence for one in found.values()] == sorted(after)


def test_an_unregistered_pool():
    """All fails without a campaign; with one, what is left depends on its tier."""
    found = advice({"US": 4_000}, "+14155550100", registered=False)
    assert named(found, "Register an A2P 10DLC campaign").failed < 0


def test_codes_that_come_too_late():
    """One-time codes that wait are better not sent; other texts keep their time."""
    found = advice({"US": 5_000}, "+18885550100", intent="otp")
    assert named(found, "Let codes expire").sentence.endswith(
        "3,200 more are not sent, and it ends Wednesday 15:10 instead of Wednesday 15:28."
    )
    assert not any(said.startswith("Let codes") for said in advice({"US": 5_000}, "+18885550100"))


def test_faster_senders():
    """A raised rate, and more numbers where rates add up; beside a sender ID they add nothing."""
    assert named(advice({"US": 9_000}, "+18885550100"), "Ask Twilio to raise the toll-free").plan.senders[0].rate == 25
    assert named(
        advice({"whatsapp:GB": 90_000}, "whatsapp:+447400123456"), "Ask Twilio to raise WhatsApp"
    ).finish < timedelta(0)
    assert len(named(advice({"GB": 9_000}, "+447400123456"), "Add 1 GB number").plan.senders) == 2
    assert advice({"GB": 9_000}, "Acme Shop", "+447400123456") == {}


def test_nothing_is_said_where_nothing_helps():
    """A plan that ends at once is left alone."""
    assert advice({"GB": 30}, "+447400123456") == {}
