"""Files that a screen saves beside the notebook."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from pathlib import Path

from msvc_toolkit.html import cards, document

_LINKED = 4_000_000
"""Bytes of the largest file that a link carries; a notebook holds all of it."""
_TYPES = {".csv": "text/csv", ".png": "image/png", ".html": "text/html", ".json": "application/json"}


def write(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files into a folder; one that is there already is kept, and the new one gets a number.

    Args:
        folder: The folder, made if it is not there.
        files: What is in each, by its name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [_write_new(folder / name, content) for name, content in files.items()]


def saved_card(files: list[Path], *, linked: bool) -> str:
    """Say where files are.

    Args:
        files: The files, all in one folder.
        linked: Whether to link to each that is small enough for a link to carry it.
    """
    links = [
        document.download(path.name, _TYPES[path.suffix], path.read_bytes())
        for path in files
        if linked and path.stat().st_size <= _LINKED
    ]
    where = ", ".join(path.name for path in files)
    return cards.card("done", f"Saved {where} in {files[0].parent.resolve()}.", *links)


def _write_new(path: Path, content: bytes) -> Path:
    """Write a file of that name, or with a number behind it where there is one already; return its path."""
    for number in count(1):
        free = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        try:
            with free.open("xb") as file:
                file.write(content)
        except FileExistsError:
            continue
        return free
    raise AssertionError  # numbers do not end
