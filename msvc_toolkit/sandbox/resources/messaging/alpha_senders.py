"""The alphanumeric sender IDs of a Messaging Service: for every country, or for one.

Source: AlphaSender and DestinationAlphaSender resources of a Messaging Service; error pages 21708, 21709, 21714
(read 2026-11-23).
"""

from __future__ import annotations

from typing import Any

from msvc_toolkit.rules import addresses, numbering_plan
from msvc_toolkit.sandbox.resources.messaging.services import SERVICES
from msvc_toolkit.sandbox.rest.collection import Collection
from msvc_toolkit.sandbox.rest.errors import Refusal
from msvc_toolkit.sandbox.rest.params import Param, text
from msvc_toolkit.sandbox.rest.responses import Response, columns, iso
from msvc_toolkit.sandbox.rest.routing import Call
from msvc_toolkit.sandbox.storage.store import Row


class AlphaSenders(Collection):
    """Alphanumeric sender IDs, which exist only in a pool. With `by_country`, each is for one country, or for all others."""

    def __init__(self, path: str, *, by_country: bool) -> None:
        super().__init__(
            f"/v1/Services/{{MG}}/{path}",
            "alpha",
            "AI",
            "alpha_senders",
            self._shape,
            parent=SERVICES,
            owner="service_sid",
            only=f"iso_country_code IS {'NOT ' if by_country else ''}NULL",
            filters={"IsoCountryCode": _in_country} if by_country else {},
        )
        self.name, self.by_country = path, by_country

    def _shape(self, call: Call, row: Row) -> dict[str, Any]:
        return {
            **columns(row, "sid", "account_sid", "service_sid"),
            "date_created": iso(row["date_created"]),
            "date_updated": iso(row["date_updated"]),
            "alpha_sender": row["alpha_sender"],
            "capabilities": ["SMS"],
            **({"iso_country_code": row["iso_country_code"]} if self.by_country else {}),
            "url": f"{call.origin}/v1/Services/{row['service_sid']}/{self.name}/{row['sid']}",
        }

    def create(self, call: Call) -> Response:
        """Add an alphanumeric sender ID."""
        service = self.container(call)
        values = call.read(self._params())
        name, country = str(values.get("alpha_sender", "")).strip(), values.get("iso_country_code")
        if not name:
            raise Refusal(400, 21708, "An alphanumeric Sender ID must be given as AlphaSender.")
        if not call.settings.alpha_senders or addresses.alpha_problem(name) is not None:
            raise Refusal(400, 21709, f"The alphanumeric Sender ID {name} is invalid or not enabled for this account.")
        if self.by_country and country is None:
            country = ""
        taken = "SELECT 1 FROM alpha WHERE service_sid = ? AND iso_country_code IS ?"
        if call.store.one(taken, service["sid"], country):
            sentence = "The Messaging Service has an alphanumeric Sender ID for this destination already."
            raise Refusal(412, 21714, sentence)
        return self.add(call, {"service_sid": service["sid"], "alpha_sender": name, "iso_country_code": country})

    def _params(self) -> tuple[Param, ...]:
        alpha = Param("AlphaSender", "alpha_sender", text(0, 64), code=21709)
        return (alpha, Param("IsoCountryCode", "iso_country_code", _country)) if self.by_country else (alpha,)

    def delete(self, call: Call) -> Response:
        """Remove an alpha sender."""
        call.store.execute("DELETE FROM sticky WHERE sender_sid = ?", self.one(call)["sid"])
        return super().delete(call)


def _in_country(_: Call, country: str) -> tuple[str, tuple[object, ...]]:
    return "iso_country_code = ?", (country.upper(),)


def _country(value: str) -> str:
    if value and not numbering_plan.is_country(value.upper()):
        raise ValueError(f"it must be a two-letter ISO country code, not {value[:20]!r}")
    return value.upper()


_ALL = (AlphaSenders("AlphaSenders", by_country=False), AlphaSenders("DestinationAlphaSenders", by_country=True))
OPERATIONS = tuple(operation for alpha in _ALL for operation in alpha.operations("create", "delete"))
