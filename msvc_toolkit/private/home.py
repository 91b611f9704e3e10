"""The folder where the toolkit keeps things."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """Return the folder where the toolkit keeps things: MSVC_HOME, else the user's data folder."""
    chosen = os.environ.get("MSVC_HOME")
    return Path(chosen) if chosen else platformdirs.user_data_path("msvc-toolkit")
