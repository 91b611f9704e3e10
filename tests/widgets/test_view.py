"""Views: rerunning a notebook cell replaces what it showed, and nothing of the old view stays behind."""

import pytest

from tests.helpers.kernels import printed

pytestmark = pytest.mark.slow

SHOW = """
import msvc_toolkit as msvc
from ipywidgets.widgets.widget import _instances
conn = msvc.connect("sandbox", store=":memory:", clock="manual")
"""


@pytest.fixture(scope="module")
def kernel():
    """A kernel that is asked as JupyterLab asks: each cell has an id."""
    from jupyter_client.manager import start_new_kernel  # noqa: PLC0415 - takes a second, which every worker would pay

    manager, client = start_new_kernel()

    def run(cell, code):
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        asked = client.session.msg("execute_request", content)
        asked["metadata"]["cellId"] = cell
        client.shell_channel.send(asked)
        return printed(client, asked["msg_id"])

    run("first", SHOW)
    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.mark.parametrize("shown", ["msvc.Onboarding(conn)", "msvc.Onboarding(conn, here=1)", "msvc.ServiceForm(conn)"])
def test_running_a_cell_again_leaves_nothing_behind(kernel, shown):
    """Ten runs of one cell keep as many widgets as one run."""

    def alive(runs):
        for _ in range(runs):
            kernel(shown, shown)
        return int(kernel("count", "print(len(_instances))"))

    once = alive(1)
    assert once > 10
    assert alive(10) == once


def test_a_view_that_another_cell_shows_stays(kernel):
    """A form shown in two cells lives on when the first of them shows something else; one shown nowhere is closed."""
    kernel("a", "form = msvc.ServiceForm(conn)\nform")
    kernel("b", "form")
    kernel("a", "other = msvc.ServiceForm(conn)\nother")
    assert kernel("count", "print(form.view.comm is not None)").strip() == "True"

    kernel("a", "form")
    assert kernel("count", "print(other.view.comm is not None, form.view.comm is not None)").strip() == "False True"


def test_forms_notice_what_code_changed(kernel):
    """A pool and the form that sends show the senders that a later cell added, without a click."""
    kernel("made", "chat = msvc.create_service(conn, friendly_name='Chat').sid")
    kernel("pool", "pool = msvc.SenderPoolForm(conn, chat)\npool")
    kernel("send", "send = msvc.SendForm(conn, chat)\nsend")
    assert kernel("empty", "print(len(pool.pool), len(send.pool))").strip() == "0 0"

    kernel("add", "_ = msvc.add_senders(conn, chat, ['+14155550100'])")
    assert kernel("read", "print(len(pool.pool), len(send.pool))").strip() == "1 1"


def test_a_click_outlives_its_form_quietly(kernel):
    """A form whose cell is run again during its click still does what was clicked, without an error."""
    kernel("late", "late = msvc.ServiceForm(conn, friendly_name='Late')\nlate")
    kernel("click", "late.button.click()")
    kernel("late", "msvc.ServiceForm(conn)")
    said = kernel("read", "late.wait()\nprint(late.last_error, msvc.find_service(conn, 'Late') is not None)")

    assert said.strip() == "None True"
