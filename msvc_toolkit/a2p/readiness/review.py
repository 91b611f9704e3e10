"""The review of one account: its verdict, findings and order of fixes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from msvc_toolkit.a2p.linter.model import Severity
from msvc_toolkit.a2p.readiness import report, tables
from msvc_toolkit.a2p.readiness.calls import gather
from msvc_toolkit.a2p.readiness.facts import Facts
from msvc_toolkit.a2p.readiness.fixes import Fix
from msvc_toolkit.a2p.readiness.numbers_csv import read_numbers_csv
from msvc_toolkit.a2p.readiness.result import Result
from msvc_toolkit.a2p.readiness.thresholds import DEFAULTS, Thresholds
from msvc_toolkit.a2p.readiness.traffic_from_log import traffic_of
from msvc_toolkit.a2p.readiness.verdict import Judgement, Verdict, judge
from msvc_toolkit.connection import Connection
from msvc_toolkit.private.arguments import Progress, also_called, reporting


@dataclass(frozen=True)
class Review:
    """The result of a review. Its tables mask phone numbers, except `table(..., mask=False)`.

    Args:
        judgement: The facts, the results, and the verdicts that follow from them.
        label: "LIVE" or "SANDBOX".
    """

    judgement: Judgement
    label: str

    def __repr__(self) -> str:
        counts = report.counted(self.judgement)
        return f"<Review {self.label}: {self.verdict}; {counts}>"

    def _repr_html_(self) -> str:
        return report.summary(self.judgement, self.label)

    @property
    def verdict(self) -> Verdict:
        """ready, at risk, not ready, not examined, or not needed; for the account as a whole."""
        return self.judgement.verdict

    @property
    def facts(self) -> Facts:
        """The facts that were read."""
        return self.judgement.facts

    @property
    def results(self) -> tuple[Result, ...]:
        """The result of every check: passed, failed, skipped or not examined."""
        return self.judgement.results

    @property
    def order_of_fixes(self) -> tuple[Fix, ...]:
        """What to fix, in order."""
        return self.judgement.fixes

    @property
    def not_covered(self) -> tuple[str, ...]:
        """What the review does not cover."""
        return self.judgement.not_covered

    @property
    def campaign_rates(self) -> dict[str, float | None]:
        """Segments a second that each service's campaign may send to the US; None if not known.

        For ``measures.peaks(log, campaigns=...)``. Source and gaps: rates.toml.
        """
        services = [sid for sid in self.facts.service_by_sid if self.facts.campaign_of(sid)]
        tiers = {sid: self.facts.tier_of(sid) for sid in services}
        return {sid: tier.total if tier else None for sid, tier in tiers.items()}

    @cached_property
    def findings(self) -> pd.DataFrame:
        """One row per finding, worst first."""
        return self.table("findings")

    @cached_property
    def services(self) -> pd.DataFrame:
        """One row per Messaging Service: brand, campaign, numbers, verdict, and the codes of the log's last days."""
        return self.table("services")

    @cached_property
    def numbers(self) -> pd.DataFrame:
        """One row per phone number, with its service and verdict."""
        return self.table("numbers")

    @cached_property
    def checks(self) -> pd.DataFrame:
        """One row per check: its result, its source, and how reliable that source is."""
        return self.table("checks")

    def table(self, name: str, *, mask: bool = True) -> pd.DataFrame:
        """Return one of the review's tables.

        Args:
            name: findings, services, numbers, checks or fixes.
            mask: Hide the middle of phone numbers; turn off only for data that nobody else sees.
        """
        return pd.DataFrame(tables.rows(name, self.judgement, mask=mask), columns=list(tables.COLUMNS[name]))

    def show(self, name: str, *, severity: Severity | None = None, mask: bool = True) -> Any:
        """Show one of the review's tables in a notebook; each finding opens to show its remedy.

        Args:
            name: findings, services, numbers, checks or fixes.
            severity: Show only findings of this severity: blocker, warning or advice.
            mask: Hide the middle of phone numbers.
        """
        from IPython.display import HTML  # noqa: PLC0415 - the command line needs no notebook

        return HTML(report.shown(self.judgement, self.label, name, severity, mask=mask))

    def to_html(self, path: str | Path | None = None, *, mask: bool = True) -> str:
        """Write a page in one file, to hand to a colleague.

        Args:
            path: Where to write it; only returned when not given.
            mask: Hide the middle of phone numbers.
        """
        return _written(report.page(self.judgement, self.label, mask=mask), path)

    def to_json(self, path: str | Path | None = None, *, mask: bool = True) -> str:
        """Write everything as JSON.

        Args:
            path: Where to write it; only returned when not given.
            mask: Hide the middle of phone numbers.
        """
        return _written(report.as_json(self.judgement, self.label, mask=mask), path)


@also_called(stopped="cancelled")
def review_a2p(
    conn: Connection,
    log: Any = None,
    *,
    numbers_csv: str | Path | None = None,
    settings: Thresholds = DEFAULTS,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Review:
    """Review how ready an account is for US A2P 10DLC traffic; only reads, and never a request per number.

    Args:
        conn: The account.
        log: A message log, which shows how many messages each finding affects; without one, traffic is not examined.
        numbers_csv: The Console's number-status report; no API reports how carriers registered a number.
        settings: The thresholds.
        progress: Called with the number of lists read, the number known so far, and a sentence.
        cancelled: Called before each list; True leaves the rest unread, and not examined.

    Raises:
        InvalidInput: The report cannot be read.

    Example:
        >>> import msvc_toolkit as msvc
        >>> conn = msvc.connect("sandbox", store=":memory:", scenario="empty")
        >>> msvc.review_a2p(conn).verdict
        'not needed'
    """
    states = read_numbers_csv(numbers_csv)
    report_progress = reporting(progress)

    def count(done: int, of: int) -> None:
        report_progress(done, of, f"{done} of {of} lists are read.")

    facts = gather(conn, progress=count, stopped=cancelled)
    facts = replace(facts, traffic=traffic_of(log, settings), number_states=states)
    return Review(judge(facts, settings), conn.label)


def _written(text: str, path: str | Path | None) -> str:
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text
