"""The board: one line per service, then the findings, to filter, to open and to hand on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pandas as pd
from itables.widget import ITable

from msvc_toolkit.a2p.readiness import report, tables
from msvc_toolkit.a2p.readiness.result import FAMILIES, SEVERITIES, Finding, Found
from msvc_toolkit.a2p.readiness.review import Review, review_a2p
from msvc_toolkit.a2p.readiness.settings import DEFAULTS, Settings
from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import Problem
from msvc_toolkit.html import cards, document
from msvc_toolkit.widgets import fields, form

MESSAGES = 20
"""How many messages of the log a finding shows when it is opened."""
ROWS = 50
"""How many numbers a finding shows when it is opened."""
_LINE = ("service", "verdict", "why", "brand", "campaign", "us_numbers", "toll_free", "recent_codes")
_FOUND = ("check", "severity", "finding", "services", "messages", "money")
_MESSAGE = ("date_created", "number", "peer", "status", "error_code")
PAGE = 10


class ReadinessBoard(form.Form):
    """Show how ready an account is for US A2P 10DLC traffic, and what to mend first; only reads.

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
        self, conn: Connection, log: Any = None, *, numbers_csv: str | Path | None = None, settings: Settings = DEFAULTS
    ) -> None:  # fmt: skip
        self.log, self.numbers_csv, self.settings = log, numbers_csv, settings
        self.review: Review | None = None
        self.rows: list[dict[str, Any]] = []
        self.lines: list[dict[str, Any]] = []
        self.found: list[Finding] = []
        self.services = ITable(_frame(_LINE, []), **_look(0))
        self.findings = ITable(_frame(_FOUND, []), **_look(0))
        for table in (self.services, self.findings):
            table.add_class("msvc-table")
        self.findings.add_class("msvc-sentences")
        self.verdict, self.detail, self.fixes, self.saved = (widgets.HTML() for _ in range(4))
        self.detail.add_class("msvc-detail")
        self.exports = [_button(f"Export {kind}", self._export, kind) for kind in ("HTML", "JSON")]
        super().__init__(
            conn,
            "Readiness for US A2P 10DLC",
            [
                fields.choice("severity", "Severity", [("All", ""), *((s.capitalize(), s) for s in SEVERITIES)]),
                fields.choice("family", "About", [("All", ""), *((family.capitalize(), family) for family in FAMILIES)]),
                fields.text("words", "Search", "Words, a check's id, an error code or a service's name."),
                fields.flag("full", "Show full numbers", value=False),
            ],
        )  # fmt: skip
        self.services.observe(lambda _: self.show(), names="selected_rows")
        self.findings.observe(lambda _: self._choose(), names="selected_rows")
        if conn.sandbox is not None:
            self._at_once()
        else:
            self._start()  # a network may be slow; the cell does not wait for it

    def layout(self) -> list[Any]:
        """Put the services first, then the findings and what was chosen of them, then the order of fixes."""
        buttons = widgets.HBox([self.button, self.cancel, *self.exports], layout=widgets.Layout(flex_flow="row wrap"))
        return [
            self.heading, buttons, self.verdict, self.outcome, self.saved, self.services, *self._shown, self.findings,
            self.detail, self.fixes,
        ]  # fmt: skip

    def draft(self) -> None:
        """There is nothing to fill in."""

    def problems(self) -> Sequence[Problem]:
        """Nothing stands in the way of looking."""
        return ()

    def label(self) -> str:
        """Say what a click does; looking costs nothing."""
        return "Review again"

    def act(self) -> str:
        """Gather the facts anew and judge them."""
        self.cancel.layout.display = ""
        self.review = review_a2p(
            self.conn, self.log, numbers_csv=self.numbers_csv, settings=self.settings, progress=self._count,
            cancelled=lambda: self.stopped,
        )  # fmt: skip
        self.lines = tables.records(tables.services(self.review.judgement))
        self.services.update(_frame(_LINE, self.lines), selected_rows=[], **_look(len(self.lines)))
        self.verdict.value = cards.block(report.headline(self.review.judgement))
        self.fixes.value = cards.block(
            cards.text("What to mend, in this order", "h3"), report.fixes(self.review.judgement),
            document.fold("What this does not cover", cards.bullets(self.review.not_covered)),
        )  # fmt: skip
        self.saved.value = ""
        self.show()
        return cards.text("You stopped: what was not read is not examined.") if self.stopped else ""

    def show(self) -> None:
        """Draw the findings that the filters and the chosen service leave."""
        if self.review is None:
            return
        asked = self.read()
        chosen = [self.lines[place]["sid"] for place in self.services.selected_rows if place < len(self.lines)]
        judged = self.review.judgement
        about = judged.about_service(chosen[0]) if chosen else None
        made = tables.records(tables.findings(judged, mask=not asked["full"]))
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
        self.findings.update(_frame(_FOUND, self.rows), selected_rows=[], **_look(len(self.rows)))
        self._choose()

    def static(self) -> str:
        """Return the verdict, the services, the order of fixes and the findings that are shown."""
        if self.review is None:
            return str(self.outcome.value)
        judged = self.review.judgement
        shown = tables.picked((_FOUND, [tuple(row[name] for name in _FOUND) for row in self.rows]), _FOUND)
        return (
            report.headline(judged) + report.lines(judged) + cards.text("What to mend, in this order:")
            + report.fixes(judged) + report.drawn(shown, f"{len(self.rows)} findings.") + str(self.detail.value)
            + str(self.outcome.value)
        )  # fmt: skip

    def _changed(self, name: str) -> None:
        super()._changed(name)
        self.show()
        self.retell()

    def _choose(self) -> None:
        """Show all that is known of the chosen finding, with its numbers and its newest messages."""
        chosen = [place for place in self.findings.selected_rows if place < len(self.rows)]
        if not chosen:
            self.detail.value = ""
            return
        row, found = self.rows[chosen[0]], self.found[chosen[0]].found
        told = {
            tables.heading(name): value for name, value in row.items() if value not in (None, "") and name != "numbers"
        }
        numbers = [number for number in row["numbers"].split(", ") if number]
        listed = cards.table(["number"], [[n] for n in numbers[:ROWS]], f"{len(numbers)} numbers") if numbers else ""
        self.detail.value = cards.facts(told, "The finding that is chosen") + listed + self._messages(found)

    def _messages(self, found: Found) -> str:
        """Draw the newest messages a finding is about, where the log has single ones."""
        where = {
            "number": list(found.numbers), "messaging_service_sid": [] if found.numbers else list(found.services),
            "error_code": list(found.sent),
        }  # fmt: skip
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


def _button(label: str, act: Callable[[str], None], kind: str) -> Any:
    button = widgets.Button(description=label, layout=widgets.Layout(width="auto"))
    button.add_class(f"msvc-export-{kind.lower()}")
    button.on_click(lambda _: act(kind))
    return button


def _frame(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    heads = [tables.heading(column) for column in columns]
    cells = [["" if row[column] is None else row[column] for column in columns] for row in rows]
    return pd.DataFrame(cells, columns=heads)


def _look(count: int) -> dict[str, Any]:
    """Say how so many rows are drawn; itables falls back on its defaults at an update that does not say it anew."""
    info, paging = ("info", "paging") if count > PAGE else (None, None)
    return {
        "select": "single",
        "showIndex": False,
        "classes": "display compact",
        "pageLength": PAGE,
        "ordering": False,  # worst first, as they are mended
        "layout": {"topStart": None, "topEnd": None, "bottomStart": info, "bottomEnd": paging},
        "columnDefs": [{"targets": "_all", "className": "dt-left"}],
        "maxBytes": 0,
    }
