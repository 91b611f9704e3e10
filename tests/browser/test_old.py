"""A person with a browser gets through Steps 1 to 4 in JupyterLab, with the mouse and without it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect, sync_playwright

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
WAIT = 30_000
"""How long a page may take for one step, in milliseconds; several times what it takes."""

RUNNING = (
    r"() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].some(e => /\[(\*|\d+)\]/.test(e.innerText))"
)
RAN = r"""() => {
    const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(e => e.innerText);
    if (prompts.every(text => /\[\d+\]/.test(text))) return 'all';
    return prompts.some(text => text.includes('*')) ? null : 'lost';
}"""


@dataclass
class Lab:
    """JupyterLab as `msvc lab` serves it, in a real browser."""

    url: str
    token: str
    page: Page

    def run(self, notebook: str, wait: float = WAIT) -> None:
        """Open a notebook and run all of it, in so many milliseconds; no cell may fail."""
        # A workspace of its own: in a shared one the notebooks before it would open beside it.
        self.page.goto(f"{self.url}lab/workspaces/{Path(notebook).stem}/tree/{notebook}?token={self.token}")
        # Asked to run before the kernel is there, JupyterLab asks back which kernel to take.
        self.page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
        for _ in range(6):  # JupyterLab drops a run now and then
            self.page.get_by_role("menuitem", name="Run", exact=True).click()
            self.page.locator("[data-command='runmenu:run-all']").first.click()
            try:
                self.page.wait_for_function(RUNNING, timeout=3_000)
                ended = self.page.wait_for_function(RAN, timeout=wait).json_value()
            except Error:
                continue
            if ended == "all":
                break
        else:
            pytest.fail(f"{notebook} did not run")
        failed = self.page.locator("[data-mime-type='application/vnd.jupyter.error']")
        assert failed.all_inner_texts() == []

    def focused(self) -> str:
        """The label of what has the keyboard."""
        return self.page.evaluate(
            "() => { const e = document.activeElement; return (e.labels?.[0] ?? e).innerText.trim(); }"
        )

    def tab_to(self, label: str) -> list[str]:
        """Press Tab until something of that label has the keyboard, and return what was passed on the way."""
        passed: list[str] = []
        while not passed or passed[-1] != label:
            assert len(passed) < 40, passed
            self.page.keyboard.press("Tab")
            passed.append(self.focused())
        return passed


@pytest.fixture
def lab(tmp_path: Path, require, start_lab, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """JupyterLab on copies of the notebooks that hold no outputs, so that none can be mistaken for a fresh one."""
    import nbformat  # noqa: PLC0415 - takes a second, which every worker would pay

    folder = tmp_path / "notebooks"
    folder.mkdir()
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, folder / path.name)
    settings = tmp_path / "settings"
    tracker = settings / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    tracker.parent.mkdir(parents=True)
    tracker.write_text('{"windowingMode": "none"}')  # or cells out of view are not in the page
    served = start_lab("--into", str(folder), HOME=str(tmp_path), JUPYTERLAB_SETTINGS_DIR=str(settings))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=require("browser"), args=CHROMIUM)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.set_default_timeout(WAIT)
        failures = request.session.testsfailed
        yield Lab(served.url, served.token, page)
        if request.session.testsfailed > failures:
            page.screenshot(path=tmp_path / "failed.png")
            dialogs = page.locator(".jp-Dialog").all_inner_texts()
            (tmp_path / "dialogs.txt").write_text("\n".join(dialogs))
        browser.close()


def lay(path: Path, *cells: str) -> None:
    """Write a notebook of these cells."""
    import nbformat  # noqa: PLC0415 - as above

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    nbformat.write(notebook, path)


def test_from_a_service_to_a_delivered_message(lab: Lab):
    """After 01 to 03, the form of 04 sends a message, and it is seen delivered."""
    for notebook in ("01-create-a-service", "02-inbound-handling", "03-sender-pool", "04-send-with-the-service"):
        lab.run(f"{notebook}.ipynb")
    form = lab.page.locator(".msvc-send-form")

    form.get_by_label("To", exact=True).fill("+16285550199")
    form.get_by_label("Text", exact=True).fill("Written in a browser.")
    expect(form.locator(".msvc-segments").first).to_contain_text("21 characters")
    form.get_by_role("button", name=re.compile("^Send 1 message")).click()

    expect(form.locator(".msvc-timeline")).to_contain_text("delivered", timeout=WAIT)
    expect(form.locator(".msvc-outcome")).to_contain_text("Sender used")
    expect(form.locator(".msvc-outcome")).to_contain_text("delivered")


def test_forms_without_a_mouse(lab: Lab, tmp_path: Path):
    """A service is created and senders join its pool by keyboard; a row of the table can be clicked, too."""
    cells = [
        "import msvc_toolkit as msvc\nconn = msvc.connect()\nsvc = msvc.catch_up(conn, before=3)\nmsvc.ServiceForm(conn)",
        "msvc.SenderPoolForm(conn, svc.sid)",
    ]
    lay(tmp_path / "notebooks" / "forms.ipynb", *cells)
    lab.run("forms.ipynb")
    keys, service, add = (
        lab.page.keyboard,
        lab.page.locator(".msvc-service-form"),
        lab.page.locator(".msvc-add-senders"),
    )

    service.get_by_label("Name", exact=True).focus()
    keys.type("Alerts")
    passed = lab.tab_to("Create service")
    assert passed[:3] == ["Use case", "Sticky Sender", "Area Code Geomatch"]
    assert any(label.startswith("Other settings") for label in passed)
    keys.press("Space")
    expect(service.locator(".msvc-outcome")).to_contain_text("Alerts is created.")

    add.get_by_label("Filter").focus()
    keys.type("New York")
    expect(add.locator("tbody tr")).to_have_count(1)
    lab.tab_to("Select all shown")
    keys.press("Space")
    expect(add.locator(".msvc-act")).to_have_text("Add 1 sender to the pool")
    lab.tab_to("Add 1 sender to the pool")
    keys.press("Space")
    expect(add.locator(".msvc-outcome")).to_contain_text("1 added")

    add.get_by_label("Filter").fill("Chicago")
    add.get_by_role("cell", name="Chicago").click()
    add.get_by_role("button", name="Add 1 sender to the pool").click()
    expect(add.locator(".msvc-outcome")).to_contain_text("+1 312")
    expect(lab.page.locator(".msvc-summary")).to_contain_text("The pool holds 2: 2 local.")


def test_what_a_form_said_outlives_its_kernel(lab: Lab, tmp_path: Path):
    """A saved notebook opened without its kernel shows a form's last outcome as text, and no widget error."""
    cell = (
        "import msvc_toolkit as msvc\nconn = msvc.connect()\nmsvc.InboundForm(conn, msvc.catch_up(conn, before=2).sid)"
    )
    lay(tmp_path / "notebooks" / "form.ipynb", cell)
    lab.run("form.ipynb")
    form, twin = lab.page.locator(".msvc-inbound-form"), lab.page.locator(".msvc-twin")
    form.get_by_label("When a text arrives").select_option("Defer to each sender's own webhook")
    form.get_by_role("button", name="Save inbound handling").click()
    expect(twin).to_contain_text("Done: Orders")
    expect(twin).to_be_hidden()

    lab.page.locator("[data-command='docmanager:save']").first.click()
    expect(lab.page.locator(".jp-mod-dirty")).to_have_count(0)
    asked = {"Authorization": f"token {lab.token}"}
    for session in lab.page.request.get(f"{lab.url}api/sessions", headers=asked).json():
        lab.page.request.delete(f"{lab.url}api/sessions/{session['id']}", headers=asked)
    lab.page.reload()

    expect(twin).to_be_visible()
    expect(twin).to_contain_text("Done: Orders")
    expect(lab.page.get_by_text("Error displaying widget")).to_be_hidden()
    expect(form).to_have_count(0)


