"""Onboarding: the next step is open, the status follows each click, and all of it is read off the account."""

import re
import threading
from html import unescape

import pytest
from ipywidgets.widgets.widget import _instances as widgets_alive

from forms import click, inside, words
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
from msvc_toolkit.services.calls import create_service, delete_service, find_service, list_services
from msvc_toolkit.services.form import ServiceForm
from msvc_toolkit.services.model import ServiceDraft
from msvc_toolkit.widgets import page


def classes(widget):
    """The class names of a widget."""
    return widget.get_state().get("_dom_classes", ())


def shown(path):
    """The class names and the words of each step, as buttons or as a list."""
    if path.here:
        return re.findall(r'<li class="msvc-step ([^"]*)">([^<]*)</li>', path.status.value)
    return [(" ".join(classes(button)), button.description) for button in path.steps]


def done(path):
    """The numbers of the steps that are shown as done."""
    steps = shown(path)
    assert len(steps) == 4
    return [number for number, (css, _) in enumerate(steps, start=1) if "msvc-done" in css]


def state(path, number):
    """The second line of a step."""
    return unescape(shown(path)[number - 1][1].split("\n")[1])


def go_on(path):
    """Click the button that leads to the next step."""
    [follow] = [part for part in inside(path.view) if "msvc-next" in classes(part)]
    assert path.step is not None
    follow.click()


def wait_for_phone():
    """Wait until a click on the phone has been carried out."""
    working = [thread for thread in threading.enumerate() if thread.name == "msvc-handset"]
    assert working
    for thread in working:
        thread.join(30)
        assert not thread.is_alive()


def visible(widget):
    """Whether a widget is shown."""
    return widget.layout.display != "none"


def test_the_whole_path_by_clicking(conn):
    """From an empty account to a delivered message: each click ticks its step, and the next step is one click away."""
    path = Onboarding(conn)
    assert isinstance(path.step, ServiceForm)
    assert done(path) == []

    click(path.step)
    assert done(path) == [1]
    go_on(path)
    path.step.fill(mode="defer")
    click(path.step)
    assert done(path) == [1, 2]
    go_on(path)
    assert not visible(path.follow)
    path.step.fill(filter="san francisco")
    path.step.picker.all.click()
    click(path.step)
    assert done(path) == [1, 2, 3]
    assert visible(path.follow)
    go_on(path)
    path.step.fill(to="+16285550123", body="Hello")
    assert "delivered" in click(path.step)
    assert done(path) == [1, 2, 3, 4]
    assert path.progress.next is None
    assert "All four steps are done" in path.follow.children[-1].value


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

    path = Onboarding(conn)
    assert state(path, 1) == "Newer"
    assert path.service.widget.label == "Newer"


def test_a_named_service_is_kept_to(conn):
    """With a SID, the path is about that service and no other."""
    sid = create_service(conn, ServiceDraft(friendly_name="Older")).sid
    create_service(conn, ServiceDraft(friendly_name="Newer"))

    assert state(Onboarding(conn, sid), 1) == "Older"


def test_later_steps_ask_for_the_first(conn):
    """Without a service the later steps are locked and say why; opened all the same, they show no form."""
    path = Onboarding(conn)
    assert [button.disabled for button in path.steps] == [False, True, True, True]
    assert state(path, 3) == "Needs step 1"
    path.open(3)

    assert path.step is None
    assert "Do Step 1 first" in path.place.children[0].value


def test_sending_asks_for_a_sender(conn):
    """With an empty pool Step 4 is locked and says why; once the pool has a sender, it opens."""
    sid = create_service(conn, ServiceDraft(friendly_name="Orders")).sid
    path = Onboarding(conn)
    assert path.steps[3].disabled
    assert state(path, 4) == "Needs step 3"
    path.open(4)
    assert "Do Step 3 first" in path.place.children[0].value

    add_senders(conn, sid, ["+14155550100"])
    path.open(4)
    assert isinstance(path.step, SendForm)
    assert not path.steps[3].disabled


