"""The recipients of a text with blanks, read from a table: each one's message, or why it is left out."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from msvc_toolkit.errors import InvalidInput, Problem
from msvc_toolkit.messages.model import MessageDraft
from msvc_toolkit.rules import addresses, quiet_hours

_BLANK = re.compile(r"\{([^{}\n]{0,60})\}")
_NAMES = "to phone number recipient mobile cell msisdn tel telephone".split()
"""Words in the name of the recipients' column, the most certain first."""
_DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class Recipient:
    """One row of the table.

    Args:
        row: Its number, 1 for the first below the heading.
        to: The recipient, in the form Twilio accepts.
        values: What fills the blanks, by column.
        left_out: Why nothing is sent to it; empty otherwise.
        draft: The message, its blanks filled.
    """

    row: int
    to: str = field(repr=False)
    values: Mapping[str, str] = field(repr=False)
    left_out: str = ""
    draft: MessageDraft | None = None


def read_table(source: Any) -> list[dict[str, str]]:
    """Return the rows of a table as text by column.

    Args:
        source: A CSV file's path, a DataFrame, or a list of numbers or of dicts.

    Raises:
        InvalidInput: The file cannot be read, or the table has no rows.
    """
    if hasattr(source, "to_dict"):
        source = source.to_dict("records")
    if isinstance(source, str | Path):
        try:
            rows = parse(Path(source).read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError, ValueError) as error:
            name = Path(source).name if len(str(source)) < 200 else "That"  # noqa: PLR2004 - no path is so long
            sentence = f"{addresses.mask_in(name)} cannot be read as a CSV file in UTF-8 ({type(error).__name__})."
            raise InvalidInput([Problem("recipients", sentence)]) from None
    elif isinstance(source, Iterable):
        rows = [
            {str(name).strip(): _text(value) for name, value in row.items()}
            if isinstance(row, Mapping)
            else {"to": _text(row)}
            for row in source
        ]
    else:
        rows = []
    if not rows:
        raise InvalidInput([Problem("recipients", "There are no recipients. Give a CSV file, a DataFrame or a list.")])
    return rows


def parse(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV or pasted table; a first row that has a phone number is not a heading."""
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    lines = [line for line in csv.reader(text.splitlines(), delimiter=delimiter) if any(cell.strip() for cell in line)]
    if not lines:
        return []
    bare = any(_is_number(cell) for cell in lines[0])
    heading = [f"column {n}" for n in range(1, len(lines[0]) + 1)] if bare else [cell.strip() for cell in lines.pop(0)]
    return [{name: line[n].strip() if n < len(line) else "" for n, name in enumerate(heading)} for line in lines]


def column_of(rows: Sequence[Mapping[str, str]]) -> str:
    """Return the column that holds the recipients; raise InvalidInput if that is not clear."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    likely = [name for word in _NAMES for name in names if word in re.split(r"[^a-z]+", name.lower())]
    numbers = [name for name in names if any(_is_number(row.get(name, "")) for row in rows[:20])]
    found = [name for name in likely if name in numbers] or numbers or likely
    if found and (len(numbers) <= 1 or found[0] in likely):
        return found[0]
    sentence = f"Which column holds the phone numbers? Give to_column=, one of {', '.join(names)[:200]}."
    raise InvalidInput([Problem("recipients", sentence)])


def recipients_of(
    rows: Sequence[Mapping[str, str]], column: str, refused: Callable[[str], str] = lambda _: ""
) -> list[Recipient]:
    """Return the recipients in a table, each number once.

    Args:
        rows: The table.
        column: The column that holds the recipients.
        refused: Returns why a number gets no messages, such as an opt-out; empty if nothing is known.
    """
    if column not in rows[0]:
        raise InvalidInput(
            [Problem("to_column", f"There is no column {column}. Choose one of {', '.join(rows[0])[:200]}.")]
        )
    found, seen = list[Recipient](), dict[str, int]()
    for number, row in enumerate(rows, 1):
        written = addresses.as_written(row.get(column, ""))
        problem = addresses.recipient_problem(written)
        address = addresses.read(written)
        to = address.text if address else written
        if (problem is not None and problem.blocks) or address is None:
            why = problem.sentence if problem else "This is not a phone number."
        elif to in seen:
            why = f"The same number as in row {seen[to]}."
        elif addresses.is_landline(address):
            why = "This is a landline, which cannot receive texts."
        else:
            why = refused(to)
        seen.setdefault(to, number)
        found.append(Recipient(number, to, row, why))
    return found


def filled(recipients: Sequence[Recipient], draft: MessageDraft, now: datetime | None = None) -> list[Recipient]:
    """Return the recipients with their messages; a row without a value for a blank is left out.

    Args:
        recipients: Who is in the table.
        draft: The message, its blanks unfilled.
        now: The account's time, which scheduling is counted from; this machine's when not given.

    Raises:
        InvalidInput: A blank has no column of its name, or the message itself has problems.
    """
    names = {name.lower(): name for one in recipients for name in one.values}
    wrong = [p for p in replace(draft, to=addresses.EXAMPLE).problems(now) if p.blocks]
    values = () if wrong else draft.content_variables.values()
    texts = [("body", draft.body), *(("content_variables", value) for value in values)]
    blanks = {blank: place for place, text in texts for blank in _BLANK.findall(text)}
    problems = [
        Problem(place, f"{{{blank}}} is not a column of the table. It has {', '.join(names.values())[:200]}.")
        for blank, place in blanks.items()
        if blank.strip().lower() not in names
    ]
    if problems or wrong:
        raise InvalidInput([*problems, *wrong])
    columns = {blank: names[blank.strip().lower()] for blank in blanks}
    return [one if one.left_out else _filled(one, draft, columns, now) for one in recipients]


def quiet_until(draft: MessageDraft, now: datetime) -> datetime | None:
    """Return when the recipient's quiet hours end, by the recipient's clock; None where the message may go out.

    Only US numbers have quiet hours; see `rules.quiet_hours`. A scheduled message is judged by the time it is sent at.
    """
    at, place = draft.send_at or now, quiet_hours.place(draft.to)
    if place is None or not quiet_hours.is_quiet(place, at):
        return None
    return quiet_hours.next_allowed(place, at.astimezone(ZoneInfo(place.zone)))


def _filled(one: Recipient, draft: MessageDraft, columns: Mapping[str, str], now: datetime | None) -> Recipient:
    empty = dict.fromkeys(name for name in columns.values() if not one.values.get(name, "").strip())
    if empty:
        return replace(one, left_out=f"Row {one.row} has nothing in the column {' or '.join(empty)}.")

    def fill(text: str) -> str:
        return _BLANK.sub(lambda blank: one.values[columns[blank[1]]].strip(), text)

    variables = {name: fill(value) for name, value in draft.content_variables.items()}
    made = replace(draft, to=one.to, body=fill(draft.body), content_variables=variables)
    wrong = next((p.sentence for p in made.problems(now) if p.blocks), "")
    return replace(one, left_out=wrong, draft=None if wrong else made)


def _is_number(text: str) -> bool:
    problem = addresses.recipient_problem(addresses.as_written(text))
    return problem is None or not problem.blocks


def _text(value: Any) -> str:
    """Write a value of a table as text; a number that pandas read from digits gets its digits back."""
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return ""
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value).strip()
