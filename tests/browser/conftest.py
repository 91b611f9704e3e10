"""JupyterLab and the web pages in a real browser."""

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
WAIT = 120_000
"""How long a page may take for one step, in milliseconds; many times what it takes."""

READY = """name => {
    const panel = window.jupyterapp?.shell.currentWidget;
    return panel?.context?.isReady && panel.context.path.endsWith(name) && panel.sessionContext.isReady
        && panel.sessionContext.session?.kernel?.status === "idle";
}"""
DO = """([command, args]) => {
    window.ended = null;
    jupyterapp.commands.execute(command, args).then((done) => (window.ended = String(done)), (e) => (window.ended = String(e)));
}"""
DRAWN = """() => new Promise((done) => {
    let all = 0, quiet = 0;
    const observer = new MutationObserver(() => (quiet = 0));
    observer.observe(document.body, { subtree: true, childList: true });
    (function frame() {
        if (++quiet < 30 && ++all < 1800) return requestAnimationFrame(frame);
        observer.disconnect();
        done();
    })();
})"""
FOCUSED = """() => {
    const e = document.activeElement;
    return (e.labels?.[0]?.innerText || e.innerText || e.getAttribute('aria-label') || '').trim();
}"""


@dataclass
class Screens:
    """A page that shows screens of the toolkit: of JupyterLab, or of `msvc web`."""

    url: str
    token: str
    page: Page

    def focused(self) -> str:
        """The label of what has the keyboard."""
        return self.page.evaluate(FOCUSED)

    def tab_to(self, label: str, limit: int = 60) -> list[str]:
        """Press Tab until something whose label begins so has the keyboard, and return what was passed on the way."""
        passed: list[str] = []
        while not passed or not passed[-1].startswith(label):
            assert len(passed) < limit, passed
            self.page.keyboard.press("Tab")
            passed.append(self.focused())
        return passed

    def drawn(self) -> None:
        """Wait until nothing more is drawn: for half a second of frames, however long they take."""
        self.page.evaluate(DRAWN)

    def screen(self, title: str) -> Locator:
        """The screen with this heading, or one that begins so."""
        heading = self.page.get_by_role("heading", name=re.compile(f"^{re.escape(title)}"))
        return self.page.locator(".msvc-screen.msvc-alive", has=heading).last


@dataclass
class Lab(Screens):
    """JupyterLab as `msvc lab` serves it."""

    folder: Path = field(default_factory=Path)
    settings: Path = field(default_factory=Path)

    def lay(self, name: str, *cells: str) -> None:
        """Write a notebook of these cells."""
        import nbformat  # noqa: PLC0415 - takes a second, which every worker would pay

        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
        nbformat.write(notebook, self.folder / f"{name}.ipynb")

    def copy(self, name: str) -> None:
        """Copy a notebook of the repository without its outputs, so that none can be mistaken for a fresh one."""
        import nbformat  # noqa: PLC0415 - as above

        notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
        self.lay(name, *[cell.source for cell in notebook.cells if cell.cell_type == "code"])

    def theme(self, name: str) -> None:
        """Use a theme from the next page on."""
        set_ = self.settings / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
        set_.parent.mkdir(parents=True, exist_ok=True)
        set_.write_text(json.dumps({"theme": f"JupyterLab {name}"}))

    def open(self, name: str) -> None:
        """Open a notebook, alone in the window."""
        self.page.goto(f"{self.url}doc/tree/{name}.ipynb?token={self.token}")
        # Asked to run before the kernel is there, JupyterLab asks back which kernel to take.
        self.page.wait_for_function(READY, arg=f"{name}.ipynb")

    def do(self, command: str, wait: float = WAIT, **arguments: str) -> str:
        """Carry out one of JupyterLab's commands, and return its result as text."""
        self.page.evaluate(DO, [command, arguments])
        return str(self.page.wait_for_function("window.ended", timeout=wait).json_value())

    def run(self, name: str, wait: float = WAIT) -> None:
        """Open a notebook and run all of it, in so many milliseconds; no cell may fail."""
        self.open(name)
        ended = self.do("notebook:run-all-cells", wait)
        # JupyterLab draws an error as it draws what is written to stderr.
        written = self.page.locator("[data-mime-type='application/vnd.jupyter.stderr']").all_inner_texts()
        assert [text for text in written if "Traceback" in text] == []
        assert ended == "true"
        self.drawn()


@pytest.fixture
def browser(require: Callable[[str], Path]) -> Iterator[Browser]:
    """Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=require("browser"), args=CHROMIUM)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """An empty page; a picture of it is kept when the test fails."""
    opened = browser.new_page(viewport={"width": 1280, "height": 1000})
    opened.set_default_timeout(WAIT)
    expect.set_options(timeout=WAIT)
    failures = request.session.testsfailed
    yield opened
    if request.session.testsfailed > failures:
        opened.screenshot(path=tmp_path / "failed.png", full_page=True)
        dialogs = opened.locator(".jp-Dialog").all_inner_texts()
        (tmp_path / "dialogs.txt").write_text("\n".join(dialogs))


@pytest.fixture
def lab(tmp_path: Path, page: Page, start_lab) -> Lab:
    """JupyterLab on a folder without notebooks."""
    folder, settings = tmp_path / "notebooks", tmp_path / "settings"
    tracker = settings / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    tracker.parent.mkdir(parents=True)
    tracker.write_text('{"windowingMode": "none"}')  # or cells out of view are not in the page
    config = tmp_path / "config" / "jupyter_lab_config.json"
    config.parent.mkdir()
    config.write_text('{"LabApp": {"expose_app_in_browser": true}}')
    served = start_lab("--into", str(folder), HOME=str(tmp_path), JUPYTERLAB_SETTINGS_DIR=str(settings))
    return Lab(served.url, served.token, page, folder, settings)


@pytest.fixture
def web(tmp_path: Path, page: Page, start_web) -> Screens:
    """The web pages, with their list open."""
    served = start_web("--into", str(tmp_path / "notebooks"), HOME=str(tmp_path))
    page.goto(served.address)
    return Screens(served.url, served.token, page)


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """Return what axe-core finds serious or critical in the screens of a page; it is one of the Node packages."""
    source = Path(__file__).parents[1] / "node" / "node_modules" / "axe-core" / "axe.min.js"
    if not source.is_file():
        missing = "no axe-core here; get it with: npm ci --prefix tests/node"
        pytest.fail(missing) if "browser" in os.environ.get("MSVC_REQUIRE", "") else pytest.skip(missing)

    def find(page: Page) -> list[str]:
        page.evaluate(source.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run({include: [['.msvc-alive']]}, {resultTypes: ['violations']})")
        assert found["passes"]
        return [
            f"{one['id']}: {one['help']}: {node['html'][:300]} {node.get('any', [{}])[0:1]}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]

    return find
