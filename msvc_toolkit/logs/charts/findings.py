"""The chart of findings: every fault, by the number of messages that it affected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

import pandas as pd

from msvc_toolkit.logs.charts.chart import About, Chart, largest
from msvc_toolkit.logs.charts.labels import distinct, label, left_out, percent
from msvc_toolkit.logs.charts.marks import OUT, Row, bars

_WHOLE = {
    "daily cap": "T-Mobile's cap of a day is used up:",
    "after STOP": "sent after STOP",
    "UCS-2": "dearer texts (UCS-2) by the character",
}
"""What faults are called where there is room."""


def findings_chart(frame: pd.DataFrame, **about: Unpack[About]) -> Chart:
    """Draw the faults that `findings` found, those that affected most messages on top."""
    chart = Chart("What stands out", **about)
    if frame.empty:
        return chart.nothing("No single fault was found in this selection.")
    shown, rest = largest(frame, "messages")
    found = shown.to_dict("records")
    names = distinct(name_of(one, chart.names) for one in found)
    shares = [
        f"{one['messages']:,} of {one['sent']:,} ({percent(one['messages'] / max(one['sent'], 1))})" for one in found
    ]
    rows = [Row(name, share, where_of(one)) for name, share, one in zip(names, shares, found, strict=True)]
    left = left_out(len(rest), "", "that struck fewer messages")
    under = "Beside each bar: the messages that failed or came late, and all messages sent since the fault began."
    return chart.of(bars(rows, shown["messages"].tolist(), 1), under, left)


def name_of(one: Mapping[Any, Any], names: Mapping[str, str] | None, *, whole: bool = False) -> str:
    """Name a fault (a row of `findings`) by its code or character and where it occurs; `whole` adds the code's meaning."""
    fault = _WHOLE.get(one["fault"], one["fault"]) if whole else one["fault"]
    what = one["what"] if one["fault"] == "errors" else f"{fault} {one['what']}".strip()
    what = label("error_code", int(one["what"])) if whole and one["fault"] == "errors" else what
    service = one["messaging_service_sid"]
    place = label("number", one["number"]) if one["number"] else label("messaging_service_sid", service, names)
    return f"{what}: {place}" if one["number"] or service else what


def where_of(one: Mapping[Any, Any]) -> dict[str, Any]:
    """Return which messages a fault is about; for a fault without a code, all messages of the sender or service since the fault began."""
    where: dict[str, Any] = {"direction": OUT}
    if one["measure"] in ("errors", "after_stop") and one["what"]:
        where["error_code"] = [int(code) for code in one["what"].split(", ")]
    if one["fault"] == "UCS-2":
        where["odd"] = one["what"]
    if one["number"]:
        where["number"] = one["number"]
    if one["number"] or one["messaging_service_sid"]:
        where["messaging_service_sid"] = one["messaging_service_sid"]
        where["since"] = one["since"].to_pydatetime()
    return where