def test_the_readiness_board(lab: Lab, tmp_path: Path):
    """The board shows its services and findings; a chosen finding opens, a filter leaves what fits, nothing runs off the page."""
    busy = 'conn = msvc.connect("sandbox", store=":memory:", scenario="busy", messages=1000, clock="manual")'
    lay(tmp_path / "notebooks" / "board.ipynb", f"import msvc_toolkit as msvc\n{busy}\nmsvc.ReadinessBoard(conn)")
    lab.run("board.ipynb")
    board = lab.page.locator(".msvc-readiness")
    board.scroll_into_view_if_needed()
    findings = board.locator(".msvc-sentences")
    findings.get_by_text("is not verified").first.click()
    expect(board.locator(".msvc-detail")).to_contain_text("Error pages 30032")
    board.get_by_label("Severity").select_option("Blocker")
    expect(findings.locator("tbody tr")).to_have_count(1)
    board.get_by_role("button", name="Export HTML").click()
    expect(board.get_by_role("link", name="Download a2p-readiness.html")).to_be_visible()

    assert board.evaluate("e => e.scrollWidth <= e.clientWidth + 1")


def test_a_click_on_a_bar_opens_its_messages(lab: Lab):
    """In 05, a click on a chart's bar shows the messages behind it; so do the keyboard and the list of bars."""
    lab.run("05-message-logs.ipynb", wait=8 * WAIT)
    explorer = lab.page.locator(".msvc-log-explorer")
    expect(explorer.locator(".msvc-state")).to_contain_text("Ready")
    errors = explorer.locator(".msvc-chart-errors")
    expect(errors.get_by_role("toolbar")).to_have_attribute("aria-label", re.compile("^Which errors stop messages"))
    rows, count = explorer.locator(".msvc-rows tbody tr"), explorer.locator(".msvc-count")

    errors.get_by_role("button", name=re.compile("^30007")).click()
    expect(count).to_contain_text("30007")
    expect(rows.first).to_contain_text("30007")
    expect(rows.first).to_contain_text("+1 404 •••")
    expect(errors.get_by_role("button", name=re.compile("^30007"))).to_have_attribute("aria-pressed", "true")
    expect(errors.get_by_role("status")).to_contain_text("messages in the table below the charts.")
    errors.get_by_role("button", name="Show them").click()
    expect(count).to_be_in_viewport()
    expect(rows.first).to_be_in_viewport()
    errors.get_by_role("button", name=re.compile("^30007")).focus()

    lab.page.keyboard.press("ArrowDown")
    lab.page.keyboard.press("Enter")
    expect(count).to_contain_text("30006")
    expect(rows.first).to_contain_text("30006")

    options = explorer.get_by_label("Messages behind").locator("option").all_inner_texts()
    explorer.get_by_label("Messages behind").select_option(next(words for words in options if "30034" in words))
    expect(rows.first).to_contain_text("+1 646 •••")

    roster = explorer.locator(".msvc-roster")
    expect(roster.locator("tbody td:nth-child(4)").first).to_have_text("0.0 %")  # the worst first
    for heading, column in (("Messages", 3), ("Delivered", 4), ("95 % interval", 5)):
        roster.get_by_role("columnheader", name=heading).click()
        expect(roster.locator("th[aria-sort=ascending]")).to_contain_text(heading)
        found = roster.locator(f"tbody td:nth-child({column})").all_inner_texts()
        figures = [float(text.replace(",", "").rstrip(" %*").split(" to ")[-1]) for text in found]
        assert len(figures) == 10
        assert figures == sorted(figures)
    roster.get_by_role("cell", name="+1 404 ••• 0100").click()
    expect(explorer.locator(".msvc-chart-outcomes [role=toolbar] [role=button]")).to_have_count(1)
    expect(rows.first).to_be_hidden()


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


def test_a_chart_by_keyboard_in_two_views(require):
    """Tab reaches one bar, arrows the others, Enter and Space choose; each view has hatches of its own."""
    from msvc_toolkit.logs.charts import svg  # noqa: PLC0415 - brings pandas, as above
    from msvc_toolkit.logs.charts.chart import Chart  # noqa: PLC0415 - as above
    from msvc_toolkit.logs.charts.marks import Row, bars  # noqa: PLC0415 - as above

    rows = [Row(f"<b>{name}</b>", f"{place + 1} messages", {}) for place, name in enumerate("abc")]
    drawn = svg.draw(Chart("Which?", marks=bars(rows, [1, 2, 3], 1)), clickable=True)
    code = (ROOT / "msvc_toolkit" / "logs" / "explorer" / "picture.js").read_text()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=require("browser"), args=CHROMIUM)
        page = browser.new_page()
        page.set_default_timeout(WAIT)
        page.evaluate(SHOWN_TWICE, [code, drawn])
        first = page.locator("#one").get_by_role("button")
        expect(page.locator("#one").get_by_role("toolbar", name="Which? <b>a</b>: 1 messages; ")).to_be_visible()

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
        browser.close()
