"""A notebook that is opened again: its forms are live while its kernel runs, and without it show what they said last."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

FORM = "import msvc_toolkit as msvc\nmsvc.ServiceForm(msvc.connect(), friendly_name='Orders')"

BUSY = """
    const { get, set } = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
    Object.defineProperty(WebSocket.prototype, "onmessage", { get, set(handle) {
        set.call(this, (event) => {
            if (new TextDecoder().decode(event.data).includes("update_states")) {
                const end = performance.now() + 2100;
                while (performance.now() < end);
            }
            handle.call(this, event);
        });
    } });
"""
"""Keeps a page busy when it gets the widgets of a kernel, for longer than JupyterLab looks for the widget of an output."""


def test_a_form_is_live_again_on_a_busy_page(lab):
    """A notebook that is closed and opened again has its forms back, though the page is busy when they arrive."""
    lab.page.add_init_script(BUSY)
    lab.lay("form", FORM)
    lab.run("form")
    form = lab.page.locator(".msvc-screen.msvc-alive")
    expect(form).to_have_count(1)

    lab.do("docmanager:save")
    lab.page.evaluate("jupyterapp.shell.currentWidget.close()")
    expect(form).to_have_count(0)
    lab.page.evaluate("void jupyterapp.commands.execute('docmanager:open', { path: 'form.ipynb' })")
    expect(form).to_have_count(1)
    expect(form.get_by_role("button", name="Create service", exact=True)).to_be_visible()


def test_what_a_form_said_outlives_its_kernel(lab):
    """A saved notebook opened without its kernel shows a form's last outcome as text, and no widget error."""
    lab.lay("form", FORM)
    lab.run("form")
    form, twin = lab.page.locator(".msvc-screen.msvc-alive"), lab.page.locator(".msvc-twin")
    form.get_by_role("button", name="Create service", exact=True).click()
    expect(twin).to_contain_text("Orders is created")
    expect(twin).to_be_hidden()

    lab.do("docmanager:save")
    asked = {"Authorization": f"token {lab.token}"}
    for session in lab.page.request.get(f"{lab.url}api/sessions", headers=asked).json():
        lab.page.request.delete(f"{lab.url}api/sessions/{session['id']}", headers=asked)
    lab.page.reload()

    expect(twin).to_be_visible()
    expect(twin).to_contain_text("Orders is created")
    expect(lab.page.get_by_text("Error displaying widget")).to_be_hidden()
    expect(lab.page.locator(".msvc-alive")).to_have_count(0)
