"""What a log can be grouped by: by sender, service or country, by day, week or hour of a zone."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.logs.aggregates.queries import TIMES

COLUMNS = tuple("number kind messaging_service_sid direction status error_code country price_unit encoding".split())
"""Columns of the log to group by; nothing is an empty text or a 0 there."""
By = str | Sequence[str]


def grouping(by: By, allowed: Sequence[str] = (*COLUMNS, *TIMES)) -> list[str]:
    """Read what to group by.

    Raises:
        InvalidInput: One of it is nothing that can be grouped by here.
    """
    keys = [by] if isinstance(by, str) else list(by)
    if wrong := [key for key in keys if key not in allowed]:
        sentence = f"Nothing can be grouped by {', '.join(wrong)} here. Choose from {', '.join(allowed)}."
        raise InvalidInput([Problem("by", sentence)])
    return keys


def divide(part: pd.Series, whole: pd.Series) -> pd.Series:
    """Divide; nothing of nothing is no number."""
    return part / whole.where(whole != 0)
