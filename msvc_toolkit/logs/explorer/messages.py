"""The messages behind a bar: rows to sort, and a CSV. Each row opens to show what the log knows about its message."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

import ipywidgets as widgets
import pandas as pd

from msvc_toolkit.html import cards
from msvc_toolkit.logs.charts.labels import label, money, span
from msvc_toolkit.logs.time_zones import read_zone
from msvc_toolkit.rules import error_codes
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.rules.statuses import FINAL, MEANING
from msvc_toolkit.widgets import fields
from msvc_toolkit.widgets.screen import box

SHOWN = 1000
"""How many messages are read at most; the newest."""
MOST = 100_000
"""How many messages a CSV holds at most."""
_FORMULA = re.compile(r"""[\s"'`\u2018-\u201f\u200b-\u200f\ufeff]*[=+@\-\u2212\uff1d\uff0b\uff20\uff0d\t\r\n]""")
"""What makes a spreadsheet take a text for a formula: a sign, also in full width and after spaces or quotes.
Source: OWASP, "CSV Injection", read 2026-11-27."""
_NUMBER = re.compile(r"\+[\d •]+")
"""A phone number, masked or not: a plus sign with nothing but digits behind it computes nothing."""
_NUMBERS = ("From", "To")
PAGE = 50
"""How many more rows are shown at a time."""
ORDERS = {
    "Newest first": ("date_created", False),
    "Oldest first": ("date_created", True),
    "By status": ("status", True),
    "By error": ("error_code", True),
    "STOP, START and HELP first": ("keyword", False),
    "By sender": ("number", True),
    "By recipient": ("peer", True),
    "Highest price first": ("price_e5", False),
}
"""The columns that messages can be sorted by, and whether the smallest value comes first; equal ones are sorted newest first."""
_MOODS: dict[str, Literal["done", "problem", "warning", "none"]] = {
    **dict.fromkeys(("delivered", "read", "received"), "done"),
    **dict.fromkeys(("failed", "undelivered"), "problem"),
    "partially_delivered": "warning",
    "canceled": "none",
}
_STATUS = "%Y-%m-%d %H:%M:%S"
_COLUMNS = {
    "date_created": "Created",
    "direction": "Direction",
    "status": "Status",
    "keyword": "Keyword",
    "error_code": "Error",
    "meaning": "Meaning",
    "from": "From",
    "to": "To",
    "country": "Country",
    "messaging_service_sid": "Service",
    "num_segments": "Segments",
    "price": "Price",
    "price_unit": "Currency",
    "sid": "Message SID",
}
"""Columns of a file, as an open message names them."""
_ROW = cards.Html(
    '<details class="msvc-message"><summary><span class="msvc-line"><b>{}</b>{}</span><i>{}</i></summary>{}</details>'
)
_STEP = cards.Html('<li class="msvc-{}">{}<span><b>{}</b> {}</span></li>')


class Messages:
    """Shows messages; calls `save` to save them, and `everything` to list those of all bars again."""

    def __init__(self, save: Callable[[], object], full: Any, everything: Callable[[], object]) -> None:
        self._rows, self._names, self._zone = pd.DataFrame(), dict[str, str](), "UTC"
        self.count = fields.html("count")
        self.order = fields.choice("sort", "Sort by", [(words, words) for words in ORDERS])
        self.list = box("list messages", [])
        self.more = fields.button("", "small more", self._more, hidden=True)
        self.save = fields.button("Save as CSV", "small save-csv", save)
        self.saved = fields.html("saved")
        self.all = fields.button("Show all messages", "small link all-bars", everything, hidden=True)
        act = box("act", [self.more, self.save, self.all, full], row=True)
        self.view = box("found", [self.count, self.order.view, self.list, act, self.saved])
        fields.on_change(self.order.widget, lambda _: self._draw())

    @property
    def html(self) -> str:
        """The rows that are shown."""
        return "".join(part.value for part in self.list.children)

    def show(
        self, messages: pd.DataFrame, title: str, where: str, names: Mapping[str, str], zone: str, *, one: bool
    ) -> None:
        """Show messages, the newest first, under a line that says which they are; `one` if they belong to one bar."""
        self._rows, self._names, self._zone = messages, dict(names), zone
        newest = f", the newest {SHOWN:,}" if len(messages) == SHOWN else ""
        about = f"{where}{newest}" if len(messages) else f"{where}. No messages."
        self.count.value = cards.text(title, "h4") + cards.text(about, css="msvc-small")
        for part in (self.list, self.order.view, self.save):
            part.layout.display = "" if len(messages) else "none"
        self.all.layout.display = "" if one else "none"
        self._draw()

    def _draw(self) -> None:
        """Show the first rows in the chosen order."""
        if len(self._rows):
            column, ascending = ORDERS[self.order.widget.value]
            order = {column: ascending} if column == "date_created" else {column: ascending, "date_created": False}
            sort = self._rows.sort_values
            self._rows = sort([*order], ascending=[*order.values()], kind="stable", na_position="last")
        self.list.children = ()
        self._more()

    def _more(self) -> None:
        """Show more rows; what was opened stays open."""
        begin = len(self.list.children) * PAGE
        rows = self._rows.iloc[begin : begin + PAGE]
        if len(rows):
            drawn = cards.join(_draw(row, self._names, self._zone) for row in rows.to_dict("records"))
            self.list.children = (*self.list.children, widgets.HTML(drawn))
        left = len(self._rows) - begin - len(rows)
        self.more.description = f"Show {min(left, PAGE)} more"
        self.more.layout.display = "" if left > 0 else "none"


