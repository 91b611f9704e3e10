"""The A2P part of the scenario: brands, vettings and campaigns, approved and refused."""

from __future__ import annotations

from typing import Any

from msvc_toolkit.connection import Connection
from msvc_toolkit.sandbox.scenarios import registrations


def a2p(conn: Connection) -> None:
    """Register a brand of each kind, vet it, and have campaigns verified, refused, corrected and deleted."""
    brands, handset = conn.client.messaging.v1.brand_registrations, conn.sandbox.handset
    for company, more in (
        ("private", {}),
        ("public", {"brand_contact_email": "care@acme.example", "stock_ticker": "ACME", "stock_exchange": "NYSE"}),
        ("non-profit", {"business_type": "Non-profit Corporation"}),
        ("government", {"website_url": "https://acme.gov", "email": "dana@acme.gov"}),
        ("government", {}),
    ):
        _brand(conn, "STANDARD", {"company_type": company, **more})
    handset(registrations.SOLE["mobile_phone_number"], "off")
    sole = _brand(conn, "SOLE_PROPRIETOR", {})
    handset(registrations.SOLE["mobile_phone_number"], "good")
    brands(sole).brand_registration_otps.create()
    conn.sandbox.advance(60)
    brands(sole).fetch()
    _campaigns(conn, sole, "SOLE_PROPRIETOR")
    failed = _brand(conn, "STANDARD", {"business_registration_number": "1" * 22})
    brands(failed).update()
    brands(conn.sandbox.register_brand(status="SUSPENDED", errors={30701: "region"})).fetch()
    good = conn.sandbox.register_brand()
    for given in ({"vetting_provider": "aegis"}, {"vetting_provider": "campaign-verify", "vetting_id": "cv|1.0|tcr"}):
        vetting = brands(good).brand_vettings.create(**given)
        conn.sandbox.advance(60)
        brands(good).brand_vettings(vetting.brand_vetting_sid).fetch()
    brands(good).brand_vettings.list()
    brands.list(page_size=2)
    brands(good).fetch()
    _campaigns(conn, good, "ACCOUNT_NOTIFICATION")


def _brand(conn: Connection, kind: str, business: dict[str, Any]) -> str:
    brands = conn.client.messaging.v1.brand_registrations
    model = brands(conn.sandbox.register_brand(kind, business=business)).fetch()
    made = brands.create(
        model.customer_profile_bundle_sid,
        model.a2p_profile_bundle_sid,
        brand_type=kind,
        mock=False,
        skip_automatic_sec_vet=False,
    )
    for _ in range(3):
        brands(made.sid).fetch()
        conn.sandbox.advance(60)
    return str(made.sid)


def _campaigns(conn: Connection, brand: str, usecase: str) -> None:
    services = conn.client.messaging.v1.services
    service = services.create(friendly_name="Registered").sid
    campaigns = services(service).us_app_to_person
    texts = {**registrations.TEXTS, "us_app_to_person_usecase": usecase, "opt_in_keywords": ["JOIN"]}
    wrong = {**texts, "message_samples": ["Acme Deli: see bit.ly/acme for offers.", "Acme Deli: see bit.ly/more now."]}
    for version in (None, "v1.2"):
        chosen = {"x_twilio_api_version": version} if version else {}
        made = campaigns.create(brand_registration_sid=brand, **wrong, **chosen)
        for _ in range(3):
            campaigns(made.sid).fetch(**chosen)
            conn.sandbox.advance(60)
        corrected = {
            name: texts[name]
            for name in (
                "has_embedded_links has_embedded_phone message_samples message_flow description age_gated "
                "direct_lending"
            ).split()
        }
        campaigns(made.sid).update(**corrected, **chosen)
        conn.sandbox.advance(120)
        campaigns(made.sid).fetch(**chosen)
        campaigns.list(**chosen)
        services(service).fetch()
        campaigns(made.sid).delete()
    services(service).us_app_to_person_usecases.fetch()
    services(service).us_app_to_person_usecases.fetch(brand_registration_sid=brand)
    conn.client.messaging.v1.external_campaign.create(campaign_id="CABC123", messaging_service_sid=service)
    conn.sandbox.advance(120)
    campaigns.list()
    services(service).delete()
