"""The table of the messages behind a bar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets
import pandas as pd
from itables.widget import ITable

from msvc_toolkit import cards
from msvc_toolkit.logs.charts.canvas import Bar
from msvc_toolkit.logs.charts.labels import count, label

SHOWN = 1000
"""How many messages the table shows at most."""
_COLUMNS = {
    "date_created": "Created, UTC", "direction": "Direction", "status": "Status", "error_code": "Error",
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
        self.show(pd.DataFrame(), None, {})

    def show(self, messages: pd.DataFrame, bar: Bar | None, names: Mapping[str, str]) -> None:
        """Show the messages behind a bar, the newest first."""
        self.table.layout.display = "none" if messages.empty else ""
        if bar is None:
            self.count.value = cards.block(cards.text("Click a bar of a chart to see its messages."))
            return
        more = f", the newest {SHOWN:,}" if len(messages) == SHOWN else ", the newest first"
        self.count.value = cards.block(cards.text(f"{bar.words}. Shown: {count(len(messages), 'message')}{more}."))
        if not messages.empty:
            self.table.update(_told(messages, names), **_LOOK)


def _told(messages: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Write messages as people read them; numbers are masked already where they shall be."""
    told = messages[list(_COLUMNS)].astype(object).where(messages[list(_COLUMNS)].notna(), "")
    told["date_created"] = messages["date_created"].dt.strftime("%Y-%m-%d %H:%M:%S").fillna("no date")
    told["error_code"] = [str(int(code)) if code not in ("", 0) else "" for code in told["error_code"]]
    told["messaging_service_sid"] = [
        label("messaging_service_sid", sid, names) for sid in told["messaging_service_sid"]
    ]
    return told.rename(columns=_COLUMNS)
