"""Run every notebook in order on a fresh sandbox and store what it shows.

What is stored is for readers without a kernel: live widgets are dropped from the outputs, because their ids mean
nothing later, and their static twins stay. Run it with `make notebooks`; with names of notebooks after it, such as
`docs/store_notebooks.py 05-message-logs`, it stores those alone.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent.parent / "notebooks"
WIDGET = "application/vnd.jupyter.widget-view+json"


def store(path: Path) -> None:
    """Run one notebook and store its outputs."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=120,
        record_timing=False,
        coalesce_streams=True,
        store_widget_state=False,
        resources={"metadata": {"path": str(FOLDER)}},
    )
    client.execute()
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        cell.metadata = {"tags": cell.metadata.tags} if "tags" in cell.metadata else {}
        if "outputs" in cell:
            cell.outputs = [output for output in cell.outputs if WIDGET not in output.get("data", {})]
    nbformat.write(notebook, path)


def main() -> None:
    """Store all of them, each carrying on from the one before, or those that are named."""
    named = sys.argv[1:]
    with tempfile.TemporaryDirectory() as home:
        os.environ["MSVC_HOME"] = home
        for path in sorted(FOLDER.glob("*.ipynb")):
            if named and path.stem not in named:
                continue
            store(path)
            print(f"stored {path.name}")


if __name__ == "__main__":
    main()
