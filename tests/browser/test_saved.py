"""A saved notebook shows without its kernel what a form said last."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

FORM = "import msvc_toolkit as msvc\nmsvc.ServiceForm(msvc.connect(), friendly_name='Orders')"


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
