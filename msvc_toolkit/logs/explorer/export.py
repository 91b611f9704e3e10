"""The files that the explorer saves: messages as CSV, charts as pictures, and everything as one page."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping

import pandas as pd

from msvc_toolkit.logs.charts.chart import days, file_name, scope
from msvc_toolkit.logs.explorer.panels import ALWAYS, MEASURES, Asked

MOST = 100_000
"""How many messages a CSV holds at most."""
_FORMULA = re.compile(r"""[\s"'`\u2018-\u201f\u200b-\u200f\ufeff]*[=+@\-\u2212\uff1d\uff0b\uff20\uff0d\t\r\n]""")
"""What makes a spreadsheet take a text for a formula: a sign, also in full width and after spaces or quotes.
Source: OWASP, "CSV Injection", read 2026-11-27."""
_NUMBER = re.compile(r"\+[\d •]+")
"""A phone number, masked or not: a plus sign with nothing but digits behind it computes nothing."""
_NUMBERS = ("From", "To")


def messages_csv(messages: pd.DataFrame) -> bytes:
    """Write what `messages.written` returns as CSV for a spreadsheet, in which no text becomes a formula."""
    safe = messages.copy()
    for name in (name for name in safe if not pd.api.types.is_numeric_dtype(safe[name])):
        phones = name in _NUMBERS
        safe[name] = safe[name].map(lambda text, phones=phones: _harmless(text, phones=phones), na_action="ignore")
    safe.columns = [_harmless(str(name), phones=False) for name in safe.columns]
    text = safe.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC)  # or a lone CR would begin a row
    return text.encode("utf-8-sig")  # Excel takes a file without this mark for Windows-1252


def _harmless(text: str, *, phones: bool) -> str:
    """Put an apostrophe before a text that a spreadsheet would compute."""
    fine = not _FORMULA.match(text) or (phones and _NUMBER.fullmatch(text))
    return text if fine else f"'{text}"


def name_file(kind: str, asked: Asked, names: Mapping[str, str], what: str = "") -> str:
    """Name a file by its content: what it is, whose messages, and which days; without an extension."""
    return file_name(kind, what, scope(asked.log, names), days(asked.log, asked.zone))


def charts_png(asked: Asked, names: Mapping[str, str], more: str) -> dict[str, bytes]:
    """Draw the explorer's charts with all their words; returns file names and pictures."""
    from msvc_toolkit.logs.charts.canvas import png  # noqa: PLC0415 - Matplotlib takes 0.4 s to import

    shown = (*ALWAYS, more)
    return {
        f"{name_file(name, asked, names)}.png": png(asked.chart(name, names, MEASURES[name](asked))) for name in shown
    }
