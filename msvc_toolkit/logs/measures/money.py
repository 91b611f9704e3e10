"""Measures of what messages cost: spend by currency, and the characters that make messages longer than they need be.

Money is whole hundred-thousandths of its currency, and never added to another currency's. Columns named `cost` or `per_`
are the same divided, for reading.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures.groups import By, add_up, divide, grain_for, grouping, in_zone, plain, split
from msvc_toolkit.logs.moments import Moment

E5 = 100_000
"""Of these make one unit of a currency. Twilio prices messages to a hundredth of a cent, and less with discounts."""
DELIVERED = ("delivered", "read")


def spend(
    log: Log, *, by: By = (), zone: str = "UTC", since: Moment | None = None, until: Moment | None = None
) -> pd.DataFrame:
    """What the messages that went out cost, by currency; arguments as for `rates.volume`.

    Returns:
        One row for each group and `price_unit` (empty: Twilio named none yet). `n` messages and their `segments`;
        `ucs2_segments`, those of messages in UCS-2; `priced` and `unpriced` messages, those that never went out left out
        of the latter; `price_e5`, exact, and `cost`; `delivered` messages, and `per_delivered`, what one of them cost,
        those that failed paid for by those that did not; `per_segment`; and `inbound_e5`, what texts that came in cost.
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
    sums = ("n", "segments", "ucs2_segments", "priced", "unpriced", "price_e5", "delivered", "inbound_e5")
    told = add_up(cube, keys, sums)
    cost = told["price_e5"] / E5
    return told.assign(
        cost=cost, per_delivered=divide(cost, told["delivered"]), per_segment=divide(cost, told["segments"])
    )


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
