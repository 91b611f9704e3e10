"""ReadinessBoard: one line per service, then findings to filter and to open; driven by filling and clicking."""

import base64
import json
import re

import pandas as pd
import pytest

import msvc_toolkit as msvc
from msvc_toolkit.connection import Connection
from tests.helpers.forms import words

IN_POOL, LOOSE, NO_CAMPAIGN = "+14155550100", "+12125550100", "+13125550100"
SUMS = [
    {
        "number": NO_CAMPAIGN,
        "kind": "local",
        "messaging_service_sid": "",
        "hour": pd.Timestamp("2026-01-05 10:00"),
        "direction": "outbound-api",
        "status": "undelivered",
        "error_code": 30034,
        "country": "US",
        "price_unit": "USD",
        "encoding": "GSM-7",
        "n": 7,
        "segments": 7,
        "price_e5": 0,
        "priced": 0,
    }
]
SID = re.compile(r"\b[A-Z]{2}[0-9a-f]{32}\b")


@pytest.fixture
def account():
    """One service in order, one without a campaign, and a number in no service."""
    conn = msvc.connect("sandbox", store=":memory:", scenario="empty", clock="manual", seed=7)
    for number in (IN_POOL, LOOSE, NO_CAMPAIGN):
        conn.sandbox.own(number)
    for name, number in (("Orders", IN_POOL), ("Offers", NO_CAMPAIGN)):
        sid = msvc.create_service(conn, msvc.ServiceDraft(friendly_name=name, usecase="notifications")).sid
        msvc.add_senders(conn, sid, [number])
    conn.sandbox.register_campaign(msvc.find_service(conn, "Orders").sid)
    yield conn
    conn.sandbox.api.store.close()


def checks(board):
    """The ids of the findings in the table."""
    return [row["check"] for row in board.rows]


def look(board):
    """Click 'Review again', and wait."""
    board.button.click()
    board.wait()
    assert board.last_error is None


def choose(board, table, name):
    """Choose the first row of a table that has a word in it."""
    rows = board.lines if table is board.services else board.rows
    table.selected_rows = [next(place for place, row in enumerate(rows) if name in row.values())]


def test_services_then_findings(account):
    """A line per service with its verdict, the account's verdict above, the findings below with the worst first."""
    board = msvc.ReadinessBoard(account)

    assert board.last_error is None
    assert all(line["why"] for line in board.lines)
    assert {(line["service"], line["verdict"]) for line in board.lines} == {
        ("Orders", "ready"),
        ("Offers", "not ready"),
    }
    assert "Not ready" in board.verdict.value
    assert checks(board)[:2] == ["C1", "S2"]
    assert "What to fix" in board.fixes.value


def test_filters(account):
    """Severity, family and words each leave the findings that fit."""
    board = msvc.ReadinessBoard(account)
    everything = checks(board)

    board.fill(severity="blocker")
    assert checks(board) == ["C1", "S2"]
    board.fill(severity="", family="sender pool")
    assert set(checks(board)) == {"S1", "S2"}
    board.fill(family="", words="30034 offers")
    assert checks(board) == ["C1", "S2"]
    board.fill(words="")
    assert checks(board) == everything


def test_a_service_and_its_findings(account):
    """Choosing a service leaves what touches it; letting go brings the rest back."""
    board = msvc.ReadinessBoard(account)
    everything = checks(board)
    choose(board, board.services, "Offers")

    assert checks(board) == ["C1", "S2"]

    board.services.selected_rows = []

    assert checks(board) == everything


def test_a_finding_in_full(account):
    """Choosing a finding shows all that is known of it: its rows, what to do, its source; numbers masked."""
    board = msvc.ReadinessBoard(account)
    choose(board, board.findings, "S1")

    assert "Error page 30034" in board.detail.value
    assert "+1 212 ••• 0100" in board.detail.value
    assert LOOSE not in board.detail.value

    board.fill(full=True)
    choose(board, board.findings, "S1")

    assert LOOSE in board.detail.value


