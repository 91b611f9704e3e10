"""The sandbox's tables: numbered steps in SQL, each applied once and in order."""

from __future__ import annotations

from importlib.resources import files

APPLICATION_ID = 0x4D535643
"""Marks a SQLite file as a sandbox store ("MSVC"), so that no other program's file is ever taken for one."""

_COUNT = sum(file.name.endswith(".sql") for file in files(__name__).iterdir())
_TEXTS = [files(__name__).joinpath(f"{number}.sql").read_text("utf-8") for number in range(1, _COUNT + 1)]
STEPS = tuple(tuple(text.removesuffix(";\n").split(";\n")) for text in _TEXTS)
"""The statements of ``1.sql``, ``2.sql`` and so on. A step that was published is never changed."""
