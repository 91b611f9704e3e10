"""`msvc sandbox run`: a command runs on a sandbox of its own, and ends as it would by itself."""

import os
import signal
import subprocess
import sys

import pytest

RUN = [sys.executable, "-m", "msvc_toolkit", "sandbox", "run"]
SEND = """
import os, sys
import requests
from twilio.rest import Client
sent = Client().messages.create(to="+14155550123", from_="+14155550100", body="Hi")
url = f"{os.environ['MSVC_SANDBOX_URL']}/2010-04-01/Accounts/{sent.account_sid}/Messages/{sent.sid}.json"
same = requests.get(url, auth=(sent.account_sid, os.environ["TWILIO_AUTH_TOKEN"]), timeout=10).json()
print(same["sid"], same["body"], *sys.argv[1:])
raise SystemExit(7)
"""


@pytest.mark.slow
def test_a_program_runs_unchanged():
    """The SDK in another process needs nothing but the environment; a seed repeats the SIDs, and the exit code is its own."""
    command = [*RUN, "--seed", "3", "--", sys.executable, "-c", SEND, "--seed", "x y"]
    ends = [subprocess.run(command, capture_output=True, text=True, check=False, timeout=60) for _ in range(2)]

    assert [end.returncode for end in ends] == [7, 7], ends
    assert ends[0].stdout == ends[1].stdout
    assert ends[0].stdout.split(maxsplit=1)[1] == "Hi --seed x y\n"
    assert [end.stderr for end in ends] == ["", ""]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("script", "code"),
    [("trap 'exit 5' TERM; echo up; sleep 9 >/dev/null 2>&1 & wait", 5), ("echo up; exec sleep 20", 143)],
)
def test_signals_are_passed_on(script, code):
    """SIGTERM reaches the command, and what becomes of it is the exit code; a command that sent nothing is noticed."""
    with subprocess.Popen(
        [*RUN, "sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGTERM)
        words = process.stderr.read()
        assert process.wait(20) == code

    assert "no request reached the sandbox" in words
