"""Pool, handset, campaign, review and message log: what a click leads to is seen, and nothing runs off the page."""

import re

import pytest
from playwright.sync_api import expect

from pages import outside

pytestmark = pytest.mark.browser

POOL = """import msvc_toolkit as msvc
conn = msvc.connect("sandbox", store=":memory:", clock="manual", seed=7)
for place in range(450):
    conn.sandbox.own(f"+1970555{place:04}")
svc = msvc.catch_up(conn, before=3)
msvc.SenderPoolForm(conn, svc.sid)"""
PHONE = """import msvc_toolkit as msvc
conn = msvc.connect("sandbox", store=":memory:", clock="manual", seed=7)
svc = msvc.catch_up(conn, before=4)
msvc.send(conn, to="+16285550123", body="Your order is ready.", messaging_service_sid=svc.sid)
conn.sandbox.advance(60)
msvc.Handset(conn, "+16285550123")"""
NAMING = """import time
import msvc_toolkit as msvc
conn = msvc.connect("sandbox", store=":memory:", clock="manual", seed=7)
form = msvc.ServiceForm(conn, friendly_name="W")
form.fields["friendly_name"].widget.observe(lambda _: time.sleep(0.3), names="value")  # a busy machine
form"""
BUSY = """import msvc_toolkit as msvc
conn = msvc.connect("sandbox", store=":memory:", scenario="busy", messages=1000, clock="manual", seed=7)
care = msvc.find_service(conn, "Customer care")"""
LOG = """import pandas as pd
import msvc_toolkit as msvc
rows = [
    {"sid": f"SM{sender:04}{place:028}", "date_created": pd.Timestamp("2026-01-02") + pd.Timedelta(minutes=place),
     "direction": "outbound-api", "status": "delivered" if sender < 201 else "failed", "number": f"+1415555{sender:04}",
     "error_code": 0 if sender < 201 else 30007,
     "peer": "+16285550100", "kind": "local", "country": "US", "num_segments": 1}
    for sender in range(202) for place in range(3 if sender < 201 else 40)
]
explorer = msvc.LogExplorer(msvc.Log(pd.DataFrame(rows)))
explorer.wait()
explorer"""


def test_a_click_takes_all_that_was_typed(lab):
    """A button clicked right after typing saves the whole text, though the kernel is behind with the letters."""
    lab.lay("naming", NAMING)
    lab.run("naming")
    form = lab.page.locator(".msvc-service-form.msvc-alive")

    form.locator(".msvc-field-friendly-name input").press("End")
    lab.page.keyboard.type("eb shop orders of Makati")
    form.locator(".msvc-click").dispatch_event("click")
    expect(form.get_by_text("Web shop orders of Makati is created")).to_be_visible()


def test_a_pool_of_460(lab):
    """All of 460 senders are selected by one click; the tray says in a few lines what becomes of them."""
    lab.lay("pool", POOL)
    lab.run("pool")
    pool = lab.screen("Sender pool of")

    pool.get_by_role("button", name="Select all 460").click()
    expect(pool.get_by_text("can be added now")).to_be_visible()
    assert pool.bounding_box()["height"] < 1_600
    pool.get_by_role("button", name="Clear selection").click()
    expect(pool.get_by_role("heading", name="Nothing is selected")).to_be_visible()
    pool.get_by_label("Find a sender").fill("chicago")
    expect(pool.get_by_text("1 to 1 of 1")).to_be_visible()
    pool.locator("label:visible", has_text="Chicago").click()
    pool.get_by_role("button", name="Add 1 sender").click()
    expect(pool.get_by_text("The pool holds 1 sender").first).to_be_visible()
    assert outside(pool) == []


def test_a_phone_says_stop(lab):
    """The phone shows what arrived; a click on STOP appears in the conversation, and so does Twilio's answer to it."""
    lab.lay("phone", PHONE)
    lab.run("phone")
    phone = lab.screen("Handset")
    talk = phone.get_by_role("log")

    expect(talk.get_by_text("Your order is ready.")).to_be_visible()
    phone.get_by_role("button", name="STOP", exact=True).click()
    expect(talk.get_by_text("STOP", exact=True)).to_be_visible()
    expect(talk.get_by_text(re.compile("unsubscribed"))).to_be_visible()
    assert outside(phone) == []


def test_a_rejected_campaign(lab):
    """The form says that the campaign was rejected; blockers are at their input, and inserted sentences remove some."""
    lab.lay("campaign", BUSY, "msvc.CampaignForm(conn, care.sid)")
    lab.run("campaign")
    form = lab.screen("Campaign of Customer care")

    expect(form.get_by_role("heading", name="Rejected by the reviewers")).to_be_visible()
    flow = form.get_by_label(re.compile("^How people agree"))
    expect(flow).to_have_attribute("aria-invalid", "true")
    before = flow.input_value()
    form.get_by_role("button", name=re.compile("^Insert .* missing sentence")).first.click()
    expect(flow).not_to_have_value(before)
    assert flow.input_value().startswith(before)
    assert outside(form) == []


@pytest.mark.parametrize("width", [1280, 760])
def test_the_review(lab, width: int):
    """The verdict is in words; a fix can be ticked, a finding opens, and nothing runs off the page."""
    lab.lay("review", BUSY, "msvc.ReadinessBoard(conn)")
    lab.run("review")
    lab.page.set_viewport_size({"width": width, "height": 1000})
    board = lab.screen("Ready for US A2P 10DLC?")

    expect(board.get_by_role("heading", name=re.compile("^Not ready"))).to_be_visible()
    fix = board.locator("label", has_text="is not verified").first
    fix.click()
    expect(board.get_by_role("checkbox", name=re.compile("is not verified")).first).to_be_checked()
    finding = board.locator("summary", has_text="is not verified").first
    finding.click()
    expect(board.locator("details[open]", has_text="is not verified").first).to_be_visible()
    board.get_by_role("button", name="Save as HTML").click()
    link = board.get_by_role("link", name=re.compile("a2p-readiness.html"))
    expect(link).to_have_css("text-decoration-line", "underline")
    assert outside(board) == []

    lab.page.goto((lab.folder / "a2p-readiness.html").as_uri())
    expect(lab.page.get_by_role("heading", name=re.compile("^Not ready"))).to_be_visible()
    assert outside(lab.page.locator("html")) == []


def test_a_log_of_202_senders(lab):
    """The worst of 202 senders is the first row; a click on an error's bar shows its messages, and says so in words."""
    lab.lay("log", LOG)
    lab.run("log")
    log = lab.screen("Message log")

    lab.page.set_viewport_size({"width": 1280, "height": 757})
    expect(log.get_by_text("1 to 25 of 202")).to_be_visible()
    expect(log.locator("label:visible", has_text="+1 415").first).to_contain_text("0.0 %")
    log.get_by_role("toolbar", name=re.compile("stops messages")).get_by_role(
        "button", name=re.compile("30007")
    ).click()
    expect(log.get_by_role("button", name=re.compile("^Messages"))).to_have_attribute("aria-pressed", "true")
    expect(log.get_by_text(re.compile("40 messages")).first).to_be_in_viewport()
    assert outside(log) == []
