"""The Python that a form shows does what its click does, on the real SDK against a second sandbox."""

import re
from html import unescape

import pytest
from twilio.rest import Client

import msvc_toolkit as msvc

TO = "+16285550123"


@pytest.fixture
def twins():
    """Two accounts that are the same to the last SID; the one is clicked on, the other programmed."""
    both = [msvc.connect("sandbox", store=":memory:", clock="manual", seed=7) for _ in range(2)]
    yield both
    for conn in both:
        conn.sandbox.api.store.close()


def prepare(conn):
    """Give an account two services with pools, and return the first one's SID."""
    first, second = (
        msvc.create_service(conn, msvc.ServiceDraft(friendly_name=name)).sid for name in ("Orders", "Other")
    )
    msvc.add_senders(conn, first, ["+14155550100", "894546"])
    msvc.add_senders(conn, second, ["+14165550100"])
    return first


def create(conn, sid):  # noqa: ARG001 - every one is called alike
    """A new service."""
    form = msvc.ServiceForm(conn, friendly_name='Shop\'s "best"', usecase="marketing")
    form.fill(sticky_sender=False, status_callback="https://example.com/s?a=1&b=2")
    return form


def change(conn, sid):
    """Two settings changed."""
    form = msvc.ServiceForm(conn, sid)
    form.fill(validity_period=600, mms_converter=False)
    return form


def webhook(conn, sid):
    """One webhook."""
    form = msvc.InboundForm(conn, sid)
    form.fill(mode="webhook", url="https://example.com/sms", method="GET")
    return form


def defer(conn, sid):
    """Deferring."""
    form = msvc.InboundForm(conn, sid)
    form.fill(mode="defer")
    return form


def add(conn, sid):
    """Three kinds of sender."""
    form = msvc.SenderPoolForm(conn, sid)
    form.select([row for row in form.rows if row.kind in ("toll-free", "channel", "mobile")])
    return form


def move(conn, sid):
    """Toronto, out of the other service."""
    form = msvc.SenderPoolForm(conn, sid)
    form.select([row for row in form.rows if row.address == "+14165550100"])
    form.ask("move")
    return form


def remove(conn, sid):
    """All of the pool."""
    form = msvc.SenderPoolForm(conn, sid)
    form.select([row for row in form.rows if row.service_sid == sid])
    form.ask("remove")
    return form


def alpha(conn, sid):
    """A sender ID for all countries."""
    form = msvc.SenderPoolForm(conn, sid).alpha
    form.fill(alpha="My Shop+Co")
    return form


def alpha_abroad(conn, sid):
    """A sender ID for one country."""
    form = msvc.SenderPoolForm(conn, sid).alpha
    form.fill(alpha="My Shop", country="gb")
    return form


def send(conn, sid):
    """A text with everything a shell or Python would read."""
    return msvc.SendForm(conn, sid, to=TO, body='It\'s "10%" off\nüntil $5 — `now` \\ <b>')


def send_from(conn, sid):
    """Two media from a chosen sender."""
    form = msvc.SendForm(conn, sid, to=TO, body="Hi")
    form.fill(from_="+14155550100", media_url="https://example.com/cat.jpg\nhttps://example.com/dog.jpg")
    return form


def schedule(conn, sid):
    """A message for later."""
    form = msvc.SendForm(conn, sid, to=TO, body="Later")
    form.fill(send_at=conn.sandbox.now.replace(hour=18))
    return form


def state(conn):
    """The account as rows, once everything that was begun is over."""
    conn.sandbox.advance(60)
    store = conn.sandbox.api.store
    return {table: store.all(f"SELECT * FROM {table}") for table in ("service", "sender", "alpha", "message")}  # noqa: S608


@pytest.mark.parametrize(
    "fill",
    [create, change, webhook, defer, add, move, remove, alpha, alpha_abroad, send, send_from, schedule],
    ids=lambda fill: fill.__name__,
)
def test_the_code_shown_does_what_the_click_does(twins, fill, monkeypatch, capsys):
    """Run unchanged, with the variables its first line names, the program leaves the account as the click does."""
    clicked, programmed = twins
    sids = [prepare(conn) for conn in twins]
    before = state(programmed)
    assert state(clicked) == before
    form = fill(clicked, sids[0])
    program = unescape(re.search(r"<pre><code>(.*?)</code>", form.code.value, re.DOTALL)[1])
    named = re.search(r"# Set first: (.*)", program)[1].split(", ")
    account, token = programmed.sandbox.credentials()
    values = {"TWILIO_ACCOUNT_SID": account, "TWILIO_AUTH_TOKEN": token, "TO": TO, "FROM": "+14155550100"}
    for name in named:
        monkeypatch.setenv(name, values[name])
    line = programmed.client.http_client
    monkeypatch.setattr("twilio.rest.Client", lambda *given: Client(*given, http_client=line))

    form.button.click()
    form.wait()
    exec(compile(program, "the code shown", "exec"), {})  # noqa: S102 - that is the test

    assert form.last_error is None
    assert state(clicked) == state(programmed) != before
    assert "Set first" in program
    if fill not in (remove, move):
        assert capsys.readouterr().out.strip()[:2].isupper()  # the SID of what was made
