"""Where webhooks may go: one reading of the URL, one look at the name service, and an end to every call."""

import socket
import ssl
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest
import requests.utils
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from twilio.request_validator import RequestValidator

import msvc_toolkit as msvc
from msvc_toolkit.sandbox.server.certificates import key_usage
from msvc_toolkit.sandbox.webhooks.client import NotAWebAddress, is_this_machine, read_address

HANDSET, NUMBER = "+14155550123", "+14155550100"


@pytest.fixture
def program():
    """A program on loopback that counts its calls; `/drip` answers a letter at a time and has no end, `/away` redirects."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            form = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            server.calls.append((self.path, self.headers["Host"]))
            server.signed.append((dict(parse_qsl(form, keep_blank_values=True)), self.headers["X-Twilio-Signature"]))
            server.called.set()
            if self.path.startswith("/drip"):
                try:
                    while not server.over.wait(0.02):
                        self.wfile.write(b"H" if self.path == "/drip" else b"HTTP/1.1 200 OK\r\nX: y\r\n")
                except OSError:
                    pass
                return
            self.send_response(307 if self.path == "/away" else 200)
            self.send_header("Location", server.away)
            self.send_header("Content-Type", "text/xml")
            self.end_headers()
            self.wfile.write(b"<Response/>")

        do_GET = do_POST  # noqa: N815 - http.server's names

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.calls, server.signed, server.away = [], [], "/"
    server.over, server.called = threading.Event(), threading.Event()
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


def certificate(name, issuer=None, **names):
    """A key and a certificate: an authority's own, or one for hosts that `issuer` signs."""
    key, subject = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]),
    )
    signer, by = (issuer[0], issuer[1].subject) if issuer else (key, subject)
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(by, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer:  # an authority's key has to be named since Python 3.13
        held_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        hosts = x509.SubjectAlternativeName([x509.DNSName(host) for host in names["hosts"]])
        made = made.add_extension(held_by, critical=False).add_extension(hosts, critical=False)
    else:
        made = made.add_extension(key_usage(signs_certificates=True), critical=True)
    return key, made.sign(signer, SHA256())


@pytest.fixture
def secure(program, tmp_path, monkeypatch):
    """Make the program speak TLS, with a certificate for these hosts; the sandbox trusts its authority unless told not to."""

    def begin(*hosts, trusted=True):
        authority = certificate("Authority of this test")
        key, leaf = certificate(hosts[0], authority, hosts=hosts)
        chain, ca_file = tmp_path / "leaf.pem", tmp_path / "ca.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        chain.write_bytes(private + leaf.public_bytes(Encoding.PEM))
        ca_file.write_bytes(authority[1].public_bytes(Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        program.socket = context.wrap_socket(program.socket, server_side=True)
        if trusted:
            monkeypatch.setattr(requests.utils, "DEFAULT_CA_BUNDLE_PATH", str(ca_file))
        return program

    return begin


@pytest.fixture
def conn():
    """A sandbox in memory whose clock is moved by hand."""
    made = msvc.connect("sandbox", store=":memory:", clock="manual")
    yield made
    made.sandbox.api.webhooks.stop()


def receive(conn, url):
    """Let a text arrive at a service with this webhook, and return what became of it but for the calls that were made."""
    services, before = conn.client.messaging.v1.services, len(conn.sandbox.journal())
    if not services.list():
        number = conn.client.incoming_phone_numbers.list(phone_number=NUMBER)[0].sid
        services(services.create("Orders").sid).phone_numbers.create(number)
    with conn.sandbox.api.store.writing():  # as in a store of before, whose settings nobody checked
        conn.sandbox.api.store.execute("UPDATE service SET inbound_request_url = ?", url)
    conn.sandbox.receive(HANDSET, NUMBER, "Hello")
    conn.sandbox.advance(30)
    entries = sorted(conn.sandbox.journal(), key=lambda entry: entry["at"])[before:]
    return [(entry["kind"], entry["code"]) for entry in entries if entry["kind"] in ("skipped", "debugger")]


def test_an_address_that_two_readers_read_differently_is_not_called(conn, program):
    r"""`http://elsewhere:PORT\@127.0.0.1/` and its kin name two hosts: 11210, and nobody is called."""
    port = program.server_port
    for url in (f"http://elsewhere.example:{port}\\@127.0.0.1/x", f"http://127.0.0.1:{port}\\@elsewhere.example/x"):
        assert set(receive(conn, url)) == {("debugger", 11210)}
    assert program.calls == []


def test_a_redirect_is_read_in_the_same_way(conn, program):
    """What an answer names is checked as a setting is: two hosts in one, or another host, are not called."""
    for away in (
        f"http://elsewhere.example:{program.server_port}\\@127.0.0.1/x",
        "//elsewhere.example/x",
        "ftp://127.0.0.1/",
    ):
        program.away = away
        assert len(receive(conn, f"{program.url}/away")) == 1
    assert {path for path, _ in program.calls} == {"/away"}


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("http://127.0.0.1/x", True),
        ("http://localhost:80/x", True),
        ("http://[::1]:8080/x", True),
        ("http://LOCALHOST/x", True),
        ("https://127.8.9.1/x", True),
        ("http://me:pw@127.0.0.1/x", True),
        ("http://127.0.0.1@elsewhere.example/x", False),
        ("http://127.0.0.1.elsewhere.example/", False),
        ("http://0x7f.1/", False),
        ("http://2130706433/", False),
        ("http://localhost.elsewhere.example/", False),
        ("http://169.254.169.254/", False),
        ("http://0.0.0.0/", False),
        ("http://elsewhere.example/@127.0.0.1", False),
        ("http://elsewhere.example?@127.0.0.1/", False),
        ("http://elsewhere.example#@127.0.0.1/", False),
    ],
)
def test_this_machine_is_known_by_its_address(url, ours):
    """Loopback addresses and `localhost` are this machine, and nothing that only contains them."""
    assert is_this_machine(read_address(url)) is ours


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "http://",
        "ftp://127.0.0.1/",
        "http://a b/",
        "http://127.0.0.1/\tx",
        "http://[::1/",
        "http:/127.0.0.1",
        "file:///x",
    ],
)
def test_what_is_no_web_address_is_refused(url):
    """Nothing is guessed from it."""
    with pytest.raises(NotAWebAddress):
        read_address(url)


