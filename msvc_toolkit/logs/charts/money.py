"""Charts of what messages cost: segments and spend, and the characters that make messages dear."""

from __future__ import annotations

import unicodedata
from typing import Any, Unpack

import pandas as pd
from matplotlib.axes import Axes

from msvc_toolkit.logs.charts import primitives
from msvc_toolkit.logs.charts.canvas import OUT
from msvc_toolkit.logs.charts.labels import count, labels, left_out, money, short
from msvc_toolkit.logs.charts.layout import About, Row, Sheet


def plot_spend(frame: pd.DataFrame, ax: Axes | None = None, **about: Unpack[About]) -> Axes:
    """Draw how many segments messages took, in which encoding, and say what they cost, each currency for itself."""
    sheet = Sheet("How many segments, and what did they cost?", ax, about)
    found = frame[frame["segments"] > 0]
    if found.empty:
        return sheet.nothing("No message of this selection has gone out.")
    found = found[found["price_unit"] != ""] if (found["price_unit"] != "").any() else found
    key = str(frame.columns[0])
    shown = found.sort_values("segments", ascending=False, kind="stable").head(primitives.ROWS)
    rows = [
        Row(name, _cost(row), {key: row[key], "direction": OUT})
        for name, row in zip(labels(key, shown[key], sheet.names), shown.to_dict("records"), strict=True)
    ]
    ucs2 = shown["ucs2_segments"].tolist()
    rest = [whole - part for whole, part in zip(shown["segments"], ucs2, strict=True)]
    parts = {"GSM-7 or unknown": rest, "UCS-2": ucs2}
    primitives.heap(sheet.ax, rows, parts)
    primitives.counts(sheet.ax.xaxis)
    fewer = left_out(len(found) - len(shown), key, "with fewer segments")
    under = f"Beside each: what it cost, and per message delivered. {_fees(frame)} {fewer}"
    return sheet.finish(rows=rows, legend=True, under=under, xlabel="segments")


def plot_characters(frame: pd.DataFrame, ax: Axes | None = None, **about: Unpack[About]) -> Axes:
    """Draw which characters forced messages into UCS-2, whose segments hold 70 characters in place of 160."""
    sheet = Sheet("Which characters make messages longer?", ax, about)
    found = frame.groupby("character", sort=False, as_index=False)[["n", "segments"]].sum()
    if found.empty:
        return sheet.nothing("No message of this selection has a character that forces UCS-2.")
    shown = found.sort_values("n", ascending=False, kind="stable").head(primitives.ROWS)
    rows = [
        Row(_name(row["character"]), f"{count(row['n'], 'message')}, {row['segments']:,} segments",
            {"odd": row["character"], "direction": OUT})
        for row in shown.to_dict("records")
    ]  # fmt: skip
    primitives.bars(sheet.ax, rows, shown["n"].tolist(), colour=3)
    primitives.counts(sheet.ax.xaxis)
    return sheet.finish(rows=rows, under=left_out(len(found) - len(shown), "character"))


def _fees(frame: pd.DataFrame) -> str:
    """Say what carriers charge on top, or that it is not in here."""
    if "fees_usd_low" not in frame:
        return "Carrier fees come on top: Twilio bills them apart."
    low, high = (money(float(frame[f"fees_usd_{end}"].sum()), "USD") for end in ("low", "high"))
    return f"Carrier fees to the US come on top: about {low} to {high} (estimate)."


def _cost(row: dict[Any, Any]) -> str:
    unit = str(row["price_unit"])
    each = f", {money(row['per_delivered'], unit)}" if row["delivered"] else ""
    return f"{money(row['cost'], unit)}{each}" if unit else "no price yet"


def _name(character: str) -> str:
    """Name a character, since the chart's font may lack it."""
    named = unicodedata.name(character, "unnamed").lower()
    return short(f"{character if character.isalpha() else ''} U+{ord(character):04X} {named}".strip())
