"""Make the pictures of README and docs, drawn by JupyterLab in Chromium: the four steps, the forms, the explorer.

Run it with `.venv/bin/python docs/make_screenshot.py`, after anything about the look was changed; with names (tour, form,
explorer, pool, campaign, board, plan, list, changes) it makes only those.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import nbformat
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

DOCS = Path(__file__).parent
TOUR_HEIGHT = 900
"""Pixels of the guided path that the tour shows."""
TOUR = """import msvc_toolkit as msvc

msvc.Onboarding(msvc.connect("sandbox", store=":memory:"))"""
FORM = """import msvc_toolkit as msvc

conn = msvc.connect()
svc = msvc.catch_up(conn, before=4)
msvc.SendForm(conn, svc.sid, to="+16285550123", body="Your order is on its way.")"""
EXPLORER = """import tempfile
import msvc_toolkit as msvc

conn = msvc.connect("sandbox", store=":memory:", scenario="busy", messages=30_000, clock="manual")
log = msvc.pull_logs(conn, tempfile.mkdtemp(), since="2025-10-01")
msvc.LogExplorer(log, {service.sid: service.friendly_name for service in msvc.list_services(conn)})"""

SANDBOX = """import msvc_toolkit as msvc

conn = msvc.connect("sandbox", store=":memory:", clock="manual", seed=7)
"""
BUSY = SANDBOX.replace('clock="manual"', 'scenario="busy", messages=30_000, clock="manual"')
SCREENS = {
    "pool": (SANDBOX + "msvc.SenderPoolForm(conn, msvc.catch_up(conn, before=3).sid)", "1 to"),
    "campaign": (
        SANDBOX
        + """draft = msvc.CampaignDraft(description="We send codes and offers to everyone.", message_samples=("Your code is 123456.",))
msvc.CampaignForm(conn, msvc.catch_up(conn, before=4).sid, draft)""",
        "Description",
    ),
    "board": (BUSY + "msvc.ReadinessBoard(conn)", "Fix in this order"),
    "plan": (
        SANDBOX
        + """msvc.SendPlanForm(conn, recipients={"US": 40_000, "GB": 500}, senders=["+14155550100", "+447400123456"],
    body="Black Friday: 30 % off everything until Sunday. Acme Deli. Reply STOP to end", tier="score 1 to 24")""",
        "What would do better",
    ),
    "list": (
        SANDBOX
        + """svc = msvc.catch_up(conn, before=4)
