"""`msvc sandbox serve --proxy`: clients that nobody changed, led here by their environment alone."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from contextlib import closing
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from msvc_toolkit.sandbox.control.controller import open_sandbox

NODE = Path(__file__).parent.parent / "node"
SERVE = (sys.executable, "-m", "msvc_toolkit", "sandbox", "serve")
PYTHON = """
import json
from twilio.rest import Client

client = Client()
services = client.messaging.v1.services
made = [services.create(f"Orders {n}").sid for n in range(5)]
numbers = [number.sid for number in client.incoming_phone_numbers.list(page_size=3)]
services(made[0]).phone_numbers.create(numbers[0])
message = client.messages.create(to="+14155550123", body="Hi", messaging_service_sid=made[0])
client.request("POST", "https://api.twilio.com/_sandbox/clock", data={"Advance": "10"})
listed = services.list(page_size=2)
print(json.dumps({
    "all": sorted(made) == sorted(service.sid for service in listed),
    "url": listed[0].url,
    "numbers": len(numbers),
    "status": message.fetch().status,
}))
"""


@pytest.fixture
def fresh(proxied):
    """The proxied sandbox, as new."""
    handle = open_sandbox(proxied["store"])
    handle.reset("starter")
    yield proxied
    handle.api.store.close()


def environment(ready, **proxy):
    """This process's environment with the sandbox's credentials, and none of a proxy but what is given."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    credentials = {"TWILIO_ACCOUNT_SID": ready["account_sid"], "TWILIO_AUTH_TOKEN": ready["auth_token"]}
    return {**kept, **credentials, **proxy}


def run(words, env):
    """What the program printed as JSON; it must have ended well."""
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def through(ready, host, method, path, body=None):
    """Sends a request through the tunnel and returns status and JSON body."""
    proxy = urlsplit(ready["proxy_url"])
    trust = ssl.create_default_context(cafile=ready["ca_file"])
    with closing(HTTPSConnection(proxy.hostname, proxy.port, timeout=10, context=trust)) as line:
        line.set_tunnel(host, 443)
        line.request(method, path, body and urlencode(body))
        answer = line.getresponse()
        return answer.status, json.load(answer)


def test_the_python_sdk_by_environment_alone(fresh):
    """HTTPS_PROXY and REQUESTS_CA_BUNDLE lead twilio-python here; v1 pages follow absolute URLs of Twilio's."""
    env = environment(fresh, HTTPS_PROXY=fresh["proxy_url"], REQUESTS_CA_BUNDLE=fresh["ca_file"])

    found = run([sys.executable, "-c", PYTHON], env)

    assert found.pop("url").startswith("https://messaging.twilio.com/v1/Services/MG")
    assert found == {"all": True, "numbers": 8, "status": "delivered"}


def test_an_edge_named_in_the_environment_is_no_obstacle(fresh):
    """TWILIO_EDGE changes every host name; the certificate covers those of region US1, and URLs keep them."""
    proxy = {"HTTPS_PROXY": fresh["proxy_url"], "REQUESTS_CA_BUNDLE": fresh["ca_file"]}

    found = run([sys.executable, "-c", PYTHON], environment(fresh, **proxy, TWILIO_EDGE="dublin"))

    assert found["url"].startswith("https://messaging.dublin.us1.twilio.com/v1/Services/MG")
    assert found["status"] == "delivered"


@pytest.mark.node
def test_the_node_sdk_by_environment_alone(fresh, require):
    """HTTP_PROXY and NODE_EXTRA_CA_CERTS lead the npm package `twilio` through the whole path, no base URL changed."""
    words = [str(require("node")), str(NODE / "path.mjs"), "", fresh["account_sid"], fresh["auth_token"]]

    found = run(words, environment(fresh, HTTP_PROXY=fresh["proxy_url"], NODE_EXTRA_CA_CERTS=fresh["ca_file"]))

    assert found["status"] == "delivered"


@pytest.mark.node
def test_twilio_cli_by_environment_alone(fresh, tmp_path):
    """`twilio` creates a service and lists it; it has an empty home, so that no profile of a user's is read."""
    if (cli := shutil.which("twilio")) is None:
        pytest.skip("no twilio-cli here; get it (175 MB) with: npm install --global twilio-cli")
    proxy = {"HTTP_PROXY": fresh["proxy_url"], "NODE_EXTRA_CA_CERTS": fresh["ca_file"]}
    env = environment(fresh, HOME=str(tmp_path), **proxy)

    (made,) = run([cli, "api:messaging:v1:services:create", "--friendly-name", "Orders", "-o", "json"], env)
    listed = run([cli, "api:messaging:v1:services:list", "-o", "json"], env)

    assert [service["sid"] for service in listed] == [made["sid"]]


def test_curl_by_its_options_alone(fresh):
    """--proxy and --cacert are enough; the next page's URL is on Twilio's host."""
    if (curl := shutil.which("curl")) is None:
        pytest.skip("no curl here")
    login = ["--user", f"{fresh['account_sid']}:{fresh['auth_token']}"]
    words = [curl, "--silent", "--proxy", fresh["proxy_url"], "--cacert", fresh["ca_file"], *login]
    services = "https://messaging.twilio.com/v1/Services"

    for name in ("Orders", "News"):
        assert run([*words, "--data", f"FriendlyName={name}", services], environment(fresh))["friendly_name"] == name
    first = run([*words, f"{services}?PageSize=1"], environment(fresh))
    second = run([*words, first["meta"]["next_page_url"]], environment(fresh))

    assert first["meta"]["next_page_url"].startswith(f"{services}?")
    assert {page["services"][0]["friendly_name"] for page in (first, second)} == {"Orders", "News"}


