"""Reads a live account's services, pools, senders, brands and campaigns into the rows of a sandbox's store."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from msvc_toolkit.connection.live import CONCURRENCY
from msvc_toolkit.rules import addresses
from msvc_toolkit.sandbox.messages import a2p_registration
from msvc_toolkit.sandbox.resources.api import incoming_phone_numbers
from msvc_toolkit.sandbox.resources.messaging import (
    brand_registrations,
    channel_senders,
    services,
    us_app_to_person,
)
from msvc_toolkit.sandbox.rest.params import Param
from msvc_toolkit.sandbox.storage.store import Row

LIMIT = 10_000
"""Rows read of each list: as many services as an account can have, and more senders than 25 full pools hold."""
_POOLS = {
    # attribute of a service: kind, attribute that holds the address
    "phone_numbers": ("number", "phone_number"),
    "short_codes": ("short code", "short_code"),
    "channel_senders": ("channel", "sender"),
    "alpha_senders": ("alpha", "alpha_sender"),
    "destination_alpha_senders": ("alpha", "alpha_sender"),
}
_BRAND = tuple("identity_status brand_score tcr_id russell_3000 government_entity tax_exempt_status".split())
"""What the registry says of a brand."""
_OPEN = ("PENDING", "IN_REVIEW", "IN_PROGRESS")
_DATES = ("date_created", "date_updated")
Announce = Callable[[str], None]


class AccountReader:
    """Reads an account; nothing is written, there or here. `report` is called with sentences on the progress."""

    def __init__(self, report: Announce) -> None:
        self._report = report
        self._addresses: dict[str, str] = {}
        self.services: list[Row] = []
        self.senders: dict[str, Row] = {}
        self.alphas: dict[str, Row] = {}
        self.channels: dict[str, dict[str, Any]] = {}
        self.brands: dict[str, Row] = {}
        self.campaigns: dict[str, Row] = {}
        """By the SID of their service."""
        self.hosts: set[str] = set()
        self.notes: list[str] = []

    def read(self, client: Any) -> None:
        """Read everything there is to copy."""
        self._report("Reading services ...")
        service_list = client.messaging.v1.services
        self.services = [_row(item, services.PARAMS) for item in self._all("services", service_list, page_size=1000)]
        self._report("Reading numbers, short codes and channel senders ...")
        for item in self._all("numbers", client.incoming_phone_numbers, page_size=1000):
            row = {
                **_row(item, incoming_phone_numbers.NUMBER_PARAMS),
                "sms_application_sid": item.sms_application_sid or None,
            }
            self._add("number", item.phone_number, row, _able(item.capabilities))
        for item in self._all("short codes", client.short_codes, page_size=1000):
            self._add("short code", item.short_code, _row(item, incoming_phone_numbers.SMS_PARAMS), ["SMS"])
        for channel in channel_senders.CHANNELS:
            for item in self._all(f"{channel} senders", client.messaging.v2.channels_senders, channel=channel):
                self._add_channel(item)
        self._report("Reading brands ...")
        for item in self._all("brands", client.messaging.v1.brand_registrations):
            self.brands[item.sid] = self._registered(item, item.status, item.sid, brand_registrations.PARAMS, _BRAND)
        with ThreadPoolExecutor(CONCURRENCY) as many:
            pools = many.map(lambda service: self._pool(service_list(service["sid"])), self.services)
            for number, (service, pool) in enumerate(zip(self.services, pools, strict=True), start=1):
                for kind, address, item in pool:
                    self._join(service["sid"], kind, address, item)
                self._report(f"Read the pools and campaigns of {number} of {len(self.services)} services.")
        self._tidy()

    def counted(self) -> dict[str, int]:
        """Return how many of each kind were read."""
        kinds = Counter(row["kind"] for row in self.senders.values())
        return {
            "services": len(self.services),
            "phone numbers": kinds["number"],
            "short codes": kinds["short code"],
            "channel senders": kinds["channel"],
            "alpha senders": len(self.alphas),
            "senders in pools": len(self.alphas) + sum("service_sid" in row for row in self.senders.values()),
            "brands": len(self.brands),
            "campaigns": len(self.campaigns),
        }

    def _all(self, what: str, listing: Any, **params: Any) -> list[Any]:
        items: list[Any] = listing.list(limit=LIMIT + 1, **{"page_size": 50, **params})
        if len(items) > LIMIT:
            self.notes.append(f"Only the first {LIMIT} {what} were copied.")
        return items[:LIMIT]

    def _add(self, kind: str, address: str, row: Row, able: list[str]) -> None:
        if self._addresses.setdefault(address, row["sid"]) != row["sid"]:
            self.notes.append(f"{addresses.mask(address)} is there twice; {row['sid']} was left out.")
            return
        country = getattr(addresses.read(address), "country", None)
        known = {"friendly_name": address, **row, "kind": kind, "address": address}
        self.senders[row["sid"]] = {**known, "country_code": country, "capabilities": ",".join(able)}

    def _add_channel(self, item: Any) -> None:
        parts = {part: _known(part, getattr(item, part)) for part in channel_senders.FIELDS}
        row = {"sid": item.sid, **channel_senders.hooks(parts), **_dates(None, None)}
        row["friendly_name"] = parts["profile"].get("name") or item.sender_id
        self._add("channel", item.sender_id, row, ["SMS"])
        if item.sid in self.senders:
            self.channels[item.sid] = parts
        if item.status != "ONLINE":
            self.notes.append(
                f"{addresses.mask(item.sender_id)} is {item.status} on the live account; in the copy it is ONLINE."
            )

    def _registered(self, item: Any, status: str, name: str, params: Iterable[Param], more: Iterable[str] = ()) -> Row:
        """Return the row of a brand or campaign; nothing reviews it again, so its status stays what it is."""
        if status in _OPEN:
            self.notes.append(f"{name} is {status} on the live account, and stays so in the copy.")
        row = _row(item, params) | {column: getattr(item, column) for column in more}
        row |= {"mock": bool(item.mock), "errors": json.dumps(item.errors or []), "verdict": status}
        return {**row, "reviewed": 0, "decided": 0}

    def _pool(self, service: Any) -> list[tuple[str, str, Any]]:
        held = [
            (kind, getattr(item, attribute), item)
            for name, (kind, attribute) in _POOLS.items()
            for item in self._all(name, getattr(service, name), page_size=1000)
        ]
        shape = {"x_twilio_api_version": us_app_to_person.SECOND_SHAPE}
        campaigns = self._all("campaigns", service.us_app_to_person, **shape)
        return held + [("campaign", item.sid, item) for item in campaigns]

    def _join(self, service_sid: str, kind: str, address: str, item: Any) -> None:
        """Add one sender to its pool, or a service's campaign; the pool's item has a sender's country and capabilities."""
        if kind == "campaign":
            self._campaign(service_sid, item)
            return
        dates = _dates(item.date_created, item.date_updated)
        if kind == "alpha":
            country = getattr(item, "iso_country_code", None)
            row = {"sid": item.sid, "service_sid": service_sid, "alpha_sender": address, "iso_country_code": country}
            self.alphas.setdefault(item.sid, {**row, **dates})
            return
        if item.sid not in self.senders:
            self._add(kind, address, {"sid": item.sid, **dates}, ["SMS"])
        row = self.senders.get(item.sid, {})
        row |= {"service_sid": service_sid, "date_pooled": dates["date_created"]}
        row["country_code"] = item.country_code or row.get("country_code")
        if getattr(item, "capabilities", None):
            row["capabilities"] = ",".join(item.capabilities)

    def _campaign(self, service_sid: str, item: Any) -> None:
        if service_sid in self.campaigns:
            self.notes.append(f"{service_sid} has a second campaign, {item.sid}; it was left out.")
            return
        fields = {param.column: getattr(item, param.column, None) for param in us_app_to_person.CREATE}
        fields = {name: value for name, value in fields.items() if value not in (None, "")}
        row = {
            **self._registered(item, item.campaign_status, item.sid, ()),
            "service_sid": service_sid,
            "brand_sid": fields.pop("brand_registration_sid", None),
            "usecase": item.us_app_to_person_usecase or "",
            "fields": json.dumps(fields),
            "external": bool(item.is_externally_registered),
            "campaign_id": item.campaign_id,
        }
        self.campaigns[service_sid] = row
        granted = (item.rate_limits or {}).get("att")
        ours = a2p_registration.tier(self.brands.get(row["brand_sid"]), row["usecase"])
        if granted and granted != (limit := a2p_registration.rate_limits(ours)["att"]):
            sentence = (
                f"{item.sid} may send {granted.get('mps')} messages a second to AT&T; in the copy {limit['mps']}."
            )
            self.notes.append(sentence)

    def _tidy(self) -> None:
        """Remove logins from webhook addresses, and note what the API does not show."""
        logins: set[str] = set()
        for row in [*self.services, *self.senders.values(), *(parts["webhook"] for parts in self.channels.values())]:
            for name in [name for name in row if name.endswith(("url", "callback")) and row[name]]:
                parts = urlsplit(row[name])
                self.hosts.add(parts.hostname or "")
                if "@" in parts.netloc:
                    logins.add(row[name])
                    row[name] = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        if logins:
            self.notes.append(f"User name and password were taken out of {len(logins)} webhook addresses.")
        codes = [row for row in self.senders.values() if row["kind"] == "short code" and not row["country_code"]]
        for row in codes:
            row["country_code"] = "US"
        if codes:
            self.notes.append(f"{len(codes)} short codes outside of pools have no country in the API: US is assumed.")
        if self.senders:
            self.notes.append("The API does not show how carriers treat a sender: good standing is assumed for all.")


def _row(item: Any, params: Iterable[Param]) -> Row:
    """Return an item's SID, dates and settings; what it leaves empty is as by default."""
    values = {param.column: getattr(item, param.column, None) for param in params}
    settings = {name: value for name, value in values.items() if value not in (None, "")}
    return {"sid": item.sid, **settings, **_dates(item.date_created, item.date_updated)}


def _dates(created: datetime | None, updated: datetime | None) -> dict[str, int]:
    first = created or datetime.now(UTC)
    return {name: round(at.timestamp() * 1000) for name, at in zip(_DATES, (first, updated or first), strict=True)}


def _able(flags: dict[str, bool] | None) -> list[str]:
    return [name for name in ("Voice", "SMS", "MMS") if (flags or {}).get(name.lower())]


def _known(part: str, given: dict[str, Any] | None) -> dict[str, Any]:
    """Return what the sandbox keeps of a part of a channel sender; its verification code is a secret."""
    values = {name: (given or {}).get(name) for name in channel_senders.FIELDS[part] if name != "verification_code"}
    return {name: value for name, value in values.items() if value}
