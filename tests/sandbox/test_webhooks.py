"""Webhooks out: called when their moment comes, signed, retried on the fallback, their TwiML carried out."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
from twilio.request_validator import RequestValidator

from msvc_toolkit.errors import SandboxError
from msvc_toolkit.sandbox.webhooks.signature import sign
from tests.helpers.account import make_template


class Program:
    """A program of the user's on loopback: it keeps what it receives and answers what it is set to answer."""

    def __init__(self):
        self.calls, self.answers, self.asks_for = [], {}, ""
        program = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers.get("Content-Length") or 0)
                self._answer(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))

            def do_GET(self):
                self._answer(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))

            def _answer(self, params):
                path = urlsplit(self.path).path
                program.calls.append((self.command, self.path, params, dict(self.headers)))
                status, kind, body = program.answers.get(path, (200, "text/xml", "<Response/>"))
                if program.asks_for and "Authorization" not in self.headers:
                    status, body = 401, ""
                self.send_response(status)
                if status == 401:
                    self.send_header("WWW-Authenticate", program.asks_for)
                if kind:
                    self.send_header("Content-Type", kind)
                if status in (301, 302, 307):
                    self.send_header("Location", body)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def says(self, path, twiml, status=200, kind="text/xml"):
        """Answer this on a path from now on."""
        self.answers[path] = (status, kind, twiml)

    def heard(self, path):
        """What a path received, call by call."""
        return [dict(params) for _, called, params, _ in self.calls if urlsplit(called).path == path]


@pytest.fixture
def program() -> Iterator[Program]:
    """A running program."""
    made = Program()
    yield made
    made.server.shutdown()
    made.server.server_close()


def service(conn, number="+14155550100", **settings):
    """A Messaging Service with one number."""
    made = conn.client.messaging.v1.services.create("Orders", **settings)
    sid = conn.client.incoming_phone_numbers.list(phone_number=number)[0].sid
    conn.client.messaging.v1.services(made.sid).phone_numbers.create(sid)
    return made.sid


def debugger(conn):
    """The codes of the debugger's entries."""
    return [entry["code"] for entry in conn.sandbox.journal() if entry["kind"] == "debugger"]


VECTORS = [
    (
        "https://mycompany.com/myapp.php?foo=1&bar=2",
        {
            "CallSid": "CA1234567890ABCDE",
            "Caller": "+14158675309",
            "Digits": "1234",
            "From": "+14158675309",
            "To": "+18005551212",
        },
        "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
    ),
    (
        "http://127.0.0.1:8000/in",
        {"To": "whatsapp:+15555550123", "Body": "Grüße ☃", "MessageSid": "SM" + "0" * 32, "MediaUrl": ""},
        "PptL3XEn1QMfd5GTLPrvZdicego=",
    ),
]


@pytest.mark.parametrize(("url", "form", "signature"), VECTORS, ids=["documented", "unicode"])
def test_signatures_equal_the_known_vectors(url, form, signature):
    """The signature is the one Twilio's documentation and SDK give."""
    assert sign("12345", url, list(form.items())) == signature
    assert RequestValidator("12345").validate(url, form, signature)


def test_every_callback_of_a_service_send_arrives_in_order_and_signed(conn, program):
    """A service send reports queued, sent and delivered, each valid for the SDK's own validator."""
    sid = service(conn, status_callback=f"{program.url}/status?from=service")
    message = conn.client.messages.create(to="+14155550123", body="Hi", messaging_service_sid=sid)
    conn.sandbox.advance(10)

    assert [form["MessageStatus"] for form in program.heard("/status")] == ["queued", "sent", "delivered"]
    token = conn.sandbox.credentials()[1]
    for _, path, params, headers in program.calls:
        assert RequestValidator(token).validate(program.url + path, dict(params), headers["X-Twilio-Signature"])
    last = program.heard("/status")[-1]
    assert (last["MessageSid"], last["From"], last["MessagingServiceSid"]) == (message.sid, "+14155550100", sid)
    assert last["RawDlrDoneDate"] == "2601051500"


def test_a_messages_own_callback_wins_and_a_plain_from_reports_no_queued(conn, program):
    """From sends report sent and delivered only."""
    conn.client.messages.create(
        to="+14155550123", from_="+14155550100", body="Hi", status_callback=f"{program.url}/own"
    )
    conn.sandbox.advance(10)

    assert [form["MessageStatus"] for form in program.heard("/own")] == ["sent", "delivered"]


