"""Nothing leaves this process: Steps 1-4, calls and forms, go through where no socket can be made."""

import socket

import pytest

import msvc_toolkit as msvc

TO = "+16285550123"


class NoSocket(socket.socket):
    """A socket that cannot be."""

    def __init__(self, *_args, **_rest):
        raise AssertionError("A socket was asked for.")


@pytest.fixture(autouse=True)
def no_socket(monkeypatch):
    """Take the socket away, and with it every way to make a connection."""
    monkeypatch.setattr(socket, "socket", NoSocket)
    with pytest.raises(AssertionError, match="A socket was asked for"):
        socket.create_connection(("127.0.0.1", 9))


@pytest.fixture(params=["in memory", "kept on disk"])
def account(request):
    """A connection to the sandbox, both ways it can be kept."""
    conn = msvc.connect("sandbox", store=":memory:" if request.param == "in memory" else None, clock="manual")
    yield conn
    conn.sandbox.api.store.close()


def click(form):
    """Click, wait, and return what the form says then."""
    form.button.click()
    form.wait()
    assert form.last_error is None
    return form.outcome.value


def test_four_steps_by_calls(account):
    """From nothing to a delivered message and an inbound text, with calls alone."""
    svc = msvc.create_service(account, msvc.ServiceDraft(friendly_name="Orders"))
    msvc.set_inbound(account, svc.sid, msvc.InboundDraft(mode="defer"))
    done = msvc.add_senders(account, svc.sid, ["+14155550100", "894546", "ACME", "whatsapp:+14155550199"])
    draft = msvc.MessageDraft(to=TO, body="Hello", messaging_service_sid=svc.sid)
    predicted = msvc.predict_sender(account, draft).choice.sender.address.text
    message = msvc.wait_until_final(account, msvc.send(account, draft).sid)

    assert set(done["outcome"]) == {"added"}
    assert (message.status, message.from_) == ("delivered", predicted)
    assert account.sandbox.receive(TO, "+14155550100", "Thanks")["sid"]


@pytest.mark.slow
def test_four_steps_by_forms(account):
    """The same with forms: every one of them is filled in and clicked."""
    service = msvc.ServiceForm(account, friendly_name="Orders")
    click(service)
    sid = service.service.sid
    inbound = msvc.InboundForm(account, sid)
    inbound.fill(mode="defer")
    click(inbound)
    pool = msvc.SenderPoolForm(account, sid)
    pool.fill(filter="US local")
    pool.picker.all.click()
    click(pool)
    pool.alpha.fill(alpha="ACME")
    click(pool.alpha)
    pool.select([row for row in pool.rows if row.service_sid == sid][:1])
    pool.ask("remove")
    click(pool)
    assert "logged" in click(msvc.InboundForm(account, sid).trial)
    form = msvc.SendForm(account, sid, to=TO, body="Hello")

    assert "delivered" in click(form)
    assert msvc.Onboarding(account).progress.next is None
