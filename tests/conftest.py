"""What every test stands on: no credentials, a data folder of its own, and no way out but loopback."""

import ipaddress
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

REQUIRED = set(os.environ.get("MSVC_REQUIRE", "").split(",")) - {""}
"""What must be there: a test that needs it then fails where it would be skipped."""


@pytest.fixture(autouse=True, scope="session")
def _only_loopback() -> Iterator[None]:
    """Let a socket connect to this machine alone, so that no test can reach Twilio."""

    def guarded(connect: Callable[[socket.socket, Any], Any]) -> Callable[[socket.socket, Any], Any]:
        def stay(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
                raise AssertionError(f"A test tried to leave this machine for {address[0]}.")
            return connect(self, address)

        return stay

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
        yield


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The toolkit's data folder, empty and this test's own; Twilio's variables are gone from the environment."""
    for name in [name for name in os.environ if name.startswith("TWILIO_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "msvc-home"
    monkeypatch.setenv("MSVC_HOME", str(folder))
    return folder


@pytest.fixture
def conn() -> Iterator[Any]:
    """A connection to a fresh sandbox in memory whose time stands still until `conn.sandbox.advance()`."""
    from msvc_toolkit.entry import connect  # noqa: PLC0415 - tests of the ground need no SDK

    connection = connect("sandbox", store=":memory:", clock="manual", seed=7)
    yield connection
    connection.sandbox.api.store.close()


@pytest.fixture
def require() -> Callable[[str], Path]:
    """Return the path of what a test needs ("browser" or "node"), or skip; fail if MSVC_REQUIRE names it."""
    here = Path(__file__).parent

    def look(name: str) -> Path:
        programs = {"browser": ("chromium", "chromium-browser", "google-chrome"), "node": ("node",)}
        found = next((Path(path) for program in programs[name] if (path := shutil.which(program))), None)
        if name == "node" and not (here / "node" / "node_modules" / "twilio").is_dir():
            found = None
        if found is not None:
            return found
        how = {"browser": "apt-get install chromium", "node": "npm ci --prefix tests/node"}[name]
        sentence = f"no {name} here; get it with: {how}"
        if name in REQUIRED:
            pytest.fail(f"MSVC_REQUIRE names it, and there is {sentence}")
        pytest.skip(sentence)

    return look
