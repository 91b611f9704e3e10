"""Customer profiles and trust products: create, list, fetch, update, submit, delete.

Source: CustomerProfiles and TrustProducts resources of Trust Hub; Introducing Error Codes for Customer Profiles (read
2026-11-24). The result of a review is decided in `reviews`.
"""

from __future__ import annotations

import json
from typing import Any

from msvc_toolkit.sandbox.messages.lifecycle import latest
from msvc_toolkit.sandbox.resources.trusthub.policies import POLICIES
from msvc_toolkit.sandbox.rest.collection import Collection
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, choice, required, text, url
from msvc_toolkit.sandbox.rest.responses import Response, columns, iso
from msvc_toolkit.sandbox.rest.routing import Call
from msvc_toolkit.sandbox.storage.store import Row

STATUSES = ("draft", "pending-review", "in-review", "twilio-rejected", "twilio-approved")
APPROVED, REJECTED = "twilio-approved", "twilio-rejected"
_STATUS = (
    "CASE WHEN decided IS NULL THEN 'draft' WHEN verdict IS NOT NULL AND decided <= ? THEN verdict "
    "WHEN reviewed <= ? THEN 'in-review' ELSE 'pending-review' END"
)
"""SQL that computes `status`."""


def status(row: Row, now: int) -> str:
    """Return the status of a bundle at a time."""
    if row["decided"] is None:
        return "draft"
    if row["verdict"] is not None and now >= row["decided"]:
        return str(row["verdict"])
    return "in-review" if row["reviewed"] is not None and now >= row["reviewed"] else "pending-review"


def _in_status(call: Call, state: str) -> tuple[str, tuple[object, ...]]:
    if state not in STATUSES:
        raise Refusal(400, 20001, f"Invalid Status: it must be one of {', '.join(STATUSES)}, not {state[:40]!r}")
    return f"? = {_STATUS}", (state, call.now, call.now)


class Bundles(Collection):
    """Customer profiles or trust products, which differ only in their policies.

    `parts` are its subresources: key of ``links`` and name in the path.
    """

    def __init__(self, kind: str, path: str, parts: dict[str, str]) -> None:
        super().__init__(
            f"/v1/{path}",
            "bundle",
            "BU",
            "results",
            self._shape,
            only=f"kind = '{kind}'",
            filters={"Status": _in_status, "FriendlyName": "friendly_name", "PolicySid": "policy_sid"},
        )
        self.kind, self.name, self.parts = kind, path, parts
        self.policies = tuple(sid for sid, (of, *_) in POLICIES.items() if of == kind)
        plain = (
            Param("FriendlyName", "friendly_name", text(1, 255)),
            Param("Email", "email", text(3, 255)),
            Param("StatusCallback", "status_callback", url),
        )
        self.create_params = (*plain, Param("PolicySid", "policy_sid", choice(*self.policies)))
        self.update_params = (*plain, Param("Status", "status", choice(*STATUSES)))

    def _shape(self, call: Call, row: Row) -> dict[str, Any]:
        url_ = f"{call.origin}{self.path}/{row['sid']}"
        state = status(row, call.now)
        return {
            **columns(row, "sid", "account_sid", "policy_sid", "friendly_name"),
            "status": state,
            "valid_until": iso(row["valid_until"]),
            **columns(row, "email", "status_callback"),
            "date_created": iso(row["date_created"]),
            "date_updated": iso(latest(call.now, row["date_updated"], row["reviewed"], row["decided"])),
            "url": url_,
            "links": {name: f"{url_}/{part}" for name, part in self.parts.items()},
            "errors": json.loads(row["errors"]) if state == REJECTED else [],
        }

    def create(self, call: Call) -> Response:
        """Make an empty draft."""
        values = call.read(self.create_params)
        required(values, self.create_params, "FriendlyName", "Email", "PolicySid")
        return self.add(call, {"kind": self.kind, **values})

    def update(self, call: Call) -> Response:
        """Change a bundle, or submit it: to pending-review, from a draft or after a rejection.

        Source: Status parameter. Our reading: all other changes of status are refused, and with which code.
        """
        row = self.one(call)
        values = call.read(self.update_params)
        wanted, state = values.pop("status", None), status(row, call.now)
        if state in ("pending-review", "in-review"):
            raise Refusal(400, 20001, f"{row['sid']} is {state} and cannot be changed until it is decided")
        if wanted not in (None, state):
            if wanted != "pending-review" or state not in ("draft", REJECTED):
                raise Refusal(400, 20001, f"Invalid Status: a bundle that is {state} does not become {wanted} this way")
            reviewed = call.now + call.settings.bundle_pending_ms
            decided = reviewed + call.settings.bundle_review_ms
            values |= {"reviewed": reviewed, "decided": decided, "verdict": None, "errors": "[]"}
        return self.save(call, row, values)

    def delete(self, call: Call) -> Response:
        """Delete a bundle that nothing uses. Our choice: others are refused, and with which code."""
        row = self.one(call)
        if status(row, call.now) in ("pending-review", "in-review"):
            raise Refusal(400, 20001, f"{row['sid']} is under review and cannot be deleted")
        used = (
            "SELECT 1 FROM brand WHERE ? IN (customer_profile_bundle_sid, a2p_profile_bundle_sid) "
            "UNION SELECT 1 FROM assignment WHERE object_sid = ?"
        )
        if call.store.one(used, row["sid"], row["sid"]):
            raise Refusal(400, 20001, f"A brand or another bundle uses {row['sid']}")
        return super().delete(call)


def _links(prefix: str) -> dict[str, str]:
    return {
        f"{prefix}_entity_assignments": "EntityAssignments",
        f"{prefix}_evaluations": "Evaluations",
        f"{prefix}_channel_endpoint_assignment": "ChannelEndpointAssignments",
    }


PROFILES = Bundles("profile", "CustomerProfiles", _links("customer_profiles"))
PRODUCTS = Bundles("product", "TrustProducts", _links("trust_products"))
OPERATIONS = tuple(
    operation for kind in (PROFILES, PRODUCTS) for operation in kind.operations("create", "update", "delete")
)