def test_a_failure_is_reported_with_its_code(conn, program):
    """Failed and undelivered carry ErrorCode."""
    sid = service(conn, status_callback=f"{program.url}/status")
    conn.sandbox.handset("+14155550123", "off")
    conn.client.messages.create(to="+14155550123", body="Hi", messaging_service_sid=sid)
    conn.client.messages.create(to="+447400123457", body="Hi", messaging_service_sid=sid)
    conn.client.messaging.v1.services(sid).phone_numbers.list()[0].delete()
    conn.client.messages.create(to="+14155550124", body="Hi", messaging_service_sid=sid)
    conn.sandbox.advance(10)

    ended = {t["To"]: (t["MessageStatus"], t.get("ErrorCode")) for t in program.heard("/status")}
    assert ended == {
        "+14155550123": ("undelivered", "30003"),
        "+447400123457": ("delivered", None),
        "+14155550124": ("failed", "21704"),
    }


def test_taking_a_message_back_reports_canceled_and_nothing_else(conn, program):
    """What was planned is forgotten with the message."""
    sid = service(conn, status_callback=f"{program.url}/status")
    message = conn.client.messages.create(
        to="+14155550123",
        body="Hi",
        messaging_service_sid=sid,
        schedule_type="fixed",
        send_at=conn.sandbox.now + timedelta(minutes=10),
    )
    message.update(status="canceled")
    conn.sandbox.advance(3600)

    assert [form["MessageStatus"] for form in program.heard("/status")] == ["canceled"]


def test_an_inbound_text_reaches_the_services_webhook_and_is_answered(conn, program):
    """The reply goes out from the number that received the text, in the same service."""
    program.says("/sms", "<Response><Message>Thank you<Media>/cat.png</Media></Message></Response>")
    sid = service(conn, inbound_request_url=f"{program.url}/sms")
    received = conn.sandbox.receive("+14155550123", "+14155550100", "Hello")
    conn.sandbox.advance(10)

    heard = program.heard("/sms")[0]
    assert (heard["MessageSid"], heard["From"], heard["Body"]) == (received["sid"], "+14155550123", "Hello")
    assert (heard["MessagingServiceSid"], heard["NumMedia"], heard["FromCountry"]) == (sid, "0", "US")
    reply = conn.client.messages.list(to="+14155550123")[0]
    assert (reply.direction, reply.from_, reply.body, reply.num_media) == (
        "outbound-reply",
        "+14155550100",
        "Thank you",
        "1",
    )
    assert (reply.messaging_service_sid, reply.status) == (sid, "delivered")


def test_get_carries_the_parameters_in_the_query(conn, program):
    """A webhook set to GET has no body, and its signature covers the whole address."""
    service(conn, inbound_request_url=f"{program.url}/sms?shop=1", inbound_method="GET")
    conn.sandbox.receive("+14155550123", "+14155550100", "Hello & good day")
    conn.sandbox.advance(10)

    method, path, params, headers = program.calls[0]
    assert method == "GET"
    assert dict(params)["Body"] == "Hello & good day"
    token = conn.sandbox.credentials()[1]
    assert RequestValidator(token).validate(program.url + path, {}, headers["X-Twilio-Signature"])


def test_deferring_calls_the_numbers_own_webhook(conn, program):
    """With deferring the number's URL is called and the service's is not."""
    service(conn, inbound_request_url=f"{program.url}/service", use_inbound_webhook_on_number=True)
    conn.client.incoming_phone_numbers.list(phone_number="+14155550100")[0].update(sms_url=f"{program.url}/number")
    conn.sandbox.receive("+14155550123", "+14155550100", "Hello")
    conn.sandbox.advance(10)

    assert [len(program.heard(path)) for path in ("/number", "/service")] == [1, 0]


