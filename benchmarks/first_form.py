"""How long until the first form is on the screen, beside a notebook with one text input of ipywidgets.

    python benchmarks/first_form.py [ROUNDS]

Prints seconds from opening the page to the form, as medians, for `msvc web` and for JupyterLab (all cells run there),
and the ratio of the two notebooks. Rounds alternate, so that a busy machine slows both alike. Needs Chromium.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

EMPTY = 'import ipywidgets\nipywidgets.Text(description="Name").add_class("shown")'
FORM = "import msvc_toolkit as msvc\nconn = msvc.connect()\nmsvc.Onboarding(conn)"
NOTEBOOKS = {
    "form": ("00-start-here.ipynb", "guided-path", FORM),
    "empty": ("05-message-logs.ipynb", "message-log", EMPTY),
}
READY = """() => {
    const panel = window.jupyterapp?.shell.currentWidget;
    return panel?.context?.isReady && panel.sessionContext.isReady
        && panel.sessionContext.session?.kernel?.status === "idle";
}"""
SHOWN = {"form": ".msvc-alive", "empty": ".shown"}


def lay(path: Path, cell: str) -> None:
    """Write a notebook of one cell."""
    code = {"cell_type": "code", "id": "a", "metadata": {"tags": ["web"]}, "outputs": [], "execution_count": None}
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    notebook = {"cells": [code | {"source": cell}], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")


def in_web(page: Page, base: str, token: str, which: str) -> float:
    """Return the seconds until a web page shows its form."""
    started = time.perf_counter()
    page.goto(f"{base}{NOTEBOOKS[which][1]}?token={token}", wait_until="commit")
    page.locator(SHOWN[which]).first.wait_for(timeout=120_000)
    return time.perf_counter() - started


def in_lab(page: Page, base: str, token: str, which: str) -> float:
    """Return the seconds until JupyterLab shows the form, in a new kernel."""
    asked = {"Authorization": f"token {token}"}
    for session in page.request.get(f"{base}api/sessions", headers=asked).json():
        page.request.delete(f"{base}api/sessions/{session['id']}", headers=asked)
    started = time.perf_counter()
    page.goto(f"{base}doc/tree/{NOTEBOOKS[which][0]}?token={token}&reset")
    page.wait_for_function(READY, timeout=120_000)
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.locator(SHOWN[which]).first.wait_for(timeout=120_000)
    return time.perf_counter() - started


def main(rounds: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        folder = Path(home) / "notebooks"
        folder.mkdir()
        for name, _, cell in NOTEBOOKS.values():
            lay(folder / name, cell)
        places = {f"JUPYTER_{name}_DIR": f"{home}/{name}" for name in ("RUNTIME", "CONFIG", "DATA")}
        config = Path(places["JUPYTER_CONFIG_DIR"]) / "jupyter_lab_config.json"
        config.parent.mkdir()
        config.write_text('{"LabApp": {"expose_app_in_browser": true}}', encoding="utf-8")
        environment = os.environ | places | {"MSVC_HOME": f"{home}/msvc", "HOME": home}
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for command, measure in (("web", in_web), ("lab", in_lab)):
            server = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "msvc_toolkit", command, "--no-browser", "--port", "0", "--into", str(folder)],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            address = next(iter(server.stdout or ())).strip()
            base, token = address.partition("?")[0].partition("lab/")[0], address.partition("token=")[2]
            took: dict[str, list[float]] = {"empty": [], "form": []}
            for number in range(rounds + 1):
                for which, times in took.items():
                    page = browser.new_page(viewport={"width": 1280, "height": 1000})
                    seconds = measure(page, base, token, which)
                    page.close()
                    if number:  # the first round fills caches
                        times.append(seconds)
            empty, form = (statistics.median(times) for times in took.values())
            print(f"msvc {command}: empty {empty:.2f} s, form {form:.2f} s, ratio {form / empty:.2f} ({rounds} rounds)")
            server.terminate()
            server.wait(30)
        browser.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 5)
