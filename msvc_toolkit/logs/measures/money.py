"""Measures of what messages cost: spend by currency, and the characters that make messages cost more.

Money is whole hundred-thousandths of its currency, and never added to another currency's. Columns named `cost` or `per_`
are in whole units, for reading.
"""

from __future__ import annotations

import pandas as pd

from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures.rates import MET, OUT, By, divide, grouping
from msvc_toolkit.logs.time_zones import Moment
from msvc_toolkit.rules import rates

E5 = 100_000
"""So many hundred-thousandths make one unit of a currency. Twilio prices messages to a hundredth of a cent, and less with discounts."""
DELIVERED = ("delivered", "read")
HANDED_OVER = ("sent", "undelivered", *DELIVERED)
"""Statuses of messages that reached a carrier. We assume that each carrier also charges for undelivered ones."""
_CHARGED_KINDS = ("local", "toll-free", "short code")
CHARGED = f"sum(segments) FILTER ({OUT} AND status IN {HANDED_OVER} AND country = 'US' AND kind IN {_CHARGED_KINDS})"
"""SQL of the segments with carrier fees: those to US phones from these kinds of senders. Source: fees.toml."""


def spend(
    log: Log,
    *,
    by: By = (),
    zone: str = "UTC",
    since: Moment | None = None,
    until: Moment | None = None,
    fees: bool = False,
) -> pd.DataFrame:
    """What the messages that went out cost, by currency; arguments as for `rates.volume`.

    Carrier fees come on top: Twilio bills them separately, and no message's price includes them. With `fees`, those of messages
    to the US are estimated.

    Returns:
        One row for each group and `price_unit` (empty: Twilio named none yet). `n` messages and their `segments`;
        `ucs2_segments`, those of messages in UCS-2; `priced` and `unpriced` messages (the latter without those that never
        went out); `price_e5`, exact, and `cost`; `delivered` messages, and `per_delivered`, the cost of all messages
        divided by the delivered ones; `per_segment`; and `inbound_e5`, what texts that came in cost.
        With `fees`, `fees_usd_low` and `fees_usd_high`, between which the carrier fees to the US lie: an estimate by
        segments, as a log does not name the carrier. See fees.toml for its source and what it leaves out.
    """
    keys = [*(key for key in grouping(by) if key != "price_unit"), "price_unit"]
    sums = {
        "n": f"sum(n) FILTER ({OUT})",
        "segments": f"sum(segments) FILTER ({OUT})",
        "ucs2_segments": f"sum(segments) FILTER ({OUT} AND encoding = 'UCS-2')",
        "priced": f"sum(priced) FILTER ({OUT})",
        "unpriced": f"sum(n - priced) FILTER ({OUT} AND status NOT IN ('failed', 'canceled'))",
        "price_e5": f"sum(price_e5) FILTER ({OUT})",
        "delivered": f"sum(n) FILTER ({OUT} AND status IN {DELIVERED})",
        "inbound_e5": "sum(price_e5) FILTER (direction = 'inbound')",
    }
    if fees:
        sums["charged"] = CHARGED
    frame = log.select(since=since, until=until, zone=zone).add_up(keys, sums, zone=zone)
    cost = frame["price_e5"] / E5
    each = {f"per_{one}": divide(cost, frame[of]) for one, of in (("delivered", "delivered"), ("segment", "segments"))}
    frame = frame.assign(cost=cost, **each)
    if not fees:
        return frame
    low, high = rates.fee_range()
    charged = frame.pop("charged")
    return frame.assign(fees_usd_low=charged * low, fees_usd_high=charged * high)


def characters(
    log: Log, *, by: By = (), zone: str = "UTC", since: Moment | None = None, until: Moment | None = None
) -> pd.DataFrame:
    """Which characters forced messages into UCS-2, where a segment holds 70 characters instead of GSM-7's 160.

    Arguments as for `rates.volume`; `by` is of number, kind, messaging_service_sid, country, day, week and month.

    Returns:
        One row for each group, `character` (the first of a message that GSM-7 lacks) and `price_unit`: `n` messages,
        their `segments` and `price_e5`, and `first` and `last`, the first and last hour (UTC) in which it occurs; the most frequent first.
    """
    keys = grouping(by, ("number", "kind", "messaging_service_sid", "country", "day", "week", "month"))
    sums = {"n": "sum(n)", "segments": "sum(segments)", "price_e5": "sum(price_e5)", **MET}
    part = log.select(since=since, until=until, zone=zone)
    frame = part.add_up([*keys, "odd", "price_unit"], sums, f"{OUT} AND odd <> ''", zone=zone)
    frame = frame.rename(columns={"odd": "character"})
    return frame.sort_values("n", ascending=False, kind="stable", ignore_index=True)
