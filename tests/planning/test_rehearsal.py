"""A forecast is what the sandbox's clock then does: finish within 2 %, each error within 1 % of the messages.

`MSVC_REHEARSALS=100 python -m pytest -n 0 -s tests/planning/test_rehearsal.py` rehearses so many plans and prints a table.
"""

import os
import random
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

import msvc_toolkit as msvc
from msvc_toolkit.planning.audience import read_audience
from msvc_toolkit.planning.model import PlannedSender, SendPlan
from msvc_toolkit.rules.rates import all_tiers

REHEARSALS = int(os.environ.get("MSVC_REHEARSALS", "3"))
FINISH, ERRORS = 0.02, 0.01
KINDS = (
    "toll-free",
    "WhatsApp",
    "abroad",
    "mixed",
    "campaign",
    "short code",
    "outside A2P",
    "sender ID",
    "days",
    "expiring",
    "quiet hours",
)
DRAWN = ("campaign", "mixed", "abroad", "days", "expiring", "quiet hours")
"""Kinds that depend on a draw, of carriers or of turns, which a larger number evens out."""
US = ("+14155550100", "+12125550101", "+13125550102", "+14155550103")
GB, DE = ("+447400123456", "+447400123457"), "+4915112345678"


def plans(number: int) -> Iterator[tuple[str, SendPlan]]:
    """Make up plans of all kinds, the same ones each time."""
    for place in range(number):
        chance = random.Random(place)  # noqa: S311 - made-up plans
        kind = KINDS[place % len(KINDS)]
        yield kind, plan(kind, chance)


def plan(kind: str, chance: random.Random) -> SendPlan:  # noqa: C901 - one branch a kind
    """Make up a plan of a kind, of few but long messages."""
    few = chance.randint(1_800, 3_600) if kind in DRAWN else chance.randint(600, 1_500)
    counts: dict[str, int] = {"US": few}
    senders: list[PlannedSender] = [PlannedSender(one) for one in US[: chance.randint(1, 4)]]
    start = datetime(
        2026,
        3,
        chance.randint(2, 20),
        chance.randint(0, 23),
        chance.choice((0, 7, 30)),
        tzinfo=ZoneInfo("America/Chicago"),
    )
    body = "a" * chance.choice((20, 300, 900, 1600))
    more: dict[str, object] = {"registered": True, "tier": chance.choice(all_tiers())}
    if kind == "toll-free":
        senders = [PlannedSender("+18885550104", verified=chance.random() < 0.8)]
        counts |= {"CA": 200}
    elif kind == "short code":
        senders = [PlannedSender("72345", country="US", rate=chance.choice((None, 2.0)))]
        counts |= {"GB": 90}
    elif kind == "outside A2P":
        more = {"registered": False}
        counts |= {"CA": 150}
        body = "a" * 20
    elif kind == "mixed":
        senders += [PlannedSender("+18885550104"), PlannedSender("Acme Shop", verified=True), PlannedSender(GB[0])]
        counts |= {"US 415": few // 5, "US 212": few // 8, "GB": 300, "CA": 200}
    elif kind == "abroad":
        senders = [PlannedSender(one) for one in (*GB, DE)[: chance.randint(1, 3)]]
        counts = {"GB": few // 2, "DE": few // 3, "FR": 100, "US": 40}
    elif kind == "sender ID":
        senders = [
            PlannedSender("Acme Shop"),
            PlannedSender("Acme GB", countries=frozenset({"GB"})),
            PlannedSender(GB[0]),
        ]
        counts = {"GB": few, "FR": 150, "US": 25}
    elif kind == "WhatsApp":
        senders = [PlannedSender(f"whatsapp:{GB[0]}", rate=chance.choice((None, 0.5, 0.05)))]
        counts = {"whatsapp:GB": few // 2, "whatsapp:US": 300, "GB": 20}
    elif kind == "days":
        more |= {"days": chance.randint(2, 4), "requests_per_second": chance.choice((None, 0.5, 3.0))}
    elif kind == "expiring":
        senders += [PlannedSender("+18885550104")]
        more |= {
            "validity_seconds": chance.choice((120, 600, 3_600)),
            "requests_per_second": chance.choice((None, 5.0)),
        }
    elif kind == "quiet hours":
        more |= {"quiet_hours": True, "requests_per_second": chance.choice((None, 0.05))}
        counts = {"US 415": few // 2, "US 212": few // 3, "US 808": 200}
    return SendPlan(read_audience(counts), body, tuple(senders), start, **more)  # type: ignore[arg-type]


def rehearsed(kind: str, made: SendPlan) -> pd.DataFrame:
    """Rehearse a plan, and say of which each row is."""
    found = msvc.rehearse(made)
    tier = made.tiers[0].name if len(made.tiers) == 1 else ""
    found.insert(0, "plan", f"{kind}, {made.audience.count:,} of {made.segments}{f', {tier}' if tier else ''}")
    if len(KINDS) < REHEARSALS:
        print(found.round(4).to_string(header=False, index=False), flush=True)  # noqa: T201 - the table that was asked for
    return found


@pytest.mark.slow
def test_a_forecast_is_what_the_sandbox_then_does() -> None:
    """Over plans of every kind the last message leaves within 2 % of the forecast, and errors are within 1 %."""
    found = pd.concat([rehearsed(kind, made) for kind, made in plans(REHEARSALS)], ignore_index=True)
    assert len(found) >= 2 * REHEARSALS
    finish = found["what"].str.startswith("minutes")
    wrong = found[(finish & (found["difference"].abs() > FINISH)) | (~finish & (found["difference"].abs() > ERRORS))]
    assert wrong.empty, f"\n{wrong.to_string()}"


@pytest.mark.parametrize(
    ("to", "changes", "field", "sentence"),
    [
        ("US", {}, "registered", "registered=True, or registered=False"),
        ("US", {"registered": True}, "tier", "needs one tier"),
        ("US", {"used_today": 5, "registered": False}, "used_today", "nothing was sent today"),
        ("GB", {}, "audience", "1,000,000 messages are too many to rehearse"),
    ],
)
def test_what_cannot_be_rehearsed_gets_a_sentence(
    to: str, changes: dict[str, object], field: str, sentence: str
) -> None:
    """It says what has to be known first, or how much can be rehearsed."""
    senders = (PlannedSender(US[0]), PlannedSender(GB[0]))
    start = datetime(2026, 3, 4, tzinfo=ZoneInfo("UTC"))
    made = SendPlan(read_audience({to: 1_000_000}), "Sale!", senders, start, **changes)  # type: ignore[arg-type]
    with pytest.raises(msvc.InvalidInput, match=sentence) as refused:
        msvc.rehearse(made)
    assert refused.value.problems[0].field == field


def test_a_large_plan_is_rehearsed_with_fewer_and_longer_messages() -> None:
    """As many segments go through the queue, and the note says how it was done."""
    start = datetime(2026, 3, 4, tzinfo=ZoneInfo("UTC"))
    made = SendPlan(read_audience({"GB": 4_000}), "Sale!", (PlannedSender(GB[0]),), start)
    found = msvc.rehearse(made, most=250)

    assert found.attrs["note"] == (
        "250 messages of 16 segments were sent instead of 4,000 of 1. The forecast is for the messages that were sent."
    )
    assert found["difference"].abs().max() < FINISH
