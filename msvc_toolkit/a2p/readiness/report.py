"""A review as a page, as a summary for a cell, as JSON, and as text for a terminal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from msvc_toolkit.a2p.linter.model import Severity
from msvc_toolkit.a2p.readiness import tables
from msvc_toolkit.a2p.readiness.result import GRADES, SEVERITIES
from msvc_toolkit.a2p.readiness.traffic import LogTraffic
from msvc_toolkit.a2p.readiness.verdict import MEANING, Judgement, Verdict
from msvc_toolkit.html import cards, document
from msvc_toolkit.rules.plurals import count

MOOD: dict[Verdict, cards.Mood] = {
    "ready": "done",
    "at risk": "warning",
    "not ready": "problem",
    "not examined": "warning",
    "not needed": "note",
}
SHOWN = 500
"""Rows of a table on a page; JSON has all."""
FEW = 4
"""Numbers or remedies named in a cell; the rest is counted."""
_TITLES: dict[Severity, str] = {"blocker": "Blockers", "warning": "Warnings", "advice": "Advice"}
_FIX = ("step", "stage", "severity", "finding", "remedy", "who", "takes", "checks")
_FOUND = tuple("check finding remedy who services numbers messages money first_seen last_seen grade".split())
_WEIGHT = ("messages", "money", "first_seen", "last_seen")
_LINE = ("service", "verdict", "brand", "campaign", "us_numbers", "toll_free", "recent_codes", "why")
_CHECK = ("check", "title", "state", "worst", "why", "grade", "source")


def counted(judged: Judgement) -> str:
    """Count the findings in words."""
    counts = Counter(finding.severity for finding in judged.findings)
    blind = sum(result.state == "not examined" for result in judged.results)
    content = [count(counts[severity], severity, "advice" if severity == "advice" else "") for severity in SEVERITIES]
    return ", ".join([*content, f"{blind} of {len(judged.results)} checks not examined"])


def headline(judged: Judgement) -> str:
    """Draw the verdict."""
    return cards.card(
        MOOD[judged.verdict],
        f"{judged.verdict.capitalize()}. {MEANING[judged.verdict]}",
        cards.text(f"{counted(judged)}."),
    )


def drawn(rows: tables.TableRows, columns: Sequence[str], caption: str = "") -> cards.Html:
    """Draw columns of a table: headings in words, dates without the time, long lists counted."""
    more = f" The first {SHOWN} of {len(rows):,}." if len(rows) > SHOWN else ""
    cells = [[_cell(name, row[name]) for name in columns] for row in rows[:SHOWN]]
    return cards.table([tables.heading(column) for column in columns], cells, caption + more)


def fixes(judged: Judgement, *, mask: bool = True) -> str:
    """Draw the order of fixes."""
    if not judged.fixes:
        return cards.text("Nothing has to be fixed.")
    return drawn(tables.rows("fixes", judged, mask=mask), _FIX)


def lines(judged: Judgement, *, mask: bool = True) -> str:
    """Draw one line per service."""
    return drawn(tables.rows("services", judged, mask=mask), _LINE)


def summary(judged: Judgement, label: str) -> str:
    """Draw what a cell shows: the verdict, the services, the order of fixes."""
    title = cards.text(f"A2P 10DLC readiness ({label})", "h2")
    return cards.STYLE + cards.block(
        title, headline(judged), lines(judged), cards.text("What to fix, in this order:"), fixes(judged)
    )


def page(judged: Judgement, label: str, *, mask: bool = True) -> str:
    """Make a page that stands alone.

    Args:
        judged: The review.
        label: "LIVE" or "SANDBOX".
        mask: Hide the middle of phone numbers.
    """
    facts, found = judged.facts, tables.rows("findings", judged, mask=mask)
    numbers = tables.rows("numbers", judged, mask=mask)
    wrong = [row for row in numbers if row["verdict"] not in ("ready", "not needed")]
    weighed = isinstance(facts.traffic, LogTraffic)
    shown = [name for name in _FOUND if weighed or name not in _WEIGHT]
    by_severity = [
        document.section(_TITLES[severity], drawn(rows, shown))
        for severity in SEVERITIES
        if (rows := [row for row in found if row["severity"] == severity])
    ]
    checks = tables.rows("checks", judged, mask=mask)
    log = facts.traffic.told if isinstance(facts.traffic, LogTraffic) else facts.traffic.why
    return document.page(
        "A2P 10DLC readiness",
        cards.text(f"{label} account, {facts.now:%Y-%m-%d %H:%M} UTC, {facts.calls} requests. Log: {log}"),
        headline(judged),
        document.section("Services", lines(judged, mask=mask)),
        document.section("What to fix, in this order", fixes(judged, mask=mask)),
        *by_severity,
        document.section(
            "Numbers that are not ready", drawn(wrong, tables.COLUMNS["numbers"]) if wrong else cards.text("None.")
        ),
        document.section("What this does not cover", cards.bullets(judged.not_covered)),
        document.section("Every check", document.fold("All checks with their sources", drawn(checks, _CHECK))),
        cards.bullets(f"{grade}: {meaning}" for grade, meaning in GRADES.items()),
    )


def as_json(judged: Judgement, label: str, *, mask: bool = True) -> str:
    """Write everything as one JSON object.

    Args:
        judged: The review.
        label: "LIVE" or "SANDBOX".
        mask: Hide the middle of phone numbers.
    """
    facts = judged.facts
    content: dict[str, Any] = {
        "label": label,
        "verdict": judged.verdict,
        "at": facts.now,
        "requests": facts.calls,
        **{name: tables.rows(name, judged, mask=mask) for name in tables.COLUMNS},
        "not_covered": judged.not_covered,
    }
    return json.dumps(content, ensure_ascii=False, indent=1, default=_plain)


def as_text(judged: Judgement, label: str) -> str:
    """Write the verdict, the services, the order of fixes and the findings for a terminal."""
    out = [
        f"A2P 10DLC readiness of this {label} account: {judged.verdict}. {MEANING[judged.verdict]}",
        f"{counted(judged)}.",
        "",
    ]
    out += _plain_table(tables.rows("services", judged), _LINE)
    for fix in tables.rows("fixes", judged):
        out += [
            "",
            f"{fix['step']}. [{fix['severity']}, {fix['checks']}] {fix['finding']}",
            *(f"   → {remedy}" for remedy in fix["remedy"].splitlines()),
            f"   {fix['who']}, {fix['takes']}",
        ]
    blind = [f"{r.check.id} {r.check.title}: {r.why}" for r in judged.results if r.state == "not examined"]
    return "\n".join([*out, *(["", "Not examined:", *(f"   {line}" for line in blind)] if blind else [])])


def _plain_table(rows: tables.TableRows, columns: Sequence[str]) -> list[str]:
    heads = [tables.heading(column) for column in columns]
    cells = [heads, *([_cell(name, row[name]) for name in columns] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(columns))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def _cell(name: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}"
    if name == "remedy":
        first, more = str(value).splitlines()[:FEW], len(str(value).splitlines()) - FEW
        return " ".join([*first, *([f"And {more} more, named with the findings."] if more > 0 else [])])
    if name in ("numbers", "services"):
        return _counted_list(str(value).split(", "))
    return f"{value:,}" if isinstance(value, int) and name != "code" else str(value)


def _counted_list(items: Iterable[str]) -> str:
    named = [item for item in items if item]
    more = len(named) - FEW
    return ", ".join(named[:FEW]) + (f" and {more} more" if more > 0 else "")


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)
