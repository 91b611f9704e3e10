"""The project's files agree with each other, and the wheel carries all that the package needs."""

import ast
import importlib.metadata
import json
import os
import re
import socket
import subprocess
import sys
import tomllib
import urllib.request
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
USE = [Requirement(line) for line in PROJECT["dependencies"]]
ENGINES = [
    Requirement(line) for name in ("spark", "warehouse", "web") for line in PROJECT["optional-dependencies"][name]
]
TEST = [Requirement(line) for line in PROJECT["optional-dependencies"]["test"]]
CONDA_NAMES = {"build": "python-build", "duckdb": "python-duckdb", "playwright": "playwright-python"}


def entries(path: str) -> list[str]:
    """The lines of a file without blank ones and comments."""
    lines = (line.split("#")[0].strip() for line in (ROOT / path).read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def test_conda_asks_for_the_same():
    """environment.yml names what pyproject.toml names, with the same lower bounds."""
    listed = [line.removeprefix("- ") for line in entries("environment.yml") if line.startswith("- ")]
    conda = {Requirement(line) for line in listed[listed.index("pip") + 1 :] if not line.startswith(("pip:", "--"))}
    wanted = {Requirement(f"{CONDA_NAMES.get(need.name, need.name)}{need.specifier}") for need in USE + TEST}

    assert conda == wanted
    assert f"python{PROJECT['requires-python']}" in listed


def test_constraints_pin_every_dependency():
    """Each dependency has one exact version, within its bounds, and no line names a host."""
    pinned = {canonicalize_name(need.name): need for need in map(Requirement, entries("constraints.txt"))}

    for need in USE + TEST + ENGINES:
        exact = str(pinned[canonicalize_name(need.name)].specifier)
        assert exact.startswith("==")
        assert need.specifier.contains(exact.removeprefix("=="))
    assert all(need.url is None for need in pinned.values())
    assert "://" not in (ROOT / "constraints.txt").read_text(encoding="utf-8")


def test_node_lock_names_no_host():
    """The lock of the Node SDK pins digests and no address to fetch from."""
    lock = json.loads((ROOT / "tests/node/package-lock.json").read_text(encoding="utf-8"))
    packages = [package for path, package in lock["packages"].items() if path]

    assert all(package["integrity"] for package in packages)
    assert not any("resolved" in package for package in packages)


def test_ci_runs_what_the_readme_says():
    """.ci/run calls the README's two commands to the letter, and before it installs anything that they do without."""
    shown = re.search(r"```sh\n(make lab.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    run = entries(".ci/run")

    assert shown is not None
    commands = [line.split("#")[0].strip() for line in shown[1].splitlines()]
    assert commands == ["make lab", "make test"]
    (first,) = [place for place, line in enumerate(run) if re.fullmatch(rf"(env \S+ )?{commands[1]}", line)]
    assert not any(re.search(r"chromium|java|jre|npm|spark", line) for line in run[:first])
    assert any("make test-more" in line for line in run[first:])  # where test_lab.py calls the other command
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_every_import_is_declared():
    """What the package imports, it asks for by name, and does not get by luck of another's dependencies."""
    distributions = importlib.metadata.packages_distributions()
    declared = {canonicalize_name(need.name) for need in USE + ENGINES}
    imported: dict[str, Path] = {}
    for file in (ROOT / "msvc_toolkit").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            imported |= {name.split(".")[0]: file for name in names}
    # The plugin is imported by pytest alone.
    outside = imported.keys() - sys.stdlib_module_names - {"msvc_toolkit", "pytest"}
    # A distribution that is not installed, as PySpark, is taken to be called as what is imported from it.
    undeclared = {
        f"{top} in {imported[top].relative_to(ROOT)}"
        for top in outside
        if not declared & {canonicalize_name(name) for name in distributions.get(top, [top])}
    }

    assert {"twilio", "pandas", "pyspark"} <= outside
    assert undeclared == set()


def test_tests_cannot_leave_this_machine():
    """A socket of a test gets no further than loopback, so that no test can reach Twilio or cost money."""
    with socket.socket() as out, pytest.raises(AssertionError, match="leave this machine"):
        out.connect(("192.0.2.1", 443))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this folder without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.mark.slow
def test_wheel_carries_the_data(wheel: Path):
    """Everything of the package that git would keep is in the wheel, and so is every notebook, and nothing else."""
    package = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "msvc_toolkit").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    notebooks = {f"msvc_toolkit/_notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    carried = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert carried == package | notebooks
    assert {
        "msvc_toolkit/py.typed",
        "msvc_toolkit/rules/error_codes.toml",
        "msvc_toolkit/sandbox/rest/capabilities.json",
    } <= carried
    assert notebooks


@pytest.mark.slow
def test_lab_from_the_wheel(wheel: Path, tmp_path: Path, start_lab):
    """Installed from the wheel, `msvc lab` lays the notebooks and serves them, on loopback and without news."""
    site, mine = tmp_path / "site", tmp_path / "mine"
    zipfile.ZipFile(wheel).extractall(site)  # that is all that an installer does with a wheel of pure Python
    lab = start_lab("--into", str(mine), command=("-P", "-m", "msvc_toolkit"), PYTHONPATH=str(site))

    ask = {"Authorization": f"token {lab.token}"}
    start = f"{lab.url}api/contents/00-start-here.ipynb?content=0"
    settings = f"{lab.url}lab/api/settings/@jupyterlab/apputils-extension:notification"
    answers = []
    for url in (start, settings):
        with urllib.request.urlopen(urllib.request.Request(url, headers=ask), timeout=10) as answer:  # noqa: S310 - our own loopback URL
            answers.append(json.load(answer))

    assert f"The notebooks are in {mine}" in lab.words.read_text()
    assert f"JupyterLab serves {mine}" in lab.words.read_text()
    assert answers[0]["name"] == "00-start-here.ipynb"
    assert answers[1]["schema"]["properties"]["fetchNews"]["default"] == "false"
