"""The set-up of `make lab` and `make test` follows the machine's settings of pip, whichever of uv and pip installs."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "scripts" / "set_up.py"

CONFIGURATION = """
[global]
index-url = https://mirror.example/simple
extra-index-url =
    https://one.example/simple
    https://two.example/simple
find-links = /wheels
[install]
find-links = /wheels /more-wheels
"""


@pytest.fixture
def set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The script, on a machine where pip is configured as above and uv is not."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_", "SSL_"))]:
        monkeypatch.delenv(name)
    (tmp_path / "pip.conf").write_text(CONFIGURATION)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    spec = importlib.util.spec_from_file_location("set_up", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.PIP[0] = sys.executable
    return script


def test_uv_asks_where_pip_asks(set_up, monkeypatch: pytest.MonkeyPatch):
    """Indexes, links and certificates of pip's files and variables reach uv; a variable wins over a file, as in pip."""
    monkeypatch.setenv("PIP_INDEX_URL", "https://nearer.example/simple")
    monkeypatch.setenv("PIP_CERT", "/certificates.pem")

    env = set_up.uv_environment()

    assert env["UV_DEFAULT_INDEX"] == "https://nearer.example/simple"
    assert env["UV_INDEX"].split() == ["https://one.example/simple", "https://two.example/simple"]
    assert env["UV_FIND_LINKS"] == "/wheels,/more-wheels"
    assert env["SSL_CERT_FILE"] == "/certificates.pem"


def test_uv_s_own_variables_win(set_up, monkeypatch: pytest.MonkeyPatch):
    """Whoever has set uv up gets that, and not what pip is set to."""
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://mine.example/simple")

    assert set_up.uv_environment()["UV_DEFAULT_INDEX"] == "https://mine.example/simple"
