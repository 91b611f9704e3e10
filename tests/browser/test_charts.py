"""A chart whose bars can be clicked: by keyboard, and in two views at once."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SHOWN_TWICE = """async ([code, svg]) => {
    const { render } = (await import(`data:text/javascript;base64,${btoa(code)}`)).default;
    const state = { svg, chosen: -1, said: "" }, changed = {};
    const model = {
        get: (name) => state[name], on: (name, act) => (changed[name] ??= []).push(act),
        send: (message) => { state.chosen = message.bar; changed["change:chosen"].forEach((act) => act()); },
    };
    for (const id of ["one", "two"]) {
        const el = document.body.appendChild(document.createElement("div"));
        el.id = id;
        render({ model, el });
    }
    window.again = () => changed["change:svg"].forEach((act) => act());
}"""


def test_a_chart_by_keyboard_in_two_views(page: Page):
    """Tab reaches one bar, arrows the others, Enter and Space choose; each view has hatches of its own."""
    from msvc_toolkit.logs.charts import svg  # noqa: PLC0415 - brings pandas, as above
    from msvc_toolkit.logs.charts.chart import Chart  # noqa: PLC0415 - as above
    from msvc_toolkit.logs.charts.marks import Row, bars  # noqa: PLC0415 - as above

    rows = [Row(f"<b>{name}</b>", f"{place + 1} messages", {}) for place, name in enumerate("abc")]
    drawn = svg.draw(Chart("Which?", marks=bars(rows, [1, 2, 3], 1)), clickable=True)
    code = (Path(__file__).parents[2] / "msvc_toolkit" / "logs" / "explorer" / "picture.js").read_text()
    page.evaluate(SHOWN_TWICE, [code, drawn])
    first = page.locator("#one").get_by_role("button")
    expect(page.locator("#one").get_by_role("toolbar", name="Which?: <b>a</b>: 1 messages; ")).to_be_visible()

    page.keyboard.press("Tab")
    expect(first.nth(0)).to_be_focused()
    for key, place in (
        ("ArrowDown", 1),
        ("ArrowRight", 2),
        ("ArrowRight", 2),
        ("Home", 0),
        ("End", 2),
        ("ArrowUp", 1),
    ):
        page.keyboard.press(key)
        expect(first.nth(place)).to_be_focused()
    for key, place in (("Enter", 1), ("Space", 0)):
        expect(first.nth(place)).to_have_attribute("aria-pressed", "false")
        page.keyboard.press(key)
        expect(page.locator("[aria-pressed=true]")).to_have_count(2)  # in both views
        expect(first.nth(place)).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.evaluate("again()")
    expect(first.nth(1)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#two").get_by_role("button").nth(0)).to_be_focused()
    first.nth(2).click()
    expect(first.nth(2)).to_have_attribute("aria-pressed", "true")

    ids = page.locator("pattern").evaluate_all("all => all.map((one) => one.id)")
    assert len({*ids}) == len(ids) == 2
    used = page.locator("[fill^='url']").evaluate_all("all => all.map((one) => one.getAttribute('fill'))")
    assert {*used} == {f"url(#{one})" for one in ids}
