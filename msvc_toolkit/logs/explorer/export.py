"""What is saved of the explorer: the messages as CSV, the charts as pictures, all of it as one page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from msvc_toolkit import cards, document
from msvc_toolkit.logs.charts.canvas import Canvas
from msvc_toolkit.logs.explorer.panels import CHARTS, MORE, Asked

KINDS = {"The messages, as CSV": "csv", "The charts, as PNG": "png", "A report, as one HTML file": "html"}
MOST = 100_000
"""How many messages a CSV holds at most."""
_LINKED = 4_000_000
"""Bytes of the largest file that a link carries; a notebook holds all of it."""
_TYPES = {".csv": "text/csv", ".png": "image/png", ".html": "text/html"}
_FORMULA = ("=", "@", "\t", "\r")


def messages_csv(messages: pd.DataFrame) -> bytes:
    """Write messages as CSV for a spreadsheet, in which no text becomes a formula."""
    safe = messages.copy()
    for name in (name for name in safe if not pd.api.types.is_numeric_dtype(safe[name])):
        safe[name] = safe[name].map(lambda text: f"'{text}" if str(text).startswith(_FORMULA) else text)
    return safe.to_csv(index=False).encode()


def charts_png(asked: Asked, names: Mapping[str, str], more: str) -> dict[str, bytes]:
    """Draw the explorer's charts with all their words; returns file names and pictures."""
    found = {}
    for name, chart in {**CHARTS, more: MORE[more]}.items():
        canvas = Canvas()
        chart.plot(chart.measure(asked), canvas.ax, certificate=asked.log.certificate, zone=asked.zone, names=names)
        found[f"{name}.png"] = canvas.png()
    return found


def write(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files into a folder; one that is there already is kept, and the new one gets a number."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in files.items():
        path = _free(folder, name)
        path.write_bytes(content)
        written.append(path)
    return written


def told(files: list[Path], *, linked: bool) -> str:
    """Say where files are, and link to each that is small enough for a link to carry it."""
    links = [
        document.download(path.name, _TYPES[path.suffix], path.read_bytes())
        for path in files
        if linked and path.stat().st_size <= _LINKED
    ]
    where = ", ".join(path.name for path in files)
    return cards.card("done", f"Saved {where} in {files[0].parent.resolve()}.", *links)


def _free(folder: Path, name: str) -> Path:
    """Return a path of that name where nothing is yet."""
    path, number = folder / name, 1
    while path.exists():
        number += 1
        path = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
    return path