def written(messages: pd.DataFrame, names: Mapping[str, str], zone: str) -> pd.DataFrame:
    """Convert messages for a file: plain columns, times in a zone. It masks nothing; the caller does."""
    known = [error_codes.lookup(code) if code == code else None for code in messages["error_code"]]  # noqa: PLR0124 - only NaN differs from itself
    came_in = messages["direction"] == "inbound"
    ends = {"from": ("number", "peer"), "to": ("peer", "number")}
    table = messages.assign(
        meaning=[code.meaning if code else "" for code in known],
        price=messages["price_e5"] / 1e5,
        **{name: messages[out].mask(came_in, messages[back]) for name, (out, back) in ends.items()},
    )
    table = table[list(_COLUMNS)].astype(object).where(table[list(_COLUMNS)].notna(), "")
    created = messages["date_created"].dt.tz_localize("UTC").dt.tz_convert(read_zone(zone))
    table["date_created"] = created.dt.strftime(_STATUS).fillna("no date")
    table[["error_code", "num_segments"]] = messages[["error_code", "num_segments"]].astype("Int64")
    table["price"] = messages["price_e5"].astype("float64") / 1e5
    table["messaging_service_sid"] = [names.get(sid, sid) for sid in table["messaging_service_sid"]]
    if messages["body"].notna().any():
        table["body"] = messages["body"]
    return table.rename(columns={**_COLUMNS, "date_created": f"Created, {zone}", "body": "Text"})


def messages_csv(messages: pd.DataFrame) -> bytes:
    """Write what `written` returns as CSV for a spreadsheet, in which no text becomes a formula."""
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


def _draw(row: Mapping[Any, Any], names: Mapping[str, str], zone: str) -> cards.Html:
    """Draw one message, closed."""
    created, came_in, code = _at(row["date_created"], zone), row["direction"] == "inbound", _code(row["error_code"])
    when = f"{created:%d %b %Y %H:%M:%S}" if created is not None else "no date"
    sender, other = label("number", row["number"]), label("peer", row["peer"]) if row["peer"] else "nobody"
    status = str(row["status"])
    badge = cards.badge(status.replace("_", " "), _MOODS.get(status, "clock"))
    if _has(row["keyword"]):
        badge = cards.badge(f"said {row['keyword'].upper()}", "warning" if row["keyword"] == "stop" else "note")
    who = f"{other} to {sender}" if came_in else f"{sender} to {other}"
    return _ROW.format(when, badge, f"{who} · {code}" if code else who, _story(row, names, zone))


def _story(row: Mapping[Any, Any], names: Mapping[str, str], zone: str) -> cards.Html:
    """Draw what happened to a message, what to do, and its figures."""
    code, unit = _code(row["error_code"]), str(row["price_unit"] or "").upper()
    known = error_codes.lookup(code) if code else None
    priced = row["price_e5"] == row["price_e5"] and row["price_e5"] is not None
    facts = {
        "Error": f"{code} {known.meaning if known else ''}".strip() if code else "",
        "Keyword": row["keyword"].upper() if _has(row["keyword"]) else "",
        "What to do": known.remedy if known else "",
        "Service": names.get(str(row["messaging_service_sid"]), row["messaging_service_sid"] or "none"),
        "Country": row["country"] or "unknown",
        "Segments": f"{row['num_segments']}{', ' + str(row['encoding']) if _has(row['encoding']) else ''}",
        "Price": money(row["price_e5"] / 1e5, unit) if priced else "none yet",
        "Message SID": row["sid"],
    }
    text = cards.text(row["body"], css="msvc-body-text") if _has(row["body"]) else cards.Html("")
    known_facts = cards.facts({name: value for name, value in facts.items() if value})
    return cards.text(_timeline(row, zone) + text + known_facts, "div", "msvc-story")


def _timeline(row: Mapping[Any, Any], zone: str) -> cards.Html:
    """Draw when a message was created, handed on and finished."""
    status = str(row["status"])
    created, sent, updated = (_at(row[name], zone) for name in ("date_created", "date_sent", "date_updated"))
    steps = []
    if created is not None:
        steps.append(("done", "Created", f"{created:{_STATUS}} {zone}"))
    if sent is not None and row["direction"] != "inbound":
        after = f"{span((sent - created).total_seconds())} later" if created is not None else f"{sent:{_STATUS}}"
        steps.append(("done", "Sent", after))
    if status not in ("sent", "received") or row["direction"] == "inbound":
        after, begin = "", created if sent is None else sent
        if status in FINAL and updated is not None and begin is not None:
            after = f"at most {span((updated - begin).total_seconds())} later; "
        word = status.replace("_", " ").capitalize()
        steps.append((_MOODS.get(status, "clock"), word, f"{after}{MEANING.get(status, '')}"))
    elif status == "sent":
        steps.append(("clock", "No receipt yet", MEANING["sent"]))
    items = cards.join(_STEP.format(mood, cards.icon(mood), word, after) for mood, word, after in steps)
    return cards.Html('<ol class="msvc-steps-of-message">{}</ol>').format(items)


def _at(moment: Any, zone: str) -> Any:
    return None if pd.isna(moment) else moment.tz_localize("UTC").tz_convert(read_zone(zone))


def _code(value: Any) -> int:
    return 0 if pd.isna(value) else int(value)


def _has(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def count_of(found: pd.DataFrame) -> str:
    """Write how many messages were found."""
    return f"{len(found):,}+ messages" if len(found) == SHOWN else count(len(found), "message")
