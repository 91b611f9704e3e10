"""The command `msvc`: what it prints where, how it ends, and that it leaves a user's files alone."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from twilio.rest import Client

from msvc_toolkit.cli import doctor
from msvc_toolkit.cli.lab import lay_notebooks
from msvc_toolkit.cli.main import main
from msvc_toolkit.errors import ToolkitError

MSVC = [sys.executable, "-m", "msvc_toolkit"]
SID = "AC" + "0123456789abcdef" * 2
SECRET = "5ec2e7" * 5


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run `msvc` in this process; returns exit code, stdout and stderr."""

    def msvc(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["msvc", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return (end.value.code, *capsys.readouterr())

    return msvc


@pytest.fixture
def no_profile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home folder without a Twilio CLI profile."""
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    """A toolkit's notebooks: two of them."""
    folder = tmp_path / "packaged"
    folder.mkdir()
    (folder / "00-start-here.ipynb").write_text("first")
    (folder / "01-next.ipynb").write_text("second")
    return folder


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["fly"], "fly"),
        (["lab", "--port", "70000"], "--port"),
        (["lab", "--port", "none"], "--port"),
        (["doctor", "--fix"], "--fix"),
        (["sandbox", "serve", "--clock", "fast"], "--clock"),
        (["sandbox", "serve", "--seed", "seven"], "--seed"),
        (["sandbox", "serve", "--scenario", "carnival"], "carnival"),
        (["sandbox", "run"], "COMMAND"),
        (["sandbox", "run", "--", "no-such-command"], "no-such-command"),
        (["sandbox", "serve", "--store", "/dev/null/sandbox.db"], "/dev/null/sandbox.db"),
        (["lab", "--into", "/dev/null/notebooks"], "--into"),
    ],
)
def test_wrong_use(run, arguments: list[str], named: str):
    """Wrong use ends with 2 and a sentence on stderr that names the culprit; stdout stays empty."""
    code, out, err = run(*arguments)

    assert code == 2
    assert out == ""
    assert named in err
    assert "Traceback" not in err


def test_help_names_every_command(run):
    """`msvc --help` is an answer, on stdout, and names what there is."""
    code, out, _ = run("--help")

    assert code == 0
    assert all(command in out for command in ("lab", "sandbox", "doctor"))


def test_laying_notebooks_writes_what_is_missing(notebooks: Path, tmp_path: Path):
    """A first time lays all notebooks; a second time has nothing to do."""
    mine = tmp_path / "deep" / "mine"

    first, second = lay_notebooks(mine, notebooks), lay_notebooks(mine, notebooks)

    assert first.written == ("00-start-here.ipynb", "01-next.ipynb")
    assert (mine / "01-next.ipynb").read_text() == "second"
    assert (second.written, second.kept) == ((), ())


def test_laying_notebooks_keeps_what_the_user_changed(notebooks: Path, tmp_path: Path):
    """A changed notebook survives a newer toolkit, again and again, and is named; untouched ones are renewed."""
    mine = tmp_path / "mine"
    lay_notebooks(mine, notebooks)
    (mine / "01-next.ipynb").write_text("my work")
    for name in ("00-start-here.ipynb", "01-next.ipynb"):
        (notebooks / name).write_text(f"newer {name}")

    newer, again = lay_notebooks(mine, notebooks), lay_notebooks(mine, notebooks)

    assert newer.written == ("00-start-here.ipynb",)
    assert newer.kept == again.kept == ("01-next.ipynb",)
    assert (mine / "01-next.ipynb").read_text() == "my work"
    assert (mine / "00-start-here.ipynb").read_text() == "newer 00-start-here.ipynb"


