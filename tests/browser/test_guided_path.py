"""A person gets from nothing to a delivered message: with the mouse, without it, in narrow cells, and on a web page."""

import re

import pytest
from playwright.sync_api import Locator, expect

from pages import outside

pytestmark = pytest.mark.browser

PATH = 'import msvc_toolkit as msvc\nconn = msvc.connect("sandbox", store=":memory:", seed=7)\nmsvc.Onboarding(conn)'


TYPING = "document.activeElement.matches('.msvc input, .msvc textarea, .msvc select')"
"""A step that opens takes the keyboard to its first input; what is typed before that would end up there."""


def by_mouse(path: Locator) -> None:
    """Go through the four steps by clicking what has the words for it."""
    expect(path.locator(".msvc-ribbon:visible")).to_have_count(1)
    path.get_by_label("Name", exact=True).fill("Orders")
    path.get_by_role("button", name="Create service", exact=True).click()
    expect(path.get_by_text("Orders is created")).to_be_visible()
    assert outside(path) == []

    path.get_by_role("button", name=re.compile("^Next: inbound")).click()
    path.page.wait_for_function(TYPING)
    path.get_by_text("Send all texts to one webhook").click()
    path.get_by_label("Webhook", exact=True).fill("https://orders.example/sms")
    path.get_by_role("button", name="Save", exact=True).click()
    follow = path.get_by_role("button", name=re.compile("^Next: add senders"))
    expect(follow).to_be_visible()
    assert outside(path) == []

    follow.click()
    path.page.wait_for_function(TYPING)
    path.get_by_label("Find a sender").fill("san francisco")
    expect(path.get_by_text("1 to 2 of 2")).to_be_visible()
    for place in range(2):
        path.locator("label:visible", has_text="San Francisco").nth(place).click()
    path.get_by_role("button", name="Add 2 senders").click()
    follow = path.get_by_role("button", name=re.compile("^Next: send"))
    expect(follow).to_be_visible()
    assert outside(path) == []

    follow.click()
    path.page.wait_for_function(TYPING)
    path.get_by_label("To", exact=True).fill("+16285550199")
    path.get_by_label("Message", exact=True).fill("Written in a browser.")
    expect(path.get_by_text("21 of 160 characters")).to_be_visible()
    path.get_by_role("button", name=re.compile("^Send 1 message")).click()
    expect(path.get_by_text(re.compile("^Delivered after"))).to_be_visible()
    assert outside(path) == []


def by_keyboard(lab, path: Locator, label: str) -> None:
    """Press a button by keyboard, once it is enabled: Tab passes one that is not."""
    expect(path.locator("button.msvc-click:visible", has_text=label)).to_be_enabled()
    lab.tab_to(label)
    lab.page.keyboard.press("Enter")


def on_to(path: Locator, label: str) -> None:
    """Go to the next step: the keyboard is at its button, and then at the step's first input."""
    expect(path.get_by_role("button", name=re.compile(f"^{label}"))).to_be_focused()
    path.page.keyboard.press("Enter")
    path.page.wait_for_function(TYPING)


@pytest.mark.parametrize(("width", "theme"), [(1280, "Light"), (900, "Dark"), (560, "Light")])
def test_by_mouse(lab, width: int, theme: str):
    """The whole path works by mouse in a wide, a usual and a narrow window, in both themes."""
    lab.theme(theme)
    lab.lay("path", PATH)
    lab.run("path")
    lab.page.set_viewport_size({"width": width, "height": 1000})

    by_mouse(lab.screen("Send with a Messaging Service"))


def test_on_a_web_page(web):
    """The whole path works on a web page, which shows no code; another page has the message that was sent."""
    web.page.get_by_role("link", name="Send with a Messaging Service").click()
    expect(web.page).to_have_title("Send with a Messaging Service")
    expect(web.page.get_by_text("The forms of the four steps are loading.")).to_be_visible()
    path = web.screen("Send with a Messaging Service")
    expect(path).to_be_visible()

    expect(path.get_by_role("button", name="Refresh")).to_be_visible()
    web.drawn()
    web.page.set_viewport_size({"width": 1280, "height": 400})
    expect(path.get_by_role("button", name="Refresh")).not_to_be_in_viewport()
    web.page.mouse.move(600, 200)
    web.page.mouse.wheel(0, 5_000)
    expect(path.get_by_role("button", name="Refresh")).to_be_in_viewport()
    web.page.set_viewport_size({"width": 1280, "height": 1000})

    by_mouse(path)

    path.get_by_role("button", name="Show the recipient's phone").click()
    expect(path.get_by_role("log").get_by_text("Written in a browser.")).to_be_visible()
    expect(web.page.get_by_text("import msvc_toolkit")).to_have_count(0)
    expect(web.page.locator(".msvc-twin:visible")).to_have_count(0)

    web.page.goto(f"{web.url}messages")
    expect(web.screen("Inspector").get_by_text("Written in a browser.").first).to_be_visible()


def test_by_keyboard(lab):
    """The whole path works by keyboard alone, and after each step the keyboard is at the way to the next one."""
    lab.lay("path", PATH)
    lab.run("path")
    keys, path = lab.page.keyboard, lab.screen("Send with a Messaging Service")
    path.get_by_label("Name", exact=True).focus()

    keys.press("Control+a")
    keys.type("Orders")
    by_keyboard(lab, path, "Create service")
    on_to(path, "Next: inbound")
    by_keyboard(lab, path, "Save")
    on_to(path, "Next: add senders")
    keys.type("chicago")
    expect(path.get_by_text("1 to 1 of 1")).to_be_visible()
    lab.tab_to("+1 312")
    keys.press("Space")
    by_keyboard(lab, path, "Add 1 sender")
    on_to(path, "Next: send")
    keys.type("+16285550199")
    lab.tab_to("Message")
    keys.type("Typed.")
    by_keyboard(lab, path, "Send 1 message")
    expect(path.get_by_text(re.compile("^Delivered after"))).to_be_visible()
