"""Files that a screen saves beside the notebook."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from pathlib import Path

from msvc_toolkit.html import cards, document

_LINKED = 4_000_000
"""Bytes of the largest file with a download link; the notebook then contains the whole file."""
_TYPES = {".csv": "text/csv", ".png": "image/png", ".html": "text/html", ".json": "application/json"}


def write(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files into a folder; an existing file is kept, and the new one gets a number in its name.

    Args:
        folder: The folder, made if it is missing.
        files: The content of each file, by name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [_write_new(folder / name, content) for name, content in files.items()]


def saved_card(files: list[Path], *, linked: bool) -> str:
    """Draw where files were saved.

    Args:
        files: The files, all in one folder.
        linked: Whether to add a download link for each file that is small enough.
    """
    links = [
        document.download(path.name, _TYPES[path.suffix], path.read_bytes())
        for path in files
        if linked and path.stat().st_size <= _LINKED
    ]
    where = ", ".join(path.name for path in files)
    return cards.card("done", f"Saved {where} in {files[0].parent.resolve()}.", *links)


def _write_new(path: Path, content: bytes) -> Path:
    """Write a file of that name, with a number added if the name is taken; return its path."""
    for number in count(1):
        free = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        try:
            with free.open("xb") as file:
                file.write(content)
        except FileExistsError:
            continue
        return free
    raise AssertionError  # unreachable: the numbers never end
