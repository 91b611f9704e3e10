"""ReadinessBoard: verdict, services, fixes to tick, findings to filter and open; driven by filling and clicking."""

import base64
import json
import re
import shutil
from dataclasses import replace

import pandas as pd
import pytest

import msvc_toolkit as msvc
from msvc_toolkit.a2p.readiness import report
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


def chips(board, *severities):
    """Leave the chips of these severities on."""
    for severity, chip in board.chips.items():
        chip.value = severity in severities


def card(board, check):
    """The first finding of a check that is shown."""
    return next(card for card in board.cards if card.row["check"] == check)


def drawn(board):
    """The words of all findings that are shown."""
    return words("".join(card.view.children[0].value for card in board.cards))


def test_services_then_findings(account):
    """A line per service with its verdict, the account's verdict above, the findings below with the worst first."""
    board = msvc.ReadinessBoard(account)

    assert board.last_error is None
    assert all(line["why"] for line in board.lines)
    assert {(line["service"], line["verdict"]) for line in board.lines} == {
        ("Orders", "ready"),
        ("Offers", "not ready"),
    }
    assert "Not ready for US traffic" in words(board.verdict.value)
    assert "Offers" in board.lines[0]["service"]
    assert checks(board)[:2] == ["C1", "S2"]
    assert [fix.what for fix in report.fixes_of(board.review.judgement)] == [
        line for tick in board.ticks for line in [re.search(r"</b> (.*?)</span>", tick.description)[1]]
    ]


def test_the_verdict_says_what_stops_messages_and_how_long_it_takes(account):
    """Above everything else: what blocks, who has to act, how long it takes, and the counts; a color is never alone."""
    board = msvc.ReadinessBoard(account)
    said = words(board.verdict.value)

    assert "1 problem stops messages to the US" in said
    assert board.review.order_of_fixes[0].findings[0].found.sentence in said
    assert "You: 2 to 15 working days" in said
    assert "2 blockers" in said
    assert "msvc-icon-problem" in board.verdict.value


def test_each_service_says_why_it_is_judged_so(account):
    """A service whose campaign was rejected but that has no US number says both, in words and not in codes."""
    idle = msvc.create_service(account, msvc.ServiceDraft(friendly_name="Idle", usecase="notifications")).sid
    account.sandbox.register_campaign(idle, status="FAILED", errors={30893: "MESSAGE_SAMPLES"})
    board = msvc.ReadinessBoard(account)
    said = words(board.services.value)

    assert "Its pool has no US local and no toll-free number. Its campaign is rejected." in said
    assert not re.search(r"FAILED|MESSAGE_SAMPLES", said + drawn(board))


def test_filters(account):
    """Severities, family and words each leave the findings that fit; what is left is counted."""
    board = msvc.ReadinessBoard(account)
    chips(board, "blocker", "warning", "advice")
    everything = checks(board)
    assert len(everything) > 2

    chips(board, "blocker")
    assert checks(board) == ["C1", "S2"]
    assert f"2 of {len(everything)} findings." in board.count.value
    chips(board, "blocker", "warning", "advice")
    board.fill(family="sender pool")
    assert set(checks(board)) == {"S1", "S2"}
    board.fill(family="", words="30034 offers")
    assert checks(board) == ["C1", "S2"]
    board.fill(words="no such thing")
    assert "No finding matches" in board.count.value
    board.fill(words="")
    assert checks(board) == everything


def test_a_service_and_its_findings(account):
    """Choosing a service leaves what touches it; choosing all brings the rest back."""
    board = msvc.ReadinessBoard(account)
    chips(board, "blocker", "warning", "advice")
    everything = checks(board)
    board.fill(service=msvc.find_service(account, "Offers").sid)

    assert checks(board) == ["C1", "S2"]

    board.fill(service="")

    assert checks(board) == everything != ["C1", "S2"]


