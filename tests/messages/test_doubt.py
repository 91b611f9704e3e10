"""SendForm on a line that breaks: what may have been sent is looked up and never sent twice by doubt."""

from dataclasses import replace

import pytest
from twilio.http import HttpClient
from twilio.rest import Client

from forms import click
from msvc_toolkit.connection import Connection
from msvc_toolkit.errors import OutcomeUnknown, Unreachable
from msvc_toolkit.messages.calls import recent_messages, send
from msvc_toolkit.messages.form import SendForm
from msvc_toolkit.messages.model import MessageDraft

TO = "+16285550123"


class Shaky(HttpClient):
    """A line to the sandbox that can break: before a request, after it, or not at all."""

    def __init__(self, inner):
        super().__init__(logger=inner.logger, is_async=False)
        self.inner, self.breaks = inner, ""

    def request(self, method, uri, **rest):
        """Carry one request, or break."""
        if method == "POST" and self.breaks == "before":
            raise OutcomeUnknown("No answer to this POST.")
        answer = self.inner.request(method, uri, **rest)
        if method == "POST" and self.breaks == "after":
            raise OutcomeUnknown("No answer to this POST.")
        if method == "GET" and self.breaks == "reading" and "/Messages/" in uri:
            raise Unreachable("No answer; nothing was changed.")
        return answer


@pytest.fixture
def shaky(conn):
    """The same sandbox over a line that breaks when told to."""
    line = Shaky(conn.client.http_client)
    return Connection("SANDBOX", Client(*conn.sandbox.credentials(), http_client=line), conn.account_sid, conn.sandbox)


def test_an_answer_that_is_lost_is_looked_up(shaky, sid):
    """The message was taken though no answer came: the form finds it and does not send again."""
    form = SendForm(shaky, sid, to=TO, body="Hello")
    shaky.client.http_client.breaks = "after"

    assert "Twilio took it" in click(form)
    assert len(recent_messages(shaky)) == 1


def test_a_message_whose_links_were_shortened_is_found(shaky, sid):
    """The log has the short links by then; a text that differs elsewhere is not taken for it."""
    shaky.sandbox.link_domain(sid)
    text = "Your order (https://shop.example.com/1), and https://shop.example.com/2"
    draft = MessageDraft(to=TO, body=text, messaging_service_sid=sid, shorten_urls=True)
    assert [one.field for one in replace(draft, messaging_service_sid=None, from_="+14155550100").problems()] == [
        "shorten_urls"
    ]
    form = SendForm(shaky, sid, to=TO, body=text)
    form.fields["shorten_urls"].widget.value = True
    assert form.draft() == draft
    shaky.client.messages.create(to=TO, body=text.replace(", and", " or"), messaging_service_sid=sid, shorten_urls=True)
    shaky.client.http_client.breaks = "after"
    with pytest.raises(OutcomeUnknown):
        send(shaky, draft)
    shaky.client.http_client.breaks = ""
    shaky.sandbox.advance(60)

    assert "links.example.com" in send(shaky, draft).body
    assert len(recent_messages(shaky)) == 2


def test_a_doubtful_message_is_looked_up_before_it_is_sent_again(shaky, sid):
    """Not in the log at first: the next click looks once more, and sends only what is still missing."""
    form = SendForm(shaky, sid, to=TO, body="Hello")
    shaky.client.http_client.breaks = "before"
    assert "click again" in click(form)
    assert recent_messages(shaky) == []

    shaky.client.http_client.breaks = ""
    shaky.client.messages.create(to=TO, body="Hello", messaging_service_sid=sid)  # it comes to light late
    assert "Twilio took it" in click(form)
    assert len(recent_messages(shaky)) == 1


def test_a_line_that_breaks_after_sending_does_not_ask_for_a_second_message(shaky, sid):
    """Sent but not to be followed: the form says that it is sent, with its SID."""
    form = SendForm(shaky, sid, to=TO, body="Hello")
    shaky.client.http_client.breaks = "reading"
    said = click(form)

    [message] = recent_messages(shaky)
    assert f"{message.sid} is sent and cannot be followed" in said
