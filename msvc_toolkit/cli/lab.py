"""JupyterLab with the notebooks: those of the clone, or a copy in the user's folder."""

from __future__ import annotations

import hashlib
import importlib.resources
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from types import FrameType
from typing import NoReturn

from msvc_toolkit.errors import ToolkitError

FIRST_NOTEBOOK = "00-start-here.ipynb"
OWN_FOLDER = Path("~/msvc-notebooks")
"""The folder for an installed toolkit's notebooks, unless the user names another."""

LONGEST_END = 10
"""Seconds after which a Jupyter server that was asked to end is ended by force."""

_LAID = ".msvc-laid.json"
"""A file in the user's folder with the digest of each copied file; a file that differs was changed by the user."""

_PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True)
class Laid:
    """Which notebooks were copied, and which were kept because the user changed them."""

    written: tuple[str, ...]
    kept: tuple[str, ...]


def notebooks_of_clone() -> Path | None:
    """The ``notebooks`` folder beside the package, or None when the toolkit was installed from a wheel."""
    folder = _PACKAGE.parent / "notebooks"
    in_clone = (_PACKAGE.parent / "pyproject.toml").is_file() and (folder / FIRST_NOTEBOOK).is_file()
    return folder if in_clone else None


def lay_notebooks(into: Path, source: Traversable | None = None) -> Laid:
    """Copy the notebooks into a folder without overwriting anything the user changed; a missing folder is made.

    A file from an earlier version is updated if the user has not changed it. Without `source`, the toolkit's own
    notebooks are copied. Raises ToolkitError if the folder cannot be written.
    """
    source = source or notebooks_of_clone() or importlib.resources.files("msvc_toolkit") / "_notebooks"
    written, kept = [], []
    try:
        fresh = {file.name: file.read_bytes() for file in source.iterdir() if file.is_file()}
        into.mkdir(parents=True, exist_ok=True)
        laid_before = _read_digests(into / _LAID)
        for name, content in sorted(fresh.items()):
            there = (into / name).read_bytes() if (into / name).exists() else None
            if there is None or _digest(there) == laid_before.get(name) != _digest(content):
                _write(into / name, content)
                written.append(name)
            elif there != content:
                kept.append(name)
        digests = {name: _digest(content) for name, content in fresh.items()}
        _write(into / _LAID, json.dumps(digests, indent=1, sort_keys=True).encode())
    except OSError as error:
        raise ToolkitError(
            f"The notebooks cannot be copied to {into} ({error.strerror}). Name another folder: msvc lab --into DIR"
        ) from error
    return Laid(tuple(written), tuple(kept))


def run_jupyterlab(folder: Path, *, port: int | None, browser: bool, announce: Callable[[str], object]) -> NoReturn:
    """Serve JupyterLab on 127.0.0.1 with the first notebook open, until it is stopped.

    Ctrl-C and SIGTERM end it and its kernels without a question, within `LONGEST_END` even if kernels are busy.
    `announce` gets the URL, with its token, once JupyterLab listens.
    """
    import zmq  # noqa: PLC0415 - as JupyterLab
    from jupyterlab.labapp import LabApp  # noqa: PLC0415 - half a second that no other command should pay

    arguments = [
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}",
        "--ServerApp.ip=127.0.0.1",
        "--Application.log_level=WARN",
        "--KernelManager.shutdown_wait_time=2",  # then a busy kernel is killed
    ]
    if zmq.has("curve"):  # or each kernel would warn that others on this computer could listen
        arguments.append("--KernelManager.transport_encryption=auto")
    if port is not None:
        arguments.append(f"--ServerApp.port={port}")
    if not browser:
        arguments.append("--no-browser")
    if sys.platform != "win32" and os.geteuid() == 0:
        arguments.append("--allow-root")
    # Only JupyterLab's own news and update checks would use the network here; the user's
    # settings, if there are any, override this default.
    known = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join([str(_PACKAGE / "_lab"), *([known] if known else [])])
    server = LabApp.initialize_server(arguments)

    # JupyterLab's own handlers ask for confirmation on Ctrl-C, and without a terminal leave the kernels running.
    end_on_signals(lambda: server.stop(from_signal=True))
    server.io_loop.add_callback(announce, server.public_url)
    server.start()
    leave()


def end_on_signals(stop: Callable[[], object]) -> None:
    """Let Ctrl-C and SIGTERM end a Jupyter server without a question, by force after `LONGEST_END` seconds."""

    def end(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # `make` passes signals on, so one may come twice
        last_resort = threading.Timer(LONGEST_END, os._exit, [1])  # kernels end after this process
        last_resort.daemon = True
        last_resort.start()
        stop()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)


def leave() -> NoReturn:
    """End this process at once; a normal exit would wait, sometimes forever, for worker threads that Jupyter does not end."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: half a notebook would count as changed by the user, and never be replaced."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read_digests(file: Path) -> dict[str, str]:
    try:
        digests = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return digests if isinstance(digests, dict) else {}
