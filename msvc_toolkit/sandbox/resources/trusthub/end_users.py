"""What Trust Hub bundles are filled with: end users and supporting documents; create, list, fetch, update, delete.

Source: EndUsers and SupportingDocuments resources of Trust Hub (read 2026-11-24). Documents carry no file here.
"""

from __future__ import annotations

import json
from typing import Any

from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, required, text
from msvc_toolkit.sandbox.rest.responses import Response, answer, iso, list_v1
from msvc_toolkit.sandbox.rest.routing import Call, Operation, filters, owned, page_of
from msvc_toolkit.sandbox.storage.store import Row


def _attributes(value: str) -> str:
    try:
        found = json.loads(value)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ValueError(f"it is a JSON object, not {value[:40]!r}")  # noqa: TRY004 - the request is wrong, not a type
    return json.dumps(found)


class Entities:
    """End users, or supporting documents: both are a name, a type and attributes.

    Args:
        kind: What the table calls them.
        path: The resource's name in the path.
        prefix: The SID prefix.
    """

    def __init__(self, kind: str, path: str, prefix: str) -> None:
        self.kind, self.path, self.prefix = kind, path, prefix
        self.create_params = (
            Param("FriendlyName", "friendly_name", text(1, 255)),
            Param("Type", "type", text(1, 255)),
            Param("Attributes", "attributes", _attributes),
        )
        self.update_params = tuple(param for param in self.create_params if param.name != "Type")

    def routes(self) -> tuple[Operation, ...]:
        """Return the five operations."""
        base = f"/v1/{self.path}"
        one = f"{base}/{{{self.prefix}}}"
        return (
            Operation("POST", base, self.create),
            Operation("GET", base, self.list),
            Operation("GET", one, self.fetch),
            Operation("POST", one, self.update),
            Operation("DELETE", one, self.delete),
        )

    def shape(self, call: Call, row: Row) -> dict[str, Any]:
        """Write one as Twilio does."""
        document = {"mime_type": None, "status": "DRAFT"} if self.kind == "document" else {}
        return {
            "sid": row["sid"],
            "account_sid": row["account_sid"],
            "friendly_name": row["friendly_name"],
            "type": row["type"],
            "attributes": json.loads(row["attributes"]),
            **document,
            "date_created": iso(row["date_created"]),
            "date_updated": iso(row["date_updated"]),
            "url": f"{call.origin}/v1/{self.path}/{row['sid']}",
        }

    def create(self, call: Call) -> Response:
        """Make one; whether it holds what a policy asks for is found by an evaluation."""
        values = call.read(self.create_params)
        required(values, self.create_params, "FriendlyName", "Type")
        row = {
            "sid": call.store.new_sid(self.prefix),
            "account_sid": call.account["sid"],
            "kind": self.kind,
            "attributes": "{}",
            **values,
            "date_created": call.now,
            "date_updated": call.now,
        }
        call.store.insert("entity", row)
        return answer(201, self.shape(call, self._one(call, str(row["sid"]))))

    def _one(self, call: Call, sid: str) -> Row:
        return owned(call, "entity", sid, f"/{self.path}/{sid}")

    def list(self, call: Call) -> Response:
        """List those of the account."""
        page = page_of(call, "entity", "account_sid = ? AND kind = ?", (call.account["sid"], self.kind))
        items = [self.shape(call, row) for row in page.rows]
        return list_v1(call.origin + call.path, "results", page, filters(call, ()), items)

    def fetch(self, call: Call) -> Response:
        """Fetch one."""
        return answer(200, self.shape(call, self._one(call, call.sids[0])))

    def update(self, call: Call) -> Response:
        """Change name or attributes; the attributes that are given replace all there were."""
        row = self._one(call, call.sids[0])
        call.store.update("entity", row["sid"], {**call.read(self.update_params), "date_updated": call.now})
        return answer(200, self.shape(call, self._one(call, row["sid"])))

    def delete(self, call: Call) -> Response:
        """Delete one that no bundle holds. That another is refused, and how, is ours."""
        row = self._one(call, call.sids[0])
        if call.store.one("SELECT 1 FROM assignment WHERE object_sid = ?", row["sid"]):
            raise Refusal(400, 20001, f"{row['sid']} is assigned to a bundle; take it out first")
        call.store.execute("DELETE FROM entity WHERE sid = ?", row["sid"])
        return Response(204)


OPERATIONS = (
    *Entities("end user", "EndUsers", "IT").routes(),
    *Entities("document", "SupportingDocuments", "RD").routes(),
)
