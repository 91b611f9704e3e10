"""What hangs below a customer profile or trust product: assignments of entities and numbers, and evaluations.

Source: EntityAssignments, ChannelEndpointAssignment and Evaluations resources of Trust Hub (read 2026-11-24).
"""

from __future__ import annotations

import json
import re
from typing import Any

from msvc_toolkit.sandbox.resources.trusthub import policies
from msvc_toolkit.sandbox.resources.trusthub.profiles import PRODUCTS, PROFILES, Bundles
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, choice, required, text
from msvc_toolkit.sandbox.rest.responses import Response, answer, iso, list_v1
from msvc_toolkit.sandbox.rest.routing import Call, Operation, filters, page_of
from msvc_toolkit.sandbox.storage.store import Row

_OBJECT = (Param("ObjectSid", "object_sid", text(34, 34)),)
_ENDPOINT = (
    Param("ChannelEndpointType", "endpoint_type", choice("phone-number")),
    Param("ChannelEndpointSid", "object_sid", text(34, 34)),
)
_POLICY = (Param("PolicySid", "policy_sid", choice(*policies.POLICIES)),)


class Items:
    """The three resources below one kind of bundle.

    Args:
        bundles: The kind.
        key: How an item names its bundle.
    """

    def __init__(self, bundles: Bundles, key: str) -> None:
        self.bundles, self.key = bundles, key

    def routes(self) -> tuple[Operation, ...]:
        """Return the eleven operations."""
        base = f"/v1/{self.bundles.path}/{{BU}}"
        found = [
            Operation("POST", f"{base}/EntityAssignments", self.assign),
            Operation("POST", f"{base}/ChannelEndpointAssignments", self.assign_number),
            Operation("POST", f"{base}/Evaluations", self.evaluate),
        ]
        for part, prefix in (("EntityAssignments", "BV"), ("ChannelEndpointAssignments", "RA"), ("Evaluations", "EL")):
            found.append(Operation("GET", f"{base}/{part}", self.list))
            found.append(Operation("GET", f"{base}/{part}/{{{prefix}}}", self.fetch))
            if part != "Evaluations":
                found.append(Operation("DELETE", f"{base}/{part}/{{{prefix}}}", self.delete))
        return tuple(found)

    def shape(self, call: Call, row: Row) -> dict[str, Any]:
        """Write an item as Twilio does."""
        part = _part(row["sid"])
        item = {
            "sid": row["sid"],
            "account_sid": row["account_sid"],
            self.key: row["bundle_sid"],
            "date_created": iso(row["date_created"]),
            "url": f"{call.origin}/v1/{self.bundles.path}/{row['bundle_sid']}/{part}/{row['sid']}",
        }
        if part == "Evaluations":
            results = json.loads(row["results"])
            return {**item, "policy_sid": row["policy_sid"], "status": row["status"], "results": results}
        if part == "EntityAssignments":
            return {**item, "object_sid": row["object_sid"]}
        return {
            **item,
            "channel_endpoint_type": row["endpoint_type"],
            "channel_endpoint_sid": row["object_sid"],
        }

    def assign(self, call: Call) -> Response:
        """Put an end user, a document or another bundle into the bundle."""
        bundle = self._open(call)
        values = call.read(_OBJECT)
        required(values, _OBJECT, "ObjectSid")
        known = "SELECT sid, account_sid FROM entity UNION ALL SELECT sid, account_sid FROM bundle"
        ours = f"SELECT 1 FROM ({known}) WHERE sid = ? AND account_sid IN (?, ?)"  # noqa: S608 - our own words
        owners = call.account["sid"], call.account["owner_account_sid"]  # a subaccount rests on its parent's profile
        if values["object_sid"] == bundle["sid"] or not call.store.one(ours, values["object_sid"], *owners):
            sid = str(values["object_sid"])[:40]
            raise Refusal(400, 20001, f"Invalid ObjectSid: {sid} is no end user, document or bundle of this account")
        return self._add(call, "BV", bundle, values)

    def assign_number(self, call: Call) -> Response:
        """Put a phone number into the bundle."""
        bundle = self._open(call)
        values = call.read(_ENDPOINT)
        required(values, _ENDPOINT, "ChannelEndpointType", "ChannelEndpointSid")
        known = "SELECT 1 FROM sender WHERE sid = ? AND account_sid = ? AND kind = 'number'"
        if not call.store.one(known, values["object_sid"], call.account["sid"]):
            sid = str(values["object_sid"])[:40]
            raise Refusal(400, 20001, f"Invalid ChannelEndpointSid: {sid} is no phone number of this account")
        return self._add(call, "RA", bundle, values)

    def _open(self, call: Call) -> Row:
        return self.bundles.one(call, call.sids[0])

    def _add(self, call: Call, prefix: str, bundle: Row, values: dict[str, object]) -> Response:
        if call.store.one(
            "SELECT 1 FROM assignment WHERE bundle_sid = ? AND object_sid = ?", bundle["sid"], values["object_sid"]
        ):
            raise Refusal(409, 20409, f"{values['object_sid']} is in the bundle already")
        sid = call.store.new_sid(prefix)
        row = {"sid": sid, "account_sid": call.account["sid"], "bundle_sid": bundle["sid"], **values}
        call.store.insert("assignment", {**row, "date_created": call.now})
        return answer(201, self.shape(call, self._one(call, sid)))

    def evaluate(self, call: Call) -> Response:
        """Hold what the bundle has against its policy, without submitting it."""
        bundle = self._open(call)
        values = call.read(_POLICY)
        required(values, _POLICY, "PolicySid")
        if values["policy_sid"] != bundle["policy_sid"]:
            raise Refusal(400, 20001, f"Invalid PolicySid: the policy of {bundle['sid']} is {bundle['policy_sid']}")
        results = policies.evaluate(call.store, bundle["sid"], bundle["policy_sid"])
        sid = call.store.new_sid("EL")
        row = {
            "sid": sid,
            "account_sid": call.account["sid"],
            "bundle_sid": bundle["sid"],
            "policy_sid": bundle["policy_sid"],
            "status": "compliant" if policies.compliant(results) else "noncompliant",
            "results": json.dumps(results),
            "date_created": call.now,
        }
        call.store.insert("evaluation", row)
        return answer(201, self.shape(call, row))

    def list(self, call: Call) -> Response:
        """List a bundle's items of one kind."""
        bundle, part = self._open(call), call.path.rpartition("/")[2]
        names = {"EntityAssignments": ("ObjectType",), "Evaluations": ()}
        taken = filters(call, names.get(part, ("ChannelEndpointSid", "ChannelEndpointSids")))
        where, values = "bundle_sid = ?", [bundle["sid"]]
        if part == "EntityAssignments":
            where += " AND endpoint_type IS NULL"
        elif part == "ChannelEndpointAssignments":
            where += " AND endpoint_type IS NOT NULL"
        for name, value in taken:
            if name == "ObjectType":
                where += " AND object_sid IN (SELECT sid FROM entity WHERE type = ?)"
                values.append(value)
            else:
                where += " AND object_sid IN (SELECT value FROM json_each(?))"
                values.append(json.dumps(value.split(",")))
        page = page_of(call, "evaluation" if part == "Evaluations" else "assignment", where, tuple(values))
        items = [self.shape(call, row) for row in page.rows]
        return list_v1(call.origin + call.path, "results", page, taken, items)

    def fetch(self, call: Call) -> Response:
        """Fetch one item."""
        self._open(call)
        return answer(200, self.shape(call, self._one(call, call.sids[1])))

    def delete(self, call: Call) -> Response:
        """Take something out of the bundle."""
        self._open(call)
        row = self._one(call, call.sids[1])
        call.store.execute("DELETE FROM assignment WHERE sid = ?", row["sid"])
        return Response(204)

    def _one(self, call: Call, sid: str) -> Row:
        table = "evaluation" if sid.startswith("EL") else "assignment"
        row = call.store.one(f"SELECT * FROM {table} WHERE sid = ? AND bundle_sid = ?", sid, call.sids[0])  # noqa: S608
        if row is None:
            shown = re.sub(r"^/v\d+", "", call.path)
            raise Refusal(404, 20404, f"The requested resource {shown} was not found")
        return row


def _part(sid: str) -> str:
    return {"BV": "EntityAssignments", "RA": "ChannelEndpointAssignments", "EL": "Evaluations"}[sid[:2]]


OPERATIONS = (*Items(PROFILES, "customer_profile_sid").routes(), *Items(PRODUCTS, "trust_product_sid").routes())
