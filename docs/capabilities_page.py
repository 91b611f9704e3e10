"""The table of capabilities as a page to read."""

from __future__ import annotations

from typing import Any


def page(table: dict[str, Any]) -> str:
    """Return the page of a table."""
    lines = [
        "# What the sandbox emulates",
        "",
        f"Made by `make capabilities` from {table['sdk']}, by asking the sandbox.",
        "`GET /_sandbox/capabilities` answers the same as JSON.",
        "",
        "*emulated*: as documented. *partial*: taken, and the sentence says what is missing.",
        "*refused*: answered with an error that names it; a value that is refused never occurs in an answer.",
        "",
        "| | emulated | partial | refused |",
        "|---|---|---|---|",
        *(
            f"| {kind} | {found['emulated']} | {found['partial']} | {found['refused']} |"
            for kind, found in counts(table).items()
        ),
        "",
        "## What holds for all of it",
        "",
        *(f"- {sentence}" for sentence in table["behaviour"]),
        "",
        "## Operations, parameters and filters",
        "",
    ]
    for operation in table["operations"]:
        lines += [
            f"### `{operation['method']} {operation['path']}`",
            "",
            f"`{operation['name']}`: {_said(operation)}",
            "",
        ]
        if operation["is"] == "refused":
            continue
        plain = [name for name, placed in operation["takes"].items() if placed == {"is": "emulated"}]
        if plain:
            lines += ["Emulated: " + ", ".join(f"`{name}`" for name in plain), ""]
        rest = {name: placed for name, placed in operation["takes"].items() if name not in plain}
        lines += [f"- `{name}`: {_said(placed)}" for name, placed in rest.items()]
        lines += [""] if rest else []
    lines += ["## Statuses and other listed values", ""]
    for name, values in table["values"].items():
        lines += [f"### `{name}`", "", *(f"- `{value}`: {_said(placed)}" for value, placed in values.items()), ""]
    lines += ["## The rest of the 2010 API", "", "Refused by name, with everything below:", ""]
    return "\n".join([*lines, *(f"- `{path.replace('{}', '{sid}')}`" for path in table["elsewhere"]), ""])


def _said(placed: dict[str, Any]) -> str:
    return f"{placed['is']}. {placed['how']}" if "how" in placed else placed["is"]


def counts(table: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Return how many things of each kind are emulated, partial and refused."""
    kinds = {
        "operations": table["operations"],
        "parameters and filters": [placed for found in table["operations"] for placed in found["takes"].values()],
        "values": [placed for found in table["values"].values() for placed in found.values()],
    }
    places = ("emulated", "partial", "refused")
    return {
        name: {place: sum(one["is"] == place for one in found) for place in places} for name, found in kinds.items()
    }
