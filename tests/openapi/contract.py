"""Twilio's OpenAPI files as a contract: which answers are within it, and how much of it was seen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

METHODS = ("get", "post", "put", "patch", "delete")
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def _iso(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@FORMATS.checks("date", raises=ValueError)
def _date(value: object) -> bool:
    return not isinstance(value, str) or bool(datetime.strptime(value, "%Y-%m-%d").astimezone())


@FORMATS.checks("date-time-rfc-2822", raises=ValueError)
def _rfc(value: object) -> bool:
    return not isinstance(value, str) or parsedate_to_datetime(value).tzinfo is not None


@FORMATS.checks("uri")
def _uri(value: object) -> bool:
    # Relative and empty ones are in the examples of the files themselves.
    return not isinstance(value, str) or re.fullmatch(r"[^\s<>\"{}|\\^`]*", value) is not None


@dataclass
class Operation:
    """One operation of the files: its path as a pattern, and what its answers look like."""

    name: str
    method: str
    path: re.Pattern[str]
    responses: dict[str, Any]
    components: dict[str, Any]


@dataclass
class Contract:
    """All operations of some files, and what of them was seen.

    Args:
        operations: The operations.
        fields: Each field of a successful answer, and whether it was seen with a value.
        enums: Each value a field may have, by the field's name and its list of values, and whether it was seen.
        beyond: Fields that were seen and that no file has.
    """

    operations: list[Operation] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    fields: dict[tuple[str, str], bool] = field(default_factory=dict)
    enums: dict[tuple[str, tuple[str, ...], str], bool] = field(default_factory=dict)
    beyond: set[tuple[str, str]] = field(default_factory=set)

    def check(self, method: str, path: str, status: int, body: str) -> list[str]:
        """Return what is wrong with an answer, and note what it shows."""
        operation = next((one for one in self.operations if one.method == method and one.path.fullmatch(path)), None)
        if operation is None:
            return [f"{method} {path} is in none of the files"]
        self.seen.add(operation.name)
        documented = operation.responses.get(str(status))
        if documented is None:
            return [f"{operation.name}: {status} is none of {', '.join(operation.responses)}"]
        schema = documented.get("content", {}).get("application/json", {}).get("schema")
        if schema is None:
            return [f"{operation.name}: {status} has a body, and none is documented"] if body else []
        schema = {**_plain(schema), "components": operation.components}
        content = json.loads(body)
        self._note(operation, schema, content, operation.name, "")
        found = Draft202012Validator(schema, format_checker=FORMATS).iter_errors(content)
        return [f"{operation.name} {status} {error.json_path}: {error.message[:200]}" for error in found]

    def _note(self, operation: Operation, schema: Any, content: Any, name: str, place: str) -> None:
        """Note the fields and values a body shows, and those it might have shown."""
        schema = _resolved(operation, schema)
        known = schema.get("properties", {})
        listed = tuple(str(value) for value in schema.get("enum", ()) if value is not None)
        for value in listed:
            key = (place.rpartition(".")[2], listed, value)
            self.enums[key] = self.enums.get(key, False) or content == value
        if isinstance(content, list) and "items" in schema:
            for item in content or [None]:
                self._note(operation, schema["items"], item, name, f"{place}[]")
            return
        given = content if isinstance(content, dict) else {}
        if known and given:
            self.beyond |= {(name, f"{place}.{key}") for key in given if key not in known}
        for key, below in known.items():
            at = (name, f"{place}.{key}")
            self.fields[at] = self.fields.get(at, False) or given.get(key) is not None
            self._note(operation, below, given.get(key), *at)


def _resolved(operation: Operation, schema: Any) -> Any:
    while True:
        if "$ref" in schema:
            schema = operation.components["schemas"][schema["$ref"].rpartition("/")[2]]
        elif "anyOf" in schema and schema["anyOf"][-1] == {"type": "null"}:
            schema = schema["anyOf"][0]
        else:
            return schema


def _plain(node: Any) -> Any:
    """Write OpenAPI 3.0's nullable as JSON Schema has it."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _plain(value) for key, value in node.items() if key not in ("nullable", "example", "examples")}
    return {"anyOf": [found, {"type": "null"}]} if node.get("nullable") is True else found


def read(paths: list[Path]) -> Contract:
    """Read OpenAPI files."""
    contract = Contract()
    for path in paths:
        document = json.loads(path.read_text(encoding="utf-8"))
        components = _plain(document["components"])
        # What has no braces comes first: /Services/Usecases is no service.
        for template, item in sorted(document["paths"].items(), key=lambda pair: pair[0].count("{")):
            contract.operations += _operations(template, item, components)
    return contract


def pattern(template: str) -> re.Pattern[str]:
    """Return what a path with names in braces matches."""
    return re.compile("[^/]+".join(map(re.escape, re.split(r"\{[^}]*\}", template))))


def _operations(template: str, item: dict[str, Any], components: dict[str, Any]) -> Iterator[Operation]:
    for method in METHODS:
        if method in item:
            name = f"{method.upper()} {template}"
            yield Operation(name, method.upper(), pattern(template), item[method]["responses"], components)
