"""Programs that nobody here wrote send, list and fetch: curl with HTTP/2, wget, Java, an old axios, containers."""

import asyncio
import json
import os
import socket
import ssl
import subprocess
import sys
from base64 import b64encode
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
import requests
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from msvc_toolkit.sandbox.server.certificates import tls_context

HERE = Path(__file__).parent
SERVE = (sys.executable, "-m", "msvc_toolkit", "sandbox", "serve", "--json", "--clock", "manual")
FORM = {"To": "+14155550123", "From": "+14155550100", "Body": "Hello"}


@contextmanager
def serving(*options, home):
    """Serve with these options; yields what is announced."""
    env = {**os.environ, "MSVC_HOME": str(home)}
    with subprocess.Popen(
        [*SERVE, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    ) as server:
        try:
            yield json.loads(server.stdout.readline())
        finally:
            server.terminate()
            server.communicate(timeout=20)


def environment(ready, **more):
    """An environment with the sandbox's credentials, and no proxy but a named one."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return kept | {"TWILIO_ACCOUNT_SID": ready["account_sid"], "TWILIO_AUTH_TOKEN": ready["auth_token"]} | more


def messages(ready, base=None):
    """The address of the account's messages, without its ending."""
    return f"{base or ready['url']}/2010-04-01/Accounts/{ready['account_sid']}/Messages"


def run(*command, env):
    """Run a program that has to end well, and return what it prints."""
    done = subprocess.run(list(map(str, command)), env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def send_list_fetch(ask, url):
    """Send, list and fetch with a client that is a function of a URL and perhaps a form; returns the message fetched."""
    sent = json.loads(ask(f"{url}.json", FORM))
    listed = json.loads(ask(f"{url}.json?PageSize=5"))
    assert sent["sid"] in [message["sid"] for message in listed["messages"]]
    return json.loads(ask(f"{url}/{sent['sid']}.json"))


@pytest.mark.clients
@pytest.mark.parametrize("option", ["--http2", "--anyauth", "--http1.0"])
def test_curl(served, option):
    """Curl gets its answer with an offer of HTTP/2, with a log-in after a 401, and with HTTP/1.0."""
    env = environment(served)
    login = f"{served['account_sid']}:{served['auth_token']}"

    def ask(url, form=None):
        fields = [part for name, value in (form or {}).items() for part in ("--data-urlencode", f"{name}={value}")]
        return run("curl", "--silent", "--show-error", option, "--user", login, url, *fields, env=env)

    assert send_list_fetch(ask, messages(served))["body"] == "Hello"


@pytest.mark.clients
def test_wget(served):
    """Wget logs in only after a 401 that asks for it, and posts its form then."""
    env = environment(served)
    login = [f"--user={served['account_sid']}", f"--password={served['auth_token']}"]

    def ask(url, form=None):
        fields = "&".join(f"{name}={requests.utils.quote(value)}" for name, value in (form or {}).items())
        return run("wget", "-qO-", *login, *([f"--post-data={fields}"] if form else []), url, env=env)

    assert send_list_fetch(ask, messages(served))["body"] == "Hello"


@pytest.mark.clients
@pytest.mark.parametrize("way", ["base URL", "proxy"])
def test_java(proxied, tmp_path, way):
    """Java's HttpClient, which offers h2c and logs in after a 401, over a base URL and through the proxy."""
    env, source = environment(proxied), HERE.parent / "java" / "Path.java"
    if way == "base URL":
        said = run("java", source, proxied["url"], env=env)
    else:
        store = tmp_path / "trust.p12"
        named = ("-importcert", "-noprompt", "-alias", "msvc", "-file", proxied["ca_file"], "-keystore", store)
        run("keytool", *named, "-storepass", "changeit", env=env)
        trust = (f"-Djavax.net.ssl.trustStore={store}", "-Djavax.net.ssl.trustStorePassword=changeit")
        said = run("java", *trust, source, "https://api.twilio.com", proxied["proxy_url"], env=env)

    assert said.split()[1:] == ["true", "true"]


@pytest.mark.node
def test_an_old_axios(proxied, require):
    """An axios that sends the proxy an absolute https URL instead of a CONNECT."""
    proxy = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "https_proxy"), proxied["proxy_url"])
    said = run(require("node"), HERE.parent / "node" / "axios.mjs", env=environment(proxied, **proxy))

    assert said.split()[1:] == ["true", "true"]


@pytest.mark.filterwarnings(
    "ignore:(BasicAuth|The 'auth' parameter) is deprecated:DeprecationWarning"
)  # the SDK's use of aiohttp
def test_the_async_client_by_base_url(served):
    """twilio-python's async client, which reads no proxy variable."""

    async def path():
        async with AsyncTwilioHttpClient() as carrier:
            client = Client(served["account_sid"], served["auth_token"], http_client=carrier)
            client.api.base_url = client.messaging.base_url = served["url"]
            sent = await client.messages.create_async(to=FORM["To"], from_=FORM["From"], body="Hello")
            listed = await client.messages.list_async(limit=5)
            return sent.sid, [message.sid for message in listed], (await client.messages(sent.sid).fetch_async()).body

    sid, listed, body = asyncio.run(path())

    assert sid in listed
    assert body == "Hello"


def test_the_bundle_keeps_the_rest_of_the_world(proxied):
    """The printed bundle trusts the sandbox and every authority that was trusted before."""

    def count(file):
        return Path(file).read_text().count("BEGIN CERTIFICATE")

    proxies = {"https": proxied["proxy_url"]}
    login = (proxied["account_sid"], proxied["auth_token"])

    def ask(url, form=None):
        method, trust = "POST" if form else "GET", proxied["ca_bundle"]
        return requests.request(method, url, data=form, auth=login, proxies=proxies, verify=trust, timeout=10).text

    assert send_list_fetch(ask, messages(proxied, "https://api.twilio.com"))["body"] == "Hello"
    assert count(proxied["ca_bundle"]) == count(os.environ.get("REQUESTS_CA_BUNDLE") or requests.certs.where()) + 1


