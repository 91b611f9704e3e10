"""One scenario, four clients, two ways: twilio-python, the Node SDK, curl and twilio-cli get equal answers."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from msvc_toolkit.sandbox.control.controller import open_sandbox
from msvc_toolkit.widgets.snippets import Act, curl, twilio_cli

STEPS = tomllib.loads((Path(__file__).parent / "scenario.toml").read_text())["step"]
NODE = Path(__file__).parent.parent / "node"
POOL = ("phone_numbers", "short_codes", "alpha_senders", "destination_alpha_senders", "channel_senders")
KINDS = {("services",), ("incoming_phone_numbers",), ("short_codes",), ("messages",)} | {("services", k) for k in POOL}
HOSTS = ("https://api.twilio.com", "https://messaging.twilio.com")


def lead(monkeypatch, ready, *, proxy):
    """Make the environment that of a client's user; return the base URL, which is "" where a proxy leads the way."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    words = {"TWILIO_ACCOUNT_SID": ready["account_sid"], "TWILIO_AUTH_TOKEN": ready["auth_token"]}
    if proxy:
        words |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), ready["proxy_url"])
        words |= dict.fromkeys(("REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE"), ready["ca_file"])
    for name, value in words.items():
        monkeypatch.setenv(name, value)
    return "" if proxy else ready["url"]


@pytest.fixture(params=["base URLs", "proxy"])
def url(request, proxied, monkeypatch):
    """The base URL, and an environment that leads to the proxy when there is none."""
    return lead(monkeypatch, proxied, proxy=request.param == "proxy")


@pytest.fixture(scope="module")
def reference(proxied):
    """What twilio-python is answered over base URLs."""
    with pytest.MonkeyPatch.context() as patch, python_sdk(lead(patch, proxied, proxy=False)) as send:
        return play(proxied, send)


def play(ready, send):
    """Play the scenario in a sandbox as new; `send` does one act and returns what its client made of the answer."""
    handle = open_sandbox(ready["store"])
    handle.reset("starter")
    handle.api.store.close()
    known, answers = {}, []
    for step in STEPS:
        params = filled(step.get("params", {}), known)
        if "control" in step:
            found = control(ready["url"], step["control"], params)
        else:
            found = send(Act(tuple(filled(step["resource"], known)), step["verb"], params))
            answers.append(found := alike(found, ready["url"]))
        if "name" in step:
            known[step["name"]] = [row["sid"] for row in found] if isinstance(found, list) else found["sid"]
    return answers


def filled(value, known):
    """The value with the SIDs of earlier steps for their names."""
    if isinstance(value, dict):
        return {name: filled(item, known) for name, item in value.items()}
    if isinstance(value, list):
        return [filled(item, known) for item in value]
    return value.format(**known) if isinstance(value, str) else value


def control(url, address, params):
    """Tell the sandbox something, past every proxy."""
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=10)) as line:
        line.request("POST", f"/_sandbox/{address}", urlencode(params))
        answer = line.getresponse()
        read = json.load(answer)
    assert answer.status == 200, read
    return read