def test_every_product_has_its_host(fresh):
    """Each asks for credentials under its own name, and the certificate covers it."""
    for product, path in (("trusthub", "/v1/CustomerProfiles"), ("bulkexports", "/v1/Exports/Messages")):
        status, answer = through(fresh, f"{product}.twilio.com", "GET", path)
        assert (status, answer["code"]) == (401, 20003)


def test_both_faces_share_one_port(fresh):
    """The plain face is where it was, also for a client that writes whole URLs as to a proxy, and leads nowhere."""
    with closing(HTTPConnection(urlsplit(fresh["url"]).netloc, timeout=10)) as line:
        statuses = []
        for path in ("/_sandbox/", f"{fresh['url']}/_sandbox/", "http://example.com/_sandbox/"):
            line.request("GET", path)
            answer = line.getresponse()
            statuses.append(answer.status)
            answer.read()

    assert fresh["proxy_url"] == fresh["url"]
    assert statuses == [200, 200, 403]


def test_only_emulated_products_answer(fresh):
    """Another product's host is named in the refusal, though its paths are the same; the control addresses answer."""
    status, body = through(fresh, "notify.twilio.com", "GET", "/v1/Services")

    assert (status, body["code"]) == (404, 20404)
    assert "notify.twilio.com" in body["message"]
    assert through(fresh, "api.twilio.com", "POST", "/_sandbox/clock", {"Advance": 1})[0] == 200


@pytest.mark.parametrize(
    "target",
    [
        "example.com:443",
        "twilio.com:443",
        "twilio.com.evil.org:443",
        "api.twilio.com.evil.org:443",
        "nottwilio.com:443",
        "api.nottwilio.com:443",
        "api.twilio.com:80",
        "api.twilio.com:8443",
        "api.twilio.com",
        "api.twilio.com.:443",
        ".twilio.com:443",
        "*.twilio.com:443",
        "api_x.twilio.com:443",
        "user@api.twilio.com:443",
        "https://api.twilio.com:443/",
        "api.dublin.ie1.twilio.com:443",
        "127.0.0.1:443",
        "[::1]:443",
        "169.254.169.254:80",
    ],
)
def test_nothing_but_twilio_is_tunnelled(proxied, target):
    """A CONNECT to anything but Twilio's US1 names on 443 gets 403 and a closed connection; stderr names the target."""
    before = Path(proxied["words"]).stat().st_size
    with socket.create_connection(("127.0.0.1", urlsplit(proxied["url"]).port), 10) as line:
        line.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        answer = line.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert repr(target) in Path(proxied["words"]).read_text()[before:]


def test_it_says_how_each_client_gets_here(tmp_path):
    """Stderr has the lines for Python, Node with twilio-cli, and curl; a folder with a space is quoted."""
    home = tmp_path / "my home"
    env = {**os.environ, "MSVC_HOME": str(home)}
    with subprocess.Popen(
        [*SERVE, "--proxy"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    ) as server:
        url = server.stdout.readline().strip()
        server.terminate()
        _, said = server.communicate(timeout=20)

    ca, bundle = (f"'{home / name}'" for name in ("sandbox-ca.pem", "sandbox-ca-bundle.pem"))
    assert f"HTTPS_PROXY={url} REQUESTS_CA_BUNDLE={bundle}" in said
    assert f"HTTP_PROXY={url} NODE_EXTRA_CA_CERTS={ca}" in said
    assert f"HTTPS_PROXY={url} CURL_CA_BUNDLE={bundle}" in said
    assert "NO_PROXY=localhost,127.0.0.1" in said


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_with_a_tunnel_open(home, number):
    """An idle tunnel and an idle connection do not keep the server from ending with code 0 and no word."""
    with subprocess.Popen(
        [*SERVE, "--proxy", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        ready = json.loads(server.stdout.readline())
        proxy = urlsplit(ready["proxy_url"])
        trust = ssl.create_default_context(cafile=ready["ca_file"])
        with (
            closing(HTTPSConnection(proxy.hostname, proxy.port, timeout=10, context=trust)) as line,
            socket.create_connection((proxy.hostname, proxy.port), 10),
        ):
            line.set_tunnel("api.twilio.com", 443)
            line.request("GET", "/_sandbox/")
            status = line.getresponse().status
            server.send_signal(number)
            _, said = server.communicate(timeout=20)

    assert (status, server.returncode, said) == (200, 0, "")
    assert Path(ready["ca_file"]).parent == home


def test_without_the_option_there_is_no_proxy(served, home):
    """A plain server answers a CONNECT with 400 and has made no certificate."""
    with socket.create_connection(("127.0.0.1", urlsplit(served["url"]).port), 10) as line:
        line.sendall(b"CONNECT api.twilio.com:443 HTTP/1.1\r\nHost: api.twilio.com:443\r\n\r\n")
        answer = line.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert not home.exists()