def test_a_call_to_another_local_service_says_how_to_exempt_it(proxied):
    """With HTTP_PROXY alone, another local service is not answered by Twilio's 401 but by what to set."""

    class Other(BaseHTTPRequestHandler):
        def do_GET(self):
            """Answer."""
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    other = ThreadingHTTPServer(("127.0.0.1", 0), Other)
    Thread(target=other.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{other.server_port}/"
    try:
        with requests.Session() as session:
            session.trust_env = False
            led = session.get(url, proxies={"http": proxied["proxy_url"]}, timeout=10)
            exempt = session.get(url, timeout=10)
    finally:
        other.shutdown()
        other.server_close()

    assert led.status_code == 403
    assert "NO_PROXY=localhost,127.0.0.1" in led.json()["message"]
    assert exempt.status_code == 204


def test_a_multipart_form(served):
    """A form of text fields is read as any form; a file in it is refused by name."""
    login = (served["account_sid"], served["auth_token"])
    url = f"{messages(served)}.json"
    sent = requests.post(url, files={name: (None, value) for name, value in FORM.items()}, auth=login, timeout=10)
    refused = requests.post(url, data=FORM, files={"Media": ("cat.jpg", b"\xff\xd8")}, auth=login, timeout=10)

    assert (sent.status_code, sent.json()["body"]) == (201, "Hello")
    assert refused.status_code == 415
    assert "is a file" in refused.json()["message"]


@pytest.mark.parametrize("ending", ["", ".csv", ".xml"])
def test_other_formats_are_refused_by_name(served, ending):
    """The 2010 API's XML and CSV are not built, and the answer says what to ask for."""
    login = (served["account_sid"], served["auth_token"])
    answer = requests.get(f"{messages(served)}{ending}", auth=login, timeout=10)

    assert answer.status_code == 404
    assert answer.json()["message"].endswith("Messages.json")
    assert "JSON only" in answer.json()["message"]


def test_a_refused_log_in_says_how_to_log_in(served):
    """A 401 names Basic and the realm; other refusals do not."""
    refused = requests.get(f"{messages(served)}.json", timeout=10)
    missing = requests.get(f"{served['url']}/nowhere", auth=(served["account_sid"], served["auth_token"]), timeout=10)

    assert refused.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'
    assert "WWW-Authenticate" not in missing.headers


@pytest.mark.slow
def test_a_container_reaches_it_by_an_allowed_name(home):
    """On every address, the sandbox answers the names that were allowed and bare addresses, and no other name."""
    with serving("--host", "0.0.0.0", "--name", "host.docker.internal", home=home) as ready:  # noqa: S104 - what is tried
        port = urlsplit(ready["url"]).port
        login, statuses = (ready["account_sid"], ready["auth_token"]), {}
        for name in ("host.docker.internal", "127.0.0.1", "127.0.0.2", "localhost", "evil.example"):
            url = messages(ready, f"http://127.0.0.1:{port}")
            host = {"Host": f"{name}:{port}"}
            statuses[name] = requests.get(f"{url}.json", headers=host, auth=login, timeout=10).status_code

    assert ready["url"] == f"http://host.docker.internal:{port}"
    assert statuses == {
        "host.docker.internal": 200,
        "127.0.0.1": 200,
        "127.0.0.2": 200,
        "localhost": 200,
        "evil.example": 403,
    }


@pytest.mark.slow
def test_tls_without_a_proxy(home):
    """With --tls, a client whose name resolution leads here is answered as the Twilio host it names."""
    with serving("--tls", home=home) as ready:
        port, trust = urlsplit(ready["url"]).port, ssl.create_default_context(cafile=ready["ca_file"])
        basic = b64encode(f"{ready['account_sid']}:{ready['auth_token']}".encode()).decode()
        answers = {}
        for name, path in (
            ("api.twilio.com", f"/2010-04-01/Accounts/{ready['account_sid']}/Messages.json"),
            ("messaging.twilio.com", "/v1/Services"),
            ("voice.twilio.com", "/v1/Settings"),
        ):
            head = (
                f"GET {path} HTTP/1.1\r\nHost: {name}:{port}\r\nAuthorization: Basic {basic}\r\nConnection: close\r\n"
            )
            with (
                socket.create_connection(("127.0.0.1", port), 10) as line,
                trust.wrap_socket(line, server_hostname=name) as tls,
            ):
                tls.sendall(f"{head}\r\n".encode())
                answers[name] = b"".join(iter(lambda tls=tls: tls.recv(65536), b""))

    assert answers["api.twilio.com"].startswith(b"HTTP/1.1 200 ")
    assert f'"url": "https://messaging.twilio.com:{port}/v1/Services'.encode() in answers["messaging.twilio.com"]
    assert b"does not emulate voice.twilio.com" in answers["voice.twilio.com"]


def test_a_bundle_is_never_built_on_itself(tmp_path, monkeypatch):
    """A shell that has the printed lines already starts the next server with the same bundle."""
    _, first = tls_context(tmp_path)
    content = first.bundle.read_bytes()
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(first.bundle))
    _, second = tls_context(tmp_path)

    assert second == first
    assert (
        second.bundle.read_bytes().count(first.ca_file.read_bytes()) == content.count(first.ca_file.read_bytes()) == 1
    )
