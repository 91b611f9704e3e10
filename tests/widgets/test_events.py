"""Events of widgets are handled in their order and one at a time, in whichever threads a kernel handles them."""

import threading

import pytest

import msvc_toolkit as msvc
from tests.helpers.kernels import printed

FORM = """
import threading
import msvc_toolkit as msvc
conn = msvc.connect("sandbox", store=":memory:")
form, done = msvc.ServiceForm(conn), threading.Event()
form.on_done.append(done.set)
display(form)
print(*(one.comm.comm_id for one in (form.fields["friendly_name"].widget, form.fields["sticky_sender"].widget, form.button)))
"""


@pytest.fixture
def kernel():
    """A kernel with the client of a page."""
    from jupyter_client.manager import start_new_kernel  # noqa: PLC0415 - takes a second, which every worker would pay

    manager, client = start_new_kernel()
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def subshell(client):
    """Ask for a thread beside the cells, as JupyterLab does for the events of widgets."""
    client.control_channel.send(client.session.msg("create_subshell_request", {}))
    return client.get_control_msg(timeout=60)["content"]["subshell_id"]


def test_a_choice_made_ahead_of_a_click_counts(kernel):
    """A box is unchecked and the button clicked while a cell runs: what is created has it off."""
    name, sticky, button = printed(kernel, kernel.execute(FORM)).split()
    beside = subshell(kernel)

    def happens(comm, data):
        message = kernel.session.msg("comm_msg", {"comm_id": comm, "data": data})
        message["header"]["subshell_id"] = beside
        kernel.shell_channel.send(message)
        return message["msg_id"]

    # From now on the button was last written to by the thread beside the cells, the check box by a cell.
    printed(kernel, happens(name, {"method": "update", "state": {"value": "Orders"}, "buffer_paths": []}))
    cell = kernel.execute("print(done.wait(20))")
    happens(sticky, {"method": "update", "state": {"value": False}, "buffer_paths": []})
    happens(button, {"method": "custom", "content": {"event": "click"}})

    assert printed(kernel, cell).strip() == "True"
    assert (
        printed(kernel, kernel.execute("form.wait(); print(form.service.settings['sticky_sender'])")).strip() == "False"
    )


SCREENS = """
import tempfile
from ipywidgets.widgets.widget import _instances
sid = msvc.create_service(conn, friendly_name="Orders").sid
log = msvc.pull_logs(conn, tempfile.mkdtemp())
screens = [
    msvc.Onboarding(conn), msvc.InboundForm(conn, sid), msvc.SenderPoolForm(conn, sid), msvc.SendForm(conn, sid),
    msvc.BlastForm(conn, sid), msvc.ChangesForm(conn), msvc.Handset(conn, "+14155550123"), msvc.Inspector(conn),
    msvc.TemplateForm(conn), msvc.CampaignForm(conn, sid), msvc.ReadinessBoard(conn), msvc.LogExplorer(log),
    msvc.SendPlanForm(conn, "US 40000", "Sale!"),
]
shown = [one for one in _instances.values() if one.has_trait("value") or type(one).__name__ in ("Button", "Assist", "Picture")]
listening = [one for one in shown if type(one).__name__ not in ("HTML", "IntProgress")]
print(len(listening), {type(one).__name__ for one in listening if one.comm._reply_subshell_for(None, "there") != "there"})
"""


def test_every_input_of_every_screen_keeps_the_order(kernel):
    """No input or button is handled in another thread than the others."""
    printed(kernel, kernel.execute(FORM))
    count, others = printed(kernel, kernel.execute(SCREENS)).strip().split(" ", 1)

    assert int(count) > 300
    assert others == "set()"


def test_two_events_at_once_leave_the_newest_on_the_screen():
    """Two inputs of a form change at the same time in two threads: the forecast that stays is that of both changes."""
    form = msvc.SendPlanForm(None, "US 40000", "Sale!", senders=["+14155550100"])
    tiers = [name for name in form.fields["tier"].widget.options if "score" in name[0]]
    assert tiers
    for round_, (tier, _) in enumerate(tiers * 5):
        start = threading.Barrier(2)

        def type_(round_=round_, start=start):
            start.wait(60)
            form.fields["audience"].widget.set_state({"value": f"US {40_000 + round_}"})

        typing = threading.Thread(target=type_)
        typing.start()
        start.wait(60)
        form.fields["tier"].widget.value = tier
        typing.join(60)
        assert (form.forecast.plan.audience, form.forecast.plan.tier) == (form.draft().audience, form.draft().tier)
        assert f"{40_000 + round_:,}" in form.figures.value
    form.wait()
