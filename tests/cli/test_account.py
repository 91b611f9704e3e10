"""`msvc export`, `plan`, `apply` and `undo`: exit codes, what is printed, and consent by name."""

import sys

import pytest

import msvc_toolkit as msvc
from msvc_toolkit.cli.main import main


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Runs a command on one stored sandbox; returns exit code, stdout and stderr."""

    def command(*words):
        monkeypatch.setattr(sys, "argv", ["msvc", *map(str, words), "--store", str(tmp_path / "sandbox.db")])
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
    assert run("apply", file)[0] == 0
    code, out, _ = run("apply", "--plan", kept)
    assert (code, out.count("nothing to do")) == (0, 2)
    assert run("plan", file)[0] == 0
    code, out, err = run("undo")
    assert code == 0
    assert out.startswith("done          +1 415 ••• 0100 leaves Orders again.")
    assert "msvc undo --journal" in err
    assert run("export", "-")[1] == start
    conn = msvc.connect("sandbox", store=tmp_path / "sandbox.db")
    msvc.create_service(conn, friendly_name="Other")
    conn.sandbox.api.store.close()
    assert run("apply", "--plan", kept) == (
        2,
        "",
        "msvc: account: Other was created since. Nothing was sent. Plan again.\n",
    )


def test_wrong_files_and_words(run, tmp_path):
    """Each fault of a file is a line with its place; no file or two are refused; nothing can be resumed at first."""
    file = tmp_path / "account.yaml"
    file.write_text("services:\n- friendly_nme: A\n  usecase: fun\n", "utf-8")
    code, _, err = run("plan", file)
    assert code == 2
    assert f"{file}: line 2, column 3: A service has no 'friendly_nme'. Did you mean friendly_name?\n" in err
    assert f"{file}: line 3, column 12: Use case is one of" in err
    assert run("apply")[0] == run("apply", file, "--resume")[0] == run("apply", "--resume")[0] == run("undo")[0] == 2
    assert "cannot be read" in run("apply", tmp_path / "missing.yaml")[2]
