"""`make lab` and `msvc lab`: JupyterLab is served from a fresh clone, and ends with its kernels when it is asked to."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import requests
import websocket
from jupyter_client.session import Session

ROOT = Path(__file__).parents[2]

BUSY = """
import time
while True:
    time.sleep(0.01)
"""
DEAF = """
import signal, time
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
while True:
    time.sleep(60)
"""


def start_kernel(lab, code: str) -> psutil.Process:
    """Start a kernel that runs this code, and return its process."""
    ask = {"Authorization": f"token {lab.token}"}
    kernel = requests.post(f"{lab.url}api/kernels", headers=ask, json={"name": "python3"}, timeout=60).json()["id"]
    channels = f"{lab.url.replace('http', 'ws', 1)}api/kernels/{kernel}/channels?token={lab.token}"
    content = {"code": f"import os\nprint(os.getpid(), flush=True)\n{code}", "silent": False}
    request = Session().msg("execute_request", content) | {"channel": "shell"}
    line = websocket.create_connection(channels, timeout=60)
    line.send(json.dumps(request, default=str))
    while (message := json.loads(line.recv()))["msg_type"] != "stream":
        pass
    line.close()
    return psutil.Process(int(message["content"]["text"]))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_with_its_kernels(start_lab, number: signal.Signals):
    """Ctrl-C and SIGTERM end JupyterLab without a question, and its kernels, be they busy or deaf to signals."""
    lab = start_lab()
    kernels = [start_kernel(lab, code) for code in (BUSY, DEAF)]
    requests.get(f"{lab.address}", timeout=60)  # a page is read by worker threads, which have to end as well

    lab.process.send_signal(number)

    assert lab.process.wait(30) == 0
    assert psutil.wait_procs(kernels, timeout=10)[1] == []


@pytest.mark.clone
def test_make_lab_in_a_fresh_clone(tmp_path: Path):
    """`make lab` sets a fresh clone up in a new home, with Python, make, git and coreutils alone, and serves it."""
    clone, bare = tmp_path / "clone", tmp_path / "bin"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True, timeout=60)
    bare.mkdir()
    for program in ("make", "git", "touch"):
        (bare / program).symlink_to(str(shutil.which(program)))
    (bare / "python3").symlink_to(os.path.realpath(sys.executable))
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "UV_", "SSL_"))}
    env = {**kept, "PATH": str(bare), "HOME": str(tmp_path)}
    with subprocess.Popen(
        ["make", "lab"],
        cwd=clone,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as make:
        try:
            assert make.stdout is not None
            address = next(line.strip() for line in make.stdout if line.startswith("http://127.0.0.1:"))
            page = requests.get(address, timeout=60)
        finally:
            os.killpg(make.pid, signal.SIGTERM)
            make.wait(30)

    assert page.ok
    assert "jupyter-config-data" in page.text
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=60)
