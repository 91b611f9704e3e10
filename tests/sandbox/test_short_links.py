"""Short links: replaced when a message is sent, clicked by its phone, gone after 90 days."""

import json
import re
import threading
from dataclasses import replace
from datetime import timedelta
from html import unescape
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from twilio.request_validator import RequestValidator

import msvc_toolkit as msvc
from msvc_toolkit.errors import SandboxError
from msvc_toolkit.rules import segments
from msvc_toolkit.sandbox.control.endpoints import control

YOU = "+14155550123"
LONG = "https://shop.example.com/orders/2026?item=owl&size=L#top"
TEXT = f"Your order: {LONG}. Help (at http://shop.example.com/help_(us)), or {LONG} again"


@pytest.fixture
def service(conn):
    """A service whose domain is set up: a number, a certificate, a callback to this machine."""
    v1 = conn.client.messaging.v1
    sid = v1.services.create("Orders").sid
    v1.services(sid).phone_numbers.create(conn.client.incoming_phone_numbers.list(limit=1)[0].sid)
    domain = conn.sandbox.link_domain(sid)
    assert v1.linkshortening_messaging_service_domain_association(sid).fetch().domain_sid == domain
    v1.domain_config(domain).update(fallback_url="https://shop.example.com/gone")
    return sid


def config(conn, **settings):
    """Change the domain's configuration."""
    domain = conn.sandbox.link_domain()
    return conn.client.messaging.v1.domain_config(domain).update(**settings)


