"""A live connection that stays on this machine: a proxy answers as Twilio, correctly or as a test asks."""

import json
import os
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
import tenacity.nap

from msvc_toolkit.connection import connect_live
from msvc_toolkit.sandbox.server.certificates import tls_context

SID, TOKEN = "AC" + "1" * 32, "5ec1e7token"
SERVE = [sys.executable, "-m", "msvc_toolkit", "sandbox", "serve", "--json", "--clock", "manual", "--proxy"]


@pytest.fixture(scope="package")
def twilio(tmp_path_factory):
    """Plays the live Twilio: a sandbox server behind a proxy, as it announces itself."""
    env = {**os.environ, "MSVC_HOME": str(tmp_path_factory.mktemp("twilio"))}
    with subprocess.Popen(SERVE, stdout=subprocess.PIPE, text=True, env=env) as process:
        yield json.loads(process.stdout.readline())
        process.terminate()


@pytest.fixture
def connect(monkeypatch):
    """Makes a live connection whose way to Twilio is a proxy on this machine, without waits between tries."""
    made = []
    monkeypatch.setattr(tenacity.nap, "time", SimpleNamespace(sleep=lambda _: None))

    def to(proxy_url, ca_file, sid=SID, token=TOKEN, key=None):
        for name in ("HTTPS_PROXY", "HTTP_PROXY"):
            monkeypatch.setenv(name, proxy_url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_file)
        monkeypatch.setenv("TWILIO_ACCOUNT_SID", sid)
        monkeypatch.setenv("TWILIO_AUTH_TOKEN", token)
        for name, value in zip(("TWILIO_API_KEY", "TWILIO_API_SECRET"), key or (), strict=False):
            monkeypatch.setenv(name, value)
        conn = connect_live()
        made.append(conn)
        return conn

    yield to
    for conn in made:
        conn.client.http_client.session.close()


@pytest.fixture
def live(connect, twilio):
    """A live connection to the sandbox that plays Twilio."""
    return connect(twilio["proxy_url"], twilio["ca_file"], twilio["account_sid"], twilio["auth_token"])


@pytest.fixture(scope="package")
def certificates(tmp_path_factory):
    """How to speak TLS as Twilio, and the file by which a client trusts it."""
    return tls_context(tmp_path_factory.mktemp("ca"))


class Handler(BaseHTTPRequestHandler):
    """Opens tunnels to Twilio's names and answers in them as a test asks; no request may come another way."""

    protocol_version = "HTTP/1.1"

    def do_CONNECT(self):
        """Open a tunnel that ends here."""
        if not self.path.endswith(".twilio.com:443"):
            self.server.elsewhere.append(f"CONNECT {self.path}")
            self.close_connection = True
            return
        self.send_response(200)
        self.end_headers()
        try:
            self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        except (OSError, ssl.SSLError):
            self.close_connection = True
            return
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.close_connection = False

    def do_GET(self):
        """Keep the request and answer as the test asks."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        server = self.server
        if not isinstance(self.connection, ssl.SSLSocket):
            server.elsewhere.append(f"{self.command} {self.path}")
        server.asked.append(self.command)
        server.requests.append((self.command, self.headers["Host"], self.path, body.decode(), dict(self.headers)))
        status = server.plan.pop(0) if len(server.plan) > 1 else server.plan[0]
        if status:
            payload = json.dumps(server.body if status < 400 else {"code": 20429, "message": "No", "status": status})
            self.send_response(status)
            for name, value in server.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload.encode())
        self.close_connection = True

    do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = do_OPTIONS = do_GET  # noqa: N815 - http.server's names

    def finish(self):
        """Close what the tunnel was wrapped in, too."""
        super().finish()
        self.connection.close()

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def faulty(certificates):
    """A proxy that answers as Twilio with one status after the other; 0 breaks the connection, the last one stays.

    It counts in `asked`, keeps whole `requests`, and names in `elsewhere` what was to go to another host.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.context, (ca_file, _) = certificates
    server.plan, server.asked, server.requests, server.elsewhere = [200], [], [], []
    server.body, server.headers = {"sid": SID, "friendly_name": "It"}, {}
    server.way = f"http://127.0.0.1:{server.server_port}", str(ca_file)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