def test_the_address_that_was_checked_is_the_one_called(conn, program, monkeypatch):
    """The name is looked up once; that it means another machine a moment later changes nothing. `Host` keeps the name."""
    asked = []

    def lookup(host, port, *_, **__):
        asked.append(host)
        ip = "127.0.0.1" if len(asked) == 1 or host == "127.0.0.1" else "192.0.2.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))]

    conn.sandbox.allow_webhooks("Rebound.example")
    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    receive(conn, f"http://rebound.example:{program.server_port}/in")

    assert program.calls == [("/in", f"rebound.example:{program.server_port}")]
    assert asked.count("rebound.example") == 1


def test_localhost_that_leads_away_is_not_called(conn, program, monkeypatch):
    """Where the name service gives `localhost` to another machine, the call ends as one without an answer."""
    away = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", program.server_port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: away)

    assert receive(conn, f"http://localhost:{program.server_port}/in") == [("debugger", 11205)]


def test_a_webhook_over_https_is_called_and_signed(conn, secure):
    """An authority that is trusted and the right host: the call arrives, valid for the SDK's own validator."""
    program = secure("localhost")
    url = f"https://localhost:{program.server_port}/in?from=test"

    assert receive(conn, url) == []
    assert [path for path, _ in program.calls] == ["/in?from=test"]
    [(form, signature)] = program.signed
    assert form["Body"] == "Hello"
    assert RequestValidator(conn.sandbox.credentials()[1]).validate(url, form, signature)


@pytest.mark.parametrize(("hosts", "trusted"), [(["localhost"], False), (["elsewhere.example"], True)])
def test_a_certificate_that_does_not_hold_ends_the_call(conn, secure, hosts, trusted):
    """An unknown authority, or another host's certificate: nothing is sent, and the error is recorded."""
    program = secure(*hosts, trusted=trusted)

    assert receive(conn, f"https://localhost:{program.server_port}/in#rc=0") == [("debugger", 11205)]
    assert program.calls == []


def test_the_certificate_is_checked_for_the_name_and_the_call_goes_to_the_checked_address(conn, secure, monkeypatch):
    """The name is looked up once, its address is called, and the certificate has to be the name's."""
    program, asked = secure("rebound.example"), []

    def lookup(host, port, *_, **__):
        asked.append(host)
        ip = "127.0.0.1" if host == "127.0.0.1" or asked.count("rebound.example") == 1 else "192.0.2.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))]

    conn.sandbox.allow_webhooks("rebound.example")
    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    receive(conn, f"https://rebound.example:{program.server_port}/in")

    assert program.calls == [("/in", f"rebound.example:{program.server_port}")]
    assert asked.count("rebound.example") == 1


@pytest.mark.parametrize("path", ["/drip", "/drip-headers"])
def test_an_answer_that_drips_has_an_end(conn, program, path):
    """The read timeout is for the whole answer, not for each letter of it."""
    begun = time.monotonic()

    assert receive(conn, f"{program.url}{path}#rt=300&rc=0") == [("debugger", 11205)]
    assert time.monotonic() - begun < 10
    assert [path for path, _ in program.calls] == [path]


def test_a_webhook_that_drips_holds_up_no_other(program):
    """While one URL's answer has no end, the calls to another arrive; each URL is called one after another."""
    conn = msvc.connect("sandbox", store=":memory:", clock="real")
    with closing(conn.sandbox.api.store):
        for path in ("/drip", "/drip", "/quick", "/quick"):
            conn.client.messages.create(
                to=HANDSET, from_=NUMBER, body="Hi", status_callback=f"{program.url}{path}#rt=15000&rc=0"
            )
        conn.sandbox.advance(60)
        conn.sandbox.api.webhooks.wake()
        end = time.monotonic() + 10
        while sum(path == "/quick" for path, _ in program.calls) < 4 and time.monotonic() < end:
            time.sleep(0.02)
        heard = [path for path, _ in program.calls]
        program.over.set()
        conn.sandbox.api.webhooks.stop()

    assert heard.count("/quick") >= 4
    assert heard.count("/drip") == 1
