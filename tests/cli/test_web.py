"""`msvc web`: pages without code, for those who have the token, and an end within seconds."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import requests

from msvc_toolkit.cli.main import main

PAGES = ("guided-path", "messages", "message-log", "readiness")


def lay(path: Path, cell: str) -> None:
    """Write a notebook whose page runs this cell."""
    code = {"cell_type": "code", "id": "a", "metadata": {"tags": ["web"]}, "outputs": [], "execution_count": None}
    notebook = {"cells": [code | {"source": cell}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook))


@pytest.mark.slow
def test_only_with_the_token_and_under_a_known_name(start_web):
    """Without the token there is no page and no kernel; nor under a host name that was not given; nor another notebook."""
    web = start_web("--name", "pages.example")
    assert web.address.startswith("http://pages.example:")
    url = f"http://127.0.0.1:{web.url.rpartition(':')[2]}"
    known = {"token": web.token}

    for path in ("", "guided-path", "api/kernels/0", "nowhere"):
        refused = requests.get(url + path, timeout=30)
        assert refused.status_code == 403, path
        assert refused.history == []
    assert "msvc web printed" in requests.get(url, timeout=30).text
    assert requests.get(url, params={"token": "wrong"}, timeout=30).status_code == 403
    assert requests.post(f"{url}voila/api/shutdown/0", timeout=30).status_code == 403

    index = requests.get(url, params=known, timeout=30)
    assert index.status_code == 200
    assert all(f'href="/{page}"' in index.text for page in PAGES)
    assert "Your own account" in index.text
    assert requests.get(url, params=known, headers={"Host": "pages.example"}, timeout=30).status_code == 200
    assert requests.get(url, params=known, headers={"Host": "rebound.example"}, timeout=30).status_code == 403
    for path in ("voila/render/01-create-a-service.ipynb", "voila/files/x.png", "voila/tree", "api/contents"):
        missing = requests.get(url + path, params=known, timeout=30)
        assert missing.status_code == 404, path
        assert "There is no page at this address." in missing.text

    web.process.send_signal(signal.SIGINT)
    assert web.process.wait(30) == 0
    assert web.token not in web.words.read_text()


@pytest.mark.slow
def test_an_error_is_a_sentence_and_a_busy_page_ends(start_web, tmp_path: Path):
    """A page whose notebook fails says so in a sentence, without code; SIGTERM ends a page that is still at work."""
    own = tmp_path / "own"
    own.mkdir()
    lay(own / "00-start-here.ipynb", 'import msvc_toolkit as msvc\nmsvc.connect("moon")')
    lay(own / "05-message-logs.ipynb", "import time\nwhile True:\n    time.sleep(0.01)")
    web = start_web("--into", str(own), HOME=str(tmp_path))
    known = {"token": web.token, "theme": "light"}

    failed = requests.get(f"{web.url}guided-path", params=known, timeout=120).text
    assert "msvc-problem" in failed
    assert "moon" in failed
    assert "Traceback" not in failed
    assert "import msvc_toolkit" not in failed

    busy = requests.get(f"{web.url}message-log", params=known, stream=True, timeout=120)
    assert any("messages are read first" in line for line in busy.iter_lines(decode_unicode=True))
    kernels = psutil.Process(web.process.pid).children()
    assert kernels
    web.process.send_signal(signal.SIGTERM)
    assert web.process.wait(30) == 0
    assert psutil.wait_procs(kernels, timeout=10)[1] == []


@pytest.mark.slow
def test_a_port_in_use(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """A port that is taken is named, and how to take a free one."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        monkeypatch.setattr(sys, "argv", ["msvc", "web", "--no-browser", "--port", port])
        with pytest.raises(SystemExit) as end:
            main()

    said = capsys.readouterr()
    assert end.value.code == 2
    assert said.out == ""
    assert f"Port {port} on 127.0.0.1 cannot be used" in said.err
    assert "Leave --port out" in said.err


def test_without_voila():
    """Without the extra, one sentence says what to install."""
    blocked = "import sys; sys.modules['voila'] = None; from msvc_toolkit.cli.main import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", blocked, "web"], capture_output=True, text=True, timeout=60, check=False
    )

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "In a clone, run make web; elsewhere, python -m pip install voila." in ended.stderr
