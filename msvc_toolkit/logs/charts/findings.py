"""The chart of what was found in a log: every fault, by how many messages it struck."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

import pandas as pd
from matplotlib.axes import Axes

from msvc_toolkit.logs.charts import primitives
from msvc_toolkit.logs.charts.canvas import OUT
from msvc_toolkit.logs.charts.labels import distinct, label, left_out, percent
from msvc_toolkit.logs.charts.layout import About, Row, Sheet


def plot_findings(frame: pd.DataFrame, ax: Axes | None = None, **about: Unpack[About]) -> Axes:
    """Draw what `findings` found, the faults that struck most messages on top."""
    sheet = Sheet("What stands out?", ax, about)
    if frame.empty:
        return sheet.nothing("No single fault was found in this selection.")
    shown = frame.sort_values("messages", ascending=False, kind="stable").head(primitives.ROWS)
    found = shown.to_dict("records")
    names = distinct(_name(one, sheet.names) for one in found)
    rows = [Row(name, _share(one), _where(one)) for name, one in zip(names, found, strict=True)]
    primitives.bars(sheet.ax, rows, shown["messages"].tolist(), colour=1)
    primitives.counts(sheet.ax.xaxis)
    under = left_out(len(frame) - len(shown), "", "that struck fewer messages")
    return sheet.finish(rows=rows, under=f"Beside each: how many messages, of how many since it began. {under}")


def _name(one: Mapping[Any, Any], names: Mapping[str, str]) -> str:
    """Name a fault by its code or character, and by its place."""
    what = one["what"] if one["fault"] == "errors" else f"{one['fault']} {one['what']}".strip()
    service = one["messaging_service_sid"]
    place = label("number", one["number"]) if one["number"] else label("messaging_service_sid", service, names)
    return f"{what}: {place}" if one["number"] or service else what


def _share(one: Mapping[Any, Any]) -> str:
    return f"{one['messages']:,} of {one['sent']:,} ({percent(one['messages'] / max(one['sent'], 1))})"


def _where(one: Mapping[Any, Any]) -> dict[str, Any]:
    """Name the messages of a fault; of late receipts and the like, those of its sender or service since then."""
    where: dict[str, Any] = {"direction": OUT}
    if one["measure"] in ("errors", "after_stop"):
        where["error_code"] = [int(code) for code in one["what"].split(", ")]
    if one["fault"] == "UCS-2":
        where["odd"] = one["what"]
    if one["number"]:
        where["number"] = one["number"]
    if one["number"] or one["messaging_service_sid"]:
        where["messaging_service_sid"] = one["messaging_service_sid"]
        where["since"] = one["since"].to_pydatetime()
    return where
