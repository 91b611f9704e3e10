"""The table of what the sandbox emulates; `make capabilities` makes it by walking the SDK and asking the sandbox."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table() -> dict[str, Any]:
    """Return the table, by name.

    ``sdk`` is the SDK that was walked; ``behaviour`` has sentences about the whole with their grades; ``operations``
    name their parameters and filters (``takes``); ``values`` are Twilio's lists of statuses and the like; ``elsewhere``
    is the rest of the 2010 API by path. Each thing ``is`` emulated, partial or refused, and ``how`` says what a word
    cannot.
    """
    text = files("msvc_toolkit.sandbox.rest").joinpath("capabilities.json").read_text(encoding="utf-8")
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def left_out(method: str, path: str) -> str | None:
    """Return a name for an address of Twilio's API that the sandbox does not emulate, None for other addresses."""
    for of_method, pattern in _refused():
        if of_method in (method, "") and pattern.fullmatch(path):
            return f"{method} {path}" if of_method else path
    return None


@cache
def _refused() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return patterns: of what is left out whole with all below it, and of methods that are missing somewhere."""
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
