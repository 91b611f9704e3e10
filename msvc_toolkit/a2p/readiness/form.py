"""The readiness board: verdict, services, fixes to tick in order, and findings to filter and open."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from msvc_toolkit.a2p.campaigns.form import CampaignForm
from msvc_toolkit.a2p.linter.model import Severity
from msvc_toolkit.a2p.readiness import report, tables
from msvc_toolkit.a2p.readiness.result import FAMILIES, SEVERITIES, ReadinessFinding
from msvc_toolkit.a2p.readiness.review import Review, review_a2p
from msvc_toolkit.a2p.readiness.thresholds import DEFAULTS, Thresholds
from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import Problem, ToolkitError
from msvc_toolkit.html import cards
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.widgets import fields, form, saved_files
from msvc_toolkit.widgets.screen import box, in_order

MESSAGES = 20
"""How many messages of the log a finding shows."""
PAGE = 10
"""How many findings are shown at first, and added by a click."""
_MESSAGE = {
    "date_created": "Created, UTC",
    "number": "Sender",
    "peer": "Other number",
    "status": "Status",
    "error_code": "Error code",
}
_CHIPS: dict[Severity, str] = {"blocker": "Blockers", "warning": "Warnings", "advice": "Advice"}


class FindingCard:
    """One finding of a board, with a button for its newest messages if a log may have some."""

    def __init__(self, row: dict[str, Any], finding: ReadinessFinding, board: ReadinessBoard) -> None:
        self.row, self.found, self.board = row, finding.found, board
        self.messages = fields.html("messages")
        self.button = None
        parts = [widgets.HTML(str(report.findings([row])))]
        if hasattr(board.log, "rows") and row["messages"] and (self.found.numbers or self.found.services):
            self.button = fields.button("Show its newest messages", "messages-button", self.show)
            parts += [self.button, self.messages]
        self.correct, self.form = None, box("finding-form", [])
        service = next((sid for sid in self.found.services if row["check"][0] in "CT"), "")
        if service:
            self.correct = fields.button("Open the campaign's form", "correct-button", partial(self._open, service))
            parts += [self.correct, self.form]
        self.view = box("finding-card", parts)

    def _open(self, service_sid: str) -> None:
        """Show the form that corrects the campaign below the finding, or hide it again."""
        if self.form.children:
            form.close(self.form.children[0])
            self.form.children = ()
            return
        try:
            self.form.children = (CampaignForm(self.board.conn, service_sid).view,)
        except ToolkitError as error:
            self.form.children = (widgets.HTML(str(cards.error(error))),)

    def show(self) -> None:
        """Show the newest messages of the finding, from the log."""
        where = {
            "number": list(self.found.numbers),
            "messaging_service_sid": [] if self.found.numbers else list(self.found.services),
            "error_code": list(self.found.sent),
        }
        asked = {name: wanted for name, wanted in where.items() if wanted}
        try:
            frame = self.board.log.rows(MESSAGES, masked=not self.board.read()["full"], **asked)
        except Exception as error:  # noqa: BLE001 - an exception in a callback shows nowhere else
            self.board.last_error = error
            self.messages.value = _unreadable(error)
            return
        shown = frame[list(_MESSAGE)].astype(object).where(frame[list(_MESSAGE)].notna(), "")
        caption = f"The newest {count(len(shown), 'message')}"
        self.messages.value = (
            cards.table(list(_MESSAGE.values()), shown.to_numpy().tolist(), caption)
            if len(shown)
            else cards.text(
                "These messages are no longer in the log. Click “Review again” to read the log as it is now."
            )
        )


class ReadinessBoard(form.Form):
    """Show how ready an account is for US A2P 10DLC traffic, and what to fix first; only reads.

    Args:
        conn: The account.
        log: A message log, which shows how many messages each finding affects.
        numbers_csv: The Console's number-status report.
        settings: The thresholds.
        folder: The folder for saved files; the notebook's own when not given.

    Attributes:
        review: The last review; None until the first one is done.
        lines: The services in the table, worst first, as rows of `Review.services`.
        rows: The findings that match the filters, as rows of `Review.findings`.
        found: The same findings as objects.
        cards: The cards that are drawn, for the first of `rows`.
        ticks: The order of fixes as check boxes.
    """

    css = "readiness"
    looks = ("review",)

    def __init__(
        self,
        conn: Connection,
        log: Any = None,
        *,
        numbers_csv: str | Path | None = None,
        settings: Thresholds = DEFAULTS,
        folder: str | Path | None = None,
    ) -> None:
        self.folder = Path(folder) if folder is not None else Path.cwd()
        self.log, self.numbers_csv, self.settings = log, numbers_csv, settings
        self.review: Review | None = None
        self.rows: list[dict[str, Any]] = []
        self.lines: list[dict[str, Any]] = []
        self.found: list[ReadinessFinding] = []
        self.cards: list[FindingCard] = []
        self.ticks: list[Any] = []
        self.chips = {
            severity: widgets.ToggleButton(value=severity != "advice").add_class("msvc-chip") for severity in SEVERITIES
        }
        self.verdict, self.services, self.count, self.not_covered, self.saved = (widgets.HTML() for _ in range(5))
        self.fixes, self.findings = box("fixes", []), box("findings", [])
        self.more = fields.button("", "more", self._show_more, hidden=True)
        self.exports = [
            fields.button(f"Save as {kind}", f"export-{kind.lower()}", partial(self._export, kind))
            for kind in ("HTML", "JSON")
        ]
        super().__init__(
            conn,
            "Ready for US A2P 10DLC?",
            [
                fields.text("words", "Find", placeholder="A word, check, error code or number"),
                fields.choice("service", "Service", [("All services", "")]),
                fields.choice("family", "About", [("Everything", ""), *((f.capitalize(), f) for f in FAMILIES)]),
                fields.flag("full", "Show full phone numbers", "In the findings and in saved files.", value=False),
            ],
        )
        for chip in self.chips.values():
            fields.on_change(chip, lambda _: self._changed("severity"))
        if conn.sandbox is not None:
            self._at_once()
        else:
            self._start()  # the network may be slow, and the cell should not wait for it

    def layout(self) -> list[Any]:
        """Put the verdict first, then the services, the order of fixes and the findings."""
        act = box("act", [self.button, self.cancel, *self.exports, self.missing], row=True)
        self._order = widgets.HTML()
        self._parts = [
            box("part", [_title("Services"), self.services]),
            box("part", [self._order, self.fixes]),
            box(
                "part",
                [
                    _title("All findings"),
                    box("filters", self._shown[:3]),
                    box("chips", [*self.chips.values(), self.count], row=True),
                    self.findings,
                    self.more,
                    self._shown[3],
                ],
            ),
            box("part", [self.not_covered]),
        ]
        return [self.verdict, act, self.outcome, self.saved, *self._parts]

    def draft(self) -> None:
        """Return nothing: the form has no inputs to fill in."""

    def problems(self) -> Sequence[Problem]:
        """Return nothing: a review is always possible."""
        return ()

    def label(self) -> str:
        """Return the button's label; a review costs nothing."""
        return "Review again" if self.review else "Review"

    def about(self) -> str:
        """Say when the account was reviewed."""
        return report.about(self.review.judgement) if self.review else ""

    def consequence(self) -> str:
        """Say that nothing is changed."""
        return "This only reads; it changes nothing in the account."

    def act(self) -> str:
        """Read the facts again and judge them."""
        self.cancel.layout.display = ""
        ticked = {fix.key for fix, tick in zip(self._fixes, self.ticks, strict=True) if tick.value}
        self.review = review_a2p(
            self.conn,
            self.log,
            numbers_csv=self.numbers_csv,
            settings=self.settings,
            progress=self._count,
            cancelled=lambda: self.stopped,
        )
        judged = self.review.judgement
        self.lines = report.worst_first(tables.rows("services", judged))
        self.saved.value = ""
        fields.offer(
            self.fields["service"], [("All services", ""), *((row["service"], row["sid"]) for row in self.lines)]
        )
        self._draw()
        if self.stopped:
            return cards.card("warning", "You stopped the review: what was not read is not examined.")
        return self._confirmed(ticked)

    @property
    def _fixes(self) -> Sequence[Any]:
        return self.review.order_of_fixes if self.review else ()

    def _confirmed(self, ticked: set[tuple[str, ...]]) -> str:
        """Say which ticked fixes the new review confirms."""
        left = [f"{fix.number}" for fix in self._fixes if fix.key in ticked]
        if not ticked:
            return ""
        if not left:
            return cards.card("done", f"{count(len(ticked), 'ticked fix is', 'ticked fixes are')} confirmed.")
        done = f"{len(ticked) - len(left)} of {count(len(ticked), 'ticked fix', 'ticked fixes')} confirmed. "
        return cards.card("warning", f"{done}Still found: {', '.join(left)}.")

    def _draw(self, ticked: Collection[int] = ()) -> None:
        """Draw the review, with these fixes ticked."""
        if self.review is None:
            return
        judged, mask = self.review.judgement, not self.read()["full"]
        self.verdict.value = report.headline(judged, mask=mask)
        self.services.value = report.lines(judged, mask=mask)
        before = self.ticks
        self.ticks = [
            widgets.Checkbox(
                description=fix.draw(), description_allow_html=True, indent=False, value=fix.number in ticked
            )
            for fix in report.fixes_of(judged, mask=mask)
        ]
        self.fixes.children = tuple(map(in_order, self.ticks))
        for old in before:
            form.close(old)
        order = report.TICK if self.ticks else "Nothing has to be fixed."
        self._order.value = cards.text("Fix in this order", "h3") + cards.text(order, css="msvc-help")
        self.not_covered.value = report.not_covered(judged)
        for severity, number in report.severities(judged).items():
            self.chips[severity].description = f"{_CHIPS[severity]} {number}"
        self.show()

    def show(self) -> None:
        """Draw the findings that match the filters."""
        if self.review is None:
            return
        asked = self.read()
        judged = self.review.judgement
        about = judged.about_service(asked["service"]) if asked["service"] else None
        made = tables.rows("findings", judged, mask=not asked["full"])
        words = asked["words"].lower().split()
        left = [
            (row, finding)
            for row, finding in zip(made, judged.findings, strict=True)
            if self.chips[finding.severity].value
            and (about is None or finding in about)
            and asked["family"] in ("", finding.check.family)
            and all(word in " ".join(map(str, row.values())).lower() for word in words)
        ]
        self.rows, self.found = [row for row, _ in left], [finding for _, finding in left]
        before, self.cards = self.cards, []
        self._add()
        for card in before:
            form.close(card.view)

    def _add(self) -> None:
        """Draw the next findings below those that are drawn."""
        start, end = len(self.cards), len(self.cards) + PAGE
        self.cards += [
            FindingCard(row, found, self)
            for row, found in zip(self.rows[start:end], self.found[start:end], strict=True)
        ]
        self.findings.children = tuple(card.view for card in self.cards)
        rest = len(self.rows) - len(self.cards)
        self.more.description = f"Show {min(rest, PAGE)} more"
        self.more.layout.display = "" if rest > 0 else "none"
        self.count.value = cards.text(self._counted(), css="msvc-help")

    def _show_more(self) -> None:
        """Draw more findings, and move the focus to the first of them."""
        shown = len(self.cards)
        self._add()
        self.view.children[-1].focus(f".msvc-finding-card:nth-child({shown + 1}) summary")

    def _counted(self) -> str:
        total = len(self.review.judgement.findings) if self.review else 0
        if not total:
            return "Nothing was found."
        if not self.rows:
            return "No finding matches. Clear the search or switch a filter on."
        first = f"; the first {len(self.cards)} are below" if len(self.cards) < len(self.rows) else ""
        return f"{len(self.rows)} of {count(total, 'finding')}{first}."

    def static(self) -> str:
        """Return the verdict, the services, the order of fixes and the findings that match the filters."""
        if self.review is None:
            return cards.shown(self.outcome)
        judged = self.review.judgement
        parts = [
            report.headline(judged),
            report.lines(judged),
            cards.text("Fix in this order", "h3"),
            report.fixes(judged),
            cards.text("All findings", "h3"),
            cards.text(self._counted(), css="msvc-help"),
            report.findings(self.rows),
        ]
        return cards.join([*parts, cards.shown(self.outcome)])

    def refresh(self) -> None:
        """Draw the button and the heading; parts without a review are hidden."""
        super().refresh()
        for part in self._parts:
            part.layout.display = "" if self.review else "none"
        for button in self.exports:
            button.disabled = self.review is None

    def _changed(self, name: str) -> None:
        if name == "full":
            self._draw([number for number, tick in enumerate(self.ticks, 1) if tick.value])
        else:
            self.show()
        self.retell()

    def _count(self, done: int, total: int) -> None:
        self.outcome.value = cards.text(f"Read {done} of {total} lists.")

    def _export(self, kind: str) -> None:
        if self.review is None:
            return
        mask = not self.read()["full"]
        text = self.review.to_html(mask=mask) if kind == "HTML" else self.review.to_json(mask=mask)
        try:
            written = saved_files.write(self.folder, {f"a2p-readiness.{kind.lower()}": text.encode()})
        except OSError as error:
            self.last_error, self.saved.value = error, cards.error(error)
            return
        self.saved.value = saved_files.saved_card(written, linked=True)
        self.view.children[-1].focus(".msvc-download")

    def _at_once(self) -> None:
        try:
            self.outcome.value = self.act()
        except Exception as error:  # noqa: BLE001 - a board that cannot look still says why
            self.last_error, self.outcome.value = error, cards.error(error)
        self.cancel.layout.display = "none"
        self.refresh()


def _title(words: str) -> Any:
    return widgets.HTML(str(cards.text(words, "h3")))


def _unreadable(error: Exception) -> str:
    """Say why a log could not be read."""
    if isinstance(error, ToolkitError):
        return cards.error(error)
    reason = f"The log could not be read ({type(error).__name__})."
    return cards.card("problem", f"{reason} Pull it again with `msvc.pull_logs`, then click “Review again”.")
