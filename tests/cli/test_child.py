"""`msvc sandbox run`: a command runs on a sandbox of its own, and ends as it would by itself."""

import os
import signal
import subprocess
import sys

import pytest
from twilio.rest import Client

from msvc_toolkit.testing import TwilioSandbox

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
    """The SDK in another process needs nothing but the environment; the seed gives the SIDs, and the exit code is its own."""
    command = [*RUN, "--seed", "3", "--", sys.executable, "-c", SEND, "--seed", "x y"]
    end = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    with TwilioSandbox(seed=3):
        sid = Client().messages.create(to="+14155550123", from_="+14155550100", body="Hi").sid

    assert (end.returncode, end.stdout, end.stderr) == (7, f"{sid} Hi --seed x y\n", "")


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(("before", "code"), [("signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))", 5), ("", 143)])
def test_signals_are_passed_on(before, code):
    """SIGTERM reaches the command, and what becomes of it is the exit code; a command that sent nothing is noticed."""
    script = f"import signal, sys, time\n{before}\nprint('up', flush=True)\ntime.sleep(60)"
    command = [*RUN, sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "up\n"
        process.send_signal(signal.SIGTERM)
        _, words = process.communicate(timeout=200)

    assert process.returncode == code
    assert "no request reached the sandbox" in words