def test_laying_notebooks_never_takes_a_strangers_file(notebooks: Path, tmp_path: Path):
    """A file that was there before the first time is the user's, whatever its name."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "00-start-here.ipynb").write_text("not ours")

    laid = lay_notebooks(mine, notebooks)

    assert laid.kept == ("00-start-here.ipynb",)
    assert (mine / "00-start-here.ipynb").read_text() == "not ours"


def test_laying_notebooks_where_no_folder_can_be(notebooks: Path, tmp_path: Path):
    """A path that cannot be a folder gives a sentence with the next step."""
    taken = tmp_path / "taken"
    taken.write_text("a file")

    with pytest.raises(ToolkitError, match="--into DIR"):
        lay_notebooks(taken, notebooks)


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_serve_announces_itself_and_ends_cleanly(stop: signal.Signals):
    """`sandbox serve --json` prints one line that is enough to connect an SDK, and ends with 0 when stopped."""
    command = [*MSVC, "sandbox", "serve", "--json", "--clock", "manual"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            ready = json.loads(server.stdout.readline())
            client = Client(ready["account_sid"], ready["auth_token"])
            client.api.base_url = ready["url"]
            account = client.api.v2010.accounts(ready["account_sid"]).fetch()
            client.http_client.session.close()
        finally:
            server.send_signal(stop)
            rest, words = server.communicate(timeout=20)

    assert account.sid == ready["account_sid"]
    assert (server.returncode, rest, words) == (0, "", "")


def test_serve_names_a_taken_port(run):
    """A port that is in use is wrong use, said in a sentence."""
    command = [*MSVC, "sandbox", "serve", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        try:
            port = json.loads(first.stdout.readline())["url"].rpartition(":")[2]
            code, out, err = run("sandbox", "serve", "--port", port)
        finally:
            first.terminate()
            first.communicate(timeout=20)

    assert (code, out) == (2, "")
    assert port in err


@pytest.mark.usefixtures("no_profile")
def test_doctor_is_content_without_an_account(run):
    """With nothing but the toolkit installed everything is ok: the sandbox needs no credentials."""
    code, out, err = run("doctor", "--json")

    findings = {finding["check"]: finding for finding in json.loads(out)["findings"]}
    assert {check for check, finding in findings.items() if finding["status"] != "ok"} == set()
    assert {"Python", "twilio", "sandbox", "sandbox store", "credentials"} <= set(findings)
    assert doctor.LIVE not in findings
    assert (code, err) == (0, "")


@pytest.mark.usefixtures("no_profile")
def test_doctor_changes_nothing(run, home: Path):
    """An examination makes no store and no folder."""
    run("doctor")

    assert not home.exists()


@pytest.mark.usefixtures("no_profile", "home")
def test_doctor_reads_the_store(run):
    """The store is described by its path, size and schema once there is one."""
    from msvc_toolkit.entry import connect, default_store  # noqa: PLC0415 - the other tests need neither

    connect()

    code, out, _ = run("doctor")

    assert code == 0
    assert f"{default_store()}, " in out
    assert " MB, schema " in out


@pytest.mark.usefixtures("no_profile")
def test_doctor_reports_a_broken_store(run, home: Path):
    """A store that is no database is a problem with a next step, and stays as it is."""
    home.mkdir()
    (home / "sandbox.db").write_text("no database at all")

    code, out, _ = run("doctor")

    assert code == 1
    assert "problem sandbox store" in out
    assert "Move" in out
    assert (home / "sandbox.db").read_text() == "no database at all"


@pytest.mark.usefixtures("no_profile")
def test_doctor_reports_a_strangers_store(run, home: Path):
    """Another program's database where the store should be is a problem, even though it opens."""
    home.mkdir()
    with closing(sqlite3.connect(home / "sandbox.db")) as other:
        other.execute("CREATE TABLE theirs (a)")

    code, out, _ = run("doctor")

    assert code == 1
    assert "problem sandbox store" in out
    assert "another program" in out


@pytest.mark.usefixtures("no_profile")
def test_doctor_names_credentials_and_shows_none(run, monkeypatch: pytest.MonkeyPatch):
    """Credentials are described by kind and source; the account is masked and the secret nowhere."""
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", SID)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", SECRET)

    code, out, err = run("doctor")

    assert code == 0
    assert "auth token for account AC01…cdef" in out
    assert SID not in out + err
    assert SECRET not in out + err


@pytest.mark.usefixtures("no_profile")
def test_doctor_warns_of_half_credentials(run, monkeypatch: pytest.MonkeyPatch):
    """One variable without its partner is a warning that names it, and no failure."""
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", SECRET)

    code, out, _ = run("doctor")

    assert code == 0
    assert "warning credentials: only TWILIO_AUTH_TOKEN" in out


@pytest.mark.usefixtures("no_profile")
@pytest.mark.parametrize(("account", "token"), [(SID, SECRET + "ł"), (SECRET, SID)])
def test_doctor_live_with_values_that_cannot_be_credentials(run, monkeypatch: pytest.MonkeyPatch, account, token):
    """A token with a foreign letter, or swapped variables, are a finding among the others, and neither is shown."""
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", account)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", token)

    code, out, err = run("doctor", "--live")

    assert code == 1
    assert "problem credentials: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN: the " in out
    assert doctor.LIVE not in out
    assert SECRET not in out + err


@pytest.mark.usefixtures("no_profile")
def test_doctor_live_without_credentials(run):
    """`--live` with nothing to show Twilio is a problem of this set-up, and Twilio is not asked."""
    code, out, _ = run("doctor", "--live", "--json")

    findings = {finding["check"]: finding["status"] for finding in json.loads(out)["findings"]}
    assert findings["credentials"] == "problem"
    assert doctor.LIVE not in findings
    assert code == 1


@pytest.mark.slow
def test_doctor_live_when_twilio_is_out_of_reach(no_profile: Path):
    """`--live` ends with 3 when Twilio gives no answer, and the sentence holds no secret."""
    closed = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://127.0.0.1:1")
    env = os.environ | closed | {"HOME": str(no_profile), "TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": SECRET}

    result = subprocess.run([*MSVC, "doctor", "--live"], env=env, capture_output=True, text=True, check=False)

    assert result.returncode == 3
    assert "problem live account: " in result.stdout
    assert SECRET not in result.stdout + result.stderr
    assert SID not in result.stdout + result.stderr


def test_half_a_notebook_is_never_left(notebooks: Path, tmp_path: Path):
    """Where a copy ends before its end, the next start copies it whole: it does not count as changed by the user."""
    resource = pytest.importorskip("resource")
    (notebooks / "00-start-here.ipynb").write_text("x" * 5000)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(ToolkitError, match="cannot be copied"):
            lay_notebooks(tmp_path / "mine", notebooks)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert "00-start-here.ipynb" in lay_notebooks(tmp_path / "mine", notebooks).written