def test_a_failing_webhook_goes_to_the_fallback_once(conn, program):
    """The fallback receives what went wrong, and the debugger keeps it."""
    program.says("/sms", "broken", status=500)
    program.says("/fallback", "<Response><Message>Later</Message></Response>")
    service(conn, inbound_request_url=f"{program.url}/sms", fallback_url=f"{program.url}/fallback")
    conn.sandbox.receive("+14155550123", "+14155550100", "Hello")
    conn.sandbox.advance(10)

    assert program.heard("/fallback")[0]["ErrorCode"] == "11200"
    assert conn.client.messages.list(to="+14155550123")[0].body == "Later"
    assert debugger(conn) == [11200]


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ("<Response><Message>no end", "text/xml", 12100),
        ("<Reply/>", "text/xml", 12100),
        ("{}", "application/json", 12300),
        ("<Response><Say>Hi</Say></Response>", "text/xml", 14110),
        ("<Response><message>Hi</message></Response>", "text/xml", 12200),
        ("<Response><Message/></Response>", "text/xml", 14103),
        ("<Response>" + "<Message>a</Message>" * 11 + "</Response>", "text/xml", 14109),
        ("<Response><Message to='nobody'>a</Message></Response>", "text/xml", 14101),
        ("<Response><Message from='+15005550006'>a</Message></Response>", "text/xml", 14102),
        ("<Response><Message from='+12065550100'>a</Message></Response>", "text/xml", 14108),
        ("<Response><Redirect>/sms</Redirect></Response>", "text/xml", 14106),
    ],
)
def test_an_answer_that_cannot_be_carried_out_is_an_entry_of_the_debugger(conn, program, answer, kind, code):
    """The person who wrote hears nothing, and the debugger names the fault."""
    program.says("/sms", answer, kind=kind)
    service(conn, inbound_request_url=f"{program.url}/sms")
    conn.sandbox.receive("+14155550123", "+14155550100", "Hello")
    conn.sandbox.advance(10)

    assert debugger(conn) == [code]
    assert conn.client.messages.list(to="+14155550123") == []


@pytest.mark.parametrize(
    ("answer", "kind", "bodies"),
    [
        ("Plain words", "text/plain", ["Plain words"]),
        ("", "text/xml", []),
        ("<Response/>", "application/xml", []),
        ("<Response><Message>1</Message><Message><Body>2</Body></Message></Response>", "text/html", ["1", "2"]),
        ("<Response><Message action='/next'>1</Message><Message>never</Message></Response>", "text/xml", ["1", "3"]),
        ("<Response><Redirect method='GET'>/next</Redirect></Response>", "text/xml", ["3"]),
    ],
)
def test_an_answer_is_carried_out(conn, program, answer, kind, bodies):
    """Text, messages, redirects and actions do what their documentation says."""
    program.says("/sms", answer, kind=kind)
    program.says("/next", "<Response><Message>3</Message></Response>")
    service(conn, inbound_request_url=f"{program.url}/sms")
    conn.sandbox.receive("+14155550123", "+14155550100", "Hello")
    conn.sandbox.advance(10)

    assert [m.body for m in reversed(conn.client.messages.list(to="+14155550123"))] == bodies
    assert debugger(conn) == []


def test_nobody_outside_this_machine_is_called_unless_allowed_by_name(conn, program):
    """A production address in a setting is left alone, a redirect to it too, and the journal says how to allow it."""
    program.says("/sms", "https://example.com/away", status=307)
    service(conn, inbound_request_url=f"{program.url}/sms")
    service(conn, "+12125550100", inbound_request_url="https://example.com/sms")
    conn.sandbox.receive("+14155550123", "+14155550100", "Hello")
    conn.sandbox.receive("+14155550123", "+12125550100", "Hello")
    conn.sandbox.advance(10)

    skipped = [entry["sentence"] for entry in conn.sandbox.journal() if entry["kind"] == "skipped"]
    assert len(skipped) == 2
    assert all("allow_webhooks('example.com')" in sentence for sentence in skipped)


def test_a_scheduled_message_reports_when_it_goes(conn, program):
    """Nothing is reported before its time."""
    sid = service(conn, status_callback=f"{program.url}/status")
    at = conn.sandbox.now.replace(hour=18)
    conn.client.messages.create(
        to="+14155550123", body="Hi", messaging_service_sid=sid, schedule_type="fixed", send_at=at
    )
    conn.sandbox.advance(3600)
    early = len(program.calls)
    conn.sandbox.advance(3 * 3600)

    assert early == 0
    assert [form["MessageStatus"] for form in program.heard("/status")] == ["queued", "sent", "delivered"]