def test_another_service_can_be_created(conn):
    """The way to a second service is on the first step; the path is then about that one, and both can be chosen."""
    path = Onboarding(conn)
    click(path.step)
    path.step.another.click()
    assert done(path) == []
    assert path.step.fields["friendly_name"].widget.value == ""

    path.step.fill(friendly_name="Offers")
    click(path.step)
    assert state(path, 1) == "Offers"
    assert [label for label, _ in path.service.widget.options] == ["Offers", "Orders", "Create another service"]
    assert visible(path.service.view)

    path.service.widget.label = "Orders"
    assert state(path, 1) == "Orders"
    assert path.step.service.friendly_name == "Orders"
    path.service.widget.label = "Create another service"
    assert path.step.service is None
    assert {service.friendly_name for service in list_services(conn)} == {"Offers", "Orders"}


def test_services_of_one_name_can_be_distinguished(conn):
    """Two services of one name are offered with the end of their SIDs."""
    for _ in range(2):
        create_service(conn, ServiceDraft(friendly_name="Orders"))
    labels = [label for label, sid in Onboarding(conn).service.widget.options if sid]

    assert len(set(labels)) == 2
    assert all(label.startswith("Orders (MG…") for label in labels)


def test_one_service_needs_no_choice(conn):
    """With one service there is nothing to choose from, so nothing is offered."""
    create_service(conn, ServiceDraft(friendly_name="Orders"))

    assert not visible(Onboarding(conn).service.view)


def test_after_success_the_inputs_make_room(conn):
    """What was saved takes the place of the inputs; a click on Change settings brings them back, and a change, too."""
    path = Onboarding(conn)
    form = path.step
    click(form)
    assert form.saved
    assert "Next, decide" in form.lead.value

    form.change.click()
    assert not form.saved
    assert form.outcome.value == ""
    assert "Change a setting to save it." in form.missing.value
    assert "msvc-problem" not in form.missing.value


def test_the_path_ends_after_step_three_for_a2p(conn):
    """Whoever prepares A2P 10DLC is led to the readiness notebook after Step 3, and not to Step 4."""
    sid = create_service(conn, ServiceDraft(friendly_name="Orders")).sid
    add_senders(conn, sid, ["+14155550100"])
    path = Onboarding(conn)
    path.open(3)
    follow, lead = path.follow.children
    assert visible(follow)
    assert path.step.follows == ""

    path.a2p.widget.value = True
    assert not visible(follow)
    assert "07-a2p-readiness" in lead.value
    assert all(part in lead.value for part in ("customer profile", "brand", "campaign", "can take days"))
    assert state(path, 4) == "Not needed for A2P"
    path.a2p.widget.value = False
    assert visible(follow)


def test_a_stop_on_the_phone_changes_the_forecast(conn):
    """STOP on the phone of Step 4 at once replaces the sender that was foretold by a warning; START brings it back."""
    sid = create_service(conn, ServiceDraft(friendly_name="Orders")).sid
    add_senders(conn, sid, ["+14155550100"])
    path = Onboarding(conn)
    path.open(4)
    path.step.fill(to="+16285550123", body="Hello")
    click(path.step)
    assert "Will be sent by" in words(path.step.by.value)
    path.step.fill(to="+16285550124")  # somebody else than the one who got the newest message
    [show] = [part for part in inside(path.view) if "msvc-phone-button" in classes(part)]
    show.click()
    assert show not in path.follow.children
    assert "0124" in words(path.place.children[-1].children[0].value)
    said = {part.description: part for part in inside(path.place) if hasattr(part, "description")}

    said["STOP"].click()
    wait_for_phone()
    assert path.step.by.value == ""
    assert "has opted out" in path.step.fields["to"].note.value
    said["START"].click()
    wait_for_phone()
    assert "Will be sent by" in words(path.step.by.value)


def test_links_on_web_pages(conn, monkeypatch):
    """A web page links to web pages; in JupyterLab the notebook is named."""
    assert "07-a2p-readiness" in Onboarding(conn, here=1).static()
    monkeypatch.setattr(page, "_WEB", ["00-start-here.ipynb"])
    shown_on_web = Onboarding(conn, here=1).static()
    assert 'href="/readiness"' in shown_on_web
    assert "07-a2p-readiness" not in shown_on_web


