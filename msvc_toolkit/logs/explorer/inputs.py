"""The inputs of the explorer."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

import ipywidgets as widgets

from msvc_toolkit.logs.explorer import export, panels
from msvc_toolkit.widgets import fields

_LABEL = {"style": {"description_width": "160px"}, "layout": {"width": "min(420px, 100% - 4px)"}}


def inputs(zone: str) -> list[fields.Field]:
    """Return the inputs in keyboard order, set to all of a log in a zone."""
    zones = widgets.Combobox(
        value=zone, options=sorted(available_timezones()), description="Time zone", continuous_update=False, **_LABEL
    )
    return [
        fields.field("since", widgets.DatePicker(description="First day", **_LABEL), "", _as_it_is),
        fields.field("until", widgets.DatePicker(description="Last day", **_LABEL), "", _as_it_is),
        fields.field("zone", zones, "", str.strip),
        fields.choice("split", "Split by", [(words, name) for name, words in panels.SPLITS.items()]),
        fields.choice("more", "Fourth chart", [(words, name) for name, words in panels.MORE.items()]),
        fields.choice("bar", "Messages behind", [("(none)", "")], "Click a bar of a chart, or choose it here."),
        fields.flag("full", "Show full numbers", value=False),
        fields.choice("what", "Save", list(export.KINDS.items())),
    ]


def _as_it_is(value: Any) -> Any:
    return value
