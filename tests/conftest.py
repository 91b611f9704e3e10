"""What every test has: no credentials, a data folder of its own, and no way out but loopback."""

import importlib.util
import ipaddress
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

NEEDS = {
    "browser": "apt-get install chromium",
    "node": "apt-get install nodejs npm, then npm ci --prefix tests/node",
    "clients": "apt-get install curl wget openjdk-17-jdk-headless",
    "spark": "apt-get install openjdk-17-jre-headless, then make test-more EXTRAS=test,spark",
    "warehouse": "make test-more EXTRAS=test,warehouse",
}
"""The markers of tests that need something installed, and how to get it."""

REQUIRED = set(os.environ.get("MSVC_REQUIRE", "").split(",")) - {""}
"""Those of them that must be here: a test that needs one fails where it would be skipped."""

PROGRAMS = {"browser": ("chromium", "chromium-browser", "google-chrome"), "node": ("node",), "spark": ("java",)}
EVERY_ONE = {"clients": ("curl", "wget", "java", "javac", "keytool")}
PACKAGES = {"spark": "pyspark", "warehouse": "ibis"}


def pytest_configure() -> None:
    """Refuse a misspelt MSVC_REQUIRE, which would require nothing."""
    if unknown := REQUIRED - NEEDS.keys():
        raise pytest.UsageError(f"MSVC_REQUIRE names {', '.join(sorted(unknown))}; it can name {', '.join(NEEDS)}.")


@pytest.hookimpl(trylast=True)  # after pytest has grouped them by their fixtures
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow tests, the notebooks first, so that no worker is left with one at the end."""
    items.sort(key=lambda item: ("slow" not in item.keywords, item.path.name != "test_notebooks.py"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose marker names what is missing here, or fail it if that is required."""
    for name, how in NEEDS.items():
        if item.get_closest_marker(name) and not _is_here(name):
            sentence = f"no {name} here; get it with: {how}"
            pytest.fail(f"{sentence} (MSVC_REQUIRE names it)") if name in REQUIRED else pytest.skip(sentence)


def _program(name: str) -> Path | None:
    """The program that a marker needs, the first that is on PATH."""
    return next((Path(path) for program in PROGRAMS[name] if (path := shutil.which(program))), None)


def _is_here(name: str) -> bool:
    sdk = Path(__file__).parent / "node" / "node_modules" / "twilio"
    return (
        (name not in PROGRAMS or _program(name) is not None)
        and all(shutil.which(program) for program in EVERY_ONE.get(name, ()))
        and (name not in PACKAGES or importlib.util.find_spec(PACKAGES[name]) is not None)
        and (name != "node" or sdk.is_dir())
    )


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


@pytest.fixture(autouse=True)
def _at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests run as a person at a terminal does: a live account is armed there without naming it."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)


@pytest.fixture
def conn() -> Iterator[Any]:
    """A connection to a fresh sandbox in memory whose time stands still until `conn.sandbox.advance()`."""
    from msvc_toolkit.entry import connect  # noqa: PLC0415 - tests of the ground need no SDK

    connection = connect("sandbox", store=":memory:", clock="manual", seed=7)
    yield connection
    connection.sandbox.api.store.close()


@pytest.fixture
def every_row_counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Check each file that the test imports: its rows are the messages kept and the rows left out, by reason."""
    from msvc_toolkit.logs.importer import importer  # noqa: PLC0415 - other tests need no Arrow

    reports: list[Any] = []
    read = importer._Import.read  # noqa: SLF001 - every import goes through it

    def noted(self: Any, paths: Any) -> Any:
        found = read(self, paths)
        reports.extend(found)
        return found

    monkeypatch.setattr(importer._Import, "read", noted)  # noqa: SLF001
    yield
    for report in reports:
        assert report.rows == report.kept + sum(reason.rows for reason in report.left_out), report
        assert report.kept or report.refused, report


@pytest.fixture
def require() -> Callable[[str], Path]:
    """Return the path of the program that a marker needs ("browser" or "node"); the test carries that marker."""

    def look(name: str) -> Path:
        found = _program(name)
        assert found is not None
        return found

    return look


@dataclass(frozen=True)
class Running:
    """A server that `msvc lab` or `msvc web` runs: its process, the address it announced, and the file of its stderr."""

    process: subprocess.Popen[str]
    address: str
    words: Path

    @property
    def url(self) -> str:
        """Where its API begins."""
        return self.address.partition("?")[0].partition("lab/")[0]

    @property
    def token(self) -> str:
        """What it lets in."""
        return self.address.partition("token=")[2]


def _starter(name: str, tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, command: Sequence[str] = ("-m", "msvc_toolkit"), **variables: str) -> Running:
        places = {f"JUPYTER_{name}_DIR": str(tmp_path / name.lower()) for name in ("RUNTIME", "CONFIG", "DATA")}
        words = tmp_path / f"{name}.log"
        with words.open("w") as stderr:
            process = subprocess.Popen(
                [sys.executable, *command, name, "--no-browser", "--port", "0", *arguments],
                cwd=tmp_path,
                env={**os.environ, **places, **variables},
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        started.append(process)
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://"), words.read_text()
        return Running(process, address, words)

    yield start
    for process in started:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()


@pytest.fixture
def start_lab(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start `msvc lab` with these arguments; it ends with the test, by force where it does not by itself."""
    yield from _starter("lab", tmp_path)


@pytest.fixture
def start_web(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start `msvc web`, as `start_lab` does."""
    yield from _starter("web", tmp_path)