def test_looking_again_sees_what_was_done_elsewhere(conn):
    """One click reads the steps and the form again: what a call did is there, and what went is gone."""
    path = Onboarding(conn)
    sid = create_service(conn, ServiceDraft(friendly_name="Orders")).sid
    path.refresh_button.click()
    assert done(path) == [1]
    path.open(3)
    add_senders(conn, sid, ["+14155550100"])
    path.refresh_button.click()
    assert "The pool holds 1 sender" in words(path.step.heading.value)

    delete_service(conn, sid)
    path.refresh_button.click()
    assert done(path) == []


def test_a_service_that_is_gone_is_reported(conn):
    """Opening a step of a service deleted elsewhere shows Twilio's refusal in the place of the form."""
    sid = create_service(conn, ServiceDraft(friendly_name="Orders")).sid
    path = Onboarding(conn, sid)
    delete_service(conn, sid)
    path.open(3)

    assert "20404" in path.place.children[0].value


def test_opening_steps_leaves_nothing_behind(conn):
    """The widgets of a form that is no longer shown are closed, whether it was saved or not."""
    catch_up(conn, 4)
    path = Onboarding(conn)

    def walk():
        for number in (1, 2, 3, 4):
            path.open(number)
            if number == 2:
                click(path.step)
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
    """The path says that a registration needs Steps 1-3 alone, live and in the static copy."""
    path = Onboarding(conn)
    assert "Steps 1-3 are enough" in path.a2p.note.value
    assert "Steps 1-3 are enough" in path._repr_mimebundle_()["text/html"]


def test_a_form_in_another_cell_brings_the_path_up_to_date(conn):
    """A notebook's list of steps follows what its form does further down, in the widgets and in the static twin."""
    made = create_service(conn, ServiceDraft(friendly_name="Orders"))
    path = Onboarding(conn, made.sid, here=2)
    form = InboundForm(conn, made.sid)
    assert done(path) == [1]

    click(form)  # to drop texts is a choice, once it is saved
    assert (done(path), state(path, 2)) == ([1, 2], "Texts are dropped")
    form.fill(mode="webhook", url="https://example.com/sms")
    click(form)
    assert done(path) == [1, 2]
    assert state(path, 2) == "One webhook"


def test_an_outcome_of_a_form_left_behind_changes_no_other(conn):
    """A service that comes into being after its form was left does not take over the service chosen since."""
    kept = create_service(conn, ServiceDraft(friendly_name="Kept"))
    path = Onboarding(conn)
    path.open(1)
    path.step.start_over()
    left = path.step
    left.fill(friendly_name="Late")
    left.button.click()
    path.service.widget.value = kept.sid
    left.wait()

    assert left.last_error is None
    assert find_service(conn, "Late") is not None
    assert state(path, 1) == "Kept"
    assert path.step.service == kept


def test_a_saved_choice_to_drop_texts_does_not_lock_the_path(conn):
    """Dropping texts is a choice: the step says so, and the next step is still one click away."""
    create_service(conn, ServiceDraft(friendly_name="Orders"))
    path = Onboarding(conn)
    assert isinstance(path.step, InboundForm)
    assert "Texts are dropped" in click(path.step)
    go_on(path)

    assert isinstance(path.step, SenderPoolForm)


def test_what_was_typed_stays_when_the_service_changes(conn):
    """Another service, or a look at an earlier step, leaves recipient and text of Step 4 as they were typed."""
    first, second = (catch_up(conn, before=4), create_service(conn, ServiceDraft(friendly_name="Newer")))
    add_senders(conn, second.sid, ["+18885550100"])
    path = Onboarding(conn, first.sid)
    path.open(4)
    path.step.fill(to="whatsapp:+14155550123", body="Hello")
    assert "Add a WhatsApp sender in Step 3" in words(path.step.by.value)

    path.service.widget.value = second.sid
    assert path.step.sid == second.sid
    path.open(3)
    path.open(4)
    assert (path.step.read()["to"], path.step.read()["body"]) == ("whatsapp:+14155550123", "Hello")