def test_the_messages_of_a_finding(account, log_of, monkeypatch):
    """With a log, a chosen finding shows its newest messages: those of its numbers, with its error codes."""
    offers = msvc.find_service(account, "Offers").sid
    told = {
        "date_created": [pd.Timestamp("2026-01-05")],
        "number": ["+1 312 ••• 0100"],
        "peer": ["+1 628 ••• 0123"],
        "status": ["undelivered"],
        "error_code": [30034],
    }
    asked = []

    def rows(_, limit, *, masked, **where):
        asked.append({**where, "limit": limit, "masked": masked})
        return pd.DataFrame({**told, "direction": ["outbound-api"], "body": [None], "messaging_service_sid": [offers]})

    log = log_of(SUMS)
    monkeypatch.setattr(type(log), "rows", rows)
    board = msvc.ReadinessBoard(account, log)
    choose(board, board.findings, "S2")

    assert asked[-1] == {"number": [NO_CAMPAIGN], "error_code": [30034], "limit": 20, "masked": True}
    assert "The newest 1 messages" in board.detail.value
    assert "+1 628 ••• 0123" in board.detail.value


def test_mend_and_review_again(account):
    """What was mended meanwhile is gone after another click."""
    board = msvc.ReadinessBoard(account)
    offers = msvc.find_service(account, "Offers").sid
    account.sandbox.register_campaign(offers)
    msvc.add_senders(account, offers, [LOOSE])
    look(board)

    assert board.review.verdict == "ready"
    assert "Ready" in board.verdict.value


@pytest.mark.parametrize(("kind", "place"), [("HTML", 0), ("JSON", 1)])
def test_exports(account, kind, place):
    """A click makes a link that holds the whole report, masked."""
    board = msvc.ReadinessBoard(account)
    board.exports[place].click()
    link = re.search(r'download="([^"]+)" href="data:[^;]+;base64,([^"]+)"', board.saved.value)
    text = base64.b64decode(link[2]).decode()

    assert link[1] == f"a2p-readiness.{kind.lower()}"
    assert text == (board.review.to_html() if kind == "HTML" else board.review.to_json())
    assert LOOSE not in text
    if kind == "JSON":
        assert json.loads(text)["verdict"] == "not ready"


def test_cancel_leaves_a_truthful_board(account):
    """Cancel while it reads: what was not read is not examined, and the board says that it was stopped."""
    board = msvc.ReadinessBoard(account)
    account.sandbox.fault("latency", route="GET /v1/Services", seconds=1, count=1)
    board.button.click()
    assert board.busy
    board.cancel.click()
    board.wait()

    assert board.review.verdict == "not examined"
    assert "You stopped" in board.outcome.value


def test_what_fails_is_told(account):
    """A board that may read nothing says so and stands; it examined nothing."""
    account.sandbox.fault(403)
    board = msvc.ReadinessBoard(account)

    assert board.last_error is None
    assert "Not examined" in board.verdict.value
    assert board.rows == []


def test_a_report_that_is_none(account, tmp_path):
    """A number-status report that cannot be read is told in the board."""
    board = msvc.ReadinessBoard(account, numbers_csv=tmp_path / "none.csv")

    assert isinstance(board.last_error, msvc.InvalidInput)
    assert "cannot be read" in board.outcome.value


def test_a_live_account_does_not_keep_the_cell_waiting(account):
    """On a live connection the first look runs by itself; the board is there before, and full after."""
    board = msvc.ReadinessBoard(Connection("LIVE", account.client, account.account_sid))
    board.wait()

    assert board.last_error is None
    assert board.review.label == "LIVE"
    assert "LIVE Writes are armed" in words(board.heading.value)
    assert checks(board)[:2] == ["C1", "S2"]


def test_read_without_a_kernel(account):
    """The twin in the notebook has verdict, services, fixes and findings, and no whole number."""
    board = msvc.ReadinessBoard(account)
    told = board._repr_mimebundle_()
    html = SID.sub("SID", told["text/html"])

    assert "SANDBOX" in told["text/plain"]
    assert all(words in html for words in ("Not ready", "Offers", "C1", "What to fix"))
    assert not re.search("|".join(re.escape(n) for n in (IN_POOL, LOOSE, NO_CAMPAIGN)), html)


def test_hostile_text_is_text(account):
    """A service's name from outside is drawn as text."""
    sid = msvc.create_service(account, msvc.ServiceDraft(friendly_name="<script>alert(1)</script>", usecase="poll")).sid
    account.sandbox.own("+17025550100")
    msvc.add_senders(account, sid, ["+17025550100"])
    board = msvc.ReadinessBoard(account)

    assert "<script>alert" not in board.static() + board.fixes.value + board.detail.value
