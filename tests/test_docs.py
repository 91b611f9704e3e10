"""What the documents say is so: examples run, the README runs from top to bottom, and nothing is left unnamed."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import msvc_toolkit

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MODULES = sorted(module.name for module in pkgutil.walk_packages(msvc_toolkit.__path__, "msvc_toolkit."))
WITH_EXAMPLES = [
    name
    for name in MODULES
    if not name.endswith("__main__") and ">>> " in Path(str(importlib.util.find_spec(name).origin)).read_text("utf-8")
]
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_there_are_examples():
    """The rooms' calls carry examples, and the README has code; a broken search would find none and pass."""
    assert {f"msvc_toolkit.{room}.calls" for room in ("services", "inbound", "senders", "messages")} <= set(
        WITH_EXAMPLES
    )
    assert len(BLOCKS) >= 2


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_in_docstrings_run(name):
    """What an example says is what comes out."""
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)

    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.slow
def test_the_readme_runs(home, tmp_path, monkeypatch, capsys):
    """Its Python blocks run one after the other, on a new sandbox in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    names = {}
    for number, block in enumerate(BLOCKS, start=1):
        exec(compile(block, f"README.md, Python block {number}", "exec"), names)  # noqa: S102 - that is the test
    said = capsys.readouterr().out

    assert said.splitlines()[1:] == ["delivered", "21610"]
    assert (home / "sandbox.db").exists()
    assert (tmp_path / "before.db").exists()


def test_every_public_name_is_in_the_readme():
    """Whoever reads the README has met every name of the face."""
    assert [name for name in msvc_toolkit.__all__ if not re.search(rf"\b{name}\b", README)] == []


def test_every_control_of_the_sandbox_in_the_readme_is_there(conn):
    """What the README calls on conn.sandbox can be called."""
    named = set(re.findall(r"conn\.sandbox\.(\w+)", README))

    assert named
    assert [name for name in named if not hasattr(conn.sandbox, name)] == []


def test_every_notebook_is_named():
    """Each notebook of the folder is in the README, and the README names none that is not there."""
    there = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}

    assert there
    assert set(re.findall(r"\b(\d\d-[a-z0-9-]+)\b", README)) == there


def test_every_link_leads_somewhere():
    """Files and pictures that the README links to exist."""
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]

    assert links
    assert [link for link in links if not (ROOT / link.split("#")[0]).exists()] == []
