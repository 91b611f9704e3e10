"""The slow half of the scenario: verifications, link shortening, channel senders and exports."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

from twilio.rest.messaging.v2.channels_sender import ChannelsSenderList

from msvc_toolkit.connection import Connection
from msvc_toolkit.sandbox.resources.messaging.tollfree_verifications import (
    AUTHORITIES,
    BUSINESS_TYPES,
    OPT_IN_TYPES,
    USE_CASES,
)

YOU = "+14155550123"


def _verification(number: str, **given: Any) -> dict[str, Any]:
    return {
        "business_name": "Owl Hotel",
        "business_website": "https://example.com",
        "message_volume": "10",
        "notification_email": "a@example.com",
        "use_case_summary": "Owls",
        "production_message_sample": "Owls",
        "use_case_categories": ["EVENTS"],
        "opt_in_image_urls": ["https://example.com/a.png"],
        "opt_in_type": "VERBAL",
        "business_registration_number": "12-3456789",
        "tollfree_phone_number_sid": number,
        "external_reference_id": "7",
        "doing_business_as": "Owls",
        **given,
    }


def tollfree(conn: Connection) -> None:
    """Submit verifications with every listed value; have one rejected, edited and approved."""
    verifications = conn.client.messaging.v1.tollfree_verifications
    number = conn.sandbox.own("+18885550177")
    full = {
        "business_street_address": "1 Owl St",
        "business_street_address2": "Nest",
        "business_city": "Reno",
        "business_state_province_region": "NV",
        "business_postal_code": "89501",
        "business_country": "US",
        "business_contact_first_name": "Ann",
        "business_contact_last_name": "Owl",
        "age_gated_content": False,
        "business_contact_email": "b@example.com",
        "business_contact_phone": "+14155550111",
        "vetting_id": "7",
        "business_registration_number": "7",
        "business_registration_country": "US",
        "help_message_sample": "Help",
        "business_registration_phone_number": "+14155550112",
        "opt_in_confirmation_message": "In",
        "privacy_policy_url": "https://example.com/p",
        "terms_and_conditions_url": "https://example.com/t",
        "opt_in_keywords": ["OWL"],
        "vetting_provider": "CAMPAIGN_VERIFY",
        "additional_information": "None",
        "business_type": "PRIVATE_PROFIT",
        "business_registration_authority": "EIN",
    }
    variants: list[dict[str, Any]] = [
        {"use_case_categories": list(USE_CASES)},
        *({"opt_in_type": kind} for kind in OPT_IN_TYPES),
        *({"business_registration_authority": authority} for authority in AUTHORITIES),
        *({"business_type": kind} for kind in BUSINESS_TYPES),
    ]
    for variant in variants:
        made = verifications.create(**_verification(number, **full) | variant)
        verifications(made.sid).delete()
    made = verifications.create(**_verification(number, **full) | {"additional_information": "30446"})
    _until_decided(conn, made.sid)
    verifications.list(page_size=1)
    verifications(made.sid).update(additional_information="Better", edit_reason="Better")
    _until_decided(conn, made.sid)
    verifications.list(status="TWILIO_APPROVED")
    verifications(made.sid).delete()


def _until_decided(conn: Connection, sid: str) -> None:
    verification = conn.client.messaging.v1.tollfree_verifications(sid)
    while verification.fetch().status in ("PENDING_REVIEW", "IN_REVIEW"):
        conn.sandbox.advance(45)


def _pem(now: datetime) -> str:
    """Return what looks like a certificate and its key."""
    times = "".join(f"\x17\x0d{moment:%y%m%d%H%M%S}Z" for moment in (now, now + timedelta(days=90)))
    parts = (("CERTIFICATE", b"\x30\x20" + times.encode("latin-1")), ("PRIVATE KEY", b"secret"))
    return "".join(
        f"-----BEGIN {name}-----\n{base64.encodebytes(content).decode()}-----END {name}-----\n"
        for name, content in parts
    )


def links(conn: Connection, service: str) -> None:
    """Give the domain certificates and settings, and a service whose links it shortens."""
    v1, row = conn.client.messaging.v1, conn.sandbox.api.store.one("SELECT sid FROM domain")
    assert row is not None
    sid = row["sid"]
    certificate = v1.domain_certs(sid)
    for tell in (
        lambda: certificate.update(tls_cert=_pem(conn.sandbox.now.astimezone(UTC))),
        lambda: v1.request_managed_cert(sid).update(),
    ):
        for _ in range(2):
            tell()
        for _ in range(2):
            certificate.fetch()
            conn.client.messaging.v2.domain_certs(sid).fetch()
            conn.sandbox.advance(3600)
    certificate.delete()
    for url in ("https://example.com/a", "https://example.com/b"):
        v1.domain_config(sid).update(fallback_url=url, callback_url=url, continue_on_failure=True, disable_https=True)
    v1.domain_config(sid).fetch()
    v1.domain_validate_dns(sid).fetch()
    v1.linkshortening_messaging_service(sid, service).create()
    v1.linkshortening_messaging_service_domain_association(service).fetch()
    v1.domain_config_messaging_service(service).fetch()
    v1.request_managed_cert(sid).update()
    conn.sandbox.advance(60)
    body = "https://example.com/orders?item=1"
    sent = conn.client.messages.create(to=YOU, messaging_service_sid=service, body=body, shorten_urls=True)
    conn.sandbox.advance(60)
    assert conn.client.messages(sent.sid).fetch().body.startswith("links.example.com/")
    certificate.delete()
    v1.linkshortening_messaging_service(sid, service).delete()


def channels(conn: Connection) -> None:
    """Register a channel sender, change it and remove it."""
    senders, kinds = conn.client.messaging.v2.channels_senders, ChannelsSenderList
    parts = {
        "profile": kinds.MessagingV2ChannelsSenderProfile(
            {
                "name": "Owl",
                "about": "Owls",
                "emails": ["a@example.com"],
                "websites": ["https://example.com"],
                "address": "1 Owl St",
                "description": "Owls",
                "logo_url": "https://example.com/l.png",
                "vertical": "Other",
                "banner_url": "https://example.com/b.png",
                "privacy_url": "https://example.com/p",
                "terms_of_service_url": "https://example.com/t",
                "accent_color": "#000000",
                "phone_numbers": [YOU],
            }
        ),
        "webhook": kinds.MessagingV2ChannelsSenderWebhook(
            {
                f"{name}_{what}": value
                for name in ("callback", "fallback", "status_callback")
                for what, value in (("url", "https://example.com/in"), ("method", "PUT"))
            }
        ),
        "configuration": kinds.MessagingV2ChannelsSenderConfiguration(
            {
                "waba_id": "7",
                "verification_method": "voice",
                "verification_code": "7",
                "voice_application_sid": "AP",
                "account_type": "ISVSubAccount",
            }
        ),
    }
    made = senders.create(
        kinds.MessagingV2ChannelsSenderRequestsCreate({**parts, "sender_id": "whatsapp:+14155550178"})
    )
    conn.sandbox.advance(60)
    senders(made.sid).fetch()
    senders(made.sid).update(kinds.MessagingV2ChannelsSenderRequestsUpdate(parts))
    again = kinds.MessagingV2ChannelsSenderConfiguration({"verification_method": "sms", "account_type": "ISV"})
    senders(made.sid).update(kinds.MessagingV2ChannelsSenderRequestsUpdate({"configuration": again}))
    for channel in ("whatsapp", "messenger", "rcs"):
        senders.list(channel=channel)
    senders(made.sid).delete()


def exports(conn: Connection) -> None:
    """Export days that are over, and fetch their files' addresses."""
    exports, configuration = conn.client.bulkexports.v1.exports, conn.client.bulkexports.v1.export_configuration
    configuration("Messages").update(webhook_url="https://example.com/in", webhook_method="POST")
    configuration("Messages").fetch()
    exports("Messages").fetch()
    conn.sandbox.advance(3 * 86_400)  # only days that are over for two are exported
    today = conn.sandbox.now.date()
    job = exports("Messages").export_custom_jobs.create(
        start_day=str(today - timedelta(days=9)), end_day=str(today - timedelta(days=2)), friendly_name="Owls"
    )
    for _ in range(15):
        exports.jobs(job.job_sid).fetch()
        conn.sandbox.advance(1)
    exports("Messages").export_custom_jobs.list()
    for day in exports("Messages").days.list(limit=2):
        exports("Messages").days(day.day).fetch()
    exports.jobs(job.job_sid).delete()
