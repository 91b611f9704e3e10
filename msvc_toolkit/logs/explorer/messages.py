"""The table of the messages behind a bar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets
import pandas as pd
from itables.widget import ITable

from msvc_toolkit.html import cards
from msvc_toolkit.logs.charts.labels import count, label
from msvc_toolkit.logs.charts.marks import Bar
from msvc_toolkit.logs.time_zones import read_zone

SHOWN = 1000
"""How many messages the table shows at most."""
_COLUMNS = {
    "date_created": "Created", "direction": "Direction", "status": "Status", "error_code": "Error",
    "number": "Sender", "peer": "Other side", "country": "Country", "messaging_service_sid": "Service",
    "num_segments": "Segments", "sid": "SID",
}  # fmt: skip
_LOOK: dict[str, Any] = {
    "showIndex": False, "classes": "display compact", "pageLength": 8, "ordering": False, "maxBytes": 0,
    "layout": {"topStart": None, "topEnd": None, "bottomStart": "info", "bottomEnd": "paging"},
    "columnDefs": [{"targets": "_all", "className": "dt-left"}],
}  # fmt: skip


class Messages:
    """Shows messages, or says that none are chosen."""

    def __init__(self) -> None:
        self.count = widgets.HTML()
        self.count.add_class("msvc-count")
        self.table = ITable(pd.DataFrame(columns=list(_COLUMNS.values())), **_LOOK)
        self.table.add_class("msvc-table")
        self.table.add_class("msvc-rows")
        self.view = widgets.VBox([self.count, self.table])
        self.show(pd.DataFrame(), None, {}, "UTC")

    def show(self, messages: pd.DataFrame, bar: Bar | None, names: Mapping[str, str], zone: str) -> None:
        """Show the messages behind a bar, the newest first, at the times of a zone."""
        self.table.layout.display = "none" if messages.empty else ""
        if bar is None:
            self.count.value = cards.block(cards.text("Click a bar of a chart to see its messages."))
            return
        more = f", the newest {SHOWN:,}" if len(messages) == SHOWN else ", the newest first"
        self.count.value = cards.block(cards.text(f"{bar.words}. Shown: {count(len(messages), 'message')}{more}."))
        if not messages.empty:
            self.table.update(written(messages, names, zone), **_LOOK)


def written(messages: pd.DataFrame, names: Mapping[str, str], zone: str, *, whole: bool = False) -> pd.DataFrame:
    """Write messages as people read them, in plain columns; numbers are masked already where they should be.

    Args:
        messages: Rows of a log.
        names: Friendly names by SID of a service.
        zone: Time zone of when they were created.
        whole: Keep SIDs of services whole and numbers as numbers, for a file; the text is added where there is one.
    """
    table = messages[list(_COLUMNS)].astype(object).where(messages[list(_COLUMNS)].notna(), "")
    created = messages["date_created"].dt.tz_localize("UTC").dt.tz_convert(read_zone(zone))
    table["date_created"] = created.dt.strftime("%Y-%m-%d %H:%M:%S").fillna("no date")
    services = table["messaging_service_sid"]
    if whole:
        table[["error_code", "num_segments"]] = messages[["error_code", "num_segments"]].astype("Int64")
        table["messaging_service_sid"] = [names.get(sid, sid) for sid in services]
    else:
        table["error_code"] = [str(int(code)) if code not in ("", 0) else "" for code in table["error_code"]]
        table["messaging_service_sid"] = [label("messaging_service_sid", sid, names) for sid in services]
    if whole and messages["body"].notna().any():
        table["body"] = messages["body"]
    return table.rename(columns={**_COLUMNS, "date_created": f"Created, {zone}", "body": "Text"})
