"""Charts of what messages cost: segments and spend, and the characters that make messages cost more."""

from __future__ import annotations

import unicodedata
from typing import Any, Unpack

import pandas as pd

from msvc_toolkit.logs.charts.chart import About, Chart, largest
from msvc_toolkit.logs.charts.labels import count, left_out, money
from msvc_toolkit.logs.charts.marks import OUT, Row, bars, heap


def spend_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw how many segments messages took, in which encoding, and say what they cost, each currency separately."""
    chart = Chart("Segments and spend", **about)
    found = frame[frame["segments"] > 0]
    if found.empty:
        return chart.nothing("No message of this selection has gone out.")
    found = found[found["price_unit"] != ""] if (found["price_unit"] != "").any() else found
    key = str(frame.columns[0])
    shown, rest = largest(found, "segments")
    rows = chart.rows(shown, key, _cost, direction=OUT)
    ucs2 = shown["ucs2_segments"].tolist()
    others = (shown["segments"] - shown["ucs2_segments"]).tolist()
    return chart.of(
        heap(rows, {"GSM-7 or unknown": others, "UCS-2": ucs2}, "segments"),
        "Beside each bar: the total cost, and the cost of each delivered message.",
        _fees(frame),
        left_out(len(rest), key, "with fewer segments"),
    )


def characters_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw which characters forced messages into UCS-2, where a segment holds 70 characters instead of 160."""
    chart = Chart("Characters that force UCS-2", **about)
    found = frame.groupby("character", sort=False, as_index=False)[["n", "segments"]].sum()
    if found.empty:
        return chart.nothing("No message of this selection has a character that forces UCS-2.")
    shown, rest = largest(found, "n")
    rows = [
        Row(
            _name(row["character"]),
            f"{count(row['n'], 'message')}, {row['segments']:,} segments",
            {"odd": row["character"], "direction": OUT},
        )
        for row in shown.to_dict("records")
    ]
    return chart.of(bars(rows, shown["n"].tolist(), 3), left_out(len(rest), "character"))


def _fees(frame: pd.DataFrame) -> str:
    """Say what carriers charge on top, or that it is not in here."""
    if "fees_usd_low" not in frame:
        return "Carrier fees come on top: Twilio bills them separately."
    low, high = (money(float(frame[f"fees_usd_{end}"].sum()), "USD") for end in ("low", "high"))
    return f"Carrier fees to the US come on top: about {low} to {high} (estimate)."


def _cost(row: dict[Any, Any]) -> str:
    unit = str(row["price_unit"])
    each = f", {money(row['per_delivered'], unit)}" if row["delivered"] else ""
    return f"{money(row['cost'], unit)}{each}" if unit else "no price yet"


def _name(character: str) -> str:
    """Name a character, since the chart's font may lack it."""
    named = unicodedata.name(character, "unnamed").lower()
    return f"{character if character.isalpha() else ''} U+{ord(character):04X} {named}".strip()
