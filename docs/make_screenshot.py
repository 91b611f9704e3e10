"""Make the picture of the README: the form of Step 4 after a message was delivered, drawn by JupyterLab in Chromium.

Run it with `.venv/bin/python docs/make_screenshot.py`, after anything about the look was changed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from playwright.sync_api import Page, expect, sync_playwright

PICTURE = Path(__file__).parent / "screenshot.png"
CELL = """import msvc_toolkit as msvc

conn = msvc.connect()
svc = msvc.catch_up(conn, before=4)
msvc.SendForm(conn, svc.sid, to="+16285550123", body="Your order is on its way.")"""


def take(page: Page) -> None:
    """Send a message with the form, and take its picture."""
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator("[data-command='runmenu:run-all']").first.click()
    form = page.locator(".msvc-send-form")
    form.get_by_text("Why this sender").click()
    form.get_by_role("button", name="Send 1 message").click()
    expect(form.locator(".msvc-outcome")).to_contain_text("Sender used", timeout=30_000)
    form.get_by_text("Why this sender").click()
    form.get_by_text("The same with Python").click()
    page.locator(".msvc-outcome").click()  # away from the button, which would show that it has the keyboard
    box = form.bounding_box()
    if box is None:
        raise SystemExit("The form is not to be seen.")
    edge, top = 10, 4
    clip = {"x": box["x"] - edge, "y": box["y"] - top, "width": 900, "height": box["height"] + top + edge}
    page.screenshot(path=PICTURE, clip=clip)


def main() -> None:
    """Serve JupyterLab on a folder that is thrown away, and drive it."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
        notebook.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
        nbformat.write(notebook, Path(folder) / "picture.ipynb")
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
                page = browser.new_page(viewport={"width": 1180, "height": 1400})
                page.goto(f"{lab['url']}doc/tree/picture.ipynb?token={lab['token']}")
                take(page)
                browser.close()
            finally:
                server.terminate()
    print(f"{PICTURE}: {PICTURE.stat().st_size // 1000} KB")


if __name__ == "__main__":
    main()
