"""What a type checker sees of the toolkit: complete types for whoever uses it."""

import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from msvc_toolkit.connection import SandboxControl

ROOT = Path(__file__).parent.parent
PROGRAM = """
from typing import Any, assert_type

import pandas as pd

import msvc_toolkit as msvc
from msvc_toolkit.connection import SandboxConnection, SandboxControl
from msvc_toolkit.html.document import Page

conn = msvc.connect("sandbox", store=":memory:", clock="manual")
assert_type(conn, SandboxConnection)
assert_type(conn.sandbox, SandboxControl)
assert_type(msvc.connect("live").sandbox, SandboxControl | None)
conn.sandbox.advance(60)
conn.sandbox.handset("+14155550123", "off")
assert_type(conn.sandbox.own("+14155550199"), str)
assert_type(conn.sandbox.why("SM1"), list[dict[str, Any]])
service = msvc.create_service(conn, friendly_name="Orders", usecase="notifications")
assert_type(service, msvc.Service)
assert_type(msvc.set_inbound(conn, service.sid, mode="defer"), msvc.Service)
assert_type(msvc.list_senders(conn, service_sid=service.sid), pd.DataFrame)
assert_type(msvc.add_senders(conn, service.sid, msvc.list_senders(conn)["sender"]), pd.DataFrame)
assert_type(msvc.add_senders(conn, service.sid, ["ACME"], progress=lambda done, of: None), pd.DataFrame)
assert_type(msvc.send(conn, to="+14155550123", body="Hi", messaging_service_sid=service.sid), msvc.Message)
log = msvc.pull_logs(conn, "logs", progress=lambda done, of, sentence: None, cancelled=lambda: False)
assert_type(log, msvc.Log)
assert_type(msvc.log_report(log), Page)
assert_type(msvc.log_report(log, "report.html"), Path)
assert_type(msvc.logs.measures.outcomes(log), pd.DataFrame)
assert_type(msvc.__version__, str)
""".replace("from typing", "from pathlib import Path\nfrom typing", 1)
WRONG = (
    'import msvc_toolkit as msvc\n\nmsvc.connect().sandbox.advance("an hour")\nmsvc.connect().sandbox.wind_forward(1)\n'
)
BELONGS_TO_NOTEBOOKS = re.compile(
    r'"\*\*dict\[str, object\]"'  # arguments that several charts share, in a dict
    r'|of "(Choice|Service|RegisteredCampaign) \| None"'  # the notebook's own sandbox has one
    r"|\[str-bytes-safe\]|Call to untyped function (\(unknown\)|\"(Markdown|HTML)\")"  # of pandas, Spark and IPython
)

PAGES = ("set-up", "send", "sandbox", "your-account", "change-safely", "templates")
"""The pages of docs/ whose Python examples are checked as a program that uses the package."""


def test_the_control_handle_has_the_names_and_arguments_of_its_type(conn):
    """`conn.sandbox` has all that `SandboxControl` says and nothing more, with the same arguments."""
    kind = type(conn.sandbox)
    said, there = ({name for name in dir(each) if not name.startswith("_")} for each in (SandboxControl, kind))
    assert said == there
    assert len(said) > 30

    def arguments(of: type, name: str) -> object:
        found = inspect.getattr_static(of, name)
        if isinstance(found, property):
            return "property"
        return [(each.name, each.kind, each.default) for each in inspect.signature(found).parameters.values()]

    assert [name for name in sorted(said) if arguments(SandboxControl, name) != arguments(kind, name)] == []


def mypy(folder: Path) -> list[str]:
    """What mypy finds in a folder of programs; with the package's settings, strict, it finds the package checked already."""
    files = sorted(map(str, folder.glob("*.py")))
    run = subprocess.run([sys.executable, "-m", "mypy", *files], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode in (0, 1), run.stdout + run.stderr
    return [re.sub(r"^\S*/", "", line) for line in run.stdout.splitlines() if ": error: " in line]


@pytest.mark.slow
def test_examples_and_notebooks_are_typed(tmp_path):
    """A strict mypy has nothing against the examples of README and docs, the notebooks and a program that names the types.

    That `conn.sandbox` is what its type says is checked with the package: mypy sees the assignment in `sandbox.client`.
    """
    programs = {"program": PROGRAM, "wrong": WRONG}
    for page in ("README", *(f"docs/{name}" for name in PAGES)):
        text = (ROOT / f"{page}.md").read_text("utf-8")
        blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        programs[page.rpartition("/")[2].replace("-", "_")] = "\n".join(["import msvc_toolkit as msvc", *blocks])
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        cells = [cell for cell in json.loads(notebook.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
        lines = [
            line for cell in cells for line in "".join(cell["source"]).splitlines() if line.lstrip()[:1] not in "%!"
        ]
        name = "n" + notebook.stem.replace("-", "_")
        programs[name] = "\n".join(["from typing import Any", "display: Any = print", *lines])
    assert "conn.sandbox." in programs["README"]
    assert "rehearse_changes(" in programs["change_safely"]
    assert "create_template(" in programs["templates"]
    assert len(programs) > 10
    for name, text in programs.items():
        (tmp_path / f"{name}.py").write_text(text + "\n", "utf-8")

    found = mypy(tmp_path)

    wrong = [line for line in found if line.startswith("wrong.py")]
    assert [re.search(r"\[([a-z-]+)\]", line)[1] for line in wrong] == ["arg-type", "attr-defined"], wrong
    assert [line for line in found if line not in wrong and not BELONGS_TO_NOTEBOOKS.search(line)] == []
