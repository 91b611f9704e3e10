"""A large send is planned by typing, and its page can be read on a phone."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from pages import outside

pytestmark = pytest.mark.browser

FORM = """from datetime import datetime
from zoneinfo import ZoneInfo
import msvc_toolkit as msvc
msvc.SendPlanForm(None, "US 40000", "Acme: 30 % off until Sunday.", senders=["+14155550100"],
                  start=datetime(2099, 11, 27, 9, tzinfo=ZoneInfo("America/New_York")))"""


def test_a_send_is_planned_by_typing(lab):
    """The verdict follows the keyboard; a wrong input says so to a screen reader; advice and plan A are one click each."""
    lab.lay("plan", FORM)
    lab.run("plan")
    form = lab.screen("Plan a large send")
    expect(form.get_by_role("heading", name="It depends")).to_be_visible()

    recipients = form.get_by_role("textbox", name="Recipients")
    recipients.fill("everybody")
    expect(recipients).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_text("Before your last change")).to_be_visible()
    expect(form.get_by_role("button", name="Save page")).to_be_disabled()
    recipients.fill("US 40000, GB 500")
    form.get_by_label("US campaign (A2P 10DLC)").select_option("Verified, score 25 to 49")
    expect(form.get_by_role("heading", name="It does not fit")).to_be_visible()

    expect(form.get_by_text("2,014 fewer fail").first).to_be_visible()  # the advice for this campaign

    form.get_by_role("button", name="Keep as plan A").click()
    expect(form.get_by_role("columnheader", name="Plan A")).to_be_visible()
    form.get_by_role("button", name="Use this").first.click()
    expect(form.get_by_role("heading", name="It fits")).to_be_visible()
    expect(form.get_by_role("textbox", name="Senders")).to_be_focused()
    form.get_by_role("button", name="Every figure used").click()
    expect(form.get_by_role("columnheader", name="Source, grade and date")).to_be_visible()
    for width in (1280, 500):
        lab.page.set_viewport_size({"width": width, "height": 1000})
        assert outside(form) == []


def test_the_page_of_a_plan(page: Page, tmp_path):
    """The page stands alone: it fetches nothing, fits a phone's width, and has the verdict, the charts and the sources."""
    import msvc_toolkit as msvc  # noqa: PLC0415 - brings pandas, which every worker would pay

    start = datetime(2099, 11, 27, 9, tzinfo=ZoneInfo("America/New_York"))
    plans = [
        msvc.plan_send(None, {"US": 40_000}, "Sale!", senders=[one], start=start)
        for one in ("+14155550100", "+18885550100")
    ]
    file = msvc.plan_report(plans[0], tmp_path / "plan.html", beside={"Toll-free": plans[1]})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 400, "height": 900})
    page.goto(file.as_uri())

    expect(page.get_by_role("heading", name="It depends")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^Segments waiting")).first).to_be_visible()
    expect(page.get_by_role("columnheader", name="Toll-free")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Source, grade and date")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert asked == [file.as_uri()]
