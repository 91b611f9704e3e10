"""Run the notebooks as a person does who runs each form's cell again and again; print what is alive.

A process of its own, because a kernel inside a process changes what `display` does there.
"""

import gc
import json
import os
import sys
from pathlib import Path

from ipykernel.inprocess.manager import InProcessKernelManager
from ipywidgets.widgets.widget import _instances
from psutil import Process

from msvc_toolkit.widgets import view

TIMES = int(os.environ.get("MSVC_RERUNS", "3"))
SMALLER = {"30_000": "1_000", "5_000": "1_000", "range(8_000)": "range(100)"}
"""Sizes in the notebooks, and those used here: a form has as many widgets for a small log or audience."""


def sources(path: Path) -> list[str]:
    """The cells of a notebook, without those that compute much and that no form needs."""
    cells = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    if tagged := [cell for cell in cells if path.stem[:2] in ("05", "07") and "tags" in cell["metadata"]]:
        cells = tagged
    found = ["".join(cell["source"]) for cell in cells]
    if path.stem[:2] in ("08", "09"):
        found = found[:2] + [source for source in found[2:] if "Form(" in source]
    for size, smaller in SMALLER.items():
        found = [source.replace(size, smaller) for source in found]
    return found


def main(folder: Path) -> None:
    """Print one line of JSON: by cell, the widgets and views alive and the bytes in use, after two runs and after all."""
    manager = InProcessKernelManager()
    manager.start_kernel()
    client = manager.client()
    client.start_channels()

    def run(cell: str) -> None:
        client.execute(cell)
        ended = client.get_shell_msg(timeout=120)["content"]
        assert ended["status"] == "ok", ended
        while client.iopub_channel.msg_ready():
            client.get_iopub_msg()  # what was shown, which would count as memory in use

    alive: dict[str, list[tuple[int, int, int]]] = {}
    for path in sorted(folder.glob("*.ipynb")):
        if path.stem.startswith("06"):
            continue  # it shows no form, and takes long
        for number, source in enumerate(sources(path)):
            shown = len(view._shown)  # noqa: SLF001 - whether the cell shows a form
            run(source)
            if len(view._shown) == shown:  # noqa: SLF001
                continue
            counts = []
            for again in range(1, TIMES + 1):
                run(source)
                if again in (2, TIMES):
                    gc.collect()
                    ours = sum(str(type(one).__module__).startswith("msvc_toolkit") for one in gc.get_objects())
                    counts.append((len(_instances), ours, Process().memory_info().rss))
            alive[f"{path.stem} {number}"] = counts
    print(json.dumps(alive))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
