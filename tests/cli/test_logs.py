"""The commands `msvc logs pull` and `msvc logs import`: the certificate on stdout, words on stderr, and how they end."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import msvc_toolkit as msvc
from msvc_toolkit import entry
from msvc_toolkit.cli.main import main

pytestmark = pytest.mark.usefixtures("every_row_counted")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run `msvc` in this process; returns exit code, stdout and stderr."""

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["msvc", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return (end.value.code, *capsys.readouterr())

    return command


@pytest.fixture
def store(home: Path) -> None:
    """The user's own sandbox holds ninety days of traffic."""
    home.mkdir()
    conn = msvc.connect(scenario="busy", messages=500, clock="manual")
    assert Path(conn.sandbox.store_path) == entry.default_store()
    conn.sandbox.api.store.close()


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_a_pull_prints_its_certificate(run, tmp_path):
    """The sandbox is read unless another account is asked for; a second time there is nothing new."""
    code, out, err = run("logs", "pull", str(tmp_path / "log"), "--since", "2025-10-01")

    assert (code, err) == (0, "")
    assert out.startswith("500 messages, 2025-10-01 00:00 to ")
    assert run("logs", "pull", str(tmp_path / "log"), "--since", "2025-10-01")[:2] == (0, out)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--since", "2999-01-01"], "is in the future"),
        (["--since", "soon"], "soon"),
        (["--profile", "work"], "profile"),
        (["--live"], "TWILIO_ACCOUNT_SID"),
        (["--bodies", "--nothing"], "--nothing"),
    ],
)
def test_wrong_use_ends_in_2(run, tmp_path, monkeypatch, arguments, message):
    """The sentence is on stderr, and there is nothing on stdout."""
    monkeypatch.setenv("HOME", str(tmp_path))

    code, out, err = run("logs", "pull", str(tmp_path / "log"), *arguments)

    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.slow
@pytest.mark.usefixtures("store")
def test_a_log_with_gaps_ends_in_3(run, tmp_path):
    """After an import into a log whose day is lost, the gap is named, and a pull fills it."""
    folder = tmp_path / "log"
    run("logs", "pull", str(folder), "--since", "2025-10-01")
    next(folder.glob("day=2025-11-05/*")).write_bytes(b"")
    one = {"sid": "SM" + "0" * 32, "date_created": "2025-11-06T12:00:00Z", "status": "delivered"}
    (tmp_path / "day.json").write_text(json.dumps(one))

    code, out, err = run("logs", "import", str(folder), str(tmp_path / "day.json"))

    assert code == 3
    assert "1 gap" in out
    assert "Gap: 2025-11-05 00:00 to 2025-11-06 00:00 UTC. Pull again to fill it." in err
    code, out, _ = run("logs", "pull", str(folder), "--since", "2025-10-01")
    assert code == 0
    assert out.startswith("501 messages")


@pytest.mark.usefixtures("store")
def test_a_check_finds_what_opening_does_not(run, tmp_path):
    """A flipped bit in a file of the right size: the day is named, the exit code is 3, and a pull brings it back."""
    folder = tmp_path / "log"
    whole = run("logs", "pull", str(folder), "--since", "2025-10-01")[1]
    assert run("logs", "check", str(folder)) == (0, whole, "")
    [path] = (folder / "day=2025-11-05").iterdir()
    content = bytearray(path.read_bytes())
    content[50] ^= 1
    path.write_bytes(content)

    code, out, err = run("logs", "check", str(folder))

    assert code == 3
    assert "2025-11-05 is left out" in out
    assert "its checksum differs" in out
    assert "Gap: 2025-11-05 00:00 to 2025-11-06 00:00 UTC" in err
    assert run("logs", "pull", str(folder), "--since", "2025-10-01")[1] == whole


@pytest.fixture
def interruptible():
    """Programs started here obey Ctrl-C, even where these tests run in the background and ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.slow
@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_keeps_what_was_read(run, home, tmp_path):
    """It ends as shells expect, says how to go on, and the next pull fills the rest."""
    home.mkdir()
    msvc.connect(scenario="busy", messages=20_000, clock="manual").sandbox.api.store.close()
    folder = tmp_path / "log"
    words = [sys.executable, "-m", "msvc_toolkit", "logs", "pull", str(folder), "--since", "2025-10-01"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while not (folder / "pull.jsonl").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    assert (process.returncode, out) == (130, "")
    assert "repeat the command" in err
    assert run(*words[3:])[1].startswith("20,000 messages")


FILES = Path(__file__).parents[1] / "data" / "imports"


def test_an_import_of_nothing_is_no_success(run, tmp_path):
    """It ends in 2 with the first value that cannot be read and what makes it readable; said, the file is read."""
    path = str(FILES / "O17_dates_us.csv")
    code, out, err = run("logs", "import", str(tmp_path / "log"), path)

    assert (code, out) == (2, "")
    assert "'3/5/2024 14:03:11'" in err
    assert "--dates" in err
    code, out, _ = run(
        "logs", "import", str(tmp_path / "log"), path, "--dates", "month first", "--zone", "America/New_York"
    )
    assert code == 0
    assert out.startswith("5 messages, 2024-03-05 00:00 to 2024-03-07 00:00 UTC")


def test_a_dry_run_says_what_a_file_would_give(run, tmp_path):
    """Its shape, columns, window and what would be left out, on stdout; nothing is written, and nothing taken ends in 2."""
    folder = tmp_path / "log"
    code, out, _ = run("logs", "import", str(folder), str(FILES / "O07_summary_row.csv"), "--dry-run")

    assert code == 0
    for sentence in (
        "O07_summary_row.csv: CSV separated by commas, 6 rows, 5 kept",
        "from 2024-03-05 14:03 to 2024-03-06 02:00 UTC",
        "SentDate as date_sent",
        "not needed: ApiVersion",
        "left out: 1 without a SID (first: 'Total')",
        "5 of 6 rows would be kept.",
    ):
        assert sentence in out
    code, out, _ = run("logs", "import", str(folder), str(FILES / "O14_header_only.csv"), "--dry-run")
    assert code == 2
    assert "it has no rows" in out
    code, out, _ = run(
        "logs", "import", str(folder), str(FILES / "A16_spoke_recover.csv"), "--dry-run", "--column", "service_id=sid"
    )
    assert code == 0
    assert "service_id as sid" in out
    assert not folder.exists()
    assert run("logs", "import", str(folder), str(FILES), "--column", "sid")[0] == 2