def test_a_handset_that_reads_tells_so_on_channels_that_do(conn, program):
    """WhatsApp and RCS messages are delivered and then read, each with its callback; a text is delivered and no more."""
    service_sid = service(conn)
    conn.client.messaging.v1.services(service_sid).channel_senders.create(conn.sandbox.own("rcs:owl_agent"))
    (whatsapp,) = conn.client.messaging.v2.channels_senders.list(channel="whatsapp")
    senders = {
        "whatsapp:+14155550123": {"from_": whatsapp.sender_id},
        "+14155550124": {"messaging_service_sid": service_sid},
        "+14155550125": {"from_": "+14155550100"},
    }
    messages = []
    conn.sandbox.receive("whatsapp:+14155550123", whatsapp.sender_id, "Hello")
    for to, sender in senders.items():
        conn.sandbox.handset(to, "reads")
        callback = f"{program.url}/{len(messages)}"
        messages.append(conn.client.messages.create(to=to, body="Hi", status_callback=callback, **sender))
    ends = {message.sid: [] for message in messages}
    for _ in range(20):
        conn.sandbox.advance(0.5)
        for sid, seen in ends.items():
            now = conn.client.messages(sid).fetch()
            if now.status in ("delivered", "read") and now.status not in [status for status, _ in seen]:
                seen.append((now.status, now.date_updated))

    reported = [[call["MessageStatus"] for call in program.heard(f"/{number}")] for number in range(3)]
    assert [[status for status, _ in seen] for seen in ends.values()] == [["delivered", "read"]] * 2 + [["delivered"]]
    assert [statuses[-2:] for statuses in reported] == [["delivered", "read"]] * 2 + [["sent", "delivered"]]
    assert [call.get("EventType") for call in program.heard("/0")][-2:] == [None, "READ"]
    for message, statuses in zip(messages, reported, strict=True):
        assert [status for _, status in conn.sandbox.timeline(message.sid)][-2:] == statuses[-2:]
    for seen in list(ends.values())[:2]:
        assert (seen[1][1] - seen[0][1]).total_seconds() == 2


@pytest.mark.parametrize("asks_for", ['Basic realm="Shop"', 'Digest realm="Shop", nonce="n", qop="auth"'])
def test_a_login_in_the_address_follows_a_401_and_is_not_signed(conn, program, asks_for):
    """The first call has no login, the second has it; both are signed over the address without it, the port kept.

    Source: Twilio docs, Security, HTTP authentication (D); twilio-labs/twilio-aspnet#18, twilio/twilio-node#411 (R).
    """
    program.asks_for = asks_for
    program.says("/sms", "<Response><Message>Thank you</Message></Response>")
    service(conn, inbound_request_url=program.url.replace("//", "//ann:s%C3%A9cret@") + "/sms")
    conn.sandbox.receive("+14155550123", "+14155550100", "Hello")
    conn.sandbox.advance(10)

    logins = [headers.get("Authorization", "") for *_, headers in program.calls]
    token = conn.sandbox.credentials()[1]
    assert (logins[0], logins[-1].partition(" ")[0]) == ("", asks_for.partition(" ")[0])
    for _, path, params, headers in program.calls:
        assert RequestValidator(token).validate(program.url + path, dict(params), headers["X-Twilio-Signature"])
    assert debugger(conn) == []
    assert conn.client.messages.list(to="+14155550123")[0].body == "Thank you"
    assert "cret" not in str(conn.sandbox.journal())


def test_a_login_is_not_sent_where_none_is_asked_for(conn, program):
    """One call without it, and no second one."""
    callback = program.url.replace("//", "//ann:secret@") + "/status"
    conn.client.messages.create(to="+14155550123", from_="+14155550100", body="Hi", status_callback=callback)
    conn.sandbox.advance(10)

    assert [form["MessageStatus"] for form in program.heard("/status")] == ["sent", "delivered"]
    assert not any("Authorization" in headers for *_, headers in program.calls)


