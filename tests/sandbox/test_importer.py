"""The twin: a live account's services, senders, brands and campaigns in a sandbox, by reads alone, secrets left behind."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from twilio.rest import Client

from msvc_toolkit.connection import Connection, Guard, LiveHttpClient
from msvc_toolkit.errors import SandboxError, TwilioRefused
from msvc_toolkit.sandbox.client import connect_sandbox
from msvc_toolkit.sandbox.control.controller import open_sandbox
from msvc_toolkit.sandbox.importer import copy

MSVC = [sys.executable, "-m", "msvc_toolkit"]
IMPORT = [*MSVC, "sandbox", "import", "--store"]
SETTINGS = {
    "inbound_request_url": "https://shop.example/in",
    "inbound_method": "GET",
    "fallback_url": "https://shop.example/f",
    "fallback_method": "GET",
    "status_callback": "http://127.0.0.1:9/status",
    "sticky_sender": False,
    "mms_converter": False,
    "smart_encoding": False,
    "scan_message_content": "disable",
    "fallback_to_long_code": False,
    "area_code_geomatch": False,
    "validity_period": 600,
    "synchronous_validation": True,
    "usecase": "poll",
    "use_inbound_webhook_on_number": True,
}
"""Every setting of a service, none at its default."""


def furnish(store):
    """Give the account in a store two services, all five kinds of senders and what a twin leaves out."""
    conn = connect_sandbox(store)
    services = conn.client.messaging.v1.services
    pool = services(services.create("Orders", **SETTINGS).sid)
    services.create("Empty")
    number, spare = conn.client.incoming_phone_numbers.list(limit=2)
    number.update(
        sms_url="https://me:s3cret@shop.example/n?a=1",
        sms_method="GET",
        status_callback="https://shop.example/s",
        friendly_name="Front desk",
    )
    pool.phone_numbers.create(number.sid)
    pool.short_codes.create(conn.client.short_codes.list()[0].sid)
    pool.channel_senders.create(conn.client.messaging.v2.channels_senders.list(channel="whatsapp")[0].sid)
    pool.alpha_senders.create("Acme")
    pool.destination_alpha_senders.create("Acme DE", iso_country_code="DE")
    sender = {
        "sender_id": "whatsapp:+14155550177",
        "configuration": {"waba_id": "12", "verification_code": "918273"},
        "webhook": {"callback_url": "https://wa:s3cret@wa.example/in", "callback_method": "PUT"},
        "profile": {"name": "Shop", "emails": [{"email": "shop@shop.example", "label": "Desk"}]},
    }
    as_json = {"Content-Type": "application/json"}
    conn.client.request("POST", "https://messaging.twilio.com/v2/Channels/Senders", data=sender, headers=as_json)
    conn.sandbox.advance(10)
    good, open_ = conn.sandbox.register_brand(), conn.sandbox.register_brand(status="IN_REVIEW")
    conn.sandbox.register_brand(status="FAILED", errors={30795: "business_registration_number"})
    bad = {"status": "FAILED", "errors": {30909: "MESSAGE_FLOW"}, "privacy_policy_url": "https://shop.example/privacy"}
    conn.sandbox.register_campaign(pool.fetch().sid, brand_sid=good, us_app_to_person_usecase="LOW_VOLUME")
    conn.sandbox.register_campaign(services.create("Offers").sid, brand_sid=good, **bad)
    conn.sandbox.register_campaign(services.create("Waits").sid, brand_sid=open_, status="IN_PROGRESS")
    conn.client.messages.create(to="+14155550123", from_=spare.phone_number, body="Not for the twin")
    conn.sandbox.api.store.close()
    return conn.client.username, conn.client.password


@pytest.fixture
def life(proxied, monkeypatch):
    """A live connection that nobody armed, to a sandbox that plays Twilio behind a proxy."""
    monkeypatch.setenv("HTTPS_PROXY", proxied["proxy_url"])
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", proxied["ca_file"])
    requests.post(f"{proxied['url']}/_sandbox/reset", data={"Scenario": "starter"}, timeout=10)
    sid, token = furnish(proxied["store"])
    guard = Guard()
    carrier = LiveHttpClient(guard)
    client = Client(sid, token, http_client=carrier)
    yield Connection("LIVE", client, sid, guard=guard)
    carrier.session.close()


@pytest.fixture
def empty(tmp_path):
    """An empty sandbox in a file."""
    handle = open_sandbox(tmp_path / "twin.db", scenario="empty", seed=8, clock="manual")
    yield handle
    handle.api.store.close()


def plain(items):
    """What Twilio answered about items of the SDK, without addresses of the API and times."""
    hidden = ("_", "url", "links", "uri", "date")
    return [{k: v for k, v in vars(item).items() if not k.startswith(hidden)} for item in items]


def seen(client):
    """Everything that the copy has of an account, as the SDK reads it."""
    services = client.messaging.v1.services.list()
    found = {"services": plain(services)}
    for service in services:
        pool = client.messaging.v1.services(service.sid)
        for kind in ("phone_numbers", "short_codes", "channel_senders", "alpha_senders", "destination_alpha_senders"):
            found[f"{service.friendly_name} {kind}"] = plain(getattr(pool, kind).list())
        campaigns = pool.us_app_to_person.list(x_twilio_api_version="v1.2")
        found[f"{service.friendly_name} campaign"] = plain(campaigns)
    found["brands"] = plain(client.messaging.v1.brand_registrations.list())
    found["numbers"] = plain(client.incoming_phone_numbers.list())
    found["short codes"] = plain(client.short_codes.list())
    found["channels"] = plain(client.messaging.v2.channels_senders.list(channel="whatsapp"))
    return found


def test_the_twin_shows_what_the_account_shows(life, empty):
    """Every field of services, pools and senders is equal, SIDs among them, but for logins and codes."""
    done = copy.copy(life, empty)
    twins = connect_sandbox(empty.store_path)

    assert twins.account_sid == life.account_sid
    ours, theirs = seen(twins.client), seen(life.client)
    secrets = '(me|wa):s3cret@|, "verification_code": "918273"'
    assert json.dumps(ours) == re.sub(secrets, "", json.dumps(theirs))
    assert {name: theirs["services"][0][name] for name in SETTINGS} == SETTINGS
    assert all(theirs[f"Orders {kind}"] for kind in ("phone_numbers", "short_codes", "alpha_senders"))
    states = [theirs[f"{name} campaign"][0]["campaign_status"] for name in ("Orders", "Offers", "Waits")]
    assert states == ["VERIFIED", "FAILED", "IN_PROGRESS"]
    assert {brand["status"] for brand in theirs["brands"]} == {"APPROVED", "IN_REVIEW", "FAILED"}
    assert done.copied == {
        "services": 4,
        "phone numbers": 8,
        "short codes": 1,
        "channel senders": 2,
        "alpha senders": 2,
        "senders in pools": 5,
        "brands": 3,
        "campaigns": 3,
    }
    twins.sandbox.api.store.close()


def test_nothing_but_reads_reaches_the_account(life, empty, proxied):
    """The account's own journal has GETs alone, and the connection was never armed."""
    copy.copy(life, empty)

    entries = requests.get(f"{proxied['url']}/_sandbox/journal", timeout=10).json()["entries"]
    assert {entry["method"] for entry in entries if entry["kind"] == "request"} == {"GET"}
    assert not life.guard.armed


