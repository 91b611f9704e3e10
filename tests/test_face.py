"""The face: `msvc_toolkit` shows what `__init__.pyi` lists, and importing it starts nothing."""

import ast
import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import msvc_toolkit

STUB = ast.parse(Path(msvc_toolkit.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
IMPORTED = [
    alias.name
    for node in STUB.body
    if isinstance(node, ast.ImportFrom)
    for alias in node.names
    if alias.name != "__version__"
]
LISTED = next(
    [ast.literal_eval(element) for element in node.value.elts]
    for node in STUB.body
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.List)
)


def test_every_listed_name_is_there():
    """Each name of the face loads the thing of that name."""
    for name in LISTED:
        assert getattr(msvc_toolkit, name).__name__.rpartition(".")[2] == name


def test_the_face_shows_what_the_stub_lists():
    """The names at run time, the imports of the stub and its list are one and the same, sorted."""
    assert sorted(msvc_toolkit.__all__) == sorted(IMPORTED) == LISTED
    assert sorted(LISTED) == LISTED


def test_every_public_name_explains_itself():
    """`help()` says something about every name of the face."""
    assert [name for name in LISTED if not getattr(msvc_toolkit, name).__doc__] == []


def test_the_package_explains_itself_on_one_screen():
    """`help(msvc_toolkit)` has every name and fits into 30 lines of 120 characters; so does that of the logs."""
    shown = subprocess.run(
        [sys.executable, "-c", "import msvc_toolkit as msvc; help(msvc); help(msvc.logs)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    pages = shown.split("Help on package ")[1:]

    assert set(LISTED) <= set(re.findall(r"\w+", pages[0]))
    assert [page.split(maxsplit=1)[0].rstrip(":") for page in pages] == ["msvc_toolkit", "msvc_toolkit.logs"]
    for page in pages:
        lines = [line for line in page.splitlines() if "<module" not in line]  # it names the folder
        assert len(lines) <= 30
        assert max(map(len, lines)) <= 120


def test_the_version_is_the_installed_one():
    """`__version__` is what the package was installed as, and no name for `import *`."""
    assert msvc_toolkit.__version__ == importlib.metadata.version("msvc-toolkit")
    assert "__version__" not in msvc_toolkit.__all__


def test_completion_in_jupyter_imports_nothing():
    """`msvc.<TAB>` offers every name, `msvc.logs.<TAB>` the measures and charts too, and neither imports what they need."""
    probe = """
import json, sys
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("import msvc_toolkit as msvc")
shell.Completer.use_jedi = True  # as in a kernel
shell.Completer.jedi_compute_type_timeout = 60_000
with provisionalcompleter():
    offered = {found.text for typed in ("msvc.", "msvc.logs.") for found in shell.Completer.completions(typed, len(typed))}
heavy = {"twilio", "pandas", "ipywidgets", "matplotlib", "phonenumbers", "duckdb", "requests"} & set(sys.modules)
print(json.dumps([sorted(offered), sorted(heavy)]))
"""
    run = subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, text=True)
    offered, heavy = json.loads(run.stdout.splitlines()[-1])

    assert {*LISTED, "measures", "charts"} <= set(offered)
    assert heavy == []


def test_importing_the_package_starts_nothing():
    """A bare import pulls in no heavy library, opens no socket, starts no thread and reads no environment."""
    probe = """
import os, socket, sys, threading

class Watched(dict):
    read = []
    def __getitem__(self, key): self.read.append(key); return super().__getitem__(key)
    def get(self, key, default=None): self.read.append(key); return super().get(key, default)

def refuse(*args, **kwargs): raise AssertionError("a socket was opened")

import lazy_loader
os.environ = Watched(os.environ)
socket.socket = refuse
import msvc_toolkit
heavy = {"twilio", "pandas", "ipywidgets", "matplotlib", "phonenumbers", "uvloop", "requests"} & set(sys.modules)
assert not heavy, heavy
assert threading.active_count() == 1
asked = [key for key in Watched.read if key != "EAGER_IMPORT"]  # lazy_loader's own switch
assert not asked, asked
"""
    subprocess.run([sys.executable, "-c", probe], check=True)


def test_the_room_of_logs_has_its_names_too():
    """What works on logs is found beside its measures and charts, and is the same thing as on the face."""
    from msvc_toolkit import logs  # noqa: PLC0415 - to look at it alone

    assert {"charts", "measures"} < set(logs.__all__)
    for name in set(logs.__all__) - {"charts", "measures"}:
        assert getattr(logs, name) is getattr(msvc_toolkit, name)
    alone = "from msvc_toolkit.logs import Log, LogExplorer, charts, measures, log_report; Log, measures.outcomes, charts.plot_outcomes"
    subprocess.run([sys.executable, "-c", alone], check=True)
