"""Measures of senders and the people they write to: who was chosen for whom, who stays, who left, who does nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures.groups import add_up, divide, plain
from msvc_toolkit.logs.measures.money import E5
from msvc_toolkit.logs.measures.rates import rated
from msvc_toolkit.logs.time_zones import Moment, read_zone

IDLE = timedelta(days=30)
"""A sender that neither sent nor received for so long is idle: a month of it was paid for nothing."""


def choices(log: Log, *, zone: str = "UTC", since: Moment | None = None, until: Moment | None = None) -> pd.DataFrame:
    """Which senders a service chose for which destinations.

    Answers are left out: they go back from where they were asked. A message with a `From` of its own within a service
    is counted as chosen, since a log does not tell.

    Returns:
        One row for each `messaging_service_sid`, `country`, `area_code` (empty outside the US and Canada) and `number`
        with its `kind`: `n` messages, `all`, those of the service to that destination, and the `share` of this sender.
    """
    place = ["messaging_service_sid", "country", "area_code"]
    told = add_up(log.select(since=since, until=until, zone=zone).choices, [*place, "number", "kind"], ("n",))
    told["all"] = told.groupby(place)["n"].transform("sum") if len(told) else 0
    told = told.assign(share=divide(told["n"], told["all"]))
    return told.sort_values([*place, "n", "number"], ascending=[True, True, True, False, True], ignore_index=True)


def stickiness(
    log: Log, *, zone: str = "UTC", since: Moment | None = None, until: Moment | None = None
) -> pd.DataFrame:
    """How many people got a service's messages from more than one of its senders, which sticky senders are to prevent.

    Not each of them is a fault: a sender may have left the pool, and a fallback from one kind of sender to another is
    meant. Messages for which no sender was chosen are left out.

    Returns:
        One row for each `messaging_service_sid`: `people` it wrote to, those it wrote to `repeated`ly, the `broken` of
        these, who met two senders or more, and the `rate` of broken among repeated with `low` and `high`; `n` messages,
        `broken_n` of them to broken ones.
    """
    pairs = plain(log.select(since=since, until=until, zone=zone).pairs)
    told = pairs[["messaging_service_sid", "people", "repeated", "broken", "n", "broken_n"]]
    return rated(told.sort_values("messaging_service_sid", ignore_index=True), "broken", "repeated")


def after_stop(
    log: Log,
    *,
    by: str = "messaging_service_sid",
    zone: str = "UTC",
    since: Moment | None = None,
    until: Moment | None = None,
) -> pd.DataFrame:
    """What was sent to people after they said STOP and before they said START.

    A STOP reaches the service it was said to or, outside services, the sender. Answers are left out unless they were
    refused: Twilio confirms a STOP by one. People who left before the log begins are known only by what was refused.

    Args:
        log: The log; STOPs are looked for in all of it, even when it is a selection.
        by: messaging_service_sid or number.
        zone: The zone of a window that names none.
        since: Begin, included.
        until: End, excluded.

    Returns:
        The groups that sent any: `people` who got them; `n` messages, of which `refused` with 21610, and `went_out`,
        those that Twilio did not stop; `first` and `last` (UTC).
    """
    if by not in ("messaging_service_sid", "number"):
        raise InvalidInput(
            [Problem("by", f"By {by!r} nothing can be told here. Choose messaging_service_sid or number.")]
        )
    sent, said = log.select(since=since, until=until, zone=zone).to_leavers, log.keywords
    refused = (sent["refused"] == 1).to_numpy()
    went = ~refused & (_last_said(sent, said) == "stop")
    sent = sent.assign(n=1, went_out=went.astype("int64"))[refused | went]
    told = sent.groupby(by, observed=True, sort=True).agg(
        people=("peer", "nunique"), n=("n", "sum"), refused=("refused", "sum"), went_out=("went_out", "sum"),
        first=("date_created", "min"), last=("date_created", "max"),
    )  # fmt: skip
    ranked: pd.DataFrame = plain(told.reset_index()).sort_values(["n", by], ascending=[False, True], ignore_index=True)
    return ranked


def _last_said(sent: pd.DataFrame, said: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Return the last keyword that each message's recipient had said before it."""
    thread = np.zeros(len(sent) + len(said), np.int64)
    for name in ("scope", "peer"):
        known = sent[name].cat.categories.union(said[name].cat.categories)
        codes = [known.get_indexer(one[name].cat.categories)[one[name].cat.codes] for one in (sent, said)]
        thread = thread * len(known) + np.concatenate(codes)
    moment = np.concatenate([sent["date_created"], said["date_created"]])
    place = np.concatenate([np.arange(len(sent)), np.full(len(said), len(sent))])
    words = pd.Index(["", *said["keyword"].cat.categories])
    word = np.concatenate([np.zeros(len(sent), np.int8), said["keyword"].cat.codes.to_numpy() + 1])
    order = np.lexsort((word, moment, thread))  # of one second, what is said comes after what is sent
    thread, word = thread[order], word[order]
    last = np.maximum.accumulate(np.where(word > 0, np.arange(len(word)), 0))  # the nearest keyword, whoever said it
    heard = np.where(thread[last] == thread, word[last], 0)
    told = np.zeros(len(sent) + 1, np.int8)
    told[place[order]] = heard
    return words.to_numpy(object)[told[:-1]]


def idle(
    log: Log,
    senders: Iterable[str] | Mapping[str, Decimal | str | float] = (),
    *,
    price_unit: str = "USD",
    zone: str = "UTC",
) -> pd.DataFrame:
    """Which senders neither sent nor received for `IDLE`, and what they cost a month.

    Args:
        log: The log.
        senders: The numbers there are, so that those without any message are told too; with what each costs a month,
            where that is known: Twilio's message log does not hold it.
        price_unit: The currency of these costs.
        zone: The zone of `last`.

    Returns:
        One row for each sender, the longest idle first: `number`, `n` messages, `last` (the hour of the last), whole
        `days` since then or, without any, since the log begins, `idle`, and `price_e5` a month with `cost` and
        `price_unit`.
    """
    cube = log.cube
    prices = dict(senders) if isinstance(senders, Mapping) else dict.fromkeys(senders)
    seen = (
        cube[(cube["number"] != "").to_numpy()]
        .groupby("number", observed=True)
        .agg(n=("n", "sum"), last=("hour", "max"))
    )
    seen.index = seen.index.astype(object)
    told = seen.reindex(sorted({*seen.index, *prices}))
    begin = cube["hour"].min() if len(cube) else pd.Timestamp(log.as_of)
    silent = log.as_of - told["last"].fillna(begin)
    e5 = [None if prices.get(number) is None else int(Decimal(str(prices[number])) * E5) for number in told.index]
    told = told.assign(
        n=told["n"].fillna(0).astype("int64"),
        last=told["last"].dt.tz_localize("UTC").dt.tz_convert(read_zone(zone)),
        days=silent.dt.days,
        idle=silent >= IDLE,
        price_e5=pd.array(e5, "Int64"),
        price_unit=price_unit,
    )
    told["cost"] = told["price_e5"].astype("Float64") / E5
    told = told.rename_axis("number").reset_index()
    return told.sort_values(["days", "number"], ascending=[False, True], ignore_index=True)