def alike(value, url):
    """The answer with Twilio's names, hosts and one way to write a moment, whatever the client makes of them."""
    if isinstance(value, dict):
        return {re.sub(r"(?<=.)([A-Z])", r"_\1", name).lower(): alike(item, url) for name, item in value.items()}
    if isinstance(value, list):
        return [alike(item, url) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if not isinstance(value, str):
        return value
    if re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \S+ \+0000", value):
        return parsedate_to_datetime(value).isoformat()
    if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", value):
        return datetime.fromisoformat(value).isoformat()
    return value.replace(url, HOSTS[1])


@contextmanager
def python_sdk(url):
    """twilio-python, credentials from its environment."""
    carrier = TwilioHttpClient()
    client = Client(http_client=carrier)
    if url:
        client.api.base_url = client.messaging.base_url = url

    def plain(instance):
        return {name.rstrip("_"): value for name, value in vars(instance).items() if not name.startswith("_")}

    def send(act):
        target = client.messaging.v1 if act.resource[0] == "services" else client
        for place, word in enumerate(act.resource):
            target = target(word) if place % 2 else getattr(target, word)
        try:
            done = getattr(target, act.verb)(**act.params)
        except TwilioRestException as refusal:  # its sentence comes after the SDK's own "Unable to create record"
            return {"status": refusal.status, "code": refusal.code, "message": refusal.msg.partition(": ")[2]}
        if act.verb == "list":
            return [plain(row) for row in done]
        return None if act.verb == "delete" else plain(done)

    with closing(carrier.session):
        yield send


@contextmanager
def node_sdk(node, url):
    """The Node SDK in a process of its own, one act per line."""
    words = [str(node), str(NODE / "acts.mjs"), url, os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"]]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def send(act):
            print(json.dumps(vars(act)), file=process.stdin, flush=True)
            return json.loads(process.stdout.readline())

        yield send
        process.stdin.close()


def shell(command, act):
    """What the command prints as JSON; the variables that its first line names are set."""
    env = {name.rstrip("_").upper(): value for name, value in act.params.items() if isinstance(value, str)}
    done = subprocess.run(
        ["/bin/sh", "-c", command], env={**os.environ, **env}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout or done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None


def answered(body):
    """A resource as it is, and of a refusal what every client reports."""
    refused = body and "message" in body
    return {name: body[name] for name in ("status", "code", "message")} if refused else body


def by_curl(url):
    """The snippet for curl; a page's address is followed as its reader would."""

    def send(act):
        body = shell(re.sub("|".join(HOSTS), lambda host: url or host.group(), curl(act)), act)
        if act.verb != "list":
            return answered(body)
        rows = []
        while True:
            rows += body[body.get("meta", {}).get("key", act.resource[-1])]
            following = body.get("meta", {}).get("next_page_url") or body.get("next_page_uri")
            if not following or "limit" in act.params:
                return rows
            page = urljoin(url or HOSTS[0], following)
            body = shell(f"curl '{page}' -u \"$TWILIO_ACCOUNT_SID:$TWILIO_AUTH_TOKEN\"", act)

    return send


def by_twilio_cli(act):
    """The snippet for twilio-cli, printing JSON."""
    found = shell(f"{twilio_cli(act).rstrip()} -o json", act)
    return found or [] if act.verb == "list" else answered(found and found[0])


def known_to_twilio_cli(answer):
    """The answer without a number's type: twilio-cli 6.2.4 brings an SDK (twilio 5.x) that does not know it."""
    if isinstance(answer, list):
        return [known_to_twilio_cli(row) for row in answer]
    return {name: value for name, value in answer.items() if name != "type"} if answer else answer


def as_foretold(step, found):
    """Whether the answer is what the step says it must be."""
    if "refused" in step:
        return found["code"] == step["refused"]
    if step["verb"] == "list":
        return len(found) == step["rows"]
    return found is None if step["verb"] == "delete" else step["gives"].items() <= found.items()


def test_the_scenario_tells_a_story(reference):
    """At least 30 calls with every verb on every kind of resource, each with the outcome the scenario foretells."""
    calls = [step for step in STEPS if "control" not in step]

    assert len(calls) >= 30
    assert {step["verb"] for step in calls} == {"create", "fetch", "update", "delete", "list"}
    assert {tuple(step["resource"][::2]) for step in calls} == KINDS
    assert [step for step, found in zip(calls, reference, strict=True) if not as_foretold(step, found)] == []


def test_the_python_sdk(url, proxied, reference):
    """twilio-python, over both ways, and again the same."""
    with python_sdk(url) as send:
        assert play(proxied, send) == reference


@pytest.mark.node
def test_the_node_sdk(url, proxied, reference, require):
    """The npm package `twilio`, over both ways."""
    with node_sdk(require("node"), url) as send:
        assert play(proxied, send) == reference


@pytest.mark.slow
def test_curl(url, proxied, reference):
    """curl, with the commands the forms show, over both ways."""
    if shutil.which("curl") is None:
        pytest.skip("no curl here")
    assert play(proxied, by_curl(url)) == reference


@pytest.mark.node
def test_twilio_cli(proxied, reference, monkeypatch, tmp_path):
    """twilio-cli, with the commands the forms show, over the proxy alone: it has no option for a base URL."""
    cli = os.environ.get("MSVC_TWILIO_CLI") or shutil.which("twilio")
    if cli is None:
        pytest.skip("no twilio-cli here (175 MB); npm install twilio-cli, and MSVC_TWILIO_CLI=node_modules/.bin/twilio")
    lead(monkeypatch, proxied, proxy=True)
    monkeypatch.setenv("HOME", str(tmp_path))  # no profile of a user's is read
    monkeypatch.setenv("PATH", str(Path(cli).parent), prepend=os.pathsep)
    assert play(proxied, by_twilio_cli) == [known_to_twilio_cli(answer) for answer in reference]