@pytest.fixture
def hook():
    """A program on this machine that keeps what it is called with; its address and its calls."""
    calls = []

    class Keep(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            calls.append((self.path, dict(self.headers), body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Keep)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", calls
    server.shutdown()
    thread.join(5)
    server.server_close()


def test_links_are_short_when_the_message_is_sent(conn, service):
    """Ten letters and digits on the domain, one for each link, the same from the same seed; segments and price follow."""

    def send(**more):
        return conn.client.messages.create(to=YOU, messaging_service_sid=service, body=TEXT, **more)

    long = send()
    made = send(shorten_urls=True)
    later = send(shorten_urls=True, schedule_type="fixed", send_at=conn.sandbox.now + timedelta(hours=1))
    conn.sandbox.advance(60)
    sent, plain, waiting = (conn.client.messages(one.sid).fetch() for one in (made, long, later))
    conn.sandbox.advance(3600)
    due = conn.client.messages(later.sid).fetch()

    assert made.body == waiting.body == plain.body == TEXT
    found = re.findall(r"https://links\.example\.com/([A-Za-z0-9]{10})(?![A-Za-z0-9])", sent.body)
    assert len(found) == 3
    assert found[0] == found[2] != found[1]
    assert sent.body == (
        f"Your order: https://links.example.com/{found[0]}. Help (at https://links.example.com/{found[1]}), "
        f"or https://links.example.com/{found[0]} again"
    )
    assert int(sent.num_segments) == segments.measure(sent.body).count < int(plain.num_segments)
    assert float(sent.price) == float(plain.price) * int(sent.num_segments) / int(plain.num_segments)
    assert due.status == "delivered"
    assert "shop.example" not in due.body
    assert found[0] not in due.body
    assert conn.sandbox.links(made.sid)[0] == {"link": LONG, "short": f"https://links.example.com/{found[0]}"}
    assert found == ["RsPcrYyI7d", found[1], "RsPcrYyI7d"]  # by the seed


def test_what_cannot_be_shortened(conn, service):
    """Long links go out, or the message fails by name, as ContinueOnFailure says; without a domain nothing is replaced."""
    v1 = conn.client.messaging.v1
    domain = conn.sandbox.link_domain()
    bare = v1.services.create("Bare").sid
    v1.services(bare).phone_numbers.create(conn.client.incoming_phone_numbers.list(limit=2)[1].sid)

    def end(sid):
        made = conn.client.messages.create(to=YOU, messaging_service_sid=sid, body=TEXT, shorten_urls=True)
        conn.sandbox.advance(60)
        found = conn.client.messages(made.sid).fetch()
        assert found.body == TEXT
        return found.status, found.error_code, conn.sandbox.why(made.sid)[-1]["sentence"]

    v1.domain_certs(domain).delete()
    assert end(service)[:2] == ("delivered", None)
    assert "(30107)" in end(service)[2]
    config(conn, continue_on_failure=False)
    assert end(service)[:2] == ("failed", 30107)
    v1.request_managed_cert(domain).update()
    assert end(service)[:2] == ("failed", 30103)  # it is not valid yet
    conn.sandbox.api.settings = replace(conn.sandbox.api.settings, shortenings_a_second=1)
    conn.sandbox.advance(10)
    assert end(service)[:2] == ("failed", 20429)
    nowhere = conn.sandbox.link_domain(bare, name="links.shop.invalid")
    assert end(bare)[:2] == ("delivered", None)
    assert "(30120)" in end(bare)[2]
    v1.linkshortening_messaging_service(nowhere, bare).delete()
    assert end(bare)[:2] == ("delivered", None)
    assert "no link-shortening domain" in end(bare)[2]


def test_a_click_calls_the_callback(conn, service, hook):
    """Signed JSON in Twilio's names for a click and a preview, on this machine alone; a link leads where it was made for."""
    url, calls = hook
    config(conn, callback_url=f"{url}/click", disable_https=True)
    sid = conn.client.messages.create(to=YOU, messaging_service_sid=service, body=TEXT, shorten_urls=True).sid
    with pytest.raises(SandboxError, match="has not arrived"):
        conn.sandbox.click(sid)
    conn.sandbox.advance(60)
    short = conn.sandbox.links(sid)[0]["short"]

    assert short.startswith("links.example.com/")
    assert conn.sandbox.click(sid, link=short, preview=True) == LONG
    assert conn.sandbox.click(sid, link=LONG) == LONG
    with pytest.raises(SandboxError, match="no such short link"):
        conn.sandbox.click(sid, link="https://links.example.com/aaaaaaaaaa")

    message = conn.client.messages(sid).fetch()
    assert [json.loads(body)["event_type"] for _, _, body in calls] == ["preview", "click"]
    path, headers, body = calls[1]
    said = json.loads(body)
    assert said == {
        "event_type": "click",
        "sms_sid": sid,
        "to": YOU,
        "from": message.from_,
        "link": LONG,
        "click_time": f"{conn.sandbox.now:%Y-%m-%dT%H:%M:%SZ}",
        "messaging_service_sid": service,
        "account_sid": conn.account_sid,
        "user_agent": said["user_agent"],
    }
    assert headers["Content-Type"] == "application/json"
    validator = RequestValidator(conn.sandbox.credentials()[1])
    assert validator.validate(url + path, body.decode(), headers["X-Twilio-Signature"])
    assert [event["data"]["message_sid"] for event in conn.sandbox.clicks()] == [sid]

    over_http = control(conn.sandbox, "POST", f"/_sandbox/messages/{sid}/click", [("Preview", "true")])
    assert json.loads(over_http.body) == {"leads_to": conn.sandbox.links(sid)[0]["link"]}
    assert len(json.loads(control(conn.sandbox, "GET", "/_sandbox/clicks", ()).body)["clicks"]) == 1
    config(conn, callback_url="https://program.example.com/click")
    conn.sandbox.click(sid)
    assert conn.sandbox.called(sid)[-1]["kind"] == "skipped"

    conn.sandbox.advance(90 * 86_400)
    assert conn.sandbox.click(sid) == "https://shop.example.com/gone"
    config(conn, fallback_url="")
    assert conn.sandbox.click(sid) is None
    assert [entry["code"] for entry in conn.sandbox.called(sid)[-2:]] == [30104, 30105]
    assert len(calls) == 3


def test_the_handset_clicks(conn, service):
    """A button for each short link of the newest text; it says where the link leads."""
    handset = msvc.Handset(conn, YOU)
    assert handset.links.children == ()
    sid = conn.client.messages.create(to=YOU, messaging_service_sid=service, body=TEXT, shorten_urls=True).sid
    conn.sandbox.advance(60)
    handset.look_again()

    links = conn.sandbox.links(sid)
    assert [button.description for button in handset.links.children] == [f"Open {one['short']}" for one in links]
    handset.links.children[0].click()
    handset.wait()
    assert handset.last_error is None
    assert LONG in unescape(handset.outcome.value)
    assert [event["data"]["link"] for event in conn.sandbox.clicks()] == [LONG]
