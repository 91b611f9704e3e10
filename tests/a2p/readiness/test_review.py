"""The review: verdicts, tables, the order of fixes, and what leaves it: masked unless asked otherwise."""

import json
import re

import pandas as pd
import pytest

import msvc_toolkit as msvc
from msvc_toolkit.a2p.readiness.checks import CHECKS
from msvc_toolkit.a2p.readiness.fixes import STAGES
from msvc_toolkit.a2p.readiness.tables import COLUMNS
from msvc_toolkit.a2p.readiness.thresholds import Thresholds
from msvc_toolkit.a2p.readiness.verdict import MEANING, NOT_COVERED
from tests.helpers.forms import words

IN_POOL, LOOSE, NO_CAMPAIGN, FREE = "+14155550100", "+12125550100", "+13125550100", "+18885550100"
WHOLE = re.compile(
    "|".join(rf"\+1\D{{0,2}}{n[2:5]}\D{{0,2}}{n[5:8]}\D{{0,2}}{n[8:]}" for n in (IN_POOL, LOOSE, NO_CAMPAIGN, FREE))
)
SID = re.compile(r"\b[A-Z]{2}[0-9a-f]{32}\b")


def sent(number, code, n, service=""):
    """A row of a log's cube."""
    return {
        "number": number,
        "kind": "local",
        "messaging_service_sid": service,
        "hour": pd.Timestamp("2026-01-05 10:00"),
        "direction": "outbound-api",
        "status": "undelivered" if code else "delivered",
        "error_code": code,
        "country": "US",
        "price_unit": "USD",
        "encoding": "GSM-7",
        "n": n,
        "segments": n,
        "price_e5": 830 * n,
        "priced": n,
        "stops": 0,
        "starts": 0,
        "helps": 0,
    }


@pytest.fixture
def account():
    """One service in order, one without a campaign, and a number in no service."""
    conn = msvc.connect("sandbox", store=":memory:", scenario="empty", clock="manual", seed=7)
    for number in (IN_POOL, LOOSE, NO_CAMPAIGN, FREE):
        conn.sandbox.own(number)
    for name, number in (("Orders", IN_POOL), ("Offers <b>to</b> +13125550100", NO_CAMPAIGN)):
        sid = msvc.create_service(conn, msvc.ServiceDraft(friendly_name=name, usecase="notifications")).sid
        msvc.add_senders(conn, sid, [number])
    conn.sandbox.register_campaign(msvc.find_service(conn, "Orders").sid)
    yield conn
    conn.sandbox.api.store.close()


@pytest.fixture
def log(account, log_of):
    """A log in which the loose number and the one without a campaign were refused."""
    orders, offers = (
        service.sid for service in sorted(msvc.list_services(account), key=lambda s: s.friendly_name)[::-1]
    )
    rows = [
        sent(IN_POOL, 0, 200, orders),
        sent(LOOSE, 30034, 40),
        sent(LOOSE, 0, 2),
        sent(NO_CAMPAIGN, 30034, 7, offers),
    ]
    return log_of(rows)


def test_verdicts_of_services_and_numbers(account, log):
    """Each service and each number has a verdict of its own; the account has the worst."""
    review = msvc.review_a2p(account, log)
    services = dict(zip(review.services["campaign"], review.services["verdict"], strict=True))
    numbers = dict(zip(review.table("numbers", mask=False)["number"], review.numbers["verdict"], strict=True))

    assert review.verdict == "not ready"
    assert services == {"VERIFIED, ACCOUNT_NOTIFICATION": "ready", "none": "not ready"}
    assert numbers == {IN_POOL: "ready", LOOSE: "not ready", NO_CAMPAIGN: "not ready", FREE: "ready"}


