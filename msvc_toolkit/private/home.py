"""The folder where the toolkit keeps things."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import platformdirs


def home() -> Path:
    """Return the folder where the toolkit keeps things: MSVC_HOME, else the user's data folder."""
    chosen = os.environ.get("MSVC_HOME")
    return _whole(chosen) if chosen else platformdirs.user_data_path("msvc-toolkit")


@cache
def _whole(chosen: str) -> Path:
    """Return a relative folder as it was at its first use: in another one, what was sent would not be known."""
    return Path(chosen).absolute()