def test_an_answer_without_a_content_type_is_an_error(conn, program):
    """200 without it is a debugger entry, for texts and for status callbacks, and the fallback is called; 204 is fine.

    Source: error page 12300 (D); AGWA/sms-over-xmpp#22, get-convex/twilio#9, twilio/twilio-node#369 (R).
    """
    for path, status in (("/sms", 200), ("/status", 200), ("/quiet", 204)):
        program.says(path, "", status=status, kind=None)
    service(conn, inbound_request_url=f"{program.url}/sms", fallback_url=f"{program.url}/quiet")
    received = conn.sandbox.receive("+14155550123", "+14155550100", "Hello")
    conn.sandbox.advance(10)
    after_a_text = debugger(conn)
    callback = f"{program.url}/status"
    conn.client.messages.create(to="+14155550123", from_="+14155550100", body="Hi", status_callback=callback)
    conn.sandbox.advance(10)

    assert (after_a_text, debugger(conn)) == ([11200], [11200] * 3)
    assert program.heard("/quiet")[0]["ErrorCode"] == "11200"
    assert conn.client.messages(received["sid"]).fetch().status == "received"


def test_sms_is_messages_older_name(conn, program):
    """`<Sms>` in an answer replies as `<Message>` does, with its attributes. Source: bmlt-enabled/yap#217 (R)."""
    program.says(
        "/sms", f'<Response><Sms>One</Sms><Sms to="+14155550199" statusCallback="{program.url}/s">Two</Sms></Response>'
    )
    service(conn, inbound_request_url=f"{program.url}/sms")
    conn.sandbox.receive("+14155550123", "+14155550100", "Hello")
    conn.sandbox.advance(10)

    assert [(m.to, m.body) for m in conn.client.messages.list() if m.direction == "outbound-reply"] == [
        ("+14155550199", "Two"),
        ("+14155550123", "One"),
    ]
    assert [form["MessageStatus"] for form in program.heard("/s")][-1] == "delivered"
    assert debugger(conn) == []


def test_a_callback_of_a_message_no_carrier_saw_has_no_carriers_date(conn, program):
    """RawDlrDoneDate is there for an undelivered message, and not for 30034. Source: VA notification-api#1376 (R)."""
    conn.sandbox.handset("+14155550123", "off")
    how = {"from_": "+14155550100", "body": "Hi", "status_callback": f"{program.url}/status"}
    conn.client.messages.create(to="+14155550123", **how)
    conn.sandbox.advance(10)
    conn.sandbox.enforce_a2p()
    conn.client.messages.create(to="+14155550124", **how)
    conn.sandbox.advance(10)

    ended = [form for form in program.heard("/status") if form["MessageStatus"] == "undelivered"]
    assert [(form["ErrorCode"], "RawDlrDoneDate" in form) for form in ended] == [("30003", True), ("30034", False)]


def test_a_press_comes_in_as_a_text_with_its_payload(conn, program):
    """A quick reply and an entry of a list answer, open the window, and their webhook names text and payload."""
    who, sender = "whatsapp:+14155550123", "whatsapp:+14155550199"
    client, made = conn.client, []
    sid = client.messaging.v1.services.create("Chat", inbound_request_url=f"{program.url}/in").sid
    (channel,) = client.messaging.v2.channels_senders.list(channel="whatsapp")
    client.messaging.v1.services(sid).channel_senders.create(channel.sid)
    reply = {"body": "Shall we come?", "actions": [{"title": "Yes", "id": "y-1"}]}
    days = {"body": "Which day?", "button": "Days", "items": [{"id": "d-1", "item": "Monday"}]}
    for types, title in (({"twilio/quick-reply": reply}, "Yes"), ({"twilio/list-picker": days}, "Monday")):
        template = make_template(client, types)
        conn.sandbox.template(template)
        made.append(client.messages.create(to=who, from_=sender, content_sid=template).sid)
        conn.sandbox.advance(10)
        assert conn.sandbox.inbox(who)[-1]["buttons"][0]["title"] == title
        conn.sandbox.press(made[-1], title)
        conn.sandbox.advance(5)
    yes, monday = program.heard("/in")

    assert (yes["Body"], yes["From"], monday["Body"]) == ("Yes", who, "Monday")
    assert (yes["ButtonText"], yes["ButtonPayload"], yes["OriginalRepliedMessageSid"]) == ("Yes", "y-1", made[0])
    assert (monday["ListTitle"], monday["ListId"]) == ("Monday", "d-1")
    with pytest.raises(SandboxError, match="no button 'No'"):
        conn.sandbox.press(made[0], "No")
