"""The command `msvc a2p review`: what goes to stdout, and how it ends, so that a pipeline can stop on it."""

import json
import sys

import pytest

import msvc_toolkit as msvc
from msvc_toolkit.cli.main import main

IN_POOL, LOOSE = "+14155550100", "+12125550100"


@pytest.fixture
def run(monkeypatch, capsys):
    """Run `msvc a2p review` in this process; returns exit code, stdout and stderr."""

    def review(*arguments):
        monkeypatch.setattr(sys, "argv", ["msvc", "a2p", "review", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return (end.value.code, *capsys.readouterr())

    return review


@pytest.fixture
def store(tmp_path):
    """A kept sandbox with one service in order."""
    path = tmp_path / "sandbox.db"
    conn = msvc.connect("sandbox", store=path, scenario="empty", clock="manual", seed=7)
    conn.sandbox.own(IN_POOL)
    sid = msvc.create_service(conn, msvc.ServiceDraft(friendly_name="Orders", usecase="notifications")).sid
    msvc.add_senders(conn, sid, [IN_POOL])
    conn.sandbox.register_campaign(sid)
    conn.sandbox.api.store.close()
    return str(path)


@pytest.fixture
def warned(store):
    """The same with a number in no service: nothing blocks, and something may."""
    conn = msvc.connect("sandbox", store=store)
    conn.sandbox.own(LOOSE)
    conn.sandbox.api.store.close()
    return store


def test_ready(run, store):
    """An account in order ends with 0 and says so in words."""
    code, out, _ = run("--store", store)

    assert code == 0
    assert "ready" in out.splitlines()[0]
    assert "Orders" in out


@pytest.mark.parametrize(("bar", "code"), [("blocker", 0), ("warning", 1)])
def test_the_bar(run, warned, bar, code):
    """A warning fails the bar only where that is asked for."""
    assert run("--store", warned, "--fail-on", bar)[0] == code


def test_a_blocker_fails(run):
    """The default sandbox has US numbers and no brand: 1, and the next step on stdout, every number masked."""
    code, out, err = run("--store", ":memory:")

    assert code == 1
    assert "Register a brand" in out
    assert IN_POOL not in out + err


def test_json_goes_to_a_program(run, warned):
    """Stdout is one JSON object, masked unless asked otherwise; words go to stderr."""
    code, out, err = run("--store", warned, "--format", "json")
    whole = run("--store", warned, "--format", "json", "--full-numbers")[1]

    assert (code, json.loads(out)["verdict"]) == (0, "at risk")
    assert "at risk" in err
    assert LOOSE not in out
    assert LOOSE in whole


def test_html_is_a_page(run, store):
    """Stdout is a page to redirect into a file."""
    code, out, _ = run("--store", store, "--format", "html")

    assert code == 0
    assert out.startswith("<!doctype html>")


def test_the_number_status_report(run, store, tmp_path):
    """The Console's report is read, and what it says counts."""
    path = tmp_path / "numbers.csv"
    path.write_text(f"Phone Number,Status\n{IN_POOL},UNREGISTERED\n")
    code, out, _ = run("--store", store, "--numbers-csv", str(path))

    assert code == 1
    assert "S3" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--format", "xml"], "--format"),
        (["--fail-on", "everything"], "--fail-on"),
        (["--live", "--store", ":memory:"], "belongs to the sandbox"),
        (["--store", ":memory:", "--numbers-csv", "/nowhere.csv"], "cannot be read"),
    ],
)
def test_wrong_use(run, arguments, says):
    """Wrong use ends with 2 and a sentence on stderr."""
    code, out, err = run(*arguments)

    assert (code, out) == (2, "")
    assert says in err


def test_live_without_credentials(run, monkeypatch, tmp_path):
    """Without credentials for a live account nothing is reviewed."""
    monkeypatch.setenv("HOME", str(tmp_path))
    code, out, err = run("--live")

    assert (code, out) == (2, "")
    assert "TWILIO_ACCOUNT_SID" in err


def test_nothing_could_be_read(run, store, monkeypatch):
    """Where what decides is refused, the review neither passes nor fails its bar: 3."""
    real = msvc.connect("sandbox", store=store)
    real.sandbox.fault(403, route="GET /v1/a2p/BrandRegistrations")
    monkeypatch.setattr("msvc_toolkit.entry.connect", lambda *_, **__: real)
    code, out, _ = run()
    real.sandbox.api.store.close()

    assert code == 3
    assert "not examined" in out
