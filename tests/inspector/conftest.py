"""What the eyes look at: a service with two numbers, and a phone in San Francisco."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from msvc_toolkit.inbound.calls import set_inbound
from msvc_toolkit.inbound.model import InboundDraft
from msvc_toolkit.messages.calls import send
from msvc_toolkit.messages.model import MessageDraft
from msvc_toolkit.senders.calls import add_senders
from msvc_toolkit.services.calls import create_service
from msvc_toolkit.services.model import ServiceDraft

PHONE = "+16285550123"


@pytest.fixture
def sid(conn):
    """A service that keeps what people answer, with a number of San Francisco and one of New York."""
    sid = create_service(conn, ServiceDraft(friendly_name="Orders")).sid
    set_inbound(conn, sid, InboundDraft(mode="defer"))
    add_senders(conn, sid, ["+14155550100", "+12125550100"])
    return sid


@pytest.fixture
def write(conn, sid):
    """Sends a text from the service, lets it end, and returns its SID."""

    def to(recipient=PHONE, body="Hello", seconds=10, **more):
        message = send(conn, MessageDraft(recipient, body, messaging_service_sid=sid, **more))
        conn.sandbox.advance(seconds)
        return message.sid

    return to


@pytest.fixture
def hooks():
    """The address of a web server that answers 500 where the path has "bad" in it, and nothing otherwise."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(500 if "bad" in self.path else 204)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