def test_findings_carry_their_evidence(account, log):
    """A finding says how many messages it touched, what they cost, and when; the currency stays with the amount."""
    review = msvc.review_a2p(account, log)
    by_check = {row["check"]: row for row in review.findings.to_dict("records")}

    assert tuple(review.findings.columns) == COLUMNS["findings"]
    assert (by_check["S1"]["messages"], by_check["S1"]["money"]) == (42, "0.35 USD")
    assert (by_check["C1"]["messages"], by_check["C1"]["code"]) == (7, 30034)
    assert f"{by_check['S1']['first_seen']:%Y-%m-%d %H}" == "2026-01-05 10"
    assert set(review.findings["severity"]) <= {"blocker", "warning", "advice"}
    assert list(review.findings["severity"]) == sorted(
        review.findings["severity"], key=["blocker", "warning", "advice"].index
    )


def test_without_a_log_there_is_no_evidence(account):
    """Nothing is counted where nothing was read, and traffic is not examined."""
    review = msvc.review_a2p(account)

    assert set(review.findings["messages"].dropna()) == set()
    assert {r.state for r in review.results if r.check.family == "traffic"} == {"not examined"}
    assert any("No message log" in line for line in review.not_covered)


def test_the_order_of_fixes(account, log):
    """Blockers come first, among them what others depend on; who has to act and how long it takes are beside it."""
    account.sandbox.register_brand(status="FAILED", errors={30795: "business_registration_number"})
    review = msvc.review_a2p(account, log)
    fixes = review.order_of_fixes
    table = review.table("fixes")

    assert [fix.number for fix in fixes] == list(range(1, len(fixes) + 1))
    places = [(fix.severity != "blocker", STAGES.index(fix.stage)) for fix in fixes]
    assert places == sorted(places)
    assert [(fix.findings[0].check.id, fix.stage) for fix in fixes] == [("C1", "campaign"), ("S1", "numbers")]
    assert {"S2", "L1"} <= set(review.findings["check"])
    assert set(table["who"]) <= {"you", "Twilio", "the carriers"}
    assert all(table["takes"])


def test_what_is_not_covered(account):
    """The review says what it cannot know, in every format."""
    review = msvc.review_a2p(account)
    page, written = review.to_html(), json.loads(review.to_json())

    assert set(NOT_COVERED) <= set(review.not_covered) == set(written["not_covered"])
    assert all(line.split(":")[0] in page for line in NOT_COVERED)


@pytest.mark.parametrize("write", ["to_html", "to_json"])
def test_masked_unless_asked(account, log, write):
    """Numbers are masked in the page and in JSON, also where a name or a text has one; on demand they are whole."""
    review = msvc.review_a2p(account, log)
    masked, whole = SID.sub("SID", getattr(review, write)()), getattr(review, write)(mask=False)

    assert WHOLE.findall(masked) == []
    assert LOOSE in whole
    assert "415 ••• 0100" in masked or "+1 212 ••• 0100" in masked


def test_masked_in_a_cell(account, log):
    """What a notebook shows of a review has no whole number either."""
    review = msvc.review_a2p(account, log)

    assert WHOLE.findall(SID.sub("SID", review._repr_html_() + repr(review) + review.findings.to_html())) == []


def test_the_page_stands_alone(account, log, tmp_path):
    """One file without anything to fetch; what came from outside is text in it."""
    path = tmp_path / "review.html"
    page = msvc.review_a2p(account, log).to_html(path)

    assert path.read_text(encoding="utf-8") == page
    assert page.startswith("<!doctype html>")
    assert not re.search(r"<(script|link|img)\b|src=|@import", page)
    assert "<b>to</b>" not in page
    assert all(words in page for words in ("Not ready", "Fix in this order", "Blockers", "What this does not cover"))


def test_the_first_sheet_of_the_page_is_for_a_manager(account, log):
    """Whose account, when, the verdict, what to do in which order, to tick, with who and how long, and the services; the rest is folded."""
    account.sandbox.register_brand(business={"business_name": "Owl Coffee LLC"})
    page = msvc.review_a2p(account, log).to_html()
    first, _, rest = page.partition('<section class="msvc-new-sheet">')
    said = words(first)

    for shown in (
        "SANDBOX account AC",
        "Reviewed ",
        "Not ready for US traffic",
        "blocker",
        "Fix in this order",
        "You",
        "working days",
    ):
        assert shown in said
    assert said.index("Not ready") < said.index("Fix in this order")
    assert said.index("Fix in this order") < said.index("Services")
    assert first.count('<input class="msvc-tick" type="checkbox"') == first.count('"msvc-fix-step"') > 0
    assert rest.count("<details open>") == 1  # the blockers
    assert rest.count("<details>") > 3
    assert [part for part in ("Blockers", "Numbers with findings", "Every check") if part not in rest] == []
    assert "<a " not in first