def test_a_finding_in_full(account):
    """An opened finding has what to do, who, how long, and its source; numbers are masked unless asked otherwise."""
    board = msvc.ReadinessBoard(account)
    chips(board, "warning", "advice")
    said = words(card(board, "S1").view.children[0].value)

    for shown in (
        board.review.findings.query("check == 'S1'")["remedy"].iloc[0],
        "You",
        "minutes",
        "Error page 30034",
        "+1 212 ••• 0100",
    ):
        assert shown in said
    assert LOOSE not in said

    board.fill(full=True)

    assert LOOSE in words(card(board, "S1").view.children[0].value)


def test_the_messages_of_a_finding(account, log_of, monkeypatch):
    """With a log, a finding shows its newest messages at a click: those of its numbers, with its error codes."""
    offers = msvc.find_service(account, "Offers").sid
    messages = {
        "date_created": [pd.Timestamp("2026-01-05")],
        "number": ["+1 312 ••• 0100"],
        "peer": ["+1 628 ••• 0123"],
        "status": ["undelivered"],
        "error_code": [30034],
    }
    asked = []

    def rows(_, limit, *, masked, **where):
        asked.append({**where, "limit": limit, "masked": masked})
        return pd.DataFrame(
            {**messages, "direction": ["outbound-api"], "body": [None], "messaging_service_sid": [offers]}
        )

    log = log_of(SUMS)
    monkeypatch.setattr(type(log), "rows", rows)
    board = msvc.ReadinessBoard(account, log)
    card(board, "S2").button.click()

    assert asked[-1] == {"number": [NO_CAMPAIGN], "error_code": [30034], "limit": 20, "masked": True}
    assert "The newest 1 message<" in card(board, "S2").messages.value
    assert "+1 628 ••• 0123" in card(board, "S2").messages.value


@pytest.mark.slow
def test_a_log_that_is_gone_is_one_clear_sentence(tmp_path):
    """When the folder of the log was deleted, its messages cannot be shown: the card says what to do, and the rest works."""
    busy = msvc.connect("sandbox", store=":memory:", scenario="busy", messages=300, clock="manual", seed=7)
    board = msvc.ReadinessBoard(busy, msvc.pull_logs(busy, tmp_path / "log", "2025-10-01"))
    shutil.rmtree(tmp_path / "log")
    with_messages = next(card for card in board.cards if card.button)
    with_messages.button.click()

    assert "no longer in the log. Click “Review again”" in words(with_messages.messages.value)
    assert board.last_error is None
    board.fill(words="links")
    assert board.rows
    busy.sandbox.api.store.close()


def test_what_is_ticked_is_confirmed_by_the_next_review(account):
    """Of two ticked fixes the one that was made is gone; the other one is named as still found."""
    board = msvc.ReadinessBoard(account)
    board.ticks[0].value = True
    look(board)
    assert "0 of 1 ticked fix confirmed. Still found: 1." in words(board.outcome.value)
    assert not board.ticks[0].value

    board.ticks[0].value = True
    account.sandbox.register_campaign(msvc.find_service(account, "Offers").sid)
    look(board)
    assert "1 ticked fix is confirmed." in words(board.outcome.value)


def test_equal_findings_are_one(account):
    """Reviewers who give the same reason twice are quoted once."""
    offers = msvc.find_service(account, "Offers").sid
    account.sandbox.register_campaign(offers, status="FAILED", errors={30909: "MESSAGE_FLOW"})
    board = msvc.ReadinessBoard(account)
    chips(board, "blocker", "warning", "advice")
    said = [(row["check"], row["finding"]) for row in board.rows]

    assert "C3" in checks(board)
    assert len(said) == len(set(said))


def test_mend_and_review_again(account):
    """What was corrected meanwhile is gone after another click."""
    board = msvc.ReadinessBoard(account)
    offers = msvc.find_service(account, "Offers").sid
    account.sandbox.register_campaign(offers)
    msvc.add_senders(account, offers, [LOOSE])
    look(board)

    assert board.review.verdict == "ready"
    assert "Ready" in board.verdict.value


@pytest.mark.parametrize(("kind", "place"), [("HTML", 0), ("JSON", 1)])
def test_exports(account, tmp_path, kind, place):
    """A click writes the whole report, masked, into the folder and links to it."""
    board = msvc.ReadinessBoard(account, folder=tmp_path)
    board.exports[place].click()
    link = re.search(r'download="([^"]+)" href="data:[^;]+;base64,([^"]+)"', board.saved.value)
    text = base64.b64decode(link[2]).decode()

    assert (tmp_path / f"a2p-readiness.{kind.lower()}").read_text() == text
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


