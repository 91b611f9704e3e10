"""The import contracts of pyproject.toml are kept, and they catch what they are there to catch."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package in a folder."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_contracts_are_kept():
    """The package imports only what the contracts allow."""
    result = lint_imports(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("service/model.py", "import twilio", "Only calls, connection"),
        ("service/form.py", "import twilio.rest", "Only calls, connection"),
        ("service/calls.py", "import ipywidgets", "Only forms open"),
        ("service/model.py", "import pandas", "Only calls and forms hold"),
        ("service/calls.py", "import msvc_toolkit.sending", "The house"),
        ("sandbox/rules.py", "import msvc_toolkit.senders.model", "The house"),
        ("inbound/calls.py", "import msvc_toolkit.sandbox.store", "No room knows the sandbox"),
        ("errors.py", "import msvc_toolkit.phone", "The house"),
        ("phone.py", "import msvc_toolkit.connection", "The house"),
        ("sandbox/store.py", "import msvc_toolkit.sandbox.api", "Floors of the sandbox"),
        ("service/utils.py", "", "Floors of a room"),
        ("helpers.py", "", "The house"),
    ],
)
def test_a_breach_is_caught(tmp_path: Path, module: str, line: str, contract: str):
    """One forbidden import, or one stray module, breaks the contract that is about it."""
    shutil.copytree(ROOT / "msvc_toolkit", tmp_path / "msvc_toolkit", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "msvc_toolkit" / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")

    result = lint_imports(tmp_path)

    assert result.returncode != 0
    broken = [row for row in result.stdout.splitlines() if row.startswith(contract)]
    assert any("BROKEN" in row for row in broken), result.stdout
