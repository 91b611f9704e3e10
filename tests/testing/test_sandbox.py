"""`TwilioSandbox`: every twilio-python client of the process is answered, and afterwards all is as before."""

import asyncio
import os

import aiohttp
import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from msvc_toolkit.testing import TwilioSandbox

TO, FROM = "+14155550123", "+14155550100"


def test_every_client_is_answered(monkeypatch):
    """A client without arguments, one built before, and one with a carrier of its own all send to the sandbox."""
    monkeypatch.setenv("TWILIO_REGION", "ie1")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "of the shell")
    with TwilioSandbox() as sandbox:
        given = sandbox.credentials()
    earlier, real = Client(*given, edge=None, region="us1"), TwilioHttpClient.request
    with TwilioSandbox() as sandbox:
        own = Client(*given, http_client=TwilioHttpClient(timeout=5, max_retries=2))
        key = Client(os.environ["TWILIO_API_KEY"], os.environ["TWILIO_API_SECRET"], given[0])
        sids = [one.messages.create(to=TO, from_=FROM, body="Hi").sid for one in (Client(), earlier, own, key)]
        with pytest.raises(TwilioRestException) as other:
            Client("AC" + "0" * 32, "another").messages("SM" + "0" * 32).fetch()

        assert [message["sid"] for message in sandbox.sent] == sids
        assert sandbox.credentials() == given
        assert other.value.code == 20003
    assert TwilioHttpClient.request is real
    assert (os.environ["TWILIO_REGION"], os.environ["TWILIO_AUTH_TOKEN"]) == ("ie1", "of the shell")


def test_the_async_client_is_answered():
    """Messages that are sent at once all arrive, and faults raise what aiohttp raises."""
    real = AsyncTwilioHttpClient.request

    async def send(sandbox):
        async with AsyncTwilioHttpClient() as carrier:
            client = Client(http_client=carrier)
            await asyncio.gather(*[client.messages.create_async(to=TO, from_=FROM, body=str(n)) for n in range(5)])
            for fault, error in (("timeout", TimeoutError), ("reset", aiohttp.ClientConnectionError)):
                sandbox.fault(fault, count=1)
                with pytest.raises(error):
                    await client.messages.list_async()

    with TwilioSandbox() as sandbox:
        asyncio.run(send(sandbox))
        assert {message["body"] for message in sandbox.sent} == set("01234")
    assert AsyncTwilioHttpClient.request is real


def test_assertions_show_what_was_sent_and_refused():
    """A failed assertion lists both; a message that was refused is not among those sent."""
    with TwilioSandbox() as sandbox:
        with pytest.raises(TwilioRestException):
            Client().messages.create(to="+1415", from_=FROM, body="Your code is 123")
        assert sandbox.sent == []
        sent = Client().messages.create(to=TO, from_=FROM, body="Your code is 456")
        with pytest.raises(AssertionError) as wrong:
            sandbox.assert_sent(TO, "code is 123")
        with pytest.raises(AssertionError, match=r"1 message with .*, not 2"):
            sandbox.assert_sent(TO, count=2)

        assert "refused with 21211" in str(wrong.value)
        assert "'Your code is 456', queued" in str(wrong.value)
        assert sandbox.assert_sent(body="456", from_=sandbox.number, count=1)["sid"] == sent.sid


def test_other_programs_reach_the_same_account(monkeypatch):
    """With `env`, a program without the SDK is answered as if by Twilio, and with `url` by the same account."""
    monkeypatch.setenv("NO_PROXY", "*, twilio.com, registry.example")
    with TwilioSandbox() as sandbox:
        path = f"/2010-04-01/Accounts/{sandbox.account_sid}/Messages.json"
        form, login = {"To": TO, "From": FROM, "Body": "Hi"}, (sandbox.account_sid, sandbox.auth_token)
        for name, value in sandbox.env.items():
            monkeypatch.setenv(name, value)
        by_proxy = requests.post(f"https://api.twilio.com{path}", data=form, auth=login, timeout=10).json()
        by_url = requests.post(f"{sandbox.url}{path}", data=form, auth=login, timeout=10).json()

        assert [message["sid"] for message in sandbox.sent] == [by_proxy["sid"], by_url["sid"]]
        assert sandbox.env["NO_PROXY"] == "localhost,127.0.0.1,registry.example"
    with pytest.raises(requests.ConnectionError):
        requests.get(by_url["uri"].join([sandbox.url, ""]), timeout=10)
