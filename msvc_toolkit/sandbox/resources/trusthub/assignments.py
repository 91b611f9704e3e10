"""Subresources of customer profiles and trust products: assignments of entities and numbers, and evaluations.

Source: EntityAssignments, ChannelEndpointAssignment and Evaluations resources of Trust Hub (read 2026-11-24).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from msvc_toolkit.sandbox.resources.trusthub import policies
from msvc_toolkit.sandbox.resources.trusthub.profiles import PRODUCTS, PROFILES, Bundles
from msvc_toolkit.sandbox.rest.collection import Collection, ListFilter
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, choice, required, text
from msvc_toolkit.sandbox.rest.responses import Response, columns, iso
from msvc_toolkit.sandbox.rest.routing import Call, Operation
from msvc_toolkit.sandbox.storage.store import Row

_OBJECT = (Param("ObjectSid", "object_sid", text(34, 34)),)
_ENDPOINT = (
    Param("ChannelEndpointType", "endpoint_type", choice("phone-number")),
    Param("ChannelEndpointSid", "object_sid", text(34, 34)),
)
_POLICY = (Param("PolicySid", "policy_sid", choice(*policies.POLICIES)),)


def _of_type(_: Call, kind: str) -> tuple[str, tuple[object, ...]]:
    return "object_sid IN (SELECT sid FROM entity WHERE type = ?)", (kind,)


def _among(_: Call, sids: str) -> tuple[str, tuple[object, ...]]:
    return "object_sid IN (SELECT value FROM json_each(?))", (json.dumps(sids.split(",")),)


class BundleItems(Collection):
    """A subresource of bundles, whose rows name the bundle in column `key`; subclasses add their fields and `create`."""

    name, item_table, item_prefix, item_only = "", "assignment", "", "1"
    item_filters: ClassVar[Mapping[str, ListFilter]] = {}

    def __init__(self, bundles: Bundles, key: str) -> None:
        super().__init__(
            f"{bundles.path}/{{BU}}/{self.name}",
            self.item_table,
            self.item_prefix,
            "results",
            self._shape,
            parent=bundles,
            owner="bundle_sid",
            only=self.item_only,
            filters=self.item_filters,
            dates=("date_created",),
        )
        self._bundle_key = key

    def _shape(self, call: Call, row: Row) -> dict[str, Any]:
        return {
            **columns(row, "sid", "account_sid"),
            self._bundle_key: row["bundle_sid"],
            "date_created": iso(row["date_created"]),
            "url": f"{call.origin}{self.path.replace('{BU}', row['bundle_sid'])}/{row['sid']}",
            **self.fields(row),
        }

    def fields(self, row: Row) -> dict[str, Any]:
        """Return the fields that only this subresource has."""
        raise NotImplementedError

    def create(self, call: Call) -> Response:
        """Create an item."""
        raise NotImplementedError

    def put(self, call: Call, bundle: Row, values: Mapping[str, object]) -> Response:
        """Insert an assignment, unless the bundle has it already."""
        found = "SELECT 1 FROM assignment WHERE bundle_sid = ? AND object_sid = ?"
        if call.store.one(found, bundle["sid"], values["object_sid"]):
            raise Refusal(409, 20409, f"{values['object_sid']} is in the bundle already")
        return self.add(call, {"bundle_sid": bundle["sid"], **values})


class EntityAssignments(BundleItems):
    """The end users, documents and other bundles that are in a bundle."""

    name, item_prefix, item_only = "EntityAssignments", "BV", "endpoint_type IS NULL"
    item_filters: ClassVar = {"ObjectType": _of_type}

    def fields(self, row: Row) -> dict[str, Any]:
        """Return what is assigned."""
        return columns(row, "object_sid")

    def create(self, call: Call) -> Response:
        """Put an end user, a document or another bundle into the bundle."""
        bundle = self.container(call)
        values = call.read(_OBJECT)
        required(values, _OBJECT, "ObjectSid")
        known = "SELECT sid, account_sid FROM entity UNION ALL SELECT sid, account_sid FROM bundle"
        ours = f"SELECT 1 FROM ({known}) WHERE sid = ? AND account_sid IN (?, ?)"  # noqa: S608 - our own words
        owners = call.account["sid"], call.account["owner_account_sid"]  # a subaccount may use its parent's profile
        if values["object_sid"] == bundle["sid"] or not call.store.one(ours, values["object_sid"], *owners):
            what = f"{str(values['object_sid'])[:40]} is not an end user, document or bundle of this account"
            raise Refusal(400, 20001, f"Invalid ObjectSid: {what}")
        return self.put(call, bundle, values)


class NumberAssignments(BundleItems):
    """The phone numbers that are in a bundle (ChannelEndpointAssignments)."""

    name, item_prefix, item_only = "ChannelEndpointAssignments", "RA", "endpoint_type IS NOT NULL"
    item_filters: ClassVar = {"ChannelEndpointSid": _among, "ChannelEndpointSids": _among}

    def fields(self, row: Row) -> dict[str, Any]:
        """Return what is assigned."""
        return {"channel_endpoint_type": row["endpoint_type"], "channel_endpoint_sid": row["object_sid"]}

    def create(self, call: Call) -> Response:
        """Put a phone number into the bundle."""
        bundle = self.container(call)
        values = call.read(_ENDPOINT)
        required(values, _ENDPOINT, "ChannelEndpointType", "ChannelEndpointSid")
        known = "SELECT 1 FROM sender WHERE sid = ? AND account_sid = ? AND kind = 'number'"
        if not call.store.one(known, values["object_sid"], call.account["sid"]):
            sid = str(values["object_sid"])[:40]
            raise Refusal(400, 20001, f"Invalid ChannelEndpointSid: {sid} is not a phone number of this account")
        return self.put(call, bundle, values)


class Evaluations(BundleItems):
    """The evaluations of a bundle, with their results."""

    name, item_table, item_prefix = "Evaluations", "evaluation", "EL"

    def fields(self, row: Row) -> dict[str, Any]:
        """Return the result."""
        return {**columns(row, "policy_sid", "status"), "results": json.loads(row["results"])}

    def create(self, call: Call) -> Response:
        """Compare the bundle's items with its policy, without submitting the bundle."""
        bundle = self.container(call)
        values = call.read(_POLICY)
        required(values, _POLICY, "PolicySid")
        if values["policy_sid"] != bundle["policy_sid"]:
            raise Refusal(400, 20001, f"Invalid PolicySid: the policy of {bundle['sid']} is {bundle['policy_sid']}")
        results = policies.evaluate(call.store, bundle["sid"], bundle["policy_sid"])
        row = {"bundle_sid": bundle["sid"], "policy_sid": bundle["policy_sid"], "results": json.dumps(results)}
        return self.add(call, {**row, "status": "compliant" if policies.compliant(results) else "noncompliant"})


def _operations(bundles: Bundles, key: str) -> tuple[Operation, ...]:
    return (
        *EntityAssignments(bundles, key).operations("create", "delete"),
        *NumberAssignments(bundles, key).operations("create", "delete"),
        *Evaluations(bundles, key).operations("create"),
    )


OPERATIONS = (*_operations(PROFILES, "customer_profile_sid"), *_operations(PRODUCTS, "trust_product_sid"))
