"""The sender pool of a Messaging Service: phone numbers, short codes and channel senders, one resource each.

Source: PhoneNumber, ShortCode and ChannelSender resources of a Messaging Service; error pages 21710 to 21715;
recorded 409 and 404 answers (read 2026-11-23).
"""

from __future__ import annotations

from typing import Any

from msvc_toolkit.rules import addresses
from msvc_toolkit.sandbox.resources.messaging.services import SERVICES
from msvc_toolkit.sandbox.rest.collection import Collection
from msvc_toolkit.sandbox.rest.errors import Refusal, not_found
from msvc_toolkit.sandbox.rest.params import Param, required, text
from msvc_toolkit.sandbox.rest.responses import Response, answer, columns, iso
from msvc_toolkit.sandbox.rest.routing import Call
from msvc_toolkit.sandbox.storage.store import Row

CHANNEL_TYPES = {"whatsapp": "WhatsApp", "messenger": "Messenger", "rcs": "RCS"}


class PoolSenders(Collection):
    """A service's numbers, short codes or channel senders; each belongs to the account and is in at most one service.

    The create parameter carries the sender's SID.
    """

    def __init__(self, kind: str, path: str, key: str, prefix: str, parameter: str) -> None:
        super().__init__(
            f"/v1/Services/{{MG}}/{path}",
            "sender",
            prefix,
            key,
            self._shape,
            parent=SERVICES,
            owner="service_sid",
            only=f"kind = '{kind}'",
        )
        self.kind, self.name = kind, path
        self.param = Param(parameter, "sid", text(1, 64))

    def _shape(self, call: Call, row: Row) -> dict[str, Any]:
        common = {
            **columns(row, "sid", "account_sid"),
            "date_created": iso(row["date_pooled"]),
            "date_updated": iso(row["date_pooled"]),
            "country_code": row["country_code"] or "",
            "url": f"{call.origin}/v1/Services/{row['service_sid']}/{self.name}/{row['sid']}",
        }
        if self.kind == "channel":
            channel = row["address"].split(":", 1)[0]
            own = {"sender": row["address"], "sender_type": CHANNEL_TYPES[channel]}
            return {**common, "messaging_service_sid": row["service_sid"], **own}
        named = "phone_number" if self.kind == "number" else "short_code"
        own = {named: row["address"], "capabilities": row["capabilities"].split(",")}
        return {**common, "service_sid": row["service_sid"], **own}

    def create(self, call: Call) -> Response:
        """Add a sender of the account to the pool."""
        service = self.container(call)
        values = call.read((self.param,))
        required(values, (self.param,), self.param.name)
        query = "SELECT * FROM sender WHERE sid = ? AND account_sid = ? AND kind = ?"
        row = call.store.one(query, values["sid"], call.account["sid"], self.kind)
        if row is None:
            raise not_found(f"/{self.name}/{values['sid']}")
        self._check(call, service, row)
        call.store.update("sender", row["sid"], {"service_sid": service["sid"], "date_pooled": call.now})
        self._forget_foreign_pairs(call, service, row)
        return answer(201, self.shape(call, self.one(call, row["sid"])))

    def _check(self, call: Call, service: Row, row: Row) -> None:
        if row["service_sid"] == service["sid"]:
            raise Refusal(409, 21710, f"{row['address']} is already in the Messaging Service.")
        if row["service_sid"]:
            raise Refusal(409, 21712, f"{row['address']} is associated with another Messaging Service.")
        if self.kind == "channel":
            return
        if not {"SMS", "MMS"} & set(row["capabilities"].split(",")):
            raise Refusal(400, 21715, f"{row['address']} has neither SMS nor MMS and cannot be in a Messaging Service.")
        counted = "SELECT count(*) AS n FROM sender WHERE service_sid = ? AND kind != 'channel'"
        held = call.store.one(counted, service["sid"])
        if held and held["n"] >= call.settings.pool_limit:
            # Source: mozilla/fx-private-relay#2709 (recorded; read 2026-11-27).
            raise Refusal(412, 21714, "Number Pool size limit reached.")

    def _forget_foreign_pairs(self, call: Call, service: Row, row: Row) -> None:
        """Forget Sticky Sender pairs of recipients in the new sender's country.

        Source: Sticky Sender behaviour: a number or short code of the recipient's country replaces a foreign pair.
        """
        if self.kind == "channel":
            return
        pairs = call.store.all(
            "SELECT recipient, country_code FROM sticky JOIN sender ON sender.sid = sticky.sender_sid "
            "WHERE sticky.service_sid = ? AND sender.kind != 'channel'",
            service["sid"],
        )
        for pair in pairs:
            recipient = addresses.read(pair["recipient"])
            if recipient and recipient.country == row["country_code"] != pair["country_code"]:
                call.store.execute(
                    "DELETE FROM sticky WHERE service_sid = ? AND recipient = ?", service["sid"], pair["recipient"]
                )

    def delete(self, call: Call) -> Response:
        """Remove a sender and its Sticky Sender pairs from the pool."""
        row = self.one(call)
        call.store.update("sender", row["sid"], {"service_sid": None, "date_pooled": None})
        call.store.execute("DELETE FROM sticky WHERE sender_sid = ?", row["sid"])
        return Response(204)


_POOLS = (
    PoolSenders("number", "PhoneNumbers", "phone_numbers", "PN", "PhoneNumberSid"),
    PoolSenders("short code", "ShortCodes", "short_codes", "SC", "ShortCodeSid"),
    PoolSenders("channel", "ChannelSenders", "senders", "XE", "Sid"),
)
OPERATIONS = tuple(operation for pool in _POOLS for operation in pool.operations("create", "delete"))
