"""What becomes of bad answers: reads are tried again, writes never, and refusals become sentences."""

import os

import pytest

from msvc_toolkit.connection import asking
from msvc_toolkit.errors import OutcomeUnknown, TwilioRefused, Unreachable

SID = "AC" + "1" * 32
TO = "+14155550123"
MESSAGE = {"to": TO, "from_": "+14155550100", "body": "Hi"}


@pytest.mark.parametrize("first", [[429], [500, 503], [0], [0, 429, 502]], ids=str)
def test_a_read_is_tried_again(connect, faulty, first):
    """429, 5xx and a broken connection are overcome when a later try succeeds."""
    faulty.plan = [*first, 200]

    assert connect(*faulty.way).client.api.v2010.accounts(SID).fetch().friendly_name == "It"
    assert len(faulty.asked) == len(first) + 1


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_read_that_was_refused_is_not_tried_again(connect, faulty, status):
    """Asking again would get the same answer."""
    faulty.plan = [status]

    with pytest.raises(TwilioRefused), asking():
        connect(*faulty.way).client.api.v2010.accounts(SID).fetch()
    assert len(faulty.asked) == 1


def test_a_read_gives_up_in_the_end(connect, faulty):
    """After five tries the last answer counts; with none at all it is Unreachable, and nothing was changed."""
    conn = connect(*faulty.way)
    faulty.plan = [503]
    with pytest.raises(TwilioRefused), asking():
        conn.client.api.v2010.accounts(SID).fetch()
    assert len(faulty.asked) == 5
    faulty.plan = [0]
    with pytest.raises(Unreachable, match="nothing was changed"):
        conn.client.api.v2010.accounts(SID).fetch()
    assert len(faulty.asked) == 10


@pytest.mark.parametrize(("status", "error"), [(0, OutcomeUnknown), (429, TwilioRefused), (503, OutcomeUnknown)])
def test_a_write_is_never_tried_again(connect, faulty, status, error):
    """One POST leaves, whatever comes back; after a 5xx or a broken connection the outcome is unknown."""
    faulty.plan = [status, 200]
    conn = connect(*faulty.way)
    conn.arm(max_messages=5, allow_to=[TO])

    with pytest.raises(error) as raised, asking():
        conn.client.messages.create(**MESSAGE)
    assert faulty.asked == ["POST"]
    assert "look" in str(raised.value) or status == 429


def test_a_refusal_says_code_meaning_and_remedy(live):
    """The SDK's error becomes ours: Twilio's text without the SDK's words, numbers masked, our advice, the page."""
    live.arm(max_messages=1, allow_to=[TO])

    with pytest.raises(TwilioRefused) as raised, asking():
        live.client.messages.create(**{**MESSAGE, "from_": "+12065550100"})

    error = raised.value
    assert (error.status, error.code) == (400, 21661)
    assert error.message == "'From' +1 206 ••• 0100 is not SMS-capable."
    assert error.advice
    assert error.advice in str(error)
    assert error.more_info == "https://www.twilio.com/docs/errors/21661"
    assert error.__cause__ is None


def test_an_answer_without_a_code_has_none(connect, faulty):
    """A read that met a proxy's error page is described by its HTTP status alone."""
    faulty.plan, faulty.body = [302], {}

    with pytest.raises(TwilioRefused) as raised, asking():
        connect(*faulty.way).client.messaging.v1.services.list()
    assert (raised.value.status, raised.value.code) == (302, None)
    assert "no error code" in str(raised.value)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows forks no process")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_has_connections_of_its_own(live):
    """Parent and child write in turn, and each gets its own answer: one TLS connection of both would break."""
    live.arm()
    services = live.client.messaging.v1.services
    before = {one.sid for one in services.list()}
    pid = os.fork()
    if pid == 0:
        os._exit(services.create("Child").friendly_name != "Child")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    with asking():
        assert services.create("Parent").friendly_name == "Parent"
    made = [one for one in services.list() if one.sid not in before]
    assert sorted(one.friendly_name for one in made) == ["Child", "Parent"]
    for one in made:
        one.delete()
