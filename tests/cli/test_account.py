"""`msvc export`, `plan`, `apply` and `undo`: exit codes, what is printed, and consent by name."""

import io
import sys

import pytest

import msvc_toolkit as msvc
from msvc_toolkit.cli.main import main


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Runs a command on one stored sandbox; returns exit code, stdout and stderr."""

    def command(*words, store=tmp_path / "sandbox.db"):
        if not isinstance(sys.stdin, Terminal):
            monkeypatch.setattr(sys, "stdin", io.StringIO())
        monkeypatch.setattr(sys, "argv", ["msvc", *map(str, words), *(["--store", str(store)] if store else [])])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return ended.value.code or 0, out, err

    return command


def test_export_plan_apply_undo(run, tmp_path):
    """A file that was exported plans nothing; a changed one is applied and taken back, and a stale plan is refused."""
    file, kept = tmp_path / "account.yaml", tmp_path / "plan.json"
    assert run("export", file)[0] == 0
    start = file.read_text("utf-8")
    assert run("plan", file)[:2] == (0, "Nothing to change.\n")
    file.write_text("services:\n- friendly_name: Orders\n  senders: [+14155550100]\n", "utf-8")

    code, out, _ = run("plan", file, "--save", kept)
    assert code == 1
    assert "Orders is created, with 1 sender." in out
    assert "5550100" not in out
    assert run("apply", file, "--yes")[0] == 0
    code, out, _ = run("apply", "--plan", kept, "--yes")
    assert (code, out.count("nothing to do")) == (0, 2)
    assert run("plan", file)[0] == 0
    code, out, err = run("undo", "--yes")
    assert code == 0
    assert out.startswith("done          +1 415 ••• 0100 leaves Orders again.")
    assert err.startswith("Account: the sandbox ")
    assert "+1 415 ••• 0100 leaves Orders again." in err  # what is taken back is shown first
    assert run("export", "-")[1] == start
    conn = msvc.connect("sandbox", store=tmp_path / "sandbox.db")
    msvc.create_service(conn, friendly_name="Other")
    conn.sandbox.api.store.close()
    code, out, err = run("apply", "--plan", kept, "--yes")
    assert (code, out) == (2, "")
    assert err.endswith("msvc: account: Other was created after the plan was made. Nothing was sent. Plan again.\n")


def test_changes_ask_first_and_undo_goes_back_one_run_only(run, tmp_path, monkeypatch):
    """Without --yes and a terminal nothing is changed; a second undo names the run before it instead of taking it back."""
    file = tmp_path / "account.yaml"
    names = []
    for name in ("Orders", "Support"):
        file.write_text(f"services:\n- friendly_name: {name}\n", "utf-8")
        if not names:
            code, out, err = run("apply", file)
            assert (code, out) == (2, "")
            assert err.startswith("Account: the sandbox ")
            assert "Orders is created" in err
            assert "Add --yes." in err
        code, out, err = run("apply", file, "--yes")
        assert (code, out.count("done ")) == (0, 1)
        names.append(err.rsplit("--journal ", 1)[1].strip())
    assert run("apply", "--resume")[0] == 0
    assert "Nothing is left to do" in run("apply", "--resume")[2]
    assert (run("undo")[0], run("undo", "--yes")[0]) == (2, 0)
    code, _, err = run("undo", "--yes")
    assert code == 2
    assert f"{names[1]}, was taken back already. To take back the one before it, name it: --journal {names[0]}" in err
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    assert run("undo", "--journal", names[0])[0] == 1
    assert 'friendly_name: "Orders"' in run("export")[1]
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert run("undo", "--journal", names[0])[0] == 0
    assert run("export")[1].endswith("services: []\n")


class Terminal(io.StringIO):
    """A terminal at which something was typed."""

    def isatty(self):
        """It is one."""
        return True


def test_a_wrong_account_is_refused(run, tmp_path, monkeypatch):
    """--arm without --live, a live account that is not named, another one, a plan of another account: nothing is changed."""
    sid, file, kept = "AC" + "1" * 32, tmp_path / "account.yaml", tmp_path / "plan.json"
    file.write_text("services:\n- friendly_name: Orders\n", "utf-8")
    for words in (["apply", file], ["undo"], ["apply", "--resume"]):
        code, out, err = run(*words, "--yes", "--arm", sid)
        assert (code, out) == (2, "")
        assert "--arm is for the live account, and this is a sandbox." in err
    assert run("plan", file, "--save", kept)[0] == 1
    other = tmp_path / "other.db"
    msvc.connect("sandbox", store=tmp_path / "sandbox.db").sandbox.snapshot(other)
    code, out, err = run("apply", "--plan", kept, "--yes", store=other)
    assert (code, out, err.count("msvc: ")) == (2, "", 1)
    assert "This plan is for the sandbox" in err
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", sid)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "0" * 32)
    monkeypatch.delenv("MSVC_ARM", raising=False)
    code, _, err = run("apply", file, "--live", "--yes", store=None)
    assert code == 2
    assert err.startswith(f"Account: the LIVE account {sid}\n")
    assert f"Add --arm {sid}" in err
    assert "--arm names AC000" in run("undo", "--live", "--arm", "AC" + "0" * 32, store=None)[2]


def test_wrong_files_and_words(run, tmp_path):
    """Each fault of a file is a line with its place; no file or two are refused; nothing can be resumed at first."""
    file = tmp_path / "account.yaml"
    file.write_text("services:\n- friendly_nme: A\n  usecase: fun\n", "utf-8")
    code, _, err = run("plan", file)
    assert code == 2
    assert f"{file}: line 2, column 3: A service has no 'friendly_nme'. Did you mean friendly_name?\n" in err
    assert f"{file}: line 3, column 12: Use case must be one of" in err
    assert run("apply")[0] == run("apply", file, "--resume")[0] == run("apply", "--resume")[0] == run("undo")[0] == 2
    assert "cannot be read" in run("apply", tmp_path / "missing.yaml")[2]
