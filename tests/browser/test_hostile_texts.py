"""Texts that mean harm stay texts: they run nothing, widen nothing, and come out of an export as they went in."""

import csv
import re

import pytest
from playwright.sync_api import expect

from pages import outside

pytestmark = pytest.mark.browser

HOSTILE = """
import tempfile
from dataclasses import replace
from pathlib import Path
import msvc_toolkit as msvc

SCRIPT = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>'
NAME = (SCRIPT + "W" * 64)[:64]
BACKWARDS = "\\u202eBackwards <b>bold</b>\\u202c"
LINES = "\\n".join(f"line {n} {SCRIPT}" for n in range(11))
BODIES = [SCRIPT, BACKWARDS, LINES, "\\U0001f600" * 400, "W" * 1600]

conn = msvc.connect("sandbox", store=":memory:", clock="manual", seed=7)
svc = msvc.create_service(conn, friendly_name=NAME)
for place, number in enumerate(conn.client.incoming_phone_numbers.list()):
    number.update(friendly_name=(NAME, BACKWARDS)[place % 2])
msvc.add_senders(conn, svc.sid, ["+14155550100"])
for body in BODIES:
    msvc.send(conn, to="+16285550123", body=body, messaging_service_sid=svc.sid)
conn.sandbox.receive("+16285550123", "+14155550100", LINES)
conn.sandbox.advance(600)
log = msvc.pull_logs(conn, tempfile.mkdtemp(), since="2025-12-01", bodies=True)
busy = msvc.connect("sandbox", store=":memory:", scenario="busy", messages=200, clock="manual", seed=7)
care = msvc.find_service(busy, "Customer care")
"""
CELLS = (
    "form = msvc.ServiceForm(conn)\nform.fill(friendly_name=NAME[::-1][:60])\nform.button.click()\nform.wait()\nform",
    "msvc.InboundForm(conn, svc.sid)",
    "msvc.SenderPoolForm(conn, svc.sid)",
    'send = msvc.SendForm(conn, svc.sid)\nsend.fill(to="+16285550124", body="\\U0001f600" * 1600)\nsend',
    "sent = msvc.SendForm(conn, svc.sid)\nsent.fill(to='+16285550124', body=LINES)\nsent.button.click()\nsent.wait()\nsent",
    "msvc.Inspector(conn)",
    'msvc.Handset(conn, "+16285550123")',
    (
        "campaign = msvc.CampaignForm(busy, care.sid)\n"
        "campaign.fill(description=SCRIPT, message_flow=LINES, sample_1=BACKWARDS, sample_2='\\U0001f600' * 1000)\ncampaign"
    ),
    "msvc.ReadinessBoard(conn, log=log)",
    "explorer = msvc.LogExplorer(log, {svc.sid: NAME})\nexplorer.wait()\nexplorer",
    (
        "import csv, io\nimport pandas as pd\nfrom msvc_toolkit.logs.explorer import messages\n"
        "assert set(BODIES) <= {row[0] for row in log.frame.select('body').fetchall()}\n"
        "written = messages.messages_csv(pd.DataFrame({'Text': BODIES})).decode('utf-8-sig')\n"
        "assert [row[0] for row in csv.reader(io.StringIO(written, newline=''))][1:] == BODIES\n"
        "Path('page.html').write_text(msvc.log_report(log, names={svc.sid: NAME}, title=SCRIPT))\n"
        "Path('review.html').write_text(msvc.review_a2p(conn, log=log).to_html())"
    ),
)


def test_they_stay_texts(lab):
    """No script of a name, label, text or campaign runs, and no screen gets wider than its frame, wide or narrow."""
    lab.lay("hostile", HOSTILE, *CELLS)
    lab.run("hostile", wait=200_000)
    screens = lab.page.locator(".msvc-screen.msvc-alive")
    expect(screens).to_have_count(len(CELLS) - 1)
    expect(lab.page.get_by_text("onerror").first).to_be_attached()

    for width in (1280, 640):
        lab.page.set_viewport_size({"width": width, "height": 1000})
        for place in range(len(CELLS) - 1):
            assert outside(screens.nth(place)) == [], (width, CELLS[place])
    log = lab.screen("Message log")
    log.get_by_role("button", name="Save report").click()
    expect(log.get_by_role("link", name=re.compile("report.*html"))).to_be_visible()
    log.get_by_role("button", name=re.compile("^Messages")).click()
    log.get_by_role("button", name="Save as CSV").click()
    expect(log.get_by_role("link", name=re.compile("messages.*csv"))).to_be_visible()
    assert outside(log) == []
    [report] = lab.folder.glob("report*.html")
    [table] = lab.folder.glob("messages*.csv")
    with table.open(newline="", encoding="utf-8-sig") as file:
        assert len({len(row) for row in csv.reader(file)}) == 1
    for name in ("page.html", "review.html", report.name):
        lab.page.goto(f"{lab.url}files/{name}?token={lab.token}")
        assert lab.page.evaluate("window.ran") is None
        assert "<img src=x" not in (lab.folder / name).read_text()
    lab.page.go_back()
    assert lab.page.evaluate("window.ran") is None
