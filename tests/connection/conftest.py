"""A live connection to this machine: a sandbox that plays Twilio, and a server that misbehaves as told."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
import tenacity.nap

from msvc_toolkit.connection import connect_live

SID, TOKEN = "AC" + "1" * 32, "5ec1e7token"
SERVE = [sys.executable, "-m", "msvc_toolkit", "sandbox", "serve", "--json", "--clock", "manual"]


@pytest.fixture(scope="package")
def twilio():
    """Plays the live Twilio: a sandbox server, as it announces itself."""
    with subprocess.Popen(SERVE, stdout=subprocess.PIPE, text=True) as process:
        yield json.loads(process.stdout.readline())
        process.terminate()


@pytest.fixture
def connect(monkeypatch):
    """Makes a live connection whose base URLs lead to an address on this machine, without waits between tries."""
    made = []
    monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=lambda _: None))

    def to(url, sid=SID, token=TOKEN):
        monkeypatch.setenv("TWILIO_ACCOUNT_SID", sid)
        monkeypatch.setenv("TWILIO_AUTH_TOKEN", token)
        conn = connect_live()
        conn.client.api.base_url = conn.client.messaging.base_url = url
        made.append(conn)
        return conn

    yield to
    for conn in made:
        conn.client.http_client._inner.session.close()  # noqa: SLF001 - the SDK's session has no other end


@pytest.fixture
def live(connect, twilio):
    """A live connection to the sandbox that plays Twilio."""
    return connect(twilio["url"], twilio["account_sid"], twilio["auth_token"])


@pytest.fixture
def faulty():
    """A server that answers as told, status after status, and counts; 0 breaks the connection, the last one stays."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.asked.append(self.command)
            status = server.plan.pop(0) if len(server.plan) > 1 else server.plan[0]
            if status:
                body = json.dumps(server.body if status < 400 else {"code": 20429, "message": "No", "status": status})
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())
            self.close_connection = True

        do_POST = do_DELETE = do_GET  # noqa: N815 - the names http.server looks for

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.plan, server.asked, server.body = [200], [], {"sid": SID, "friendly_name": "It"}
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
