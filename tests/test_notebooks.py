"""The notebooks run anywhere, any number of times, alone or in order, and always say what is stored in them."""

import asyncio
import configparser
import copy
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])
ON_SPARK = "06-at-scale"
RUN_HERE = [path for path in NOTEBOOKS if path.stem != ON_SPARK or (find_spec("pyspark") and shutil.which("java"))]
"""All of them where PySpark and Java are."""


def environment(home: Path) -> dict[str, str]:
    """The environment of a newcomer: no credentials, and an own data folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TWILIO_")}
    return kept | {"MSVC_HOME": str(home)}


def outputs(notebook: nbformat.NotebookNode) -> list[object]:
    """The outputs of the code cells; the live widgets, whose ids are new in each kernel, are not stored."""
    live = "application/vnd.jupyter.widget-view+json"
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    found = [[output for output in cell.outputs if live not in output.get("data", {})] for cell in cells]
    return json.loads(json.dumps(found, sort_keys=True))


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


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, list[list[object]]]:
    """For each notebook its outputs when run alone, twice in a row on one fresh data folder."""
    at_once = asyncio.Semaphore(os.cpu_count() or 1)

    async def run_twice(path: Path) -> list[list[object]]:
        env = environment(tmp_path_factory.mktemp(path.stem))
        found = []
        async with at_once:
            for _ in range(2):
                notebook = nbformat.read(path, as_version=4)
                client = NotebookClient(
                    notebook, timeout=240, coalesce_streams=True, resources={"metadata": {"path": str(path.parent)}}
                )
                await client.async_execute(env=env)
                found.append(outputs(notebook))
        return found

    async def run_all() -> list[list[list[object]]]:
        return await asyncio.gather(*map(run_twice, RUN_HERE))

    return dict(zip(RUN_HERE, asyncio.run(run_all()), strict=True))


def test_there_are_notebooks():
    """The steps are there, numbered without a gap; without this the tests below could pass by finding none."""
    assert [path.name[:3] for path in NOTEBOOKS] == [f"{number:02}-" for number in range(len(NOTEBOOKS))]
    assert len(NOTEBOOKS) >= 5


@each_notebook
def test_stored_outputs(path: Path):
    """A notebook reads well without being run: every code cell was run, in order, and none failed."""
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code" and cell.source]

    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    kinds = {output.output_type for cell in cells for output in cell.outputs}
    assert kinds
    assert "error" not in kinds


@each_notebook
def test_alone_and_again(path: Path, alone: dict[Path, list[list[object]]]):
    """Run alone on a fresh account and then once more, a notebook gives the same bytes, and those it stores."""
    if path not in RUN_HERE:
        sentence = "no PySpark here; get it with: make test EXTRAS=test,spark, and Java 17"
        required = "engines" in os.environ.get("MSVC_REQUIRE", "").split(",")
        pytest.fail(f"MSVC_REQUIRE names it, and there is {sentence}") if required else pytest.skip(sentence)
    first, second = alone[path]

    assert first == second
    assert as_nbval_sees(first) == as_nbval_sees(outputs(nbformat.read(path, as_version=4)))


def test_in_order_and_again(tmp_path: Path):
    """Run in order on one account, and the whole again, every cell passes nbval strictly."""
    strictly = ["--nbval", "--nbval-sanitize-with", str(ROOT / "nbval.cfg")]
    command = [sys.executable, "-m", "pytest", "-q", *strictly, *map(str, RUN_HERE)]

    for _ in range(2):
        result = subprocess.run(
            command, cwd=ROOT, env=environment(tmp_path), capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stdout + result.stderr