def test_no_secret_is_copied_and_no_message(life, empty):
    """The twin's file knows neither token nor login; its credentials are its own, and open it."""
    token = life.client.password
    copy.copy(life, empty)
    kept = json.dumps([empty.api.store.all(f"SELECT * FROM {table}") for table in tables(empty.api.store)])  # noqa: S608

    assert [secret for secret in (token, "s3cret", "918273", "Not for the twin") if secret in kept] == []
    sid, own = empty.credentials()
    assert (sid, own != token) == (life.account_sid, True)


def tables(store):
    """Names of a store's tables."""
    return [row["name"] for row in store.all("SELECT name FROM sqlite_master WHERE type = 'table'")]


def test_a_change_can_be_rehearsed(life, empty):
    """The copied pool sends, a number without a campaign is refused, and neither webhooks nor the account are called."""
    copy.copy(life, empty)
    twins = connect_sandbox(empty.store_path)
    service = twins.client.messaging.v1.services.list()[0]
    twins.client.messaging.v1.services(service.sid).update(
        status_callback="https://shop.example/status", use_inbound_webhook_on_number=False
    )
    sent = twins.client.messages.create(to="+14155550123", body="Rehearsal", messaging_service_sid=service.sid)
    outside = twins.client.incoming_phone_numbers.list()[2]
    unregistered = twins.client.messages.create(to="+14155550123", from_=outside.phone_number, body="Rehearsal")
    twins.sandbox.receive("+14155550123", "+14155550100", "Hello")
    twins.sandbox.advance(60)

    assert sent.fetch().status == "delivered"
    assert unregistered.fetch().error_code == 30034
    kinds = [entry["kind"] for entry in twins.sandbox.journal() if entry["kind"] != "request"]
    assert set(kinds) == {"skipped"}
    assert life.client.messaging.v1.services(service.sid).fetch().status_callback == SETTINGS["status_callback"]
    twins.sandbox.api.store.close()


