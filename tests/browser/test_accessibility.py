"""What the toolkit draws can be read and used by everybody: axe-core, and the contrast of every color."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from msvc_toolkit.html import cards

pytestmark = pytest.mark.browser

START = """import tempfile
import msvc_toolkit as msvc
conn = msvc.connect("sandbox", store=":memory:", clock="manual", seed=7)
svc = msvc.catch_up(conn, before=4)
msvc.send(conn, to="+16285550123", body="Hello", messaging_service_sid=svc.sid)
conn.sandbox.advance(60)
busy = msvc.connect("sandbox", store=":memory:", scenario="busy", messages=1000, clock="manual", seed=7)
log = msvc.pull_logs(busy, tempfile.mkdtemp(), since="2025-10-01")
care = msvc.find_service(busy, "Customer care")"""
SCREENS = (
    "msvc.Onboarding(conn)",
    "msvc.ServiceForm(conn)",
    "msvc.InboundForm(conn, svc.sid)",
    "msvc.SenderPoolForm(conn, svc.sid)",
    "msvc.SendForm(conn, svc.sid)",
    "msvc.Inspector(conn)",
    'msvc.Handset(conn, "+16285550123")',
    "msvc.CampaignForm(busy, care.sid)",
    "msvc.ReadinessBoard(busy, log=log)",
    "explorer = msvc.LogExplorer(log)\nexplorer.wait()\nexplorer",
    "msvc.SendPlanForm(busy, 'US 40000', 'Sale!', service='Offers')",
    "form = msvc.ChangesForm(busy)\nform.fill(file='services: [{friendly_name: Offers, senders: []}]')\nform",
)
"""The cells that show one screen each."""


def test_nothing_serious_in_jupyterlab(lab, axe):
    """axe-core finds nothing serious or critical in any screen, in light and in dark."""
    lab.lay("screens", START, *SCREENS)
    lab.run("screens", wait=200_000)
    screens = lab.page.locator(".msvc-screen.msvc-alive")
    expect(screens).to_have_count(len(SCREENS))
    assert axe(lab.page) == []

    lab.do("apputils:change-theme", theme="JupyterLab Dark")
    expect(lab.page.locator("body[data-jp-theme-light=false]")).to_be_attached()
    expect(screens).to_have_count(len(SCREENS))
    lab.drawn()
    assert axe(lab.page) == []


def test_nothing_serious_on_the_web_pages(web, axe):
    """axe-core finds nothing serious or critical on a web page, in light and in dark, as the system is."""
    for scheme in ("light", "dark"):
        web.page.emulate_media(color_scheme=scheme)
        web.page.goto(f"{web.url}guided-path")
        expect(web.page.locator(".msvc-screen.msvc-alive")).to_be_visible()
        expect(web.page.locator("body")).to_have_attribute("data-jp-theme-light", str(scheme == "light").lower())
        web.drawn()
        assert axe(web.page) == []


HOSTS = {
    "Light": ("theme-light-extension", "true"),
    "Dark": ("theme-dark-extension", "false"),
    "Dark High Contrast": ("theme-dark-high-contrast-extension", "false"),
    "a page without a theme": ("", "true"),
    "a dark page without a theme": ("", "false"),
}
"""By host: the folder of JupyterLab's theme, and whether it is light."""

INKS = {
    **dict.fromkeys(("--ink", "--ink-2", "--accent"), ("--surface", "--sunken", "--hover", "--accent-wash")),
    "--ink-3": ("--surface",),  # placeholders
    "--on-accent": ("--accent-fill",),
    **{f"--{mood}": ("--surface", "--sunken", "--hover", f"--{mood}-wash") for mood in ("done", "warning", "problem")},
}
"""The colors of words, each with the grounds it is read on."""

CONTRAST = """([[front, back]]) => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    function light(name) {
        const probe = document.querySelector(".msvc").appendChild(document.createElement("i"));
        probe.style.color = name.startsWith("--") ? `var(${name})` : name;
        canvas.fillStyle = getComputedStyle(probe).color;
        canvas.fillRect(0, 0, 1, 1);
        const parts = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part / 255);
        const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    }
    const [low, high] = [light(front), light(back)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
}"""


@pytest.mark.parametrize("host", HOSTS)
def test_contrast_of_every_color(page: Page, host: str):
    """Words have 4.5:1 on each ground they are read on, in each theme; the edges of inputs have 3:1.

    Source: WCAG 2.2, 1.4.3 Contrast (Minimum) and 1.4.11 Non-text Contrast; read 2026-11-30.
    """
    import jupyterlab  # noqa: PLC0415 - takes a second, which every worker would pay

    folder, light = HOSTS[host]
    themes = Path(jupyterlab.__file__).parents[4] / "share" / "jupyter" / "lab" / "themes" / "@jupyterlab"
    theme = (themes / folder / "index.css").read_text(encoding="utf-8") if folder else ""
    assert ("--jp-layout-color0" in theme) == bool(folder)
    page.set_content(
        f"<style>{theme}</style><body data-jp-theme-light={json.dumps(light)}>{cards.style()}<div class=msvc></div></body>"
    )
    wanted = [(front, back, 4.5) for front, backs in INKS.items() for back in backs]
    wanted += [
        (f"--ink{level}", f"--{mood}-wash", 4.5) for level in ("", "-2") for mood in ("done", "warning", "problem")
    ]
    wanted += [
        ("--edge", "--surface", 3.0),
        ("light-dark(#fff, #1a0b0a)", "--problem", 4.5),
    ]  # the ribbon of an armed account

    found = {(front, back): page.evaluate(CONTRAST, [[front, back]]) for front, back, _ in wanted}
    assert found["--ink", "--surface"] > 9  # the page is drawn at all
    low = {(f, b): round(found[f, b], 2) for f, b, least in wanted if found[f, b] < least}
    assert low == {}
