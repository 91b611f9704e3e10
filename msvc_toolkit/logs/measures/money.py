"""Measures of what messages cost: spend by currency, and the characters that make messages longer than they need be.

Money is whole hundred-thousandths of its currency, and never added to another currency's. Columns named `cost` or `per_`
are the same divided, for reading.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures.groups import By, add_up, divide, grain_for, grouping, in_zone, plain, split
from msvc_toolkit.logs.time_zones import Moment
from msvc_toolkit.rules import rates

E5 = 100_000
"""Of these make one unit of a currency. Twilio prices messages to a hundredth of a cent, and less with discounts."""
DELIVERED = ("delivered", "read")
HANDED_OVER = ("sent", "undelivered", *DELIVERED)
"""Statuses of messages that a carrier got. Whether each charges for one that it did not deliver is not known; ours."""
CHARGED = ("local", "toll-free", "short code")
"""Kinds of senders whose messages to US phones bear carrier fees. Source: fees.toml."""


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

    Carrier fees come on top: Twilio bills them apart, and no message has them in its price.

    Args:
        log: The log.
        by: What to group by.
        zone: The zone of days, weeks and hours, and of a window that names none.
        since: Begin, included.
        until: End, excluded.
        fees: Estimate the carrier fees of messages to the US, too.

    Returns:
        One row for each group and `price_unit` (empty: Twilio named none yet). `n` messages and their `segments`;
        `ucs2_segments`, those of messages in UCS-2; `priced` and `unpriced` messages, those that never went out left out
        of the latter; `price_e5`, exact, and `cost`; `delivered` messages, and `per_delivered`, what one of them cost,
        those that failed paid for by those that did not; `per_segment`; and `inbound_e5`, what texts that came in cost.
        With `fees`, `fees_usd_low` and `fees_usd_high`, between which the carrier fees to the US lie: an estimate by
        segments, as a log does not name the carrier. See fees.toml for its source and what it leaves out.
    """
    cube, keys = split(log, by, zone, since, until)
    keys = [*(key for key in keys if key != "price_unit"), "price_unit"]
    out = (cube["direction"] != "inbound").to_numpy()
    free = cube["status"].isin(("failed", "canceled")).to_numpy()
    n, segments, price, priced = (cube[name].to_numpy() for name in ("n", "segments", "price_e5", "priced"))
    cube = cube.assign(
        n=np.where(out, n, 0),
        segments=np.where(out, segments, 0),
        ucs2_segments=np.where(out & (cube["encoding"] == "UCS-2").to_numpy(), segments, 0),
        priced=np.where(out, priced, 0),
        unpriced=np.where(out & ~free, n - priced, 0),
        price_e5=np.where(out, price, 0),
        delivered=np.where(out & cube["status"].isin(DELIVERED).to_numpy(), n, 0),
        inbound_e5=np.where(out, 0, price),
    )
    sums: tuple[str, ...] = (
        "n",
        "segments",
        "ucs2_segments",
        "priced",
        "unpriced",
        "price_e5",
        "delivered",
        "inbound_e5",
    )
    if fees:
        handed = out & cube["status"].isin(HANDED_OVER).to_numpy() & (cube["country"] == "US").to_numpy()
        by_phone = cube["kind"].isin(CHARGED).to_numpy()
        cube = cube.assign(charged=np.where(handed & by_phone, segments, 0))
        sums = (*sums, "charged")
    told = add_up(cube, keys, sums)
    cost = told["price_e5"] / E5
    told = told.assign(
        cost=cost, per_delivered=divide(cost, told["delivered"]), per_segment=divide(cost, told["segments"])
    )
    if not fees:
        return told
    low, high = rates.fee_range()
    charged = told.pop("charged")
    return told.assign(fees_usd_low=charged * low, fees_usd_high=charged * high)


def characters(
    log: Log, *, by: By = (), zone: str = "UTC", since: Moment | None = None, until: Moment | None = None
) -> pd.DataFrame:
    """Which characters made messages UCS-2, whose segments hold 70 characters where GSM-7's hold 160.

    Args:
        log: The log; bodies were looked at as it was kept, or there is nothing to tell.
        by: Of number, kind, messaging_service_sid, country, day, week and month.
        zone: The zone of days and hours, and of a window that names none.
        since: Begin, included.
        until: End, excluded.

    Returns:
        One row for each group, `character` (the first of a message that GSM-7 lacks) and `price_unit`: `n` messages,
        their `segments` and `price_e5`, and `first` and `last`, the hours (UTC) it was met in; the most frequent first.
    """
    keys = grouping(by, ("number", "kind", "messaging_service_sid", "country", "day", "week", "month"))
    part = log.select(since=since, until=until, zone=zone)
    cube = in_zone(part.oddities(grain_for(part, keys, zone)), keys, zone).rename(columns={"odd": "character"})
    told = cube.groupby([*keys, "character", "price_unit"], observed=True, sort=True).agg(
        n=("n", "sum"), segments=("segments", "sum"), price_e5=("price_e5", "sum"), first=("utc", "min"), last=("utc", "max")
    )  # fmt: skip
    return plain(told.reset_index()).sort_values("n", ascending=False, kind="stable", ignore_index=True)
