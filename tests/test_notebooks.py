"""The notebooks run anywhere, any number of times, alone or in order, and always say what is stored in them."""

import configparser
import copy
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ON_SPARK = "06-at-scale"
each_notebook = pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=path.stem, marks=[pytest.mark.spark] * (path.stem == ON_SPARK)) for path in NOTEBOOKS],
)


def environment(home: Path) -> dict[str, str]:
    """The environment of a newcomer: no credentials, and an own data folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TWILIO_")}
    return kept | {"MSVC_HOME": str(home)}


def outputs(notebook: dict) -> list[object]:
    """The outputs of the code cells; the live widgets, whose ids are new in each kernel, are not stored."""
    live = "application/vnd.jupyter.widget-view+json"
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    found = [[output for output in cell["outputs"] if live not in output.get("data", {})] for cell in cells]
    return json.loads(json.dumps(found, sort_keys=True))


def stored(path: Path) -> dict:
    """A notebook as it is kept in the repository."""
    import nbformat  # noqa: PLC0415 - as below

    return nbformat.read(path, as_version=4)


def as_nbval_sees(found: list[object]) -> str:
    """Outputs as text without what nbval skips (pictures) and what nbval.cfg says may differ."""
    shown = copy.deepcopy(found)
    for output in (output for cell in shown for output in cell):
        for kind in [kind for kind in output.get("data", {}) if kind.startswith("image/") and kind != "image/svg+xml"]:
            del output["data"][kind]
    text = json.dumps(shown, indent=1, sort_keys=True)
    rules = configparser.RawConfigParser()
    rules.read(ROOT / "nbval.cfg")
    for rule in rules.sections():
        text = re.sub(rules[rule]["regex"], rules[rule]["replace"], text)
    return text


def run(path: Path, home: Path) -> list[object]:
    """Run a notebook in a new kernel and return its outputs."""
    import nbformat  # noqa: PLC0415 - takes a second, which every worker would pay
    from nbclient import NotebookClient  # noqa: PLC0415 - as above

    notebook = nbformat.read(path, as_version=4)
    here = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=240, coalesce_streams=True, resources=here).execute(env=environment(home))
    return outputs(notebook)


def test_there_are_notebooks():
    """The steps are there, numbered without a gap; without this the tests below could pass by finding none."""
    assert [path.name[:3] for path in NOTEBOOKS] == [f"{number:02}-" for number in range(len(NOTEBOOKS))]
    assert len(NOTEBOOKS) >= 5


@pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
def test_stored_outputs(path: Path):
    """A notebook reads well without being run: every code cell was run, in order, and none failed."""
    cells = [
        cell
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code" and cell["source"]
    ]

    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    kinds = {output["output_type"] for cell in cells for output in cell["outputs"]}
    assert kinds
    assert "error" not in kinds


@pytest.mark.slow
@each_notebook
def test_alone_and_again(path: Path, tmp_path: Path):
    """Run alone on a fresh account, and once more on the same one, a notebook gives the bytes that it stores.

    One whose account is in memory has a fresh one each time: its second run is the one in order, below.
    """
    first = run(path, tmp_path)

    assert as_nbval_sees(first) == as_nbval_sees(outputs(stored(path)))
    if "msvc.connect()" in path.read_text(encoding="utf-8"):
        assert run(path, tmp_path) == first


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("paths", "rounds"),
    [
        pytest.param([path for path in NOTEBOOKS if path.stem != ON_SPARK], 1, id="without Spark"),
        pytest.param(NOTEBOOKS, 2, id="with Spark", marks=pytest.mark.spark),
    ],
)
def test_in_order_and_again(paths: list[Path], rounds: int, tmp_path: Path):
    """Run in order on one account, and with Spark the whole again, every cell passes nbval strictly."""
    strictly = ["-p", "nbval", "--nbval", "--nbval-sanitize-with", str(ROOT / "nbval.cfg"), "--override-ini=timeout=0"]
    command = [sys.executable, "-m", "pytest", "-q", *strictly, *map(str, paths)]

    for _ in range(rounds):
        result = subprocess.run(
            command, cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stdout + result.stderr
