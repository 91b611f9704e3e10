"""The Console's number-status report, the only source for a number's registration with the carriers.

Source: Twilio docs, Troubleshooting A2P Phone Number registration issues (read 2026-11-23). Its column names and most of
its words are not documented, so columns are found by name and content, and words are kept as they are.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from msvc_toolkit.a2p.readiness.model import NotExamined, NumberState
from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.rules import addresses

_FORMATS = ("%m/%d/%Y", "%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%Y/%m/%d")
_STATE = (("external", "status"), ("carrier", "status"), ("registration", "status"), ("status",), ("state",))
"""Possible names of the column with the state, the most certain first."""


def read_numbers_csv(path: str | Path | None) -> tuple[NumberState, ...] | NotExamined:
    """Read the report.

    Args:
        path: The file; None returns no rows.

    Raises:
        InvalidInput: It cannot be read, or has no column of numbers or of states.
    """
    if path is None:
        return NotExamined(
            "No API reports how carriers registered a number. Give the Console's number-status report (numbers_csv=)."
        )
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _bad(f"The number-status report cannot be read ({type(error).__name__}): {Path(path).name}.") from None
    try:
        rows = list(csv.DictReader(text.splitlines(), dialect=csv.Sniffer().sniff(text[:4096], ",;\t")))
    except csv.Error:
        rows = list(csv.DictReader(text.splitlines()))
    return _states([{str(k): v or "" for k, v in row.items() if k and isinstance(v, str | None)} for row in rows])


def _states(rows: list[dict[str, str]]) -> tuple[NumberState, ...]:
    columns = list(rows[0]) if rows else []
    number = _column(columns, (("phone", "number"), ("number",), ("phone",)), {"sid", "status", "state"})
    state = _column(columns, _STATE, {"campaign", "brand", "date", "updated", "service"})
    if number is None or state is None:
        raise _bad(
            "The number-status report needs a column of phone numbers and one of their states; its columns are "
            f"{', '.join(columns) or 'none'}."
        )
    campaign = _column(columns, (("campaign", "sid"), ("campaign", "id"), ("campaign",)), {"status", "state"})
    service = _column(columns, (("service", "sid"), ("service",)), {"status", "name"})
    updated = _column(columns, (("updated",), ("update",), ("date",), ("modified",)), {"by"})
    found = []
    for row in rows:
        address = addresses.read(_e164(row[number]))
        if address is not None:
            found.append(
                NumberState(
                    address.text,
                    row[state].strip(),
                    row.get(campaign or "", "").strip(),
                    row.get(service or "", "").strip(),
                    _moment(row.get(updated or "", "")),
                )
            )
    return tuple(found)


def _column(columns: Iterable[str], wanted: Iterable[tuple[str, ...]], never: set[str]) -> str | None:
    """Return the column whose name has all words of the first wish that any column meets."""
    words = {
        column: set(re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", column).lower())) for column in columns
    }
    for wish in wanted:
        for column, said in words.items():
            if said.issuperset(wish) and not said & (never - set(wish)):
                return column
    return None


def _e164(text: str) -> str:
    """Put back the plus that a spreadsheet removed from a number."""
    digits = re.sub(r"\D", "", text)
    return f"+1{digits}" if len(digits) == 10 and "+" not in text else f"+{digits}"  # noqa: PLR2004 - without country code


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        for form in _FORMATS:
            try:
                found = datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
                break
            except ValueError:
                continue
        else:
            return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _bad(sentence: str) -> InvalidInput:
    return InvalidInput([Problem("numbers_csv", sentence)])
