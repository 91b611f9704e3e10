"""Ask an account what it holds, and what it refuses."""

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest.content.v1.content import ContentList

from msvc_toolkit.senders.calls import list_senders


def refusal(act):
    """The error that Twilio answers."""
    with pytest.raises(TwilioRestException) as refused:
        act()
    return refused.value


def make_template(client, types, variables=None, language="en"):
    """Make a content template with the SDK, and return its SID."""
    contents = client.content.v1.contents
    request = {"friendly_name": "greeting", "language": language, "types": types, "variables": variables or {}}
    return contents.create(ContentList.ContentCreateRequest(request)).sid


def pool(conn, sid):
    """The senders in a service's pool."""
    return set(list_senders(conn, sid, mask=False)["sender"])
