"""End users and supporting documents, the items of Trust Hub bundles: create, list, fetch, update, delete.

Source: EndUsers and SupportingDocuments resources of Trust Hub (read 2026-11-24). Documents carry no file here.
"""

from __future__ import annotations

import json
from typing import Any

from msvc_toolkit.sandbox.rest.collection import Collection
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, required, text
from msvc_toolkit.sandbox.rest.responses import Response, columns, iso
from msvc_toolkit.sandbox.rest.routing import Call
from msvc_toolkit.sandbox.storage.store import Row


def _attributes(value: str) -> str:
    try:
        parsed = json.loads(value)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise ValueError(f"it must be a JSON object, not {value[:40]!r}")  # noqa: TRY004 - the request is wrong, not a type
    return json.dumps(parsed)


_CREATE = (
    Param("FriendlyName", "friendly_name", text(1, 255)),
    Param("Type", "type", text(1, 255)),
    Param("Attributes", "attributes", _attributes),
)
_UPDATE = tuple(param for param in _CREATE if param.name != "Type")


class TrustHubEntities(Collection):
    """End users, or supporting documents: both have a name, a type and attributes."""

    def __init__(self, kind: str, path: str, prefix: str) -> None:
        super().__init__(f"/v1/{path}", "entity", prefix, "results", self._shape, only=f"kind = '{kind}'")
        self.kind = kind

    def _shape(self, call: Call, row: Row) -> dict[str, Any]:
        return {
            **columns(row, "sid", "account_sid", "friendly_name", "type"),
            "attributes": json.loads(row["attributes"]),
            **({"mime_type": None, "status": "DRAFT"} if self.kind == "document" else {}),
            "date_created": iso(row["date_created"]),
            "date_updated": iso(row["date_updated"]),
            "url": f"{call.origin}{self.path}/{row['sid']}",
        }

    def create(self, call: Call) -> Response:
        """Create one; an evaluation shows later whether it meets a policy."""
        values = call.read(_CREATE)
        required(values, _CREATE, "FriendlyName", "Type")
        return self.add(call, {"kind": self.kind, "attributes": "{}", **values})

    def update(self, call: Call) -> Response:
        """Change name or attributes; given attributes replace all earlier ones."""
        return self.save(call, self.one(call), call.read(_UPDATE))

    def delete(self, call: Call) -> Response:
        """Delete one that is in no bundle. Our choice: others are refused, and with which code."""
        row = self.one(call)
        if call.store.one("SELECT 1 FROM assignment WHERE object_sid = ?", row["sid"]):
            raise Refusal(400, 20001, f"{row['sid']} is assigned to a bundle; take it out first")
        return super().delete(call)


_KINDS = (TrustHubEntities("end user", "EndUsers", "IT"), TrustHubEntities("document", "SupportingDocuments", "RD"))
OPERATIONS = tuple(operation for kind in _KINDS for operation in kind.operations("create", "update", "delete"))
