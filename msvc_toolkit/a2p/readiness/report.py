"""Writes a review as a page, as a summary for a cell, as JSON, and as text for a terminal."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from msvc_toolkit.a2p.campaigns.labels import STATES, plain
from msvc_toolkit.a2p.linter.model import Severity
from msvc_toolkit.a2p.readiness import tables
from msvc_toolkit.a2p.readiness.model import NotExamined
from msvc_toolkit.a2p.readiness.result import GRADES, SEVERITIES
from msvc_toolkit.a2p.readiness.traffic import LogTraffic
from msvc_toolkit.a2p.readiness.verdict import MEANING, Judgement, Verdict
from msvc_toolkit.html import cards, document
from msvc_toolkit.rules.error_codes import Who
from msvc_toolkit.rules.plurals import count

Sign = Literal["done", "warning", "problem", "note", "none"]
MOOD: dict[Verdict, cards.Mood] = {
    "ready": "done",
    "at risk": "warning",
    "not ready": "problem",
    "not examined": "warning",
    "not needed": "note",
}
_SIGN: Mapping[str, Sign] = {
    "ready": "done",
    "at risk": "warning",
    "not ready": "problem",
    "not examined": "warning",
    "not needed": "none",
    "blocker": "problem",
    "warning": "warning",
    "advice": "note",
}
_HEADLINE: dict[Verdict, str] = {
    "ready": "Ready for US traffic",
    "at risk": "At risk",
    "not ready": "Not ready for US traffic",
    "not examined": "Not examined",
    "not needed": "Not needed",
}
_WORST_FIRST: tuple[Verdict, ...] = ("not ready", "not examined", "at risk", "ready", "not needed")
_WHO: dict[Who, str] = {
    "you": "You",
    "Twilio": "Twilio",
    "the carriers": "The carriers",
    "the recipient": "The recipient",
    "nobody": "Nobody",
}
SHOWN = 500
"""Rows of a table on a page; JSON has all."""
FEW = 4
"""How many numbers or remedies a cell names; the others are only counted."""
LISTED = 50
"""How many numbers a finding lists; the others are only counted."""
STOPPING = 3
"""How many reasons the verdict names; the others are in the order of fixes."""
_TITLES: dict[Severity, str] = {"blocker": "Blockers", "warning": "Warnings", "advice": "Advice"}
_LINE = ("service", "verdict", "brand", "campaign", "us_numbers", "toll_free", "recent_codes", "why")
_SERVICES = ("Service", "Verdict", "Campaign", "US numbers", "Blockers", "Warnings")
_NUMBER = ("number", "kind", "country", "service", "campaign", "carriers", "messages_to_us")
_CHECK = ("check", "title", "state", "worst", "why", "grade", "source")
_CAMPAIGN = "CT"
"""First letters of the ids of checks on a campaign, which the campaign form can correct."""
_TEXTS = frozenset({"C4", "C5", "C6", "C7", "C8", "T1", "T2", "T3", "T4", "T5", "T6", "T7"})
_GRADE_MARK = re.compile(r" \((?:[PQT]|\?)\)")
_RANGE = re.compile(r"(?<=\d)-(?=\d)")
_CHECK_ID = re.compile(r"^[A-Z]\d: ")
_TICKED = "Tick what is done, here or on paper: the page forgets its ticks when it is closed. Only the parts that are open are printed."
TICK = "Tick what you have done. “Review again” confirms it."


def counted(judged: Judgement) -> str:
    """Count the findings in words."""
    content = [_count(severity, n) for severity, n in severities(judged).items()]
    return ", ".join([*content, f"{_blind(judged)} of {len(judged.results)} checks not examined"])


def severities(judged: Judgement) -> dict[Severity, int]:
    """Count the findings by severity, worst first."""
    counts = Counter(finding.severity for finding in judged.findings)
    return {severity: counts[severity] for severity in SEVERITIES}


def headline(judged: Judgement, *, mask: bool = True) -> cards.Html:
    """Draw the verdict: what stops messages, how long its fix takes, and how many findings there are."""
    lines = [cards.text(_verdict_sentence(judged))]
    every = fixes_of(judged, mask=mask)
    stopping = [line for line, fix in zip(every, judged.fixes, strict=True) if fix.stops]
    if worst := stopping or [fix for fix in every if fix.severity == every[0].severity]:
        more = [f"{count(len(worst) - STOPPING, 'more fix', 'more fixes')} below."] if worst[STOPPING:] else []
        lines.append(cards.bullets([*(f"{fix.what} {fix.who}: {fix.takes}." for fix in worst[:STOPPING]), *more]))
    badges = [cards.badge(_count(s, n), _SIGN[s]) for s, n in severities(judged).items() if n and s != "advice"]
    if blind := _blind(judged):
        badges.append(cards.badge(f"{count(blind, 'check')} not examined", "none"))
    return cards.banner(MOOD[judged.verdict], _HEADLINE[judged.verdict], *lines, badges=badges)


def _blind(judged: Judgement) -> int:
    return sum(result.state == "not examined" for result in judged.results)


def _verdict_sentence(judged: Judgement) -> str:
    blocking = sum(fix.stops for fix in judged.fixes)
    blockers = [finding for finding in judged.findings if finding.severity == "blocker"]
    follow = sum(bool(finding.because) for finding in blockers if finding.stops)
    idle = sum(not finding.stops for finding in blockers)
    more = [f"{count(follow, 'more blocker is', 'more blockers are')} a consequence of these."] if follow else []
    more += [f"{count(idle, 'blocker is', 'blockers are')} in campaigns that no US number uses."] if idle else []
    if not blocking:
        return " ".join([MEANING[judged.verdict], *more])
    return " ".join([f"{count(blocking, 'problem stops', 'problems stop')} messages to the US, now or soon.", *more])


def not_covered(judged: Judgement) -> cards.Html:
    """Draw a fold with what no review covers, and what this one could not read."""
    more = f", and {count(blind, 'check')} not examined" if (blind := _blind(judged)) else ""
    return document.fold(f"What this does not cover{more}", cards.bullets(judged.not_covered))


def about(judged: Judgement) -> str:
    """Say in one line when the account was reviewed, and how many services and numbers it has."""
    facts = judged.facts
    much = f"{count(len(facts.service_by_sid), 'service')}, {count(len(facts.all_numbers), 'number')}"
    return f"Reviewed {facts.now.day} {facts.now:%b %Y, %H:%M} UTC · {much}"


def takes(words: str) -> str:
    """Write how long a fix takes, without the mark for its source."""
    return _RANGE.sub(" to ", _GRADE_MARK.sub("", words))


def weight(messages: int | None, money: str) -> str:
    """Write how many messages a finding affects, and what they cost."""
    return " · ".join([*([count(messages, "message")] if messages else []), *([money] if messages and money else [])])


@dataclass(frozen=True)
class FixLine:
    """One step of the order of fixes, as it is shown."""

    number: int  # its number in the order, from 1
    severity: Severity  # the severity of what it fixes
    what: str  # what is wrong
    remedy: str  # what to do
    others: tuple[str, ...]  # what else is corrected by it
    who: str  # who has to act
    takes: str  # how long it tends to take
    weight: str  # how many messages it affects; empty without a log

    def draw(self) -> cards.Html:
        """Draw it with elements that are allowed in the label of a check box."""
        what = cards.text(cards.text(f"{self.number}", "b") + f" {self.what}", "span", "msvc-what")
        facts = [(cards.icon("person", "Who:"), self.who), (cards.icon("clock", "How long:"), self.takes)]
        drawn = [cards.text(sign + words, "span") for sign, words in facts]
        drawn += [cards.text(self.weight, "span")] if self.weight else []
        more = f" Correct {count(len(self.others), 'more finding')} with it." if self.others else ""
        rest = cards.text(f"{self.remedy}{more}", "span", "msvc-do") + cards.text(
            cards.join(drawn), "span", "msvc-meta"
        )
        return what + cards.badge(self.severity.capitalize(), _SIGN[self.severity]) + rest


def fixes_of(judged: Judgement, *, mask: bool = True) -> list[FixLine]:
    """Return the order of fixes as it is shown."""
    lines = []
    for fix, row in zip(judged.fixes, tables.rows("fixes", judged, mask=mask), strict=True):
        more, remedy = len(fix.findings) - 1, plain(row["remedy"].partition("\n")[0])
        own = {finding.found.code for finding in fix.findings if finding.check.id != "C3"}  # C3 repeats them
        others = [
            plain(finding.found.sentence)
            for finding in fix.findings[1:]
            if finding.check.id == fix.findings[0].check.id != "C3"
            or (
                finding.found.code != fix.findings[0].found.code
                and (finding.check.id != "C3" or finding.found.code not in own)
            )
        ]
        touched = [finding.evidence.messages for finding in fix.findings if finding.evidence]
        one_campaign = fix.key[0] == "campaign"  # its findings are about the same messages
        messages = (max if one_campaign else sum)(touched) if touched else None
        what = plain(row["finding"].removesuffix(f" And {more} more."))
        line = (what, remedy, tuple(others), _WHO[fix.who], takes(fix.takes), weight(messages, ""))
        lines.append(FixLine(fix.number, fix.severity, *line))
    return lines


def fixes(judged: Judgement, *, mask: bool = True, ticked: bool = False) -> cards.Html:
    """Draw the order of fixes.

    Args:
        judged: The review.
        mask: Whether phone numbers are masked.
        ticked: Whether a reader can tick them.
    """
    if not judged.fixes:
        return cards.text("Nothing has to be fixed.")
    kind = ' type="checkbox" aria-label="Step {} is done"' if ticked else ""
    box = cards.Html(f'<{"input" if ticked else "span"} class="msvc-tick"{kind}>{"" if ticked else "</span>"}')
    lines = [
        cards.text(box.format(fix.number) + cards.text(fix.draw(), "span", "msvc-fix-step"), "li")
        for fix in fixes_of(judged, mask=mask)
    ]
    return cards.text(cards.join(lines), "ol", "msvc-fixes")


def worst_first(rows: tables.TableRows) -> tables.TableRows:
    """Sort the rows of services by their verdicts, then by how much was found."""
    rank = {verdict: place for place, verdict in enumerate(_WORST_FIRST)}
    return sorted(rows, key=lambda row: (rank[row["verdict"]], -row["blockers"], -row["warnings"]))


def lines(judged: Judgement, *, mask: bool = True) -> cards.Html:
    """Draw the services, worst first, each with the reason for its verdict."""
    drawn: list[Sequence[object]] = []
    rows = worst_first(tables.rows("services", judged, mask=mask))
    for row in rows[:SHOWN]:
        state = str(row["campaign"]).partition(",")[0]
        counts = (row["us_numbers"], row["toll_free"])
        us_numbers = ", ".join(
            [
                *([str(counts[0])] if counts[0] or not counts[1] else []),
                *([f"{counts[1]} toll-free"] if counts[1] else []),
            ]
        )
        us_numbers = us_numbers if all(isinstance(n, int) for n in counts) else "?"
        drawn.append(
            (
                cards.text(row["service"], "b"),
                cards.badge(row["verdict"].capitalize(), _SIGN[row["verdict"]]),
                STATES.get(state, state).capitalize(),
                us_numbers,
                row["blockers"] or "0",
                row["warnings"] or "0",
            )
        )
        codes = f" Errors of the last days: {row['recent_codes']}." if row["recent_codes"] else ""
        drawn.append(plain(_CHECK_ID.sub("", row["why"])) + codes)
    caption = f"The first {SHOWN} of {len(rows):,}." if len(rows) > SHOWN else ""
    return cards.text(cards.table(_SERVICES, drawn, caption), "div", "msvc-services")


def finding(row: dict[str, Any], *, opened: bool = False, code: bool = True) -> cards.Html:
    """Draw a finding: one line, and what to do about it when it is opened."""
    numbers = [number for number in row["numbers"].split(", ") if number]
    more = f" and {len(numbers) - LISTED:,} more" if len(numbers) > LISTED else ""
    known = {
        "Services": row["services"],
        "Numbers": ", ".join(numbers[:LISTED]) + more,
        "Twilio's code": row["code"],
        "Seen": _days(row["first_seen"], row["last_seen"]),
        "Follows from check": row["because"],
    }
    service = next((one for one in row["objects"].split(", ") if one.startswith("MG")), "")
    if code and row["check"][0] in _CAMPAIGN and service:
        known["Correct it in"] = cards.text(f'msvc.CampaignForm(conn, "{service}")', "code")
    meta = [cards.icon("person", "Who:") + _WHO[row["who"]], cards.icon("clock", "How long:") + takes(row["takes"])]
    meta.append(cards.Html.escape(f"Check {row['check']}"))
    source = f"{row['source']}. Grade {row['grade']}: {GRADES[row['grade']]}."
    inside = [
        cards.text(plain(row["remedy"]), css="msvc-do"),
        cards.text(cards.join(cards.text(part, "span") for part in meta), css="msvc-meta"),
        cards.facts({name: value for name, value in known.items() if value}),
        cards.fold("Where this comes from", cards.text(source, css="msvc-small")),
    ]
    what = cards.text(plain(row["finding"]), "span", "msvc-what")
    once = row["check"] in _TEXTS  # a campaign's faults affect the same messages; the fix counts them once
    heavy = cards.text("" if once else weight(row["messages"], row["money"]), "span", "msvc-weight")
    template = cards.Html(
        '<details class="msvc-finding"{}><summary>{}{}{}</summary><div class="msvc-inside">{}</div></details>'
    )
    sign = cards.badge(row["severity"].capitalize(), _SIGN[row["severity"]])
    return template.format(cards.Html(" open" if opened else ""), sign, what, heavy, cards.join(inside))


def findings(rows: tables.TableRows, *, opened: bool = False, code: bool = True) -> cards.Html:
    """Draw a list of findings; of very many, only the first ones."""
    more = [cards.text(f"The first {SHOWN} of {len(rows):,}; JSON has all.")] if len(rows) > SHOWN else []
    drawn = cards.join(finding(row, opened=opened, code=code) for row in rows[:SHOWN])
    return cards.join([cards.text(drawn, "div", "msvc-findings"), *more])


def drawn(rows: tables.TableRows, columns: Sequence[str]) -> cards.Html:
    """Draw columns of a table: headings in words, dates without the time, long lists counted."""
    more = f"The first {SHOWN} of {len(rows):,}." if len(rows) > SHOWN else ""
    cells = [[_cell(name, row[name]) for name in columns] for row in rows[:SHOWN]]
    return cards.table([tables.heading(column) for column in columns], cells, more)


def summary(judged: Judgement, label: str) -> cards.Html:
    """Draw the summary for a cell: the verdict, the services, the order of fixes."""
    parts = [headline(judged), lines(judged), cards.text("Fix in this order", "h3"), fixes(judged)]
    return framed("Ready for US A2P 10DLC?", label, about(judged), *parts)


def shown(
    judged: Judgement, label: str, name: str, severity: Severity | None = None, *, mask: bool = True
) -> cards.Html:
    """Draw one table of a review for a cell, named as in `tables.COLUMNS`; of findings, only those of a severity."""
    rows = tables.rows(name, judged, mask=mask)
    if name == "findings":
        rows = [row for row in rows if severity in (None, row["severity"])]
        title = _TITLES[severity] if severity else "Findings"
        return framed(title, label, about(judged), findings(rows) if rows else cards.text("None."))
    if name == "fixes":
        return framed("Fix in this order", label, about(judged), fixes(judged, mask=mask))
    draw = {"services": lambda: lines(judged, mask=mask), "numbers": lambda: _numbers(rows)}
    part = draw.get(name, lambda: drawn(rows, [*_CHECK[:4], "grade"]))()
    return framed(tables.heading(name), label, about(judged), part)


def framed(title: str, label: str, line: str, *parts: str) -> cards.Html:
    """Frame parts of a review for a cell."""
    head = cards.heading(title, label, cards.text(line), armed="", looks=("review",))
    body = cards.text(cards.join(parts), "div", "msvc-body")
    return cards.Html('<div class="msvc msvc-screen">{}{}</div>').format(head, body)


def page(judged: Judgement, label: str, *, mask: bool = True) -> str:
    """Make a page in one file, with the summary for a manager on its first sheet."""
    facts, found = judged.facts, tables.rows("findings", judged, mask=mask)
    wrong = [row for row in tables.rows("numbers", judged, mask=mask) if row["verdict"] not in ("ready", "not needed")]
    wrong.sort(key=lambda row: _WORST_FIRST.index(row["verdict"]))
    of_each = ", ".join(f"{n} {verdict}" for verdict, n in Counter(row["verdict"] for row in wrong).items()) or "none"
    account = "" if isinstance(facts.account, NotExamined) else f" {facts.account.sid}"
    business = ", ".join(dict.fromkeys(sender.name for sender in facts.identities.values() if sender.name))
    whose = f"{business} · " if business else ""
    log = facts.traffic.completeness if isinstance(facts.traffic, LogTraffic) else facts.traffic.why
    by_severity = [(s, rows) for s in SEVERITIES if (rows := [row for row in found if row["severity"] == s])]
    checks = tables.rows("checks", judged, mask=mask)
    return document.page(
        "Ready for US A2P 10DLC?",
        cards.text(f"{whose}{label} account{account}"),
        cards.text(about(judged), css="msvc-small"),
        cards.text(
            "“You” means whoever manages this account. Waiting times are Twilio's and the carriers'.", css="msvc-small"
        ),
        headline(judged, mask=mask),
        document.section(
            "Fix in this order", cards.text(_TICKED, css="msvc-small"), fixes(judged, mask=mask, ticked=True)
        ),
        document.section("Services", lines(judged, mask=mask)),
        *(
            document.section(
                _TITLES[severity],
                document.fold(count(len(rows), "finding"), findings(rows, code=False), opened=severity == "blocker"),
                new_sheet=not place,
            )
            for place, (severity, rows) in enumerate(by_severity)
        ),
        document.section("Numbers with findings", document.fold(of_each, _numbers(wrong))),
        document.section(
            "What this does not cover",
            document.fold(count(len(judged.not_covered), "limit"), cards.bullets(judged.not_covered)),
        ),
        document.section(
            "Every check",
            document.fold(
                "All checks with their sources",
                drawn(checks, _CHECK),
                cards.bullets(f"{grade}: {meaning}" for grade, meaning in GRADES.items()),
            ),
        ),
        document.section("What was read", cards.text(f"{count(facts.calls, 'request')}. Log: {log}")),
        looks=("review",),
    )


def _numbers(rows: tables.TableRows) -> cards.Html:
    if not rows:
        return cards.text("None.")
    names = [name for name in _NUMBER if name == "number" or any(row[name] for row in rows)]
    cells = [
        [
            *(plain(_cell(name, row[name])) for name in names),
            cards.badge(row["verdict"].capitalize(), _SIGN[row["verdict"]]),
        ]
        for row in rows[:SHOWN]
    ]
    more = f"The first {SHOWN} of {len(rows):,}." if len(rows) > SHOWN else ""
    return cards.table([*map(tables.heading, names), "Verdict"], cells, more)


def _count(severity: Severity, number: int) -> str:
    return count(number, severity, "advice" if severity == "advice" else "")


def _days(first: datetime | None, last: datetime | None) -> str:
    if first is None or last is None:
        return ""
    days = dict.fromkeys(f"{day.day} {day:%b %Y}" for day in (first, last))
    return " to ".join(days)


def as_json(judged: Judgement, label: str, *, mask: bool = True) -> str:
    """Write everything as one JSON object."""
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
    if name == "number":
        return str(value).replace(" ", "\u00a0")
    if name in ("numbers", "services"):
        return _counted_list(str(value).split(", "))
    return f"{value:,}" if isinstance(value, int) and name != "code" else str(value)


def _counted_list(items: Iterable[str]) -> str:
    named = [item for item in items if item]
    more = len(named) - FEW
    return ", ".join(named[:FEW]) + (f" and {more} more" if more > 0 else "")


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)
