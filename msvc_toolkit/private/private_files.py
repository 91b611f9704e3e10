"""Files and folders that belong to their owner alone: 0600 and 0700, whatever the umask allows.

Windows keeps a user's own folders from other users by itself; there the modes have no effect.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import mkstemp
from typing import IO, Any

FOLDER_MODE, FILE_MODE = 0o700, 0o600


def make_private_folder(path: Path) -> None:
    """Make a folder and its missing parents, for their owner alone; a folder that exists keeps its mode."""
    if not path.is_dir():
        make_private_folder(path.parent)
        path.mkdir(mode=FOLDER_MODE, exist_ok=True)


def make_private_file(path: Path) -> None:
    """Make an empty file for its owner alone; a file that exists keeps its content and is closed to others.

    A library that opens the path afterwards keeps its mode (SQLite gives the same one to ``-wal`` and ``-shm``).
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))
    except FileExistsError:
        close_to_others(path)  # not opened: closing it would end this process's SQLite locks on it


def open_private_file(path: Path, mode: str, **more: Any) -> IO[Any]:
    """Open a file for writing as `open` does; only its owner can read it, from the first byte on."""
    make_private_file(path)
    return path.open(mode, **more)


def write_private_file(path: Path, content: Any, *, force: bool = False, keeps_existing: bool = False) -> None:
    """Write a file atomically, for its owner alone; missing folders are made.

    Args:
        path: The file.
        content: Its bytes.
        force: Whether to wait until it is on the disk.
        keeps_existing: Whether a file that exists keeps its content. If not, it is replaced.
    """
    is_new = not path.parent.exists()
    make_private_folder(path.parent)
    descriptor, draft = mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if force:
                file.flush()
                os.fsync(file.fileno())
        if keeps_existing:
            _link(Path(draft), path)
        else:
            Path(draft).replace(path)
    finally:
        with suppress(OSError):
            Path(draft).unlink(missing_ok=True)
    if force:
        for folder in [path.parent, path.parent.parent][: 1 + is_new]:
            _force(folder)


def _link(draft: Path, path: Path) -> None:
    """Give a finished file its name, unless another process was first."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links: another process may read it before all of it is there
        with suppress(FileExistsError), open(path, "xb", opener=partial(os.open, mode=FILE_MODE)) as file:
            file.write(draft.read_bytes())
            file.flush()
            os.fsync(file.fileno())


def _force(folder: Path) -> None:
    """Force a folder's list of names to the disk, if the system allows it."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def close_to_others(path: Path) -> None:
    """Remove the rights of group and others to a file or folder, if it exists and this user may change it."""
    with suppress(OSError):
        held = path.stat().st_mode & 0o777
        if held & 0o077:
            path.chmod(held & 0o700)