def test_the_page_suits_dark_screens_and_paper(account, log):
    """It follows the reader's system, and on paper it is light, without buttons, and opens what is folded."""
    page = msvc.review_a2p(account, log).to_html()

    assert "color-scheme:light dark" in page
    paper = page[page.index("@media print{.msvc{") :]
    for rule in ("only light", "break-inside:avoid", "break-before:page", "display:none", "details-content"):
        assert rule in paper


@pytest.mark.parametrize("name", list(COLUMNS))
def test_each_table_can_be_shown_in_a_notebook(account, log, name):
    """As cards and lists with the words of a person, numbers masked; it is not printed text."""
    shown = msvc.review_a2p(account, log).show(name).data

    assert words(shown)
    assert shown.count("<tr") + shown.count("<li") + shown.count("<details") > 1
    assert WHOLE.findall(SID.sub("SID", shown)) == []
    assert "Offers &lt;b&gt;to" in shown or name == "checks"


def test_findings_of_one_severity_are_shown(account, log):
    """Only the blockers, when those are asked for."""
    review = msvc.review_a2p(account, log)
    shown = review.show("findings", severity="blocker").data

    assert shown.count('<details class="msvc-finding"') == (review.findings["severity"] == "blocker").sum() > 0


def test_json_has_everything(account, log, tmp_path):
    """Verdict, findings, services, numbers, checks with source and grade, and the order of fixes."""
    path = tmp_path / "review.json"
    msvc.review_a2p(account, log).to_json(path)
    written = json.loads(path.read_text(encoding="utf-8"))

    assert written["verdict"] == "not ready"
    assert {"findings", "services", "numbers", "checks", "fixes", "not_covered", "requests", "at"} <= set(written)
    assert len(written["checks"]) == len(CHECKS)
    assert all(check["source"] and check["grade"] in "PQT?" for check in written["checks"])


def test_thresholds_are_settings(account, log_of):
    """What counts as much or long is said by settings, and they may be moved."""
    orders = msvc.find_service(account, "Orders").sid
    log = log_of([sent(IN_POOL, 0, 200, orders), sent(IN_POOL, 30007, 3, orders)])

    assert "L3" in set(msvc.review_a2p(account, log).findings["check"])
    assert "L3" not in set(msvc.review_a2p(account, log, settings=Thresholds(filtered_share=0.02)).findings["check"])


def test_the_same_account_reads_the_same_twice(account, log):
    """Nothing in a review depends on chance or on the order in which answers arrive."""
    first, second = (msvc.review_a2p(account, log).to_json() for _ in range(2))

    assert first == second


def test_every_verdict_has_a_meaning():
    """Each verdict has a sentence."""
    assert set(MEANING) == {"ready", "at risk", "not ready", "not examined", "not needed"}


def test_a_review_knows_the_rates_of_its_campaigns(account):
    """Segments a second by service, for `peaks`: by the brand's score, or by the campaign's own rate limits where it has some."""
    orders = msvc.find_service(account, "Orders").sid
    (rate,) = msvc.review_a2p(account).campaign_rates.items()

    (campaign,) = account.client.messaging.v1.services(orders).us_app_to_person.list()
    assert rate == (orders, 3 * campaign.rate_limits["att"]["mps"])


def test_a_code_for_speed_names_the_campaigns_rate(account, log_of):
    """30022 says what the campaign may send, in all and to one carrier."""
    orders = msvc.find_service(account, "Orders").sid
    findings = msvc.review_a2p(account, log=log_of([sent(IN_POOL, 30022, 40, orders)])).findings
    (sentence,) = [words for words in findings["finding"] if "30022" in words]

    assert re.search(r"may send [\d.]+ segments a second, [\d.]+ to one carrier", sentence)