def test_the_summary_says_what_differs(life, empty):
    """Hosts that will not be called, logins taken out, standing unknown; this machine's own host needs no word."""
    sentences = []
    done = copy.copy(life, empty, sentences.append)

    notes = " ".join(done.notes)
    assert "Webhooks to shop.example, wa.example are kept" in notes
    assert "taken out of 2 webhook" in notes
    assert "good standing" in notes
    assert "127.0.0.1" not in notes
    assert {"messages and media", "opt-outs and Advanced Opt-Out"} <= set(done.left_out)
    assert sentences[-1] == "Read the pools and campaigns of 4 of 4 services."


def test_a_sandbox_in_use_is_not_overwritten(life, empty, proxied):
    """A second copy is refused before anything is asked, and the first one stays as it is."""
    copy.copy(life, empty)
    before = empty.api.store.all("SELECT * FROM service")
    asked = len(requests.get(f"{proxied['url']}/_sandbox/journal", timeout=10).json()["entries"])

    with pytest.raises(SandboxError, match="not empty"):
        copy.copy(life, empty)

    assert empty.api.store.all("SELECT * FROM service") == before
    assert len(requests.get(f"{proxied['url']}/_sandbox/journal", timeout=10).json()["entries"]) == asked


def test_a_refused_read_leaves_the_sandbox_as_it_was(life, empty):
    """With a wrong token nothing is copied, and the sandbox's own account is still there."""
    before = empty.credentials()
    life.client.auth = (life.account_sid, "wrong")

    with pytest.raises(TwilioRefused):
        copy.copy(life, empty)

    assert empty.credentials() == before
    copy.check_empty(empty)


@pytest.mark.slow
def test_the_command_copies_an_account_it_is_given(proxied, port, tmp_path: Path):
    """`msvc sandbox import` reads the account of the environment; its stdout is the file, the rest are words."""
    sid, token = furnish(proxied["store"])
    path = tmp_path / "copies" / "twin.db"
    environment = {
        **os.environ,
        "TWILIO_ACCOUNT_SID": sid,
        "TWILIO_AUTH_TOKEN": token,
        "HTTPS_PROXY": f"http://127.0.0.1:{port}",
        "REQUESTS_CA_BUNDLE": proxied["ca_file"],
        "NO_PROXY": "",
    }

    runs = [
        subprocess.run([*IMPORT, str(path)], env=environment, capture_output=True, text=True, timeout=60, check=False)
        for _ in range(2)
    ]

    assert (runs[0].returncode, runs[0].stdout) == (0, f"{path}\n"), runs[0].stderr
    assert "4 services, 8 phone numbers, 1 short codes" in runs[0].stderr
    assert token not in runs[0].stderr
    assert (runs[1].returncode, "not empty" in runs[1].stderr) == (2, True)
    assert "Traceback" not in runs[0].stderr + runs[1].stderr
