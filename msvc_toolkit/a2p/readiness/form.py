"""The board: one line per service, then the findings, to filter, to open and to hand on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd
from itables.widget import ITable

from msvc_toolkit.a2p.readiness import report, tables
from msvc_toolkit.a2p.readiness.result import FAMILIES, SEVERITIES, Found, ReadinessFinding
from msvc_toolkit.a2p.readiness.review import Review, review_a2p
from msvc_toolkit.a2p.readiness.settings import DEFAULTS, Thresholds
from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import Problem
from msvc_toolkit.html import cards, document
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.widgets import fields, form
from msvc_toolkit.widgets.screen import box

MESSAGES = 20
"""How many messages of the log a finding shows when it is opened."""
ROWS = 50
"""How many numbers a finding shows when it is opened."""
_LINE = ("service", "verdict", "why", "brand", "campaign", "us_numbers", "toll_free", "recent_codes")
_FOUND = ("check", "severity", "finding", "services", "messages", "money")
_MESSAGE = ("date_created", "number", "peer", "status", "error_code")


class ReadinessBoard(form.Form):
    """Show how ready an account is for US A2P 10DLC traffic, and what to fix first; only reads.

    Args:
        conn: The account.
        log: A message log, which gives the findings their weight.
        numbers_csv: The Console's number-status report.
        settings: The thresholds.

    Attributes:
        review: What was found; None until the first look is over.
        lines: The services in the table, as rows of `Review.services`.
        rows: The findings in the table, as rows of `Review.findings`.
        found: The same as they are.
    """

    css = "readiness"

    def __init__(
        self,
        conn: Connection,
        log: Any = None,
        *,
        numbers_csv: str | Path | None = None,
        settings: Thresholds = DEFAULTS,
    ) -> None:
        self.log, self.numbers_csv, self.settings = log, numbers_csv, settings
        self.review: Review | None = None
        self.rows: list[dict[str, Any]] = []
        self.lines: list[dict[str, Any]] = []
        self.found: list[ReadinessFinding] = []
        self.services = ITable(_frame(_LINE, []), **fields.table_options(0))
        self.findings = ITable(_frame(_FOUND, []), **fields.table_options(0))
        for table in (self.services, self.findings):
            table.add_class("msvc-table")
        self.findings.add_class("msvc-sentences")
        self.verdict, self.fixes, self.saved = (widgets.HTML() for _ in range(3))
        self.detail = fields.html("detail")
        self.exports = [
            fields.button(f"Export {kind}", f"export-{kind.lower()}", partial(self._export, kind))
            for kind in ("HTML", "JSON")
        ]
        super().__init__(
            conn,
            "Readiness for US A2P 10DLC",
            [
                fields.choice("severity", "Severity", [("All", ""), *((s.capitalize(), s) for s in SEVERITIES)]),
                fields.choice(
                    "family", "About", [("All", ""), *((family.capitalize(), family) for family in FAMILIES)]
                ),
                fields.text("words", "Search", "Words, a check's id, an error code or a service's name."),
                fields.flag("full", "Show full numbers", value=False),
            ],
        )
        self.services.observe(lambda _: self.show(), names="selected_rows")
        self.findings.observe(lambda _: self._choose(), names="selected_rows")
        if conn.sandbox is not None:
            self._at_once()
        else:
            self._start()  # a network may be slow; the cell does not wait for it

    def layout(self) -> list[Any]:
        """Put the services first, then the findings and what was chosen of them, then the order of fixes."""
        buttons = box("act", [self.button, self.cancel, *self.exports], row=True)
        above = [buttons, self.verdict, self.outcome, self.saved, self.services]
        return [*above, *self._shown, self.findings, self.detail, self.fixes]

    def draft(self) -> None:
        """There is nothing to fill in."""

    def problems(self) -> Sequence[Problem]:
        """Return nothing: looking is always possible."""
        return ()

    def label(self) -> str:
        """Return the button's label; looking costs nothing."""
        return "Review again"

    def act(self) -> str:
        """Gather the facts again and judge them."""
        self.cancel.layout.display = ""
        self.review = review_a2p(
            self.conn,
            self.log,
            numbers_csv=self.numbers_csv,
            settings=self.settings,
            progress=self._count,
            cancelled=lambda: self.stopped,
        )
        self.lines = tables.rows("services", self.review.judgement)
        self.services.update(_frame(_LINE, self.lines), selected_rows=[], **fields.table_options(len(self.lines)))
        self.verdict.value = cards.block(report.headline(self.review.judgement))
        self.fixes.value = cards.block(
            cards.text("What to fix, in this order", "h3"),
            report.fixes(self.review.judgement),
            document.fold("What this does not cover", cards.bullets(self.review.not_covered)),
        )
        self.saved.value = ""
        self.show()
        return cards.text("You stopped: what was not read is not examined.") if self.stopped else ""

    def show(self) -> None:
        """Draw the findings that the filters and the chosen service leave."""
        if self.review is None:
            return
        asked = self.read()
        chosen = [self.lines[row]["sid"] for row in self.services.selected_rows if row < len(self.lines)]
        judged = self.review.judgement
        about = judged.about_service(chosen[0]) if chosen else None
        made = tables.rows("findings", judged, mask=not asked["full"])
        words = asked["words"].lower().split()
        left = [
            (row, finding)
            for row, finding in zip(made, judged.findings, strict=True)
            if (about is None or finding in about)
            and asked["severity"] in ("", finding.severity)
            and asked["family"] in ("", finding.check.family)
            and all(word in " ".join(map(str, row.values())).lower() for word in words)
        ]
        self.rows, self.found = [row for row, _ in left], [finding for _, finding in left]
        self.findings.update(_frame(_FOUND, self.rows), selected_rows=[], **fields.table_options(len(self.rows)))
        self._choose()

    def static(self) -> str:
        """Return the verdict, the services, the order of fixes and the findings that are shown."""
        if self.review is None:
            return cards.shown(self.outcome)
        judged = self.review.judgement
        parts = [report.headline(judged), report.lines(judged), cards.text("What to fix, in this order:")]
        parts += [report.fixes(judged), report.drawn(self.rows, _FOUND, f"{count(len(self.rows), 'finding')}.")]
        return cards.join([*parts, cards.shown(self.detail), cards.shown(self.outcome)])

    def _changed(self, name: str) -> None:
        super()._changed(name)
        self.show()
        self.retell()

    def _choose(self) -> None:
        """Show all that is known of the chosen finding, with its numbers and its newest messages."""
        chosen = [row for row in self.findings.selected_rows if row < len(self.rows)]
        if not chosen:
            self.detail.value = ""
            return
        row, found = self.rows[chosen[0]], self.found[chosen[0]].found
        details = {
            tables.heading(name): value for name, value in row.items() if value not in (None, "") and name != "numbers"
        }
        numbers = [number for number in row["numbers"].split(", ") if number]
        listed = cards.table(["number"], [[n] for n in numbers[:ROWS]], f"{len(numbers)} numbers") if numbers else ""
        self.detail.value = cards.facts(details, "The finding that is chosen") + listed + self._messages(found)

    def _messages(self, found: Found) -> str:
        """Draw the newest messages a finding is about, where the log has single ones."""
        where = {
            "number": list(found.numbers),
            "messaging_service_sid": [] if found.numbers else list(found.services),
            "error_code": list(found.sent),
        }
        asked = {name: wanted for name, wanted in where.items() if wanted}
        if not hasattr(self.log, "rows") or not (found.numbers or found.services):
            return ""
        try:
            frame = self.log.rows(MESSAGES, masked=not self.read()["full"], **asked)
        except Exception as error:  # noqa: BLE001 - an exception in a callback shows nowhere else
            self.last_error = error
            return cards.error(error)
        shown = frame[list(_MESSAGE)].astype(object).where(frame[list(_MESSAGE)].notna(), "")
        heads = [tables.heading(name) for name in _MESSAGE]
        return cards.table(heads, shown.to_numpy().tolist(), f"The newest {len(shown)} messages") if len(shown) else ""

    def _count(self, done: int, total: int) -> None:
        self.outcome.value = cards.text(f"Read {done} of {total} lists.")

    def _export(self, kind: str) -> None:
        if self.review is None:
            return
        mask = not self.read()["full"]
        text = self.review.to_html(mask=mask) if kind == "HTML" else self.review.to_json(mask=mask)
        media = "text/html" if kind == "HTML" else "application/json"
        self.saved.value = document.download(f"a2p-readiness.{kind.lower()}", media, text.encode())

    def _at_once(self) -> None:
        try:
            self.outcome.value = self.act()
        except Exception as error:  # noqa: BLE001 - a board that cannot look still says why
            self.last_error, self.outcome.value = error, cards.error(error)
        self.cancel.layout.display = "none"


def _frame(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    heads = [tables.heading(column) for column in columns]
    cells = [["" if row[column] is None else row[column] for column in columns] for row in rows]
    return pd.DataFrame(cells, columns=heads)
