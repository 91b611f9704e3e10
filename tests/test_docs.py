"""docs/architecture.md and docs/how-to-add.md are true of the code."""

import json
import re
import subprocess
import sys
from pathlib import Path

import msvc_toolkit

ROOT = Path(__file__).parent.parent


def test_the_picture_is_of_todays_imports():
    """docs/architecture.md has the picture that `make architecture` would draw."""
    drawn = subprocess.run([sys.executable, "docs/draw_architecture.py", "--check"], cwd=ROOT, check=False)

    assert drawn.returncode == 0


def test_files_that_the_page_names_are_there():
    """Every path of the walks exists."""
    page = (ROOT / "docs/architecture.md").read_text("utf-8")
    named = set(re.findall(r"`([a-z0-9_]+(?:/[a-z0-9_]+)+(?:\.py)?)`", page))

    assert len(named) > 50
    assert [path for path in sorted(named) if not (ROOT / "msvc_toolkit" / path).exists()] == []


def test_files_that_the_index_names_are_there():
    """Every file that docs/how-to-add.md names exists."""
    page = (ROOT / "docs/how-to-add.md").read_text("utf-8")
    named = set(re.findall(r"`((?:msvc_toolkit|tests|docs)/[\w/.-]+)`", page))

    assert len(named) > 30
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


def test_the_reference_has_every_public_name_once():
    """Each name of the package is on one page of the website, under "Reference"."""
    pages = "".join(page.read_text("utf-8") for page in (ROOT / "docs").glob("*.md"))
    listed = re.findall(r"^\.\. auto(?:class|function):: (\w+)$", pages, re.MULTILINE)

    assert sorted(listed) == sorted(set(msvc_toolkit.__all__) - {"logs"})


def test_no_notebook_shows_money_as_a_formula():
    """Jupyter sets what is between two dollar signs of Markdown as a formula, so notebooks write USD."""
    cells = [
        cell for path in sorted((ROOT / "notebooks").glob("*.ipynb")) for cell in json.loads(path.read_bytes())["cells"]
    ]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]

    assert len(texts) > 50
    assert [text for text in texts if re.search(r"(?<!\\)\$", text)] == []