conn.sandbox.advance(7200)  # after the recipients' quiet hours
msvc.BlastForm(conn, svc.sid, table="to,name\\n+16285550123,Ada\\n+16285550124,Lin", body="Hi {name}, we are open.")""",
        "Send 2",
    ),
}
"""Screens that are taken as they come up: the cell, and words that are on it when it is ready."""
TALLEST = 1100
"""Pixels of a screen that its picture shows at most."""


def run(page: Page) -> None:
    """Run the notebook that is open."""
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator("[data-command='runmenu:run-all']").first.click()


def take_tour(page: Page) -> None:
    """Go through the four steps, and make an animated picture of it."""
    page.set_viewport_size({"width": 900, "height": 3200})
    path, frames, times = page.locator(".msvc-onboarding.msvc-alive"), list[Image.Image](), list[int]()
    path.wait_for()

    def show(seconds: float) -> None:
        page.wait_for_timeout(700)  # what moves has come to rest
        box = path.bounding_box()
        if box is None:
            raise SystemExit("The guided path is not visible.")
        taken = page.screenshot(clip=box | {"height": TOUR_HEIGHT})
        frames.append(Image.open(io.BytesIO(taken)).convert("RGB"))
        times.append(int(1000 * seconds))

    def click(label: str) -> None:
        path.locator("button:not(.msvc-step):visible", has_text=re.compile(f"^{label}")).first.click()

    show(2)
    click("Create service")
    expect(path.get_by_role("button", name=re.compile("^Next: inbound"))).to_be_visible()
    show(2.5)
    click("Next: inbound")
    path.get_by_text("Log the texts, and call the sender's own webhook if it has one", exact=True).click()
    show(2)
    click("Save")
    expect(path.get_by_role("button", name=re.compile("^Next: add"))).to_be_visible()
    show(2)
    click("Next: add")
    path.get_by_label("Find a sender").fill("san francisco")
    expect(path.get_by_text("1 to 2 of 2")).to_be_visible()
    click("Select all")
    show(2.5)
    click("Add 2 senders")
    expect(path.get_by_role("button", name=re.compile("^Next: send"))).to_be_visible()
    show(2)
    click("Next: send")
    path.get_by_label("To", exact=True).fill("+16285550123")
    path.get_by_label("Message", exact=True).fill("Your order is on its way.")
    expect(path.get_by_text("Will be sent by")).to_be_visible()
    show(3)
    click("Send 1 message")
    expect(path.get_by_text("Delivered after")).to_be_visible(timeout=30_000)
    show(4)
    file = DOCS / "tour.webp"
    frames[0].save(file, save_all=True, append_images=frames[1:], duration=times, loop=0, quality=80, method=6)


def take_form(page: Page) -> None:
    """Send a message with the form, and take its picture."""
    form = page.locator(".msvc-send-form.msvc-alive")
    form.get_by_role("button", name="Send 1 message").click()
    expect(form.get_by_text("Delivered after")).to_be_visible(timeout=30_000)
    form.get_by_role("button", name="Why this sender").click()
    form.get_by_role(
        "heading", name="Send a message"
    ).click()  # away from the button, which would show that it has the keyboard
    form.screenshot(path=DOCS / "screenshot.png")


def take_explorer(page: Page) -> None:
    """Click the bar of an error, open the first of its messages, and take the picture of all but the foot."""
    explorer = page.locator(".msvc-log-explorer")
    expect(explorer.locator(".msvc-state")).to_contain_text("Up to date", timeout=60_000)
    explorer.locator(".msvc-chart-errors").get_by_role("button", name=re.compile("^30007")).click()
    expect(explorer.locator(".msvc-count")).to_contain_text("30007")
    explorer.locator("details.msvc-message summary").first.click()
    explorer.get_by_role(
        "heading", name="Message log"
    ).click()  # away from the row, which would show the keyboard's focus
    box, foot = explorer.bounding_box(), explorer.locator(".msvc-foot").bounding_box()
    if box is None or foot is None:
        raise SystemExit("The explorer is not visible.")
    page.screenshot(path=DOCS / "explorer.png", clip=box | {"height": foot["y"] - box["y"]})


def take_screen(page: Page, name: str) -> None:
    """Take the upper part of a screen when it is ready."""
    screen = page.locator(".msvc-alive").last
    expect(screen.get_by_text(SCREENS[name][1]).first).to_be_visible(timeout=60_000)
    page.wait_for_timeout(700)  # what moves has come to rest
    box = screen.bounding_box()
    if box is None:
        raise SystemExit(f"{name} is not visible.")
    page.screenshot(path=DOCS / f"{name}.png", clip=box | {"height": min(box["height"], TALLEST)})


PICTURES = (
    ("tour", TOUR, take_tour),
    ("form", FORM, take_form),
    ("explorer", EXPLORER, take_explorer),
    *((name, cell, partial(take_screen, name=name)) for name, (cell, _) in SCREENS.items()),
)


def main() -> None:
    """Serve JupyterLab on a folder that is thrown away, and drive it."""
    wanted = sys.argv[1:]
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder:
        for name, cell, _ in PICTURES:
            notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
            notebook.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
            nbformat.write(notebook, Path(folder) / f"{name}.ipynb")
        places = ("MSVC_HOME", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")
        env = os.environ | {place: str(Path(folder) / place.lower()) for place in places}
        command = [sys.executable, "-m", "msvc_toolkit", "lab", "--no-browser", "--port", "0", "--into", folder]
        with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as server, sync_playwright() as playwright:  # noqa: S603 - our own command
            try:
                while not (told := [*Path(env["JUPYTER_RUNTIME_DIR"]).glob("jpserver-*.json")]):
                    time.sleep(0.2)
                time.sleep(0.5)  # the file is there a moment before all of it is
                lab = json.loads(told[0].read_text())
                browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
                for name, _, take in PICTURES:
                    if wanted and name not in wanted:
                        continue
                    page = browser.new_page(viewport={"width": 1180, "height": 3200})
                    page.goto(f"{lab['url']}doc/tree/{name}.ipynb?token={lab['token']}")
                    run(page)
                    take(page)
                browser.close()
            finally:
                server.terminate()


if __name__ == "__main__":
    main()
