"""Plan a send on an account. Its pool, settings and campaign are read; nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from msvc_toolkit.a2p.campaigns.calls import fetch_campaign
from msvc_toolkit.a2p.campaigns.model import brand_of
from msvc_toolkit.connection import Connection, asking
from msvc_toolkit.errors import InvalidInput, Problem, TwilioRefused
from msvc_toolkit.logs.log import Log
from msvc_toolkit.logs.measures.money import spend
from msvc_toolkit.planning.audience import read_audience
from msvc_toolkit.planning.forecast import Forecast, forecast
from msvc_toolkit.planning.model import PlannedSender, SendPlan
from msvc_toolkit.rules import rates
from msvc_toolkit.senders.inventory import pool_of
from msvc_toolkit.senders.model import Sender
from msvc_toolkit.services.calls import fetch_service, find_service, list_services
from msvc_toolkit.services.model import Service

_VERIFIED = "TWILIO_APPROVED"
_INTENTS = {"verification": "otp", "notifications": "notifications", "discussion": "customercare", "poll": "polling"}
"""The intent of a service's messages, by its use case; all other use cases count as marketing. Ours."""


def plan_send(
    conn: Connection | None,
    recipients: Any,
    body: str = "",
    *,
    service: Service | str | None = None,
    senders: Iterable[PlannedSender | str] | None = None,
    log: Log | None = None,
    **fields: Any,
) -> Forecast:
    """Forecast a large send before anything is sent: when it ends, what fails, and what it costs.

    Args:
        conn: The account; its pool, settings and campaign are read. None without one.
        recipients: Phone numbers in a list, Series or DataFrame, a `Log`, or counts such as ``{"US": 40_000, "GB": 500}``.
        body: The text.
        service: The Messaging Service, its SID or its name; the account's only one when not given.
        senders: The senders to plan with, in place of the service's pool.
        log: A log of the account. The costs of its messages give the prices.
        fields: Other fields of a `SendPlan`, such as ``start``, ``deadline``, ``days``, ``tier`` (``"score 50 to 74"``, a
            trust score, or ``"unknown"``), ``registered``.

    Raises:
        InvalidInput: The plan has problems; each one names its field.
        TwilioRefused: The credentials may not read the service.

    Example:
        >>> import msvc_toolkit as msvc
        >>> from datetime import UTC, datetime
        >>> start = datetime(2026, 3, 2, 9, tzinfo=UTC)
        >>> msvc.plan_send(None, {"US": 10_000}, "Sale!", senders=["+18885550123"], start=start).verdict
        'Ends Monday 09:56: all 10,000 messages leave.'
    """
    plan = read_plan(conn, recipients, body, service=service, senders=senders, log=log, **fields)
    now = _now(conn) if "start" in fields else None
    if problems := [problem for problem in plan.problems(now if conn else None) if problem.blocks]:
        raise InvalidInput(problems)
    return forecast(plan, now)


def read_plan(
    conn: Connection | None,
    recipients: Any,
    body: str = "",
    *,
    service: Service | str | None = None,
    senders: Iterable[PlannedSender | str] | None = None,
    log: Log | None = None,
    **fields: Any,
) -> SendPlan:
    """Make a plan from what is given and from the account; see `plan_send`."""
    known: dict[str, Any] = {"start": _now(conn)}
    if conn is not None and (service is not None or senders is None):
        known |= _of_service(conn, _service(conn, service))
    if senders is not None:
        known["senders"] = tuple(PlannedSender(one) if isinstance(one, str) else one for one in senders)
    elif conn is None:
        known["senders"] = ()
    if log is not None and "prices" not in fields:
        known |= {"prices": paid(log), "price_source": "the cost of a segment in the log"}
    return SendPlan(audience=read_audience(recipients), body=body, **(known | fields))