def test_what_fails_is_reported(account):
    """A board that may read nothing says so and is still drawn; it examined nothing."""
    account.sandbox.fault(403)
    board = msvc.ReadinessBoard(account)

    assert board.last_error is None
    assert "Not examined" in board.verdict.value
    assert board.rows == []


def test_a_report_that_is_none(account, tmp_path):
    """The board says so when a number-status report cannot be read."""
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
    bundle = board._repr_mimebundle_()
    html = SID.sub("SID", bundle["text/html"])

    assert "SANDBOX" in bundle["text/plain"]
    assert all(words in html for words in ("Not ready", "Offers", "C1", "Fix in this order"))
    assert not re.search("|".join(re.escape(n) for n in (IN_POOL, LOOSE, NO_CAMPAIGN)), html)


def test_hostile_text_is_text(account):
    """A service's name from outside is drawn as text."""
    sid = msvc.create_service(account, msvc.ServiceDraft(friendly_name="<script>alert(1)</script>", usecase="poll")).sid
    account.sandbox.own("+17025550100")
    msvc.add_senders(account, sid, ["+17025550100"])
    board = msvc.ReadinessBoard(account)

    assert "<script>alert" not in board.static() + board.services.value + "".join(
        [tick.description for tick in board.ticks] + [card.view.children[0].value for card in board.cards]
    )


def test_a_fault_has_one_severity_in_form_board_and_rejection(account):
    """What the form calls a blocker is one on the board, also where no number depends on the campaign, and the sandbox cites it."""
    idle = msvc.create_service(account, msvc.ServiceDraft(friendly_name="Idle", usecase="notifications")).sid
    good = msvc.fetch_campaign(account, msvc.find_service(account, "Orders").sid)
    samples = ("See bit.ly/x1y2 today. Reply STOP to opt out.", "100 free spins at our casino are waiting.")
    draft = replace(good.draft, message_samples=samples)
    msvc.create_campaign(account, idle, draft, good.brand_registration_sid, despite_remarks=True)
    account.sandbox.advance(600)
    form, board = msvc.CampaignForm(account, idle), msvc.ReadinessBoard(account)
    found = {
        (f.found.code, f.severity)
        for f in board.review.judgement.findings
        if f.check.family == "content" and idle in f.found.services
    }
    shown = {(remark.code, remark.severity) for remark in form.found()}
    cited = {error.code for error in form.campaign.errors}

    assert {(30892, "blocker"), (30897, "blocker"), (30893, "warning")} <= found
    assert {pair for pair in found if pair[1] != "advice"} <= shown
    assert {30892, 30897, 30893} <= cited
    judged = board.review.judgement
    assert judged.of_service(msvc.find_service(account, "Orders")) == "ready"
    [fix] = [line for line, fix in zip(report.fixes_of(judged), judged.fixes, strict=True) if fix.key[0] == "campaign"]
    assert "gambling" in fix.what
    assert [one for one in fix.others if "bit.ly" in one]
    assert "1 problem stops messages" in words(board.verdict.value)
    assert "in campaigns that no US number uses" in words(board.verdict.value)


def test_a_finding_opens_the_form_of_its_campaign(account):
    """A click shows the campaign's form below the finding, another one hides it; the page for a client has no Python."""
    orders = msvc.find_service(account, "Orders").sid
    account.sandbox.register_campaign(msvc.find_service(account, "Offers").sid, status="FAILED", message_samples=["Hi"])
    board = msvc.ReadinessBoard(account)
    chips(board, "blocker", "warning", "advice")
    opened = next(card for card in board.cards if card.correct is not None and orders not in card.found.services)
    opened.correct.click()

    assert "Campaign of Offers" in words(opened.form.children[0].children[0].value)
    opened.correct.click()
    assert opened.form.children == ()
    assert "CampaignForm" not in board.review.to_html()
