"""Subresources of customer profiles and trust products: assignments of entities and numbers, and evaluations.

Source: EntityAssignments, ChannelEndpointAssignment and Evaluations resources of Trust Hub (read 2026-11-24).
"""

from __future__ import annotations

import json
from typing import Any

from msvc_toolkit.sandbox.resources.trusthub import policies
from msvc_toolkit.sandbox.resources.trusthub.profiles import PRODUCTS, PROFILES, Bundles
from msvc_toolkit.sandbox.rest.collection import Collection
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


class EntityAssignments(Collection):
    """The end users, documents and other bundles that are in a bundle.

    Args:
        bundles: The kind of bundle.
        key: How an item names its bundle.
    """

    def __init__(self, bundles: Bundles, key: str) -> None:
        super().__init__(
            f"{bundles.path}/{{BU}}/EntityAssignments",
            "assignment",
            "BV",
            "results",
            self._shape,
            parent=bundles,
            owner="bundle_sid",
            only="endpoint_type IS NULL",
            filters={"ObjectType": _of_type},
            dates=("date_created",),
        )
        self.bundle_key = key

    def _shape(self, call: Call, row: Row) -> dict[str, Any]:
        return {**_common(self, call, row, self.bundle_key), "object_sid": row["object_sid"]}

    def create(self, call: Call) -> Response:
        """Put an end user, a document or another bundle into the bundle."""
        bundle = self.container(call)
        values = call.read(_OBJECT)
        required(values, _OBJECT, "ObjectSid")
        known = "SELECT sid, account_sid FROM entity UNION ALL SELECT sid, account_sid FROM bundle"
        ours = f"SELECT 1 FROM ({known}) WHERE sid = ? AND account_sid IN (?, ?)"  # noqa: S608 - our own words
        owners = call.account["sid"], call.account["owner_account_sid"]  # a subaccount may use its parent's profile
        if values["object_sid"] == bundle["sid"] or not call.store.one(ours, values["object_sid"], *owners):
            sid = str(values["object_sid"])[:40]
            raise Refusal(
                400, 20001, f"Invalid ObjectSid: {sid} is not an end user, document or bundle of this account"
            )
        _check_absent(call, bundle, values["object_sid"])
        return self.add(call, {"bundle_sid": bundle["sid"], **values})


class NumberAssignments(Collection):
    """The phone numbers that are in a bundle (ChannelEndpointAssignments).

    Args:
        bundles: The kind of bundle.
        key: How an item names its bundle.
    """

    def __init__(self, bundles: Bundles, key: str) -> None:
        super().__init__(
            f"{bundles.path}/{{BU}}/ChannelEndpointAssignments",
            "assignment",
            "RA",
            "results",
            self._shape,
            parent=bundles,
            owner="bundle_sid",
            only="endpoint_type IS NOT NULL",
            filters={"ChannelEndpointSid": _among, "ChannelEndpointSids": _among},
            dates=("date_created",),
        )
        self.bundle_key = key

    def _shape(self, call: Call, row: Row) -> dict[str, Any]:
        return {
            **_common(self, call, row, self.bundle_key),
            "channel_endpoint_type": row["endpoint_type"],
            "channel_endpoint_sid": row["object_sid"],
        }

    def create(self, call: Call) -> Response:
        """Put a phone number into the bundle."""
        bundle = self.container(call)
        values = call.read(_ENDPOINT)
        required(values, _ENDPOINT, "ChannelEndpointType", "ChannelEndpointSid")
        known = "SELECT 1 FROM sender WHERE sid = ? AND account_sid = ? AND kind = 'number'"
        if not call.store.one(known, values["object_sid"], call.account["sid"]):
            sid = str(values["object_sid"])[:40]
            raise Refusal(400, 20001, f"Invalid ChannelEndpointSid: {sid} is not a phone number of this account")
        _check_absent(call, bundle, values["object_sid"])
        return self.add(call, {"bundle_sid": bundle["sid"], **values})


class Evaluations(Collection):
    """What the evaluations of a bundle found.

    Args:
        bundles: The kind of bundle.
        key: How an item names its bundle.
    """

    def __init__(self, bundles: Bundles, key: str) -> None:
        super().__init__(
            f"{bundles.path}/{{BU}}/Evaluations",
            "evaluation",
            "EL",
            "results",
            self._shape,
            parent=bundles,
            owner="bundle_sid",
            dates=("date_created",),
        )
        self.bundle_key = key

    def _shape(self, call: Call, row: Row) -> dict[str, Any]:
        return {
            **_common(self, call, row, self.bundle_key),
            **columns(row, "policy_sid", "status"),
            "results": json.loads(row["results"]),
        }

    def create(self, call: Call) -> Response:
        """Compare what the bundle has with its policy, without submitting it."""
        bundle = self.container(call)
        values = call.read(_POLICY)
        required(values, _POLICY, "PolicySid")
        if values["policy_sid"] != bundle["policy_sid"]:
            raise Refusal(400, 20001, f"Invalid PolicySid: the policy of {bundle['sid']} is {bundle['policy_sid']}")
        results = policies.evaluate(call.store, bundle["sid"], bundle["policy_sid"])
        row = {
            "bundle_sid": bundle["sid"],
            "policy_sid": bundle["policy_sid"],
            "status": "compliant" if policies.compliant(results) else "noncompliant",
            "results": json.dumps(results),
        }
        return self.add(call, row)


def _common(items: Collection, call: Call, row: Row, key: str) -> dict[str, Any]:
    return {
        **columns(row, "sid", "account_sid"),
        key: row["bundle_sid"],
        "date_created": iso(row["date_created"]),
        "url": f"{call.origin}{items.path.replace('{BU}', row['bundle_sid'])}/{row['sid']}",
    }


def _check_absent(call: Call, bundle: Row, object_sid: object) -> None:
    query = "SELECT 1 FROM assignment WHERE bundle_sid = ? AND object_sid = ?"
    if call.store.one(query, bundle["sid"], object_sid):
        raise Refusal(409, 20409, f"{object_sid} is in the bundle already")


def _operations(bundles: Bundles, key: str) -> tuple[Operation, ...]:
    entities, numbers, evaluations = (
        kind(bundles, key) for kind in (EntityAssignments, NumberAssignments, Evaluations)
    )
    return (
        *entities.operations(create=entities.create, delete=entities.delete),
        *numbers.operations(create=numbers.create, delete=numbers.delete),
        *evaluations.operations(create=evaluations.create),
    )


OPERATIONS = (*_operations(PROFILES, "customer_profile_sid"), *_operations(PRODUCTS, "trust_product_sid"))
