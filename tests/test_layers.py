"""The import contracts of pyproject.toml are kept, and they catch what they are there to catch."""

import ast
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parent.parent

BREACHES = [  # file, line added to it, how the linter names that, contract
    ("services/model.py", "import twilio", "services.model -> twilio", "Only calls, connection"),
    ("services/form.py", "import twilio.rest", "services.form -> twilio", "Only calls, connection"),
    ("services/calls.py", "import ipywidgets", "services.calls -> ipywidgets", "Only forms import"),
    ("services/model.py", "import pandas", "services.model -> pandas", "Only calls, forms and logs"),
    (
        "services/calls.py",
        "import msvc_toolkit.messages",
        "services.calls -> msvc_toolkit.messages",
        "Parts of the package",
    ),
    (
        "sandbox/messages/validation.py",
        "import msvc_toolkit.senders.model",
        "validation -> msvc_toolkit.senders.model",
        "The sandbox imports",
    ),
    (
        "inbound/calls.py",
        "import msvc_toolkit.sandbox.storage.store",
        "calls -> msvc_toolkit.sandbox.storage.store",
        "Only the ways in",
    ),
    (
        "errors.py",
        "import msvc_toolkit.rules.addresses",
        "errors -> msvc_toolkit.rules.addresses",
        "Parts of the package",
    ),
    (
        "rules/addresses.py",
        "import msvc_toolkit.connection",
        "rules.addresses -> msvc_toolkit.connection",
        "Parts of the package",
    ),
    (
        "sandbox/storage/store.py",
        "import msvc_toolkit.sandbox.backend",
        "-> msvc_toolkit.sandbox.backend",
        "Parts of the sandbox",
    ),
    ("services/utils.py", "", "- msvc_toolkit.services.utils", "Modules of a step"),
    ("helpers.py", "", "- msvc_toolkit.helpers", "Parts of the package"),
]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package in a folder."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    env = os.environ | {"COLUMNS": "500"}  # or it breaks long lines
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the linter says of each broken contract, by the contract's name, of a copy that has all the breaches."""
    folder = tmp_path_factory.mktemp("breaches")
    shutil.copytree(ROOT / "msvc_toolkit", folder / "msvc_toolkit", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for file, line, _, _ in BREACHES:
        with (folder / "msvc_toolkit" / file).open("a", encoding="utf-8") as module:
            module.write(f"\n{line}\n")

    result = lint_imports(folder)

    assert result.returncode != 0
    title, sections = "", {"": ""}
    lines = result.stdout.partition("\nBroken contracts\n")[2].splitlines()
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if line and set(below) == {"-"}:
            title = line
        sections[title] = f"{sections.get(title, '')}\n{line}"
    return sections


def test_contracts_are_kept():
    """The package imports only what the contracts allow."""
    result = lint_imports(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("file", "line", "named", "contract"), BREACHES)
def test_a_breach_is_caught(broken: dict[str, str], file: str, line: str, named: str, contract: str):
    """One forbidden import, or one stray module, breaks the contract that is about it, which names it."""
    said = [text for title, text in broken.items() if title.startswith(contract)]

    assert len(said) == 1, f"{line or file}: no broken contract is called {contract!r}"
    assert named in said[0]


@pytest.mark.parametrize("container", ["msvc_toolkit", "msvc_toolkit.sandbox", "msvc_toolkit.logs"])
def test_there_are_ten_floors_at_most(container: str):
    """Between the folder or file that imports most and the one at the bottom are at most eight others."""
    graph = grimp.build_graph("msvc_toolkit", exclude_type_checking_imports=True, cache_dir=None)
    below: dict[str, set[str]] = {}
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            if {one.startswith(f"{container}.") for one in (module, imported)} == {True}:
                pair = [one.removeprefix(f"{container}.").partition(".")[0] for one in (module, imported)]
                below.setdefault(pair[0], set()).update({pair[1]} - {pair[0]})

    def floors(part: str) -> int:
        return 1 + max(map(floors, below.get(part, ())), default=0)

    assert 3 < max(map(floors, below)) <= 10


def test_a_class_has_a_name_of_its_own():
    """No two classes of the package share a name."""
    found = Counter(
        statement.name
        for file in (ROOT / "msvc_toolkit").rglob("*.py")
        for statement in ast.parse(file.read_text("utf-8")).body
        if isinstance(statement, ast.ClassDef)
    )
    assert len(found) > 100
    assert [name for name, times in found.items() if times > 1] == []