def paid(log: Log) -> Mapping[str, tuple[float, str]]:
    """Return the price of a segment to each country of a log, and its currency.

    Raises:
        InvalidInput: The log has two currencies for one country.
    """
    found = spend(log, by=("country",))
    found = found[
        (found["segments"] > 0) & (found["price_unit"] != "") & (found["price_e5"] > 0) & (found["country"] != "")
    ]
    if found["country"].duplicated().any():
        sentence = "The log has prices in two currencies for one country. Select the messages of one account."
        raise InvalidInput([Problem("prices", sentence)])
    rows = zip(found["country"], found["per_segment"], found["price_unit"], strict=True)
    return {country: (float(price), unit.upper()) for country, price, unit in rows}


def _now(conn: Connection | None) -> datetime:
    return datetime.now(UTC) if conn is None else conn.now


def _service(conn: Connection, named: Service | str | None) -> Service:
    if isinstance(named, Service):
        return named
    if named is None:
        there = list_services(conn)
        if len(there) == 1:
            return there[0]
        how = (
            f"{len(there)} services; name the one you plan with" if there else "no service; create one, or name senders"
        )
        raise InvalidInput([Problem("service", f"This account has {how}.")])
    found = fetch_service(conn, named) if named.startswith("MG") else find_service(conn, named)
    if found is None:
        raise InvalidInput([Problem("service", f"There is no service {named!r:.60}. list_services(conn) lists them.")])
    return found


def _of_service(conn: Connection, service: Service) -> dict[str, Any]:
    """Return the fields of a plan that come from a service."""
    pool = pool_of(conn, service.sid)
    settings = service.settings
    known: dict[str, Any] = {
        "senders": tuple(_planned(sender, _verified(conn, pool)) for sender in pool),
        "area_code_geomatch": bool(settings.get("area_code_geomatch", True)),
        "smart_encoding": bool(settings.get("smart_encoding", True)),
        "validity_seconds": int(settings.get("validity_period") or rates.queue_seconds()[""]),
        "intent": _INTENTS.get(settings.get("usecase") or "", "marketing"),
    }
    if any(sender.kind == "local" and sender.country == "US" for sender in pool):
        known |= _registration(conn, service.sid)
    return known


def _planned(sender: Sender, verified: Mapping[str, bool]) -> PlannedSender:
    countries = frozenset({sender.iso_country_code}) if sender.iso_country_code else frozenset()
    unknown = None if sender.kind == "alphanumeric" else True
    return PlannedSender(
        sender.address,
        sender.sid,
        frozenset(sender.capabilities) if sender.kind != "alphanumeric" else frozenset({"SMS"}),
        countries,
        sender.country,
        verified.get(sender.sid, unknown),
    )


def _verified(conn: Connection, pool: Iterable[Sender]) -> dict[str, bool]:
    """Return whether each toll-free number is verified. Some of a sandbox need no verification and are left out."""
    numbers = {sender.sid for sender in pool if sender.kind == "toll-free"}
    if not numbers:
        return {}
    with asking():
        found = conn.client.messaging.v1.tollfree_verifications.list(page_size=1000)
    approved = {one.tollfree_phone_number_sid for one in found if one.status == _VERIFIED}
    known = {one.tollfree_phone_number_sid for one in found}
    return {sid: sid in approved for sid in numbers if sid in known or conn.sandbox is None}


def _registration(conn: Connection, service_sid: str) -> dict[str, Any]:
    """Return whether a service has a verified campaign, and its tier; nothing where the key may not read them."""
    try:
        campaign = fetch_campaign(conn, service_sid)
        if campaign is None or not campaign.verified or campaign.mock:
            return {"registered": False}
        brand = None
        if campaign.brand_registration_sid:
            with asking():
                item = conn.client.messaging.v1.brand_registrations(campaign.brand_registration_sid).fetch()
            brand = brand_of(vars(item))
    except TwilioRefused:
        return {}
    tier = campaign.tier(brand)
    if tier is not None and not tier.daily:
        return {"registered": True, "tier": tuple(one for one in rates.all_tiers() if one.each == tier.each) or None}
    if tier is not None and brand is not None and brand.russell_3000:
        tier = replace(tier, daily=rates.tmobile_cap("russell_3000"))
    return {"registered": True, "tier": tier}
