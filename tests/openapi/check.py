"""Checks that what the sandbox answers is within Twilio's OpenAPI files.

    python tests/openapi/check.py twilio_api_v2010.json twilio_messaging_v1.json ...

Plays a scenario that meets every operation the sandbox emulates, validates each 2xx body (and the 307 of Deactivations
and of exports) and prints one line of JSON: how many operations, fields and listed values of the files were met.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import contract
import scenario
from twilio.http.response import Response

from msvc_toolkit.sandbox.client import SandboxHttpClient, connect_sandbox
from msvc_toolkit.sandbox.rest import capabilities

NEWER = frozenset({".account_type", ".rejection_reasons"})
"""Last parts of fields that the newest SDK reads and the files of April 2026 lack."""


class Reader(SandboxHttpClient):
    """Reads along what the sandbox answers."""

    def __init__(self, sandbox: Any, within: contract.Contract) -> None:
        super().__init__(sandbox)
        self.within, self.wrong, self.answers = within, [], 0

    def request(self, method: str, uri: str, *args: Any, **kwargs: Any) -> Response:
        """Answer one request, and check the answer."""
        response = super().request(method, uri, *args, **kwargs)
        if response.status_code < 400:
            self.answers += 1
            path = urlsplit(uri).path
            self.wrong += self.within.check(method.upper(), path, response.status_code, response.text)
        return response


def check(paths: list[Path]) -> tuple[dict[str, Any], list[str]]:
    """Play the scenario; return the figures, and what is wrong."""
    within = contract.read(paths)
    conn = connect_sandbox(":memory:", scenario="starter", clock="manual")
    reader = conn.client.http_client = Reader(conn.sandbox.api, within)
    scenario.run(conn)
    wrong = sorted({*reader.wrong})
    emulated = [operation for operation in within.operations if _emulated(operation)]
    wrong += [
        f"{operation.name} is emulated and was not met" for operation in emulated if operation.name not in within.seen
    ]
    wrong += [
        f"{name}: {place} is in none of the files"
        for name, place in sorted(within.beyond)
        if f".{place.rpartition('.')[2]}" not in NEWER
    ]
    wrong += _untrue(within)
    figures = {
        "answers": reader.answers,
        "operations": _of(len(within.seen), len(emulated), len(within.operations)),
        "fields": _of(sum(within.fields.values()), len(within.fields)),
        "values": _of(sum(within.enums.values()), len(within.enums)),
        "not seen": {
            "fields": sorted(f"{name} {place}" for (name, place), seen in within.fields.items() if not seen),
            "values": sorted(f"{name} {value}" for (name, _, value), seen in within.enums.items() if not seen),
        },
    }
    return figures, wrong


def _emulated(operation: contract.Operation) -> bool:
    """Tell whether the table of capabilities says that the sandbox has an operation."""
    found: list[Mapping[str, Any]] = capabilities.table()["operations"]
    shape = operation.path.pattern
    return any(
        one["is"] != "refused" and one["method"] == operation.method and contract.pattern(one["path"]).pattern == shape
        for one in found
    )


def _untrue(within: contract.Contract) -> list[str]:
    """Compare the values the table calls emulated with those that answers showed, for each list that both know."""
    seen: dict[frozenset[str], set[str]] = {}
    for (_, words, value), shown in within.enums.items():
        seen.setdefault(frozenset(words), set()).update({value} if shown else ())
    emulated: dict[frozenset[str], set[str]] = {}
    names: dict[frozenset[str], str] = {}
    for name, values in capabilities.table()["values"].items():  # two products may have the same list
        listed = frozenset(values)
        names.setdefault(listed, name)
        emulated.setdefault(listed, set()).update(one for one, placed in values.items() if placed["is"] == "emulated")
    return [
        f"{name}: {sorted(seen[listed] ^ emulated[listed])} are emulated or shown, and not both"
        for listed, name in names.items()
        if listed in seen and seen[listed] != emulated[listed]
    ]


def _of(*counts: int) -> str:
    return " of ".join(map(str, counts))


def main() -> int:
    """Check, print, and return 1 when something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("specs", nargs="+", type=Path)
    parser.add_argument("--verbose", action="store_true", help="also name the fields and values that were not met")
    asked = parser.parse_args()
    figures, wrong = check(asked.specs)
    if not asked.verbose:
        del figures["not seen"]
    print(json.dumps(figures, indent=1 if asked.verbose else None))
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
