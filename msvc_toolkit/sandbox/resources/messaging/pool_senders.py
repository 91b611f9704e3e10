"""The sender pool of a Messaging Service: phone numbers, short codes and channel senders, one resource each.

Source: PhoneNumber, ShortCode and ChannelSender resources of a Messaging Service; error pages 21710 to 21715;
recorded 409 and 404 answers (read 2026-11-23).
"""

from __future__ import annotations

from typing import Any

from msvc_toolkit.rules import addresses
from msvc_toolkit.sandbox.resources.messaging.services import service_of
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, text
from msvc_toolkit.sandbox.rest.responses import Response, answer, iso, list_v1
from msvc_toolkit.sandbox.rest.routing import Call, Operation, filters, page_of
from msvc_toolkit.sandbox.storage.store import Row

CHANNEL_TYPES = {"whatsapp": "WhatsApp", "messenger": "Messenger", "rcs": "RCS"}


class Owned:
    """Numbers, short codes and channel senders: they exist on the account and sit in one service at most.

    Args:
        kind: The kind of the account's sender.
        path: The resource's name in the path.
        key: The list's key.
        prefix: The SID prefix.
        parameter: The create parameter that carries the sender's SID.
    """

    def __init__(self, kind: str, path: str, key: str, prefix: str, parameter: str) -> None:
        self.kind, self.path, self.key, self.prefix = kind, path, key, prefix
        self.param = Param(parameter, "sid", text(1, 64))

    def routes(self) -> tuple[Operation, ...]:
        """Return the four operations."""
        base = f"/v1/Services/{{MG}}/{self.path}"
        return (
            Operation("POST", base, self.create),
            Operation("GET", base, self.list),
            Operation("GET", f"{base}/{{{self.prefix}}}", self.fetch),
            Operation("DELETE", f"{base}/{{{self.prefix}}}", self.delete),
        )

    def shape(self, call: Call, row: Row) -> dict[str, Any]:
        """Write a pool member as Twilio does."""
        common = {
            "sid": row["sid"],
            "account_sid": row["account_sid"],
            "date_created": iso(row["date_pooled"]),
            "date_updated": iso(row["date_pooled"]),
            "country_code": row["country_code"] or "",
            "url": f"{call.origin}/v1/Services/{row['service_sid']}/{self.path}/{row['sid']}",
        }
        if self.kind == "channel":
            channel = row["address"].split(":", 1)[0]
            return {
                **common,
                "messaging_service_sid": row["service_sid"],
                "sender": row["address"],
                "sender_type": CHANNEL_TYPES[channel],
            }
        named = "phone_number" if self.kind == "number" else "short_code"
        return {
            **common,
            "service_sid": row["service_sid"],
            named: row["address"],
            "capabilities": row["capabilities"].split(","),
        }

    def create(self, call: Call) -> Response:
        """Add a sender of the account to the pool."""
        service = service_of(call)
        values = call.read((self.param,))
        if "sid" not in values:
            raise Refusal(400, 20001, f"Missing required parameter {self.param.name} in the post body")
        row = call.store.one(
            "SELECT * FROM sender WHERE sid = ? AND account_sid = ? AND kind = ?",
            values["sid"],
            call.account["sid"],
            self.kind,
        )
        if row is None:
            raise Refusal(404, 20404, f"The requested resource /{self.path}/{values['sid']} was not found")
        self._check(call, service, row)
        call.store.update("sender", row["sid"], {"service_sid": service["sid"], "date_pooled": call.now})
        self._forget_foreign_pairs(call, service, row)
        return answer(201, self.shape(call, self._member(call, row["sid"])))

    def _check(self, call: Call, service: Row, row: Row) -> None:
        if row["service_sid"] == service["sid"]:
            raise Refusal(409, 21710, f"{row['address']} is already in the Messaging Service.")
        if row["service_sid"]:
            raise Refusal(409, 21712, f"{row['address']} is associated with another Messaging Service.")
        if self.kind == "channel":
            return
        if not {"SMS", "MMS"} & set(row["capabilities"].split(",")):
            raise Refusal(400, 21715, f"{row['address']} has neither SMS nor MMS and cannot be in a Messaging Service.")
        held = call.store.one(
            "SELECT count(*) AS n FROM sender WHERE service_sid = ? AND kind != 'channel'", service["sid"]
        )
        if held and held["n"] >= call.settings.pool_limit:
            # Source: mozilla/fx-private-relay#2709 (recorded; read 2026-11-27).
            raise Refusal(412, 21714, "Number Pool size limit reached.")

    def _forget_foreign_pairs(self, call: Call, service: Row, row: Row) -> None:
        """Let recipients in the new sender's country be matched again.

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

    def _member(self, call: Call, sid: str) -> Row:
        row = call.store.one(
            "SELECT * FROM sender WHERE sid = ? AND service_sid = ? AND kind = ?", sid, call.sids[0], self.kind
        )
        if row is None:
            raise Refusal(
                404, 20404, f"The requested resource /Services/{call.sids[0]}/{self.path}/{sid} was not found"
            )
        return row

    def list(self, call: Call) -> Response:
        """List the members of this kind."""
        service = service_of(call)
        page = page_of(call, "sender", "service_sid = ? AND kind = ?", (service["sid"], self.kind))
        items = [self.shape(call, row) for row in page.rows]
        return list_v1(call.origin + call.path, self.key, page, filters(call, ()), items)

    def fetch(self, call: Call) -> Response:
        """Fetch one member."""
        service_of(call)
        return answer(200, self.shape(call, self._member(call, call.sids[1])))

    def delete(self, call: Call) -> Response:
        """Take a sender out of the pool, and its Sticky Sender pairs with it."""
        service_of(call)
        row = self._member(call, call.sids[1])
        call.store.update("sender", row["sid"], {"service_sid": None, "date_pooled": None})
        call.store.execute("DELETE FROM sticky WHERE sender_sid = ?", row["sid"])
        return Response(204)


OPERATIONS = (
    *Owned("number", "PhoneNumbers", "phone_numbers", "PN", "PhoneNumberSid").routes(),
    *Owned("short code", "ShortCodes", "short_codes", "SC", "ShortCodeSid").routes(),
    *Owned("channel", "ChannelSenders", "senders", "XE", "Sid").routes(),
)
