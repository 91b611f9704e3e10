"""One row for each customer: what was sent, delivered and paid, what stands out, and whether US traffic may flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from msvc_toolkit.a2p.readiness import report
from msvc_toolkit.a2p.readiness.review import Review, review_a2p
from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import ToolkitError
from msvc_toolkit.html import cards, document
from msvc_toolkit.logs import measures
from msvc_toolkit.logs.calls import pull_logs
from msvc_toolkit.logs.charts.labels import named
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.time_zones import Moment
from msvc_toolkit.private.arguments import Progress, reporting
from msvc_toolkit.rules.plurals import count
from msvc_toolkit.subaccounts.calls import Subaccount, list_subaccounts
from msvc_toolkit.widgets import saved_files

TITLE = "Accounts and their messages"
NOT_ACTIVE = "It is {}, so its services and registrations cannot be read."
HIDDEN = "Twilio did not show its auth token. Connect with the owner's auth token or a main API key."
COLUMNS = {
    "account": "str", "account_sid": "str", "messages": "int64", "delivered": "float64", "failed": "int64",
    "segments": "int64", "cost": "float64", "currency": "str", "opt_outs": "int64", "findings": "int64",
    "worst": "str", "a2p": "str", "blockers": "int64", "note": "str",
}  # fmt: skip
"""The columns of the table, with their types."""


@dataclass(frozen=True)
class SubaccountsReview:
    """What was read of an account and its subaccounts.

    Args:
        table: One row for each account, the one that needs most work first: messages sent and the share delivered, failed
            messages, segments, cost in its currency, opt-outs, findings and the worst of them (without any, the first
            blocker of A2P 10DLC), the verdict on A2P 10DLC
            with its blockers, and a note on what could not be read.
        logs: The log of each account, by SID.
        reviews: The A2P review of each account, by SID.
        label: "LIVE" or "SANDBOX".
    """

    table: pd.DataFrame
    logs: Mapping[str, Log]
    reviews: Mapping[str, Review]
    label: str

    def __repr__(self) -> str:
        return f"<SubaccountsReview {self.label}: {count(len(self.table), 'account')}, {self.table['messages'].sum():,} messages>"

    def _repr_html_(self) -> str:
        return cards.style("review") + cards.join([cards.ribbon(self.label), self._about(), self._drawn()])

    def to_html(self, path: str | Path) -> Path:
        """Write the table and each account's findings as a page in one file; phone numbers are masked.

        Args:
            path: The file. Where there is one already, the new one gets a number.
        """
        parts = [cards.ribbon(self.label), self._about(), self._drawn()]
        for row in self.table[self.table["findings"] > 0].to_dict("records"):
            sentences = measures.findings(self.logs[row["account_sid"]])["sentence"]
            names = _names(self.reviews.get(row["account_sid"]))
            parts.append(document.section(row["account"], cards.bullets(named(one, names) for one in sentences)))
        page = document.page(TITLE, *parts, looks=("review", "log"))
        file = Path(path).expanduser()
        return saved_files.write(file.parent, {file.name: page.encode()})[0]

    def _about(self) -> cards.Html:
        """Say which days were read: the window of the logs, whose end is when they were read unless another was asked for."""
        known = [log.certificate for log in self.logs.values()]
        since = min((one.since for one in known if one.since), default=None)
        until = max((one.until for one in known if one.until), default=None)
        days = f"Messages from {since:%d %b %Y} until {until:%d %b %Y, %H:%M} UTC" if since and until else "No messages"
        return cards.text(f"{days} · {count(len(self.table), 'account')}", css="msvc-small")

    def _drawn(self) -> cards.Html:
        heads = ("Account", "Messages", "Delivered", "Failed", "Cost", "Opt-outs", "What stands out", "US A2P 10DLC")
        return cards.table(heads, [_cells(row) for row in self.table.to_dict("records")])


def review_subaccounts(
    conn: Connection,
    folder: str | Path,
    since: Moment | None = None,
    until: Moment | None = None,
    *,
    progress: Progress | None = None,
) -> SubaccountsReview:
    """Pull the log of an account and each of its subaccounts, review their A2P registrations, and put all in one table.

    It only reads. An account that cannot be read gets a note in its row, and the others go on.

    Args:
        conn: The owner of the subaccounts.
        folder: Where the logs are kept, a folder for each account; the next call reads only what can have changed.
        since: Begin of the window; 30 days ago when not given.
        until: End of the window, excluded; now when not given.
        progress: Called with how many accounts are read, of how many, and a sentence.

    Raises:
        TwilioRefused: The credentials may not list accounts.

    Example:
        >>> import tempfile
        >>> import msvc_toolkit as msvc
        >>> conn = msvc.connect("sandbox", store=":memory:", clock="manual")
        >>> _ = conn.client.api.accounts.create(friendly_name="Corner Cafe")
        >>> len(msvc.review_subaccounts(conn, tempfile.mkdtemp()).table)
        2
    """
    accounts, tell = list_subaccounts(conn), reporting(progress)
    logs: dict[str, Log] = {}
    reviews: dict[str, Review] = {}
    rows = []
    for done, account in enumerate(accounts):
        tell(done, len(accounts), f"Reading {account.friendly_name}, {done + 1} of {len(accounts)} accounts.")
        note = _unreadable(account)
        if account.conn is not None and not note:
            try:
                log = pull_logs(account.conn, Path(folder).expanduser() / account.sid, since, until)
                logs[account.sid] = log.select(since=since, until=until)
                reviews[account.sid] = review_a2p(account.conn, logs[account.sid])
            except ToolkitError as error:
                note = str(error)
        figures = _figures(logs.get(account.sid), reviews.get(account.sid))
        rows.append({"account": account.friendly_name, "account_sid": account.sid, **figures, "note": note})
    tell(len(accounts), len(accounts), f"{count(len(accounts), 'account')} read.")
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
    table = table.sort_values(["blockers", "findings", "failed"], ascending=False, kind="stable", ignore_index=True)
    return SubaccountsReview(table, logs, reviews, conn.label)


def _unreadable(account: Subaccount) -> str:
    if account.status != "active":
        return NOT_ACTIVE.format(account.status)
    return "" if account.conn is not None else HIDDEN


def _figures(log: Log | None, review: Review | None) -> dict[str, Any]:
    """Work out the row of one account; what is not known is empty or 0."""
    row: dict[str, Any] = {
        name: {"str": "", "int64": 0, "float64": float("nan")}[kind] for name, kind in COLUMNS.items()
    }
    if log is not None:
        sent, paid = measures.outcomes(log, by=()), measures.spend(log, by=())
        found, said = measures.findings(log), measures.replies(log, by=())
        if len(sent):
            row |= {"messages": sent["n"].iloc[0], "delivered": sent["rate"].iloc[0], "failed": sent["failed"].iloc[0]}
        if len(paid):
            priced = paid.sort_values("n").iloc[-1]
            row |= {"segments": paid["segments"].sum(), "cost": priced["cost"], "currency": priced["price_unit"] or ""}
        row |= {"opt_outs": said["stops"].sum(), "findings": len(found)}
        row["worst"] = named(found["sentence"].iloc[0], _names(review)) if len(found) else ""
    if review is not None:
        blockers = sum(finding.severity == "blocker" for finding in review.judgement.findings)
        row |= {"a2p": review.verdict, "blockers": blockers}
        if blockers and not row["worst"]:
            row["worst"] = report.fixes_of(review.judgement)[0].what
    return {name: value for name, value in row.items() if name not in ("account", "account_sid", "note")}


def _names(review: Review | None) -> dict[str, str]:
    """Return the name of each of an account's services by its SID."""
    return {} if review is None else dict(zip(review.services["sid"], review.services["service"], strict=True))


def _cells(row: Mapping[Any, Any]) -> list[object]:
    """Draw one account's row."""
    if row["note"] and not row["a2p"]:
        return [row["account"], *[""] * 5, row["note"], ""]
    share = "" if pd.isna(row["delivered"]) else f"{row['delivered']:.1%}"
    cost = "" if pd.isna(row["cost"]) else f"{row['cost']:,.2f} {row['currency']}"
    blockers = f", {count(row['blockers'], 'blocker')}" if row["blockers"] else ""
    figures = [f"{row['messages']:,}", share, f"{row['failed']:,}", cost, f"{row['opt_outs']:,}"]
    more = f" And {row['findings'] - 1} more." if row["findings"] > 1 else ""
    return [row["account"], *figures, row["worst"] + more or row["note"], row["a2p"] + blockers]
