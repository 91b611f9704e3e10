"""Whether a log is healthy: said only when its delivery is clearly as usual and nothing was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures import usual
from msvc_toolkit.logs.measures.rates import ENDED, OUT, SMALL, settle


@dataclass(frozen=True)
class Health:
    """The verdict on a log.

    Args:
        mood: warning when faults were found; done when it is healthy; note when it cannot be judged.
        sentence: The verdict in words.
    """

    mood: Literal["done", "note", "warning"]
    sentence: str


def health(log: Log, found: pd.DataFrame) -> Health:
    """Judge a log.

    It is healthy when the lower end of its delivery rate's interval is not below what its senders should deliver at
    least. Messages in flight count as not delivered, so that a log that was pulled early is not called healthy.

    Args:
        log: The log, or a selection of it.
        found: Its `findings`.
    """
    if len(found):
        return Health("warning", "1 finding." if len(found) == 1 else f"{len(found):,} findings, the largest first.")
    out = log.add_up(["number", "kind", "country"], ENDED, OUT)
    if out.empty:
        return Health("note", "No message of this selection has gone out, so there is nothing to judge.")
    whole = settle(out[[*ENDED]].sum().to_frame().T).iloc[0]
    settled, flying = int(whole["settled"]), int(whole["in_flight"])
    counted = f"{whole['delivered']:,} of {settled:,} messages that have come to their end were delivered"
    if settled < SMALL:
        return Health("note", f"Too few messages to judge: {counted}. At least {SMALL} are needed. Choose more.")
    least = float((usual.least_of(out) * out["n"]).sum() / out["n"].sum())
    worst = settle(pd.DataFrame([whole[[*ENDED]].astype(int)]).assign(failed=whole["failed"] + flying)).iloc[0]
    rate = f"{counted}: {whole['rate']:.1%}, 95 % interval {whole['low']:.1%} to {whole['high']:.1%}"
    if worst["low"] < least:
        unsure = f" {flying:,} more are in flight." if flying else ""
        sentence = (
            f"No single fault was found, but this is not clearly healthy. {rate}; usual is {least:.0%} or more.{unsure}"
        )
        return Health("note", sentence)
    senders = settle(out.groupby("number", as_index=False)[[*ENDED]].sum())
    small = int(senders["small"].sum()) if len(senders) > 1 else 0
    few = f" {small:,} sender{'s have' if small > 1 else ' has'} too few messages to be judged alone." if small else ""
    return Health("done", f"Nothing out of the ordinary was found. {rate}; usual is {least:.0%} or more.{few}")
