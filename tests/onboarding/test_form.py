"""Onboarding: the next step is open, the status follows each click, and all of it is read off the account."""

import pytest
from ipywidgets.widgets.widget import _instances as widgets_alive

from forms import click
from msvc_toolkit.inbound.calls import set_inbound
from msvc_toolkit.inbound.form import InboundForm
from msvc_toolkit.inbound.model import InboundDraft
from msvc_toolkit.messages.calls import send
from msvc_toolkit.messages.form import SendForm
from msvc_toolkit.messages.model import MessageDraft
from msvc_toolkit.onboarding.calls import catch_up
from msvc_toolkit.onboarding.form import Onboarding
from msvc_toolkit.senders.calls import add_senders
from msvc_toolkit.senders.form import SenderPoolForm
from msvc_toolkit.services.calls import create_service, delete_service, find_service
from msvc_toolkit.services.form import ServiceForm
from msvc_toolkit.services.model import ServiceDraft


def done(path):
    """The numbers of the steps that are shown as done."""
    return [
        n
        for n in range(1, 5)
        if f"<li>Step {n}," in (html := path.status.value)
        and ": done." in html.split(f"<li>Step {n},")[1].split("</li>")[0]
    ]


def test_the_whole_path_by_clicking(conn):
    """From an empty account to a delivered message: each click ticks its step, and opening the next one shows its form."""
    path = Onboarding(conn)
    assert isinstance(path.step, ServiceForm)
    assert done(path) == []

    click(path.step)
    assert done(path) == [1]
    path.open(2)
    path.step.fill(mode="defer")
    click(path.step)
    assert done(path) == [1, 2]
    path.open(3)
    path.step.fill(filter="san francisco")
    path.step.picker.all.click()
    click(path.step)
    assert done(path) == [1, 2, 3]
    path.open(4)
    path.step.fill(to="+16285550123", body="Hello")
    assert "delivered" in click(path.step)
    assert done(path) == [1, 2, 3, 4]
    assert path.progress.next is None


@pytest.mark.parametrize(
    ("steps", "form"), [(0, ServiceForm), (1, InboundForm), (2, SenderPoolForm), (3, SendForm), (4, SendForm)]
)
def test_the_next_step_is_open(conn, steps, form):
    """Whatever was done elsewhere, the first step that is not done has its form open."""
    if steps > 0:
        sid = create_service(conn, ServiceDraft(friendly_name="Orders")).sid
    if steps > 1:
        set_inbound(conn, sid, InboundDraft("defer"))
    if steps > 2:
        add_senders(conn, sid, ["+14155550100"])
    if steps > 3:
        send(conn, MessageDraft(to="+16285550123", body="Hi", messaging_service_sid=sid))
    path = Onboarding(conn)

    assert isinstance(path.step, form)
    assert done(path) == list(range(1, steps + 1))


def test_it_is_about_the_newest_service(conn):
    """Of several services the last one made is shown, also when both were made in the same second."""
    for name in ("Older", "Newer"):
        create_service(conn, ServiceDraft(friendly_name=name))

    assert "Newer" in Onboarding(conn).status.value


def test_a_named_service_is_kept_to(conn):
    """With a SID, the path is about that service and no other."""
    sid = create_service(conn, ServiceDraft(friendly_name="Older")).sid
    create_service(conn, ServiceDraft(friendly_name="Newer"))

    assert "Older" in Onboarding(conn, sid).status.value


def test_later_steps_ask_for_the_first(conn):
    """Without a service, opening a later step says what to do, and shows no form."""
    path = Onboarding(conn)
    path.open(3)

    assert path.step is None
    assert "Do Step 1 first" in path.place.children[0].value


def test_looking_again_sees_what_was_done_elsewhere(conn):
    """The status is derived from the account alone: what a call did is there after a look again, and what went is gone."""
    path = Onboarding(conn)
    sid = create_service(conn, ServiceDraft(friendly_name="Orders")).sid
    path.refresh_button.click()
    assert done(path) == [1]

    delete_service(conn, sid)
    path.refresh_button.click()
    assert done(path) == []


def test_a_service_that_is_gone_is_told(conn):
    """Opening a step of a service deleted elsewhere shows Twilio's refusal in the place of the form."""
    sid = create_service(conn, ServiceDraft(friendly_name="Orders")).sid
    path = Onboarding(conn, sid)
    delete_service(conn, sid)
    path.open(3)

    assert "20404" in path.place.children[0].value


def test_opening_steps_leaves_nothing_behind(conn):
    """The widgets of a form that is no longer shown are closed."""
    catch_up(conn, 4)
    path = Onboarding(conn)

    def walk():
        for number in (1, 2, 3, 4):
            path.open(number)
        return len(widgets_alive)

    assert walk() == walk()


def test_a_form_left_in_the_middle_still_counts(conn):
    """A step closed while its click is carried out ends quietly, and the status knows."""
    path = Onboarding(conn)
    left = path.step
    left.button.click()
    path.open(2)
    left.wait()

    assert left.last_error is None
    assert find_service(conn, "Orders") is not None
    assert done(path) == [1]


def test_a_notebook_shows_where_the_account_stands(conn):
    """With here=, no form is opened, and what is stored reads the same in every run of that notebook."""
    path = Onboarding(conn, here=2)
    assert path.step is None

    catch_up(conn, 2)
    stored = Onboarding(conn, here=2)._repr_mimebundle_()["text/html"]
    assert "Step 1, Create a Messaging Service: done" in stored
    assert "Step 2, Decide how inbound messages are handled: this notebook" in stored


def test_a2p_is_told_that_three_steps_suffice(conn):
    """The path says that a registration needs Steps 1-3 alone."""
    assert "Steps 1-3 are enough" in Onboarding(conn).status.value


def test_a_form_in_another_cell_brings_the_path_up_to_date(conn):
    """A notebook's list of steps follows what its form does further down, in the widgets and in the static twin."""
    made = create_service(conn, ServiceDraft(friendly_name="Orders"))
    set_inbound(conn, made.sid, InboundDraft("defer"))
    path = Onboarding(conn, made.sid, here=2)
    form = InboundForm(conn, made.sid)
    assert done(path) == [1, 2]

    form.fill(mode="off")
    click(form)
    assert done(path) == [1]
    form.fill(mode="webhook", url="https://example.com/sms")
    click(form)
    assert done(path) == [1, 2]
    assert "One webhook" in path.status.value
