"""Usual values: the shares above which something is wrong, and whether a log is healthy.

The limits hold whatever a share was before or is elsewhere. A share counts as beyond its limit when its whole 95 % interval is;
see `localize.beyond`. All limits are ours (grade O) and are far from usual values, since Twilio publishes no rates.

Source: Burst SMS, help article 44001076747 (grade T, a third party's; read 2026-11-30), says that there is no industry
guide, and that its customers see 95 % delivered on clean lists and 85 % on a first send. Scenario `busy`
delivers 98 %.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures.rates import ENDED, OUT, SMALL, settle
from msvc_toolkit.rules import addresses, error_codes

_ELSEWHERE = 0.75
_DELIVERED = {"short code": 0.9, "channel": _ELSEWHERE, "alphanumeric": _ELSEWHERE}
_ON_A_FIRST_SEND = 0.85
OF_LISTS = (30003, 30004, 30005, 30006)
"""Codes about the recipient: they show how clean a list is, so senders differ in them."""
_CODE_OF_LISTS, _CODE_OF_OURS, _CODE_OF_CARRIERS = 0.1, 0.01, 0.05
UNKNOWN = 0.05
"""A larger share of messages without any receipt is too much. Ours: each of them may have failed."""
LATE = 0.1
"""A larger share of late messages is too much. Ours: a price that comes late makes 4 % look late in a healthy `busy`."""
UCS2 = 0.1
"""A larger share of messages with the same odd character is worth a look. Ours: a tenth of the bill is then nearly doubled."""


def least_delivered(kind: str, country: str) -> float:
    """Return the least share of messages that a kind of sender should deliver in a country.

    Ours. In the US and Canada 85 %, as for a first send; short codes are vetted, so 90 %. Elsewhere 75 %, and
    likewise from sender IDs and on channels such as WhatsApp: routes and receipts differ, and not everybody has the app.
    """
    return _DELIVERED.get(kind, _ON_A_FIRST_SEND) if country in addresses.US_CA else _ELSEWHERE


def least_of(frame: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return `least_delivered` of each row of a frame."""
    pairs = zip(frame["kind"], frame["country"], strict=True)
    return np.array([least_delivered(kind, country) for kind, country in pairs], float)


def most_with(code: int) -> float:
    """Return the largest usual share of messages that end with an error code.

    Ours. Codes that show how clean a list is: 10 %, less than the 15 % that a first send loses. Faults that the sender
    has to fix, such as filtering or a registration: 1 %, as in the review of A2P. All others: 5 %.
    """
    if code in OF_LISTS:
        return _CODE_OF_LISTS
    known = error_codes.lookup(code)
    return _CODE_OF_OURS if known and known.who == "you" else _CODE_OF_CARRIERS


def is_odd(character: str) -> bool:
    """Whether a character is the only reason why GSM-7 cannot hold a text: a Latin letter, a sign or a space.

    Texts in another script need UCS-2 anyway.
    """
    return not unicodedata.category(character).startswith("L") or "LATIN" in unicodedata.name(character, "")


@dataclass(frozen=True)
class Health:
    """The verdict on a log: a warning when faults were found, done when it is healthy, a note when it cannot be judged."""

    mood: Literal["done", "note", "warning"]
    sentence: str


def health(log: Log, found: pd.DataFrame) -> Health:
    """Judge a log or a selection of it by its `findings`.

    It is healthy when the lower end of the interval of its delivery rate reaches what its senders should
    deliver. Messages in flight count as not delivered, so that a log that was pulled early is not called healthy.
    """
    if len(found):
        return Health(
            "warning",
            "1 finding."
            if len(found) == 1
            else f"{len(found):,} findings, the largest first; those that only cost more or come late are last.",
        )
    out = log.add_up(["number", "kind", "country"], ENDED, OUT)
    if out.empty:
        return Health("note", "No message of this selection has gone out, so there is nothing to judge.")
    whole = settle(out[[*ENDED]].sum().to_frame().T).iloc[0]
    settled, flying = int(whole["settled"]), int(whole["in_flight"])
    counted = f"{whole['delivered']:,} of {settled:,} messages with a final status were delivered"
    if settled < SMALL:
        return Health("note", f"Too few messages to judge: {counted}. At least {SMALL} are needed. Choose more.")
    least = float((least_of(out) * out["n"]).sum() / out["n"].sum())
    worst = settle(pd.DataFrame([whole[[*ENDED]].astype(int)]).assign(failed=whole["failed"] + flying)).iloc[0]
    rate = f"{counted}: {whole['rate']:.1%}, 95 % interval {whole['low']:.1%} to {whole['high']:.1%}"
    if worst["low"] < least:
        unsure = f" {flying:,} more are in flight." if flying else ""
        unclear = "No single fault was found, but the log is not clearly healthy."
        return Health("note", f"{unclear} {rate}; usual is {least:.0%} or more.{unsure}")
    senders = settle(out.groupby("number", as_index=False)[[*ENDED]].sum())
    small = int(senders["small"].sum()) if len(senders) > 1 else 0
    few = f" {small:,} sender{'s have' if small > 1 else ' has'} too few messages to be judged alone." if small else ""
    return Health("done", f"Nothing out of the ordinary was found. {rate}; usual is {least:.0%} or more.{few}")
