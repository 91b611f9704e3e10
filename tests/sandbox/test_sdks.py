"""Unmodified clients with only the base URL changed, and a way with no socket at all."""

import asyncio
import json
import socket
import subprocess
from pathlib import Path

import pytest
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.client import connect_sandbox
from msvc_toolkit.sandbox.control.controller import open_sandbox

NODE = Path(__file__).parent.parent / "node"


@pytest.fixture
def fresh(served):
    """The served sandbox, as new."""
    handle = open_sandbox(served["store"])
    handle.reset("starter")
    yield served
    handle.api.store.close()


def test_the_whole_path_needs_no_socket(monkeypatch):
    """Steps 1 to 4 in process, with a socket class that raises."""

    def none(*_, **__):
        raise AssertionError("somebody opened a socket")

    monkeypatch.setattr(socket, "socket", none)
    conn = connect_sandbox(":memory:", clock="manual")
    service = conn.client.messaging.v1.services.create("Orders", inbound_request_url="https://example.com/in")
    pool = conn.client.messaging.v1.services(service.sid)
    pool.phone_numbers.create(conn.client.incoming_phone_numbers.list(page_size=3)[0].sid)
    message = conn.client.messages.create(to="+14155550123", body="Hi", messaging_service_sid=service.sid)
    conn.sandbox.advance(10)

    assert message.fetch().status == "delivered"
    assert conn.sandbox.receive("+14155550123", "+14155550100", "hello")["url"] == "https://example.com/in"
    assert [row.direction for row in conn.client.messages.list()] == ["inbound", "outbound-api"]


@pytest.mark.filterwarnings(
    "ignore:(BasicAuth|The 'auth' parameter) is deprecated:DeprecationWarning"
)  # the SDK's use of aiohttp, not ours
def test_the_async_sdk_goes_the_whole_path(fresh):
    """AsyncTwilioHttpClient creates a service, fills its pool, sends, pages and sees `delivered`."""

    async def path():
        async with AsyncTwilioHttpClient() as carrier:
            client = Client(fresh["account_sid"], fresh["auth_token"], http_client=carrier)
            client.api.base_url = client.messaging.base_url = fresh["url"]
            service = await client.messaging.v1.services.create_async(friendly_name="Orders")
            numbers = await client.incoming_phone_numbers.list_async(page_size=3)
            pool = client.messaging.v1.services(service.sid)
            for number in numbers:
                if number.capabilities["sms"]:
                    await pool.phone_numbers.create_async(phone_number_sid=number.sid)
            sent = [
                await client.messages.create_async(to="+14155550123", body=str(n), messaging_service_sid=service.sid)
                for n in range(5)
            ]
            async with await carrier.session.post(f"{fresh['url']}/_sandbox/clock", data={"Advance": "10"}) as answer:
                assert answer.status == 200
            listed = [message async for message in await client.messages.stream_async(page_size=2)]
            members = await pool.phone_numbers.list_async()
            return len(numbers), len(members), [m.sid for m in sent], [(m.sid, m.status, m.from_) for m in listed]

    numbers, members, sent, listed = asyncio.run(path())
    assert (numbers, members) == (8, 7)
    assert [sid for sid, _, _ in listed] == sent[::-1]
    assert {(status, sender) for _, status, sender in listed} == {("delivered", "+14155550100")}


@pytest.mark.node
def test_the_node_sdk_goes_the_whole_path(fresh, require):
    """The npm package `twilio` does Steps 1 to 4 and a list that pages; tests/node/path.mjs asserts each."""
    words = [str(require("node")), str(NODE / "path.mjs"), fresh["url"], fresh["account_sid"], fresh["auth_token"]]

    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["status"] == "delivered"


def test_no_product_but_messaging_is_answered():
    """Other Twilio products use the same paths; in process they are refused by name, and so is any other host."""
    conn = connect_sandbox(":memory:", clock="manual")

    with pytest.raises(SandboxError, match=r"does not emulate notify\.twilio\.com"):
        conn.client.notify.v1.services.create(friendly_name="x")
    with pytest.raises(SandboxError, match=r"not for example\.com"):
        conn.client.request("GET", "https://example.com/v1/Services")
    assert conn.client.messaging.v1.services.list() == []
