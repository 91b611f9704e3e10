"""The alphanumeric sender IDs of a Messaging Service: for every country, or for one.

Source: AlphaSender and DestinationAlphaSender resources of a Messaging Service; error pages 21708, 21709, 21714
(read 2026-11-23).
"""

from __future__ import annotations

from typing import Any

from msvc_toolkit.rules import addresses, territories
from msvc_toolkit.sandbox.resources.messaging.services import service_of
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, text
from msvc_toolkit.sandbox.rest.responses import Response, answer, iso, list_v1
from msvc_toolkit.sandbox.rest.routing import Call, Operation, filters, page_of
from msvc_toolkit.sandbox.storage.store import Row


class Alpha:
    """Alphanumeric sender IDs, which exist in a pool alone.

    Args:
        path: The resource's name in the path.
        by_country: True for DestinationAlphaSenders, which stand for one country or (empty) for all others.
    """

    def __init__(self, path: str, *, by_country: bool) -> None:
        self.path, self.by_country = path, by_country
        self.where = f"service_sid = ? AND iso_country_code IS {'NOT ' if by_country else ''}NULL"

    def routes(self) -> tuple[Operation, ...]:
        """Return the four operations."""
        base = f"/v1/Services/{{MG}}/{self.path}"
        return (
            Operation("POST", base, self.create),
            Operation("GET", base, self.list),
            Operation("GET", base + "/{AI}", self.fetch),
            Operation("DELETE", base + "/{AI}", self.delete),
        )

    def shape(self, call: Call, row: Row) -> dict[str, Any]:
        """Write an alpha sender as Twilio does."""
        return {
            "sid": row["sid"],
            "account_sid": row["account_sid"],
            "service_sid": row["service_sid"],
            "date_created": iso(row["date_created"]),
            "date_updated": iso(row["date_updated"]),
            "alpha_sender": row["alpha_sender"],
            "capabilities": ["SMS"],
            **({"iso_country_code": row["iso_country_code"]} if self.by_country else {}),
            "url": f"{call.origin}/v1/Services/{row['service_sid']}/{self.path}/{row['sid']}",
        }

    def create(self, call: Call) -> Response:
        """Add an alphanumeric sender ID."""
        service = service_of(call)
        values = call.read(self._params())
        name, country = str(values.get("alpha_sender", "")).strip(), values.get("iso_country_code")
        if not name:
            raise Refusal(400, 21708, "An alphanumeric Sender ID must be given as AlphaSender.")
        if not call.settings.alpha_senders or addresses.alpha_problem(name) is not None:
            raise Refusal(400, 21709, f"The alphanumeric Sender ID {name} is invalid or not enabled for this account.")
        if self.by_country and country is None:
            country = ""
        taken = call.store.one(
            "SELECT 1 FROM alpha WHERE service_sid = ? AND iso_country_code IS ?", service["sid"], country
        )
        if taken:
            raise Refusal(
                412, 21714, "The Messaging Service has an alphanumeric Sender ID for this destination already."
            )
        sid = call.store.new_sid("AI")
        call.store.insert(
            "alpha",
            {
                "sid": sid,
                "account_sid": call.account["sid"],
                "service_sid": service["sid"],
                "alpha_sender": name,
                "iso_country_code": country,
                "date_created": call.now,
                "date_updated": call.now,
            },
        )
        return answer(201, self.shape(call, self._member(call, sid)))

    def _params(self) -> tuple[Param, ...]:
        alpha = Param("AlphaSender", "alpha_sender", text(0, 64), code=21709)
        return (alpha, Param("IsoCountryCode", "iso_country_code", _country)) if self.by_country else (alpha,)

    def _member(self, call: Call, sid: str) -> Row:
        row = call.store.one(
            f"SELECT * FROM alpha WHERE {self.where} AND sid = ?",  # noqa: S608 - as above
            call.sids[0],
            sid,
        )
        if row is None:
            raise Refusal(
                404, 20404, f"The requested resource /Services/{call.sids[0]}/{self.path}/{sid} was not found"
            )
        return row

    def list(self, call: Call) -> Response:
        """List the alpha senders."""
        service = service_of(call)
        taken = filters(call, ("IsoCountryCode",) if self.by_country else ())
        where, values = self.where, [service["sid"]]
        if taken:
            where, values = f"{where} AND iso_country_code = ?", [*values, taken[-1][1].upper()]
        page = page_of(call, "alpha", where, tuple(values))
        items = [self.shape(call, row) for row in page.rows]
        return list_v1(call.origin + call.path, "alpha_senders", page, taken, items)

    def fetch(self, call: Call) -> Response:
        """Fetch one alpha sender."""
        service_of(call)
        return answer(200, self.shape(call, self._member(call, call.sids[1])))

    def delete(self, call: Call) -> Response:
        """Remove an alpha sender."""
        service_of(call)
        row = self._member(call, call.sids[1])
        call.store.execute("DELETE FROM alpha WHERE sid = ?", row["sid"])
        call.store.execute("DELETE FROM sticky WHERE sender_sid = ?", row["sid"])
        return Response(204)


def _country(value: str) -> str:
    if value and not territories.is_country(value.upper()):
        raise ValueError(f"it is a two-letter ISO country code, not {value[:20]!r}")
    return value.upper()


OPERATIONS = (
    *Alpha("AlphaSenders", by_country=False).routes(),
    *Alpha("DestinationAlphaSenders", by_country=True).routes(),
)
