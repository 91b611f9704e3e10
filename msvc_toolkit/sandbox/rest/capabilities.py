"""The table of what the sandbox emulates. `make capabilities` makes it from the SDK's methods and the sandbox's answers."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table() -> dict[str, Any]:
    """Return the table as a dict.

    ``sdk`` is the SDK's version; ``behaviour`` has general sentences with their grades; ``operations``
    have their parameters and filters (``takes``); ``values`` are Twilio's lists of statuses and the like; ``elsewhere``
    is the rest of the 2010 API by path. In each entry, ``is`` says emulated, partial or refused, and ``how`` explains
    it if necessary.
    """
    text = files("msvc_toolkit.sandbox.rest").joinpath("capabilities.json").read_text(encoding="utf-8")
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def left_out(method: str, path: str) -> str | None:
    """Return a name for a path of Twilio's API that the sandbox does not emulate; None for other paths."""
    for of_method, pattern in _refused():
        if of_method in (method, "") and pattern.fullmatch(path):
            return f"{method} {path}" if of_method else path
    return None


@cache
def _refused() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the patterns of paths that are left out with everything below them, and those of single missing methods."""
    operations = table()["operations"]
    there = {patterns["path"] for patterns in operations if patterns["is"] != "refused"}
    whole = {patterns["path"] for patterns in operations} - there
    patterns = [("", _pattern(path, r"(\.json|/.*)?")) for path in sorted(whole | {*table()["elsewhere"]})]
    return (
        *patterns,
        *(
            (operation["method"], _pattern(operation["path"], ""))
            for operation in operations
            if operation["is"] == "refused" and operation["path"] in there
        ),
    )


def _pattern(path: str, rest: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]*\}", path)
    return re.compile("[^/]+".join(map(re.escape, parts)) + rest, re.DOTALL)
