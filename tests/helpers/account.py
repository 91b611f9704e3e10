"""Ask an account what it holds, and what it refuses."""

import pytest
from twilio.base.exceptions import TwilioRestException

from msvc_toolkit.senders.calls import list_senders


def refusal(act):
    """The error that Twilio answers."""
    with pytest.raises(TwilioRestException) as refused:
        act()
    return refused.value


def pool(conn, sid):
    """The senders in a service's pool."""
    return set(list_senders(conn, sid, mask=False)["sender"])
