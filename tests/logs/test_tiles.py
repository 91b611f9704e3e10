"""The figures above the charts: right, compared with a period as long, and red only when clearly worse."""

import re

import pandas as pd
import pytest

import msvc_toolkit as msvc
from msvc_toolkit.logs import measures
from msvc_toolkit.logs.tiles import UNCLEAR, _stops, tiles

FILTERED, NEIGHBOR = "+14045550100", "+12125550100"


def log_of(before, after):
    """A log of two days with (sent, delivered) on each."""
    rows = [
        {
            "sid": f"SM{day}{place:031}",
            "date_created": pd.Timestamp(f"2026-01-0{day + 1}") + pd.Timedelta(seconds=place),
            "direction": "outbound-api",
            "status": "delivered" if place < good else "failed",
            "number": FILTERED,
            "peer": "+16285550100",
            "kind": "local",
            "country": "US",
            "num_segments": 1,
        }
        for day, (sent, good) in enumerate((before, after))
        for place in range(sent)
    ]
    return msvc.Log(pd.DataFrame(rows))


def shown(log, **window):
    """The tiles by their labels, and what they are compared with."""
    made = tiles(log.select(**window))
    return {one.label: one for one in made.tiles}, made.compared


@pytest.mark.parametrize("senders", [None, FILTERED])
def test_the_figures_are_those_of_the_measures(busy_log, senders):
    """Sent, delivered, spend and opt-outs are what `outcomes`, `spend` and `replies` say."""
    part = busy_log.select(senders, "2025-12-07")
    found = {one.label: one for one in tiles(part).tiles}
    outcomes, spend = measures.outcomes(part, by=()).iloc[0], measures.spend(part)
    replies = measures.replies(part, by=()).iloc[0]

    assert found["Messages sent"].figure == f"{outcomes['n']:,}"
    assert found["Delivered"].figure == f"{100 * outcomes['rate']:.1f} %"
    assert found["Delivered"].beside == f"{100 * outcomes['low']:.1f} to {100 * outcomes['high']:.1f} %"
    assert found["Not delivered"].figure == f"{outcomes['settled'] - outcomes['delivered']:,}"
    assert found["Spend"].figure == f"{spend['cost'].sum():,.2f} USD"
    assert found["Opt-outs"].figure == str(replies["stops"])
    rows = part.rows(10_000, direction=["outbound-api", "outbound-reply"], status=["failed", "undelivered"])
    charged = re.search(r"Twilio charged ([\d.]+) USD for them", found["Not delivered"].beside)
    assert charged
    assert float(charged[1]) >= round(rows["price_e5"].sum() / 1e5, 2) > 0  # and for those without a receipt


def test_the_period_before_is_as_long(busy_log):
    """Where the log ends at three, the period before ends at three; without one nothing is compared."""
    found, compared = shown(busy_log, since="2025-12-07", until="2026-01-06")
    earlier = measures.outcomes(busy_log.select(since="2025-11-07", until="2025-12-06T15:00"), by=()).iloc[0]

    assert compared == "Compared with 2025-11-07 00:00 to 2025-12-06 15:00 UTC, the period before."
    assert found["Messages sent"].before == f"from {earlier['n']:,}"
    assert found["Delivered"].before == f"worse than {100 * earlier['rate']:.1f} %"
    found, compared = shown(busy_log)
    assert compared.startswith("Nothing to compare with")
    assert {one.change for one in found.values()} == {""}


@pytest.mark.parametrize(
    ("before", "after", "change", "worse"),
    [
        ((1000, 990), (1000, 500), "▼ 49.0 points", True),
        ((1000, 500), (1000, 990), "▲ 49.0 points", False),
        ((1000, 990), (1000, 985), UNCLEAR, False),
        ((20, 20), (20, 0), UNCLEAR, False),
    ],
)
def test_red_only_when_clearly_worse(before, after, change, worse):
    """A drop of few messages or within the intervals is no clear change, and a rise is not red."""
    log = log_of(before, after)
    day = {"since": "2026-01-02", "until": "2026-01-03"}
    found, _ = shown(log, **day)
    html = tiles(log.select(**day)).html

    assert found["Delivered"].change == change
    assert found["Delivered"].worse == worse
    assert bool(re.search("msvc-worse", html)) == worse


def test_more_opt_outs_than_delivered_are_no_share():
    """Two opt-outs of one delivered message are no 200 %: they are counted alone."""
    left = {"n": 2, "rate": 2.0}
    assert _stops({"stops": left}, None).beside == ""
    assert _stops({"stops": {"n": 1, "rate": 0.5}}, None).beside == "50.0 % of delivered"
