"""The account's brands, and the use cases that they may choose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from msvc_toolkit.a2p.campaigns.model import Brand, Usecase, brand_of
from msvc_toolkit.a2p.linter import BrandIdentity
from msvc_toolkit.connection import Connection, asking
from msvc_toolkit.errors import InvalidInput, Problem, TwilioRefused, refuse
from msvc_toolkit.rules import addresses
from msvc_toolkit.services.calls import sid_problems

NAMED = 10
"""For how many brands the business's name is read; each takes three requests, and some accounts have hundreds."""

LIVE_STEPS = (
    "A brand is your business as The Campaign Registry (TCR) knows it. It is registered once; all campaigns belong to it.",
    (
        "Have ready: the legal name and tax number (EIN) exactly as on the IRS letter, the address, the website, and a contact "
        "with an email address at the website's domain."
    ),
    "In Twilio's Console, under Account > Trust Hub > Customer Profile, create the business's profile and submit it.",
    (
        "When it is approved, create the brand under Products & Services > Trust Hub > Registrations, from that profile. Choose "
        "low-volume standard for up to about 6,000 segments a day, standard for more, or sole proprietor without a tax number."
    ),
    "It costs about $4.50 (sole proprietor, low-volume) or $46 (standard) once, according to third parties; prices change.",
    "Wait: it often takes minutes, at times 7 working days or more. Then click “Refresh” here and choose the brand.",
    "More: https://www.twilio.com/docs/trust-hub/registrations/a2p-10dlc-brand",
)
"""How a brand is registered on a live account.

Source: Twilio docs, "Console: Create a Primary Customer Profile", "A2P 10DLC Brand Registration" and "A2P 10DLC Campaign
Registration" of Trust Hub (read 2026-11-30); fees and volume by third parties (read 2026-11-23)."""


def list_usecases(conn: Connection, service_sid: str, brand_registration_sid: str | None = None) -> tuple[Usecase, ...]:
    """Return the use cases that may be picked; an empty result means that the brand itself has a problem.

    Args:
        conn: The account.
        service_sid: Any Messaging Service.
        brand_registration_sid: The brand; when not given, all use cases are returned.

    Raises:
        TwilioRefused: There is no such service or brand.
    """
    refuse(sid_problems(service_sid))
    asked = {"brand_registration_sid": brand_registration_sid} if brand_registration_sid else {}
    with asking():
        found = conn.client.messaging.v1.services(service_sid).us_app_to_person_usecases.fetch(**asked)
    cases = found.us_app_to_person_usecases or ()
    return tuple(
        Usecase(one["code"], one.get("name", ""), one.get("description", ""), bool(one.get("post_approval_required")))
        for one in cases
    )


def list_brands(conn: Connection) -> tuple[Brand, ...]:
    """Return the account's brand registrations. The first few include the registered business, if the account shows it.

    Raises:
        TwilioRefused: The credentials may not read brands.
    """
    with asking():
        found = conn.client.messaging.v1.brand_registrations.list(page_size=100)
    brands = tuple(brand_of(vars(item)) for item in found)
    named = tuple(replace(brand, sender=_sender(conn, brand)) for brand in brands[:NAMED])
    return named + tuple(replace(brand, sender=BrandIdentity(brand_type=brand.brand_type)) for brand in brands[NAMED:])


def _sender(conn: Connection, brand: Brand) -> BrandIdentity:
    """Return the business that a brand's customer profile names; an empty identity if it may not be read."""
    trust, profile = conn.client.trusthub.v1, brand.customer_profile_bundle_sid
    unknown = BrandIdentity(brand_type=brand.brand_type)
    if not profile:
        return unknown
    try:
        with asking():
            parts = trust.customer_profiles(profile).customer_profiles_entity_assignments.list()
            people = [trust.end_users(part.object_sid).fetch() for part in parts if part.object_sid.startswith("IT")]
    except TwilioRefused:
        return unknown
    business: dict[str, Any] = next(
        (who.attributes for who in people if (who.attributes or {}).get("business_name")), {}
    )
    return replace(
        unknown,
        name=str(business.get("business_name", "")),
        website=str(business.get("website_url", "")),
        email=str(business.get("email", "")),
    )


def us_local_numbers(conn: Connection, service_sid: str) -> int:
    """Count the senders of a service that need a campaign to reach the US: its US local numbers."""
    with asking():
        numbers = conn.client.messaging.v1.services(service_sid).phone_numbers.list(page_size=1000)
    read = [addresses.read(number.phone_number) for number in numbers]
    return sum(address is not None and address.kind == "local" and address.country == "US" for address in read)


def only_brand(conn: Connection) -> str:
    """Return the SID of the account's one approved brand; raise InvalidInput when there is none, or several."""
    with asking():
        listed = conn.client.messaging.v1.brand_registrations.list(page_size=100)
    found = [item for item in listed if item.status == "APPROVED"]
    if len(found) == 1:
        return str(found[0].sid)
    how = f"{len(found)} approved brands; name the one you mean" if found else "no approved brand; register one first"
    raise InvalidInput([Problem("brand_registration_sid", f"This account has {how} (BN...).")])
