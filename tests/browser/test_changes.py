"""An account is changed by a file: chosen, read, applied and undone by clicks."""

import pytest
from playwright.sync_api import expect

from pages import outside

pytestmark = pytest.mark.browser

FORM = """import msvc_toolkit as msvc
conn = msvc.connect("sandbox", store=":memory:", clock="manual", seed=7)
svc = msvc.create_service(conn, friendly_name="Orders")
msvc.add_senders(conn, svc.sid, ["+14155550100", "+14155550101"])
conn.sandbox.register_campaign(svc.sid)
msvc.ChangesForm(conn)"""
FILE = b"""services:
  - friendly_name: Orders
    sticky_sender: false
    senders: ["+14155550101"]
"""


def test_a_file_is_chosen_read_applied_and_undone(lab):
    """What a file changes is seen before; its outcomes after; Undo takes it back. A wrong line says so to a screen reader."""
    lab.lay("changes", FORM)
    lab.run("changes")
    form = lab.screen("Change the account")
    expect(form.get_by_role("button", name="Apply to SANDBOX")).to_be_disabled()
    with lab.page.expect_file_chooser() as chooser:
        form.get_by_role("button", name="Choose a file").click()
    chooser.value.set_files({"name": "account.yaml", "mimeType": "text/yaml", "buffer": FILE})

    expect(form.get_by_role("heading", name="2 changes, none made yet")).to_be_visible()
    expect(form.get_by_text("Carriers block its messages to the US")).to_be_visible()
    expect(form.get_by_text("Undo does not bring back Sticky Sender pairs")).to_be_visible()
    for width in (1280, 500):
        lab.page.set_viewport_size({"width": width, "height": 1000})
        assert outside(form) == []
    form.get_by_role("button", name="Apply 2 changes to SANDBOX").click()
    expect(form.get_by_text("2 changes made.")).to_be_visible()
    form.get_by_role("button", name="Undo", exact=True).click()
    expect(form.get_by_text("2 changes taken back.")).to_be_visible()

    file = form.get_by_role("textbox", name="Account file")
    file.fill("services:\n  - friendly_name: Orders\n    sticky: no\n")
    expect(file).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_text("Line 3, column 5: A service has no 'sticky'.")).to_be_visible()
    expect(form.get_by_role("button", name="Apply to SANDBOX")).to_be_disabled()
    assert outside(form) == []
