"""docs/test-your-twilio-code.md: its examples pass, and what it says of the plugin and a small installation is so."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs/test-your-twilio-code.md").read_text("utf-8")
RUN = [sys.executable, "-m", "msvc_toolkit", "sandbox", "run", "--"]


def written(into: Path, *names: str) -> None:
    """Write the examples of the page that begin with their file's name."""
    for name in names:
        (example,) = re.findall(rf"^```\w+\n((?://|#) {re.escape(name)}\n.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
        (into / name).write_text(example, "utf-8")


def run(*command: str, folder: Path, **variables: str) -> str:
    """Run a command that has to end well in a folder, and return what it prints."""
    env = {**os.environ, **variables}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
def test_the_pytest_examples_pass(tmp_path):
    """The page's program and its tests, as a user runs them."""
    written(tmp_path, "orders.py", "test_orders.py", "test_replies.py")
    plugin = ("-p", "no:twilio_sandbox", "-p", "msvc_toolkit.testing.plugin")  # installed or not yet
    said = run(
        sys.executable,
        "-m",
        "pytest",
        "--strict-markers",
        "-W",
        "error",
        *plugin,
        folder=tmp_path,
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
    )

    assert re.search(r"\b8 passed in", said), said


@pytest.mark.node
def test_the_node_example_passes(tmp_path):
    """The page's test with the SDK of npm, run by `npm test`."""
    written(tmp_path, "send.test.js")
    (tmp_path / "package.json").write_text(json.dumps({"scripts": {"test": "node --test"}}))
    said = run(*RUN, "npm", "test", folder=tmp_path, NODE_PATH=str(ROOT / "tests/node/node_modules"))

    assert "# pass 1" in said
    assert "no request" not in said


@pytest.mark.clients
def test_the_curl_example_passes(tmp_path):
    """The page's script."""
    written(tmp_path, "send.sh")
    said = run(*RUN, "sh", "send.sh", folder=tmp_path)

    assert '"status": "queued"' in said
    assert "no request" not in said


@pytest.mark.slow
def test_the_container_answers_on_its_name():
    """What the Containerfile starts answers under its name, and is empty again after a reset."""
    (line,) = re.findall(r"^ENTRYPOINT (.*)", (ROOT / "Containerfile").read_text("utf-8"), re.MULTILINE)
    command = [sys.executable, "-m", "msvc_toolkit", *json.loads(line)[1:], "--json", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            ready = json.loads(server.stdout.readline())
            url, login = f"http://127.0.0.1:{urlsplit(ready['url']).port}", (ready["account_sid"], ready["auth_token"])
            host = {"Host": "twilio:8010"}
            path = f"{url}/2010-04-01/Accounts/{ready['account_sid']}/Messages.json"
            form = {"To": "+14155550123", "From": "+14155550100", "Body": "Hi"}
            sent = requests.post(path, data=form, headers=host, auth=login, timeout=10)
            reset = requests.post(f"{url}/_sandbox/reset", headers=host, timeout=10)
            listed = requests.get(path, headers=host, auth=login, timeout=10)
        finally:
            server.terminate()

    assert urlsplit(ready["url"]).hostname == "twilio"
    assert (sent.status_code, reset.status_code) == (201, 200)
    assert listed.json()["messages"] == []


def test_a_small_installation_has_what_it_needs():
    """The plugin imports nothing but pytest; the server and the fixture import only what the short list installs."""
    probe = """
import json, sys
from importlib.metadata import packages_distributions
import pytest
before = set(sys.modules)
import msvc_toolkit.testing.plugin
plugin = sorted({name.partition(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names)
from msvc_toolkit.cli import child, main
from msvc_toolkit.sandbox.server import certificates, proxy, server
from msvc_toolkit.testing import TwilioSandbox
import twilio.http.async_http_client
server.loop_factory()
TwilioSandbox()
known = packages_distributions()
print(json.dumps([plugin, sorted({of for name in sys.modules for of in known.get(name, [])})]))
"""
    env = {**os.environ, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True, env=env)
    plugin, imported = json.loads(done.stdout)
    listed = [
        line for line in (ROOT / "docs/sandbox-requirements.txt").read_text("utf-8").splitlines() if line[:1] != "#"
    ]
    wanted = {f"{need.name}{need.specifier}" for need in map(Requirement, requires("msvc-toolkit"))}
    installed, left = set(), [Requirement(line) for line in listed]
    while left:
        name = canonicalize_name(left.pop().name)
        if name not in installed:
            installed.add(name)
            left += [
                need
                for need in map(Requirement, requires(name) or ())
                if not need.marker or need.marker.evaluate({"extra": ""})
            ]
    ours_and_tests = {"msvc-toolkit", "pytest", "pluggy", "iniconfig", "setuptools"}

    assert set(plugin) <= {"msvc_toolkit", "lazy_loader"}
    assert {"twilio", "typer", "phonenumbers"} <= set(imported)
    assert {canonicalize_name(name) for name in imported} - ours_and_tests <= installed
    assert {f"{need.name}{need.specifier}" for need in map(Requirement, listed)} <= wanted
